//! What is wrong by form with provisioners and the connections that they use, and what both take.
//!
//! Terraform looks at the connection of a resource only where a provisioner uses it, and joins it with
//! the one that the provisioner has itself; of what it joins it overlooks names that it does not know.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax>.

use std::sync::LazyLock;

use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::hcl::{Block, Expr, ExprKind, Name};

use super::blocks::{arguments, needs};
use super::declarations::ResourceBlock;
use super::lifecycle::TERRAFORM_DATA;
use super::walk::Walker;
use crate::types::Type;

const TABLE: &str = include_str!("../../data/provisioners.tsv");

/// What every provisioner has.
const OF_ALL: [&str; 2] = ["when", "on_failure"];

/// The provisioners that Terraform 0.15 removed.
///
/// Source: <https://developer.hashicorp.com/terraform/language/upgrade-guides/0-15>.
const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

/// An argument of a provisioner or of a connection.
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    /// The provisioner, or `connection`.
    of: &'static str,
    is_needed: bool,
}

/// The arguments of a provisioner, or of a `connection`; none of a provisioner that is not known.
pub(crate) fn taken(of: &str) -> impl Iterator<Item = &'static Argument> {
    static ARGUMENTS: LazyLock<Vec<Argument>> = LazyLock::new(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(read).collect()
    });
    ARGUMENTS.iter().filter(move |argument| argument.of == of)
}

fn read(line: &'static str) -> Option<Argument> {
    let mut fields = line.split('\t');
    let (of, name, ty) = (fields.next()?, fields.next()?, fields.next()?);
    let ty = match ty {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list(string)" => Type::List(Box::new(Type::String)),
        "map(string)" => Type::Map(Box::new(Type::String)),
        _ => return None,
    };
    Some(Argument { name, ty, of, is_needed: fields.next() == Some("needed") })
}

/// The arguments of a provisioner of which one is there, and no second one.
pub(crate) fn exclusive(of: &str) -> &'static [&'static str] {
    match of {
        "remote-exec" => &["inline", "script", "scripts"],
        "file" => &["source", "content"],
        _ => &[],
    }
}

/// The nested blocks of a name.
pub(crate) fn blocks<'b>(block: &'b Block, name: &'static str) -> impl Iterator<Item = &'b Block> {
    block.body.blocks().filter(move |inner| &*inner.name.text == name)
}

/// Whether an expression reads what differs from instance to instance: Terraform does not know that
/// when it looks at what is of a wrong type.
pub(crate) fn reads_instance(expression: &Expr) -> bool {
    reads(expression, |root| matches!(root, "each" | "count" | "self"))
}

/// Whether an expression reads what only a plan knows.
pub(crate) fn reads_resources(expression: &Expr) -> bool {
    reads(expression, |root| !matches!(root, "var" | "local" | "path" | "terraform" | "tofu"))
}

fn reads(expression: &Expr, wanted: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    Walker::new(|name: &Name, _: &[Option<&Name>]| found |= wanted(&name.text)).expression(expression);
    found
}

/// Reports what is wrong with the provisioners and connections of a resource.
pub(super) fn check(resource: &ResourceBlock, problems: &mut Vec<Problem>) {
    let base = connection_of(&resource.block, problems);
    let provisioners: Vec<&Block> = blocks(&resource.block, "provisioner").collect();
    let mut joined = Vec::with_capacity(provisioners.len());
    for provisioner in &provisioners {
        provisioned(provisioner, problems);
        joined.push(connection_of(provisioner, problems));
    }
    match base {
        Some(base) if !provisioners.is_empty() => {
            if joined.iter().any(Option::is_none) {
                connection(base, problems);
            }
            // One of them may have it.
            if !joined.iter().all(|own| own.is_some_and(|own| own.body.attribute("host").is_some())) {
                needed(base, "connection", problems);
            }
        }
        Some(_) => {}
        None => {
            for own in joined.into_iter().flatten() {
                connection(own, problems);
                needed(own, "connection", problems);
            }
        }
    }
    of_instances(resource, base, &provisioners, problems);
    for provisioner in provisioners.into_iter().filter(|block| is_of_destruction(block)) {
        destruction(provisioner, problems);
        blocks(&resource.block, "connection").for_each(|block| destruction(block, problems));
    }
}

/// The connection of a resource or of a provisioner, which has one at most.
fn connection_of<'b>(block: &'b Block, problems: &mut Vec<Problem>) -> Option<&'b Block> {
    let mut connections = blocks(block, "connection");
    let first = connections.next()?;
    if let Some(second) = connections.next() {
        let message = format!("a `{}` block has one `connection`", block.name.text);
        problems.push(Problem::new("KL003", second.header, message).with_related(first.header, "the first"));
    }
    if let Some(label) = first.labels.first() {
        problems.push(Problem::new("KL003", label.span, "a `connection` block has no label"));
    }
    Some(first)
}

/// The names in a connection.
fn connection(block: &Block, problems: &mut Vec<Problem>) {
    let names: Vec<&str> = taken("connection").map(|argument| argument.name).collect();
    arguments(block, &names, problems);
    no_blocks(block, &[], problems);
}

fn needed(block: &Block, of: &str, problems: &mut Vec<Problem>) {
    let names: Vec<&str> = taken(of).filter(|it| it.is_needed).map(|it| it.name).collect();
    needs(block, &names, problems);
}

fn no_blocks(block: &Block, known: &[&str], problems: &mut Vec<Problem>) {
    for inner in block.body.blocks().filter(|inner| !known.contains(&&*inner.name.text)) {
        let message = format!("a `{}` block has no block `{}`", block.name.text, inner.name.text);
        problems.push(Problem::new("KL003", inner.name.span, message));
    }
}

/// What every provisioner has, and what those have that come with Terraform.
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
    let [kind] = block.labels.as_slice() else {
        let message = format!("a `provisioner` block has 1 label, not {}", block.labels.len());
        return problems.push(Problem::new("KL003", block.header, message));
    };
    if REMOVED.contains(&&*kind.text) {
        let message = format!("Terraform has no provisioner `{}` since version 0.15", kind.text);
        problems.push(Problem::new("KL003", kind.span, message));
    }
    let names: Vec<&str> = taken(&kind.text).map(|argument| argument.name).chain(OF_ALL).collect();
    if names.len() == OF_ALL.len() {
        return;
    }
    arguments(block, &names, problems);
    no_blocks(block, &["connection"], problems);
    needed(block, &kind.text, problems);
    let choice = exclusive(&kind.text);
    if !choice.is_empty() && choice.iter().all(|name| block.body.attribute(name).is_none()) {
        let message = format!("a `{}` provisioner needs `{}`", kind.text, choice.join("` or `"));
        problems.push(Problem::new("KL003", block.header, message));
    }
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

/// Reports what is read of an instance that it does not have. Terraform looks at every reference, also in
/// arms that are not taken.
fn of_instances(
    resource: &ResourceBlock,
    base: Option<&Block>,
    provisioners: &[&Block],
    problems: &mut Vec<Problem>,
) {
    let note = |is_destruction: bool| {
        move |name: &Name, steps: &[Option<&Name>], problems: &mut Vec<Problem>| {
            let Some(step) = steps.first().copied().flatten() else { return };
            // What runs at the end has no value of an instance, whatever the instance is.
            let is_said = is_destruction && &*name.text == "each" && &*step.text != "key";
            if let Some(message) = missing(resource, &name.text, &step.text).filter(|_| !is_said) {
                problems.push(Problem::new("KL003", name.span.cover(step.span), message));
            }
        }
    };
    for provisioner in provisioners {
        let note = note(is_of_destruction(provisioner));
        Walker::new(|name: &Name, steps: &[Option<&Name>]| note(name, steps, problems))
            .provisioner(&provisioner.body);
    }
    let own = |name: &str| {
        let of = |provisioner: &&Block| {
            blocks(provisioner, "connection").next().is_some_and(|own| own.body.attribute(name).is_some())
        };
        provisioners.iter().all(of)
    };
    for attribute in base.into_iter().flat_map(|base| base.body.attributes()) {
        if !own(&attribute.name.text) {
            let note = note(false);
            Walker::new(|name: &Name, steps: &[Option<&Name>]| note(name, steps, problems))
                .expression(&attribute.value);
        }
    }
}

/// Why what is read of an instance is not there.
fn missing(resource: &ResourceBlock, root: &str, step: &str) -> Option<String> {
    let has = |argument: &str| resource.block.body.attribute(argument).is_some();
    let is_there = match root {
        "each" => has("for_each") && matches!(step, "key" | "value"),
        "count" => has("count") && step == "index",
        "self" if &*resource.type_name.text == "terraform_data" => {
            if !TERRAFORM_DATA.contains(&step) {
                return Some(format!("`terraform_data` has no attribute `{step}`"));
            }
            true
        }
        _ => true,
    };
    (!is_there).then(|| format!("there is no `{root}.{step}` here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_they_are_sorted() {
        let rows: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.is_sorted());
        assert!(rows.iter().all(|row| read(row).is_some()), "{rows:?}");
        for of in ["remote-exec", "file"] {
            assert!(exclusive(of).iter().all(|name| taken(of).any(|it| it.name == *name)), "{of}");
        }
    }
}
