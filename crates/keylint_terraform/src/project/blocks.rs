//! What is wrong with the blocks of a module by their form alone: unknown ones, missing arguments,
//! addresses that are or are not declared.
//!
//! Source: <https://developer.hashicorp.com/terraform/language>, the page of each block.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keylint_model::{Mode, Problem, nearest};
use keylint_source::Span;
use keylint_syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, Name, UnaryOperator, is_identifier};

use super::declarations::{Declarations, ModuleCall, ResourceBlock, alias};
use super::settings;
use super::walk::Walker;

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

/// Names that arguments of a module call have.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/// The arguments of the resource type that Terraform has built in, its own among them.
const TERRAFORM_DATA: [&str; 6] =
    ["input", "triggers_replace", "count", "for_each", "depends_on", "provider"];

/// The arguments of the data source that Terraform has built in, its own among them.
const REMOTE_STATE: [&str; 8] =
    ["backend", "config", "defaults", "workspace", "count", "for_each", "depends_on", "provider"];

/// Reports what stands at the top level of a file and is none of Terraform's blocks: nothing of it
/// is checked.
pub(super) fn unknown(body: &Body, problems: &mut Vec<Problem>) {
    for item in &body.items {
        let block = match item {
            Item::Block(block) => block,
            Item::Attribute(attribute) => {
                let message = format!("`{}` stands in no block", attribute.name.text);
                problems.push(Problem::new("KL003", attribute.name.span, message).leaving_out());
                continue;
            }
        };
        let name = &*block.name.text;
        match BLOCKS.iter().find(|(known, _)| *known == name) {
            Some((_, labels)) if *labels == block.labels.len() => {}
            Some((_, labels)) => {
                let message = format!("a `{name}` block has {labels} labels, not {}", block.labels.len());
                problems.push(Problem::new("KL003", block.header, message).leaving_out());
            }
            None if NEWER.contains(&name) => {}
            None => {
                let problem = Problem::new("KL003", block.name.span, format!("there is no block `{name}`"));
                let problem = problem.leaving_out();
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
    variables_and_outputs(declarations, problems);
    for block in declarations.others.iter().filter(|block| &*block.name.text == "check") {
        check_block(block, problems);
    }
    settings::check(declarations, problems);
    super::moves::check(declarations, problems);
    provider_blocks(declarations, problems);
    names(declarations, problems);
    let calls = declarations.calls.values().map(|call| &call.block);
    for block in declarations.resources.iter().map(|resource| &resource.block).chain(calls) {
        super::lifecycle::dependencies(block, problems);
        // Where one of them is in an override file Terraform takes `count`.
        if let (Some(first), Some(second)) = (block.body.attribute("count"), block.body.attribute("for_each"))
            && first.span.file == second.span.file
        {
            let message = "`count` and `for_each` exclude each other";
            problems.push(Problem::new("KL003", second.name.span, message));
        }
    }
    for resource in &declarations.resources {
        built_in(declarations, resource, problems);
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
    declarations.calls.values().for_each(|call| module_call(declarations, call, problems));
}

fn variables_and_outputs(declarations: &Declarations, problems: &mut Vec<Problem>) {
    for variable in declarations.variables.values() {
        arguments(&variable.block, &VARIABLE, problems);
        if RESERVED.contains(&&*variable.name.text) {
            let message = format!("no variable is named `{}`", variable.name.text);
            problems.push(Problem::new("KL003", variable.name.span, message));
        }
        constants(&variable.block, problems);
        let Some(default) = variable.default() else { continue };
        if !variable.nullable && matches!(default.kind, ExprKind::Null) {
            problems.push(Problem::new("KL003", default.span, "the variable is not nullable"));
        }
        constant(default, problems);
    }
    for output in declarations.outputs.values() {
        arguments(&output.block, &OUTPUT, problems);
        needs(&output.block, &["value"], problems);
        constants(&output.block, problems);
        super::lifecycle::dependencies(&output.block, problems);
    }
}

/// Reports what is wrong with a block of Terraform's own provider.
fn built_in(declarations: &Declarations, resource: &ResourceBlock, problems: &mut Vec<Problem>) {
    match (resource.mode, &*resource.type_name.text) {
        (Mode::Managed, "terraform_data") => arguments(&resource.block, &TERRAFORM_DATA, problems),
        (Mode::Data, "terraform_remote_state")
            if !resource.is_ephemeral() && has_own_provider(declarations) =>
        {
            arguments(&resource.block, &REMOTE_STATE, problems);
            needs(&resource.block, &["backend"], problems);
        }
        _ => {}
    }
}

fn module_call(declarations: &Declarations, call: &ModuleCall, problems: &mut Vec<Problem>) {
    let has_source = needs(&call.block, &["source"], problems);
    if let Some(source) = call.block.body.attribute("source").filter(|_| has_source)
        && matches!(source.value.kind, ExprKind::Null)
    {
        problems.push(Problem::new("KL003", source.value.span, "the source of a module is null"));
    }
    if let Some(attribute) = call.block.body.attribute("version")
        && let ExprKind::String(_) = &attribute.value.kind
    {
        settings::constraint(&attribute.value, settings::Prereleases::Any, problems);
    }
    if let (Some((source, span)), true) = (&call.source, call.block.body.attribute("version").is_some())
        && (source.starts_with("./") || source.starts_with("../"))
    {
        let message = "a module at a local path has no `version`";
        problems.push(Problem::new("KL003", *span, message));
    }
    let Some(attribute) = call.block.body.attribute("providers") else { return };
    match &attribute.value.kind {
        ExprKind::Object(items) => {
            items.iter().for_each(|item| provider(declarations, &item.value, problems));
        }
        ExprKind::Invalid => {}
        _ => {
            let message = "`providers` is a map that is written as it stands";
            problems.push(Problem::new("KL003", attribute.value.span, message));
        }
    }
}

/// Whether a `provider` block has the name of Terraform's own.
pub(crate) fn is_own_provider(block: &Block) -> bool {
    block.labels.first().is_some_and(|label| &*label.text == "terraform")
}

/// Whether a block of the type of Terraform's own provider is one of that: another provider may have
/// the name.
pub(crate) fn has_own_provider(declarations: &Declarations) -> bool {
    has_provider(declarations, "terraform", |source| source == Some("terraform.io/builtin/terraform"))
}

/// Whether blocks of the types of a provider are of the one that has this name, or of a fork of it.
pub(crate) fn is_of_provider(declarations: &Declarations, name: &str) -> bool {
    has_provider(declarations, name, |source| {
        source.is_none_or(|source| source.rsplit('/').next() == Some(name))
    })
}

/// Whether each source that is named for a provider is one of these.
fn has_provider(declarations: &Declarations, name: &str, is_it: impl Fn(Option<&str>) -> bool) -> bool {
    let mut named = declarations.required_providers().filter(|entry| &*entry.name.text == name);
    named.all(|entry| {
        let ExprKind::Object(items) = &entry.value.kind else { return is_it(None) };
        is_it(items.iter().find_map(|item| match (&item.key.kind, &item.value.kind) {
            (ExprKind::String(key), ExprKind::String(source)) if key.as_str() == "source" => {
                Some(source.as_str())
            }
            _ => None,
        }))
    })
}

/// Reports what is not constant of what is said of a variable or output.
fn constants(block: &Block, problems: &mut Vec<Problem>) {
    for attribute in block.body.attributes() {
        match &*attribute.name.text {
            "sensitive" | "ephemeral" | "nullable" => boolean(attribute, problems),
            "description" if open_part(&attribute.value).is_some() => {
                let message = "a description refers to nothing and calls nothing";
                problems.push(Problem::new("KL003", attribute.value.span, message));
            }
            "description" if matches!(attribute.value.kind, ExprKind::Null) => {
                problems.push(Problem::new("KL003", attribute.value.span, "a description is no null"));
            }
            _ => {}
        }
    }
}

/// Reports what is not a constant boolean.
pub(super) fn boolean(attribute: &Attribute, problems: &mut Vec<Problem>) {
    if is_no_boolean(&attribute.value) || open_part(&attribute.value).is_some() {
        let message = format!("`{}` is true or false, without references and calls", attribute.name.text);
        problems.push(Problem::new("KL003", attribute.value.span, message));
    }
}

/// Whether an expression is certainly neither true nor false.
pub(crate) fn is_no_boolean(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::String(text) => literal_boolean(text.as_str()).is_none(),
        ExprKind::List(_) | ExprKind::Object(_) | ExprKind::Null | ExprKind::Number(_) => true,
        ExprKind::Unary(UnaryOperator::Negate, _) => true,
        ExprKind::Parenthesis(inner) => is_no_boolean(inner),
        _ => false,
    }
}

/// The boolean that a text converts to.
pub(super) fn literal_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether an expression names something as it is: attributes, and keys that are written.
pub(super) fn is_fixed_reference(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Variable(_) => true,
        ExprKind::Attribute(base, _) => is_fixed_reference(base),
        ExprKind::Index(base, key) => {
            matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_)) && is_fixed_reference(base)
        }
        _ => false,
    }
}

/// What is said of a block in a file of values.
pub(super) const NO_BLOCKS: &str = "a file of values has no blocks: write `=` before the brace";

/// Reports what is wrong with a file of values.
pub(super) fn values(body: &Body, problems: &mut Vec<Problem>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => constant(&attribute.value, problems),
            Item::Block(block) => {
                problems.push(Problem::new("KL003", block.header, NO_BLOCKS));
            }
        }
    }
}

/// Reports what an expression calls that must be constant: a default, a value in a file of values.
pub(super) fn constant(expression: &Expr, problems: &mut Vec<Problem>) {
    if let Some(span) = call_in(expression) {
        problems.push(Problem::new("KL003", span, "functions are not called here"));
    }
}

/// The first reference or call in an expression, where it has one.
pub(crate) fn open_part(expression: &Expr) -> Option<Span> {
    let mut found = call_in(expression);
    let note = |name: &Name, steps: &[Option<&Name>]| {
        let span = steps.first().copied().flatten().map_or(name.span, |first| name.span.cover(first.span));
        found = found.or(Some(span));
    };
    Walker::new(note).expression(expression);
    found
}

/// The first call in an expression. The parser limits its depth.
pub(super) fn call_in(expression: &Expr) -> Option<Span> {
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

/// Reports the second configuration of a provider under one name. One of an override file has gone
/// into the one that it overrides.
fn provider_blocks(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<(&str, Option<&str>), Span> = HashMap::new();
    for block in declarations.others.iter().filter(|block| &*block.name.text == "provider") {
        let under = alias(block);
        if under.is_none() && block.body.attribute("alias").is_some() {
            continue;
        }
        let Some(label) = block.labels.first() else { continue };
        match seen.entry((&label.text, under)) {
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
        if !is_identifier(&name.text) {
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
    name.starts_with("terraform_") && !known.contains(&name) && has_own_provider(declarations)
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
