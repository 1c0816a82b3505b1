//! The JSON contract, version 1: see `docs/architecture.md`. Fields are added, never changed.

use std::io::{self, Write};

use keylint_engine::Report;
use keylint_model::CallKind;
use keylint_rules::{Applicability, Finding, Fix, StatementName};
use keylint_source::Span;
use serde_json::{Value, json};

use crate::{Options, Place, RuleDoc, url_of};

pub(crate) fn write(
    report: &Report,
    rules: &[RuleDoc],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let findings: Vec<_> =
        report.findings.iter().map(|finding| finding_json(report, rules, finding)).collect();
    let coverage = &report.coverage;
    let mut document = json!({
        "version": 1,
        "findings": findings,
        "coverage": {
            "files": coverage.files,
            "resources": coverage.resources,
            "policies": coverage.policies,
            "undecided": coverage.undecided,
            "missing_modules": coverage.missing_modules,
            "unparsed": coverage.unparsed,
        },
    });
    if options.show_unknown
        && let Some(members) = document.as_object_mut()
    {
        members.insert("undecided".to_owned(), undecided_json(report));
        members.insert("missing_modules".to_owned(), missing_json(report));
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn finding_json(report: &Report, rules: &[RuleDoc], finding: &Finding) -> Value {
    let related = finding.related.iter().map(|related| {
        json!({
            "message": related.message,
            "path": Place::of(report, related.span).path,
            "range": range(report, related.span),
        })
    });
    json!({
        "rule": finding.rule.as_str(),
        "name": finding.name,
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "message": finding.message,
        "path": Place::of(report, finding.span).path,
        "range": range(report, finding.span),
        "resource": finding.resource.as_ref().map(|address| address.as_str()),
        "environments": finding.environments.iter().map(|name| &**name).collect::<Vec<_>>(),
        "instances": finding.instances.iter().map(|address| address.as_str()).collect::<Vec<_>>(),
        "construct": finding.construct,
        "statement": finding.statement.as_ref().map(statement_json),
        "statements": finding.statements.iter().map(statement_json).collect::<Vec<_>>(),
        "related": related.collect::<Vec<_>>(),
        "fingerprint": finding.fingerprint.0,
        "help": finding.help,
        "url": url_of(rules, finding.rule),
        "fix": finding.fix.as_ref().map(|fix| fix_json(report, fix)),
    })
}

fn statement_json(name: &StatementName) -> Value {
    json!({"sid": name.sid, "index": name.index})
}

fn fix_json(report: &Report, fix: &Fix) -> Value {
    let applicability = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::DisplayOnly => "display-only",
    };
    let edits = fix.edits.iter().map(|edit| {
        json!({
            "path": Place::of(report, edit.span).path,
            "start": edit.span.start,
            "end": edit.span.end,
            "text": edit.text,
        })
    });
    json!({"applicability": applicability, "edits": edits.collect::<Vec<_>>()})
}

fn range(report: &Report, span: Span) -> Value {
    let place = Place::of(report, span);
    json!({
        "start": {"line": place.start.line, "column": place.start.column, "offset": span.start},
        "end": {"line": place.end.line, "column": place.end.column, "offset": span.end},
    })
}

fn missing_json(report: &Report) -> Value {
    let missing = report.missing_modules.iter().map(|module| {
        json!({
            "kind": match module.kind {
                CallKind::Module | CallKind::Include | CallKind::Construct => "module",
                CallKind::Stack => "stack",
                CallKind::Transform => "transform",
            },
            "address": module.address.as_str(),
            "path": module.path,
            "line": module.position.line,
            "column": module.position.column,
        })
    });
    missing.collect()
}

fn undecided_json(report: &Report) -> Value {
    let places = report.undecided.iter().map(|place| {
        json!({
            "rule": place.undecided.rule.as_str(),
            "resource": place.undecided.resource.as_str(),
            "reason": place.undecided.reason.category(),
            "message": place.undecided.reason.to_string(),
            "environments": place.undecided.environments.iter().map(|name| &**name).collect::<Vec<_>>(),
            "path": place.path,
            "line": place.position.line,
            "column": place.position.column,
            "resolve": place.resolve_at.as_ref().map(|(path, position)| {
                json!({"path": path, "line": position.line, "column": position.column})
            }),
        })
    });
    places.collect()
}
