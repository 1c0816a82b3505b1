//! Resources and parameters of a template as the model knows them.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{
    CallKind, CallSite, Condition, Data, DeclaredSuppression, FrontEnd, Guard, Map, Mode, Problem, Reason,
    Resource, Stack, Unknown, Value,
};
use keylint_source::{SourceFile, Span};
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::lost::is_mark;

use crate::call::{Call, Token, View};
use crate::evaluate::Evaluator;
use crate::loops::is_symbolic;
use crate::nested::{self, locked};
use crate::parameter::Parameter;
use crate::template::Template;

/// The type name of the pseudo-resource that stands for a parameter.
const PARAMETER: &str = "AWS::CloudFormation::Parameter";

/// Where what is in a template comes from that is not written in it.
#[derive(Default)]
pub(crate) struct Sources {
    /// Resources that a transform made, by logical id, with the resource that they were made of.
    pub(crate) made: HashMap<Arc<str>, CallSite>,
}

/// What a template declares, with the stacks nested in it.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) resources: Vec<Resource>,
    /// The outputs by name.
    pub(crate) outputs: HashMap<Arc<str>, Output>,
    /// The names of the parameters, and whether each needs a value.
    pub(crate) parameters: Vec<(Arc<str>, bool)>,
    /// Whether there may be more parameters and outputs than are written.
    pub(crate) open_ended: bool,
    pub(crate) problems: Vec<Problem>,
    pub(crate) suppressions: Vec<DeclaredSuppression>,
    /// Set when there may be more resources.
    pub(crate) open: Option<Arc<Unknown>>,
    /// What is made elsewhere, and not looked at.
    pub(crate) opaque: Vec<CallSite>,
}

/// What a stack lets others read.
#[derive(Debug)]
pub(crate) struct Output {
    /// Where its name is.
    pub(crate) place: Span,
    /// When it exists; `None` when it never does.
    pub(crate) guard: Option<Guard>,
    pub(crate) value: Value,
}

impl Parts {
    /// The stack that a template and those nested in it describe.
    pub(crate) fn into_stack(mut self, file: &SourceFile) -> Stack {
        let problems = &mut self.problems;
        // Nodes that an alias repeats are evaluated once per use and say the same of the same place.
        problems.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
        problems.dedup_by(|a, b| (a.span, a.rule, &a.message) == (b.span, b.rule, &b.message));
        let name = Arc::clone(file.display());
        Stack::new(FrontEnd::CloudFormation, name, self.resources, self.problems)
            .with_suppressions(self.suppressions)
            .with_missing_modules(self.opaque)
            .with_open(self.open)
    }
}

/// Evaluates everything that a template declares.
pub(crate) fn parts(template: &Template<'_>, sources: &Sources, problems: Vec<Problem>) -> Parts {
    let mut evaluator = Evaluator::new(template);
    let calls: Arc<[CallSite]> = template.frame.map(|frame| Arc::clone(&frame.calls)).unwrap_or_default();
    let mut parts = Parts { problems, open_ended: template.open_ended, ..Parts::default() };
    parts.open = template.open.clone();
    let makers = template.makers.iter().map(|member| (&member.key, member.key_span));
    parts.opaque.extend(template.macro_call.into_iter().chain(makers).map(|(name, span)| CallSite {
        address: template.address(name),
        span,
        block: span,
        kind: CallKind::Transform,
    }));
    for parameter in template.parameters.values() {
        parts.parameters.push((Arc::clone(&parameter.name), parameter.is_required()));
        parts.resources.push(input(parameter, template, &calls));
    }
    let mut apart = evaluator.resources_apart(sources).map(Vec::into_iter);
    for member in template.resources.values() {
        let resource = match &mut apart {
            Some(evaluated) => evaluated.next().flatten(),
            None => evaluator.resource(member, sources),
        };
        let Some(mut resource) = resource else { continue };
        if template.macro_call.is_some() {
            // The macro may add what is not written here.
            resource.attributes.rest = resource.attributes.rest.or_else(|| template.open.clone());
        }
        resource.calls = resource.calls.iter().chain(calls.iter()).cloned().collect();
        let stack = is_opaque(&member.value).then(|| resource.clone());
        parts.resources.push(resource);
        if let Some(stack) = stack {
            evaluator.add_child(&stack, &member.key, &mut parts);
        }
    }
    for name in template.conditions.keys() {
        evaluator.truth(name, None);
    }
    for output in template.outputs {
        if let Some(found) = evaluator.output(output) {
            parts.outputs.insert(Arc::clone(output.key.shared()), found);
        }
    }
    evaluator.finish();
    parts.problems.append(&mut evaluator.problems);
    parts
}

/// Whether a resource stands for others that are written elsewhere.
pub(crate) fn is_opaque(resource: &Node) -> bool {
    let name = resource.get("Type").and_then(Node::as_str).unwrap_or_default();
    nested::is_stack(resource) || name == "AWS::CloudFormation::StackSet" || name.ends_with("::MODULE")
}

fn input(parameter: &Parameter<'_>, template: &Template<'_>, calls: &Arc<[CallSite]>) -> Resource {
    Resource {
        address: template.address(&parameter.name),
        type_name: PARAMETER.into(),
        mode: Mode::Input,
        attributes: parameter.declaration.clone(),
        span: parameter.span,
        header: parameter.key_span,
        guard: Guard::always(),
        symbolic: false,
        calls: Arc::clone(calls),
        construct: None,
    }
}

impl<'t> Evaluator<'t> {
    /// Says what was too much to tell, and leaves the rest of the work to the templates after this one.
    fn finish(&mut self) {
        let first = self.template.conditions.values().next().map(|member| member.key_span);
        if let Some(span) = first
            && self.limits.as_ref().is_some_and(|limits| limits.is_exceeded())
        {
            self.overworked(span);
        }
        if let Some(frame) = self.template.frame {
            *locked(&frame.work) = self.work;
        }
    }

    /// The type of a member of `Resources`; what is none is reported.
    fn type_of(&mut self, member: &'t Member) -> Option<&'t str> {
        let (name, node) = (member.key.as_str(), &member.value);
        if matches!(node.kind, NodeKind::Invalid) {
            return None;
        }
        if !matches!(node.kind, NodeKind::Map(_)) {
            self.invalid(member.key_span, format!("the resource `{name}` is not a mapping"));
            return None;
        }
        match node.get("Type").map(|node| (node, View::from(node).as_str())) {
            Some((_, type_name @ Some(_))) => type_name,
            Some((node, None)) => {
                if node.tag.is_some() {
                    // It stands for something that a tool puts here; evaluation reports the tag.
                    self.value(node);
                } else {
                    self.invalid(node.span, format!("the type of the resource `{name}` is not a string"));
                }
                None
            }
            None => {
                self.invalid(member.key_span, format!("the resource `{name}` has no `Type`"));
                None
            }
        }
    }

    /// The resource of a member of `Resources`; `None` when it is none, or never exists.
    pub(crate) fn resource(&mut self, member: &'t Member, sources: &Sources) -> Option<Resource> {
        let (name, node) = (member.key.as_str(), &member.value);
        let type_name = self.type_of(member)?;
        self.depends_on(node);
        let guard = self.condition_of(node);
        let (attributes, guard) = self.existing(guard, |evaluator| evaluator.properties(node));
        let source = sources.made.get(name).map(|source| CallSite {
            address: self.template.address(source.address.as_str()),
            ..source.clone()
        });
        let written = source.as_ref().and_then(|source| self.template.resources.get(source.address.as_str()));
        let construct = construct(written.map_or(node, |member| &member.value));
        let made_by = written.map_or(name, |member| member.key.as_str());
        let construct = construct.or_else(|| self.template.frame?.construct_of(made_by));
        let code = construct.as_deref().and_then(|path| self.template.frame?.construct(path));
        let included = self.template.included.first(member.key_span.file);
        Some(Resource {
            address: self.template.address(name),
            type_name: type_name.into(),
            mode: Mode::Managed,
            attributes,
            span: source.as_ref().map_or_else(|| member.key_span.cover(node.span), |source| source.block),
            header: member.key_span,
            guard: guard?,
            symbolic: is_symbolic(name),
            calls: source.into_iter().chain(included.cloned()).chain(code).collect(),
            construct,
        })
    }

    /// When something exists that may have a `Condition`; `None` when it never does.
    pub(crate) fn condition_of(&mut self, node: &'t Node) -> Option<Guard> {
        let Some(condition) = node.get("Condition") else {
            return Some(Guard::always());
        };
        match View::from(condition).as_str() {
            Some(name) => self.guard(name, Token::written(condition.span)),
            None if Call::of(View::from(condition)).is_some() => self.computed_condition(condition),
            None => {
                self.invalid(View::from(condition).whole(), "`Condition` takes the name of a condition");
                Some(Guard::always())
            }
        }
    }

    /// The condition whose name a function returns, which the language extensions allow: none where
    /// it returns no value.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach-example-resource.html>
    fn computed_condition(&mut self, node: &'t Node) -> Option<Guard> {
        let span = View::from(node).whole();
        let value = self.name(node);
        match &value.data {
            Data::Null => Some(Guard::always()),
            Data::String(name) => self.guard(name, Token::of(node)),
            _ => {
                let subject = format!("{}Condition at {:?} {}", self.template.scope(), span.file, span.start);
                let condition = Condition::plain(subject, "its `Condition`", Some(span));
                let condition = match value.as_unknown() {
                    Some(unknown) => condition.with_cause(unknown),
                    None => condition,
                };
                Some(Guard::when(condition, Condition::TRUE))
            }
        }
    }

    fn depends_on(&mut self, node: &'t Node) {
        let Some(names) = node.get("DependsOn") else {
            return;
        };
        let names = match &names.kind {
            NodeKind::List(names) => names.as_slice(),
            _ => std::slice::from_ref(names),
        };
        for name in names {
            let known = |name: &str| self.template.resources.contains_key(name);
            if let Some(written) = View::from(name).as_str()
                && !known(written)
                && !self.template.open_ended
            {
                self.invalid(name.span, format!("`{written}` is not a resource of this template"));
            }
        }
    }

    fn properties(&mut self, node: &'t Node) -> Map {
        let Some(properties) = node.get("Properties") else {
            return self.lost(node);
        };
        let members = View::from(properties).members();
        match (&properties.kind, &properties.tag) {
            (NodeKind::Map(_), None) => self.map(members),
            (NodeKind::Null, None) => {
                self.invalid(properties.span, "null values are not allowed in templates");
                Map::default()
            }
            _ => {
                let value = self.value(properties);
                match value.as_unknown() {
                    Some(unknown) => Map { rest: Some(Arc::clone(unknown)), ..Map::default() },
                    None => {
                        let span = View::from(properties).whole();
                        self.invalid(span, "the properties of a resource are a mapping");
                        let unknown = Unknown::new(Reason::Invalid).with_place(span);
                        Map { rest: Some(Arc::new(unknown)), ..Map::default() }
                    }
                }
            }
        }
    }

    /// No properties: none are given, unless a part of the resource does not parse.
    fn lost(&mut self, node: &'t Node) -> Map {
        let mark = node.members().iter().find(|member| is_mark(member));
        mark.map(|mark| self.map(std::slice::from_ref(mark))).unwrap_or_default()
    }

    /// Outputs make nothing, but what they refer to must be there.
    fn output(&mut self, member: &'t Member) -> Option<Output> {
        let guard = self.condition_of(&member.value);
        if let Some(name) = member.value.get("Export").and_then(|export| export.get("Name")) {
            self.check_export(View::from(name), "the name of an export");
        }
        let ([value, _], guard) = self.existing(guard, |evaluator| {
            ["Value", "Export"].map(|part| member.value.get(part).map(|node| evaluator.value(node)))
        });
        Some(Output { place: member.key_span, guard, value: value? })
    }
}

/// The path that the CDK gave the construct.
fn construct(node: &Node) -> Option<Arc<str>> {
    node.get("Metadata")?.get("aws:cdk:path")?.as_str().map(Arc::from)
}
