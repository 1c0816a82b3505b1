//! What is settled of a policy whose parts are looked at one by one.
//!
//! The first world of such a policy leaves all conditions open, and what a rule cannot tell there it may
//! tell of a statement in each world of one of its parts: whatever the other conditions turn out to be, the
//! answer stands. So nothing is open of a statement that the worlds of a part decide in all cases.

use keylint_model::{Guard, World};
use keylint_policy::Reading;
use keylint_source::Span;

use super::answer::{Answer, Outcome, Part};
use super::guards;
use super::subject::Element;
use crate::policies::Policy;

/// Drops the questions about statements that worlds of parts answer in all cases, and those of the worlds
/// of parts that decide some of a statement alone: the first world leaves open what they do. `base` is
/// what holds anyway.
pub(super) fn settle(policy: &Policy<'_>, base: &Guard, parts: &[Part<'_>], all: &mut Vec<Outcome<'_>>) {
    let Some((whole, parts)) = parts.split_first() else { return };
    let open: Vec<(usize, Option<Span>)> = all
        .iter()
        .filter(|outcome| is_open(outcome))
        .map(|outcome| {
            let part = parts.iter().find(|part| part.outer == outcome.outer);
            (outcome.outer, part.and_then(|part| statement(part, outcome.element)))
        })
        .collect();
    if open.is_empty() {
        return;
    }
    let is_answered = |outcome: &Outcome<'_>| {
        let Some(span) = statement(whole, outcome.element).filter(|span| is_one(policy, *span)) else {
            return false;
        };
        let decided =
            parts.iter().filter(|part| decides(part, span) && !open.contains(&(part.outer, Some(span))));
        covers(decided.map(|part| &part.world), base)
    };
    let is_partial = |outcome: &Outcome<'_>| {
        let part = parts.iter().find(|part| part.outer == outcome.outer);
        let element = part.and_then(|part| part.elements.get(outcome.element));
        element.is_some_and(|element| element.reading() == Some(Reading::PartlyDecided))
    };
    all.retain(|outcome| {
        let is_of_whole = outcome.outer == whole.outer;
        !is_open(outcome) || !if is_of_whole { is_answered(outcome) } else { is_partial(outcome) }
    });
}

/// Whether in each world at most one statement of a policy is written at a place: those that a loop
/// makes cannot be told apart by it.
pub(super) fn is_one(policy: &Policy<'_>, span: Span) -> bool {
    policy.documents().all(|document| {
        document.statements.iter().filter(|statement| statement.span == Some(span)).nth(1).is_none()
    })
}

/// Whether one of the worlds holds in any case.
pub(super) fn covers<'w>(worlds: impl Iterator<Item = &'w World>, base: &Guard) -> bool {
    let worlds: Vec<World> = worlds.cloned().collect();
    !worlds.is_empty() && guards::simplified(&worlds, base).iter().any(Guard::is_always)
}

fn is_open(outcome: &Outcome<'_>) -> bool {
    matches!(outcome.answer, Answer::Unknown(_) | Answer::Limit(_))
}

/// The statement that an element is, or is a part of.
fn statement(part: &Part<'_>, element: usize) -> Option<Span> {
    part.elements.get(element)?.statement?.statement.span
}

/// Whether the world of a part decides anything of a statement.
fn decides(part: &Part<'_>, span: Span) -> bool {
    let of_statement =
        |element: &&Element<'_>| element.statement.is_some_and(|view| view.statement.span == Some(span));
    let elements = part.elements.iter().filter(of_statement);
    elements.filter_map(|element| element.reading()).any(Reading::is_decided)
}
