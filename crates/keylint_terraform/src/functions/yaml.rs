//! `yamldecode` and `yamlencode`.
//!
//! Terraform reads YAML by its own rules for what a plain scalar is: `2012-10-17` is a timestamp,
//! `010` the number ten, `y` a boolean. It writes strings in quotes, or as blocks where they have
//! lines.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/yamldecode>,
//! <https://pkg.go.dev/github.com/zclconf/go-cty-yaml>.

mod times;

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, Number, Origin, Value};
use keylint_source::{FileId, Span};
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::{SyntaxErrorKind, Text};

use super::encoding::is_base64;
use super::strings::text;
use super::{Call, Function, known};
use crate::limits;
use crate::values::{self, made, made_list, made_map, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[known("yamldecode", 1, 1, decode), known("yamlencode", 1, 1, encode)];

fn decode(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let Some(text) = arguments.first().and_then(text) else { return rejected(call.span) };
    if !call.evaluator.spend(1 + text.len() / 8, call.span) {
        return values::limit(call.span);
    }
    // Terraform's reader takes no tabs where a token may begin.
    let tabbed = |line: &str| {
        line.trim_start_matches([' ', '\t', '-']).len() < line.trim_start_matches([' ', '-']).len()
    };
    if text.lines().any(tabbed) {
        return call.unmodelled(arguments);
    }
    if has_other_version(&text) {
        return call.invalid("the text is of a version of YAML that Terraform does not read");
    }
    // Spans of this reading are offsets into the text.
    let file = keylint_syntax::yaml::parse(&Text::at(
        Arc::clone(text.shared()),
        Span::new(FileId::NOWHERE, 0, text.len()),
    ));
    let is_read = |kind: &SyntaxErrorKind| {
        // Aliases and merge keys are resolved, and the last of two equal keys counts.
        matches!(kind, SyntaxErrorKind::UnsupportedYaml | SyntaxErrorKind::DuplicateKey)
    };
    if file.errors.iter().any(|error| error.kind == SyntaxErrorKind::Syntax) {
        return call.invalid("the text is not YAML");
    }
    if !file.errors.iter().all(|error| is_read(&error.kind)) {
        return call.unmodelled(arguments);
    }
    match file.documents.as_slice() {
        [document] => {
            let reader = Reader { call, text: &text };
            reader.value(document).unwrap_or_else(|| call.unmodelled(arguments))
        }
        [] => call.invalid("the text has no YAML document"),
        _ => call.invalid("the text has more than one YAML document"),
    }
}

/// Whether a directive before the document names a version besides 1.1, the only one that is read.
fn has_other_version(text: &str) -> bool {
    let before = text.lines().take_while(|line| line.is_empty() || line.starts_with(['#', '%']));
    let mut versions = before.filter_map(|line| line.strip_prefix("%YAML"));
    versions.any(|version| version.split_whitespace().next() != Some("1.1"))
}

struct Reader<'r, 'c, 'p> {
    call: &'r Call<'c, 'p>,
    text: &'r Text,
}

impl Reader<'_, '_, '_> {
    /// The value of a node; `None` where it has a part whose meaning is not modelled.
    fn value(&self, node: &Node) -> Option<Value> {
        let binary = match (&node.tag, &node.kind) {
            (Some(tag), NodeKind::String(text)) => &*tag.name == "!!binary" && is_base64(text),
            _ => false,
        };
        if node.tag.is_some() && !binary || !self.call.evaluator.spend(1, self.call.span) {
            return None;
        }
        let range = self.range(node.span);
        let span = self.text.span_of(range.clone()).unwrap_or(self.call.span);
        let is_quoted = self.text.get(range.clone()).is_some_and(|it| it.starts_with(['"', '\'']));
        let data = match &node.kind {
            NodeKind::Null => Data::Null,
            // A string that a tag calls something else stays one for Terraform.
            NodeKind::Bool(_) | NodeKind::Number(_) if is_quoted => return None,
            NodeKind::Bool(known) => Data::Bool(*known),
            NodeKind::Number(number) => Data::Number(Number::parse(number)?),
            NodeKind::String(string) => {
                let first = self.text.get(range.clone()).and_then(|written| written.chars().next());
                match (first, self.tag_before(range.start)) {
                    (Some('"' | '\''), None) | (_, Some("!!str")) => Data::String(self.string(string)),
                    (_, None) if self.is_block(range.start) => self.block(string, range.end)?,
                    (_, Some("!!binary")) => Data::String(self.string(string)),
                    (_, None) => self.plain(string)?,
                    (_, Some(_)) => return None,
                }
            }
            NodeKind::List(nodes) => {
                let elements = nodes.iter().map(|node| self.value(node)).collect::<Option<Vec<_>>>()?;
                made_list(elements, span).data
            }
            NodeKind::Map(members) => self.map(members)?,
            NodeKind::Hole(_) | NodeKind::Invalid => return None,
        };
        let origin = Origin::at(span);
        Some(if matches!(data, Data::Null) { values::null(origin) } else { Value::new(data, origin) })
    }

    /// The tag that stands before an offset: those that name a type of YAML are in no node.
    fn tag_before(&self, offset: usize) -> Option<&str> {
        let before = self.text.get(..offset)?.split_whitespace().next_back()?;
        before.starts_with('!').then_some(before)
    }

    fn map(&self, members: &[Member]) -> Option<Data> {
        let mut entries = IndexMap::with_capacity(members.len());
        for member in members {
            let range = self.range(member.key_span);
            let quoted = self.text.get(range.clone())?.starts_with(['"', '\'']);
            // A plain key is read as what it says, and then as a string.
            let key: Arc<str> = if quoted || self.tag_before(range.start) == Some("!!str") {
                Arc::clone(member.key.shared())
            } else {
                let said = match kind(&member.key) {
                    Plain::String => Data::String(member.key.clone()),
                    Plain::Known(Data::Null) => return Some(self.call.invalid("a key is null").data),
                    Plain::Known(data) => data,
                    Plain::NotModelled => return None,
                };
                values::to_string(&made(said, self.call.span))?
            };
            let value = self.value(&member.value)?;
            let entry = Entry { key_span: self.text.span_of(range), span: value.origin.span, value };
            entries.insert(key, entry);
        }
        Some(made_map(entries, self.call.span).data)
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        span.start as usize..span.end as usize
    }

    /// A string of the document, where it is written.
    fn string(&self, decoded: &Text) -> Text {
        let place = decoded.span().and_then(|span| self.text.span_of(self.range(span)));
        match place {
            Some(span) => Text::at(Arc::clone(decoded.shared()), span),
            None => Text::synthetic(Arc::clone(decoded.shared())),
        }
    }

    /// Whether what begins at an offset is a block scalar: the line before ends with its indicator.
    fn is_block(&self, start: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default().trim_end();
        let between = self.text.get(before.len()..start).unwrap_or_default();
        let header = before.lines().next_back().unwrap_or_default();
        let header = header.split_once(" #").map_or(header, |(header, _)| header);
        let indicator = header.split_whitespace().next_back().unwrap_or_default();
        let is_indicator = indicator.strip_prefix(['|', '>']).is_some_and(|rest| {
            rest.chars().all(|one| matches!(one, '+' | '-') || one.is_ascii_digit()) && rest.len() <= 2
        });
        is_indicator && between.contains('\n')
    }

    /// A block scalar that ends at an offset. Terraform's reader adds no line end to a text that ends
    /// within its last line, and reads it as it does a plain scalar, but then as a string.
    fn block(&self, decoded: &Text, end: usize) -> Option<Data> {
        let string = self.string(decoded);
        let is_last = self.text.get(end..).is_some_and(|rest| rest.trim().is_empty());
        let within = is_last && !self.text.ends_with([' ', '\n']);
        let string = match string.strip_suffix('\n') {
            Some(line) if within => string.slice(0..line.len()),
            _ => string,
        };
        match kind(&string) {
            Plain::String => Some(Data::String(string)),
            Plain::Known(Data::Bool(known)) => Some(Data::String(Text::synthetic(known.to_string()))),
            Plain::Known(Data::Number(number)) if number.to_string() == string.as_str() => {
                Some(Data::String(string))
            }
            Plain::Known(Data::Number(_)) | Plain::NotModelled => None,
            Plain::Known(data) => Some(data),
        }
    }

    fn plain(&self, written: &Text) -> Option<Data> {
        match kind(written) {
            Plain::String => Some(Data::String(self.string(written))),
            Plain::Known(data) => Some(data),
            Plain::NotModelled => None,
        }
    }
}

/// What a plain scalar says.
enum Plain {
    String,
    Known(Data),
    NotModelled,
}

fn kind(written: &str) -> Plain {
    match written {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Known(Data::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Plain::Known(Data::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Known(Data::Bool(false));
        }
        _ => {}
    }
    let special = matches!(written.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF");
    if special || matches!(written, ".nan" | ".NaN" | ".NAN") {
        return Plain::NotModelled;
    }
    if let Some(digits) = written.strip_prefix("0x") {
        return based(digits, 16);
    }
    if let Some(digits) = written.strip_prefix("0o") {
        return based(digits, 8);
    }
    if is_number(written) {
        let plain = written.strip_prefix('+').unwrap_or(written);
        return Number::parse(plain).map_or(Plain::NotModelled, |number| Plain::Known(Data::Number(number)));
    }
    let year = written.split_once('-').map(|(year, _)| year);
    if year.is_some_and(|year| year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit())) {
        return match times::timestamp(written) {
            Some(text) => Plain::Known(Data::String(Text::synthetic(text))),
            None => Plain::String,
        };
    }
    Plain::String
}

fn based(digits: &str, base: u32) -> Plain {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Plain::String;
    }
    match i64::from_str_radix(digits, base) {
        Ok(number) => Plain::Known(Data::Number(Number::Integer(number))),
        Err(_) => Plain::NotModelled,
    }
}

/// A number in the decimal form, in which zeros at the start mean nothing.
fn is_number(written: &str) -> bool {
    let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
    let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, Some(power.strip_prefix(['+', '-']).unwrap_or(power))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && power.is_none_or(|power| !power.is_empty() && digits(power))
}

fn encode(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let Some(value) = arguments.first() else { return rejected(call.span) };
    let mut writer = Writer { written: String::new() };
    let done = match &value.data {
        Data::Null | Data::Bool(_) | Data::Number(_) => {
            writer.scalar(value, 0, false).map(|()| writer.written.push_str("\n...\n"))
        }
        Data::List(_) | Data::Map(_) => writer.block(value, 0, true),
        _ => writer.scalar(value, 0, false).map(|()| writer.end_line()),
    };
    match done {
        Some(()) => values::made_string(writer.written, call.span),
        None => call.unmodelled(arguments),
    }
}

/// Writes what the emitter of Terraform writes, as far as it does not break lines: a string that
/// goes beyond the 80th column is not modelled.
struct Writer {
    written: String,
}

/// Where Terraform's emitter begins to fold.
const COLUMNS: usize = 80;

impl Writer {
    fn end_line(&mut self) {
        if !self.written.ends_with('\n') {
            self.written.push('\n');
        }
    }

    fn column(&self) -> usize {
        let line = self.written.rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    }

    /// A list or map in block style, each line at `indent`; the first one goes on where the text
    /// ends if `inline`.
    fn block(&mut self, value: &Value, indent: usize, inline: bool) -> Option<()> {
        if self.written.len() > limits::STRING_BYTES {
            return None;
        }
        match &value.data {
            Data::List(list) if list.elements.is_empty() => self.written.push_str("[]\n"),
            Data::Map(map) if map.entries.is_empty() => self.written.push_str("{}\n"),
            Data::List(list) => {
                for (position, element) in list.elements.iter().enumerate() {
                    self.start(indent, inline && position == 0);
                    self.written.push_str("- ");
                    self.member(element, indent + 2, indent + 2, true)?;
                }
            }
            Data::Map(map) => {
                let mut entries: Vec<_> = map.entries.iter().collect();
                entries.sort_by(|a, b| a.0.cmp(b.0));
                for (position, (key, entry)) in entries.into_iter().enumerate() {
                    // Longer keys and those of several lines are written in another way.
                    if key.len() > 100 || key.contains('\n') {
                        return None;
                    }
                    self.start(indent, inline && position == 0);
                    self.quoted(key)?;
                    self.written.push(':');
                    let is_list = matches!(entry.value.data, Data::List(_));
                    let inner = if is_list { indent } else { indent + 2 };
                    self.member(&entry.value, inner, indent + 2, false)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn start(&mut self, indent: usize, inline: bool) {
        if !inline {
            self.written.push_str(&" ".repeat(indent));
        }
    }

    /// What stands behind `- ` or `key:`, to the end of its lines.
    fn member(&mut self, value: &Value, indent: usize, lines: usize, in_list: bool) -> Option<()> {
        let empty = match &value.data {
            Data::List(list) => list.elements.is_empty(),
            Data::Map(map) => map.entries.is_empty(),
            _ => {
                if !in_list {
                    self.written.push(' ');
                }
                self.scalar(value, lines, true)?;
                self.end_line();
                return Some(());
            }
        };
        match (empty, in_list) {
            (true, false) => self.written.push(' '),
            (false, false) => self.written.push('\n'),
            (_, true) => {}
        }
        self.block(value, indent, in_list)
    }

    fn scalar(&mut self, value: &Value, indent: usize, inside: bool) -> Option<()> {
        match &value.data {
            Data::Null => self.written.push_str("null"),
            Data::Bool(_) | Data::Number(_) => self.written.push_str(&values::to_string(value)?),
            _ => {
                let text = values::to_string(value)?;
                if text.contains('\n') && takes_block(&text) {
                    self.lines(&text, if inside { indent } else { 2 })?;
                } else {
                    self.quoted(&text)?;
                }
            }
        }
        Some(())
    }

    /// A string as a literal block.
    fn lines(&mut self, text: &str, indent: usize) -> Option<()> {
        self.written.push('|');
        if text.starts_with([' ', '\n']) {
            self.written.push('2');
        }
        match text.strip_suffix('\n') {
            None => self.written.push('-'),
            Some(rest) if rest.ends_with('\n') => self.written.push('+'),
            Some(_) => {}
        }
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            self.written.push('\n');
            if !line.is_empty() {
                self.written.push_str(&" ".repeat(indent));
                self.written.push_str(line);
            }
        }
        self.written.push('\n');
        (self.written.len() <= limits::STRING_BYTES).then_some(())
    }

    fn quoted(&mut self, text: &str) -> Option<()> {
        self.written.push('"');
        for character in text.chars() {
            match character {
                '"' => self.written.push_str("\\\""),
                '\\' => self.written.push_str("\\\\"),
                '\n' => self.written.push_str("\\n"),
                '\r' => self.written.push_str("\\r"),
                '\t' => self.written.push_str("\\t"),
                ' '..='~' | '\u{a0}'..='\u{2027}' => self.written.push(character),
                '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' => self.written.push(character),
                '\u{10000}'.. => self.written.push_str(&format!("\\U{:08X}", u32::from(character))),
                _ => return None,
            }
        }
        self.written.push('"');
        // A line is folded at a blank only.
        (self.column() <= COLUMNS || !text.contains(' ')).then_some(())
    }
}

/// Whether a string of several lines is written as a block.
fn takes_block(text: &str) -> bool {
    let printable = |one: char| matches!(one, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}');
    text.chars().all(printable) && !text.contains(" \n") && !text.ends_with(' ')
}
