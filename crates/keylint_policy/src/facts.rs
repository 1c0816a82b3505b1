//! What rules ask of a statement, each answer with the element that makes it so.

mod abac;
mod action;
mod condition;
mod cover;
mod denied;
mod deputy;
mod gain;
mod guard;
mod key;
mod level;
mod lockout;
mod loose;
mod narrow;
mod org;
mod passing;
mod principal;
mod public;
mod remark;
mod resource;
mod satisfy;
mod secret;
mod telling;
mod tls;
mod together;
mod trust;
mod via;

use keylint_model::{Origin, Verdict};
use keylint_source::Span;

use crate::element::{Element, Elements};

pub use condition::ORGANISATION_KEYS;
pub(crate) use gain::Answers;
pub use lockout::Lockout;
pub use principal::{Account, Owner, Whom};
pub use remark::Remark;
pub use tls::serves_http;
pub use together::{Boundary, Completed, Piece, Together};

pub(crate) use telling::{Limit, limit_of};

/// An answer, with the place that a rule points at.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'s> {
    /// Whether it holds.
    pub verdict: Verdict,
    /// The element that makes it hold, or that leaves it open.
    pub element: Option<&'s Element>,
    /// Where to point when no single element decides: the element name, the whole element.
    pub fallback: Option<Span>,
}

impl<'s> Fact<'s> {
    /// An answer without a place.
    pub fn bare(verdict: Verdict) -> Self {
        Fact { verdict, element: None, fallback: None }
    }

    /// The smallest place that shows it.
    pub fn span(&self) -> Option<Span> {
        self.element.and_then(|element| element.span).or(self.fallback)
    }

    /// What the element came through.
    pub fn origin(&self) -> Option<&'s Origin> {
        self.element.map(|element| &element.origin)
    }

    /// Whether it certainly holds.
    pub fn is_yes(&self) -> bool {
        self.verdict == Verdict::Yes
    }

    fn and(self, other: Verdict) -> Self {
        Fact { verdict: self.verdict.and(other), ..self }
    }

    /// Of two answers the one that decides an "or".
    fn or(self, other: Self) -> Self {
        let verdict = self.verdict.or(other.verdict);
        if self.verdict == verdict { self } else { Fact { verdict, ..other } }
    }
}

/// Whether an element of a list satisfies a test; the first that does, else the first that may.
fn any<'s>(elements: &'s Elements, test: impl Fn(&Element) -> Verdict) -> Fact<'s> {
    let mut answer = Fact { verdict: Verdict::No, element: None, fallback: elements.span };
    for element in elements {
        let verdict = test(element);
        answer = answer.or(Fact { verdict, element: Some(element), fallback: elements.span });
        if verdict == Verdict::Yes {
            return answer;
        }
    }
    if elements.rest.is_some() {
        answer = answer.or(Fact { verdict: Verdict::Unknown, element: None, fallback: elements.span });
    }
    answer
}

#[cfg(test)]
mod tests;
