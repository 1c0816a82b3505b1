//! Makes findings of the problems that the front ends and the engine report.

use keylint_model::{Guard, Problem};
use keylint_rules::{Confidence, Finding, Fingerprint, Registry, RuleId, Severity};
use keylint_source::{FileId, Sources, Span};

use crate::selection::INTERNAL_ERROR;

/// The finding that a problem is. `None` for a rule that the program does not have.
pub(crate) fn finding(problem: Problem, sources: &Sources) -> Option<Finding> {
    let id: RuleId = problem.rule.parse().ok()?;
    let registry = Registry::builtin();
    let entry = registry.find(problem.rule);
    let page = entry.and_then(|entry| registry.page(entry).ok());
    let path = sources.get(problem.span.file);
    Some(Finding {
        rule: id,
        name: entry.map_or_else(|| "internal-error".into(), |entry| entry.name.clone()),
        severity: entry.map_or(Severity::High, |entry| entry.severity),
        confidence: page.map_or(Confidence::High, |page| page.confidence.default),
        fingerprint: Fingerprint::of(&[id.as_str(), path.display(), &problem.message]),
        fact: problem.message.as_str().into(),
        message: problem.message,
        span: problem.span,
        written: None,
        related: problem.related,
        resource: None,
        stack: None,
        instances: Vec::new(),
        construct: None,
        statement: None,
        statements: Vec::new(),
        about: Vec::new(),
        when: vec![Guard::always()],
        scopes: Vec::new(),
        environments: Vec::new(),
        help: problem.help.or_else(|| page?.help.as_deref().map(str::to_owned)),
        fix: None,
    })
}

/// A failure of keylint while it did `what` with a file, at a place of its own source.
pub(crate) fn internal_error(file: FileId, what: &str, place: &str) -> Problem {
    Problem::new(INTERNAL_ERROR, Span::new(file, 0, 0), format!("keylint failed while {what} ({place})"))
        .with_help("this is a bug of keylint: please report it, if you can with the file")
}
