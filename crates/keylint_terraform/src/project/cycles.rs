//! Cycles in the order of deployment, over the modules that a directory calls.
//!
//! Those of values alone are found where values are evaluated; here are those that Terraform's
//! graph has besides.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::Span;

use super::declarations::Declarations;
use super::graph::{Edge, Graph, Node, NodeId};
use super::{DirectoryId, Project};
use crate::limits;

/// How many of the blocks of a cycle are shown beside the first.
const SHOWN: usize = 8;

/// Vertices that are looked at for what outputs are made of, whatever the size of the modules.
const STEPS: usize = 1_000_000;

/// How many more for each vertex that a module has: real ones need some dozens.
const STEPS_EACH: usize = 300;

/// For each output of a module the variables that it takes; `true` where only the order counts.
type Needs = HashMap<Arc<str>, BTreeMap<Arc<str>, bool>>;

/// The cycles of all directories of a project.
pub(super) struct Cycles<'p> {
    project: &'p Project,
    needs: HashMap<DirectoryId, Arc<Needs>>,
    /// How many steps are left.
    left: usize,
}

/// The vertices that each one needs; `true` where only the order counts.
type Resolved = Vec<Vec<(NodeId, bool)>>;

impl<'p> Cycles<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Cycles { project, needs: HashMap::new(), left: STEPS }
    }

    /// The cycles of a directory in which something is there for the order only.
    pub(super) fn of(&mut self, id: DirectoryId) -> Vec<Problem> {
        let Some(directory) = self.project.directory(id) else { return Vec::new() };
        let Some(graph) = directory.graph.as_ref() else { return Vec::new() };
        let before = self.left;
        let resolved = self.resolve(id, graph, 0);
        let circles = circles(&resolved).into_iter();
        let circles = circles.filter(|members| is_of_order(members, &resolved));
        let problem = |members: Vec<_>| problem(&directory.declarations, graph, &members);
        let mut problems: Vec<Problem> = circles.filter_map(problem).collect();
        // Said once: whatever is looked at after that has nothing left either.
        if before > 0
            && self.left == 0
            && let Some(call) = directory.declarations.calls.values().next()
        {
            let message = "the modules are too large to look for cycles through their outputs";
            problems.push(Problem::new("KL004", call.block.header, message));
        }
        problems
    }

    fn resolve(&mut self, id: DirectoryId, graph: &Graph, depth: usize) -> Resolved {
        let mut resolved = Vec::with_capacity(graph.edges.len());
        for edges in &graph.edges {
            let mut targets = Vec::with_capacity(edges.len());
            for edge in edges {
                match edge {
                    Edge::To(to, order) => targets.push((*to, *order)),
                    Edge::ToOutput { call, output, order } => {
                        let Some(needs) = self.needs_of(id, call, depth) else { continue };
                        let needs = needs.get(output).into_iter().flatten();
                        for (variable, inner) in needs.take_while(|_| take(&mut self.left)) {
                            let argument = Node::Argument(Arc::clone(call), Arc::clone(variable));
                            targets.extend(graph.position(&argument).map(|to| (to, *order || *inner)));
                        }
                    }
                }
            }
            resolved.push(targets);
        }
        resolved
    }

    /// What the outputs of a called module take; `None` where it is not on disk, or too deep.
    fn needs_of(&mut self, id: DirectoryId, call: &str, depth: usize) -> Option<Arc<Needs>> {
        let directory = self.project.directory(id)?;
        let path = super::local_path(&directory.path, directory.declarations.calls.get(call)?)?;
        let called = self.project.find(&path)?;
        if let Some(known) = self.needs.get(&called) {
            return Some(Arc::clone(known));
        }
        if depth > limits::MODULE_DEPTH {
            return None;
        }
        // A module that calls itself is rejected elsewhere.
        self.needs.insert(called, Arc::default());
        let graph = self.project.directory(called)?.graph.as_ref()?;
        self.left = self.left.saturating_add(graph.nodes.len().saturating_mul(STEPS_EACH));
        let resolved = self.resolve(called, graph, depth + 1);
        let mut needs = Needs::new();
        for (position, (node, _)) in graph.nodes.iter().enumerate() {
            let Node::Output(name) = node else { continue };
            let of_value = variables(graph, &resolved, position, false, &mut self.left);
            let all = variables(graph, &resolved, position, true, &mut self.left).into_iter();
            let all = all.map(|variable| (Arc::clone(&variable), !of_value.contains(&variable)));
            needs.insert(Arc::clone(name), all.collect());
        }
        // Without steps left what was found is not all.
        let needs: Arc<Needs> = if self.left == 0 { Arc::default() } else { Arc::new(needs) };
        self.needs.insert(called, Arc::clone(&needs));
        Some(needs)
    }
}

/// The variables that a vertex comes after: all, or those that values of it are made of.
fn variables(
    graph: &Graph,
    resolved: &Resolved,
    from: NodeId,
    all: bool,
    left: &mut usize,
) -> BTreeSet<Arc<str>> {
    let mut seen = HashSet::new();
    let mut open = vec![from];
    let mut found = BTreeSet::new();
    while let Some(position) = open.pop() {
        if !take(left) {
            break;
        }
        if !seen.insert(position) {
            continue;
        }
        if let Some((Node::Variable(name), _)) = graph.nodes.get(position) {
            found.insert(Arc::clone(name));
        }
        let edges = resolved.get(position).into_iter().flatten();
        open.extend(edges.filter(|(_, order)| all || !order).map(|(to, _)| *to));
    }
    found
}

/// Takes a step; false when there is none left.
fn take(left: &mut usize) -> bool {
    let taken = *left > 0;
    *left = left.saturating_sub(1);
    taken
}

/// Where a search stands at one vertex.
struct Visit {
    node: NodeId,
    /// The next of its edges.
    next: usize,
}

/// The sets of vertices that all come after each other, by Tarjan's algorithm, without recursion.
fn circles(edges: &Resolved) -> Vec<Vec<NodeId>> {
    const NEW: usize = usize::MAX;
    let (mut index, mut low) = (vec![NEW; edges.len()], vec![NEW; edges.len()]);
    let mut waiting = vec![false; edges.len()];
    let (mut stack, mut circles, mut count) = (Vec::new(), Vec::new(), 0);
    for root in 0..edges.len() {
        let mut visits = vec![Visit { node: root, next: 0 }];
        while let Some(Visit { node, next }) = visits.last_mut() {
            let node = *node;
            let (Some(own), Some(lowest), Some(waits)) =
                (index.get_mut(node), low.get(node).copied(), waiting.get_mut(node))
            else {
                break;
            };
            if *next == 0 {
                if *own != NEW {
                    visits.pop();
                    continue;
                }
                (*own, *waits) = (count, true);
                set(&mut low, node, count);
                stack.push(node);
                count += 1;
            }
            let target = edges.get(node).and_then(|edges| edges.get(*next)).map(|(to, _)| *to);
            *next += 1;
            let Some(target) = target else {
                visits.pop();
                if index.get(node) == low.get(node) {
                    let at = stack.iter().rposition(|one| *one == node).unwrap_or(stack.len());
                    let members = stack.split_off(at);
                    members.iter().for_each(|member| set(&mut waiting, *member, false));
                    circles.push(members);
                }
                if let (Some(above), Some(lowest)) = (visits.last(), low.get(node).copied()) {
                    lower(&mut low, above.node, lowest);
                }
                continue;
            };
            match index.get(target).copied() {
                Some(NEW) => visits.push(Visit { node: target, next: 0 }),
                Some(reached) if waiting.get(target) == Some(&true) && reached < lowest => {
                    lower(&mut low, node, reached);
                }
                _ => {}
            }
        }
    }
    circles.retain(|members| members.len() > 1);
    circles
}

fn set<T>(values: &mut [T], at: NodeId, value: T) {
    if let Some(place) = values.get_mut(at) {
        *place = value;
    }
}

fn lower(low: &mut [usize], at: NodeId, value: usize) {
    if let Some(place) = low.get_mut(at) {
        *place = value.min(*place);
    }
}

fn is_of_order(members: &[NodeId], resolved: &Resolved) -> bool {
    let inside: BTreeSet<&NodeId> = members.iter().collect();
    members
        .iter()
        .filter_map(|member| resolved.get(*member))
        .any(|edges| edges.iter().any(|(to, order)| *order && inside.contains(to)))
}

/// The problem at the first member of a circle by name.
fn problem(declarations: &Declarations, graph: &Graph, members: &[NodeId]) -> Option<Problem> {
    let named = members.iter().filter_map(|member| graph.nodes.get(*member));
    let mut named: Vec<(String, Span)> = named
        .filter_map(|(node, span)| {
            let name = match node {
                Node::Local(name) => format!("local.{name}"),
                Node::Resource(position) => declarations.resources.get(*position)?.address.to_string(),
                Node::Call(name) | Node::Done(name) => format!("module.{name}"),
                Node::Argument(..) | Node::Variable(_) | Node::Output(_) => return None,
            };
            Some((name, *span))
        })
        .collect();
    named.sort();
    named.dedup();
    let (name, span) = named.first()?.clone();
    let others = named.into_iter().skip(1).take(SHOWN);
    let problem = Problem::new("KL003", span, format!("`{name}` depends on itself"));
    Some(
        others.fold(problem, |problem, (name, span)| problem.with_related(span, format!("through `{name}`"))),
    )
}
