//! Tokens of a condition.

use std::ops::Range;
use std::sync::Arc;

use keylint_model::Number;

use super::CelError;

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Name(Arc<str>),
    String(Arc<str>),
    Number(Number),
    /// An operator or bracket.
    Symbol(&'static str),
    End,
}

impl TokenKind {
    pub(super) fn describe(&self) -> String {
        match self {
            TokenKind::Name(name) => format!("`{name}`"),
            TokenKind::String(_) => "a string".to_owned(),
            TokenKind::Number(number) => format!("`{number}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end".to_owned(),
        }
    }
}

/// Longer symbols first: `<=` before `<`.
const SYMBOLS: [&str; 19] =
    ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", ".", ",", "(", ")", "[", "]", "?", ":"];

/// All tokens of a text; the last one is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, CelError> {
    let mut tokens = Vec::new();
    let mut offset = 0;
    loop {
        offset = skip_blank(text, offset);
        let rest = text.get(offset..).unwrap_or("");
        let Some(first) = rest.chars().next() else {
            tokens.push(Token { range: offset..offset, kind: TokenKind::End });
            return Ok(tokens);
        };
        let (length, kind) = match first {
            '"' | '\'' => string(rest, first, offset)?,
            'r' if rest.starts_with("r\"") || rest.starts_with("r'") => raw_string(rest, offset)?,
            '0'..='9' => number(rest, offset)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest
                    .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                    .unwrap_or(rest.len());
                (length, TokenKind::Name(rest.get(..length).unwrap_or("").into()))
            }
            other => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => (symbol.len(), TokenKind::Symbol(symbol)),
                None => {
                    let range = offset..offset + other.len_utf8();
                    return Err(CelError::new(range, format!("`{other}` has no meaning in a condition")));
                }
            },
        };
        tokens.push(Token { range: offset..offset + length, kind });
        offset += length;
    }
}

fn skip_blank(text: &str, mut offset: usize) -> usize {
    loop {
        let rest = text.get(offset..).unwrap_or("");
        let trimmed = rest.trim_start();
        offset += rest.len() - trimmed.len();
        if !trimmed.starts_with("//") {
            return offset;
        }
        offset += trimmed.find('\n').unwrap_or(trimmed.len());
    }
}

fn number(rest: &str, offset: usize) -> Result<(usize, TokenKind), CelError> {
    let mut length = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let fraction = rest.get(length..).and_then(|rest| rest.strip_prefix('.')).unwrap_or("");
    if fraction.starts_with(|character: char| character.is_ascii_digit()) {
        let digits = fraction.find(|character: char| !character.is_ascii_digit()).unwrap_or(fraction.len());
        length += 1 + digits;
    }
    let text = rest.get(..length).unwrap_or("");
    match Number::parse(text) {
        Some(number) => Ok((length, TokenKind::Number(number))),
        None => Err(CelError::new(offset..offset + length, "the number is too large")),
    }
}

fn raw_string(rest: &str, offset: usize) -> Result<(usize, TokenKind), CelError> {
    let quote = if rest.starts_with("r\"") { '"' } else { '\'' };
    let body = rest.get(2..).unwrap_or("");
    match body.find(quote) {
        Some(end) => Ok((end + 3, TokenKind::String(body.get(..end).unwrap_or("").into()))),
        None => Err(CelError::new(offset..offset + rest.len(), "the string has no end")),
    }
}

fn string(rest: &str, quote: char, offset: usize) -> Result<(usize, TokenKind), CelError> {
    let mut decoded = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            _ if character == quote => return Ok((at + 1, TokenKind::String(decoded.into()))),
            '\n' => break,
            '\\' => match characters.next() {
                Some((_, 'n')) => decoded.push('\n'),
                Some((_, 't')) => decoded.push('\t'),
                Some((_, escaped @ ('\\' | '"' | '\'' | '`' | '?'))) => decoded.push(escaped),
                Some((end, other)) => {
                    let range = offset + at..offset + end + other.len_utf8();
                    return Err(CelError::new(range, format!("`\\{other}` is not an escape")));
                }
                None => break,
            },
            _ => decoded.push(character),
        }
    }
    Err(CelError::new(offset..offset + 1, "the string has no end"))
}
