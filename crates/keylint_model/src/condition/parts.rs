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

/// The world that leaves all conditions open, and those of the first parts of values that have no more
/// than `most` together, all closed. Whether that are all parts.
pub(super) fn first<'v>(
    start: &World,
    limit: usize,
    most: usize,
    values: impl IntoIterator<Item = &'v Value>,
) -> (Vec<World>, bool) {
    let mut worlds = vec![start.closed()];
    let are_all = values.into_iter().all(|value| add(start, limit, most, value, &mut worlds));
    (worlds, are_all)
}

/// The world that leaves all conditions open, and those of the parts of values, all closed. Each part
/// has its own, which cover all cases. Where these are too many, the first world is the only one; `few`
/// are those conditions with few outcomes that are met whatever holds.
pub(super) fn worlds<'v>(
    start: &World,
    limit: usize,
    values: impl IntoIterator<Item = &'v Value>,
    few: &[&Condition],
) -> Vec<World> {
    if consistency::exceed_apart(start, WORLDS, few) {
        return vec![start.closed()];
    }
    let (mut worlds, are_all) = first(start, limit, WORLDS, values);
    if !are_all {
        worlds.truncate(1);
    }
    worlds
}

/// Adds the worlds of a value. Whether they are not too many: those of a part that has too many are left
/// out, for they cover all cases together only.
fn add(start: &World, limit: usize, most: usize, value: &Value, worlds: &mut Vec<World>) -> bool {
    if !value.has_choice() {
        return true;
    }
    let explore = |start: &World| World::explore(start, limit, |world| read(value, world));
    if let Some(own) = explore(start).or_else(|| explore(&start.closed_from(MANY))) {
        let own = own.into_iter().map(|(world, ())| world.closed());
        let new: Vec<World> = own.filter(|world| !worlds.contains(world)).collect();
        if worlds.len() + new.len() > most + 1 {
            return false;
        }
        worlds.extend(new);
        return true;
    }
    match &value.data {
        Data::List(list) => list.elements.iter().all(|element| add(start, limit, most, element, worlds)),
        Data::Map(map) => map.entries.values().all(|entry| add(start, limit, most, &entry.value, worlds)),
        Data::Json(inner) => add(start, limit, most, inner, worlds),
        // A choice with too many worlds of its own is left open.
        _ => true,
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
            worlds(&World::open(), 16, [&whole], &[]).iter().map(|it| it.guard().describe()).collect();
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
        assert_eq!(seen.map(|seen| seen.len()), Some(11));
        assert_eq!(worlds(&World::open(), 1, [&either("a")], &[]), [World::open().closed()]);
        let many = list((0..WORLDS).map(|number| either(&number.to_string())).collect());
        assert_eq!(worlds(&World::open(), 16, [&many], &[]), [World::open().closed()]);
        let (some, are_all) = first(&World::open(), 16, 11, [&many]);
        assert_eq!((some.len(), are_all), (11, false));
        assert!(first(&World::open(), 16, 2 * WORLDS, [&many]).1);
        let met = consistency::met([&many]);
        assert_eq!(worlds(&World::open(), 16, [], &met), [World::open().closed()]);
    }
}
