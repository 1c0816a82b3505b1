//! The policies that AWS manages; `cargo xtask update-aws-data` packs them and explains the file.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use super::table::{find, unpack};

const FILE: &[u8] = include_bytes!("../../data/managed-policies.bin");

/// Far more than the index's text, which is not packed with its length.
const INDEX_LIMIT: usize = 1 << 24;

#[derive(Debug, Default)]
struct Index {
    /// In the order of their names.
    policies: Vec<Entry>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    path: &'static str,
    version: &'static str,
    date: &'static str,
    block: usize,
    line: usize,
}

#[derive(Debug)]
struct Block {
    packed: &'static [u8],
    length: usize,
    text: OnceLock<&'static str>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::read().unwrap_or_default());

impl Index {
    fn read() -> Option<Index> {
        let (length, rest) = FILE.split_first_chunk::<4>()?;
        let (packed, blocks) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let mut index = Index::default();
        for line in unpack(packed, INDEX_LIMIT).lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                ["b", start, packed, length] => {
                    let packed = blocks.get(start.parse().ok()?..)?.get(..packed.parse().ok()?)?;
                    index.blocks.push(Block { packed, length: length.parse().ok()?, text: OnceLock::new() });
                }
                ["p", name, path, version, date, block, line] => {
                    let (block, line) = (block.parse().ok()?, line.parse().ok()?);
                    index.policies.push(Entry { name, path, version, date, block, line });
                }
                _ => return None,
            }
        }
        Some(index)
    }
}

/// A policy that AWS manages.
///
/// Source: AWS Managed Policy Reference Guide,
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>.
#[derive(Clone, Copy)]
pub struct ManagedPolicy(&'static Entry);

/// The managed policy with an ARN of any partition (`arn:aws:iam::aws:policy/job-function/Billing`), a
/// path and name (`job-function/Billing`) or a name (`Billing`). Case counts, and so does the path if
/// an ARN is given: AWS knows no policy by another path.
pub fn managed_policy(name_or_arn: &str) -> Option<ManagedPolicy> {
    let path = match name_or_arn.strip_prefix("arn:") {
        Some(rest) => rest.split_once(":iam::aws:policy/")?.1,
        None => name_or_arn,
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let found = find(&INDEX.policies, name, |entry| entry.name).filter(|entry| entry.name == name)?;
    let full = path.strip_suffix(name) == Some(found.path);
    let is_name = name_or_arn == name;
    (full || is_name).then_some(ManagedPolicy(found))
}

/// All managed policies in the order of their names.
pub fn managed_policies() -> impl ExactSizeIterator<Item = ManagedPolicy> {
    INDEX.policies.iter().map(ManagedPolicy)
}

impl ManagedPolicy {
    /// The name without path.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The path without the slash in front: `service-role/`, or nothing.
    pub fn path(self) -> &'static str {
        self.0.path
    }

    /// The ARN in a partition such as `aws`. That the partition has the policy is not known: the data
    /// is of `aws`.
    pub fn arn(self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy/{}{}", self.0.path, self.0.name)
    }

    /// The id of the version, such as `v3`.
    pub fn version(self) -> &'static str {
        self.0.version
    }

    /// The day that AWS last changed it, as `2026-08-21`.
    pub fn date(self) -> &'static str {
        self.0.date
    }

    /// The document as JSON. The first of some dozen policies unpacks them all, which takes under a
    /// millisecond.
    pub fn document(self) -> &'static str {
        let Some(block) = INDEX.blocks.get(self.0.block) else { return "" };
        let text = block.text.get_or_init(|| unpack(block.packed, block.length));
        text.lines().nth(self.0.line).unwrap_or_default()
    }
}

impl fmt::Debug for ManagedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManagedPolicy({}{})", self.0.path, self.0.name)
    }
}
