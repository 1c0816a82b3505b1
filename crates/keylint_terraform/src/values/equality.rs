//! Equality of partly known values.

use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Map, MapKind, Part, Value, ValueType};

use super::{is_empty, is_wholly_known, to_string};

/// Whether two values are equal, as `==` has it: values of different types are not. `None` when
/// only deployment decides.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(a), Data::Unknown(b)) if a.is_same(b) => Some(true),
        (Data::Unknown(_), Data::Null) if left.never_null => Some(false),
        (Data::Null, Data::Unknown(_)) if right.never_null => Some(false),
        (Data::Unknown(_), _) if is_of_another_type(left, right) => Some(false),
        (_, Data::Unknown(_)) if is_of_another_type(right, left) => Some(false),
        (Data::Unknown(_) | Data::Choice(_), _) | (_, Data::Unknown(_) | Data::Choice(_)) => None,
        // Two nulls are equal whatever their types are.
        (Data::Null, Data::Null) => Some(true),
        (Data::Bool(a), Data::Bool(b)) => Some(a == b),
        (Data::Number(a), Data::Number(b)) => Some(a == b),
        (Data::String(a), Data::String(b)) => Some(a == b),
        (Data::Partial(a), Data::Partial(b)) => equal_parts(a, b),
        (Data::Partial(parts), Data::String(text)) | (Data::String(text), Data::Partial(parts)) => {
            not_that(parts, text)
        }
        (Data::List(a), Data::List(b)) => match (a.kind, b.kind) {
            (ListKind::List | ListKind::Set, other)
                if other == a.kind && is_empty(left) && is_empty(right) =>
            {
                same_type(left, right)
            }
            (one, other) if one == other => equal_lists(a, b),
            // Whether the kinds are the same only the provider knows.
            (ListKind::Open, other) | (other, ListKind::Open) if other != ListKind::Set => {
                equal_lists(a, b).filter(|same| !same)
            }
            (ListKind::Open, _) | (_, ListKind::Open) => None,
            _ => Some(false),
        },
        (Data::Map(a), Data::Map(b)) => match (a.kind, b.kind) {
            (MapKind::Map, MapKind::Map) if is_empty(left) && is_empty(right) => same_type(left, right),
            (one, other) if one == other => equal_maps(a, b),
            (MapKind::Open, _) | (_, MapKind::Open) => equal_maps(a, b).filter(|same| !same),
            _ => Some(false),
        },
        (Data::Json(a), Data::Json(b)) => match equal(a, b) {
            Some(true) => Some(true),
            // Content that differs may be written alike, as a list and a set are.
            _ => Some(written(left)? == written(right)?),
        },
        (Data::Json(_), Data::String(text)) => written(left).map(|written| *written == **text),
        (Data::String(text), Data::Json(_)) => written(right).map(|written| *written == **text),
        (Data::Json(_), Data::Partial(parts)) => not_that(parts, &written(left)?),
        (Data::Partial(parts), Data::Json(_)) => not_that(parts, &written(right)?),
        _ => Some(false),
    }
}

/// Whether the declared type of a value that is not known is certainly not that of one that is and
/// that is not null: two nulls are equal whatever their types are.
fn is_of_another_type(unknown: &Value, known: &Value) -> bool {
    let Some(ty) = super::declared(unknown) else { return false };
    match (&known.data, ty) {
        (Data::Null | Data::Unknown(_) | Data::Choice(_), _) => false,
        (Data::String(_) | Data::Partial(_) | Data::Json(_), ValueType::String)
        | (Data::Number(_), ValueType::Number)
        | (Data::Bool(_), ValueType::Bool) => false,
        (Data::List(list), ValueType::List(_)) => matches!(list.kind, ListKind::Tuple | ListKind::Set),
        (Data::List(list), ValueType::Tuple(_)) => matches!(list.kind, ListKind::List | ListKind::Set),
        (Data::List(list), ValueType::Set(_)) => matches!(list.kind, ListKind::List | ListKind::Tuple),
        (Data::Map(map), ValueType::Map(_)) => map.kind == MapKind::Object,
        (Data::Map(map), ValueType::Object(_)) => map.kind == MapKind::Map,
        _ => true,
    }
}

/// The text of JSON that is known in all its parts.
fn written(json: &Value) -> Option<Arc<str>> {
    if is_wholly_known(json) { to_string(json) } else { None }
}

/// Certainly not equal where no content of the holes makes it so.
fn not_that(parts: &[Part], text: &str) -> Option<bool> {
    (!can_match(parts, text)).then_some(false)
}

fn equal_parts(left: &[Part], right: &[Part]) -> Option<bool> {
    let same = left.len() == right.len()
        && left.iter().zip(right).all(|pair| match pair {
            (Part::Known(a), Part::Known(b)) => a == b,
            (Part::Hole(a, _), Part::Hole(b, _)) => a.is_same(b),
            _ => false,
        });
    if same {
        return Some(true);
    }
    let differ = |a: Option<&Part>, b: Option<&Part>, matches: fn(&str, &str) -> bool| match (a, b) {
        (Some(Part::Known(a)), Some(Part::Known(b))) => !matches(a, b),
        _ => false,
    };
    let starts = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
    let ends = |a: &str, b: &str| a.ends_with(b) || b.ends_with(a);
    let certain = differ(left.first(), right.first(), starts) || differ(left.last(), right.last(), ends);
    certain.then_some(false)
}

/// Whether a string with holes can be `text`, whatever the holes are.
fn can_match(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    let mut after_hole = false;
    for (position, part) in parts.iter().enumerate() {
        match part {
            Part::Hole(..) => after_hole = true,
            Part::Known(known) if !after_hole => match rest.strip_prefix(known.as_str()) {
                Some(left) => rest = left,
                None => return false,
            },
            Part::Known(known) if position + 1 == parts.len() => return rest.ends_with(known.as_str()),
            Part::Known(known) => match rest.split_once(known.as_str()) {
                Some((_, left)) => rest = left,
                None => return false,
            },
        }
    }
    after_hole || rest.is_empty()
}

fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut certain = true;
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => certain = false,
        }
    }
    certain.then_some(true)
}

/// [`equal`] of two parts of values, whose types are a part of those: nulls of different types make
/// them different.
fn equal_inside(left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() && right.is_null() { same_type(left, right) } else { equal(left, right) }
}

/// Whether the types are the same of two values that do not say them otherwise.
fn same_type(left: &Value, right: &Value) -> Option<bool> {
    Some(left.ty.as_ref()? == right.ty.as_ref()?)
}

fn equal_lists(left: &List, right: &List) -> Option<bool> {
    if left.rest.is_some() || right.rest.is_some() || left.gaps || right.gaps {
        return None;
    }
    if (left.is_set() || right.is_set())
        && left.elements.iter().chain(&right.elements).any(|one| !is_wholly_known(one))
    {
        // A set with unknown elements may be smaller than it is written, and in any order.
        let known = all(left.elements.iter().zip(&right.elements).map(|(a, b)| equal(a, b)));
        return if left.elements.len() == right.elements.len() { known.filter(|same| *same) } else { None };
    }
    if left.elements.len() != right.elements.len() {
        return Some(false);
    }
    all(left.elements.iter().zip(&right.elements).map(|(a, b)| equal_inside(a, b)))
}

fn equal_maps(left: &Map, right: &Map) -> Option<bool> {
    if left.rest.is_some() || right.rest.is_some() {
        return None;
    }
    if left.entries.len() != right.entries.len() {
        return Some(false);
    }
    all(left.entries.iter().map(|(key, entry)| match right.value(key) {
        Some(other) => equal_inside(&entry.value, other),
        None => Some(false),
    }))
}
