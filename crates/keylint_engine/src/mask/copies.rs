//! Finds further copies of known secrets: a plan writes every value several times, and a password
//! is written into a second file by hand.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

/// Shorter texts are found by accident.
const SHORTEST: usize = 8;

/// Longer ones are documents, not credentials.
const LONGEST: usize = 4_096;

/// How many secrets are looked for; bounds memory on a hostile project.
const MOST: usize = 2_000;

/// What to look for.
#[derive(Debug, Default)]
pub(crate) struct Copies(Option<AhoCorasick>);

impl Copies {
    /// Looks for these secrets, given as they are written, with or without their quotes.
    pub(crate) fn new<'t>(secrets: impl Iterator<Item = &'t str>) -> Self {
        let plain = secrets.map(|secret| secret.trim().trim_matches(['"', '\'']));
        let telling: BTreeSet<&str> = plain.filter(|secret| is_telling(secret)).collect();
        if telling.is_empty() {
            return Copies(None);
        }
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(telling.iter().take(MOST));
        Copies(automaton.ok())
    }

    /// Adds the ranges of copies.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        if let Some(automaton) = &self.0 {
            found.extend(automaton.find_iter(text).map(|found| found.range()));
        }
    }
}

/// Whether a text can only be that secret. `postgres` in a secret is also the name of an engine.
fn is_telling(secret: &str) -> bool {
    let is_word = secret.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.'));
    (SHORTEST..=LONGEST).contains(&secret.len()) && !(is_word && secret.len() < 16) && !secret.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_again_and_plain_words_are_not() {
        let copies = Copies::new(["\"tr0ub4dor&3\"", "postgres", "short"].into_iter());
        let mut found = Vec::new();
        copies.find("engine = postgres, short, # was tr0ub4dor&3", &mut found);
        assert_eq!(found.into_iter().next(), Some(32..43));
    }
}
