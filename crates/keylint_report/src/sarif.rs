//! SARIF 2.1.0 as GitHub code scanning takes it.
//!
//! GitHub shows an alert on a pull request only when all its lines are in the diff, so a result's
//! region is the offending token; what belongs to it is in the related locations, linked from the
//! message. The list of rules is the same in every run of a release, and suppressed findings are
//! left out, because GitHub would show them as open.
//!
//! Source: GitHub documentation, "SARIF support for code scanning".

use std::collections::HashMap;
use std::io::{self, Write};

use keylint_engine::Report;
use keylint_rules::{Confidence, Finding, Fix, Severity};
use keylint_source::{FileId, Span};
use serde_json::{Value, json};

use crate::line_hash::line_hashes;
use crate::{Place, RuleDoc};

/// GitHub refuses files with more results.
const MAX_RESULTS: usize = 25_000;
/// GitHub keeps this many characters of a rule's descriptions.
const MAX_DESCRIPTION: usize = 1_000;

pub(crate) fn write(report: &Report, rules: &[RuleDoc], out: &mut dyn Write) -> io::Result<()> {
    let index: HashMap<_, _> = rules.iter().enumerate().map(|(index, rule)| (rule.id, index)).collect();
    let mut hashes: HashMap<FileId, Vec<String>> = HashMap::new();
    for finding in &report.findings {
        if let Some(file) = report.file(finding.span) {
            hashes.entry(finding.span.file).or_insert_with(|| line_hashes(&file.text));
        }
    }
    let mut findings: Vec<_> = report.findings.iter().collect();
    let left_out = findings.len().saturating_sub(MAX_RESULTS);
    if left_out > 0 {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.truncate(MAX_RESULTS);
    }
    let results = findings.iter().map(|finding| {
        let mut result = result_json(report, finding, &hashes);
        if let (Some(index), Some(members)) = (index.get(&finding.rule), result.as_object_mut()) {
            members.insert("ruleIndex".to_owned(), json!(index));
        }
        result
    });
    let mut document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "keylint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(rule_json).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    if let (1.., Some(run)) = (left_out, document.pointer_mut("/runs/0").and_then(Value::as_object_mut)) {
        let text = format!(
            "{left_out} results are left out, the least severe ones: GitHub takes {MAX_RESULTS}; the other \
             formats have them all"
        );
        let notes = json!([{"level": "warning", "message": {"text": text}}]);
        let invocation = json!([{"executionSuccessful": true, "toolExecutionNotifications": notes}]);
        run.insert("invocations".to_owned(), invocation);
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn rule_json(rule: &RuleDoc) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.tags.iter().take(9).cloned());
    json!({
        "id": rule.id.as_str(),
        "name": rule.name,
        "shortDescription": {"text": clip(&rule.summary)},
        "fullDescription": {"text": clip(&rule.summary)},
        "help": {"text": rule.markdown, "markdown": rule.markdown},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": tags,
            "precision": precision(rule.confidence),
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn result_json(report: &Report, finding: &Finding, hashes: &HashMap<FileId, Vec<String>>) -> Value {
    let place = Place::of(report, finding.span);
    let line_hash = hashes
        .get(&finding.span.file)
        .and_then(|lines| lines.get((place.start.line as usize).saturating_sub(1)))
        .filter(|hash| !hash.is_empty());
    let mut fingerprints = json!({"keylint/v1": finding.fingerprint.0});
    if let (Some(hash), Some(members)) = (line_hash, fingerprints.as_object_mut()) {
        members.insert("primaryLocationLineHash".to_owned(), json!(hash));
    }
    let related = finding.related.iter().zip(1..).map(|(related, id)| {
        let mut location = location(report, related.span);
        if let Some(members) = location.as_object_mut() {
            members.insert("id".to_owned(), json!(id));
            members.insert("message".to_owned(), json!({"text": related.message}));
        }
        location
    });
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [location(report, finding.span)],
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": fingerprints,
        "properties": {"security-severity": security_severity(finding.severity)},
    });
    if let (Some(address), Some(first)) =
        (&finding.resource, result.pointer_mut("/locations/0").and_then(Value::as_object_mut))
    {
        let name = json!([{"fullyQualifiedName": address.as_str(), "kind": "resource"}]);
        first.insert("logicalLocations".to_owned(), name);
    }
    if let (Some(fix), Some(members)) = (&finding.fix, result.as_object_mut()) {
        members.insert("fixes".to_owned(), json!([fix_json(report, finding, fix)]));
    }
    result
}

/// The edits that mend a finding (SARIF 2.1.0, 3.55), each in its file.
fn fix_json(report: &Report, finding: &Finding, fix: &Fix) -> Value {
    let changes = fix.edits.iter().map(|edit| {
        let place = Place::of(report, edit.span);
        json!({
            "artifactLocation": {"uri": percent_encode(place.path)},
            "replacements": [{
                "deletedRegion": {
                    "startLine": place.start.line,
                    "startColumn": place.start.column,
                    "endLine": place.end.line,
                    "endColumn": place.end.column,
                },
                "insertedContent": {"text": edit.text},
            }],
        })
    });
    let description = finding.help.as_deref().unwrap_or(&finding.message);
    json!({"description": {"text": escape(description)}, "artifactChanges": changes.collect::<Vec<_>>()})
}

/// The message with a link to each related location.
fn message(finding: &Finding) -> String {
    let mut text = escape(&finding.message);
    if let Some(resource) = &finding.resource {
        text = format!("{text}: {}", escape(resource.as_str()));
    }
    let links =
        finding.related.iter().zip(1..).map(|(related, id)| format!("[{}]({id})", escape(&related.message)));
    let links: Vec<_> = links.collect();
    if links.is_empty() { text } else { format!("{text} ({})", links.join(", ")) }
}

/// Brackets in a SARIF message start a link (SARIF 2.1.0, 3.11.6).
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn location(report: &Report, span: Span) -> Value {
    let place = Place::of(report, span);
    let end_column = if (place.end.line, place.end.column) == (place.start.line, place.start.column) {
        place.end.column + 1
    } else {
        place.end.column
    };
    json!({"physicalLocation": {
        "artifactLocation": {"uri": percent_encode(place.path)},
        "region": {
            "startLine": place.start.line,
            "startColumn": place.start.column,
            "endLine": place.end.line,
            "endColumn": end_column,
        },
    }})
}

/// The path as a relative URI reference (RFC 3986): everything but unreserved characters and `/`
/// is encoded, so that a `:` in the first part is not taken for a scheme.
fn percent_encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                use std::fmt::Write as _;
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_DESCRIPTION).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "note",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

/// The number by which GitHub sorts: over 9.0 critical, from 7.0 high, from 4.0 medium, below low.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}
