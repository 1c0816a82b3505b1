//! Asks a Terraform binary.
//!
//! Every expression is a local value of one module, so that heredocs and types of variables work,
//! and one plan answers all of them: it says the type of each output and all errors at once, where
//! the console gives up at the first. The console then confirms every value.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::list::Question;

/// What Terraform says of one expression.
pub(super) enum Answer {
    Known { json: String, ty: Value },
    Unknown,
    Error { summary: String, detail: String },
}

type Errors = BTreeMap<usize, (String, String)>;

/// Version and names of functions.
pub(super) fn header(binary: &str) -> Result<Value> {
    let place = Place::new("header")?;
    let version = parse(&run(binary, &place, &["version", "-json"])?)?;
    let metadata = parse(&run(binary, &place, &["metadata", "functions", "-json"])?)?;
    let signatures = field(&metadata, "function_signatures").as_object().context("no function signatures")?;
    let names: Vec<_> = signatures.keys().filter(|name| !name.contains("::")).collect();
    Ok(json!({"terraform": field(&version, "terraform_version"), "functions": names}))
}

/// The answers, in the order of the questions.
pub(super) fn ask(binary: &str, fixture: &Path, questions: &[Question], name: &str) -> Result<Vec<Answer>> {
    let place = Place::new(name)?;
    let terraform = |arguments: &[&str]| run(binary, &place, arguments);
    copy(fixture, &place.work)?;
    for (number, question) in questions.iter().enumerate() {
        if question.constraint.is_some() {
            place.write(&format!("types/{number}/main.tf"), &typed("any"))?;
            place.write(&format!("e{number}.tf"), &call(number, "null"))?;
        }
    }
    // The calls are installed before anything can be wrong.
    terraform(&["init", "-no-color", "-input=false"])?;
    for (number, question) in questions.iter().enumerate() {
        if let Some(constraint) = &question.constraint {
            place.write(&format!("types/{number}/main.tf"), &typed(constraint))?;
        }
        place.write(&format!("e{number}.tf"), &module(number, question))?;
    }
    let errors = reject(&place, &terraform)?;
    let plan = parse(&terraform(&["show", "-json", "plan"])?)?;
    let outputs = field(field(&plan, "planned_values"), "outputs");
    let mut answers: Vec<Answer> = (0..questions.len())
        .map(|number| {
            if let Some((summary, detail)) = errors.get(&number) {
                return Answer::Error { summary: summary.clone(), detail: detail.clone() };
            }
            let ty = field(field(outputs, &format!("e{number}")), "type").clone();
            match field(field(outputs, &format!("j{number}")), "value").as_str() {
                Some(json) if !ty.is_null() => Answer::Known { json: json.to_owned(), ty },
                _ => Answer::Unknown,
            }
        })
        .collect();
    for (number, answer) in answers.iter_mut().enumerate() {
        if matches!(answer, Answer::Unknown) {
            place.remove(&format!("e{number}.tf"))?;
            if let Some(question) = questions.get(number).filter(|it| it.constraint.is_none()) {
                *answer = attempt(binary, fixture, question)?;
            }
        }
    }
    confirm(binary, &place, questions, &answers)?;
    Ok(answers)
}

/// What the console says of an expression that a plan leaves open: a plan puts off a function that
/// gives something else every time, the console calls it and sees that it fails.
fn attempt(binary: &str, fixture: &Path, question: &Question) -> Result<Answer> {
    let place = Place::new("attempt")?;
    copy(fixture, &place.work)?;
    place.write("e0.tf", &module(0, question))?;
    let (_, said) = console(binary, &place, "local.e0\n")?;
    Ok(match said.split_once("Error: ") {
        Some((_, error)) => {
            let summary = error.lines().next().unwrap_or_default().to_owned();
            Answer::Error { summary, detail: String::new() }
        }
        None => Answer::Unknown,
    })
}

/// Plans until nothing is wrong any more, taking out what is and keeping the reasons.
fn reject(place: &Place, terraform: &dyn Fn(&[&str]) -> Result<String>) -> Result<Errors> {
    let mut errors = Errors::new();
    loop {
        // Validation reports every syntax error, a plan none before these are gone.
        let mut found = diagnostics(field(&parse(&terraform(&["validate", "-json"])?)?, "diagnostics"))?;
        if found.is_empty() {
            let log = terraform(&["plan", "-json", "-input=false", "-out=plan"])?;
            let messages = log.lines().map(parse).collect::<Result<Vec<_>>>()?;
            found = diagnostics(&messages.iter().map(|it| field(it, "diagnostic").clone()).collect())?;
        }
        if found.is_empty() {
            return Ok(errors);
        }
        for (number, error) in found {
            place.remove(&format!("e{number}.tf"))?;
            errors.entry(number).or_insert(error);
        }
    }
}

/// The errors by the number of the expression that each is in.
fn diagnostics(list: &Value) -> Result<Errors> {
    let mut errors = Errors::new();
    for diagnostic in list.as_array().into_iter().flatten() {
        if field(diagnostic, "severity") != "error" {
            continue;
        }
        let file = field(field(diagnostic, "range"), "filename").as_str().unwrap_or_default();
        let number = file
            .strip_prefix("types/")
            .and_then(|rest| rest.split('/').next())
            .or_else(|| file.strip_prefix('e')?.strip_suffix(".tf"))
            .and_then(|number| number.parse().ok());
        let Some(number) = number else { bail!("an error of no expression: {diagnostic}") };
        let text = |key: &str| field(diagnostic, key).as_str().unwrap_or_default().to_owned();
        errors.entry(number).or_insert((text("summary"), text("detail")));
    }
    Ok(errors)
}

fn module(number: usize, question: &Question) -> String {
    let (before, value) = match question.constraint {
        Some(_) => (call(number, &question.expression), format!("module.m{number}.value")),
        None => (String::new(), question.expression.clone()),
    };
    format!(
        "{before}locals {{\n  e{number} = {value}\n}}\n\
         output \"e{number}\" {{\n  sensitive = true\n  value = local.e{number}\n}}\n\
         output \"j{number}\" {{\n  sensitive = true\n  value = jsonencode(local.e{number})\n}}\n"
    )
}

fn typed(constraint: &str) -> String {
    format!(
        "variable \"value\" {{\n  type = {constraint}\n}}\noutput \"value\" {{\n  value = var.value\n}}\n"
    )
}

fn call(number: usize, value: &str) -> String {
    format!("module \"m{number}\" {{\n  source = \"./types/{number}\"\n  value = {value}\n}}\n")
}

/// Asks the console whether each known value is the one that the plan has. It answers one
/// expression a run, so the comparisons are a local value and it lists those that fail.
fn confirm(binary: &str, place: &Place, questions: &[Question], answers: &[Answer]) -> Result<()> {
    let mut text = "locals {\n  differ = [for number, same in {\n".to_owned();
    for (number, (answer, question)) in answers.iter().zip(questions).enumerate() {
        // The time is not the same twice.
        if let Answer::Known { json, .. } = answer
            && !question.expression.contains("timestamp(")
        {
            let json = json.replace('\\', "\\\\").replace('"', "\\\"");
            let json = json.replace("${", "$${").replace("%{", "%%{");
            writeln!(text, "    \"{number}\" = nonsensitive(jsonencode(local.e{number})) == \"{json}\"")?;
        }
    }
    text.push_str("  } : number if !same]\n}\n");
    place.write("confirm.tf", &text)?;
    let (output, complaint) = console(binary, place, "jsonencode(local.differ)\n")?;
    match output.trim() {
        "\"[]\"" => Ok(()),
        other => bail!("plan and console differ: {other:.500} {complaint:.1000}"),
    }
}

/// A field of an object, null where there is none.
pub(super) fn field<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}

pub(super) fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| {
        format!("Terraform says no JSON that can be read: {}", text.chars().take(200).collect::<String>())
    })
}

/// The standard output; where the program fails without any, that is an error.
pub(super) fn run(binary: &str, place: &Place, arguments: &[&str]) -> Result<String> {
    let (text, said) = start(binary, place, arguments, String::new())?;
    if text.is_empty() && !said.is_empty() {
        bail!("terraform {}: {said}", arguments.join(" "));
    }
    Ok(text)
}

/// What the console answers, and what it complains about.
fn console(binary: &str, place: &Place, lines: &str) -> Result<(String, String)> {
    start(binary, place, &["console", "-no-color", "-plan"], lines.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that runs Terraform")]
fn start(binary: &str, place: &Place, arguments: &[&str], input: String) -> Result<(String, String)> {
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(&place.work);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TF_")) {
        command.env_remove(name);
    }
    command.env("HOME", &place.home).env("CHECKPOINT_DISABLE", "1").env("TF_CLI_CONFIG_FILE", "/dev/null");
    let mut child = command.spawn().with_context(|| format!("cannot run {binary}"))?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    // A program that gives up reads no further: its own words say why.
    drop(feeder.join());
    Ok((String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// A directory that is gone when this is.
pub(super) struct Place {
    top: PathBuf,
    work: PathBuf,
    home: PathBuf,
}

impl Place {
    /// A new one, whose name tells it from others of this run.
    pub(super) fn new(name: &str) -> Result<Place> {
        let top = std::env::temp_dir().join(format!("keylint-answers-{}-{name}", std::process::id()));
        let place = Place { work: top.join(name), home: top.join("home"), top };
        std::fs::create_dir_all(&place.work)?;
        std::fs::create_dir_all(&place.home)?;
        Ok(place)
    }

    /// Writes a file of it.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.work.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        super::write(&path, text)
    }

    fn remove(&self, path: &str) -> Result<()> {
        std::fs::remove_file(self.work.join(path)).with_context(|| format!("{path} is wrong twice"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in the directory of temporary files harms nobody.
        drop(std::fs::remove_dir_all(&self.top));
    }
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that copies its own files")]
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
