//! The `Globals` section: properties that resources of a type inherit.
//!
//! A resource's own value replaces a scalar or a function, is merged into a mapping, and follows
//! the elements of a list. `IgnoreGlobals` on a resource leaves out some or all.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use std::collections::HashMap;

use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{call, plain};

/// What the resources of each type inherit.
pub(super) struct Globals<'t> {
    sections: &'t [Member],
    /// How many nodes each section has, by its name.
    sizes: HashMap<&'t str, usize>,
}

impl<'t> Globals<'t> {
    pub(super) fn new(root: &'t Node) -> Self {
        let sections = root.get("Globals").map(Node::members).unwrap_or_default();
        let sizes = sections.iter().map(|section| (section.key.as_str(), size(&section.value)));
        Globals { sections, sizes: sizes.collect() }
    }

    /// How many nodes a resource of a type inherits at most.
    pub(super) fn size(&self, name: &str) -> usize {
        self.sizes.get(name).copied().unwrap_or_default()
    }

    /// The properties of a resource with those that it inherits. `name` is its type without
    /// `AWS::Serverless::`.
    pub(super) fn inherit(&self, name: &str, resource: &Node, own: &[Member]) -> Vec<Member> {
        let section = self.sections.iter().rev().find(|member| member.key.as_str() == name);
        let inherited = section.map(|section| section.value.members()).unwrap_or_default();
        let ignored = resource.get("IgnoreGlobals");
        let is_ignored = |property: &str| match ignored.map(|ignored| &ignored.kind) {
            Some(NodeKind::String(all)) => all.as_str() == "*",
            Some(NodeKind::List(names)) => names.iter().any(|name| plain(name) == Some(property)),
            _ => false,
        };
        let global: Vec<_> = inherited.iter().filter(|member| !is_ignored(&member.key)).cloned().collect();
        merge(global, own, name)
    }
}

/// The number of nodes of a tree.
fn size(root: &Node) -> usize {
    let (mut count, mut waiting) = (0, vec![root]);
    while let Some(node) = waiting.pop() {
        count += 1;
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    count
}

fn merge(mut global: Vec<Member>, own: &[Member], path: &str) -> Vec<Member> {
    for member in own {
        match global.iter_mut().rev().find(|known| known.key == member.key) {
            Some(known) => {
                let path = format!("{path}.{}", member.key.as_str());
                let value = merge_values(&known.value, &member.value, &path);
                *known = Member { value, ..member.clone() };
            }
            None => global.push(member.clone()),
        }
    }
    global
}

fn merge_values(global: &Node, own: &Node, path: &str) -> Node {
    let is_plain = |node: &Node| call(node).is_none();
    let kind = match (&global.kind, &own.kind) {
        _ if !is_plain(global) || !is_plain(own) => return own.clone(),
        (NodeKind::Map(global), NodeKind::Map(own)) => NodeKind::Map(merge(global.clone(), own, path)),
        // The one list that replaces the other.
        (NodeKind::List(_), NodeKind::List(_)) if path == "Function.Architectures" => return own.clone(),
        (NodeKind::List(global), NodeKind::List(own)) => {
            NodeKind::List(global.iter().chain(own).cloned().collect())
        }
        _ => return own.clone(),
    };
    Node { kind, ..own.clone() }
}
