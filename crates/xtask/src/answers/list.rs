//! The list of expressions.
//!
//! One expression a line. Lines that begin with `|` belong together: what follows each `| ` is a
//! line of one expression, for heredocs. `as TYPE <- EXPRESSION` asks for the value of a variable
//! with that type constraint that was given the expression. `## name` opens a section: that of a
//! function, where there is one of this name, whose answers count for it. Other lines that begin
//! with `#` and empty lines say nothing.

use anyhow::{Result, ensure};

/// One thing to ask Terraform.
#[derive(PartialEq, Eq)]
pub(super) struct Question {
    pub(super) section: String,
    pub(super) expression: String,
    /// The type constraint of the variable that it goes through.
    pub(super) constraint: Option<String>,
}

/// Reads the list.
pub(super) fn parse(text: &str) -> Result<Vec<Question>> {
    let mut questions: Vec<Question> = Vec::new();
    let mut section = String::new();
    let mut open: Option<String> = None;
    for line in text.lines().chain([""]) {
        if let Some(rest) = line.strip_prefix('|') {
            let block = open.get_or_insert_default();
            block.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            block.push('\n');
            continue;
        }
        if let Some(expression) = open.take() {
            push(&mut questions, &section, expression.trim_end_matches('\n'))?;
        }
        if let Some(name) = line.strip_prefix("## ") {
            section = name.trim().to_owned();
        } else if !line.starts_with('#') && !line.trim().is_empty() {
            push(&mut questions, &section, line.trim())?;
        }
    }
    Ok(questions)
}

fn push(questions: &mut Vec<Question>, section: &str, text: &str) -> Result<()> {
    let (constraint, expression) = match text.strip_prefix("as ").and_then(|rest| rest.split_once(" <- ")) {
        Some((constraint, expression)) => (Some(constraint.to_owned()), expression),
        None => (None, text),
    };
    let question = Question { section: section.to_owned(), expression: expression.to_owned(), constraint };
    ensure!(!questions.contains(&question), "`{text}` is listed twice under `{section}`");
    questions.push(question);
    Ok(())
}
