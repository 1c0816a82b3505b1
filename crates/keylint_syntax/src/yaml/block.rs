//! Maps of block scalars.

use std::ops::Range;

use crate::place::{Builder, Place};

/// A `|` or `>` scalar: what it was written as and what it means.
pub(super) struct Block<'s, 't> {
    pub(super) source: &'s str,
    pub(super) place: Place<'t>,
    /// From its first character that is not indentation to its end.
    pub(super) range: Range<usize>,
    pub(super) decoded: &'s str,
}

impl<'t> Block<'_, 't> {
    /// Adds a literal scalar: only the indentation is dropped.
    pub(super) fn literal(&self) -> Builder<'t> {
        let mut builder = Builder::new(self.place);
        let mut left = self.leading(&mut builder);
        for line in self.lines() {
            if left.is_empty() {
                break;
            }
            let length = line.content.len().min(left.len());
            builder.push_literal(line.content.start..line.content.start + length);
            left = left.get(length..).unwrap_or_default();
            if let Some(rest) = left.strip_prefix('\n') {
                if line.end == line.content.end + 1 {
                    builder.push_literal(line.content.end..line.end);
                } else {
                    builder.push_meaning("\n", line.content.end..line.end);
                }
                left = rest;
            }
        }
        self.trailing(builder, left)
    }

    /// Adds a folded scalar: single line breaks become spaces.
    pub(super) fn folded(&self) -> Builder<'t> {
        let mut builder = Builder::new(self.place);
        let mut left = self.leading(&mut builder);
        let mut before = None;
        for line in self.lines().filter(|line| !line.content.is_empty()) {
            if let Some(from) = before {
                let breaks = left.len() - left.trim_start_matches('\n').len();
                let width = if breaks == 0 { 1 } else { breaks };
                builder.push_meaning(left.get(..width).unwrap_or_default(), from..line.content.start);
                left = left.get(width..).unwrap_or_default();
            }
            builder.push_literal(line.content.clone());
            left = left.get(line.content.len()..).unwrap_or_default();
            before = Some(line.content.end);
        }
        self.trailing(builder, left)
    }

    /// Empty lines at the start lie before the range.
    fn leading<'d>(&'d self, builder: &mut Builder<'t>) -> &'d str {
        let rest = self.decoded.trim_start_matches('\n');
        let breaks = self.decoded.len() - rest.len();
        if breaks > 0 && !rest.is_empty() {
            let point = self.range.start;
            builder.push_meaning(self.decoded.get(..breaks).unwrap_or_default(), point..point);
            return rest;
        }
        self.decoded
    }

    /// Line breaks at the end, which a scalar at the end of the file may have without their being
    /// written.
    fn trailing(&self, mut builder: Builder<'t>, left: &str) -> Builder<'t> {
        if !left.is_empty() {
            let written = self.source.get(self.range.clone()).unwrap_or_default();
            let end = self.range.start + written.trim_end_matches(['\n', '\r']).len();
            builder.push_meaning(left, end..self.range.end);
        }
        builder
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        let before = self.source.get(..self.range.start).unwrap_or_default();
        let indentation = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        let written = self.source.get(self.range.clone()).unwrap_or_default();
        let mut at = self.range.start;
        written.split_inclusive('\n').enumerate().map(move |(number, line)| {
            let start = at;
            at += line.len();
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            // A line of white space may be shorter than the indentation.
            let indented = if number == 0 { 0 } else { indentation.min(bare.len()) };
            Line { content: start + indented..start + bare.len(), end: at }
        })
    }
}

struct Line {
    /// Without indentation and line break.
    content: Range<usize>,
    /// After the line break.
    end: usize,
}
