//! One call that lints a project, for the command line, the hook and the editor.
//!
//! Callers differ in what they ask for and how they show it, never in how a verdict comes about:
//! [`lint()`] is the only way in, and everything that a caller decides is in [`Settings`].

mod assemble;
mod callers;
mod caught;
mod cdk;
mod check;
mod configuration;
mod date;
mod documents;
mod environments;
mod inputs;
mod lint;
mod load;
mod mask;
mod merge;
mod parallel;
mod parameters;
mod problem;
mod redact;
pub mod report;
mod scope;
mod selection;
mod settings;
mod suppress;

pub use caught::install_panic_hook;
pub use configuration::{CONFIGURATION_FILE, Configuration, ConfigurationChoice, Environment, configuration};
pub use date::{Date, InvalidDate};
pub use lint::{InputFile, files, lint};
pub use report::{Coverage, ErrorPlace, Excerpt, MissingModule, Report, RunError, UndecidedPlace};
pub use selection::select;
pub use settings::{GivenInput, PolicyChoice, Progress, Project, Settings};
