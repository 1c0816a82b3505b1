//! One call that lints a project, for the command line, the hook and the editor.

pub mod report;

pub use report::{Coverage, Excerpt, Report, RunError, UndecidedPlace};
