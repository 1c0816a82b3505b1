//! The sections of a template, indexed by name.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Address, Problem, Reason, Unknown};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View, makes_members};
use crate::constraints;
use crate::include::Sites;
use crate::loops::is_covered;
use crate::nested::{Frame, is_stack};
use crate::parameter::{Parameter, check_type};
use crate::rules::narrow;

/// A template, with what other parts of it can be named by.
pub(crate) struct Template<'t> {
    pub(crate) parameters: IndexMap<&'t str, Parameter<'t>>,
    pub(crate) mappings: HashMap<&'t str, &'t Node>,
    pub(crate) conditions: IndexMap<&'t str, &'t Member>,
    pub(crate) rules: &'t [Member],
    pub(crate) resources: IndexMap<&'t str, &'t Member>,
    pub(crate) outputs: &'t [Member],
    /// Whether names may exist that are written nowhere: a transform, a loop or a module makes
    /// them.
    pub(crate) open_ended: bool,
    /// Whether the service will see another template than this: a macro or another tool rewrites
    /// it, or a part of it does not parse. Nothing is called invalid then.
    pub(crate) rewritten: bool,
    /// Whether it asks for the functions and loops of `AWS::LanguageExtensions`.
    pub(crate) is_extended: bool,
    /// The first macro that may change all of the template, where one is declared.
    pub(crate) macro_call: Option<(&'t Text, Span)>,
    /// The keys in `Resources` that make resources which nobody knows: a loop over what is not known, a
    /// transform of what stands beside it.
    pub(crate) makers: Vec<&'t Member>,
    /// Set when a part of the template may make any number of resources.
    pub(crate) open: Option<Arc<Unknown>>,
    /// Where the template stands among those of a run; `None` when it is read alone.
    pub(crate) frame: Option<&'t Frame<'t>>,
    /// Where the snippets in it come from.
    pub(crate) included: Sites,
}

impl<'t> Template<'t> {
    pub(crate) fn new(root: &'t Node, frame: Option<&'t Frame<'t>>, problems: &mut Vec<Problem>) -> Self {
        if !matches!(root.kind, NodeKind::Map(_) | NodeKind::Invalid) {
            problems.push(Problem::new("KL003", root.span, "a template is a mapping"));
        }
        let resources = section(root, "Resources", problems);
        let conditions = section(root, "Conditions", problems);
        let mappings = section(root, "Mappings", problems);
        let parameters = section(root, "Parameters", problems);
        let outputs = section(root, "Outputs", problems);
        let rules = section(root, "Rules", problems);
        let generated = [root.members(), resources, conditions, mappings, parameters]
            .iter()
            .any(|members| members.iter().any(|member| makes_members(&member.key)));
        let rewritten = is_rewritten(root);
        let macro_call = transforms(root)
            .iter()
            .filter_map(|call| Some((transform_name(call)?, call.span)))
            .find(|(name, _)| !name.starts_with("AWS::"));
        let is_maker = |member: &&Member| makes_members(&member.key) && !is_covered(member);
        let makers: Vec<_> = resources.iter().filter(is_maker).collect();
        let maker = makers.first().map(|member| (&member.key, member.key_span));
        let open = macro_call.or(maker).map(|(name, span)| {
            let reason = Reason::Function(Arc::clone(name.shared()));
            Arc::new(Unknown::new(reason).with_place(span))
        });
        let mut parameters = declared(parameters, frame, rewritten, problems);
        narrow(&mut parameters, rules);
        Template {
            parameters,
            mappings: mappings.iter().map(|member| (member.key.as_str(), &member.value)).collect(),
            conditions: by_name(conditions),
            rules,
            resources: by_name(resources),
            outputs,
            open_ended: generated
                || rewritten
                || has_transform(root, |_| true)
                || resources.iter().any(is_module),
            rewritten,
            is_extended: is_extended(root),
            macro_call,
            makers,
            open,
            frame,
            included: Sites::default(),
        }
    }

    /// What stands before the names of a nested stack.
    pub(crate) fn scope(&self) -> &str {
        self.frame.map_or("", |frame| &frame.scope)
    }

    /// Whether somebody gave the parameters their values: the defaults of the others count then.
    pub(crate) fn is_given(&self) -> bool {
        self.frame.is_some_and(|frame| frame.given.is_some())
    }

    /// Whether it is nested in another template, or may have one nested in it.
    pub(crate) fn is_among_others(&self) -> bool {
        !self.scope().is_empty() || self.resources.values().any(|member| is_stack(&member.value))
    }

    /// The address of a resource or parameter among all stacks.
    pub(crate) fn address(&self, name: &str) -> Address {
        Address::new(format!("{}{name}", self.scope()))
    }

    /// Where a name of the template is declared.
    pub(crate) fn place_of(&self, name: &str) -> Option<Span> {
        let parameter = self.parameters.get(name).map(|parameter| parameter.key_span);
        parameter.or_else(|| self.resources.get(name).map(|member| member.key_span))
    }
}

/// The parameters of a template, with what they are given. What the service refuses of them is reported
/// unless something else rewrites the template.
fn declared<'t>(
    members: &'t [Member],
    frame: Option<&Frame<'_>>,
    rewritten: bool,
    problems: &mut Vec<Problem>,
) -> IndexMap<&'t str, Parameter<'t>> {
    let given = frame.and_then(|frame| frame.given.as_ref());
    // A parameter file with a name that a template does not declare is one of another template.
    let is_declared = |name: &str| members.iter().any(|member| member.key.as_str() == name);
    let is_meant = given.is_none_or(|given| given.keys().all(|name| is_declared(name)));
    let scope = frame.map_or("", |frame| &frame.scope);
    let mut parameters = IndexMap::new();
    for member in members.iter().filter(|member| !makes_members(&member.key)) {
        let parameter = Parameter::new(member, problems);
        let given = given.and_then(|given| given.get(&*parameter.name));
        if !rewritten {
            check_type(member, problems);
            constraints::check(member, problems);
            if let Some(given) = given.filter(|_| is_meant) {
                constraints::check_given(member, given, problems);
            }
        }
        parameters.insert(member.key.as_str(), parameter.nested(scope, given));
    }
    parameters
}

/// See [`Template::rewritten`].
pub(crate) fn is_rewritten(root: &Node) -> bool {
    has_transform(root, |name| !name.starts_with("AWS::")) || is_unfinished(root)
}

fn by_name(members: &[Member]) -> IndexMap<&str, &Member> {
    let members = members.iter().filter(|member| !makes_members(&member.key));
    members.map(|member| (member.key.as_str(), member)).collect()
}

/// The members of a top-level section. One that is there and no mapping is a problem, except
/// when it is empty: editors leave `Outputs:` behind and some tools drop it.
fn section<'t>(root: &'t Node, name: &str, problems: &mut Vec<Problem>) -> &'t [Member] {
    let Some(node) = root.get(name) else {
        return &[];
    };
    match (&node.kind, &node.tag) {
        (NodeKind::Map(members), None) => members,
        (_, Some(_)) if is_mistaken(node) => {
            let span = View::from(node).whole();
            problems.push(Problem::new("KL003", span, format!("the section `{name}` is not a mapping")));
            &[]
        }
        (NodeKind::Null | NodeKind::Invalid, _) | (_, Some(_)) => &[],
        _ => {
            let span = View::from(node).whole();
            problems.push(Problem::new("KL003", span, format!("the section `{name}` is not a mapping")));
            &[]
        }
    }
}

/// Whether a node is a function that the service does not have.
fn is_mistaken(node: &Node) -> bool {
    Call::of(View::from(node)).is_some_and(|call| matches!(call.function, Function::Unknown(_)))
}

/// Whether one of certain transforms is declared. `AWS::LanguageExtensions` never counts: it adds
/// functions and loops, and both are known here.
pub(crate) fn has_transform(root: &Node, counts: impl Fn(&str) -> bool) -> bool {
    let names = transforms(root).iter().map(|call| transform_name(call).map_or("", Text::as_str));
    names.filter(|name| *name != "AWS::LanguageExtensions").any(counts)
}

/// What helps a template that does not declare the language extensions.
pub(crate) const ADD_EXTENSIONS: &str = "add `AWS::LanguageExtensions` to `Transform`";

/// Whether a template declares the language extensions.
pub(crate) fn is_extended(root: &Node) -> bool {
    declares(root, "AWS::LanguageExtensions")
}

/// Whether a template declares a transform.
pub(crate) fn declares(root: &Node, transform: &str) -> bool {
    transforms(root).iter().any(|call| transform_name(call).is_some_and(|name| name.as_str() == transform))
}

/// The transforms that a template declares.
pub(crate) fn transforms(root: &Node) -> &[Node] {
    match root.get("Transform") {
        Some(Node { kind: NodeKind::List(transforms), .. }) => transforms,
        Some(transform) => std::slice::from_ref(transform),
        None => &[],
    }
}

/// The name of a transform; `{Name: AWS::Include, Parameters: …}` names one as well.
fn transform_name(call: &Node) -> Option<&Text> {
    let named = call.get("Name").unwrap_or(call);
    match &named.kind {
        NodeKind::String(name) => Some(name),
        _ => None,
    }
}

/// Whether a part of the tree could not be read, or waits for a tool that replaces it before the
/// service sees it: a tag that is no function, as in `!Rain::Module`.
fn is_unfinished(root: &Node) -> bool {
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        let foreign =
            || Call::of(View::from(node)).is_some_and(|call| matches!(call.function, Function::Foreign(_)));
        if node.tag.is_some() && foreign() {
            return true;
        }
        match &node.kind {
            NodeKind::Invalid => return true,
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    false
}

/// A module stands for resources that are written in a registry; so may a type that is a mapping,
/// which some tools replace by what it names.
fn is_module(member: &Member) -> bool {
    member.value.get("Type").is_some_and(|name| match &name.kind {
        NodeKind::String(name) => name.ends_with("::MODULE"),
        kind => matches!(kind, NodeKind::Map(_)),
    })
}
