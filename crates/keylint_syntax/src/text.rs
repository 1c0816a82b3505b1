//! A decoded string that knows which bytes it came from.
//!
//! Decoding moves characters: escapes shrink, heredoc indentation and YAML block scalars drop
//! bytes, a policy inside a string is decoded twice. Each [`Text`] therefore keeps segments that
//! say which bytes of which file a part of the decoded string was written at. A policy parsed out
//! of a `Text` points at its tokens through this map.

use std::ops::Range;
use std::sync::Arc;

use keylint_source::{SourceFile, Span};

/// Where a part of a decoded string was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Offset in the decoded string where the segment starts; it ends where the next one starts.
    pub start: u32,
    /// The bytes it was written at.
    pub span: Span,
    /// Whether decoded bytes and source bytes correspond one to one. Otherwise (an escape, a
    /// function's result) every part of the segment stands for the whole span.
    pub exact: bool,
}

#[derive(Clone, Debug)]
enum Map {
    /// Made by keylint, written nowhere.
    None,
    /// One segment over everything: by far the most common, and free of allocation.
    Whole(Span, bool),
    Segments(Arc<Segments>),
}

#[derive(Clone, Debug)]
struct Segments {
    /// Sorted by `start`; the first starts at 0.
    list: Vec<Segment>,
    /// The expression that puts the string together, where parts of it are written elsewhere.
    within: Option<Span>,
}

impl Segments {
    fn at(&self, offset: usize) -> usize {
        self.list.partition_point(|segment| segment.start as usize <= offset).saturating_sub(1)
    }
}

/// A decoded string with the map to its source. Cheap to clone. Compares by content alone.
#[derive(Clone, Debug)]
pub struct Text {
    decoded: Arc<str>,
    map: Map,
}

impl Text {
    /// A string that was written nowhere: a default, a computed value.
    pub fn synthetic(decoded: impl Into<Arc<str>>) -> Self {
        Text { decoded: decoded.into(), map: Map::None }
    }

    /// A string whose bytes are exactly those of `span`, when the lengths agree; otherwise each
    /// part of it stands for the whole span.
    pub fn at(decoded: impl Into<Arc<str>>, span: Span) -> Self {
        let decoded = decoded.into();
        let exact = decoded.len() == span.len();
        Text { decoded, map: Map::Whole(span, exact) }
    }

    /// A string with a segment map. Segments must be sorted by start and begin at 0.
    pub fn mapped(decoded: impl Into<Arc<str>>, segments: Vec<Segment>) -> Self {
        let map = match segments.as_slice() {
            [] => Map::None,
            [only] => Map::Whole(only.span, only.exact),
            _ => Map::Segments(Arc::new(Segments { list: segments, within: None })),
        };
        Text { decoded: decoded.into(), map }
    }

    /// The same string as one that an expression puts together. What stands between two of its parts need
    /// not belong to it where one of them is written outside of the expression.
    #[must_use]
    pub fn within(mut self, expression: Span) -> Self {
        if let Map::Segments(segments) = &mut self.map
            && segments.list.iter().any(|segment| !expression.contains(segment.span))
        {
            Arc::make_mut(segments).within = Some(expression);
        }
        self
    }

    /// The decoded string.
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// The decoded string, shared.
    pub fn shared(&self) -> &Arc<str> {
        &self.decoded
    }

    /// Where the bytes `range` of the decoded string were written: from the source of its first
    /// byte to that of its last, or the first segment's part alone when they lie in different
    /// files. Of what an expression puts together it is the part that is written there, if there is one.
    /// `None` when it was written nowhere.
    pub fn span_of(&self, range: Range<usize>) -> Option<Span> {
        match &self.map {
            Map::None => None,
            Map::Whole(span, exact) => Some(part(*span, *exact, 0, &range)),
            Map::Segments(segments) => {
                let last = segments.at(range.end.saturating_sub(1).max(range.start));
                let inner = segments.list.get(segments.at(range.start)..=last)?;
                let is_here =
                    |segment: &&Segment| segments.within.is_none_or(|outer| outer.contains(segment.span));
                let first = inner.iter().find(is_here).or(inner.first())?;
                let last = match segments.within {
                    None => inner.last()?,
                    Some(_) => inner.iter().rfind(is_here).unwrap_or_else(|| end_of_run(inner, first)),
                };
                let start = part(first.span, first.exact, first.start as usize, &range);
                let end = part(last.span, last.exact, last.start as usize, &range);
                Some(if start.file == end.file && start.start <= end.end {
                    Span { end: end.end.max(start.start), ..start }
                } else {
                    start
                })
            }
        }
    }

    /// Where the whole string was written.
    pub fn span(&self) -> Option<Span> {
        match &self.map {
            Map::None => None,
            Map::Whole(span, _) => Some(*span),
            Map::Segments(_) => self.span_of(0..self.decoded.len()),
        }
    }

    /// Every place that something of the string was written at, in the order of the string. Two of
    /// them may lie in different files, and what stands between them need not belong to it.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        let whole = match &self.map {
            Map::Whole(span, _) => Some(*span),
            Map::None | Map::Segments(_) => None,
        };
        let segments: &[Segment] = match &self.map {
            Map::Segments(segments) => &segments.list,
            Map::None | Map::Whole(..) => &[],
        };
        whole.into_iter().chain(segments.iter().map(|segment| segment.span))
    }

    /// The first part that is written in the expression that puts the string together, where others are
    /// written outside of it.
    pub fn own_place(&self) -> Option<Span> {
        let Map::Segments(segments) = &self.map else { return None };
        let outer = segments.within?;
        segments.list.iter().map(|segment| segment.span).find(|span| outer.contains(*span))
    }

    /// Where the whole string was written, when it reads byte for byte as it is written there.
    pub fn exact_span(&self) -> Option<Span> {
        match &self.map {
            Map::Whole(span, true) => Some(*span),
            _ => None,
        }
    }

    /// The parts of the string whose bytes correspond one to one with those of a span.
    pub fn exact_parts(&self) -> impl Iterator<Item = (Range<usize>, Span)> {
        let whole = match &self.map {
            Map::Whole(span, true) => Some((0..self.decoded.len(), *span)),
            _ => None,
        };
        let segments: &[Segment] = match &self.map {
            Map::Segments(segments) => &segments.list,
            _ => &[],
        };
        let parts =
            segments.iter().enumerate().filter(|(_, segment)| segment.exact).map(|(index, segment)| {
                let end = segments.get(index + 1).map_or(self.decoded.len(), |next| next.start as usize);
                (segment.start as usize..end, segment.span)
            });
        whole.into_iter().chain(parts)
    }

    /// The whole text of a file, byte order mark included: the parsers skip it.
    pub fn of_file(file: &SourceFile) -> Text {
        Text::at(Arc::clone(file.text()), file.span())
    }

    /// A part of the string with the part of the map that belongs to it. The range is moved to
    /// character boundaries and into the string.
    pub fn slice(&self, range: Range<usize>) -> Text {
        let start = self.decoded.floor_char_boundary(range.start);
        let end = self.decoded.floor_char_boundary(range.end).max(start);
        let decoded: Arc<str> = self.decoded.get(start..end).unwrap_or("").into();
        let map = match &self.map {
            Map::None => Map::None,
            Map::Whole(span, exact) => Map::Whole(part(*span, *exact, 0, &(start..end)), *exact),
            Map::Segments(segments) => {
                let inner =
                    segments.list.iter().skip(segments.at(start)).take_while(|segment| {
                        (segment.start as usize) < end || segment.start as usize <= start
                    });
                let cut: Vec<_> = inner
                    .map(|segment| {
                        let offset = (segment.start as usize).max(start);
                        let skip = (offset - segment.start as usize).min(segment.span.len());
                        let skip = if segment.exact { u32::try_from(skip).unwrap_or(0) } else { 0 };
                        let mut span = Span { start: segment.span.start + skip, ..segment.span };
                        if segment.exact {
                            let left = u32::try_from(end.saturating_sub(offset)).unwrap_or(u32::MAX);
                            span.end = span.end.min(span.start.saturating_add(left));
                        }
                        let start = u32::try_from(offset - start).unwrap_or(u32::MAX);
                        Segment { start, span, exact: segment.exact }
                    })
                    .collect();
                let text = Text::mapped(decoded, cut);
                return match segments.within {
                    Some(expression) => text.within(expression),
                    None => text,
                };
            }
        };
        Text { decoded, map }
    }

    /// The texts one after the other, each keeping its map. A text without a map among texts
    /// that have one takes the place of its neighbour.
    pub fn concat<'t>(texts: impl IntoIterator<Item = &'t Text>) -> Text {
        let mut decoded = String::new();
        let mut segments: Vec<Segment> = Vec::new();
        for text in texts {
            let base = u32::try_from(decoded.len()).unwrap_or(u32::MAX);
            decoded.push_str(&text.decoded);
            if text.decoded.is_empty() {
                continue;
            }
            match &text.map {
                Map::None => {
                    if let Some(last) = segments.last().copied() {
                        let span = Span { start: last.span.end, ..last.span };
                        segments.push(Segment { start: base, span, exact: false });
                    }
                }
                Map::Whole(span, exact) => segments.push(Segment { start: base, span: *span, exact: *exact }),
                Map::Segments(more) => {
                    segments.extend(
                        more.list.iter().map(|segment| Segment { start: base + segment.start, ..*segment }),
                    );
                }
            }
        }
        if let Some(first) = segments.first_mut() {
            // What stood before the first text with a map belongs to it.
            if first.start > 0 {
                first.start = 0;
                first.exact = false;
            }
        }
        Text::mapped(decoded, segments)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.decoded == other.decoded
    }
}

impl Eq for Text {}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.decoded.hash(state);
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.decoded
    }
}

/// The last of the segments, from the first one on, that are written without anything between them.
fn end_of_run<'s>(segments: &'s [Segment], first: &'s Segment) -> &'s Segment {
    let follows =
        |one: &Segment, next: &Segment| one.span.file == next.span.file && one.span.end == next.span.start;
    segments
        .iter()
        .skip(1)
        .try_fold(first, |last, next| match follows(last, next) {
            true => Ok(next),
            false => Err(last),
        })
        .unwrap_or_else(|last| last)
}

/// The part of `span` for `range` of the decoded string, where the segment starts at `base`.
fn part(span: Span, exact: bool, base: usize, range: &Range<usize>) -> Span {
    if !exact {
        return span;
    }
    let at = |offset: usize| {
        let offset = u32::try_from(offset.saturating_sub(base)).unwrap_or(u32::MAX);
        span.start.saturating_add(offset).min(span.end)
    };
    Span { start: at(range.start), end: at(range.end), ..span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keylint_source::{FileId, Memory, Sources};

    fn file() -> FileId {
        let sources = Sources::new(std::sync::Arc::new(Memory::new()), "/");
        sources.insert(std::path::Path::new("a"), "").id()
    }

    /// `a\nb` written as `a\\nb` at offset 10.
    fn escaped() -> Text {
        let file = file();
        let segment = |start, from, to, exact| Segment { start, span: Span::new(file, from, to), exact };
        Text::mapped(
            "a\nb",
            vec![segment(0, 10, 11, true), segment(1, 11, 13, false), segment(2, 13, 14, true)],
        )
    }

    #[test]
    fn a_range_is_found_through_an_escape() {
        let text = escaped();
        assert_eq!(text.span_of(2..3).unwrap().range(), 13..14);
        assert_eq!(text.span_of(1..2).unwrap().range(), 11..13);
        assert_eq!(text.span_of(0..3).unwrap().range(), 10..14);
    }

    #[test]
    fn slices_and_concatenations_keep_the_map() {
        let text = escaped();
        assert_eq!(text.slice(2..3).span().unwrap().range(), 13..14);
        let longer = Text::concat([&Text::at("abc", Span::new(file(), 20, 23)), &text]);
        assert_eq!(longer.slice(1..2).span().unwrap().range(), 21..22);
        let joined = Text::concat([&Text::synthetic("x"), &text, &text.slice(2..3)]);
        assert_eq!(joined.as_str(), "xa\nbb");
        assert_eq!(joined.span_of(3..4).unwrap().range(), 13..14);
        assert_eq!(joined.span_of(4..5).unwrap().range(), 13..14);
    }

    #[test]
    fn what_an_expression_puts_together_spans_nothing_that_is_written_between_its_parts() {
        let file = file();
        let put_together =
            |parts: &[&Text]| Text::concat(parts.iter().copied()).within(Span::new(file, 0, 9));
        let prefix = Text::at("s3:", Span::new(file, 2, 5));
        let whole = put_together(&[&prefix, &escaped()]);
        assert_eq!(whole.span().unwrap().range(), 2..5);
        assert_eq!(whole.span_of(3..6).unwrap().range(), 10..14);
        assert_eq!(whole.slice(2..6).span().unwrap().range(), 4..5);
        // Nothing of it is written in the expression: the first part, escapes and all.
        let far = Text::at("far", Span::new(file, 90, 93));
        assert_eq!(put_together(&[&escaped(), &far]).span().unwrap().range(), 10..14);
    }
}
