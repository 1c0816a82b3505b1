//! keylint's rules: pages, kinds, conditions and their three-valued evaluation.
//!
//! A rule is one page under `rules/`; what a rule can ask is computed here and exposed as typed
//! fields. Nothing in this crate reads a file: the pages are compiled in, a user's own pages are
//! handed over as text.

pub mod cel;
mod check;
pub mod credentials;
mod decode;
mod eval;
pub mod finding;
mod identities;
pub mod kind;
pub mod page;
mod policies;
mod reader;
mod registry;
mod rule;
pub mod schema;
pub mod types;
mod view;

pub use check::{Checked, Context, check};
pub use finding::{
    Applicability, Confidence, Edit, Finding, Fingerprint, Fix, Pending, RuleId, Severity, StatementName,
    Undecided,
};
pub use kind::{Attributes, Kind, Kinds};
pub use page::Page;
pub use reader::LoadError;
pub use registry::{EmbeddedPage, Entry, Registry, Selection, Selector, UnknownSelector};
