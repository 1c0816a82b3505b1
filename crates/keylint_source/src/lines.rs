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
    /// Places inside long lines, in order: a plan is one line of megabytes, and counting its
    /// columns from the start for each finding would take forever.
    marks: Vec<Mark>,
}

/// What has been counted of a line up to a place in it.
#[derive(Debug)]
struct Mark {
    offset: u32,
    characters: u32,
    utf16: u32,
}

/// How many bytes lie between the marks of a long line.
const STRIDE: usize = 2_048;

impl LineIndex {
    /// Indexes a text in one pass.
    pub fn new(text: &str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let after = newlines.map(|newline| u32::try_from(newline + 1).unwrap_or(u32::MAX));
        let starts: Vec<u32> = std::iter::once(0).chain(after).collect();
        let mut marks = Vec::new();
        let ends = starts.iter().skip(1).map(|next| *next as usize).chain([text.len()]);
        for (start, end) in starts.iter().zip(ends) {
            if end - *start as usize > 2 * STRIDE {
                mark(text.get(*start as usize..end).unwrap_or(""), *start, &mut marks);
            }
        }
        LineIndex { starts, marks }
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
        let end = text.floor_char_boundary(offset as usize);
        let passed = self.marks.partition_point(|mark| mark.offset as usize <= end);
        let mark = passed.checked_sub(1).and_then(|last| self.marks.get(last));
        let (from, mut column, mut utf16) = match mark.filter(|mark| mark.offset as usize > start) {
            Some(mark) => (mark.offset as usize, mark.characters + 1, mark.utf16 + 1),
            None => (start, 1, 1),
        };
        let before = text.get(from..end).unwrap_or("");
        if before.is_ascii() {
            let count = u32::try_from(before.len()).unwrap_or(u32::MAX);
            (column, utf16) = (column + count, utf16 + count);
        } else {
            for character in counted(before, from) {
                column += 1;
                utf16 += character.len_utf16() as u32;
            }
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

/// The characters of a part of a text that count as columns: all but a byte order mark.
fn counted(part: &str, start: usize) -> std::str::Chars<'_> {
    let part = if start == 0 { part.trim_start_matches('\u{feff}') } else { part };
    part.chars()
}

/// Adds the marks of a long line, which starts at `start`.
fn mark(line: &str, start: u32, marks: &mut Vec<Mark>) {
    let (mut characters, mut utf16, mut offset) = (0, 0, 0);
    while let Some(rest) = line.get(offset..).filter(|rest| rest.len() > STRIDE) {
        let part = rest.get(..rest.floor_char_boundary(STRIDE)).unwrap_or("");
        for character in counted(part, start as usize + offset) {
            characters += 1;
            utf16 += character.len_utf16() as u32;
        }
        offset += part.len();
        marks.push(Mark { offset: start + u32::try_from(offset).unwrap_or(0), characters, utf16 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_count_as_short_ones_do() {
        let line = "aé𝄞€".repeat(5_000);
        for text in [line.clone(), format!("\u{feff}{line}"), format!("x\n{line}\ny\n{line}")] {
            let index = LineIndex::new(&text);
            for (offset, character) in text.char_indices().step_by(997) {
                let start = text.get(..offset).unwrap().rfind('\n').map_or(0, |newline| newline + 1);
                let before = text.get(start..offset).unwrap().trim_start_matches('\u{feff}');
                let position = index.position(&text, offset as u32);
                assert_eq!(position.column as usize, before.chars().count() + 1, "{offset} {character}");
                assert_eq!(position.utf16 as usize, before.encode_utf16().count() + 1);
            }
        }
    }

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
