//! One of the instances that a symbolic one stands for, picked by its key.
//!
//! `x["a"]` and `x["b"]` of an unknown `for_each` are both read from the instance `x[*]`, but they are not
//! the same: what identifies the values in one, and the conditions in it, says nothing of the other. So
//! what is read has the key in the place of the star. Resources are still called `x[*]` in references, as
//! there is no other that stands for them.

use std::sync::Arc;

use keylint_model::{Alternative, Condition, Data, Guard, Part, Unknown, Value};
use keylint_source::Span;

use super::Evaluator;
use super::expansion::Instance;
use crate::values;

/// What stands for any instance, or any element, in what identifies a value.
const ANY: &str = "[*]";

/// What tells the instance from the others.
#[derive(Clone, Copy)]
struct Key<'k> {
    text: &'k str,
    /// Whether it is the same instance wherever this is the key.
    is_certain: bool,
    /// Whether a condition in the instance may be called by it.
    is_shown: bool,
}

/// Longest key that is part of what a condition is called, in bytes.
const SHOWN: usize = 40;

impl Evaluator<'_> {
    /// What is read from an instance by a key. The key of the instance itself, `each.key` of another block
    /// over the same collection, picks the instance whose name stands for all.
    pub(super) fn picked(&self, value: Value, instance: &Instance, key: &Value, span: Span) -> Value {
        if !instance.symbolic || !stands_for_any(&value) {
            return value;
        }
        if instance.is_named_by(key) {
            return value;
        }
        let identity = values::identity(key);
        if !self.spend_on(std::slice::from_ref(&value), span) {
            return values::limit(span);
        }
        let is_certain = identity.is_some();
        let text = identity.unwrap_or_else(|| format!("#{}", self.next_serial()));
        let is_shown = is_certain && text.len() <= SHOWN && !values::marks(key).sensitive;
        self.named(&value, Key { text: &text, is_certain, is_shown })
    }

    fn named(&self, value: &Value, key: Key<'_>) -> Value {
        let data = match &value.data {
            Data::Unknown(unknown) => Data::Unknown(self.named_unknown(unknown, key)),
            Data::Partial(parts) => {
                let part = |part: &Part| match part {
                    Part::Hole(unknown, span) => Part::Hole(self.named_unknown(unknown, key), *span),
                    known => known.clone(),
                };
                Data::Partial(parts.iter().map(part).collect())
            }
            Data::List(list) => {
                let mut list = (**list).clone();
                list.elements.iter_mut().for_each(|element| *element = self.named(element, key));
                list.rest = list.rest.map(|rest| self.named_unknown(&rest, key));
                Data::List(Arc::new(list))
            }
            Data::Map(map) => {
                let mut map = (**map).clone();
                map.entries.values_mut().for_each(|entry| entry.value = self.named(&entry.value, key));
                map.rest = map.rest.map(|rest| self.named_unknown(&rest, key));
                Data::Map(Arc::new(map))
            }
            Data::Json(inner) => Data::Json(Arc::new(self.named(inner, key))),
            Data::Choice(alternatives) => {
                let one = |one: &Alternative| Alternative {
                    guard: self.named_guard(&one.guard, key),
                    value: self.named(&one.value, key),
                };
                Data::Choice(alternatives.iter().map(one).collect())
            }
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => value.data.clone(),
        };
        Value { data, ..value.clone() }
    }

    fn named_unknown(&self, unknown: &Arc<Unknown>, key: Key<'_>) -> Arc<Unknown> {
        match unknown.identity.as_ref().filter(|identity| identity.contains(ANY)) {
            Some(identity) => {
                let identity = key.is_certain.then(|| in_place(identity, key).into());
                Arc::new(Unknown { identity, ..(**unknown).clone() })
            }
            None => Arc::clone(unknown),
        }
    }

    fn named_guard(&self, guard: &Guard, key: Key<'_>) -> Guard {
        if !guard.literals().iter().any(|(condition, _)| is_of_any(condition)) {
            return guard.clone();
        }
        let literals = guard.literals().iter();
        Guard::all(
            literals.map(|(condition, outcome)| (self.named_condition(condition, key), Arc::clone(outcome))),
        )
    }

    fn named_condition(&self, condition: &Condition, key: Key<'_>) -> Condition {
        if !is_of_any(condition) {
            return condition.clone();
        }
        let subject = match condition.subject.contains(ANY) {
            true => in_place(&condition.subject, key),
            false => format!("{}[{}]", condition.subject, key.text),
        };
        let mut named = condition.clone().with_subject(subject);
        if key.is_shown && !condition.is_secret && !condition.is_nameless {
            named.label = format!("{} in [{}]", condition.label, key.text).into();
        }
        named.compares = condition.compares.as_ref().and_then(|compares| {
            let of = self.number_of(format!("{}[{}]", compares.of, key.text))?;
            let mut compares = (**compares).clone();
            compares.of = of;
            Some(Arc::new(compares))
        });
        if condition.cases.is_empty() {
            return named;
        }
        let cases = condition.cases.iter();
        let cases: Vec<_> =
            cases.map(|(guard, outcome)| (self.named_guard(guard, key), Arc::clone(outcome))).collect();
        named.with_cases(cases)
    }
}

/// Whether anything in a value is called as it is in any instance.
fn stands_for_any(value: &Value) -> bool {
    let is_any = |unknown: &Unknown| unknown.identity.as_ref().is_some_and(|identity| identity.contains(ANY));
    match &value.data {
        Data::Unknown(unknown) => is_any(unknown),
        Data::Partial(parts) => {
            parts.iter().any(|part| matches!(part, Part::Hole(unknown, _) if is_any(unknown)))
        }
        Data::List(list) => {
            list.rest.as_deref().is_some_and(is_any) || list.elements.iter().any(stands_for_any)
        }
        Data::Map(map) => {
            map.rest.as_deref().is_some_and(is_any)
                || map.entries.values().any(|entry| stands_for_any(&entry.value))
        }
        Data::Json(inner) => stands_for_any(inner),
        Data::Choice(alternatives) => alternatives.iter().any(|one| {
            one.guard.literals().iter().any(|(condition, _)| is_of_any(condition))
                || stands_for_any(&one.value)
        }),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => false,
    }
}

/// Whether a condition may have another outcome in each instance: it is called so, follows from such ones,
/// or has nothing that identifies it.
fn is_of_any(condition: &Condition) -> bool {
    let follows = || condition.cases.iter().flat_map(|(guard, _)| guard.literals());
    condition.subject.contains(ANY)
        || condition.subject.contains('#')
        || follows().any(|(condition, _)| is_of_any(condition))
}

fn in_place(name: &str, key: Key<'_>) -> String {
    name.replace(ANY, &format!("[{}]", key.text))
}
