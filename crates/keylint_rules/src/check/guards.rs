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

/// How a message says when.
pub(super) fn describe(guards: &[Guard]) -> Option<String> {
    if guards.is_empty() || guards.iter().any(Guard::is_always) {
        return None;
    }
    let mut secrets: Vec<&Condition> = Vec::new();
    for (condition, _) in guards.iter().flat_map(Guard::literals) {
        if condition.is_secret && !secrets.contains(&condition) {
            secrets.push(condition);
        }
    }
    let mut parts: Vec<String> = Vec::new();
    for guard in guards {
        // Several of one name cannot be told apart.
        let part = if secrets.len() > 1 { without_secrets(guard) } else { guard.describe() };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Some(parts.join(", or when "))
}

/// How a message says when, with one name for all that secrets decide.
fn without_secrets(guard: &Guard) -> String {
    const SECRETS: &str = "conditions on sensitive values hold";
    let literals = guard.literals();
    let open: Literals = literals.iter().filter(|(condition, _)| !condition.is_secret).cloned().collect();
    let said = guard_of(&open).map(|guard| guard.describe()).unwrap_or_default();
    match (open.is_empty(), open.len() == literals.len()) {
        (true, _) => SECRETS.to_owned(),
        (false, true) => said,
        (false, false) => format!("{said} and {SECRETS}"),
    }
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
    fn several_conditions_on_secrets_have_one_name() {
        let secret =
            |name: &str, outcome: &str| (Condition::plain(name, name, None).hidden(), outcome.to_owned());
        let with = |literals: &[(Condition, String)]| {
            let add = |world: World, (condition, outcome): &(Condition, String)| {
                world.with(condition.clone(), outcome.as_str().into())
            };
            literals.iter().fold(World::open(), add)
        };
        let (yes, no) = (Condition::TRUE, Condition::FALSE);
        let one = [with(&[secret("s", yes)])];
        assert_eq!(said(&one).as_deref(), Some("a sensitive condition is true"));
        let two = [with(&[secret("s", yes), secret("t", no)]), with(&[secret("s", no), secret("t", yes)])];
        assert_eq!(said(&two).as_deref(), Some("conditions on sensitive values hold"));
        let open = (Condition::plain("a", "a", None), yes.to_owned());
        let mixed = [with(&[open, secret("s", yes), secret("t", no)])];
        assert_eq!(said(&mixed).as_deref(), Some("a is true and conditions on sensitive values hold"));
    }

    #[test]
    fn what_the_resource_depends_on_anyway_is_not_said() {
        let base = Guard::when(Condition::plain("a", "a", None), Condition::TRUE);
        let guards = simplified(&[world(&[("a", true), ("b", false)])], &base);
        assert_eq!(describe(&guards).as_deref(), Some("b is false"));
    }
}
