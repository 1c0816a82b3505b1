//! Small projects with what Terraform 1.11.4 makes of them, recorded once.
//!
//! `cargo xtask record-terraform-projects` writes the record and says what its lines mean. What
//! Terraform rejects is a problem here, near a line that it names; of what it accepts nothing is a
//! problem and every `input` of a `terraform_data` is what it plans. Where that is not so, the
//! project is in `data/projects_differ.txt` with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const LISTED: &str = include_str!("../../../../testdata/terraform/projects.txt");
const RECORDED: &str = include_str!("../../../../testdata/terraform/projects.jsonl");

/// Projects of which keylint makes something else: name, tab, why.
const DIFFER: &str = include_str!("data/projects_differ.txt");

fn files(project: &str) -> Vec<(&str, String)> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in project.lines().skip(1) {
        match (line.strip_prefix("--- "), files.last_mut()) {
            (Some(path), _) => files.push((path, String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    files
}

fn line(text: &str) -> Value {
    crate::values::decode(&Value::string(keylint_syntax::Text::synthetic(text))).unwrap()
}

/// What is different, if anything.
fn difference(fixture: &Fixture, record: &keylint_model::Map) -> Option<String> {
    let mut problems: Vec<(String, String)> = Vec::new();
    let of_stacks = fixture.stacks.iter().flat_map(|stack| &stack.problems);
    for problem in fixture.project.problems().chain(of_stacks) {
        problems.push((fixture.place(problem.span), problem.message.to_string()));
    }
    // Terraform takes the last of two entries with one key.
    let errors = fixture.project.files().flat_map(|file| &file.errors);
    for error in errors.filter(|it| it.kind != keylint_syntax::SyntaxErrorKind::DuplicateKey) {
        problems.push((fixture.place(error.span), error.message.to_string()));
    }
    if let Some(errors) = record.value("errors") {
        let errors: Vec<(String, String)> = errors
            .as_list()
            .unwrap()
            .elements
            .iter()
            .map(|error| {
                let text = |key: &str| error.as_map().unwrap().value(key).map(show).unwrap_or_default();
                (format!("{}:{}", text("file").trim_matches('"'), text("line")), text("summary"))
            })
            .collect();
        // A problem may stand at another line of the same small block.
        let near = |wanted: &str, place: &str| match (wanted.split_once(':'), place.split_once(':')) {
            (Some((file, line)), Some((other, found))) if file == other => {
                line.parse::<u32>().unwrap().abs_diff(found.parse::<u32>().unwrap()) <= 3
            }
            _ => false,
        };
        let nowhere = errors.iter().all(|(place, _)| place == "null:null");
        let met =
            problems.iter().any(|(place, _)| nowhere || errors.iter().any(|(wanted, _)| near(wanted, place)));
        return (!met).then(|| format!("{problems:?} instead of {errors:?}"));
    }
    if !problems.is_empty() {
        return Some(format!("{problems:?} instead of nothing"));
    }
    let ours: BTreeMap<String, String> = fixture
        .stacks
        .iter()
        .flat_map(|stack| &stack.resources)
        .filter(|resource| &*resource.type_name == "terraform_data")
        .map(|resource| {
            let input = resource.value("input").map_or_else(|| "null".to_owned(), canonical);
            (resource.address.as_str().to_owned(), input)
        })
        .collect();
    let values = record.value("values").unwrap().as_map().unwrap();
    let open = record.value("unknown").unwrap().as_list().unwrap();
    let known = values.entries.iter().map(|(address, entry)| (address.to_string(), canonical(&entry.value)));
    let open =
        open.elements.iter().map(|address| (address.as_str().unwrap().to_owned(), "unknown".to_owned()));
    let theirs: BTreeMap<String, String> = known.chain(open).collect();
    (ours != theirs).then(|| format!("{ours:?} instead of {theirs:?}"))
}

/// A value as JSON; of one with an unknown part only that.
fn canonical(value: &Value) -> String {
    if !crate::values::is_wholly_known(value) {
        return "unknown".to_owned();
    }
    let parts = crate::values::json_parts(value).unwrap();
    let text = |part: &Part| match part {
        Part::Known(text) => text.to_string(),
        Part::Hole(..) => panic!("a hole in what is known"),
    };
    parts.iter().map(text).collect()
}

#[test]
fn every_project_is_to_keylint_what_it_is_to_terraform() {
    let answers: BTreeMap<String, Value> = RECORDED
        .lines()
        .skip(1)
        .map(|text| {
            let record = line(text);
            let name = record.as_map().unwrap().value("project").and_then(Value::as_str).unwrap().to_owned();
            (name, record)
        })
        .collect();
    let listed: BTreeSet<&str> = DIFFER.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut wrong = Vec::new();
    for project in LISTED.split("\n=== ").skip(1) {
        let name = project.lines().next().unwrap();
        let files = files(project);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        let fixture = load(&files, &["."]);
        match difference(&fixture, answers[name].as_map().unwrap()) {
            Some(difference) if !listed.contains(name) => wrong.push(format!("{name}: {difference}")),
            None if listed.contains(name) => wrong.push(format!("{name} is right now: take it off the list")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
