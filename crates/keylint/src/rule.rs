//! `keylint rule`: the list of rules, and the page of one.

use std::fmt::Write;

use keylint_report::RuleDoc;
use keylint_rules::{Entry, Registry};
use serde_json::{Value, json};

use crate::arguments::{ListFormat, RuleArguments};
use crate::exit::{Exit, failed};
use crate::{environment, output, terminal};

/// Where the pages are published, by their path under `rules/`.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/rules/");

/// Shows the rules.
pub(crate) fn run(arguments: &RuleArguments) -> Exit {
    let registry = Registry::builtin();
    let color = environment::colors(arguments.color, environment::stdout_is_terminal());
    let text = match &arguments.id {
        Some(wanted) => match (registry.find(wanted), arguments.output_format) {
            (Some(rule), ListFormat::Json) => format!("{:#}\n", json_of(registry, rule)),
            (Some(rule), ListFormat::Text) => page(registry, rule, color),
            (None, _) => {
                let near = registry.suggest(wanted).map(|near| format!("; did you mean `{near}`?"));
                return failed(&format!("there is no rule `{wanted}`{}", near.unwrap_or_default()));
            }
        },
        None => match arguments.output_format {
            ListFormat::Json => {
                let rules: Vec<Value> = registry.rules().iter().map(|rule| json_of(registry, rule)).collect();
                format!("{:#}\n", Value::from(rules))
            }
            ListFormat::Text => table(registry, color),
        },
    };
    output::to_stdout(&text)
}

/// What the outputs say about a rule.
pub(crate) fn document(registry: &Registry, rule: &Entry) -> RuleDoc {
    let page = registry.page(rule).ok();
    RuleDoc {
        id: rule.id,
        name: rule.name.clone(),
        severity: rule.severity,
        confidence: page.map_or(keylint_rules::Confidence::High, |page| page.confidence.default),
        summary: summary(registry, rule),
        markdown: page.map(|page| page.body.trim().to_owned()).unwrap_or_default(),
        url: format!("{PAGES}{}", rule.path),
        tags: vec!["security".to_owned(), service(rule).to_owned()],
    }
}

/// What the outputs say about every rule.
pub(crate) fn documents() -> Vec<RuleDoc> {
    let registry = Registry::builtin();
    registry.rules().iter().map(|rule| document(registry, rule)).collect()
}

/// The folder of the page, which is named after what the rule is about.
fn service(rule: &Entry) -> &str {
    rule.path.split('/').next().unwrap_or("")
}

/// What the rule reports, in a sentence: its message, with an ellipsis for what depends on the case.
fn summary(registry: &Registry, rule: &Entry) -> String {
    let message = registry.page(rule).ok().and_then(|page| page.message.as_ref());
    let mut out = String::new();
    let mut depth = 0usize;
    for character in message.map_or("", |message| message.as_str()).chars() {
        match character {
            '{' => {
                if depth == 0 {
                    out.push('…');
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
    }
    out
}

fn table(registry: &Registry, color: bool) -> String {
    let rules = registry.rules();
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules {
        let severity = terminal::severity(rule.severity, color);
        let padding = " ".repeat(8usize.saturating_sub(rule.severity.name().len()));
        let off = if rule.enabled { "" } else { " (off by default)" };
        let summary = summary(registry, rule);
        let _ = writeln!(text, "{:<7}  {:<width$}  {severity}{padding}  {summary}{off}", rule.id, rule.name);
    }
    text
}

/// The page as it is read in a terminal, with its facts in front.
fn page(registry: &Registry, rule: &Entry, color: bool) -> String {
    let doc = document(registry, rule);
    let mut text = format!(
        "{} {}\n{}, {} confidence{}\n\n",
        terminal::bold(rule.id.as_str(), color),
        terminal::bold(&rule.name, color),
        terminal::severity(rule.severity, color),
        doc.confidence.name(),
        if rule.enabled { "" } else { ", off by default" },
    );
    let page = registry.page(rule).ok();
    if let Some(help) = page.and_then(|page| page.help.as_ref()) {
        text.push_str(&terminal::markdown(
            &format!("{}\n\nRemedy: {help}\n\n", doc.summary),
            environment::width(),
            color,
        ));
    }
    text.push_str(&terminal::markdown(&doc.markdown, environment::width(), color));
    if let Some(page) = page {
        let lists = [("In other tools", &page.aliases), ("Sources", &page.sources)];
        for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ = write!(text, "\n{}\n", terminal::bold(title, color));
            list.iter().for_each(|one| {
                let _ = writeln!(text, "  {one}");
            });
        }
    }
    text
}

fn json_of(registry: &Registry, rule: &Entry) -> Value {
    let doc = document(registry, rule);
    let page = registry.page(rule).ok();
    let ids = |ids: &[keylint_rules::RuleId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    let texts = |texts: &[std::sync::Arc<str>]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
    json!({
        "id": rule.id.as_str(),
        "name": &*rule.name,
        "severity": rule.severity.name(),
        "confidence": doc.confidence.name(),
        "default": if rule.enabled { "on" } else { "off" },
        "service": service(rule),
        "on": rule.on.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "summary": doc.summary,
        "help": page.and_then(|page| page.help.as_deref()),
        "supersedes": page.map(|page| ids(&page.supersedes)).unwrap_or_default(),
        "aliases": page.map(|page| texts(&page.aliases)).unwrap_or_default(),
        "sources": page.map(|page| texts(&page.sources)).unwrap_or_default(),
        "url": doc.url,
    })
}
