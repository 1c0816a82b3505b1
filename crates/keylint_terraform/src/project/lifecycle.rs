//! What is wrong by form with `lifecycle` blocks.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle>.

use keylint_model::Problem;
use keylint_syntax::hcl::{Block, Expr, ExprKind};

use super::blocks::arguments;
use super::declarations::ResourceBlock;

/// The arguments of a `lifecycle` block; OpenTofu has `enabled` and `destroy` besides.
const LIFECYCLE: [&str; 6] = [
    "create_before_destroy",
    "prevent_destroy",
    "ignore_changes",
    "replace_triggered_by",
    "enabled",
    "destroy",
];

/// Those that say how what is deployed changes, which is nothing that is only read.
const OF_CHANGES: [&str; 4] =
    ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

/// The attributes of the resource type that Terraform has built in.
const TERRAFORM_DATA: [&str; 4] = ["id", "input", "output", "triggers_replace"];

/// Reports what is wrong with the `lifecycle` blocks of a resource.
pub(super) fn check(resource: &ResourceBlock, problems: &mut Vec<Problem>) {
    let blocks = || resource.block.body.blocks().filter(|inner| &*inner.name.text == "lifecycle");
    let mut first: Option<&Block> = None;
    for lifecycle in blocks() {
        arguments(lifecycle, &LIFECYCLE, problems);
        // That of an override file goes into the first.
        match first.filter(|first| first.header.file == lifecycle.header.file) {
            Some(first) => problems.push(
                Problem::new("KL003", lifecycle.header, "a resource has one `lifecycle` block only")
                    .with_related(first.header, "the first"),
            ),
            None => first = Some(lifecycle),
        }
        let is_managed = &*resource.block.name.text == "resource";
        for attribute in lifecycle.body.attributes() {
            let name = &*attribute.name.text;
            if !is_managed && OF_CHANGES.contains(&name) {
                let message = format!("what is only read has no `{name}`");
                problems.push(Problem::new("KL003", attribute.name.span, message));
            } else if name == "ignore_changes" {
                ignored(&attribute.value, resource, problems);
            }
        }
    }
}

/// What `ignore_changes` names: all, or arguments of the resource.
fn ignored(expression: &Expr, resource: &ResourceBlock, problems: &mut Vec<Problem>) {
    let elements = match &expression.kind {
        ExprKind::List(elements) => elements,
        ExprKind::Invalid => return,
        ExprKind::Variable(name) if &*name.text == "all" => return,
        _ => {
            let message = "`ignore_changes` is a list of arguments, or `all`";
            problems.push(Problem::new("KL003", expression.span, message));
            return;
        }
    };
    for element in elements {
        match argument(element) {
            None => {
                let message = "`ignore_changes` names arguments of the resource";
                problems.push(Problem::new("KL003", element.span, message));
            }
            Some(name)
                if &*resource.type_name.text == "terraform_data" && !TERRAFORM_DATA.contains(&&*name) =>
            {
                let message = format!("`terraform_data` has no attribute `{name}`");
                problems.push(Problem::new("KL003", element.span, message));
            }
            Some(_) => {}
        }
    }
}

/// The argument that an element names, or a part of; `None` for what names none.
fn argument(element: &Expr) -> Option<String> {
    let mut inner = element;
    loop {
        inner = match &inner.kind {
            ExprKind::Attribute(base, _) | ExprKind::Index(base, _) => base,
            ExprKind::Variable(name) => return Some(name.text.to_string()),
            // The form of Terraform 0.11.
            ExprKind::String(text) => {
                let name = text.as_str().split(['.', '[']).next().unwrap_or_default();
                return Some(name.to_owned());
            }
            _ => return None,
        };
    }
}
