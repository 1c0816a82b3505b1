//! The table of CloudFormation's resource types, out of the schemas that cfn-lint ships.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

const TABLE: &str = "crates/keylint_cloudformation/src/types/resource-types.tsv";

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
    let version = version.split('"').nth(1).context("cfnlint/version.py names no version")?;
    let mut schemas = Vec::new();
    let folder = wheel.join("cfnlint/data/schemas/resources");
    for file in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read_to_string(&path)?;
            schemas.push(serde_json::from_str(&text).with_context(|| path.display().to_string())?);
        }
    }
    let table = table(version, &schemas);
    println!("{} types", table.lines().count().saturating_sub(1));
    std::fs::write(root.join(TABLE), table)?;
    Ok(())
}

/// One line for each type: its name, its attributes, and its other properties.
fn table(version: &str, schemas: &[Value]) -> String {
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
    }
    let mut table = format!("# cfn-lint {version}: type, attributes, other properties\n");
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
            table("1.2.3", &schemas),
            "# cfn-lint 1.2.3: type, attributes, other properties\nAWS::A::A\t\t\nAWS::B::B\tArn \
             Endpoint.Port\tEndpoint Name New\n"
        );
    }
}
