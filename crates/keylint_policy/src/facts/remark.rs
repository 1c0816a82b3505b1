//! Answers that come with words.

use std::borrow::Cow;

use keylint_model::Verdict;
use keylint_source::Span;

use super::Fact;
use crate::element::Element;
use crate::rewrite::Rewrite;

/// An answer with what a message says of it: which tag, which service, by what means.
#[derive(Clone, Debug)]
pub struct Remark<'s> {
    /// The answer, and where a rule points.
    pub fact: Fact<'s>,
    /// What there is to say where the answer is yes.
    pub text: Cow<'s, str>,
    /// The edit that makes the answer no, where one is certain.
    pub edit: Option<Rewrite>,
}

impl<'s> Remark<'s> {
    /// An answer, and what there is to say of it.
    pub(crate) fn new(fact: Fact<'s>, text: impl Into<Cow<'s, str>>) -> Self {
        Remark { fact, text: text.into(), edit: None }
    }

    /// There is nothing to say.
    pub(crate) fn none() -> Self {
        Remark::new(Fact::bare(Verdict::No), "")
    }

    /// An answer about an element.
    pub(crate) fn of(verdict: Verdict, element: &'s Element, text: impl Into<Cow<'s, str>>) -> Self {
        Remark::new(Fact { verdict, element: Some(element), fallback: element.span }, text)
    }

    /// An answer about a place.
    pub(crate) fn at(verdict: Verdict, span: Option<Span>, text: impl Into<Cow<'s, str>>) -> Self {
        Remark::new(Fact { verdict, element: None, fallback: span }, text)
    }

    /// The same with an edit that mends it.
    pub(crate) fn with_edit(self, edit: Option<Rewrite>) -> Self {
        Remark { edit, ..self }
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
