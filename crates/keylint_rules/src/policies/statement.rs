//! Statements of policies that are written as attributes of a resource: `aws_lambda_permission`.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, NeedsSplit, Origin, Value, World};
use keylint_policy::{Document, Parsed};
use keylint_source::Span;
use keylint_syntax::Text;

use super::{Policy, parsed, sorted};
use crate::eval::Datum;
use crate::kind::StatementSpec;
use crate::view::{Entities, Entity, Env, attribute_datum};

/// A key, where its value is given, the value.
type Written = (Arc<str>, Option<Span>, Value);

/// A statement that is written as attributes, as a document of its own.
pub(super) fn of_statement<'a>(
    entities: &'a Entities<'a>,
    entity: &'a Entity<'a>,
    spec: &StatementSpec,
    ordinal: usize,
) -> Option<Policy<'a>> {
    let start = entity.world.clone();
    let read = |world: &World| {
        let env = Env { entities, policies: &[], identities: &[], world };
        let value = |name: &str| -> Result<Option<(Option<Span>, Value)>, NeedsSplit> {
            let Some(attribute) = entity.kind.and_then(|kind| kind.attributes.get(name)) else {
                return Ok(None);
            };
            let datum = attribute_datum(entity, attribute, &env)?;
            Ok(written(&datum).map(|value| (datum.place.used, value)))
        };
        let (Some(principal), Some(actions)) = (value(&spec.principal)?, value(&spec.actions)?) else {
            return Ok(Parsed::Absent);
        };
        let is_service = principal
            .1
            .as_str()
            .is_some_and(|text| text.ends_with(".amazonaws.com") || text.ends_with(".amazon.com"));
        let group = if is_service { "Service" } else { "AWS" };
        let mut operators: IndexMap<Arc<str>, Vec<Written>> = IndexMap::new();
        for (operator, key, attribute) in &spec.conditions {
            if let Some((used, value)) = value(attribute)? {
                operators.entry(Arc::clone(operator)).or_default().push((Arc::clone(key), used, value));
            }
        }
        let conditions = operators.into_iter().map(|(operator, keys)| (operator, None, map(keys)));
        let place = Some(entity.resource.header);
        let statement = map([
            ("Effect".into(), place, text("Allow")),
            ("Principal".into(), principal.0, map([(group.into(), principal.0, principal.1)])),
            ("Action".into(), actions.0, actions.1),
            ("Resource".into(), place, text("*")),
            ("Condition".into(), place, map(conditions)),
        ]);
        let statement = Value { origin: Origin::at(entity.resource.header), ..statement };
        Document::parse(&document_of(statement), world)
    };
    let (versions, absent) = sorted(parsed(&start, None, read));
    (!versions.is_empty()).then(|| Policy {
        resource: entity.resource,
        entity: Some(entity),
        attribute: vec!["statements".into()],
        ordinal,
        kind: spec.policy,
        any_kind: false,
        is_guessed: false,
        is_made: true,
        account: None,
        key: None,
        used: Some(entity.resource.header),
        versions,
        absent,
    })
}

/// A document of a single statement.
pub(super) fn document_of(statement: Value) -> Value {
    let span = statement.origin.span;
    let origin = Origin { span, ..Origin::default() };
    let list = Data::List(Arc::new(List { elements: vec![statement], ..List::default() }));
    let document = map([
        ("Version".into(), None, text("2012-10-17")),
        ("Statement".into(), span, Value::new(list, origin.clone())),
    ]);
    Value { origin, ..document }
}

/// The value behind a datum, as the policy language reads it. `None` for null.
fn written(datum: &Datum<'_>) -> Option<Value> {
    use crate::eval::{Data as Seen, Text as SeenText};
    let origin = datum.place.origin.cloned().unwrap_or_default();
    let origin = Origin { span: origin.span.or(datum.place.used), ..origin };
    let data = match &datum.data {
        Seen::Text(SeenText::Parts(parts)) => Data::Partial(Arc::from(&**parts)),
        Seen::Text(known) => {
            let known = known.as_known()?;
            Data::String(match origin.span {
                Some(span) => Text::at(known, span),
                None => Text::synthetic(known),
            })
        }
        Seen::Unknown(whys) => Data::Unknown(Arc::clone(&whys.first()?.unknown)),
        _ => return None,
    };
    Some(Value::new(data, origin))
}

fn text(known: &str) -> Value {
    Value::synthetic(Data::String(Text::synthetic(known)))
}

fn map(entries: impl IntoIterator<Item = Written>) -> Value {
    let entries = entries.into_iter().map(|(key, span, value)| (key, Entry { key_span: span, span, value }));
    Value::synthetic(Data::Map(Arc::new(Map { entries: entries.collect(), rest: None, ..Map::default() })))
}
