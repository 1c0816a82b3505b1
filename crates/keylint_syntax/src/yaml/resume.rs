//! Finds where reading can go on after a mistake.
//!
//! Indentation says it: the next line that starts in the column of a block that is still open is
//! the next entry of that block. It is read as a document of its own, up to where the block ends,
//! and its entries are added to the open one.

use std::ops::Range;

/// A stretch of lines that are entries of one open block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) lines: Range<usize>,
    /// The column its entries start in.
    pub(super) column: usize,
    /// Whether its entries start with a dash.
    pub(super) dashes: bool,
}

/// The first line in `range` that starts in a column and with a form that `is_open` accepts, and
/// the lines up to the end of that block.
pub(super) fn find(
    source: &str,
    range: Range<usize>,
    is_open: impl Fn(usize, bool) -> bool,
) -> Option<Stretch> {
    let mut lines = Lines { source, at: range.start, end: range.end };
    let first = lines.find(|line| is_open(line.column, line.dashes))?;
    let beyond = lines.find(|line| {
        line.column < first.column || line.column == first.column && first.dashes && !line.dashes
    });
    Some(Stretch {
        lines: first.start..beyond.map_or(range.end, |line| line.start),
        column: first.column,
        dashes: first.dashes,
    })
}

/// The start of the line of `at` when nothing of that line has been read, else of the next one.
pub(super) fn first_unread_line(source: &str, at: usize, read: usize) -> usize {
    let start = line_start(source, at);
    if start >= read {
        return start;
    }
    let from = at.max(read);
    let rest = source.get(from..).unwrap_or_default();
    rest.find('\n').map_or(source.len(), |newline| from + newline + 1)
}

/// Where the document from `start` on ends that failed at `failed`: at the next document's marker.
pub(super) fn document_end(source: &str, start: usize, failed: usize) -> usize {
    let mut at = line_start(source, failed).max(start);
    for line in source.get(at..).unwrap_or_default().split_inclusive('\n') {
        if at > start && (line.starts_with("---") || line.starts_with("...")) {
            let rest = line.get(3..).unwrap_or_default();
            if rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']) {
                return at;
            }
        }
        at += line.len();
    }
    source.len()
}

pub(super) fn line_start(source: &str, at: usize) -> usize {
    source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

struct Line {
    start: usize,
    column: usize,
    dashes: bool,
}

/// The lines that have content, comments apart, and apart from those whose column is anybody's guess.
struct Lines<'s> {
    source: &'s str,
    at: usize,
    end: usize,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let rest = self.source.get(self.at..self.end).filter(|rest| !rest.is_empty())?;
            let start = self.at;
            let line = rest.split_inclusive('\n').next()?;
            self.at += line.len();
            let content = line.trim_start_matches(' ');
            if content.trim().is_empty() || content.starts_with(['#', '\t']) {
                continue;
            }
            let dashes = content.strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\r', '\n']));
            return Some(Line { start, column: line.len() - content.len(), dashes });
        }
    }
}
