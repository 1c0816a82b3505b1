//! What is wrong by form with `terraform` blocks: what they have, the versions that they ask for, the
//! providers that they require, and where they keep the state.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/terraform>.

use std::collections::HashMap;

use keylint_model::{Problem, nearest};
use keylint_source::{FileId, Span};
use keylint_syntax::hcl::{Attribute, Block, Expr, ExprKind};

use super::blocks::arguments;
use super::declarations::Declarations;

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

/// What is said of a provider that is required.
const PROVIDER: [&str; 3] = ["source", "version", "configuration_aliases"];

/// What stands before a version, longer ones first.
const OPERATORS: [&str; 7] = ["!=", ">=", "<=", "~>", "=", ">", "<"];

/// Reports what is wrong with the `terraform` blocks of a module.
pub(super) fn check(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut seen = HashMap::new();
    for block in declarations.others.iter().filter(|block| &*block.name.text == "terraform") {
        known(block, problems);
        if let Some(attribute) = block.body.attribute("required_version") {
            constraint(&attribute.value, Prereleases::None, problems);
        }
        for inner in block.body.blocks() {
            match &*inner.name.text {
                "required_providers" => {
                    single(&mut seen, inner, "required_providers", problems);
                    inner.body.attributes().for_each(|entry| provider(entry, problems));
                    for block in inner.body.blocks() {
                        let message =
                            "what is required of a provider is an argument, with `=` before the brace";
                        problems.push(Problem::new("KL003", block.header, message));
                    }
                }
                "backend" if inner.labels.is_empty() => {
                    let message = "a `backend` block has the kind of the backend as its label";
                    problems.push(Problem::new("KL003", inner.header, message));
                }
                "backend" | "cloud" => single(&mut seen, inner, "backend", problems),
                _ => {}
            }
        }
    }
}

/// Reports what a block does not have. In the JSON syntax its blocks are arguments.
fn known(block: &Block, problems: &mut Vec<Problem>) {
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

/// Reports the second of what a module has once. One in an override file replaces the first.
fn single<'b>(
    seen: &mut HashMap<(&'b str, FileId), Span>,
    block: &'b Block,
    what: &'static str,
    problems: &mut Vec<Problem>,
) {
    let first = *seen.entry((what, block.header.file)).or_insert(block.header);
    if first != block.header {
        let message = match what {
            "backend" => "the state is kept in one place only",
            _ => "the providers that are required stand in one block",
        };
        problems.push(Problem::new("KL003", block.header, message).with_related(first, "the first time"));
    }
}

/// One entry of `required_providers`.
fn provider(entry: &Attribute, problems: &mut Vec<Problem>) {
    match &entry.value.kind {
        ExprKind::Object(items) => {
            for item in items {
                let ExprKind::String(key) = &item.key.kind else { continue };
                match key.as_str() {
                    "version" => constraint(&item.value, Prereleases::Any, problems),
                    "source" => source(&item.value, problems),
                    "configuration_aliases" => {}
                    other => {
                        let message = format!("a provider that is required has no `{other}`");
                        let problem = Problem::new("KL003", item.key.span, message);
                        problems.push(match nearest(other, PROVIDER) {
                            Some(meant) => problem.with_help(format!("`{meant}` is near")),
                            None => problem,
                        });
                    }
                }
            }
        }
        // The form before Terraform 0.13.
        _ => constraint(&entry.value, Prereleases::Any, problems),
    }
}

/// The address of a provider: `[HOST/]NAMESPACE/TYPE`.
fn source(expression: &Expr, problems: &mut Vec<Problem>) {
    let ExprKind::String(text) = &expression.kind else { return };
    let parts: Vec<&str> = text.as_str().split('/').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty()) {
        let message =
            "the source of a provider is `NAMESPACE/TYPE`, with a host before it where it needs one";
        problems.push(Problem::new("KL003", expression.span, message));
    }
}

/// Which prereleases a constraint may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prereleases {
    /// None: Terraform compares itself without them.
    None,
    Any,
}

/// Reports what is no constraint of versions.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>.
pub(super) fn constraint(expression: &Expr, prereleases: Prereleases, problems: &mut Vec<Problem>) {
    let message = match &expression.kind {
        ExprKind::String(text) => {
            let all: Option<Vec<Kind>> = text.as_str().split(',').map(read).collect();
            match all {
                None => "this is no constraint of versions",
                Some(all) if prereleases == Prereleases::None && all.contains(&Kind::Prerelease) => {
                    "a prerelease is no version to ask for here"
                }
                Some(_) => return,
            }
        }
        ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) | ExprKind::Call(_) => {
            "a constraint of versions refers to nothing and calls nothing"
        }
        ExprKind::List(_) | ExprKind::Object(_) => "a constraint of versions is a string",
        _ => return,
    };
    problems.push(Problem::new("KL003", expression.span, message));
}

/// What a version is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Release,
    Prerelease,
}

/// An operator and a version as Terraform reads them: numbers with dots, then what comes before the
/// release, then what it is made of.
fn read(text: &str) -> Option<Kind> {
    let text = text.trim();
    let operator = OPERATORS.into_iter().find(|operator| text.starts_with(operator)).unwrap_or_default();
    let version = text.get(operator.len()..)?.trim_start();
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, metadata) = match version.split_once('+') {
        Some((version, metadata)) => (version, Some(metadata)),
        None => (version, None),
    };
    let end = version.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(version.len());
    let (numbers, before) = version.split_at_checked(end)?;
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'~'))
    };
    let is_version = numbers.split('.').all(is_number)
        && (end == version.len() || before.split('.').all(is_word))
        && metadata.is_none_or(|metadata| metadata.split('.').all(is_word));
    is_version.then_some(if end < version.len() { Kind::Prerelease } else { Kind::Release })
}

/// Whether the module says where its state is kept, which those that others call leave to these.
pub(super) fn keeps_state(declarations: &Declarations) -> bool {
    let settings = declarations.others.iter().filter(|block| &*block.name.text == "terraform");
    let mut blocks = settings.flat_map(|block| block.body.blocks());
    blocks.any(|block| matches!(&*block.name.text, "backend" | "cloud"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_terraform_reads_them() {
        for right in
            ["1", ">= 1.0", "~>1.2.3", "= v1.0", "1.0.0-beta.1+b", "1.0-1", "1.2.3alpha", "!=1", "1-"]
        {
            assert!(read(right).is_some(), "{right}");
        }
        for wrong in ["", "nope", "1.x", "=> 1", ">= 1 2", "1.", "1..2", "1.0+", ">", "^1.0", "1.0-a..b"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
