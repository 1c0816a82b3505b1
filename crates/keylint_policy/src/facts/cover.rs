//! Whether a statement is about everything that another one is about: whom, what and where.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", "Resource", "NotPrincipal".

use keylint_model::Verdict;

use super::guard::may_be;
use super::principal::{Account, Whom};
use crate::algebra::is_same_text;
use crate::document::{PrincipalKind, Principals, Statement};
use crate::element::{Element, Elements, PartlyKnown};
use crate::matching::{
    covers_actions, covers_resources, may_be_wildcard, overlaps_actions, overlaps_resources,
};

/// Whether a denial is about the principal, or all principals, of a statement.
pub(super) fn covers_whom(denial: &Statement, statement: &Statement, principal: Option<&Element>) -> Verdict {
    let all = || statement.principals.iter().flat_map(|principals| &principals.items);
    let meant =
        || all().filter(|(_, element)| principal.is_none_or(|principal| std::ptr::eq(principal, element)));
    let others = statement.principals.as_ref().is_some_and(|principals| principals.rest.is_some());
    let others = may_be(others && principal.is_none());
    let Some(denied) = &denial.principals else {
        if let Some(spared) = &denial.not_principals {
            let spares = Verdict::any(meant().map(|(kind, element)| may_spare(spared, *kind, element)));
            return (!spares).and(!others).and(meant().next().is_some().into());
        }
        // A policy of an identity names nobody.
        let is_of_identity = statement.principals.is_none() && statement.not_principals.is_none();
        return Verdict::from(is_of_identity).or(may_be(denial.rest.is_some()));
    };
    let everybody = denied.include_everybody().verdict;
    if everybody == Verdict::Yes {
        return Verdict::Yes;
    }
    let named = Verdict::all(meant().map(|(kind, element)| names(denied, *kind, element)));
    let is_named = Verdict::from(meant().next().is_some());
    everybody.or(named.and(is_named).and(!others))
}

/// Whether `NotPrincipal` leaves a principal out. Whom it leaves out for certain depends on the service.
fn may_spare(spared: &Principals, kind: PrincipalKind, wanted: &Element) -> Verdict {
    if wanted.as_known() == Some("*") {
        return Verdict::Yes;
    }
    names(spared, kind, wanted).or(Verdict::Unknown)
}

/// Whether principals name one as it is written elsewhere, or the account that it belongs to.
fn names(principals: &Principals, kind: PrincipalKind, wanted: &Element) -> Verdict {
    let one = |element: &Element| takes_in(kind, element, wanted);
    Verdict::any(principals.of(kind).map(one).chain([may_be(principals.rest.is_some())]))
}

/// Whether whoever is one principal is also another one, of the same key of `Principal`: an account is all of
/// its identities, "the account ARN and the shortened account ID behave the same way".
fn takes_in(kind: PrincipalKind, element: &Element, wanted: &Element) -> Verdict {
    if is_same_text(&element.text, &wanted.text) {
        return Verdict::Yes;
    }
    let both_known = element.as_known().is_some() && wanted.as_known().is_some();
    let other = || if both_known { Verdict::No } else { Verdict::Unknown };
    if wanted.as_known() == Some("*") {
        return other();
    }
    match (Whom::of(kind, element), Whom::of(kind, wanted)) {
        (Whom::Account(one), Whom::Account(other) | Whom::Identity(other)) => is_same_account(one, other),
        // What is more than one identity.
        (Whom::Identity(_), Whom::Account(_)) => Verdict::No,
        (Whom::Identity(one), Whom::Identity(owner)) => match is_same_account(one, owner) {
            // A role is all of its sessions, whose ARN does not show its path.
            _ if is_session(wanted) && !is_session(element) => Verdict::Unknown,
            Verdict::No => Verdict::No,
            _ => other(),
        },
        // An id does not show whose it is.
        (Whom::Opaque, Whom::Identity(_) | Whom::Opaque)
        | (Whom::Account(_) | Whom::Identity(_), Whom::Opaque) => Verdict::Unknown,
        _ => other(),
    }
}

fn is_session(element: &Element) -> bool {
    element.text.to_string().contains(":assumed-role/")
}

/// Whether two accounts are one.
fn is_same_account(one: Account<'_>, other: Account<'_>) -> Verdict {
    match (one, other) {
        (Account::Own, Account::Own) => Verdict::Yes,
        (Account::Literal(one), Account::Literal(other)) => (one == other).into(),
        (Account::Unknown(one), Account::Unknown(other))
            if one.identity.is_some() && one.identity == other.identity =>
        {
            Verdict::Yes
        }
        _ => Verdict::Unknown,
    }
}

/// Whether a denial is about every action that a statement is about.
pub(super) fn covers_what(denial: &Statement, statement: &Statement) -> Verdict {
    let denied = Selected::of(denial.actions.as_ref(), denial.not_actions.as_ref(), denial);
    let meant = Selected::of(statement.actions.as_ref(), statement.not_actions.as_ref(), statement);
    denied.takes_in(&meant, covers_name, overlaps_name)
}

/// Whether a denial is about every action that an element of `Action` is about.
pub(super) fn covers_element(denial: &Statement, element: &Element) -> Verdict {
    let denied = Selected::of(denial.actions.as_ref(), denial.not_actions.as_ref(), denial);
    denied.takes_in_one(element, covers_name, overlaps_name)
}

/// Whether a pattern of actions takes in another one.
fn covers_name(pattern: &Element, element: &Element) -> Verdict {
    match element.as_known() {
        Some(text) => covers_actions(&pattern.text, text),
        None if is_same_text(&pattern.text, &element.text) => Verdict::Yes,
        None => Verdict::from(pattern.as_known() == Some("*")).or(Verdict::Unknown),
    }
}

/// Whether two patterns of actions have an action in common.
fn overlaps_name(one: &Element, other: &Element) -> Verdict {
    overlaps_actions(&one.text, &other.text)
}

/// Whether a denial is about every action of a service, named as in actions.
pub(super) fn covers_service(denial: &Statement, service: &str) -> Verdict {
    let all = format!("{service}:*");
    match (&denial.actions, &denial.not_actions) {
        (Some(actions), _) => {
            let each = actions.iter().map(|pattern| covers_actions(&pattern.text, &all));
            Verdict::any(each.chain([open(actions)]))
        }
        (None, Some(spared)) => {
            let all = PartlyKnown::from(all.as_str());
            let each = spared.iter().map(|pattern| overlaps_actions(&pattern.text, &all));
            !Verdict::any(each.chain([open(spared)]))
        }
        (None, None) => may_be(denial.rest.is_some()),
    }
}

/// Whether a denial is about every resource that a statement is about.
pub(super) fn covers_where(denial: &Statement, statement: &Statement) -> Verdict {
    let denied = Selected::of(denial.resources.as_ref(), denial.not_resources.as_ref(), denial);
    let meant = Selected::of(statement.resources.as_ref(), statement.not_resources.as_ref(), statement);
    // Trust policies have no resources.
    if matches!((&denied, &meant), (Selected::Nothing, Selected::Nothing)) {
        return Verdict::Yes;
    }
    let covers = |pattern: &Element, element: &Element| {
        if is_same_text(&pattern.text, &element.text) {
            return Verdict::Yes;
        }
        covers_resources(&pattern.text, &element.text, denial.version)
    };
    let overlap = |one: &Element, other: &Element| overlaps_resources(&one.text, &other.text, denial.version);
    denied.takes_in(&meant, covers, overlap)
}

/// That a list may have more elements than are known.
fn open(list: &Elements) -> Verdict {
    may_be(list.rest.is_some())
}

/// What a statement says of actions or of resources.
enum Selected<'s> {
    /// These.
    Only(&'s Elements),
    /// All but these.
    AllBut(&'s Elements),
    /// The statement has no such element.
    Nothing,
    /// Only deployment knows whether it has one.
    Open,
}

impl<'s> Selected<'s> {
    fn of(included: Option<&'s Elements>, excluded: Option<&'s Elements>, statement: &Statement) -> Self {
        match (included, excluded) {
            (Some(included), _) => Selected::Only(included),
            (None, Some(excluded)) => Selected::AllBut(excluded),
            (None, None) if statement.rest.is_some() => Selected::Open,
            (None, None) => Selected::Nothing,
        }
    }

    /// Whether one element is in it.
    fn takes_in_one(
        &self,
        element: &Element,
        covers: impl Fn(&Element, &Element) -> Verdict,
        overlap: impl Fn(&Element, &Element) -> Verdict,
    ) -> Verdict {
        match self {
            Selected::Only(patterns) => {
                let own = patterns.iter().map(|pattern| covers(pattern, element));
                Verdict::any(own.chain([open(patterns)]))
            }
            Selected::AllBut(spared) => {
                let own = spared.iter().map(|other| overlap(other, element));
                !Verdict::any(own.chain([open(spared)]))
            }
            Selected::Open => Verdict::Unknown,
            Selected::Nothing => Verdict::No,
        }
    }

    /// Whether all of `other` is in it: `covers` tells whether one pattern takes in another one, `overlap`
    /// whether they have something in common.
    fn takes_in(
        &self,
        other: &Selected<'_>,
        covers: impl Fn(&Element, &Element) -> Verdict,
        overlap: impl Fn(&Element, &Element) -> Verdict,
    ) -> Verdict {
        let all_of = |wanted: &Elements| {
            let each = wanted.iter().map(|element| self.takes_in_one(element, &covers, &overlap));
            Verdict::all(each).and(!open(wanted))
        };
        match (self, other) {
            (Selected::Only(patterns), _)
                if patterns.iter().any(|pattern| pattern.as_known() == Some("*")) =>
            {
                Verdict::Yes
            }
            (Selected::Open, _) | (_, Selected::Open) => Verdict::Unknown,
            (Selected::Only(_) | Selected::AllBut(_), Selected::Only(elements)) => all_of(elements),
            // All but some are among all but others where the first take in the others.
            (Selected::AllBut(spared), Selected::AllBut(left_out)) => {
                let left_out = Selected::Only(left_out);
                let each = spared.iter().map(|element| left_out.takes_in_one(element, &covers, &overlap));
                Verdict::all(each).and(!open(spared))
            }
            // What is not known of the patterns may be everything.
            (Selected::Only(patterns), Selected::AllBut(_)) => {
                let may_be_all = |text: &PartlyKnown| may_be(may_be_wildcard(text));
                Verdict::any(patterns.iter().map(|pattern| may_be_all(&pattern.text)).chain([open(patterns)]))
            }
            _ => Verdict::No,
        }
    }
}
