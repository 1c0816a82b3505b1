//! `Fn::ForEach`: the fragment once for each item of a collection.
//!
//! The service expands loops before it looks at the template, as text: every `${Identifier}` and
//! `&{Identifier}` in keys and strings, and every `Ref` to the identifier, becomes the item. So
//! loops are expanded here on the tree, and nothing behind this module knows them. One whose
//! collection is not known leaves one copy of its fragment that stands for all, in which names keep the
//! identifier as it is written and values depend on an item that nobody knows; its mapping stays open.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use keylint_model::{Data, Problem, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind, Tag};

use crate::call::{Call, Function, ITEM, View};
use crate::nested::locked;
use crate::parameter::is_no_echo;
use crate::template::{ADD_EXTENSIONS, is_extended, is_rewritten};

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

    /// `Fn::Sub` of a text with items that are not known, as pieces that are joined.
    fn pieces_of_sub(&mut self, call: &Call<'t>) -> Option<Node> {
        let (text, variables) = match (call.argument.kind, call.argument.elements()) {
            (NodeKind::String(text), _) => (text, None),
            (_, Some([Node { kind: NodeKind::String(text), tag: None, .. }, variables])) => {
                (text, Some(variables))
            }
            _ => return None,
        };
        let text = self.substitute(text);
        self.placeholder(&text, 0, true)?;
        let variables = variables.map(|variables| self.node(variables));
        let span = call.span;
        let pieces = self.pieces(&text, span, |piece| {
            if !piece.contains("${") {
                return string(piece, span);
            }
            let text = string(piece, span);
            let argument = match &variables {
                Some(variables) => list(vec![text, variables.clone()], span),
                None => text,
            };
            calling("Fn::Sub", argument, span)
        })?;
        Some(joined(pieces, span))
    }

    /// The pieces of a text around the items that are not known; `None` where there are none. Where an
    /// item stands within another placeholder, the whole is not known.
    fn pieces(&self, text: &Text, span: Span, make: impl Fn(Text) -> Node) -> Option<Vec<Node>> {
        if !self.has_open() || !text.contains('{') {
            return None;
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        let mut last = None;
        while let Some((open, close, Item::Each(key))) = self.placeholder(text, start, true) {
            if let Some(before) = text.get(start..open).filter(|before| !before.is_empty()) {
                if before
                    .rfind("${")
                    .is_some_and(|at| !before.get(at..).is_some_and(|rest| rest.contains('}')))
                {
                    return Some(vec![each(key, span)]);
                }
                pieces.push(make(text.slice(start..open)));
            }
            self.spend(2, 0);
            pieces.push(each(key, span));
            start = close;
            last = Some(key);
        }
        last?;
        if start < text.len() {
            pieces.push(make(text.slice(start..text.len())));
        }
        Some(pieces)
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
        let key = |node: &Node| self.item(node);
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
        while let Some((open, close, Item::Known(item))) = self.placeholder(text, start, false) {
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

    /// The next placeholder from an offset on whose item is known, or `is_open`: where it starts and ends,
    /// and its item.
    fn placeholder(&self, text: &Text, from: usize, is_open: bool) -> Option<(usize, usize, Item<'t>)> {
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
            let item = match item {
                Item::Each(_) if is_open => item.clone(),
                Item::Known(item) if !is_open && *sigil == b'&' => Item::Known(alphanumeric(item)),
                Item::Known(_) if !is_open => item.clone(),
                _ => continue,
            };
            return Some((from + index - 1, (from + index + name.len() + 2).min(text.len()), item));
        }
        None
    }
}

/// An item that nobody knows.
fn each(key: &str, span: Span) -> Node {
    let name = format!("{ITEM}{key}").into();
    Node { span, kind: NodeKind::Null, tag: Some(Tag { span, name }) }
}

fn string(text: Text, span: Span) -> Node {
    Node { span: text.span().unwrap_or(span), kind: NodeKind::String(text), tag: None }
}

fn list(elements: Vec<Node>, span: Span) -> Node {
    Node { span, kind: NodeKind::List(elements), tag: None }
}

fn calling(function: &str, argument: Node, span: Span) -> Node {
    let member = Member { key: Text::at(function, span), key_span: span, value: argument };
    Node { span, kind: NodeKind::Map(vec![member]), tag: None }
}

/// One text of pieces.
fn joined(mut pieces: Vec<Node>, span: Span) -> Node {
    match pieces.as_slice() {
        [_] => pieces.remove(0),
        _ => join_of(pieces, span),
    }
}

fn join_of(pieces: Vec<Node>, span: Span) -> Node {
    let arguments = vec![string(Text::at("", span), span), list(pieces, span)];
    calling("Fn::Join", list(arguments, span), span)
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
