//! Elements of collections that are written whole, where only deployment decides which one is meant.

use std::sync::Arc;

use keylint_model::{Condition, Data, Guard, Marks, Number, Value};
use keylint_source::Span;
use keylint_syntax::Text;

use super::comparisons::Subject;
use super::{Evaluator, Scope};
use crate::limits;
use crate::unify::{known_as, type_of};
use crate::values::{self, inherit, made_number};

/// What a key outside of the collection is called, where there is a default for it.
const ANOTHER: &str = "another value";

/// Longest key that is part of what a condition is called, in bytes.
const KEY_BYTES: usize = 128;

/// How positions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// From the first element to the last.
    Once,
    /// Round and round, as `element` has it.
    Around,
}

/// A key that only deployment decides.
pub(crate) struct Key<'k> {
    pub(crate) value: &'k Value,
    /// Where it is written.
    pub(crate) span: Span,
    pub(crate) counts: Counts,
}

/// A key that the one that is asked for may turn out to be, and what it finds.
type Candidate = (Value, Arc<str>, Value);

impl Evaluator<'_> {
    /// One element.
    pub(super) fn index(&self, value: &Value, key: &Value, span: Span, scope: &Scope<'_>) -> Value {
        if matches!(key.data, Data::String(_) | Data::Number(_)) {
            return values::index(value, key, span);
        }
        if !self.spend_on(std::slice::from_ref(value), span) {
            return values::limit(span);
        }
        values::distribute("index", &[value.clone(), key.clone()], span, |operands| {
            let [value, key] = operands else { return values::rejected(span) };
            let sought = Key { value: key, span, counts: Counts::Once };
            self.one_of(value, &sought, None, scope, span)
                .or_else(|| values::is_deferred(key).then(|| values::open_element(value, key, span))?)
                .unwrap_or_else(|| values::index(value, key, span))
        })
    }

    /// What is found under a key that only deployment decides: each of the elements that it may be,
    /// and `default` for any other key, which is an error where there is none. `None` where the collection
    /// is not known whole or has too many elements, and where the key or the keys are secret.
    pub(crate) fn one_of(
        &self,
        whole: &Value,
        key: &Key<'_>,
        default: Option<&Value>,
        scope: &Scope<'_>,
        span: Span,
    ) -> Option<Value> {
        let unknown = match &key.value.data {
            Data::Unknown(unknown) if values::is_settled(&unknown.reason) => return None,
            Data::Unknown(_) if !values::may_be_key(key.value, matches!(whole.data, Data::List(_))) => {
                return None;
            }
            Data::Unknown(_) | Data::Partial(_) => values::first_unknown(key.value)?,
            _ => return None,
        };
        let marks = key.value.origin.marks;
        if whole.origin.marks.sensitive || marks.sensitive {
            return None;
        }
        let candidates = candidates(whole, key)?;
        let is_forgiven = self.forgiving.get() && key.counts == Counts::Once;
        let missing = is_forgiven.then(|| values::rejected(span));
        let default = default.or(missing.as_ref());
        let mut found: Vec<Value> = candidates.iter().map(|(_, _, element)| element.clone()).collect();
        found.extend(default.cloned());
        let (first, others) = found.split_first()?;
        if others.iter().all(|other| values::equal(first, other) == Some(true)) {
            let all: Marks = found.iter().map(values::marks).collect();
            return Some(values::marked(first.clone(), marks | all));
        }
        if found.len() > limits::ALTERNATIVES || !self.spend(found.len() * found.len(), span) {
            return None;
        }
        let names: Vec<&Arc<str>> = candidates.iter().map(|(_, name, _)| name).collect();
        if names.iter().any(|name| name.len() > KEY_BYTES || &***name == ANOTHER) {
            return None;
        }
        let mut outcomes: Vec<Arc<str>> = names.into_iter().cloned().collect();
        outcomes.extend(default.map(|_| Arc::from(ANOTHER)));
        let plain = self.condition(key.value, key.span, scope, None);
        let around = if key.counts == Counts::Around { " around" } else { "" };
        let subject = format!("{}[{}]{around}", plain.subject, outcomes.join(", "));
        let cases = match values::identity(key.value) {
            Some(_) => self.cases(key, &candidates, &outcomes, scope),
            None => Vec::new(),
        };
        let condition = plain.with_subject(subject).with_outcomes(outcomes.clone());
        let condition = condition.with_cause(unknown).with_cases(cases);
        let arms = outcomes.into_iter().zip(found);
        let arms = arms.map(|(outcome, value)| (Guard::when(condition.clone(), outcome), value));
        Some(values::marked(values::choice(arms.collect(), span), marks))
    }

    /// What follows from each outcome for the comparisons of the key: where it is `prod`,
    /// `var.env == "prod"` holds, and no comparison with another key does.
    fn cases(
        &self,
        key: &Key<'_>,
        candidates: &[Candidate],
        outcomes: &[Arc<str>],
        scope: &Scope<'_>,
    ) -> Vec<(Guard, Arc<str>)> {
        let comparison = |(name, ..): &Candidate| {
            let as_key = as_key(key, name);
            let sides = [Subject::new(&as_key, key.span), Subject::new(name, key.span)];
            let equal = self.equality(sides, key.span, scope);
            self.comparing(self.condition(&equal, key.span, scope, None), &equal, key.span, scope)
        };
        let comparisons: Vec<Condition> = candidates.iter().map(comparison).collect();
        let holds = |position: Option<usize>| {
            let literals = comparisons.iter().enumerate().map(|(at, condition)| {
                let outcome = if Some(at) == position { Condition::TRUE } else { Condition::FALSE };
                (condition.clone(), Arc::from(outcome))
            });
            Guard::all(literals)
        };
        let mut cases = Vec::with_capacity(outcomes.len());
        for (position, outcome) in outcomes.iter().enumerate() {
            // The last one, for any other key, has no comparison of its own.
            let own = (position < candidates.len()).then_some(position);
            cases.push((holds(own), Arc::clone(outcome)));
            if key.counts == Counts::Around {
                cases.push((holds(None), Arc::clone(outcome)));
            }
        }
        cases
    }
}

/// A key as the keys of a map, or the positions in a list, are: a number converts to a text, and back.
fn as_key(key: &Key<'_>, name: &Value) -> Value {
    known_as(key.value.clone(), &type_of(name))
}

/// The elements of a collection that a key may find; `None` where there may be more than are known.
fn candidates(whole: &Value, key: &Key<'_>) -> Option<Vec<Candidate>> {
    let all: Vec<Candidate> = match &whole.data {
        Data::Map(map) if map.rest.is_none() => {
            let one = |name: &Arc<str>, value: &Value| {
                let key = Value::string(Text::synthetic(Arc::clone(name)));
                (key, Arc::clone(name), inherit(&whole.origin, value))
            };
            map.entries.iter().map(|(name, entry)| one(name, &entry.value)).collect()
        }
        Data::List(list) if list.rest.is_none() && !list.gaps && !list.is_set() => {
            let one = |(position, value): (usize, &Value)| {
                let number = Number::counted(i64::try_from(position).unwrap_or(i64::MAX));
                let name = position.to_string().into();
                (made_number(number, key.span), name, inherit(&whole.origin, value))
            };
            list.elements.iter().enumerate().map(one).collect()
        }
        _ => return None,
    };
    let may_be = |(name, ..): &Candidate| values::equal(&as_key(key, name), name) != Some(false);
    Some(all.into_iter().filter(|candidate| key.counts == Counts::Around || may_be(candidate)).collect())
}
