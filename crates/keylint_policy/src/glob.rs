//! Sets of strings that patterns describe, compared exactly.
//!
//! A pattern of the policy language is a regular language over single characters, so "does this
//! pattern cover that one" and "can both match one string" have exact answers: the first is decided
//! by walking both automata together, the second by reachability. Holes and policy variables are
//! letters of their own: whatever stands for them, a run of the other side can take it, and nothing
//! else certainly can.

use std::collections::HashSet;

use keylint_model::{Shape, Unknown, Verdict};

/// One symbol of a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Symbol<'p> {
    /// This character.
    Char(char),
    /// This small letter of ASCII, in whatever case.
    Folded(char),
    /// Any one character.
    One,
    /// Any one character but the colon.
    OneInField,
    /// Any characters, or none.
    Run,
    /// Any characters but the colon, or none.
    RunInField,
    /// Any characters but the colon and the slash, or none.
    RunInWord,
    /// Any characters but [`FRESH`], or none: all that one string can be which is chosen before
    /// the strings that it is compared with.
    Chosen,
    /// The same without the colon.
    ChosenInField,
    /// One string that is not known: see [`crate::PartlyKnown`].
    Hole(&'p Unknown),
    /// One string that the request decides: a policy variable.
    Variable(&'p str),
}

use Symbol::{
    Char, Chosen, ChosenInField, Folded, Hole, One, OneInField, Run, RunInField, RunInWord, Variable,
};

/// Stands for all characters that occur in neither pattern; a noncharacter of Unicode.
pub(crate) const FRESH: char = '\u{10FFFF}';

/// How many symbols are looked at before a comparison is given up as unknown, which takes some
/// milliseconds. A real pair of patterns takes some thousands.
const WORK_LIMIT: usize = 1 << 20;

impl Symbol<'_> {
    /// Whether it takes a letter and ends; letters are characters, holes and variables.
    fn takes(self, letter: Symbol<'_>) -> bool {
        match (self, letter) {
            (Char(own), Char(other)) => own == other,
            (Folded(own), Char(other)) => spellings(own).any(|spelling| spelling == other),
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
            (RunInField, Hole(other)) => other.shape.is_in_field(),
            (RunInWord, Char(other)) => !matches!(other, ':' | '/'),
            (Chosen, Char(other)) => other != FRESH,
            (ChosenInField, Char(other)) => !matches!(other, FRESH | ':'),
            (Chosen | ChosenInField, _) => true,
            _ => false,
        }
    }

    pub(crate) fn is_run(self) -> bool {
        matches!(self, Run | RunInField | RunInWord | Chosen | ChosenInField)
    }

    pub(crate) fn is_letter(self) -> bool {
        matches!(self, Char(_) | Hole(_) | Variable(_))
    }

    fn is_hole(self) -> bool {
        matches!(self, Hole(_))
    }
}

/// The characters of which a small letter of ASCII is the small letter: the sign of the kelvin too.
fn spellings(letter: char) -> impl Iterator<Item = char> {
    let kelvin = (letter == 'k').then_some('\u{212A}');
    [letter, letter.to_ascii_uppercase()].into_iter().chain(kelvin)
}

/// The characters that a symbol tells from others.
fn characters(symbol: Symbol<'_>) -> impl Iterator<Item = char> {
    let (own, folded) = match symbol {
        Char(own) => (Some(own), None),
        Folded(own) => (None, Some(own)),
        _ => (None, None),
    };
    own.into_iter().chain(folded.into_iter().flat_map(spellings))
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
        // What holds of all that the holes can be holds of what they are.
        if contains(pattern, &widened(subject)) == Some(true) {
            return Verdict::Yes;
        }
        // Whatever the subject's hole is, some string of the subject must be matched.
        let possible = meet(&widened(pattern), &widened(subject));
        return if possible { Verdict::Unknown } else { Verdict::No };
    }
    // What stands for the hole is the same for all strings of the subject.
    match contains(&chosen(pattern), subject) {
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

pub(crate) fn has_hole(pattern: &[Symbol<'_>]) -> bool {
    pattern.iter().any(|symbol| symbol.is_hole())
}

/// The widest that the pattern can turn out to be.
pub(crate) fn widened<'p>(pattern: &[Symbol<'p>]) -> Vec<Symbol<'p>> {
    let mut wide = Vec::with_capacity(pattern.len() + 1);
    for symbol in pattern {
        match symbol {
            Hole(unknown) => widen(unknown.shape, &mut wide),
            other => wide.push(*other),
        }
    }
    wide
}

/// Adds the pattern of all texts of a shape.
fn widen(shape: Shape, wide: &mut Vec<Symbol<'_>>) {
    match shape {
        Shape::Any => wide.push(Run),
        Shape::Name | Shape::Partition | Shape::Region => wide.extend([OneInField, RunInField]),
        Shape::Word => wide.push(RunInWord),
        Shape::Id(start) => {
            wide.extend(start.chars().map(Char));
            wide.push(RunInWord);
        }
        Shape::Arn(form) => widen_arn(form, wide),
        Shape::Account => wide.extend([OneInField; ACCOUNT_LENGTH]),
        Shape::Url => {
            wide.extend("https://".chars().map(Char));
            wide.push(Run);
        }
    }
}

/// Adds the pattern of all ARNs of a form.
fn widen_arn(form: &'static str, wide: &mut Vec<Symbol<'_>>) {
    for (place, field) in form.splitn(6, ':').enumerate() {
        if place > 0 {
            wide.push(Char(':'));
        }
        for (index, piece) in field.split("${").enumerate() {
            let (name, text) = match piece.split_once('}').filter(|_| index > 0) {
                Some((name, text)) => (Some(name), text),
                None => (None, piece),
            };
            wide.extend(name.map(|name| match place {
                5 if name.ends_with(":word") => RunInWord,
                5 => Run,
                _ => RunInField,
            }));
            wide.extend(text.chars().map(Char));
        }
    }
}

/// The digits of the id of an account.
/// Source: Account Management Reference, "View AWS account identifiers".
const ACCOUNT_LENGTH: usize = 12;

/// The pattern with what is not known of it as one text that is chosen before it is compared.
fn chosen<'p>(pattern: &[Symbol<'p>]) -> Vec<Symbol<'p>> {
    let chosen = |symbol: &Symbol<'p>| match symbol {
        Hole(unknown) if unknown.shape.is_in_field() => ChosenInField,
        Hole(_) => Chosen,
        other => *other,
    };
    pattern.iter().map(chosen).collect()
}

/// Whether some string is in both. Variables count as any string.
pub(crate) fn meet(left: &[Symbol<'_>], right: &[Symbol<'_>]) -> bool {
    let apart = |(a, b): (&Symbol<'_>, &Symbol<'_>)| match (a, b) {
        (Char(a), Char(b)) => Some(a != b),
        _ => None,
    };
    // Most pairs differ before their first wildcard.
    if left.iter().zip(right).map_while(apart).any(|differ| differ) {
        return false;
    }
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
    let without_colon = |symbol| matches!(symbol, OneInField | RunInField | RunInWord | ChosenInField);
    match (left, right) {
        (Char('/'), RunInWord) | (RunInWord, Char('/')) => false,
        (Char(a), Char(b)) | (Folded(a), Folded(b)) => a == b,
        (Folded(_), Char(_)) => left.takes(right),
        (Char(_), Folded(_)) => right.takes(left),
        (Char(a), other) | (other, Char(a)) => a != ':' || !without_colon(other),
        _ => true,
    }
}

/// Whether every string of `subject` is one of `pattern`, with holes and variables as letters;
/// `None` when the patterns are too intricate to tell.
pub(crate) fn contains(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> Option<bool> {
    if matches!(pattern, [Run]) || is_same(pattern, subject) || begins(pattern, subject) {
        return Some(true);
    }
    // One string of the subject, with a fresh character for each wildcard. Most patterns are told
    // apart by it, and where the subject is a single string it is the whole answer.
    let sample = subject.iter().map(|symbol| match symbol {
        Folded(letter) => Char(*letter),
        symbol if symbol.is_letter() => *symbol,
        _ => Char(FRESH),
    });
    let is_matched = search::matches(pattern, sample);
    if !is_matched || subject.iter().all(|symbol| symbol.is_letter()) {
        return Some(is_matched);
    }
    contains_all(pattern, subject)
}

/// Whether two patterns are symbol for symbol the same.
fn is_same(left: &[Symbol<'_>], right: &[Symbol<'_>]) -> bool {
    let same = |(a, b): (&Symbol<'_>, &Symbol<'_>)| match (a, b) {
        (Run, Run) | (RunInField, RunInField) | (One, One) | (OneInField, OneInField) => true,
        (Folded(a), Folded(b)) => a == b,
        _ => a.is_letter() && a.takes(*b),
    };
    left.len() == right.len() && left.iter().zip(right).all(same)
}

/// Whether a pattern is some characters and then a run, and a subject begins with these.
fn begins(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> bool {
    let [head @ .., Run] = pattern else { return false };
    let same = |(a, b): (&Symbol<'_>, &Symbol<'_>)| matches!((a, b), (Char(a), Char(b)) if a == b);
    head.len() <= subject.len() && head.iter().zip(subject).all(same)
}

/// The same by walking both automata together.
fn contains_all(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> Option<bool> {
    let alphabet = alphabet(pattern, subject);
    let mut seen: HashSet<(usize, Places)> = HashSet::new();
    let mut open = vec![(0, Places::start(pattern))];
    let mut work = 0usize;
    while let Some((place, set)) = open.pop() {
        work += pattern.len();
        if work > WORK_LIMIT {
            return None;
        }
        if !seen.insert((place, set.clone())) {
            continue;
        }
        let Some(symbol) = subject.get(place).copied() else {
            if !set.accepts(pattern) {
                return Some(false);
            }
            continue;
        };
        if symbol.is_run() {
            open.push((place + 1, set.clone()));
        }
        if symbol.is_letter() {
            open.push((place + 1, set.step(pattern, symbol)));
            continue;
        }
        work += pattern.len() * alphabet.len();
        // Wildcards of the subject stand for known characters; holes are taken where they stand.
        for letter in &alphabet {
            if symbol.repeats(*letter) {
                open.push((place, set.step(pattern, *letter)));
            } else if symbol.takes(*letter) {
                open.push((place + 1, set.step(pattern, *letter)));
            }
        }
    }
    Some(true)
}

/// The characters that matter: those that occur in the pattern, and one that does not.
fn alphabet(pattern: &[Symbol<'_>], subject: &[Symbol<'_>]) -> Vec<Symbol<'static>> {
    let characters = pattern.iter().chain(subject).flat_map(|symbol| characters(*symbol));
    let mut characters: Vec<char> = characters.chain([FRESH, ':', '/']).collect();
    characters.sort_unstable();
    characters.dedup();
    characters.into_iter().map(Char).collect()
}

/// A set of places in a pattern: those that can be reached by the letters so far.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Places(Vec<u64>);

impl Places {
    /// The places that are reached without a letter.
    fn start(pattern: &[Symbol<'_>]) -> Self {
        let mut places = Places(vec![0; pattern.len() / 64 + 1]);
        places.reach(pattern, 0);
        places
    }

    /// Adds a place, and those behind it that need no letter: a run can be empty.
    fn reach(&mut self, pattern: &[Symbol<'_>], mut place: usize) {
        loop {
            if let Some(word) = self.0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
            if !pattern.get(place).is_some_and(|symbol| symbol.is_run()) {
                return;
            }
            place += 1;
        }
    }

    /// The places after one more letter.
    fn step(&self, pattern: &[Symbol<'_>], letter: Symbol<'_>) -> Places {
        let mut next = Places(vec![0; self.0.len()]);
        for (index, word) in self.0.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                let place = index * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                let Some(symbol) = pattern.get(place) else { continue };
                if symbol.repeats(letter) {
                    next.reach(pattern, place);
                } else if symbol.takes(letter) {
                    next.reach(pattern, place + 1);
                }
            }
        }
        next
    }

    /// The places of the set, in order.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index * 64 + bit)
        })
    }

    fn accepts(&self, pattern: &[Symbol<'_>]) -> bool {
        self.0.get(pattern.len() / 64).is_some_and(|word| word >> (pattern.len() % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
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

pub(crate) mod search;

#[cfg(test)]
mod tests;
