//! The elements of a statement: principals, actions and resources, conditions.

use keylint_model::Verdict;
use keylint_policy::validate::Issue;
use keylint_policy::{Account, ConditionEntry, Element, PartlyKnown, PrincipalKind, Whom, matches_action};

use super::super::{at, made, missing};
use super::{StatementView, known_strings};
use crate::eval::{Data, Datum, Text, why};

/// A principal of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Principal<'a> {
    pub(crate) kind: PrincipalKind,
    pub(crate) whom: Whom<'a>,
    pub(crate) element: &'a Element,
}

impl<'a> Principal<'a> {
    pub(crate) fn field(&self, name: &str) -> Datum<'a> {
        let place = at(self.element.span, Some(&self.element.origin));
        let known = |answer: bool| match self.whom {
            Whom::Unknown(_) => match self.element.text.holes().next() {
                Some(hole) => Datum::bare(Data::Unknown(why(hole, self.element.span))),
                None => Datum::bare(Data::Bool(answer)),
            },
            _ => Datum::bare(Data::Bool(answer)),
        };
        let arn_of = |what: &str| {
            // Without the names of holes, which may have colons.
            let shown = Text::Parts(self.element.text.parts().into()).shown();
            matches!(self.whom, Whom::Identity(_))
                && shown.split(':').nth(5).is_some_and(|resource| resource.starts_with(what))
        };
        let datum = match name {
            "type" => Datum::text(match self.kind {
                PrincipalKind::Bare | PrincipalKind::Aws => "AWS",
                PrincipalKind::Service => "Service",
                PrincipalKind::Federated => "Federated",
                PrincipalKind::CanonicalUser => "CanonicalUser",
                PrincipalKind::Other => "other",
            }),
            "value" => text(&self.element.text),
            "account" => match self.whom.account() {
                Some(Account::Literal(id)) => Datum::text(id),
                Some(Account::Own) => Datum::text("own"),
                Some(Account::Unknown(_)) => known(false),
                None => Datum::null(),
            },
            "is_wildcard" => known(matches!(self.whom, Whom::Everybody)),
            "is_account" => known(matches!(self.whom, Whom::Account(_))),
            "is_identity" => known(matches!(self.whom, Whom::Identity(_) | Whom::Opaque)),
            // A reference to an identity of the stack does not show what it is: a role, mostly.
            "is_role" => known(
                arn_of("role/")
                    || arn_of("assumed-role/")
                    || (matches!(self.whom, Whom::Identity(_)) && self.element.text.as_hole().is_some()),
            ),
            "is_service_linked" => known(arn_of("role/aws-service-role/")),
            "is_user" => known(arn_of("user/") || arn_of("federated-user/")),
            "is_service" => known(matches!(self.whom, Whom::Service)),
            "is_federated" => known(matches!(self.whom, Whom::Federated)),
            _ => missing(name),
        };
        datum.at(place)
    }
}

/// An element of `Action`, `NotAction` or `Resource`, with the statement that it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionView<'a> {
    pub(crate) element: &'a Element,
    pub(crate) statement: StatementView<'a>,
}

/// A field of an action or resource.
pub(crate) fn action_field<'a>(view: &ActionView<'a>, name: &str) -> Datum<'a> {
    let element = view.element;
    let datum = match name {
        "exposes" | "manages_permissions" | "writes_anything" => {
            return view.statement.judged_action(element, name);
        }
        "text" => text(&element.text),
        "is_everything" => answer(element, element.is_everything()),
        "is_service" => answer(element, element.is_whole_service()),
        "is_pattern" => answer(element, element.is_pattern()),
        _ => missing(name),
    };
    datum.at(at(element.span, Some(&element.origin)))
}

/// A method of an action or resource.
pub(crate) fn action_call<'a>(view: &ActionView<'a>, name: &str, arguments: &[Datum<'a>]) -> Datum<'a> {
    let element = view.element;
    let Some(action) = arguments.iter().flat_map(known_strings).next() else { return Datum::null() };
    let verdict = match name {
        "matches" => matches_action(&element.text, action),
        "covers" => keylint_policy::covers_actions(&element.text, action),
        _ => return missing(name),
    };
    answer(element, verdict)
}

/// What is said of an action or resource; unknown because of its holes.
fn answer<'a>(element: &'a Element, verdict: Verdict) -> Datum<'a> {
    match (verdict, element.text.holes().next()) {
        (Verdict::Yes, _) => Datum::bare(Data::Bool(true)),
        (Verdict::Unknown, Some(hole)) => Datum::bare(Data::Unknown(why(hole, element.span))),
        _ => Datum::bare(Data::Bool(false)),
    }
}

/// A field of a condition entry.
pub(crate) fn condition_field<'a>(entry: &'a ConditionEntry, name: &str) -> Datum<'a> {
    match name {
        "operator" => Datum::text(&entry.operator_name),
        "key" => Datum::text(&entry.key).at(at(entry.key_span, Some(&entry.origin))),
        "values" => {
            let values = entry
                .values
                .items
                .iter()
                .map(|element| text(&element.text).at(at(element.span, Some(&element.origin))));
            Datum::list(values.collect(), entry.values.rest.as_ref().map(|rest| why(rest, entry.values.span)))
        }
        "is_positive" => Datum::bare(Data::Bool(entry.is_positive())),
        _ => missing(name),
    }
}

/// A field of what a check has found.
pub(crate) fn issue_field<'a>(issue: &'a Issue<'a>, name: &str) -> Datum<'a> {
    match name {
        "element" => Datum::text(&issue.element),
        "value" => Datum::text(&issue.value),
        "other" => Datum::text(&issue.other),
        "hint" => made(issue.hint()),
        _ => missing(name),
    }
}

fn text<'a>(text: &'a PartlyKnown) -> Datum<'a> {
    match (text.as_known(), text.as_hole()) {
        (Some(known), _) => Datum::text(known),
        (None, Some(hole)) => Datum::unknown(hole),
        (None, None) => Datum::bare(Data::Text(Text::Parts(text.parts().into()))),
    }
}
