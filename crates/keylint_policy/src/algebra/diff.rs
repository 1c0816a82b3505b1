//! What one set of policies allows and another does not.

use keylint_model::Verdict;

use super::condition::{Test, is_same_text};
use super::key::Literal;
use super::pin::Pins;
use super::principal::{Case, cases};
use super::region::{Region, Regions, Selection};
use super::search::{Mode, Outcome, Preferences, Search, takes_part};
use super::witness::Witness;
use crate::document::{Document, PrincipalKind, Statement};
use crate::element::Element;
use crate::kind::PolicyKind;
use crate::matching::action_symbols;

/// What a policy allows that another does not.
#[derive(Clone, Debug)]
pub struct Difference {
    /// One entry for each statement of the new policy that allows something new, or may.
    pub changes: Vec<Change>,
    /// Whether the new policy has, or may have, other statements.
    pub is_open: bool,
}

/// A statement that allows something new.
#[derive(Clone, Debug)]
pub struct Change {
    /// The place of the statement among those of its policy.
    pub statement: usize,
    /// Yes, or unknown when it may.
    pub verdict: Verdict,
    /// A request that the new policy allows and the old one does not; for an open answer only where
    /// one comes near.
    pub witness: Option<Witness>,
    /// Why the old policy does not allow it.
    pub why: Why,
    /// Which elements of `Action` allow something new, by their place; empty without that element.
    pub actions: Vec<usize>,
}

/// Why a policy does not allow a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No statement allows it.
    NotAllowed,
    /// This statement denies it.
    Denied(usize),
}

impl Difference {
    /// Whether anything is newly allowed.
    pub fn verdict(&self) -> Verdict {
        let open = if self.is_open { Verdict::Unknown } else { Verdict::No };
        Verdict::any(self.changes.iter().map(|change| change.verdict).chain([open]))
    }
}

/// What `new` allows and `old` does not, both policies of one kind that are attached to the same
/// thing. Each answer is about the documents alone: what else allows or denies is not looked at.
pub fn newly_allowed(
    new: &Document,
    old: &Document,
    kind: PolicyKind,
    preferred: &dyn Preferences,
) -> Difference {
    let attempts: Vec<Attempt> = Pins::attempts(&[new, old])
        .into_iter()
        .map(|pins| Attempt { new: pins.put_into(new), old: pins.put_into(old), pins })
        .collect();
    let certain: Vec<Comparison<'_, '_>> = attempts
        .iter()
        .map(|attempt| Comparison::new(&attempt.new, &attempt.old, kind, Some(&attempt.pins), preferred))
        .collect();
    let possible = Comparison::new(new, old, kind, None, preferred);
    // Other statements may deny what is found, and other statements of the old policy allow it.
    let is_sure = new.rest.is_none() && old.rest.is_none();
    let mut changes = Vec::new();
    for statement in &new.statements {
        let index = statement.index;
        if statement.is_allow() == Verdict::No {
            continue;
        }
        if let Some((witness, why)) = certain.iter().find_map(|c| c.find(index, Mode::Certain, None)) {
            let verdict = if is_sure { Verdict::Yes } else { Verdict::Unknown };
            let actions = certain.first().map_or_else(Vec::new, |c| c.actions(index, Mode::Certain));
            changes.push(Change { statement: index, verdict, witness, why, actions });
        } else if let Some((witness, why)) = possible.find(index, Mode::Possible, None) {
            let actions = possible.actions(index, Mode::Possible);
            changes.push(Change { statement: index, verdict: Verdict::Unknown, witness, why, actions });
        }
    }
    Difference { changes, is_open: new.rest.is_some() }
}

/// Two policies with values in place of their variables.
struct Attempt {
    new: Document,
    old: Document,
    pins: Pins,
}

/// Two policies as regions.
struct Comparison<'c, 'd> {
    new: Regions<'d>,
    old: Regions<'d>,
    cases: Vec<Case<'d>>,
    /// The keys that have the values of the variables.
    pinned: Vec<Test<'d>>,
    documents: (&'d Document, &'d Document),
    kind: PolicyKind,
    preferred: &'c dyn Preferences,
}

impl<'c, 'd> Comparison<'c, 'd> {
    fn new(
        new: &'d Document,
        old: &'d Document,
        kind: PolicyKind,
        pins: Option<&'d Pins>,
        preferred: &'c dyn Preferences,
    ) -> Self {
        Comparison {
            new: Regions::of(new, kind),
            old: Regions::of(old, kind),
            cases: cases_of(new.statements.iter().chain(&old.statements), kind),
            pinned: pins.into_iter().flat_map(Pins::tests).collect(),
            documents: (new, old),
            kind,
            preferred,
        }
    }

    /// A request that a statement allows anew. `Some((None, _))` when there may be one.
    fn find(
        &self,
        statement: usize,
        mode: Mode,
        actions: Option<&Selection<'d>>,
    ) -> Option<(Option<Witness>, Why)> {
        let region = self.new.allow.iter().find(|region| region.statement.index == statement)?;
        let mut open = None;
        for case in &self.cases {
            if !takes_part(region, meant(region, case), mode, true) {
                continue;
            }
            let denials =
                self.old.deny.iter().filter(|denial| takes_part(denial, meant(denial, case), mode, true));
            let denied = denials.map(|denial| (Some(denial), Why::Denied(denial.statement.index)));
            for (denial, why) in std::iter::once((None, Why::NotAllowed)).chain(denied) {
                match self.seek(region, denial, case, mode, actions) {
                    Outcome::Point(point) => {
                        let witness = Witness::of(case, &point);
                        if mode == Mode::Possible
                            || witness.is_confirmed(self.documents.0, Some(self.documents.1), self.kind)
                        {
                            return Some((Some(witness), why));
                        }
                    }
                    Outcome::Maybe => open = open.or(Some((None, why))),
                    Outcome::None => {}
                }
            }
        }
        // In the other mode the search is repeated with all that is possible.
        open.filter(|_| mode == Mode::Possible)
    }

    /// Which elements of a statement's `Action` allow something new.
    fn actions(&self, statement: usize, mode: Mode) -> Vec<usize> {
        let region = self.new.allow.iter().find(|region| region.statement.index == statement);
        let Some(elements) = region.and_then(|region| region.statement.actions.as_ref()) else {
            return Vec::new();
        };
        let brings = |text| {
            let only = Selection::like(std::iter::once(action_symbols(text)));
            self.find(statement, mode, Some(&only)).is_some()
        };
        let elements = elements.iter().enumerate();
        match elements.len() {
            1 => vec![0],
            _ => elements.filter(|(_, element)| brings(&element.text)).map(|(place, _)| place).collect(),
        }
    }

    /// A request in a region, and in a denial of the old policy or in none of its statements that
    /// allow, that the new policy does not deny.
    fn seek(
        &self,
        region: &Region<'d>,
        denial: Option<&Region<'d>>,
        case: &Case<'d>,
        mode: Mode,
        actions: Option<&Selection<'d>>,
    ) -> Outcome<'d> {
        let apart = |other: &&Region<'d>| takes_part(other, meant_with(other, region, case), mode, false);
        let mut unwanted: Vec<&Region<'d>> = self.new.deny.iter().filter(apart).collect();
        if denial.is_none() {
            unwanted.extend(self.old.allow.iter().filter(apart));
        }
        let all = self.new.iter().chain(self.old.iter());
        let is_tested = |key: &str| {
            all.clone().flat_map(|region| &region.tests).any(|test| test.key.eq_ignore_ascii_case(key))
        };
        let knowledge = case.knowledge(&is_tested);
        let known = knowledge
            .iter()
            .map(|(test, holds)| Literal { test, holds: *holds })
            .chain(self.pinned.iter().map(|test| Literal { test, holds: true }))
            .collect();
        let wanted = std::iter::once(region).chain(denial).collect();
        let search =
            Search { mode, wanted, unwanted, actions, resources: None, known, preferred: self.preferred };
        search.run()
    }
}

/// The cases of principals that a policy of a kind tells apart.
pub(super) fn cases_of<'d>(
    statements: impl Iterator<Item = &'d Statement> + Clone,
    kind: PolicyKind,
) -> Vec<Case<'d>> {
    let names = |statement: &Statement| statement.principals.is_some() || statement.not_principals.is_some();
    if kind.names_principals() || statements.clone().any(names) {
        cases(statements)
    } else {
        vec![Case::Holder]
    }
}

/// Whether a region is meant for a principal.
pub(super) fn meant(region: &Region<'_>, case: &Case<'_>) -> Verdict {
    case.is_meant_by(region.statement, region.needs_principal)
}

/// Whether a region is meant for a principal for which another one is meant: also when whatever
/// names the principal in that one stands in this one too.
fn meant_with(region: &Region<'_>, other: &Region<'_>, case: &Case<'_>) -> Verdict {
    let verdict = meant(region, case);
    let (Some(own), Some(others)) = (&region.statement.principals, &other.statement.principals) else {
        return verdict;
    };
    let is_own = |(kind, element): &(PrincipalKind, Element)| {
        own.items.iter().any(|(k, e)| k == kind && is_same_text(&e.text, &element.text))
    };
    let all =
        others.items.iter().all(|item| case.is_named_by(item.0, &item.1) == Verdict::No || is_own(item));
    if verdict == Verdict::Unknown && others.rest.is_none() && all { Verdict::Yes } else { verdict }
}
