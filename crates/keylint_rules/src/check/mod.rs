//! Runs rules over a stack.
//!
//! A rule is evaluated on each element of each of its subjects in every world that it asks for.
//! The answers become at most one finding for each place and message: it holds always when it
//! holds in all worlds in which the subject exists, and says when, otherwise.

mod answer;
mod asked;
mod cover;
mod finding;
pub(crate) mod guards;
mod issues;
mod merge;
mod parts;
mod questions;
mod secrets;
mod sinks;
mod stores;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use keylint_model::{Resource, Stack, World};
use keylint_policy::PolicyKind;
use keylint_source::{FileId, Span};
use rayon::prelude::*;

use crate::decode;
use crate::finding::{Finding, RuleId, Undecided};
use crate::identities::{self, Identity};
use crate::page::Target;
use crate::policies::{self, AT_ONCE, Policy};
use crate::registry::{Entry, Registry, Selection};
use crate::view::{Entities, Env};
use asked::Asked;
use issues::Issues;
use subject::Subjects;

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
    /// Where each policy is given, and then where its resource is written and called.
    pub policies: Vec<Vec<Span>>,
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
    /// What has several policies, where a rule may ask for that.
    identities: &'a [Identity<'a>],
}

impl<'a> Scope<'a> {
    fn env<'w>(self, world: &'w World) -> Env<'a, 'w> {
        Env { entities: self.entities, policies: self.policies, identities: self.identities, world }
    }
}

/// Runs the selected rules over a stack. The answer does not depend on the number of threads.
pub fn check(registry: &Registry, stack: &Stack, selection: &Selection, context: Context) -> Checked {
    let decoded = decode::resources(stack, registry.kinds());
    let entities = Entities::new(stack, &decoded, registry.kinds());
    let policies = policies::collect(&entities, context.policy_kind);
    let selected = || registry.rules().iter().filter(|entry| selection.contains(entry.id));
    let asks = [Target::Together, Target::Statement, Target::Action];
    let identities = match selected().any(|entry| entry.on.iter().any(|target| asks.contains(target))) {
        true => identities::collect(&entities, &policies),
        false => Vec::new(),
    };
    let scope = Scope { entities: &entities, policies: &policies, identities: &identities };
    let subjects = Subjects::new(scope);
    let issues = Issues::of(&policies, selected().filter_map(|entry| entry.check).collect());
    let asked = asked(registry, selection, &subjects, &issues);
    let (reported, secret_spans) = rayon::join(|| asked.answers(scope, stack), || secrets::spans(scope));
    let (findings, undecided) = settled(registry, selection, stack, (&policies, &issues), reported);
    let places =
        policies.iter().map(|policy| policy.used.into_iter().chain(policy.resource.places()).collect());
    let (places, attached) = (places.collect(), attached(&policies));
    drop((asked, subjects));
    drop(issues);
    drop(identities);
    policies.into_par_iter().with_min_len(AT_ONCE).for_each(drop);
    Checked { findings, undecided, policies: places, attached, secret_spans }
}

/// What the rules and the front end say together: each thing once, by the resources that are written.
fn settled(
    registry: &Registry,
    selection: &Selection,
    stack: &Stack,
    (policies, issues): (&[Policy<'_>], &Issues<'_>),
    reported: Vec<(Vec<Finding>, Vec<Undecided>)>,
) -> (Vec<Finding>, Vec<Undecided>) {
    let selected = registry.rules().iter().filter(|entry| selection.contains(entry.id));
    let mut findings = problems(registry, selection, stack, policies);
    let mut undecided = Vec::with_capacity(reported.iter().map(|(_, open)| open.len()).sum());
    for (found, open) in reported {
        findings.extend(found);
        undecided.extend(open);
    }
    let entries: HashMap<RuleId, &Entry> = registry.rules().iter().map(|entry| (entry.id, entry)).collect();
    let supersedes = |id: RuleId| {
        let rule = entries.get(&id).and_then(|entry| registry.rule(entry));
        rule.map(|rule| rule.supersedes.as_slice()).unwrap_or_default()
    };
    let is_about_action =
        |id: RuleId| entries.get(&id).is_some_and(|entry| entry.on.contains(&Target::Action));
    let is_check = |id: RuleId| entries.get(&id).is_some_and(|entry| entry.check.is_some());
    let mut findings = merge::superseded(findings, supersedes, is_about_action, is_check);
    let refused = stack.problems.iter().filter_map(|problem| {
        let entry = registry.find(problem.rule).filter(|entry| selection.contains(entry.id))?;
        Some((problem.span, supersedes(entry.id)))
    });
    merge::drop_refused(&mut findings, refused);
    let mut undecided = merge::superseded_questions(undecided, &findings, supersedes);
    let checks = selected.filter_map(|entry| Some((entry.check?, entry.id))).collect();
    undecided.extend(questions::undecided(policies, &checks, stack, &undecided));
    undecided.extend(issues.cut_off(&checks, stack));
    call_as_written(stack, &mut findings, &mut undecided);
    (findings, undecided)
}

/// What the selected rules ask, of what the stack has for them.
fn asked<'r, 'a>(
    registry: &'r Registry,
    selection: &Selection,
    subjects: &Subjects<'a>,
    issues: &'a Issues<'a>,
) -> Asked<'r, 'a> {
    // Only rules that have something to look at are compiled.
    let has_subjects = |entry: &&Entry| match entry.check {
        Some(check) => issues.has(check),
        None => entry.on.iter().any(|target| subjects.has(target)),
    };
    let selected = registry.rules().iter().filter(|entry| selection.contains(entry.id));
    let entries: Vec<&Entry> = selected.filter(has_subjects).collect();
    let rules: Vec<_> = entries.par_iter().map(|entry| registry.rule(entry)).collect();
    let mut asked = Asked::default();
    for (entry, rule) in entries.into_iter().zip(rules).filter_map(|(entry, rule)| Some((entry, rule?))) {
        if let Some(check) = entry.check {
            if let Some((_, program)) = rule.programs.first() {
                asked.of_subjects(issues.subjects(check), rule, program);
            }
            continue;
        }
        for (target, program) in &rule.programs {
            asked.of_target(target, subjects, rule, program);
        }
    }
    asked
}

/// Calls resources by what they are called in the sources.
fn call_as_written(stack: &Stack, findings: &mut [Finding], undecided: &mut [Undecided]) {
    // Up to here what a transform makes of one resource are different ones, as they are to AWS.
    let is_made = |resource: &Resource| !std::ptr::eq(resource.written_address(), &resource.address);
    if stack.resources.iter().any(is_made) {
        let of_findings = findings.iter_mut().filter_map(|finding| finding.resource.as_mut());
        for address in of_findings.chain(undecided.iter_mut().map(|open| &mut open.resource)) {
            if let Some(resource) = stack.resource(address) {
                *address = resource.written_address().clone();
            }
        }
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
