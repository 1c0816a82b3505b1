//! Hides credentials in the words of findings, as [`crate::mask`] does in the text of files.
//!
//! A message quotes what stands at its place, and a literal can be harmless there and a secret where
//! something else uses it. So what the masks hide at the place of a finding is hidden in what the finding
//! quotes, and what can only be that secret in everything that is said.

use std::collections::HashMap;
use std::ops::Range;

use keylint_model::Address;
use keylint_rules::Finding;
use keylint_source::{FileId, Sources, Span};

use crate::mask::{Copies, redact};
use crate::report::UndecidedPlace;

/// What is longer is a block or a document, of which no message quotes all.
const LONGEST: usize = 4_096;

/// What is shorter is a part of many words.
const SHORTEST: usize = 4;

/// The places that must not be shown.
pub(crate) struct Secrets<'s> {
    sources: &'s Sources,
    /// In the order of their starts.
    ranges: HashMap<FileId, Vec<Range<usize>>>,
    copies: Copies,
}

impl<'s> Secrets<'s> {
    /// These places, wherever else they are copied to.
    pub(crate) fn new(sources: &'s Sources, mut ranges: HashMap<FileId, Vec<Range<usize>>>) -> Self {
        for ranges in ranges.values_mut() {
            ranges.sort_unstable_by_key(|range| (range.start, range.end));
            ranges.dedup();
        }
        let texts: Vec<String> = ranges
            .iter()
            .flat_map(|(file, ranges)| {
                let file = sources.get(*file);
                ranges.iter().filter_map(move |range| file.text().get(range.clone()).map(str::to_owned))
            })
            .collect();
        let copies = Copies::new(texts.iter().map(String::as_str));
        Secrets { sources, ranges, copies }
    }

    /// The places in a file.
    pub(crate) fn of(&self, file: FileId) -> &[Range<usize>] {
        self.ranges.get(&file).map_or(&[], Vec::as_slice)
    }

    /// What finds copies.
    pub(crate) fn copies(&self) -> &Copies {
        &self.copies
    }

    /// The secrets that a place has a part of.
    fn at(&self, span: Span) -> Vec<String> {
        if span.len() > LONGEST {
            return Vec::new();
        }
        let (ranges, place) = (self.of(span.file), span.range());
        let from = ranges.partition_point(|range| range.start + LONGEST < place.start);
        let ranges = ranges.iter().skip(from).take_while(|range| range.start < place.end);
        let file = self.sources.get(span.file);
        let overlapping = ranges.filter(|range| range.end > place.start && range.len() <= LONGEST);
        let texts = overlapping.filter_map(|range| file.text().get(range.clone()));
        let plain = texts.map(|text| text.trim().trim_matches(['"', '\'']));
        plain.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// Hides what has the shape of a credential, and these secrets, in everything that a finding says.
    pub(crate) fn hide_in(&self, finding: &mut Finding) {
        let places = finding.related.iter().map(|related| related.span);
        let places = places.chain(finding.written).chain([finding.span]);
        let own: Vec<String> = places.flat_map(|span| self.at(span)).collect();
        let text = |text: &mut String| {
            if let Some(hidden) = self.hidden(text, &own) {
                *text = hidden;
            }
        };
        text(&mut finding.message);
        finding.related.iter_mut().for_each(|related| text(&mut related.message));
        finding.help.iter_mut().for_each(text);
        finding.resource.iter_mut().chain(&mut finding.instances).for_each(|it| self.address(it));
        let sids = finding.statement.iter_mut().chain(&mut finding.statements);
        let sids = sids.filter_map(|statement| statement.sid.as_mut());
        let names = sids.filter_map(|sid| Some((self.hidden(sid, &[])?, sid)));
        names.for_each(|(hidden, sid)| *sid = hidden.into());
        let constructs = finding.construct.iter_mut();
        let paths = constructs.filter_map(|path| Some((self.hidden_in_name(path)?, path)));
        paths.for_each(|(hidden, path)| *path = hidden.into());
    }

    /// The same of what could not be decided. Its reason names variables and functions only.
    pub(crate) fn hide_in_undecided(&self, place: &mut UndecidedPlace) {
        self.address(&mut place.undecided.resource);
    }

    fn address(&self, address: &mut Address) {
        if let Some(hidden) = self.hidden_in_name(address.as_str()) {
            *address = Address::new(hidden);
        }
    }

    /// What a resource is called is no copy of a secret that reads alike; the key of an instance can be.
    fn hidden_in_name(&self, name: &str) -> Option<String> {
        let mut ranges = Vec::new();
        if let Some(keys) = name.find('[') {
            self.copies.find(name, &mut ranges);
            ranges.retain(|range| range.start > keys);
        }
        redact(name, ranges)
    }

    fn hidden(&self, text: &str, own: &[String]) -> Option<String> {
        let mut ranges = Vec::new();
        self.copies.find(text, &mut ranges);
        if !own.is_empty() {
            ranges.extend(quoted(text).filter(|range| {
                let said = text.get(range.clone()).unwrap_or_default();
                own.iter().any(|own| said == own || (own.len() >= SHORTEST && said.contains(own.as_str())))
            }));
        }
        redact(text, ranges)
    }
}

/// What a message has between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = Range<usize>> {
    let marks: Vec<usize> = text.match_indices('`').map(|(at, _)| at).collect();
    let pairs: Vec<Range<usize>> = marks
        .chunks(2)
        .filter_map(|pair| match pair {
            [open, close] => Some(open + 1..*close),
            _ => None,
        })
        .collect();
    pairs.into_iter()
}
