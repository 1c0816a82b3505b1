//! The actions that a pattern stands for.

use super::action::Action;
use super::catalogue::{service, services};
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
    // Whatever starts so is matched, and was found by that.
    let is_head = head.is_ascii() && name.strip_prefix(head) == Some("*");
    // Most patterns name their service, which is found faster than compared.
    let is_any = prefix.contains(['*', '?']);
    let named = service(prefix).filter(|_| !is_any);
    let any = services().filter(move |service| is_any && matches(prefix, service.prefix()));
    named.into_iter().chain(any).flat_map(move |service| {
        let candidates = starting(&service.block().actions, head, |action| action.name);
        let matching = candidates.iter().filter(move |action| is_head || matches(name, action.name));
        matching.map(move |data| Action::new(service, data))
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    matches_known(pattern, text, |one, other| one.eq_ignore_ascii_case(&other))
}
