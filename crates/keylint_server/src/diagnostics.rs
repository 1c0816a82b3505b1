//! Findings as the protocol's diagnostics.

use std::path::Path;

use keylint_engine::Report;
use keylint_report::RuleDoc;
use keylint_rules::{Finding, Severity};
use keylint_source::Span;
use lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message, Position, Range, Uri,
};

use crate::uri;

/// The diagnostics of one file of a report.
pub(crate) fn of_file(report: &Report, rules: &[RuleDoc], path: &Path) -> Vec<Diagnostic> {
    let in_file = |finding: &&Finding| report.file(finding.span).is_some_and(|file| file.absolute == path);
    report.findings.iter().filter(in_file).map(|finding| diagnostic(report, rules, finding)).collect()
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
        data: None,
    }
}

fn uri_of(report: &Report, span: Span) -> Option<Uri> {
    report.file(span).map(|file| uri::from_path(&file.absolute))
}

/// Positions count from 0, columns in UTF-16 units: the encoding that every client speaks.
fn range(report: &Report, span: Span) -> Range {
    let position = |offset| {
        let position = report.file(span).map(|file| file.position(offset));
        position.map_or(Position { line: 0, character: 0 }, |position| Position {
            line: position.line - 1,
            character: position.utf16 - 1,
        })
    };
    Range { start: position(span.start), end: position(span.end) }
}
