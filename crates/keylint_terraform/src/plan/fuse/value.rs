//! Values of which the sources know the places and the plan the rest.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Marks, Origin, Part, Step, Value};
use keylint_source::Span;
use keylint_syntax::{Segment, Text};

use crate::plan::address::Place;
use crate::values;

/// How many comparisons the elements of lists take before they are matched by position alone.
const COMPARISONS: usize = 1_000_000;

/// Lays values of a plan over those of the sources.
pub(super) struct Fuser {
    /// The instance that is looked at.
    pub(super) address: String,
    /// Attributes that differ.
    pub(super) differing: Vec<String>,
    differs: bool,
    left: usize,
}

impl Default for Fuser {
    fn default() -> Self {
        Fuser { address: String::new(), differing: Vec::new(), differs: false, left: COMPARISONS }
    }
}

/// Where a value stands, which says what the one side may have and the other not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The argument of a resource or of a block: the provider adds its own to a block.
    Argument,
    /// Inside a document: the plan has all of it.
    Document,
}

impl Fuser {
    /// The value of an attribute.
    pub(super) fn attribute(&mut self, name: &str, source: &Value, planned: &Value) -> Value {
        self.differs = false;
        let value = self.fuse(source, planned, Level::Argument);
        if self.differs {
            self.differing.push(format!("{}.{name}", self.address));
        }
        value
    }

    fn fuse(&mut self, source: &Value, planned: &Value, level: Level) -> Value {
        match (&source.data, &planned.data) {
            (_, Data::Unknown(_)) | (Data::Null, _) => hidden(source.clone(), planned),
            (Data::Choice(_), _) => self.choice(source, planned, level),
            (Data::Unknown(_) | Data::Partial(_), Data::Null) => {
                Value::new(Data::Null, source.origin.clone())
            }
            // Arguments that are never stored read as null.
            (_, Data::Null) => source.clone(),
            (Data::Unknown(_) | Data::Partial(_), _) if planned.origin.marks.sensitive => {
                values::marked(source.clone(), Marks::secret(true))
            }
            (Data::Unknown(_), _) => given(source, planned),
            (Data::List(a), Data::List(b)) => {
                let list = self.list(a, b, source, level);
                hidden(Value::new(Data::List(Arc::new(list)), source.origin.clone()), planned)
            }
            // One block, or one element, which both sides may write with or without its list.
            (Data::List(a), _) if a.elements.len() == 1 && a.rest.is_none() => {
                let element = a.elements.first().map(|element| self.fuse(element, planned, level));
                let list = List { elements: element.into_iter().collect(), ..(**a).clone() };
                Value::new(Data::List(Arc::new(list)), source.origin.clone())
            }
            (_, Data::List(b)) if b.elements.len() == 1 && level == Level::Document => {
                b.elements.first().map_or_else(|| source.clone(), |element| self.fuse(source, element, level))
            }
            (Data::Map(a), Data::Map(b)) => {
                let map = self.map(a, b, source, level);
                hidden(Value::new(Data::Map(Arc::new(map)), source.origin.clone()), planned)
            }
            _ => self.scalar(source, planned),
        }
    }

    /// The alternative that the plan has.
    fn choice(&mut self, source: &Value, planned: &Value, level: Level) -> Value {
        let Data::Choice(alternatives) = &source.data else { return source.clone() };
        let is_null = |value: &Value| value.is_null();
        let fits: Vec<_> = alternatives
            .iter()
            .map(|one| &one.value)
            .filter(|value| is_null(value) == planned.is_null() || value.as_unknown().is_some())
            .filter(|value| self.similarity(value, planned).is_some())
            .collect();
        let best = fits.iter().max_by_key(|value| self.similarity(value, planned));
        match (best, fits.as_slice()) {
            (_, [only]) => self.fuse(only, planned, level),
            (Some(best), _) => self.fuse(best, planned, level),
            (None, _) => match planned.is_null() {
                true => Value::new(Data::Null, source.origin.clone()),
                false => self.differing(source, planned),
            },
        }
    }

    fn scalar(&mut self, source: &Value, planned: &Value) -> Value {
        if let Some(document) = self.document(source, planned) {
            return hidden(document, planned);
        }
        match (&source.data, &planned.data) {
            (Data::Partial(parts), Data::String(text)) => match aligned(parts, text) {
                Some(parts) => Value::from_parts(parts, given_origin(&source.origin)),
                None => self.differing(source, planned),
            },
            _ if values::equal(source, planned) == Some(true) || same_text(source, planned) => {
                hidden(source.clone(), planned)
            }
            _ => self.differing(source, planned),
        }
    }

    /// A document in JSON that both sides have.
    fn document(&mut self, source: &Value, planned: &Value) -> Option<Value> {
        if !matches!(planned.data, Data::Json(_)) {
            planned.as_str()?.trim_start().strip_prefix(['{', '['])?;
        }
        if source.as_str().is_some() && values::equal(source, planned) == Some(true) {
            return None;
        }
        let own = values::decode(source)?;
        let other = values::decode(planned)?;
        let is_collection = |value: &Value| matches!(value.data, Data::Map(_) | Data::List(_));
        if !is_collection(&own) && own.as_unknown().is_none() || !is_collection(&other) {
            return None;
        }
        let fused = self.fuse(&own, &other, Level::Document);
        Some(Value::new(Data::Json(Arc::new(fused)), source.origin.clone()))
    }

    /// Both are known, and not the same.
    fn differing(&mut self, source: &Value, planned: &Value) -> Value {
        self.differs = true;
        if planned.origin.marks.sensitive {
            values::marked(source.clone(), Marks::secret(true))
        } else {
            given(source, planned)
        }
    }

    fn map(&mut self, source: &Map, planned: &Map, whole: &Value, level: Level) -> Map {
        let mut entries = IndexMap::with_capacity(source.entries.len());
        for (name, entry) in &source.entries {
            let value = match planned.value(name) {
                Some(value) => self.fuse(&entry.value, value, level),
                // A document without it has none; of an argument the provider says nothing.
                None if level == Level::Document && source.rest.is_some() => continue,
                None => entry.value.clone(),
            };
            entries.insert(Arc::clone(name), Entry { value, ..entry.clone() });
        }
        // What the source may have more, and what only a document can have.
        if source.rest.is_some() || level == Level::Document {
            for (name, entry) in &planned.entries {
                if !entries.contains_key(name) && !entry.value.is_null() {
                    entries.insert(Arc::clone(name), moved(entry, whole));
                }
            }
        }
        let rest = source.rest.clone().filter(|_| planned.rest.is_some());
        Map { entries, rest, ..Map::default() }
    }

    fn list(&mut self, source: &List, planned: &List, whole: &Value, level: Level) -> List {
        let pairs = self.pairs(&source.elements, &planned.elements);
        let elements = planned.elements.iter().zip(pairs).map(|(element, found)| {
            match found.and_then(|at| source.elements.get(at)) {
                Some(own) => self.fuse(own, element, level),
                None => given(whole, element),
            }
        });
        let elements: Vec<_> = elements.collect();
        if source.rest.is_none()
            && !source.gaps
            && source.elements.len() != planned.elements.len()
            && level == Level::Argument
        {
            self.differs = true;
        }
        let rest = source.rest.clone().filter(|_| planned.rest.is_some());
        List { elements, rest, kind: source.kind, ..List::default() }
    }

    /// For each element of a plan the one of the sources that it is: most alike first, then in
    /// order.
    fn pairs(&mut self, source: &[Value], planned: &[Value]) -> Vec<Option<usize>> {
        let mut pairs = vec![None; planned.len()];
        let mut used: HashSet<usize> = HashSet::new();
        let product = source.len().saturating_mul(planned.len());
        if product <= self.left {
            let mut scores = Vec::new();
            for (at, element) in planned.iter().enumerate() {
                for (own, value) in source.iter().enumerate() {
                    if let Some(score) = self.similarity(value, element) {
                        // Of two that are alike the one at the same position.
                        scores.push((score, usize::from(own == at), at, own));
                    }
                }
            }
            scores.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
            for (_, _, at, own) in scores {
                if let Some(pair) = pairs.get_mut(at).filter(|pair| pair.is_none())
                    && used.insert(own)
                {
                    *pair = Some(own);
                }
            }
        }
        let mut left = (0..source.len()).filter(|own| !used.contains(own)).collect::<Vec<_>>().into_iter();
        pairs.iter_mut().filter(|pair| pair.is_none()).for_each(|pair| *pair = left.next());
        pairs
    }

    /// How many leaves two values have in common; `None` where they are certainly not the same.
    fn similarity(&mut self, source: &Value, planned: &Value) -> Option<usize> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Some(0);
        }
        match (&source.data, &planned.data) {
            (Data::Unknown(_) | Data::Choice(_), _) | (_, Data::Unknown(_)) => Some(0),
            (Data::Map(a), Data::Map(b)) => a.entries.iter().try_fold(0, |sum, (name, entry)| {
                let other = b.value(name).filter(|other| !other.is_null());
                Some(sum + other.map_or(Some(0), |other| self.similarity(&entry.value, other))?)
            }),
            (Data::List(a), Data::List(b)) => {
                let pairs = a.elements.iter().zip(&b.elements);
                Some(pairs.filter_map(|(a, b)| self.similarity(a, b)).sum())
            }
            (Data::List(a), _) if a.elements.len() == 1 => self.similarity(a.elements.first()?, planned),
            (_, Data::List(b)) if b.elements.len() == 1 => self.similarity(source, b.elements.first()?),
            (Data::Json(_), _) => Some(0),
            (Data::Partial(parts), Data::String(text)) => aligned(parts, text).map(|_| 1),
            _ if same_text(source, planned) => Some(2),
            _ => match values::equal(source, planned) {
                Some(true) => Some(2),
                Some(false) => None,
                None => Some(0),
            },
        }
    }
}

/// The value, sensitive where the plan's is.
fn hidden(value: Value, planned: &Value) -> Value {
    values::marked(value, planned.origin.marks)
}

/// Whether two scalars read the same: providers take `"true"` for true.
fn same_text(a: &Value, b: &Value) -> bool {
    let text = |value: &Value| match value.data {
        Data::Bool(_) | Data::Number(_) | Data::String(_) => values::to_string(value),
        _ => None,
    };
    text(a).is_some_and(|a| text(b).is_some_and(|b| a == b))
}

/// The plan's value in the place of the source's.
pub(crate) fn given(source: &Value, planned: &Value) -> Value {
    let mut origin = given_origin(&source.origin);
    // The edge stays: it is that resource whose attribute is now known.
    if let Data::Unknown(unknown) = &source.data
        && let (Some(reference), Some(span)) = (&unknown.reference, unknown.at.or(source.origin.span))
    {
        let name = format!("{}.{}", reference.address, reference.attribute);
        origin = origin.through(Step::Attribute, name, span);
    }
    match origin.span {
        Some(span) => relocated(planned, &origin, span),
        None => planned.clone(),
    }
}

fn given_origin(origin: &Origin) -> Origin {
    match origin.span {
        Some(span) => origin.through(Step::Given, "it", span),
        None => origin.clone(),
    }
}

fn moved(entry: &Entry, whole: &Value) -> Entry {
    Entry { key_span: whole.origin.span, span: whole.origin.span, value: given(whole, &entry.value) }
}

/// A value of the plan as if all of it were written at a place of the sources.
pub(super) fn relocated(value: &Value, origin: &Origin, span: Span) -> Value {
    let data = match &value.data {
        Data::String(text) => Data::String(at(text, span)),
        Data::List(list) => {
            let elements = list.elements.iter().map(|element| relocated(element, origin, span)).collect();
            Data::List(Arc::new(List { elements, ..(**list).clone() }))
        }
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(name, entry)| {
                let value = relocated(&entry.value, origin, span);
                (Arc::clone(name), Entry { key_span: Some(span), span: Some(span), value })
            });
            Data::Map(Arc::new(Map {
                entries: entries.collect(),
                rest: map.rest.clone(),
                kind: map.kind,
                named_at: map.named_at.clone(),
            }))
        }
        Data::Json(inner) => Data::Json(Arc::new(relocated(inner, origin, span))),
        Data::Unknown(unknown) => Data::Unknown(Arc::new((**unknown).clone().with_place(span))),
        other => other.clone(),
    };
    // What came from another resource still does.
    let mut moved = Origin { span: Some(span), ..origin.clone() };
    let edges: Vec<_> = value.origin.steps().filter(|via| is_edge(via.step)).collect();
    for edge in edges.into_iter().rev() {
        moved = moved.through(edge.step, Arc::clone(&edge.name), span);
    }
    moved.marks |= value.origin.marks;
    Value::new(data, moved)
}

fn is_edge(step: Step) -> bool {
    matches!(step, Step::Attribute | Step::Document | Step::Plan)
}

fn at(text: &Text, span: Span) -> Text {
    Text::mapped(Arc::clone(text.shared()), vec![Segment { start: 0, span, exact: false }])
}

/// The parts of a string with what the plan has for its holes. Those that refer to a resource stay
/// holes: which resource it is says more than its name. `None` where the text is another one.
fn aligned(parts: &[Part], text: &Text) -> Option<Vec<Part>> {
    let mut made = Vec::with_capacity(parts.len());
    let mut rest = text.as_str();
    let mut hole: Option<&Part> = None;
    let mut is_certain = true;
    for (position, part) in parts.iter().enumerate() {
        match (part, hole) {
            (Part::Hole(..), Some(_)) => is_certain = false,
            (Part::Hole(..), None) => hole = Some(part),
            (Part::Known(known), None) => {
                rest = rest.strip_prefix(known.as_str())?;
                made.push(part.clone());
            }
            (Part::Known(known), Some(before)) => {
                let is_last = position + 1 == parts.len();
                let (first, last) = (rest.find(known.as_str())?, rest.rfind(known.as_str())?);
                let found = if is_last { last } else { first };
                if is_last && last + known.len() != rest.len() {
                    return None;
                }
                is_certain &= is_last || first == last;
                made.push(filled(before, rest.get(..found)?));
                made.push(part.clone());
                rest = rest.get(found + known.len()..)?;
                hole = None;
            }
        }
    }
    match hole {
        Some(before) => made.push(filled(before, rest)),
        None if !rest.is_empty() => return None,
        None => {}
    }
    if is_certain {
        return Some(made);
    }
    // What fills which hole is open: the text as a whole.
    let span = parts.iter().find_map(|part| match part {
        Part::Known(text) => text.span(),
        Part::Hole(_, span) => *span,
    });
    Some(vec![Part::Known(span.map_or_else(|| Text::synthetic(text.as_str()), |span| at(text, span)))])
}

fn filled(hole: &Part, text: &str) -> Part {
    let Part::Hole(unknown, span) = hole else { return hole.clone() };
    let is_of_resource = unknown
        .reference
        .as_ref()
        .is_some_and(|reference| !Place::of(reference.address.as_str()).resource.starts_with("data."));
    if is_of_resource { hole.clone() } else { Part::Known(written(text, *span)) }
}

/// A text of the plan in the place of a hole.
pub(super) fn written(text: &str, span: Option<Span>) -> Text {
    let text = Text::synthetic(text);
    span.map_or_else(|| text.clone(), |span| at(&text, span))
}
