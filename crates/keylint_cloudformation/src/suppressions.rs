//! Suppressions in the metadata of resources: JSON has no comments to suppress with.

use std::sync::Arc;

use keylint_model::{DeclaredSuppression, Problem, nearest};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

/// What a suppression says.
const PARTS: [&str; 3] = ["ignore", "reason", "until"];

/// What the metadata of the resources suppress, with a problem for each that is not understood. Taken
/// from what is written, because a transform may leave nothing of a resource but what it makes of it.
pub(crate) fn declared(root: &Node) -> (Vec<DeclaredSuppression>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for member in root.get("Resources").map(Node::members).unwrap_or_default() {
        let metadata = member.value.get("Metadata").map(Node::members).unwrap_or_default();
        if let Some(declared) = metadata.iter().rfind(|one| one.key.as_str() == "keylint") {
            found.extend(suppression(member, declared, &mut problems));
        }
    }
    (found, problems)
}

/// `Metadata: {keylint: {ignore: [SM001], until: 2027-01-31, reason: …}}`.
fn suppression(
    member: &Member,
    declared: &Member,
    problems: &mut Vec<Problem>,
) -> Option<DeclaredSuppression> {
    let node = &declared.value;
    let help = format!("write `keylint: {{ignore: [{}], reason: …}}`", rule_in(node).unwrap_or("SM001"));
    let mut misunderstood = |span: Span, message: String| {
        problems.push(Problem::new("KL010", span, message).with_help(help.clone()));
    };
    for part in node.members().iter().filter(|part| !PARTS.contains(&part.key.as_str())) {
        let name = part.key.as_str();
        let meant =
            nearest(name, PARTS).map(|meant| format!(": did you mean `{meant}`?")).unwrap_or_default();
        misunderstood(part.key_span, format!("`{name}` is no part of a suppression{meant}"));
    }
    let Some(ignore) = node.get("ignore") else {
        if node.members().is_empty() && !matches!(node.kind, NodeKind::Invalid) {
            misunderstood(declared.key_span, "a suppression names its rules under `ignore`".to_owned());
        }
        return None;
    };
    let rules = match &ignore.kind {
        NodeKind::List(rules) => rules.as_slice(),
        _ => std::slice::from_ref(ignore),
    };
    for rule in rules.iter().filter(|rule| rule.as_str().is_none()) {
        misunderstood(rule.span, "a suppression names rules by their ids".to_owned());
    }
    let named = rules.iter().filter_map(|rule| rule.as_str().map(|name| (Arc::from(name), rule.span)));
    let covers = member.key_span.cover(member.value.span);
    let until = node.get("until").map(|node| (Arc::from(node.as_str().unwrap_or_default()), node.span));
    Some(DeclaredSuppression { rules: named.collect(), until, span: ignore.span, covers })
}

/// The first text in a node that looks like the id of a rule.
fn rule_in(node: &Node) -> Option<&str> {
    let is_id = |text: &str| {
        let number = text.trim_start_matches(|one: char| one.is_ascii_uppercase());
        number.len() < text.len() && number.len() == 3 && number.bytes().all(|one| one.is_ascii_digit())
    };
    match &node.kind {
        NodeKind::String(text) => Some(text.as_str()).filter(|text| is_id(text)),
        NodeKind::List(elements) => elements.iter().find_map(rule_in),
        NodeKind::Map(members) => members.iter().find_map(|member| rule_in(&member.value)),
        _ => None,
    }
}
