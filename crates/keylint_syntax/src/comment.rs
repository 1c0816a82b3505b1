//! Comments, kept for the suppressions in them.

use keylint_source::Span;

/// One comment of an HCL or YAML file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment, its `#`, `//` or `/* */` included.
    pub span: Span,
    /// The text inside it, without the markers.
    pub content: Span,
    /// Whether nothing but white space stands before it on its line: it then speaks of what
    /// follows, otherwise of its own line.
    pub own_line: bool,
}
