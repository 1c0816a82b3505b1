//! What Terraform itself makes of a list of expressions, recorded once and compared offline.
//!
//! `testdata/terraform/expressions.txt` is the list; [`list`] says how it is written. To add an
//! expression, add its line and run `cargo xtask record-terraform`, which needs a `terraform` on
//! the path (or the binary given) and no network. It writes `testdata/terraform/answers.jsonl`
//! whole: the first line has the version and the names of all functions, each other line one
//! answer. The test in `keylint_terraform` compares every answer; the one below fails when the
//! list and the record differ.
//!
//! An answer is one of
//! - `json`, what `jsonencode` makes of the value, as text so that no digit is lost, and `type`,
//!   its type in the JSON form of cty (`["list","string"]`);
//! - `error`, what Terraform rejects it with;
//! - `unknown`, where a plan leaves it, or a part of it, open (`uuid()`);
//! - `varies`, where it depends on the machine or the time: every expression is asked in two
//!   directories with different homes, and what differs is no fact about the language.

pub(crate) mod encodings;
mod list;
pub(crate) mod projects;
mod terraform;
pub(crate) mod types;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use list::Question;
use terraform::Answer;

const FOLDER: &str = "testdata/terraform";

/// Runs `record-terraform` with its arguments.
pub(crate) fn record(root: &Path, arguments: &[String]) -> Result<()> {
    let binary = match arguments {
        [] => "terraform",
        [binary] => binary,
        _ => bail!("usage: cargo xtask record-terraform [BINARY]"),
    };
    let folder = root.join(FOLDER);
    let questions = list::parse(&read(&folder.join("expressions.txt"))?)?;
    let here = terraform::ask(binary, &folder.join("fixture"), &questions, "here")?;
    let there = terraform::ask(binary, &folder.join("fixture"), &questions, "there")?;
    ensure!(here.len() == questions.len() && there.len() == questions.len(), "answers are missing");
    let mut lines = vec![terraform::header(binary)?.to_string()];
    for ((question, answer), other) in questions.iter().zip(here).zip(there) {
        lines.push(line(question, answer, other).to_string());
    }
    lines.push(String::new());
    write(&folder.join("answers.jsonl"), &lines.join("\n"))?;
    Ok(())
}

fn line(question: &Question, answer: Answer, other: Answer) -> Value {
    let mut line = Map::new();
    let mut set = |key: &str, value: Value| line.insert(key.to_owned(), value);
    set("section", json!(question.section));
    set("expression", json!(question.expression));
    if let Some(constraint) = &question.constraint {
        set("as", json!(constraint));
    }
    match (answer, other) {
        (Answer::Known { json, ty }, Answer::Known { json: same, .. }) if json == same => {
            set("type", ty);
            set("json", json!(json));
        }
        (Answer::Error { summary, detail }, Answer::Error { detail: same, .. }) => {
            set("error", json!(summary));
            // Some details name the directory.
            if detail == same {
                set("detail", json!(detail));
            }
        }
        (Answer::Unknown, Answer::Unknown) => drop(set("unknown", json!(true))),
        _ => drop(set("varies", json!(true))),
    }
    Value::Object(line)
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that keeps records")]
fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that keeps records")]
fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_expression_has_its_recorded_answer() {
        let folder = crate::root().join(FOLDER);
        let questions = list::parse(&read(&folder.join("expressions.txt")).unwrap()).unwrap();
        let listed: Vec<_> = questions
            .iter()
            .map(|it| (it.section.as_str(), it.expression.as_str(), it.constraint.as_deref()))
            .collect();
        let answers = read(&folder.join("answers.jsonl")).unwrap();
        let answers: Vec<Value> =
            answers.lines().skip(1).map(|it| serde_json::from_str(it).unwrap()).collect();
        let recorded: Vec<_> = answers
            .iter()
            .map(|it| {
                (it["section"].as_str().unwrap(), it["expression"].as_str().unwrap(), it["as"].as_str())
            })
            .collect();
        for (listed, recorded) in listed.iter().zip(&recorded) {
            assert_eq!(listed, recorded, "stale: run `cargo xtask record-terraform`");
        }
        assert_eq!(listed.len(), recorded.len(), "stale: run `cargo xtask record-terraform`");
    }
}
