//! How a condition is called.
//!
//! It is called as it is written, but for names that mean nothing where it is read: what a loop variable or
//! `each` stands for takes the place of its name, where that is a constant.

use std::borrow::Cow;

use keylint_model::{Data, Value};
use keylint_source::Span;

use super::Scope;
use crate::values;

/// Longest text of a condition in a message, in characters.
const LABEL: usize = 60;

/// Longest constant that takes the place of a name, in characters.
const CONSTANT: usize = 40;

/// A text of the source as a condition is called.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= LABEL {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LABEL.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A text of the source, with constants in the place of what the scope itself names.
pub(super) fn meant<'t>(text: &'t str, scope: &Scope<'_>, span: Span) -> Cow<'t, str> {
    if !scope.names_anything() {
        return Cow::Borrowed(text);
    }
    let is_named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_quoted = false;
    while let Some(next) = rest.chars().next() {
        let end = rest.find(|c: char| !is_named(c)).unwrap_or(rest.len());
        if end == 0 || is_quoted {
            // What is in quotes is no name; of templates in them the names stay.
            is_quoted ^= next == '"' && !said.ends_with('\\');
            said.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (path, after) = rest.split_at(end);
        let is_read_further = after.starts_with(['[', '(']) || path.ends_with('.');
        let constant = (!is_read_further).then(|| constant(path, scope, span)).flatten();
        said.push_str(constant.as_deref().unwrap_or(path));
        rest = after;
    }
    Cow::Owned(said)
}

/// The constant that a path of names stands for.
fn constant(path: &str, scope: &Scope<'_>, span: Span) -> Option<String> {
    let mut names = path.split('.');
    let first = names.next()?;
    let start = match (scope.get(first), first) {
        (Some(value), _) => value,
        (None, "each") => {
            let (key, value) = scope.each()?;
            match names.next()? {
                "key" => key,
                "value" => value,
                _ => return None,
            }
        }
        (None, "count") => scope.count().filter(|_| names.next() == Some("index"))?,
        _ => return None,
    };
    let mut value = start.clone();
    for name in names {
        value = values::attribute(&value, name, span);
    }
    written(&value).filter(|written| written.chars().count() <= CONSTANT)
}

/// A constant as it is written.
fn written(value: &Value) -> Option<String> {
    if values::marks(value).sensitive {
        return None;
    }
    match &value.data {
        Data::String(text) if !text.as_str().contains(char::is_control) => {
            Some(format!("{:?}", text.as_str()))
        }
        Data::Number(_) | Data::Bool(_) => values::to_string(value).map(|text| text.to_string()),
        Data::List(list) if list.rest.is_none() && !list.gaps && list.elements.len() <= 8 => {
            let elements: Option<Vec<String>> = list.elements.iter().map(written).collect();
            Some(format!("[{}]", elements?.join(", ")))
        }
        _ => None,
    }
}
