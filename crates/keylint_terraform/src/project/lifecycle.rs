//! What is wrong by form with `lifecycle` blocks and `depends_on`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle>.

use keylint_model::Problem;
use keylint_syntax::hcl::{Block, Expr, ExprKind, Name};

use super::blocks::{arguments, boolean, is_fixed_reference};
use super::declarations::{Declarations, Kind, ResourceBlock};
use super::moves::keys;

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
pub(super) const TERRAFORM_DATA: [&str; 4] = ["id", "input", "output", "triggers_replace"];

/// Reports what is wrong with the `lifecycle` blocks of a resource.
pub(super) fn check(declarations: &Declarations, resource: &ResourceBlock, problems: &mut Vec<Problem>) {
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
                continue;
            }
            match name {
                "create_before_destroy" => boolean(attribute, problems),
                "ignore_changes" => ignored(&attribute.value, resource, problems),
                "replace_triggered_by" => triggers(&attribute.value, resource, declarations, problems),
                _ => {}
            }
        }
    }
}

/// What `replace_triggered_by` names: resources that are managed, or their attributes.
fn triggers(
    expression: &Expr,
    resource: &ResourceBlock,
    declarations: &Declarations,
    problems: &mut Vec<Problem>,
) {
    let elements = match &expression.kind {
        ExprKind::List(elements) => elements,
        ExprKind::Invalid => return,
        _ => {
            let message = "`replace_triggered_by` is a list that is written as it stands";
            problems.push(Problem::new("KL003", expression.span, message));
            return;
        }
    };
    for element in elements {
        let keys = keys(element).into_iter().filter_map(|key| trigger_key(key, resource));
        problems.extend(keys);
        let steps = names(element);
        if steps.is_empty() && !matches!(element.kind, ExprKind::Invalid) {
            let message = "what triggers a replacement is a resource, or an attribute of one";
            problems.push(Problem::new("KL003", element.span, message));
        }
        let (type_name, name) = match steps.as_slice() {
            [root, type_name, name, ..] if &*root.text == "resource" => (*type_name, *name),
            [type_name, name, ..] => (*type_name, *name),
            _ => continue,
        };
        let message = match &*type_name.text {
            "var" | "local" | "module" | "data" | "each" | "count" | "path" | "terraform" | "self" => {
                "only resources that are managed trigger a replacement".to_owned()
            }
            _ if declarations.resource(Kind::Managed, &type_name.text, &name.text).is_some() => continue,
            _ => format!("`{}.{}` is not declared in this module", type_name.text, name.text),
        };
        problems.push(Problem::new("KL003", element.span, message));
    }
}

/// What is wrong with a key in `replace_triggered_by`, which is written as it stands or names the
/// instance of the resource itself.
fn trigger_key(key: &Expr, resource: &ResourceBlock) -> Option<Problem> {
    let steps: Vec<&str> = names(key).into_iter().map(|name| &*name.text).collect();
    let has = |name: &str| resource.block.body.attribute(name).is_some();
    let message = match (&key.kind, steps.as_slice()) {
        (ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Invalid, _) => return None,
        (ExprKind::Attribute(..), ["each", "key"]) if has("for_each") => return None,
        (ExprKind::Attribute(..), ["count", "index"]) if has("count") => return None,
        (ExprKind::Attribute(..), ["each", "key"] | ["count", "index"]) => {
            "the resource itself has no such instances"
        }
        _ => {
            "the key of what triggers a replacement is written as it stands, or is `each.key` or `count.index`"
        }
    };
    Some(Problem::new("KL003", key.span, message))
}

/// Reports what `depends_on` names that is no whole object.
///
/// Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/depends_on>.
pub(super) fn dependencies(block: &Block, problems: &mut Vec<Problem>) {
    let Some(attribute) = block.body.attribute("depends_on") else { return };
    let elements = match &attribute.value.kind {
        ExprKind::List(elements) => elements,
        ExprKind::Invalid => return,
        _ => {
            let message = "`depends_on` is a list of what comes first";
            problems.push(Problem::new("KL003", attribute.value.span, message));
            return;
        }
    };
    for element in elements {
        // A string is the form of Terraform 0.11.
        if !matches!(element.kind, ExprKind::String(_) | ExprKind::Invalid) && !is_fixed_reference(element) {
            let message = "what comes first is named as it is, and nothing is computed";
            problems.push(Problem::new("KL003", element.span, message));
            continue;
        }
        let steps = names(element);
        if let Some(root) = steps.first().filter(|root| matches!(&*root.text, "each" | "count" | "self")) {
            let message = format!("there is no `{}` in `depends_on`", root.text);
            problems.push(Problem::new("KL003", element.span, message));
            continue;
        }
        let whole = match steps.first().map(|root| &*root.text) {
            // An output of a module is one.
            Some("data" | "resource" | "ephemeral" | "module") => 3,
            Some(_) => 2,
            None => continue,
        };
        // `terraform_data.x.0` is an instance, as `terraform_data.x[0]` is.
        let is_index = |name: &&&Name| name.text.bytes().all(|byte| byte.is_ascii_digit());
        if steps.len() - steps.iter().filter(is_index).count() > whole {
            let message = "what comes first is a whole object, not an attribute of one";
            problems.push(Problem::new("KL003", element.span, message));
        }
    }
}

/// The names of a reference, without what stands in brackets; none where it is something else.
fn names(expression: &Expr) -> Vec<&Name> {
    let (mut steps, mut inner) = (Vec::new(), expression);
    loop {
        inner = match &inner.kind {
            ExprKind::Attribute(base, name) => {
                steps.push(name);
                base
            }
            ExprKind::Index(base, _) => base,
            ExprKind::Variable(name) => {
                steps.push(name);
                steps.reverse();
                return steps;
            }
            _ => return Vec::new(),
        };
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
