//! The one spelling of a string among those that read alike: Terraform keeps every string in
//! Unicode's normal form C.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/types#string>.

use keylint_syntax::{Segment, Text};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// The string as Terraform keeps it; what does not change is where it was.
pub(crate) fn normalised(text: Text) -> Text {
    if text.is_ascii() || is_nfc(&text) {
        return text;
    }
    let mut pieces = Vec::new();
    let mut from = 0;
    for (offset, cluster) in text.grapheme_indices(true) {
        if is_nfc(cluster) {
            continue;
        }
        let end = offset + cluster.len();
        pieces.push(text.slice(from..offset));
        pieces.push(replaced(cluster.nfc().collect(), text.span_of(offset..end)));
        from = end;
    }
    pieces.push(text.slice(from..text.len()));
    let joined = Text::concat(&pieces);
    // Letters of two clusters that make one are in no script that is written, but may be.
    if is_nfc(&joined) { joined } else { replaced(text.nfc().collect(), text.span()) }
}

fn replaced(new: String, span: Option<keylint_source::Span>) -> Text {
    match span {
        Some(span) => Text::mapped(new, vec![Segment { start: 0, span, exact: false }]),
        None => Text::synthetic(new),
    }
}
