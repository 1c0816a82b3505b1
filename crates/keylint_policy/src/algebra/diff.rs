//! What one set of policies allows and another does not.

use std::cell::OnceCell;
use std::collections::HashSet;

use keylint_model::Verdict;

use super::condition::{Test, is_same_text};
use super::key::Literal;
use super::pin::Pins;
use super::principal::{Case, cases, holders};
use super::region::{Region, Regions, Selection};
use super::search::{Any, Mode, Outcome, Preferences, Search, takes_part};
use super::witness::Witness;
use crate::document::{ConditionEntry, Document, Effect, PrincipalKind, Statement};
use crate::element::Element;
use crate::kind::PolicyKind;
use crate::matching::{action_symbols, has_variable};

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
    let certain: Vec<Comparison<'_>> = attempts
        .iter()
        .map(|attempt| Comparison {
            documents: (new, old),
            ..Comparison::new(&attempt.new, &attempt.old, kind, Some(&attempt.pins))
        })
        .collect();
    let possible = OnceCell::new();
    let possible = || possible.get_or_init(|| Comparison::new(new, old, kind, None));
    // Other statements may deny what is found, and other statements of the old policy allow it.
    let is_sure = new.rest.is_none() && old.rest.is_none();
    // Where all is known, what is certain is all that is possible.
    let is_known = [new, old].iter().all(|document| is_known(document));
    let mut changes = Vec::new();
    for statement in new.statements.iter().filter(|statement| statement.is_allow() != Verdict::No) {
        let index = statement.index;
        let found: Vec<Found> =
            certain.iter().map(|c| c.find(index, Mode::Certain, None, preferred)).collect();
        let is_open = !is_known || found.iter().any(|found| matches!(found, Found::Open(..)));
        let shown = found.into_iter().find_map(|found| match found {
            Found::Some(witness, why) => Some((witness, why)),
            _ => None,
        });
        let (verdict, witness, why, mode) = match shown {
            Some((witness, why)) => {
                (if is_sure { Verdict::Yes } else { Verdict::Unknown }, Some(witness), why, Mode::Certain)
            }
            None if !is_open => continue,
            None => match possible().find(index, Mode::Possible, None, preferred) {
                Found::Some(witness, why) => (Verdict::Unknown, Some(witness), why, Mode::Possible),
                Found::Open(why) => (Verdict::Unknown, None, why, Mode::Possible),
                Found::None => continue,
            },
        };
        let actions = match mode {
            Mode::Certain => certain.first().map_or_else(Vec::new, |c| c.actions(index, mode)),
            Mode::Possible => possible().actions(index, mode),
        };
        changes.push(Change { statement: index, verdict, witness, why, actions });
    }
    Difference { changes, is_open: new.rest.is_some() }
}

/// Whether nothing of a document is left to deployment or to the request.
fn is_known(document: &Document) -> bool {
    let is_whole = |statement: &Statement| {
        let elements =
            [&statement.actions, &statement.not_actions, &statement.resources, &statement.not_resources];
        let mut all = elements.into_iter().flatten();
        let is_clear =
            |entry: &ConditionEntry| Test::of(entry, statement.version).is_some_and(|test| !test.is_vague);
        let mut people = statement.principals.iter().chain(&statement.not_principals);
        statement.rest.is_none()
            && statement.conditions.rest.is_none()
            && statement.conditions.entries.iter().all(is_clear)
            && matches!(statement.effect, Effect::Allow | Effect::Deny | Effect::Invalid)
            && all.all(|elements| {
                let is_plain = |element: &Element| {
                    element.as_known().is_some() && !has_variable(&element.text, statement.version)
                };
                elements.rest.is_none() && elements.iter().all(is_plain)
            })
            && people.all(|principals| {
                principals.rest.is_none()
                    && principals.items.iter().all(|(_, element)| element.as_known().is_some())
            })
    };
    document.rest.is_none() && document.statements.iter().all(is_whole)
}

/// The answer for a statement in one mode.
enum Found {
    /// This request is newly allowed.
    Some(Witness, Why),
    /// One may be.
    Open(Why),
    /// None is.
    None,
}

/// Two policies with values in place of their variables.
struct Attempt {
    new: Document,
    old: Document,
    pins: Pins,
}

/// Two policies as regions.
struct Comparison<'d> {
    new: Regions<'d>,
    old: Regions<'d>,
    cases: Vec<Seen<'d>>,
    /// The keys that have the values of the variables.
    pinned: Vec<Test<'d>>,
    /// The two as they are written, by which the evaluator confirms a request.
    documents: (&'d Document, &'d Document),
    kind: PolicyKind,
}

/// A case of principals with what the regions say of it.
struct Seen<'d> {
    case: Case<'d>,
    /// What is known of its keys.
    knowledge: Vec<(Test<'d>, bool)>,
    /// Whether each region of the new policy that allows or denies, and then of the old one, is meant
    /// for it.
    meant: [Vec<Verdict>; 4],
}

impl<'d> Comparison<'d> {
    fn new(new: &'d Document, old: &'d Document, kind: PolicyKind, pins: Option<&'d Pins>) -> Self {
        let (regions, old_regions) = (Regions::of(new, kind), Regions::of(old, kind));
        let mut cases: Vec<Seen<'d>> = Vec::new();
        let keys: HashSet<String> = regions
            .iter()
            .chain(old_regions.iter())
            .flat_map(|region| &region.tests)
            .map(|test| test.key.to_ascii_lowercase())
            .collect();
        for case in cases_of(new.statements.iter().chain(&old.statements), kind) {
            let knowledge = case.knowledge(&|key| keys.contains(&key.to_ascii_lowercase()));
            let lists = [&regions.allow, &regions.deny, &old_regions.allow, &old_regions.deny];
            let meant = lists.map(|list| list.iter().map(|region| meant(region, &case)).collect::<Vec<_>>());
            // Who is named by the same statements and has the same keys makes no difference.
            let is_new = !knowledge.is_empty()
                || meant.iter().flatten().any(|verdict| *verdict == Verdict::Unknown)
                || !cases.iter().any(|other| other.knowledge.is_empty() && other.meant == meant);
            if is_new {
                cases.push(Seen { case, knowledge, meant });
            }
        }
        let pinned = pins.into_iter().flat_map(Pins::tests).collect();
        Comparison { new: regions, old: old_regions, cases, pinned, documents: (new, old), kind }
    }

    /// A request that a statement allows anew, by some actions or by any.
    fn find(
        &self,
        statement: usize,
        mode: Mode,
        actions: Option<&Selection<'d>>,
        preferred: &dyn Preferences,
    ) -> Found {
        let mut regions = self.new.allow.iter().enumerate();
        let Some((place, region)) = regions.find(|(_, region)| region.statement.index == statement) else {
            return Found::None;
        };
        let mut answer = Found::None;
        for seen in &self.cases {
            let [new_allow, _, _, old_deny] = &seen.meant;
            let verdict = new_allow.get(place).copied().unwrap_or(Verdict::Unknown);
            if !takes_part(region, verdict, mode, true) {
                continue;
            }
            let denials = self.old.deny.iter().zip(old_deny).filter(|(r, v)| takes_part(r, **v, mode, true));
            let denied = denials.map(|(denial, _)| (Some(denial), Why::Denied(denial.statement.index)));
            for (denial, why) in std::iter::once((None, Why::NotAllowed)).chain(denied) {
                match self.seek(region, denial, seen, mode, actions, preferred) {
                    Outcome::Point(point) => {
                        let witness = Witness::of(&seen.case, &point);
                        let (new, old) = self.documents;
                        // The keys that describe the principal are not sought together. A variable has a
                        // name to stand for it, whoever asks.
                        let has_name =
                            self.pinned.iter().any(|test| test.key.eq_ignore_ascii_case("aws:username"));
                        if !witness.is_coherent(has_name) {
                            answer = Found::Open(why);
                            continue;
                        }
                        // Which actions bring it is asked of a statement that is confirmed already.
                        if mode == Mode::Possible
                            || actions.is_some()
                            || witness.is_confirmed(new, Some(old), self.kind)
                        {
                            return Found::Some(witness, why);
                        }
                        answer = Found::Open(why);
                    }
                    Outcome::Maybe => answer = Found::Open(why),
                    Outcome::None => {}
                }
            }
        }
        answer
    }

    /// Which elements of a statement's `Action` allow something new.
    fn actions(&self, statement: usize, mode: Mode) -> Vec<usize> {
        let region = self.new.allow.iter().find(|region| region.statement.index == statement);
        let Some(elements) = region.and_then(|region| region.statement.actions.as_ref()) else {
            return Vec::new();
        };
        let brings = |text| {
            let only = Selection::like(std::iter::once(action_symbols(text)));
            let found = self.find(statement, mode, Some(&only), &Any);
            matches!(found, Found::Some(..)) || mode == Mode::Possible && matches!(found, Found::Open(_))
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
        seen: &Seen<'d>,
        mode: Mode,
        actions: Option<&Selection<'d>>,
        preferred: &dyn Preferences,
    ) -> Outcome<'d> {
        let apart = |(other, verdict): &(&Region<'d>, &Verdict)| {
            takes_part(other, meant_with(other, **verdict, region, &seen.case), mode, false)
        };
        let [_, new_deny, old_allow, _] = &seen.meant;
        let mut others: Vec<_> = self.new.deny.iter().zip(new_deny).filter(apart).collect();
        if denial.is_none() {
            others.extend(self.old.allow.iter().zip(old_allow).filter(apart));
        }
        let unwanted = others.into_iter().map(|(region, _)| region).collect();
        let knowledge = seen.knowledge.iter().map(|(test, holds)| Literal { test, holds: *holds });
        let known = knowledge.chain(self.pinned.iter().map(|test| Literal { test, holds: true })).collect();
        let wanted = std::iter::once(region).chain(denial).collect();
        Search { mode, wanted, unwanted, actions, resources: None, known, preferred }.run()
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
        holders(&statements)
    }
}

/// Whether a region is meant for a principal.
pub(super) fn meant(region: &Region<'_>, case: &Case<'_>) -> Verdict {
    case.is_meant_by(region.statement, region.needs_principal)
}

/// Whether a region is meant for a principal for which another one is meant: also when whatever
/// names the principal in that one stands in this one too.
fn meant_with(region: &Region<'_>, verdict: Verdict, other: &Region<'_>, case: &Case<'_>) -> Verdict {
    if verdict != Verdict::Unknown {
        return verdict;
    }
    let (Some(own), Some(others)) = (&region.statement.principals, &other.statement.principals) else {
        return verdict;
    };
    let is_own = |(kind, element): &(PrincipalKind, Element)| {
        own.items.iter().any(|(k, e)| k == kind && is_same_text(&e.text, &element.text))
    };
    let all =
        others.items.iter().all(|item| case.is_named_by(item.0, &item.1) == Verdict::No || is_own(item));
    if others.rest.is_none() && all { Verdict::Yes } else { verdict }
}
