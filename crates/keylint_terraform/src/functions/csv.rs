//! `csvdecode`, by the rules of Go's `encoding/csv`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/csvdecode>,
//! <https://pkg.go.dev/encoding/csv>.

use indexmap::IndexMap;
use keylint_model::Value;
use keylint_syntax::Text;

use super::strings::{string, text};
use super::{Call, Function, known};
use crate::limits;
use crate::types::{Attribute, Type};
use crate::unify::typed;
use crate::values::{self, list_of, made_map, rejected};

pub(super) const FUNCTIONS: &[Function] = &[known("csvdecode", 1, 1, decode)];

fn decode(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(text) = values.first().and_then(text) else { return rejected(call.span) };
    let mut reader = Reader { text: &text, at: 0 };
    let header = match reader.record() {
        Ok(Some(header)) => header,
        Ok(None) => return call.invalid("the text has no header line"),
        Err(why) => return call.invalid(why),
    };
    let mut names: Vec<&str> = header.iter().map(Text::as_str).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return call.invalid("two columns have the same name");
    }
    let mut rows = Vec::new();
    loop {
        let row = match reader.record() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(why) => return call.invalid(why),
        };
        if row.len() != header.len() {
            return call.invalid("a line has more or fewer fields than the header");
        }
        if rows.len() >= limits::ELEMENTS || !call.evaluator.spend(1 + row.len(), call.span) {
            return call.evaluator.over_limit(call.span, "the list has too many elements");
        }
        let entries: IndexMap<_, _> = header
            .iter()
            .zip(row)
            .map(|(name, field)| (name.as_str().into(), values::entry(string(field, call))))
            .collect();
        rows.push(made_map(entries, call.span));
    }
    // The columns are the type of a row also where there is none.
    let row = names.into_iter().map(|name| Attribute::required(name.into(), Type::String)).collect();
    typed(list_of(rows, call.span), &Type::List(Box::new(Type::Object(row))))
}

struct Reader<'t> {
    text: &'t Text,
    at: usize,
}

impl Reader<'_> {
    /// The next record; empty lines are none.
    fn record(&mut self) -> Result<Option<Vec<Text>>, &'static str> {
        loop {
            let rest = self.rest();
            if rest.is_empty() || rest == "\r" {
                return Ok(None);
            }
            match line_end(rest) {
                Some((0, length)) => self.at += length,
                _ => break,
            }
        }
        let mut fields = Vec::new();
        loop {
            let more = if self.rest().starts_with('"') {
                self.quoted(&mut fields)?
            } else {
                self.plain(&mut fields)?
            };
            if !more {
                return Ok(Some(fields));
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// A field without quotes; whether another one follows.
    fn plain(&mut self, fields: &mut Vec<Text>) -> Result<bool, &'static str> {
        let rest = self.rest();
        let (line, length) = line_end(rest).unwrap_or_else(|| {
            // A carriage return at the very end is part of the line's end.
            (rest.strip_suffix('\r').unwrap_or(rest).len(), rest.len())
        });
        let line = rest.get(..line).unwrap_or_default();
        let (field, skip, more) = match line.find(',') {
            Some(comma) => (comma, comma + 1, true),
            None => (line.len(), length, false),
        };
        if line.get(..field).is_some_and(|field| field.contains('"')) {
            return Err("a field without quotes has a quote in it");
        }
        fields.push(self.text.slice(self.at..self.at + field));
        self.at += skip;
        Ok(more)
    }

    /// A field in quotes; whether another one follows.
    fn quoted(&mut self, fields: &mut Vec<Text>) -> Result<bool, &'static str> {
        self.at += 1;
        let mut pieces = Vec::new();
        loop {
            let Some(quote) = self.rest().find('"') else { return Err("a quote is not closed") };
            self.lines(quote, &mut pieces);
            self.at += quote + 1;
            let rest = self.rest();
            if rest.starts_with('"') {
                pieces.push(self.text.slice(self.at..self.at + 1));
                self.at += 1;
            } else if rest.starts_with(',') {
                self.at += 1;
                fields.push(Text::concat(&pieces));
                return Ok(true);
            } else if let Some((0, length)) = line_end(rest) {
                self.at += length;
                fields.push(Text::concat(&pieces));
                return Ok(false);
            } else if rest.is_empty() || rest == "\r" {
                self.at = self.text.len();
                fields.push(Text::concat(&pieces));
                return Ok(false);
            } else {
                return Err("text follows a closing quote");
            }
        }
    }

    /// The next bytes as they are, but for line ends, which are always `\n`.
    fn lines(&self, length: usize, pieces: &mut Vec<Text>) {
        let end = self.at + length;
        let mut from = self.at;
        while let Some(offset) = self.text.get(from..end).and_then(|rest| rest.find("\r\n")) {
            pieces.push(self.text.slice(from..from + offset));
            from += offset + 1;
        }
        pieces.push(self.text.slice(from..end));
    }
}

/// Where the first line ends, and where the next begins.
fn line_end(text: &str) -> Option<(usize, usize)> {
    let end = text.find('\n')?;
    let before = text.get(..end).unwrap_or_default();
    Some((before.strip_suffix('\r').unwrap_or(before).len(), end + 1))
}
