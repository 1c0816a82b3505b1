//! What the validator cannot look at, because only deployment knows it.
//!
//! The checks of the validator pass over what they do not know: asked one by one, a hundred of them would
//! say the same of one unknown document. It is said once for each cause instead, by the rule that is most
//! about it, and only where no other rule has left the policy open for that cause. A value or a resource of which a part is
//! not known is no such place: what is known of it decides whether it is well-formed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use keylint_model::{Address, Stack, Unknown, World};
use keylint_policy::validate::Check;
use keylint_policy::{Document, Effect, Reading, Statement};
use keylint_source::Span;

use super::parts;
use crate::finding::{RuleId, Undecided};
use crate::policies::{Content, Policy};

/// A place that is open, with the checks that are about it.
struct Open<'d> {
    checks: &'static [Check],
    unknown: &'d Arc<Unknown>,
    span: Option<Span>,
    /// The statement that it is in.
    statement: Option<&'d Statement>,
}

/// The checks that ask of a document or a statement as a whole.
const WHOLE: &[Check] = &[Check::InvalidPolicyElement, Check::MissingStatement, Check::MissingAction];
const EFFECT: &[Check] = &[Check::InvalidEffect, Check::MissingEffect];
const ACTION: &[Check] = &[Check::InvalidAction, Check::InvalidServiceInAction];
const CONDITION: &[Check] =
    &[Check::InvalidConditionOperator, Check::InvalidGlobalConditionKey, Check::InvalidServiceConditionKey];

/// What stays open for the selected checks, as far as no other rule leaves the same open.
pub(super) fn undecided(
    policies: &[Policy<'_>],
    selected: &BTreeMap<Check, RuleId>,
    stack: &Stack,
    said: &[Undecided],
) -> Vec<Undecided> {
    let Some(any) = selected.values().min().copied() else { return Vec::new() };
    let mut questions: Vec<Undecided> = Vec::new();
    // By resource: what other ones leave open is another question.
    let mut known: HashMap<&Address, (Vec<&Undecided>, Vec<usize>), RandomState> = HashMap::default();
    // What rules say of one resource mostly stands together.
    for said in said.chunk_by(|one, next| std::ptr::eq(one.resource.as_str(), next.resource.as_str())) {
        let resource = said.first().map(|first| &first.resource);
        resource.into_iter().for_each(|resource| known.entry(resource).or_default().0.extend(said));
    }
    for policy in policies.iter().filter(|policy| !policy.is_made) {
        for open in opens_of(policy) {
            let rule = open.checks.iter().find_map(|check| selected.get(check)).copied().unwrap_or(any);
            let resource = policy.resource;
            let span = stack.own_place(open.span.or(policy.used).unwrap_or(resource.header), None, resource);
            let question = Undecided {
                rule,
                resource: resource.address.clone(),
                span,
                reason: open.unknown.root().reason.clone(),
                resolve_at: open.unknown.at,
                environments: Vec::new(),
            };
            let (said, asked) = known.entry(&resource.address).or_default();
            let asked_before = asked.iter().filter_map(|position| questions.get(*position));
            if !said.iter().copied().chain(asked_before).any(|other| is_same(other, &question)) {
                asked.push(questions.len());
                questions.push(question);
            }
        }
    }
    questions
}

/// Whether two answers are open for the same: the same input, or a place of which one is a part.
fn is_same(one: &Undecided, other: &Undecided) -> bool {
    let is_cause = one.reason == other.reason && one.resolve_at == other.resolve_at;
    one.resource == other.resource
        && (is_cause || one.span.contains(other.span) || other.span.contains(one.span))
}

/// What is open in the versions of a policy. Of one whose parts are looked at one by one, that alone which
/// the worlds of no part decide in all cases.
fn opens_of<'d>(policy: &'d Policy<'_>) -> Vec<Open<'d>> {
    let Some((whole, parts)) = policy.versions.split_first().filter(|_| policy.is_in_parts()) else {
        return policy.versions.iter().flat_map(|(_, content)| opens(policy, content)).collect();
    };
    let base = &policy.resource.guard;
    let is_decided = |open: &Open<'d>| {
        let own = open.statement.filter(|one| one.span.is_some_and(|span| parts::is_one(policy, span)));
        let Some(own) = own else { return false };
        let decides = |(_, content): &&(World, Content)| {
            let statements = content.document().into_iter().flat_map(|document| &document.statements);
            let mut twins = statements.filter(|one| one.span == own.span && one.reading.is_decided());
            let asks = |other: &Open<'_>| other.checks == open.checks;
            twins.next().is_some_and(|twin| !of_statement(twin).iter().any(asks))
        };
        parts::covers(parts.iter().filter(decides).map(|(world, _)| world), base)
    };
    let of_whole = opens(policy, &whole.1).into_iter().filter(|open| !is_decided(open));
    // What the world of a part leaves open of a statement the first one does too.
    let is_own = |open: &Open<'d>| {
        open.statement.is_none_or(|one| !matches!(one.reading, Reading::PartlyDecided | Reading::Open))
    };
    let of_parts = parts.iter().flat_map(|(_, content)| opens(policy, content)).filter(is_own);
    of_whole.chain(of_parts).collect()
}

fn opens<'d>(policy: &Policy<'_>, content: &'d Content) -> Vec<Open<'d>> {
    match content {
        Content::Unknown(unknown) => {
            vec![Open { checks: WHOLE, unknown, span: policy.used, statement: None }]
        }
        Content::Document(document) => {
            let span = policy.used.or(document.span);
            let rest = document.rest.iter().filter(|_| !policy.is_whole_told());
            let rest = rest.map(|unknown| Open { checks: WHOLE, unknown, span, statement: None });
            rest.chain(version(document)).chain(document.statements.iter().flat_map(of_statement)).collect()
        }
        Content::Invalid(_) => Vec::new(),
    }
}

fn version(document: &Document) -> Option<Open<'_>> {
    let version = document.version_element.as_ref()?;
    let unknown = version.text.holes().next()?;
    Some(Open { checks: &[Check::InvalidVersion], unknown, span: version.span, statement: None })
}

fn of_statement(statement: &Statement) -> Vec<Open<'_>> {
    let mut opens = Vec::new();
    let span = statement.span;
    let mut add = |checks, unknown, span| {
        opens.push(Open { checks, unknown, span, statement: Some(statement) });
    };
    if let Some(unknown) = &statement.rest {
        add(WHOLE, unknown, span);
    }
    if let (Effect::Unknown(unknown), None) = (&statement.effect, &statement.rest) {
        add(EFFECT, unknown, statement.effect_span.or(span));
    }
    for actions in statement.actions.iter().chain(&statement.not_actions) {
        let place = actions.span.or(span);
        actions.rest.iter().for_each(|unknown| add(ACTION, unknown, place));
        for action in actions {
            let unknown = action.text.holes().next();
            unknown.into_iter().for_each(|unknown| add(ACTION, unknown, action.span.or(place)));
        }
    }
    let place = statement.conditions.span.or(span);
    statement.conditions.rest.iter().for_each(|unknown| add(CONDITION, unknown, place));
    opens
}
