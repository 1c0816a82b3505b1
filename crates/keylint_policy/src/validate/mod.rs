//! Validates a policy document: what AWS would reject, and what it accepts without effect.
//!
//! One walk over a document calls the checks of every part at the part itself, so that a document is
//! read once however many rules are on. A check reports an [`Issue`]; which rule it belongs to, how
//! bad it is and what is said of it is in the rule page that binds the check by its name. A part that
//! only deployment knows is passed over by every check that needs it.
//!
//! Source of what the checks mean: IAM User Guide, "IAM policy validation check reference".

mod action;
mod arn;
mod caller;
mod check;
mod condition;
mod document;
mod federation;
mod fields;
mod form;
mod holder;
mod issue;
mod keys;
mod listed;
mod names;
mod network;
mod perimeter;
mod principal;
mod reach;
mod redundancy;
mod roles;
mod size;
mod statement;
mod tags;
mod text;
mod values;
mod variable;
mod walk;

#[cfg(test)]
mod managed;
mod mfa;
#[cfg(test)]
mod testing;

pub use check::{Check, Checks};
pub(crate) use issue::Said;
pub use issue::{Change, Fate, Issue, Repeat, Suggestion};
pub(crate) use reach::works_nowhere;

use crate::document::{Document, Statement};
use crate::element::Element;
use crate::kind::PolicyKind;
pub use walk::MAX_ISSUES;
pub(crate) use walk::Walk;

/// The text of a value, where all of it is known and none of it is a placeholder (`<my-vpc>`, `{{ account }}`):
/// what somebody else fills in is as unknown as a hole.
pub(crate) fn known(element: &Element) -> Option<&str> {
    element.as_known().filter(|text| !is_placeholder(text))
}

/// Whether a text has a part that is to be filled in. No name of AWS has such brackets.
pub(crate) fn is_placeholder(text: &str) -> bool {
    // One character is looked for faster than two, and most texts have none.
    (text.contains('{') && text.contains("{{"))
        || text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'))
}

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
    size::check(&mut walk);
    for statement in &document.statements {
        walk.enter(statement);
    }
    text::sids(&mut walk);
    redundancy::statements(&mut walk);
    federation::roles_anywhere(&mut walk);
    walk.into_issues()
}

/// As [`validate`], of the statements alone of which the world decides something in which the document
/// was read.
pub fn validate_decided<'d>(document: &'d Document, usage: Usage<'d>, wanted: Checks) -> Vec<Issue<'d>> {
    let mut walk = Walk::new(document, usage, wanted);
    let decided = |statement: &&Statement| statement.reading.is_decided();
    document.statements.iter().filter(decided).for_each(|statement| walk.enter(statement));
    walk.into_issues()
}
