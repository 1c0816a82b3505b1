//! The attributes of a resource of a plan or a state as values.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Address, Data, Entry, List, Map, Marks, Mode, Origin, Reason, Reference, Step, Unknown, Value,
};
use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};

use super::configuration::{Configuration, Followed, Written};
use super::hidden::Hidden;
use super::instances::Instances;
use super::{is_true, list};
use crate::values;

/// Reads attributes.
pub(super) struct Reader<'n> {
    configuration: Configuration<'n>,
    /// The resources that references can mean.
    pub(super) instances: Instances<'n>,
    /// Whether there may be a configuration that says what was configured.
    is_plan: bool,
}

/// What is said of a value besides what it is.
#[derive(Clone)]
struct Said<'n> {
    unknown: Option<&'n Node>,
    hidden: Hidden<'n>,
    written: Written<'n>,
}

impl<'n> Said<'n> {
    fn member(&self, name: &str) -> Said<'n> {
        let unknown = self.unknown.and_then(|it| if is_true(it) { Some(it) } else { it.get(name) });
        Said { unknown, hidden: self.hidden.member(name), written: self.written.argument(name) }
    }

    fn element(&self, position: usize, of: usize) -> Said<'n> {
        let unknown =
            self.unknown.and_then(|it| if is_true(it) { Some(it) } else { list(Some(it)).get(position) });
        Said { unknown, hidden: self.hidden.element(position), written: self.written.element(of) }
    }
}

/// The resource that is read, and the argument of it.
#[derive(Clone, Copy)]
struct Context<'c> {
    address: &'c str,
    argument: &'c str,
    mode: Mode,
}

impl<'n> Reader<'n> {
    pub(super) fn new(configuration: Configuration<'n>, is_plan: bool) -> Self {
        Reader { configuration, instances: Instances::default(), is_plan }
    }

    /// The attributes of a resource.
    pub(super) fn attributes(
        &self,
        address: &str,
        mode: Mode,
        known: Option<&'n Node>,
        unknown: Option<&'n Node>,
        hidden: &Hidden<'n>,
    ) -> Map {
        let written = if self.is_plan { self.configuration.arguments(address) } else { Written::Unsaid };
        let marks = Said { unknown, hidden: hidden.clone(), written };
        let mut map = Map::default();
        for member in known.map(Node::members).unwrap_or_default() {
            let name = member.key.as_str();
            let marks = marks.member(name);
            if is_left_out(mode, &member.value, &marks) {
                continue;
            }
            let value = self.value(Context { address, argument: name, mode }, &member.value, &marks);
            let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
            map.entries.insert(Arc::clone(member.key.shared()), entry);
        }
        for member in unknown.map(Node::members).unwrap_or_default() {
            let name = member.key.as_str();
            let known = map.entries.get(name).is_some_and(|entry| !entry.value.is_null());
            let marks = marks.member(name);
            // What only the provider decides is left to it.
            if known || !is_true(&member.value) || matches!(marks.written, Written::Nowhere) {
                continue;
            }
            let context = Context { address, argument: name, mode };
            let value = self.unknown(context, member.value.span, &marks);
            let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
            map.entries.insert(Arc::clone(member.key.shared()), entry);
        }
        map
    }

    /// A value with what is unknown and sensitive in it. The parser limits the depth.
    fn value(&self, context: Context<'_>, node: &'n Node, marks: &Said<'n>) -> Value {
        if marks.unknown.is_some_and(is_true) {
            return self.unknown(context, node.span, marks);
        }
        let data = match &node.kind {
            NodeKind::List(nodes) => {
                let elements = nodes
                    .iter()
                    .enumerate()
                    .map(|(at, node)| self.value(context, node, &marks.element(at, nodes.len())));
                Data::List(Arc::new(List { elements: elements.collect(), ..List::default() }))
            }
            NodeKind::Map(_) => Data::Map(Arc::new(self.map(context, node, marks))),
            _ => return self.leaf(context, node, marks),
        };
        Value::new(data, Origin { marks: Marks::secret(marks.hidden.is_whole()), ..Origin::at(node.span) })
    }

    fn map(&self, context: Context<'_>, node: &'n Node, marks: &Said<'n>) -> Map {
        // The content of a block, in which the provider has its part as in a resource.
        let is_block = matches!(marks.written, Written::Blocks(_) | Written::Unsaid);
        let mut entries = IndexMap::with_capacity(node.members().len());
        for member in node.members() {
            let marks = marks.member(member.key.as_str());
            if is_block && is_left_out(context.mode, &member.value, &marks) {
                continue;
            }
            let value = self.value(context, &member.value, &marks);
            let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
            entries.insert(Arc::clone(member.key.shared()), entry);
        }
        let more = marks.unknown.map(Node::members).unwrap_or_default();
        for member in more.iter().filter(|member| is_true(&member.value)) {
            let marks = marks.member(member.key.as_str());
            let is_computed = is_block && matches!(marks.written, Written::Nowhere);
            if !is_computed && !entries.contains_key(member.key.as_str()) {
                let value = self.unknown(context, member.value.span, &marks);
                entries.insert(Arc::clone(member.key.shared()), values::entry(value));
            }
        }
        Map { entries, rest: None, ..Map::default() }
    }

    /// A known scalar, with where it came from as far as the configuration says it.
    fn leaf(&self, context: Context<'_>, node: &'n Node, marks: &Said<'n>) -> Value {
        let origin = Origin { marks: Marks::secret(marks.hidden.is_whole()), ..Origin::at(node.span) };
        let data = values::from_document(node).data;
        let given = |origin: &Origin| origin.through(Step::Plan, context.argument, node.span);
        let origin = match &marks.written {
            _ if matches!(data, Data::Null) => origin,
            Written::Expression(expression) => match self.configuration.follow(context.address, expression) {
                Some(Followed::Constant) => origin,
                Some(Followed::Default(name, default)) if is_same(default, node) => {
                    origin.through(Step::Default, name, default.span)
                }
                Some(followed) => match self.found(context.address, followed) {
                    Some((address, attribute)) if !attribute.is_empty() => {
                        came_from(&given(&origin), address, &attribute, node.span)
                    }
                    _ => given(&origin),
                },
                None => given(&origin),
            },
            Written::Blocks(_) | Written::Nowhere | Written::Unsaid => given(&origin),
        };
        Value::new(data, origin)
    }

    /// The attribute of an instance of the plan that is meant in the one at `of`.
    fn found(&self, of: &str, followed: Followed<'n>) -> Option<(&'n str, String)> {
        match followed {
            Followed::Resource { address, attribute } => {
                self.instances.find(&address).map(|address| (address, attribute))
            }
            Followed::Counterpart { address, attribute } => {
                self.instances.counterpart(of, &address).map(|address| (address, attribute))
            }
            Followed::Constant | Followed::Default(..) => None,
        }
    }

    /// An attribute that only deployment decides: that of the one resource that it refers to, or
    /// its own.
    fn unknown(&self, context: Context<'_>, span: Span, marks: &Said<'n>) -> Value {
        let full = |address: &str, name: &str| Arc::<str>::from(format!("{address}.{name}"));
        let followed = match &marks.written {
            Written::Expression(expression) => self.configuration.follow(context.address, expression),
            _ => None,
        };
        let found = followed.and_then(|followed| self.found(context.address, followed));
        let unknown = match found {
            Some((address, attribute)) => {
                let reference = Reference { address: Address::new(address), attribute: attribute.into() };
                Unknown::new(Reason::Computed(full(address, &reference.attribute))).with_reference(reference)
            }
            None => Unknown::new(Reason::Computed(full(context.address, context.argument))),
        };
        let origin = Origin { marks: Marks::secret(marks.hidden.is_whole()), ..Origin::at(span) };
        Value::unknown(unknown.with_place(span), origin)
    }
}

/// Whether an attribute is as if it were absent: nobody configures it, or it is the nothing that
/// providers give back for what is not set. Blocks may come from `dynamic`, which the
/// configuration of a plan does not list.
fn is_left_out(mode: Mode, node: &Node, marks: &Said<'_>) -> bool {
    let is_empty = match &node.kind {
        NodeKind::String(text) => text.is_empty(),
        NodeKind::List(nodes) => nodes.is_empty(),
        NodeKind::Map(members) => members.is_empty(),
        _ => false,
    };
    let has_blocks = list(Some(node)).iter().any(|one| matches!(one.kind, NodeKind::Map(_)));
    match marks.written {
        Written::Nowhere if mode == Mode::Data => is_empty,
        Written::Nowhere => !has_blocks,
        Written::Unsaid => is_empty,
        Written::Expression(_) | Written::Blocks(_) => false,
    }
}

/// Whether two documents say the same scalar.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (NodeKind::String(a), NodeKind::String(b)) => a == b,
        (NodeKind::Number(a), NodeKind::Number(b)) => a == b,
        (NodeKind::Bool(a), NodeKind::Bool(b)) => a == b,
        _ => false,
    }
}

/// A value that is an attribute of another resource.
fn came_from(origin: &Origin, address: &str, attribute: &str, span: Span) -> Origin {
    let is_document =
        address.contains("data.aws_iam_policy_document.") && matches!(attribute, "json" | "minified_json");
    match is_document {
        true => origin.through(Step::Document, address, span),
        false => origin.through(Step::Attribute, format!("{address}.{attribute}"), span),
    }
}
