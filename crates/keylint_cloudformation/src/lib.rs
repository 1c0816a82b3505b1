//! CloudFormation templates as keylint stacks.
//!
//! The service itself resolves a template in one pass: parameters and mappings are literals,
//! conditions are boolean expressions over them, and everything else is a tree of intrinsic
//! functions without variables or recursion. This crate mirrors that: [`load`] indexes the sections
//! of the template, decides conditions on demand, and evaluates each resource's properties to values
//! that keep their places. Nothing here fails: what the service would reject is a problem of the
//! stack (KL003), and what only deployment decides is unknown with its reason.
//!
//! A parameter with a default stands for that default, as a Terraform variable does; one without
//! stays open, and so do the conditions over it.

mod call;
mod conditions;
mod dynamic;
mod evaluate;
mod loops;
mod parameter;
mod resource;
mod sam;
mod subject;
mod template;

use keylint_model::{Problem, Stack};
use keylint_source::SourceFile;
use keylint_syntax::data::Node;

/// The stack that a template describes. Whether the document is a template at all is for the
/// caller to say; a section that is missing is an empty one here.
pub fn load(file: &SourceFile, root: &Node) -> Stack {
    let mut problems = Vec::new();
    let unrolled = loops::expand(root, &mut problems);
    let root = unrolled.as_ref().unwrap_or(root);
    let expanded = sam::expand(root, &mut problems);
    let root = expanded.as_ref().map_or(root, |expanded| &expanded.root);
    let template = template::Template::new(root, &mut problems);
    let made = expanded.as_ref().map(|expanded| &expanded.made);
    let mut stack = resource::stack(file, &template, made, problems);
    stack.missing_modules.extend(expanded.into_iter().flat_map(|expanded| expanded.opaque));
    stack
}

/// The stack of a file that may hold several YAML documents. The first is taken as the template;
/// any other is reported, because the service accepts a single document.
pub fn load_documents(file: &SourceFile, documents: &[Node]) -> Option<Stack> {
    let (root, others) = documents.split_first()?;
    let mut stack = load(file, root);
    for other in others {
        let span = other.span.start_point();
        let problem = Problem::new("KL001", span, "a template is a single document, and this starts another")
            .with_help("move it to a file of its own: CloudFormation reads one document per template");
        stack.problems.push(problem);
    }
    Some(stack)
}

#[cfg(test)]
mod tests;
