//! What an expression evaluates to.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Map, Number, Origin, Part, Reason, Unknown, Value};
use keylint_policy::Rewrite;
use keylint_source::Span;

use crate::view::View;

/// A value with the place it was found at.
#[derive(Clone, Debug)]
pub(crate) struct Datum<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) place: Place<'a>,
}

/// Where a finding about a value points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place<'a> {
    /// The expression that gives it where it is used.
    pub(crate) used: Option<Span>,
    /// Where it was written, and what it came through.
    pub(crate) origin: Option<&'a Origin>,
    /// The edit there that mends what is found.
    pub(crate) edit: Option<Rewrite>,
}

impl<'a> Place<'a> {
    /// A place of which no edit is known.
    pub(crate) fn new(used: Option<Span>, origin: Option<&'a Origin>) -> Self {
        Place { used, origin, edit: None }
    }
}

/// What a value is. Three answers are kept apart: known, one of several (which the world decides
/// before a datum is made), not known.
#[derive(Clone, Debug)]
pub(crate) enum Data<'a> {
    Null,
    Bool(bool),
    Number(Number),
    /// A number that is at least this: the size of a list of which more may follow.
    AtLeast(i64, Whys),
    Text(Text<'a>),
    List(List<'a>),
    Map(&'a Map),
    View(View<'a>),
    Unknown(Whys),
}

/// A string, maybe with holes.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Known(&'a str),
    Shared(Arc<str>),
    Parts(Cow<'a, [Part]>),
}

/// A list of which more may follow.
#[derive(Clone, Debug)]
pub(crate) struct List<'a> {
    pub(crate) items: Rc<[Datum<'a>]>,
    pub(crate) rest: Option<Whys>,
}

/// Why something is not known, and where that is used.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    pub(crate) unknown: Arc<Unknown>,
    pub(crate) used: Option<Span>,
    /// Whether it is the reason for an answer that may be null, and not the value itself.
    pub(crate) is_of_answer: bool,
}

/// The reasons for an unknown; at least one.
pub(crate) type Whys = Rc<[Why]>;

/// How many reasons are kept: they are shown to a person.
const MAX_REASONS: usize = 4;

/// A verdict with its reasons.
#[derive(Clone, Debug)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown(Whys),
}

impl Truth {
    pub(crate) fn datum<'a>(self) -> Datum<'a> {
        Datum::bare(match self {
            Truth::Yes => Data::Bool(true),
            Truth::No => Data::Bool(false),
            Truth::Unknown(whys) => Data::Unknown(whys),
        })
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Self {
        if known { Truth::Yes } else { Truth::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }
}

/// One reason.
pub(crate) fn why(unknown: &Arc<Unknown>, used: Option<Span>) -> Whys {
    Rc::new([Why { unknown: Arc::clone(unknown), used, is_of_answer: false }])
}

/// The reasons of two unknowns.
pub(crate) fn both(left: &Whys, right: &Whys) -> Whys {
    let mut all: Vec<Why> = left.to_vec();
    for why in right.iter() {
        let is_known = all.iter().any(|known| Arc::ptr_eq(&known.unknown, &why.unknown));
        if !is_known && all.len() < MAX_REASONS {
            all.push(why.clone());
        }
    }
    all.into()
}

impl<'a> Datum<'a> {
    /// A value without a place.
    pub(crate) fn bare(data: Data<'a>) -> Self {
        Datum { data, place: Place::default() }
    }

    pub(crate) fn null() -> Self {
        Self::bare(Data::Null)
    }

    pub(crate) fn text(text: &'a str) -> Self {
        Self::bare(Data::Text(Text::Known(text)))
    }

    pub(crate) fn unknown(unknown: &Arc<Unknown>) -> Self {
        Self::bare(Data::Unknown(why(unknown, None)))
    }

    pub(crate) fn list(items: Vec<Datum<'a>>, rest: Option<Whys>) -> Self {
        Self::bare(Data::List(List { items: items.into(), rest }))
    }

    /// The same at a place.
    pub(crate) fn at(self, place: Place<'a>) -> Self {
        Datum { place, ..self }
    }

    /// The string of a value that is one, or can be read as one.
    pub(crate) fn of_string(value: &'a Value, used: Option<Span>) -> Self {
        let place = Place::new(used, Some(&value.origin));
        let data = match value.as_str() {
            Some(text) => Data::Text(Text::Known(text)),
            None => match value.parts() {
                Some(parts) => match &*parts {
                    [Part::Hole(unknown, _)] => Data::Unknown(why(unknown, used)),
                    [Part::Known(text)] => Data::Text(Text::Shared(Arc::clone(text.shared()))),
                    _ => Data::Text(Text::Parts(parts)),
                },
                None if value.is_null() => Data::Null,
                None => Data::Unknown(why(&invalid(), used)),
            },
        };
        Datum { data, place }
    }

    /// The answer as a truth. Null is an answer that nobody gave.
    pub(crate) fn truth(&self) -> Truth {
        match &self.data {
            Data::Bool(known) => Truth::from(*known),
            Data::Unknown(whys) => Truth::Unknown(Rc::clone(whys)),
            _ => Truth::No,
        }
    }

    /// Whether it is null.
    pub(crate) fn null_truth(&self) -> Truth {
        match &self.data {
            Data::Null => Truth::Yes,
            Data::Unknown(whys) => unknown_is_null(whys),
            Data::View(view) => view.is_null(),
            _ => Truth::No,
        }
    }
}

/// Whether an unknown may be null. An attribute that a provider computes, a value of the
/// environment and an import never are.
fn unknown_is_null(whys: &Whys) -> Truth {
    match &**whys {
        [only] if !only.is_of_answer && is_given(&only.unknown) => Truth::No,
        _ => Truth::Unknown(Rc::clone(whys)),
    }
}

/// Whether an unknown is certainly something: an attribute of a resource, a value of the
/// environment, an import, the result of a function that always gives a string.
pub(crate) fn is_given(unknown: &Unknown) -> bool {
    const STRINGS: [&str; 8] =
        ["file", "templatefile", "filebase64", "format", "join", "jsonencode", "replace", "uuid"];
    match &unknown.reason {
        Reason::Environment(_) | Reason::Import(_) | Reason::DynamicReference(_) => true,
        Reason::Function(name) => STRINGS.contains(&&**name),
        _ => unknown.reference.is_some(),
    }
}

/// The reason for a value of another type than its attribute has.
pub(crate) fn invalid() -> Arc<Unknown> {
    Arc::new(Unknown::new(Reason::Invalid))
}

impl<'a> Text<'a> {
    /// The string, where all of it is known.
    pub(crate) fn as_known(&self) -> Option<&str> {
        match self {
            Text::Known(text) => Some(text),
            Text::Shared(text) => Some(text),
            Text::Parts(_) => None,
        }
    }

    /// Its parts; a known string is one part.
    pub(crate) fn pieces(&self) -> Vec<Piece<'_>> {
        match self {
            Text::Parts(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Known(text) => Piece::Known(text),
                    Part::Hole(unknown, _) => Piece::Hole(unknown),
                })
                .collect(),
            known => known.as_known().map(Piece::Known).into_iter().collect(),
        }
    }

    /// The reasons for its holes.
    pub(crate) fn whys(&self, used: Option<Span>) -> Whys {
        let holes: Vec<Why> = self
            .pieces()
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Hole(unknown) => Some(Why { unknown: Arc::clone(unknown), used, is_of_answer: false }),
                Piece::Known(_) => None,
            })
            .take(MAX_REASONS)
            .collect();
        holes.into()
    }

    /// As a message shows it: holes as `…`.
    pub(crate) fn shown(&self) -> String {
        self.pieces()
            .into_iter()
            .map(|piece| match piece {
                Piece::Known(text) => text,
                Piece::Hole(_) => "…",
            })
            .collect()
    }
}

/// A part of a string.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'t> {
    Known(&'t str),
    Hole(&'t Arc<Unknown>),
}
