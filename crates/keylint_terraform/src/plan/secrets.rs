//! Where a plan or a state has values that must not be shown.
//!
//! One value stands in a plan many times: as a variable, in the change, in what is planned, in what
//! was before. Each is marked by what stands beside it, and only some of them are attributes of a
//! resource that rules look at.

use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};

use super::hidden::Hidden;
use super::{Form, is_true, list};

/// Values and the marks that belong to them, side by side in an object.
const MARKED: [(&str, &str); 4] = [
    ("values", "sensitive_values"),
    ("before", "before_sensitive"),
    ("after", "after_sensitive"),
    ("attributes", "sensitive_attributes"),
];

/// The places of all such values.
pub(super) fn spans(form: Form, node: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    marked(node, &mut spans);
    if form != Form::StateFile {
        variables(node, &mut spans);
    }
    spans
}

/// Values with marks beside them. The parser limits the depth.
fn marked(node: &Node, spans: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().for_each(|node| marked(node, spans)),
        NodeKind::Map(members) => {
            for (value, marks) in MARKED {
                if let (Some(value), Some(marks)) = (node.get(value), node.get(marks)) {
                    // A change of an output is a value that is sensitive as a whole or not at all.
                    let hidden = match marks.kind {
                        NodeKind::List(_) if marks_are_paths(marks) => Hidden::by_paths(list(Some(marks))),
                        _ => Hidden::of([marks]),
                    };
                    hide(value, &hidden, spans);
                }
            }
            if node.get("sensitive").is_some_and(is_true) {
                let value = node.get("value").or_else(|| node.get("default"));
                value.into_iter().for_each(|value| hide_all(value, spans));
            }
            members.iter().for_each(|member| marked(&member.value, spans));
        }
        _ => {}
    }
}

/// Whether marks are paths of steps, as a state file has them.
fn marks_are_paths(marks: &Node) -> bool {
    list(Some(marks)).iter().all(|path| list(Some(path)).iter().all(|step| step.get("type").is_some()))
}

/// Values of variables. Which of them are sensitive the configuration says; where it does not know
/// a variable, it may be.
fn variables(plan: &Node, spans: &mut Vec<Span>) {
    let declared = plan.get("configuration").and_then(|it| it.get("root_module")?.get("variables"));
    for variable in plan.get("variables").map(Node::members).unwrap_or_default() {
        let declaration = declared.and_then(|all| all.get(variable.key.as_str()));
        let is_open = declaration.is_some_and(|one| !one.get("sensitive").is_some_and(is_true));
        if let (false, Some(value)) = (is_open, variable.value.get("value")) {
            hide_all(value, spans);
        }
    }
}

fn hide(value: &Node, hidden: &Hidden<'_>, spans: &mut Vec<Span>) {
    if hidden.is_whole() {
        return hide_all(value, spans);
    }
    match &value.kind {
        NodeKind::List(nodes) => {
            for (position, node) in nodes.iter().enumerate() {
                hide(node, &hidden.element(position), spans);
            }
        }
        NodeKind::Map(members) => {
            for member in members {
                hide(&member.value, &hidden.member(member.key.as_str()), spans);
            }
        }
        _ => {}
    }
}

fn hide_all(value: &Node, spans: &mut Vec<Span>) {
    match &value.kind {
        NodeKind::List(nodes) => nodes.iter().for_each(|node| hide_all(node, spans)),
        NodeKind::Map(members) => members.iter().for_each(|member| hide_all(&member.value, spans)),
        NodeKind::String(text) => spans.extend(text.spans()),
        NodeKind::Number(_) => spans.push(value.span),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Hole(_) | NodeKind::Invalid => {}
    }
}
