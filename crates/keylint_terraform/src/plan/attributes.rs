//! The attributes of a resource of a plan or a state as values.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Address, Data, Entry, List, Map, Marks, Mode, Origin, Reason, Reference, Step, Unknown, Value,
};
use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};

use super::address::{Place, is_data};
use super::configuration::{Configuration, Written};
use super::document::Documents;
use super::follow::{Source, follow};
use super::hidden::Hidden;
use super::instances::{Instance, Instances};
use super::{is_true, list};
use crate::values;

/// Reads attributes.
pub(super) struct Reader<'n> {
    configuration: Configuration<'n>,
    /// The resources that references can mean.
    pub(super) instances: Instances<'n>,
    /// The policy documents that were built.
    pub(super) documents: Documents<'n>,
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

    fn element(&self, position: usize, element: &Node, of: usize) -> Said<'n> {
        let unknown =
            self.unknown.and_then(|it| if is_true(it) { Some(it) } else { list(Some(it)).get(position) });
        Said { unknown, hidden: self.hidden.element(position), written: self.written.element(element, of) }
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
        Reader { configuration, instances: Instances::default(), documents: Documents::default(), is_plan }
    }

    /// The attributes of a resource.
    pub(super) fn attributes(&self, address: &str, mode: Mode, instance: &Instance<'n>) -> Map {
        let Instance { values: known, unknown, .. } = *instance;
        let written = if self.is_plan { self.configuration.arguments(address) } else { Written::Unsaid };
        let marks = Said { unknown, hidden: instance.hidden.clone(), written };
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
                    .map(|(at, node)| self.value(context, node, &marks.element(at, node, nodes.len())));
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
            Written::Expressions(expressions) => match self.sources(context, expressions).as_slice() {
                [Source::Constant] => origin,
                [Source::Default(name, Some(default))] if is_same(default, node) => {
                    origin.through(Step::Default, *name, default.span)
                }
                sources => match self.read_from(sources, node) {
                    Some((address, attribute)) => came_from(&given(&origin), address, attribute, node.span),
                    None => given(&origin),
                },
            },
            Written::Blocks(_) | Written::Nowhere | Written::Unsaid => given(&origin),
        };
        Value::new(data, origin)
    }

    /// What the expressions of an argument are made of.
    fn sources(&self, context: Context<'_>, expressions: &[&'n Node]) -> Vec<Source<'n>> {
        follow(&self.configuration, &self.instances, context.address, expressions)
    }

    /// The attribute of a resource that a known value is: that has it, and no other text.
    fn read_from<'s>(&self, sources: &'s [Source<'n>], node: &Node) -> Option<(&'n str, &'s str)>
    where
        'n: 's,
    {
        let is_alone = sources.len() == 1;
        let has_text = node.as_str().is_some_and(|text| !text.is_empty());
        sources.iter().find_map(|source| {
            let Source::Attribute { address, attribute } = source else { return None };
            // The provider may write the same policy in another way.
            if is_alone && is_document(address, attribute) {
                return Some((*address, attribute.as_str()));
            }
            if attribute.is_empty() {
                let values = self.instances.get(address)?.values?;
                let mut members = values.members().iter().filter(|_| has_text);
                let found = members.find(|member| is_same(&member.value, node))?;
                return Some((*address, found.key.as_str()));
            }
            let is_read = match self.instances.value(address, attribute) {
                Some(value) => (is_alone || has_text) && is_same(value, node),
                None => is_alone && !self.instances.is_unknown(address, attribute),
            };
            is_read.then_some((*address, attribute.as_str()))
        })
    }

    /// An attribute that only deployment decides: that of the one resource that it refers to, or
    /// its own, with all that it may be made of.
    fn unknown(&self, context: Context<'_>, span: Span, marks: &Said<'n>) -> Value {
        let sources = match &marks.written {
            Written::Expressions(expressions) => self.sources(context, expressions),
            _ => Vec::new(),
        };
        let origin = Origin { marks: Marks::secret(marks.hidden.is_whole()), ..Origin::at(span) };
        if let [Source::Attribute { address, attribute }] = sources.as_slice()
            && is_document(address, attribute)
            && let Some(document) = self.document(address)
        {
            return values::marked(document, origin.marks);
        }
        let own = full_name(context.address, context.argument);
        let unknown = self.made_of(&sources, own, span);
        Value::unknown(unknown.with_place(span), origin)
    }

    /// What is not known of an argument made of these. What the plan knows of them cannot be why; where
    /// one resource alone is left, the argument is of that.
    fn made_of(&self, sources: &[Source<'n>], own: Arc<str>, span: Span) -> Unknown {
        let attributes = sources.iter().filter_map(|source| match source {
            Source::Attribute { address, attribute } => Some((*address, attribute.as_str())),
            _ => None,
        });
        let (mut open, mut known): (Vec<_>, Vec<_>) =
            attributes.partition(|(address, attribute)| self.instances.is_unknown(address, attribute));
        if open.is_empty() {
            // What is null may just be left out.
            let is_null = |of: &(&str, &str)| self.instances.value(of.0, of.1).is_none_or(is_null);
            (open, known) = known.into_iter().partition(is_null);
        }
        let is_said = !sources.iter().any(|source| matches!(source, Source::Unsaid));
        if let (true, Some((first, rest))) = (is_said, open.split_first())
            && rest.iter().all(|other| other.0 == first.0)
        {
            let attribute = if rest.is_empty() { first.1 } else { "" };
            return attribute_of(first.0, attribute, false);
        }
        let own = Unknown::new(Reason::Computed(own)).with_place(span);
        let itself = (open.is_empty() && !known.is_empty()).then(|| own.clone());
        let open = open.into_iter().map(|(address, attribute)| attribute_of(address, attribute, false));
        let known =
            known.into_iter().map(|(address, attribute)| attribute_of(address, attribute, is_data(address)));
        let causes = itself.into_iter().chain(open.chain(known).map(|it| it.with_place(span)));
        Unknown { causes: causes.take(Unknown::CAUSES).map(Arc::new).collect(), ..own }
    }
}

/// An attribute of a resource, or some attribute of it, that deployment decides or a data source answers.
fn attribute_of(address: &str, attribute: &str, is_answer: bool) -> Unknown {
    let name = full_name(address, attribute);
    let reason = if is_answer { Reason::DataSource(name) } else { Reason::Computed(name) };
    let reference = Reference { address: Address::new(address), attribute: attribute.into() };
    Unknown::new(reason).with_reference(reference)
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
        Written::Expressions(_) | Written::Blocks(_) => false,
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Null)
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
    match is_document(address, attribute) {
        true => origin.through(Step::Document, address, span),
        false => origin.through(Step::Attribute, full_name(address, attribute), span),
    }
}

/// Whether an attribute is the policy that a data source builds. Where it is not said which attribute, no
/// other is of use for an argument; Terraform before 1.1 never says it.
fn is_document(address: &str, attribute: &str) -> bool {
    matches!(attribute, "json" | "minified_json" | "")
        && Place::of(address).resource.starts_with("data.aws_iam_policy_document.")
}

/// An attribute with the address in front, or the resource where it is not said which attribute.
fn full_name(address: &str, attribute: &str) -> Arc<str> {
    match attribute.is_empty() {
        true => address.into(),
        false => format!("{address}.{attribute}").into(),
    }
}
