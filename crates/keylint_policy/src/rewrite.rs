//! Edits that mend a statement: where they belong in the text that a policy is written in.
//!
//! A policy is written in JSON, YAML or HCL, with quotes or without, often in a string of another language. An
//! edit is certain only where the text there reads as it is written, and where it is written for this policy alone.

use keylint_model::{Origin, Part, Step};
use keylint_source::Span;

use crate::document::{ConditionEntry, Statement};
use crate::element::Element;
use crate::operator::Base;

/// Text of keylint's own to write at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards: nothing that JSON, YAML or HCL would quote or escape.
    pub text: &'static str,
}

impl Rewrite {
    /// More text behind a value, whose beginning may be known at deployment alone. Nothing is written where
    /// the value ends in a way that is not known, or is read elsewhere as well.
    pub(crate) fn behind(element: &Element, text: &'static str) -> Option<Rewrite> {
        if element.origin.marks.sensitive || !is_here(&element.origin) {
            return None;
        }
        let Some(Part::Known(last)) = element.text.parts().last() else { return None };
        let (range, span) = last.exact_parts().last()?;
        let is_end = range.end == last.as_str().len() && !range.is_empty();
        (is_end && ends_with(element, span))
            .then_some(Rewrite { span: Span { start: span.end, ..span }, text })
    }

    /// The operator that takes `*` and `?` for wildcards, in place of one that compares them letter by letter and
    /// has nothing else under it.
    pub(crate) fn like(statement: &Statement, entry: &ConditionEntry) -> Option<Rewrite> {
        let (exact, text) = like(entry.operator?.base)?;
        let name = bare(&entry.operator_name, entry.operator_span)?;
        let start = name.range().start + place_of(exact, &entry.operator_name)?;
        let is_own = statement.span.is_some_and(|own| own.contains(name));
        (is_own && is_alone(statement, entry))
            .then_some(Rewrite { span: Span::new(name.file, start, start + exact.len()), text })
    }
}

/// Whether an element is written as a text that ends with a span: behind it stands no more than the quote that ends
/// the text, which is escaped where the first one is. What an expression takes from elsewhere, and what it goes on
/// to compute with, ends otherwise.
fn ends_with(element: &Element, span: Span) -> bool {
    let Some(own) = element.origin.span.filter(|own| own.contains(span)) else { return false };
    let first = match element.text.parts().first() {
        Some(Part::Known(first)) => first.exact_parts().next(),
        _ => None,
    };
    match own.end - span.end {
        0 | 1 => true,
        2 => first.is_some_and(|(_, first)| own.contains(first) && first.start - own.start == 2),
        _ => false,
    }
}

/// The name of an operator that compares letter by letter, and of the one that takes wildcards.
pub(crate) fn like(base: Base) -> Option<(&'static str, &'static str)> {
    match base {
        Base::StringEquals => Some(("StringEquals", "StringLike")),
        Base::StringNotEquals => Some(("StringNotEquals", "StringNotLike")),
        _ => None,
    }
}

/// The name of an operator with another comparison in it: the set prefix and `IfExists` stay.
pub(crate) fn renamed(name: &str, from: &str, to: &str) -> Option<String> {
    let (before, behind) = name.split_at_checked(place_of(from, name)?)?;
    Some(format!("{before}{to}{}", behind.get(from.len()..)?))
}

/// Where a comparison is in the name of an operator, which is read whatever its case.
fn place_of(base: &str, name: &str) -> Option<usize> {
    name.to_ascii_lowercase().find(&base.to_ascii_lowercase())
}

/// Whether nothing else stands under the operator of an entry, so that another name for it changes no
/// other condition.
pub(crate) fn is_alone(statement: &Statement, entry: &ConditionEntry) -> bool {
    let same = |other: &&ConditionEntry| other.operator_span == entry.operator_span;
    entry.operator_span.is_some() && statement.conditions.entries.iter().filter(same).count() == 1
}

/// Whether a value is written where it is used: what has a name may be read elsewhere as well.
pub(crate) fn is_here(origin: &Origin) -> bool {
    origin.steps().all(|via| matches!(via.step, Step::Document | Step::File))
}

/// A name without the quotes that its span may have, which are escaped in a string; nothing where it is written
/// with other escapes.
pub(crate) fn bare(name: &str, span: Option<Span>) -> Option<Span> {
    let span = span?;
    match span.len().checked_sub(name.len()) {
        Some(0) => Some(span),
        Some(2) => Some(Span { start: span.start + 1, end: span.end - 1, ..span }),
        // A slash may have a backslash as well.
        Some(4) if !name.contains('/') => Some(Span { start: span.start + 2, end: span.end - 2, ..span }),
        _ => None,
    }
}

/// Whether a text has a wildcard that is not written as a literal, `${*}`.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.replace("${*}", "").replace("${?}", "").contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::document;

    #[test]
    fn operators_keep_what_is_around_their_comparison() {
        let cases = [
            ("StringEquals", "StringLike"),
            ("ForAnyValue:StringEqualsIfExists", "ForAnyValue:StringLikeIfExists"),
            ("forallvalues:stringequals", "forallvalues:StringLike"),
        ];
        for (name, expected) in cases {
            assert_eq!(renamed(name, "StringEquals", "StringLike").unwrap(), expected);
        }
        assert_eq!(renamed("StringLike", "StringEquals", "StringLike"), None);
    }

    #[test]
    fn text_is_put_behind_values_that_end_as_they_are_written() {
        let cases = [
            ("secret:x", true),
            ("secret:\\u0078", false),
            ("«var.x»:secret:x", true),
            ("secret:«var.x»", false),
        ];
        for (resource, is_certain) in cases {
            let source = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Action": "a:b", "Resource": "{resource}"}}}}"#
            );
            let document = document(&source);
            let element = &document.statements[0].resources.as_ref().unwrap().items[0];
            let rewrite = Rewrite::behind(element, "-??????");
            assert_eq!(rewrite.is_some(), is_certain, "{resource}");
            let end = source.find("\"}").unwrap();
            assert!(rewrite.is_none_or(|rewrite| rewrite.span.range() == (end..end)), "{resource}");
        }
    }
}
