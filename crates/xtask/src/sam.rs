//! The data of SAM: policy templates, connectors and the paths of managed policies.
//!
//! The transform that AWS runs is published as `aws-sam-translator`, and what it puts into roles is
//! data in that package: three JSON files, rewritten here as one table with a line for each entry.
//! <https://pypi.org/project/aws-sam-translator/>

#![expect(clippy::disallowed_methods, reason = "a developer's tool reads and writes the repository")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const TARGET: &str = "crates/keylint_cloudformation/data/sam.tsv";

/// Writes the table from a directory that the package was installed or unpacked to.
pub(crate) fn write(root: &Path, arguments: &[String]) -> Result<()> {
    let [directory, date] = arguments else {
        bail!("takes the directory with the package and the date of the data");
    };
    let directory = Path::new(directory);
    let version = version(directory)?;
    let mut table = format!(
        "# Written by `cargo xtask sam-data` from aws-sam-translator {version} (Apache-2.0, Amazon.com, \
         Inc. or its affiliates), {date}.\n"
    );
    let package = directory.join("samtranslator");
    let templates = read(&package.join("policy_templates_data/policy_templates.json"))?;
    for (name, template) in members(&templates, "Templates")? {
        let parameters: Vec<_> = members(template, "Parameters")?.map(|(name, _)| name.as_str()).collect();
        let definition = template.get("Definition").context("a template without definition")?;
        writeln!(table, "policy\t{name}\t{}\t{definition}", parameters.join(","))?;
    }
    let managed = read(&package.join("internal/data/aws_managed_policies.json"))?;
    for (name, arn) in members(&managed, "aws")? {
        let arn = arn.as_str().context("an ARN that is no string")?;
        let (_, path) = arn.split_once(":policy/").context("an ARN without a path")?;
        // Most are at the top, and need no entry.
        if let Some((path, _)) = path.rsplit_once('/') {
            writeln!(table, "managed\t{name}\t{path}\t")?;
        }
    }
    let connectors = read(&package.join("model/connector_profiles/profiles.json"))?;
    for (source, destinations) in members(&connectors, "Permissions")? {
        for (destination, profile) in destinations.as_object().context("no destinations")? {
            writeln!(table, "connector\t{source}\t{destination}\t{profile}")?;
        }
    }
    fs::write(root.join(TARGET), table).with_context(|| format!("cannot write {TARGET}"))
}

/// The version that the package's metadata names.
fn version(directory: &Path) -> Result<String> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let version =
            name.strip_prefix("aws_sam_translator-").and_then(|name| name.strip_suffix(".dist-info"));
        if let Some(version) = version {
            return Ok(version.to_owned());
        }
    }
    bail!("{} has no aws-sam-translator", directory.display())
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn members<'v>(value: &'v Value, name: &str) -> Result<impl Iterator<Item = (&'v String, &'v Value)>> {
    let members = value.get(name).and_then(Value::as_object);
    Ok(members.with_context(|| format!("no `{name}`"))?.iter())
}
