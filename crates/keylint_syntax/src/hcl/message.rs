//! Says what is wrong with a text in words that help to repair it.
//!
//! hcl-edit names every character that its grammar would take at a place. People need the name of
//! the thing that is missing, and what stands there instead. The text itself is never quoted: it
//! may be a secret.

use hcl_edit::parser::Error;

/// What sort of mistake the parser met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An object key or attribute that was given before.
    Redefined,
    /// Too many levels of nesting, or operators in a row.
    TooDeep,
    /// Anything else.
    Syntax,
}

/// What sort of mistake an error of the parser is about.
pub(super) fn fault(error: &Error) -> Fault {
    let message = error.message();
    if message.contains("; found redefined ") {
        Fault::Redefined
    } else if message.starts_with("invalid nesting depth") || message.starts_with("invalid binary operation")
    {
        Fault::TooDeep
    } else {
        Fault::Syntax
    }
}

/// The mistake as a sentence, from the parser's words and the text at the place; `at_start` when
/// nothing of the item or expression was understood.
pub(super) fn describe(error: &Error, text: &str, at: usize, at_start: bool) -> String {
    let message = error.message();
    if message.starts_with("invalid nesting depth") {
        return "this is nested more than 64 levels deep".to_owned();
    }
    if message.starts_with("invalid binary operation") {
        return "this expression chains more than 128 operators".to_owned();
    }
    if message.starts_with("invalid escape sequence") {
        return r#"unknown escape sequence: expected `\n`, `\r`, `\t`, `\"`, `\\`, `\uNNNN` or `\UNNNNNNNN`"#
            .to_owned();
    }
    if message.starts_with("invalid unicode ") {
        return "expected the hexadecimal digits of a Unicode character after `\\u`".to_owned();
    }
    let expected = match message.split_once("; expected ") {
        Some(("invalid expression", _)) => "an expression".to_owned(),
        Some(("invalid structure", _)) => "`=`, `{` or a block label".to_owned(),
        Some(("invalid traversal operator", _)) => "a name, a number or `*` after the dot".to_owned(),
        Some(("invalid object value assignment", _)) => "`=` or `:` after the object key".to_owned(),
        Some(("invalid object item", _)) => "`,`, a new line or `}` after the object item".to_owned(),
        Some(("invalid block body", _)) => "an attribute, a block or `}`".to_owned(),
        Some((_, expected)) => plain(expected),
        None => match message.strip_prefix("expected ") {
            Some(expected) => plain(expected),
            None if at_start => "an attribute or a block".to_owned(),
            None => return format!("{} is not expected here", found(text, at)),
        },
    };
    format!("expected {expected}, found {}", found(text, at))
}

/// The parser's list of what it expects, with articles.
fn plain(expected: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("`\n`", "a new line"),
        ("newline", "a new line"),
        ("eof", "the end of the file"),
        ("expression", "an expression"),
        ("identifier", "a name"),
        ("digit", "a digit"),
        ("heredoc end delimiter", "the end marker of the heredoc"),
    ];
    let replace = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    WORDS.iter().fold(expected.to_owned(), replace)
}

/// What stands at a place, by kind.
fn found(text: &str, at: usize) -> &'static str {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.trim_start_matches([' ', '\t']);
    match rest.chars().next() {
        None => "the end",
        Some('\n' | '\r') => "the end of the line",
        Some('"') => "a string",
        Some('0'..='9') => "a number",
        Some('{') => "`{`",
        Some('}') => "`}`",
        Some('[') => "`[`",
        Some(']') => "`]`",
        Some('(') => "`(`",
        Some(')') => "`)`",
        Some('=') => "`=`",
        Some(':') => "`:`",
        Some(',') => "`,`",
        Some('.') => "`.`",
        Some('?') => "`?`",
        Some('\'') => "a single quote",
        Some('#') => "a comment",
        Some('/') if rest.starts_with("//") || rest.starts_with("/*") => "a comment",
        Some('<') if rest.starts_with("<<") => "a heredoc without a name",
        Some(character) if character.is_alphabetic() || character == '_' => "a name",
        Some(_) => "another character",
    }
}
