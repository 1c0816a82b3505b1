//! What Terraform makes of small projects: what it rejects and where, or the values that it plans.
//!
//! `testdata/terraform/projects.txt` holds the projects, each after a line `=== NAME`, each of its
//! files after a line `--- PATH`. What a test looks at is the argument `input` of every
//! `terraform_data`, the one resource that needs no provider. `cargo xtask
//! record-terraform-projects` writes `testdata/terraform/projects.jsonl`: the version, then one
//! line a project with
//! - `errors`, where each is (`file`, `line`; none for what is in no file) and its `summary`, or
//! - `values`, the planned inputs by address, and `unknown`, the addresses of those of which a part
//!   is known after deployment only.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::terraform::{Place, field, parse, run};

/// A project as it is listed.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) files: Vec<(String, String)>,
}

/// Runs `record-terraform-projects` with its arguments.
pub(crate) fn record(root: &Path, arguments: &[String]) -> Result<()> {
    let binary = match arguments {
        [] => "terraform",
        [binary] => binary,
        _ => bail!("usage: cargo xtask record-terraform-projects [BINARY]"),
    };
    let folder = root.join(super::FOLDER);
    let version = parse(&run(binary, &Place::new("version")?, &["version", "-json"])?)?;
    let mut lines = vec![json!({"terraform": field(&version, "terraform_version")}).to_string()];
    for project in list(&super::read(&folder.join("projects.txt"))?)? {
        lines.push(ask(binary, &project).with_context(|| project.name.clone())?.to_string());
    }
    lines.push(String::new());
    super::write(&folder.join("projects.jsonl"), &lines.join("\n"))
}

/// Reads the list.
pub(super) fn list(text: &str) -> Result<Vec<Project>> {
    let mut projects: Vec<Project> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            projects.push(Project { name: name.to_owned(), files: Vec::new() });
        } else if let Some(path) = line.strip_prefix("--- ") {
            let project = projects.last_mut().context("a file before the first project")?;
            project.files.push((path.to_owned(), String::new()));
        } else if let Some((_, text)) = projects.last_mut().and_then(|project| project.files.last_mut()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(projects)
}

fn ask(binary: &str, project: &Project) -> Result<Value> {
    let place = Place::new("project")?;
    for (path, text) in &project.files {
        place.write(path, text)?;
    }
    let terraform = |arguments: &[&str]| run(binary, &place, arguments);
    let answer = |errors: Vec<Value>| Ok(json!({"project": project.name, "errors": errors}));
    let errors = logged(&terraform(&["init", "-json", "-input=false"])?)?;
    if !errors.is_empty() {
        return answer(errors);
    }
    let validation = parse(&terraform(&["validate", "-json"])?)?;
    let errors = errors_of(field(&validation, "diagnostics").as_array().into_iter().flatten());
    if !errors.is_empty() {
        return answer(errors);
    }
    let errors = logged(&terraform(&["plan", "-json", "-input=false", "-out=plan"])?)?;
    if !errors.is_empty() {
        return answer(errors);
    }
    let plan = parse(&terraform(&["show", "-json", "plan"])?)?;
    let (mut values, mut unknown) = (Map::new(), Vec::new());
    for change in field(&plan, "resource_changes").as_array().into_iter().flatten() {
        let address = field(change, "address").as_str().context("a change without an address")?;
        let change = field(change, "change");
        if is_open(field(field(change, "after_unknown"), "input")) {
            unknown.push(json!(address));
        } else {
            values.insert(address.to_owned(), field(field(change, "after"), "input").clone());
        }
    }
    Ok(json!({"project": project.name, "values": values, "unknown": unknown}))
}

/// Whether a mark, or one in it, says that something is not known.
fn is_open(mark: &Value) -> bool {
    match mark {
        Value::Bool(open) => *open,
        Value::Array(marks) => marks.iter().any(is_open),
        Value::Object(marks) => marks.values().any(is_open),
        _ => false,
    }
}

/// The errors in a log of one message a line; what a backend says about itself is none.
fn logged(log: &str) -> Result<Vec<Value>> {
    let messages = log.lines().filter(|line| line.starts_with('{')).map(parse).collect::<Result<Vec<_>>>()?;
    Ok(errors_of(messages.iter().map(|message| field(message, "diagnostic"))))
}

/// The errors, each once; the frame that init puts around them is none.
fn errors_of<'v>(diagnostics: impl Iterator<Item = &'v Value>) -> Vec<Value> {
    let is_frame = |it: &Value| {
        let summary = field(it, "summary").as_str().unwrap_or_default();
        summary.starts_with("Terraform encountered problems during initialisation")
    };
    let found = diagnostics.filter(|it| field(it, "severity") == "error" && !is_frame(it));
    let mut errors: Vec<Value> = Vec::new();
    for it in found {
        let range = field(it, "range");
        let error = json!({
            "file": field(range, "filename"),
            "line": field(field(range, "start"), "line"),
            "summary": field(it, "summary"),
        });
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_project_has_its_recorded_answer() {
        let folder = crate::root().join(super::super::FOLDER);
        let listed = list(&super::super::read(&folder.join("projects.txt")).unwrap()).unwrap();
        let listed: Vec<_> = listed.iter().map(|project| project.name.as_str()).collect();
        let answers = super::super::read(&folder.join("projects.jsonl")).unwrap();
        let answers: Vec<Value> =
            answers.lines().skip(1).map(|it| serde_json::from_str(it).unwrap()).collect();
        let recorded: Vec<_> = answers.iter().map(|it| it["project"].as_str().unwrap()).collect();
        assert_eq!(listed, recorded, "stale: run `cargo xtask record-terraform-projects`");
    }
}
