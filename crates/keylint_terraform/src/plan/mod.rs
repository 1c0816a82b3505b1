//! `terraform show -json` of a plan, as a stack.
//!
//! A plan knows the values of the configuration, not its expressions: what is not known there is
//! marked in `after_unknown`, and `configuration` still says which resource such a value refers
//! to. Attributes that the provider computes by itself and that nobody configures are left out, as
//! they are when the configuration is read, so that both ways give the same answers.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format>.

mod references;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Address, Data, Entry, FrontEnd, Guard, List, Map, Mode, Origin, Reason, Reference, Resource, Stack,
    Unknown, Value,
};
use keylint_source::SourceFile;
use keylint_syntax::data::{Node, NodeKind};

use self::references::Configuration;
use crate::limits;
use crate::values;

/// Whether a JSON document is a plan.
pub fn is_plan(node: &Node) -> bool {
    node.get("format_version").is_some() && node.get("planned_values").is_some()
}

/// The stack that a plan makes. Resources that it destroys are not in it.
pub fn load(source: &SourceFile, node: &Node) -> Stack {
    let mut plan = Plan {
        changes: changes(node),
        configuration: Configuration::new(node),
        addresses: Vec::new(),
        resources: Vec::new(),
    };
    let planned = node.get("planned_values").and_then(|values| values.get("root_module"));
    let prior = node
        .get("prior_state")
        .and_then(|state| state.get("values"))
        .and_then(|values| values.get("root_module"));
    // Data sources that were read while planning are part of the prior state only.
    let modules = [(planned, false), (prior, true)];
    for (module, data_only) in modules {
        if let Some(module) = module {
            plan.collect_addresses(module, data_only, 0);
        }
    }
    for (module, data_only) in modules {
        if let Some(module) = module {
            plan.module(module, data_only, 0);
        }
    }
    Stack::new(FrontEnd::Terraform, Arc::clone(source.display()), plan.resources, Vec::new())
}

/// The changes by address.
fn changes(node: &Node) -> HashMap<&str, &Node> {
    let changes = list(node.get("resource_changes")).iter();
    changes.filter_map(|change| Some((change.get("address")?.as_str()?, change.get("change")?))).collect()
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::List(nodes)) => nodes,
        _ => &[],
    }
}

struct Plan<'n> {
    changes: HashMap<&'n str, &'n Node>,
    configuration: Configuration<'n>,
    /// The addresses of all resources, to tell which one a reference without a key means.
    addresses: Vec<&'n str>,
    resources: Vec<Resource>,
}

/// What is known of the attributes of one resource besides their values.
struct Context<'c> {
    address: &'c str,
}

impl<'n> Plan<'n> {
    fn collect_addresses(&mut self, module: &'n Node, data_only: bool, depth: usize) {
        let kept = |node: &&Node| !data_only || node.get("mode").and_then(Node::as_str) == Some("data");
        let resources = list(module.get("resources")).iter().filter(kept);
        self.addresses.extend(resources.filter_map(|resource| resource.get("address")?.as_str()));
        if depth < limits::MODULE_DEPTH {
            for child in list(module.get("child_modules")) {
                self.collect_addresses(child, data_only, depth + 1);
            }
        }
    }

    fn module(&mut self, module: &'n Node, data_only: bool, depth: usize) {
        for resource in list(module.get("resources")) {
            if self.resources.len() < limits::RESOURCES
                && let Some(resource) = self.resource(resource, data_only)
            {
                self.resources.push(resource);
            }
        }
        if depth < limits::MODULE_DEPTH {
            for child in list(module.get("child_modules")) {
                self.module(child, data_only, depth + 1);
            }
        }
    }

    fn resource(&self, node: &'n Node, data_only: bool) -> Option<Resource> {
        let address = node.get("address")?;
        let mode = match node.get("mode").and_then(Node::as_str) {
            Some("data") => Mode::Data,
            _ if data_only => return None,
            _ => Mode::Managed,
        };
        let name = address.as_str()?;
        let change = self.changes.get(name);
        let unknown = change.and_then(|change| change.get("after_unknown"));
        let sensitive = node.get("sensitive_values").or_else(|| change?.get("after_sensitive"));
        let context = Context { address: name };
        Some(Resource {
            address: Address::new(name),
            type_name: node.get("type")?.as_str()?.into(),
            mode,
            attributes: self.attributes(&context, node.get("values"), unknown, sensitive),
            span: node.span,
            header: address.span,
            guard: Guard::always(),
            symbolic: false,
            calls: Arc::new([]),
            construct: None,
        })
    }

    fn attributes(
        &self,
        context: &Context<'_>,
        known: Option<&Node>,
        unknown: Option<&Node>,
        sensitive: Option<&Node>,
    ) -> Map {
        let mut entries = IndexMap::new();
        for member in known.map(Node::members).unwrap_or_default() {
            let name = member.key.as_str();
            let (unknown, sensitive) = (part(unknown, name), part(sensitive, name));
            let value = self.value(context, name, &member.value, unknown, sensitive);
            let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
            entries.insert(Arc::clone(member.key.shared()), entry);
        }
        for member in unknown.map(Node::members).unwrap_or_default() {
            let name = member.key.as_str();
            let wholly = matches!(member.value.kind, NodeKind::Bool(true));
            let known = entries.get(name).is_some_and(|entry| !entry.value.is_null());
            if !wholly || known || !self.configuration.sets(context.address, name) {
                continue;
            }
            let value = self.unknown(context, name, member.value.span, is_true(part(sensitive, name)));
            let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
            entries.insert(Arc::clone(member.key.shared()), entry);
        }
        Map { entries, rest: None }
    }

    /// A value with what is unknown and sensitive in it. The parser limits the depth.
    fn value(
        &self,
        context: &Context<'_>,
        path: &str,
        node: &Node,
        unknown: Option<&Node>,
        sensitive: Option<&Node>,
    ) -> Value {
        let hidden = is_true(sensitive);
        if is_true(unknown) {
            return self.unknown(context, path, node.span, hidden);
        }
        let data = match &node.kind {
            NodeKind::List(nodes) => {
                let elements = nodes.iter().enumerate().map(|(position, node)| {
                    let (unknown, sensitive) = (element(unknown, position), element(sensitive, position));
                    self.value(context, path, node, unknown, sensitive)
                });
                Data::List(Arc::new(List { elements: elements.collect(), ..List::default() }))
            }
            NodeKind::Map(members) => {
                let mut entries = IndexMap::with_capacity(members.len());
                for member in members {
                    let name = member.key.as_str();
                    let (unknown, sensitive) = (part(unknown, name), part(sensitive, name));
                    let value = self.value(context, path, &member.value, unknown, sensitive);
                    let entry =
                        Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
                    entries.insert(Arc::clone(member.key.shared()), entry);
                }
                let more = unknown.map(Node::members).unwrap_or_default();
                for member in more.iter().filter(|member| is_true(Some(&member.value))) {
                    if !entries.contains_key(member.key.as_str()) {
                        let value = self.unknown(context, path, member.value.span, hidden);
                        entries.insert(Arc::clone(member.key.shared()), values::entry(value));
                    }
                }
                Data::Map(Arc::new(Map { entries, rest: None }))
            }
            _ => values::from_document(node).data,
        };
        Value::new(data, Origin { sensitive: hidden, ..Origin::at(node.span) })
    }

    /// An attribute that only deployment decides: that of the one resource that it refers to, or
    /// its own.
    fn unknown(
        &self,
        context: &Context<'_>,
        name: &str,
        span: keylint_source::Span,
        sensitive: bool,
    ) -> Value {
        let full: Arc<str> = format!("{}.{name}", context.address).into();
        let found = self.configuration.reference(context.address, name, &self.addresses);
        let unknown = match found {
            Some((address, attribute)) => {
                let reference = Reference { address: Address::new(address), attribute: attribute.into() };
                Unknown::new(Reason::Computed(
                    format!("{}.{}", reference.address, reference.attribute).into(),
                ))
                .with_reference(reference)
            }
            None => Unknown::new(Reason::Computed(full)),
        };
        Value::unknown(unknown.with_place(span), Origin { sensitive, ..Origin::at(span) })
    }
}

fn part<'n>(node: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    let node = node?;
    // `true` for the whole is true for each part.
    if is_true(Some(node)) { Some(node) } else { node.get(name) }
}

fn element(node: Option<&Node>, position: usize) -> Option<&Node> {
    let node = node?;
    match &node.kind {
        NodeKind::List(nodes) => nodes.get(position),
        _ if is_true(Some(node)) => Some(node),
        _ => None,
    }
}

fn is_true(node: Option<&Node>) -> bool {
    matches!(node.map(|node| &node.kind), Some(NodeKind::Bool(true)))
}
