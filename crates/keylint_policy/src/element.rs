//! Strings of a policy, which may have parts that only deployment knows.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use keylint_model::{Origin, Part, Unknown};
use keylint_source::Span;
use keylint_syntax::Text;

/// A string with or without holes. A hole stands for one concrete string that is not known; it is
/// never a wildcard.
#[derive(Clone, Debug)]
pub struct PartlyKnown(Repr);

#[derive(Clone, Debug)]
enum Repr {
    One(Part),
    Many(Arc<[Part]>),
}

impl PartlyKnown {
    /// A wholly known string.
    pub fn known(text: Text) -> Self {
        PartlyKnown(Repr::One(Part::Known(text)))
    }

    /// A string of which nothing is known.
    pub fn hole(unknown: Arc<Unknown>, span: Option<Span>) -> Self {
        PartlyKnown(Repr::One(Part::Hole(unknown, span)))
    }

    /// A string from its parts; no parts are the empty string.
    pub fn from_parts(parts: &[Part]) -> Self {
        match parts {
            [] => Self::known(Text::synthetic("")),
            [only] => PartlyKnown(Repr::One(only.clone())),
            many => PartlyKnown(Repr::Many(many.into())),
        }
    }

    /// The known parts and the holes, in order.
    pub fn parts(&self) -> &[Part] {
        match &self.0 {
            Repr::One(part) => std::slice::from_ref(part),
            Repr::Many(parts) => parts,
        }
    }

    /// The string, where all of it is known.
    pub fn as_known(&self) -> Option<&str> {
        match &self.0 {
            Repr::One(Part::Known(text)) => Some(text),
            _ => None,
        }
    }

    /// Why nothing of the string is known, where that is so.
    pub fn as_hole(&self) -> Option<&Arc<Unknown>> {
        match &self.0 {
            Repr::One(Part::Hole(unknown, _)) => Some(unknown),
            _ => None,
        }
    }

    /// The reasons for what is not known of it.
    pub fn holes(&self) -> impl Iterator<Item = &Arc<Unknown>> {
        self.parts().iter().filter_map(|part| match part {
            Part::Hole(unknown, _) => Some(unknown),
            Part::Known(_) => None,
        })
    }

    /// A text that two strings share only where they are certainly equal, known or not: each hole is its
    /// identity, in which colons stand for themselves no more. `None` where a hole has none, or stands for
    /// several strings.
    pub(crate) fn meaning(&self) -> Option<Cow<'_, str>> {
        if let Some(known) = self.as_known() {
            return Some(Cow::Borrowed(known));
        }
        let mut meaning = String::new();
        for part in self.parts() {
            match part {
                Part::Known(text) => meaning.push_str(text),
                Part::Hole(unknown, _) => {
                    let identity = unknown.identity.as_deref().filter(|_| !unknown.is_element)?;
                    meaning.push('\0');
                    meaning.push_str(&identity.replace(':', "\u{1}"));
                    meaning.push('\0');
                }
            }
        }
        Some(Cow::Owned(meaning))
    }

    /// Whether a character occurs in the known parts.
    pub fn contains(&self, wanted: char) -> bool {
        self.parts().iter().any(|part| matches!(part, Part::Known(text) if text.contains(wanted)))
    }

    /// Every place that something of it is written at, in the order of the string.
    pub(crate) fn places(&self) -> impl Iterator<Item = Span> {
        self.parts().iter().flat_map(|part| {
            let (text, hole) = match part {
                Part::Known(text) => (Some(text), None),
                Part::Hole(_, span) => (None, *span),
            };
            text.into_iter().flat_map(Text::spans).chain(hole)
        })
    }

    /// Where it is written: from the first part with a place to the last one.
    pub fn span(&self) -> Option<Span> {
        let spans = self.parts().iter().filter_map(|part| match part {
            Part::Known(text) => text.span(),
            Part::Hole(_, span) => *span,
        });
        spans.reduce(Span::cover)
    }
}

impl fmt::Display for PartlyKnown {
    /// The known text, with `${…}` for the holes, spelled as templates spell them: `${Bucket}` for `!Ref Bucket`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts() {
            match part {
                Part::Known(text) => formatter.write_str(text)?,
                Part::Hole(unknown, _) => match &unknown.identity {
                    Some(identity) => {
                        write!(formatter, "${{{}}}", identity.strip_suffix(".Ref").unwrap_or(identity))?;
                    }
                    None => formatter.write_str("${…}")?,
                },
            }
        }
        Ok(())
    }
}

impl From<&str> for PartlyKnown {
    fn from(text: &str) -> Self {
        Self::known(Text::synthetic(text))
    }
}

/// One string of a policy: an action, a resource, a principal, a condition value.
#[derive(Clone, Debug)]
pub struct Element {
    /// What it is.
    pub text: PartlyKnown,
    /// Where it is written, without quotes. `None` for what is written nowhere.
    pub span: Option<Span>,
    /// What it came through; whether it is secret.
    pub origin: Origin,
    /// Which JSON type it is written as.
    pub scalar: Scalar,
}

/// The JSON type of a single value of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// A string.
    #[default]
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// Only deployment knows.
    Unknown,
}

impl Scalar {
    /// How a sentence calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Scalar::String => "string",
            Scalar::Number => "number",
            Scalar::Bool => "boolean",
            Scalar::Unknown => "value",
        }
    }
}

impl Element {
    /// The string, where all of it is known.
    pub fn as_known(&self) -> Option<&str> {
        self.text.as_known()
    }

    /// The same as what an expression gives for an element of a policy.
    pub(crate) fn used_as(self, name: &str, expression: Option<Span>) -> Self {
        Element { origin: self.origin.used_as(name, expression), ..self }
    }

    /// What a message may say of the string: what is known of it, unless it is secret.
    pub fn told(&self) -> Cow<'_, str> {
        match self.text.as_known() {
            _ if self.origin.marks.sensitive => Cow::Borrowed(SECRET),
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(self.text.to_string()),
        }
    }
}

/// What a message says in place of a secret.
pub(crate) const SECRET: &str = "***";

/// The value of an element that takes one string or a list of them.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    /// The strings, in the order in which they are written.
    pub items: Vec<Element>,
    /// Set when there are, or may be, more strings that only deployment decides.
    pub rest: Option<Arc<Unknown>>,
    /// Where the name of the element is written: `"Action"`.
    pub key_span: Option<Span>,
    /// Where the value is written, brackets included.
    pub span: Option<Span>,
    /// Whether it is written as a list.
    pub is_list: bool,
    /// What the value came through.
    pub origin: Origin,
}

impl Elements {
    /// Whether there are certainly no strings.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.rest.is_none()
    }

    /// The strings.
    pub fn iter(&self) -> std::slice::Iter<'_, Element> {
        self.items.iter()
    }
}

impl<'e> IntoIterator for &'e Elements {
    type Item = &'e Element;
    type IntoIter = std::slice::Iter<'e, Element>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
