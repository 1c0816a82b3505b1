//! Finds the literals inside of a value that is more than one literal: a list, an object, a call, a
//! template, a heredoc, a block of YAML.
//!
//! Like [`super::names`] without a tree. Keys of objects say what a value is and stay readable, and
//! so does what a collection is read by: `var.all["db"]`.

use std::ops::Range;

use super::names::{REACH, is_declaration, is_literal, outside_interpolations, quoted_value};

/// How much of a text one value can have: bounds what a bracket that is never closed hides.
const LONGEST: usize = 4 * REACH;

/// How deep brackets and templates in a value may stand in each other.
const DEEPEST: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Group,
    Object,
    Index,
    Interpolation,
    /// A string, and whether it may be shown.
    String(bool),
}

/// The literals of an HCL expression, and where it ends.
pub(super) fn of_expression(text: &str, start: usize, found: &mut Vec<Range<usize>>) -> usize {
    let text = text.get(..text.floor_char_boundary(start.saturating_add(LONGEST))).unwrap_or(text);
    Expression { text, at: start, open: Vec::new(), previous: b'=', found }.read()
}

struct Expression<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    /// The last byte that is no white space; a newline counts.
    previous: u8,
    found: &'t mut Vec<Range<usize>>,
}

impl Expression<'_> {
    fn read(mut self) -> usize {
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            if let Some(Open::String(shown)) = self.open.last() {
                self.string(*shown);
                continue;
            }
            let rest = self.text.get(self.at..).unwrap_or("");
            if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            if byte == b'#' || rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            if rest.starts_with("<<") {
                self.heredoc(rest);
                continue;
            }
            let ends = match byte {
                b'\n' | b',' => self.open.is_empty(),
                b'}' | b']' | b')' => self.open.pop().is_none(),
                _ => false,
            };
            if ends || self.open.len() > DEEPEST {
                return self.at;
            }
            self.opened(byte, rest);
            self.at += 1;
            // A name is read by `[` only where nothing is between them.
            if byte == b'\n' || !byte.is_ascii_whitespace() {
                self.previous = byte;
            }
        }
        self.at
    }

    fn opened(&mut self, byte: u8, rest: &str) {
        let adjacent = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        let is_read =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b']' | b')' | b'"' | b'}');
        match byte {
            b'{' => self.open.push(Open::Object),
            b'(' => self.open.push(Open::Group),
            b'[' if adjacent.is_some_and(is_read) => self.open.push(Open::Index),
            b'[' => self.open.push(Open::Group),
            b'"' => {
                let shown = self.open.last() == Some(&Open::Index)
                    || self.is_key(rest)
                    || ["\"arn:", "\"{{resolve:"].iter().any(|start| rest.starts_with(start));
                self.open.push(Open::String(shown));
            }
            _ => {}
        }
    }

    /// Whether the string that starts here is the name of an attribute.
    fn is_key(&self, rest: &str) -> bool {
        if self.open.last() != Some(&Open::Object) || !matches!(self.previous, b'{' | b',' | b'\n') {
            return false;
        }
        let after = rest.get(quoted_value(rest, 0).end + 1..).unwrap_or("").trim_start();
        after.starts_with(':') || (after.starts_with('=') && !after.starts_with("=="))
    }

    /// A part of a string, up to its end or to what is in it.
    fn string(&mut self, shown: bool) {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let next = loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            match rest {
                [] | [b'"' | b'\n', ..] => break None,
                [b'\\', _, ..] => self.at += 2,
                [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => self.at += 3,
                [b'$' | b'%', b'{', ..] => break Some(Open::Interpolation),
                _ => self.at += 1,
            }
        };
        if !shown {
            self.found.push(start..self.at.min(self.text.len()));
        }
        if let Some(inner) = next {
            self.open.push(inner);
            self.at += 2;
            self.previous = b'{';
            return;
        }
        self.open.pop();
        if bytes.get(self.at) == Some(&b'"') {
            self.at += 1;
            self.previous = b'"';
        }
    }

    fn heredoc(&mut self, rest: &str) {
        let first = rest.find('\n').unwrap_or(rest.len());
        let marker = rest.get(2..first).unwrap_or("").trim_start_matches('-').trim();
        let mut end = first;
        for line in rest.get(first..).unwrap_or("").split_inclusive('\n').skip(1) {
            if line.trim() == marker {
                break;
            }
            end += line.len();
        }
        let end = (end + 1).min(rest.len());
        outside_interpolations(rest, first..end, self.at, self.found);
        let behind = rest.get(end..).unwrap_or("");
        self.at += end + behind.find('\n').unwrap_or(behind.len());
        self.previous = b'"';
    }
}

/// The literals of a list or an object as JSON and YAML write them, and where it ends; `None` where it
/// is a declaration.
pub(super) fn of_brackets(text: &str, start: usize, found: &mut Vec<Range<usize>>) -> Option<usize> {
    let text = text.get(..text.floor_char_boundary(start.saturating_add(LONGEST))).unwrap_or(text);
    let bytes = text.as_bytes();
    let before = found.len();
    let (mut at, mut depth, mut key) = (start, 0_usize, "");
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'[' | b'{' => (depth, at) = (depth + 1, at + 1),
            b']' | b'}' => {
                (depth, at, key) = (depth.saturating_sub(1), at + 1, "");
                if depth == 0 {
                    break;
                }
            }
            b',' => (at, key) = (at + 1, ""),
            _ if byte == b':' || byte.is_ascii_whitespace() => at += 1,
            _ => {
                let word = match byte {
                    b'"' | b'\'' => quoted_value(text, at),
                    _ => {
                        let rest = text.get(at..).unwrap_or("");
                        let end = rest.find([',', ']', '}', '\n']).unwrap_or(rest.len());
                        let end = rest.get(..end).and_then(|word| word.find(": ")).unwrap_or(end);
                        at..at + end.max(1)
                    }
                };
                let is_quoted = word.start > at;
                at = word.end + usize::from(is_quoted);
                let behind = text.get(at..).unwrap_or("").trim_start();
                let said = text.get(word.clone()).unwrap_or("").trim_end();
                if behind.starts_with(':') {
                    key = said;
                    if depth == 1 && is_declaration(key) {
                        found.truncate(before);
                        return None;
                    }
                } else if !refers(key) && (is_quoted || is_literal(said)) {
                    outside_interpolations(text, word.start..word.start + said.len(), 0, found);
                }
            }
        }
    }
    Some(at)
}

/// Whether what stands under a key is a name of something.
fn refers(key: &str) -> bool {
    matches!(key, "Ref" | "Fn::GetAtt" | "Fn::ImportValue" | "Fn::FindInMap" | "Condition" | "references")
}

/// The literals of the lines of YAML that belong to a key in the column `column`, from the line on that
/// starts at `start`, and where they end; `None` where they are a declaration. `is_text` of a block scalar.
pub(super) fn of_block(
    text: &str,
    start: usize,
    column: usize,
    is_text: bool,
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let before = found.len();
    let mut at = start;
    let mut key = "";
    // How far the first line is indented.
    let mut first = None;
    let text = text.get(..text.floor_char_boundary(start.saturating_add(LONGEST))).unwrap_or(text);
    for line in text.get(start..).unwrap_or("").split_inclusive('\n') {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        let is_item = trimmed == "-" || trimmed.starts_with("- ");
        let belongs = indent > column || (indent == column && is_item && !is_text);
        if !trimmed.is_empty() && !belongs {
            break;
        }
        let mut from = at + indent;
        at += line.len();
        if trimmed.is_empty() || (!is_text && trimmed.starts_with('#')) {
            continue;
        }
        let end = from + trimmed.len();
        if is_text {
            outside_interpolations(text, from..end, 0, found);
            continue;
        }
        let first = first.get_or_insert(indent);
        let (written, value) = key_of(text, from..end);
        from = value;
        if let Some(written) = written {
            key = written;
            if is_declaration(key) && *first == indent {
                found.truncate(before);
                return None;
            }
        }
        if !refers(key) {
            plain(text, from..end, found);
        }
    }
    Some(at)
}

/// The key on a line of YAML, which signs of items may stand before, and where its value starts.
fn key_of(text: &str, line: Range<usize>) -> (Option<&str>, usize) {
    let Range { start: mut from, end } = line;
    while let Some(inner) = text.get(from..end).and_then(|rest| rest.strip_prefix("- ")) {
        from = end - inner.trim_start().len();
    }
    let rest = text.get(from..end).unwrap_or("");
    let sign = match rest.starts_with(['"', '\'']) {
        true => {
            let behind = (quoted_value(rest, 0).end + 1).min(rest.len());
            rest.get(behind..).is_some_and(|rest| rest.starts_with(':')).then_some(behind)
        }
        false => rest.find(": ").or_else(|| rest.ends_with(':').then(|| rest.len() - 1)),
    };
    let Some(sign) = sign else { return (None, from) };
    let value = rest.get(sign + 1..).unwrap_or("").trim_start();
    (rest.get(..sign).map(|key| key.trim_matches(['"', '\''])), end - value.len())
}

/// A value on one line of YAML.
fn plain(text: &str, place: Range<usize>, found: &mut Vec<Range<usize>>) {
    let said = text.get(place.clone()).unwrap_or("");
    if said.starts_with(['[', '{']) {
        of_brackets(text.get(..place.end).unwrap_or(text), place.start, found);
    } else if said.starts_with(['"', '\'']) {
        outside_interpolations(text, quoted_value(text, place.start), 0, found);
    } else {
        let literal = said.split(" #").next().unwrap_or(said).trim_end();
        // Items of a block in a list open with their sign.
        if is_literal(literal) && literal != "-" {
            outside_interpolations(text, place.start..place.start + literal.len(), 0, found);
        }
    }
}
