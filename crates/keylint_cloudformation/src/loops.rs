//! `Fn::ForEach`: the fragment once for each item of a collection.
//!
//! The service expands loops before it looks at the template, as text: every `${Identifier}` and
//! `&{Identifier}` in keys and strings, and every `Ref` to the identifier, becomes the item. So
//! loops are expanded here on the tree, and nothing behind this module knows them. One whose
//! collection is not known leaves one copy of its fragment that stands for all, in which names keep the
//! identifier as it is written and values depend on an item that nobody knows; its mapping stays open.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

mod text;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use keylint_model::{Data, Problem, Value, World};
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::nested::locked;
use crate::parameter::is_no_echo;
use crate::template::{ADD_EXTENSIONS, is_extended, is_rewritten};
use text::{each, join_of, joined, list, string};

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
    if !is_extended(root) && !is_rewritten(root) {
        refuse(root, problems);
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

/// Reports the loops of a template that does not ask for the language extensions, which have them.
fn refuse(root: &Node, problems: &mut Vec<Problem>) {
    let sections = ["Conditions", "Resources", "Outputs"].iter().filter_map(|section| root.get(section));
    let mut waiting: Vec<&Node> = sections.collect();
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => {
                problems.extend(members.iter().filter(|member| member.key.starts_with(PREFIX)).map(
                    |member| {
                        Problem::new("KL003", member.key_span, "`Fn::ForEach` needs the language extensions")
                            .with_help(ADD_EXTENSIONS)
                    },
                ));
                waiting.extend(members.iter().map(|member| &member.value));
            }
            _ => {}
        }
    }
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
    /// The identifiers of the loops around the current node, with what they stand for.
    bindings: Vec<(&'t str, Item<'t>)>,
}

/// What an identifier stands for.
#[derive(Clone)]
enum Item<'t> {
    Known(Text),
    /// Each of a collection that is not known: the key of the loop.
    Each(&'t str),
}

/// The parts of a loop.
struct Loop<'t> {
    identifier: &'t str,
    /// `None` when the collection is not known.
    items: Option<Vec<Text>>,
    fragment: &'t [Member],
}

/// Whether a member is a loop whose fragment stands beside it for all of its items.
pub(crate) fn is_covered(member: &Member) -> bool {
    member.key.starts_with(PREFIX) && View::from(&member.value).elements().is_some_and(<[Node]>::is_empty)
}

/// Whether a name has the identifier of a loop in it, whose items nobody knows: no logical id has these
/// characters otherwise.
pub(crate) fn is_symbolic(name: &str) -> bool {
    name.contains("${") || name.contains("&{")
}

impl<'t> Expansion<'t> {
    fn node(&mut self, node: &'t Node) -> Node {
        self.spend(1, 0);
        if self.left.get().is_spent() {
            return Node { span: node.span, kind: NodeKind::Invalid, tag: None };
        }
        match self.bound(node) {
            Some(Item::Known(item)) => {
                return Node { span: node.span, kind: NodeKind::String(item), tag: None };
            }
            Some(Item::Each(key)) => return each(key, node.span),
            None => {}
        }
        let call = if self.has_open() { Call::of(View::from(node)) } else { None };
        match call.map(|call| (call, call.function)) {
            // What stands here is a name, not a value.
            Some((_, Function::Ref | Function::GetAtt | Function::Condition)) => return self.named(node),
            Some((call, Function::Sub)) => {
                if let Some(node) = self.pieces_of_sub(&call) {
                    return node;
                }
            }
            _ => {}
        }
        let is_if = call.is_some_and(|call| call.function == Function::If);
        let kind = match &node.kind {
            NodeKind::String(text) => {
                let text = self.substitute(text);
                match self.pieces(&text, node.span, |piece| string(piece, node.span)) {
                    Some(pieces) if node.tag.is_none() => return joined(pieces, node.span),
                    Some(pieces) => return Node { tag: node.tag.clone(), ..join_of(pieces, node.span) },
                    None => NodeKind::String(text),
                }
            }
            NodeKind::List(elements) => NodeKind::List(self.elements(elements, is_if && node.tag.is_some())),
            NodeKind::Map(members) if is_if => NodeKind::Map(
                members
                    .iter()
                    .map(|member| {
                        let value = match &member.value.kind {
                            NodeKind::List(arms) => {
                                let kind = NodeKind::List(self.elements(arms, true));
                                Node { kind, ..member.value.clone() }
                            }
                            _ => self.node(&member.value),
                        };
                        Member { value, ..member.clone() }
                    })
                    .collect(),
            ),
            NodeKind::Map(members) => NodeKind::Map(self.members(members)),
            other => other.clone(),
        };
        Node { span: node.span, kind, tag: node.tag.clone() }
    }

    /// The elements of a list; the first of `Fn::If` names a condition.
    fn elements(&mut self, elements: &'t [Node], first_is_name: bool) -> Vec<Node> {
        let each = elements.iter().enumerate();
        each.map(|(index, element)| match index {
            0 if first_is_name => self.named(element),
            _ => self.node(element),
        })
        .collect()
    }

    /// A node whose texts are names of the template, which keep the identifier of a loop over what is not
    /// known: what they name is called so as well.
    fn named(&self, node: &Node) -> Node {
        self.spend(1, 0);
        let kind = match &node.kind {
            NodeKind::String(text) => NodeKind::String(self.substitute(text)),
            NodeKind::List(elements) => {
                NodeKind::List(elements.iter().map(|element| self.named(element)).collect())
            }
            NodeKind::Map(members) => {
                let named = |member: &Member| Member { value: self.named(&member.value), ..member.clone() };
                NodeKind::Map(members.iter().map(named).collect())
            }
            other => other.clone(),
        };
        Node { kind, ..node.clone() }
    }

    fn has_open(&self) -> bool {
        self.bindings.iter().any(|(_, item)| matches!(item, Item::Each(_)))
    }

    fn spend(&self, nodes: usize, bytes: usize) {
        let left = self.left.get();
        let (nodes, bytes) = (left.nodes.saturating_sub(nodes), left.bytes.saturating_sub(bytes));
        self.left.set(Budget { nodes, bytes });
    }

    /// What a `Ref` to an identifier stands for.
    fn bound(&self, node: &Node) -> Option<Item<'t>> {
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
            let Some(repeated) = self.loop_of(member) else {
                let key = self.substitute(&member.key);
                let is_name = matches!(member.key.as_str(), "Condition" | "DependsOn" | "Type")
                    && !matches!(member.value.kind, NodeKind::Map(_))
                    && self.has_open();
                let value = if is_name { self.named(&member.value) } else { self.node(&member.value) };
                expanded.push(Member { key, key_span: member.key_span, value });
                continue;
            };
            let items = match repeated.items {
                Some(items) => items.into_iter().map(Item::Known).collect(),
                None => {
                    // The mapping may have any number of these.
                    expanded.push(Member { value: list(Vec::new(), member.value.span), ..member.clone() });
                    vec![Item::Each(member.key.as_str())]
                }
            };
            for item in items {
                // What is repeated may be empty, and a loop itself.
                self.spend(1, 0);
                if self.left.get().is_spent() {
                    break;
                }
                self.bindings.push((repeated.identifier, item));
                expanded.extend(self.members(repeated.fragment));
                self.bindings.pop();
            }
        }
        expanded
    }

    /// The parts of a loop, where the member is one.
    fn loop_of(&self, member: &'t Member) -> Option<Loop<'t>> {
        if !member.key.starts_with(PREFIX) {
            return None;
        }
        let [identifier, collection, fragment] = View::from(&member.value).elements()? else {
            return None;
        };
        let items = match &collection.kind {
            NodeKind::List(items) if collection.tag.is_none() => {
                items.iter().map(|item| self.item(item)).collect()
            }
            _ => self.parameter(collection),
        };
        Some(Loop { identifier: identifier.as_str()?, items, fragment: View::from(fragment).members() })
    }

    /// What an item of a collection, or a key of a mapping, is.
    fn item(&self, node: &Node) -> Option<Text> {
        match self.bound(node) {
            Some(Item::Known(item)) => return Some(item),
            Some(Item::Each(_)) => return None,
            None => {}
        }
        match &node.kind {
            NodeKind::String(text) if node.tag.is_none() => {
                let text = self.substitute(text);
                let is_open = self.has_open() && self.placeholder(&text, 0, true).is_some();
                (!is_open).then_some(text)
            }
            NodeKind::Number(text) => Some(Text::at(&**text, node.span)),
            _ => None,
        }
    }

    /// The items of a parameter that is a list with a default. Those of one that may not be shown would
    /// become names, which are shown everywhere.
    fn parameter(&self, collection: &Node) -> Option<Vec<Text>> {
        let call = Call::of(View::from(collection))?;
        if call.function == Function::FindInMap {
            return self.mapped(&call);
        }
        let call = Some(call).filter(|call| call.function == Function::Ref)?;
        let name = call.argument.as_str()?;
        let declaration = self.root.get("Parameters")?.get(name).filter(|it| !is_no_echo(it))?;
        let given = self.given.and_then(|given| given.get(name));
        // A loop runs over what stands for the parameter.
        let default = match given.and_then(|given| given.resolve(&World::open()).ok().or(Some(given))) {
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
        let key = |node: &Node| self.item(node);
        let found = self.root.get("Mappings")?.get(mapping.as_str()?)?.get(&key(top)?)?.get(&key(second)?)?;
        match &found.kind {
            NodeKind::List(items) => items.iter().map(|item| self.item(item)).collect(),
            _ => None,
        }
    }
}
