//! Reads YAML into the same spanned trees as JSON.
//!
//! granit-parser scans and reports events with byte ranges; everything that gives them meaning is
//! here, because it decides what a template says: scalars are typed as CloudFormation types them,
//! every string gets its map to the file (a policy in a block scalar must be pointed into),
//! aliases and merge keys are resolved under a budget of ours, and a mistake hides only the block
//! that it is in. Tags that CloudFormation does not know are for the front end to judge.
//!
//! Bounds: [`MAX_DEPTH`] levels, [`MAX_NODES`] values, [`MAX_EXPANSION`] of them through aliases,
//! [`MAX_ERRORS`] reported problems and as many resumptions after one. Only the broken block is
//! looked at again, so time is linear but for the lines of nested blocks. A large file without
//! mistakes is read by several threads at once (see `pieces`).

mod block;
mod flow;
mod message;
mod nodes;
mod pieces;
mod reader;
mod resume;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use crate::comment::Comment;
use crate::data::Node;
use crate::error::SyntaxError;
use crate::text::Text;

/// How deep lists and mappings may nest, aliases resolved.
pub const MAX_DEPTH: usize = 128;

/// How many values a file may have. Templates are at most 1 MB:
/// `docs/AWSCloudFormation/latest/UserGuide/cloudformation-limits.md`.
pub const MAX_NODES: usize = 1_000_000;

/// How many values aliases and merge keys may add to a file.
pub const MAX_EXPANSION: usize = 100_000;

/// How many problems of a file are reported.
pub const MAX_ERRORS: usize = 100;

/// What a YAML file holds.
#[derive(Clone, Debug, Default)]
pub struct YamlFile {
    /// Its documents, in order. One that could not be read at all is not among them.
    pub documents: Vec<Node>,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
    /// What is wrong with it. Aliases and merge keys are resolved, and noted here as
    /// [`crate::SyntaxErrorKind::UnsupportedYaml`]: CloudFormation takes neither
    /// (`docs/AWSCloudFormation/latest/UserGuide/template-formats.md`). Where the consumer is
    /// another one, drop these.
    pub errors: Vec<SyntaxError>,
}

/// The number that YAML 1.1, and with it CloudFormation, reads a plain scalar as, where it would be
/// written differently: `8` for `010`. `None` for what is a string, or a number as it is written.
pub fn other_number(text: &str) -> Option<String> {
    scalar::other_number(text)
}

/// Reads a file's text or a decoded string. A byte order mark at the start is skipped.
pub fn parse(text: &Text) -> YamlFile {
    pieces::read(text).unwrap_or_else(|| reader::Reader::new(text).read())
}
