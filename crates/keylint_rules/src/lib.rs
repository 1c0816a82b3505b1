//! keylint's rules: pages, kinds, conditions and their three-valued evaluation.
//!
//! A rule is one page under `rules/`; what a rule can ask is computed here and exposed as typed
//! fields. Nothing in this crate reads a file: the pages are compiled in, a user's own pages are
//! handed over as text.

pub mod credentials;
pub mod finding;

pub use finding::{
    Applicability, Confidence, Edit, Finding, Fingerprint, Fix, RuleId, Severity, StatementName, Undecided,
};
