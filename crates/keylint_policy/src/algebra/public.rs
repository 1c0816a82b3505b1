//! Whether a policy as a whole, its denials included, opens anything to everybody.
//!
//! An outsider is a caller of whom only is known what no policy fixes: no statement names them, and
//! the keys that limit who can call (the table of [`crate::facts`]) hold no value that the policy
//! fixes. A policy is public when it lets some request of an outsider through. Conditions on other
//! keys limit nothing, because an outsider chooses or happens to have what passes them.

use keylint_model::Verdict;

use super::condition::{Test, Values};
use super::key::Literal;
use super::pin::Pins;
use super::principal::Case;
use super::region::Region;
use super::search::{Mode, Outcome, Point, Preferences, Search, takes_part};
use super::witness::Witness;
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::PartlyKnown;
use crate::facts::{Limit, limit_of};
use crate::kind::PolicyKind;
use crate::matching::has_variable;
use crate::operator::{Base, Operator};

/// A request of an outsider that a statement allows and no statement of its document denies.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Whether there is one.
    pub verdict: Verdict,
    /// The request.
    pub witness: Option<Witness>,
    /// Whether it was not looked for, because other statements took all the work.
    pub is_cut: bool,
}

/// How many pairs of a statement that allows and one that denies are weighed for one document. No policy
/// that AWS takes has as many.
const WORK_LIMIT: usize = 40_000;

/// What some statements of a document, by their places, open to outsiders, whomever they name. Statements
/// that are not known are taken for none. What exceeds a limit on the work is unknown.
pub fn openings(document: &Document, statements: &[usize], preferred: &dyn Preferences) -> Vec<Opening> {
    let attempts: Vec<(Pins, Document)> = Pins::attempts(&[document])
        .into_iter()
        .map(|pins| {
            let pinned = pins.put_into(document);
            (pins, pinned)
        })
        .collect();
    let certain: Vec<Outside<'_>> =
        attempts.iter().map(|(pins, pinned)| Outside::of(pinned, Some(pins))).collect();
    let possible = Outside::of(document, None);
    let mut left = WORK_LIMIT;
    let of_place = |place: &usize| match left.checked_sub(possible.denials.len() + 1) {
        Some(rest) => {
            left = rest;
            opening(&certain, &possible, *place, preferred)
        }
        None => Opening { verdict: Verdict::Unknown, witness: None, is_cut: true },
    };
    statements.iter().map(of_place).collect()
}

fn opening(
    certain: &[Outside<'_>],
    possible: &Outside<'_>,
    place: usize,
    preferred: &dyn Preferences,
) -> Opening {
    let found = |verdict, point: Option<Box<Point<'_>>>| {
        let witness = point.map(|point| Witness::of(&Case::Outsider(Vec::new()), &point));
        Opening { verdict, witness, is_cut: false }
    };
    for outside in certain {
        if let Outcome::Point(point) = outside.seek(place, Mode::Certain, preferred) {
            return found(Verdict::Yes, Some(point));
        }
    }
    match possible.seek(place, Mode::Possible, preferred) {
        Outcome::Point(point) => found(Verdict::Unknown, Some(point)),
        Outcome::Maybe => found(Verdict::Unknown, None),
        Outcome::None => found(Verdict::No, None),
    }
}

/// A document as it is for outsiders.
struct Outside<'d> {
    document: &'d Document,
    denials: Vec<Denial<'d>>,
    /// What stands for policy variables.
    pinned: Vec<Test<'d>>,
}

/// A statement that denies, or may.
struct Denial<'d> {
    region: Region<'d>,
    /// Whether it is about outsiders.
    meant: Verdict,
    /// What no outsider passes.
    fixed: Vec<Test<'d>>,
}

impl<'d> Outside<'d> {
    fn of(document: &'d Document, pins: Option<&'d Pins>) -> Self {
        // An operator that AWS does not have denies nothing.
        let denies = |other: &&Statement| {
            other.is_deny() != Verdict::No
                && other.conditions.entries.iter().all(|entry| entry.operator.is_some())
        };
        let denial = |other: &'d Statement| Denial {
            region: region(other),
            meant: outsiders(other),
            fixed: fixed(other).collect(),
        };
        Outside {
            document,
            denials: document.statements.iter().filter(denies).map(denial).collect(),
            pinned: pins.into_iter().flat_map(Pins::tests).collect(),
        }
    }

    fn seek(&self, place: usize, mode: Mode, preferred: &dyn Preferences) -> Outcome<'d> {
        let Some(statement) = self.document.statements.get(place) else { return Outcome::Maybe };
        let allowed = region(statement);
        if !takes_part(&allowed, Verdict::Yes, mode, true) {
            return Outcome::None;
        }
        let takes_part = |denial: &&Denial<'d>| takes_part(&denial.region, denial.meant, mode, false);
        let denials: Vec<&Denial<'d>> = self.denials.iter().filter(takes_part).collect();
        let own: Vec<Test<'d>> = fixed(statement).collect();
        let fixed = own.iter().chain(denials.iter().flat_map(|denial| &denial.fixed));
        let known = fixed.map(|test| Literal { test, holds: false });
        let known = known.chain(self.pinned.iter().map(|test| Literal { test, holds: true })).collect();
        let unwanted = denials.iter().map(|denial| &denial.region).collect();
        Search { mode, wanted: vec![&allowed], unwanted, actions: None, resources: None, known, preferred }
            .run()
    }
}

/// Whether a statement that denies is about outsiders.
fn outsiders(statement: &Statement) -> Verdict {
    match &statement.not_principals {
        Some(spared) => !spared.include_everybody().verdict,
        None => statement.names_everybody().verdict,
    }
}

/// The region of a statement for outsiders: without the fixed values that are not known. What a
/// statement leaves out, be it the action, is everything here.
fn region(statement: &Statement) -> Region<'_> {
    let mut region = Region::of(statement, PolicyKind::Resource);
    if statement.actions.is_none() && statement.not_actions.is_none() && statement.rest.is_none() {
        region.actions.is_exclusion = true;
    }
    region.is_open = statement.conditions.rest.is_some() || statement.rest.is_some();
    region.tests = statement
        .conditions
        .entries
        .iter()
        .filter_map(|entry| {
            let fixes = fixes(entry);
            let version = statement.version;
            let keep = |text: &PartlyKnown| {
                !fixes(text, version) || text.as_known().is_some() && !has_variable(text, version)
            };
            let mut test = Test::with(entry, version, keep)?;
            if limit_for(entry).is_some()
                && entry.texts().filter(|text| keep(text)).all(|t| t.as_known().is_some())
            {
                test.is_vague &=
                    entry.texts().filter(|text| keep(text)).any(|text| has_variable(text, version));
            }
            Some(test)
        })
        .collect();
    region
}

/// The limit that an entry's key and operator set together.
fn limit_for(entry: &ConditionEntry) -> Option<Limit> {
    let base = entry.operator.map(|operator| operator.base)?;
    limit_of(&entry.key).filter(|limit| limit.is_compared_by(base))
}

/// Whether a value of an entry is fixed, so that no outsider has it.
fn fixes(entry: &ConditionEntry) -> impl Fn(&PartlyKnown, crate::document::Version) -> bool + Copy {
    let limit = limit_for(entry);
    move |text, version| limit.is_some_and(|limit| text.as_hole().is_some() || limit.is_fixed(text, version))
}

/// The tests that no outsider passes: those of the fixed values of a statement.
fn fixed(statement: &Statement) -> impl Iterator<Item = Test<'_>> {
    let version = statement.version;
    statement.conditions.entries.iter().filter_map(move |entry| {
        if limit_for(entry) == Some(Limit::True) {
            return Some(Test::made(&entry.key, Base::Bool, Values::Bools(vec![true])));
        }
        let fixes = fixes(entry);
        let known = |text: &PartlyKnown| {
            text.as_known().is_some() && !has_variable(text, version) && fixes(text, version)
        };
        if !entry.texts().any(known) {
            return None;
        }
        let mut test = Test::with(entry, version, known)?;
        test.is_vague = false;
        test.operator = Operator { set: None, base: positive(test.operator.base), if_exists: false };
        test.operator.set =
            entry.operator.and_then(|operator| operator.set).map(|_| crate::SetPrefix::ForAnyValue);
        test.entry = None;
        (!matches!(test.values, Values::Null(_))).then_some(test)
    })
}

/// The operator that another one negates, or the same.
fn positive(base: Base) -> Base {
    match base {
        Base::StringNotEquals => Base::StringEquals,
        Base::StringNotEqualsIgnoreCase => Base::StringEqualsIgnoreCase,
        Base::StringNotLike => Base::StringLike,
        Base::NumericNotEquals => Base::NumericEquals,
        Base::DateNotEquals => Base::DateEquals,
        Base::NotIpAddress => Base::IpAddress,
        Base::ArnNotEquals => Base::ArnEquals,
        Base::ArnNotLike => Base::ArnLike,
        other => other,
    }
}
