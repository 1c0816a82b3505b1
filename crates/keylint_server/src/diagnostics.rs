//! Findings as the protocol's diagnostics.

use std::path::Path;

use keylint_engine::{ErrorPlace, Report, RunError};
use keylint_report::RuleDoc;
use keylint_rules::{Finding, Fix, Severity};
use keylint_source::Span;
use lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message, Position, Range, Uri,
};
use serde_json::{Map, Value, json};

use crate::uri;

/// The diagnostics of one file of a report.
pub(crate) fn of_file(report: &Report, rules: &[RuleDoc], path: &Path) -> Vec<Diagnostic> {
    let in_file = |finding: &&Finding| report.file(finding.span).is_some_and(|file| file.absolute == path);
    report.findings.iter().filter(in_file).map(|finding| diagnostic(report, rules, finding)).collect()
}

/// Says of an open file that it was not looked at, and why.
pub(crate) fn not_checked(error: &RunError) -> Diagnostic {
    let start = Position { line: 0, character: 0 };
    plain(Range { start, end: start }, format!("not checked: {error}"))
}

/// An error in a file that is no part of what is checked.
pub(crate) fn of_error(error: &RunError, place: &ErrorPlace) -> Diagnostic {
    let range = Range { start: position(place.start), end: position(place.end) };
    plain(range, error.message.clone())
}

fn plain(range: Range, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::Error),
        code: None,
        code_description: None,
        source: Some("keylint".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: None,
        data: None,
    }
}

fn diagnostic(report: &Report, rules: &[RuleDoc], finding: &Finding) -> Diagnostic {
    let url = rules.iter().find(|rule| rule.id == finding.rule).map(|rule| rule.url.clone());
    let message = match &finding.help {
        Some(help) => format!("{}\nhelp: {help}", finding.message),
        None => finding.message.clone(),
    };
    let related = finding.related.iter().filter_map(|related| {
        let location = Location { uri: uri_of(report, related.span)?, range: range(report, related.span) };
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: range(report, finding.span),
        severity: Some(match finding.severity {
            Severity::Critical | Severity::High => DiagnosticSeverity::Error,
            Severity::Medium | Severity::Low => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
        }),
        code: Some(Code::String(finding.rule.to_string())),
        code_description: url.map(|url| CodeDescription { href: Uri(url) }),
        source: Some("keylint".to_owned()),
        message: Message::String(message),
        // An unused suppression can be deleted: editors grey it out.
        tags: (finding.rule.as_str() == "KL011").then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: finding.fix.as_ref().and_then(|fix| edits(report, fix)),
    }
}

/// The edits of a fix, as the client gets them when it asks for actions: by file, with what to replace.
fn edits(report: &Report, fix: &Fix) -> Option<Value> {
    let mut changes = Map::new();
    for edit in &fix.edits {
        let text = json!({"range": range(report, edit.span), "newText": edit.text});
        let of_file = changes.entry(uri_of(report, edit.span)?.0).or_insert_with(|| json!([]));
        of_file.as_array_mut()?.push(text);
    }
    Some(json!({"changes": changes}))
}

/// The actions that mend the diagnostics within a range.
pub(crate) fn actions(diagnostics: &[Diagnostic], range: &Range) -> Value {
    let touches = |diagnostic: &&Diagnostic| {
        let start = |range: &Range| (range.start.line, range.start.character);
        let end = |range: &Range| (range.end.line, range.end.character);
        start(&diagnostic.range) <= end(range) && start(range) <= end(&diagnostic.range)
    };
    let action = |diagnostic: &Diagnostic| {
        let edit = diagnostic.data.as_ref()?;
        let new =
            edit.pointer("/changes")?.as_object()?.values().find_map(|edits| edits.pointer("/0/newText"));
        let title = match new.and_then(Value::as_str).unwrap_or_default().trim().trim_end_matches(',') {
            "" => "remove it".to_owned(),
            new => format!("write `{new}`"),
        };
        Some(json!({"title": title, "kind": "quickfix", "diagnostics": [diagnostic], "edit": edit}))
    };
    diagnostics.iter().filter(touches).filter_map(action).collect()
}

fn uri_of(report: &Report, span: Span) -> Option<Uri> {
    report.file(span).map(|file| uri::from_path(&file.absolute))
}

/// Positions count from 0, columns in UTF-16 units: the encoding that every client speaks.
fn range(report: &Report, span: Span) -> Range {
    let at = |offset| {
        let known = report.file(span).map(|file| file.position(offset));
        known.map_or(Position { line: 0, character: 0 }, position)
    };
    Range { start: at(span.start), end: at(span.end) }
}

fn position(known: keylint_source::Position) -> Position {
    Position { line: known.line.saturating_sub(1), character: known.utf16.saturating_sub(1) }
}
