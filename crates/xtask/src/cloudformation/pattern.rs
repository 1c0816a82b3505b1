//! What the patterns of the schemas say for certain of the texts that match them.
//!
//! A pattern that is not tied to both ends of a text says only what the text contains, so nothing
//! follows from it but that; and a pattern that cannot be read says nothing. What a pattern can bring
//! is decided on its structure and not by examples, so that no ARN is forgotten.

use std::collections::HashSet;

use anyhow::Context as _;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::{primitives::StateID, start, syntax};
use regex_automata::{Anchored, nfa::thompson};
use regex_syntax::hir::{Hir, HirKind, Look, literal::Extractor};

/// A pattern of a schema.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    hir: Hir,
}

impl Pattern {
    /// The pattern, where it can be read.
    pub(super) fn new(text: &str) -> Option<Pattern> {
        // What stands in a look-ahead only narrows what matches.
        let text = without_look_ahead(text)?.replace("\\Z", "\\z");
        let hir = regex_syntax::parse(&text).ok()?;
        Some(Pattern { text, hir })
    }

    /// Whether every text that matches is known not to have a character anywhere.
    pub(super) fn lacks(&self, character: char) -> bool {
        let properties = self.hir.properties();
        let is_whole = properties.look_set_prefix().contains(Look::Start)
            && properties.look_set_suffix().contains(Look::End);
        is_whole && !can_bring(&self.hir, character)
    }

    /// Whether the empty text matches.
    pub(super) fn can_be_empty(&self) -> bool {
        self.hir.properties().minimum_len().is_none_or(|least| least == 0)
    }

    /// Whether what it matches starts so in any case.
    pub(super) fn starts_with(&self, start: &str) -> bool {
        let starts = Extractor::new().extract(&self.hir);
        let literals = starts.literals().unwrap_or_default();
        !literals.is_empty() && literals.iter().all(|one| one.as_bytes().starts_with(start.as_bytes()))
    }

    /// Whether a text exists that both match; an error where that takes too much to find out.
    pub(super) fn meets(&self, other: &str) -> anyhow::Result<bool> {
        let (left, right) = (automaton(&self.text)?, automaton(other)?);
        let begin = start::Config::new().anchored(Anchored::Yes);
        let mut open = vec![(left.start_state(&begin)?, right.start_state(&begin)?)];
        let mut seen: HashSet<(StateID, StateID)> = open.iter().copied().collect();
        while let Some((first, second)) = open.pop() {
            let ends = |automaton: &dense::DFA<Vec<u32>>, state| {
                automaton.is_match_state(automaton.next_eoi_state(state))
            };
            if ends(&left, first) && ends(&right, second) {
                return Ok(true);
            }
            for byte in b' '..=b'~' {
                let next = (left.next_state(first, byte), right.next_state(second, byte));
                let is_over = left.is_dead_state(next.0) || right.is_dead_state(next.1);
                if !is_over && seen.insert(next) {
                    open.push(next);
                }
            }
            anyhow::ensure!(seen.len() < 1_000_000, "too many pairs of states");
        }
        Ok(false)
    }
}

/// An automaton for the texts in which a pattern is found.
fn automaton(pattern: &str) -> anyhow::Result<dense::DFA<Vec<u32>>> {
    const LIMIT: usize = 16 * 1024 * 1024;
    dense::Builder::new()
        .configure(dense::Config::new().dfa_size_limit(Some(LIMIT)).determinize_size_limit(Some(LIMIT)))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build(&format!("^(?s:.*)(?:{pattern})(?s:.*)$"))
        .context(pattern.to_owned())
}

fn can_bring(hir: &Hir, character: char) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).contains(character),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&character))
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(_)) => true,
        HirKind::Repetition(repetition) => can_bring(&repetition.sub, character),
        HirKind::Capture(capture) => can_bring(&capture.sub, character),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().any(|part| can_bring(part, character))
        }
    }
}

/// The pattern without what it only looks at; `None` where that does not end.
fn without_look_ahead(pattern: &str) -> Option<String> {
    let mut kept = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) =
        ["(?=", "(?!"].iter().filter_map(|open| rest.split_once(open)).min_by_key(|(before, _)| before.len())
    {
        kept.push_str(before);
        rest = after.get(closing(after)? + 1..)?;
    }
    kept.push_str(rest);
    Some(kept)
}

/// Where the group ends that starts before a pattern.
fn closing(pattern: &str) -> Option<usize> {
    let (mut depth, mut in_class, mut is_escaped) = (0_usize, false, false);
    for (at, character) in pattern.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(pattern: &str, character: char) -> bool {
        Pattern::new(pattern).is_some_and(|pattern| pattern.lacks(character))
    }

    #[test]
    fn only_a_pattern_of_the_whole_text_says_what_it_lacks() {
        for name in [
            "^[a-z0-9-]+$",
            "^(?=.{2,256}$)([a-z]+((\\.|_)[a-z]+)*)$",
            "(^[a-z]$)|(^[a-z][a-z-]*$)",
            "^[^:*]*\\Z",
            "^\\w+$",
        ] {
            assert!(lacks(name, ':'), "{name}");
        }
        for open in [
            // These are found within an ARN.
            "[a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}",
            "^[a-z]",
            "^[a-z]+$|x",
            "^\\S+$",
            "^.{1,64}$",
            "^[!-~]+$",
            "^([a-z]+|arn:aws:s3:::[a-z]+)$",
            "^(unclosed$",
        ] {
            assert!(!lacks(open, ':'), "{open}");
        }
        assert!(lacks("^[a-z]+$", '/') && !lacks("^[a-z/]+$", '/'));
    }

    #[test]
    fn starts_and_common_texts_are_found() {
        let pattern = |text| Pattern::new(text).unwrap();
        assert!(pattern("^arn:(aws|aws-cn):sqs:.*$").starts_with("arn:"));
        assert!(pattern("^(arn:a:.*|arn:b:.*)$").starts_with("arn:"));
        for other in ["^(arn:aws:sqs:.*|None)$", "^(arn:.+|)$", ".*arn:aws.*", "^.*$"] {
            assert!(!pattern(other).starts_with("arn:"), "{other}");
        }
        let queue = pattern("^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\\d{12}:[^/].{0,80}$");
        assert!(queue.meets("^arn:aws:sqs:[a-z]+:[0-9]{12}:.+$").unwrap());
        assert!(!queue.meets("^arn:aws:sns:[a-z]+:[0-9]{12}:.+$").unwrap());
        assert!(!queue.meets("^arn:aws:sqs::[0-9]{12}:.+$").unwrap());
        assert!(pattern("^[a-z]*$").can_be_empty() && !pattern("^[a-z]+$").can_be_empty());
    }
}
