//! A statement beside the other policies of an identity.

use keylint_policy::Completed;
use keylint_source::Span;

use super::StatementView;
use crate::eval::Datum;
use crate::identities::{Held, Identity};

/// The policies that an identity has beside that of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<'a> {
    pub(crate) identity: &'a Identity<'a>,
    pub(crate) held: &'a Held<'a>,
    /// The document of the statement among those of the identity.
    pub(crate) home: usize,
}

impl Beside<'_> {
    /// Where the policy of the statement is given to the identity.
    pub(super) fn at(&self) -> Option<Span> {
        self.held.parts.get(self.home)?.at
    }
}

impl<'a> StatementView<'a> {
    /// What the statement and those of other policies make together, of what a field asks.
    pub(super) fn completed(&self, field: &str) -> Option<Completed<'a>> {
        let beside = self.beside?;
        Some(match field {
            "escalates" => beside.held.together.escalation_by(beside.home, self.statement),
            "rewrites_policy" => beside.held.together.rewrites_policy(beside.home, self.statement),
            _ => beside.held.together.writable_tag(beside.home, self.statement),
        })
    }

    /// The resources with the policies that complete what a field says of the statement, each at the place that
    /// does.
    pub(super) fn completed_by(&self, field: &str) -> Datum<'a> {
        let Some(beside) = self.beside else { return Datum::list(Vec::new(), None) };
        let found = self.completed(field).filter(|completed| completed.remark.fact.is_yes());
        let places = found.into_iter().flat_map(|completed| completed.by).filter_map(|piece| {
            let part = beside.held.parts.get(piece.document)?;
            let used = piece.fact.span().or(piece.statement.span).or(part.at);
            let address = beside.identity.policy_of(part).resource.address.as_str();
            Some(Datum::text(address).at(super::super::at(used, piece.fact.origin())))
        });
        Datum::list(places.collect(), None)
    }

    /// The identity that has the policies, at its place.
    pub(super) fn identity(&self) -> Datum<'a> {
        let Some(beside) = self.beside else { return Datum::null() };
        let resource = beside.identity.entity.resource;
        Datum::text(resource.address.as_str()).at(super::super::at(Some(resource.header), None))
    }
}
