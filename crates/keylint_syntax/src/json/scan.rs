//! Moves through the text: white space, skipping to where reading can go on.

use std::ops::Range;

use super::MAX_ERRORS;
use super::parser::Parser;
use crate::data::Hole;
use crate::error::{SyntaxError, SyntaxErrorKind};

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The hole that stands here, without passing it.
    pub(super) fn peek_hole(&self) -> Option<Hole> {
        // The UTF-8 form of plane 15 starts with this byte, and hardly anything else does.
        if self.peek() != Some(0xF3) {
            return None;
        }
        Hole::from_character(self.source.get(self.at..)?.chars().next()?)
    }

    /// Passes white space, and comments with a complaint about the first of them.
    pub(super) fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'#') => self.skip_comment("\n"),
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'/') => self.skip_comment("\n"),
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'*') => self.skip_comment("*/"),
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self, end: &str) {
        let start = self.at;
        let rest = self.source.get(start + 1..).unwrap_or_default();
        self.at = match rest.find(end) {
            Some(length) if end == "\n" => start + 1 + length,
            Some(length) => start + 1 + length + end.len(),
            None => self.bytes.len(),
        };
        if !self.commented {
            self.commented = true;
            let first_line = self.source.get(start..self.at).and_then(|comment| comment.lines().next());
            let length = first_line.map_or(0, str::len);
            self.error_with_help(start..start + length, "comments are not JSON", "remove the comments");
        }
    }

    /// Passes everything up to the next `,`, `}` or `]` that is not inside brackets opened on the
    /// way, whatever it is.
    pub(super) fn resynchronise(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'}' | b']' if open == 0 => return,
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                b'"' => {
                    self.skip_string();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Passes a string without reading it; one that is not closed ends with its line.
    fn skip_string(&mut self) {
        self.at += 1;
        let mut escaped = false;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\n' => return,
                b'"' if !escaped => return,
                _ => escaped = byte == b'\\' && !escaped,
            }
        }
    }

    /// Passes the characters of a word: what is not white space, punctuation or a quote.
    pub(super) fn skip_word(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"' | b'\'' => {
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    pub(super) fn error(&mut self, range: Range<usize>, message: &str) {
        self.push(SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(range), message));
    }

    /// An error for which nothing is passed over.
    pub(super) fn blemish(&mut self, range: Range<usize>, message: &str, help: Option<&str>) {
        let mut error = SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(range), message);
        error.help = help.map(str::to_owned);
        self.push(SyntaxError { loses: false, ..error });
    }

    pub(super) fn error_with_help(&mut self, range: Range<usize>, message: &str, help: &str) {
        let mut error = SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(range), message);
        error.help = Some(help.to_owned());
        self.push(error);
    }

    /// Takes in an error. After the last one that is allowed, the rest of the text is passed.
    pub(super) fn push(&mut self, error: SyntaxError) {
        if self.errors.len() >= MAX_ERRORS {
            self.stop("the text has too many errors: the rest of it is not read");
        } else if !self.stopped {
            self.errors.push(error);
        }
    }

    /// Ends reading for good at a limit.
    pub(super) fn stop(&mut self, message: &str) {
        if !self.stopped {
            let span = self.place.span(self.at..self.at);
            self.errors.push(SyntaxError::new(SyntaxErrorKind::Limit, span, message));
        }
        self.stopped = true;
        self.at = self.source.len();
    }

    /// Reports, once, that the text ends inside what `opening` opened.
    pub(super) fn ends_inside(&mut self, opening: Range<usize>, message: &str) {
        let end = self.source.len();
        let mut error = SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(end..end), message);
        error.related = Some((self.place.span(opening), "opened here".to_owned()));
        self.push(error);
        self.stopped = true;
    }
}
