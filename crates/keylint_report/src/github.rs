//! GitHub workflow commands: annotations on the lines of a pull request.
//!
//! GitHub shows ten annotations of each level and step and drops the rest, so the worst come
//! first and one notice says how many more there are.
//!
//! Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write as _;
use std::io::{self, Write};

use keylint_engine::Report;
use keylint_rules::{Finding, Severity};

use crate::Place;

const SHOWN_PER_LEVEL: usize = 10;

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut hidden = 0;
    for level in ["error", "warning", "notice"] {
        let mut findings: Vec<_> =
            report.findings.iter().filter(|finding| level_of(finding.severity) == level).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        // One notice is kept for the word about those that are not shown.
        let shown = if level == "notice" { SHOWN_PER_LEVEL - 1 } else { SHOWN_PER_LEVEL };
        hidden += findings.len().saturating_sub(shown);
        for finding in findings.iter().take(shown) {
            writeln!(out, "{}", command(report, level, finding))?;
        }
    }
    if hidden > 0 {
        writeln!(out, "::notice title=keylint::{hidden} more findings are in the log and in the SARIF file")?;
    }
    Ok(())
}

fn command(report: &Report, level: &str, finding: &Finding) -> String {
    let place = Place::of(report, finding.span);
    let mut line = format!("::{level} file={},line={}", property(place.path), place.start.line);
    if place.start.line == place.end.line {
        let _ = write!(line, ",col={},endColumn={}", place.start.column, place.end.column);
    }
    let _ = write!(line, ",endLine={}", place.end.line);
    let title = format!("{} {}", finding.rule, finding.name);
    let _ = write!(line, ",title={}::{}", property(&title), data(&finding.message));
    if let Some(help) = &finding.help {
        let _ = write!(line, "%0A{}", data(help));
    }
    line
}

fn level_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "notice",
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
