//! Sets of strings that patterns describe, compared exactly.
//!
//! A pattern of the policy language is a regular language over single characters, so "does this
//! pattern cover that one" and "can both match one string" have exact answers: the first is decided
//! by walking both automata together, the second by reachability. Holes and policy variables are
//! letters of their own: whatever stands for them, a run of the other side can take it, and nothing
//! else certainly can.

use std::collections::HashSet;

use keylint_model::{Unknown, Verdict};

/// One symbol of a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Symbol<'p> {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any one character but the colon.
    OneInField,
    /// Any characters, or none.
    Run,
    /// Any characters but the colon, or none.
    RunInField,
    /// Any characters but [`FRESH`], or none: all that one string can be which is chosen before
    /// the strings that it is compared with.
    Chosen,
    /// One string that is not known: see [`crate::PartlyKnown`].
    Hole(&'p Unknown),
    /// One string that the request decides: a policy variable.
    Variable(&'p str),
}

use Symbol::{Char, Chosen, Hole, One, OneInField, Run, RunInField, Variable};

/// Stands for all characters that occur in neither pattern; a noncharacter of Unicode.
const FRESH: char = '\u{10FFFF}';

/// How many symbols are looked at before a comparison is given up as unknown, which takes some
/// milliseconds. A real pair of patterns takes some thousands.
const WORK_LIMIT: usize = 1 << 20;

impl Symbol<'_> {
    /// Whether it takes a letter and ends; letters are characters, holes and variables.
    fn takes(self, letter: Symbol<'_>) -> bool {
        match (self, letter) {
            (Char(own), Char(other)) => own == other,
            (One, Char(_)) => true,
            (OneInField, Char(other)) => other != ':',
            (Hole(own), Hole(other)) => own.is_same(other),
            (Variable(own), Variable(other)) => own.eq_ignore_ascii_case(other),
            _ => false,
        }
    }

    /// Whether it takes a letter and goes on.
    fn repeats(self, letter: Symbol<'_>) -> bool {
        match (self, letter) {
            (Run, _) => true,
            (RunInField, Char(other)) => other != ':',
            (Chosen, Char(other)) => other != FRESH,
            (Chosen, _) => true,
            _ => false,
        }
    }

    fn is_run(self) -> bool {
        matches!(self, Run | RunInField | Chosen)
    }

    fn is_letter(self) -> bool {
        matches!(self, Char(_) | Hole(_) | Variable(_))
    }

    fn is_hole(self) -> bool {
        matches!(self, Hole(_))
    }
}

/// Longer patterns are not compared: no string of a policy that AWS takes is as long.
const LENGTH_LIMIT: usize = 2048;

/// Whether `pattern` matches every string that `subject` stands for. No when it certainly leaves one
/// out, unknown when that depends on a hole.
pub(crate) fn covers(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> Verdict {
    if pattern.len().max(subject.len()) > LENGTH_LIMIT {
        return Verdict::Unknown;
    }
    match contains(pattern, subject) {
        Some(true) => return Verdict::Yes,
        Some(false) if !has_hole(pattern) && !has_hole(subject) => return Verdict::No,
        _ => {}
    }
    if has_hole(subject) {
        // Whatever the subject's hole is, some string of the subject must be matched.
        let possible = meet(&widened(pattern), &widened(subject));
        return if possible { Verdict::Unknown } else { Verdict::No };
    }
    // What stands for the hole is the same for all strings of the subject.
    match contains(&with_holes_as(pattern, Chosen), subject) {
        Some(false) => Verdict::No,
        _ => Verdict::Unknown,
    }
}

/// Whether there is a string that both patterns match; unknown when that depends on a hole.
pub(crate) fn overlaps(left: &[Symbol<'_>], right: &[Symbol<'_>]) -> Verdict {
    if left.len().max(right.len()) > LENGTH_LIMIT {
        return Verdict::Unknown;
    }
    if !meet(&widened(left), &widened(right)) {
        Verdict::No
    } else if !has_hole(left) && !has_hole(right)
        || contains(left, right) == Some(true)
        || contains(right, left) == Some(true)
    {
        Verdict::Yes
    } else {
        Verdict::Unknown
    }
}

fn has_hole(pattern: &[Symbol<'_>]) -> bool {
    pattern.iter().any(|symbol| symbol.is_hole())
}

/// The widest that the pattern can turn out to be.
fn widened<'p>(pattern: &[Symbol<'p>]) -> Vec<Symbol<'p>> {
    with_holes_as(pattern, Run)
}

fn with_holes_as<'p>(pattern: &[Symbol<'p>], stand_in: Symbol<'p>) -> Vec<Symbol<'p>> {
    pattern.iter().map(|symbol| if symbol.is_hole() { stand_in } else { *symbol }).collect()
}

/// Whether some string is in both. Variables count as any string.
fn meet(left: &[Symbol<'_>], right: &[Symbol<'_>]) -> bool {
    let width = right.len() + 1;
    let mut seen = vec![false; (left.len() + 1).saturating_mul(width)];
    let mut open = vec![(0, 0)];
    while let Some((row, column)) = open.pop() {
        let Some(mark) = seen.get_mut(row * width + column) else { continue };
        if std::mem::replace(mark, true) {
            continue;
        }
        let (a, b) = (left.get(row).copied(), right.get(column).copied());
        let (loops_a, loops_b) = (a.is_some_and(loops), b.is_some_and(loops));
        if a.is_none() && b.is_none() {
            return true;
        }
        if loops_a {
            open.push((row + 1, column));
        }
        if loops_b {
            open.push((row, column + 1));
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        if common(a, b) {
            match (loops_a, loops_b) {
                // Two runs that go on together only reach what one of them reaches alone.
                (true, true) => {}
                (true, false) => open.push((row, column + 1)),
                (false, true) => open.push((row + 1, column)),
                (false, false) => open.push((row + 1, column + 1)),
            }
        }
    }
    false
}

fn loops(symbol: Symbol<'_>) -> bool {
    symbol.is_run() || matches!(symbol, Variable(_))
}

/// Whether one character can be taken by both.
fn common(left: Symbol<'_>, right: Symbol<'_>) -> bool {
    let without_colon = |symbol| matches!(symbol, OneInField | RunInField);
    match (left, right) {
        (Char(a), Char(b)) => a == b,
        (Char(a), other) | (other, Char(a)) => a != ':' || !without_colon(other),
        _ => true,
    }
}

/// Whether every string of `subject` is one of `pattern`, with holes and variables as letters;
/// `None` when the patterns are too intricate to tell.
fn contains(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> Option<bool> {
    let start = closed(pattern, vec![true]);
    if subject.iter().all(|symbol| symbol.is_letter()) {
        let mut set = start;
        for letter in subject {
            set = step(pattern, &set, *letter);
        }
        return Some(accepts(pattern, &set));
    }
    let alphabet = alphabet(pattern, subject);
    let mut seen: HashSet<(usize, Vec<bool>)> = HashSet::new();
    let mut open = vec![(0, start)];
    let mut work = 0usize;
    while let Some((place, set)) = open.pop() {
        work += pattern.len();
        if !seen.insert((place, set.clone())) {
            continue;
        }
        if work > WORK_LIMIT {
            return None;
        }
        let Some(symbol) = subject.get(place).copied() else {
            if !accepts(pattern, &set) {
                return Some(false);
            }
            continue;
        };
        if symbol.is_run() {
            open.push((place + 1, set.clone()));
        }
        work += pattern.len() * alphabet.len();
        for letter in &alphabet {
            // A run of the subject stands for known strings; holes are taken where they stand.
            if symbol.repeats(*letter) && matches!(letter, Char(_)) {
                open.push((place, step(pattern, &set, *letter)));
            } else if symbol.takes(*letter) {
                open.push((place + 1, step(pattern, &set, *letter)));
            }
        }
    }
    Some(true)
}

/// The letters that matter: those that occur, and one that does not.
fn alphabet<'p>(pattern: &[Symbol<'p>], subject: &[Symbol<'p>]) -> Vec<Symbol<'p>> {
    let mut letters: Vec<Symbol<'p>> = vec![Char(FRESH), Char(':')];
    for symbol in pattern.iter().chain(subject) {
        if symbol.is_letter() && !letters.iter().any(|known| known.takes(*symbol)) {
            letters.push(*symbol);
        }
    }
    letters
}

/// The places of the pattern after one more letter.
fn step(pattern: &[Symbol<'_>], set: &[bool], letter: Symbol<'_>) -> Vec<bool> {
    let mut next = vec![false; pattern.len() + 1];
    for ((place, symbol), reached) in pattern.iter().enumerate().zip(set) {
        if !reached {
            continue;
        }
        let place = if symbol.repeats(letter) {
            place
        } else if symbol.takes(letter) {
            place + 1
        } else {
            continue;
        };
        if let Some(mark) = next.get_mut(place) {
            *mark = true;
        }
    }
    closed(pattern, next)
}

/// The places that are reached without a letter, too: a run can be empty.
fn closed(pattern: &[Symbol<'_>], mut set: Vec<bool>) -> Vec<bool> {
    set.resize(pattern.len() + 1, false);
    let mut before = false;
    for (place, mark) in set.iter_mut().enumerate() {
        *mark |= before;
        before = *mark && pattern.get(place).is_some_and(|symbol| symbol.is_run());
    }
    set
}

fn accepts(pattern: &[Symbol<'_>], set: &[bool]) -> bool {
    set.get(pattern.len()).copied().unwrap_or(false)
}

/// Whether a pattern with `*` and `?` matches a string; both known. Linear in practice: a run takes
/// no character more than it must.
pub(crate) fn matches_known(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (mut next_pattern, mut next_text) = (pattern.clone(), text.clone());
        match (next_pattern.next(), next_text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((next_pattern.clone(), text.clone()));
                pattern = next_pattern;
                continue;
            }
            (Some(symbol), Some(character)) if symbol == '?' || same(symbol, character) => {
                (pattern, text) = (next_pattern, next_text);
                continue;
            }
            _ => {}
        }
        // Let the last run take one character more.
        let Some((after_run, rest)) = &mut retry else { return false };
        if rest.next().is_none() {
            return false;
        }
        (pattern, text) = (after_run.clone(), rest.clone());
    }
}

#[cfg(test)]
mod tests;
