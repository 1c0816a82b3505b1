//! What the engine needs to know of the rules: how they are called and how bad they are.

use std::sync::OnceLock;

use keylint_rules::{Confidence, RuleId, Severity};

use crate::selection::{self, RuleName, UnknownRule};

/// A rule of the program, apart from how it works.
#[derive(Clone, Debug)]
pub struct RuleEntry {
    /// How it is called.
    pub name: RuleName,
    /// How bad its findings are; the worst, where that depends on the kind.
    pub severity: Severity,
    /// How sure its findings are.
    pub confidence: Confidence,
}

/// Every rule of the program, sorted by id.
pub fn catalogue() -> &'static [RuleEntry] {
    static RULES: OnceLock<Vec<RuleEntry>> = OnceLock::new();
    RULES.get_or_init(|| {
        let known = [
            ("KL001", "syntax-error", Severity::High),
            ("KL002", "duplicate-key", Severity::Medium),
            ("KL003", "invalid-expression", Severity::High),
            ("KL004", "limit-reached", Severity::Medium),
            ("KL005", "failed-validation", Severity::Medium),
            ("KL007", "unsupported-yaml", Severity::Info),
            ("KL010", "unknown-rule-in-suppression", Severity::Medium),
            ("KL011", "unused-suppression", Severity::Low),
            ("KL020", "internal-error", Severity::High),
        ];
        let entry = |(id, name, severity): (&str, &str, Severity)| {
            let name = RuleName { id: id.parse().ok()?, name: name.into(), default: true };
            Some(RuleEntry { name, severity, confidence: Confidence::High })
        };
        known.into_iter().filter_map(entry).collect()
    })
}

/// The names of all rules.
pub fn rule_names() -> Vec<RuleName> {
    catalogue().iter().map(|entry| entry.name.clone()).collect()
}

/// The entry of a rule.
pub fn entry(id: RuleId) -> Option<&'static RuleEntry> {
    catalogue().iter().find(|entry| entry.name.id == id)
}

/// The rule that a code or a name means, whatever the case.
///
/// # Errors
///
/// [`UnknownRule`] with what may have been meant.
pub fn resolve(wanted: &str) -> Result<RuleId, UnknownRule> {
    let names = rule_names();
    selection::find(&names, wanted).ok_or_else(|| UnknownRule {
        selector: wanted.to_owned(),
        suggestion: selection::suggest(&names, wanted),
    })
}
