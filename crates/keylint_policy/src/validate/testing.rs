//! What the tests of the validator share.

use super::{Check, Checks, Issue, Usage, validate};
use crate::document::Document;
use crate::kind::PolicyKind;

/// What all checks find in a document of a kind.
pub(super) fn issues(document: &Document, kind: PolicyKind) -> Vec<Issue<'_>> {
    let usage = Usage { kind, is_guessed: false, holder: None, is_part: false };
    validate(document, usage, Checks::all())
}

/// The same of a text, each as the name of its check and the value. Left out is the check that finds
/// something in nearly every test.
pub(super) fn found(text: &str, kind: PolicyKind) -> Vec<String> {
    let document = crate::testing::document(text);
    let issues = issues(&document, kind);
    issues
        .iter()
        .filter(|issue| issue.check != Check::ResourceStar)
        .map(|issue| format!("{} {}", issue.check.name(), issue.value))
        .collect()
}

/// The same of one statement in a document of the current version.
pub(super) fn of_statement(statement: &str, kind: PolicyKind) -> Vec<String> {
    found(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#), kind)
}
