//! Where a parsed text lies: the parsers work on offsets, and this makes places of them.
//!
//! A file is by far the most common input, and in it an offset is a place but for a constant. A
//! decoded string needs a search in its map for every token, which is why the two are told apart
//! once, at the start of parsing.

use std::ops::Range;

use keylint_source::{FileId, Span};

use crate::text::{Segment, Text};

/// Makes spans and mapped strings out of ranges of a text.
#[derive(Clone, Copy)]
pub(crate) struct Place<'t> {
    text: &'t Text,
    direct: Option<Span>,
}

impl<'t> Place<'t> {
    pub(crate) fn new(text: &'t Text) -> Self {
        Place { text, direct: text.exact_span() }
    }

    /// Where a range of the text was written; nowhere when the text was.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        match self.direct {
            Some(whole) => {
                let at = |offset: usize| {
                    whole.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)).min(whole.end)
                };
                Span { start: at(range.start), end: at(range.end), ..whole }
            }
            None => self.text.span_of(range).unwrap_or(Span { file: FileId::NOWHERE, start: 0, end: 0 }),
        }
    }

    /// A range of the text as it stands.
    pub(crate) fn literal(&self, range: Range<usize>) -> Text {
        match self.direct {
            Some(_) => {
                let written = self.text.as_str().get(range.clone()).unwrap_or_default();
                Text::at(written, self.span(range))
            }
            None => self.text.slice(range),
        }
    }
}

impl Place<'_> {
    /// A string that stands for a range of the text as a whole.
    pub(crate) fn opaque(&self, meaning: &str, range: Range<usize>) -> Text {
        let span = self.span(range);
        if span.file == FileId::NOWHERE {
            return Text::synthetic(meaning);
        }
        Text::mapped(meaning, vec![Segment { start: 0, span, exact: false }])
    }
}

/// Puts together a string that is not written as it reads, with its map.
pub(crate) struct Builder<'t> {
    place: Place<'t>,
    decoded: String,
    segments: Vec<Segment>,
    /// Used instead of the segments when the parsed text has a map of its own.
    parts: Vec<Text>,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(place: Place<'t>) -> Self {
        Builder { place, decoded: String::new(), segments: Vec::new(), parts: Vec::new() }
    }

    /// Adds a range of the text as it stands.
    pub(crate) fn push_literal(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if self.place.direct.is_none() {
            self.parts.push(self.place.text.slice(range));
            return;
        }
        let written = self.place.text.as_str().get(range.clone()).unwrap_or_default();
        let span = self.place.span(range);
        match self.segments.last_mut() {
            Some(last) if last.exact && last.span.end == span.start => last.span.end = span.end,
            _ => self.segments.push(Segment { start: offset(&self.decoded), span, exact: true }),
        }
        self.decoded.push_str(written);
    }

    /// Adds what a range of the text stands for.
    pub(crate) fn push_meaning(&mut self, meaning: &str, range: Range<usize>) {
        if self.place.direct.is_some() {
            let span = self.place.span(range);
            self.segments.push(Segment { start: offset(&self.decoded), span, exact: false });
            self.decoded.push_str(meaning);
        } else {
            self.parts.push(self.place.opaque(meaning, range));
        }
    }

    /// The string; an empty one is placed at `range`.
    pub(crate) fn finish(self, range: Range<usize>) -> Text {
        if self.parts.is_empty() && self.segments.is_empty() {
            return Text::at("", self.place.span(range.start..range.start));
        }
        if self.place.direct.is_some() {
            return Text::mapped(self.decoded, self.segments);
        }
        Text::concat(&self.parts)
    }
}

fn offset(decoded: &str) -> u32 {
    u32::try_from(decoded.len()).unwrap_or(u32::MAX)
}
