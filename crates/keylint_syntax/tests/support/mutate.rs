//! Fuzzing without a fuzzer: small changes to texts that parse, the same in every run.
//!
//! To add a parser, give [`run`] seeds in its language and the tokens that matter to it.

use std::time::{Duration, Instant};

/// Pseudo-random numbers (xorshift64*), the same in every run.
pub(crate) struct Random(u64);

impl Random {
    /// Numbers that follow from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number below `bound`, or zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap_or(0) % bound.max(1)
    }
}

/// Calls `check` with changed texts: `iterations` of them, fewer on a machine so slow that they
/// take more than a minute. Each is a seed with up to four tokens or bits of other seeds put in,
/// cut out, doubled or swapped.
pub(crate) fn run(seeds: &[&str], tokens: &[&str], iterations: u64, check: impl Fn(&str)) {
    let start = Instant::now();
    for iteration in 0..iterations {
        let mut random = Random::new(iteration + 1);
        let mut text = seeds[random.below(seeds.len())].to_owned();
        for _ in 0..=random.below(4) {
            mutate(&mut text, seeds, tokens, &mut random);
        }
        let before = Instant::now();
        check(&text);
        assert!(before.elapsed() < Duration::from_secs(10), "takes too long: {text:?}");
        if start.elapsed() > Duration::from_secs(60) {
            break;
        }
    }
}

fn mutate(text: &mut String, seeds: &[&str], tokens: &[&str], random: &mut Random) {
    let at = boundary(text, random);
    let other = boundary(text, random);
    let (from, to) = (at.min(other), at.max(other));
    match random.below(7) {
        0 => text.insert_str(at, tokens[random.below(tokens.len())]),
        1 => {
            let cut = (from..=to.min(from + 8)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(from);
            text.replace_range(from..cut, "");
        }
        2 => text.truncate(at),
        3 => {
            let doubled = text[from..to].to_owned();
            text.insert_str(to, &doubled);
        }
        4 => {
            let seed = seeds[random.below(seeds.len())];
            let (a, b) = (boundary(seed, random), boundary(seed, random));
            text.insert_str(at, &seed[a.min(b)..a.max(b)]);
        }
        5 => text.replace_range(from..to, tokens[random.below(tokens.len())]),
        _ => text.insert_str(at, &tokens[random.below(tokens.len())].repeat(1 + random.below(80))),
    }

    if text.len() > 20_000 {
        let at = (0..=20_000).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
    }
}

fn boundary(text: &str, random: &mut Random) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
