//! What Terraform knows by type alone: of variables without values, and of its functions.
//!
//! `testdata/terraform/types/expressions.txt` holds expressions over the variables of
//! `variables.tf` beside it. `cargo xtask record-terraform-types` writes `answers.jsonl` there: the
//! version, then one line an expression with `validate`, what Terraform rejects it with before the
//! variables have values, or `plan`, what it rejects it with once they have those of
//! `terraform.tfvars`; neither of what it accepts. It also writes the table of the signatures of
//! functions that `keylint_terraform` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::terraform::{Place, field, parse, run};

const TABLE: &str = "crates/keylint_terraform/src/functions/signatures.tsv";

/// Runs `record-terraform-types` with its arguments.
pub(crate) fn record(root: &Path, arguments: &[String]) -> Result<()> {
    let binary = match arguments {
        [] => "terraform",
        [binary] => binary,
        _ => bail!("usage: cargo xtask record-terraform-types [BINARY]"),
    };
    let version = parse(&run(binary, &Place::new("version")?, &["version", "-json"])?)?;
    let version = field(&version, "terraform_version").as_str().context("no version")?.to_owned();
    super::write(&root.join(TABLE), &signatures(binary, &version)?)?;
    let folder = root.join(super::FOLDER).join("types");
    let read = |name: &str| super::read(&folder.join(name));
    let (variables, values) = (read("variables.tf")?, read("terraform.tfvars")?);
    let text = read("expressions.txt")?;
    let place = Place::new("types")?;
    place.write("variables.tf", &variables)?;
    let all: Vec<&str> = expressions(&text).collect();
    place.write("main.tf", &outputs(&all)?)?;
    let validation = parse(&run(binary, &place, &["validate", "-json"])?)?;
    let untyped = errors(field(&validation, "diagnostics").as_array().into_iter().flatten(), &all)?;
    let left: Vec<&str> = all.iter().copied().filter(|it| !untyped.contains_key(it)).collect();
    place.write("main.tf", &outputs(&left)?)?;
    place.write("terraform.tfvars", &values)?;
    let log = run(binary, &place, &["plan", "-json", "-input=false"])?;
    let messages = log.lines().map(parse).collect::<Result<Vec<_>>>()?;
    let valued = errors(messages.iter().map(|it| field(it, "diagnostic")), &left)?;
    let mut lines = vec![json!({"terraform": version}).to_string()];
    for expression in all {
        let mut line = json!({"expression": expression});
        for (key, errors) in [("validate", &untyped), ("plan", &valued)] {
            if let (Some(summary), Some(line)) = (errors.get(expression), line.as_object_mut()) {
                line.insert(key.to_owned(), json!(summary));
            }
        }
        lines.push(line.to_string());
    }
    lines.push(String::new());
    super::write(&folder.join("answers.jsonl"), &lines.join("\n"))
}

/// The expressions of the list, one a line.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// One output for each expression.
fn outputs(expressions: &[&str]) -> Result<String> {
    let mut text = String::new();
    for (number, expression) in expressions.iter().enumerate() {
        // Whether a root module may show a secret is no matter of types.
        writeln!(text, "output \"o{number}\" {{\n  value = {expression}\n  sensitive = true\n}}")?;
    }
    Ok(text)
}

/// The lines that one output has.
const LINES: u64 = 4;

/// The summary of the first error in each expression.
fn errors<'e, 'v>(
    diagnostics: impl Iterator<Item = &'v Value>,
    expressions: &[&'e str],
) -> Result<BTreeMap<&'e str, String>> {
    let mut errors = BTreeMap::new();
    for diagnostic in diagnostics.filter(|it| field(it, "severity") == "error") {
        let line = field(field(field(diagnostic, "range"), "start"), "line").as_u64();
        let number = line.and_then(|line| usize::try_from((line - 1) / LINES).ok());
        let Some(expression) = number.and_then(|number| expressions.get(number)) else {
            bail!("an error of no expression: {diagnostic}");
        };
        let summary = field(diagnostic, "summary").as_str().unwrap_or_default().to_owned();
        errors.entry(*expression).or_insert(summary);
    }
    Ok(errors)
}

/// The table of functions: name, result, parameters.
fn signatures(binary: &str, version: &str) -> Result<String> {
    let metadata = parse(&run(binary, &Place::new("functions")?, &["metadata", "functions", "-json"])?)?;
    let functions = field(&metadata, "function_signatures").as_object().context("no function signatures")?;
    let mut table =
        format!("# The functions of Terraform {version}: `cargo xtask record-terraform-types`.\n");
    for (name, signature) in functions.iter().filter(|(name, _)| !name.contains("::")) {
        let mut fields = vec![name.clone(), type_name(field(signature, "return_type"))?];
        for parameter in field(signature, "parameters").as_array().into_iter().flatten() {
            fields.push(type_of(parameter)?);
        }
        if let Some(further) = signature.get("variadic_parameter") {
            fields.push(format!("*{}", type_of(further)?));
        }
        writeln!(table, "{}", fields.join("\t"))?;
    }
    Ok(table)
}

/// The type of a parameter, with `?` after one that takes null.
fn type_of(parameter: &Value) -> Result<String> {
    let null = if field(parameter, "is_nullable").as_bool() == Some(true) { "?" } else { "" };
    Ok(format!("{}{null}", type_name(field(parameter, "type"))?))
}

/// A type in the JSON form of cty as Terraform's language writes it.
fn type_name(ty: &Value) -> Result<String> {
    match ty {
        Value::String(name) => Ok(name.clone()),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(kind), of] => Ok(format!("{kind}({})", type_name(of)?)),
            _ => bail!("a type that no function has had yet: {ty}"),
        },
        _ => bail!("a type that no function has had yet: {ty}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_expression_has_its_recorded_answer() {
        let folder = crate::root().join(super::super::FOLDER).join("types");
        let text = super::super::read(&folder.join("expressions.txt")).unwrap();
        let answers = super::super::read(&folder.join("answers.jsonl")).unwrap();
        let recorded: Vec<Value> =
            answers.lines().skip(1).map(|it| serde_json::from_str(it).unwrap()).collect();
        let recorded: Vec<_> = recorded.iter().map(|it| it["expression"].as_str().unwrap()).collect();
        let listed: Vec<_> = expressions(&text).collect();
        assert_eq!(listed, recorded, "stale: run `cargo xtask record-terraform-types`");
    }
}
