//! Makes nodes of the parser's events.

use std::ops::Range;

use granit_parser::{ScalarStyle, StructureStyle};

use super::block::Block;
use super::flow::Flow;
use super::reader::Reader;
use super::tree::{Anchored, Built, Content, Frame, merge};
use super::{MAX_DEPTH, MAX_EXPANSION, MAX_NODES, resume, scalar};
use crate::data::{Node, NodeKind, Tag};
use crate::duplicates;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::text::Text;

/// What to do about an alias or a merge key.
const EXPAND: &str = "write the value out, or let `aws cloudformation package` do it";

impl Reader<'_> {
    pub(super) fn open(
        &mut self,
        content: Content,
        style: StructureStyle,
        anchor: usize,
        tag: Option<Range<usize>>,
        bytes: Range<usize>,
    ) {
        self.read = self.read.max(bytes.end);
        if self.beyond > 0 || self.frames.len() >= MAX_DEPTH {
            if self.beyond == 0 {
                self.limit(bytes, format!("lists and mappings are nested deeper than {MAX_DEPTH} levels"));
            }
            self.beyond += 1;
            return;
        }
        let dashes = matches!(content, Content::List(_));
        let column = matches!(style, StructureStyle::Block).then(|| self.column(bytes.start, dashes));
        let tag = tag.filter(|tag| !matches!(self.written(tag.clone()), "!" | "!!seq" | "!!map"));
        let tag = tag.map(|tag| self.tag(tag));
        let (start, end) = (bytes.start, bytes.end);
        self.frames.push(Frame { content, column, start, end, tag, anchor, height: 0, size: 0 });
    }

    /// Closes the innermost collection, at `end` where brackets say so.
    pub(super) fn close(&mut self, end: Option<usize>) {
        if self.floor.is_some_and(|floor| floor + 1 == self.frames.len()) {
            self.absorb(self.frames.len() - 1);
            return;
        }
        let Some(mut frame) = self.frames.pop() else { return };
        if !frame.expects_key() && matches!(frame.content, Content::Map { .. }) {
            // The document ended, or broke off, after the key.
            frame.add(self.built(NodeKind::Invalid, None, frame.end..frame.end));
        }
        let end = end.filter(|_| frame.column.is_none()).unwrap_or(frame.end);
        let kind = match frame.content {
            Content::List(elements) => NodeKind::List(self.spare.list(elements)),
            Content::Map { mut members, merges, .. } => {
                duplicates::report(&members).into_iter().for_each(|error| self.push(error));
                if !merges.is_empty() {
                    for span in merge(&mut members, merges) {
                        let message = "only a mapping or a list of mappings can be merged";
                        self.push(SyntaxError::new(SyntaxErrorKind::Syntax, span, message));
                    }
                }
                NodeKind::Map(self.spare.map(members))
            }
        };
        let node = Node { span: self.place.span(frame.start..end), kind, tag: frame.tag };
        let built = Built { node, height: frame.height + 1, size: frame.size + 1, end };
        self.anchor(frame.anchor, &built);
        self.add(built);
    }

    /// Gives the entries of the block that is open at `index` to the block around it, which it
    /// continues.
    pub(super) fn absorb(&mut self, index: usize) {
        let start = self.frames.get(index).map_or(0, |frame| frame.start);
        let inner = self.frames.remove(index);
        let taken = index
            .checked_sub(1)
            .and_then(|outer| self.frames.get_mut(outer))
            .map(|outer| outer.absorb(inner));
        if taken != Some(true) {
            self.error(start..start, "this does not belong to the block that it stands in");
        }
    }

    pub(super) fn scalar(
        &mut self,
        decoded: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Range<usize>>,
        bytes: Range<usize>,
    ) {
        self.read = self.read.max(bytes.end);
        let text = self.text(decoded, style, bytes.clone());
        let is_plain = matches!(style, ScalarStyle::Plain);
        if self.frames.last().is_some_and(Frame::expects_key) {
            let merge = is_plain && tag.is_none() && decoded == "<<";
            if merge {
                let message = "CloudFormation does not take YAML merge keys";
                self.unsupported(bytes.clone(), message, EXPAND);
            }
            if is_plain && tag.is_none() && scalar::is_number(decoded) {
                let message = "CloudFormation does not take a number as a key";
                self.unsupported(bytes.clone(), message, "quote it");
            }
            if anchor != 0 {
                let built = self.built(NodeKind::String(text.clone()), None, bytes.clone());
                self.anchor(anchor, &built);
            }
            let span = self.place.span(bytes);
            self.set_key(text, span, merge);
            return;
        }
        // A second tag: what the first one is of cannot be read.
        if decoded.is_empty()
            && let Some(tag) = &tag
            && self.source.get(tag.end..).is_some_and(|rest| rest.trim_start_matches(' ').starts_with('!'))
        {
            let built = self.built(NodeKind::Invalid, None, tag.clone());
            return self.add(built);
        }
        let known = tag.clone().map(|tag| self.written(tag));
        // What a tag makes text is written with it, as a string is with its quotes.
        let made_text = tag.clone().filter(|_| matches!(known, Some("!" | "!!str")));
        let text = match &made_text {
            Some(tag) if is_plain => Text::at(decoded, self.place.span(tag.start..bytes.end)),
            _ => text,
        };
        let (kind, tag) = match known {
            None if is_plain => (scalar::plain(decoded), None),
            None | Some("!" | "!!str") => (None, None),
            Some("!!bool" | "!!int" | "!!float" | "!!null") => (scalar::plain(decoded), None),
            Some(_) => (None, tag.map(|tag| self.tag(tag))),
        };
        if is_plain
            && tag.is_none()
            && kind.is_none()
            && made_text.is_none()
            && let Some(number) = scalar::other_number(decoded)
        {
            let message = format!("CloudFormation reads this as the number {number}");
            self.unsupported(bytes.clone(), &message, "quote it, or write the number in base 10");
        }
        let shown = self.written(bytes.clone()).trim_end_matches(['\n', '\r']).len();
        let shown = bytes.start..bytes.start + shown;
        let built = self.built(kind.unwrap_or(NodeKind::String(text)), tag, shown);
        self.anchor(anchor, &built);
        self.add(built);
    }

    pub(super) fn alias(&mut self, anchor: usize, bytes: Range<usize>) {
        self.read = self.read.max(bytes.end);
        if !self.frames.last().is_some_and(Frame::expects_merge) {
            self.unsupported(bytes.clone(), "CloudFormation does not take YAML aliases", EXPAND);
        }
        let depth = self.frames.len();
        let found = self.anchors.get(&anchor);
        let fits = found.filter(|anchored| {
            self.expanded + anchored.size <= MAX_EXPANSION && depth + anchored.height <= MAX_DEPTH
        });
        if let Some(Anchored { node, height, size }) = fits {
            let built = Built { node: node.clone(), height: *height, size: *size, end: bytes.end };
            self.expanded += size;
            if self.frames.last().is_some_and(Frame::expects_key) {
                let key = match &built.node.kind {
                    NodeKind::String(text) => text.clone(),
                    _ => self.place.literal(bytes.clone()),
                };
                let span = self.place.span(bytes);
                self.set_key(key, span, false);
            } else {
                self.add(built);
            }
            return;
        }
        if found.is_none() && self.frames.iter().any(|frame| frame.anchor == anchor) {
            self.error(bytes.clone(), "the alias stands inside what it refers to");
        } else {
            self.limit(bytes.clone(), "aliases make the document too large: this one is not followed");
        }
        self.add_invalid(bytes);
    }

    pub(super) fn add_invalid(&mut self, bytes: Range<usize>) {
        let built = self.built(NodeKind::Invalid, None, bytes);
        self.add(built);
    }

    /// Adds a finished node to the collection that it is in.
    fn add(&mut self, built: Built) {
        if self.floor == Some(self.frames.len()) {
            self.push(SyntaxError::new(
                SyntaxErrorKind::Syntax,
                built.node.span,
                "this does not belong to the block that it stands in",
            ));
            return;
        }
        match self.frames.last_mut() {
            None => self.root = Some(built.node).filter(|node| !matches!(node.kind, NodeKind::Invalid)),
            Some(frame) if frame.expects_key() => {
                let span = built.node.span;
                if !matches!(built.node.kind, NodeKind::Invalid) {
                    let message = "a key is a list or a mapping";
                    self.push(SyntaxError::new(SyntaxErrorKind::Syntax, span, message));
                }
                self.set_key(Text::at("", span.start_point()), span, false);
            }
            Some(frame) => frame.add(built),
        }
    }

    fn set_key(&mut self, text: Text, span: keylint_source::Span, merge: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.set_key(text, span, merge);
        }
    }

    fn built(&mut self, kind: NodeKind, tag: Option<Tag>, bytes: Range<usize>) -> Built {
        self.nodes += 1;
        if self.nodes > MAX_NODES && !self.stopped {
            self.stopped = true;
            self.limit(bytes.clone(), "the YAML has too many values: the rest of it is not read");
        }
        let end = bytes.end;
        Built { node: Node { span: self.place.span(bytes), kind, tag }, height: 0, size: 1, end }
    }

    /// Keeps a node for its aliases. That is a copy, which counts as if it were used.
    fn anchor(&mut self, anchor: usize, built: &Built) {
        if anchor != 0 && self.expanded + built.size <= MAX_EXPANSION {
            self.expanded += built.size;
            let (height, size) = (built.height, built.size);
            self.anchors.insert(anchor, Anchored { node: built.node.clone(), height, size });
        }
    }

    fn unsupported(&mut self, bytes: Range<usize>, message: &str, help: &str) {
        let span = self.place.span(bytes);
        let mut error = SyntaxError::new(SyntaxErrorKind::UnsupportedYaml, span, message);
        error.help = Some(help.to_owned());
        self.push(error);
    }

    fn text(&self, decoded: &str, style: ScalarStyle, bytes: Range<usize>) -> Text {
        let (inner, quote) = match style {
            ScalarStyle::SingleQuoted => (bytes.start + 1..bytes.end.saturating_sub(1), Some(b'\'')),
            ScalarStyle::DoubleQuoted => (bytes.start + 1..bytes.end.saturating_sub(1), Some(b'"')),
            _ => (bytes, None),
        };
        if self.written(inner.clone()) == decoded {
            return self.place.literal(inner);
        }
        let (source, place) = (self.source, self.place);
        let builder = match style {
            ScalarStyle::Literal => Block { source, place, range: inner.clone(), decoded }.literal(),
            ScalarStyle::Folded => Block { source, place, range: inner.clone(), decoded }.folded(),
            _ => Flow { source, place, quote }.decode(inner.clone()),
        };
        let text = builder.finish(inner.clone());
        // What the parser decoded is what counts; a wrong map would point at the wrong bytes.
        if text.as_str() == decoded { text } else { self.place.opaque(decoded, inner) }
    }

    fn tag(&self, bytes: Range<usize>) -> Tag {
        Tag { name: self.written(bytes.clone()).into(), span: self.place.span(bytes) }
    }

    fn written(&self, bytes: Range<usize>) -> &str {
        self.source.get(bytes).unwrap_or_default()
    }

    /// The column that the entries of the block collection that starts at `start` stand in.
    fn column(&self, start: usize, dashes: bool) -> usize {
        let line = resume::line_start(self.source, start);
        let before = self.written(line..start);
        if !dashes || self.written(start..start + 1) == "-" {
            return before.len();
        }
        // A list that is not indented against its key starts, to the parser, after its dash.
        before.trim_end().strip_suffix('-').map_or(before.len(), str::len)
    }
}
