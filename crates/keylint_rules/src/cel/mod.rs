//! The language of conditions: a part of CEL, checked against the views when a page is loaded and
//! evaluated in three-valued logic.
//!
//! CEL because it is bounded, does no input or output, and is known from Kubernetes. The parser is
//! ours: the one of the `cel` crate that can be used without ANTLR's runtime (`PrattParser`) drops
//! every source position when it succeeds, expands the macros away before a checker sees them, and
//! the crate links ANTLR, nom and parking_lot all the same; a misspelt field would be an error
//! without a place. The evaluator is ours because the crate's answers `false` where the answer is
//! not known.
//!
//! What of CEL there is: `||`, `&&`, `!`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `+`, `? :`, list
//! literals, field selection, the macros `exists`, `all`, `filter`, `map`, `has`, the functions of
//! [`crate::schema`]. Anything else is an error when the page is loaded.

pub mod ast;
mod check;
mod lexer;
pub mod lowered;
mod parser;

use std::ops::Range;

pub use check::{Variables, attribute_type, compile, compile_as};
pub use parser::parse;

/// The longest condition, in bytes.
pub const MAX_LENGTH: usize = 4096;
/// The deepest nesting of a condition.
pub const MAX_DEPTH: usize = 64;

/// What is wrong with a condition, with the bytes of its text that show it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CelError {
    /// The smallest range that shows it.
    pub range: Range<usize>,
    /// The fact, in present tense, lower case, without full stop.
    pub message: String,
}

impl CelError {
    /// An error at a place.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        CelError { range, message: message.into() }
    }
}
