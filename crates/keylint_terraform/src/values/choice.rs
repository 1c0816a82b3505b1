//! Values that depend on what only deployment decides.
//!
//! An operation on a choice is the choice of the operation's results. Alternatives whose guards
//! contradict each other vanish, which is how `cond ? x[0] : null` forgets that `x` is empty when
//! the condition does not hold.

use std::sync::Arc;

use keylint_model::{Alternative, Data, Guard, Origin, Reason, Value};
use keylint_source::Span;

use super::{derived, equal, inherit, is_invalid};
use crate::limits;

/// One of the values, each under its guard. Equal alternatives of a plain two-way choice become
/// one value; nested choices are made flat; past the limit the value is unknown.
pub(crate) fn choice(alternatives: Vec<(Guard, Value)>, span: Span) -> Value {
    let mut flat: Vec<Alternative> = Vec::with_capacity(alternatives.len());
    for (guard, value) in alternatives {
        let Data::Choice(inner) = &value.data else {
            flat.push(Alternative { guard, value });
            continue;
        };
        for alternative in inner.iter() {
            if let Some(guard) = guard.and(&alternative.guard) {
                flat.push(Alternative { guard, value: inherit(&value.origin, &alternative.value) });
            }
        }
    }
    if flat.len() > limits::ALTERNATIVES {
        return too_many("alternatives", &Value::new(Data::Choice(flat.into()), Origin::default()), span);
    }
    let Some((first, others)) = flat.split_first() else {
        return super::rejected(span);
    };
    // Whatever the case, it is an error: that of the first.
    if is_invalid(&first.value) && others.iter().all(|other| is_invalid(&other.value)) {
        return first.value.clone();
    }
    let marks = flat.iter().map(|one| one.value.origin.marks).collect();
    if others.iter().all(|other| equal(&first.value, &other.value) == Some(true)) {
        return super::marked(first.value.clone(), marks);
    }
    let origin = Origin { span: Some(span), via: None, marks };
    Value::new(Data::Choice(flat.into()), origin)
}

/// What `name` makes of a choice that would make more combinations than are looked at: the first of
/// its conditions says which.
pub(super) fn too_many(name: &str, value: &Value, span: Span) -> Value {
    let mut many = derived(name, std::slice::from_ref(value), span);
    let Data::Choice(alternatives) = &value.data else { return many };
    let first = alternatives.iter().find_map(|one| one.guard.literals().first());
    if let (Data::Unknown(unknown), Some((condition, _))) = (&mut many.data, first)
        && !super::is_settled(&unknown.reason)
    {
        let unknown = Arc::make_mut(unknown);
        unknown.reason = Reason::Combinations(Arc::clone(&condition.label));
        unknown.at = condition.span.or(unknown.at);
        unknown.causes = Arc::default();
    }
    many
}

/// Applies an operation to every combination of alternatives of its operands that can occur. An
/// operand whose alternatives would make more combinations than the limit is unknown instead.
pub(crate) fn distribute(
    name: &str,
    operands: &[Value],
    span: Span,
    apply: impl FnMut(&[Value]) -> Value,
) -> Value {
    let unknown = |operand: &Value| too_many(name, operand, span);
    distribute_or(operands, span, unknown, apply)
}

/// [`distribute`], with what stands for an operand that would make too many combinations.
pub(crate) fn distribute_or(
    operands: &[Value],
    span: Span,
    stand_in: impl Fn(&Value) -> Value,
    mut apply: impl FnMut(&[Value]) -> Value,
) -> Value {
    if !operands.iter().any(|operand| matches!(operand.data, Data::Choice(_))) {
        return apply(operands);
    }
    let mut combinations: Vec<(Guard, Vec<Value>)> = vec![(Guard::always(), Vec::new())];
    for operand in operands {
        let Data::Choice(alternatives) = &operand.data else {
            for (_, values) in &mut combinations {
                values.push(operand.clone());
            }
            continue;
        };
        let mut next = Vec::new();
        for (guard, values) in &combinations {
            for alternative in alternatives.iter() {
                let Some(guard) = guard.and(&alternative.guard) else { continue };
                let mut values = values.clone();
                values.push(inherit(&operand.origin, &alternative.value));
                next.push((guard, values));
            }
        }
        if next.len() > limits::ALTERNATIVES {
            let instead = stand_in(operand);
            combinations.iter_mut().for_each(|(_, values)| values.push(instead.clone()));
        } else {
            combinations = next;
        }
    }
    let results = combinations.into_iter().map(|(guard, values)| (guard, apply(&values))).collect();
    choice(results, span)
}

/// The value where `guard` holds: alternatives that contradict it are gone, everywhere in it.
pub(crate) fn assume(value: &Value, guard: &Guard) -> Value {
    if guard.is_always() || !value.has_choice() {
        return value.clone();
    }
    let data = match &value.data {
        Data::Choice(alternatives) => return assume_choice(value, alternatives, guard),
        Data::List(list) => {
            let mut list = (**list).clone();
            for element in &mut list.elements {
                *element = assume(element, guard);
            }
            Data::List(Arc::new(list))
        }
        Data::Map(map) => {
            let mut map = (**map).clone();
            for entry in map.entries.values_mut() {
                entry.value = assume(&entry.value, guard);
            }
            Data::Map(Arc::new(map))
        }
        Data::Json(inner) => Data::Json(Arc::new(assume(inner, guard))),
        other => other.clone(),
    };
    Value::new(data, value.origin.clone())
}

fn assume_choice(value: &Value, alternatives: &[Alternative], guard: &Guard) -> Value {
    let mut left: Vec<Alternative> = Vec::new();
    for alternative in alternatives {
        let Some(both) = guard.and(&alternative.guard) else { continue };
        let rest = without(&both, guard);
        left.push(Alternative { guard: rest, value: assume(&alternative.value, guard) });
    }
    match left.as_slice() {
        [only] => inherit(&value.origin, &only.value),
        [] => value.clone(),
        _ => Value::new(Data::Choice(left.into()), value.origin.clone()),
    }
}

/// The value without alternatives that Terraform rejects, where only one other is left: a
/// configuration that is deployed is not the one that fails.
pub(crate) fn settle(value: &Value) -> Value {
    if !value.has_choice() {
        return value.clone();
    }
    let data = match &value.data {
        Data::Choice(alternatives) => {
            let mut left = alternatives.iter().filter(|one| !is_invalid(&one.value));
            if let (Some(only), None) = (left.next(), left.next()) {
                return settle(&inherit(&value.origin, &only.value));
            }
            let mut alternatives = alternatives.to_vec();
            for one in &mut alternatives {
                one.value = settle(&one.value);
            }
            Data::Choice(alternatives.into())
        }
        Data::List(list) => {
            let mut list = (**list).clone();
            list.elements.iter_mut().for_each(|element| *element = settle(element));
            Data::List(Arc::new(list))
        }
        Data::Map(map) => {
            let mut map = (**map).clone();
            map.entries.values_mut().for_each(|entry| entry.value = settle(&entry.value));
            Data::Map(Arc::new(map))
        }
        Data::Json(inner) => Data::Json(Arc::new(settle(inner))),
        other => other.clone(),
    };
    Value::new(data, value.origin.clone())
}

/// The literals of `guard` that are not in `known`.
fn without(guard: &Guard, known: &Guard) -> Guard {
    guard
        .literals()
        .iter()
        .filter(|(condition, _)| known.literals().iter().all(|(other, _)| other != condition))
        .map(|(condition, outcome)| Guard::when(condition.clone(), Arc::clone(outcome)))
        .fold(Guard::always(), |all, one| all.and(&one).unwrap_or(all))
}

/// The guard under which one of `holding` holds, where a conjunction can say it: the literals that
/// all of them share, if these exclude all of `failing`. `None` when none can.
pub(crate) fn simplify_guards(holding: &[Guard], failing: &[Guard]) -> Option<Guard> {
    let (first, others) = holding.split_first()?;
    let shared = first
        .literals()
        .iter()
        .filter(|literal| others.iter().all(|other| other.literals().contains(literal)))
        .fold(Guard::always(), |all, (condition, outcome)| {
            all.and(&Guard::when(condition.clone(), Arc::clone(outcome))).unwrap_or(all)
        });
    failing.iter().all(|guard| guard.and(&shared).is_none()).then_some(shared)
}
