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
use super::search::{Mode, Outcome, Preferences, Search, takes_part};
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
}

/// How many statements are weighed; no document that AWS takes has as many.
const STATEMENTS_WEIGHED: usize = 200;

/// What a statement opens to outsiders, whomever it names. Statements that are not known are taken
/// for none.
pub fn opening(document: &Document, statement: &Statement, preferred: &dyn Preferences) -> Opening {
    for pins in Pins::attempts(&[document]) {
        let pinned = pins.put_into(document);
        let Some(own) = pinned.statements.get(statement.index) else { continue };
        if let Outcome::Point(point) = seek(&pinned, own, Mode::Certain, Some(&pins), preferred) {
            let witness = Some(Witness::of(&Case::Outsider(Vec::new()), &point));
            return Opening { verdict: Verdict::Yes, witness };
        }
    }
    match seek(document, statement, Mode::Possible, None, preferred) {
        Outcome::Point(point) => Opening {
            verdict: Verdict::Unknown,
            witness: Some(Witness::of(&Case::Outsider(Vec::new()), &point)),
        },
        Outcome::Maybe => Opening { verdict: Verdict::Unknown, witness: None },
        Outcome::None => Opening { verdict: Verdict::No, witness: None },
    }
}

fn seek<'d>(
    document: &'d Document,
    statement: &'d Statement,
    mode: Mode,
    pins: Option<&'d Pins>,
    preferred: &dyn Preferences,
) -> Outcome<'d> {
    let allowed = region(statement);
    let statements = document.statements.iter().take(STATEMENTS_WEIGHED);
    // An operator that AWS does not have denies nothing.
    let denies = |other: &&Statement| {
        other.is_deny() != Verdict::No
            && other.conditions.entries.iter().all(|entry| entry.operator.is_some())
    };
    let denials: Vec<(Region<'d>, Verdict)> =
        statements.filter(denies).map(|other| (region(other), outsiders(other))).collect();
    let unwanted: Vec<&Region<'d>> =
        denials.iter().filter(|(r, meant)| takes_part(r, *meant, mode, false)).map(|(r, _)| r).collect();
    if !takes_part(&allowed, Verdict::Yes, mode, true) {
        return Outcome::None;
    }
    let relevant = std::iter::once(statement).chain(unwanted.iter().map(|region| region.statement));
    let fixed: Vec<Test<'d>> = relevant.flat_map(fixed).collect();
    let pinned: Vec<Test<'d>> = pins.into_iter().flat_map(Pins::tests).collect();
    let known = fixed.iter().map(|test| Literal { test, holds: false });
    let known = known.chain(pinned.iter().map(|test| Literal { test, holds: true })).collect();
    Search { mode, wanted: vec![&allowed], unwanted, actions: None, resources: None, known, preferred }.run()
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
