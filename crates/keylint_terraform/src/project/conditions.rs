//! What is wrong by form with conditions, and with what stands around those of resources.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/custom-conditions>.

use keylint_model::Problem;
use keylint_syntax::hcl::{Block, Expr, ExprKind, Name};

use super::blocks::{arguments, needs};
use super::declarations::{Declarations, ResourceBlock};
use super::provisioners::blocks;
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
    if is_managed {
        super::provisioners::check(resource, problems);
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
