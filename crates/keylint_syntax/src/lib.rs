//! HCL, YAML and JSON as spanned trees.
//!
//! Parsing is total: every parser answers with whatever it could read and a list of
//! [`SyntaxError`]s. This is the only crate that names a third-party parser, so that a parser can
//! be replaced without the front ends noticing, and every node carries the range of bytes that it
//! was written at.

pub mod classify;
pub mod comment;
pub mod data;
mod duplicates;
pub mod edit;
mod error;
pub mod hcl;
pub mod json;
pub mod lost;
mod number;
mod place;
#[cfg(test)]
mod testing;
mod text;
pub mod toml;
pub mod yaml;

pub use comment::Comment;
pub use error::{SyntaxError, SyntaxErrorKind};
pub use text::{Segment, Text};
