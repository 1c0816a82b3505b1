//! Nested stacks: a template on disk as a part of another one.
//!
//! The child is evaluated with the values that its parent gives to its parameters, and its
//! outputs are what `Fn::GetAtt` finds there. Its resources stand in the parent's stack under
//! `Parent/Child`, as Terraform's stand behind `module.x.`. A child at S3, or one whose address only
//! deployment knows, is noted, and its outputs stay unknown.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html>

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keylint_model::{
    Address, CallKind, CallSite, Condition, Data, Guard, Origin, Problem, Reason, Resource, Step, Unknown,
    Value, World,
};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::asked::Wanted;
use crate::call::{Call, Function, Token, View};
use crate::cdk::{Environment, Uploaded};
use crate::evaluate::{Evaluator, choice, narrow, narrow_all};
use crate::given::Given;
use crate::include::local_path;
use crate::loops;
use crate::project::{Project, normalized};
use crate::resource::Parts;
use crate::work::Work;

/// How deep stacks may nest.
const MAX_DEPTH: usize = 16;

/// How many stacks a stack may have in it, at any depth.
const MAX_STACKS: usize = 1_000;

/// How many bytes of templates these may be made of; one that is nested often counts each time.
const MAX_BYTES: usize = 8 * 1024 * 1024;

const STACK: &str = "AWS::CloudFormation::Stack";
const APPLICATION: &str = "AWS::Serverless::Application";

/// The place of a template among the stacks of a run.
pub(crate) struct Frame<'p> {
    project: &'p Project,
    path: PathBuf,
    /// What stands before the names of its resources: `Parent/`.
    pub(crate) scope: Arc<str>,
    /// The stacks around it, innermost first.
    pub(crate) calls: Arc<[CallSite]>,
    /// The templates around it, outermost first.
    around: Vec<PathBuf>,
    /// What its parameters are given; `None` for a root without parameter files, whose parameters
    /// deployment gives.
    pub(crate) given: Option<HashMap<Arc<str>, Value>>,
    pub(crate) environment: Environment,
    visited: &'p Mutex<BTreeSet<PathBuf>>,
    /// How many stacks were nested so far, and how many bytes of templates.
    spent: Arc<Mutex<(usize, usize)>>,
    /// What the loops of all of them may still make.
    pub(crate) loops: Arc<Mutex<loops::Budget>>,
    /// What the conditions of all of them may still cost.
    pub(crate) work: Arc<Mutex<Work>>,
    /// The numbers of the values that the conditions of all of them compare.
    compared: Arc<Mutex<HashMap<Arc<str>, NonZeroU32>>>,
    /// What the conditions of templates ask for.
    wanted: Arc<Mutex<Wanted>>,
    /// Among how many stacks the work is divided, by what stands around this one.
    pub(crate) copies: usize,
    children: Mutex<HashMap<String, State>>,
}

enum State {
    Pending,
    Done(Option<Arc<Child>>),
}

/// What a nested stack brings.
pub(crate) struct Child {
    pub(crate) parts: Parts,
}

impl<'p> Frame<'p> {
    pub(crate) fn root(
        project: &'p Project,
        path: &Path,
        given: &Given,
        visited: &'p Mutex<BTreeSet<PathBuf>>,
    ) -> Self {
        locked(visited).insert(path.to_owned());
        Frame {
            project,
            path: path.to_owned(),
            scope: "".into(),
            calls: Arc::new([]),
            around: vec![path.to_owned()],
            given: given.values(),
            environment: project.environment(path),
            visited,
            spent: Arc::default(),
            loops: Arc::default(),
            work: Arc::default(),
            compared: Arc::default(),
            wanted: Arc::default(),
            copies: 1,
            children: Mutex::default(),
        }
    }

    /// Counts one more stack with a template of this many bytes; answers with how many stacks and
    /// bytes there are now.
    fn spend(&self, bytes: usize) -> (usize, usize) {
        let mut spent = locked(&self.spent);
        *spent = (spent.0 + 1, spent.1 + bytes);
        *spent
    }

    /// The number of a value that conditions compare, the same in all stacks.
    pub(crate) fn number(&self, identity: &Arc<str>) -> Option<NonZeroU32> {
        let mut compared = locked(&self.compared);
        let next = NonZeroU32::MIN.checked_add(u32::try_from(compared.len()).ok()?)?;
        Some(*compared.entry(Arc::clone(identity)).or_insert(next))
    }

    /// The names in what resources give to parameters that conditions of nested templates ask for.
    pub(crate) fn passed_on<'t>(&self, resources: impl Iterator<Item = &'t Member>) -> HashSet<&'t str> {
        let levels = (MAX_DEPTH + 1).saturating_sub(self.around.len());
        locked(&self.wanted).passed_on(self.project, &self.path, resources, levels)
    }

    /// The path of the template that a resource of this one nests.
    fn child_path<'t>(&self, resource: &'t Member) -> Option<&'t str>
    where
        'p: 't,
    {
        let uploaded = self.project.uploaded(self.directory());
        child_path(&self.path, Some(resource.key.as_str()), &resource.value, uploaded)
    }

    /// Whether any template of the project includes a snippet.
    pub(crate) fn has_snippets(&self) -> bool {
        self.project.has_snippets()
    }

    /// The directory that paths in the template start from.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// The path of the construct of a CDK app that makes a resource, where the manifest says it.
    pub(crate) fn construct_of(&self, id: &str) -> Option<Arc<str>> {
        self.project.construct_of(&self.path, id)
    }

    /// Where the code of a CDK app makes a construct.
    pub(crate) fn construct(&self, path: &str) -> Option<CallSite> {
        let span = self.project.construct(self.directory(), path)?;
        Some(CallSite { address: Address::new(path), span, block: span, kind: CallKind::Construct })
    }

    /// The content of a snippet. One that adds to the sections of this template is a part of it from here on,
    /// also where it reads like a template of its own.
    pub(crate) fn snippet(&self, path: &Path, adds_sections: bool) -> Option<&'p Node> {
        let snippet = self.project.snippet(path)?.content.documents.first()?;
        if adds_sections {
            locked(self.visited).insert(path.to_owned());
        }
        Some(snippet)
    }
}

/// What several threads share. A thread that failed has left nothing half done behind.
pub(crate) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a text can nest a template on disk.
pub(crate) fn may_nest(text: &str) -> bool {
    [STACK, APPLICATION].iter().any(|name| text.contains(name))
}

/// The paths on disk of the templates that a tree in a template nests, wherever in it.
pub(crate) fn local_templates<'t>(
    template: &Path,
    root: &'t Node,
    uploaded: &'t Uploaded,
) -> impl Iterator<Item = &'t str> {
    let mut found = Vec::new();
    let mut waiting = vec![(None, root)];
    while let Some((id, node)) = waiting.pop() {
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements.iter().map(|element| (None, element))),
            NodeKind::Map(members) => {
                found.extend(child_path(template, id, node, uploaded));
                waiting.extend(members.iter().map(|member| (Some(member.key.as_str()), &member.value)));
            }
            _ => {}
        }
    }
    found.into_iter()
}

/// Whether a resource is a stack of its own.
pub(crate) fn is_stack(resource: &Node) -> bool {
    resource.get("Type").and_then(Node::as_str).is_some_and(|name| matches!(name, STACK | APPLICATION))
}

/// The path of the template of a nested stack. The CDK uploads templates and keeps the path in the
/// metadata, or at least in the manifests of the assembly.
pub(crate) fn child_path<'t>(
    template: &Path,
    id: Option<&str>,
    resource: &'t Node,
    uploaded: &'t Uploaded,
) -> Option<&'t str> {
    if !is_stack(resource) {
        return None;
    }
    let asset = resource.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path"));
    if let Some(asset) = asset.and_then(Node::as_str) {
        return local_path(asset);
    }
    let properties = resource.get("Properties")?;
    let written = properties.get("TemplateURL").or_else(|| properties.get("Location"))?;
    let text = View::from(written).as_str();
    text.and_then(local_path)
        .or_else(|| uploaded.nested(template, id?))
        .or_else(|| uploaded.path(text.or_else(|| end_of_join(written))?))
}

/// The last of the texts that `Fn::Join` puts together.
fn end_of_join(node: &Node) -> Option<&str> {
    let call = Call::of(View::from(node)).filter(|call| call.function == Function::Join)?;
    let [_, texts] = call.argument.elements()? else { return None };
    View::from(texts).elements()?.last()?.as_str()
}

impl<'t> Evaluator<'t> {
    /// The nested stack that a resource of the template is, where its template is there.
    pub(crate) fn child(&mut self, id: &str) -> Option<Arc<Child>> {
        let frame = self.template.frame?;
        let member = self.template.resources.get(id).copied()?;
        let written = frame.child_path(member)?;
        match locked(&frame.children).get(id) {
            Some(State::Done(child)) => return child.clone(),
            // A parameter that is an output of the same stack; the service refuses it.
            Some(State::Pending) => return None,
            None => {}
        }
        locked(&frame.children).insert(id.to_owned(), State::Pending);
        let path = normalized(&frame.directory().join(written));
        let child = self.load_child(frame, id, &path).map(Arc::new);
        locked(&frame.children).insert(id.to_owned(), State::Done(child.clone()));
        child
    }

    fn load_child(&mut self, frame: &'t Frame<'t>, id: &str, path: &Path) -> Option<Child> {
        let member = self.template.resources.get(id).copied()?;
        let file = frame.project.template(path)?;
        let root = file.content.documents.first()?;
        if frame.around.iter().any(|around| around == path) {
            let message = "the nested stack is made of a template that it is nested in";
            self.problems.push(Problem::new("KL003", member.key_span, message));
            return None;
        }
        let (stacks, bytes) = frame.spend(file.source.text().len());
        if frame.around.len() > MAX_DEPTH || stacks > MAX_STACKS || bytes > MAX_BYTES {
            let message = format!(
                "nested stacks are more than {MAX_STACKS}, more than {MAX_DEPTH} levels deep or larger than 8 \
                 MiB; the rest is left out"
            );
            self.limit(member.key_span, message);
            return None;
        }
        let parameters = member.value.get("Properties").and_then(|properties| properties.get("Parameters"));
        // What it is given where it does not exist is nothing.
        let world = self.condition_of(&member.value).as_ref().map(World::of).unwrap_or_default();
        let (given, is_whole) = self.within(world, |evaluator| evaluator.arguments(parameters, root));
        let site = CallSite {
            address: Address::new(format!("{}{id}", frame.scope)),
            span: member.key_span,
            block: member.key_span.cover(member.value.span),
            kind: CallKind::Stack,
        };
        locked(frame.visited).insert(path.to_owned());
        let siblings = self.template.resources.values().filter(|member| is_stack(&member.value)).count();
        let inner = Frame {
            project: frame.project,
            path: path.to_owned(),
            scope: format!("{}{id}/", frame.scope).into(),
            calls: std::iter::once(site).chain(frame.calls.iter().cloned()).collect(),
            around: frame.around.iter().cloned().chain([path.to_owned()]).collect(),
            given: Some(given),
            environment: frame.environment.clone(),
            visited: frame.visited,
            spent: Arc::clone(&frame.spent),
            loops: Arc::clone(&frame.loops),
            work: Arc::clone(&frame.work),
            compared: Arc::clone(&frame.compared),
            wanted: Arc::clone(&frame.wanted),
            copies: frame.copies.saturating_mul(siblings),
            children: Mutex::default(),
        };
        *locked(&frame.work) = self.work;
        let parts = crate::parts(root, Some(&inner));
        self.work = *locked(&frame.work);
        let given = inner.given.unwrap_or_default();
        self.check_arguments(member.key_span, parameters, &given, is_whole, &parts);
        Some(Child { parts })
    }

    /// The values that a parent gives, and whether these are all: where that is not known, no parameter of the
    /// nested template has its default for certain.
    fn arguments(
        &mut self,
        parameters: Option<&'t Node>,
        root: &'t Node,
    ) -> (HashMap<Arc<str>, Value>, bool) {
        let Some(node) = parameters else { return (HashMap::new(), true) };
        let (mut given, open) = arguments_of(&self.value(node), node.span);
        let Some(open) = open else { return (given, true) };
        for member in root.get("Parameters").map(Node::members).unwrap_or_default() {
            let unknown = || Value::unknown(open.as_ref().clone(), Origin::at(node.span));
            given.entry(Arc::clone(member.key.shared())).or_insert_with(unknown);
        }
        (given, false)
    }

    /// What the service refuses: values for parameters that are not there, and the other way round.
    fn check_arguments(
        &mut self,
        call: Span,
        parameters: Option<&'t Node>,
        given: &HashMap<Arc<str>, Value>,
        is_whole: bool,
        parts: &Parts,
    ) {
        if parts.open_ended {
            return;
        }
        for member in parameters.map(Node::members).unwrap_or_default() {
            let name = member.key.as_str();
            if given.contains_key(name) && !parts.parameters.iter().any(|(known, _)| **known == *name) {
                self.invalid(member.key_span, format!("`{name}` is no parameter of the nested template"));
            }
        }
        if let Some((missing, _)) =
            parts.parameters.iter().find(|(name, is_required)| *is_required && !given.contains_key(name))
            && is_whole
        {
            self.invalid(call, format!("the nested template needs a value for its parameter `{missing}`"));
        }
    }

    /// `Fn::GetAtt` of `Outputs.X` of a nested stack that is there. What is read where the stack or the
    /// output does not exist is nothing, for the service refuses to deploy that.
    pub(crate) fn child_output(
        &mut self,
        id: &str,
        attribute: &str,
        span: Span,
        token: Token,
    ) -> Option<Value> {
        let name = attribute.strip_prefix("Outputs.")?;
        let member = self.template.resources.get(id).copied()?;
        let frame = self.template.frame?;
        frame.child_path(member)?;
        let refused = || Value::unknown(Unknown::new(Reason::Invalid).with_place(span), Origin::at(span));
        let Some(stack) = self.condition_of(&member.value) else { return Some(refused()) };
        let child = self.child(id)?;
        if let Some(output) = child.parts.outputs.get(name) {
            let guard = output.guard.as_ref().and_then(|guard| stack.and(guard));
            let value = guard.as_ref().map(|guard| {
                let origin = output.value.origin.through(Step::Output, name, output.place);
                let value = Value { origin, ..output.value.clone() };
                let value = narrow_all(value, &World::of(guard));
                let literals = guard.literals().iter();
                let value = literals.fold(value, |value, literal| only_where(literal, &value, &refused()));
                narrow(value, &self.world)
            });
            match (&value, &guard) {
                (Some(value), Some(guard)) if !is_refused(value, span) => self.require(guard),
                _ => self.missing_output(name, token),
            }
            return Some(value.unwrap_or_else(refused));
        }
        if !child.parts.open_ended {
            if !token.is_alternative() {
                self.invalid(
                    token.span,
                    format!("{} is no output of the nested template", token.quote(name)),
                );
            }
            return Some(refused());
        }
        None
    }

    /// Reports an output that certainly does not exist where it is read.
    fn missing_output(&mut self, name: &str, token: Token) {
        if self.existence.is_left_out || token.is_alternative() {
            return;
        }
        let shown = token.quote(name);
        let here = self.world.guard();
        let when = if here.is_always() { String::new() } else { format!(" when {}", here.describe()) };
        self.invalid(token.span, format!("the output {shown} of the nested template does not exist{when}"));
    }

    /// Adds what a nested stack brings to the resources of the stack that it is a part of, or
    /// notes that it is not there.
    pub(crate) fn add_child(&mut self, stack: &Resource, id: &str, into: &mut Parts) {
        let Some(child) = self.child(id) else {
            into.opaque.push(CallSite {
                address: stack.address.clone(),
                span: stack.header,
                block: stack.span,
                kind: CallKind::Stack,
            });
            return;
        };
        let parts = &child.parts;
        // A resource exists when the stack does and its own condition holds.
        into.resources.extend(parts.resources.iter().filter_map(|resource| {
            let guard = resource.guard.and(&stack.guard).filter(|guard| World::of(guard).is_possible())?;
            Some(Resource { guard, ..resource.clone() })
        }));
        into.problems.extend(parts.problems.iter().cloned());
        into.open = into.open.take().or_else(|| parts.open.clone());
        into.suppressions.extend(parts.suppressions.iter().cloned());
        into.opaque.extend(parts.opaque.iter().cloned());
    }
}

/// The values that are given by name, and why there may be more.
type Arguments = (HashMap<Arc<str>, Value>, Option<Arc<Unknown>>);

fn arguments_of(value: &Value, span: Span) -> Arguments {
    match &value.data {
        Data::Map(map) => {
            let given = map.entries.iter().map(|(name, entry)| {
                let span = entry.key_span.unwrap_or(span);
                let origin = entry.value.origin.through(Step::Argument, Arc::clone(name), span);
                (Arc::clone(name), Value { origin, ..entry.value.clone() })
            });
            (given.collect(), map.rest.clone())
        }
        Data::Choice(alternatives) => {
            let cases: Vec<_> =
                alternatives.iter().map(|one| (&one.guard, arguments_of(&one.value, span))).collect();
            let names: BTreeSet<&Arc<str>> = cases.iter().flat_map(|(_, (given, _))| given.keys()).collect();
            let of_case = |name: &Arc<str>, (given, open): &Arguments| {
                let otherwise = || match open {
                    Some(open) => Value::unknown(Unknown::clone(open), Origin::at(span)),
                    None => Value::new(Data::Null, Origin::at(span)),
                };
                given.get(name).cloned().unwrap_or_else(otherwise)
            };
            let given = names.into_iter().map(|name| {
                let all = cases.iter().map(|(guard, own)| (Guard::clone(guard), of_case(name, own)));
                (Arc::clone(name), choice(all.collect(), value.origin.clone()))
            });
            let open = cases.iter().find_map(|(_, (_, open))| open.clone());
            (given.collect(), open)
        }
        Data::Null => (HashMap::new(), None),
        Data::Unknown(unknown) => (HashMap::new(), Some(Arc::clone(unknown))),
        _ => (HashMap::new(), Some(Arc::new(Unknown::new(Reason::Invalid).with_place(span)))),
    }
}

/// Whether a value is what is read of an output that does not exist.
fn is_refused(value: &Value, span: Span) -> bool {
    value.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Invalid && unknown.at == Some(span))
}

/// A value that exists where a condition has one of its outcomes alone.
fn only_where((condition, outcome): &(Condition, Arc<str>), value: &Value, otherwise: &Value) -> Value {
    let origin = value.origin.clone();
    let alternatives = condition.outcomes.iter().map(|other| {
        let value = if other == outcome { value.clone() } else { otherwise.clone() };
        (Guard::when(condition.clone(), Arc::clone(other)), value)
    });
    choice(alternatives.collect(), origin)
}
