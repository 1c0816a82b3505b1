//! Where a pattern matches in a string with holes, whatever the holes are.
//!
//! The automaton of the pattern goes over the known parts as over any text. At a hole it may go on
//! from every state that some text leads to, so that what all of these states say is certain.

use std::collections::BTreeSet;

use keylint_model::Part;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// How large the automaton may be, and what is needed to make it, in bytes.
const AUTOMATON_BYTES: usize = 1 << 18;
const MAKING_BYTES: usize = 1 << 20;

/// How many steps are made over one string.
const STEPS: usize = 1 << 20;

/// The automaton of a pattern.
pub(super) struct Search(dense::DFA<Vec<u32>>);

/// What the part of a string before its first hole says of the first match in it.
pub(super) enum First {
    /// It is this, whatever follows.
    Decided,
    /// Only what follows says.
    Open,
}

/// The states that the automaton may be in, and what became of those that it was in.
struct Paths {
    open: BTreeSet<StateID>,
    matched: bool,
    failed: bool,
    steps: usize,
}

/// The automaton gives up at what it meets.
struct Quit;

impl Search {
    /// `None` for a pattern whose automaton is too large, or that none can be made for.
    pub(super) fn new(pattern: &str) -> Option<Search> {
        let config = dense::Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(AUTOMATON_BYTES))
            .determinize_size_limit(Some(MAKING_BYTES));
        dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().nest_limit(200))
            .thompson(thompson::Config::new().nfa_size_limit(Some(MAKING_BYTES)))
            .build(pattern)
            .ok()
            .map(Search)
    }

    /// Whether the pattern matches somewhere in the string, from an offset into its first part on;
    /// `None` where only the holes say.
    pub(super) fn matches(&self, parts: &[Part], from: usize) -> Option<bool> {
        let first = match parts.first() {
            Some(Part::Known(text)) => text.as_str(),
            _ => "",
        };
        let input = Input::new(first).anchored(Anchored::No).range(from..);
        let start = self.0.start_state_forward(&input).ok()?;
        let mut paths = Paths { open: BTreeSet::from([start]), matched: false, failed: false, steps: 0 };
        for (position, part) in parts.iter().enumerate() {
            let walked = match part {
                Part::Known(text) => {
                    let from = if position == 0 { from } else { 0 };
                    let mut bytes = text.as_bytes().get(from..)?.iter();
                    bytes.try_for_each(|byte| self.step(&mut paths, *byte))
                }
                Part::Hole(..) => self.any(&mut paths),
            };
            walked.ok()?;
            if paths.matched && paths.failed {
                return None;
            }
        }
        for state in &paths.open {
            match self.0.is_match_state(self.0.next_eoi_state(*state)) {
                true => paths.matched = true,
                false => paths.failed = true,
            }
        }
        (paths.matched != paths.failed).then_some(paths.matched)
    }

    /// Whether what follows `text` makes a difference to the first match from `from` on.
    pub(super) fn first(&self, text: &str, from: usize) -> First {
        let input = Input::new(text).anchored(Anchored::No).range(from..);
        let Ok(mut state) = self.0.start_state_forward(&input) else { return First::Open };
        for byte in text.as_bytes().get(from..).unwrap_or_default() {
            state = self.0.next_state(state, *byte);
            if self.0.is_dead_state(state) {
                return First::Decided;
            }
            if self.0.is_quit_state(state) {
                return First::Open;
            }
        }
        if self.is_over(state) { First::Decided } else { First::Open }
    }

    /// Whether it makes no difference what follows the bytes that led to a state: the automaton
    /// tells of a match one byte late.
    fn is_over(&self, state: StateID) -> bool {
        let dead = |state: StateID| self.0.is_dead_state(state);
        let matches = self.0.is_match_state(self.0.next_eoi_state(state));
        self.bytes().map(|byte| self.0.next_state(state, byte)).all(|next| match matches {
            true => {
                self.0.is_match_state(next) && self.bytes().all(|byte| dead(self.0.next_state(next, byte)))
            }
            false => dead(next),
        })
    }

    /// One byte of each class that the automaton tells apart.
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.byte_classes().representatives(0..=u8::MAX).filter_map(|unit| unit.as_u8())
    }

    fn step(&self, paths: &mut Paths, byte: u8) -> Result<(), Quit> {
        let before = std::mem::take(&mut paths.open);
        for state in before {
            if let Some(next) = self.follow(paths, state, byte)? {
                paths.open.insert(next);
            }
        }
        Ok(())
    }

    /// Goes over any text.
    fn any(&self, paths: &mut Paths) -> Result<(), Quit> {
        let starts = std::mem::take(&mut paths.open);
        let mut seen: BTreeSet<(StateID, Utf8)> =
            starts.into_iter().map(|state| (state, Utf8::Character)).collect();
        let mut left: Vec<_> = seen.iter().copied().collect();
        while let Some((state, place)) = left.pop() {
            if place == Utf8::Character {
                paths.open.insert(state);
            }
            for byte in 0..=u8::MAX {
                let Some(place) = place.after(byte) else { continue };
                let Some(next) = self.follow(paths, state, byte)? else { continue };
                if seen.insert((next, place)) {
                    left.push((next, place));
                }
            }
        }
        Ok(())
    }

    /// The state after a byte, where it is open what becomes of it.
    fn follow(&self, paths: &mut Paths, state: StateID, byte: u8) -> Result<Option<StateID>, Quit> {
        paths.steps += 1;
        let next = self.0.next_state(state, byte);
        if self.0.is_quit_state(next) || paths.steps > STEPS {
            return Err(Quit);
        }
        if self.0.is_match_state(next) {
            paths.matched = true;
        } else if self.0.is_dead_state(next) {
            paths.failed = true;
        } else {
            return Ok(Some(next));
        }
        Ok(None)
    }
}

/// Where in a character of UTF-8 a text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Utf8 {
    /// Between two.
    Character,
    /// Before so many more bytes of any value that bytes after the first may have.
    More(u8),
    /// After a first byte that not all of these values follow: between which the next one is, and
    /// how many come after that.
    Between(u8, u8, u8),
}

impl Utf8 {
    /// The place after a byte; `None` where no text goes on with it.
    fn after(self, byte: u8) -> Option<Utf8> {
        let left = |count: u8| if count == 0 { Utf8::Character } else { Utf8::More(count) };
        match (self, byte) {
            (Utf8::Character, 0..=0x7f) => Some(Utf8::Character),
            (Utf8::Character, 0xc2..=0xdf) => Some(Utf8::More(1)),
            (Utf8::Character, 0xe0) => Some(Utf8::Between(0xa0, 0xbf, 1)),
            (Utf8::Character, 0xed) => Some(Utf8::Between(0x80, 0x9f, 1)),
            (Utf8::Character, 0xe1..=0xef) => Some(Utf8::More(2)),
            (Utf8::Character, 0xf0) => Some(Utf8::Between(0x90, 0xbf, 2)),
            (Utf8::Character, 0xf1..=0xf3) => Some(Utf8::More(3)),
            (Utf8::Character, 0xf4) => Some(Utf8::Between(0x80, 0x8f, 2)),
            (Utf8::More(count), 0x80..=0xbf) => Some(left(count - 1)),
            (Utf8::Between(low, high, count), _) if (low..=high).contains(&byte) => Some(left(count)),
            _ => None,
        }
    }
}
