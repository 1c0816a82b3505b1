//! Policies of which a part does not parse.
//!
//! What the parser passes over may be a member of any object that is open there, so that these say of no
//! element that it is not given. A mark in each of them says so.

use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};

/// How many errors of a text are looked at; what has more is no policy any more.
const MAX_ERRORS: usize = 100;

/// Whether a member stands for what could not be read of the object.
pub(crate) fn is_mark(member: &Member) -> bool {
    member.key.is_empty() && matches!(member.value.kind, NodeKind::Invalid)
}

/// Marks the objects in which something is lost, by the places of the errors.
pub(crate) fn mark(root: &mut Node, errors: impl Iterator<Item = Span>) {
    for span in errors.take(MAX_ERRORS) {
        // What is lost lies before the place that shows it, or there.
        for is_before in [true, false] {
            mark_at(root, span, is_before);
        }
    }
}

/// Marks the objects that are open where an error is.
fn mark_at(root: &mut Node, error: Span, is_before: bool) {
    let reaches = |start: u32| if is_before { start < error.start } else { start <= error.start };
    let mut open = Some(root);
    while let Some(node) = open.take() {
        let span = node.span.start_point();
        open = match &mut node.kind {
            NodeKind::Map(members) => {
                if !members.iter().any(is_mark) {
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
