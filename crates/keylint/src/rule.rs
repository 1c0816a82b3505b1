//! `keylint rule`: the list of rules, and the page of one.

use std::fmt::Write;

use keylint_engine::catalogue;
use keylint_report::RuleDoc;
use serde_json::json;

use crate::arguments::{ListFormat, RuleArguments};
use crate::exit::{Exit, failed};
use crate::{environment, output, terminal};

/// Shows the rules.
pub(crate) fn run(arguments: &RuleArguments) -> Exit {
    let mut rules = documents();
    if let Some(wanted) = &arguments.id {
        match catalogue::resolve(wanted) {
            Ok(id) => rules.retain(|rule| rule.id == id),
            Err(error) => return failed(&error.to_string()),
        }
    }
    let color = environment::colors(arguments.color, environment::stdout_is_terminal());
    let text = match arguments.output_format {
        ListFormat::Json => json_list(&rules, arguments.id.is_some()),
        ListFormat::Text if arguments.id.is_some() => {
            rules.iter().map(|rule| terminal::markdown(&rule.markdown, environment::width(), color)).collect()
        }
        ListFormat::Text => table(&rules, color),
    };
    output::to_stdout(&text)
}

/// What the outputs say about every rule.
pub(crate) fn documents() -> Vec<RuleDoc> {
    let rules = catalogue::catalogue().iter();
    rules
        .map(|rule| RuleDoc {
            id: rule.name.id,
            name: rule.name.name.clone(),
            severity: rule.severity,
            confidence: rule.confidence,
            summary: String::new(),
            markdown: format!("# {} {}\n", rule.name.id, rule.name.name),
            url: String::new(),
            tags: Vec::new(),
        })
        .collect()
}

fn is_default(rule: &RuleDoc) -> bool {
    catalogue::entry(rule.id).is_some_and(|entry| entry.name.default)
}

fn table(rules: &[RuleDoc], color: bool) -> String {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules {
        let severity = terminal::severity(rule.severity, color);
        let padding = " ".repeat(8usize.saturating_sub(rule.severity.name().len()));
        let off = if is_default(rule) { "" } else { " (off by default)" };
        let _ = writeln!(
            text,
            "{:<8} {:<width$}  {severity}{padding}  {}{off}",
            rule.id, rule.name, rule.summary
        );
    }
    text
}

fn json_list(rules: &[RuleDoc], one: bool) -> String {
    let mut list: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id.as_str(),
                "name": &*rule.name,
                "severity": rule.severity.name(),
                "confidence": rule.confidence.name(),
                "default": if is_default(rule) { "on" } else { "off" },
                "summary": rule.summary,
                "url": rule.url,
                "tags": rule.tags,
            })
        })
        .collect();
    let value = if one { list.pop().unwrap_or_default() } else { list.into() };
    format!("{value:#}\n")
}
