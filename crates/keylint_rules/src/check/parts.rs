//! What is settled of a policy whose parts are looked at one by one.
//!
//! The first world of such a policy leaves all conditions open, and what a rule cannot tell there it may
//! tell of a statement in each world of one of its parts: whatever the other conditions turn out to be, the
//! answer stands. So nothing is open of a statement that the worlds of a part decide in all cases.

use std::collections::BTreeSet;

use keylint_model::{Guard, World};
use keylint_policy::Reading;
use keylint_source::Span;

use super::answer::{Answer, Outcome, Part};
use super::guards;
use super::subject::Element;
use crate::policies::Policy;

/// Drops the questions about statements that worlds of parts answer in all cases: what the first world leaves
/// open of them, and what those of other parts do. So it drops those of worlds of parts that decide some
/// of a statement alone: the first world leaves open what they do. `base` is what holds anyway.
pub(super) fn settle(policy: &Policy<'_>, base: &Guard, parts: &[Part<'_>], all: &mut Vec<Outcome<'_>>) {
    let Some((whole, parts)) = parts.split_first() else { return };
    let of = |outer: usize| std::iter::once(whole).chain(parts).find(|part| part.outer == outer);
    let open: Vec<(usize, Option<Span>)> = all
        .iter()
        .filter(|outcome| is_open(outcome))
        .map(|outcome| (outcome.outer, of(outcome.outer).and_then(|part| statement(part, outcome.element))))
        .collect();
    if open.is_empty() {
        return;
    }
    let is_answered = |span: &Span| {
        let told =
            parts.iter().filter(|part| tells(part, *span) && !open.contains(&(part.outer, Some(*span))));
        is_one(policy, *span) && covers(told.map(|part| &part.world), base)
    };
    let asked: BTreeSet<Span> = open.iter().filter_map(|(_, span)| *span).collect();
    let answered: BTreeSet<Span> = asked.into_iter().filter(is_answered).collect();
    all.retain(|outcome| {
        let Some(part) = of(outcome.outer).filter(|_| is_open(outcome)) else { return true };
        let is_partial = || {
            let element = part.elements.get(outcome.element);
            element.is_some_and(|element| element.reading() == Some(Reading::PartlyDecided))
        };
        let is_answered = statement(part, outcome.element).is_some_and(|span| answered.contains(&span));
        !is_answered && (part.outer == whole.outer || !is_partial())
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

/// Whether a statement is told in the world of a part: by its conditions, or because it hangs on none.
fn tells(part: &Part<'_>, span: Span) -> bool {
    let of_statement =
        |element: &&Element<'_>| element.statement.is_some_and(|view| view.statement.span == Some(span));
    let mut readings = part.elements.iter().filter(of_statement).filter_map(|element| element.reading());
    readings.any(|reading| reading.is_decided() || reading == Reading::Fixed)
}
