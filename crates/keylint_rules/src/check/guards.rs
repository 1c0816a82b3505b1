//! Puts together the worlds in which something holds, as briefly as a person would say it.

use keylint_model::{Condition, Guard, World};
use std::sync::Arc;

/// A conjunction, literal by literal.
type Literals = Vec<(Condition, Arc<str>)>;

/// When something holds that holds in some worlds: conjunctions connected by "or", without what
/// `base` says anyway. One empty conjunction means always.
pub(super) fn simplified(worlds: &[World], base: &Guard) -> Vec<Guard> {
    let mut terms: Vec<Literals> = worlds
        .iter()
        .map(|world| {
            let guard = world.guard();
            let own = guard.literals().iter().filter(|literal| !base.literals().contains(literal));
            own.cloned().collect()
        })
        .collect();
    terms.sort();
    terms.dedup();
    while let Some(merged) = merge_once(&terms) {
        terms = merged;
    }
    // What is implied by a shorter term says nothing more.
    let all = terms.clone();
    terms.retain(|term| {
        !all.iter()
            .any(|other| other.len() < term.len() && other.iter().all(|literal| term.contains(literal)))
    });
    terms.iter().filter_map(guard_of).collect()
}

fn guard_of(term: &Literals) -> Option<Guard> {
    term.iter().try_fold(Guard::always(), |guard, (condition, outcome)| {
        guard.and(&Guard::when(condition.clone(), Arc::clone(outcome)))
    })
}

/// Replaces terms that differ in the outcome of one condition alone, and together have all its
/// outcomes, by what they share.
fn merge_once(terms: &[Literals]) -> Option<Vec<Literals>> {
    for term in terms {
        for (condition, _) in term {
            let shared: Literals = term.iter().filter(|(other, _)| other != condition).cloned().collect();
            let with = |outcome: &Arc<str>| {
                let mut literals = shared.clone();
                literals.push((condition.clone(), Arc::clone(outcome)));
                literals.sort();
                literals
            };
            let siblings: Vec<Literals> = condition.outcomes.iter().map(with).collect();
            if siblings.iter().all(|sibling| terms.contains(sibling)) {
                let mut merged: Vec<Literals> =
                    terms.iter().filter(|term| !siblings.contains(term)).cloned().collect();
                merged.push(shared);
                merged.sort();
                merged.dedup();
                return Some(merged);
            }
        }
    }
    None
}

/// What all conjunctions have in common, as one guard.
pub(super) fn common(guards: &[Guard]) -> Guard {
    let Some((first, rest)) = guards.split_first() else { return Guard::always() };
    let shared: Literals = first
        .literals()
        .iter()
        .filter(|literal| rest.iter().all(|guard| guard.literals().contains(literal)))
        .cloned()
        .collect();
    guard_of(&shared).unwrap_or_default()
}

/// How a message says when.
pub(super) fn describe(guards: &[Guard]) -> Option<String> {
    if guards.is_empty() || guards.iter().any(Guard::is_always) {
        return None;
    }
    let parts: Vec<String> = guards.iter().map(Guard::describe).collect();
    Some(parts.join(", or when "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(outcomes: &[(&str, bool)]) -> World {
        outcomes.iter().fold(World::open(), |world, (name, holds)| {
            let outcome = if *holds { Condition::TRUE } else { Condition::FALSE };
            world.with(Condition::plain(*name, *name, None), outcome.into())
        })
    }

    fn said(worlds: &[World]) -> Option<String> {
        describe(&simplified(worlds, &Guard::always()))
    }

    #[test]
    fn outcomes_that_do_not_matter_are_not_said() {
        let all =
            [world(&[("a", true), ("b", true)]), world(&[("a", true), ("b", false)]), world(&[("a", false)])];
        assert_eq!(said(&all), None);
        assert_eq!(said(&all[..2]).as_deref(), Some("a is true"));
        assert_eq!(said(&all[1..]).as_deref(), Some("a is false, or when a is true and b is false"));
    }

    #[test]
    fn what_the_resource_depends_on_anyway_is_not_said() {
        let base = Guard::when(Condition::plain("a", "a", None), Condition::TRUE);
        let guards = simplified(&[world(&[("a", true), ("b", false)])], &base);
        assert_eq!(describe(&guards).as_deref(), Some("b is false"));
    }
}
