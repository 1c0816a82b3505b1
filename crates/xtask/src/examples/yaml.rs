//! A policy in a YAML template, as people write it: blocks, or lists in brackets.

use std::fmt::Write as _;

use serde_json::Value;

/// How lists of single values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// An element a line.
    Block,
    /// In brackets, on one line.
    Flow,
}

/// The lines of a value, each with a line feed before it and as many spaces, or the value behind the
/// name on the same line.
pub(super) fn value(value: &Value, indent: usize, lists: Lists) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut text = String::new();
            for (name, member) in members {
                let _ = write!(
                    text,
                    "\n{:indent$}{}:{}",
                    "",
                    scalar(name),
                    self::value(member, indent + 2, lists)
                );
            }
            text
        }
        Value::Array(elements) if !elements.is_empty() => {
            let is_flat = elements.iter().all(|element| !element.is_object() && !element.is_array());
            if is_flat && lists == Lists::Flow {
                let elements: Vec<String> = elements.iter().map(scalar_of).collect();
                return format!(" [{}]", elements.join(", "));
            }
            let mut text = String::new();
            for element in elements {
                let inner = self::value(element, indent + 2, lists);
                let _ = write!(text, "\n{:indent$}- {}", "", inner.trim_start());
            }
            text
        }
        single => format!(" {}", scalar_of(single)),
    }
}

fn scalar_of(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string without quotes where it reads as one.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/*-._?".contains(&byte))
        && !text.ends_with(':')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
