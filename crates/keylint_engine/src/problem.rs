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
        fingerprint: fingerprint(&[id.as_str(), path.display(), &problem.message]),
        message: problem.message,
        span: problem.span,
        related: problem.related,
        resource: None,
        instances: Vec::new(),
        construct: None,
        statement: None,
        guard: Guard::always(),
        scopes: Vec::new(),
        help: problem.help.or_else(|| page?.help.as_deref().map(str::to_owned)),
        fix: None,
    })
}

/// A failure of keylint while it did `what` with a file, at a place of its own source.
pub(crate) fn internal_error(file: FileId, what: &str, place: &str) -> Problem {
    Problem::new(INTERNAL_ERROR, Span::new(file, 0, 0), format!("keylint failed while {what} ({place})"))
        .with_help("this is a bug of keylint: please report it, if you can with the file")
}

/// A digest of what identifies a finding. The same on every machine and in every release: it is
/// kept in baselines.
///
/// FNV-1a of 128 bits, <http://www.isthe.com/chongo/tech/comp/fnv/>: it needs to be stable and to
/// spread well, not to withstand an attack.
pub(crate) fn fingerprint(parts: &[&str]) -> Fingerprint {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = OFFSET;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    Fingerprint(format!("{hash:032x}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_every_part_and_where_it_ends() {
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["b", "a"]));
        assert_eq!(fingerprint(&["KL001", "main.tf"]).0.len(), 32);
    }
}
