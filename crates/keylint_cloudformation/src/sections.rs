//! What CloudFormation refuses of the sections of a template and of the attributes of a resource: misspelt
//! names above all.
//!
//! CloudFormation refuses such a template ("Invalid template property or properties", "Invalid template
//! resource property"), and until somebody corrects the name, what stands under it is part of no resource.
//! So each is reported, and where the right name is certain the template is read as if it had it: a
//! policy under `Propertis` is still what somebody is about to deploy. Where it is not, a resource without
//! properties of its own is taken for one whose properties are not known.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html>

use keylint_model::{Problem, nearest};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::lost::is_mark;

use crate::call::{View, makes_members};
use crate::loops::is_symbolic;
use crate::sam;
use crate::template::{has_transform, is_rewritten};
use crate::types::ResourceType;

/// The version of the format of templates.
const VERSION: &str = "2010-09-09";

/// The sections of a template. `Hooks` belongs to deployments of CodeDeploy, `Globals` to SAM.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/blue-green.html>
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The attributes of a resource. `Version` is one of custom resources, `Connectors` and `IgnoreGlobals` are
/// SAM's.
const ATTRIBUTES: [&str; 12] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// The parts of `Globals`.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
const GLOBALS: [&str; 9] = [
    "Api",
    "CapacityProvider",
    "Function",
    "HttpApi",
    "LayerVersion",
    "MicrovmImage",
    "NetworkConnector",
    "SimpleTable",
    "StateMachine",
];

/// The template with the names that were meant; `None` where all of them are right, or something else
/// rewrites the template before the service reads it.
pub(crate) fn corrected(root: &Node, problems: &mut Vec<Problem>) -> Option<Node> {
    let NodeKind::Map(sections) = &root.kind else { return None };
    let has_right_attributes = |section: &Member| match section.key.as_str() {
        "Resources" => {
            section.value.members().iter().all(|member| wrong(&member.value, &ATTRIBUTES).is_none())
        }
        "Globals" => !sam::is_declared(root) || wrong(&section.value, &GLOBALS).is_none(),
        _ => true,
    };
    if wrong(root, &SECTIONS).is_none() && sections.iter().all(has_right_attributes) || is_rewritten(root) {
        return None;
    }
    let mut made = Vec::with_capacity(sections.len());
    for section in sections {
        let meant = match is_right(section, &SECTIONS) {
            true => Some(section.key.as_str()),
            false => section_meant(section),
        };
        if !is_right(section, &SECTIONS) {
            problems.push(misspelt("KL003", section, "is no section of a template", meant));
        }
        match meant {
            Some(name) => add(&mut made, renamed(section, name)),
            None => made.push(section.clone()),
        }
    }
    for section in &mut made {
        let NodeKind::Map(members) = &mut section.value.kind else { continue };
        match section.key.as_str() {
            "Resources" => members.iter_mut().for_each(|member| resource(member, problems)),
            "Globals" if sam::is_declared(root) => {
                let is_no_type = "is no type of SAM that has global properties";
                *members = respelt(members, |name| nearest(name, GLOBALS), &GLOBALS, is_no_type, problems);
            }
            _ => {}
        }
    }
    Some(Node { kind: NodeKind::Map(made), ..root.clone() })
}

/// Reports a version of the format that there is not, and a template without resources.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/format-version-structure.html>
pub(crate) fn check(root: &Node, problems: &mut Vec<Problem>) {
    if is_rewritten(root) {
        return;
    }
    if let Some(version) = root.get("AWSTemplateFormatVersion") {
        let is_text = |node: &Node| View::from(node).as_str().is_some_and(|text| text != VERSION);
        let is_other = match version.kind {
            NodeKind::Null | NodeKind::Invalid | NodeKind::Hole(_) => false,
            NodeKind::String(_) => version.tag.is_some() || is_text(version),
            _ => true,
        };
        if is_other {
            let message = format!("the only version of the format is `{VERSION}`");
            problems.push(Problem::new("KL003", View::from(version).whole(), message));
        }
    }
    let sections = root.members();
    let resources = sections.iter().rfind(|section| section.key.as_str() == "Resources");
    let is_empty = |node: &Node| match &node.kind {
        NodeKind::Map(members) => members.is_empty() && node.tag.is_none(),
        kind => matches!(kind, NodeKind::Null) && node.tag.is_none(),
    };
    let adds = |name: &str| name != "AWS::LanguageExtensions" && name != sam::TRANSFORM;
    let may_have_more =
        has_transform(root, adds) || sections.iter().any(|section| makes_members(&section.key));
    let is_lost = sections.iter().any(is_mark) || !matches!(root.kind, NodeKind::Map(_));
    if may_have_more || is_lost || resources.is_some_and(|section| !is_empty(&section.value)) {
        return;
    }
    let span = resources.map_or(root.span.start_point(), |section| section.key_span);
    problems.push(
        Problem::new("KL003", span, "a template has at least one resource")
            .with_help("declare it in the section `Resources`"),
    );
}

/// The first member of a mapping without functions that has none of some names.
fn wrong<'t>(node: &'t Node, names: &[&str]) -> Option<&'t Member> {
    let members = View::from(node).members();
    let is_plain = node.tag.is_none() && !members.iter().any(|member| member.key.starts_with("Fn::"));
    members.iter().find(|member| is_plain && !is_right(member, names))
}

/// Whether a member has one of some names, or one that is not judged.
fn is_right(member: &Member, names: &[&str]) -> bool {
    let name = member.key.as_str();
    names.contains(&name) || makes_members(name) || is_mark(member) || is_symbolic(name)
}

/// Whether a resource has an attribute that there is not. What stands for something that a tool puts in its
/// place, as a type that is no string shows, has attributes of the tool's.
fn has_wrong_attribute(resource: &Member) -> bool {
    let is_plain = resource.value.get("Type").is_none_or(|node| View::from(node).as_str().is_some());
    is_plain && !makes_members(&resource.key) && wrong(&resource.value, &ATTRIBUTES).is_some()
}

/// The section that was meant by a member of the template: by its name, else by what is in it.
fn section_meant(section: &Member) -> Option<&'static str> {
    let is_resource = |member: &Member| {
        let is_type = |node: &Node| View::from(node).as_str().is_some_and(|name| name.contains("::"));
        member.value.get("Type").is_some_and(is_type) && member.value.get("Properties").is_some()
    };
    let is_of_resources = || section.value.members().iter().any(is_resource);
    nearest(&section.key, SECTIONS).or_else(|| is_of_resources().then_some("Resources"))
}

/// Corrects the attributes of a resource.
fn resource(member: &mut Member, problems: &mut Vec<Problem>) {
    if !has_wrong_attribute(member) {
        return;
    }
    let type_name = member.value.get("Type").and_then(|node| View::from(node).as_str()).unwrap_or_default();
    // The transform leaves out what it does not know.
    let rule = if sam::is_type(type_name) { "KL006" } else { "KL003" };
    let has_property = |name: &str| ResourceType::named(type_name).is_some_and(|of| of.has_property(name));
    let mut made = Vec::new();
    let mut own = Vec::new();
    let mut lost = None;
    for attribute in member.value.members() {
        let name = attribute.key.as_str();
        if is_right(attribute, &ATTRIBUTES) {
            made.push(attribute.clone());
            continue;
        }
        let is_none = "is no attribute of a resource";
        let same = ATTRIBUTES.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        if same.is_none() && has_property(name) {
            let problem = misspelt(rule, attribute, is_none, None);
            problems.push(problem.with_help("move it into the `Properties` of the resource"));
            own.push(attribute.clone());
            continue;
        }
        let meant = same.or_else(|| nearest(name, ATTRIBUTES));
        problems.push(misspelt(rule, attribute, is_none, meant));
        match meant {
            Some(name) => add(&mut made, renamed(attribute, name)),
            None => lost = lost.or(Some(attribute.key_span)),
        }
    }
    if !own.is_empty() {
        let span = own.first().map_or(member.key_span, |first| first.key_span);
        let value = Node { span, kind: NodeKind::Map(own), tag: None };
        add(&mut made, Member { key: Text::at("Properties", span), key_span: span, value });
    }
    if let Some(span) = lost
        && !made.iter().any(|known| known.key.as_str() == "Properties")
    {
        // They may be what stands there.
        let value = Node { span, kind: NodeKind::Invalid, tag: None };
        made.push(Member { key: Text::at("", span), key_span: span, value });
    }
    member.value.kind = NodeKind::Map(made);
}

/// The members with the names that were meant.
fn respelt(
    members: &[Member],
    near: impl Fn(&str) -> Option<&'static str>,
    names: &[&str],
    what: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Member> {
    let mut made = Vec::with_capacity(members.len());
    for member in members {
        if is_right(member, names) {
            made.push(member.clone());
            continue;
        }
        let meant = near(&member.key);
        problems.push(misspelt("KL003", member, what, meant));
        if let Some(name) = meant {
            add(&mut made, renamed(member, name));
        }
    }
    made
}

fn misspelt(rule: &'static str, member: &Member, what: &str, meant: Option<&str>) -> Problem {
    let problem = Problem::new(rule, member.key_span, format!("`{}` {what}", member.key.as_str()));
    match meant {
        Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

fn renamed(member: &Member, name: &str) -> Member {
    let span: Span = member.key_span;
    let key = if member.key.as_str() == name { member.key.clone() } else { Text::at(name, span) };
    Member { key, ..member.clone() }
}

/// Adds a member, or what it holds to the member of the same name: what that has already stays.
fn add(made: &mut Vec<Member>, member: Member) {
    let Some(known) = made.iter_mut().rfind(|known| known.key == member.key) else {
        return made.push(member);
    };
    match (&mut known.value.kind, member.value.kind) {
        (NodeKind::Map(own), NodeKind::Map(more)) if known.value.tag.is_none() => {
            let is_new = |one: &Member| !own.iter().any(|known| known.key == one.key);
            let more: Vec<_> = more.into_iter().filter(is_new).collect();
            own.extend(more);
        }
        (kind @ NodeKind::Null, other) => *kind = other,
        _ => {}
    }
}
