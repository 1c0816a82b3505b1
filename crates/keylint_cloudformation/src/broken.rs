//! Templates of which a part does not parse.
//!
//! What the parser passes over may be a key of any mapping that is open there, so these say of no key
//! that it is not given. A mark in each of them goes wherever the mapping goes: through snippets, loops
//! and the transform of SAM.

use keylint_source::Span;
use keylint_syntax::classify::Parsed;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::{SyntaxErrorKind, Text};

use crate::call::{Call, View};

/// How many errors of a file are looked at; what has more is no template any more.
const MAX_ERRORS: usize = 1_000;

/// Whether an error leaves out a part of the file.
pub(crate) fn cuts(kind: SyntaxErrorKind) -> bool {
    matches!(kind, SyntaxErrorKind::Syntax | SyntaxErrorKind::Limit)
}

/// Whether a member stands for what could not be read of the mapping.
pub(crate) fn is_mark(member: &Member) -> bool {
    member.key.is_empty() && matches!(member.value.kind, NodeKind::Invalid)
}

/// Marks the mappings in which something does not parse.
pub(crate) fn mark(content: &mut Parsed) {
    let Some(root) = content.documents.first_mut() else { return };
    let errors = content.errors.iter().filter(|error| cuts(error.kind)).take(MAX_ERRORS);
    for span in errors.map(|error| error.span) {
        // What is lost lies before the place that shows it, or there.
        for is_before in [true, false] {
            mark_at(root, span, is_before);
        }
    }
}

/// Marks the mappings that are open where an error is, within one resource.
fn mark_at(root: &mut Node, error: Span, is_before: bool) {
    let reaches = |start: u32| if is_before { start < error.start } else { start <= error.start };
    let sections = match &mut root.kind {
        NodeKind::Map(members) => members,
        _ => return,
    };
    let resources = sections.iter_mut().rev().find(|member| member.key.as_str() == "Resources");
    let Some(Member { value: Node { kind: NodeKind::Map(resources), .. }, .. }) = resources else { return };
    let mut next = resources.iter_mut().rfind(|member| reaches(member.key_span.start));
    let mut open = next.take().map(|member| &mut member.value);
    while let Some(node) = open.take() {
        let is_call = Call::of(View::from(&*node)).is_some();
        let span = node.span.start_point();
        open = match &mut node.kind {
            NodeKind::Map(members) => {
                if !is_call && !members.iter().any(is_mark) {
                    let value = Node { span: error, kind: NodeKind::Invalid, tag: None };
                    members.push(Member { key: Text::at("", span), key_span: error, value });
                }
                let others = members.iter_mut().filter(|member| !is_mark(member));
                others.rev().find(|member| reaches(member.key_span.start)).map(|member| &mut member.value)
            }
            NodeKind::List(elements) => elements.iter_mut().rfind(|element| reaches(element.span.start)),
            _ => None,
        };
    }
}
