//! Functions that pick one of several values.

use keylint_model::{Data, ListKind, MapKind, Number, Part, Value, ValueType};

use super::types::mixed;
use super::{ANY, Call, Function, Takes, partial};
use crate::evaluate::{Counts, Key};
use crate::types::Type;
use crate::unify::{converted, element_type, type_of, unify};
use crate::values::{self, derived, inherit, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    partial("coalesce", 1, ANY, coalesce),
    partial("coalescelist", 1, ANY, coalesce_list),
    partial("element", 2, 2, element),
    Function { name: "lookup", least: 2, most: 3, takes: Takes::Choosing, run: lookup },
    partial("one", 1, 1, one),
];

/// The first argument that is neither null nor empty, as the type that all arguments have.
fn coalesce(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(unified) = unify(values.to_vec()).or_else(|| any_type(values)) else { return mixed(call) };
    for (position, value) in unified.into_iter().enumerate() {
        match &value.data {
            Data::Null => {}
            Data::String(text) if text.is_empty() => {}
            Data::Partial(parts) if !parts.iter().any(|part| matches!(part, Part::Known(_))) => {
                return values::derived(call.name, values.get(position..).unwrap_or_default(), call.span);
            }
            // It may be null.
            Data::Unknown(_) => {
                return values::derived(call.name, values.get(position..).unwrap_or_default(), call.span);
            }
            _ => return value,
        }
    }
    rejected(call.span)
}

/// The values as they are, where a null without a type stands among them: with it even a list and a
/// string have a type in common, which is any, but an object and a tuple have none.
fn any_type(values: &[Value]) -> Option<Vec<Value>> {
    // What is not known and of no type may be such a null.
    let has_null = values.iter().any(|it| matches!(type_of(it), Type::Any | Type::Uncertain));
    let is_tuple = |it: &Value| matches!(&it.data, Data::List(list) if list.kind == ListKind::Tuple);
    let is_object = |it: &Value| matches!(&it.data, Data::Map(map) if map.kind == MapKind::Object);
    let both = values.iter().any(is_tuple) && values.iter().any(is_object);
    (has_null && !both).then(|| values.to_vec())
}

/// The first list that is not empty. A null is passed over: Terraform rejects only one without a
/// type, as one that is written as it stands.
fn coalesce_list(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut found = None;
    for (position, value) in values.iter().enumerate() {
        match &value.data {
            Data::List(list) if list.is_set() => return rejected(call.span),
            Data::Null if value.ty.as_deref() == Some(&ValueType::Any) => return rejected(call.span),
            _ if found.is_some() => {}
            Data::Null => {}
            Data::List(list) if list.elements.is_empty() && list.rest.is_none() => {}
            Data::List(list) if !list.elements.is_empty() => found = Some(value.clone()),
            Data::List(_) | Data::Unknown(_) => {
                let left = values.get(position..).unwrap_or_default();
                found = Some(values::derived(call.name, left, call.span));
            }
            _ => return rejected(call.span),
        }
    }
    found.unwrap_or_else(|| rejected(call.span))
}

/// The element at a position, counted round and round.
fn element(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, position] = values else { return rejected(call.span) };
    let number = values::to_number(position).and_then(|number| number.as_i64());
    let (Data::List(list), Some(position)) = (&whole.data, number) else {
        return match &whole.data {
            _ if number.is_none() && values::is_wholly_known(position) => {
                call.invalid("a position is a whole number")
            }
            // Versions differ in what they count backwards.
            Data::Unknown(_) if number.is_some_and(i64::is_negative) => call.unless_known(values),
            Data::Unknown(_) => values::index(whole, position, call.span),
            Data::List(list) if !list.is_set() => {
                let key = Key { value: position, span: call.place(1), counts: Counts::Around };
                call.evaluator.one_of(whole, &key, None, call.scope, call.span).unwrap_or_else(|| {
                    values::open_element(whole, position, call.span)
                        .unwrap_or_else(|| call.unless_known(values))
                })
            }
            _ => call.unless_known(values),
        };
    };
    if list.is_set() {
        return call.invalid("takes a list, not a set, whose elements have no positions");
    }
    if list.rest.is_some() && position < 0 {
        return call.unless_known(values);
    }
    if list.rest.is_some() {
        return values::index(whole, &values::made_number(Number::Integer(position), call.span), call.span);
    }
    let Ok(length) = i64::try_from(list.elements.len()) else { return rejected(call.span) };
    let found = match list.kind {
        ListKind::List => position.checked_rem_euclid(length),
        // Before version 1.12 Terraform fails at the elements before the first of a tuple.
        _ => position.checked_rem(length),
    };
    let element = found.and_then(|position| list.elements.get(usize::try_from(position).ok()?));
    match element {
        Some(element) => inherit(&whole.origin, element),
        None if list.kind == ListKind::Open && length > 0 => derived(call.name, values, call.span),
        None => rejected(call.span),
    }
}

fn lookup(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let (Some(whole), Some(key)) = (values.first(), values.get(1)) else { return rejected(call.span) };
    // Which one it is would tell the key.
    let marks = whole.origin.marks | key.origin.marks;
    // The default is of the type of the map's elements, also where it is not taken.
    let of_one_type = match &whole.data {
        Data::Map(map) => map.kind == MapKind::Map,
        _ => values::each(whole).is_some(),
    };
    let default = match values.get(2) {
        Some(default) if of_one_type => match converted(default, &element_type(whole)) {
            Some(default) => Some(default),
            None => return call.invalid("the default is not of the type of the map's elements"),
        },
        other => other.cloned(),
    };
    let Data::Map(map) = &whole.data else { return call.unless_known(values) };
    let Some(key) = values::to_string(key) else {
        let key = Key { value: key, span: call.place(1), counts: Counts::Once };
        let found = call.evaluator.one_of(whole, &key, default.as_ref(), call.scope, call.span);
        return found.unwrap_or_else(|| call.unless_known(values));
    };
    let found = match (map.value(&key), &map.rest, default) {
        (Some(value), _, _) => inherit(&whole.origin, value),
        // Whichever of the attributes of its type are there, this is none of them.
        (None, Some(_), Some(default)) if values::lacks(whole, &key) => default,
        (None, Some(_), _) => call.unless_known(values),
        (None, None, Some(default)) => default,
        (None, None, None) => call.invalid("the map has no such key, and there is no default"),
    };
    values::marked(found, marks)
}

/// The only element of a list, or null of none.
fn one(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(whole) = values.first() else { return rejected(call.span) };
    match &whole.data {
        Data::List(list) => match (list.elements.as_slice(), &list.rest) {
            ([], None) => values::made(Data::Null, call.span),
            ([only], _) => inherit(&whole.origin, only),
            ([], Some(_)) if list.is_set() => values::derived(call.name, values, call.span),
            // If there is one, it is this.
            ([], Some(_)) => {
                values::index(whole, &values::made_number(Number::Integer(0), call.span), call.span)
            }
            // Those of a set may be equal.
            _ if list.is_set() && !values::is_wholly_known(whole) => call.unless_known(values),
            _ => call.invalid("takes at most one element"),
        },
        _ => call.unless_known(values),
    }
}
