//! The fingerprint of a line by which GitHub code scanning follows an alert from commit to commit.
//!
//! GitHub matches alerts by `primaryLocationLineHash` alone. Its upload action computes it where
//! it is absent, the REST interface does not, so it is computed here in the same way: a rolling
//! hash over the 100 characters from the start of the line on, white space left out, followed by
//! the number of times that the same hash was met in the file before.
//!
//! Source: the published behaviour of github/codeql-action, `src/fingerprints.ts`.

use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u64 = 65_535;

/// The hash of every line of a text, first line first.
pub(crate) fn line_hashes(text: &str) -> Vec<String> {
    let mut hasher = Hasher::new();
    let mut after_return = false;
    for unit in text.trim_start_matches('\u{feff}').encode_utf16() {
        let is_newline = unit == u16::from(b'\n');
        if unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_return && is_newline) {
            after_return = false;
            continue;
        }
        after_return = unit == u16::from(b'\r');
        hasher.take(if after_return { u64::from(b'\n') } else { u64::from(unit) });
    }
    hasher.take(END_OF_FILE);
    hasher.finish()
}

struct Hasher {
    window: [u64; WINDOW],
    lines: [Option<usize>; WINDOW],
    at: usize,
    hash: u64,
    first_power: u64,
    line_starts: bool,
    seen: HashMap<u64, usize>,
    hashes: Vec<String>,
    line_count: usize,
}

impl Hasher {
    fn new() -> Self {
        Hasher {
            window: [0; WINDOW],
            lines: [None; WINDOW],
            at: 0,
            hash: 0,
            first_power: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            line_starts: true,
            seen: HashMap::new(),
            hashes: Vec::new(),
            line_count: 0,
        }
    }

    fn take(&mut self, unit: u64) {
        self.output();
        if self.line_starts {
            self.line_starts = false;
            if let Some(slot) = self.lines.get_mut(self.at) {
                *slot = Some(self.line_count);
            }
            self.line_count += 1;
        }
        if unit == u64::from(b'\n') {
            self.line_starts = true;
        }
        self.roll(unit);
    }

    fn output(&mut self) {
        let Some(line) = self.lines.get_mut(self.at).and_then(Option::take) else { return };
        let count = self.seen.entry(self.hash).or_insert(0);
        *count += 1;
        if self.hashes.len() <= line {
            self.hashes.resize(line + 1, String::new());
        }
        if let Some(slot) = self.hashes.get_mut(line) {
            *slot = format!("{:x}:{count}", self.hash);
        }
    }

    fn roll(&mut self, unit: u64) {
        let Some(slot) = self.window.get_mut(self.at) else { return };
        let leaving = std::mem::replace(slot, unit);
        self.hash = BASE
            .wrapping_mul(self.hash)
            .wrapping_add(unit)
            .wrapping_sub(self.first_power.wrapping_mul(leaving));
        self.at = (self.at + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.output();
            self.roll(0);
        }
        self.hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_does_not_change_a_hash_and_repeated_lines_are_counted() {
        assert_eq!(line_hashes("a = 1\r\nb\n"), line_hashes("a=1\n  b\n"));
        let text = format!("{}x\n", "same\n".repeat(60));
        let hashes = line_hashes(&text);
        assert_eq!(hashes.len(), 62);
        assert!(hashes[0].ends_with(":1") && hashes[1].ends_with(":2"), "{hashes:?}");
        assert_ne!(line_hashes("a\n"), line_hashes("b\n"));
    }

    /// Vectors of the algorithm's published tests.
    #[test]
    fn known_hashes_are_met() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            line_hashes(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
    }
}
