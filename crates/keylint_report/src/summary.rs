//! What a run amounts to, in a line.

use std::fmt::Write;

use keylint_engine::{MissingModule, Report};
use keylint_model::CallKind;
use keylint_rules::Severity;

use crate::{printable, printable_path};

/// The coverage statement: what was looked at and what could not be decided. The last line that
/// every run prints on standard error, without the line ending.
pub fn coverage_line(report: &Report) -> String {
    let coverage = &report.coverage;
    if coverage.files == 0 && !coverage.unparsed.is_empty() {
        return format!("checked nothing: {} could not be read", count(coverage.unparsed.len(), "file"));
    }
    if coverage.files == 0 {
        return "checked nothing: no Terraform, CloudFormation or policy file was found".to_owned();
    }
    let mut line = format!(
        "checked {}, {}, {}",
        count(coverage.files, "file"),
        count(coverage.resources, "resource"),
        count(coverage.policies, "policy document"),
    );
    let undecided = (coverage.undecided > 0).then(|| format!("{} undecided", coverage.undecided));
    let of = |kind| report.missing_modules.iter().filter(|module| module.kind == kind).count();
    let (stacks, transforms) = (of(CallKind::Stack), of(CallKind::Transform));
    let modules = coverage.missing_modules.saturating_sub(stacks + transforms);
    let missing = [
        (modules, "module", "not on disk"),
        (stacks, "stack", "not read"),
        (transforms, "transform", "not known"),
    ];
    let missing = missing.into_iter().filter(|(number, ..)| *number > 0);
    let missing = missing.map(|(number, noun, why)| format!("{} {why}", count(number, noun)));
    let open: Vec<_> = undecided.into_iter().chain(missing).collect();
    if !open.is_empty() {
        let _ = write!(line, "; {} (--show-unknown lists them)", open.join(", "));
    } else if coverage.unparsed.is_empty() {
        line.push_str("; everything was decided");
    }
    if !coverage.unparsed.is_empty() {
        let _ = write!(line, "; {} not wholly read", count(coverage.unparsed.len(), "file"));
    }
    if coverage.suppressed > 0 {
        let _ = write!(line, "; {} suppressed", count(coverage.suppressed, "finding"));
    }
    line
}

/// `3 findings: 1 critical, 2 low`; `no findings`.
pub(crate) fn findings_line(report: &Report) -> String {
    if report.findings.is_empty() {
        return "no findings".to_owned();
    }
    let by_severity = Severity::ALL.iter().filter_map(|severity| {
        let number = report.findings.iter().filter(|finding| finding.severity == *severity).count();
        (number > 0).then(|| format!("{number} {severity}"))
    });
    let parts: Vec<_> = by_severity.collect();
    format!("{}: {}", count(report.findings.len(), "finding"), parts.join(", "))
}

/// What could not be decided, a line each, with the place that would resolve it.
pub(crate) fn undecided_lines(report: &Report) -> impl Iterator<Item = String> {
    let missing = report.missing_modules.iter().map(|module| {
        let MissingModule { kind, address, path, position } = module;
        let why = match kind {
            CallKind::Module | CallKind::Include | CallKind::Construct => "the module is not on disk",
            CallKind::Stack => "its template is not read",
            CallKind::Transform => "what the transform makes is not known",
        };
        let (path, address) = (printable_path(path), printable(address.as_str()));
        format!("{path}:{}:{}: not checked {address}: {why}", position.line, position.column)
    });
    let undecided = report.undecided.iter().map(|place| {
        let undecided = &place.undecided;
        let mut line = format!(
            "{}:{}:{}: undecided {} {}: {}",
            printable_path(&place.path),
            place.position.line,
            place.position.column,
            undecided.rule,
            printable(undecided.resource.as_str()),
            printable(&undecided.reason.to_string())
        );
        if let Some(environments) = undecided.in_environments() {
            let _ = write!(line, ", {environments}");
        }
        if let Some((path, position)) = &place.resolve_at {
            let _ = write!(line, " (see {}:{}:{})", printable(path), position.line, position.column);
        }
        line
    });
    missing.chain(undecided)
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
