//! What a value is where its conditions make more worlds than anybody can look at.
//!
//! Most of a long list hangs on conditions of its own: a statement that is there in production only, a
//! principal that a parameter adds. Nothing multiplies as long as each is looked at alone. So a value
//! that needs too many worlds is looked at part by part, each in all the worlds of its own conditions
//! and with the rest left open: what is told there holds whatever the other conditions turn out to be.
//! Only what depends on several parts together stays undecided, and all of a value whose parts are too
//! many even so.

use super::world::{MANY, World};
use crate::value::{Data, Value};
use crate::{Condition, NeedsSplit, consistency};

/// How many worlds the parts of values may have together. All of them is read in each.
const WORLDS: usize = 32;

/// The worlds in which parts of values are looked at.
pub(super) struct Looks {
    /// The world that leaves all conditions open, and those of the parts, all closed.
    pub(super) worlds: Vec<World>,
    pub(super) seen: Seen,
}

/// How much of some values is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Each part, in all cases of the conditions that it hangs on.
    Whole,
    /// All parts; some conditions that have too many outcomes are left open.
    Parts,
    /// Not all parts.
    Cut,
}

/// The world that leaves all conditions open, and those of the first parts of values that have no more
/// than `most` together.
pub(super) fn first<'v>(
    start: &World,
    limit: usize,
    most: usize,
    values: impl IntoIterator<Item = &'v Value>,
) -> Looks {
    let mut looks = Looks { worlds: vec![start.closed()], seen: Seen::Whole };
    if !values.into_iter().all(|value| add(start, limit, most, value, &mut looks)) {
        looks.seen = Seen::Cut;
    }
    looks
}

/// The world that leaves all conditions open, and those of the parts of values, all closed. Each part
/// has its own, which cover all cases. Where these are too many, the first world is the only one; `few`
/// are those conditions with few outcomes that are met whatever holds.
pub(super) fn worlds<'v>(
    start: &World,
    limit: usize,
    values: impl IntoIterator<Item = &'v Value>,
    few: &[&Condition],
) -> Looks {
    if consistency::exceed_apart(start, WORLDS, few) {
        return Looks { worlds: vec![start.closed()], seen: Seen::Cut };
    }
    let mut looks = first(start, limit, WORLDS, values);
    if looks.seen == Seen::Cut {
        looks.worlds.truncate(1);
    }
    looks
}

/// Adds the worlds of a value. Whether they are not too many: those of a part that has too many are left
/// out, for they cover all cases together only.
fn add(start: &World, limit: usize, most: usize, value: &Value, looks: &mut Looks) -> bool {
    if !value.has_choice() {
        return true;
    }
    let explore = |start: &World| World::explore(start, limit, |world| read(value, world));
    let own = explore(start).map(|own| (own, Seen::Whole));
    if let Some((own, seen)) = own.or_else(|| Some((explore(&start.closed_from(MANY))?, Seen::Parts))) {
        let own = own.into_iter().map(|(world, ())| world.closed());
        let new: Vec<World> = own.filter(|world| !looks.worlds.contains(world)).collect();
        if looks.worlds.len() + new.len() > most + 1 {
            return false;
        }
        looks.worlds.extend(new);
        looks.seen = looks.seen.max(seen);
        return true;
    }
    match &value.data {
        Data::List(list) => list.elements.iter().all(|element| add(start, limit, most, element, looks)),
        Data::Map(map) => map.entries.values().all(|entry| add(start, limit, most, &entry.value, looks)),
        Data::Json(inner) => add(start, limit, most, inner, looks),
        // A choice with too many worlds of its own is left open.
        _ => {
            looks.seen = looks.seen.max(Seen::Parts);
            true
        }
    }
}

/// Reads all of a value.
fn read(value: &Value, world: &World) -> Result<(), NeedsSplit> {
    match &value.resolve(world)?.data {
        Data::List(list) => list.elements.iter().try_for_each(|element| read(element, world)),
        Data::Map(map) => map.entries.values().try_for_each(|entry| read(&entry.value, world)),
        Data::Json(inner) => read(inner, world),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Alternative, Guard, List};

    fn either(name: &str) -> Value {
        let arms = [Condition::TRUE, Condition::FALSE].map(|outcome| Alternative {
            guard: Guard::when(Condition::plain(name, name, None), outcome),
            value: Value::synthetic(Data::Bool(outcome == Condition::TRUE)),
        });
        Value::synthetic(Data::Choice(arms.into()))
    }

    fn list(elements: Vec<Value>) -> Value {
        Value::synthetic(Data::List(Arc::new(List { elements, ..List::default() })))
    }

    #[test]
    fn each_part_is_looked_at_in_the_worlds_of_its_own_conditions() {
        let parts =
            [list(vec![either("a"), either("b")]), either("c"), either("c"), either("d"), either("e")];
        let whole = list(parts.to_vec());
        let said: Vec<String> =
            worlds(&World::open(), 16, [&whole], &[]).worlds.iter().map(|it| it.guard().describe()).collect();
        let of_first = [
            "a is true and b is true",
            "a is true and b is false",
            "a is false and b is true",
            "a is false and b is false",
        ];
        let of_rest = ["c is true", "c is false", "d is true", "d is false", "e is true", "e is false"];
        assert_eq!(
            said.split_first(),
            Some((
                &World::open().guard().describe(),
                &*[of_first.as_slice(), &of_rest]
                    .concat()
                    .iter()
                    .map(|it| (*it).to_owned())
                    .collect::<Vec<_>>()
            ))
        );
        // What the others are stays open.
        let seen = World::survey_all(&World::open(), 16, [&whole], |world| {
            let Data::List(list) = &whole.data else { return Ok(0) };
            let known = list
                .elements
                .iter()
                .filter(|one| one.resolve(world).is_ok_and(|one| one.as_unknown().is_none()));
            Ok(known.count())
        });
        assert_eq!(seen.map(|(seen, how)| (seen.len(), how)), Some((11, Seen::Whole)));
        let left_open = worlds(&World::open(), 1, [&either("a")], &[]);
        assert_eq!((left_open.worlds, left_open.seen), (vec![World::open().closed()], Seen::Parts));
        let many = list((0..WORLDS).map(|number| either(&number.to_string())).collect());
        let cut = worlds(&World::open(), 16, [&many], &[]);
        assert_eq!((cut.worlds, cut.seen), (vec![World::open().closed()], Seen::Cut));
        let some = first(&World::open(), 16, 11, [&many]);
        assert_eq!((some.worlds.len(), some.seen), (11, Seen::Cut));
        assert_eq!(first(&World::open(), 16, 2 * WORLDS, [&many]).seen, Seen::Whole);
        let met = consistency::met([&many]);
        assert_eq!(worlds(&World::open(), 16, [], &met).worlds, [World::open().closed()]);
    }
}
