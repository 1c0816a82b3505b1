//! What is wrong with the blocks of a module by their form alone: unknown ones, missing arguments,
//! addresses that are or are not declared.
//!
//! Source: <https://developer.hashicorp.com/terraform/language>, the page of each block.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keylint_model::{Mode, Problem, nearest};
use keylint_source::{FileId, Span};
use keylint_syntax::hcl::{Block, Body, Expr, ExprKind, Item};

use super::declarations::{Declarations, ResourceBlock};

/// The blocks of the top level with how many labels each has. OpenTofu has the same.
const BLOCKS: [(&str, usize); 13] = [
    ("check", 1),
    ("data", 2),
    ("ephemeral", 2),
    ("import", 0),
    ("locals", 0),
    ("module", 1),
    ("moved", 0),
    ("output", 1),
    ("provider", 1),
    ("removed", 0),
    ("resource", 2),
    ("terraform", 0),
    ("variable", 1),
];

/// Blocks of versions that are not modelled: Terraform 1.14 has actions and lists.
const NEWER: [&str; 2] = ["action", "list"];

const VARIABLE: [&str; 7] =
    ["default", "description", "type", "sensitive", "nullable", "ephemeral", "deprecated"];
const OUTPUT: [&str; 6] = ["value", "description", "sensitive", "ephemeral", "depends_on", "deprecated"];

/// What a `terraform` block has; OpenTofu has `encryption` besides.
const TERRAFORM: [&str; 8] = [
    "required_version",
    "experiments",
    "language",
    "backend",
    "cloud",
    "required_providers",
    "provider_meta",
    "encryption",
];

/// Names that arguments of a module call have.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/// The arguments of the resource type that Terraform has built in, its own among them.
const TERRAFORM_DATA: [&str; 6] =
    ["input", "triggers_replace", "count", "for_each", "depends_on", "provider"];

/// Reports what stands at the top level of a file and is none of Terraform's blocks: nothing of it
/// is checked.
pub(super) fn unknown(body: &Body, problems: &mut Vec<Problem>) {
    for item in &body.items {
        let block = match item {
            Item::Block(block) => block,
            Item::Attribute(attribute) => {
                let message = format!("`{}` stands in no block", attribute.name.text);
                problems.push(Problem::new("KL003", attribute.name.span, message));
                continue;
            }
        };
        let name = &*block.name.text;
        match BLOCKS.iter().find(|(known, _)| *known == name) {
            Some((_, labels)) if *labels == block.labels.len() => {}
            Some((_, labels)) => {
                let message = format!("a `{name}` block has {labels} labels, not {}", block.labels.len());
                problems.push(Problem::new("KL003", block.header, message));
            }
            None if NEWER.contains(&name) => {}
            None => {
                let problem = Problem::new("KL003", block.name.span, format!("there is no block `{name}`"));
                problems.push(match nearest(name, BLOCKS.iter().map(|(known, _)| *known)) {
                    Some(meant) => problem.with_help(format!("`{meant}` is near")),
                    None => problem,
                });
            }
        }
    }
}

/// Reports what is wrong with the declared blocks.
pub(super) fn check(declarations: &Declarations, problems: &mut Vec<Problem>) {
    for variable in declarations.variables.values() {
        arguments(&variable.block, &VARIABLE, problems);
        if RESERVED.contains(&&*variable.name.text) {
            let message = format!("no variable is named `{}`", variable.name.text);
            problems.push(Problem::new("KL003", variable.name.span, message));
        }
        let Some(default) = variable.default() else { continue };
        if !variable.nullable && matches!(default.kind, ExprKind::Null) {
            problems.push(Problem::new("KL003", default.span, "the variable is not nullable"));
        }
        constant(default, problems);
    }
    for output in declarations.outputs.values() {
        arguments(&output.block, &OUTPUT, problems);
        needs(&output.block, &["value"], problems);
    }
    for block in &declarations.others {
        match &*block.name.text {
            "check" => check_block(block, problems),
            "terraform" => settings(block, problems),
            _ => {}
        }
    }
    super::moves::check(declarations, problems);
    provider_blocks(declarations, problems);
    names(declarations, problems);
    let calls = declarations.calls.values().map(|call| &call.block);
    for block in declarations.resources.iter().map(|resource| &resource.block).chain(calls) {
        // Where one of them is in an override file Terraform takes `count`.
        if let (Some(first), Some(second)) = (block.body.attribute("count"), block.body.attribute("for_each"))
            && first.span.file == second.span.file
        {
            let message = "`count` and `for_each` exclude each other";
            problems.push(Problem::new("KL003", second.name.span, message));
        }
    }
    for resource in &declarations.resources {
        if resource.mode == Mode::Managed && &*resource.type_name.text == "terraform_data" {
            arguments(&resource.block, &TERRAFORM_DATA, problems);
        }
        match resource.block.body.attribute("provider") {
            Some(attribute) => provider(declarations, &attribute.value, problems),
            None if is_not_built_in(declarations, resource) => {
                let (what, name) = (&resource.block.name.text, &resource.type_name);
                let message = format!("Terraform itself has no {what} `{}`", name.text);
                problems.push(Problem::new("KL003", name.span, message));
            }
            None => {}
        }
    }
    for call in declarations.calls.values() {
        needs(&call.block, &["source"], problems);
        if let (Some((source, span)), true) = (&call.source, call.block.body.attribute("version").is_some())
            && (source.starts_with("./") || source.starts_with("../"))
        {
            let message = "a module at a local path has no `version`";
            problems.push(Problem::new("KL003", *span, message));
        }
        let Some(attribute) = call.block.body.attribute("providers") else { continue };
        if let ExprKind::Object(items) = &attribute.value.kind {
            items.iter().for_each(|item| provider(declarations, &item.value, problems));
        }
    }
}

/// Reports what an expression calls that must be constant: a default, a value in a file of values.
pub(super) fn constant(expression: &Expr, problems: &mut Vec<Problem>) {
    if let Some(span) = call_in(expression) {
        problems.push(Problem::new("KL003", span, "functions are not called here"));
    }
}

/// The first call in an expression. The parser limits its depth.
fn call_in(expression: &Expr) -> Option<Span> {
    if let ExprKind::Call(_) = &expression.kind {
        return Some(expression.span);
    }
    let mut found = None;
    expression.each_child(&mut |inner| found = found.or_else(|| call_in(inner)));
    found
}

/// Reports arguments of a block that it does not have.
pub(super) fn arguments(block: &Block, known: &[&str], problems: &mut Vec<Problem>) {
    let unknown = block.body.attributes().filter(|attribute| !known.contains(&&*attribute.name.text));
    for attribute in unknown {
        let name = &attribute.name;
        let message = format!("a `{}` block has no argument `{}`", block.name.text, name.text);
        let problem = Problem::new("KL003", name.span, message);
        problems.push(match nearest(&name.text, known.iter().copied()) {
            Some(meant) => problem.with_help(format!("`{meant}` is near")),
            None => problem,
        });
    }
}

/// Whether the arguments are all there; reports the first that is missing.
pub(super) fn needs(block: &Block, names: &[&str], problems: &mut Vec<Problem>) -> bool {
    let mut missing = names.iter().filter(|name| block.body.attribute(name).is_none());
    let Some(first) = missing.next() else { return true };
    let message = format!("a `{}` block needs `{first}`", block.name.text);
    problems.push(Problem::new("KL003", block.header, message));
    false
}

fn check_block(block: &Block, problems: &mut Vec<Problem>) {
    if !block.body.blocks().any(|inner| &*inner.name.text == "assert") {
        problems.push(Problem::new("KL003", block.header, "a `check` block needs an `assert` block"));
    }
}

/// Reports what a `terraform` block does not have. In the JSON syntax its blocks are arguments.
fn settings(block: &Block, problems: &mut Vec<Problem>) {
    arguments(block, &TERRAFORM, problems);
    for inner in block.body.blocks().filter(|inner| !TERRAFORM.contains(&&*inner.name.text)) {
        let message = format!("a `terraform` block has no block `{}`", inner.name.text);
        let problem = Problem::new("KL003", inner.name.span, message);
        problems.push(match nearest(&inner.name.text, TERRAFORM.iter().copied()) {
            Some(meant) => problem.with_help(format!("`{meant}` is near")),
            None => problem,
        });
    }
}

/// Reports the second configuration of a provider under one name. Those of an override file go into
/// those that they override.
fn provider_blocks(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<(&str, Option<&str>, FileId), Span> = HashMap::new();
    for block in declarations.others.iter().filter(|block| &*block.name.text == "provider") {
        let alias = match block.body.attribute("alias").map(|it| &it.value.kind) {
            None => None,
            Some(ExprKind::String(text)) => Some(text.as_str()),
            Some(_) => continue,
        };
        let Some(label) = block.labels.first() else { continue };
        match seen.entry((&label.text, alias, block.header.file)) {
            Entry::Vacant(entry) => {
                entry.insert(block.header);
            }
            Entry::Occupied(first) => problems.push(
                Problem::new("KL003", block.header, "the provider is configured twice under this name")
                    .with_related(*first.get(), "the first time"),
            ),
        }
    }
}

/// Reports names that are none.
///
/// Source: <https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers>.
fn names(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let blocks = declarations.variables.values().map(|it| &it.block);
    let blocks = blocks.chain(declarations.outputs.values().map(|it| &it.block));
    let blocks = blocks.chain(declarations.calls.values().map(|it| &it.block));
    let blocks = blocks.chain(declarations.resources.iter().map(|it| &it.block));
    for name in blocks.filter_map(|block| block.labels.last()) {
        let mut characters = name.text.chars();
        let starts = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
        if !starts || !characters.all(|it| it.is_alphanumeric() || matches!(it, '_' | '-')) {
            let message = "a name starts with a letter or `_` and has letters, digits, `_` and `-` only";
            problems.push(Problem::new("KL003", name.span, message));
        }
    }
}

/// A configuration of a provider that is named: of an alias that is declared, or that callers give.
fn provider(declarations: &Declarations, named: &Expr, problems: &mut Vec<Problem>) {
    let named = match &named.kind {
        // OpenTofu names one of several.
        ExprKind::Index(base, _) => base,
        _ => named,
    };
    let ExprKind::Attribute(base, alias) = &named.kind else { return };
    let ExprKind::Variable(name) = &base.kind else { return };
    let mut providers = declarations.others.iter().filter(|block| &*block.name.text == "provider");
    let declared = providers.any(|block| {
        let is_it = block.labels.first().is_some_and(|label| label.text == name.text);
        is_it
            && block.body.attribute("alias").is_some_and(|it| match &it.value.kind {
                ExprKind::String(text) => text.as_str() == &*alias.text,
                _ => true,
            })
    });
    if !declared && !is_passed(declarations, &name.text, &alias.text) {
        let message = format!("the provider `{}.{}` is not configured in this module", name.text, alias.text);
        problems.push(Problem::new("KL003", named.span, message));
    }
}

/// Whether a block is of a type of Terraform's own provider, and of none that it has.
fn is_not_built_in(declarations: &Declarations, resource: &ResourceBlock) -> bool {
    let known: &[&str] = match &*resource.block.name.text {
        "resource" => &["terraform_data"],
        "data" => &["terraform_remote_state"],
        _ => &[],
    };
    let name = &*resource.type_name.text;
    let is_own = name.starts_with("terraform_") && !known.contains(&name);
    // Another provider may have the name.
    is_own && declarations.required_providers().all(|entry| &*entry.name.text != "terraform")
}

/// Whether the module says that its callers configure a provider.
fn is_passed(declarations: &Declarations, name: &str, alias: &str) -> bool {
    let mut aliases = declarations.required_providers().filter_map(|entry| match &entry.value.kind {
        ExprKind::Object(items) => items.iter().find(|item| match &item.key.kind {
            ExprKind::String(key) => key.as_str() == "configuration_aliases",
            _ => false,
        }),
        _ => None,
    });
    aliases.any(|item| match &item.value.kind {
        ExprKind::List(elements) => elements.iter().any(|element| match &element.kind {
            ExprKind::Attribute(base, found) => {
                &*found.text == alias && matches!(&base.kind, ExprKind::Variable(base) if &*base.text == name)
            }
            // In the JSON syntax.
            ExprKind::String(text) => text.as_str().split_once('.') == Some((name, alias)),
            _ => false,
        }),
        _ => true,
    })
}
