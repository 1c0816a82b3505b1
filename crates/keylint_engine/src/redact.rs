//! Hides credentials in the words of findings, as [`crate::mask`] does in the text of files.

use std::sync::Arc;

use keylint_model::Address;
use keylint_rules::Finding;

use crate::mask::redact;
use crate::report::UndecidedPlace;

/// Hides what has the shape of a credential in everything that a finding says.
pub(crate) fn finding(finding: &mut Finding) {
    text(&mut finding.message);
    finding.related.iter_mut().for_each(|related| text(&mut related.message));
    finding.help.iter_mut().for_each(text);
    finding.resource.iter_mut().chain(&mut finding.instances).for_each(address);
    finding.construct.iter_mut().for_each(shared);
    finding.statement.iter_mut().filter_map(|statement| statement.sid.as_mut()).for_each(shared);
}

/// The same of what could not be decided. Its reason names variables and functions only.
pub(crate) fn undecided(place: &mut UndecidedPlace) {
    address(&mut place.undecided.resource);
}

fn text(text: &mut String) {
    if let Some(hidden) = redact(text) {
        *text = hidden;
    }
}

fn shared(text: &mut Arc<str>) {
    if let Some(hidden) = redact(text) {
        *text = hidden.into();
    }
}

fn address(address: &mut Address) {
    if let Some(hidden) = redact(address.as_str()) {
        *address = Address::new(hidden);
    }
}
