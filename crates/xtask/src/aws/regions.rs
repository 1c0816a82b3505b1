//! The partitions of AWS and their Regions.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::Value;

use super::fetch::Fetched;
use super::{Made, cell, read_json, text};

pub(super) fn make(botocore: &Fetched) -> Result<Made> {
    let file = read_json(&botocore.directory.join("botocore/data/partitions.json"))?;
    let partitions = file.get("partitions").and_then(Value::as_array).context("no partitions")?;
    let mut lines = Vec::new();
    for partition in partitions {
        let id = text(partition, "id")?;
        let outputs = partition.get("outputs").context("a partition without outputs")?;
        let suffix = text(outputs, "dnsSuffix")?;
        lines.push(format!("partition\t{}\t{}", cell(id)?, cell(suffix)?));
        let regions = partition.get("regions").and_then(Value::as_object).context("no regions")?;
        // A global pseudo Region is the place of an endpoint; no ARN and no request has it.
        for name in regions.keys().filter(|name| !name.ends_with("-global")) {
            lines.push(format!("region\t{}\t{id}", cell(name)?));
        }
    }
    lines.sort();
    let mut table =
        format!("# Written by `cargo xtask update-aws-data` from {}, {}.\n", botocore.label, botocore.date);
    for line in lines {
        writeln!(table, "{line}")?;
    }
    Ok(Made {
        name: "regions.tsv",
        date: botocore.date.to_owned(),
        bytes: table.into_bytes(),
        from: botocore.label.clone(),
    })
}
