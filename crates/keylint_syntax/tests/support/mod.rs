//! What the tests of the parsers share.
#![expect(dead_code, reason = "each test program uses a part of it")]
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is wrong in a test shall stop it"
)]

pub(crate) mod mutate;
pub(crate) mod render;
pub(crate) mod spans;

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, SourceFile, Sources};
use keylint_syntax::SyntaxError;
use keylint_syntax::hcl::{self, HclFile};

/// A file with this text.
pub(crate) fn file(text: &str) -> Arc<SourceFile> {
    Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("main.tf"), text)
}

/// Parses a text as a file, with all spans checked.
pub(crate) fn parse(text: &str) -> (Arc<SourceFile>, HclFile) {
    let file = file(text);
    let parsed = hcl::parse(&file);
    spans::check(&file, &parsed.body);
    (file, parsed)
}

/// The value of an attribute, rendered, from the top of a file or one of its blocks.
pub(crate) fn attribute(parsed: &HclFile, name: &str) -> String {
    let bodies = parsed.body.blocks().map(|block| &block.body).chain([&parsed.body]);
    let found = bodies.filter_map(|body| body.attribute(name)).next();
    found.map_or_else(|| panic!("no attribute {name}"), |attribute| render::expr(&attribute.value))
}

/// The errors, one per line: position, message, related position.
pub(crate) fn errors(file: &SourceFile, errors: &[SyntaxError]) -> String {
    let place = |offset| {
        let position = file.position(offset);
        format!("{}:{}", position.line, position.column)
    };
    let lines = errors.iter().map(|error| {
        let related = error.related.as_ref();
        let related = related.map(|(span, label)| format!(" ({label}: {})", place(span.start)));
        format!(
            "{} {:?}: {}{}",
            place(error.span.start),
            error.kind,
            error.message,
            related.unwrap_or_default()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
