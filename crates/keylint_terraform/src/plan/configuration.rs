//! What a plan says of the configuration that it was made of.
//!
//! `configuration` lists, for each argument, its constant value or the names that its expression
//! mentions: `var.x`, `module.m.arn`, `aws_kms_key.this[0].arn`, each followed by its shorter
//! prefixes. Blocks that a `dynamic` block makes are not listed at all.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation>.

use std::collections::HashMap;

use keylint_syntax::data::{Node, NodeKind};

use super::address::{Place, without_key};
use super::list;
use crate::limits;

/// The `configuration` of a plan.
pub(super) struct Configuration<'n> {
    root: Option<&'n Node>,
    /// The resources by module, keys left out, and address.
    resources: HashMap<(String, &'n str), &'n Node>,
}

/// Where an argument, or a part of it, is written.
#[derive(Clone, Debug)]
pub(super) enum Written<'n> {
    /// In one of these expressions.
    Expressions(Vec<&'n Node>),
    /// In one of these blocks, or in all of them where it is what they make.
    Blocks(Vec<&'n Node>),
    /// Nowhere: the provider gives it.
    Nowhere,
    /// This plan does not say.
    Unsaid,
}

impl<'n> Configuration<'n> {
    pub(super) fn new(plan: &'n Node) -> Self {
        let root = plan.get("configuration").and_then(|it| it.get("root_module"));
        let mut configuration = Configuration { root, resources: HashMap::new() };
        if let Some(root) = root {
            configuration.index(root, "", 0);
        }
        configuration
    }

    fn index(&mut self, module: &'n Node, path: &str, depth: usize) {
        for resource in list(module.get("resources")) {
            if let Some(address) = resource.get("address").and_then(Node::as_str) {
                self.resources.entry((path.to_owned(), address)).or_insert(resource);
            }
        }
        if depth >= limits::MODULE_DEPTH {
            return;
        }
        for call in module.get("module_calls").map(Node::members).unwrap_or_default() {
            if let Some(inner) = call.value.get("module") {
                self.index(inner, &format!("{path}{}.", call.key.as_str()), depth + 1);
            }
        }
    }

    /// Where the arguments of a resource are written.
    pub(super) fn arguments(&self, address: &str) -> Written<'n> {
        match self.resource(&Place::of(address)) {
            // Without any argument there are no expressions.
            Some(resource) => Written::Blocks(resource.get("expressions").into_iter().collect()),
            None => Written::Unsaid,
        }
    }

    /// What the configuration says of a resource.
    pub(super) fn resource(&self, place: &Place<'_>) -> Option<&'n Node> {
        let path: String = place.modules.iter().flat_map(|name| [without_key(name), "."]).collect();
        self.resources.get(&(path, place.resource.as_str())).copied()
    }

    /// The module with these names; keys do not matter.
    pub(super) fn module<S: AsRef<str>>(&self, names: &[S]) -> Option<&'n Node> {
        names.iter().try_fold(self.root?, |module, name| {
            module.get("module_calls")?.get(without_key(name.as_ref()))?.get("module")
        })
    }
}

/// A member with its name.
pub(super) fn member<'n>(node: &'n Node, name: &str) -> Option<(&'n str, &'n Node)> {
    let found = node.members().iter().rev().find(|member| member.key.as_str() == name)?;
    Some((found.key.as_str(), &found.value))
}

impl<'n> Written<'n> {
    /// Where the argument `name` of these blocks is written.
    pub(super) fn argument(&self, name: &str) -> Written<'n> {
        let Written::Blocks(blocks) = self else {
            // A part of what one expression says.
            return self.clone();
        };
        let found: Vec<_> = blocks.iter().filter_map(|block| block.get(name)).collect();
        if found.is_empty() {
            return Written::Nowhere;
        }
        let mut nested = Vec::new();
        for node in &found {
            match &node.kind {
                NodeKind::List(blocks) => nested.extend(blocks),
                NodeKind::Map(_) if !is_expression(node) => nested.push(*node),
                _ => {}
            }
        }
        match nested.is_empty() {
            false if !found.iter().any(|node| is_expression(node)) => Written::Blocks(nested),
            true if found.iter().all(|node| is_expression(node)) => Written::Expressions(found),
            _ => Written::Unsaid,
        }
    }

    /// Where one of several elements is written, `of` in all: of blocks one that has the constants which
    /// the element has. Which of them is which in a set is not said otherwise.
    pub(super) fn element(&self, element: &Node, of: usize) -> Written<'n> {
        match self {
            // There are others, that a `dynamic` block makes.
            Written::Blocks(blocks) if blocks.len() != of => Written::Unsaid,
            Written::Blocks(blocks) if of > 1 => {
                let can_be = |block: &&&'n Node| has_constants(element, block);
                let own: Vec<_> = blocks.iter().filter(can_be).copied().collect();
                Written::Blocks(if own.is_empty() { blocks.clone() } else { own })
            }
            other => other.clone(),
        }
    }
}

/// Whether an element has the constants of a block.
fn has_constants(element: &Node, block: &Node) -> bool {
    block.members().iter().all(|argument| {
        let value = element.get(argument.key.as_str());
        match (argument.value.get("constant_value"), value) {
            (Some(constant), Some(value)) => is_same(constant, value),
            _ => true,
        }
    })
}

/// Whether two values say the same, as far as they are scalars and lists of them.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (NodeKind::String(a), NodeKind::String(b)) => a == b,
        (NodeKind::Number(a), NodeKind::Number(b)) => a == b,
        (NodeKind::Bool(a), NodeKind::Bool(b)) => a == b,
        // The elements of a set stand in any order.
        (NodeKind::List(a), NodeKind::List(b)) => {
            a.iter().all(|one| b.iter().any(|other| is_same(one, other)))
        }
        // What the provider makes of a text or a number is its own affair.
        _ => true,
    }
}

/// Whether a node is an expression and not a block in which there are some.
fn is_expression(node: &Node) -> bool {
    let is_map = matches!(node.kind, NodeKind::Map(_));
    is_map && node.members().iter().all(|one| matches!(one.key.as_str(), "constant_value" | "references"))
}

/// Whether an expression is a constant.
pub(super) fn is_constant(node: &Node) -> bool {
    node.get("constant_value").is_some() && node.get("references").is_none()
}

/// The names that an expression mentions.
pub(super) fn references(expression: &Node) -> impl Iterator<Item = &str> {
    list(expression.get("references")).iter().filter_map(Node::as_str)
}
