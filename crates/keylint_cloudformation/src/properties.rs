//! Names of resource types that AWS does not have, and of properties that a type does not have.
//!
//! The service refuses such a name at deployment; until then it looks like a setting. So each is a
//! note (KL006) with the name that was probably meant. What the schemas leave open, what a function
//! or a macro makes, and types of others than AWS are not judged.

use std::sync::Arc;

use keylint_model::{Problem, nearest};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View, makes_members};
use crate::loops::is_symbolic;
use crate::sam;
use crate::secure;
use crate::types::{self, Names};

/// For how many names of a template the nearest is looked for.
const MAX_SUGGESTIONS: usize = 1_000;

/// How many of these the nearest type counts for: there are so many more types than properties of one.
const TYPE_COST: usize = 50;

/// The names in a template that no property has. `root` is the template as it is written, not what the
/// transform of SAM makes of it.
pub(crate) fn check(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut suggestions = MAX_SUGGESTIONS;
    let mut needs_sam = !sam::is_declared(root);
    for resource in root.get("Resources").map(Node::members).unwrap_or_default() {
        let Some(type_name) = resource.value.get("Type").and_then(|node| View::from(node).as_str()) else {
            continue;
        };
        let names = Names::of(type_name);
        let token = resource.value.get("Type").map_or(resource.key_span, |node| node.span);
        if names.is_none() && is_of_aws(type_name) {
            let problem = Problem::new("KL006", token, format!("AWS has no resource type `{type_name}`"));
            problems.push(suggested(problem, type_name, types::names(), TYPE_COST, &mut suggestions));
        } else if needs_sam && sam::is_type(type_name) {
            // Once: what is wrong is that the template does not say it.
            needs_sam = false;
            problems.push(without_sam(type_name, token));
        }
        let Some(properties) = resource.value.get("Properties") else { continue };
        secure::check(type_name, properties, &mut problems);
        let Some(names) = names else { continue };
        check_properties(type_name, properties, names, &mut suggestions, &mut problems);
    }
    problems
}

/// Reports what a type does not have, anywhere in the properties of a resource.
fn check_properties<'t>(
    type_name: &'t str,
    properties: &'t Node,
    names: Names,
    suggestions: &mut usize,
    problems: &mut Vec<Problem>,
) {
    // Each part of the properties with the names that lead to it.
    let mut waiting = vec![(View::from(properties), names, Arc::<[&str]>::default())];
    while let Some((view, names, path)) = waiting.pop() {
        match Call::of(view) {
            Some(Call { function: Function::If, argument, .. }) => {
                let arms = argument.elements().and_then(|parts| parts.get(1..)).unwrap_or_default();
                waiting.extend(arms.iter().map(|arm| (View::from(arm), names, Arc::clone(&path))));
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        match view.kind {
            NodeKind::List(elements) => {
                waiting
                    .extend(elements.iter().map(|element| (View::from(element), names, Arc::clone(&path))));
            }
            NodeKind::Map(members) if !members.iter().any(is_function) => {
                for member in members.iter().filter(|member| !makes_members(&member.key)) {
                    let name = member.key.as_str();
                    let is_certain = !names.is_open() && !is_symbolic(name);
                    if is_certain && !names.contains(name) && !is_no_value(&member.value) {
                        problems.push(unknown(member, names, (type_name, &path), suggestions));
                    } else if let Some(inner) = names.inside(name) {
                        let path = path.iter().copied().chain([name]).collect();
                        waiting.push((View::from(&member.value), inner, path));
                    }
                }
            }
            _ => {}
        }
    }
}

/// A function among other members: a transform of them, or a mistake that evaluation reports.
fn is_function(member: &Member) -> bool {
    let name = member.key.as_str();
    name.starts_with("Fn::") && !name.starts_with("Fn::ForEach::")
}

fn is_no_value(node: &Node) -> bool {
    Call::of(View::from(node))
        .is_some_and(|call| call.function == Function::Ref && call.argument.as_str() == Some("AWS::NoValue"))
}

fn unknown(
    member: &Member,
    names: Names,
    (type_name, path): (&str, &[&str]),
    suggestions: &mut usize,
) -> Problem {
    let name = member.key.as_str();
    let message = if path.is_empty() {
        format!("`{type_name}` has no property `{name}`")
    } else {
        format!("`{}` of `{type_name}` has no property `{name}`", path.join("."))
    };
    suggested(Problem::new("KL006", member.key_span, message), name, names.all(), 1, suggestions)
}

/// Whether a type is one that AWS would have to have: no module of a registry, and nothing that is yet to
/// be put in its place.
fn is_of_aws(type_name: &str) -> bool {
    type_name.starts_with("AWS::") && !type_name.ends_with("::MODULE") && !is_symbolic(type_name)
}

fn without_sam(type_name: &str, token: Span) -> Problem {
    let message =
        format!("`{type_name}` is a type of the transform of SAM, which the template does not have");
    Problem::new("KL006", token, message).with_help("add `Transform: AWS::Serverless-2016-10-31`")
}

/// A problem with the name that was probably meant.
fn suggested(
    problem: Problem,
    name: &str,
    names: impl Iterator<Item = &'static str>,
    cost: usize,
    suggestions: &mut usize,
) -> Problem {
    let near = suggestions.checked_sub(cost).and_then(|left| {
        *suggestions = left;
        nearest(name, names)
    });
    match near {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem,
    }
}
