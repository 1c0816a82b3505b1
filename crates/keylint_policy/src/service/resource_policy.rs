//! What the policies of a service's resources can and must have, and what a service has instead of a resource.

use std::sync::LazyLock;

use super::table::rows;

const TABLE: &str = include_str!("../../data/resource-policies.tsv");
const WHOLES: &str = include_str!("../../data/whole-resources.tsv");

/// The policies of the resources of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourcePolicies {
    /// The service as its actions name it: `s3`.
    pub service: &'static str,
    /// Whether it is known to answer plain HTTP as well.
    pub serves_http: bool,
    /// Whether they are known to take actions and ARNs of the service alone.
    pub is_own_alone: bool,
    /// Whether every statement is known to need `Resource`.
    pub needs_resource: bool,
}

static READ: LazyLock<Vec<ResourcePolicies>> =
    LazyLock::new(|| rows(TABLE).filter_map(|row| read(&row)).collect());

fn read(row: &[&'static str]) -> Option<ResourcePolicies> {
    let [service, http, own, resource, _] = *row else { return None };
    let is = |field: &str| match field {
        "yes" => Some(true),
        "-" => Some(false),
        _ => None,
    };
    Some(ResourcePolicies {
        service,
        serves_http: is(http)?,
        is_own_alone: is(own)?,
        needs_resource: is(resource)?,
    })
}

/// What the requests of a service that name no resource are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// `*` alone.
    Star,
    /// A path, in requests for a list.
    Path,
}

/// What the requests of a service that name no resource are for, where AWS says it.
/// Source: `data/whole-resources.tsv`.
pub fn whole_resource(service: &str) -> Option<Whole> {
    rows(WHOLES).find_map(|row| match row[..] {
        [known, "*", _] if known.eq_ignore_ascii_case(service) => Some(Whole::Star),
        [known, "path", _] if known.eq_ignore_ascii_case(service) => Some(Whole::Path),
        _ => None,
    })
}

/// What is known of the policies of a service's resources, in any case.
pub fn resource_policies(service: &str) -> Option<ResourcePolicies> {
    READ.iter().find(|known| known.service.eq_ignore_ascii_case(service)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::service;

    #[test]
    fn every_line_is_of_a_service() {
        assert_eq!(READ.len(), rows(TABLE).count());
        assert!(READ.iter().all(|known| service(known.service).is_some()));
        assert!(rows(TABLE).all(|row| row.last().is_some_and(|sources| sources.starts_with("https://"))));
        let is_whole = |row: Vec<&str>| match row[..] {
            [known, _, page] => whole_resource(known).is_some() && page.starts_with("https://"),
            _ => false,
        };
        assert!(rows(WHOLES).all(is_whole));
        assert!(READ.iter().any(|known| known.serves_http) && READ.iter().any(|known| !known.serves_http));
    }
}
