//! What a policy allows by itself: actions on resources to a principal, and when.

use keylint_model::Verdict;

use super::diff::{cases_of, meant};
use super::key::Literal;
use super::pin::Pins;
use super::region::{Region, Regions, Selection};
use super::search::{Mode, Outcome, Preferences, Search, takes_part};
use super::witness::Witness;
use crate::document::Document;
use crate::document::Version;
use crate::element::PartlyKnown;
use crate::kind::PolicyKind;
use crate::matching::{action_symbols, resource_symbols};

/// What is asked of a policy.
#[derive(Clone, Debug, Default)]
pub struct Question<'q> {
    /// The actions, of which any one will do; patterns. Any action when there are none.
    pub actions: &'q [PartlyKnown],
    /// The resources, of which any one will do; patterns. Any resource when there are none.
    pub resources: &'q [PartlyKnown],
}

/// What a policy allows of what was asked.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whether it allows any of it to anybody, under some circumstances.
    pub verdict: Verdict,
    /// A request that it allows.
    pub witness: Option<Witness>,
    /// The statements that allow some of it, each with whether a condition must be met for that.
    pub by: Vec<(usize, bool)>,
    /// The statements that deny some of it, each with whether a condition must be met for that.
    pub unless: Vec<(usize, bool)>,
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// All of it.
    Everything,
    /// What allows, not what denies beside it.
    Allowing,
    /// What one statement allows, by its place.
    Statement(usize),
}

/// Whether a policy by itself allows any of some actions on any of some resources, to whom it names.
pub fn allowed(
    document: &Document,
    kind: PolicyKind,
    question: &Question<'_>,
    preferred: &dyn Preferences,
) -> Access {
    allowed_of(document, kind, question, Wanted::Everything, preferred)
}

/// The same for a part of the answer.
pub(crate) fn allowed_of(
    document: &Document,
    kind: PolicyKind,
    question: &Question<'_>,
    wanted: Wanted,
    preferred: &dyn Preferences,
) -> Access {
    let actions = Selection::like(question.actions.iter().map(action_symbols));
    let resources =
        Selection::like(question.resources.iter().map(|text| resource_symbols(text, Version::V2012)));
    let asked = (
        (!question.actions.is_empty()).then_some(&actions),
        (!question.resources.is_empty()).then_some(&resources),
    );
    let mut access = Access { verdict: Verdict::No, witness: None, by: Vec::new(), unless: Vec::new() };
    for pins in Pins::attempts(&[document]) {
        let pinned = pins.put_into(document);
        let Asked { by, unless, found, .. } =
            ask((&pinned, document), kind, asked, (Mode::Certain, wanted), Some(&pins), preferred);
        if found.is_some() {
            let verdict = if document.rest.is_none() { Verdict::Yes } else { Verdict::Unknown };
            return Access { verdict, witness: found, by, unless };
        }
    }
    let Asked { by, unless, found, is_open } =
        ask((document, document), kind, asked, (Mode::Possible, wanted), None, preferred);
    access.by = by;
    access.unless = unless;
    if found.is_some() || is_open || document.rest.is_some() {
        access.verdict = Verdict::Unknown;
        access.witness = found;
    }
    access
}

/// The answer in one mode.
struct Asked {
    by: Vec<(usize, bool)>,
    unless: Vec<(usize, bool)>,
    found: Option<Witness>,
    is_open: bool,
}

impl Asked {
    /// Notes that a region allows a request, and whether the witness shows it.
    fn allow(&mut self, region: &Region<'_>, witness: Witness, is_shown: bool) {
        add(&mut self.by, region);
        match is_shown {
            true => _ = self.found.get_or_insert(witness),
            false => self.is_open = true,
        }
    }
}

/// Adds the statement of a region, and whether it has conditions, once.
fn add(entries: &mut Vec<(usize, bool)>, region: &Region<'_>) {
    let entry = (region.statement.index, !region.tests.is_empty());
    if !entries.contains(&entry) {
        entries.push(entry);
    }
}

fn ask<'d>(
    (document, written): (&'d Document, &Document),
    kind: PolicyKind,
    (actions, resources): (Option<&Selection<'d>>, Option<&Selection<'d>>),
    (mode, part): (Mode, Wanted),
    pins: Option<&'d Pins>,
    preferred: &dyn Preferences,
) -> Asked {
    let regions = Regions::of(document, kind);
    let pinned: Vec<_> = pins.into_iter().flat_map(Pins::tests).collect();
    let mut asked = Asked { by: Vec::new(), unless: Vec::new(), found: None, is_open: false };
    for case in cases_of(document.statements.iter(), kind) {
        let is_tested =
            |key: &str| regions.iter().flat_map(|r| &r.tests).any(|test| test.key.eq_ignore_ascii_case(key));
        let knowledge = case.knowledge(&is_tested);
        let search = |wanted, unwanted| {
            let known = knowledge
                .iter()
                .map(|(test, holds)| Literal { test, holds: *holds })
                .chain(pinned.iter().map(|test| Literal { test, holds: true }))
                .collect();
            Search { mode, wanted, unwanted, actions, resources, known, preferred }.run()
        };
        let unwanted: Vec<_> = regions
            .deny
            .iter()
            .filter(|denial| takes_part(denial, meant(denial, &case), mode, false))
            .collect();
        let is_asked = |region: &&Region<'_>| match part {
            Wanted::Statement(index) => region.statement.index == index,
            Wanted::Everything | Wanted::Allowing => true,
        };
        let allowing = regions.allow.iter().filter(is_asked);
        for region in allowing.filter(|region| takes_part(region, meant(region, &case), mode, true)) {
            match search(vec![region], unwanted.clone()) {
                Outcome::Point(point) => {
                    let witness = Witness::of(&case, &point);
                    let is_shown = mode == Mode::Possible || witness.is_confirmed(written, None, kind);
                    asked.allow(region, witness, is_shown);
                    for denial in unwanted.iter().filter(|_| matches!(part, Wanted::Everything)) {
                        let is_new = !asked.unless.iter().any(|(index, _)| *index == denial.statement.index);
                        if is_new && !matches!(search(vec![region, denial], Vec::new()), Outcome::None) {
                            add(&mut asked.unless, denial);
                        }
                    }
                }
                Outcome::Maybe => asked.is_open = true,
                Outcome::None => {}
            }
        }
    }
    asked
}
