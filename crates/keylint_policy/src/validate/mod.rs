//! Validates a policy document: what AWS would reject, and what it accepts without effect.
//!
//! One walk over a document calls the checks of every part at the part itself, so that a document is
//! read once however many rules are on. A check reports an [`Issue`]; which rule it belongs to, how
//! bad it is and what is said of it is in the rule page that binds the check by its name. A part that
//! only deployment knows is passed over by every check that needs it.
//!
//! Source of what the checks mean: IAM User Guide, "IAM policy validation check reference".

mod check;
mod document;
mod issue;
mod statement;
mod walk;

#[cfg(test)]
mod testing;

pub use check::{Check, Checks};
pub use issue::{Fate, Issue, Suggestion};

use crate::document::Document;
use crate::kind::PolicyKind;
pub(crate) use walk::Walk;

/// What is known of a document besides what is written in it.
#[derive(Clone, Copy, Debug)]
pub struct Usage<'u> {
    /// What kind of policy it is.
    pub kind: PolicyKind,
    /// Whether the kind is only a guess from the shape of the document.
    pub is_guessed: bool,
    /// What it is attached to, as a kind of the kind table: `s3.bucket`. `None` for a bare document.
    pub holder: Option<&'u str>,
    /// Whether it may be only a part of a policy: others can add statements to it.
    pub is_part: bool,
}

/// The issues of a document that the wanted checks find, in the order of the document.
pub fn validate<'d>(document: &'d Document, usage: Usage<'d>, wanted: Checks) -> Vec<Issue<'d>> {
    let mut walk = Walk::new(document, usage, wanted);
    document::check(&mut walk);
    for statement in &document.statements {
        walk.enter(statement);
    }
    walk.into_issues()
}
