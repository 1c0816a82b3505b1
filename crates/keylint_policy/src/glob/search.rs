//! A string that some patterns match and others do not.
//!
//! The difference of unions of patterns is a regular language too: walk the automata of all of them
//! together, breadth first, until every wanted pattern accepts and no unwanted one does. A wanted
//! pattern is walked place by place (any one way to match is enough), an unwanted one with the set of
//! its places (no way may match). Most questions are answered before that by one sample string, or
//! by an unwanted pattern that covers a wanted one.

use std::collections::HashSet;

use super::{FRESH, LENGTH_LIMIT, Places, Symbol, characters, contains, meet, widened};
use Symbol::{Char, Folded, One, OneInField, Run, RunInField};

/// How many words of states are kept before a search is given up, which takes some milliseconds.
const STATE_LIMIT: usize = 1 << 17;

/// A string, letter by letter: characters, and holes and variables for what stands for them.
pub(crate) type Letters<'p> = Vec<Symbol<'p>>;

/// The answer of a search.
#[derive(Clone, Debug)]
pub(crate) enum Found<'p> {
    /// This string.
    Some(Letters<'p>),
    /// There certainly is none.
    None,
    /// There may be one: what stands for holes decides, or the patterns are too intricate.
    Maybe,
}

/// Whether a pattern matches a string of letters.
pub(crate) fn accepts(pattern: &[Symbol<'_>], letters: &[Symbol<'_>]) -> bool {
    let apart = |(a, b): (&Symbol<'_>, &Symbol<'_>)| match (a, b) {
        (Char(a), Char(b)) => Some(a != b),
        _ => None,
    };
    // Most pairs differ before their first wildcard.
    if pattern.iter().zip(letters).map_while(apart).any(|differ| differ) {
        return false;
    }
    if matches!(pattern, [Run]) {
        return true;
    }
    matches(pattern, letters.iter().copied())
}

/// The same for any letters.
pub(super) fn matches<'p>(pattern: &[Symbol<'_>], letters: impl Iterator<Item = Symbol<'p>>) -> bool {
    if pattern.len() < 128 {
        return matches_short(pattern, letters);
    }
    let mut set = Places::start(pattern);
    for letter in letters {
        set = set.step(pattern, letter);
        if set.is_empty() {
            return false;
        }
    }
    set.accepts(pattern)
}

/// The same with the set of places in one number: nearly every pattern is short enough.
fn matches_short<'p>(pattern: &[Symbol<'_>], letters: impl Iterator<Item = Symbol<'p>>) -> bool {
    let reach = |set: u128, mut place: usize| {
        let mut set = set | 1 << place;
        while pattern.get(place).is_some_and(|symbol| symbol.is_run()) {
            place += 1;
            set |= 1 << place;
        }
        set
    };
    let mut set = reach(0, 0);
    for letter in letters {
        let mut next = 0;
        let mut rest = set;
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let Some(symbol) = pattern.get(place) else { continue };
            if symbol.repeats(letter) {
                next = reach(next, place);
            } else if symbol.takes(letter) {
                next = reach(next, place + 1);
            }
        }
        if next == 0 {
            return false;
        }
        set = next;
    }
    set >> pattern.len() & 1 == 1
}

/// A string that each of the wanted patterns matches and none of the unwanted. Holes are letters: the
/// same on all sides and equal to nothing else. With several wanted patterns that is not all that a
/// hole can be, so that the answer can be [`Found::Maybe`].
pub(crate) fn find<'p>(wanted: &[&[Symbol<'p>]], unwanted: &[&[Symbol<'p>]]) -> Found<'p> {
    let Some((first, others)) = wanted.split_first() else { return find(&[&[Run]], unwanted) };
    if wanted.iter().chain(unwanted).any(|pattern| pattern.len() > LENGTH_LIMIT) {
        return Found::Maybe;
    }
    for pattern in wanted {
        let sample = sample(pattern, Words::Speaking);
        if fits(&sample, wanted, unwanted) {
            return Found::Some(sample);
        }
    }
    if let [only] = wanted
        && unwanted.iter().any(|other| contains(other, only) == Some(true))
    {
        return Found::None;
    }
    let wide: Vec<_> = wanted.iter().map(|pattern| widened(pattern)).collect();
    let apart =
        |(at, pattern): (usize, &Vec<Symbol<'p>>)| wide.iter().skip(at + 1).any(|w| !meet(pattern, w));
    if wide.iter().enumerate().any(apart) {
        return Found::None;
    }
    let unwanted: Vec<&[Symbol<'p>]> =
        unwanted.iter().copied().filter(|pattern| wide.iter().all(|w| meet(&widened(pattern), w))).collect();
    // A pattern without wildcards is one string, and the answer.
    for pattern in wanted {
        if pattern.iter().all(|symbol| symbol.is_letter()) && !pattern.iter().any(|symbol| is_open(*symbol)) {
            return if fits(pattern, wanted, &unwanted) {
                Found::Some(pattern.to_vec())
            } else {
                Found::None
            };
        }
    }
    for words in [Words::Short, Words::Empty] {
        for pattern in wanted {
            let sample = sample(pattern, words);
            if fits(&sample, wanted, &unwanted) {
                return Found::Some(sample);
            }
        }
    }
    let closed = |pattern: &[Symbol<'p>]| unwanted.iter().any(|other| contains(other, pattern) == Some(true));
    if wanted.iter().any(|pattern| closed(pattern)) {
        return Found::None;
    }
    match walk(wanted, &unwanted) {
        // What is in a hole of one pattern can be what another one spells out.
        Found::None if !others.is_empty() && wanted.iter().any(|p| p.iter().any(|s| is_open(*s))) => {
            let alone = |pattern: &&[Symbol<'p>]| !matches!(walk(&[pattern], &unwanted), Found::None);
            if alone(first) && others.iter().all(alone) { Found::Maybe } else { Found::None }
        }
        found => found,
    }
}

fn is_open(symbol: Symbol<'_>) -> bool {
    matches!(symbol, Symbol::Hole(_) | Symbol::Variable(_))
}

fn fits(letters: &[Symbol<'_>], wanted: &[&[Symbol<'_>]], unwanted: &[&[Symbol<'_>]]) -> bool {
    wanted.iter().all(|pattern| accepts(pattern, letters))
        && !unwanted.iter().any(|pattern| accepts(pattern, letters))
}

/// What stands for the wildcards of a sample.
#[derive(Clone, Copy)]
enum Words {
    /// What a person would write there.
    Speaking,
    /// One letter.
    Short,
    /// Nothing, where nothing can be.
    Empty,
}

/// One string of a pattern.
fn sample<'p>(pattern: &[Symbol<'p>], words: Words) -> Letters<'p> {
    let is_arn = pattern.iter().take(4).map(|symbol| char_of(*symbol)).eq("arn:".chars().map(Some));
    let mut field = 0;
    let mut letters = Letters::new();
    for symbol in pattern {
        match symbol {
            Char(':') => {
                field += 1;
                letters.push(*symbol);
            }
            letter if letter.is_letter() => letters.push(*letter),
            Folded(letter) => letters.push(Char(*letter)),
            One | OneInField => letters.push(Char('x')),
            _ => {
                let word = match (words, field) {
                    (Words::Empty, _) => "",
                    (Words::Short, _) => "x",
                    (Words::Speaking, 1) if is_arn => "aws",
                    (Words::Speaking, 3) if is_arn => "us-east-1",
                    (Words::Speaking, 4) if is_arn => "111122223333",
                    (Words::Speaking, _) => "example",
                };
                letters.extend(word.chars().map(Char));
            }
        }
    }
    letters
}

fn char_of(symbol: Symbol<'_>) -> Option<char> {
    match symbol {
        Char(character) => Some(character),
        _ => None,
    }
}

/// A state of the walk: a place in each wanted pattern, the places of the unwanted ones.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    wanted: Vec<u16>,
    unwanted: Vec<Places>,
}

/// The shortest such string, by walking all automata together.
fn walk<'p>(wanted: &[&[Symbol<'p>]], unwanted: &[&[Symbol<'p>]]) -> Found<'p> {
    let fresh = fresh(wanted, unwanted);
    let start = State {
        wanted: vec![0; wanted.len()],
        unwanted: unwanted.iter().map(|pattern| Places::start(pattern)).collect(),
    };
    let words =
        start.wanted.len() / 4 + start.unwanted.iter().map(|places| places.0.len() + 3).sum::<usize>() + 8;
    let mut seen: HashSet<State> = HashSet::from([start.clone()]);
    // Each state with the step that led to it; the list is the queue.
    let mut queue: Vec<(State, usize, Option<Symbol<'p>>)> = vec![(start, 0, None)];
    let mut next = 0;
    while let Some((state, _, _)) = queue.get(next).cloned() {
        if queue.len() * words > STATE_LIMIT {
            return Found::Maybe;
        }
        let ended =
            state.wanted.iter().zip(wanted).all(|(place, pattern)| usize::from(*place) == pattern.len());
        if ended && !state.unwanted.iter().zip(unwanted).any(|(places, pattern)| places.accepts(pattern)) {
            return Found::Some(trace(&queue, next));
        }
        for (follower, letter) in followers(&state, wanted, unwanted, fresh) {
            if seen.insert(follower.clone()) {
                queue.push((follower, next, letter));
            }
        }
        next += 1;
    }
    Found::None
}

fn trace<'p>(queue: &[(State, usize, Option<Symbol<'p>>)], mut at: usize) -> Letters<'p> {
    let mut letters = Letters::new();
    while let Some((_, from, letter)) = queue.get(at) {
        letters.extend(*letter);
        if at == 0 {
            break;
        }
        at = *from;
    }
    letters.reverse();
    letters
}

fn followers<'p>(
    state: &State,
    wanted: &[&[Symbol<'p>]],
    unwanted: &[&[Symbol<'p>]],
    fresh: char,
) -> Vec<(State, Option<Symbol<'p>>)> {
    let mut followers = Vec::new();
    let symbols: Vec<Option<Symbol<'p>>> = state
        .wanted
        .iter()
        .zip(wanted)
        .map(|(place, pattern)| pattern.get(usize::from(*place)).copied())
        .collect();
    for (index, symbol) in symbols.iter().enumerate() {
        if symbol.is_some_and(Symbol::is_run) {
            let mut follower = state.clone();
            follower.wanted.iter_mut().skip(index).take(1).for_each(|place| *place += 1);
            followers.push((follower, None));
        }
    }
    let Some(symbols) = symbols.into_iter().collect::<Option<Vec<_>>>() else { return followers };
    let letters = match symbols.iter().find(|symbol| symbol.is_letter()) {
        Some(only) => vec![*only],
        None => letters_that_matter(state, &symbols, unwanted, fresh),
    };
    for letter in letters {
        let step = |(place, symbol): (&u16, &Symbol<'p>)| {
            if symbol.repeats(letter) {
                Some(*place)
            } else if symbol.takes(letter) {
                Some(place + 1)
            } else {
                None
            }
        };
        let places: Option<Vec<u16>> = state.wanted.iter().zip(&symbols).map(step).collect();
        let Some(places) = places else { continue };
        let sets = state.unwanted.iter().zip(unwanted).map(|(set, pattern)| set.step(pattern, letter));
        followers.push((State { wanted: places, unwanted: sets.collect() }, Some(letter)));
    }
    followers
}

/// The characters by which the patterns can tell strings apart in a state: those that come next in the
/// unwanted ones, those of the wanted `symbols`, and one that occurs in none.
fn letters_that_matter<'p>(
    state: &State,
    symbols: &[Symbol<'p>],
    unwanted: &[&[Symbol<'p>]],
    fresh: char,
) -> Vec<Symbol<'p>> {
    let mut letters = vec![fresh, ':'];
    letters.extend(symbols.iter().flat_map(|symbol| characters(*symbol)));
    for (set, pattern) in state.unwanted.iter().zip(unwanted) {
        let next = set.iter().filter_map(|place| pattern.get(place));
        letters.extend(next.flat_map(|symbol| characters(*symbol)));
    }
    let mut seen = HashSet::new();
    letters.into_iter().filter(|character| seen.insert(*character)).map(Char).collect()
}

/// A character that occurs in no pattern, a readable one where there is one.
fn fresh(wanted: &[&[Symbol<'_>]], unwanted: &[&[Symbol<'_>]]) -> char {
    let used: HashSet<char> = wanted
        .iter()
        .chain(unwanted)
        .flat_map(|pattern| pattern.iter())
        .flat_map(|symbol| characters(*symbol))
        .collect();
    let readable = "xyzqjkvwabcdefghilmnoprstu0123456789-_XYZQJKVW";
    readable.chars().find(|character| !used.contains(character)).unwrap_or(FRESH)
}

/// The pattern of everything that is shaped like an ARN.
pub(crate) fn any_arn() -> Vec<Symbol<'static>> {
    let mut symbols: Vec<Symbol<'static>> = "arn".chars().map(Char).collect();
    for _ in 0..4 {
        symbols.extend([Char(':'), RunInField]);
    }
    symbols.extend([Char(':'), Run]);
    symbols
}
