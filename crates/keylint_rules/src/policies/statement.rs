//! Statements of policies that are written as attributes of a resource: `aws_lambda_permission`.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, NeedsSplit, Origin, Reason, Unknown, Value, World};
use keylint_policy::{Document, Parsed, decoded_json};
use keylint_source::Span;
use keylint_syntax::Text;

use super::{Policy, Reach, parsed, sorted};
use crate::eval::Datum;
use crate::kind::StatementSpec;
use crate::view::{Entities, Entity, Env, attribute_datum, attribute_values};

/// Where a value is given, and the value.
type Given = (Option<Span>, Value);

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
        let value = |name: &str| value(entity, name, &env);
        let (Some(principal), Some(actions)) = (value(&spec.principal)?, value(&spec.actions)?) else {
            return Ok(Parsed::Absent);
        };
        let place = Some(entity.resource.header);
        let effect = spec.effect.as_ref().map(|name| value(name)).transpose()?.flatten();
        let whole = spec.condition.as_ref().map(|name| value(name)).transpose()?.flatten();
        let (at, conditions) = match whole {
            Some((at, written)) => (at, object(written)),
            None => (place, conditions(spec, value)?),
        };
        let (effect_at, effect) = effect.unwrap_or_else(|| (place, text("Allow")));
        let statement = map([
            ("Effect".into(), effect_at, effect),
            ("Principal".into(), principal.0, principals(principal, world)?),
            ("Action".into(), actions.0, actions.1),
            ("Resource".into(), place, text("*")),
            ("Condition".into(), at, conditions),
        ]);
        let statement = Value { origin: Origin::at(entity.resource.header), ..statement };
        Document::parse(&document_of(statement), world)
    };
    let (parsed, seen) = parsed(&start, None, Reach::Usual, read);
    let (versions, absent) = sorted(parsed, seen);
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
        seen,
    })
}

/// The value of an attribute, as the policy language reads it. `None` where it is not given.
fn value<'a>(entity: &'a Entity<'a>, name: &str, env: &Env<'a, '_>) -> Result<Option<Given>, NeedsSplit> {
    let Some(attribute) = entity.kind.and_then(|kind| kind.attributes.get(name)) else { return Ok(None) };
    let list = attribute_values(entity, &[attribute], env)?.found;
    let mut list = list.into_iter().filter(|used| matches!(used.value.data, Data::List(_) | Data::Map(_)));
    if let Some(used) = list.next() {
        return Ok(Some((used.at, used.value.clone())));
    }
    let datum = attribute_datum(entity, attribute, env)?;
    Ok(written(&datum).map(|value| (datum.place.used, value)))
}

/// The conditions that are written as attributes of their own.
fn conditions(
    spec: &StatementSpec,
    value: impl Fn(&str) -> Result<Option<Given>, NeedsSplit>,
) -> Result<Value, NeedsSplit> {
    let mut operators: IndexMap<Arc<str>, Vec<Written>> = IndexMap::new();
    for (operator, key, attribute) in &spec.conditions {
        if let Some((used, value)) = value(attribute)? {
            operators.entry(Arc::clone(operator)).or_default().push((Arc::clone(key), used, value));
        }
    }
    Ok(map(operators.into_iter().map(|(operator, keys)| (operator, None, map(keys)))))
}

/// The principals by what they are: services have names of their own.
fn principals(given: Given, world: &World) -> Result<Value, NeedsSplit> {
    const SERVICES: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"];
    let group = |value: &Value| {
        let is_service = |name: &str| SERVICES.iter().any(|ending| name.ends_with(ending));
        if value.as_str().is_some_and(is_service) { "Service" } else { "AWS" }
    };
    let (at, given) = given;
    let Data::List(list) = &given.data else { return Ok(map([(group(&given).into(), at, given)])) };
    let mut groups: IndexMap<&str, List> = IndexMap::new();
    for element in &list.elements {
        let element = element.resolve(world)?;
        if !element.is_null() {
            groups.entry(group(element)).or_default().elements.push(element.clone());
        }
    }
    if list.rest.is_some() {
        groups.entry("AWS").or_default().rest.clone_from(&list.rest);
    }
    let groups = groups.into_iter().map(|(group, list)| {
        (group.into(), at, Value::new(Data::List(Arc::new(list)), given.origin.clone()))
    });
    Ok(map(groups))
}

/// An object that may be written as JSON; what cannot be read is not known.
fn object(value: Value) -> Value {
    match &value.data {
        Data::Map(_) | Data::Unknown(_) => value,
        _ => decoded_json(&value).unwrap_or_else(|| {
            Value::new(Data::Unknown(Arc::new(Unknown::new(Reason::Invalid))), value.origin.clone())
        }),
    }
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
