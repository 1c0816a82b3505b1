//! What the data source rejects in a `statement` block, beyond what AWS would.
//!
//! Source: the schema and `dataSourcePolicyDocumentReplaceVarsInList` in the provider's
//! `internal/service/iam/policy_document_data_source.go`. That a `sid` has letters and digits only
//! was asked for by few versions and taken back in 5.84
//! (<https://github.com/hashicorp/terraform-provider-aws/issues/40639>).

use keylint_model::{Data, Problem, Value};
use keylint_source::Span;

use super::blocks::several;

/// The nested blocks, with the arguments that each needs.
const REQUIRED: [(&str, &[&str]); 3] = [
    ("principals", &["type", "identifiers"]),
    ("not_principals", &["type", "identifiers"]),
    ("condition", &["test", "variable", "values"]),
];

/// What is wrong with the version of a document.
pub(super) fn version(version: &Value, span: Span) -> Option<Problem> {
    let known = version.as_str()?;
    let message = "the version of a policy is `2008-10-17` or `2012-10-17`";
    (!matches!(known, "2008-10-17" | "2012-10-17"))
        .then(|| Problem::new("KL003", version.origin.span.unwrap_or(span), message))
}

/// What is wrong with a block. `old` when the document is of the version without variables.
pub(super) fn statement(block: &Value, old: bool, span: Span) -> Vec<Problem> {
    let Some(map) = block.as_map() else { return Vec::new() };
    let mut problems = Vec::new();
    let mut reject = |value: &Value, message: &str| {
        let span = value.origin.span.or(block.origin.span).unwrap_or(span);
        problems.push(Problem::new("KL003", span, message));
    };
    if let Some((effect, known)) = map.value("effect").and_then(|it| Some((it, it.as_str()?)))
        && !matches!(known, "Allow" | "Deny")
    {
        reject(effect, "the effect of a statement is `Allow` or `Deny`");
    }
    for (name, required) in REQUIRED {
        let nested = map.value(name).map(several).unwrap_or_default();
        for inner in nested.iter().filter(|inner| inner.as_map().is_some_and(|map| map.rest.is_none())) {
            let is_there = |name: &&&str| {
                inner.as_map().and_then(|map| map.value(name)).is_some_and(|value| !value.is_null())
            };
            if let Some(missing) = required.iter().find(|name| !is_there(name)) {
                reject(inner, &format!("`{missing}` is missing in `{name}`"));
            }
        }
    }
    if old {
        variables_in(block, &mut |value| {
            reject(value, "`&{` is not supported in a document of version 2008-10-17");
        });
    }
    problems
}

/// Calls for each string with `&{` in what the provider replaces it in.
fn variables_in(block: &Value, found: &mut dyn FnMut(&Value)) {
    fn search(value: &Value, found: &mut dyn FnMut(&Value)) {
        match &value.data {
            Data::String(text) if text.contains("&{") => found(value),
            Data::List(list) => list.elements.iter().for_each(|element| search(element, found)),
            Data::Map(map) => map.entries.values().for_each(|entry| search(&entry.value, found)),
            _ => {}
        }
    }
    for name in ["resources", "not_resources", "principals", "not_principals", "condition"] {
        if let Some(value) = block.as_map().and_then(|map| map.value(name)) {
            search(value, found);
        }
    }
}
