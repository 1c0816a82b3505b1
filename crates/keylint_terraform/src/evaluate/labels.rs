//! How a condition is called.
//!
//! It is called as it is written, but for names that mean nothing where it is read: what a loop variable or
//! `each` stands for takes the place of its name, where that is a constant. A constant that may be a
//! secret does not: the message would show it.

use std::borrow::Cow;

use keylint_model::{Data, Value};
use keylint_source::{Sources, Span};

use super::Scope;
use crate::values;

/// Longest text of a condition in a message, in characters.
const LABEL: usize = 60;

/// Longest constant that takes the place of a name, in characters.
const CONSTANT: usize = 40;

/// What names of secrets have in them. A name too many costs a message a constant.
const OF_SECRETS: [&str; 11] = [
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "cred",
    "auth",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
];

/// How far before a constant the name is looked for that it is given to, in bytes.
const BEFORE: u32 = 256;

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
pub(super) fn meant<'t>(text: &'t str, scope: &Scope<'_>, span: Span, sources: &Sources) -> Cow<'t, str> {
    if !scope.names_anything() || speaks_of_secrets(text) {
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
        let constant = (!is_read_further).then(|| constant(path, scope, span, sources)).flatten();
        said.push_str(constant.as_deref().unwrap_or(path));
        rest = after;
    }
    Cow::Owned(said)
}

/// The constant that a path of names stands for.
fn constant(path: &str, scope: &Scope<'_>, span: Span, sources: &Sources) -> Option<String> {
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
    written(&value, sources).filter(|written| written.chars().count() <= CONSTANT)
}

fn speaks_of_secrets(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    OF_SECRETS.iter().any(|part| text.contains(part))
}

/// Whether what stands before a constant where it is written says that it is a secret.
fn is_given_to_secret(value: &Value, sources: &Sources) -> bool {
    value.origin.span.is_some_and(|span| {
        let file = sources.get(span.file);
        let text = file.text();
        let (start, end) = (span.start.saturating_sub(BEFORE) as usize, span.start as usize);
        text.get(text.ceil_char_boundary(start)..end).is_some_and(speaks_of_secrets)
    })
}

/// A constant as it is written.
fn written(value: &Value, sources: &Sources) -> Option<String> {
    if values::marks(value).sensitive || is_given_to_secret(value, sources) {
        return None;
    }
    match &value.data {
        Data::String(text) if !text.as_str().contains(char::is_control) => {
            Some(format!("{:?}", text.as_str()))
        }
        Data::Number(_) | Data::Bool(_) => values::to_string(value).map(|text| text.to_string()),
        Data::List(list) if list.rest.is_none() && !list.gaps && list.elements.len() <= 8 => {
            let elements: Option<Vec<String>> =
                list.elements.iter().map(|one| written(one, sources)).collect();
            Some(format!("[{}]", elements?.join(", ")))
        }
        _ => None,
    }
}
