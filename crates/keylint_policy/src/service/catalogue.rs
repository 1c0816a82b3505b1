//! The services, found by their prefix.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use super::action::{Action, ResourceType};
use super::block::Block;
use super::key::ConditionKey;
use super::table::{find, order, rows};

const TABLE: &str = include_str!("../../data/services.tsv");
const BLOCKS: &[u8] = include_bytes!("../../data/services.bin");

#[derive(Debug)]
struct Entry {
    prefix: &'static str,
    name: &'static str,
    supports_rcp: bool,
    packed: &'static [u8],
    length: usize,
    block: OnceLock<Block>,
}

/// In the order of their prefixes.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| rows(TABLE).filter_map(|row| entry(&row)).collect());

/// Prefixes of condition keys that a service of another prefix uses, each with the service.
static FAMILIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| pairs("keys"));

/// Service fields of ARNs that a service of another prefix has, each with the service.
static ARNS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| pairs("arn"));

/// The lines of a kind.
fn pairs(kind: &str) -> Vec<(&'static str, &'static str)> {
    let pairs = rows(TABLE).filter_map(|row| match row[..] {
        [of, name, prefix] if of == kind => Some((name, prefix)),
        _ => None,
    });
    pairs.collect()
}

fn entry(row: &[&'static str]) -> Option<Entry> {
    let ["service", prefix, name, supports, start, packed, length] = *row else { return None };
    let start: usize = start.parse().ok()?;
    let packed = BLOCKS.get(start..)?.get(..packed.parse().ok()?)?;
    let length = length.parse().ok()?;
    Some(Entry { prefix, name, supports_rcp: supports == "rcp", packed, length, block: OnceLock::new() })
}

/// A service of AWS as policies know it: what stands before the colon of an action.
///
/// Source: Service Authorization Reference,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
#[derive(Clone, Copy)]
pub struct Service(&'static Entry);

/// The service with a prefix such as `kms`, in any case.
pub fn service(prefix: &str) -> Option<Service> {
    find(&ENTRIES, prefix, |entry| entry.prefix).map(Service)
}

/// All services in the order of their prefixes.
pub fn services() -> impl Iterator<Item = Service> {
    ENTRIES.iter().map(Service)
}

/// The services whose actions a resource control policy can name.
///
/// Source: Organizations User Guide, "Resource control policies (RCPs)", "List of AWS services that
/// support RCPs".
pub fn rcp_services() -> impl Iterator<Item = Service> {
    services().filter(|service| service.supports_rcp())
}

/// The action of a text such as `kms:Decrypt`, without wildcards, in any case.
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    service(prefix)?.action(name)
}

/// The services that have resource types whose ARNs have this service field, in its case: `kafka` has
/// those of `kafka` and `kafka-cluster`. None for a field that no ARN of the data has.
pub fn services_of_arn(field: &str) -> impl Iterator<Item = Service> {
    let own = service(field).filter(|service| service.prefix() == field);
    let others = ARNS.iter().filter(move |(name, _)| *name == field);
    own.into_iter().chain(others.filter_map(|(_, prefix)| service(prefix)))
}

/// The services that use condition keys which may be the one of this name, although its prefix is
/// not theirs: `accounts.google.com:aud` is a key of `sts`.
pub(super) fn services_of_key(name: &str) -> impl Iterator<Item = Service> {
    let families = FAMILIES.iter().filter(move |(family, _)| {
        let head = family.split("${").next().unwrap_or(family);
        name.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
    });
    families.filter_map(|(_, prefix)| service(prefix))
}

/// Whether a service uses condition keys that start so, although it is no service's prefix: `saml`.
pub fn is_family_of_keys(prefix: &str) -> bool {
    let heads = FAMILIES.iter().filter_map(|(family, _)| family.split(':').next());
    heads.into_iter().any(|head| head.eq_ignore_ascii_case(prefix))
}

impl Service {
    /// The prefix, in lower case: `kms`.
    pub fn prefix(self) -> &'static str {
        self.0.prefix
    }

    /// The name for people: `AWS Key Management Service`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether a resource control policy can name the service's actions.
    pub fn supports_rcp(self) -> bool {
        self.0.supports_rcp
    }

    pub(super) fn block(self) -> &'static Block {
        self.0.block.get_or_init(|| Block::unpack(self.0.packed, self.0.length))
    }

    /// The text of the block.
    #[cfg(test)]
    pub(super) fn lines(self) -> std::str::Lines<'static> {
        super::table::unpack(self.0.packed, self.0.length).lines()
    }

    /// The action of this name, without prefix and wildcards, in any case.
    pub fn action(self, name: &str) -> Option<Action> {
        find(&self.block().actions, name, |action| action.name).map(|data| Action::new(self, data))
    }

    /// All actions in the order of their names.
    pub fn actions(self) -> impl ExactSizeIterator<Item = Action> {
        self.block().actions.iter().map(move |data| Action::new(self, data))
    }

    /// The resource type of this name, as in the Service Authorization Reference, in any case.
    pub fn resource_type(self, name: &str) -> Option<ResourceType> {
        find(&self.block().types, name, |data| data.name).map(|data| ResourceType::new(self, data))
    }

    /// All resource types in the order of their names.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ResourceType> {
        self.block().types.iter().map(move |data| ResourceType::new(self, data))
    }

    /// The condition keys that the service's page lists; some are global (`aws:ResourceTag/${TagKey}`)
    /// or of another service.
    pub fn condition_keys(self) -> impl ExactSizeIterator<Item = ConditionKey> {
        self.block().keys.iter().copied()
    }

    /// The key of [`Service::condition_keys`] that a name in a policy means: `kms:EncryptionContext:App`
    /// is `kms:EncryptionContext:${EncryptionContextKey}`.
    pub fn condition_key(self, name: &str) -> Option<ConditionKey> {
        let keys = &self.block().keys;
        if let Ok(found) = keys.binary_search_by(|key| order(key.name(), name)) {
            return keys.get(found).copied();
        }
        // The longest template is the most exact.
        keys.iter().filter(|key| key.matches(name)).max_by_key(|key| key.name().len()).copied()
    }
}

impl PartialEq for Service {
    fn eq(&self, other: &Service) -> bool {
        self.0.prefix == other.0.prefix
    }
}

impl Eq for Service {}

impl PartialOrd for Service {
    fn partial_cmp(&self, other: &Service) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Service {
    fn cmp(&self, other: &Service) -> std::cmp::Ordering {
        order(self.0.prefix, other.0.prefix)
    }
}

impl std::hash::Hash for Service {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.prefix.hash(state);
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.0.prefix)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.prefix)
    }
}
