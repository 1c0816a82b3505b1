//! What the validator reports.

use std::borrow::Cow;

use keylint_model::{Origin, Part, Step};
use keylint_source::Span;
use keylint_syntax::edit::{Insertion, Removal};

use super::Check;
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::{Element, SECRET, Scalar};
use crate::rewrite::{bare, is_here};

/// Something that a check found.
#[derive(Clone, Debug)]
pub struct Issue<'d> {
    /// The check.
    pub check: Check,
    /// The statement that it is about; `None` for the document as a whole.
    pub statement: Option<&'d Statement>,
    /// The smallest range that the user would edit. `None` for what is written nowhere.
    pub span: Option<Span>,
    /// What the value there came through.
    pub origin: Option<&'d Origin>,
    /// The element, operator or key that it is about, for messages. Never a secret.
    pub element: Cow<'d, str>,
    /// The value that it is about, for messages and identity. Never a secret.
    pub value: Cow<'d, str>,
    /// What the value should be or collides with, for messages. Never a secret.
    pub other: Cow<'d, str>,
    /// What was probably meant.
    pub suggestion: Option<Suggestion>,
    /// What AWS is known to do with the document.
    pub fate: Fate,
    /// Where the same is wrong in the same list.
    pub repeats: Vec<Repeat>,
    /// What it is about beside its own place: the key of a condition whose operator it points at, the resources that
    /// an action is measured by. A fault there explains it.
    pub about: Vec<Span>,
}

/// Another place of what an issue says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Where it is.
    pub span: Option<Span>,
    /// The edit there, where that of the issue is certain here as well.
    pub change: Option<Change>,
}

/// What an issue may say: words of keylint, and what it takes out of a policy unless that is secret. Made
/// of a text that borrows from a policy it says whose that is.
#[derive(Clone, Debug)]
pub(crate) struct Said<'d>(Cow<'d, str>);

impl<'d> Said<'d> {
    /// A text that is a part of a value, or made of it.
    pub(crate) fn of(origin: &Origin, text: impl Into<Cow<'d, str>>) -> Self {
        if origin.marks.sensitive { SECRET.into() } else { Said(text.into()) }
    }

    /// The key of an entry.
    pub(crate) fn key(entry: &'d ConditionEntry) -> Self {
        Said(entry.told_key())
    }

    /// The operator of an entry as it is written. [`Walk`](super::Walk) leaves out what is made of a secret.
    pub(crate) fn operator(entry: &'d ConditionEntry) -> Self {
        Said(Cow::Borrowed(&entry.operator_name))
    }

    /// A name that stands where a name of AWS belongs, as it is written. [`Walk`](super::Walk) leaves out
    /// what is made of a secret.
    pub(crate) fn name(name: &'d str) -> Self {
        Said(Cow::Borrowed(name))
    }

    /// What is put together of names of AWS, numbers, and what may be told.
    pub(crate) fn made(text: String) -> Self {
        Said(Cow::Owned(text))
    }
}

impl From<&'static str> for Said<'_> {
    fn from(text: &'static str) -> Self {
        Said(Cow::Borrowed(text))
    }
}

impl<'d> From<&'d Element> for Said<'d> {
    fn from(element: &'d Element) -> Self {
        Said(element.told())
    }
}

/// What AWS is known to do with a document that an issue is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It refuses to store it.
    Rejected,
    /// It stores it as it is, and what is wrong has no effect.
    Accepted,
    /// Nothing is known but what the check says in general.
    #[default]
    Unknown,
}

/// What was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The value, as a message shows it.
    pub text: String,
    /// The edit that makes it so, where one is certain.
    pub change: Option<Change>,
    /// Whether the edit changes neither access nor meaning.
    pub is_safe: bool,
}

/// An edit. Of those that depend on how the text around is written it is only known what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What to replace by what: the place shows exactly the value.
    Replace(Span, String),
    /// An element to take out of a list.
    Remove(Removal),
    /// A name to put into a mapping.
    Insert(Insertion),
}

impl<'d> Issue<'d> {
    /// An issue at a place.
    pub(crate) fn at(check: Check, span: Option<Span>, origin: Option<&'d Origin>) -> Self {
        Issue {
            check,
            statement: None,
            span,
            origin,
            element: Cow::Borrowed(""),
            value: Cow::Borrowed(""),
            other: Cow::Borrowed(""),
            suggestion: None,
            fate: Fate::Unknown,
            repeats: Vec::new(),
            about: Vec::new(),
        }
    }

    /// An issue at a value, of which it shows what is known.
    pub(crate) fn of(check: Check, element: &'d Element) -> Self {
        let issue = Issue::at(check, element.span, Some(&element.origin));
        issue.value(element)
    }

    pub(crate) fn element(mut self, element: impl Into<Said<'d>>) -> Self {
        self.element = element.into().0;
        self
    }

    pub(crate) fn value(mut self, value: impl Into<Said<'d>>) -> Self {
        self.value = value.into().0;
        self
    }

    pub(crate) fn other(mut self, other: impl Into<Said<'d>>) -> Self {
        self.other = other.into().0;
        self
    }

    pub(crate) fn suggest(mut self, suggestion: Option<Suggestion>) -> Self {
        self.suggestion = suggestion;
        self
    }

    /// What else it is about.
    pub(crate) fn about(mut self, places: impl IntoIterator<Item = Span>) -> Self {
        self.about.extend(places);
        self
    }

    /// What AWS does with the document.
    pub(crate) fn fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// `; did you mean `x`?`, or nothing.
    pub fn hint(&self) -> String {
        match &self.suggestion {
            Some(suggestion) => format!("; did you mean `{}`?", suggestion.text),
            None => String::new(),
        }
    }
}

impl Suggestion {
    /// Another value in place of one that is written as it reads and nowhere else used.
    pub(crate) fn value(element: &Element, text: impl Into<String>) -> Suggestion {
        let text = text.into();
        let exact = match element.text.parts() {
            [Part::Known(known)] => known.exact_span(),
            _ => None,
        };
        let change = exact
            .filter(|_| is_here(&element.origin) && is_plain(&text))
            .map(|span| Change::Replace(span, text.clone()));
        Suggestion { text, change, is_safe: false }
    }

    /// Another name or value in place of one whose span may have quotes around it, which are escaped in a
    /// string.
    pub(crate) fn token(key: &str, span: Option<Span>, text: impl Into<String>) -> Suggestion {
        let text = text.into();
        let is_plain = is_plain(key) && is_plain(&text);
        let change = bare(key, span).filter(|_| is_plain).map(|span| Change::Replace(span, text.clone()));
        Suggestion { text, change, is_safe: false }
    }

    /// One element less of a list, which came through what `origin` says, because another one of it says as
    /// much. A list that has a name is left as it is.
    pub(crate) fn removal(list: Option<Span>, origin: &Origin, item: &Element, kept: &Element) -> Suggestion {
        let place = |element: &Element| exact(element).filter(|_| is_here(&element.origin));
        let change = list
            .filter(|_| is_here(origin))
            .zip(place(item))
            .zip(place(kept))
            .map(|((list, item), kept)| Change::Remove(Removal { list, item, kept }));
        Suggestion { text: kept.told().into_owned(), change, is_safe: true }
    }

    /// One statement less, because another one of the document, called `name`, means the same.
    pub(crate) fn without(
        document: &Document,
        item: &Statement,
        kept: &Statement,
        name: String,
    ) -> Suggestion {
        let place = |statement: &Statement| statement.span.filter(|_| is_here(&statement.origin));
        let list = document.statement_span.or(item.span).filter(|_| is_here(&document.statement_origin));
        let change = list
            .zip(place(item))
            .zip(place(kept))
            .map(|((list, item), kept)| Change::Remove(Removal { list, item, kept }));
        Suggestion { text: name, change, is_safe: true }
    }
}

/// Whether a statement is written where it is used, so that an edit of it changes no other policy.
pub(crate) fn is_own(document: &Document, statement: &Statement) -> bool {
    // What hands on a whole document reads no part of it elsewhere.
    let hands_on = |step| matches!(step, Step::Document | Step::File | Step::Attribute | Step::Output);
    document.origin.steps().all(|via| hands_on(via.step))
        && [&document.statement_origin, &statement.origin].into_iter().all(is_here)
}

/// Where an element is written, if it reads there as it is.
fn exact(element: &Element) -> Option<Span> {
    let [Part::Known(text)] = element.text.parts() else { return None };
    match element.scalar {
        // Its text is made of the number, which may be written otherwise.
        Scalar::Number => element.span.filter(|span| span.len() == text.len()),
        _ => text.exact_span(),
    }
}

/// Whether a text needs neither quotes nor escapes in JSON, HCL strings and YAML.
fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '*')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":._/-*".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::document;

    fn place(change: &Change) -> Span {
        let Change::Replace(span, _) = change else { panic!("{change:?}") };
        *span
    }

    /// A value that is escaped where it is written is named, but not edited.
    #[test]
    fn only_what_reads_as_it_is_written_is_edited() {
        let document =
            document(r#"{"Statement": {"Effect": "Allow", "Action": ["kms:Decrypr", "kms:\u0044ecrypr"]}}"#);
        let actions = document.statements[0].actions.as_ref().unwrap();
        let changes = actions.iter().map(|action| Suggestion::value(action, "kms:Decrypt").change);
        let spans: Vec<_> = changes.map(|change| change.map(|change| place(&change).len())).collect();
        assert_eq!(spans, [Some("kms:Decrypr".len()), None]);
    }

    #[test]
    fn keys_lose_their_quotes_but_not_their_escapes() {
        let file = crate::testing::file("x");
        let edit = |length| {
            let span = Span::new(file.id(), 0, length);
            Suggestion::token("Bol", Some(span), "Bool").change.map(|change| place(&change).range())
        };
        assert_eq!([edit(3), edit(5), edit(7), edit(8)], [Some(0..3), Some(1..4), Some(2..5), None]);
    }
}
