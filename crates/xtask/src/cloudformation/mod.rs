//! The tables of CloudFormation's resource types, out of the schemas that cfn-lint ships.
//!
//! `resource-types.tsv` has every type with the names of the first level. What these hold is in
//! `property-shapes.tsv`, for the types that are kinds: that of all types would be many times as large,
//! and no rule looks at it. <https://pypi.org/project/cfn-lint/>

mod arn;
mod pattern;
mod returns;
mod shapes;
mod spec;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use keylint_rules::Registry;
use serde_json::Value;

use spec::Spec;

const TABLE: &str = "crates/keylint_cloudformation/src/types/resource-types.tsv";
const RETURNS: &str = "crates/keylint_cloudformation/src/types/returns.tsv";
const SHAPES: &str = "crates/keylint_cloudformation/src/types/property-shapes.tsv";

/// What makes a stale table new.
const COMMAND: &str = "run `cargo xtask cloudformation WHEEL PACKAGE`";

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

/// Writes the tables from an unpacked wheel of cfn-lint and an unpacked package of the CDK, or compares
/// them with those of the repository.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let (wheel, package, is_check) = match arguments {
        [wheel, package] => (Path::new(wheel), Path::new(package), false),
        [wheel, package, check] if check == "--check" => (Path::new(wheel), Path::new(package), true),
        _ => anyhow::bail!("give the directories of an unpacked wheel of cfn-lint and package of the CDK"),
    };
    let spec = Spec::read(package)?;
    let (source, schemas) = schemas(wheel)?;
    let table = table(&source, &schemas);
    let shapes = shapes_of_kinds(&source, &schemas);
    let returned = format!("{source}, and @aws-cdk/aws-service-spec {} (Apache-2.0)", spec.version);
    let returns = returns::table(&returned, &schemas, &spec);
    println!("{} types, {} bytes; shapes {} bytes", table.lines().count() - 1, table.len(), shapes.len());
    println!("{} types with what they return, {} bytes", returns.lines().count() - 1, returns.len());
    for (path, content) in [(TABLE, table), (SHAPES, shapes), (RETURNS, returns)] {
        finish(&root.join(path), &content, is_check)?;
    }
    Ok(())
}

/// Writes a file, or fails where it is not what it would become.
#[expect(clippy::disallowed_methods, reason = "a developer's tool that writes into the repository")]
fn finish(path: &Path, content: &str, is_check: bool) -> anyhow::Result<()> {
    if !is_check {
        return std::fs::write(path, content).with_context(|| path.display().to_string());
    }
    let current = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    anyhow::ensure!(current == content, "{} is stale: {COMMAND}", path.display());
    Ok(())
}

/// The schemas of all types, and where they are from.
#[expect(clippy::disallowed_methods, reason = "a developer's tool")]
fn schemas(wheel: &Path) -> anyhow::Result<(String, Vec<Value>)> {
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
    Ok((source, schemas))
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

    const TYPES: &str = include_str!("../../../keylint_cloudformation/src/types/resource-types.tsv");
    const SHAPES: &str = include_str!("../../../keylint_cloudformation/src/types/property-shapes.tsv");
    const RETURNS: &str = include_str!("../../../keylint_cloudformation/src/types/returns.tsv");

    #[test]
    fn every_kind_has_the_shapes_of_its_properties() {
        let names = |table: &'static str| {
            let lines = table.lines().skip(1).take_while(|line| !line.is_empty());
            lines.filter_map(|line| line.split('\t').next()).collect::<BTreeSet<_>>()
        };
        let (types, shapes) = (names(TYPES), names(SHAPES));
        let kinds = Registry::builtin().kinds();
        let missing: Vec<_> = kinds
            .types()
            .map(|(name, _)| name)
            .filter(|name| types.contains(name) && !shapes.contains(name))
            .collect();
        assert!(missing.is_empty(), "{missing:?}: {COMMAND}");
    }

    #[test]
    fn types_whose_pages_were_read_are_in_the_table_as_their_pages_say() {
        let of_kind = |kinds: &[&str]| -> BTreeSet<&str> {
            let by_ref = RETURNS.lines().filter_map(|line| {
                let mut fields = line.split('\t');
                Some((fields.next()?, fields.nth(1)?))
            });
            let is_it = |by_ref: &str| kinds.iter().any(|kind| by_ref.ends_with(kind));
            by_ref.filter(|(_, by_ref)| is_it(by_ref)).map(|(name, _)| name).collect()
        };
        let read = |list: &'static str| -> BTreeSet<&str> {
            list.lines().filter(|line| !line.starts_with('#')).collect()
        };
        assert_eq!(of_kind(&[":arn", ":own"]), read(returns::ARNS), "{COMMAND}");
        let names = of_kind(&[":name", "=name", ":word", "=word"]);
        let missing: Vec<_> = read(returns::NAMES).into_iter().filter(|name| !names.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}: {COMMAND}");
        assert!(read(returns::NAMES).is_disjoint(&read(returns::ARNS)));
    }

    #[test]
    fn no_line_of_what_types_return_is_written_by_hand() {
        let (head, lines) = RETURNS.split_once('\n').unwrap();
        assert!(head.ends_with(&format!("digest {}", returns::digest(lines))), "{COMMAND}");
    }

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
