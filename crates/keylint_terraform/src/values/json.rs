//! JSON as values, and values as JSON text.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Number, Origin, Part, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Hole, Node, NodeKind};

use crate::limits;

/// What a hole in a JSON text stands for, and where it is written.
type Holes = [(Arc<Unknown>, Option<Span>)];

/// The value of a JSON document, each part where it is written.
pub(crate) fn from_document(node: &Node) -> Value {
    from_node(node, &[])
}

fn from_node(node: &Node, holes: &Holes) -> Value {
    let origin = Origin::at(node.span);
    let data = match &node.kind {
        NodeKind::Null => return super::null(origin),
        NodeKind::Bool(known) => Data::Bool(*known),
        NodeKind::Number(text) => match Number::parse(text) {
            Some(number) => Data::Number(number),
            None => return super::rejected(node.span),
        },
        NodeKind::String(text) => string(text, holes),
        NodeKind::Hole(hole) => match holes.get(usize::from(hole.0)) {
            Some((unknown, _)) => Data::Unknown(Arc::clone(unknown)),
            None => return super::rejected(node.span),
        },
        NodeKind::Invalid => return super::rejected(node.span),
        NodeKind::List(nodes) => {
            let mut list = List::default();
            for node in nodes {
                let element = from_node(node, holes);
                match (&node.kind, element.as_unknown()) {
                    // A hole may say several elements, or none.
                    (NodeKind::Hole(_), Some(unknown)) => list.rest = Some(Arc::clone(unknown)),
                    _ => list.elements.push(element),
                }
            }
            Data::List(Arc::new(list))
        }
        NodeKind::Map(members) => {
            let mut entries = IndexMap::with_capacity(members.len());
            let mut rest = None;
            for member in members {
                match string(&member.key, holes) {
                    Data::String(key) => {
                        let value = from_node(&member.value, holes);
                        let entry =
                            Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
                        entries.insert(Arc::clone(key.shared()), entry);
                    }
                    key => rest = super::first_unknown(&Value::synthetic(key)).cloned(),
                }
            }
            Data::Map(Arc::new(Map { entries, rest, ..Map::default() }))
        }
    };
    Value::new(data, origin)
}

/// A string in which the characters of holes stand for what is not known.
fn string(text: &Text, holes: &Holes) -> Data {
    if holes.is_empty() {
        return Data::String(super::normalised(text.clone()));
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (offset, character) in text.char_indices() {
        let hole = Hole::from_character(character).and_then(|hole| holes.get(usize::from(hole.0)));
        if let Some((unknown, span)) = hole {
            parts.push(Part::Known(text.slice(from..offset)));
            parts.push(Part::Hole(Arc::clone(unknown), *span));
            from = offset + character.len_utf8();
        }
    }
    parts.push(Part::Known(text.slice(from..text.len())));
    parts.retain(|part| !matches!(part, Part::Known(text) if text.is_empty()));
    Value::from_parts(parts, Origin::default()).data
}

/// The value of a JSON text; `None` when it is not JSON.
fn parse(text: &Text, holes: &Holes) -> Option<Value> {
    let (node, errors) = keylint_syntax::json::parse(text);
    let fatal = errors.iter().any(|error| error.kind != keylint_syntax::SyntaxErrorKind::DuplicateKey);
    node.filter(|_| !fatal).map(|node| from_node(&node, holes))
}

/// The value that a JSON string, holes included, says. `None` when it is not JSON or no string.
pub(crate) fn decode(value: &Value) -> Option<Value> {
    match &value.data {
        Data::Json(inner) => Some(super::inherit(&value.origin, inner)),
        Data::String(text) => parse(text, &[]).map(|decoded| super::inherit(&value.origin, &decoded)),
        Data::Partial(parts) => {
            let mut texts = Vec::with_capacity(parts.len());
            let mut holes: Vec<(Arc<Unknown>, Option<Span>)> = Vec::new();
            for part in parts.iter() {
                match part {
                    Part::Known(text) => texts.push(text.clone()),
                    Part::Hole(unknown, span) => {
                        let number = u16::try_from(holes.len()).ok().filter(|_| holes.len() < Hole::MAX)?;
                        let character = Hole(number).character().to_string();
                        texts.push(match span {
                            Some(span) => Text::mapped(
                                character,
                                vec![keylint_syntax::Segment { start: 0, span: *span, exact: false }],
                            ),
                            None => Text::synthetic(character),
                        });
                        holes.push((Arc::clone(unknown), *span));
                    }
                }
            }
            let decoded = parse(&Text::concat(&texts), &holes)?;
            Some(super::inherit(&value.origin, &decoded))
        }
        _ => None,
    }
}

/// The text that `jsonencode` makes of a value, with holes for what is not known: for a value that
/// is one of several, and for the rest of a list or map that has one. `None` when it is too large.
pub(crate) fn json_parts(value: &Value) -> Option<Vec<Part>> {
    let mut writer = Writer { parts: Vec::new(), bytes: 0 };
    writer.value(value)?;
    Some(writer.parts)
}

struct Writer {
    parts: Vec<Part>,
    bytes: usize,
}

impl Writer {
    fn push(&mut self, text: Text) -> Option<()> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > limits::STRING_BYTES {
            return None;
        }
        self.parts.push(Part::Known(text));
        Some(())
    }

    fn mark(&mut self, text: &str) -> Option<()> {
        self.push(Text::synthetic(text))
    }

    fn value(&mut self, value: &Value) -> Option<()> {
        match &value.data {
            Data::Null => self.mark("null"),
            Data::Bool(_) | Data::Number(_) => {
                self.parts.extend(value.parts()?.into_owned());
                Some(())
            }
            Data::String(text) => self.string(text),
            Data::Partial(parts) => {
                self.mark("\"")?;
                for part in parts.iter() {
                    match part {
                        Part::Known(text) => self.push(escaped(text))?,
                        hole => self.parts.push(hole.clone()),
                    }
                }
                self.mark("\"")
            }
            Data::List(list) => {
                self.mark("[")?;
                let is_certain = |element: &&Value| !list.gaps || !super::may_be_left_out(element);
                for (position, element) in list.elements.iter().filter(is_certain).enumerate() {
                    if position > 0 {
                        self.mark(",")?;
                    }
                    self.value(element)?;
                }
                // The comma before it, if there is more, is in the hole.
                let left_out = || {
                    list.elements
                        .iter()
                        .find(|element| !is_certain(element))
                        .map(|element| super::derived("jsonencode", std::slice::from_ref(element), at(value)))
                };
                let open = left_out();
                let rest = list.rest.as_ref().or_else(|| open.as_ref().and_then(Value::as_unknown));
                self.rest(rest, value)?;
                self.mark("]")
            }
            Data::Map(map) => self.map(map, value),
            Data::Json(inner) => self.value(&Value::from_parts(json_parts(inner)?, value.origin.clone())),
            // Whether it will be a string, a number or an object is not known: the hole stands
            // for whatever it will be.
            Data::Unknown(unknown) => {
                self.parts.push(Part::Hole(Arc::clone(unknown), value.origin.span));
                Some(())
            }
            Data::Choice(_) => {
                let unknown = super::derived("jsonencode", std::slice::from_ref(value), at(value));
                self.hole(unknown.as_unknown(), value);
                Some(())
            }
        }
    }

    /// Apart from what comes before it, which may end in a hole too.
    fn rest(&mut self, unknown: Option<&Arc<Unknown>>, value: &Value) -> Option<()> {
        if unknown.is_some() {
            self.mark(" ")?;
        }
        self.hole(unknown, value);
        Some(())
    }

    fn hole(&mut self, unknown: Option<&Arc<Unknown>>, value: &Value) {
        self.parts.extend(unknown.map(|unknown| Part::Hole(Arc::clone(unknown), value.origin.span)));
    }

    fn map(&mut self, map: &Map, value: &Value) -> Option<()> {
        self.mark("{")?;
        let mut entries: Vec<_> = map.entries.iter().collect();
        entries.sort_by(|a, b| a.0.cmp(b.0));
        for (position, (key, entry)) in entries.into_iter().enumerate() {
            if position > 0 {
                self.mark(",")?;
            }
            let key = match entry.key_span {
                Some(span) => Text::at(Arc::clone(key), span),
                None => Text::synthetic(Arc::clone(key)),
            };
            self.string(&key)?;
            self.mark(":")?;
            self.value(&entry.value)?;
        }
        self.rest(map.rest.as_ref(), value)?;
        self.mark("}")
    }

    fn string(&mut self, text: &Text) -> Option<()> {
        self.mark("\"")?;
        self.push(escaped(text))?;
        self.mark("\"")
    }
}

fn at(value: &Value) -> Span {
    value.origin.span.unwrap_or_else(|| Span::new(keylint_source::FileId::NOWHERE, 0, 0))
}

/// The inside of a JSON string, escaped as Terraform does (`<`, `>` and `&` too).
fn escaped(text: &Text) -> Text {
    let special = |character: char| {
        matches!(character, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}') || character < ' '
    };
    if !text.chars().any(special) {
        return text.clone();
    }
    let mut pieces: Vec<Text> = Vec::new();
    let mut from = 0;
    for (offset, character) in text.char_indices().filter(|(_, character)| special(*character)) {
        let end = offset + character.len_utf8();
        pieces.push(text.slice(from..offset));
        let code = match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            other => format!("\\u{:04x}", u32::from(other)),
        };
        pieces.push(match text.span_of(offset..end) {
            Some(span) => Text::at(code, span),
            None => Text::synthetic(code),
        });
        from = end;
    }
    pieces.push(text.slice(from..text.len()));
    Text::concat(&pieces)
}
