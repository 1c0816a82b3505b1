//! What a policy gives beyond what it says: more permissions, data, credentials.

use std::collections::HashMap;
use std::sync::OnceLock;

use keylint_model::Verdict;

use super::guard::may_be;
use super::together::decides;
use super::{Fact, Remark};
use crate::algebra::{Any, openings};
use crate::document::{Document, Statement};
use crate::element::Element;
use crate::escalation::{self, Escalation, escalations};
use crate::exposure::{Exposure, PolicyChange, exposures, policy_changes};
use crate::matching::{covers_actions, matches_action};
use crate::validate::works_nowhere;

/// How many elements of `Action` are looked at; no policy that AWS takes has as many.
const ACTIONS_READ: usize = 1000;

/// Answers that each statement of a document needs of the whole, made when the first one asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// See [`Document::differs`].
    differs: OnceLock<Vec<Verdict>>,
    /// The statements that deny, or may, by their positions. Most policies have none.
    denying: OnceLock<Vec<usize>>,
    /// See [`Document::writable_tag`]: the statements that depend on tags, by their positions.
    pub(super) tagged: OnceLock<Vec<usize>>,
    /// What is open to outsiders of the statements that are for everybody, by their positions.
    outside: OnceLock<HashMap<usize, Outside>>,
    /// How many of the statements that deny are compared with others.
    weighed: OnceLock<usize>,
    /// See [`Document::granting`].
    granting: OnceLock<(Verdict, Vec<usize>)>,
}

/// How many pairs of an element of a statement that denies and an element of any statement are compared. A
/// policy that AWS takes has a few thousand elements at most, of which the half may deny.
const PAIRS_WEIGHED: usize = 10_000_000;

/// How many elements a statement has, to be compared with those of others.
fn weight(statement: &Statement) -> usize {
    let lists = [&statement.actions, &statement.not_actions, &statement.resources, &statement.not_resources];
    let principals = statement.principals.iter().chain(&statement.not_principals);
    let values = statement.conditions.entries.iter().map(|entry| 1 + entry.values.items.len());
    let elements = lists.into_iter().flatten().map(|elements| elements.items.len());
    1 + elements.sum::<usize>() + principals.map(|all| all.items.len()).sum::<usize>() + values.sum::<usize>()
}

/// What a statement opens to outsiders once its document's denials are taken off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outside {
    pub(super) verdict: Verdict,
    /// Whether the verdict is open because others took all the work.
    pub(super) is_cut: bool,
}

impl Document {
    /// What a statement for everybody opens to outsiders; `None` for other statements.
    pub(super) fn outside(&self, statement: &Statement) -> Option<Outside> {
        let all = self.answers.outside.get_or_init(|| {
            let statements = self.statements.iter().enumerate();
            let open = statements.filter(|(_, statement)| statement.is_public().verdict != Verdict::No);
            let places: Vec<usize> = open.map(|(place, _)| place).collect();
            let found = openings(self, &places, &Any).into_iter();
            let found = found.map(|found| Outside { verdict: found.verdict, is_cut: found.is_cut });
            places.iter().copied().zip(found).collect()
        });
        all.get(&statement.index).copied()
    }

    /// The statements that deny, or may, as far as they are compared with the statements of the document one by
    /// one: [`Document::more_denials`] says whether there are others.
    pub(super) fn weighed(&self) -> impl Iterator<Item = &Statement> {
        self.denying().take(self.count_weighed())
    }

    /// Whether the document has statements that deny and are not compared with others.
    pub(super) fn more_denials(&self) -> Verdict {
        may_be(self.denying().nth(self.count_weighed()).is_some())
    }

    fn count_weighed(&self) -> usize {
        *self.answers.weighed.get_or_init(|| {
            let all: usize = self.statements.iter().map(weight).sum();
            let mut pairs = 0_usize;
            let fits = |denial: &&Statement| {
                pairs = pairs.saturating_add(all.saturating_mul(weight(denial)));
                pairs <= PAIRS_WEIGHED
            };
            self.denying().take_while(fits).count()
        })
    }

    /// The statements that deny, or may.
    pub(super) fn denying(&self) -> impl Iterator<Item = &Statement> {
        let positions = self.answers.denying.get_or_init(|| {
            let statements = self.statements.iter().enumerate();
            let denying = statements.filter(|(_, statement)| statement.is_deny() != Verdict::No);
            denying.map(|(position, _)| position).collect()
        });
        let known = positions.iter().filter_map(|position| self.statements.get(*position));
        known.chain(&self.possible_denials)
    }

    /// By which known set of actions somebody with this policy gains permissions, where a statement
    /// has the action of the set that decides it, on every resource of its kind, and the document
    /// allows the others.
    /// Source: `data/escalation.tsv`.
    pub fn escalation_by<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        let services = statement.named_services();
        if services
            .as_ref()
            .is_some_and(|named| !named.iter().any(|name| escalation::services().contains(name)))
        {
            return Remark::none();
        }
        let may_cover = |service| services.as_ref().is_none_or(|services| services.contains(&service));
        let escalations = escalations().iter().filter(|escalation| may_cover(escalation.service));
        statement.first_of(escalations.map(|escalation| self.escalates(statement, escalation)))
    }

    pub(super) fn escalates<'s>(
        &'s self,
        statement: &'s Statement,
        escalation: &'static Escalation,
    ) -> Remark<'s> {
        let decided = decides(statement, escalation);
        if decided.verdict == Verdict::No {
            return Remark::none();
        }
        let resource = Some((escalation.service, escalation.resource));
        let others = escalation.others.iter().map(|action| self.allows(action, None));
        let kept = !self.takes_away(escalation.action, resource);
        let verdict = decided.verdict.and(kept).and(Verdict::all(others));
        Remark::new(Fact { verdict, ..decided }, escalation.means)
    }

    /// Whether some statement allows an action, on whatever and under whatever condition, and none takes
    /// it away.
    fn allows(&self, action: &str, resource: Option<(&str, &str)>) -> Verdict {
        let (open, telling) = self.granting();
        let telling = telling.iter().filter_map(|position| self.statements.get(*position));
        let of_one = |statement: &Statement| match statement.grants(action).verdict {
            Verdict::No => Verdict::No,
            _ if works_nowhere(statement, action) => Verdict::No,
            granted => granted,
        };
        let granted = open.or(Verdict::any(telling.map(of_one)));
        let rest = if self.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        granted.or(rest).and(!self.takes_away(action, resource))
    }

    /// What the statements with actions of which nothing is known allow of each action, and the others by their
    /// positions. Where conditions are too many to be told apart, the first are many.
    fn granting(&self) -> &(Verdict, Vec<usize>) {
        self.answers.granting.get_or_init(|| {
            let statements = self.statements.iter().enumerate();
            let (telling, others): (Vec<_>, Vec<_>) = statements.partition(|(_, it)| it.tells_actions());
            // Any action will do.
            let open = others.into_iter().map(|(_, statement)| statement.grants("*:*").verdict);
            (Verdict::any(open), telling.into_iter().map(|(position, _)| position).collect())
        })
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
        let is_said = |exposure: &Exposure, verdict: Verdict| {
            earlier().any(|other| {
                let same = exposures().iter().filter(|known| known.returns == exposure.returns);
                let mut same = same.map(|known| self.exposes(statement, other, known));
                same.any(|other| other == Verdict::Yes || other == verdict)
            })
        };
        let services = statement.named_services();
        // What takes no resource is allowed on all of them or not at all.
        let may_cover = |exposure: &&Exposure| match (&services, exposure.resource) {
            (None, _) => true,
            (Some(services), Some((service, _))) => services.contains(&service),
            (Some(_), None) => false,
        };
        Remark::first(exposures().iter().filter(may_cover).map(|exposure| {
            let verdict = self.exposes(statement, element, exposure);
            let said = verdict != Verdict::No && is_said(exposure, verdict);
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
        if everywhere == Verdict::No {
            return Verdict::No;
        }
        matches.and(everywhere).and(!self.denies(statement, exposure.action))
    }

    /// Whether a statement allows changing who may use a resource of a service of which the document
    /// allows some uses and not others: the policy that it may write undoes the difference.
    pub fn rewrites_policy<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        let differs = self.answers.differs.get_or_init(|| self.differs());
        let changes = policy_changes().iter().zip(differs).filter(|(_, differs)| **differs != Verdict::No);
        statement.first_of(changes.map(|(change, differs)| self.rewrites(statement, change, *differs)))
    }

    fn rewrites<'s>(
        &'s self,
        statement: &'s Statement,
        change: &'static PolicyChange,
        differs: Verdict,
    ) -> Remark<'s> {
        let changing = change.changes.iter().map(|action| {
            let granted = statement.grants(action);
            let verdict = match granted.verdict {
                Verdict::No => Verdict::No,
                granted => granted.and(!self.denies_somewhere(action)),
            };
            Remark::new(Fact { verdict, ..granted }, *action)
        });
        let remark = Remark::first(changing);
        Remark { fact: remark.fact.and(differs), ..remark }
    }

    /// For each change of policies whether the document allows some use of the service's resources, and
    /// not all that the change would give.
    fn differs(&self) -> Vec<Verdict> {
        let allows = |action: &&'static str| self.allows(action, None).and(!self.denies_somewhere(action));
        let of_change = |change: &PolicyChange| -> Vec<Verdict> { change.data.iter().map(allows).collect() };
        let allowed: Vec<Vec<Verdict>> = policy_changes().iter().map(of_change).collect();
        let of_service = |service: &'static str| {
            let all =
                policy_changes().iter().zip(&allowed).filter(move |(other, _)| other.service == service);
            Verdict::any(all.flat_map(|(_, allowed)| allowed.iter().copied()))
        };
        let each = policy_changes().iter().zip(&allowed);
        each.map(|(change, allowed)| {
            let lacks = Verdict::any(allowed.iter().map(|verdict| !*verdict));
            of_service(change.service).and(lacks)
        })
        .collect()
    }

    /// Whether a statement without conditions denies an action on something.
    pub(super) fn denies_somewhere(&self, action: &str) -> Verdict {
        let denying = self.denying().take(ACTIONS_READ);
        let denying = denying.filter(|statement| statement.conditions.entries.is_empty());
        Verdict::any(
            denying.map(|statement| statement.is_deny().and(statement.is_about_action(action).verdict)),
        )
    }
}

impl Statement {
    /// Whether it may be about some actions and not about others, as far as that is known.
    fn tells_actions(&self) -> bool {
        match &self.actions {
            Some(actions) => actions.iter().any(|action| action.text.as_hole().is_none()),
            None => self.not_actions.is_some(),
        }
    }

    /// The first of some remarks on what the statement allows that holds, else the first that may. Where it does
    /// not tell its actions, none holds certainly.
    fn first_of<'s>(&self, mut remarks: impl Iterator<Item = Remark<'s>>) -> Remark<'s> {
        match self.tells_actions() {
            true => Remark::first(remarks),
            false => remarks.find(|it| it.fact.verdict != Verdict::No).unwrap_or_else(Remark::none),
        }
    }

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
