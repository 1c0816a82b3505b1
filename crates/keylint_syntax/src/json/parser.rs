//! The grammar, with recovery.

use super::{MAX_DEPTH, MAX_NODES};
use crate::data::{Hole, Member, Node, NodeKind};
use crate::duplicates;
use crate::error::SyntaxError;
use crate::number::{self, Form};
use crate::place::Place;
use crate::text::Text;

pub(super) struct Parser<'t> {
    pub(super) source: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) place: Place<'t>,
    pub(super) at: usize,
    pub(super) errors: Vec<SyntaxError>,
    /// Whether a comment was reported: one report is enough.
    pub(super) commented: bool,
    /// Whether reading has ended before the text: nothing more is reported.
    pub(super) stopped: bool,
    open_objects: usize,
    open_lists: usize,
    nodes: usize,
}

/// How an element or member of a collection is followed.
enum Next {
    /// By another one.
    More,
    /// By the end of the collection, which is passed.
    End,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        let source = text.as_str();
        Parser {
            source,
            bytes: source.as_bytes(),
            place: Place::new(text),
            at: if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            errors: Vec::new(),
            commented: false,
            stopped: false,
            open_objects: 0,
            open_lists: 0,
            nodes: 0,
        }
    }

    pub(super) fn document(mut self) -> (Option<Node>, Vec<SyntaxError>) {
        self.skip_space();
        if self.at >= self.bytes.len() {
            self.error(self.at..self.at, "there is no JSON value");
            return (None, self.errors);
        }
        let root = self.value();
        self.skip_space();
        let nothing = matches!(root.kind, NodeKind::Invalid);
        if !nothing && !self.stopped && self.at < self.bytes.len() {
            let start = self.at;
            self.at += 1;
            self.skip_word();
            self.error(start..self.at, "there is text after the end of the JSON value");
        }
        (Some(root).filter(|_| !nothing), self.errors)
    }

    fn node(&mut self, start: usize, kind: NodeKind) -> Node {
        Node { span: self.place.span(start..self.at), kind, tag: None }
    }

    /// The value that starts here. What is none is reported and passed.
    fn value(&mut self) -> Node {
        let start = self.at;
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.stop("the JSON has too many values: the rest of it is not read");
            return self.node(start, NodeKind::Invalid);
        }
        let kind = match self.peek() {
            Some(b'"') => NodeKind::String(self.string()),
            Some(opening @ (b'{' | b'[')) => {
                if self.open_objects + self.open_lists >= MAX_DEPTH {
                    self.too_deep(start)
                } else if opening == b'{' {
                    self.object(start)
                } else {
                    self.list(start)
                }
            }
            Some(b'-' | b'0'..=b'9') => self.number(start),
            Some(_) if self.peek_hole().is_some() => self.hole(),
            _ => self.word(start),
        };
        self.node(start, kind)
    }

    fn object(&mut self, start: usize) -> NodeKind {
        self.at += 1;
        self.open_objects += 1;
        let mut members = Vec::new();
        let mut after_comma = None;
        loop {
            self.skip_space();
            let mut whole = true;
            match self.peek() {
                Some(b'}') => {
                    self.trailing_comma(after_comma);
                    self.at += 1;
                    break;
                }
                Some(b'"') => {
                    let member = self.member();
                    whole = !matches!(member.value.kind, NodeKind::Invalid);
                    members.push(member);
                }
                _ => match self.peek_hole() {
                    Some(hole) => members.push(self.hole_member(hole)),
                    None if self.not_a_key(start) => break,
                    None => whole = false,
                },
            }
            match self.next(start, b'}', whole, &mut after_comma) {
                Next::More => {}
                Next::End => break,
            }
        }
        self.open_objects -= 1;
        duplicates::report(&members).into_iter().for_each(|error| self.push(error));
        NodeKind::Map(members)
    }

    fn list(&mut self, start: usize) -> NodeKind {
        self.at += 1;
        self.open_lists += 1;
        let mut elements = Vec::new();
        let mut after_comma = None;
        loop {
            self.skip_space();
            let mut whole = true;
            match self.peek() {
                Some(b']') => {
                    self.trailing_comma(after_comma);
                    self.at += 1;
                    break;
                }
                None => {
                    self.ends_inside(start..start + 1, "the list is not closed");
                    break;
                }
                Some(b'}') => {}
                Some(_) => {
                    let element = self.value();
                    whole = !matches!(element.kind, NodeKind::Invalid);
                    elements.push(element);
                }
            }
            match self.next(start, b']', whole, &mut after_comma) {
                Next::More => {}
                Next::End => break,
            }
        }
        self.open_lists -= 1;
        NodeKind::List(elements)
    }

    fn member(&mut self) -> Member {
        let start = self.at;
        let key = self.string();
        let key_span = self.place.span(start..self.at);
        self.skip_space();
        if self.peek() != Some(b':') {
            self.error(self.at..self.at, "a `:` is missing after the key");
            let at = self.at;
            // `"key" "value"` and `"key" = "value"` can still be read.
            if matches!(self.peek(), Some(b'=')) {
                self.at += 1;
                self.skip_space();
            } else if !matches!(self.peek(), Some(b'"' | b'{' | b'[')) {
                return Member { key, key_span, value: self.node(at, NodeKind::Invalid) };
            }
        } else {
            self.at += 1;
            self.skip_space();
        }
        let value = self.value();
        Member { key, key_span, value }
    }

    /// A member that is, or whose key is, a hole without quotes.
    fn hole_member(&mut self, hole: Hole) -> Member {
        let start = self.at;
        self.skip_word();
        let (key, key_span) = (self.place.literal(start..self.at), self.place.span(start..self.at));
        let whole = self.node(start, NodeKind::Hole(hole));
        self.skip_space();
        if self.peek() != Some(b':') {
            return Member { key, key_span, value: whole };
        }
        self.at += 1;
        self.skip_space();
        Member { key, key_span, value: self.value() }
    }

    /// Reports what stands in place of a key and passes it; `true` when the object ends with it.
    fn not_a_key(&mut self, start: usize) -> bool {
        match self.peek() {
            None => {
                self.ends_inside(start..start + 1, "the object is not closed");
                return true;
            }
            Some(b',') => {
                self.blemish(self.at..self.at + 1, "a member is missing before the comma", None);
            }
            Some(b']') => {}
            Some(_) => {
                let from = self.at;
                self.at += self.width();
                self.skip_word();
                let help = "write the key in double quotes";
                self.error_with_help(from..self.at, "an object's keys are strings in double quotes", help);
            }
        }
        false
    }

    /// Passes what follows an element or member up to the start of the next one. After one that
    /// was not `whole`, the mistake has been reported and the text up to the comma belongs to it.
    fn next(&mut self, opening: usize, closing: u8, whole: bool, after_comma: &mut Option<usize>) -> Next {
        *after_comma = None;
        let unclosed = if closing == b'}' { "the object is not closed" } else { "the list is not closed" };
        if !whole {
            self.resynchronise();
        }
        let mut complain = true;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    *after_comma = Some(self.at);
                    self.at += 1;
                    return Next::More;
                }
                Some(byte) if byte == closing => {
                    self.at += 1;
                    return Next::End;
                }
                Some(byte @ (b'}' | b']')) => {
                    self.error(self.at..self.at + 1, unclosed);
                    let of_another = if byte == b'}' { self.open_objects } else { self.open_lists };
                    if of_another > 0 {
                        return Next::End;
                    }
                    self.at += 1;
                }
                None => {
                    self.ends_inside(opening..opening + 1, unclosed);
                    return Next::End;
                }
                // The comma may be in the hole.
                Some(_) if self.peek_hole().is_some() => return Next::More,
                Some(byte) => {
                    let is_next = byte == b'"' || (closing == b']' && matches!(byte, b'{' | b'['));
                    let message = "a comma is missing";
                    match std::mem::take(&mut complain) {
                        true if is_next => self.blemish(self.at..self.at, message, None),
                        true => self.error(self.at..self.at, message),
                        false => {}
                    }
                    if is_next {
                        return Next::More;
                    }
                    self.resynchronise();
                }
            }
        }
    }

    fn trailing_comma(&mut self, after_comma: Option<usize>) {
        if let Some(comma) = after_comma {
            self.blemish(comma..comma + 1, "trailing comma", Some("remove the comma"));
        }
    }

    fn too_deep(&mut self, start: usize) -> NodeKind {
        let message = format!("lists and objects are nested deeper than {MAX_DEPTH} levels");
        let span = self.place.span(start..start + 1);
        self.push(SyntaxError::new(crate::SyntaxErrorKind::Limit, span, message));
        self.at += 1;
        let mut open = 1_usize;
        while open > 0 && self.at < self.bytes.len() {
            self.resynchronise();
            if matches!(self.peek(), Some(b'}' | b']')) {
                open -= 1;
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        NodeKind::Invalid
    }

    fn hole(&mut self) -> NodeKind {
        let hole = self.peek_hole();
        // `${n}00` is one value of which nothing is known.
        self.skip_word();
        hole.map_or(NodeKind::Invalid, NodeKind::Hole)
    }

    fn number(&mut self, start: usize) -> NodeKind {
        self.skip_word();
        let written = self.source.get(start..self.at).unwrap_or_default();
        if let Some(hole) = written.chars().find_map(Hole::from_character) {
            return NodeKind::Hole(hole);
        }
        match number::form(written) {
            Form::Json => NodeKind::Number(written.into()),
            Form::LeadingZero => {
                let help = "write it as a string, in double quotes, if it is an account id or the like";
                self.blemish(start..self.at, "a number starts with a zero", Some(help));
                NodeKind::Number(written.into())
            }
            Form::Other => {
                self.error(start..self.at, "this is not a JSON value");
                NodeKind::Invalid
            }
        }
    }

    /// A bare word: `true`, `false`, `null`, or something that is no JSON.
    fn word(&mut self, start: usize) -> NodeKind {
        self.skip_word();
        match self.source.get(start..self.at).unwrap_or_default() {
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            "null" => NodeKind::Null,
            "" => {
                let end = if matches!(self.peek(), Some(b'\'')) { start + 1 } else { start };
                if end > start {
                    let help = "write it in double quotes";
                    self.error_with_help(start..end, "strings take double quotes", help);
                    self.skip_single_quoted();
                } else {
                    self.error(start..end, "a value is missing");
                }
                NodeKind::Invalid
            }
            word => {
                let known = ["true", "false", "null"].iter().any(|known| known.eq_ignore_ascii_case(word));
                if known || word == "None" {
                    let help = "JSON writes true, false and null, in lower case";
                    self.error_with_help(start..self.at, "this is not a JSON value", help);
                } else {
                    self.error(start..self.at, "this is not a JSON value");
                }
                NodeKind::Invalid
            }
        }
    }

    /// The length of the character that stands here.
    fn width(&self) -> usize {
        self.source.get(self.at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    }
}
