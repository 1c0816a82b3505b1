//! Runs rules over a stack.
//!
//! A rule is evaluated on each element of each of its subjects in every world that it asks for.
//! The answers become at most one finding for each place and message: it holds always when it
//! holds in all worlds in which the subject exists, and says when, otherwise.

mod finding;
mod guards;
mod issues;
mod merge;
mod questions;
mod secrets;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use keylint_model::{NeedsSplit, Stack, World};
use keylint_policy::PolicyKind;
use keylint_source::{FileId, Span};
use rayon::prelude::*;

use crate::decode;
use crate::eval::{Data, Datum, Evaluator, Place, Truth, Why, Whys, place};
use crate::finding::{Finding, Undecided};
use crate::page::Target;
use crate::page::template::{Piece, Template};
use crate::policies::{self, Policy};
use crate::registry::{Registry, Selection};
use crate::rule::{Program, Rule};
use crate::view::{Entities, Env};
use issues::Issues;
use subject::{Element, Subject, Subjects};

/// How many worlds one question may need before its answer counts as unknown.
pub(crate) const MAX_WORLDS: usize = 16;

/// What a check needs to know besides the stack and the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The kind that bare policy documents, and data sources that nothing uses, are taken for;
    /// `None` to go by their shape.
    pub policy_kind: Option<PolicyKind>,
}

/// What the rules say of a stack.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What is wrong, in the order of the rules and then of the resources. Each instance has its
    /// own: a suppression may silence one of them, so that merging comes after.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// Where each policy is given.
    pub policies: Vec<Span>,
    /// The files whose text is, or is a part of, a policy that is attached to something.
    pub attached: Vec<FileId>,
    /// Where secrets are written, whether or not something is wrong with them: to be masked
    /// wherever source text is shown.
    pub secret_spans: Vec<Span>,
}

/// The resources and policies of a stack.
#[derive(Clone, Copy)]
struct Scope<'a> {
    entities: &'a Entities<'a>,
    policies: &'a [Policy<'a>],
}

impl<'a> Scope<'a> {
    fn env<'w>(self, world: &'w World) -> Env<'a, 'w> {
        Env { entities: self.entities, policies: self.policies, world }
    }
}

/// Runs the selected rules over a stack. The answer does not depend on the number of threads.
pub fn check(registry: &Registry, stack: &Stack, selection: &Selection, context: Context) -> Checked {
    let decoded = decode::resources(stack, registry.kinds());
    let entities = Entities::new(stack, &decoded, registry.kinds());
    let policies = policies::collect(&entities, context.policy_kind);
    let scope = Scope { entities: &entities, policies: &policies };
    let subjects = Subjects::new(scope);
    let selected = || registry.rules().iter().filter(|entry| selection.contains(entry.id));
    let issues = Issues::of(&policies, selected().filter_map(|entry| entry.check).collect());
    let mut jobs: Vec<(&Rule, &Program, Subject<'_>)> = Vec::new();
    for entry in selected() {
        if let Some(check) = entry.check {
            let found = issues.subjects(check);
            let rule = (!found.is_empty()).then(|| registry.rule(entry)).flatten();
            let programs = rule.into_iter().flat_map(|rule| rule.programs.first().map(|(_, it)| (rule, it)));
            jobs.extend(programs.flat_map(|(rule, program)| {
                found.iter().map(move |subject| (rule, program, subject.clone()))
            }));
            continue;
        }
        // Only rules that have something to look at are compiled.
        if !entry.on.iter().any(|target| subjects.has(target)) {
            continue;
        }
        let Some(rule) = registry.rule(entry) else { continue };
        for (target, program) in &rule.programs {
            jobs.extend(subjects.of(target).into_iter().map(|subject| (rule, program, subject)));
        }
    }
    let run = |(rule, program, subject): &(&Rule, &Program, Subject<'_>)| {
        let outcomes = outcomes(scope, program, subject);
        finding::report(rule, subject, stack, outcomes)
    };
    // A handful of questions is answered before a thread would have woken up.
    let reported: Vec<_> =
        if jobs.len() < 64 { jobs.iter().map(run).collect() } else { jobs.par_iter().map(run).collect() };
    let mut findings = problems(registry, selection, stack, &policies);
    let mut undecided = Vec::new();
    for (found, open) in reported {
        findings.extend(found);
        undecided.extend(open);
    }
    let supersedes = |id| {
        let entry = registry.rules().iter().find(|entry| entry.id == id);
        entry
            .and_then(|entry| registry.rule(entry))
            .map(|rule| rule.supersedes.as_slice())
            .unwrap_or_default()
    };
    let is_about_action = |id| {
        let entry = registry.rules().iter().find(|entry| entry.id == id);
        entry.is_some_and(|entry| entry.on.contains(&Target::Action))
    };
    let findings = merge::superseded(findings, supersedes, is_about_action);
    let mut undecided = merge::superseded_questions(undecided, &findings, supersedes);
    let checks = selected().filter_map(|entry| Some((entry.check?, entry.id))).collect();
    undecided.extend(questions::undecided(&policies, &checks, stack, &undecided));
    let places = policies.iter().map(|policy| policy.used.unwrap_or(policy.resource.span));
    Checked {
        findings,
        undecided,
        policies: places.collect(),
        attached: attached(&policies),
        secret_spans: secrets::spans(scope),
    }
}

/// The files that the policies of resources are read from.
fn attached(policies: &[Policy<'_>]) -> Vec<FileId> {
    let mut files = BTreeSet::new();
    for policy in policies.iter().filter(|policy| !policy.is_bare()) {
        for (_, content) in &policy.versions {
            files.extend(content.problems().iter().map(|problem| problem.span.file));
            let Some(document) = content.document() else { continue };
            let statements = document.statements.iter().map(|statement| statement.span);
            files.extend(statements.chain([document.span]).flatten().map(|span| span.file));
        }
    }
    files.into_iter().collect()
}

/// What is wrong with the JSON of policies that stand in strings: the front ends do not know that
/// such a string is a policy.
fn problems(
    registry: &Registry,
    selection: &Selection,
    stack: &Stack,
    policies: &[Policy<'_>],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        for problem in policy.versions.iter().flat_map(|(_, content)| content.problems()) {
            let of = |rule| registry.find(rule).filter(|entry| selection.contains(entry.id));
            let own = problem.in_policy().and_then(of);
            let entry = own.or_else(|| of(problem.rule));
            findings.extend(entry.map(|entry| finding::problem(entry, policy, stack, problem)));
        }
    }
    findings
}

/// The answer of a rule on one element in one world.
struct Outcome<'a> {
    /// Which of the worlds of the subject it is in.
    outer: usize,
    /// Which of the elements it is about.
    element: usize,
    world: World,
    answer: Answer<'a>,
}

/// What a rule answers.
enum Answer<'a> {
    No,
    Yes(Box<Hit<'a>>),
    Unknown(Whys),
    /// It would have taken too many worlds.
    Limit(Place<'a>),
}

/// What a rule reports of an element.
struct Hit<'a> {
    place: Place<'a>,
    message: String,
    related: Vec<(Place<'a>, String)>,
    /// The value that it is about, for the fingerprint. Never a secret.
    value: Option<String>,
    element: Element<'a>,
}

/// All answers of a rule on a subject, with how many worlds the subject has.
struct Outcomes<'a> {
    worlds: usize,
    all: Vec<Outcome<'a>>,
}

fn outcomes<'a>(scope: Scope<'a>, program: &Program, subject: &Subject<'a>) -> Outcomes<'a> {
    let limit = || Answer::Limit(Place { used: Some(subject.resource().header), origin: None });
    let Some(worlds) = subject.worlds(scope) else {
        let world = World::of(&subject.resource().guard);
        return Outcomes { worlds: 1, all: vec![Outcome { outer: 0, element: 0, world, answer: limit() }] };
    };
    let mut all = Vec::new();
    for (outer, (start, version)) in worlds.iter().enumerate() {
        let Some(version) = *version else { continue };
        // The world was chosen so that the elements can be told.
        let elements = subject.elements(scope, start, version).unwrap_or_default();
        for (element, first) in elements.iter().enumerate() {
            let read = |world: &World| {
                // Only a world that decides more can have other elements.
                if world == start {
                    return answer(scope, program, first.clone(), world);
                }
                match subject.elements(scope, world, version)?.into_iter().nth(element) {
                    Some(element) => answer(scope, program, element, world),
                    None => Ok(Answer::No),
                }
            };
            match World::survey(start, MAX_WORLDS, read) {
                Some(answers) => all.extend(answers.into_iter().map(|(world, answer)| Outcome {
                    outer,
                    element,
                    world,
                    answer,
                })),
                None => all.push(Outcome { outer, element, world: start.clone(), answer: limit() }),
            }
        }
    }
    Outcomes { worlds: worlds.len(), all }
}

fn answer<'a>(
    scope: Scope<'a>,
    program: &Program,
    element: Element<'a>,
    world: &World,
) -> Result<Answer<'a>, NeedsSplit> {
    let mut evaluator = Evaluator::new(scope.env(world), element.variables.clone());
    let mut unknown: Option<Whys> = None;
    for condition in &program.conditions {
        match evaluator.truth(condition)? {
            Truth::Yes => {}
            Truth::No => return Ok(Answer::No),
            Truth::Unknown(whys) => unknown = unknown.or(Some(whys)),
        }
    }
    if let Some(whys) = unknown.or_else(|| element.doubt.clone()) {
        return Ok(Answer::Unknown(whys));
    }
    let at = program.at.as_ref().map(|at| evaluator.eval(at)).transpose()?;
    let message = render(&program.message, &mut evaluator)?;
    let mut related = Vec::new();
    for (at, template) in &program.related {
        related.push((place(&evaluator.eval(at)?), render(template, &mut evaluator)?));
    }
    let place = at.as_ref().map_or(element.place, place);
    Ok(Answer::Yes(Box::new(Hit { place, message, related, value: at.as_ref().and_then(shown), element })))
}

/// The text of the value that a finding points at, where it may be told.
fn shown(datum: &Datum<'_>) -> Option<String> {
    if datum.place.origin.is_some_and(|origin| origin.marks.sensitive) {
        return None;
    }
    match &datum.data {
        Data::Text(text) => Some(text.shown()),
        Data::View(view) => view.shown(),
        Data::Bool(value) => Some(value.to_string()),
        Data::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

fn render(template: &Template, evaluator: &mut Evaluator<'_, '_>) -> Result<String, NeedsSplit> {
    let mut message = String::new();
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Expression(node) => {
                let datum = evaluator.eval(node)?;
                let is_secret = datum.place.origin.is_some_and(|origin| origin.marks.sensitive);
                match &datum.data {
                    _ if is_secret => message.push_str("***"),
                    Data::Text(text) => message.push_str(&text.shown()),
                    Data::Number(number) => message.push_str(&number.to_string()),
                    _ => message.push('…'),
                }
            }
        }
    }
    Ok(message)
}

/// The first reason of an unknown.
fn reason(whys: &Whys) -> Option<&Why> {
    whys.first()
}
