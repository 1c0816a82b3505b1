//! Where something is written: a range of bytes in a file.

/// Names one file of a [`crate::Sources`]. Ids are given in the order in which files were read,
/// which differs from run to run: never sort output by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

impl FileId {
    /// The file of what was written nowhere: text that keylint made itself. No store has it; asked
    /// for it, a store answers with an empty file.
    pub const NOWHERE: FileId = FileId(u32::MAX);
}

/// A range of bytes in one file, counted from 0 in the file as it is on disk (byte order mark
/// included). `end` is one past the last byte; an empty span marks a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset one past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two offsets. Offsets past 4 GiB cannot occur: files are limited long before.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span is a mere position.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The offsets as a range that can index the text of the file.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies within this span; false across files.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both; this span alone when `other` is in another file.
    pub fn cover(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of this one.
    pub fn start_point(self) -> Span {
        Span { end: self.start, ..self }
    }
}
