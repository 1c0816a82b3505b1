//! What repeats what came before, found as Go's compressor does at level 6.
//!
//! Positions with the same hash of their four next bytes form a chain, newest first. A match is
//! taken only when none that begins at the next byte is longer. Go keeps twice 32 KiB of the
//! input and forgets the older half when it needs room: here the whole input is at hand, and
//! [`Search::base`] says from where on Go would still know it.

use super::blocks::{Stream, Token};

/// How far back a match may be.
const WINDOW: usize = 1 << 15;
/// The shortest match that is taken, although the format knows one of 3.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
/// A shortest match this far back takes more bits than its bytes.
const SHORTEST_DISTANCE: usize = 4096;
/// How many candidates are looked at.
const TRIES: usize = 128;
/// A match of this length ends the search for a better one at its position,
const NICE: usize = 128;
/// and one of this length that at the next position.
const LAZY: usize = 16;
const TOKENS: usize = 1 << 14;
const HASH_BITS: u32 = 17;

/// Steps of the evaluation for the tables, which are made for the shortest input too.
const TABLES: usize = 64;
/// Bytes and candidates that are looked at in the time of one step of the evaluation.
const PER_STEP: usize = 16;

/// The deflate stream of an input, or nothing where `afford` refuses the steps that it takes.
pub(super) fn deflated(input: &[u8], afford: &mut dyn FnMut(usize) -> bool) -> Option<Vec<u8>> {
    if !afford(TABLES) {
        return None;
    }
    let mut search = Search::new(input);
    loop {
        let ahead = search.known().saturating_sub(search.index);
        if ahead < SHORTEST + LONGEST {
            if !afford(std::mem::take(&mut search.work) / PER_STEP) {
                return None;
            }
            if search.known() < input.len() {
                search.forget();
                continue;
            }
            if ahead == 0 {
                break;
            }
        }
        search.step();
    }
    search.literal();
    if !search.tokens.is_empty() {
        search.end_block();
    }
    Some(search.stream.finish())
}

/// What is found at a position: how many bytes, how far back.
#[derive(Clone, Copy)]
struct Found {
    length: usize,
    distance: usize,
}

/// Nothing that is long enough.
const NOTHING: Found = Found { length: SHORTEST - 1, distance: 0 };

/// An input that is being looked through.
struct Search<'i> {
    input: &'i [u8],
    /// Where the part begins that Go has.
    base: usize,
    /// The position that is looked at.
    index: usize,
    /// Whether the byte before is neither a token nor part of one.
    pending: bool,
    /// What was found there.
    before: Found,
    /// For each hash the newest position that has it, plus 1.
    newest: Vec<u32>,
    /// For each position the next older one with its hash, plus 1; a new one takes the place of
    /// that which lies [`WINDOW`] before it.
    older: Vec<u32>,
    tokens: Vec<Token>,
    /// Where the block of these tokens begins, while that is in the part that Go has.
    block: Option<usize>,
    stream: Stream,
    /// Bytes and candidates that were looked at.
    work: usize,
}

impl<'i> Search<'i> {
    fn new(input: &'i [u8]) -> Search<'i> {
        Search {
            input,
            base: 0,
            index: 0,
            pending: false,
            before: NOTHING,
            newest: vec![0; 1 << HASH_BITS],
            older: vec![0; WINDOW],
            tokens: Vec::new(),
            block: Some(0),
            stream: Stream::new(),
            work: 0,
        }
    }

    /// Where the part ends that Go has.
    fn known(&self) -> usize {
        self.input.len().min(self.base + 2 * WINDOW)
    }

    /// Makes room for more of the input.
    fn forget(&mut self) {
        self.base += WINDOW;
        self.block = self.block.filter(|start| *start >= self.base);
    }

    /// Looks at a position: either what was found at the one before is taken, or the byte there is
    /// a literal and this position waits for the next.
    fn step(&mut self) {
        let newest = self.enter();
        let before = std::mem::replace(&mut self.before, NOTHING);
        let ahead = self.known() - self.index;
        if before.length < LAZY && before.length < ahead {
            self.before = newest.and_then(|newest| self.longest(newest)).unwrap_or(NOTHING);
        }
        if before.length >= SHORTEST && self.before.length <= before.length {
            let (length, distance) = (before.length as u16, before.distance as u16);
            self.tokens.push(Token::Match { length, distance });
            // The match began at the position before, and this one is entered.
            for _ in 2..before.length {
                self.index += 1;
                self.enter();
            }
            self.index += 1;
            self.pending = false;
            self.before = NOTHING;
            if self.tokens.len() == TOKENS {
                self.end_block();
            }
        } else {
            self.literal();
            if self.tokens.len() == TOKENS {
                self.end_block();
            }
            self.index += 1;
            self.pending = true;
        }
    }

    /// Makes a literal of the byte before, if it is not part of a token.
    fn literal(&mut self) {
        let byte = self.index.checked_sub(1).and_then(|before| self.input.get(before));
        if let Some(byte) = byte.filter(|_| std::mem::take(&mut self.pending)) {
            self.tokens.push(Token::Literal(*byte));
        }
    }

    /// Writes the tokens, which stand for what lies before the position.
    fn end_block(&mut self) {
        let input = self.block.and_then(|start| self.input.get(start..self.index));
        self.stream.block(&self.tokens, input);
        self.block = Some(self.index);
        self.tokens.clear();
    }

    /// Enters the position in the chain of its hash and gives the newest one before it.
    fn enter(&mut self) -> Option<usize> {
        self.work += 1;
        let bytes = self.input.get(self.index..self.known())?.first_chunk::<4>()?;
        let hash = u32::from_be_bytes(*bytes).wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS);
        let newest = self.newest.get_mut(hash as usize)?;
        let before = std::mem::replace(newest, self.index as u32 + 1);
        *self.older.get_mut(self.index % WINDOW)? = before;
        before.checked_sub(1).map(|before| before as usize)
    }

    /// The longest match at the position in the chain from `newest` on, the nearest of several.
    fn longest(&mut self, newest: usize) -> Option<Found> {
        let first = self.base.max(self.index.saturating_sub(WINDOW));
        let here = self.input.get(self.index..self.known().min(self.index + LONGEST))?;
        let mut best = NOTHING;
        let mut candidate = newest;
        for _ in 0..TRIES {
            if candidate < first {
                break;
            }
            self.work += 1;
            let there = self.input.get(candidate..)?;
            if there.get(best.length) == here.get(best.length) {
                let length = there.iter().zip(here).take_while(|(there, here)| there == here).count();
                self.work += length / 8;
                let distance = self.index - candidate;
                if length > best.length && (length > SHORTEST || distance <= SHORTEST_DISTANCE) {
                    best = Found { length, distance };
                    if length >= NICE.min(here.len()) {
                        break;
                    }
                }
            }
            // What stood there of a position so far back is overwritten by this one.
            if candidate + WINDOW == self.index {
                break;
            }
            match self.older.get(candidate % WINDOW)?.checked_sub(1) {
                Some(older) => candidate = older as usize,
                None => break,
            }
        }
        (best.length >= SHORTEST).then_some(best)
    }
}
