//! Templates of the Serverless Application Model as the template that AWS makes of them.
//!
//! The transform rewrites a template before the service looks at it: a function brings a role, an
//! event a permission. So it is done here on the tree, and nothing behind this module knows SAM:
//! rules see roles, permissions and tables as if somebody had written them. What is made has the
//! logical id that AWS documents, stands for the place that caused it, and names the resource that
//! it was made from. Details that no rule can ask about (targets of a rule, paths of an API) are
//! left out; what cannot be known before the transform runs stays unknown.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

mod api;
mod build;
mod connector;
mod data;
mod events;
mod function;
mod globals;
mod policies;
mod pull;
mod state_machine;

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Address, CallKind, CallSite, Problem};
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{View, makes_members};
use crate::template::declares;
use build::{Make, plain};
use globals::Globals;
use policies::Role;

const PREFIX: &str = "AWS::Serverless::";

/// The name of the transform.
pub(crate) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// How many resources the transform may make of a template; the service takes 500 resources.
const MAX_RESOURCES: usize = 20_000;

/// How many nodes resources may inherit in all.
const MAX_INHERITED: usize = 500_000;

/// Whether a template declares the transform.
pub(crate) fn is_declared(root: &Node) -> bool {
    declares(root, TRANSFORM)
}

/// Whether a resource type is one that only the transform knows.
pub(crate) fn is_type(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A template after the transform.
pub(crate) struct Expanded {
    pub(crate) root: Node,
    /// The resources that were made of another, by logical id, with that.
    pub(crate) made: HashMap<Arc<str>, CallSite>,
    /// What the transform makes that is not looked at.
    pub(crate) opaque: Vec<CallSite>,
}

/// The template that the transform makes; `None` when it has no resource of SAM.
pub(crate) fn expand(root: &Node, problems: &mut Vec<Problem>) -> Option<Expanded> {
    let resources = root.get("Resources")?.members();
    if !resources.iter().any(|member| serverless_type(&member.value).is_some()) {
        return None;
    }
    let globals = Globals::new(root);
    let mut output = Output {
        written: resources.iter().map(|member| (member.key.as_str(), &member.value)).collect(),
        members: Vec::with_capacity(resources.len() * 2),
        conditions: Vec::new(),
        made: HashMap::new(),
        opaque: Vec::new(),
        problems: Vec::new(),
    };
    let mut inherited = 0;
    for member in resources {
        if output.members.len() > MAX_RESOURCES {
            let message = format!("the resources of SAM expand to more than {MAX_RESOURCES} resources");
            problems.push(Problem::new("KL004", member.key_span, message));
            break;
        }
        inherited += serverless_type(&member.value).map_or(0, |name| globals.size(name));
        if inherited > MAX_INHERITED {
            let message = format!("the resources of SAM inherit more than {MAX_INHERITED} values");
            problems.push(Problem::new("KL004", member.key_span, message));
            break;
        }
        connector::embedded(member, &mut output);
        match serverless_type(&member.value) {
            Some(name) => resource(member, name, &globals, &mut output),
            None => output.members.push(member.clone()),
        }
    }
    if !crate::template::is_rewritten(root) {
        problems.append(&mut output.problems);
    }
    let Output { members, conditions, made, opaque, .. } = output;
    Some(Expanded { root: rebuilt(root, members, conditions), made, opaque })
}

/// The root with other resources, and further conditions.
fn rebuilt(root: &Node, resources: Vec<Member>, mut conditions: Vec<Member>) -> Node {
    let mut resources = Some(resources);
    let mut sections: Vec<Member> = Vec::with_capacity(root.members().len());
    // Backwards, because the last section of a name is the one that counts.
    for section in root.members().iter().rev() {
        let node = &section.value;
        let kind = match (section.key.as_str(), &node.kind) {
            ("Resources", _) => resources.take().map(NodeKind::Map),
            ("Conditions", NodeKind::Map(members)) if !conditions.is_empty() => {
                Some(NodeKind::Map(members.iter().cloned().chain(conditions.drain(..)).collect()))
            }
            _ => None,
        };
        let value = kind.map_or_else(|| node.clone(), |kind| Node { kind, ..node.clone() });
        sections.push(Member { value, ..section.clone() });
    }
    sections.reverse();
    Node { kind: NodeKind::Map(sections), ..root.clone() }
}

/// The type of a resource of SAM, without its prefix.
fn serverless_type(resource: &Node) -> Option<&str> {
    plain(resource.get("Type")?)?.strip_prefix(PREFIX)
}

/// What the transform has made so far.
struct Output<'t> {
    /// The resources of the template by their logical ids.
    written: HashMap<&'t str, &'t Node>,
    members: Vec<Member>,
    conditions: Vec<Member>,
    made: HashMap<Arc<str>, CallSite>,
    opaque: Vec<CallSite>,
    problems: Vec<Problem>,
}

/// A resource of SAM with what it inherits, as the transform takes it apart.
struct Source<'t> {
    /// Its logical id.
    id: &'t str,
    member: &'t Member,
    /// Its properties; those that were taken are gone.
    properties: Vec<Member>,
}

impl<'t> Source<'t> {
    /// A maker for what stands for the resource as a whole.
    fn make(&self) -> Make {
        Make(self.member.key_span)
    }

    fn get(&self, name: &str) -> Option<&Node> {
        self.properties.iter().rev().find(|member| member.key.as_str() == name).map(|member| &member.value)
    }

    /// Takes a property out, so that it is not passed on. One that is null or no value is none.
    fn take(&mut self, name: &str) -> Option<Node> {
        self.take_member(name).map(|member| member.value)
    }

    fn take_member(&mut self, name: &str) -> Option<Member> {
        let mut taken = None;
        self.properties.retain(|member| {
            let is_it = member.key.as_str() == name;
            if is_it {
                taken = Some(member.clone());
            }
            !is_it
        });
        taken.filter(|member| {
            !build::is_no_value(&member.value) && !matches!(member.value.kind, NodeKind::Null)
        })
    }

    /// Passes a property on under another name.
    fn rename(&mut self, from: &str, to: &str) {
        for member in &mut self.properties {
            if member.key.as_str() == from {
                member.key = Make(member.key_span).characters(to);
            }
        }
    }

    /// Members that stand for more properties than are written.
    fn open(&self) -> Vec<Member> {
        self.properties.iter().filter(|member| makes_members(&member.key)).cloned().collect()
    }

    /// The resource as the origin of others.
    fn call_site(&self) -> CallSite {
        let block = self.member.key_span.cover(self.member.value.span);
        let address = Address::new(self.id);
        CallSite { address, span: self.member.key_span, block, kind: CallKind::Transform }
    }
}

impl Output<'_> {
    /// The resource itself, as one of another type with the properties that are left.
    fn pass(&mut self, source: Source<'_>, type_name: &str) {
        let node = &source.member.value;
        let mut has_properties = false;
        let mut members: Vec<Member> = Vec::with_capacity(node.members().len() + 1);
        let mut properties = Some(source.properties);
        for member in node.members() {
            let value = match member.key.as_str() {
                "Type" => Make(member.value.span).text(type_name),
                "Properties" => {
                    has_properties = true;
                    match properties.take() {
                        Some(properties) => Node { kind: NodeKind::Map(properties), ..member.value.clone() },
                        None => continue,
                    }
                }
                "Connectors" | "IgnoreGlobals" => continue,
                _ => member.value.clone(),
            };
            members.push(Member { value, ..member.clone() });
        }
        if !has_properties {
            let make = Make(source.member.key_span);
            members.push(make.member("Properties", make.members(properties.unwrap_or_default())));
        }
        let value = Node { kind: NodeKind::Map(members), ..node.clone() };
        self.members.push(Member { value, ..source.member.clone() });
    }

    /// A resource that is made of another. `at` is what caused it.
    fn add(&mut self, source: &Source<'_>, at: Make, id: &str, type_name: &str, properties: Vec<Member>) {
        // What is written under this name is refused by the service or meant to replace it.
        if self.written.contains_key(id) || self.made.contains_key(id) {
            return;
        }
        let mut members =
            vec![at.member("Type", at.text(type_name)), at.member("Properties", at.members(properties))];
        let condition =
            source.member.value.members().iter().find(|member| member.key.as_str() == "Condition");
        members.extend(condition.cloned());
        self.made.insert(id.into(), source.call_site());
        self.members.push(Member { key: at.characters(id), key_span: at.0, value: at.members(members) });
    }

    fn add_role(&mut self, source: &Source<'_>, at: Make, role: Role) {
        let id = role.id.clone();
        self.add(source, at, &id, "AWS::IAM::Role", role.properties(at));
    }

    /// The resource of the template with this logical id.
    fn find(&self, id: &str) -> Option<&Node> {
        self.written.get(id).copied()
    }

    /// Notes that what a resource makes is not looked at.
    fn note_opaque(&mut self, source: &Source<'_>) {
        self.opaque.push(source.call_site());
    }
}

/// Turns a resource of SAM into what it makes.
fn resource<'t>(member: &'t Member, name: &str, globals: &Globals<'t>, output: &mut Output<'t>) {
    let node = &member.value;
    let own = match node.get("Properties").map(|properties| (properties, View::from(properties))) {
        None => Some(&[][..]),
        Some((properties, view)) => match (&properties.kind, view.tag) {
            (NodeKind::Map(members), None) => Some(members.as_slice()),
            (NodeKind::Null, None) => Some(&[][..]),
            _ => None,
        },
    };
    let Some(own) = own else {
        // The properties are a function: whatever is made of them stays unknown.
        output.members.push(renamed(member, plain_type(name)));
        return;
    };
    let properties = globals.inherit(name, node, own);
    let mut source = Source { id: &member.key, member, properties };
    match name {
        "Function" => function::expand(source, output),
        "StateMachine" => state_machine::expand(source, output),
        "Api" => api::rest(source, output),
        "HttpApi" => api::http(source, output),
        "SimpleTable" => {
            source.take("PrimaryKey");
            tags(&mut source);
            output.pass(source, "AWS::DynamoDB::Table");
        }
        "LayerVersion" => {
            for name in ["ContentUri", "RetentionPolicy", "PublishLambdaVersion"] {
                source.take(name);
            }
            output.pass(source, "AWS::Lambda::LayerVersion");
        }
        "Application" => {
            source.rename("Location", "TemplateURL");
            tags(&mut source);
            output.pass(source, "AWS::CloudFormation::Stack");
        }
        "Connector" => connector::expand(&source, output),
        "GraphQLApi" => api::graphql(source, output),
        _ => {
            output.note_opaque(&source);
            output.members.push(member.clone());
        }
    }
}

/// The type that a resource of SAM is passed on as.
fn plain_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "Function" => "AWS::Lambda::Function",
        "StateMachine" => "AWS::StepFunctions::StateMachine",
        "Api" => "AWS::ApiGateway::RestApi",
        "HttpApi" => "AWS::ApiGatewayV2::Api",
        "SimpleTable" => "AWS::DynamoDB::Table",
        "LayerVersion" => "AWS::Lambda::LayerVersion",
        "Application" => "AWS::CloudFormation::Stack",
        "GraphQLApi" => "AWS::AppSync::GraphQLApi",
        _ => return None,
    })
}

/// The same resource as one of another type.
fn renamed(member: &Member, type_name: Option<&str>) -> Member {
    let mut member = member.clone();
    if let (Some(type_name), NodeKind::Map(members)) = (type_name, &mut member.value.kind) {
        for member in members.iter_mut().filter(|member| member.key.as_str() == "Type") {
            member.value = Make(member.value.span).text(type_name);
        }
    }
    member
}

/// `Tags` is a mapping in SAM and a list of keys and values behind it.
fn tags(source: &mut Source<'_>) {
    for member in source.properties.iter_mut().filter(|member| member.key.as_str() == "Tags") {
        if let (NodeKind::Map(tags), None) = (&member.value.kind, build::call(&member.value)) {
            let pairs = tags.iter().map(|tag| {
                let make = Make(tag.key_span);
                let key = Node { kind: NodeKind::String(tag.key.clone()), ..make.text("") };
                make.map([("Key", key), ("Value", tag.value.clone())])
            });
            member.value.kind = NodeKind::List(pairs.collect());
        }
    }
}
