//! How messages name values: never by their content.

use keylint_model::{Data, Value};

/// What a value is, for a message: its kind and nothing of its content.
pub(crate) fn describe(value: &Value) -> &'static str {
    match &value.data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Number(_) => "a number",
        Data::String(_) | Data::Partial(_) | Data::Json(_) => "a string",
        Data::List(list) if list.is_set() => "a set",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
        Data::Unknown(_) => super::declared(value).map_or("a value that is not known", super::declared::name),
        Data::Choice(_) => "a value that is not known",
    }
}

/// A name in backticks for a message, shortened where it is long.
pub(crate) fn quoted(name: &str) -> String {
    const SHOWN: usize = 60;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", name.get(..end).unwrap_or_default()),
        None => format!("`{name}`"),
    }
}
