//! Hides secrets in the text of files before any report sees it.
//!
//! A report shows the lines around a finding, and a secret may stand on a neighbouring line that
//! no rule looked at. What is hidden is therefore decided here, once, for the whole text of every
//! file in a report: the places that rules and front ends know to be secret, whatever has the
//! shape of a credential, and literals given to names that speak of secrets. Hiding too much costs
//! a reader a look into the file; hiding too little costs a key.

mod copies;
mod expressions;
mod names;
mod tokens;
mod values;

use std::ops::Range;
use std::sync::Arc;

use crate::parallel;

pub(crate) use copies::Copies;

/// The text with every character of a secret replaced by one that is as long in UTF-8 and UTF-16
/// (`*` for ASCII), so that all offsets, lines and columns stay what they are. `known` are ranges
/// that are secret in any case, `copies` finds what is written elsewhere as a secret.
pub(crate) fn mask(
    text: &Arc<str>,
    known: impl IntoIterator<Item = Range<usize>>,
    copies: &Copies,
) -> Arc<str> {
    let mut ranges: Vec<Range<usize>> = known.into_iter().collect();
    copies.find(text, &mut ranges);
    let found = |find: fn(&str, &mut Vec<Range<usize>>)| {
        let mut found = Vec::new();
        find(text, &mut found);
        found
    };
    // Each reads the whole text, and which comes first does not matter: the ranges are sorted.
    let (of_tokens, of_names) = parallel::both(|| found(tokens::find), || found(names::find));
    ranges.extend(of_tokens.into_iter().chain(of_names));
    ranges.retain(|range| range.start < range.end);
    if ranges.is_empty() {
        return Arc::clone(text);
    }
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        // A character that a range cuts is hidden whole.
        let start = text.floor_char_boundary(range.start).max(done);
        let end = text.ceil_char_boundary(range.end);
        if start < end {
            masked.push_str(text.get(done..start).unwrap_or(""));
            masked.extend(text.get(start..end).unwrap_or("").chars().map(hidden));
            done = end;
        }
    }
    masked.push_str(text.get(done..).unwrap_or(""));
    masked.into()
}

/// What is shown of a character. Quotes stay where a known range includes them; line ends stay, they
/// are the line index.
fn hidden(character: char) -> char {
    match (character, character.len_utf8()) {
        ('\n' | '\r' | '"' | '\'', _) => character,
        (_, 1) => '*',
        (_, 2) => '·',
        (_, 3) => '•',
        _ => '🞶',
    }
}

/// A name or message without what has the shape of a credential and what stands in `ranges`, or `None`
/// where there is nothing to hide. Messages are made of names, but a name is text of the source, too:
/// the key of a `for_each`, the Sid of a statement.
pub(crate) fn redact(text: &str, mut ranges: Vec<Range<usize>>) -> Option<String> {
    tokens::find(text, &mut ranges);
    let hidden = |offset: usize| ranges.iter().any(|range| range.contains(&offset));
    (!ranges.is_empty())
        .then(|| text.char_indices().map(|(offset, it)| if hidden(offset) { '*' } else { it }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        mask(&text.into(), [], &Copies::default()).to_string()
    }

    #[test]
    fn offsets_and_lines_survive() {
        let text: Arc<str> = "é = \"sé€𝄞t\"\r\nnext".into();
        let start = text.find("sé€").unwrap();
        let secret = start..start + "sé€𝄞t".len();
        let hidden = mask(&text, Some(secret), &Copies::default());
        assert_eq!(&*hidden, "é = \"*·•🞶*\"\r\nnext");
        assert_eq!(hidden.len(), text.len());
        assert_eq!(hidden.encode_utf16().count(), text.encode_utf16().count());
    }

    #[test]
    fn a_range_that_cuts_a_character_hides_it_whole() {
        let text: Arc<str> = "aéb".into();
        assert_eq!(&*mask(&text, Some(2..3), &Copies::default()), "a·b");
    }

    #[test]
    fn overlapping_and_nested_ranges_hide_their_union() {
        let text: Arc<str> = "0123456789".into();
        assert_eq!(&*mask(&text, [1..8, 2..3, 5..9], &Copies::default()), "0********9");
    }

    #[test]
    fn text_without_secrets_is_shared_unchanged() {
        let text: Arc<str> = "resource \"aws_kms_key\" \"this\" {}\n".into();
        assert!(Arc::ptr_eq(&mask(&text, [], &Copies::default()), &text));
    }

    #[test]
    fn credentials_are_hidden_wherever_they_stand() {
        let github = format!("ghp_{}", "a1B2".repeat(9));
        let text = format!("# note: AKIAIOSFODNN7EXAMPLE and {github}.");
        assert_eq!(masked(&text), format!("# note: {} and {}.", "*".repeat(20), "*".repeat(github.len())));
    }
}
