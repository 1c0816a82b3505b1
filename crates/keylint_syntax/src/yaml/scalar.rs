//! What a plain scalar means.
//!
//! CloudFormation reads YAML 1.1, in which `yes` and `On` are booleans
//! (`docs/AWSCloudFormation/latest/UserGuide/template-formats.md`). For numbers only the forms that
//! JSON also has are taken: CloudFormation accepts a string where a number is expected, but an
//! account id that became a number in another base (`012345670123`) would be lost, so whatever else
//! YAML 1.1 counts as numbers or dates stays a string with its text.

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
