//! Policies that are written as JSON text, and other objects in text, with or without holes.
//!
//! A hole is written as a character of its own before the text is parsed, and the places where these
//! characters come out again are unknown. So the parser needs to know nothing of values, and a
//! template is read by the same rules as a plain file.

use std::borrow::Cow;
use std::sync::Arc;

use keylint_model::{Data, Entry, List, Map, Number, Origin, Part, Problem, Reason, Unknown, Value};
use keylint_source::{FileId, Span};
use keylint_syntax::data::{Hole, Node, NodeKind};
use keylint_syntax::{SyntaxError, SyntaxErrorKind, Text, json, lost, yaml};

/// At how many errors of a text what is lost is marked; what has more is no policy any more.
const MAX_ERRORS: usize = 100;

/// The holes of a text, in the order of their characters.
type Holes = [(Arc<Unknown>, Option<Span>)];

/// What JSON text turned out to be.
pub(crate) enum Decoded {
    /// A value; what is wrong with the text.
    Value(Value, Vec<Problem>),
    /// The text is empty.
    Empty,
    /// Only deployment knows what the text is.
    Unknown(Arc<Unknown>),
    /// The text is no JSON at all.
    Invalid(Vec<Problem>),
}

/// The object or list that a text of JSON stands for, with or without holes; `None` for any other
/// value. For consumers that take JSON without being policies.
pub fn decoded_json(value: &Value) -> Option<Value> {
    let parts = match &value.data {
        Data::String(_) | Data::Partial(_) => value.parts()?,
        _ => return None,
    };
    let first = parts.iter().find_map(|part| match part {
        Part::Known(text) => text.trim_start().chars().next(),
        Part::Hole(..) => None,
    });
    if !matches!(first, Some('{' | '[')) {
        return None;
    }
    match decode(&parts, &value.origin) {
        Decoded::Value(decoded, problems) if problems.is_empty() => {
            matches!(decoded.data, Data::Map(_) | Data::List(_)).then_some(decoded)
        }
        _ => None,
    }
}

/// The object that a text of YAML stands for, with or without holes; `None` for any other value, and
/// for text with a mistake. Aliases and merge keys are resolved.
pub fn decoded_yaml(value: &Value) -> Option<Value> {
    let parts = match &value.data {
        Data::String(_) | Data::Partial(_) => value.parts()?,
        _ => return None,
    };
    let holes = holes_of(&parts);
    if holes.len() > Hole::MAX {
        return None;
    }
    let file = yaml::parse(&written(&parts));
    let is_read = |error: &SyntaxError| {
        matches!(error.kind, SyntaxErrorKind::UnsupportedYaml | SyntaxErrorKind::DuplicateKey)
    };
    match file.documents.as_slice() {
        [root] if matches!(root.kind, NodeKind::Map(_)) && file.errors.iter().all(is_read) => {
            Some(value_of(root, &holes, &value.origin))
        }
        _ => None,
    }
}

/// The value that JSON text stands for.
pub(crate) fn decode(parts: &[Part], origin: &Origin) -> Decoded {
    let holes = holes_of(parts);
    if holes.len() > Hole::MAX {
        return Decoded::Unknown(Arc::new(Unknown::new(Reason::Limit)));
    }
    let text = written(parts);
    if text.trim().is_empty() {
        return Decoded::Empty;
    }
    let (root, errors) = json::parse(&text);
    let cut: Vec<Span> = errors.iter().filter(|error| error.cuts()).map(|error| error.span).collect();
    // What is wrong with a text that was written nowhere is wrong with what made it.
    let placed = |mut problem: Problem| {
        if problem.span.file == FileId::NOWHERE {
            problem.span = origin.span?;
        }
        Some(problem)
    };
    let problems: Vec<_> = errors.into_iter().map(Problem::from).filter_map(placed).collect();
    match (root, holes.first()) {
        (Some(mut root), _) => match &root.kind {
            NodeKind::Hole(hole) => Decoded::Unknown(unknown_of(*hole, &holes)),
            _ => {
                let problems = certain(problems, &root, &text, &holes);
                // What a hole may explain has lost nothing.
                let is_certain = |cut: &&Span| problems.iter().any(|problem| problem.span == **cut);
                for span in cut.iter().filter(is_certain).take(MAX_ERRORS) {
                    for is_before in [true, false] {
                        lost::mark(&mut root, *span, is_before, |_| false);
                    }
                }
                Decoded::Value(value_of(&root, &holes, origin), problems)
            }
        },
        (None, Some((unknown, _))) => Decoded::Unknown(Arc::clone(unknown)),
        (None, None) => Decoded::Invalid(problems),
    }
}

/// The problems that stay whatever the holes turn out to be: a hole that stands neither in a string
/// nor alone for a value may be the comma that is missing after it.
fn certain(problems: Vec<Problem>, root: &Node, text: &str, holes: &Holes) -> Vec<Problem> {
    if problems.is_empty() || holes.is_empty() {
        return problems;
    }
    let mut settled = vec![false; holes.len()];
    settle(root, &alone(text, holes.len()), &mut settled);
    let mut open = settled.iter().zip(holes).filter(|(settled, _)| !**settled);
    let Some((_, (_, first))) = open.next() else { return problems };
    // Without a place of its own nothing shows what comes before it.
    let is_before = |problem: &Problem| {
        first.is_some_and(|hole| problem.span.file == hole.file && problem.span.end <= hole.start)
    };
    problems.into_iter().filter(|problem| problem.rule != "KL001" || is_before(problem)).collect()
}

/// Which of the holes have their places between commas and brackets.
fn alone(text: &str, count: usize) -> Vec<bool> {
    let mut alone = vec![false; count];
    for (at, character) in text.char_indices() {
        let hole = Hole::from_character(character).and_then(|hole| alone.get_mut(usize::from(hole.0)));
        let (Some(hole), Some((before, after))) = (hole, text.split_at_checked(at)) else { continue };
        let after = after.trim_start_matches(character).trim_start();
        *hole = before.trim_end().ends_with(['[', ',', ':']) && after.starts_with([',', ']', '}']);
    }
    alone
}

/// Marks the holes that are parts of strings, or values.
fn settle(node: &Node, alone: &[bool], settled: &mut [bool]) {
    fn mark(hole: Hole, settled: &mut [bool]) {
        if let Some(settled) = settled.get_mut(usize::from(hole.0)) {
            *settled = true;
        }
    }
    let text = |text: &Text, settled: &mut [bool]| {
        text.chars().filter_map(Hole::from_character).for_each(|hole| mark(hole, settled));
    };
    match &node.kind {
        NodeKind::String(string) => text(string, settled),
        NodeKind::Hole(hole) if alone.get(usize::from(hole.0)) == Some(&true) => mark(*hole, settled),
        NodeKind::Hole(_) => {}
        NodeKind::List(elements) => elements.iter().for_each(|element| settle(element, alone, settled)),
        NodeKind::Map(members) => {
            for member in members {
                // A hole that stands for a whole member, with all that it may be, is its own key.
                let is_member = matches!(&member.value.kind, NodeKind::Hole(hole)
                    if member.key.chars().any(|key| Hole::from_character(key) == Some(*hole)));
                if !is_member {
                    text(&member.key, settled);
                    settle(&member.value, alone, settled);
                }
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Invalid => {}
    }
}

fn holes_of(parts: &[Part]) -> Vec<(Arc<Unknown>, Option<Span>)> {
    let holes = parts.iter().filter_map(|part| match part {
        Part::Hole(unknown, span) => Some((Arc::clone(unknown), *span)),
        Part::Known(_) => None,
    });
    holes.collect()
}

/// The text with a character for each hole.
fn written(parts: &[Part]) -> Cow<'_, Text> {
    if let [Part::Known(text)] = parts {
        return Cow::Borrowed(text);
    }
    let mut index = 0u16;
    let texts: Vec<Text> = parts
        .iter()
        .map(|part| match part {
            Part::Known(text) => text.clone(),
            Part::Hole(_, span) => {
                let character = Hole(index).character().to_string();
                index = index.saturating_add(1);
                match span {
                    Some(span) => Text::at(character, *span),
                    None => Text::synthetic(character),
                }
            }
        })
        .collect();
    Cow::Owned(Text::concat(&texts))
}

fn unknown_of(hole: Hole, holes: &Holes) -> Arc<Unknown> {
    match holes.get(usize::from(hole.0)) {
        Some((unknown, _)) => Arc::clone(unknown),
        // A character of the private plane that the text itself contains.
        None => Arc::new(Unknown::new(Reason::Invalid)),
    }
}

/// The value that a node of a document stands for. Tags of YAML mean nothing in a policy.
pub(crate) fn value_of(node: &Node, holes: &Holes, outer: &Origin) -> Value {
    let mut origin = outer.clone();
    origin.span = Some(node.span).filter(|span| span.file != FileId::NOWHERE);
    let data = match &node.kind {
        NodeKind::Null => Data::Null,
        NodeKind::Bool(known) => Data::Bool(*known),
        NodeKind::Number(text) => match Number::parse(text) {
            Some(number) => Data::Number(number),
            None => Data::String(Text::synthetic(&**text)),
        },
        NodeKind::String(text) => return string_of(text, holes, origin),
        NodeKind::Hole(hole) => Data::Unknown(unknown_of(*hole, holes)),
        NodeKind::Invalid => Data::Unknown(Arc::new(Unknown::new(Reason::Invalid))),
        NodeKind::List(elements) => {
            let elements = elements.iter().map(|element| value_of(element, holes, outer)).collect();
            Data::List(Arc::new(List { elements, ..List::default() }))
        }
        NodeKind::Map(members) => {
            let mut map = Map::default();
            for member in members {
                if lost::is_mark(member) {
                    map.rest.get_or_insert_with(|| Arc::new(Unknown::new(Reason::Invalid)));
                    continue;
                }
                if let Some(hole) = member.key.chars().find_map(Hole::from_character) {
                    map.rest = Some(unknown_of(hole, holes));
                    continue;
                }
                let key_span = Some(member.key_span).filter(|span| span.file != FileId::NOWHERE);
                let value = value_of(&member.value, holes, outer);
                let span = value.origin.span;
                map.entries.insert(Arc::clone(member.key.shared()), Entry { key_span, span, value });
            }
            Data::Map(Arc::new(map))
        }
    };
    Value::new(data, origin)
}

/// A string, taken apart at its holes.
fn string_of(text: &Text, holes: &Holes, origin: Origin) -> Value {
    if holes.is_empty() {
        return Value::new(Data::String(text.clone()), origin);
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let Some(hole) = Hole::from_character(character) else { continue };
        let Some((unknown, span)) = holes.get(usize::from(hole.0)) else { continue };
        if from < at {
            parts.push(Part::Known(text.slice(from..at)));
        }
        parts.push(Part::Hole(Arc::clone(unknown), *span));
        from = at + character.len_utf8();
    }
    if parts.is_empty() {
        return Value::new(Data::String(text.clone()), origin);
    }
    if from < text.len() {
        parts.push(Part::Known(text.slice(from..text.len())));
    }
    if let [Part::Hole(unknown, span)] = parts.as_slice() {
        let span = span.or(origin.span);
        return Value::new(Data::Unknown(Arc::clone(unknown)), Origin { span, ..origin });
    }
    Value::new(Data::Partial(parts.into()), origin)
}
