//! Reads TOML into spanned trees: keylint's own configuration.
//!
//! The tree is the one of JSON, so that whoever reads it points at what is wrong in the same way.
//! Dates have no place in it and are errors. The parser limits the depth.
//!
//! Source: <https://toml.io/en/v1.0.0>.

use std::ops::Range;

use keylint_source::{SourceFile, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::data::{Member, Node, NodeKind};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::text::Text;

/// Reads a file: a mapping of what could be read, and what is wrong with it. Members stand in the
/// order in which they are written.
pub fn parse(file: &SourceFile) -> (Node, Vec<SyntaxError>) {
    let shift = file.mark_len();
    let text = file.text().get(shift..).unwrap_or_default();
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, shift, errors: Vec::new() };
    for error in errors {
        let span = reader.span(error.span().unwrap_or_default());
        // The first line says what is wrong; an excerpt of the source follows, which is not ours
        // to show.
        let message = error.message().lines().next().unwrap_or("the text is no TOML").to_owned();
        reader.errors.push(SyntaxError::new(SyntaxErrorKind::Syntax, span, message));
    }
    let kind = reader.table(table.get_ref());
    (Node { span: file.span(), kind, tag: None }, reader.errors)
}

struct Reader<'f> {
    file: &'f SourceFile,
    shift: usize,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file.id(), range.start + self.shift, range.end + self.shift)
    }

    fn table(&mut self, table: &DeTable<'_>) -> NodeKind {
        let mut members: Vec<Member> = table
            .iter()
            .map(|(key, value)| {
                let key_span = self.span(key.span());
                Member { key: Text::at(key.get_ref().as_ref(), key_span), key_span, value: self.value(value) }
            })
            .collect();
        members.sort_by_key(|member| member.key_span.start);
        NodeKind::Map(members)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = self.span(value.span());
        let kind = match value.get_ref() {
            DeValue::String(text) => NodeKind::String(self.string(text, span)),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => NodeKind::Number(number.to_string().into()),
                Err(_) => self.refused(span, "the number is too large"),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => NodeKind::Number(number.to_string().into()),
                _ => self.refused(span, "this is no finite number"),
            },
            DeValue::Boolean(known) => NodeKind::Bool(*known),
            DeValue::Datetime(_) => self.refused(span, "dates are written as strings"),
            DeValue::Array(array) => NodeKind::List(array.iter().map(|value| self.value(value)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node { span, kind, tag: None }
    }

    /// A string knows its bytes where it is written in quotes without escapes.
    fn string(&self, decoded: &str, span: Span) -> Text {
        let inner = Span { start: span.start.saturating_add(1), end: span.end.saturating_sub(1), ..span };
        let is_plain = inner.start <= inner.end && self.file.slice(inner) == decoded;
        Text::at(decoded, if is_plain { inner } else { span })
    }

    fn refused(&mut self, span: Span, message: &str) -> NodeKind {
        self.errors.push(SyntaxError::new(SyntaxErrorKind::Syntax, span, message));
        NodeKind::Invalid
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use keylint_source::{Memory, Sources};

    use super::*;

    fn parsed(text: &str) -> (Node, Vec<String>) {
        let sources = Sources::new(Arc::new(Memory::new()), "/");
        let file = sources.insert(Path::new("keylint.toml"), text);
        let (node, errors) = parse(&file);
        let shown = errors.iter().map(|error| format!("{}: {}", error.span.start, error.message));
        (node, shown.collect())
    }

    #[test]
    fn members_keep_their_order_and_their_places() {
        let text = "\u{feff}b = ['x', \"y\\t\"]\na.c = 0x10\n[[e]]\nn = \"z\"\n";
        let (node, errors) = parsed(text);
        assert_eq!(errors, [""; 0]);
        let keys: Vec<_> = node.members().iter().map(|member| member.key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "e"]);
        let NodeKind::List(list) = &node.members()[0].value.kind else { panic!("{node:?}") };
        let NodeKind::String(x) = &list[0].kind else { panic!("{list:?}") };
        assert_eq!(text.get(x.span().unwrap().range()), Some("x"));
        assert_eq!(list[1].as_str(), Some("y\t"));
        let number = node.get("a").and_then(|a| a.get("c")).unwrap();
        assert!(matches!(&number.kind, NodeKind::Number(text) if &**text == "16"), "{number:?}");
    }

    #[test]
    fn what_is_broken_or_has_no_place_is_an_error_where_it_stands() {
        assert_eq!(parsed("a = 2024-01-01\n").1, ["4: dates are written as strings"]);
        assert_eq!(parsed("a = nan\n").1, ["4: this is no finite number"]);
        assert!(parsed("a = 1\na = 2\n").1[0].starts_with("6: "));
        assert!(!parsed("a = [1, \n").1.is_empty());
        assert!(!parsed(&format!("a = {}", "[".repeat(10_000))).1.is_empty());
    }
}
