//! Which suppressions may cover a place, without asking each of them: a generated file can have
//! thousands, and as many findings.

use std::collections::HashMap;

use keylint_source::FileId;

use super::{Cover, Suppression};

/// The suppressions of a run by the places that they cover.
#[derive(Debug, Default)]
pub(super) struct Index {
    files: HashMap<FileId, OfFile>,
}

/// The suppressions in one file.
#[derive(Debug, Default)]
struct OfFile {
    /// Those that cover all of it.
    whole: Vec<usize>,
    /// Those that cover a part, in the order of where that starts.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    start: u32,
    /// Its last byte is still covered.
    end: u32,
    /// The nearest part before it that has not ended where it starts.
    around: Option<usize>,
    suppression: usize,
}

impl Index {
    pub(super) fn new(all: &[Suppression]) -> Self {
        let mut files: HashMap<FileId, OfFile> = HashMap::new();
        for (suppression, one) in all.iter().enumerate() {
            let file = files.entry(one.covers.file()).or_default();
            match one.covers {
                Cover::File(_) => file.whole.push(suppression),
                Cover::Line(span) | Cover::Range(span) => {
                    file.parts.push(Part { start: span.start, end: span.end, around: None, suppression });
                }
            }
        }
        files.values_mut().for_each(OfFile::nest);
        Index { files }
    }

    /// The suppressions of a file that cover all of it or a part in which one of some places lies,
    /// each once.
    pub(super) fn covering(&self, file: FileId, places: impl IntoIterator<Item = u32>) -> Vec<usize> {
        let Some(of_file) = self.files.get(&file) else { return Vec::new() };
        let mut found = of_file.whole.clone();
        places.into_iter().for_each(|place| found.extend(of_file.at(place)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl OfFile {
    /// Links each part to those that it may lie in.
    fn nest(&mut self) {
        self.parts.sort_by_key(|part| (part.start, std::cmp::Reverse(part.end)));
        for position in 0..self.parts.len() {
            let Some(start) = self.parts.get(position).map(|part| part.start) else { continue };
            let mut around = position.checked_sub(1);
            // What has ended here has ended for all that follows.
            while let Some(part) =
                around.and_then(|around| self.parts.get(around)).filter(|it| it.end < start)
            {
                around = part.around;
            }
            if let Some(part) = self.parts.get_mut(position) {
                part.around = around;
            }
        }
    }

    /// The suppressions of the parts that a place lies in.
    fn at(&self, place: u32) -> impl Iterator<Item = usize> {
        let last = self.parts.partition_point(|part| part.start <= place).checked_sub(1);
        let part = |position: Option<usize>| self.parts.get(position?);
        let chain = std::iter::successors(part(last), move |inner| part(inner.around));
        chain.filter(move |part| place <= part.end).map(|part| part.suppression)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use keylint_source::{Memory, Sources, Span};

    use super::*;

    fn suppression(covers: Cover) -> Suppression {
        Suppression { covers, rules: Vec::new(), until: None }
    }

    #[test]
    fn every_place_finds_what_covers_it() {
        let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a"), "").id();
        let ranges = [(0, 40), (2, 9), (2, 4), (5, 5), (6, 8), (12, 30), (20, 50), (21, 22), (60, 61)];
        let all: Vec<_> = ranges
            .iter()
            .map(|(start, end)| suppression(Cover::Range(Span::new(file, *start, *end))))
            .collect();
        let index = Index::new(&all);
        for place in 0..70 {
            let expected: Vec<usize> = (0..ranges.len())
                .filter(|at| (ranges[*at].0..=ranges[*at].1).contains(&(place as usize)))
                .collect();
            assert_eq!(index.covering(file, [place]), expected, "{place}");
        }
    }

    #[test]
    fn comments_in_a_row_are_not_gone_through_for_each_place() {
        let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a"), "").id();
        let block = suppression(Cover::Range(Span::new(file, 0, 1_000_000)));
        let line = |number: usize| suppression(Cover::Line(Span::new(file, number * 10, number * 10 + 9)));
        let all: Vec<_> = std::iter::once(block).chain((0..10_000).map(line)).collect();
        let index = Index::new(&all);
        let of_file = &index.files[&file];
        for place in (0..100_000).step_by(7) {
            let last = of_file.parts.partition_point(|part| part.start <= place).checked_sub(1);
            let around = |at: &usize| of_file.parts[*at].around;
            assert!(std::iter::successors(last, around).count() <= 3, "{place}");
            assert_eq!(index.covering(file, [place]), [0, 1 + place as usize / 10]);
        }
    }
}
