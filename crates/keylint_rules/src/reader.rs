//! Reads the YAML of pages and kinds: every key is known, every value of its type, every error
//! has a place.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources, Span};
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::{Text, yaml};

use crate::cel::CelError;
use keylint_model::nearest;

/// What is wrong with a page or a kind file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// The bytes of the file that show it.
    pub range: Range<usize>,
    /// The fact, in present tense, lower case, without full stop.
    pub message: String,
}

impl LoadError {
    /// An error at a place.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        LoadError { range, message: message.into() }
    }

    /// An error in a condition that stands in a text of the file.
    pub(crate) fn in_condition(text: &Text, error: &CelError) -> Self {
        let range = text.span_of(error.range.clone()).map(Span::range).unwrap_or_default();
        LoadError::new(range, error.message.clone())
    }
}

/// Parses YAML that starts at an offset of a file; the places of the tree are bytes of the file.
/// `None` when it is empty.
pub(crate) fn parse(file: &str, range: Range<usize>, errors: &mut Vec<LoadError>) -> Option<Node> {
    // The store only lends a file id: places are taken out of the spans again at once.
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let source = sources.insert(Path::new("/page"), file);
    let text = Text::at(file, source.span()).slice(range);
    let parsed = yaml::parse(&text);
    errors.extend(parsed.errors.into_iter().map(|error| LoadError::new(error.span.range(), error.message)));
    parsed.documents.into_iter().next()
}

/// The members of a mapping, each to be taken once; those that nobody takes are errors.
pub(crate) struct Fields<'n> {
    range: Range<usize>,
    members: &'n [Member],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The members of a mapping.
    pub(crate) fn of(node: &'n Node, errors: &mut Vec<LoadError>) -> Self {
        if !matches!(node.kind, NodeKind::Map(_)) {
            errors.push(LoadError::new(node.span.range(), "a mapping is expected here"));
        }
        Fields { range: node.span.range(), members: node.members(), known: Vec::new() }
    }

    /// The value of a key; null counts as absent.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let member = self.members.iter().rev().find(|member| member.key.as_str() == key)?;
        (!matches!(member.value.kind, NodeKind::Null)).then_some(&member.value)
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&mut self, key: &'static str, errors: &mut Vec<LoadError>) -> Option<&'n Node> {
        let node = self.take(key);
        if node.is_none() {
            let range = self.range.start..self.range.start;
            errors.push(LoadError::new(range, format!("`{key}` is missing")));
        }
        node
    }

    /// Reports the keys that nobody took.
    pub(crate) fn finish(self, errors: &mut Vec<LoadError>) {
        for member in self.members {
            let key = member.key.as_str();
            if !self.known.contains(&key) {
                let hint = match nearest(key, self.known.iter().copied()) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None => String::new(),
                };
                let message = format!("there is no key `{key}` here{hint}");
                errors.push(LoadError::new(member.key_span.range(), message));
            }
        }
    }
}

/// The string that a node is.
pub(crate) fn string<'n>(node: &'n Node, errors: &mut Vec<LoadError>) -> Option<&'n Text> {
    match &node.kind {
        NodeKind::String(text) => Some(text),
        _ => {
            errors.push(LoadError::new(node.span.range(), "a string is expected here"));
            None
        }
    }
}

/// The boolean that a node is.
pub(crate) fn boolean(node: &Node, errors: &mut Vec<LoadError>) -> Option<bool> {
    match &node.kind {
        NodeKind::Bool(value) => Some(*value),
        _ => {
            errors.push(LoadError::new(node.span.range(), "true or false is expected here"));
            None
        }
    }
}

/// The strings of a list, or the one string.
pub(crate) fn strings<'n>(node: &'n Node, errors: &mut Vec<LoadError>) -> Vec<&'n Text> {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().filter_map(|node| string(node, errors)).collect(),
        _ => string(node, errors).into_iter().collect(),
    }
}

/// The elements of a list; a single node is a list of itself.
pub(crate) fn elements(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::List(nodes) => nodes,
        _ => std::slice::from_ref(node),
    }
}

/// The bytes of a text in its file.
pub(crate) fn range(text: &Text) -> Range<usize> {
    text.span().map(Span::range).unwrap_or_default()
}
