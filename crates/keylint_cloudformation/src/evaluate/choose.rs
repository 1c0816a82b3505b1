//! Functions over alternatives: what `Fn::Join` makes of an `Fn::If` is a choice again.

use std::borrow::Borrow;

use keylint_model::{Alternative, Data, Guard, Origin, Value, World};

/// How many alternatives a value has at most. Two or three independent conditions in one string
/// are common; past that nobody reads the finding, and the value is unknown.
pub(crate) const MAX_ALTERNATIVES: usize = 16;

/// Applies a function to every combination of the operands' alternatives that can occur. `None`
/// when there are too many.
pub(crate) fn combine<V: Borrow<Value>>(
    operands: &[V],
    mut apply: impl FnMut(&[&Value]) -> Value,
) -> Option<Vec<(Guard, Value)>> {
    let mut combinations: Vec<(Guard, Vec<&Value>)> =
        vec![(Guard::always(), Vec::with_capacity(operands.len()))];
    for operand in operands {
        let operand = operand.borrow();
        if !matches!(operand.data, Data::Choice(_)) {
            combinations.iter_mut().for_each(|(_, chosen)| chosen.push(operand));
            continue;
        }
        let leaves = leaves(operand)?;
        if let [(_, only)] = leaves.as_slice() {
            combinations.iter_mut().for_each(|(_, chosen)| chosen.push(only));
            continue;
        }
        let mut next = Vec::new();
        for (guard, chosen) in &combinations {
            for (more, leaf) in &leaves {
                let Some(guard) = both(guard, more) else {
                    continue;
                };
                if next.len() == MAX_ALTERNATIVES {
                    return None;
                }
                let chosen = chosen.iter().copied().chain([*leaf]).collect();
                next.push((guard, chosen));
            }
        }
        combinations = next;
    }
    Some(combinations.into_iter().map(|(guard, chosen)| (guard, apply(&chosen))).collect())
}

/// Both guards at once, unless no deployment satisfies both.
fn both(one: &Guard, other: &Guard) -> Option<Guard> {
    one.and(other).filter(|guard| World::of(guard).is_possible())
}

/// A value without the alternatives that a world rules out.
pub(crate) fn narrow(value: Value, world: &World) -> Value {
    let Data::Choice(alternatives) = &value.data else {
        return value;
    };
    let left: Vec<_> = alternatives
        .iter()
        .filter(|alternative| !matches!(world.decides(&alternative.guard), Ok(false)))
        .map(|alternative| (alternative.guard.clone(), alternative.value.clone()))
        .collect();
    match left.as_slice() {
        [(_, only)] => narrow(only.clone(), world),
        _ if left.len() < alternatives.len() => choice(left, value.origin),
        _ => value,
    }
}

/// As [`narrow`], in each of the alternatives.
pub(crate) fn narrow_all(value: Value, world: &World) -> Value {
    let value = narrow(value, world);
    let Data::Choice(alternatives) = &value.data else { return value };
    let left = alternatives.iter().map(|alternative| Alternative {
        guard: alternative.guard.clone(),
        value: narrow_all(alternative.value.clone(), world),
    });
    Value { data: Data::Choice(left.collect()), ..value }
}

/// A value of which each alternative counts, also where the default of a parameter stands for it.
pub(crate) fn weighed(value: Value) -> Value {
    let Data::Choice(alternatives) = &value.data else {
        return value;
    };
    let all = alternatives.iter().map(|alternative| Alternative {
        guard: alternative.guard.weighed(),
        value: weighed(alternative.value.clone()),
    });
    Value::new(Data::Choice(all.collect()), value.origin)
}

/// The values that a value can be, each with its guard; the value itself when it is no choice.
fn leaves(value: &Value) -> Option<Vec<(Guard, &Value)>> {
    let mut done = Vec::new();
    let mut waiting = vec![(Guard::always(), value)];
    while let Some((guard, value)) = waiting.pop() {
        let Data::Choice(alternatives) = &value.data else {
            done.push((guard, value));
            continue;
        };
        for alternative in alternatives.iter().rev() {
            if let Some(guard) = both(&guard, &alternative.guard) {
                waiting.push((guard, &alternative.value));
            }
        }
        if done.len() + waiting.len() > MAX_ALTERNATIVES {
            return None;
        }
    }
    Some(done)
}

/// A value from alternatives that cover all cases.
pub(crate) fn choice(mut alternatives: Vec<(Guard, Value)>, origin: Origin) -> Value {
    match alternatives.as_slice() {
        [(guard, _)] if guard.is_always() => match alternatives.pop() {
            Some((_, only)) => only,
            None => Value::new(Data::Null, origin),
        },
        _ => {
            let marks = origin.marks | alternatives.iter().map(|(_, value)| value.origin.marks).collect();
            let alternatives =
                alternatives.into_iter().map(|(guard, value)| Alternative { guard, value }).collect();
            Value::new(Data::Choice(alternatives), Origin { marks, ..origin })
        }
    }
}
