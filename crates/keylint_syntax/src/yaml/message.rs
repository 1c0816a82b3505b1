//! Says what granit-parser found in words of ours, with what to do about it.

use granit_parser::ErrorKind;

use crate::error::SyntaxErrorKind;

pub(super) struct Message {
    pub(super) kind: SyntaxErrorKind,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// Two short forms in a row, which CloudFormation does not take either: "you can't nest short form
/// functions consecutively", as the pages of the functions have it.
pub(super) fn second_tag() -> Message {
    Message {
        kind: SyntaxErrorKind::Syntax,
        message: "a value has one tag, and this is a second one".to_owned(),
        help: Some("write the outer function in full: `Fn::Base64: !Sub …`"),
    }
}

pub(super) fn message(kind: &ErrorKind) -> Message {
    let limit = matches!(
        kind,
        ErrorKind::RecursionLimitExceeded
            | ErrorKind::TooManyComments
            | ErrorKind::DirectiveByteLimitExceeded { .. }
            | ErrorKind::TooManyReservedDirectiveParams { .. }
            | ErrorKind::AnchorCountOverflow
    );
    let (text, help) = match kind {
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            ("a tab is used for indentation", Some("indent with spaces"))
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            ("the quoted string is not closed, or goes on with too little indentation", None)
        }
        ErrorKind::UnclosedFlowCollection { open: '{' } | ErrorKind::UnexpectedEofFlowMapping => {
            ("the mapping in braces is not closed", None)
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowSequence => {
            ("the list in brackets is not closed", None)
        }
        ErrorKind::ExpectedFlowMappingSeparator => ("a `,` or `}` is missing", None),
        ErrorKind::ExpectedFlowSequenceSeparator => ("a `,` or `]` is missing", None),
        ErrorKind::ExpectedBlockMappingKey => {
            ("a key is expected here", Some("keys of one mapping start in the same column"))
        }
        ErrorKind::InvalidColonPlacement => {
            ("a `:` stands where none can", Some("close the brackets or quotes before it"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("there is text after the closing quote", None)
        }
        ErrorKind::SimpleKeyExpected => ("a `:` is missing after the key", None),
        ErrorKind::UnknownQuotedScalarEscape => {
            ("YAML does not know this escape", Some("a backslash itself is written `\\\\`"))
        }
        ErrorKind::RecursionLimitExceeded => ("lists and mappings are nested too deeply", None),
        ErrorKind::TooManyComments => ("there are too many comments in a row", None),
        _ => ("", None),
    };
    Message {
        kind: if limit { SyntaxErrorKind::Limit } else { SyntaxErrorKind::Syntax },
        message: if text.is_empty() { kind.to_string() } else { text.to_owned() },
        help,
    }
}
