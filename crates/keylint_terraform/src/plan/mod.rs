//! `terraform show -json` of a plan or of a state, and the file that a state is kept in, as a stack.
//!
//! A plan knows the values of the configuration, not its expressions: what is not known there is
//! marked in `after_unknown`, and `configuration` still says which resource such a value refers
//! to. Attributes that the provider computes by itself and that nobody configures are left out, as
//! they are when the configuration is read, so that both ways give the same answers.
//!
//! `fuse` lays a plan over the stack of its sources.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format>; OpenTofu writes the
//! same, <https://opentofu.org/docs/internals/json-format/>.

mod address;
mod attributes;
mod configuration;
mod copies;
mod document;
mod follow;
mod fuse;
mod hidden;
mod instances;
mod known;
mod secrets;
mod state;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keylint_model::{Address, FrontEnd, Guard, Map, Mode, Problem, Reason, Resource, Stack, Unknown};
use keylint_source::{SourceFile, Span};
use keylint_syntax::data::{Node, NodeKind};

pub(crate) use self::fuse::given;
pub use self::fuse::{Fused, fuse};
pub use self::known::Known;

use self::attributes::Reader;
use self::configuration::Configuration;
use self::hidden::Hidden;
use self::instances::Instance;
use crate::{limits, values};

/// What a file of Terraform says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A plan: what will be.
    Plan,
    /// A state as `terraform show -json` writes it: what is.
    State,
    /// A state as it is kept on disk, version 4.
    StateFile,
}

/// A plan or a state, read.
#[derive(Debug)]
pub struct Planned {
    /// What was read.
    pub form: Form,
    /// Its resources. Those that it destroys are not in it.
    pub stack: Stack,
    /// What it was made with.
    pub known: Arc<Known>,
    /// Where values are written that must not be shown, besides those of the stack: variables,
    /// outputs, what was before.
    pub secrets: Vec<Span>,
    /// The instances that it destroys, or forgets.
    pub leaving: HashSet<Address>,
    /// Whether everything that is configured is in it. Not so of one that was made of a part
    /// (`-target`), or of which a part was deferred.
    pub complete: bool,
    /// What is to be said where it says itself that it leaves out a part, and nothing beside it has that.
    pub gap: Option<Problem>,
}

/// What a JSON document is, by its content.
pub fn form(node: &Node) -> Option<Form> {
    let has = |name: &str| node.get(name).is_some();
    if has("format_version") {
        if has("planned_values") || has("resource_changes") {
            return Some(Form::Plan);
        }
        return (has("terraform_version") && has("values")).then_some(Form::State);
    }
    let is_file = has("lineage") && has("serial") && has("version") && has("resources");
    is_file.then_some(Form::StateFile)
}

/// Reads a plan or a state. What has the wrong shape is left out; what is left out as a whole, or
/// lies beyond a limit, is a problem of the stack.
pub fn read(source: &SourceFile, node: &Node) -> Planned {
    let form = form(node).unwrap_or(Form::Plan);
    let mut problems: Vec<Problem> = version_problem(form, node).into_iter().collect();
    let mut resources = match form {
        Form::StateFile => state::resources(node, &mut problems),
        Form::Plan | Form::State => shown(form, node, &mut problems),
    };
    copies::settle(&mut resources, form != Form::Plan);
    let (name, gap) = (Arc::clone(source.display()), gap(node));
    let left_out = left_out(node, gap.as_ref());
    let complete = form == Form::Plan && left_out.is_none();
    let open =
        left_out.map(|place| Arc::new(Unknown::new(Reason::Operand(Arc::clone(&name))).with_place(place)));
    let stack = Stack::new(FrontEnd::Terraform, name, resources, problems).with_open(open);
    let known = Arc::new(Known::of(form, node, &stack));
    let leaving = changes(node).into_iter().filter(|(_, change)| is_leaving(change));
    let leaving = leaving.map(|(address, _)| Address::new(address)).collect();
    Planned { form, stack, known, secrets: secrets::spans(form, node), leaving, complete, gap }
}

/// Where a plan says that there are resources besides those that it has: what it has no companion for
/// may have one there.
fn left_out(node: &Node, gap: Option<&Problem>) -> Option<Span> {
    let deferred = list(node.get("deferred_changes")).first().map(|first| first.span);
    gap.map(|gap| gap.span).or(deferred)
}

/// What is said where a plan leaves out a part of what is configured.
fn gap(node: &Node) -> Option<Problem> {
    let flag = |name: &str, wanted: bool| {
        node.get(name).filter(|node| matches!(node.kind, NodeKind::Bool(is) if is == wanted))
    };
    let (place, message) = match (flag("errored", true), flag("complete", false)) {
        (Some(errored), _) => (errored, "planning failed: the plan has only what was planned before"),
        (None, Some(complete)) => {
            (complete, "the plan is not complete: it leaves out what was deferred or not targeted")
        }
        (None, None) => return None,
    };
    let help = "what the plan leaves out is not checked; check the sources beside it, or a whole plan";
    Some(Problem::new("KL004", place.span, message).with_help(help))
}

/// Major versions bring what older readers misread.
fn version_problem(form: Form, node: &Node) -> Option<Problem> {
    let (name, known): (_, &[&str]) = match form {
        Form::StateFile => ("version", &["4"]),
        Form::Plan | Form::State => ("format_version", &["0", "1"]),
    };
    let version = node.get(name)?;
    let written = match &version.kind {
        NodeKind::String(text) => text.as_str(),
        NodeKind::Number(text) => text,
        _ => "",
    };
    let major = written.split('.').next().unwrap_or_default();
    if known.contains(&major) {
        return None;
    }
    let message = format!("the {name} is not one that keylint knows ({})", known.join(", "));
    Some(Problem::new("KL001", version.span, message).with_help(
        "it was read as far as it is like the versions that are known; a newer keylint may know it",
    ))
}

/// The resources of what `terraform show -json` writes.
fn shown(form: Form, node: &Node, problems: &mut Vec<Problem>) -> Vec<Resource> {
    let mut shown = Shown {
        changes: changes(node),
        reader: Reader::new(Configuration::new(node), form == Form::Plan),
        seen: HashSet::new(),
        resources: Vec::new(),
        problems,
    };
    // Data sources that were read while planning are part of the prior state only.
    let values = match form {
        Form::Plan => node.get("planned_values"),
        Form::State | Form::StateFile => node.get("values"),
    };
    let prior = node.get("prior_state").and_then(|it| it.get("values"));
    let modules = [(values, false), (prior, true)]
        .map(|(values, data_only)| (values.and_then(|it| it.get("root_module")), data_only));
    for (module, data_only) in modules {
        if let Some(module) = module {
            shown.collect_addresses(module, data_only, 0);
        }
    }
    for deferred in list(node.get("deferred_changes")) {
        if let Some((address, instance)) = deferred.get("resource_change").and_then(deferred_instance) {
            shown.reader.instances.add(address, instance);
        }
    }
    for (module, data_only) in modules {
        if let Some(module) = module {
            shown.module(module, data_only, 0);
        }
    }
    list(node.get("deferred_changes")).iter().for_each(|deferred| shown.deferred(deferred));
    let Shown { resources, reader, problems, .. } = shown;
    problems.extend(reader.documents.into_problems());
    resources
}

/// The changes by address. What is deposed is on its way out, beside the instance of its address.
fn changes(node: &Node) -> HashMap<&str, &Node> {
    let current = list(node.get("resource_changes")).iter().filter(|change| change.get("deposed").is_none());
    current.filter_map(|change| Some((change.get("address")?.as_str()?, change.get("change")?))).collect()
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::List(nodes)) => nodes,
        _ => &[],
    }
}

fn is_true(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Bool(true))
}

/// The resources of a plan or a state while they are read.
struct Shown<'n, 'p> {
    changes: HashMap<&'n str, &'n Node>,
    reader: Reader<'n>,
    /// The addresses that were read: of two the first counts, which is the planned one.
    seen: HashSet<&'n str>,
    resources: Vec<Resource>,
    problems: &'p mut Vec<Problem>,
}

impl<'n> Shown<'n, '_> {
    fn collect_addresses(&mut self, module: &'n Node, data_only: bool, depth: usize) {
        for resource in list(module.get("resources")) {
            let mode = mode(resource);
            if (!data_only || mode == Mode::Data)
                && let Some(address) = resource.get("address")
                && let Some(name) = address.as_str()
            {
                let instance = self.instance(resource, address.span, name);
                self.reader.instances.add(name, instance);
            }
        }
        if depth < limits::MODULE_DEPTH {
            for child in list(module.get("child_modules")) {
                self.collect_addresses(child, data_only, depth + 1);
            }
        }
    }

    fn module(&mut self, module: &'n Node, data_only: bool, depth: usize) {
        for resource in list(module.get("resources")) {
            if self.resources.len() >= limits::RESOURCES {
                return over_limit(self.problems, resource.span, "there are too many resources");
            }
            let made = self.resource(resource, data_only);
            self.resources.extend(made);
        }
        let children = list(module.get("child_modules"));
        match children.first() {
            Some(first) if depth >= limits::MODULE_DEPTH => {
                over_limit(self.problems, first.span, "the modules are nested too deeply");
            }
            _ => children.iter().for_each(|child| self.module(child, data_only, depth + 1)),
        }
    }

    /// A resource that this plan does not change yet, as far as it is known. One of which the instances
    /// are not known has `[*]` for a key.
    fn deferred(&mut self, deferred: &'n Node) {
        let Some(planned) = deferred.get("resource_change") else { return };
        if self.resources.len() >= limits::RESOURCES {
            return over_limit(self.problems, planned.span, "there are too many resources");
        }
        let (Some(address), Some(change)) = (planned.get("address"), planned.get("change")) else { return };
        let (Some(name), Some(type_name)) = (address.as_str(), planned.get("type").and_then(Node::as_str))
        else {
            return;
        };
        if planned.get("deposed").is_some() || is_leaving(change) || !self.seen.insert(name) {
            return;
        }
        let Some((_, instance)) = deferred_instance(planned) else { return };
        let attributes = self.reader.attributes(name, mode(planned), &instance);
        let made = resource(name, type_name, mode(planned), attributes, (planned.span, address.span));
        self.resources.push(Resource { symbolic: name.contains("[*]"), ..made });
    }

    fn resource(&mut self, node: &'n Node, data_only: bool) -> Option<Resource> {
        let mode = mode(node);
        if data_only && mode != Mode::Data {
            return None;
        }
        let address = node.get("address")?;
        let name = address.as_str()?;
        let change = self.changes.get(name).copied();
        let is_deposed = node.get("deposed_key").is_some_and(|key| !matches!(key.kind, NodeKind::Null));
        if is_deposed || change.is_some_and(is_leaving) || !self.seen.insert(name) {
            return None;
        }
        let mut attributes = self.reader.attributes(name, mode, &self.instance(node, address.span, name));
        if let Some(document) = self.reader.document(name) {
            for name in ["json", "minified_json"] {
                attributes.entries.insert(name.into(), values::entry(document.clone()));
            }
        }
        Some(resource(name, node.get("type")?.as_str()?, mode, attributes, (node.span, address.span)))
    }

    /// What the plan says of the resource with this name.
    fn instance(&self, node: &'n Node, span: Span, name: &str) -> Instance<'n> {
        let change = self.changes.get(name).copied();
        let masks = [node.get("sensitive_values"), change.and_then(|change| change.get("after_sensitive"))];
        Instance {
            values: node.get("values"),
            unknown: change.and_then(|change| change.get("after_unknown")),
            hidden: Hidden::of(masks.into_iter().flatten()),
            span,
        }
    }
}

/// What a plan says of a resource that it does not change yet, with its address.
fn deferred_instance(planned: &Node) -> Option<(&str, Instance<'_>)> {
    let (address, change) = (planned.get("address")?, planned.get("change")?);
    let instance = Instance {
        values: change.get("after"),
        unknown: change.get("after_unknown"),
        hidden: Hidden::of(change.get("after_sensitive")),
        span: address.span,
    };
    Some((address.as_str()?, instance))
}

fn mode(resource: &Node) -> Mode {
    match resource.get("mode").and_then(Node::as_str) {
        Some("data") => Mode::Data,
        _ => Mode::Managed,
    }
}

fn resource(
    address: &str,
    type_name: &str,
    mode: Mode,
    attributes: Map,
    (span, header): (Span, Span),
) -> Resource {
    Resource {
        address: Address::new(address),
        type_name: type_name.into(),
        mode,
        attributes,
        span,
        header,
        guard: Guard::always(),
        symbolic: false,
        calls: Arc::new([]),
        construct: None,
    }
}

/// Whether a change leaves nothing behind: it destroys, or forgets.
fn is_leaving(change: &Node) -> bool {
    let actions = list(change.get("actions"));
    !actions.is_empty() && actions.iter().all(|action| matches!(action.as_str(), Some("delete" | "forget")))
}

fn over_limit(problems: &mut Vec<Problem>, span: Span, message: &str) {
    if !problems.iter().any(|problem| problem.message == message) {
        problems.push(Problem::new("KL004", span, message));
    }
}
