//! What the validator cannot look at, because only deployment knows it.
//!
//! The checks of the validator pass over what they do not know: asked one by one, a hundred of them would
//! say the same of one unknown document. It is said once for each cause instead, by the rule that is most
//! about it, and only where no other rule has left the policy open for that cause. A value or a resource of which a part is
//! not known is no such place: what is known of it decides whether it is well-formed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use keylint_model::{Address, Stack, Unknown};
use keylint_policy::validate::Check;
use keylint_policy::{Document, Effect, Statement};
use keylint_source::Span;

use crate::finding::{RuleId, Undecided};
use crate::policies::{Content, Policy};

/// A place that is open, with the checks that are about it.
struct Open<'d> {
    checks: &'static [Check],
    unknown: &'d Arc<Unknown>,
    span: Option<Span>,
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
        for open in policy.versions.iter().flat_map(|(_, content)| opens(policy, content)) {
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

fn opens<'d>(policy: &Policy<'_>, content: &'d Content) -> Vec<Open<'d>> {
    match content {
        Content::Unknown(unknown) => vec![Open { checks: WHOLE, unknown, span: policy.used }],
        Content::Document(document) => {
            let span = policy.used.or(document.span);
            let rest = document.rest.iter().map(|unknown| Open { checks: WHOLE, unknown, span });
            rest.chain(version(document)).chain(document.statements.iter().flat_map(of_statement)).collect()
        }
        Content::Invalid(_) => Vec::new(),
    }
}

fn version(document: &Document) -> Option<Open<'_>> {
    let version = document.version_element.as_ref()?;
    let unknown = version.text.holes().next()?;
    Some(Open { checks: &[Check::InvalidVersion], unknown, span: version.span })
}

fn of_statement(statement: &Statement) -> Vec<Open<'_>> {
    let mut opens = Vec::new();
    let span = statement.span;
    opens.extend(statement.rest.as_ref().map(|unknown| Open { checks: WHOLE, unknown, span }));
    if let (Effect::Unknown(unknown), None) = (&statement.effect, &statement.rest) {
        opens.push(Open { checks: EFFECT, unknown, span: statement.effect_span.or(span) });
    }
    for actions in statement.actions.iter().chain(&statement.not_actions) {
        let place = actions.span.or(span);
        opens.extend(actions.rest.as_ref().map(|unknown| Open { checks: ACTION, unknown, span: place }));
        for action in actions {
            let unknown = action.text.holes().next();
            opens.extend(unknown.map(|unknown| Open {
                checks: ACTION,
                unknown,
                span: action.span.or(place),
            }));
        }
    }
    let place = statement.conditions.span.or(span);
    let conditions = statement.conditions.rest.as_ref();
    opens.extend(conditions.map(|unknown| Open { checks: CONDITION, unknown, span: place }));
    opens
}
