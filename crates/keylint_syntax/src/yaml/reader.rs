//! Runs the parser over the source, once and again after each mistake.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser};

use super::resume::{self, Stretch};
use super::tree::{Anchored, Content, Frame, Spare};
use super::{MAX_ERRORS, YamlFile, message};
use crate::comment::Comment;
use crate::data::Node;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::place::Place;
use crate::text::Text;

/// The parser's own limit on levels only bounds its memory: ours is reached long before.
const SCANNER_DEPTH: usize = 2_000;

/// Comment lines in a row; the parser's own limit is below what licence headers need.
const COMMENT_LINES: usize = 100_000;

pub(super) struct Reader<'t> {
    pub(super) source: &'t str,
    pub(super) place: Place<'t>,
    pub(super) file: YamlFile,
    pub(super) frames: Vec<Frame>,
    pub(super) spare: Spare,
    pub(super) root: Option<Node>,
    pub(super) anchors: HashMap<usize, Anchored>,
    /// The number that each anchor's name stands for now.
    pub(super) names: HashMap<String, usize>,
    /// The number of the anchor that comes next.
    pub(super) next_anchor: usize,
    pub(super) nodes: usize,
    pub(super) expanded: usize,
    /// How many collections beyond the depth limit are open.
    pub(super) beyond: usize,
    /// In a stretch that continues an open block, how many frames belong to what is around it.
    pub(super) floor: Option<usize>,
    /// Everything before it has been read.
    pub(super) read: usize,
    /// Set when the file is not worth reading on.
    pub(super) stopped: bool,
    resumptions: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Reader {
            source: text.as_str(),
            place: Place::new(text),
            file: YamlFile::default(),
            frames: Vec::new(),
            spare: Spare::default(),
            root: None,
            anchors: HashMap::new(),
            names: HashMap::new(),
            next_anchor: 1,
            nodes: 0,
            expanded: 0,
            beyond: 0,
            floor: None,
            read: 0,
            stopped: false,
            resumptions: 0,
        }
    }

    pub(super) fn read(mut self) -> YamlFile {
        let mut at = if self.source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while at < self.source.len() && !self.stopped {
            let Some(failed) = self.events(at..self.source.len()) else { break };
            let end = resume::document_end(self.source, at, failed);
            self.resume(failed, end);
            self.finish_document();
            at = end;
        }
        self.finish_document();
        self.file
    }

    /// Reads the rest of a document after a mistake, entry by entry of the blocks that are open.
    fn resume(&mut self, failed: usize, end: usize) {
        let mut at = failed;
        while !self.stopped && self.resumptions < MAX_ERRORS {
            if std::mem::take(&mut self.beyond) > 0 {
                self.add_invalid(at..at);
            }
            let from = resume::first_unread_line(self.source, at, self.read);
            let frames = &self.frames;
            let is_open = |column, dashes| frames.iter().any(|frame| frame.is_block_at(column, dashes));
            let Some(stretch) = resume::find(self.source, from..end, is_open) else { return };
            self.resumptions += 1;
            self.comments_in(at..stretch.lines.start);
            while self.frames.last().is_some_and(|top| !top.is_block_at(stretch.column, stretch.dashes)) {
                self.close(None);
            }
            at = self.continue_block(&stretch);
        }
    }

    /// Reads entries of the innermost open block; answers with where to go on.
    fn continue_block(&mut self, stretch: &Stretch) -> usize {
        let floor = self.frames.len();
        // The stretch is never begun twice, whatever comes of it.
        self.read = stretch.lines.start + 1;
        self.floor = Some(floor);
        let failed = self.events(stretch.lines.clone());
        self.floor = None;
        if self.frames.len() > floor {
            self.absorb(floor);
        }
        failed.unwrap_or(stretch.lines.end)
    }

    /// Takes in the events of a part of the source; answers with where a mistake ended it.
    fn events(&mut self, part: Range<usize>) -> Option<usize> {
        let written = self.source.get(part.clone()).unwrap_or_default();
        self.events_of(written, part.start, |_, _, _| true)
    }

    /// The same for a text that stands, where it matters, at `start` of the source. Only events that
    /// `takes` wants are looked at.
    pub(super) fn events_of(
        &mut self,
        written: &str,
        start: usize,
        mut takes: impl FnMut(&Self, &Event<'_>, &Range<usize>) -> bool,
    ) -> Option<usize> {
        let mut options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: SCANNER_DEPTH,
            block_nesting_limit: SCANNER_DEPTH,
        };
        options.max_buffered_comment_events = COMMENT_LINES;
        let mut parser = Parser::new_from_str_with_options(written, options);
        // Numbered on over all parts, so that a number names one anchor only.
        parser.set_anchor_offset(self.next_anchor);
        let mut failed = None;
        while !self.stopped
            && let Some(event) = parser.next_event()
        {
            match event {
                Ok((event, span)) => {
                    let place = |span: granit_parser::Span| {
                        let local = span.byte_range().unwrap_or(0..0);
                        start + local.start..start + local.end
                    };
                    let bytes = place(span);
                    if takes(self, &event, &bytes) {
                        self.event(event, bytes, span.tag_span().map(place));
                    }
                }
                Err(error) => {
                    let at = start + error.marker().byte_offset().unwrap_or(written.len());
                    self.scan_error(error.kind(), at);
                    failed = Some(at);
                    break;
                }
            }
        }
        self.next_anchor = parser.anchor_offset();
        failed
    }

    fn event(&mut self, event: Event<'_>, bytes: Range<usize>, tag: Option<Range<usize>>) {
        match event {
            Event::Comment(..) => self.comment(bytes),
            Event::DocumentEnd if self.floor.is_none() => self.finish_document(),
            Event::SequenceEnd | Event::MappingEnd if self.beyond > 0 => {
                self.beyond -= 1;
                if self.beyond == 0 {
                    self.add_invalid(bytes);
                }
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(bytes.end)),
            Event::Anchor(anchor, name) => {
                self.names.insert(name.into_owned(), anchor);
            }
            Event::SequenceStart(style, anchor, _) => {
                let content = Content::List(self.spare.elements());
                self.open(content, style, anchor, tag, bytes);
            }
            Event::MappingStart(style, anchor, _) => {
                let members = self.spare.members();
                let content = Content::Map { members, key: None, merges: Vec::new() };
                self.open(content, style, anchor, tag, bytes);
            }
            _ if self.beyond > 0 => {}
            Event::Alias(anchor) => self.alias(anchor, bytes),
            Event::UnresolvedAlias(name) => match self.names.get(&*name) {
                // The anchor stands before a mistake.
                Some(anchor) => self.alias(*anchor, bytes),
                None => {
                    self.error(bytes.clone(), "no anchor of this name stands before the alias");
                    self.add_invalid(bytes);
                }
            },
            Event::Scalar(decoded, style, anchor, _) => self.scalar(&decoded, style, anchor, tag, bytes),
            _ => {}
        }
    }

    pub(super) fn finish_document(&mut self) {
        self.beyond = 0;
        while !self.frames.is_empty() {
            self.close(None);
        }
        self.file.documents.extend(self.root.take());
        self.anchors.clear();
        self.names.clear();
    }

    fn comment(&mut self, bytes: Range<usize>) {
        let before = self.source.get(..bytes.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        self.file.comments.push(Comment {
            span: self.place.span(bytes.clone()),
            content: self.place.span(bytes.start + 1..bytes.end),
            own_line: line.trim_start_matches('\u{feff}').trim().is_empty(),
        });
    }

    /// The comments on lines of their own in a part that is not read.
    fn comments_in(&mut self, part: Range<usize>) {
        let known = self.file.comments.last().map_or(0, |comment| comment.span.end);
        let mut at = part.start;
        for line in self.source.get(part).unwrap_or_default().split_inclusive('\n') {
            let content = line.trim_start_matches(' ');
            let start = at + line.len() - content.len();
            at += line.len();
            let span = start..start + content.trim_end_matches(['\n', '\r']).len();
            if content.starts_with('#') && self.place.span(span.clone()).start >= known {
                self.comment(span);
            }
        }
    }

    /// Whether a tag stands right behind another one.
    fn is_second_tag(&self, at: usize) -> bool {
        let (before, after) = self.source.split_at_checked(at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let word = line.split_whitespace().next_back().unwrap_or_default();
        after.starts_with('!') && word.trim_start_matches(['[', '{', ',']).starts_with('!')
    }

    fn scan_error(&mut self, kind: &granit_parser::ErrorKind, at: usize) {
        let span = self.place.span(at..at);
        let message = if self.is_second_tag(at) { message::second_tag() } else { message::message(kind) };
        // Reading a broken entry again finds the same mistake.
        if self.file.errors.iter().any(|error| error.span == span && error.kind == message.kind) {
            return;
        }
        let mut error = SyntaxError::new(message.kind, span, message.message);
        error.help = message.help.map(str::to_owned);
        self.push(error);
    }

    pub(super) fn error(&mut self, range: Range<usize>, message: &str) {
        self.push(SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(range), message));
    }

    pub(super) fn limit(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.push(SyntaxError::new(SyntaxErrorKind::Limit, self.place.span(range), message));
    }

    pub(super) fn push(&mut self, error: SyntaxError) {
        match self.file.errors.len() {
            ..MAX_ERRORS => self.file.errors.push(error),
            MAX_ERRORS => {
                let message = "the file has too many errors: those from here on are not reported";
                self.file.errors.push(SyntaxError::new(SyntaxErrorKind::Limit, error.span, message));
            }
            _ => {}
        }
    }
}
