//! Answers that come with words.

use std::borrow::Cow;

use keylint_model::Verdict;
use keylint_source::Span;

use super::Fact;
use crate::element::Element;

/// An answer with what a message says of it: which tag, which service, by what means.
#[derive(Clone, Debug)]
pub struct Remark<'s> {
    /// The answer, and where a rule points.
    pub fact: Fact<'s>,
    /// What there is to say where the answer is yes.
    pub text: Cow<'s, str>,
}

impl<'s> Remark<'s> {
    /// There is nothing to say.
    pub(crate) fn none() -> Self {
        Remark { fact: Fact::bare(Verdict::No), text: Cow::Borrowed("") }
    }

    /// An answer about an element.
    pub(crate) fn of(verdict: Verdict, element: &'s Element, text: impl Into<Cow<'s, str>>) -> Self {
        Remark { fact: Fact { verdict, element: Some(element), fallback: element.span }, text: text.into() }
    }

    /// An answer about a place.
    pub(crate) fn at(verdict: Verdict, span: Option<Span>, text: impl Into<Cow<'s, str>>) -> Self {
        Remark { fact: Fact { verdict, element: None, fallback: span }, text: text.into() }
    }

    /// The first of some remarks that holds, else the first that may.
    pub(crate) fn first(remarks: impl IntoIterator<Item = Remark<'s>>) -> Self {
        let mut answer = Remark::none();
        for remark in remarks {
            match (remark.fact.verdict, answer.fact.verdict) {
                (Verdict::Yes, _) => return remark,
                (Verdict::Unknown, Verdict::No) => answer = remark,
                _ => {}
            }
        }
        answer
    }
}
