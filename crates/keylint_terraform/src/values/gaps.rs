//! Lists of which conditions leave out elements.
//!
//! A list of which one condition decides the elements is a choice between two lists. Where each of
//! many conditions decides about a few elements of one list, these choices multiply, although no
//! element has to do with the conditions of the others. Such a list has gaps: each element is a
//! choice between itself and null, which is none, so that all of them are seen whatever their number
//! is. What asks for positions or for the length of the list takes it as the choice between lists
//! that it stands for, as far as these are not too many.

use std::borrow::Cow;
use std::sync::Arc;

use keylint_model::{Alternative, Data, Guard, List, ListKind, Value};
use keylint_source::Span;

use super::choice::too_many;
use super::{choice, inherit, is_invalid, made};
use crate::limits;

/// Whether the value is a list of which conditions leave out elements, or one of several.
pub(crate) fn has_gaps(value: &Value) -> bool {
    match &value.data {
        Data::List(list) => list.gaps,
        Data::Choice(alternatives) => alternatives.iter().any(|one| has_gaps(&one.value)),
        _ => false,
    }
}

/// Whether the alternatives of the values make more combinations than are looked at one by one.
pub(crate) fn are_too_many(values: &[Value]) -> bool {
    let mut guards = vec![Guard::always()];
    for value in values {
        let Data::Choice(alternatives) = &value.data else { continue };
        let mut next = Vec::with_capacity(guards.len() * alternatives.len());
        for guard in &guards {
            next.extend(alternatives.iter().filter_map(|one| guard.and(&one.guard)));
        }
        if next.len() > limits::ALTERNATIVES {
            return true;
        }
        guards = next;
    }
    false
}

/// Lists that are to be one: those among which conditions choose are lists with gaps where their
/// combinations are too many. `None` where they are not, or where one of them has to be told apart.
pub(crate) fn gathered(values: &[Value], span: Span) -> Option<Vec<Value>> {
    if !values.iter().any(has_gaps) && !are_too_many(values) {
        return None;
    }
    values.iter().map(|value| gather(value, span)).collect()
}

/// A choice between lists as one list with gaps.
pub(crate) fn gather(value: &Value, span: Span) -> Option<Value> {
    let Data::Choice(alternatives) = &value.data else {
        return (!has_null(value)).then(|| value.clone());
    };
    // A configuration that is deployed is not the one that fails.
    let possible = || alternatives.iter().filter(|one| !is_invalid(&one.value));
    let mut kinds = possible().filter_map(|one| one.value.as_list()).map(|list| list.kind);
    let kind = kinds.next()?;
    let kind = match kinds.all(|other| other == kind) {
        true => kind,
        false => ListKind::Open,
    };
    let mut lists = Vec::with_capacity(alternatives.len());
    let mut rest = None;
    for one in possible() {
        let elements = match &one.value.data {
            Data::List(list) if list.is_set() == (kind == ListKind::Set) && !has_null(&one.value) => {
                rest = rest.or_else(|| list.rest.clone());
                list.elements.as_slice()
            }
            Data::Unknown(unknown) => {
                rest = rest.or_else(|| Some(Arc::clone(unknown)));
                &[]
            }
            _ => return None,
        };
        lists.push((one, elements));
    }
    let longest = lists.iter().map(|(_, elements)| elements.len()).max().unwrap_or_default();
    let absent = Value::synthetic(Data::Null);
    let element = |position: usize| {
        let cases = lists.iter().map(|(one, elements)| {
            let element = elements.get(position).map(|element| inherit(&one.value.origin, element));
            (one.guard.clone(), element.unwrap_or_else(|| absent.clone()))
        });
        choice(cases.collect(), span)
    };
    let elements = (0..longest).map(element).collect();
    let list = List { elements, rest, kind, gaps: true, ..List::default() };
    Some(Value::new(Data::List(Arc::new(list)), value.origin.clone()))
}

/// Whether an element of a list is or may be null and is one all the same.
fn has_null(value: &Value) -> bool {
    value.as_list().is_some_and(|list| !list.gaps && list.elements.iter().any(may_be_left_out))
}

/// Whether an element of a list with gaps is, or may be, left out.
pub(crate) fn may_be_left_out(element: &Value) -> bool {
    match &element.data {
        Data::Null => true,
        Data::Choice(alternatives) => alternatives.iter().any(|one| one.value.is_null()),
        _ => false,
    }
}

/// The element of a list with gaps under the conditions that it hangs on, as `change` makes it; what
/// is left out stays so.
pub(crate) fn each_present(element: &Value, span: Span, mut change: impl FnMut(&Value) -> Value) -> Value {
    match &element.data {
        Data::Null => element.clone(),
        Data::Choice(alternatives) if may_be_left_out(element) => {
            let mut changed = |value: &Value| if value.is_null() { value.clone() } else { change(value) };
            let cases = alternatives
                .iter()
                .map(|one| (one.guard.clone(), changed(&inherit(&element.origin, &one.value))));
            choice(cases.collect(), span)
        }
        _ => change(element),
    }
}

/// The values with the choice between lists that each list with gaps stands for: those of the first
/// conditions, and what hangs on the others is not known.
pub(crate) fn spread(values: &[Value], span: Span) -> Cow<'_, [Value]> {
    if !values.iter().any(has_gaps) {
        return Cow::Borrowed(values);
    }
    Cow::Owned(values.iter().map(|value| spread_one(value, span)).collect())
}

/// The value as a provider reads it, with the choice between lists that each list with gaps stands
/// for: its attributes have positions. The statements of a policy have none that count.
pub(crate) fn spread_whole(value: &Value, span: Span) -> Value {
    let data = match &value.data {
        Data::List(list) => {
            let elements = list.elements.iter().map(|element| spread_whole(element, span)).collect();
            let list = List { elements, ..(**list).clone() };
            return spread_one(&Value { data: Data::List(Arc::new(list)), ..value.clone() }, span);
        }
        Data::Map(map) => {
            let mut map = (**map).clone();
            map.entries.values_mut().for_each(|entry| entry.value = spread_whole(&entry.value, span));
            Data::Map(Arc::new(map))
        }
        Data::Json(inner) if !is_policy(inner) => Data::Json(Arc::new(spread_whole(inner, span))),
        Data::Choice(alternatives) => {
            let of = |one: &Alternative| (one.guard.clone(), spread_whole(&one.value, span));
            return inherit(&value.origin, &choice(alternatives.iter().map(of).collect(), span));
        }
        _ => return value.clone(),
    };
    Value { data, ..value.clone() }
}

fn is_policy(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => map.value("Statement").is_some(),
        Data::Choice(alternatives) => alternatives.iter().any(|one| is_policy(&one.value)),
        _ => false,
    }
}

fn spread_one(value: &Value, span: Span) -> Value {
    let list = match &value.data {
        Data::List(list) if list.gaps => list,
        Data::Choice(alternatives) => {
            let of = |one: &Alternative| (one.guard.clone(), spread_one(&one.value, span));
            return inherit(&value.origin, &choice(alternatives.iter().map(of).collect(), span));
        }
        _ => return value.clone(),
    };
    let mut cases: Vec<(Guard, Vec<Value>)> = vec![(Guard::always(), Vec::new())];
    let mut rest = list.rest.clone();
    for element in &list.elements {
        let alternatives = match &element.data {
            Data::Choice(alternatives) if may_be_left_out(element) => alternatives,
            Data::Null => continue,
            _ => {
                cases.iter_mut().for_each(|(_, elements)| elements.push(element.clone()));
                continue;
            }
        };
        let mut next = Vec::with_capacity(cases.len() * alternatives.len());
        for (guard, elements) in &cases {
            for one in alternatives.iter() {
                let Some(guard) = guard.and(&one.guard) else { continue };
                let more = (!one.value.is_null()).then(|| inherit(&element.origin, &one.value));
                next.push((guard, elements.iter().cloned().chain(more).collect()));
            }
        }
        if next.len() > limits::ALTERNATIVES {
            let many = too_many("[…]", element, span);
            rest = rest.or_else(|| many.as_unknown().cloned());
        } else {
            cases = next;
        }
    }
    let lists = cases.into_iter().map(|(guard, elements)| {
        let list = List { elements, rest: rest.clone(), kind: list.kind, ..List::default() };
        let list = if list.is_set() { crate::sets::into_set(list) } else { list };
        (guard, made(Data::List(Arc::new(list)), span))
    });
    let spread = choice(lists.collect(), span);
    inherit(&value.origin, &spread)
}
