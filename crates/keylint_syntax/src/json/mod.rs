//! Reads JSON into spanned trees.
//!
//! The parser is our own because no other does all that is asked of it: every node has its range
//! of bytes; a key that is given twice is kept and reported; the input may be a decoded string
//! whose bytes lie scattered over a file (a policy in a heredoc), or a template with holes, which
//! may stand wherever a value can; and what is broken hides only itself, because the key policy
//! after a missing comma is still a key policy. It accepts nothing silently that RFC 8259 refuses:
//! AWS and Terraform refuse it too.
//!
//! Bounds: [`MAX_DEPTH`] levels, [`MAX_NODES`] values, and reading ends after [`MAX_ERRORS`]
//! problems, each reported as a limit. Recovery never goes back, so time is linear.

mod parser;
mod scan;
mod string;
#[cfg(test)]
mod tests;

use crate::data::Node;
use crate::error::SyntaxError;
use crate::text::Text;

/// How deep lists and objects may nest. Policies need about 6 levels, plans of Terraform about 30.
pub const MAX_DEPTH: usize = 128;

/// How many values a document may have; at about 100 bytes each they stay under half a gigabyte.
/// A plan of 55 MB has about two million.
pub const MAX_NODES: usize = 4_000_000;

/// After how many problems reading ends: such a text is no JSON at all.
pub const MAX_ERRORS: usize = 100;

/// Reads a JSON document from a file's text or out of a decoded string.
///
/// The tree is whatever could be read, `None` when that is nothing. A byte order mark at the start
/// is skipped. The characters of [`crate::data::Hole`] inside a string stay in it; where a value
/// is expected one is a [`crate::data::NodeKind::Hole`]; and where a member, element or comma is
/// expected it may hide any number of them, so it becomes one member or element of its own.
pub fn parse(text: &Text) -> (Option<Node>, Vec<SyntaxError>) {
    parser::Parser::new(text).document()
}
