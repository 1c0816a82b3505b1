//! Conjunctions of outcomes.

use std::sync::Arc;

use super::Condition;
use crate::{Value, consistency};

/// A conjunction of outcomes under which something holds. Empty: always.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard(Arc<[(Condition, Arc<str>)]>);

impl Guard {
    /// The guard that always holds.
    pub fn always() -> Self {
        Self::default()
    }

    /// The guard that holds when the condition has the outcome.
    pub fn when(condition: Condition, outcome: impl AsRef<str> + Into<Arc<str>>) -> Self {
        let shared = condition.outcomes.iter().find(|known| ***known == *outcome.as_ref()).cloned();
        let outcome = shared.unwrap_or_else(|| outcome.into());
        Guard(Arc::new([(condition, outcome)]))
    }

    /// The guard that holds when all of the conditions, each of them given once, have their outcomes.
    pub fn all(literals: impl IntoIterator<Item = (Condition, Arc<str>)>) -> Self {
        let mut literals: Vec<_> = literals.into_iter().collect();
        literals.sort();
        Guard(literals.into())
    }

    /// Both guards at once; `None` when they contradict each other.
    pub fn and(&self, other: &Guard) -> Option<Guard> {
        let mut literals: Vec<_> = self.0.to_vec();
        for (condition, outcome) in other.0.iter() {
            if let Some((twin, known)) = literals.iter_mut().find(|(known, _)| known == condition) {
                if known != outcome {
                    return None;
                }
                // Who looks at each outcome of one of the two has to look at those of both.
                if twin.stands && !condition.stands {
                    twin.stands = false;
                }
                continue;
            }
            if consistency::is_excluded((condition, outcome), pairs(&literals)) {
                return None;
            }
            literals.push((condition.clone(), Arc::clone(outcome)));
        }
        literals.sort();
        Some(Guard(literals.into()))
    }

    /// The same for readers that look at each outcome: see [`stands`](super::Described::stands).
    #[must_use]
    pub fn weighed(&self) -> Guard {
        if self.0.iter().all(|(condition, _)| !condition.stands) {
            return self.clone();
        }
        let weighed = |(condition, outcome): &(Condition, Arc<str>)| {
            let mut condition = condition.clone();
            condition.stands = false;
            (condition, Arc::clone(outcome))
        };
        Guard(self.0.iter().map(weighed).collect())
    }

    /// The outcome that it demands of a condition.
    pub(crate) fn outcome(&self, condition: &Condition) -> Option<&Arc<str>> {
        let found = self.0.binary_search_by(|(known, _)| known.cmp(condition)).ok()?;
        self.0.get(found).map(|(_, outcome)| outcome)
    }

    /// The same with this outcome of a condition, whatever it demands of it.
    pub(super) fn with(&self, condition: Condition, outcome: Arc<str>) -> Guard {
        let found = self.0.binary_search_by(|(known, _)| known.cmp(&condition));
        let (before, after) = match found {
            Ok(at) => (self.0.get(..at), self.0.get(at + 1..)),
            Err(at) => (self.0.get(..at), self.0.get(at..)),
        };
        let literal = std::iter::once((condition, outcome));
        let [before, after] = [before, after].map(|part| part.unwrap_or_default().iter().cloned());
        Guard(before.chain(literal).chain(after).collect())
    }

    /// Whether it always holds.
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// The conditions with their outcomes, sorted by subject.
    pub fn literals(&self) -> &[(Condition, Arc<str>)] {
        &self.0
    }

    /// What deployment decides in one of the conditions.
    pub(crate) fn cause_of<'g>(&'g self, open: &Condition) -> Option<&'g Value> {
        self.0
            .iter()
            .find(|(condition, _)| condition == open)
            .and_then(|(condition, _)| condition.first_cause())
    }

    /// How a person would say it: `IsProd is true and var.create is false`.
    pub fn describe(&self) -> String {
        let mut parts: Vec<String> = Vec::with_capacity(self.0.len());
        for (condition, outcome) in self.0.iter() {
            let said = condition.describe(outcome);
            // A nested stack may have a condition of the same name as the one around it.
            if !parts.contains(&said) {
                parts.push(said);
            }
        }
        parts.join(" and ")
    }
}

/// The literals, as references to their parts.
pub(super) fn pairs(
    literals: &[(Condition, Arc<str>)],
) -> impl Iterator<Item = (&Condition, &Arc<str>)> + Clone {
    literals.iter().map(|(condition, outcome)| (condition, outcome))
}
