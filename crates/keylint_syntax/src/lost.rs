//! Marks of what a parser has passed over.
//!
//! What is passed over may be a key of any mapping that is open there, so these say of no key that
//! it is not given. A mark in each of them goes wherever the mapping goes.

use keylint_source::Span;

use crate::data::{Member, Node, NodeKind};
use crate::text::Text;

/// Whether a member stands for what could not be read of the mapping.
pub fn is_mark(member: &Member) -> bool {
    member.key.is_empty() && matches!(member.value.kind, NodeKind::Invalid)
}

/// Marks the mappings that are open where an error is, from a node inwards. Those for which `is_whole`
/// holds stay as they are.
///
/// What is lost lies before the place that shows it, or there: `is_before` says which of them is looked at.
pub fn mark(root: &mut Node, error: Span, is_before: bool, is_whole: fn(&Node) -> bool) {
    let mut open = Some(root);
    while let Some(node) = open.take() {
        let is_whole = is_whole(node);
        let span = node.span.start_point();
        open = match &mut node.kind {
            NodeKind::Map(members) => {
                if !is_whole && !members.iter().any(is_mark) {
                    let value = Node { span: error, kind: NodeKind::Invalid, tag: None };
                    members.push(Member { key: Text::at("", span), key_span: error, value });
                }
                last_open(members, error, is_before)
            }
            NodeKind::List(elements) => {
                elements.iter_mut().rfind(|element| reaches(element.span.start, error, is_before))
            }
            _ => None,
        };
    }
}

/// The value of the last member that starts before an error, or where it is.
pub fn last_open(members: &mut [Member], error: Span, is_before: bool) -> Option<&mut Node> {
    let mut read = members.iter_mut().filter(|member| !is_mark(member));
    read.rfind(|member| reaches(member.key_span.start, error, is_before)).map(|member| &mut member.value)
}

fn reaches(start: u32, error: Span, is_before: bool) -> bool {
    if is_before { start < error.start } else { start <= error.start }
}
