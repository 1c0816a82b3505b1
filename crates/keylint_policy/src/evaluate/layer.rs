//! All policies of one sort against a request.

use keylint_model::Verdict;

use super::naming::Naming;
use super::scope::Scope;
use super::statement::{self, Obstacle, Setting};
use crate::document::{Document, Effect, Parsed, Statement};

/// Where a policy stands among those that a decision is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A policy of the identity.
    Identity(usize),
    /// A permissions boundary of the identity.
    Boundary(usize),
    /// A policy of the session.
    Session(usize),
    /// The policy of the resource.
    Resource,
    /// A service control policy: level and place.
    Scp(usize, usize),
    /// A resource control policy: level and place.
    Rcp(usize, usize),
    /// The policy of the VPC endpoint.
    Endpoint(usize),
    /// A grant on the key.
    Grant(usize),
}

impl std::fmt::Display for Slot {
    /// The path of the policy in the input of `keylint policy simulate`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Slot::Identity(place) => write!(out, "identityPolicies[{place}]"),
            Slot::Boundary(place) => write!(out, "permissionsBoundaries[{place}]"),
            Slot::Session(place) => write!(out, "sessionPolicies[{place}]"),
            Slot::Resource => out.write_str("resourcePolicy"),
            Slot::Scp(level, place) => write!(out, "serviceControlPolicies[{level}][{place}]"),
            Slot::Rcp(level, place) => write!(out, "resourceControlPolicies[{level}][{place}]"),
            Slot::Endpoint(place) => write!(out, "endpointPolicies[{place}]"),
            Slot::Grant(place) => write!(out, "grants[{place}]"),
        }
    }
}

/// A statement that applies, may apply, or fails by its conditions alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'p> {
    pub(crate) slot: Slot,
    pub(crate) statement: Option<&'p Statement>,
    pub(crate) denies: bool,
    pub(crate) verdict: Verdict,
    pub(crate) naming: Naming,
    pub(crate) obstacle: Option<Obstacle<'p>>,
}

/// What policies of one sort say together.
#[derive(Clone, Debug)]
pub(crate) struct Layer<'p> {
    /// As what the caller is allowed.
    pub(crate) allows: Naming,
    /// Whether something denies.
    pub(crate) denies: Verdict,
    pub(crate) hits: Vec<Hit<'p>>,
}

impl<'p> Layer<'p> {
    /// A layer that says nothing.
    pub(crate) fn silent() -> Self {
        Layer { allows: Naming::NOT, denies: Verdict::No, hits: Vec::new() }
    }

    /// What policies say: an allow in any of them allows, a deny in any of them denies.
    pub(crate) fn of(
        policies: impl IntoIterator<Item = (Slot, &'p Parsed)>,
        setting: Setting,
        scope: &Scope<'_>,
    ) -> Self {
        let mut layer = Layer::silent();
        for (slot, policy) in policies {
            layer.add(slot, policy, setting, scope);
        }
        layer
    }

    fn add(&mut self, slot: Slot, policy: &'p Parsed, setting: Setting, scope: &Scope<'_>) {
        match policy {
            Parsed::Document(document) => self.add_document(slot, document, setting, scope),
            Parsed::Absent => {}
            Parsed::Unknown(_) => self.add_unknown(slot, Obstacle::Open),
            Parsed::Invalid(_) => self.add_unknown(slot, Obstacle::Rejected("its JSON")),
        }
    }

    /// Adds what a document says.
    pub(crate) fn add_document(
        &mut self,
        slot: Slot,
        document: &'p Document,
        setting: Setting,
        scope: &Scope<'_>,
    ) {
        for statement in &document.statements {
            self.add_statement(slot, document, statement, setting, scope);
        }
        if document.rest.is_some() {
            self.add_unknown(slot, Obstacle::Open);
        }
        // What is no statement AWS does not accept, and neither is a document without any.
        if document.statements.is_empty()
            && let Some(note) = document.malformed.first()
        {
            self.add_unknown(slot, Obstacle::Rejected(&note.element));
        }
    }

    fn add_statement(
        &mut self,
        slot: Slot,
        document: &'p Document,
        statement: &'p Statement,
        setting: Setting,
        scope: &Scope<'_>,
    ) {
        let application = statement::apply(document, statement, setting, scope);
        let mut hit = Hit {
            slot,
            statement: Some(statement),
            denies: matches!(statement.effect, Effect::Deny),
            verdict: application.verdict,
            naming: application.naming,
            obstacle: application.obstacle,
        };
        match statement.effect {
            Effect::Allow => self.allows = self.allows.or(hit.naming),
            Effect::Deny => self.denies = self.denies.or(hit.verdict),
            Effect::Unknown(_) | Effect::Invalid => {
                hit.verdict = hit.verdict.and(Verdict::Unknown);
                hit.naming = hit.naming.and(Verdict::Unknown);
                hit.obstacle = hit.obstacle.or(Some(match statement.effect {
                    Effect::Invalid => Obstacle::Rejected("Effect"),
                    _ => Obstacle::Open,
                }));
                self.allows = self.allows.or(hit.naming);
                self.denies = self.denies.or(hit.verdict);
            }
        }
        let is_near = hit.obstacle.is_some_and(|obstacle| obstacle.is_condition());
        if hit.verdict != Verdict::No || is_near {
            self.hits.push(hit);
        }
    }

    /// Adds a policy of which nothing is known.
    fn add_unknown(&mut self, slot: Slot, obstacle: Obstacle<'p>) {
        let naming = Naming::direct(Verdict::Unknown);
        self.allows = self.allows.or(naming);
        self.denies = self.denies.or(Verdict::Unknown);
        let verdict = Verdict::Unknown;
        self.hits.push(Hit {
            slot,
            statement: None,
            denies: false,
            verdict,
            naming,
            obstacle: Some(obstacle),
        });
    }
}
