//! Values of `count` and `for_each` that Terraform rejects.

use keylint_model::{Alternative, Data, ListKind, Value, ValueType};

use crate::types::Type;
use crate::values;

/// What Terraform rejects in the value of a `count`.
///
/// Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/count>.
pub(super) fn wrong_count(value: &Value) -> Option<&'static str> {
    if value.origin.marks.ephemeral {
        return Some("`count` is ephemeral");
    }
    match &value.data {
        Data::Choice(alternatives) => wrong_in_all(alternatives, wrong_count),
        Data::Null => Some("`count` is null"),
        Data::List(_) | Data::Map(_) | Data::Bool(_) => Some("`count` takes a whole number"),
        Data::Number(_) | Data::String(_) => match values::to_number(value) {
            Some(number) if number.is_whole() && !number.is_negative() => None,
            Some(number) if number.is_whole() => Some("`count` is negative"),
            _ => Some("`count` takes a whole number"),
        },
        _ => values::is_never(value, &Type::Number).then_some("`count` takes a whole number"),
    }
}

/// What is wrong with each of several values, in the words of the first.
fn wrong_in_all(
    alternatives: &[Alternative],
    wrong: fn(&Value) -> Option<&'static str>,
) -> Option<&'static str> {
    let mut all = alternatives.iter().map(|one| wrong(&one.value));
    let first = all.next()??;
    all.all(|one| one.is_some()).then_some(first)
}

/// What Terraform rejects in the value of a `for_each`, by its type alone and where that is certain.
///
/// Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/for_each>.
pub(super) fn wrong_for_each(value: &Value) -> Option<&'static str> {
    // The addresses of the instances would tell it.
    if value.origin.marks.sensitive {
        return Some("`for_each` is sensitive");
    }
    if value.origin.marks.ephemeral {
        return Some("`for_each` is ephemeral");
    }
    match &value.data {
        Data::Choice(alternatives) => wrong_in_all(alternatives, wrong_for_each),
        Data::Null => Some("`for_each` is null"),
        Data::List(list) => match list.kind {
            ListKind::Set => {
                let no_string = |one: &Value| {
                    matches!(
                        one.data,
                        Data::Null | Data::Bool(_) | Data::Number(_) | Data::List(_) | Data::Map(_)
                    )
                };
                let wrong = list.elements.iter().any(no_string);
                wrong.then_some("`for_each` takes a set of strings, not of anything else")
            }
            ListKind::Open => None,
            ListKind::Tuple | ListKind::List => {
                Some("`for_each` takes a map or a set of strings, not a list")
            }
        },
        Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Partial(_) | Data::Json(_) => {
            Some("`for_each` takes a map or a set of strings")
        }
        _ => match values::declared(value)? {
            ValueType::Any | ValueType::Map(_) | ValueType::Object(_) => None,
            ValueType::Set(of) => {
                let is_wrong = !matches!(**of, ValueType::Any | ValueType::String);
                is_wrong.then_some("`for_each` takes a set of strings, not of anything else")
            }
            ValueType::List(_) | ValueType::Tuple(_) => {
                Some("`for_each` takes a map or a set of strings, not a list")
            }
            ValueType::String | ValueType::Number | ValueType::Bool => {
                Some("`for_each` takes a map or a set of strings")
            }
        },
    }
}
