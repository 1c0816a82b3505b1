//! Where the parsed text is: in a file, or inside another string.

use std::ops::Range;

use keylint_source::{FileId, Span};

use crate::text::{Segment, Text};

/// What offsets of the parsed text mean.
#[derive(Clone, Copy)]
pub(super) enum Place<'t> {
    /// The text is that of a file, from this offset on.
    File(FileId, usize),
    /// The text is a decoded string.
    Text(&'t Text),
}

impl Place<'_> {
    /// The span of a range of the text.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        match self {
            Place::File(file, shift) => Span::new(*file, range.start + shift, range.end + shift),
            Place::Text(text) => text.span_of(range).unwrap_or(Span::new(FileId::NOWHERE, 0, 0)),
        }
    }
}

/// Decodes the literal parts of strings, keeping the map to what they were written as.
#[derive(Clone, Copy)]
pub(super) struct Literals<'t> {
    pub(super) text: &'t str,
    pub(super) place: Place<'t>,
}

/// One step through a literal.
struct Atom {
    /// How many bytes it is written as.
    written: usize,
    /// What it means, where that is not simply what is written.
    meaning: Option<Meaning>,
}

enum Meaning {
    Char(char),
    Marker(&'static str),
}

impl Literals<'_> {
    /// Decodes the ranges, one after the other. Backslashes are escapes in quoted strings only.
    pub(super) fn decode(&self, ranges: &[Range<usize>], quoted: bool) -> Text {
        if let [range] = ranges {
            let written = self.written(range);
            if !needs_decoding(written, quoted) {
                return self.exact(range.clone());
            }
        }
        let mut builder =
            Builder { literals: self, decoded: String::new(), segments: Vec::new(), texts: Vec::new() };
        for range in ranges {
            let mut run = range.start;
            let mut at = range.start;
            while let Some(plain) = self.text.get(at..range.end).and_then(|rest| rest.find(['\\', '$', '%']))
            {
                at += plain;
                let atom = self.atom(at, range.end, quoted);
                if let Some(meaning) = atom.meaning {
                    builder.push_exact(run..at);
                    builder.push_meaning(&meaning, at..at + atom.written);
                    run = at + atom.written;
                }
                at += atom.written;
            }
            builder.push_exact(run..range.end);
        }
        builder.finish(ranges.first().map_or(0, |range| range.start))
    }

    /// The part of `range` that is left when white space is dropped from its start.
    pub(super) fn trim_start(&self, range: Range<usize>, quoted: bool) -> Range<usize> {
        let mut at = range.start;
        while at < range.end {
            let atom = self.atom(at, range.end, quoted);
            if !self.is_space(at, &atom) {
                break;
            }
            at += atom.written;
        }
        at..range.end
    }

    /// The part of `range` that is left when white space is dropped from its end.
    pub(super) fn trim_end(&self, range: Range<usize>, quoted: bool) -> Range<usize> {
        let (mut at, mut end) = (range.start, range.start);
        while at < range.end {
            let atom = self.atom(at, range.end, quoted);
            let is_space = self.is_space(at, &atom);
            at += atom.written;
            if !is_space {
                end = at;
            }
        }
        range.start..end
    }

    pub(super) fn written(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn exact(&self, range: Range<usize>) -> Text {
        match self.place {
            Place::File(..) => Text::at(self.written(&range), self.place.span(range)),
            Place::Text(text) => text.slice(range),
        }
    }

    fn is_space(&self, at: usize, atom: &Atom) -> bool {
        match atom.meaning {
            Some(Meaning::Char(character)) => character.is_whitespace(),
            Some(Meaning::Marker(_)) => false,
            None => self.written(&(at..at + atom.written)).chars().all(char::is_whitespace),
        }
    }

    fn atom(&self, at: usize, end: usize, quoted: bool) -> Atom {
        let rest = self.text.get(at..end).unwrap_or_default();
        if rest.starts_with("$${") {
            return Atom { written: 3, meaning: Some(Meaning::Marker("${")) };
        }
        if rest.starts_with("%%{") {
            return Atom { written: 3, meaning: Some(Meaning::Marker("%{")) };
        }
        if quoted && let Some(escape) = rest.strip_prefix('\\') {
            let hexadecimal = |digits: usize| {
                let code = escape.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                (2 + digits, code.and_then(char::from_u32))
            };
            let (written, meaning) = match escape.bytes().next() {
                Some(b'n') => (2, Some('\n')),
                Some(b'r') => (2, Some('\r')),
                Some(b't') => (2, Some('\t')),
                Some(b'"') => (2, Some('"')),
                Some(b'\\') => (2, Some('\\')),
                Some(b'u') => hexadecimal(4),
                Some(b'U') => hexadecimal(8),
                _ => (1, None),
            };
            if let Some(character) = meaning {
                return Atom { written, meaning: Some(Meaning::Char(character)) };
            }
        }
        // Never zero, so that every loop over atoms ends.
        Atom { written: rest.chars().next().map_or(1, char::len_utf8), meaning: None }
    }
}

fn needs_decoding(written: &str, quoted: bool) -> bool {
    (quoted && written.contains('\\')) || written.contains("$${") || written.contains("%%{")
}

/// Puts a decoded string and its map together.
struct Builder<'l> {
    literals: &'l Literals<'l>,
    decoded: String,
    segments: Vec<Segment>,
    /// Used instead of the other two when the text is itself a decoded string.
    texts: Vec<Text>,
}

impl Builder<'_> {
    fn push_exact(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if let Place::Text(text) = self.literals.place {
            self.texts.push(text.slice(range));
            return;
        }
        let span = self.literals.place.span(range.clone());
        match self.segments.last_mut() {
            Some(last) if last.exact && last.span.end == span.start => last.span.end = span.end,
            _ => self.segments.push(Segment { start: self.offset(), span, exact: true }),
        }
        self.decoded.push_str(self.literals.written(&range));
    }

    fn push_meaning(&mut self, meaning: &Meaning, range: Range<usize>) {
        let span = self.literals.place.span(range);
        let segment = Segment { start: self.offset(), span, exact: false };
        let mut buffer = [0; 4];
        let decoded: &str = match meaning {
            Meaning::Char(character) => character.encode_utf8(&mut buffer),
            Meaning::Marker(marker) => marker,
        };
        if matches!(self.literals.place, Place::Text(_)) {
            let text = if span.file == FileId::NOWHERE {
                Text::synthetic(decoded)
            } else {
                Text::mapped(decoded, vec![Segment { start: 0, ..segment }])
            };
            self.texts.push(text);
            return;
        }
        self.segments.push(segment);
        self.decoded.push_str(decoded);
    }

    fn offset(&self) -> u32 {
        u32::try_from(self.decoded.len()).unwrap_or(u32::MAX)
    }

    /// The result; `start` is where it would be if it is empty.
    fn finish(self, start: usize) -> Text {
        if !self.texts.is_empty() {
            return Text::concat(&self.texts);
        }
        if self.segments.is_empty() {
            return self.literals.exact(start..start);
        }
        Text::mapped(self.decoded, self.segments)
    }
}
