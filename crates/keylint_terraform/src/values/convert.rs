//! Conversions between types, as Terraform makes them of itself.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>.

use std::sync::Arc;

use keylint_model::{Data, Number, Part, Unknown, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::Text;

use super::{inherit, json_parts};

/// The boolean that a known value is or converts to.
pub(crate) fn to_bool(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(known) => Some(*known),
        Data::String(text) if matches!(text.as_str(), "true" | "1") => Some(true),
        Data::String(text) if matches!(text.as_str(), "false" | "0") => Some(false),
        // The text of a boolean or a number in JSON is what it converts to.
        Data::Json(inner) => match &inner.data {
            Data::Bool(known) => Some(*known),
            Data::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The number that a known value is or converts to.
pub(crate) fn to_number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Number(number) => Some(number.clone()),
        Data::String(text) => Number::convert(text.as_str()),
        Data::Json(inner) => match &inner.data {
            Data::Number(number) => Some(number.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The string that a known scalar is or converts to; also that of wholly known JSON.
pub(crate) fn to_string(value: &Value) -> Option<Arc<str>> {
    match &value.data {
        Data::String(text) => Some(Arc::clone(text.shared())),
        Data::Bool(known) => Some(if *known { "true" } else { "false" }.into()),
        Data::Number(number) => number.text().map(Into::into),
        Data::Json(_) => match text_parts(value, value.origin.span)?.as_slice() {
            [Part::Known(text)] => Some(Arc::clone(text.shared())),
            _ => None,
        },
        _ => None,
    }
}

/// The value as a string beside others that are strings: numbers and booleans convert, anything
/// else stays as it is.
pub(crate) fn beside_strings(value: Value) -> Value {
    match &value.data {
        Data::Bool(_) | Data::Number(_) => match value.parts() {
            Some(parts) => Value::from_parts(parts.into_owned(), value.origin),
            None => value,
        },
        _ => value,
    }
}

/// The parts of a value that is read as a string; a hole of it is written at `hole`. `None` for
/// null, collections and choices.
pub(crate) fn text_parts(value: &Value, hole: Option<Span>) -> Option<Vec<Part>> {
    match &value.data {
        Data::Unknown(unknown) => Some(vec![Part::Hole(Arc::clone(unknown), hole)]),
        Data::Json(inner) => {
            // Neighbours become one, so that known JSON is one text.
            let joined = Value::from_parts(json_parts(inner)?, value.origin.clone());
            joined.parts().map(std::borrow::Cow::into_owned)
        }
        _ => value.parts().map(std::borrow::Cow::into_owned),
    }
}

/// One element of a collection with its key or index.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The key of a map, the index in a list, the element itself in a set.
    pub(crate) key: Value,
    /// The element.
    pub(crate) value: Value,
}

/// What an iteration goes over.
pub(crate) enum Items {
    /// These elements, and perhaps more.
    Known(Vec<Pair>, Option<Arc<Unknown>>),
    /// Only deployment decides.
    Unknown,
    /// Nothing that can be iterated over.
    Invalid,
}

/// What goes over a value that has no elements makes.
pub(crate) fn not_a_collection(value: &Value, span: Span) -> Value {
    super::carried(std::slice::from_ref(value), span).unwrap_or_else(|| {
        super::invalid(span, format!("a collection is needed here, not {}", super::describe(value)))
    })
}

/// The elements of a list, tuple, set, map or object, in Terraform's order: maps by their keys.
pub(crate) fn iterate(value: &Value) -> Items {
    match &value.data {
        Data::List(list) => {
            let pairs = list.elements.iter().enumerate().map(|(position, element)| {
                let element = inherit(&value.origin, element);
                let key = if list.is_set() {
                    element.clone()
                } else {
                    let position = i64::try_from(position).unwrap_or(i64::MAX);
                    Value::new(Data::Number(Number::counted(position)), value.origin.clone())
                };
                Pair { key, value: element }
            });
            Items::Known(pairs.collect(), list.rest.clone())
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            let pairs = entries.into_iter().map(|(name, entry)| {
                let text = match entry.key_span {
                    Some(span) => Text::at(Arc::clone(name), span),
                    None => Text::synthetic(Arc::clone(name)),
                };
                let key = inherit(&value.origin, &Value::string(text));
                Pair { key, value: inherit(&value.origin, &entry.value) }
            });
            Items::Known(pairs.collect(), map.rest.clone())
        }
        Data::Unknown(unknown) if unknown.reason == keylint_model::Reason::Invalid => Items::Invalid,
        Data::Unknown(_) => match (super::expanded(value), super::declared(value)) {
            (Some(known), _) => iterate(&known),
            (None, Some(ValueType::String | ValueType::Number | ValueType::Bool)) => Items::Invalid,
            _ => Items::Unknown,
        },
        _ => Items::Invalid,
    }
}
