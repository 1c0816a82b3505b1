//! What the tests of both data languages need.

use crate::data::{Hole, Node, NodeKind};

/// Renders a tree on one line, each string in quotes, holes as digits in superscript.
pub(crate) fn shown(node: &Node) -> String {
    let kind = match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool(known) => known.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::String(text) => {
            let holes = text.replace(Hole(1).character(), "¹");
            format!("\"{}\"", holes.escape_debug())
        }
        NodeKind::Hole(hole) => format!("<{}>", hole.0),
        NodeKind::Invalid => "invalid".into(),
        NodeKind::List(nodes) => format!("[{}]", nodes.iter().map(shown).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|member| format!("{}: {}", member.key.as_str(), shown(&member.value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    };
    match &node.tag {
        Some(tag) => format!("{} {kind}", tag.name),
        None => kind,
    }
}

/// Calls `check` with every string of a tree, keys included.
pub(crate) fn each_text(node: &Node, check: &mut dyn FnMut(&crate::Text)) {
    match &node.kind {
        NodeKind::String(text) => check(text),
        NodeKind::List(nodes) => nodes.iter().for_each(|node| each_text(node, check)),
        NodeKind::Map(members) => {
            for member in members {
                check(&member.key);
                each_text(&member.value, check);
            }
        }
        _ => {}
    }
}
