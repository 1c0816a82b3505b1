//! Items of a loop in texts: written out where they are known, as calls of `Fn::Join` and `Fn::Sub` where not.

use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind, Tag};

use super::{Expansion, Item};
use crate::call::{Call, ITEM};

impl<'t> Expansion<'t> {
    /// `Fn::Sub` of a text with items that are not known, as pieces that are joined.
    pub(super) fn pieces_of_sub(&mut self, call: &Call<'t>) -> Option<Node> {
        let (text, variables) = match (call.argument.kind, call.argument.elements()) {
            (NodeKind::String(text), _) => (text, None),
            (_, Some([Node { kind: NodeKind::String(text), tag: None, .. }, variables])) => {
                (text, Some(variables))
            }
            _ => return None,
        };
        let text = self.substitute(text);
        self.placeholder(&text, 0, true)?;
        let variables = variables.map(|variables| self.node(variables));
        let span = call.span;
        let pieces = self.pieces(&text, span, |piece| {
            if !piece.contains("${") {
                return string(piece, span);
            }
            let text = string(piece, span);
            let argument = match &variables {
                Some(variables) => list(vec![text, variables.clone()], span),
                None => text,
            };
            calling("Fn::Sub", argument, span)
        })?;
        Some(joined(pieces, span))
    }

    /// The pieces of a text around the items that are not known; `None` where there are none. Where an
    /// item stands within another placeholder, the whole is not known.
    pub(super) fn pieces(&self, text: &Text, span: Span, make: impl Fn(Text) -> Node) -> Option<Vec<Node>> {
        if !self.has_open() || !text.contains('{') {
            return None;
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        let mut last = None;
        while let Some((open, close, Item::Each(key))) = self.placeholder(text, start, true) {
            if let Some(before) = text.get(start..open).filter(|before| !before.is_empty()) {
                if before
                    .rfind("${")
                    .is_some_and(|at| !before.get(at..).is_some_and(|rest| rest.contains('}')))
                {
                    return Some(vec![each(key, span)]);
                }
                pieces.push(make(text.slice(start..open)));
            }
            self.spend(2, 0);
            pieces.push(each(key, span));
            start = close;
            last = Some(key);
        }
        last?;
        if start < text.len() {
            pieces.push(make(text.slice(start..text.len())));
        }
        Some(pieces)
    }

    /// A string with the items in place of the identifiers.
    pub(super) fn substitute(&self, text: &Text) -> Text {
        if self.bindings.is_empty() || !text.contains('{') {
            return text.clone();
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        while let Some((open, close, Item::Known(item))) = self.placeholder(text, start, false) {
            pieces.push(text.slice(start..open));
            pieces.push(item);
            start = close;
        }
        if start == 0 {
            return text.clone();
        }
        pieces.push(text.slice(start..text.len()));
        self.spend(0, pieces.iter().map(|piece| piece.len()).sum());
        if self.left.get().is_spent() {
            return text.clone();
        }
        Text::concat(&pieces)
    }

    /// The next placeholder from an offset on whose item is known, or `is_open`: where it starts and ends,
    /// and its item.
    pub(super) fn placeholder(
        &self,
        text: &Text,
        from: usize,
        is_open: bool,
    ) -> Option<(usize, usize, Item<'t>)> {
        let rest = text.get(from..)?;
        let longest = self.bindings.iter().map(|(known, _)| known.len()).max()?;
        for (index, _) in rest.match_indices('{') {
            let before = index.checked_sub(1).and_then(|before| rest.as_bytes().get(before));
            // No further than a name can reach: what is never closed would be read again and again.
            let near = rest.as_bytes().get(index + 1..)?.iter().take(longest + 1);
            let name = match near.clone().position(|byte| *byte == b'}') {
                Some(length) => rest.get(index + 1..index + 1 + length),
                None if index + 1 + longest >= rest.len() => rest.get(index + 1..),
                None => None,
            };
            let Some(name) = name else { continue };
            let (Some(sigil @ (b'$' | b'&')), Some((_, item))) =
                (before, self.bindings.iter().rev().find(|(known, _)| *known == name))
            else {
                continue;
            };
            let item = match item {
                Item::Each(_) if is_open => item.clone(),
                Item::Known(item) if !is_open && *sigil == b'&' => Item::Known(alphanumeric(item)),
                Item::Known(_) if !is_open => item.clone(),
                _ => continue,
            };
            return Some((from + index - 1, (from + index + name.len() + 2).min(text.len()), item));
        }
        None
    }
}

/// An item that nobody knows.
pub(super) fn each(key: &str, span: Span) -> Node {
    let name = format!("{ITEM}{key}").into();
    Node { span, kind: NodeKind::Null, tag: Some(Tag { span, name }) }
}

pub(super) fn string(text: Text, span: Span) -> Node {
    Node { span: text.span().unwrap_or(span), kind: NodeKind::String(text), tag: None }
}

pub(super) fn list(elements: Vec<Node>, span: Span) -> Node {
    Node { span, kind: NodeKind::List(elements), tag: None }
}

fn calling(function: &str, argument: Node, span: Span) -> Node {
    let member = Member { key: Text::at(function, span), key_span: span, value: argument };
    Node { span, kind: NodeKind::Map(vec![member]), tag: None }
}

/// One text of pieces.
pub(super) fn joined(mut pieces: Vec<Node>, span: Span) -> Node {
    match pieces.as_slice() {
        [_] => pieces.remove(0),
        _ => join_of(pieces, span),
    }
}

pub(super) fn join_of(pieces: Vec<Node>, span: Span) -> Node {
    let arguments = vec![string(Text::at("", span), span), list(pieces, span)];
    calling("Fn::Join", list(arguments, span), span)
}

/// `&{Identifier}` leaves out what a logical id cannot have.
fn alphanumeric(item: &Text) -> Text {
    if item.chars().all(|character| character.is_ascii_alphanumeric()) {
        return item.clone();
    }
    let kept: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    match item.span() {
        Some(span) => Text::at(kept, span),
        None => Text::synthetic(kept),
    }
}
