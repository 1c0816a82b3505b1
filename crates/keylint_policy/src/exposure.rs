//! Actions that return data or credentials, and actions that change who may use what: tables whose
//! sources and dates their files name.

use std::sync::LazyLock;

use crate::service::rows;

const EXPOSURES: &str = include_str!("../data/exposure.tsv");
const CHANGES: &str = include_str!("../data/policy-changes.tsv");

/// An action that returns data or credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The action: `s3:GetObject`.
    pub action: &'static str,
    /// The service and the last field of the ARN of what it reads; `None` where it takes no resource.
    pub resource: Option<(&'static str, &'static str)>,
    /// What it returns, for a sentence: `objects of buckets`.
    pub returns: &'static str,
}

/// All that return data or credentials.
pub fn exposures() -> &'static [Exposure] {
    static READ: LazyLock<Vec<Exposure>> =
        LazyLock::new(|| rows(EXPOSURES).filter_map(|row| exposure(&row)).collect());
    &READ
}

fn exposure(row: &[&'static str]) -> Option<Exposure> {
    let [action, resource, returns] = *row else { return None };
    let resource = if resource == "*" { None } else { Some(resource.split_once(':')?) };
    Some(Exposure { action, resource, returns })
}

/// The actions of a service that change who may use its resources, and those on what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PolicyChange {
    /// The service: `s3`.
    pub(crate) service: &'static str,
    /// What changes policies or ACLs: `s3:PutBucketPolicy`.
    pub(crate) changes: Vec<&'static str>,
    /// What uses the data: `s3:GetObject`.
    pub(crate) data: Vec<&'static str>,
}

/// All services of the table.
pub(crate) fn policy_changes() -> &'static [PolicyChange] {
    static READ: LazyLock<Vec<PolicyChange>> =
        LazyLock::new(|| rows(CHANGES).filter_map(|row| change(&row)).collect());
    &READ
}

fn change(row: &[&'static str]) -> Option<PolicyChange> {
    let [service, changes, data] = *row else { return None };
    Some(PolicyChange { service, changes: changes.split(' ').collect(), data: data.split(' ').collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        assert_eq!(exposures().len(), rows(EXPOSURES).count());
        assert_eq!(policy_changes().len(), rows(CHANGES).count());
        assert!(exposures().len() > 30 && policy_changes().len() > 5);
        assert!(exposures().iter().all(|exposure| exposure.action.contains(':')));
    }
}
