//! The actions that a pattern stands for.

use super::action::Action;
use super::catalogue::services;
use super::table::starting;
use crate::glob::matches_known;

/// The known actions that an action of a policy matches: `kms:*`, `s3:Get?bject*`, `*`, in the order
/// of services and names. A pattern without a colon matches nothing, unless it is `*`.
///
/// The data is as old as [`super::date`] says, so an action that AWS added later is missing.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Action".
pub fn expand(pattern: &str) -> impl Iterator<Item = Action> {
    let (prefix, name) = match pattern.split_once(':') {
        Some((prefix, name)) => (prefix, name),
        None if pattern == "*" => ("*", "*"),
        None => ("", ""),
    };
    let head = name.split(['*', '?']).next().unwrap_or_default();
    services().filter(move |service| matches(prefix, service.prefix())).flat_map(move |service| {
        let candidates = starting(&service.block().actions, head, |action| action.name);
        let matching = candidates.iter().filter(move |action| matches(name, action.name));
        matching.map(move |data| Action::new(service, data))
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    matches_known(pattern, text, |one, other| one.eq_ignore_ascii_case(&other))
}
