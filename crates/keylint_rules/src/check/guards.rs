//! Puts together the worlds in which something holds, as briefly as a person would say it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexSet;
use keylint_model::{Condition, Guard, World};

/// A conjunction, literal by literal.
type Literals = Vec<(Condition, Arc<str>)>;

/// How many cases take the place of a condition that nobody has named.
const CASES: usize = 8;

/// How many cases are put together as briefly as possible; past it each is said as it is.
const TOGETHER: usize = 64;

/// How many cases a message says.
const SAID: usize = 16;

/// The message of a finding: a fact, and when it is one where that is not always. It holds in the
/// cases of each of several stacks.
pub(crate) fn message(fact: &str, stacks: impl IntoIterator<Item = Vec<Guard>>) -> String {
    let mut said: IndexSet<String> = IndexSet::new();
    for cases in stacks {
        match describe(&in_full(cases)) {
            Some(cases) => said.extend(cases),
            None => return fact.to_owned(),
        }
    }
    let others = said.len().saturating_sub(SAID);
    let shown: Vec<String> = said.into_iter().take(SAID).collect();
    match others {
        _ if shown.is_empty() => fact.to_owned(),
        0 => format!("{fact} when {}", shown.join(OR)),
        1 => format!("{fact} when {}, or in another case", shown.join(OR)),
        _ => format!("{fact} when {}, or in {others} other cases", shown.join(OR)),
    }
}

/// The cases of several findings of one stack, as those of one.
pub(crate) fn united<'g>(cases: impl IntoIterator<Item = &'g Guard>) -> Vec<Guard> {
    let cases: BTreeSet<&Guard> = cases.into_iter().collect();
    match cases.len() {
        0..=TOGETHER => {
            let terms = cases.into_iter().map(|guard| guard.literals().to_vec()).collect();
            simplest(terms, &Guard::always())
        }
        _ => cases.into_iter().cloned().collect(),
    }
}

/// The cases with what conditions that nobody has named follow from, and without what the rest of a case
/// demands anyway. What would take too many cases is said by its label.
fn in_full(cases: Vec<Guard>) -> Vec<Guard> {
    let is_nameless = |(condition, _): &&(Condition, Arc<str>)| condition.is_nameless;
    let is_plain =
        |(condition, _): &(Condition, Arc<str>)| !condition.is_nameless && !says_of_value(condition);
    if cases.iter().flat_map(Guard::literals).all(is_plain) {
        return cases;
    }
    let mut full: Vec<Guard> = Vec::new();
    for case in &cases {
        let named = case.literals().iter().filter(|literal| !is_nameless(literal)).cloned().collect();
        let mut ways: Vec<Guard> = guard_of(&named).into_iter().collect();
        for (condition, outcome) in case.literals().iter().filter(is_nameless) {
            let causes = condition.bringing(outcome);
            let both: Vec<Guard> =
                ways.iter().flat_map(|way| causes.iter().filter_map(|cause| both(way, cause))).collect();
            match both.len() {
                0 => {}
                1..=CASES => ways = both,
                _ => {
                    let itself = Guard::when(condition.clone(), Arc::clone(outcome));
                    ways = ways.iter().filter_map(|way| way.and(&itself)).collect();
                }
            }
        }
        full.extend(ways);
    }
    united(&full)
}

/// When something holds that holds in some worlds: conjunctions connected by "or", without what
/// `base` says anyway. One empty conjunction means always.
pub(super) fn simplified(worlds: &[World], base: &Guard) -> Vec<Guard> {
    let terms = worlds.iter().map(|world| {
        let guard = world.guard();
        let own = guard.literals().iter().filter(|literal| !base.literals().contains(literal));
        own.cloned().collect()
    });
    simplest(terms.collect(), base)
}

fn simplest(mut terms: Vec<Literals>, base: &Guard) -> Vec<Guard> {
    terms.sort();
    terms.dedup();
    while let Some(merged) = merge_once(&terms, base) {
        terms = merged;
    }
    // What follows from another term says nothing more.
    let mut position = 0;
    while let Some(term) = terms.get(position) {
        let others = terms.iter().enumerate().filter(|(other, _)| *other != position);
        let is_said = others.into_iter().any(|(_, other)| follows(term, other, base));
        if is_said {
            terms.remove(position);
        } else {
            position += 1;
        }
    }
    terms.iter().filter_map(guard_of).collect()
}

fn guard_of(term: &Literals) -> Option<Guard> {
    term.iter().try_fold(Guard::always(), |guard, (condition, outcome)| {
        guard.and(&Guard::when(condition.clone(), Arc::clone(outcome)))
    })
}

/// Whether the outcomes of a term can go together beside what holds anyway.
fn can_hold(term: &Literals, base: &Guard) -> bool {
    guard_of(term).is_some_and(|guard| both(base, &guard).is_some())
}

/// Both guards at once, where deployment may bring that about.
fn both(one: &Guard, other: &Guard) -> Option<Guard> {
    one.and(other).filter(|both| World::of(both).is_possible())
}

/// Whether a condition says of a value which one it is: a comparison, or an index by the value.
fn says_of_value(condition: &Condition) -> bool {
    let is_plain = || condition.outcomes.iter().any(|outcome| **outcome == *Condition::TRUE);
    condition.compares.is_some() || !condition.cases.is_empty() && !is_plain()
}

/// Whether a term holds wherever another one does.
fn follows(term: &Literals, from: &Literals, base: &Guard) -> bool {
    from.iter().all(|literal| term.contains(literal) || demands(term, literal, base))
}

/// Whether a term demands what another literal says of a value: where `x == 1` holds `x == 2` does not.
fn demands(term: &Literals, (condition, outcome): &(Condition, Arc<str>), base: &Guard) -> bool {
    let can_be = |other: &Arc<str>| {
        let mut literals: Literals = term.clone();
        literals.push((condition.clone(), Arc::clone(other)));
        can_hold(&literals, base)
    };
    says_of_value(condition)
        && condition.outcomes.iter().filter(|other| *other != outcome).all(|other| !can_be(other))
        && !may_be_none(condition, term, base)
}

/// Whether a condition may have no outcome at all beside a term: an index by a value that is none of the
/// keys is an error, and nobody asks for it then.
fn may_be_none(condition: &Condition, term: &Literals, base: &Guard) -> bool {
    let fails = |(_, outcome): &(Condition, Arc<str>)| **outcome == *Condition::FALSE;
    let are_all = condition.cases.iter().any(|(guard, _)| guard.literals().iter().all(fails));
    let compared: BTreeSet<&Condition> = condition
        .cases
        .iter()
        .flat_map(|(guard, _)| guard.literals())
        .map(|(compared, _)| compared)
        .collect();
    if compared.is_empty() || are_all || !compared.iter().all(|one| one.compares.is_some()) {
        return false;
    }
    let mut literals: Literals = term.clone();
    literals.extend(compared.into_iter().map(|one| (one.clone(), Condition::FALSE.into())));
    can_hold(&literals, base)
}

/// Replaces terms that differ in the outcome of one condition alone, and together have all its
/// outcomes that can go with the rest, by what they share.
fn merge_once(terms: &[Literals], base: &Guard) -> Option<Vec<Literals>> {
    let covers = |known: &Literals, term: &Literals| known.iter().all(|literal| term.contains(literal));
    for term in terms {
        for (condition, _) in term {
            let shared: Literals = term.iter().filter(|(other, _)| other != condition).cloned().collect();
            let sibling = |outcome: &Arc<str>| {
                let mut sibling = shared.clone();
                sibling.push((condition.clone(), Arc::clone(outcome)));
                sibling
            };
            let is_said = |outcome: &&Arc<str>| {
                let sibling = sibling(outcome);
                terms.iter().any(|known| covers(known, &sibling))
            };
            let mut others = condition.outcomes.iter().filter(|outcome| !is_said(outcome)).peekable();
            let are_all = others.peek().is_none()
                || says_of_value(condition)
                    && others.all(|outcome| !can_hold(&sibling(outcome), base))
                    && !may_be_none(condition, &shared, base);
            if are_all {
                let mut merged: Vec<Literals> =
                    terms.iter().filter(|term| !covers(&shared, term)).cloned().collect();
                merged.push(shared);
                merged.sort();
                return Some(merged);
            }
        }
    }
    None
}

/// How a message says when, case by case; `None` where that is always.
fn describe(guards: &[Guard]) -> Option<IndexSet<String>> {
    if guards.is_empty() || guards.iter().any(Guard::is_always) {
        return None;
    }
    let mut secrets: Vec<&Condition> = Vec::new();
    for (condition, _) in guards.iter().flat_map(Guard::literals) {
        if condition.is_secret && !secrets.contains(&condition) {
            secrets.push(condition);
        }
    }
    // Several of one name cannot be told apart.
    let said: Vec<String> = match secrets.len() {
        0 | 1 => joined(guards).iter().map(in_words).collect(),
        _ => guards.iter().map(without_secrets).collect(),
    };
    if said.iter().any(String::is_empty) { None } else { Some(said.into_iter().collect()) }
}

/// What stands between cases.
const OR: &str = ", or when ";

/// What a message says of one case: conditions, each with the outcomes that it may have.
type Case = Vec<(Condition, Vec<Arc<str>>)>;

/// The cases of which some differ in one condition alone, with all outcomes of that together; a condition
/// that may have any outcome is none.
fn joined(guards: &[Guard]) -> Vec<Case> {
    let single =
        |(condition, outcome): &(Condition, Arc<str>)| (condition.clone(), vec![Arc::clone(outcome)]);
    let mut cases: Vec<Case> =
        guards.iter().map(|guard| guard.literals().iter().map(single).collect()).collect();
    let mut conditions: Vec<Condition> =
        guards.iter().flat_map(Guard::literals).map(|(condition, _)| condition.clone()).collect();
    conditions.sort();
    conditions.dedup();
    loop {
        let before = cases.clone();
        for condition in &conditions {
            cases = joined_by(condition, cases);
        }
        if cases == before {
            return cases;
        }
    }
}

/// The cases, with those that differ in this condition alone as one, where the first of them stood.
fn joined_by(condition: &Condition, cases: Vec<Case>) -> Vec<Case> {
    let mut found: BTreeMap<Case, usize> = BTreeMap::new();
    let mut joined: Vec<Case> = Vec::with_capacity(cases.len());
    for mut case in cases {
        let Some(at) = case.iter().position(|(known, _)| known == condition) else {
            joined.push(case);
            continue;
        };
        let (_, outcomes) = case.remove(at);
        let twin = found.get(&case).and_then(|position| joined.get_mut(*position));
        match twin.and_then(|twin| twin.iter_mut().find(|(known, _)| known == condition)) {
            Some((_, known)) => known.extend(outcomes),
            None => {
                found.insert(case.clone(), joined.len());
                case.insert(at, (condition.clone(), outcomes));
                joined.push(case);
            }
        }
    }
    for case in &mut joined {
        for (own, outcomes) in case.iter_mut().filter(|(own, _)| own == condition) {
            outcomes.sort_by_key(|outcome| own.outcomes.iter().position(|known| known == outcome));
            outcomes.dedup();
        }
        case.retain(|(own, outcomes)| own != condition || outcomes.len() < own.outcomes.len());
    }
    joined
}

/// A case as a person would say it: `IsProd is true, Env is a or b and Size is s`.
fn in_words(case: &Case) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(case.len());
    for (condition, outcomes) in case {
        let rest = outcomes.iter().skip(1).map(|outcome| format!(" or {outcome}"));
        let first = outcomes.first().map(|outcome| condition.describe(outcome)).unwrap_or_default();
        let said: String = std::iter::once(first).chain(rest).collect();
        // A nested stack may have a condition of the same name as the one around it.
        if !parts.contains(&said) {
            parts.push(said);
        }
    }
    let has_several = case.iter().any(|(_, outcomes)| outcomes.len() > 1);
    match parts.split_last() {
        Some((last, others @ [_, ..])) if has_several => format!("{} and {last}", others.join(", ")),
        _ => parts.join(" and "),
    }
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
    use keylint_model::ValueType;
    use keylint_model::condition::comparison::{Comparison, Constant, Scalar};

    use super::*;

    fn world(outcomes: &[(&str, bool)]) -> World {
        outcomes.iter().fold(World::open(), |world, (name, holds)| {
            let outcome = if *holds { Condition::TRUE } else { Condition::FALSE };
            world.with(Condition::plain(*name, *name, None), outcome.into())
        })
    }

    fn said(worlds: &[World]) -> Option<String> {
        told(&simplified(worlds, &Guard::always()))
    }

    /// What a message says of cases.
    fn told(cases: &[Guard]) -> Option<String> {
        message("", [cases.to_vec()]).strip_prefix(" when ").map(str::to_owned)
    }

    #[test]
    fn outcomes_that_do_not_matter_are_not_said() {
        let all =
            [world(&[("a", true), ("b", true)]), world(&[("a", true), ("b", false)]), world(&[("a", false)])];
        assert_eq!(said(&all), None);
        assert_eq!(said(&all[..2]).as_deref(), Some("a is true"));
        assert_eq!(said(&all[1..]).as_deref(), Some("a is false, or when b is false"));
    }

    #[test]
    fn cases_that_differ_in_one_value_alone_are_one() {
        let of = |name: &str, count: usize| {
            let outcomes: Vec<Arc<str>> = (0..count).map(|number| format!("v{number}").into()).collect();
            Condition::plain(name, name, None).with_outcomes(outcomes)
        };
        let case = |literals: &[(&str, &str)]| {
            literals.iter().fold(World::open(), |world, (name, outcome)| {
                let condition = if *name == "C" { Condition::plain("C", "C", None) } else { of(name, 3) };
                world.with(condition, (*outcome).into())
            })
        };
        let two = [
            case(&[("C", "true"), ("E", "v0"), ("F", "v0")]),
            case(&[("C", "true"), ("E", "v2"), ("F", "v0")]),
        ];
        assert_eq!(said(&two).as_deref(), Some("C is true, E is v0 or v2 and F is v0"));
        // Twice in a row, in each order.
        let square = ["v0", "v2"].map(|e| ["v1", "v0"].map(|f| case(&[("E", e), ("F", f)])));
        assert_eq!(said(square.as_flattened()).as_deref(), Some("E is v0 or v2 and F is v0 or v1"));
        assert_eq!(said(&[case(&[("E", "v0")]), case(&[("E", "v2")])]).as_deref(), Some("E is v0 or v2"));
        // All of its values are covered by what is put together.
        let mut all = vec![case(&[("E", "v0"), ("F", "v0")]), case(&[("E", "v1"), ("F", "v0")])];
        all.push(case(&[("E", "v2"), ("F", "v0")]));
        all.push(case(&[("E", "v0"), ("F", "v1")]));
        assert_eq!(said(&all).as_deref(), Some("E is v0 and F is v1, or when F is v0"));
        // What differs in two is no one case.
        let apart = [case(&[("E", "v0"), ("F", "v1")]), case(&[("E", "v1"), ("F", "v0")])];
        assert_eq!(said(&apart).as_deref(), Some("E is v0 and F is v1, or when E is v1 and F is v0"));
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
    fn what_nobody_has_named_is_told_as_what_it_follows_from() {
        let named = |name: &str| Guard::when(Condition::plain(name, name, None), Condition::TRUE);
        let not = |name: &str| Guard::when(Condition::plain(name, name, None), Condition::FALSE);
        let (yes, no) = (Arc::from(Condition::TRUE), Arc::from(Condition::FALSE));
        let cases = [
            (named("a"), Arc::clone(&yes)),
            (not("a").and(&named("b")).unwrap(), yes),
            (not("a").and(&not("b")).unwrap(), no),
        ];
        let mut exists = Condition::plain("exists", "the existence", None).with_cases(cases);
        exists.is_nameless = true;
        let there = Guard::when(exists, Condition::TRUE);
        assert_eq!(told(std::slice::from_ref(&there)).as_deref(), Some("a is true, or when b is true"));
        assert_eq!(told(&[there.and(&not("a")).unwrap()]).as_deref(), Some("a is false and b is true"));
        let also = there.and(&named("c")).unwrap();
        assert_eq!(
            told(&[also]).as_deref(),
            Some("a is true and c is true, or when b is true and c is true")
        );
    }

    #[test]
    fn what_would_take_too_many_cases_is_told_by_its_label() {
        let named =
            |name: String, outcome: &str| Guard::when(Condition::plain(name.clone(), name, None), outcome);
        let yes = Arc::from(Condition::TRUE);
        let none = (0..=CASES).fold(Guard::always(), |guard, number| {
            guard.and(&named(format!("c{number}"), Condition::FALSE)).unwrap()
        });
        let mut cases: Vec<(Guard, Arc<str>)> = (0..=CASES)
            .map(|number| {
                let before = (0..number).fold(Guard::always(), |guard, before| {
                    guard.and(&named(format!("c{before}"), Condition::FALSE)).unwrap()
                });
                (before.and(&named(format!("c{number}"), Condition::TRUE)).unwrap(), Arc::clone(&yes))
            })
            .collect();
        cases.push((none, Condition::FALSE.into()));
        let mut exists = Condition::plain("exists", "the existence", None).with_cases(cases);
        exists.is_nameless = true;
        let there = Guard::when(exists, Condition::TRUE);
        assert_eq!(told(std::slice::from_ref(&there)).as_deref(), Some("the existence is true"));
        let also = there.and(&named("d".to_owned(), Condition::TRUE)).unwrap();
        assert_eq!(told(&[also]).as_deref(), Some("d is true and the existence is true"));
    }

    #[test]
    fn of_many_cases_the_first_are_said() {
        let cases: Vec<Guard> = (0..100)
            .map(|number| {
                let name = format!("c{number:03}");
                Guard::when(Condition::plain(name.clone(), name, None), Condition::TRUE)
            })
            .collect();
        let shown = |count: usize| told(&united(&cases[..count])).unwrap();
        assert!(shown(16).ends_with("when c015 is true"), "{}", shown(16));
        assert!(shown(17).ends_with("when c015 is true, or in another case"), "{}", shown(17));
        assert!(shown(100).ends_with("when c015 is true, or in 84 other cases"), "{}", shown(100));
    }

    #[test]
    fn what_a_comparison_excludes_is_not_said() {
        let is = |name: &str| {
            let of = std::num::NonZeroU32::MIN;
            let constant = Constant { is: Scalar::String(name.into()), of_type: ValueType::String };
            let mut condition = Condition::plain(name, name, None);
            condition.compares = Some(Arc::new(Comparison::equality(of, [constant])));
            condition
        };
        let world = |outcomes: &[(&str, bool)]| {
            outcomes.iter().fold(World::open(), |world, (name, holds)| {
                world.with(is(name), if *holds { Condition::TRUE } else { Condition::FALSE }.into())
            })
        };
        let (prod, other) = (world(&[("prod", true)]), world(&[("prod", false), ("dev", false)]));
        let dev = world(&[("prod", false), ("dev", true)]);
        assert_eq!(said(std::slice::from_ref(&dev)).as_deref(), Some("dev is true"));
        assert_eq!(said(&[prod.clone(), other.clone()]).as_deref(), Some("dev is false"));
        assert_eq!(said(&[prod.clone(), dev.clone()]).as_deref(), Some("dev is true, or when prod is true"));
        assert_eq!(said(&[prod, dev, other.clone()]), None);
        assert_eq!(said(&[other]).as_deref(), Some("dev is false and prod is false"));
        let base = Guard::when(is("prod"), Condition::TRUE);
        let always = simplified(&[world(&[("dev", false), ("prod", true)])], &base);
        assert_eq!(always, [Guard::always()]);
    }

    #[test]
    fn what_the_resource_depends_on_anyway_is_not_said() {
        let base = Guard::when(Condition::plain("a", "a", None), Condition::TRUE);
        let guards = simplified(&[world(&[("a", true), ("b", false)])], &base);
        assert_eq!(told(&guards).as_deref(), Some("b is false"));
    }
}
