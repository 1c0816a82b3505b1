//! Whether some cases are all that there are of another one.

use std::sync::Arc;

use keylint_model::{Guard, World};

/// How many worlds are looked at for that.
const WORLDS: usize = 256;

/// Whether one of some cases holds wherever another one does. No where that takes too many worlds to tell.
pub(super) fn cover(case: &Guard, cases: &[&Guard]) -> bool {
    let mut left = WORLDS;
    !may_escape(&World::of(case), cases, &mut left)
}

/// Whether deployment may bring about a world in which none of the cases holds.
fn may_escape(world: &World, cases: &[&Guard], left: &mut usize) -> bool {
    let Some((first, others)) = cases.split_first() else { return true };
    match world.decides(first) {
        Ok(true) => return false,
        Ok(false) => return may_escape(world, others, left),
        Err(_) => {}
    }
    let mut open = first.literals().iter().filter(|(condition, _)| world.outcome(condition).is_none());
    open.any(|(condition, outcome)| {
        condition.outcomes.iter().filter(|other| *other != outcome).any(|other| {
            let Some(fewer) = left.checked_sub(1) else { return true };
            *left = fewer;
            world.allows(condition, other)
                && may_escape(&world.with(condition.clone(), Arc::clone(other)), others, left)
        })
    })
}

#[cfg(test)]
mod tests {
    use keylint_model::Condition;

    use super::*;

    fn when(name: &str, holds: bool) -> Guard {
        let outcome = if holds { Condition::TRUE } else { Condition::FALSE };
        Guard::when(Condition::plain(name, name, None), outcome)
    }

    #[test]
    fn cases_are_all_where_no_world_escapes_them() {
        let [a, not_a, b, not_b] =
            [("a", true), ("a", false), ("b", true), ("b", false)].map(|(name, holds)| when(name, holds));
        let both = |one: &Guard, other: &Guard| one.and(other).unwrap();
        let always = Guard::always();
        assert!(cover(&always, &[&a, &not_a]));
        assert!(!cover(&always, &[&a, &b]));
        assert!(cover(&a, &[&both(&a, &b), &not_b]));
        assert!(!cover(&a, &[&both(&a, &b), &both(&not_a, &not_b)]));
        assert!(cover(&both(&a, &b), &[&b]));
        assert!(!cover(&always, &[]));
        // What is an expression over others holds with these.
        let not = |name: &str| {
            let cases = [(when(name, true), Condition::FALSE), (when(name, false), Condition::TRUE)];
            let cases = cases.map(|(guard, outcome)| (guard, outcome.into()));
            Guard::when(Condition::plain("not", "not", None).with_cases(cases), Condition::TRUE)
        };
        assert!(cover(&always, &[&a, &not("a")]));
        assert!(!cover(&always, &[&a, &not("b")]));
        let many: Vec<Guard> = (0..12).map(|number| when(&number.to_string(), true)).collect();
        let pairs: Vec<Guard> = many.chunks(2).map(|pair| both(&pair[0], &pair[1])).collect();
        assert!(!cover(&always, &pairs.iter().collect::<Vec<_>>()));
    }
}
