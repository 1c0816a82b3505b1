//! The policies that AWS manages, as they are now.
//!
//! Documents are packed some at a time: packing each alone would take twice the room, and all
//! together would have to be unpacked for one. The file starts with the length of the packed index
//! in four bytes, the lowest first; then comes the index, then the blocks. The index has two kinds
//! of lines, with tabs between their fields:
//!
//! - `b`, start after the index, length, length of the text: a block, which has a document per line;
//! - `p`, name, path, version, date, number of the block, number of the line: a policy.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};

use super::fetch::Fetched;
use super::{Made, cell, pack, read_json, text};

/// How much text goes into a block, about: more packs better, less is unpacked sooner.
const BLOCK: usize = 64 << 10;

pub(super) fn make(package: &Fetched) -> Result<Made> {
    let file = read_json(&package.directory.join("package/dist/managedPolicies.json"))?;
    let policies = file.as_object().context("no policies")?;
    let mut lines = String::new();
    let mut texts: Vec<String> = Vec::new();
    // By name, so that policies of a service, which are alike, lie together.
    let sorted: BTreeMap<String, _> =
        policies.iter().map(|policy| (policy.0.to_ascii_lowercase(), policy)).collect();
    for (name, policy) in sorted.into_values() {
        let arn = text(policy, "arn")?;
        let path = arn.strip_prefix("arn:aws:iam::aws:policy/").and_then(|path| path.strip_suffix(name));
        let path = path.with_context(|| format!("`{arn}` is no ARN of `{name}`"))?;
        let version = text(policy, "latestVersionId")?;
        let document = policy.get("versions").and_then(|all| all.get(version)?.get("document"));
        let document = document.with_context(|| format!("`{name}` has no {version}"))?;
        let date = text(policy, "lastUpdatedDate")?.get(..10).context("no date")?;
        if texts.last().is_none_or(|text| text.len() > BLOCK) {
            texts.push(String::new());
        }
        let block = texts.len().saturating_sub(1);
        let into = texts.last_mut().context("no block")?;
        let line = into.lines().count();
        writeln!(into, "{document}")?;
        writeln!(lines, "p\t{}\t{path}\t{version}\t{date}\t{block}\t{line}", cell(name)?)?;
    }
    let mut index = String::new();
    let mut blocks = Vec::new();
    for block in texts {
        let packed = pack(&block);
        writeln!(index, "b\t{}\t{}\t{}", blocks.len(), packed.len(), block.len())?;
        blocks.extend(packed);
    }
    index.push_str(&lines);
    let index = pack(&index);
    let mut bytes = u32::try_from(index.len())?.to_le_bytes().to_vec();
    bytes.extend(index);
    bytes.extend(blocks);
    Ok(Made {
        name: "managed-policies.bin",
        date: package.date.to_owned(),
        bytes,
        from: package.label.clone(),
    })
}
