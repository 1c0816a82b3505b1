//! Reads a value as a policy document.
//!
//! Reading is tolerant: single values where lists may stand, names in the wrong case, elements that
//! AWS does not have. What AWS would reject is noted in [`Document::malformed`] and read all the
//! same, because a statement that is wrong in one place still shows what its author wants to allow.
//! Names of elements, principal keys and effects are taken as AWS spells them (the grammar has them
//! as literal strings; the page of `Effect` says that its case counts).

mod condition;
mod denial;
mod encoded;
mod principal;
mod size;
mod statement;

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Data, Entry, Map, NeedsSplit, Origin, Part, Problem, Step, Value, World};
use keylint_source::Span;

use crate::document::{Amiss, Document, Malformed, Parsed, Reading, Statement, Version};
use crate::element::{Element, Elements, PartlyKnown, SECRET, Scalar};
use crate::json::{self, Decoded};

impl Document {
    /// Reads a value that stands where a policy is expected: a map, JSON text, text with holes.
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when the value has an alternative that the world leaves open.
    pub fn parse(value: &Value, world: &World) -> Result<Parsed, NeedsSplit> {
        let mut reading = reading_of(value);
        let value = value.resolve(world)?;
        match &value.data {
            Data::Null => Ok(Parsed::Absent),
            Data::Unknown(unknown) => Ok(Parsed::Unknown(Arc::clone(unknown))),
            Data::Json(inner) => {
                reading = reading.and(reading_of(inner));
                let inner = inner.resolve(world)?;
                match &inner.data {
                    Data::Map(map) => {
                        Ok(through(Reader::new(world, reading).document(map, inner)?, &value.origin))
                    }
                    Data::Unknown(unknown) => Ok(Parsed::Unknown(Arc::clone(unknown))),
                    _ => Ok(not_a_policy(inner)),
                }
            }
            Data::Map(map) => Reader::new(world, reading).document(map, value),
            Data::String(_) | Data::Partial(_) => {
                let parts = value.parts().unwrap_or_default();
                match json::decode(&parts, &value.origin) {
                    Decoded::Value(decoded, problems) => match &decoded.data {
                        Data::Map(map) => {
                            let parsed = Reader::new(world, reading).document(map, &decoded)?;
                            Ok(with_problems(written(parsed, &parts), problems))
                        }
                        _ => Ok(with_problems(not_a_policy(&decoded), problems)),
                    },
                    Decoded::Empty => Ok(Parsed::Absent),
                    Decoded::Unknown(unknown) => Ok(Parsed::Unknown(unknown)),
                    Decoded::Invalid(problems) => Ok(Parsed::Invalid(problems)),
                }
            }
            Data::Bool(_) | Data::Number(_) | Data::List(_) | Data::Choice(_) => Ok(not_a_policy(value)),
        }
    }
}

/// How much of what a value is in a world hangs on conditions, apart from what stands in it.
fn reading_of(value: &Value) -> Reading {
    if matches!(value.data, Data::Choice(_)) { Reading::Decided } else { Reading::Fixed }
}

fn not_a_policy(value: &Value) -> Parsed {
    let problem =
        value.origin.span.map(|span| Problem::new("KL001", span, "the policy is not a JSON object"));
    Parsed::Invalid(problem.into_iter().collect())
}

/// The same document, known to have come through what the encoded text came through.
fn through(parsed: Parsed, outer: &Origin) -> Parsed {
    match parsed {
        Parsed::Document(mut document) => {
            document.origin.via = outer.via.clone().or(document.origin.via);
            document.origin.marks.sensitive |= outer.marks.sensitive;
            Parsed::Document(document)
        }
        other => other,
    }
}

/// The same document, of the length that it is written with.
fn written(parsed: Parsed, parts: &[Part]) -> Parsed {
    match parsed {
        Parsed::Document(document) => {
            let start = start(parts);
            Parsed::Document(Box::new(Document { size: size::of_text(parts), start, ..*document }))
        }
        other => other,
    }
}

/// The place of the first brace, where it is written as it reads.
fn start(parts: &[Part]) -> Option<Span> {
    let Part::Known(text) = parts.first()? else { return None };
    let brace = text.find('{')?;
    text.slice(brace..brace + 1).exact_span()
}

fn with_problems(parsed: Parsed, problems: Vec<Problem>) -> Parsed {
    match parsed {
        Parsed::Document(document) => Parsed::Document(Box::new(Document { problems, ..*document })),
        Parsed::Invalid(own) => Parsed::Invalid(if problems.is_empty() { own } else { problems }),
        other => other,
    }
}

/// What is collected while a document is read.
struct Reader<'w> {
    world: &'w World,
    malformed: Vec<Malformed>,
    secret_names: Vec<Arc<str>>,
    /// The statement that is being read.
    statement: Option<usize>,
    /// How much of what was read since the statement began hangs on conditions, what it stands in
    /// included.
    reading: Reading,
    version: Version,
}

impl<'w> Reader<'w> {
    fn new(world: &'w World, reading: Reading) -> Self {
        let (malformed, secret_names) = (Vec::new(), Vec::new());
        Reader { world, malformed, secret_names, statement: None, reading, version: Version::default() }
    }

    /// What a value is in the world.
    fn resolve<'v>(&mut self, value: &'v Value) -> Result<&'v Value, NeedsSplit> {
        self.seek(value).map(|(seen, _)| seen)
    }

    /// What a value is in the world, and whether that leaves it open.
    fn seek<'v>(&mut self, value: &'v Value) -> Result<(&'v Value, bool), NeedsSplit> {
        let (seen, is_open) = value.seek(self.world)?;
        if matches!(value.data, Data::Choice(_)) {
            self.reading = self.reading.and(if is_open { Reading::Open } else { Reading::Decided });
        }
        Ok((seen, is_open))
    }

    fn document(mut self, map: &Map, value: &Value) -> Result<Parsed, NeedsSplit> {
        let mut document = Document {
            rest: None,
            size: size::of_value(value, self.world)?,
            span: value.origin.span,
            origin: value.origin.clone(),
            ..Document::default()
        };
        self.names(value, |name| ["Version", "Id", "Statement"].contains(&name));
        let fields = self.fields(map, &["Version", "Id", "Statement"], value.origin.span);
        let &[version, id, statement] = fields.as_slice() else {
            return Ok(Parsed::Document(Box::new(document)));
        };
        document.version_element = self.single(version, "Version")?;
        self.version = self.read_version(document.version_element.as_ref());
        document.version = self.version;
        document.id = self.single(id, "Id")?;
        match statement {
            Some(entry) => self.statements(entry, &mut document)?,
            // Unknown entries of a document can only be its statements.
            None if map.rest.is_some() => {}
            None => self.note(Amiss::Missing, "Statement", value.origin.span),
        }
        if let Some(rest) = &map.rest {
            let first = document.rest.clone();
            document.leave_open(first.as_ref().unwrap_or(rest), false);
        }
        document.open.clone_from(&map.rest);
        document.malformed = self.malformed;
        document.secret_names = self.secret_names;
        Ok(Parsed::Document(Box::new(document)))
    }

    fn read_version(&mut self, element: Option<&Element>) -> Version {
        match element.map(|element| (element, element.as_known())) {
            None | Some((_, Some("2008-10-17"))) => Version::V2008,
            Some((_, Some("2012-10-17"))) => Version::V2012,
            Some((element, Some(version))) => {
                self.of_value(Amiss::UnknownValue, "Version", version, element);
                Version::Other
            }
            Some((_, None)) => Version::Other,
        }
    }

    fn statements(&mut self, entry: &Entry, document: &mut Document) -> Result<(), NeedsSplit> {
        let (value, is_open) = self.seek(&entry.value)?;
        document.statement_span = place(value, entry);
        document.statement_origin = value.origin.clone();
        match &value.data {
            Data::Map(_) => self.statement_of(value, document),
            Data::List(list) => {
                document.statements.reserve_exact(list.elements.len());
                let outer = self.reading;
                for element in &list.elements {
                    self.reading = outer;
                    self.statement_of(element, document)?;
                }
                number_copies(&mut document.statements);
                if let Some(rest) = &list.rest {
                    let first = document.rest.clone();
                    document.leave_open(first.as_ref().unwrap_or(rest), false);
                }
                // What a condition leaves out is null here.
                let mut left = list.elements.iter().map(|element| element.resolve(self.world));
                if document.rest.is_none() && left.all(|element| element.is_ok_and(Value::is_null)) {
                    self.note(Amiss::Empty, "Statement", document.statement_span);
                }
                Ok(())
            }
            Data::Unknown(unknown) => {
                document.leave_open(unknown, is_open);
                self.denials_in(&entry.value, unknown, &mut document.possible_denials);
                Ok(())
            }
            Data::Null => {
                self.note(Amiss::Missing, "Statement", document.span);
                Ok(())
            }
            _ => {
                self.wrong_type("Statement", value, place(value, entry));
                Ok(())
            }
        }
    }

    fn statement_of(&mut self, value: &Value, document: &mut Document) -> Result<(), NeedsSplit> {
        let written = value;
        let (value, is_open) = self.seek(written)?;
        match &value.data {
            Data::Map(map) => {
                let index = document.statements.len();
                self.statement = Some(index);
                let statement = self.statement(index, map, value)?;
                self.statement = None;
                document.statements.push(statement);
            }
            Data::Unknown(unknown) => {
                document.leave_open(unknown, is_open);
                self.denials_in(written, unknown, &mut document.possible_denials);
            }
            Data::Null => {}
            _ => self.wrong_type("Statement", value, value.origin.span.or(document.statement_span)),
        }
        Ok(())
    }

    /// The entries with these names, in this order; other names are noted.
    fn fields<'m>(&mut self, map: &'m Map, names: &[&str], span: Option<Span>) -> Vec<Option<&'m Entry>> {
        let mut fields: Vec<Option<&Entry>> = vec![None; names.len()];
        // A statement has a few entries: comparing each name is quicker than hashing it.
        for (key, entry) in &map.entries {
            let is_it = |(name, _): &(&&str, &mut Option<&Entry>)| **name == &**key;
            if let Some((_, field)) = names.iter().zip(&mut fields).find(is_it) {
                *field = Some(entry);
            }
        }
        for (key, entry) in &map.entries {
            if names.contains(&&**key) {
                continue;
            }
            let span = entry.key_span.or(entry.value.origin.span).or(span);
            let same = names.iter().zip(&mut fields).find(|(name, _)| name.eq_ignore_ascii_case(key));
            match same {
                Some((name, field @ None)) => {
                    *field = Some(entry);
                    self.named(Amiss::ElementCase, *name, key, span);
                }
                _ => self.named(Amiss::UnknownElement, Arc::clone(key), key, span),
            }
        }
        fields
    }

    /// The value of an element that takes one string.
    fn single(&mut self, entry: Option<&Entry>, name: &str) -> Result<Option<Element>, NeedsSplit> {
        let Some(entry) = entry else { return Ok(None) };
        let value = self.resolve(&entry.value)?;
        let element = self.element(value, entry.span)?;
        if element.is_none() && !value.is_null() {
            self.wrong_type(name, value, place(value, entry));
        }
        Ok(element.map(|element| element.used_as(name, entry.span)))
    }

    /// The value of an element that takes one string or a list of strings.
    fn strings(&mut self, entry: Option<&Entry>, name: &str) -> Result<Option<Elements>, NeedsSplit> {
        let Some(entry) = entry else { return Ok(None) };
        let value = self.resolve(&entry.value)?;
        let mut elements = Elements {
            key_span: entry.key_span,
            span: place(value, entry),
            origin: value.origin.clone(),
            ..Elements::default()
        };
        match &value.data {
            Data::List(list) => {
                elements.is_list = true;
                elements.rest.clone_from(&list.rest);
                elements.items.reserve_exact(list.elements.len());
                for inner in &list.elements {
                    self.string_of(inner, entry, name, &mut elements)?;
                }
            }
            Data::Null => return Ok(None),
            _ => match self.element(value, entry.span)? {
                Some(element) => elements.items = vec![element.used_as(name, entry.span)],
                None => self.wrong_type(name, value, place(value, entry)),
            },
        }
        Ok(Some(elements))
    }

    /// One element of a list of strings.
    fn string_of(
        &mut self,
        value: &Value,
        entry: &Entry,
        name: &str,
        elements: &mut Elements,
    ) -> Result<(), NeedsSplit> {
        let value = self.resolve(value)?;
        if let Some(mut element) = self.element(value, value.origin.span.or(entry.span))? {
            // It came the way of the list, unless it is known to have come another.
            element.origin.via = element.origin.via.or_else(|| elements.origin.via.clone());
            elements.items.push(element.used_as(name, entry.span));
            return Ok(());
        }
        if !value.is_null() {
            self.wrong_type(name, value, value.origin.span.or(entry.span));
        }
        // A list within a list is a mistake (Terraform before 0.12 took it for one list).
        for inner in value.as_list().iter().flat_map(|list| &list.elements) {
            let inner = self.resolve(inner)?;
            let element = self.element(inner, inner.origin.span.or(entry.span))?;
            elements.items.extend(element.map(|element| element.used_as(name, entry.span)));
        }
        Ok(())
    }

    /// A value as one string; `None` for collections and null.
    fn element(&self, value: &Value, fallback: Option<Span>) -> Result<Option<Element>, NeedsSplit> {
        let Data::Json(inner) = &value.data else { return Ok(element(value, fallback)) };
        let text = PartlyKnown::from_parts(&encoded::parts(inner, self.world)?);
        let span = value.origin.span.or(fallback);
        Ok(Some(Element { text, span, origin: value.origin.clone(), scalar: Scalar::String }))
    }

    /// Keeps the names in a mapping that is made with a secret; `is_known` are those of AWS.
    fn names(&mut self, value: &Value, is_known: impl Fn(&str) -> bool) {
        let map = value.as_map().filter(|_| value.origin.marks.sensitive);
        let names = map.into_iter().flat_map(|map| map.entries.keys());
        self.secret_names.extend(names.filter(|name| !name.is_empty() && !is_known(name)).cloned());
    }

    fn note(&mut self, amiss: Amiss, element: impl Into<Arc<str>>, span: Option<Span>) {
        let (statement, element) = (self.statement, element.into());
        self.malformed.push(Malformed { amiss, element, written: None, statement, span, found: None });
    }

    /// Notes a name or value that is written otherwise.
    fn named(&mut self, amiss: Amiss, element: impl Into<Arc<str>>, written: &str, span: Option<Span>) {
        self.note(amiss, element, span);
        if let Some(last) = self.malformed.last_mut() {
            last.written = Some(written.into());
        }
    }

    /// Notes a value that is written otherwise. Of a secret one it does not say how.
    fn of_value(&mut self, amiss: Amiss, name: &str, written: &str, element: &Element) {
        let written = if element.origin.marks.sensitive { SECRET } else { written };
        self.named(amiss, name, written, element.span);
    }

    fn wrong_type(&mut self, element: &str, value: &Value, span: Option<Span>) {
        self.note(Amiss::WrongType, element, span);
        if let Some(last) = self.malformed.last_mut() {
            last.found = Some(json_type(value));
        }
    }
}

/// Where the value of an entry is written: the value itself, else the expression that stands for it.
fn place(value: &Value, entry: &Entry) -> Option<Span> {
    value.origin.span.or(entry.span).or(entry.key_span)
}

/// How a sentence calls the JSON type of a value.
fn json_type(value: &Value) -> &'static str {
    match &value.data {
        Data::Null => "null",
        Data::Map(_) => "an object",
        Data::List(_) => "a list",
        Data::Bool(_) => "a boolean",
        Data::Number(_) => "a number",
        Data::String(_) | Data::Partial(_) | Data::Json(_) => "a string",
        Data::Unknown(_) | Data::Choice(_) => "something else",
    }
}

/// Tells those of one text apart: what is written once is in the order of its places.
fn number_copies(statements: &mut [Statement]) {
    if statements.is_sorted_by(|one, next| one.span < next.span) {
        return;
    }
    let mut copies: HashMap<Span, usize> = HashMap::new();
    for statement in statements {
        let Some(span) = statement.span else { continue };
        let count = copies.entry(span).or_default();
        statement.copy = *count;
        *count += 1;
    }
}

/// A value as one string; `None` for collections and null.
fn element(value: &Value, fallback: Option<Span>) -> Option<Element> {
    let parts = value.parts()?;
    let text = PartlyKnown::from_parts(&parts);
    let (span, origin) = match value.origin.span.filter(|_| text.places().nth(1).is_some()) {
        Some(expression) => put_together(&text, expression, &value.origin),
        None => (text.span().or(value.origin.span).or(fallback), value.origin.clone()),
    };
    let scalar = match &value.data {
        Data::Bool(_) => Scalar::Bool,
        Data::Number(_) => Scalar::Number,
        Data::Unknown(_) => Scalar::Unknown,
        _ => Scalar::String,
    };
    Some(Element { text, span, origin, scalar })
}

/// How many parts of a string are shown at the places of their own.
const MAX_PARTS: usize = 4;

/// Where a string of several parts is written, with what it came through: in the expression that puts it
/// together where some of them are written elsewhere. Where that has no part of it but the one around it has,
/// it is only the quotes that a function has put around the string.
fn put_together(text: &PartlyKnown, expression: Span, origin: &Origin) -> (Option<Span>, Origin) {
    let is_within = text.places().any(|place| expression.contains(place));
    let own = text.parts().iter().find_map(|part| match part {
        Part::Known(text) => text.own_place(),
        Part::Hole(..) => None,
    });
    let expression = own.filter(|_| !is_within).unwrap_or(expression);
    let mut elsewhere = text.places().filter(|place| !expression.contains(*place)).peekable();
    if elsewhere.peek().is_none() {
        return (text.span().or(Some(expression)), origin.clone());
    }
    let shown = elsewhere.take(MAX_PARTS);
    let origin = shown.fold(origin.clone(), |origin, place| origin.through(Step::Part, "", place));
    (Some(expression), origin)
}

#[cfg(test)]
mod tests;
