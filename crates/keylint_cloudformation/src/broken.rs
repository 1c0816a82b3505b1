//! Templates of which a part does not parse: a mark in each mapping that is open there goes through
//! snippets, loops and the transform of SAM.

use keylint_syntax::classify::Parsed;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::lost;
use keylint_syntax::{SyntaxError, SyntaxErrorKind};

use crate::call::{Call, View};

/// How many errors of a file are looked at; what has more is no template any more.
const MAX_ERRORS: usize = 1_000;

/// Whether a file is not what its author meant: a template that the service refuses is mended before
/// anything that follows from the error is looked at, be something lost or not.
pub(crate) fn breaks(error: &SyntaxError) -> bool {
    matches!(error.kind, SyntaxErrorKind::Syntax | SyntaxErrorKind::Limit)
}

/// Marks the mappings in which something does not parse, within one resource.
pub(crate) fn mark(content: &mut Parsed) {
    let Some(root) = content.documents.first_mut() else { return };
    let NodeKind::Map(sections) = &mut root.kind else { return };
    let resources = sections.iter_mut().rev().find(|member| member.key.as_str() == "Resources");
    let Some(Member { value: Node { kind: NodeKind::Map(resources), .. }, .. }) = resources else { return };
    let errors = content.errors.iter().filter(|error| breaks(error)).take(MAX_ERRORS);
    for span in errors.map(|error| error.span) {
        for is_before in [true, false] {
            if let Some(resource) = lost::last_open(resources, span, is_before) {
                lost::mark(resource, span, is_before, |node| Call::of(View::from(node)).is_some());
            }
        }
    }
}
