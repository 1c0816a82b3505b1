//! What a policy gives beyond what it says: more permissions, data, credentials.

use std::collections::HashMap;
use std::sync::OnceLock;

use keylint_model::Verdict;

use super::{Fact, Remark};
use crate::document::{Document, Statement};
use crate::element::Element;
use crate::escalation::{Escalation, escalations};
use crate::exposure::{Exposure, PolicyChange, exposures, policy_changes};
use crate::matching::{covers_actions, matches_action};

/// How many elements of `Action` are looked at; no policy that AWS takes has as many.
const ACTIONS_READ: usize = 1000;

/// Answers that each statement of a document needs of the whole, made when the first one asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    uses: OnceLock<HashMap<&'static str, Verdict>>,
}

impl Document {
    /// By which known set of actions somebody with this policy gains permissions, where a statement
    /// has the action of the set that decides it, on every resource of its kind, and the document
    /// allows the others.
    /// Source: `data/escalation.tsv`.
    pub fn escalation_by<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        Remark::first(escalations().iter().map(|escalation| self.escalates(statement, escalation)))
    }

    fn escalates<'s>(&'s self, statement: &'s Statement, escalation: &'static Escalation) -> Remark<'s> {
        let granted = statement.grants(escalation.action);
        if granted.verdict == Verdict::No {
            return Remark::none();
        }
        let resource = Some((escalation.service, escalation.resource));
        let everywhere = statement.covers_every(escalation.service, escalation.resource).verdict;
        let open = everywhere.and(!statement.is_narrowed().verdict);
        if open == Verdict::No {
            return Remark::none();
        }
        let others = escalation.others.iter().map(|action| self.allows(action, None));
        let kept = !self.takes_away(escalation.action, resource);
        let verdict = granted.verdict.and(open).and(kept).and(Verdict::all(others));
        Remark { fact: Fact { verdict, ..granted }, text: escalation.means.into() }
    }

    /// Whether some statement allows an action, on whatever and under whatever condition, and none takes
    /// it away.
    fn allows(&self, action: &str, resource: Option<(&str, &str)>) -> Verdict {
        let granted = Verdict::any(self.statements.iter().map(|statement| statement.grants(action).verdict));
        let rest = if self.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        granted.or(rest).and(!self.takes_away(action, resource))
    }

    /// Which data or credentials an element of `Action` lets somebody read, where the statement is about
    /// every resource that has them and no condition narrows it.
    /// Source: `data/exposure.tsv`.
    pub fn exposure_by<'s>(&'s self, statement: &'s Statement, element: &'s Element) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        let narrowed = !statement.is_narrowed().verdict;
        if narrowed == Verdict::No {
            return Remark::none();
        }
        // Of several actions that return the same the first one says it.
        let earlier = || {
            let elements = statement.actions.iter().flatten().take(ACTIONS_READ);
            elements.take_while(|other| !std::ptr::eq(*other, element))
        };
        let is_said = |exposure: &Exposure| {
            earlier().any(|other| {
                let same = exposures().iter().filter(|known| known.returns == exposure.returns);
                Verdict::any(same.map(|known| matches_action(&other.text, known.action))) == Verdict::Yes
            })
        };
        Remark::first(exposures().iter().map(|exposure| {
            let verdict = self.exposes(statement, element, exposure);
            let said = verdict != Verdict::No && is_said(exposure);
            let verdict = if said { Verdict::No } else { verdict.and(narrowed).and(statement.is_allow()) };
            Remark::of(verdict, element, exposure.returns)
        }))
    }

    fn exposes(&self, statement: &Statement, element: &Element, exposure: &Exposure) -> Verdict {
        let matches = matches_action(&element.text, exposure.action);
        if matches == Verdict::No {
            return Verdict::No;
        }
        let everywhere = match exposure.resource {
            Some((service, name)) => statement.covers_every(service, name).verdict,
            None => statement.covers_all_resources().verdict,
        };
        matches.and(everywhere).and(!self.takes_away(exposure.action, exposure.resource))
    }

    /// Whether a statement allows changing who may use a resource of a service of which the document
    /// allows some uses and not others: the policy that it may write undoes the difference.
    pub fn rewrites_policy<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        Remark::first(policy_changes().iter().map(|change| self.rewrites(statement, change)))
    }

    fn rewrites<'s>(&'s self, statement: &'s Statement, change: &'static PolicyChange) -> Remark<'s> {
        let uses = self.answers.uses.get_or_init(|| self.uses());
        let allowed = |action: &&'static str| uses.get(action).copied().unwrap_or(Verdict::Unknown);
        let changing = change.changes.iter().map(|action| {
            let granted = statement.grants(action);
            let verdict = granted.verdict.and(!self.denies_somewhere(action));
            Remark { fact: Fact { verdict, ..granted }, text: (*action).into() }
        });
        let changing = Remark::first(changing);
        if changing.fact.verdict == Verdict::No {
            return Remark::none();
        }
        let of_service = policy_changes().iter().filter(|other| other.service == change.service);
        let uses = Verdict::any(of_service.flat_map(|other| &other.data).map(&allowed));
        let lacks = Verdict::any(change.data.iter().map(|action| !allowed(action)));
        let verdict = changing.fact.verdict.and(uses).and(lacks);
        Remark { fact: Fact { verdict, ..changing.fact }, text: changing.text }
    }

    /// Which uses of resources the document allows, of those that a policy on the resource can change.
    fn uses(&self) -> HashMap<&'static str, Verdict> {
        let uses = policy_changes().iter().flat_map(|change| &change.data);
        let allowed = |action: &str| self.allows(action, None).and(!self.denies_somewhere(action));
        uses.map(|action| (*action, allowed(action))).collect()
    }

    /// Whether a statement without conditions denies an action on something.
    fn denies_somewhere(&self, action: &str) -> Verdict {
        let statements = self.statements.iter().take(ACTIONS_READ);
        let denying = statements.filter(|statement| {
            statement.is_deny() != Verdict::No && statement.conditions.entries.is_empty()
        });
        Verdict::any(
            denying.map(|statement| statement.is_deny().and(statement.is_about_action(action).verdict)),
        )
    }
}

impl Statement {
    /// The elements of `Action` that are every action of all services or of one: `*`, `s3:*`.
    pub fn whole_action(&self) -> Fact<'_> {
        let Some(actions) = &self.actions else { return Fact::bare(Verdict::No) };
        super::any(actions, |element| {
            let known =
                element.as_known().is_some_and(|known| covers_actions(&known.into(), "*:*") == Verdict::Yes);
            element.is_whole_service().or(known.into())
        })
    }
}
