//! CloudFormation templates as keylint stacks.
//!
//! The service itself resolves a template in one pass: parameters and mappings are literals,
//! conditions are boolean expressions over them, and everything else is a tree of intrinsic
//! functions without variables or recursion. This crate mirrors that: [`load`] indexes the sections
//! of the template, decides conditions on demand, and evaluates each resource's properties to values
//! that keep their places. Nothing here fails: what the service would reject is a problem of the
//! stack (KL003), and what only deployment decides is unknown with its reason.
//!
//! A parameter with a default stands for that default, as a Terraform variable does, unless a
//! condition asks for it: then it may be what the template lists or compares it with as well. One
//! without stays open, and so do the conditions over it.

mod asked;
mod broken;
mod call;
mod cdk;
mod conditions;
mod constraints;
mod dynamic;
mod environment;
mod evaluate;
mod existence;
mod given;
mod include;
mod links;
mod loops;
mod nested;
mod parameter;
mod project;
mod properties;
mod resource;
mod rules;
mod sam;
mod sections;
mod secure;
mod subject;
mod suppressions;
mod template;
mod types;
mod work;

use std::sync::Mutex;

use keylint_model::{CallSite, Problem, Stack};
use keylint_source::SourceFile;
use keylint_syntax::data::Node;

use nested::Frame;
use resource::{Parts, Sources};
use template::Template;

pub use cdk::Environment;
pub use given::Given;
pub use project::{Evaluated, ParsedFile, Project};

/// The stack that a template describes, read alone: what it names on disk stays unknown, which
/// [`Project`] does not leave so. Whether the document is a template at all is for the caller to
/// say; a section that is missing is an empty one here.
pub fn load(file: &SourceFile, root: &Node) -> Stack {
    parts(root, None).into_stack(file)
}

/// The stack of a file that may hold several YAML documents. The first is taken as the template;
/// any other is reported, because the service accepts a single document.
pub fn load_documents(file: &SourceFile, documents: &[Node]) -> Option<Stack> {
    load_in(file, documents, None)
}

fn load_in(file: &SourceFile, documents: &[Node], frame: Option<&Frame<'_>>) -> Option<Stack> {
    let (root, others) = documents.split_first()?;
    let account = frame.and_then(|frame| frame.environment.account.clone());
    let mut stack = parts(root, frame).into_stack(file).with_account(account);
    for other in others {
        let span = other.span.start_point();
        let problem = Problem::new("KL001", span, "a template is a single document, and this starts another")
            .with_help("move it to a file of its own: CloudFormation reads one document per template");
        stack.problems.push(problem);
    }
    Some(stack)
}

/// Whether AWS's schemas have a property of a resource type: the names that lead to it, without the
/// indices of lists. `None` where they do not say: the type has no schema, or the property lies in
/// JSON or deeper than the table goes.
pub fn has_property(type_name: &str, path: &[impl AsRef<str>]) -> Option<bool> {
    let mut names = types::Names::of(type_name)?;
    for (index, name) in path.iter().map(AsRef::as_ref).enumerate() {
        if names.is_open() {
            return None;
        }
        if !names.contains(name) {
            return Some(false);
        }
        if index + 1 < path.len() {
            names = names.inside(name)?;
        }
    }
    Some(true)
}

/// What a template declares: its snippets are put in their place, its loops unrolled, and what the
/// transform of SAM makes is added, in the order in which the service does it.
fn parts(root: &Node, frame: Option<&Frame<'_>>) -> Parts {
    let mut problems = Vec::new();
    let included = frame.filter(|frame| frame.has_snippets()).and_then(|frame| {
        include::expand(root, frame.directory(), &|path, is_top| frame.snippet(path, is_top), &mut problems)
    });
    let root = included.as_ref().map_or(root, |included| &included.root);
    let corrected = sections::corrected(root, &mut problems);
    let root = corrected.as_ref().unwrap_or(root);
    sections::check(root, &mut problems);
    let given = frame.and_then(|frame| frame.given.as_ref());
    let alone = Mutex::default();
    let budget = frame.map_or(&alone, |frame| &*frame.loops);
    let unrolled = loops::expand(root, given, budget, &mut problems);
    let corrected = unrolled.as_ref().and_then(|unrolled| sections::corrected(unrolled, &mut problems));
    let root = corrected.as_ref().or(unrolled.as_ref()).unwrap_or(root);
    let written = root;
    let mut expanded = sam::expand(root, &mut problems);
    let mut sources = Sources::default();
    let mut opaque = Vec::new();
    if let Some(expanded) = &mut expanded {
        sources.made = std::mem::take(&mut expanded.made);
        opaque = std::mem::take(&mut expanded.opaque);
    }
    let root = expanded.as_ref().map_or(root, |expanded| &expanded.root);
    let mut template = Template::new(root, frame, &mut problems);
    template.included = included.as_ref().map(|included| included.sites.clone()).unwrap_or_default();
    let names = || match template.rewritten {
        true => Vec::new(),
        false => properties::check(written),
    };
    let (mut parts, unknown_names) = rayon::join(|| resource::parts(&template, &sources, problems), names);
    parts.problems.extend(unknown_names);
    let named =
        opaque.into_iter().map(|site| CallSite { address: template.address(site.address.as_str()), ..site });
    parts.opaque.extend(named);
    let (suppressions, misunderstood) = suppressions::declared(written);
    parts.suppressions.extend(suppressions);
    parts.problems.extend(misunderstood);
    parts
}

#[cfg(test)]
mod tests;
