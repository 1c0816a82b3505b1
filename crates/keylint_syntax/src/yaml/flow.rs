//! Maps of plain and quoted scalars.

use std::ops::Range;

use crate::place::{Builder, Place};

/// Adds the inside of a plain or quoted scalar: line breaks fold, quotes and escapes are decoded.
/// The caller compares the result with what the parser decoded.
pub(super) struct Flow<'s, 't> {
    pub(super) source: &'s str,
    pub(super) place: Place<'t>,
    /// The quote, when there is one.
    pub(super) quote: Option<u8>,
}

impl<'t> Flow<'_, 't> {
    pub(super) fn decode(&self, range: Range<usize>) -> Builder<'t> {
        let bytes = self.source.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().filter(|_| at < range.end);
        let mut builder = Builder::new(self.place);
        let (mut run, mut at) = (range.start, range.start);
        while let Some(here) = byte(at) {
            match here {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    let end = skip_space(bytes, at, range.end);
                    let written = self.source.get(at..end).unwrap_or_default();
                    let breaks = written.bytes().filter(|byte| *byte == b'\n').count();
                    if breaks > 0 {
                        builder.push_literal(run..at);
                        let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
                        builder.push_meaning(&folded, at..end);
                        run = end;
                    }
                    at = end;
                }
                b'\'' if self.quote == Some(b'\'') && byte(at + 1) == Some(b'\'') => {
                    builder.push_literal(run..at);
                    builder.push_meaning("'", at..at + 2);
                    at += 2;
                    run = at;
                }
                b'\\' if self.quote == Some(b'"') => {
                    builder.push_literal(run..at);
                    let (meaning, end) = self.escape(at, range.end);
                    builder.push_meaning(&meaning, at..end);
                    at = end;
                    run = at;
                }
                _ => at += 1,
            }
        }
        builder.push_literal(run..range.end);
        builder
    }

    /// What the escape at `at` stands for, and where it ends.
    fn escape(&self, at: usize, limit: usize) -> (String, usize) {
        let bytes = self.source.as_bytes();
        let simple = |meaning: &str| (meaning.to_owned(), at + 2);
        match bytes.get(at + 1) {
            Some(b'0') => simple("\0"),
            Some(b'a') => simple("\u{7}"),
            Some(b'b') => simple("\u{8}"),
            Some(b't' | b'\t') => simple("\t"),
            Some(b'n') => simple("\n"),
            Some(b'v') => simple("\u{b}"),
            Some(b'f') => simple("\u{c}"),
            Some(b'r') => simple("\r"),
            Some(b'e') => simple("\u{1b}"),
            Some(b'N') => simple("\u{85}"),
            Some(b'_') => simple("\u{a0}"),
            Some(b'L') => simple("\u{2028}"),
            Some(b'P') => simple("\u{2029}"),
            Some(b'x') => self.hexadecimal(at, 2),
            Some(b'u') => self.hexadecimal(at, 4),
            Some(b'U') => self.hexadecimal(at, 8),
            Some(b'\r' | b'\n') => {
                let end = skip_space(bytes, at + 1, limit);
                let written = self.source.get(at..end).unwrap_or_default();
                let breaks = written.bytes().filter(|byte| *byte == b'\n').count();
                ("\n".repeat(breaks.saturating_sub(1)), end)
            }
            Some(other) if other.is_ascii() => simple(char::from(*other).encode_utf8(&mut [0; 4])),
            _ => (String::new(), at + 1),
        }
    }

    fn hexadecimal(&self, at: usize, digits: usize) -> (String, usize) {
        let code = |at: usize| u32::from_str_radix(self.source.get(at..at + digits)?, 16).ok();
        let mut end = at + 2 + digits;
        let mut value = code(at + 2).unwrap_or(0xFFFD);
        if (0xD800..0xDC00).contains(&value)
            && let Some(low @ 0xDC00..0xE000) = code(end + 2)
        {
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
            end += 2 + digits;
        }
        (char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(), end)
    }
}

fn skip_space(bytes: &[u8], from: usize, limit: usize) -> usize {
    let mut at = from;
    while at < limit && matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}
