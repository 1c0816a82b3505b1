//! The instances of a plan, found by what a reference says of them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};

use super::address::{Place, segments, without_key};
use super::hidden::Hidden;
use super::{is_true, list};

/// What a plan says of one resource.
#[derive(Clone, Debug)]
pub(super) struct Instance<'n> {
    /// What is known of its attributes.
    pub(super) values: Option<&'n Node>,
    /// What of them is known only after the plan is applied.
    pub(super) unknown: Option<&'n Node>,
    /// What of them must not be shown.
    pub(super) hidden: Hidden<'n>,
    /// Where it is named.
    pub(super) span: Span,
}

/// All resources of a plan by address.
#[derive(Default)]
pub(super) struct Instances<'n> {
    by_address: HashMap<&'n str, Instance<'n>>,
    /// The keys of the instances of each resource and each module, by its address without a key in
    /// its module instance.
    keys: HashMap<&'n str, BTreeSet<&'n str>>,
    /// Of two blocks, whether the second has all keys of the first.
    counterparts: RefCell<HashMap<(&'n str, &'n str), bool>>,
}

impl<'n> Instances<'n> {
    pub(super) fn add(&mut self, address: &'n str, instance: Instance<'n>) {
        if self.by_address.contains_key(address) {
            return;
        }
        self.by_address.insert(address, instance);
        let own = address.strip_suffix(Place::of(address).key).unwrap_or(address);
        self.add_key(address, own);
        let mut parts = segments(address).into_iter();
        let mut end = 0;
        while let (Some("module"), Some(name)) = (parts.next(), parts.next()) {
            let from = end + "module.".len();
            end = from + name.len();
            let block = address.get(..from + without_key(name).len()).unwrap_or_default();
            self.add_key(address.get(..end).unwrap_or_default(), block);
            end += ".".len();
        }
    }

    fn add_key(&mut self, address: &'n str, block: &'n str) {
        self.keys.entry(block).or_default().insert(address.get(block.len()..).unwrap_or_default());
    }

    /// The resource at an address.
    pub(super) fn get(&self, address: &str) -> Option<&Instance<'n>> {
        self.by_address.get(address)
    }

    /// The address as the plan has it.
    pub(super) fn find(&self, address: &str) -> Option<&'n str> {
        self.by_address.get_key_value(address).map(|(address, _)| *address)
    }

    /// The keys of all instances of a resource or module; nothing for a key where there is one alone.
    pub(super) fn keys(&self, block: &str) -> impl Iterator<Item = &'n str> {
        self.keys.get(block).into_iter().flatten().copied()
    }

    /// The key of one block as that of an instance of another, to which it refers by its own key: only
    /// where that has an instance for each of its instances. That each refers to the one with its key a
    /// plan does not say, but otherwise there are some that cannot.
    pub(super) fn counterpart(&self, own: &str, block: &str, key: &str) -> Option<&'n str> {
        let found = self.keys.get(block)?.get(key).copied()?;
        let (Some((&own, ours)), Some((&block, theirs))) =
            (self.keys.get_key_value(own), self.keys.get_key_value(block))
        else {
            return Some(found);
        };
        let mut known = self.counterparts.borrow_mut();
        let has_all = *known.entry((own, block)).or_insert_with(|| ours.is_subset(theirs));
        has_all.then_some(found)
    }

    /// What the plan knows of an attribute.
    pub(super) fn value(&self, address: &str, attribute: &str) -> Option<&'n Node> {
        steps(attribute).try_fold(self.get(address)?.values?, part)
    }

    /// Whether an attribute, or a part of it, is known only after the plan is applied; all of the
    /// resource where none is named.
    pub(super) fn is_unknown(&self, address: &str, attribute: &str) -> bool {
        let Some(instance) = self.get(address) else { return true };
        let mut found = instance.unknown;
        for step in steps(attribute) {
            found = match found {
                Some(node) if !is_true(node) => part(node, step),
                other => other,
            };
        }
        match found {
            Some(node) => has_unknown(node),
            // What the plan has nowhere, it does not know.
            None => !attribute.is_empty() && self.value(address, attribute).is_none(),
        }
    }
}

/// The names and positions in `block[0].name`.
fn steps(attribute: &str) -> impl Iterator<Item = &str> {
    attribute.split(['.', '[']).filter(|step| !step.is_empty())
}

/// The part of a value that a step leads to: a name, or a position or a key, with its brackets or not.
pub(super) fn part<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    let step = step.trim_matches(['[', ']', '"']);
    match node.kind {
        NodeKind::List(_) => list(Some(node)).get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    }
}

fn has_unknown(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Bool(is) => *is,
        NodeKind::List(nodes) => nodes.iter().any(has_unknown),
        NodeKind::Map(members) => members.iter().any(|member| has_unknown(&member.value)),
        _ => false,
    }
}
