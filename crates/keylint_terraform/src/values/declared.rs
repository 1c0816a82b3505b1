//! What the declared type of an unknown value says of it.
//!
//! A variable without a value has its type all the same, and what is read from it has a type too:
//! Terraform rejects an attribute that the type does not have before anybody gives it a value. Where
//! the type is not declared, or is `any`, nothing is rejected.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, List, Map, MapKind, Reason, Unknown, Value, ValueType};

use super::access::{extend, extend_index, read_unknown};
use super::{quoted, to_number, to_string};
use crate::types::Type;
use crate::unify::{converts, type_of};

/// The type of what is read from a value, or why nothing can be.
type Read = Result<Option<Arc<ValueType>>, String>;

/// The type of an unknown value, where it has one.
pub(crate) fn declared(value: &Value) -> Option<&ValueType> {
    value.ty.as_deref().filter(|ty| matches!(value.data, Data::Unknown(_)) && **ty != ValueType::Any)
}

/// Whether a value is one that Terraform leaves unknown for ever, even of what type it is: what
/// `format` makes of null without a type, and what is made of that.
pub(crate) fn is_never_known(value: &Value) -> bool {
    let is_function = |unknown: &Unknown| matches!(unknown.reason, Reason::Function(_));
    let is_never =
        |unknown: &Unknown| is_function(unknown) || unknown.causes.iter().any(|it| is_function(it));
    let open = match &value.data {
        Data::Unknown(unknown) => Some(unknown),
        // What a loop goes over says how many there are.
        Data::List(list) if list.elements.is_empty() => list.rest.as_ref(),
        Data::Map(map) if map.entries.is_empty() => map.rest.as_ref(),
        _ => None,
    };
    open.is_some_and(|unknown| is_never(unknown)) && layout(value).is_none()
}

/// Whether a value that decides something is what `format` makes of null without a type, or made of that.
pub(crate) fn stays_open(value: &Value) -> bool {
    let is_format = |unknown: &Unknown| matches!(&unknown.reason, Reason::Function(name) if matches!(&**name, "format" | "formatlist"));
    value.as_unknown().is_some_and(|unknown| {
        is_format(unknown)
            || !unknown.causes.is_empty() && unknown.causes.iter().all(|cause| is_format(cause))
    })
}

/// The type of a value of which not all parts are known, where it has one.
fn layout(value: &Value) -> Option<&ValueType> {
    value.ty.as_deref().filter(|ty| **ty != ValueType::Any).filter(|_| match value.data {
        Data::Unknown(_) => true,
        _ => super::is_open(value),
    })
}

/// What a declared type is, for a message.
pub(super) fn name(ty: &ValueType) -> &'static str {
    match ty {
        ValueType::Any => "a value that is not known",
        ValueType::String => "a string",
        ValueType::Number => "a number",
        ValueType::Bool => "a boolean",
        ValueType::List(_) | ValueType::Tuple(_) => "a list",
        ValueType::Set(_) => "a set",
        ValueType::Map(_) | ValueType::Object(_) => "a map",
    }
}

/// Whether an unknown value has a type of which no value is, or converts to, one of another.
pub(crate) fn is_never(value: &Value, ty: &Type) -> bool {
    declared(value).is_some() && !converts(&type_of(value), ty)
}

/// The type of a part, where it is one.
fn part(ty: &ValueType) -> Option<Arc<ValueType>> {
    (*ty != ValueType::Any).then(|| Arc::new(ty.clone()))
}

fn shared(ty: &Arc<ValueType>) -> Option<Arc<ValueType>> {
    (**ty != ValueType::Any).then(|| Arc::clone(ty))
}

fn of_row(row: &[(Arc<str>, ValueType)], wanted: &str) -> Read {
    match row.iter().find(|(name, _)| **name == *wanted) {
        Some((_, ty)) => Ok(part(ty)),
        None => Err(format!("the object has no attribute {}", quoted(wanted))),
    }
}

fn of_position(row: &[ValueType], position: usize) -> Read {
    match row.get(position) {
        Some(ty) => Ok(part(ty)),
        None => Err(super::access::elements_message(row.len())),
    }
}

/// The type of the attribute of an unknown value.
pub(super) fn attribute_type(value: &Value, wanted: &str) -> Read {
    let Some(ty) = layout(value) else { return Ok(None) };
    // `list.0` is an index of old.
    let position = wanted.parse::<usize>();
    match (ty, position) {
        (ValueType::Object(row), _) => of_row(row, wanted),
        (ValueType::Map(of), _) => Ok(shared(of)),
        (ValueType::List(of), Ok(_)) => Ok(shared(of)),
        (ValueType::Tuple(row), Ok(position)) => of_position(row, position),
        (ty, _) => Err(format!("{} has no attribute {}", name(ty), quoted(wanted))),
    }
}

/// The type of the element of an unknown value under a known key.
pub(super) fn element_type(value: &Value, key: &Value) -> Read {
    let Some(ty) = layout(value) else { return Ok(None) };
    let key_is = |what: &str| Err(format!("{} is no {what}", super::describe(key)));
    match ty {
        ValueType::Map(of) => {
            if to_string(key).is_some() {
                Ok(shared(of))
            } else {
                key_is("key of a map")
            }
        }
        ValueType::Object(row) => match to_string(key) {
            Some(wanted) => of_row(row, &wanted),
            None => key_is("key of a map"),
        },
        ValueType::List(_) | ValueType::Tuple(_) => {
            let Some(position) = to_number(key).and_then(|number| number.as_i64()) else {
                return key_is("index of a list");
            };
            match (ty, usize::try_from(position)) {
                (_, Err(_)) => Err("a list has no element at a negative index".to_owned()),
                (ValueType::Tuple(row), Ok(position)) => of_position(row, position),
                (ValueType::List(of), Ok(_)) => Ok(shared(of)),
                _ => Ok(None),
            }
        }
        ty => without_elements(ty),
    }
}

fn without_elements(ty: &ValueType) -> Read {
    Err(match ty {
        ValueType::Set(_) => "the elements of a set have no index".to_owned(),
        ty => format!("{} has no elements", name(ty)),
    })
}

/// Whether a key that only deployment decides may be one of an `ordered` collection, or of another.
pub(crate) fn may_be_key(key: &Value, ordered: bool) -> bool {
    !is_never(key, if ordered { &Type::Number } else { &Type::String })
}

/// The type of the element under a key that only deployment decides, or why neither this key nor
/// another finds one.
pub(super) fn some_element_type(value: &Value, key: &Value) -> Read {
    let ordered = match &value.data {
        Data::List(list) if list.is_set() => {
            return without_elements(&ValueType::Set(Arc::new(ValueType::Any)));
        }
        Data::List(_) => true,
        Data::Map(_) => false,
        Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Partial(_) | Data::Json(_) => {
            return Err(format!("{} has no elements", super::describe(value)));
        }
        Data::Null => return Err("null has no elements".to_owned()),
        Data::Choice(_) | Data::Unknown(_) => match declared(value) {
            None => return Ok(None),
            Some(ValueType::List(_) | ValueType::Tuple(_)) => true,
            Some(ValueType::Map(_) | ValueType::Object(_)) => false,
            Some(ty) => return without_elements(ty),
        },
    };
    if !may_be_key(key, ordered) {
        let what = if ordered { "index of a list" } else { "key of a map" };
        return Err(format!("{} is no {what}", super::describe(key)));
    }
    Ok(match type_of(value) {
        Type::List(of) | Type::Map(of) => part(&of.declared()),
        _ => None,
    })
}

/// Whether the type of an object of which not all attributes are known has no such one.
pub(crate) fn lacks(value: &Value, name: &str) -> bool {
    matches!(layout(value), Some(ValueType::Object(row)) if row.iter().all(|(known, _)| **known != *name))
}

/// The type of each element of a collection of one type.
pub(crate) fn each(value: &Value) -> Option<Arc<ValueType>> {
    match layout(value)? {
        ValueType::List(of) | ValueType::Set(of) | ValueType::Map(of) => shared(of),
        _ => None,
    }
}

/// The object or tuple that an unknown value is where it is not null: with a part for each that the
/// type declares.
pub(crate) fn expanded(value: &Value) -> Option<Value> {
    let (Data::Unknown(unknown), Some(span)) = (&value.data, value.origin.span) else { return None };
    let data = match declared(value)? {
        ValueType::Object(row) => {
            let entries: IndexMap<_, _> = row
                .iter()
                .map(|(name, ty)| {
                    let member = read_unknown(value, extend(unknown, name), span).of(part(ty));
                    (Arc::clone(name), super::entry(member))
                })
                .collect();
            Data::Map(Arc::new(Map { entries, rest: None, kind: MapKind::Object, ..Map::default() }))
        }
        ValueType::Tuple(row) => {
            let elements = row.iter().enumerate().map(|(position, ty)| {
                read_unknown(value, extend_index(unknown, &position.to_string()), span).of(part(ty))
            });
            let elements = elements.collect();
            Data::List(Arc::new(List { elements, ..List::default() }))
        }
        _ => return None,
    };
    Some(Value::new(data, value.origin.clone()))
}
