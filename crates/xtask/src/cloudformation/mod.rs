//! The tables of CloudFormation's resource types, out of the schemas that cfn-lint ships.
//!
//! `resource-types.tsv` has every type with the names of the first level. What these hold is in
//! `property-shapes.tsv`, for the types that are kinds: that of all types would be many times as large,
//! and no rule looks at it. <https://pypi.org/project/cfn-lint/>

mod shapes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use keylint_rules::Registry;
use serde_json::Value;

const TABLE: &str = "crates/keylint_cloudformation/src/types/resource-types.tsv";
const SHAPES: &str = "crates/keylint_cloudformation/src/types/property-shapes.tsv";

/// Stands for properties of any name.
const ANY: &str = "*";

/// What the schemas of all Regions say of a type.
#[derive(Default)]
struct Known {
    /// What `Fn::GetAtt` reads: the properties that only AWS writes, by their path.
    attributes: BTreeSet<String>,
    /// Every property of the first level.
    properties: BTreeSet<String>,
}

/// Writes the table from an unpacked wheel of cfn-lint.
#[expect(clippy::disallowed_methods, reason = "a developer's tool that writes into the repository")]
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let [wheel] = arguments else { anyhow::bail!("give the directory of an unpacked wheel of cfn-lint") };
    let wheel = Path::new(wheel);
    let version = std::fs::read_to_string(wheel.join("cfnlint/version.py"))?;
    let version = version.lines().find_map(|line| line.strip_prefix("__version__ = "));
    let version = version.context("cfnlint/version.py names no version")?.trim_matches('"');
    let mut schemas = Vec::new();
    let folder = wheel.join("cfnlint/data/schemas/resources");
    for file in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read_to_string(&path)?;
            schemas.push(serde_json::from_str(&text).with_context(|| path.display().to_string())?);
        }
    }
    let date = std::fs::read_to_string(wheel.join("cfnlint/data/schemas/version.json"))?;
    let date: Value = serde_json::from_str(&date)?;
    let date = date.get("schema_date").and_then(Value::as_str).context("version.json has no date")?;
    let date = date.split('T').next().unwrap_or(date);
    let source = format!(
        "# Written by `cargo xtask cloudformation` from cfn-lint {version} (MIT-0), schemas of {date}"
    );
    let table = table(&source, &schemas);
    let shapes = shapes_of_kinds(&source, &schemas);
    println!("{} types, {} bytes; shapes {} bytes", table.lines().count() - 1, table.len(), shapes.len());
    std::fs::write(root.join(TABLE), table)?;
    std::fs::write(root.join(SHAPES), shapes)?;
    Ok(())
}

/// What the properties hold, of the types that are kinds.
fn shapes_of_kinds(source: &str, schemas: &[Value]) -> String {
    let kinds = Registry::builtin().kinds();
    let types: BTreeSet<&str> = kinds.types().map(|(name, _)| name).collect();
    let of_kinds = schemas.iter().filter_map(|schema| Some((schema.get("typeName")?.as_str()?, schema)));
    let of_kinds: BTreeMap<&str, &Value> = of_kinds.filter(|(name, _)| types.contains(name)).collect();
    format!(
        "{source}: type, properties that hold others > shape, then the shapes\n{}",
        shapes::lines(&of_kinds)
    )
}

/// One line for each type: its name, its attributes, and its other properties.
fn table(source: &str, schemas: &[Value]) -> String {
    let mut types: BTreeMap<&str, Known> = BTreeMap::new();
    for schema in schemas {
        let Some(name) = schema.get("typeName").and_then(Value::as_str) else { continue };
        let known = types.entry(name).or_default();
        let read_only = schema.get("readOnlyProperties").and_then(Value::as_array).into_iter().flatten();
        for pointer in read_only.filter_map(Value::as_str) {
            // What is in a list has no path that a template could name.
            if let Some(path) = pointer.strip_prefix("/properties/").filter(|path| !path.contains('*')) {
                known.attributes.insert(path.replace('/', "."));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        known.properties.extend(properties.into_iter().flat_map(|properties| properties.keys().cloned()));
        let is_open = schema.get("additionalProperties").is_some_and(|other| other != &Value::Bool(false));
        if is_open || schema.get("patternProperties").is_some() {
            known.properties.insert(ANY.to_owned());
        }
    }
    let mut table = format!("{source}: type, attributes, other properties\n");
    for (name, known) in types {
        let attributes: Vec<_> = known.attributes.iter().map(String::as_str).collect();
        let others = known.properties.iter().filter(|name| !known.attributes.contains(*name));
        let others: Vec<_> = others.map(String::as_str).collect();
        table.push_str(&format!("{name}\t{}\t{}\n", attributes.join(" "), others.join(" ")));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_of_all_regions_become_one_line() {
        let schemas = [
            r#"{"typeName": "AWS::B::B", "properties": {"Name": {}, "Arn": {}, "Endpoint": {}},
                "readOnlyProperties": ["/properties/Arn", "/properties/Endpoint/Port", "/properties/L/*/X"]}"#,
            r#"{"typeName": "AWS::B::B", "properties": {"Name": {}, "New": {}}}"#,
            r#"{"typeName": "AWS::A::A", "properties": {}}"#,
        ];
        let schemas: Vec<Value> = schemas.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!(
            table("# source", &schemas),
            "# source: type, attributes, other properties\nAWS::A::A\t\t\nAWS::B::B\tArn \
             Endpoint.Port\tEndpoint Name New\n"
        );
    }
}
