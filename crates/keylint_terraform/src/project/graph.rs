//! What in a module is deployed before what: the graph that Terraform orders a run by.
//!
//! Values alone do not give it. What a block says in `depends_on`, what triggers its replacement,
//! and what its conditions and provisioners read comes before it too. Terraform makes the graph of
//! references as they are written, whatever their values, and rejects a cycle in it.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/graph>.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keylint_source::Span;
use keylint_syntax::hcl::{Body, Item, Name};

use super::declarations::{Declarations, Kind};
use super::walk::Walker;

/// A vertex, by its position in [`Graph::nodes`].
pub(super) type NodeId = usize;

/// What is deployed or computed as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Variable(Arc<str>),
    Local(Arc<str>),
    /// By its position among the declared ones.
    Resource(usize),
    Output(Arc<str>),
    /// That a call has instances: everything in its module comes after it.
    Call(Arc<str>),
    /// That everything in the module of a call is done.
    Done(Arc<str>),
    /// An argument of a call.
    Argument(Arc<str>, Arc<str>),
}

/// What one vertex needs.
#[derive(Debug)]
pub(super) enum Edge {
    /// Another vertex; `true` when nothing is computed from it, so that only the order counts.
    To(NodeId, bool),
    /// An output of the module of a call: what of its arguments that is made of the module decides.
    ToOutput { call: Arc<str>, output: Arc<str>, order: bool },
}

/// The graph of one directory. What its calls need of the modules is still open.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<(Node, Span)>,
    pub(super) edges: Vec<Vec<Edge>>,
    positions: HashMap<Node, NodeId>,
}

impl Graph {
    /// The graph of a module's declarations.
    pub(super) fn of(declarations: &Declarations) -> Graph {
        let mut graph = Graph::default();
        graph.add_nodes(declarations);
        for local in declarations.locals.values() {
            let from = graph.position(&Node::Local(Arc::clone(&local.name.text)));
            graph.add_edges(declarations, from, false, |walker| walker.expression(&local.value));
        }
        for (position, resource) in declarations.resources.iter().enumerate() {
            let from = graph.position(&Node::Resource(position));
            graph.add_body(declarations, from, &resource.block.body);
        }
        for (name, output) in &declarations.outputs {
            let from = graph.position(&Node::Output(Arc::clone(name)));
            graph.add_body(declarations, from, &output.block.body);
        }
        for (name, call) in &declarations.calls {
            let expand = graph.position(&Node::Call(Arc::clone(name)));
            let done = graph.position(&Node::Done(Arc::clone(name)));
            graph.connect(done, expand, true);
            for attribute in call.block.body.attributes() {
                let from = match &*attribute.name.text {
                    "count" | "for_each" | "depends_on" => expand,
                    _ => {
                        let node = Node::Argument(Arc::clone(name), Arc::clone(&attribute.name.text));
                        let argument = graph.position(&node);
                        graph.connect(argument, expand, true);
                        graph.connect(done, argument, true);
                        argument
                    }
                };
                let order = &*attribute.name.text == "depends_on";
                if !matches!(&*attribute.name.text, "source" | "version" | "providers") {
                    graph.add_edges(declarations, from, order, |walker| walker.expression(&attribute.value));
                }
            }
        }
        graph
    }

    /// Where a vertex is, if it is one of the graph.
    pub(super) fn position(&self, node: &Node) -> Option<NodeId> {
        self.positions.get(node).copied()
    }

    fn add_nodes(&mut self, declarations: &Declarations) {
        for (name, variable) in &declarations.variables {
            self.add(Node::Variable(Arc::clone(name)), variable.block.header);
        }
        for (name, local) in &declarations.locals {
            self.add(Node::Local(Arc::clone(name)), local.name.span);
        }
        for (position, resource) in declarations.resources.iter().enumerate() {
            self.add(Node::Resource(position), resource.block.header);
        }
        for (name, output) in &declarations.outputs {
            self.add(Node::Output(Arc::clone(name)), output.block.header);
        }
        for (name, call) in &declarations.calls {
            self.add(Node::Call(Arc::clone(name)), call.block.header);
            self.add(Node::Done(Arc::clone(name)), call.block.header);
            for attribute in call.block.body.attributes() {
                let node = Node::Argument(Arc::clone(name), Arc::clone(&attribute.name.text));
                self.add(node, attribute.name.span);
            }
        }
    }

    fn add(&mut self, node: Node, span: Span) {
        self.positions.insert(node.clone(), self.nodes.len());
        self.nodes.push((node, span));
        self.edges.push(Vec::new());
    }

    fn connect(&mut self, from: Option<NodeId>, to: Option<NodeId>, order: bool) {
        if let (Some(from), Some(to)) = (from, to)
            // A block may name itself: in its provisioners, and harmlessly in `depends_on`.
            && from != to
            && let Some(edges) = self.edges.get_mut(from)
        {
            edges.push(Edge::To(to, order));
        }
    }

    /// The edges of a block's body, those of its order among them.
    fn add_body(&mut self, declarations: &Declarations, from: Option<NodeId>, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) if &*attribute.name.text == "provider" => {}
                Item::Attribute(attribute) => {
                    let order = &*attribute.name.text == "depends_on";
                    self.add_edges(declarations, from, order, |walker| walker.expression(&attribute.value));
                }
                Item::Block(block) => match &*block.name.text {
                    "lifecycle" => {
                        if let Some(attribute) = block.body.attribute("replace_triggered_by") {
                            self.add_edges(declarations, from, true, |it| it.expression(&attribute.value));
                        }
                        for condition in block.body.blocks() {
                            self.add_edges(declarations, from, true, |it| it.body(&condition.body));
                        }
                    }
                    name => {
                        let order = matches!(name, "provisioner" | "connection" | "precondition");
                        self.add_edges(declarations, from, order, |walker| walker.block(block));
                    }
                },
            }
        }
    }

    /// The edges to all that `walk` finds.
    fn add_edges(
        &mut self,
        declarations: &Declarations,
        from: Option<NodeId>,
        order: bool,
        walk: impl FnOnce(&mut Walker<&mut dyn FnMut(&Name, &[Option<&Name>])>),
    ) {
        let mut found: HashSet<Node> = HashSet::new();
        let mut outputs: HashSet<(Arc<str>, Arc<str>)> = HashSet::new();
        let mut collect = |name: &Name, steps: &[Option<&Name>]| {
            let step = |position: usize| steps.get(position).copied().flatten();
            match (&*name.text, step(0), step(1)) {
                ("var", Some(first), _) => {
                    found.insert(Node::Variable(Arc::clone(&first.text)));
                }
                ("local", Some(first), _) => {
                    found.insert(Node::Local(Arc::clone(&first.text)));
                }
                ("module", Some(first), second) => {
                    // An index may stand before the name of the output.
                    match second.or_else(|| step(2)) {
                        Some(output) => {
                            outputs.insert((Arc::clone(&first.text), Arc::clone(&output.text)));
                            found.insert(Node::Call(Arc::clone(&first.text)));
                        }
                        None => {
                            found.insert(Node::Done(Arc::clone(&first.text)));
                        }
                    }
                }
                ("data", Some(first), Some(second)) => {
                    found.extend(resource(declarations, Kind::Data, first, second));
                }
                ("ephemeral", Some(first), Some(second)) => {
                    found.extend(resource(declarations, Kind::Ephemeral, first, second));
                }
                ("resource", Some(first), Some(second)) => {
                    found.extend(resource(declarations, Kind::Managed, first, second));
                }
                (_, Some(first), _) => found.extend(resource(declarations, Kind::Managed, name, first)),
                _ => {}
            }
        };
        walk(&mut Walker::new(&mut collect));
        let mut found: Vec<NodeId> = found.iter().filter_map(|node| self.position(node)).collect();
        found.sort_unstable();
        found.into_iter().for_each(|to| self.connect(from, Some(to), order));
        let mut outputs: Vec<_> = outputs.into_iter().collect();
        outputs.sort_unstable();
        if let Some(edges) = from.and_then(|from| self.edges.get_mut(from)) {
            edges.extend(outputs.into_iter().map(|(call, output)| Edge::ToOutput { call, output, order }));
        }
    }
}

fn resource(declarations: &Declarations, kind: Kind, type_name: &Name, name: &Name) -> Option<Node> {
    declarations.resource(kind, &type_name.text, &name.text).map(Node::Resource)
}
