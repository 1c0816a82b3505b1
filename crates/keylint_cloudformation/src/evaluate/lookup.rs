//! `Fn::FindInMap`: values out of the template's mappings.

use std::sync::Arc;

use keylint_model::{Data, Guard, Origin, Part, Problem, Reason, Step, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node};

use crate::call::{Call, View};
use crate::evaluate::{Evaluator, choice, combine, narrow};
use crate::parameter::literal;

/// A use of `Fn::FindInMap` whose mapping is known.
struct Lookup<'t> {
    call: Call<'t>,
    name: Arc<str>,
    mapping: &'t Node,
    /// What is returned for a key that is not there; without it the service refuses the template.
    default: Option<Value>,
    /// Where the keys are written.
    keys: [Span; 2],
}

impl<'t> Evaluator<'t> {
    pub(super) fn find_in_map(&mut self, call: Call<'t>) -> Value {
        let (mapping, top, second, default) = match call.argument.elements() {
            Some([mapping, top, second]) => (mapping, top, second, None),
            Some([mapping, top, second, default]) => (mapping, top, second, default.get("DefaultValue")),
            _ => return self.malformed(&call, "takes a mapping and two keys"),
        };
        let default = default.map(|default| self.value(default));
        let name = self.value(mapping);
        let operands = [self.value(top), self.value(second)];
        let Some(known) = name.as_str() else {
            return self.derived(&call, &[&name, &operands[0], &operands[1]]);
        };
        let Some(found) = self.template.mappings.get(known).copied() else {
            if !self.template.open_ended && default.is_none() {
                let message = format!("`{known}` is not a mapping of this template");
                self.invalid(View::from(mapping).whole(), message);
            }
            let unknown = Unknown::new(Reason::Invalid);
            return default.unwrap_or_else(|| Value::unknown(unknown, Origin::at(call.span)));
        };
        let keys = [View::from(top).whole(), View::from(second).whole()];
        let lookup = Lookup { call, name: known.into(), mapping: found, default, keys };
        let alternatives = combine(&operands, |leaves| match leaves {
            [top, second] => self.look_up(&lookup, top, second),
            _ => self.derived(&call, leaves),
        });
        self.chosen(&call, alternatives, &operands)
    }

    fn look_up(&mut self, lookup: &Lookup<'t>, top: &Value, second: &Value) -> Value {
        let Some(second_key) = scalar(second) else {
            return self.derived(&lookup.call, &[top, second]);
        };
        if let Some(top_key) = scalar(top) {
            let literal = [top, second].iter().all(|key| key.origin.via.is_none());
            return self.entry(lookup, &top_key, &second_key, literal);
        }
        // Whatever the first key is, it is one of these: with a single value among them there is
        // nothing to choose. The AMI maps of old have one entry per region, but flags rarely do.
        let mut found = lookup.mapping.members().iter().map(|member| find(&member.value, &second_key));
        let same = match found.next().flatten() {
            Some(first) if lookup.default.is_none() => {
                let same = |other: Option<&Member>| {
                    other.is_some_and(|other| same_scalar(&literal(&first.value), &literal(&other.value)))
                };
                found.all(same).then_some(first)
            }
            _ => None,
        };
        if let Some(member) = same {
            return through(lookup, member);
        }
        self.by_outcome(lookup, top, &second_key)
            .unwrap_or_else(|| self.derived(&lookup.call, &[top, second]))
    }

    /// A choice over the keys of the mapping, where the first key is something that conditions
    /// can be about.
    fn by_outcome(&mut self, lookup: &Lookup<'t>, top: &Value, second: &str) -> Option<Value> {
        let subject = self.subjects.of(top.as_unknown()?)?;
        let covered = lookup.mapping.members().iter().all(|member| subject.outcome_of(&member.key).is_some());
        if !covered {
            return None;
        }
        let condition = subject.condition.clone();
        let outcomes: Vec<_> =
            subject.outcomes().map(|(literal, outcome)| (literal.cloned(), outcome)).collect();
        let mut alternatives = Vec::with_capacity(outcomes.len());
        for (literal, outcome) in outcomes {
            let value = match literal {
                Some(key) => self.entry(lookup, &key, second, false),
                // The service refuses a key that is not there, so this outcome is never deployed.
                None => lookup.default.clone().unwrap_or_else(|| self.derived(&lookup.call, &[top])),
            };
            alternatives.push((Guard::when(condition.clone(), outcome), value));
        }
        Some(narrow(choice(alternatives, Origin::at(lookup.call.span)), &self.world))
    }

    /// The value of two known keys. A key that is not there is a problem only where the template
    /// itself writes it: a parameter may be given another value.
    fn entry(&mut self, lookup: &Lookup<'t>, top: &str, second: &str, literal: bool) -> Value {
        let top_member = find(lookup.mapping, top);
        if let Some(member) = top_member.and_then(|member| find(&member.value, second)) {
            return through(lookup, member);
        }
        if literal && lookup.default.is_none() && !self.template.open_ended {
            let [top_span, second_span] = lookup.keys;
            let span = if top_member.is_some() { second_span } else { top_span };
            let message = format!("the mapping `{}` has no such key", lookup.name);
            let place = lookup.mapping.span.start_point();
            self.report_invalid(Problem::new("KL003", span, message).with_related(place, "the mapping"));
        }
        match (&lookup.default, literal) {
            (Some(default), _) => default.clone(),
            (None, true) => Value::unknown(Unknown::new(Reason::Invalid), Origin::at(lookup.call.span)),
            (None, false) => {
                let unknown = Unknown::new(Reason::Operand(lookup.call.name().into()));
                Value::unknown(unknown, Origin::at(lookup.call.span))
            }
        }
    }
}

fn find<'t>(node: &'t Node, key: &str) -> Option<&'t Member> {
    node.members().iter().rev().find(|member| member.key.as_str() == key)
}

fn through(lookup: &Lookup<'_>, member: &Member) -> Value {
    let value = literal(&member.value);
    let origin = value.origin.through(Step::Mapping, Arc::clone(&lookup.name), member.key_span);
    Value { origin, ..value }
}

/// The text of a known scalar.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value.parts()?.as_ref() {
        [Part::Known(text)] => Some(text.as_str().to_owned()),
        _ => None,
    }
}

fn same_scalar(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::List(one), Data::List(other)) => {
            one.elements.len() == other.elements.len()
                && one.elements.iter().zip(&other.elements).all(|(one, other)| same_scalar(one, other))
        }
        _ => scalar(one).is_some_and(|text| scalar(other) == Some(text)),
    }
}
