//! Conversions, and functions about errors and secrets.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#type-conversion-functions>.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, ListKind, Map, MapKind, Marks, Reason, Value};

use super::{ANY, Call, Function, Takes, mixing, partial};
use crate::sets::into_set;
use crate::types::Type;
use crate::unify::{converted, type_of, typed, unify};
use crate::values::{self, derived, made, made_bool, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "can", least: 1, most: 1, takes: Takes::Everything, run: can },
    // What it says of a secret is none.
    Function { name: "issensitive", least: 1, most: 1, takes: Takes::Choosing, run: is_sensitive },
    Function { name: "nonsensitive", least: 1, most: 1, takes: Takes::Everything, run: nonsensitive },
    partial("sensitive", 1, 1, |call, values| match values.first() {
        Some(value) => values::marked(value.clone(), Marks::secret(true)),
        None => rejected(call.span),
    }),
    Function {
        name: "ephemeralasnull",
        least: 1,
        most: 1,
        takes: Takes::Choosing,
        run: |call, values| values.first().map_or_else(|| rejected(call.span), ephemeral_as_null),
    },
    partial("tobool", 1, 1, |call, values| {
        scalar(call, values, |value| values::to_bool(value).map(Data::Bool))
    }),
    partial("tolist", 1, 1, |call, values| list(call, values, false)),
    partial("tomap", 1, 1, to_map),
    partial("tonumber", 1, 1, |call, values| {
        scalar(call, values, |value| values::to_number(value).map(Data::Number))
    }),
    mixing("toset", 1, 1, |call, values| list(call, values, true)),
    partial("tostring", 1, 1, to_string),
    Function { name: "try", least: 1, most: ANY, takes: Takes::Everything, run: attempt },
];

fn is_sensitive(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first() {
        Some(value) if value.origin.marks.sensitive => made_bool(true, call.span),
        Some(value) if values::is_wholly_known(value) => made_bool(false, call.span),
        _ => derived(call.name, values, call.span),
    }
}

/// Whether what is not known of a value is certainly not an error: the attribute of a resource
/// is there, what it will be is not known.
fn is_certain(value: &Value) -> bool {
    match &value.data {
        Data::Unknown(unknown) => match &unknown.reason {
            Reason::Computed(_) | Reason::DataSource(_) | Reason::Import(_) => {
                unknown.reference.as_ref().is_some_and(|reference| !reference.attribute.contains(['.', '[']))
            }
            Reason::Input(name) => {
                unknown.identity.as_ref().is_some_and(|identity| identity.ends_with(&**name))
            }
            _ => false,
        },
        Data::Map(_) | Data::List(_) | Data::Partial(_) | Data::Json(_) => !values::has_invalid(value),
        _ => true,
    }
}

fn attempt(call: &Call<'_, '_>, values: &[Value]) -> Value {
    for (position, value) in values.iter().enumerate() {
        if values::has_invalid(value) {
            continue;
        }
        if is_certain(value) {
            return value.clone();
        }
        // What is certainly an error is not what it gives.
        let rest = values.iter().skip(position).filter(|value| !values::has_invalid(value));
        let rest: Vec<Value> = rest.cloned().collect();
        return match rest.as_slice() {
            [only] => only.clone(),
            rest => derived(call.name, rest, call.span),
        };
    }
    let has_reason = |value| values::first_invalid(value).is_some_and(|wrong| wrong.message.is_some());
    if values.iter().all(has_reason) {
        call.invalid("no argument is without an error")
    } else {
        rejected(call.span)
    }
}

fn can(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first() {
        Some(value) if values::has_invalid(value) => made_bool(false, call.span),
        Some(value) if is_certain(value) => made_bool(true, call.span),
        _ => derived(call.name, values, call.span),
    }
}

fn nonsensitive(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first() {
        // The author says that it is no secret.
        Some(value) => {
            let mut value = value.clone();
            value.origin.marks.sensitive = false;
            value
        }
        None => rejected(call.span),
    }
}

/// The value with null for each part that does not outlast a run.
///
/// Source: <https://developer.hashicorp.com/terraform/language/functions/ephemeralasnull>.
fn ephemeral_as_null(value: &Value) -> Value {
    if !values::marks(value).ephemeral {
        return value.clone();
    }
    let mut origin = value.origin.clone();
    origin.marks.ephemeral = false;
    let data = match &value.data {
        _ if value.origin.marks.ephemeral => return typed(Value::new(Data::Null, origin), &type_of(value)),
        Data::List(list) => {
            let elements = list.elements.iter().map(ephemeral_as_null).collect();
            Data::List(Arc::new(List { elements, ..(**list).clone() }))
        }
        Data::Map(map) => {
            let mut map = (**map).clone();
            map.entries.values_mut().for_each(|entry| entry.value = ephemeral_as_null(&entry.value));
            Data::Map(Arc::new(map))
        }
        other => other.clone(),
    };
    Value::new(data, origin)
}

fn scalar(call: &Call<'_, '_>, values: &[Value], convert: fn(&Value) -> Option<Data>) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    if value.as_unknown().is_some() {
        return value.clone();
    }
    if value.is_null() {
        return null(call, value, if call.name == "tobool" { &Type::Bool } else { &Type::Number });
    }
    match convert(value) {
        Some(data) => Value::new(data, value.origin.clone()),
        // A number beyond those that keylint computes with.
        None if call.name == "tonumber" && value.as_str().is_some_and(is_huge) => call.unmodelled(values),
        None => call.unless_known(values),
    }
}

/// Null as one of a type.
fn null(call: &Call<'_, '_>, value: &Value, ty: &Type) -> Value {
    converted(value, ty).unwrap_or_else(|| call.invalid("null of this type is no null of the other"))
}

/// Whether a text is a number that is too large for a float.
fn is_huge(text: &str) -> bool {
    text.parse().is_ok_and(f64::is_infinite) && text.contains(|character: char| character.is_ascii_digit())
}

fn to_string(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match &value.data {
        Data::Null => null(call, value, &Type::String),
        Data::Unknown(_) | Data::String(_) | Data::Partial(_) | Data::Json(_) => value.clone(),
        _ => match values::text_parts(value, value.origin.span) {
            Some(parts) => Value::from_parts(parts, value.origin.clone()),
            None => call.unless_known(values),
        },
    }
}

fn list(call: &Call<'_, '_>, values: &[Value], set: bool) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match &value.data {
        Data::Null if set => null(call, value, &Type::Set(Box::new(Type::Any))),
        Data::Null => null(call, value, &Type::List(Box::new(Type::Any))),
        Data::List(list) => {
            let Some(elements) = unify(list.elements.clone()) else { return mixed(call) };
            let list = List { elements, kind: ListKind::List, ..(**list).clone() };
            let list = if set { into_set(list) } else { list };
            Value::new(Data::List(Arc::new(list)), value.origin.clone())
        }
        // The same collection under another name: what is in it is as unknown as before.
        Data::Unknown(_) => value.clone(),
        _ => rejected(call.span),
    }
}

/// Elements that have no type in common.
pub(super) fn mixed(call: &Call<'_, '_>) -> Value {
    call.invalid("the elements have no type in common")
}

fn to_map(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match &value.data {
        Data::Null => null(call, value, &Type::Map(Box::new(Type::Any))),
        Data::Unknown(_) => value.clone(),
        Data::Map(map) => {
            let mut map = Map { kind: MapKind::Map, ..(**map).clone() };
            let unified = unify(map.entries.values().map(|entry| entry.value.clone()).collect());
            let Some(unified) = unified else { return mixed(call) };
            for (entry, value) in map.entries.values_mut().zip(unified) {
                entry.value = value;
            }
            Value::new(Data::Map(Arc::new(map)), value.origin.clone())
        }
        _ => rejected(call.span),
    }
}

/// A map of entries without places of their own.
pub(super) fn map_of(entries: IndexMap<Arc<str>, Entry>, kind: MapKind, call: &Call<'_, '_>) -> Value {
    made(Data::Map(Arc::new(Map { entries, kind, ..Map::default() })), call.span)
}
