//! What AWS publishes about its services: actions, resource types, condition keys, managed policies,
//! Regions, limits.
//!
//! The facts are files under `data/`, most written by `cargo xtask update-aws-data` and dated; the
//! code knows none of them. They are looked up where they lie. A service's actions are packed and
//! are unpacked when somebody first asks for them, so that a run pays for the few services that its
//! policies name. All texts live as long as the program; what is returned is small and can be copied.
//!
//! Names are compared without regard to case, as AWS compares prefixes, actions and condition keys.

mod action;
mod arn;
mod block;
mod catalogue;
mod expand;
mod key;
mod limit;
mod managed;
mod near;
mod place;
mod resource_policy;
mod sets;
mod table;
mod unlisted;

#[cfg(test)]
mod tests;

pub use action::{AccessLevel, Action, ActionResource, ResourceType};
pub use arn::ArnForm;
pub use catalogue::{Service, action, is_family_of_keys, rcp_services, service, services, services_of_arn};
pub use expand::expand;
pub use key::{ConditionKey, KeyType, condition_key, global_keys};
pub use limit::{
    Limit, Unit, is_via_service, key_actions_across_accounts, limit, limits, size_limit, via_service_names,
};
pub use managed::{ManagedPolicy, managed_policies, managed_policy};
pub use near::{nearest_action, nearest_key, nearest_service};
pub use place::{Partition, Region, partition, partitions, region, regions};
pub use resource_policy::{ResourcePolicies, Whole, resource_policies, whole_resource};
pub(crate) use sets::KeySet;
pub(crate) use table::rows;
pub(crate) use unlisted::{has_plain_names, is_without_account, unlisted_forms};
pub use unlisted::{is_unlisted_action, is_unlisted_condition_key, is_unlisted_key, is_unlisted_service};

/// The day that the data about services is of, as `2026-10-27`.
pub fn date() -> &'static str {
    date_of("services.tsv")
}

/// The day that a generated file's data is of.
fn date_of(file: &str) -> &'static str {
    let made = table::rows(include_str!("../../data/generated.tsv"));
    made.filter_map(|row| Some((row.first().copied()?, row.get(1).copied()?)))
        .find_map(|(name, date)| (name == file).then_some(date))
        .unwrap_or_default()
}
