//! What is wrong with the blocks of a module by their form alone: unknown ones, missing arguments,
//! addresses that are or are not declared.
//!
//! Source: <https://developer.hashicorp.com/terraform/language>, the page of each block.

use keylint_model::{Mode, Problem, nearest};
use keylint_source::Span;
use keylint_syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, TemplatePart};

use super::declarations::{Declarations, Kind, ResourceBlock};

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
            "import" => import(declarations, block, problems),
            "moved" => moved(declarations, block, problems),
            "removed" => removed(declarations, block, problems),
            _ => {}
        }
    }
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
    match &expression.kind {
        ExprKind::Call(_) => Some(expression.span),
        ExprKind::List(elements) => elements.iter().find_map(call_in),
        ExprKind::Object(items) => {
            items.iter().find_map(|item| call_in(&item.key).or_else(|| call_in(&item.value)))
        }
        ExprKind::Template(template) => template.parts.iter().find_map(|part| match part {
            TemplatePart::Interpolation(inner) => call_in(inner),
            _ => None,
        }),
        ExprKind::Parenthesis(inner) | ExprKind::Unary(_, inner) => call_in(inner),
        ExprKind::Binary(_, a, b) => call_in(a).or_else(|| call_in(b)),
        ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().find_map(|inner| call_in(inner)),
        _ => None,
    }
}

fn arguments(block: &Block, known: &[&str], problems: &mut Vec<Problem>) {
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

/// Whether the arguments are all there.
fn needs(block: &Block, names: &[&str], problems: &mut Vec<Problem>) -> bool {
    let mut missing = names.iter().filter(|name| block.body.attribute(name).is_none());
    let Some(first) = missing.next() else { return true };
    let message = format!("a `{}` block needs `{first}`", block.name.text);
    problems.push(Problem::new("KL003", block.header, message));
    false
}

fn check_block(block: &Block, problems: &mut Vec<Problem>) {
    let mut asserts = block.body.blocks().filter(|inner| &*inner.name.text == "assert").peekable();
    if asserts.peek().is_none() {
        problems.push(Problem::new("KL003", block.header, "a `check` block needs an `assert` block"));
    }
    for assert in asserts {
        needs(assert, &["condition", "error_message"], problems);
    }
}

fn import(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    let named = block.body.attribute("identity").is_some();
    if !needs(block, if named { &["to"] } else { &["to", "id"] }, problems) {
        return;
    }
    if let Some(address) = address(block, "to")
        && !address.is_declared(declarations)
    {
        let message = "the resource that is imported is not declared";
        problems.push(Problem::new("KL003", address.span, message));
    }
}

fn moved(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    if !needs(block, &["from", "to"], problems) {
        return;
    }
    let (Some(from), Some(to)) = (address(block, "from"), address(block, "to")) else { return };
    if from.is_module() != to.is_module() {
        let message = "a module and a resource do not become each other";
        problems.push(Problem::new("KL003", block.header, message));
    } else if !from.names_instance && from.steps != to.steps && from.declared(declarations).is_some() {
        problems.push(Problem::new("KL003", from.span, "what is moved is still declared"));
    }
}

fn removed(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    if !needs(block, &["from"], problems) {
        return;
    }
    let Some(from) = address(block, "from") else { return };
    if from.names_instance {
        let message = "all instances of a resource or a module are removed, not one";
        problems.push(Problem::new("KL003", from.span, message));
    } else if let Some(declared) = from.declared(declarations) {
        problems.push(
            Problem::new("KL003", declared, "what is removed is still declared")
                .with_related(from.span, "removed here"),
        );
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
    is_own && required_providers(declarations).all(|entry| &*entry.name.text != "terraform")
}

fn required_providers(declarations: &Declarations) -> impl Iterator<Item = &Attribute> {
    let settings = declarations.others.iter().filter(|block| &*block.name.text == "terraform");
    let required = settings.flat_map(|block| block.body.blocks());
    let required = required.filter(|block| &*block.name.text == "required_providers");
    required.flat_map(|block| block.body.attributes())
}

/// Whether the module says that its callers configure a provider.
fn is_passed(declarations: &Declarations, name: &str, alias: &str) -> bool {
    let mut aliases = required_providers(declarations).filter_map(|entry| match &entry.value.kind {
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
            _ => false,
        }),
        _ => true,
    })
}

/// An address as `moved` and its kin write it.
struct Address {
    /// The names in it, without indices.
    steps: Vec<String>,
    /// Whether its last step is an index.
    names_instance: bool,
    span: Span,
}

fn address(block: &Block, name: &str) -> Option<Address> {
    let expression = &block.body.attribute(name)?.value;
    let mut steps = Vec::new();
    let mut inner = expression;
    loop {
        match &inner.kind {
            ExprKind::Attribute(base, name) => {
                steps.push(name.text.to_string());
                inner = base;
            }
            ExprKind::Index(base, _) => inner = base,
            ExprKind::Variable(name) => {
                steps.push(name.text.to_string());
                break;
            }
            _ => return None,
        }
    }
    steps.reverse();
    let names_instance = matches!(expression.kind, ExprKind::Index(..));
    Some(Address { steps, names_instance, span: expression.span })
}

impl Address {
    /// Whether it is that of a module call, not of something in it.
    fn is_module(&self) -> bool {
        self.steps.len().is_multiple_of(2) && self.steps.iter().step_by(2).all(|step| step == "module")
    }

    /// Where it is declared in this module. What lies in a module that is called counts as declared
    /// with its call for whoever wants it there, and is not looked for by others.
    fn declared(&self, declarations: &Declarations) -> Option<Span> {
        let steps: Vec<&str> = self.steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["module", name] => declarations.calls.get(*name).map(|call| call.block.header),
            ["resource", type_name, name] | [type_name, name] => {
                let position = declarations.resource(Kind::Managed, &(*type_name).into(), name)?;
                declarations.resources.get(position).map(|resource| resource.block.header)
            }
            _ => None,
        }
    }

    fn is_declared(&self, declarations: &Declarations) -> bool {
        match self.steps.first().map(String::as_str) {
            Some("module") if self.steps.len() > 2 => {
                self.steps.get(1).is_some_and(|name| declarations.calls.contains_key(&**name))
            }
            _ => self.declared(declarations).is_some(),
        }
    }
}
