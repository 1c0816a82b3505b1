//! How long policies may be, and how many there may be.

use super::table::{find_row, rows};
use crate::kind::PolicyKind;

const TABLE: &str = include_str!("../../data/limits.tsv");
const VIA: &str = include_str!("../../data/via-services.tsv");
const ACROSS: &str = include_str!("../../data/cross-account-key-actions.txt");

/// The actions on a KMS key that work for another account; permissions of other accounts for the rest of
/// KMS have no effect.
/// Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key".
pub fn key_actions_across_accounts() -> impl Iterator<Item = &'static str> {
    ACROSS.lines().filter(|line| !line.starts_with('#'))
}

/// A limit of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited, such as `managed-policy`.
    pub name: &'static str,
    /// The limit, unless AWS raised it for the account.
    pub default: usize,
    /// What AWS can raise it to; as `default` if it cannot.
    pub maximum: usize,
    /// What is counted.
    pub unit: Unit,
    /// Whether white space between the parts of the JSON is counted; none if AWS does not say.
    pub counts_white_space: Option<bool>,
    /// The page of AWS that says so.
    pub source: &'static str,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Characters of the document.
    Characters,
    /// Bytes of the document.
    Bytes,
    /// Documents.
    Policies,
}

/// All limits in the order of their names.
pub fn limits() -> impl Iterator<Item = Limit> {
    rows(TABLE).filter_map(|row| read(&row))
}

/// The limit with a name of the table: `managed-policy`, `inline-policies-of-role`, `bucket-policy`, ….
pub fn limit(name: &str) -> Option<Limit> {
    read(&find_row(TABLE, name)?)
}

/// How long one document of a kind may be. None for kinds that need to know more: an identity policy
/// may be inline or managed, a resource policy of any service.
pub fn size_limit(kind: PolicyKind) -> Option<Limit> {
    limit(match kind {
        PolicyKind::Boundary => "managed-policy",
        PolicyKind::Session => "session-policies",
        PolicyKind::Trust => "trust-policy",
        PolicyKind::Key => "key-policy",
        PolicyKind::Secret => "secret-policy",
        PolicyKind::Scp => "scp",
        PolicyKind::Rcp => "rcp",
        PolicyKind::Endpoint => "endpoint-policy",
        PolicyKind::Identity | PolicyKind::Resource => return None,
    })
}

fn read(row: &[&'static str]) -> Option<Limit> {
    let [name, default, maximum, unit, white_space, source] = *row else { return None };
    let default = default.parse().ok()?;
    let unit = match unit {
        "characters" => Unit::Characters,
        "bytes" => Unit::Bytes,
        "policies" => Unit::Policies,
        _ => return None,
    };
    let counts_white_space = match white_space {
        "counted" => Some(true),
        "ignored" => Some(false),
        _ => None,
    };
    Some(Limit {
        name,
        default,
        maximum: maximum.parse().unwrap_or(default),
        unit,
        counts_white_space,
        source,
    })
}

/// The names that a value of `kms:ViaService` can start with, each once, in order: `secretsmanager` of
/// `secretsmanager.eu-central-1.amazonaws.com`. The value ends in `.amazonaws.com` in every partition.
///
/// Source: AWS KMS Developer Guide, "AWS KMS condition keys", "Services that support the
/// `kms:ViaService` condition key".
pub fn via_service_names() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    rows(VIA).filter_map(|row| row.first().copied()).filter(move |name| {
        let is_new = *name != last;
        last = name;
        is_new
    })
}

/// Whether a value of `kms:ViaService` can start with a name.
pub fn is_via_service(name: &str) -> bool {
    find_row(VIA, name).is_some()
}
