//! Finds the literals inside of a value that is more than one literal: a list, an object, a block of
//! YAML. Those of expressions and templates are found by [`super::expressions`].
//!
//! Like [`super::names`] without a tree. Keys of objects say what a value is and stay readable.

use std::ops::Range;

use super::expressions::outside_interpolations;
use super::names::{REACH, is_declaration, is_literal, quoted_value};

/// How much of a text is looked at before a value turns out to be a declaration: bounds the work where
/// many of them stand in each other.
const LONGEST: usize = 4 * REACH;

/// The literals of a list or an object as JSON and YAML write them, and where it ends; `None` where it
/// is a declaration.
pub(super) fn of_brackets(text: &str, start: usize, found: &mut Vec<Range<usize>>) -> Option<usize> {
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
            b'!' if untagged(text.get(at..).unwrap_or("")).len() < text.len() - at => {
                at = text.len() - untagged(text.get(at..).unwrap_or("")).len();
            }
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
                    if depth == 1 && is_declaration(key) && at - start < LONGEST {
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
            if is_declaration(key) && *first == indent && at - start < LONGEST {
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
    let said = untagged(text.get(place.clone()).unwrap_or(""));
    let place = place.end - said.len()..place.end;
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

/// A value in YAML behind its tags, `!Sub` and the like, where these do not say that it names something.
pub(super) fn untagged(value: &str) -> &str {
    const NAMES: [&str; 6] = ["Ref", "GetAtt", "ImportValue", "FindInMap", "Condition", "GetAZs"];
    let mut value = value;
    while let Some(tag) = value.strip_prefix('!') {
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != ':').unwrap_or(tag.len());
        let (tag, rest) = tag.split_at(end);
        if NAMES.contains(&tag) || !rest.starts_with([' ', '\t']) {
            break;
        }
        value = rest.trim_start_matches([' ', '\t']);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::super::names::tests::hidden;

    #[test]
    fn a_tag_before_a_value_stays_readable_and_what_stands_behind_it_does_not() {
        let cases: [(&str, &[&str]); 12] = [
            ("Password: !Sub '{ \"a\" : \"${Shown}\", \"b\": 1}'", &["{ \"a\" : \"", "\", \"b\": 1}"]),
            ("Password: !Sub one-${Shown}", &["one-"]),
            ("Password: !Sub \"one\"", &["one"]),
            ("Password: !Base64 one", &["one"]),
            ("a:\n  Password: !Sub |\n    one ${Shown}\n  x: shown", &["one "]),
            ("Password: !Join ['', [one, !Ref Shown, !Sub \"two${Shown}\"]]", &["one", "two"]),
            ("Password: !Sub [\"one${X}\", {X: two}]", &["one", "two"]),
            ("a:\n  Password:\n    - !Sub \"one${Shown}\"\n    - !Ref Shown\n  x: shown", &["one"]),
            ("Password: !Sub ${Shown}", &[]),
            ("Password: !ImportValue shown", &[]),
            ("Password: !GetAtt shown.Arn", &[]),
            ("Password: !Sub '{{resolve:secretsmanager:${Shown}:SecretString:password}}'", &[]),
        ];
        for (text, secrets) in cases {
            assert_eq!(hidden(text), secrets, "{text}");
        }
    }
}
