//! What the validator says of the policies that AWS itself writes.

use keylint_model::{Data, Value, World};
use keylint_syntax::Text;

use super::{Check, Checks, Fate, Usage, validate};
use crate::document::{Document, Parsed};
use crate::kind::PolicyKind;
use crate::service::managed_policies;

/// Whether a rule page reports an issue of the check as an error.
fn is_error(check: Check, fate: Fate) -> bool {
    let is_above = check < Check::UntrustworthyConditionKey
        || matches!(check, Check::Characters | Check::BadMfaCondition);
    match fate {
        Fate::Accepted => false,
        Fate::Rejected => true,
        Fate::Unknown => is_above,
    }
}

#[test]
fn policies_of_aws_have_no_errors() {
    let mut errors: Vec<String> = Vec::new();
    let mut count = 0;
    for policy in managed_policies() {
        let value = Value::synthetic(Data::String(Text::synthetic(policy.document())));
        let Ok(Parsed::Document(document)) = Document::parse(&value, &World::open()) else {
            panic!("{}", policy.name())
        };
        count += 1;
        let usage =
            Usage { kind: PolicyKind::Identity, is_guessed: false, holder: Some("aws"), is_part: false };
        for issue in validate(&document, usage, Checks::all()) {
            if is_error(issue.check, issue.fate) {
                errors.push(format!("{}: {} {}", policy.name(), issue.check.name(), issue.value));
            }
        }
    }
    assert!(count > 1_000, "{count}");
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
