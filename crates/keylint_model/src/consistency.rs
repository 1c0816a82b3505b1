//! Which outcomes conditions can have together, and how many worlds they make at least.
//!
//! A condition that is an expression over others carries its cases, guards over conditions that may be
//! expressions themselves. What these rule out together no world can have.

use std::sync::Arc;

use crate::condition::Limits;
use crate::condition::comparison::{Range, may_meet};
use crate::{Condition, Data, Guard, Value, Verdict, World};

/// How many guards [`possible`] tries before it gives up; real templates take a handful.
const STEPS: usize = 4_096;

/// How many conditions [`met`] looks for.
const CONDITIONS: usize = 64;

type Literal<'c> = (&'c Condition, &'c Arc<str>);

/// Whether conditions can have these outcomes together. Unknown where that takes too many steps.
pub(crate) fn possible<'c>(outcomes: impl Iterator<Item = Literal<'c>> + Clone) -> Verdict {
    let is_expression = |(condition, _): &Literal<'c>| !condition.cases.is_empty();
    let matters = |literal: Literal<'c>| {
        is_expression(&literal) || literal.0.is_bound() || literal.0.compares.is_some()
    };
    if !outcomes.clone().any(matters) {
        return Verdict::Yes;
    }
    let mut decided = Vec::new();
    let mut expressions: Vec<&'c [Guard]> = Vec::new();
    let mut limits: Vec<&'c Arc<Limits>> = Vec::new();
    for literal in outcomes {
        match is_expression(&literal) {
            true => expressions.push(literal.0.bringing(literal.1)),
            false if is_excluded(literal, decided.iter().copied()) => return Verdict::No,
            false => {}
        }
        decided.push(literal);
        for own in literal.0.all_limits() {
            if !limits.iter().any(|known| Arc::ptr_eq(known, own)) {
                limits.push(own);
            }
        }
    }
    let permitted = limits.iter().filter(|limits| !limits.permitted.is_empty());
    expressions.extend(permitted.map(|limits| limits.permitted.as_slice()));
    // Those with few cases first: they rule out most.
    expressions.sort_by_key(|cases| cases.len());
    let mut steps = limits.iter().map(|limits| limits.steps).min().unwrap_or(STEPS);
    let is_possible = consistent(&mut decided, &mut expressions, 0, &mut steps);
    if steps == 0 {
        limits.iter().for_each(|limits| limits.exceed());
    }
    match (is_possible, steps) {
        (false, _) => Verdict::No,
        (true, 0) => Verdict::Unknown,
        (true, _) => Verdict::Yes,
    }
}

/// Whether what is decided says that a value is not what it is here.
pub(crate) fn is_excluded<'d>(
    (condition, outcome): Literal<'_>,
    decided: impl Iterator<Item = Literal<'d>>,
) -> bool {
    let range = |condition: &'d Condition, outcome: &str| condition.compares.as_ref()?.range(outcome);
    let Some(own) = condition.compares.as_ref().and_then(|own| own.range(outcome)) else { return false };
    let others = decided.filter(|(other, _)| condition.compares_with(other));
    let mut ranges: Vec<&Range> = others.filter_map(|(other, outcome)| range(other, outcome)).collect();
    ranges.push(own);
    ranges.len() > 1 && !may_meet(&ranges)
}

/// Whether a condition is certainly left open by others: nothing that it follows from has to do with
/// them, and by itself it can have several outcomes.
pub(crate) fn is_free<'c>(condition: &Condition, others: impl Iterator<Item = &'c Condition>) -> bool {
    let bears =
        |other: &Condition| condition.roots().iter().any(|own| own == other || own.compares_with(other));
    !condition.is_bound() && !others.flat_map(Condition::roots).any(bears) && condition.is_open()
}

/// Whether the cases of a condition can bring several outcomes.
pub(crate) fn has_outcomes(condition: &Condition) -> bool {
    let can_hold = |guard: &Guard| {
        let literals = || guard.literals().iter().map(|(root, outcome)| (root, outcome));
        literals().enumerate().all(|(index, literal)| !is_excluded(literal, literals().take(index)))
    };
    let is_brought = |outcome: &&Arc<str>| condition.bringing(outcome).iter().any(can_hold);
    condition.outcomes.iter().filter(is_brought).nth(1).is_some()
}

/// Whether one case of each expression, from the one at `next` on, can hold together with what is decided;
/// yes where no steps are left to tell. What a case demands of another expression comes to the others.
fn consistent<'c>(
    decided: &mut Vec<Literal<'c>>,
    expressions: &mut Vec<&'c [Guard]>,
    next: usize,
    steps: &mut usize,
) -> bool {
    let Some(first) = expressions.get(next).copied() else {
        return true;
    };
    let before = (decided.len(), expressions.len());
    for guard in first {
        let Some(left) = steps.checked_sub(1) else {
            return true;
        };
        *steps = left;
        let fits = guard.literals().iter().all(|(condition, outcome)| {
            match decided.iter().find(|(known, _)| *known == condition) {
                Some((_, known)) => *known == outcome,
                None if is_excluded((condition, outcome), decided.iter().copied()) => false,
                None => {
                    decided.push((condition, outcome));
                    if !condition.cases.is_empty() {
                        expressions.push(condition.bringing(outcome));
                    }
                    true
                }
            }
        });
        if fits && consistent(decided, expressions, next + 1, steps) {
            return true;
        }
        decided.truncate(before.0);
        expressions.truncate(before.1);
    }
    false
}

/// Whether a reader who meets all of the conditions needs more than `limit` worlds, whatever it makes
/// of them: as many as outcomes of the conditions that have nothing in common with each other and with
/// those that `start` decides, multiplied.
pub(crate) fn exceed(start: &World, limit: usize, met: &[&Condition]) -> bool {
    independent(start, met).into_iter().fold(1, usize::saturating_mul) > limit
}

/// The same of worlds that decide one part each, the rest left open: each of the conditions adds its
/// outcomes.
pub(crate) fn exceed_apart(start: &World, limit: usize, met: &[&Condition]) -> bool {
    independent(start, met).into_iter().fold(0, usize::saturating_add) > limit
}

/// How many outcomes the conditions have that have nothing in common with each other and with those
/// that `start` decides.
fn independent(start: &World, met: &[&Condition]) -> Vec<usize> {
    let mut taken: Vec<&Condition> = start.decided().flat_map(Condition::roots).collect();
    let mut counts = Vec::new();
    for condition in met {
        let outcomes = condition
            .outcomes
            .iter()
            .filter(|outcome| condition.cases.is_empty() || !condition.bringing(outcome).is_empty());
        let is_taken = |root: &Condition| taken.iter().any(|one| *one == root || root.compares_with(one));
        if !condition.roots().iter().any(is_taken) {
            taken.extend(condition.roots());
            counts.push(outcomes.count().max(1));
        }
    }
    counts
}

/// The conditions that a reader of all of the values meets whatever holds, each once: what stands in
/// an alternative is not among them.
pub(crate) fn met<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<&'v Condition> {
    let mut met = Vec::new();
    values.into_iter().for_each(|value| collect(value, &mut met));
    met
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v Condition>) {
    if found.len() >= CONDITIONS {
        return;
    }
    match &value.data {
        Data::Choice(alternatives) => {
            // The first condition of the first guard is what a reader stops at.
            let first = alternatives.first().and_then(|one| one.guard.literals().first());
            if let Some((condition, _)) = first
                && !condition.stands
                && !found.contains(&condition)
            {
                found.push(condition);
            }
        }
        Data::List(list) => list.elements.iter().for_each(|element| collect(element, found)),
        Data::Map(map) => map.entries.values().for_each(|entry| collect(&entry.value, found)),
        Data::Json(inner) => collect(inner, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alternative, List};

    fn choice(condition: &Condition) -> Value {
        let arms = condition.outcomes.iter().map(|outcome| Alternative {
            guard: Guard::when(condition.clone(), Arc::clone(outcome)),
            value: Value::synthetic(Data::Null),
        });
        Value::synthetic(Data::Choice(arms.collect()))
    }

    fn list(conditions: &[Condition]) -> Value {
        let elements = conditions.iter().map(choice).collect();
        Value::synthetic(Data::List(Arc::new(List { elements, ..List::default() })))
    }

    fn over(name: &str, root: &Condition) -> Condition {
        let case = |outcome: &str| (Guard::when(root.clone(), outcome), Arc::from(outcome));
        Condition::plain(name, name, None).with_cases([case(Condition::TRUE), case(Condition::FALSE)])
    }

    #[test]
    fn only_what_has_nothing_in_common_multiplies() {
        let roots = ["a", "b", "c"].map(|name| Condition::plain(name, name, None));
        let [a, b, c] = &roots;
        let exceed =
            |conditions: &[Condition], limit| exceed(&World::open(), limit, &met([&list(conditions)]));
        assert!(exceed(&roots, 7));
        assert!(!exceed(&roots, 8));
        assert!(!exceed(&[a.clone(), a.clone(), over("x", a), over("y", a)], 2));
        assert!(exceed(&[over("x", a), over("y", b), over("z", c)], 7));
        let started = World::of(&Guard::when(over("x", a), Condition::TRUE));
        assert!(!super::exceed(&started, 4, &met([&list(&roots)])));
        assert!(super::exceed(&started, 3, &met([&list(&roots)])));
        assert!(exceed_apart(&started, 3, &met([&list(&roots)])));
        assert!(!exceed_apart(&World::open(), 6, &met([&list(&roots)])));
    }

    #[test]
    fn an_expression_over_expressions_follows_from_what_these_do() {
        let a = Condition::plain("a", "a", None);
        let inner = over("x", &a);
        let outer = over("y", &inner);
        let [holds, fails] = [Condition::TRUE, Condition::FALSE].map(Arc::from);
        let verdict = |literals: &[Literal<'_>]| possible(literals.iter().copied());
        assert_eq!(verdict(&[(&outer, &holds), (&a, &holds)]), Verdict::Yes);
        assert_eq!(verdict(&[(&outer, &holds), (&a, &fails)]), Verdict::No);
        assert_eq!(verdict(&[(&outer, &holds), (&inner, &fails)]), Verdict::No);
        assert_eq!(verdict(&[(&outer, &holds), (&over("z", &a), &fails)]), Verdict::No);
        let others = [&inner, &a];
        assert!(others.iter().all(|other| !is_free(&outer, [*other].into_iter())));
        assert!(is_free(&outer, [&Condition::plain("b", "b", None)].into_iter()));
    }

    #[test]
    fn what_stands_in_an_alternative_need_not_be_read() {
        let [a, b] = ["a", "b"].map(|name| Condition::plain(name, name, None));
        let mut outer = choice(&a);
        if let Data::Choice(arms) = &outer.data {
            let mut arms = arms.to_vec();
            arms[0].value = choice(&b);
            outer.data = Data::Choice(arms.into());
        }
        assert!(!exceed(&World::open(), 2, &met([&outer])));
        assert!(exceed(&World::open(), 1, &met([&outer])));
    }
}
