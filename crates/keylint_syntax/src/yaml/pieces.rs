//! A large file as pieces that several threads read at the same time.
//!
//! Scanning YAML takes most of the time that a large template takes, and it goes from the front to
//! the end. But what the scanner knows at the start of an entry of a section (`Resources:`, one
//! level below the root) is little: that it is in two open mappings, and their columns. So a piece
//! that starts with such an entry is read behind a line that opens a section, which brings the
//! scanner into the same state; and a piece that ends there is read with one more key behind it.
//! Where the parser does not meet that key as a key of the section, the line was something else (a
//! line of a block scalar, say). Then, and whenever there is anything to report, the answer is that
//! the file has to be read as a whole. So the pieces make exactly the same tree.

use std::ops::Range;

use granit_parser::Event;
use rayon::prelude::*;

use super::reader::Reader;
use super::{MAX_NODES, YamlFile};
use crate::data::{Member, Node, NodeKind};
use crate::duplicates;
use crate::text::Text;

/// How large a piece is at least: reading fewer bytes is quicker than waking a thread for them.
const PIECE_BYTES: usize = 128 * 1024;

/// The line that opens the section which the first entry of a piece belongs to.
const OPENING: &str = "k:\n";

/// The key behind the last entry of a piece, without its indentation.
const CLOSING: &str = "k:\n";

/// A line that looks like an entry of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    /// Where the line starts.
    at: usize,
    /// The column that its key starts in.
    column: usize,
}

/// Reads a file in pieces. `None` where it has to be read as a whole.
pub(super) fn read(text: &Text) -> Option<YamlFile> {
    if text.len() < 2 * PIECE_BYTES || rayon::current_thread_index().is_none() {
        return None;
    }
    let count = rayon::current_num_threads().min(text.len() / PIECE_BYTES);
    let mut cuts: Vec<Cut> = Vec::new();
    for number in 1..count {
        cuts.extend(cut_behind(text, text.len() / count * number));
    }
    cuts.dedup();
    joined(text, &cuts)
}

/// The first entry of a section behind a place.
fn cut_behind(source: &str, place: usize) -> Option<Cut> {
    let before = source.as_bytes().get(..place)?;
    let newlines = || before.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let mut starts = newlines().map(|(newline, _)| newline + 1);
    let is_section = |start: &usize| source.as_bytes().get(*start).is_some_and(u8::is_ascii_alphanumeric);
    let mut column = section_column(source.get(starts.find(is_section)?..)?);
    let mut at = newlines().next()?.0 + 1;
    for line in source.get(at..)?.split_inclusive('\n') {
        if line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            column = section_column(source.get(at..)?);
        } else if at >= place && column.is_some() && key_column(line) == column {
            return Some(Cut { at, column: column? });
        }
        at += line.len();
    }
    None
}

/// The column that the entries of the section start in with which a text starts.
fn section_column(text: &str) -> Option<usize> {
    let mut lines = text.lines();
    let rest = lines.next()?.trim_start_matches(|first: char| first.is_ascii_alphanumeric());
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = lines.find(is_content)?;
    (rest.trim_end() == ":").then(|| key_column(first)).flatten().filter(|column| *column > 0)
}

/// The column of the key that a line starts with, where that is a plain one.
fn key_column(line: &str) -> Option<usize> {
    let content = line.trim_start_matches(' ');
    let rest = content.trim_start_matches(|first: char| first.is_ascii_alphanumeric());
    let value = rest.strip_prefix(':')?;
    let is_key = rest.len() < content.len() && (value.is_empty() || value.starts_with([' ', '\r', '\n']));
    is_key.then_some(line.len() - content.len())
}

/// The pieces between some cuts as one file.
fn joined(text: &Text, cuts: &[Cut]) -> Option<YamlFile> {
    if cuts.is_empty() || text.exact_span().is_none() {
        return None;
    }
    let starts = std::iter::once(None).chain(cuts.iter().map(|cut| Some(*cut)));
    let ends = cuts.iter().map(|cut| Some(*cut)).chain([None]);
    let pieces: Vec<Piece> = starts.zip(ends).map(|(start, end)| Piece { start, end }).collect();
    let read: Option<Vec<Whole>> = pieces.par_iter().map(|piece| piece.read(text)).collect();
    let whole = read?.into_iter().map(Some).reduce(|whole, next| whole?.join(next?))??;
    let is_sound = whole.nodes <= MAX_NODES && duplicates::report(&whole.members).is_empty();
    let root = Node { kind: NodeKind::Map(whole.members), ..whole.root };
    is_sound.then(|| YamlFile { documents: vec![root], comments: whole.comments, errors: Vec::new() })
}

/// A piece that nothing is wrong with.
struct Whole {
    /// The root, without its members.
    root: Node,
    members: Vec<Member>,
    comments: Vec<crate::comment::Comment>,
    nodes: usize,
}

impl Whole {
    /// The same with a piece that starts in the section with which this one ends.
    fn join(mut self, next: Whole) -> Option<Whole> {
        let mut more = next.members.into_iter();
        let (section, entries) = (self.members.last_mut()?, more.next()?);
        let (NodeKind::Map(known), NodeKind::Map(new)) = (&mut section.value.kind, entries.value.kind) else {
            return None;
        };
        known.extend(new);
        if !duplicates::report(known).is_empty() {
            return None;
        }
        section.value.span.end = entries.value.span.end;
        self.root.span.end = next.root.span.end;
        self.members.extend(more);
        self.comments.extend(next.comments);
        self.nodes += next.nodes;
        Some(self)
    }
}

/// The part of a file between two cuts, or its start or end.
struct Piece {
    start: Option<Cut>,
    end: Option<Cut>,
}

impl Piece {
    fn read(&self, text: &Text) -> Option<Whole> {
        let opening = if self.start.is_some() { OPENING } else { "" };
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = self.start.map_or(bom, |cut| cut.at);
        let mut written = opening.to_owned();
        written.push_str(text.get(start..self.end.map_or(text.len(), |cut| cut.at))?);
        if let Some(end) = self.end {
            written.push_str(&" ".repeat(end.column));
            written.push_str(CLOSING);
        }
        let mut reader = Reader::new(text);
        let mut is_ended = self.end.is_none();
        let takes = |reader: &Reader<'_>, event: &Event<'_>, bytes: &Range<usize>| match self.end {
            // A comment is told of later than it stands.
            Some(_) if is_ended => matches!(event, Event::Comment(..)),
            Some(end) if matches!(event, Event::Scalar(..)) && bytes.start == end.at + end.column => {
                is_ended = self.is_entry(reader, end);
                !is_ended
            }
            _ => true,
        };
        let failed = reader.events_of(&written, start.checked_sub(opening.len())?, takes);
        // Anchors are known to one piece only.
        if failed.is_some() || !is_ended || reader.next_anchor > 1 || reader.stopped {
            return None;
        }
        reader.finish_document();
        let Reader { nodes, file: YamlFile { documents, comments, errors }, .. } = reader;
        let [mut root] = <[Node; 1]>::try_from(documents).ok().filter(|_| errors.is_empty())?;
        let NodeKind::Map(members) = std::mem::replace(&mut root.kind, NodeKind::Null) else { return None };
        Some(Whole { root, members, comments, nodes })
    }

    /// Whether a scalar is the next key of a section of the root.
    fn is_entry(&self, reader: &Reader<'_>, end: Cut) -> bool {
        let [root, section] = reader.frames.as_slice() else { return false };
        // Behind the line that opens the section the root is where it is made to be.
        let is_root = root.is_block_at(0, false) || self.start.is_some();
        is_root && section.is_block_at(end.column, false) && section.expects_key()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use keylint_source::{Memory, Sources};

    use super::*;

    /// All lines that can be taken for entries of sections.
    fn cuts(source: &str) -> Vec<Cut> {
        let mut at = 0;
        let mut cuts = Vec::new();
        for line in source.split_inclusive('\n') {
            cuts.extend(key_column(line).filter(|column| *column > 0).map(|column| Cut { at, column }));
            at += line.len();
        }
        cuts
    }

    fn text(source: &str) -> Text {
        Text::of_file(&Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a.yaml"), source))
    }

    /// Reads a file at each of its cuts, and at all two of them; answers with how often that works.
    fn agreements(source: &str) -> usize {
        let text = text(source);
        let whole = format!("{:?}", Reader::new(&text).read());
        let cuts = cuts(source);
        let mut count = 0;
        for (position, first) in cuts.iter().enumerate() {
            let pairs = cuts.iter().skip(position + 1).take(20).map(|second| vec![*first, *second]);
            for chosen in std::iter::once(vec![*first]).chain(pairs) {
                if let Some(joined) = joined(&text, &chosen) {
                    assert_eq!(format!("{joined:?}"), whole, "{chosen:?} in {source}");
                    count += 1;
                }
            }
        }
        count
    }

    #[test]
    fn pieces_make_the_same_tree_as_the_whole() {
        let resources =
            "Resources:\n  A:\n    Type: X\n  # of B\n  B:\n    Type: Y # why\n\n  C: {a: [1,\n    2]}\n";
        let outputs = "Outputs:\n  O:\n    Value: !Ref A\n  P: 'x'\n";
        assert!(agreements(resources) > 2);
        assert!(agreements(&format!("# top\nParameters:\n  N: {{Type: String}}\n{resources}{outputs}")) > 8);
        assert!(agreements(&format!("\u{feff}---\n{resources}{outputs}")) > 8);
        assert!(agreements(&format!("%YAML 1.2\n---\n{resources}{outputs}...\n")) > 8);
        assert!(agreements(&resources.replace('\n', "\r\n")) > 2);
        // A value that is not there ends where the next key starts.
        assert!(agreements("Resources:\n  A:\n  B:\n\n  # c\n  C:\nOutputs:\n  D:\n  E: 1") > 3);
        // Lists that are not indented, strings over several lines, blocks and what they keep.
        let values = [
            "  A:\n  - 1\n  - B: 2\n  C: 1\n",
            "  A: a\n    b c\n  C: 1\n",
            "  A: \"x\n    B: y\"\n  C: 1\n",
            "  A: |\n    x\n    B: y\n\n\n  C: |+\n    x\n\n\n  D: >-\n    x\n   \n  E: 1\n",
            "  A: !Sub\n    - x\n    - {B: 1}\n  C: !If [x, y, z]\n  ? D\n  : 1\n  E: 2\n",
        ];
        for value in values {
            assert!(agreements(&format!("Resources:\n{value}{outputs}")) > 0, "{value}");
        }
    }

    #[test]
    fn what_is_no_entry_of_a_section_is_read_as_a_whole() {
        let sources = [
            "Resources:\n  A: |\n    B: 1\n    C: 2\n",
            "Resources: |\n  B: 1\n  C: 2\n",
            "Resources:\n  A: 'a\n  B: 1\n  C: 2'\n",
            "Resources: {\n  A: 1,\n  B: 2\n }\n",
            "Resources: &a\n  A: 1\n  B: 2\nOutputs: *a\n",
            "Resources:\n  A: 1\n  A: 2\n",
            "Resources:\n  A: 1\n B: 2\n",
            "Resources:\n  A: 1\n  B: 2\n---\nOutputs:\n  C: 1\n  D: 2\n",
            "- Resources:\n    A: 1\n    B: 2\n",
            "Resources:\n  A: 1\n  B: [\n",
            "Resources:\n  A:\n    B:\n      C: 1\n",
        ];
        for source in sources {
            // Before its first entry every section can be cut.
            let text = text(source);
            for cut in cuts(source).into_iter().skip(1) {
                assert!(joined(&text, &[cut]).is_none(), "{cut:?} in {source}");
            }
            agreements(source);
        }
    }

    #[test]
    fn a_large_template_is_read_in_pieces() {
        let mut source = "Description: x\nResources:\n".to_owned();
        for number in 0..9_000 {
            source.push_str(&format!("  R{number}:\n    Type: T\n    Text: |\n      Not: 1\n\n"));
        }
        source.push_str("Outputs:\n  O: {Value: 1}\n");
        let text = text(&source);
        let third = source.len() / 3;
        let cut = cut_behind(&source, third).unwrap();
        assert!((third..third + 100).contains(&cut.at), "{cut:?}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let read = pool.install(|| read(&text)).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", Reader::new(&text).read()));
        // On a thread that is none of ours nothing is started.
        assert!(super::read(&text).is_none());
    }
}
