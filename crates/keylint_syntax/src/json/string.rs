//! Strings: escapes, and where a string that is not closed ends.

use crate::data::Hole;
use crate::place::Builder;
use crate::text::Text;

use super::parser::Parser;

impl Parser<'_> {
    /// The string whose opening quote stands here; passes its closing quote.
    pub(super) fn string(&mut self) -> Text {
        let opening = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.place.literal(start..self.at - 1);
        }
        self.escaped_string(opening)
    }

    /// A string with escapes or mistakes; its plain start was passed.
    fn escaped_string(&mut self, opening: usize) -> Text {
        let mut builder = Builder::new(self.place);
        let mut run = opening + 1;
        let mut complained = false;
        // Asked once for a string: it may have as many lines as the text has bytes.
        let mut has_end = None;
        loop {
            self.skip_plain();
            match self.peek() {
                Some(b'"') => {
                    builder.push_literal(run..self.at);
                    self.at += 1;
                    break;
                }
                Some(b'\\') => {
                    builder.push_literal(run..self.at);
                    let from = self.at;
                    let meaning = self.escape();
                    let mut buffer = [0; 4];
                    builder.push_meaning(meaning.encode_utf8(&mut buffer), from..self.at);
                    run = self.at;
                }
                Some(byte) if byte != b'\n' || *has_end.get_or_insert_with(|| self.closes_later()) => {
                    if !complained {
                        complained = true;
                        let help = "write a line break as `\\n` and a tab as `\\t`";
                        let message = "a control character stands in a string as it is";
                        let here = self.at;
                        self.blemish(here..here + 1, message, Some(help));
                        if self.stopped {
                            // The rest of the text was passed: it is no part of the string.
                            builder.push_literal(run..here);
                            return builder.finish(opening + 1..here);
                        }
                    }
                    self.at += 1;
                }
                // A line break, or the end of the text.
                _ => {
                    let end = if self.bytes.get(self.at.wrapping_sub(1)) == Some(&b'\r') {
                        self.at - 1
                    } else {
                        self.at
                    };
                    self.error(opening..opening + 1, "the string is not closed");
                    builder.push_literal(run..end.max(run));
                    break;
                }
            }
        }
        builder.finish(opening + 1..self.at)
    }

    /// Passes characters that stand for themselves.
    fn skip_plain(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
        self.at += length.unwrap_or(rest.len());
    }

    /// Whether the string, which has a line break here, seems to be closed on a later line rather
    /// than not at all: its closing quote is then followed by what can follow a string.
    fn closes_later(&self) -> bool {
        let mut at = self.at;
        loop {
            match self.bytes.get(at) {
                None => return false,
                Some(b'\\') => at += 2,
                Some(b'"') => break,
                Some(_) => at += 1,
            }
        }
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
        matches!(next, None | Some(b',' | b'}' | b']' | b':'))
    }

    /// The character that the escape at the cursor stands for; passes the escape.
    fn escape(&mut self) -> char {
        let start = self.at;
        self.at += 2;
        match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                if let Some(code) = self.hexadecimal(start + 2) {
                    self.at = start + 6;
                    return self.unicode(code);
                }
                self.blemish(start..start + 2, "`\\u` takes four hexadecimal digits", None);
                char::REPLACEMENT_CHARACTER
            }
            _ => {
                self.at = start + 1;
                let help = "a backslash itself is written `\\\\`";
                self.blemish(start..start + 1, "JSON does not know this escape", Some(help));
                '\\'
            }
        }
    }

    /// The character of a `\u` escape whose digits were passed, with the second escape of a pair.
    fn unicode(&mut self, code: u32) -> char {
        let mut code = code;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if (0xD800..0xDC00).contains(&code)
            && rest.starts_with(b"\\u")
            && let Some(low @ 0xDC00..0xE000) = self.hexadecimal(self.at + 2)
        {
            self.at += 6;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        // Half a pair is allowed by the grammar and means nothing. An escape that spells a hole
        // must not become one: holes come from the caller alone.
        match char::from_u32(code) {
            Some(character) if Hole::from_character(character).is_none() => character,
            _ => char::REPLACEMENT_CHARACTER,
        }
    }

    fn hexadecimal(&self, at: usize) -> Option<u32> {
        let digits = self.source.get(at..at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    }

    /// Passes a string in single quotes.
    pub(super) fn skip_single_quoted(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' => {
                    self.at += 1;
                    return;
                }
                b'\n' => return,
                _ => self.at += 1,
            }
        }
    }
}
