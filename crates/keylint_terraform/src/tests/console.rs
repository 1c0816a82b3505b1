//! Expressions with the answers of Terraform 1.11.4, recorded once.
//!
//! `cargo xtask record-terraform` writes the record and says what its lines mean. A value must be
//! Terraform's to the last digit and an error an error. What only the moment and the machine of a run
//! decide is left open, in the expressions of `data/left_open.txt` and in no others: for each the
//! reason for which keylint says that it does not know, a tab, the expression. A line that begins
//! with `#` says why those after it are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use keylint_source::{Disk, EntryKind, FileSystem};
use keylint_syntax::{SyntaxErrorKind, Text};

use super::*;

const RECORDED: &str = include_str!("../../../../testdata/terraform/answers.jsonl");

/// The expressions whose answers depend on the run of Terraform that was asked.
const LEFT_OPEN: &str = include_str!("data/left_open.txt");

/// What a plan leaves open although it is certain: keylint may know it.
const CERTAIN: &[(&str, &str)] = &[
    ("can(terraform_data.later.id)", "true"),
    ("tostring(terraform_data.later.id) == null", "false"),
    ("false && terraform_data.later.id == \"a\"", "false"),
    ("true || terraform_data.later.id == \"a\"", "true"),
    ("terraform_data.later.id == \"a\" ? \"x\" : \"x\"", "\"x\""),
];

/// Functions without three answers and an error: one depends on the machine, the other needs a
/// private key, which is no thing to keep in a repository.
const FEW: &[&str] = &["abspath", "rsadecrypt"];

/// What Terraform says of an expression.
enum Answer {
    Json(String),
    Error,
    Unknown,
}

/// One line of the record.
struct Record {
    section: String,
    constraint: Option<String>,
    expression: String,
    answer: Answer,
}

impl Record {
    /// The expression as it is listed.
    fn name(&self) -> String {
        let typed = self.constraint.as_ref().map(|it| format!("as {it} <- ")).unwrap_or_default();
        format!("{typed}{}", self.expression).replace('\n', "⏎")
    }
}

fn line(text: &str) -> Value {
    crate::values::decode(&Value::string(Text::synthetic(text))).unwrap()
}

/// What does not depend on the machine.
fn records() -> Vec<Record> {
    let records = RECORDED.lines().skip(1).filter_map(|text| {
        let value = line(text);
        let record = value.as_map().unwrap();
        let text = |key: &str| record.value(key).and_then(Value::as_str).map(ToOwned::to_owned);
        Some(Record {
            section: text("section").unwrap(),
            constraint: text("as"),
            expression: text("expression").unwrap(),
            answer: match (text("json"), text("error")) {
                (Some(json), _) => Answer::Json(json),
                (_, Some(_)) => Answer::Error,
                _ if record.value("unknown").is_some() => Answer::Unknown,
                _ => return None,
            },
        })
    });
    records.collect()
}

/// The files that the expressions may read, in memory.
fn fixture() -> Memory {
    fn copy(from: &Path, to: &Path, memory: &mut Memory) {
        for entry in Disk.list(from).unwrap() {
            let (source, target) = (from.join(&entry.name), to.join(&entry.name));
            match entry.kind {
                EntryKind::Directory => copy(&source, &target, memory),
                _ => {
                    memory.insert(target, Disk.read(&source, 1 << 20).unwrap());
                }
            }
        }
    }
    static FILES: OnceLock<Memory> = OnceLock::new();
    let read = || {
        let mut memory = Memory::new();
        let top = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/terraform/fixture"));
        copy(&top, Path::new("/work"), &mut memory);
        memory
    };
    FILES.get_or_init(read).clone()
}

/// What keylint makes of an expression.
enum Result {
    /// As JSON.
    Known(String),
    Error,
    /// With the reason.
    Unknown(&'static str),
}

fn result(record: &Record) -> Result {
    let mut memory = fixture();
    let mut text = format!("locals {{\n  e = {}\n}}\n", record.expression);
    let value = match &record.constraint {
        Some(constraint) => {
            let typed = format!(
                "variable \"value\" {{\n  type = {constraint}\n}}\noutput \"value\" {{\n  value = var.value\n}}\n"
            );
            memory.insert("/work/typed/main.tf", typed);
            text.push_str("module \"typed\" {\n  source = \"./typed\"\n  value = local.e\n}\n");
            "module.typed.value"
        }
        None => "local.e",
    };
    memory.insert("/work/e.tf", format!("{text}resource \"test_it\" \"it\" {{\n  x = {value}\n}}\n"));
    let sources = Sources::new(Arc::new(memory), "/work");
    let project = Project::load(&sources, &["."]);
    if project.files().any(|file| file.errors.iter().any(|it| it.kind == SyntaxErrorKind::Syntax)) {
        return Result::Error;
    }
    let root = project.roots().first().unwrap();
    // The record was made in the workspace that there always is.
    let inputs = crate::Inputs { workspace: Some(Text::synthetic("default")), ..crate::Inputs::default() };
    let stack = project.evaluate_with(&sources, *root, &inputs);
    let invalid = stack.problems.iter().chain(project.problems()).any(|it| it.rule == "KL003");
    let value = match stack.resource(&Address::new("test_it.it")) {
        Some(resource) => resource.value("x").cloned().unwrap_or_else(|| Value::synthetic(Data::Null)),
        None => return Result::Error,
    };
    if invalid || crate::values::has_invalid(&value) {
        return Result::Error;
    }
    if !crate::values::is_wholly_known(&value) {
        let unknown = crate::values::first_unknown(&value);
        return Result::Unknown(unknown.map_or("choice", |unknown| unknown.reason.category()));
    }
    let parts = crate::values::json_parts(&value).unwrap();
    Result::Known(
        parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => text.as_str(),
                Part::Hole(..) => panic!("a hole in what is known"),
            })
            .collect(),
    )
}

#[test]
fn every_expression_has_terraforms_value_unless_only_a_run_decides_it() {
    let mut now = BTreeMap::new();
    for record in records() {
        let name = record.name();
        let (word, ours) = match (&record.answer, result(&record)) {
            (Answer::Json(terraform), Result::Known(ours)) if *terraform == ours => continue,
            (Answer::Error, Result::Error) | (Answer::Unknown, Result::Unknown(_)) => continue,
            (Answer::Unknown, Result::Known(ours)) if CERTAIN.contains(&(&*name, &*ours)) => continue,
            (_, Result::Unknown(reason)) => (reason, "unknown".to_owned()),
            (_, Result::Known(ours)) => ("differs", ours),
            (_, Result::Error) => ("differs", "an error".to_owned()),
        };
        let terraform = match &record.answer {
            Answer::Json(json) => json,
            Answer::Error => "an error",
            Answer::Unknown => "unknown",
        };
        now.insert(format!("{word}\t{name}"), format!("{ours} instead of {terraform}"));
    }
    let listed: BTreeSet<&str> = LEFT_OPEN.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(listed.iter().all(|line| !line.starts_with("differs")), "nothing may differ");
    let new: Vec<_> = now.iter().filter(|(line, _)| !listed.contains(&***line)).collect();
    assert!(
        new.is_empty(),
        "not as in Terraform:\n{}",
        new.iter().map(|(line, said)| format!("{line}: {said}\n")).collect::<String>()
    );
    let computed: Vec<_> = listed.into_iter().filter(|line| !now.contains_key(*line)).collect();
    assert!(computed.is_empty(), "not left open, so take it out of the list:\n{}", computed.join("\n"));
}

#[test]
fn every_function_of_terraform_is_answered_for() {
    let header = line(RECORDED.lines().next().unwrap());
    let functions = header.as_map().unwrap().value("functions").unwrap().as_list().unwrap();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for record in records() {
        let (answers, errors) = counts.entry(record.section).or_default();
        match record.answer {
            Answer::Error => *errors += 1,
            Answer::Json(_) | Answer::Unknown => *answers += 1,
        }
    }
    let short: Vec<_> = functions
        .elements
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| counts.get(*name).is_none_or(|(answers, errors)| *answers < 3 || *errors < 1))
        .collect();
    assert_eq!(short, FEW);
}
