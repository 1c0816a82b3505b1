//! The program as its users run it: arguments in, exit code and streams out.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ends;
mod environments;
mod hostile;
mod inputs;
mod outputs;
mod parameters;
mod plans;
mod policies;
mod secrets;
mod simulate;
mod snapshots;
mod support;
mod uses;
