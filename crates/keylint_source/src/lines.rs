//! Converts byte offsets to the line and column positions that people and editors use.
//!
//! Inside the linter a location is always a range of bytes, because bytes are what the
//! parsers produce and what a fix replaces. Columns exist only at the edges, and each edge
//! counts them differently: the terminal counts characters, SARIF and most editors count
//! UTF-16 units. This module is the only place that knows the difference.

/// A position in a text; all fields count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, ended by `\n` (a `\r` before it belongs to the line).
    pub line: u32,
    /// Column in characters; a byte order mark at the start of the file is not counted.
    pub column: u32,
    /// Column in UTF-16 code units, likewise.
    pub utf16: u32,
}

/// The offsets at which the lines of a text start.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes a text in one pass.
    pub fn new(text: &str) -> Self {
        let after_newlines =
            text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        LineIndex { starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// How many lines the text has; a text that ends in a newline has an empty last line.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The position of a byte offset. An offset past the end is that of the end; one inside a
    /// character is that of the character's start.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0) as usize;
        let end = floor_boundary(text, offset as usize);
        let before = text.get(start..end).unwrap_or("");
        let before = if start == 0 { before.trim_start_matches('\u{feff}') } else { before };
        let (mut column, mut utf16) = (1, 1);
        for character in before.chars() {
            column += 1;
            utf16 += character.len_utf16() as u32;
        }
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column, utf16 }
    }

    /// The byte range of a line (counted from 1), without its line ending; `None` past the end.
    pub fn line_range(&self, text: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let next = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize);
        let content = text.get(start..next)?.trim_end_matches(['\r', '\n']);
        Some(start..start + content.len())
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_utf16_units_after_a_byte_order_mark() {
        let text = "\u{feff}é𝄞x\r\nsecond";
        let index = LineIndex::new(text);
        let x = text.find('x').unwrap() as u32;
        assert_eq!(index.position(text, x), Position { line: 1, column: 3, utf16: 4 });
        let second = text.find("second").unwrap() as u32;
        assert_eq!(index.position(text, second), Position { line: 2, column: 1, utf16: 1 });
        assert_eq!(index.position(text, 9999).line, 2);
        assert_eq!(text.get(index.line_range(text, 2).unwrap()), Some("second"));
        assert!(!text.get(index.line_range(text, 1).unwrap()).unwrap().ends_with('\r'));
        assert_eq!(index.line_range(text, 3), None);
    }
}
