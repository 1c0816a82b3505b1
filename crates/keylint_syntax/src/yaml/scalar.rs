//! What a plain scalar means.
//!
//! CloudFormation reads YAML 1.1, in which `yes` and `On` are booleans
//! (`docs/AWSCloudFormation/latest/UserGuide/template-formats.md`). For numbers only the forms that
//! JSON also has are taken: CloudFormation accepts a string where a number is expected, but an
//! account id that became a number in another base (`012345670123`) would be lost, so whatever else
//! YAML 1.1 counts as numbers or dates stays a string with its text. Where the service reads another
//! number than is written ([`other_number`]), that is said.

use crate::data::NodeKind;
use crate::number::{self, Form};

/// The type of a plain scalar; `None` is a string.
pub(super) fn plain(text: &str) -> Option<NodeKind> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(NodeKind::Null),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Some(NodeKind::Bool(false))
        }
        _ => (number::form(text) == Form::Json).then(|| NodeKind::Number(text.into())),
    }
}

/// Whether the service reads a plain scalar as a number. It refuses one as a key: "map keys must be
/// strings; received numeric `[1]` instead",
/// <https://github.com/awsdocs/aws-cloudformation-user-guide/pull/404>.
pub(super) fn is_number(text: &str) -> bool {
    matches!(plain(text), Some(NodeKind::Number(_))) || other_number(text).is_some()
}

/// The number that YAML 1.1 reads a plain scalar as, where it would be written differently:
/// <https://yaml.org/type/int.html>. `None` for what is a string, or a number as it is written.
pub(super) fn other_number(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts_with_digit = unsigned.starts_with(|first: char| first.is_ascii_digit());
    if !starts_with_digit
        || !unsigned.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
    {
        return None;
    }
    let digits = unsigned.replace('_', "");
    let in_base =
        |digits: &str, base| u64::from_str_radix(digits, base).ok().map(|number| number.to_string());
    if let Some(digits) = digits.strip_prefix("0x") {
        return in_base(digits, 16);
    }
    if let Some(digits) = digits.strip_prefix("0b") {
        return in_base(digits, 2);
    }
    if digits.contains(':') {
        return sexagesimal(&digits);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.strip_prefix('0') {
        Some("") => None,
        // A base of eight has no such digits. For the service it is a number all the same: it makes
        // `1.2345678901E10` of `012345678901`.
        Some(rest) if rest.contains(['8', '9']) => Some(rest.trim_start_matches('0').to_owned()),
        Some(rest) => in_base(rest, 8),
        None => unsigned.contains('_').then_some(digits),
    }
}

/// `190:20:30`, in base 60. The first place does not start with a zero, the others are below 60.
fn sexagesimal(text: &str) -> Option<String> {
    if text.starts_with('0') {
        return None;
    }
    let mut number: u64 = 0;
    for (position, digits) in text.split(':').enumerate() {
        let place: u64 = digits.parse().ok()?;
        if position > 0 && (digits.len() > 2 || place >= 60) {
            return None;
        }
        number = number.checked_mul(60)?.checked_add(place)?;
    }
    Some(number.to_string())
}
