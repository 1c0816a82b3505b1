//! Values as a configuration language can give them before deployment.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use keylint_source::Span;
use keylint_syntax::Text;

use crate::condition::{Guard, NeedsSplit, World};
use crate::number::Number;
use crate::origin::Origin;
use crate::unknown::{Reason, Unknown};
use crate::value_type::ValueType;

/// A value with where it comes from. Cheap to clone: collections and strings are shared.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it comes from.
    pub origin: Origin,
    /// The type of a null, of an empty collection or of an unknown value, where the language gives
    /// it one and the front end knows it; of any other value the data says it.
    pub ty: Option<Arc<ValueType>>,
    /// Whether an unknown value certainly is not null; false where nothing is known of that.
    pub never_null: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing: an argument set to null is as if it were absent.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string that is wholly known.
    String(Text),
    /// A string with at least one hole: `arn:aws:iam::${account}:root`. A hole is never a
    /// wildcard.
    Partial(Arc<[Part]>),
    /// A list, tuple or set.
    List(Arc<List>),
    /// A map or object.
    Map(Arc<Map>),
    /// A string that is the JSON encoding of a value (`jsonencode`, a policy document's `json`):
    /// kept decoded, so that its elements keep their places.
    Json(Arc<Value>),
    /// One of several values, depending on conditions that deployment decides. The guards exclude
    /// each other and cover all cases.
    Choice(Arc<[Alternative]>),
    /// Only deployment decides.
    Unknown(Arc<Unknown>),
}

/// A part of a string with holes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Known text.
    Known(Text),
    /// What only deployment decides, with where the hole is written.
    Hole(Arc<Unknown>, Option<Span>),
}

impl Part {
    /// Whether nothing is left to be joined: no known part follows another one, and none is empty.
    pub fn are_joined(parts: &[Part]) -> bool {
        let is_empty = |part: &Part| matches!(part, Part::Known(text) if text.is_empty());
        let is_joined = |pair: &[Part]| !matches!(pair, [Part::Known(_), Part::Known(_)]);
        !parts.iter().any(is_empty) && parts.windows(2).all(is_joined)
    }
}

/// The elements of a list, tuple or set.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The known elements, in order.
    pub elements: Vec<Value>,
    /// Set when there are more elements, or fewer, that only deployment decides; the known
    /// elements are certainly there, and behind the leading ones their order is not certain then.
    pub rest: Option<Arc<Unknown>>,
    /// How many of the known elements are certainly the first ones although there is a rest.
    pub leading: usize,
    /// Which of Terraform's sequences it is; CloudFormation has one kind only, the default.
    pub kind: ListKind,
    /// Whether an element that is null in a world is none there: what conditions leave out of a list
    /// that has too many of them to be a choice between lists. How many elements there are, and at
    /// which position each of them is, then depends on all of the conditions.
    pub gaps: bool,
}

/// The sequences of Terraform's language, which are never equal to each other.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints#collection-types>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// Elements of any types: what `[…]` and `for` make.
    #[default]
    Tuple,
    /// Elements of one type.
    List,
    /// Elements of one type, unordered, without duplicates.
    Set,
    /// A tuple or a list: what a provider makes of an argument is its own affair.
    Open,
}

impl List {
    /// Whether it is a set: unordered, without duplicates.
    pub fn is_set(&self) -> bool {
        self.kind == ListKind::Set
    }
}

/// The entries of a map or object, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The known entries.
    pub entries: IndexMap<Arc<str>, Entry>,
    /// Set when there are more entries that only deployment decides, which may also replace
    /// known ones.
    pub rest: Option<Arc<Unknown>>,
    /// Which of Terraform's two it is; CloudFormation has one kind only, the default.
    pub kind: MapKind,
    /// Where the key of the map itself is written for each of its entries, where it is put together of
    /// blocks that each name it: the `test` of `condition` blocks in `aws_iam_policy_document`.
    pub named_at: Option<Names>,
}

/// The names of entries, with a place for each: see [`Map::named_at`].
pub type Names = Arc<[(Arc<str>, Span)]>;

impl Map {
    /// Where the key of the map itself is written for one of its entries: see [`Map::named_at`].
    pub fn name_of(&self, entry: &str) -> Option<Span> {
        let named = self.named_at.as_ref()?;
        named.iter().find(|(known, _)| **known == *entry).map(|(_, span)| *span)
    }
}

/// Terraform's collections with keys, which are never equal to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapKind {
    /// Attributes of any types: what `{…}` and `for` make.
    #[default]
    Object,
    /// Values of one type.
    Map,
    /// One of the two: what a provider makes of an argument is its own affair.
    Open,
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key is written.
    pub key_span: Option<Span>,
    /// Where the value's expression is written in this map: `var.x` in `a = var.x`. The value's
    /// own origin says where what it stands for was written.
    pub span: Option<Span>,
    /// The value.
    pub value: Value,
}

/// One of the values of a choice.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// When it is this one.
    pub guard: Guard,
    /// The value.
    pub value: Value,
}

impl Value {
    /// A value with an origin.
    pub fn new(data: Data, origin: Origin) -> Self {
        Value { data, origin, ty: None, never_null: false }
    }

    /// A value that is written nowhere.
    pub fn synthetic(data: Data) -> Self {
        Value::new(data, Origin::default())
    }

    /// The same value as one of a type, which a null, an empty collection or an unknown value does
    /// not say itself.
    #[must_use]
    pub fn of(self, ty: Option<Arc<ValueType>>) -> Self {
        Value { ty, ..self }
    }

    /// An unknown value.
    pub fn unknown(unknown: Unknown, origin: Origin) -> Self {
        Value::new(Data::Unknown(Arc::new(unknown)), origin)
    }

    /// A known string that is written where its text says.
    pub fn string(text: Text) -> Self {
        let span = text.span();
        Value::new(Data::String(text), Origin { span, ..Origin::default() })
    }

    /// The value in a world: the alternative that holds there, or the value itself; unknown where
    /// a closed world leaves open which alternative holds, for the reason that its condition is open.
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when the world leaves open which alternative holds.
    pub fn resolve(&self, world: &World) -> Result<&Value, NeedsSplit> {
        self.seek(world).map(|(value, _)| value)
    }

    /// As [`Value::resolve`], with whether the world leaves open which alternative holds.
    ///
    /// # Errors
    ///
    /// As [`Value::resolve`].
    pub fn seek(&self, world: &World) -> Result<(&Value, bool), NeedsSplit> {
        let mut value = self;
        'nested: while let Data::Choice(alternatives) = &value.data {
            let (mut open, mut cause) = (None, None);
            for alternative in alternatives.iter() {
                match world.satisfies(&alternative.guard) {
                    Ok(true) => {
                        value = &alternative.value;
                        continue 'nested;
                    }
                    Ok(false) => {}
                    Err(split) => {
                        cause = cause.or_else(|| alternative.guard.cause_of(&split.0));
                        open = open.or(Some(split));
                    }
                }
            }
            match open {
                Some(NeedsSplit(condition)) if world.is_closed(&condition) => {
                    let cause = match cause {
                        Some(cause) => cause,
                        None => undecided(),
                    };
                    return Ok((cause, true));
                }
                Some(split) => return Err(split),
                // The guards cover all cases by contract; a gap reads as the choice itself.
                None => break,
            }
        }
        Ok((value, false))
    }

    /// Whether the value, or anything in it, is a choice.
    pub fn has_choice(&self) -> bool {
        match &self.data {
            Data::Choice(_) => true,
            Data::List(list) => list.elements.iter().any(Value::has_choice),
            Data::Map(map) => map.entries.values().any(|entry| entry.value.has_choice()),
            Data::Json(inner) => inner.has_choice(),
            _ => false,
        }
    }

    /// The known string that the value is; `None` for anything else, strings with holes included.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean that the value is, or that its text says: `"true"` counts, as Terraform and
    /// CloudFormation both convert.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(known) => Some(*known),
            Data::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Data::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The number that the value is, or that its text says.
    pub fn as_number(&self) -> Option<Number> {
        match &self.data {
            Data::Number(number) => Some(number.clone()),
            Data::String(text) => Number::parse(text.trim()),
            _ => None,
        }
    }

    /// The map that the value is.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list that the value is.
    pub fn as_list(&self) -> Option<&List> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }

    /// Why the value as a whole is unknown, where it is.
    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match &self.data {
            Data::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The parts of a value that is or can be read as a string: one known part for a known
    /// string, number or boolean; one hole for an unknown. `None` for null, collections, choices.
    pub fn parts(&self) -> Option<Cow<'_, [Part]>> {
        let known = |text: String| {
            let text = match self.origin.span {
                Some(span) => Text::at(text, span),
                None => Text::synthetic(text),
            };
            Some(Cow::Owned(vec![Part::Known(text)]))
        };
        match &self.data {
            Data::String(text) => Some(Cow::Owned(vec![Part::Known(text.clone())])),
            Data::Partial(parts) => Some(Cow::Borrowed(parts)),
            Data::Unknown(unknown) => {
                Some(Cow::Owned(vec![Part::Hole(Arc::clone(unknown), self.origin.span)]))
            }
            Data::Bool(value) => known(value.to_string()),
            Data::Number(value) => match value.text() {
                Some(text) => known(text),
                None => {
                    let unknown = Arc::new(Unknown::new(Reason::Limit));
                    Some(Cow::Owned(vec![Part::Hole(unknown, self.origin.span)]))
                }
            },
            Data::Null | Data::List(_) | Data::Map(_) | Data::Json(_) | Data::Choice(_) => None,
        }
    }

    /// A string from parts: known when all are, with neighbouring known parts joined. It is written where
    /// the origin says, and those of its parts that are not written there keep their own places.
    pub fn from_parts(parts: Vec<Part>, origin: Origin) -> Value {
        let mut joined = if Part::are_joined(&parts) { parts } else { joined(parts) };
        if let Some(span) = origin.span {
            for part in &mut joined {
                if let Part::Known(text) = part {
                    *text = std::mem::replace(text, Text::synthetic("")).within(span);
                }
            }
        }
        let data = match joined.as_slice() {
            [] => Data::String(Text::synthetic("")),
            [Part::Known(text)] => Data::String(text.clone()),
            _ => Data::Partial(joined.into()),
        };
        Value::new(data, origin)
    }
}

/// The parts with neighbouring known ones as one.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(_), Part::Known(text)) if text.is_empty() => {}
            (Some(Part::Known(before)), Part::Known(text)) => *before = Text::concat([&*before, &text]),
            (_, part) => joined.push(part),
        }
    }
    joined
}

/// A choice among more combinations than are looked at.
fn undecided() -> &'static Value {
    static UNDECIDED: LazyLock<Value> =
        LazyLock::new(|| Value::unknown(Unknown::new(Reason::Limit), Origin::default()));
    &UNDECIDED
}

impl Map {
    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).map(|entry| &entry.value)
    }
}

#[cfg(test)]
mod tests {
    use keylint_source::FileId;

    use super::*;
    use crate::{Condition, World};

    #[test]
    fn a_closed_world_reads_what_is_open_as_the_cause_of_its_condition() {
        let span = Span::new(FileId::NOWHERE, 3, 4);
        let input = Unknown::new(Reason::Input("var.x".into())).with_place(span).with_identity("var.x");
        let length =
            Unknown { causes: [Arc::new(input.clone())].into(), ..Unknown::new(Reason::Operand("f".into())) };
        let direct = Condition::plain("a", "a", None).with_cause(&length);
        let case = |outcome: &str, brings: &str| (Guard::when(direct.clone(), outcome), Arc::from(brings));
        let cases = [case(Condition::TRUE, Condition::FALSE), case(Condition::FALSE, Condition::TRUE)];
        let derived = Condition::plain("b", "b", None).with_cases(cases);
        let causeless = Condition::plain("c", "c", None);
        let read = |condition: &Condition| {
            let arms = [Condition::TRUE, Condition::FALSE].map(|outcome| Alternative {
                guard: Guard::when(condition.clone(), outcome),
                value: Value::synthetic(Data::Null),
            });
            let value = Value::synthetic(Data::Choice(arms.into()));
            let read = |world: &World| value.resolve(world).map(|seen| seen.as_unknown().cloned());
            let answers = World::survey(&World::open(), 1, read).unwrap();
            Arc::clone(answers[0].1.as_ref().unwrap())
        };
        for condition in [&direct, &derived] {
            let seen = read(condition);
            assert_eq!(seen.reason, input.reason);
            // What stands under the condition is not the input itself.
            assert_eq!(seen.identity, None);
        }
        assert_eq!(read(&causeless).reason, Reason::Limit);
    }
}
