//! What is wrong by form with conditions and provisioners.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/custom-conditions>.

use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::hcl::{Block, Expr, ExprKind, Name};

use super::blocks::{arguments, needs};
use super::declarations::{Declarations, ResourceBlock};
use super::walk::Walker;

const CONDITION: [&str; 2] = ["condition", "error_message"];

/// The blocks that the types have which Terraform has built in.
const BUILT_IN: [&str; 4] = ["lifecycle", "provisioner", "connection", "dynamic"];

/// Reports what is wrong with the conditions of all declared blocks, and with what stands around
/// those of resources.
pub(super) fn check(declarations: &Declarations, problems: &mut Vec<Problem>) {
    for variable in declarations.variables.values() {
        let name = &*variable.name.text;
        for block in blocks(&variable.block, "validation") {
            let is_own = |root: &str, first: Option<&str>| root == "var" && first == Some(name);
            condition(block, &is_own, &format!("`var.{name}`"), problems);
        }
    }
    for output in declarations.outputs.values() {
        blocks(&output.block, "precondition").for_each(|block| any(block, problems));
    }
    for block in declarations.others.iter().filter(|block| &*block.name.text == "check") {
        blocks(block, "assert").for_each(|assert| any(assert, problems));
    }
    for resource in &declarations.resources {
        check_resource(declarations, resource, problems);
    }
}

fn blocks<'b>(block: &'b Block, name: &'static str) -> impl Iterator<Item = &'b Block> {
    block.body.blocks().filter(move |inner| &*inner.name.text == name)
}

fn check_resource(declarations: &Declarations, resource: &ResourceBlock, problems: &mut Vec<Problem>) {
    super::lifecycle::check(declarations, resource, problems);
    for lifecycle in blocks(&resource.block, "lifecycle") {
        for name in ["precondition", "postcondition"] {
            blocks(lifecycle, name).for_each(|block| any(block, problems));
        }
    }
    let is_managed = &*resource.block.name.text == "resource";
    let type_name = &*resource.type_name.text;
    let is_built_in =
        matches!((is_managed, type_name), (true, "terraform_data") | (false, "terraform_remote_state"));
    for block in resource.block.body.blocks() {
        let name = &*block.name.text;
        let message = match name {
            "provisioner" | "connection" if !is_managed => format!("what is only read has no `{name}`"),
            _ if is_built_in && !BUILT_IN.contains(&name) => format!("`{type_name}` has no block `{name}`"),
            _ => continue,
        };
        problems.push(Problem::new("KL003", block.name.span, message));
    }
    for provisioner in blocks(&resource.block, "provisioner") {
        provisioned(provisioner, problems);
    }
    for provisioner in blocks(&resource.block, "provisioner").filter(|block| is_of_destruction(block)) {
        destruction(provisioner, problems);
        blocks(&resource.block, "connection").for_each(|block| destruction(block, problems));
    }
}

/// What every provisioner has, and what that needs which runs a command here.
fn provisioned(block: &Block, problems: &mut Vec<Problem>) {
    let word = |expression: &Expr| match &expression.kind {
        ExprKind::Variable(name) => Some(name.text.to_string()),
        ExprKind::String(text) => Some(text.as_str().to_owned()),
        _ => None,
    };
    for (name, one, other) in [("when", "create", "destroy"), ("on_failure", "continue", "fail")] {
        let Some(attribute) = block.body.attribute(name) else { continue };
        if word(&attribute.value).is_none_or(|word| word != one && word != other) {
            let message = format!("`{name}` is `{one}` or `{other}`");
            problems.push(Problem::new("KL003", attribute.value.span, message));
        }
    }
    if block.labels.first().is_some_and(|label| &*label.text == "local-exec") {
        needs(block, &["command"], problems);
    }
}

/// A condition that refers to anything at all.
fn any(block: &Block, problems: &mut Vec<Problem>) {
    condition(block, &|_, _| true, "anything outside of itself", problems);
}

/// A block with a condition, which has to refer to what `counts`.
fn condition(
    block: &Block,
    counts: &dyn Fn(&str, Option<&str>) -> bool,
    what: &str,
    problems: &mut Vec<Problem>,
) {
    arguments(block, &CONDITION, problems);
    needs(block, &CONDITION, problems);
    let Some(condition) = block.body.attribute("condition") else { return };
    // What does not parse is reported as that.
    if matches!(condition.value.kind, ExprKind::Invalid) {
        return;
    }
    let refers = references(&condition.value, |name, first| counts(&name.text, first.map(|it| &*it.text)));
    if !refers {
        let message = format!("the condition does not refer to {what}, so that it checks nothing");
        problems.push(Problem::new("KL003", condition.value.span, message));
    }
}

fn references(expression: &Expr, counts: impl Fn(&Name, Option<&Name>) -> bool) -> bool {
    let mut found = false;
    let note = |name: &Name, steps: &[Option<&Name>]| {
        found |= counts(name, steps.first().copied().flatten());
    };
    Walker::new(note).expression(expression);
    found
}

fn is_of_destruction(provisioner: &Block) -> bool {
    provisioner.body.attribute("when").is_some_and(|when| match &when.value.kind {
        ExprKind::Variable(name) => &*name.text == "destroy",
        ExprKind::String(text) => text.as_str() == "destroy",
        _ => false,
    })
}

/// Reports what is not there any more when a resource is destroyed.
///
/// Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax#destroy-time-provisioners>.
fn destruction(block: &Block, problems: &mut Vec<Problem>) {
    let mut wrong: Option<Span> = None;
    let note = |name: &Name, steps: &[Option<&Name>]| {
        let first = steps.first().copied().flatten().map(|it| &*it.text);
        let is_there = matches!(
            (&*name.text, first),
            ("self" | "path" | "terraform" | "tofu" | "count", _) | ("each", Some("key")) | (_, None)
        );
        if !is_there {
            wrong = wrong.or(Some(name.span));
        }
    };
    Walker::new(note).provisioner(&block.body);
    if let Some(span) = wrong {
        let message =
            "what runs when a resource is destroyed refers to `self`, `count.index` and `each.key` only";
        problems.push(Problem::new("KL003", span, message));
    }
}
