//! `Fn::ForEach`: the fragment once for each item of a collection.
//!
//! The service expands loops before it looks at the template, as text: every `${Identifier}` and
//! `&{Identifier}` in keys and strings, and every `Ref` to the identifier, becomes the item. So
//! loops are expanded here on the tree, and nothing behind this module knows them; one whose
//! collection is not known stays in the tree and leaves its mapping open.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use keylint_model::{Data, Problem, Value};
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::nested::locked;

const PREFIX: &str = "Fn::ForEach::";

/// How many nodes all loops of a run may make, and how many times they may run; the service takes 500
/// resources.
const MAX_NODES: usize = 100_000;

/// How many bytes of new text they may make.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What the loops of a template and those nested in it may still make.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    nodes: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { nodes: MAX_NODES, bytes: MAX_BYTES }
    }
}

impl Budget {
    fn is_spent(self) -> bool {
        self.nodes == 0 || self.bytes == 0
    }
}

/// The template with its loops expanded; `None` when it has none.
pub(crate) fn expand(
    root: &Node,
    given: Option<&HashMap<Arc<str>, Value>>,
    budget: &Mutex<Budget>,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    if !has_loop(root) {
        return None;
    }
    let left = Cell::new(*locked(budget));
    let mut expansion = Expansion { root, given, left, bindings: Vec::new() };
    let expanded = root.members().iter().map(|section| match section.key.as_str() {
        "Conditions" | "Resources" | "Outputs" => {
            Member { value: expansion.node(&section.value), ..section.clone() }
        }
        _ => section.clone(),
    });
    let members = expanded.collect();
    let left = expansion.left.get();
    *locked(budget) = left;
    if left.is_spent() {
        let message =
            format!("the loops of the templates expand to more than {MAX_NODES} values or 16 MiB of text");
        problems.push(Problem::new("KL004", root.span.start_point(), message));
    }
    Some(Node { kind: NodeKind::Map(members), ..root.clone() })
}

fn has_loop(root: &Node) -> bool {
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => {
                if members.iter().any(|member| member.key.starts_with(PREFIX)) {
                    return true;
                }
                waiting.extend(members.iter().map(|member| &member.value));
            }
            _ => {}
        }
    }
    false
}

struct Expansion<'t> {
    root: &'t Node,
    /// What the parameters of the template are given.
    given: Option<&'t HashMap<Arc<str>, Value>>,
    /// How much more may be made.
    left: Cell<Budget>,
    /// The identifiers of the loops around the current node, with their item.
    bindings: Vec<(&'t str, Text)>,
}

impl<'t> Expansion<'t> {
    fn node(&mut self, node: &'t Node) -> Node {
        self.spend(1, 0);
        if self.left.get().is_spent() {
            return Node { span: node.span, kind: NodeKind::Invalid, tag: None };
        }
        if let Some(item) = self.bound(node) {
            return Node { span: node.span, kind: NodeKind::String(item), tag: None };
        }
        let kind = match &node.kind {
            NodeKind::String(text) => NodeKind::String(self.substitute(text)),
            NodeKind::List(elements) => {
                NodeKind::List(elements.iter().map(|element| self.node(element)).collect())
            }
            NodeKind::Map(members) => NodeKind::Map(self.members(members)),
            other => other.clone(),
        };
        Node { span: node.span, kind, tag: node.tag.clone() }
    }

    fn spend(&self, nodes: usize, bytes: usize) {
        let left = self.left.get();
        let (nodes, bytes) = (left.nodes.saturating_sub(nodes), left.bytes.saturating_sub(bytes));
        self.left.set(Budget { nodes, bytes });
    }

    /// The item that a `Ref` to an identifier stands for.
    fn bound(&self, node: &Node) -> Option<Text> {
        if self.bindings.is_empty() {
            return None;
        }
        let call = Call::of(View::from(node)).filter(|call| call.function == Function::Ref)?;
        let name = call.argument.as_str()?;
        self.bindings.iter().rev().find(|(known, _)| *known == name).map(|(_, item)| item.clone())
    }

    fn members(&mut self, members: &'t [Member]) -> Vec<Member> {
        let mut expanded = Vec::with_capacity(members.len());
        for member in members {
            match self.loop_of(member) {
                Some((identifier, items, fragment)) => {
                    for item in items {
                        // What is repeated may be empty, and a loop itself.
                        self.spend(1, 0);
                        if self.left.get().is_spent() {
                            break;
                        }
                        self.bindings.push((identifier, item));
                        expanded.extend(self.members(fragment));
                        self.bindings.pop();
                    }
                }
                None => {
                    let key = self.substitute(&member.key);
                    expanded.push(Member { key, key_span: member.key_span, value: self.node(&member.value) });
                }
            }
        }
        expanded
    }

    /// The parts of a loop, where the member is one whose collection is known.
    fn loop_of(&self, member: &'t Member) -> Option<(&'t str, Vec<Text>, &'t [Member])> {
        if !member.key.starts_with(PREFIX) {
            return None;
        }
        let [identifier, collection, fragment] = View::from(&member.value).elements()? else {
            return None;
        };
        let items = match &collection.kind {
            NodeKind::List(items) if collection.tag.is_none() => {
                items.iter().map(|item| self.bound(item).or_else(|| self.item(item))).collect()
            }
            _ => self.parameter(collection),
        };
        Some((identifier.as_str()?, items?, View::from(fragment).members()))
    }

    fn item(&self, node: &Node) -> Option<Text> {
        match &node.kind {
            NodeKind::String(text) if node.tag.is_none() => Some(self.substitute(text)),
            NodeKind::Number(text) => Some(Text::at(&**text, node.span)),
            _ => None,
        }
    }

    /// The items of a parameter that is a list with a default.
    fn parameter(&self, collection: &Node) -> Option<Vec<Text>> {
        let call = Call::of(View::from(collection))?;
        if call.function == Function::FindInMap {
            return self.mapped(&call);
        }
        let call = Some(call).filter(|call| call.function == Function::Ref)?;
        let name = call.argument.as_str()?;
        let declaration = self.root.get("Parameters")?.get(name)?;
        let default = match self.given.and_then(|given| given.get(name)) {
            Some(Value { data: Data::String(given), .. }) => given,
            Some(_) => return None,
            None => match &declaration.get("Default")?.kind {
                NodeKind::String(default) => default,
                _ => return None,
            },
        };
        let mut items = Vec::new();
        let mut start = 0;
        for piece in default.split(',') {
            let from = start + piece.len() - piece.trim_start().len();
            items.push(default.slice(from..from + piece.trim().len()));
            start += piece.len() + 1;
        }
        Some(items)
    }

    /// The items of a list in a mapping, looked up by keys that are written out or items themselves.
    fn mapped(&self, call: &Call<'_>) -> Option<Vec<Text>> {
        let [mapping, top, second] = call.argument.elements()? else { return None };
        let key = |node: &Node| self.bound(node).or_else(|| self.item(node));
        let found = self.root.get("Mappings")?.get(mapping.as_str()?)?.get(&key(top)?)?.get(&key(second)?)?;
        match &found.kind {
            NodeKind::List(items) => items.iter().map(|item| self.item(item)).collect(),
            _ => None,
        }
    }

    /// A string with the items in place of the identifiers.
    fn substitute(&self, text: &Text) -> Text {
        if self.bindings.is_empty() || !text.contains('{') {
            return text.clone();
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        while let Some((open, close, item)) = self.placeholder(text, start) {
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

    /// The next placeholder from an offset on: where it starts and ends, and its item.
    fn placeholder(&self, text: &Text, from: usize) -> Option<(usize, usize, Text)> {
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
            let item = if *sigil == b'&' { alphanumeric(item) } else { item.clone() };
            return Some((from + index - 1, (from + index + name.len() + 2).min(text.len()), item));
        }
        None
    }
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
