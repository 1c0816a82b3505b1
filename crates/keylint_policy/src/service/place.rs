//! Partitions and Regions.

use std::sync::LazyLock;

use super::table::{find, rows};

const TABLE: &str = include_str!("../../data/regions.tsv");

/// A separate part of AWS with accounts, Regions and ARNs of its own.
///
/// Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The id in ARNs: `aws-cn`.
    pub id: &'static str,
    /// What names of hosts end in: `amazonaws.com.cn`.
    pub dns_suffix: &'static str,
}

/// A Region of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The name in ARNs: `eu-central-1`.
    pub name: &'static str,
    /// The id of its partition.
    pub partition: &'static str,
}

static PARTITIONS: LazyLock<Vec<Partition>> = LazyLock::new(|| {
    let partitions = rows(TABLE).filter_map(|row| match row[..] {
        ["partition", id, dns_suffix] => Some(Partition { id, dns_suffix }),
        _ => None,
    });
    partitions.collect()
});

static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    let regions = rows(TABLE).filter_map(|row| match row[..] {
        ["region", name, partition] => Some(Region { name, partition }),
        _ => None,
    });
    regions.collect()
});

/// All partitions in the order of their ids.
pub fn partitions() -> impl ExactSizeIterator<Item = Partition> {
    PARTITIONS.iter().copied()
}

/// The partition with an id, in its case.
pub fn partition(id: &str) -> Option<Partition> {
    partitions().find(|partition| partition.id == id)
}

/// All Regions in the order of their names. AWS adds some every year, so one that is not here may be
/// newer than the data.
pub fn regions() -> impl ExactSizeIterator<Item = Region> {
    REGIONS.iter().copied()
}

/// The Region with a name, in its case.
pub fn region(name: &str) -> Option<Region> {
    find(&REGIONS, name, |region| region.name).copied().filter(|region| region.name == name)
}
