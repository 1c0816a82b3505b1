//! Reads one statement.

use std::sync::Arc;

use keylint_model::{Entry, Map, NeedsSplit, Value};
use keylint_source::Span;

use super::Reader;
use crate::document::{Amiss, Effect, STATEMENT_ELEMENTS, Statement};

impl Reader<'_> {
    pub(super) fn statement(
        &mut self,
        index: usize,
        map: &Map,
        value: &Value,
    ) -> Result<Statement, NeedsSplit> {
        let span = value.origin.span;
        self.names(value, |name| STATEMENT_ELEMENTS.contains(&name));
        let fields = self.fields(map, &STATEMENT_ELEMENTS, span);
        let field = |name: &str| {
            let position = STATEMENT_ELEMENTS.iter().position(|known| *known == name)?;
            fields.get(position).copied().flatten()
        };
        let (effect, effect_span) = self.effect(field("Effect"), map, span)?;
        let statement = Statement {
            index,
            copy: 0,
            sid: self.single(field("Sid"), "Sid")?,
            effect,
            effect_span,
            principals: self.principals(field("Principal"), "Principal")?,
            not_principals: self.principals(field("NotPrincipal"), "NotPrincipal")?,
            actions: self.strings(field("Action"), "Action")?,
            not_actions: self.strings(field("NotAction"), "NotAction")?,
            resources: self.strings(field("Resource"), "Resource")?,
            not_resources: self.strings(field("NotResource"), "NotResource")?,
            conditions: self.conditions(field("Condition"))?,
            rest: map.rest.clone(),
            version: self.version,
            reading: self.reading,
            span,
            origin: value.origin.clone(),
        };
        self.check_forms(&statement);
        Ok(statement)
    }

    fn effect(
        &mut self,
        entry: Option<&Entry>,
        map: &Map,
        span: Option<Span>,
    ) -> Result<(Effect, Option<Span>), NeedsSplit> {
        let Some(element) = self.single(entry, "Effect")? else {
            if let (None, Some(rest)) = (entry, &map.rest) {
                return Ok((Effect::Unknown(Arc::clone(rest)), None));
            }
            self.note(Amiss::Missing, "Effect", span);
            return Ok((Effect::Invalid, None));
        };
        let effect = match element.as_known() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(other) => {
                let case = other.eq_ignore_ascii_case("allow") || other.eq_ignore_ascii_case("deny");
                let amiss = if case { Amiss::ValueCase } else { Amiss::UnknownValue };
                self.of_value(amiss, "Effect", other, &element);
                Effect::Invalid
            }
            None => match element.text.holes().next() {
                Some(unknown) => Effect::Unknown(Arc::clone(unknown)),
                None => Effect::Invalid,
            },
        };
        Ok((effect, element.span))
    }

    /// An element and its `Not` form exclude each other.
    /// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
    fn check_forms(&mut self, statement: &Statement) {
        let not_action = statement.not_actions.as_ref().filter(|_| statement.actions.is_some());
        let not_resource = statement.not_resources.as_ref().filter(|_| statement.resources.is_some());
        let not_principal = statement.not_principals.as_ref().filter(|_| statement.principals.is_some());
        let both = [
            ("NotAction", not_action.map(|elements| elements.key_span)),
            ("NotResource", not_resource.map(|elements| elements.key_span)),
            ("NotPrincipal", not_principal.map(|principals| principals.key_span)),
        ];
        for (name, span) in both {
            if let Some(span) = span {
                self.note(Amiss::BothForms, name, span.or(statement.span));
            }
        }
    }
}
