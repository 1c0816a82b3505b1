//! The names that an expression refers to.

use std::collections::HashSet;

use keylint_syntax::data::{Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::template::Template;

/// The names that the conditions of a template refer to.
pub(crate) fn by_conditions<'t>(template: &Template<'t>) -> HashSet<&'t str> {
    names(template.conditions.values().map(|member| &member.value))
}

/// The names that expressions refer to, by `Ref` or in the text of `Fn::Sub`.
pub(crate) fn names<'t>(roots: impl IntoIterator<Item = &'t Node>) -> HashSet<&'t str> {
    let mut names = HashSet::new();
    let mut waiting: Vec<&'t Node> = roots.into_iter().collect();
    while let Some(node) = waiting.pop() {
        if let Some(call) = Call::of(View::from(node)) {
            match (call.function, call.argument.kind) {
                (Function::Ref, NodeKind::String(name)) => {
                    names.insert(name.as_str());
                }
                (Function::Sub, NodeKind::String(text)) => names.extend(variables(text)),
                (Function::Sub, NodeKind::List(elements)) => {
                    let text = elements.first().and_then(Node::as_str);
                    names.extend(text.into_iter().flat_map(variables));
                }
                _ => {}
            }
        }
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    names
}

/// The names between `${` and `}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}
