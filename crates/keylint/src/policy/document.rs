//! A policy document that a question is about.

use std::path::Path;
use std::sync::Arc;

use keylint_policy::{Amiss, Document, Malformed, Parsed, PolicyKind, Statement, UnknownKind};
use keylint_source::{SourceFile, Span};
use serde_json::{Value, json};

use super::input;

/// How many mistakes of a document are said before the rest is only counted.
const MAX_MISTAKES: usize = 20;

/// A file and the policy that it is.
pub(crate) struct Policy {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) document: Document,
}

impl Policy {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// One line for each thing that is wrong: a file that cannot be read, neither JSON nor YAML, or a
    /// policy that AWS does not take, whose effect cannot be told.
    pub(crate) fn read(path: &Path) -> Result<Policy, Vec<String>> {
        let file = input::read(path).map_err(|message| vec![message])?;
        if [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| file.display().ends_with(end)) {
            return Err(vec![is_more(&file, "Terraform configuration")]);
        }
        let at = |span: Option<Span>| match span {
            Some(span) => input::place(&file, span.start),
            None => file.display().to_string(),
        };
        let document = match keylint_policy::read(&file) {
            Parsed::Document(document) => *document,
            Parsed::Invalid(problems) if !problems.is_empty() => {
                let lines =
                    problems.iter().map(|problem| format!("{}: {}", at(Some(problem.span)), problem.message));
                return Err(lines.collect());
            }
            Parsed::Absent => {
                return Err(vec![format!("{}: there is no policy in the file", file.display())]);
            }
            Parsed::Invalid(_) | Parsed::Unknown(_) => {
                return Err(vec![format!("{}: the file is no policy", file.display())]);
            }
        };
        let is_template = document
            .malformed
            .iter()
            .any(|note| note.amiss == Amiss::UnknownElement && note.written.as_deref() == Some("Resources"));
        if is_template {
            return Err(vec![is_more(&file, "a template")]);
        }
        let problems = document.problems.iter().map(|p| format!("{}: {}", at(Some(p.span)), p.message));
        let malformed = document.malformed.iter().map(|note| format!("{}: {}", at(note.span), said(note)));
        let mut lines: Vec<String> = problems.chain(malformed).collect();
        if lines.is_empty() {
            return Ok(Policy { file, document });
        }
        let more = lines.len().saturating_sub(MAX_MISTAKES);
        lines.truncate(MAX_MISTAKES);
        if more > 0 {
            lines.push(format!("{}: {more} more", file.display()));
        }
        Err(lines)
    }

    /// The kind that was asked for, else the one that the shape of the document suggests.
    ///
    /// # Errors
    ///
    /// One line when there is no such kind.
    pub(crate) fn kind(&self, asked: Option<&str>) -> Result<PolicyKind, String> {
        match asked {
            None => Ok(self.document.infer_kind()),
            Some(name) => name.parse().map_err(|error: UnknownKind| error.to_string()),
        }
    }

    /// Where a statement is written: `policy.json:3:14`.
    pub(crate) fn place(&self, statement: &Statement) -> String {
        match statement.span {
            Some(span) => input::place(&self.file, span.start),
            None => self.file.display().to_string(),
        }
    }

    /// What a statement is called in JSON.
    pub(crate) fn json_of(&self, index: usize) -> Value {
        let statement = self.document.statements.get(index);
        let position = statement.and_then(|s| s.span).map(|span| self.file.position(span.start));
        json!({
            "sid": statement.and_then(Statement::sid),
            "index": index,
            "line": position.as_ref().map(|position| position.line),
            "column": position.as_ref().map(|position| position.column),
        })
    }

    /// What a sentence calls a statement.
    pub(crate) fn name_of(&self, index: usize) -> String {
        match self.document.statements.get(index).and_then(Statement::sid) {
            Some(sid) => format!("statement `{sid}`"),
            None => format!("statement {}", index + 1),
        }
    }
}

/// That a file holds policies, and is none.
fn is_more(file: &SourceFile, what: &str) -> String {
    format!(
        "{}: this is {what}, which `keylint check` reads; here give a policy document by itself, in JSON or YAML",
        file.display()
    )
}

/// What is wrong with a policy, in words.
fn said(note: &Malformed) -> String {
    let element = &note.element;
    let written = note.written.as_ref().map(|written| format!(" `{written}`")).unwrap_or_default();
    match note.amiss {
        Amiss::Missing => format!("`{element}` is missing"),
        Amiss::UnknownElement => format!("AWS has no element{written}"),
        Amiss::UnknownOperator => format!("AWS has no condition operator{written}"),
        Amiss::UnknownPrincipalKey => format!("AWS has no principal key{written}"),
        Amiss::UnknownValue => format!("AWS has no value{written} for `{element}`"),
        Amiss::ElementCase | Amiss::PrincipalKeyCase | Amiss::ValueCase => {
            format!("`{element}`{written} is written in the wrong case")
        }
        Amiss::WrongType => format!("`{element}` has the wrong JSON type"),
        Amiss::BothForms => format!("`{element}` and its `Not` form are both there"),
        Amiss::Empty => format!("`{element}` is empty"),
    }
}
