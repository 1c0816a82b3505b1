//! Turns the answers of a rule into findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use keylint_model::{
    CallKind, Guard, Origin, Problem, Reason, Related, Resource, Stack, Step, Verdict, World,
};
use keylint_policy::Rewrite;
use keylint_policy::validate::{Change, Fate, Issue};
use keylint_source::Span;

use super::answer::{Answer, Hit, Outcome, Outcomes, reason};
use super::guards;
use super::subject::Subject;
use crate::eval::{Data, Place};
use crate::finding::{Applicability, Edit, Finding, Fingerprint, Fix, Pending, StatementName, Undecided};
use crate::page::{ACCEPTED, REJECTED};
use crate::policies::Policy;
use crate::registry::Entry;
use crate::rule::Rule;
use crate::view::View;

/// What makes two hits one finding.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Where the fault is.
    place: Span,
    /// Where the user would mend it.
    span: Span,
    message: String,
}

/// The hits of one finding.
struct Group<'a> {
    hit: Box<Hit<'a>>,
    worlds: Vec<World>,
    /// Which outer world and element each is of.
    parts: Vec<(usize, usize)>,
    /// The statements that they are about, as the first of these worlds has them.
    statements: Vec<StatementName>,
}

/// The findings of a rule on a subject, and what it could not decide.
pub(super) fn report<'a>(
    rule: &Rule,
    subject: &Subject<'a>,
    stack: &Stack,
    outcomes: Outcomes<'a>,
) -> (Vec<Finding>, Vec<Undecided>) {
    let resource = subject.resource();
    let mut sorted =
        Sorted { rule, resource, stack, groups: Vec::new(), others: Vec::new(), undecided: BTreeMap::new() };
    outcomes.all.into_iter().for_each(|outcome| sorted.add(outcome));
    let do_overlap = subject.worlds_overlap();
    let mut findings = Vec::new();
    for (key, group) in std::mem::take(&mut sorted.groups) {
        // Worlds that can hold at once say by themselves when it holds.
        let is_always = !do_overlap
            && (0..outcomes.worlds)
                .all(|outer| group.parts.iter().any(|part| part.0 == outer && !sorted.others.contains(part)));
        let is_there = |world: &World| world.possibility() == Verdict::Yes;
        let worlds: Vec<World> = group.worlds.iter().filter(|world| is_there(world)).cloned().collect();
        let is_certain = !worlds.is_empty() || is_always && is_there(&World::of(&resource.guard));
        let when = match is_always {
            true => vec![Guard::always()],
            false => guards::simplified(&worlds, &resource.guard),
        };
        match is_certain {
            true => {
                let finding = build(rule, subject, stack, key, &group.hit, &when);
                let statements = if group.statements.len() > 1 { group.statements } else { Vec::new() };
                findings.push(Finding { statements, ..finding });
            }
            false => group.parts.iter().for_each(|(_, element)| sorted.limited(*element, key.span)),
        }
    }
    (findings, sorted.undecided.into_values().collect())
}

/// The answers of a rule on a subject, those of one finding together.
struct Sorted<'r, 'a> {
    rule: &'r Rule,
    resource: &'r Resource,
    stack: &'r Stack,
    groups: Vec<(Key, Group<'a>)>,
    /// What the answer is another one for.
    others: Vec<(usize, usize)>,
    /// By element.
    undecided: BTreeMap<usize, Undecided>,
}

impl<'a> Sorted<'_, 'a> {
    fn add(&mut self, outcome: Outcome<'a>) {
        let (stack, resource) = (self.stack, self.resource);
        let part = (outcome.outer, outcome.element);
        let hit = match outcome.answer {
            Answer::Yes(hit) => hit,
            Answer::No => return self.others.push(part),
            Answer::Unknown(whys) => {
                self.others.push(part);
                if let Some(why) = reason(&whys) {
                    let span = stack.own_place(why.used.unwrap_or(resource.header), None, resource);
                    self.open(part.1, span, why.unknown.root().reason.clone(), why.unknown.at);
                }
                return;
            }
            Answer::Limit(place) => {
                self.others.push(part);
                let span = stack.own_place(place.used.unwrap_or(resource.header), place.origin, resource);
                return self.limited(part.1, span);
            }
        };
        let place = primary(&hit.place, resource);
        let span = stack.own_place(place, hit.place.origin, resource);
        let key = Key { place, span, message: hit.message.clone() };
        match self.groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => {
                let is_of_first = group.parts.first().is_some_and(|first| first.0 == part.0);
                let name = statement_name(&hit).filter(|_| is_of_first);
                group.statements.extend(name.filter(|name| !group.statements.contains(name)));
                group.worlds.push(outcome.world);
                group.parts.push(part);
            }
            None => {
                let statements = statement_name(&hit).into_iter().collect();
                let (worlds, parts) = (vec![outcome.world], vec![part]);
                self.groups.push((key, Group { hit, worlds, parts, statements }));
            }
        }
    }

    /// An element that is not decided because telling would take too much.
    fn limited(&mut self, element: usize, span: Span) {
        self.open(element, span, Reason::Limit, None);
    }

    fn open(&mut self, element: usize, span: Span, reason: Reason, resolve_at: Option<Span>) {
        self.undecided.entry(element).or_insert_with(|| Undecided {
            rule: self.rule.id,
            resource: self.resource.address.clone(),
            span,
            reason,
            resolve_at,
            environments: Vec::new(),
        });
    }
}

fn primary(place: &Place<'_>, resource: &Resource) -> Span {
    let written = place.origin.and_then(|origin| origin.span);
    place.used.or(written).unwrap_or(resource.header)
}

fn build(
    rule: &Rule,
    subject: &Subject<'_>,
    stack: &Stack,
    key: Key,
    hit: &Hit<'_>,
    when: &[Guard],
) -> Finding {
    let resource = subject.resource();
    let issue = issue(hit);
    let level = match subject {
        Subject::Actions(_) => action(hit),
        _ => subject.kind().to_owned(),
    };
    let level = match issue.map(|issue| issue.fate) {
        Some(Fate::Accepted) if rule.severity.has(ACCEPTED) => ACCEPTED.to_owned(),
        Some(Fate::Rejected) if rule.severity.has(REJECTED) => REJECTED.to_owned(),
        _ => level,
    };
    let cases: Vec<Guard> = when.iter().filter_map(|guard| resource.guard.and(guard)).collect();
    let message = guards::message(&key.message, [cases.clone()]);
    let fingerprint = Fingerprint::of(&[
        rule.id.as_str(),
        &stack.name,
        &resource.address.without_keys(),
        &hit.element.name,
        hit.value.as_deref().unwrap_or(""),
    ]);
    let about = about(hit, issue);
    Finding {
        rule: rule.id,
        name: Arc::clone(&rule.name),
        severity: rule.severity.of(&level),
        confidence: rule.confidence.of(&level),
        message,
        fact: key.message.into(),
        span: key.span,
        written: (key.span != key.place).then_some(key.place),
        related: related(key.place, key.span, hit, subject),
        resource: Some(resource.address.clone()),
        stack: Some(Arc::clone(&stack.name)),
        instances: Vec::new(),
        construct: resource.construct.clone(),
        statement: statement_name(hit),
        statements: Vec::new(),
        about,
        when: cases,
        scopes: scopes(hit, subject),
        environments: Vec::new(),
        fingerprint,
        help: rule.help.as_deref().map(str::to_owned),
        fix: issue.and_then(fix).or_else(|| rewrite(&hit.place)).filter(|_| key.span == key.place),
    }
}

/// Where a suppression silences the finding.
fn scopes(hit: &Hit<'_>, subject: &Subject<'_>) -> Vec<Span> {
    let resource = subject.resource();
    let mut scopes = vec![resource.span];
    if let Some(statement) = &hit.element.statement {
        scopes.extend(statement.statement.span);
        scopes.extend(statement.document.span);
        let (inner, outer) = (&statement.statement.origin, &statement.document.origin);
        scopes.extend(steps(inner, Step::Document).chain(steps(outer, Step::Document)));
        scopes.extend(steps(inner, Step::File));
    }
    // A policy that is read from a file is silenced where the file is named: JSON has no comments.
    // It comes after the statement, which superseding looks for in the second place.
    scopes.extend(subject.policy().and_then(|policy| policy.used));
    let given = [Step::Use, Step::Part, Step::Argument]
        .map(|step| hit.place.origin.map(|origin| steps(origin, step)));
    scopes.extend(given.into_iter().flatten().flatten());
    scopes.extend(resource.calls.iter().map(|call| call.block));
    scopes
}

/// The statement that a hit is about.
fn statement_name(hit: &Hit<'_>) -> Option<StatementName> {
    let statement = hit.element.statement.as_ref()?.statement;
    let sid = statement.sid().map(Arc::from);
    Some(StatementName { sid, index: statement.index, copy: statement.copy })
}

/// What a finding is about beside its place. A key counts where the condition has it first.
fn about(hit: &Hit<'_>, issue: Option<&Issue<'_>>) -> Vec<Span> {
    let Some(statement) = hit.element.statement.as_ref().map(|view| view.statement) else {
        return Vec::new();
    };
    let mut about = issue.map(|issue| issue.about.clone()).unwrap_or_default();
    // A check has said so.
    let at = hit.place.used.filter(|_| issue.is_none());
    about.extend(at.and_then(|place| statement.condition_at(place)));
    for place in &mut about {
        *place = statement.first_with_key(*place).unwrap_or(*place);
    }
    about
}

/// What a check of the validator has found, where it is about that.
fn issue<'a>(hit: &Hit<'a>) -> Option<&'a Issue<'a>> {
    match hit.element.variables.last().map(|datum| &datum.data) {
        Some(Data::View(View::Issue(issue))) => Some(issue),
        _ => None,
    }
}

/// The edit that makes an element what was probably meant.
fn fix(issue: &Issue<'_>) -> Option<Fix> {
    let suggestion = issue.suggestion.as_ref()?;
    let applicability = if suggestion.is_safe { Applicability::Safe } else { Applicability::Unsafe };
    let (edits, pending) = match suggestion.change.clone()? {
        Change::Replace(span, text) => {
            let repeats = issue.repeats.iter().filter_map(|repeat| match repeat.change.clone()? {
                Change::Replace(span, text) => Some(Edit { span, text }),
                Change::Remove(_) | Change::Insert(_) => None,
            });
            (std::iter::once(Edit { span, text }).chain(repeats).collect(), None)
        }
        Change::Remove(removal) => (Vec::new(), Some(Pending::Removal(removal))),
        Change::Insert(insertion) => (Vec::new(), Some(Pending::Insertion(insertion))),
    };
    Some(Fix { applicability, edits, pending })
}

/// The edit of what is answered with words. It changes what the policy means.
fn rewrite(place: &Place<'_>) -> Option<Fix> {
    let Rewrite { span, text } = place.edit?;
    let edits = vec![Edit { span, text: text.to_owned() }];
    Some(Fix { applicability: Applicability::Unsafe, edits, pending: None })
}

/// The action that a hit is about, as it is written.
fn action(hit: &Hit<'_>) -> String {
    match hit.element.variables.last().map(|datum| &datum.data) {
        Some(Data::View(view)) => view.shown().unwrap_or_default(),
        _ => String::new(),
    }
}

/// A problem of the text of a policy as a finding.
pub(super) fn problem(entry: &Entry, policy: &Policy<'_>, stack: &Stack, problem: &Problem) -> Finding {
    let resource = policy.resource;
    let address = resource.address.without_keys();
    let fingerprint =
        Fingerprint::of(&[entry.id.as_str(), &stack.name, &address, &policy.path(), &problem.message]);
    let calls = resource.calls.iter();
    let span = stack.own_place(problem.span, None, resource);
    let written = (span != problem.span).then_some(problem.span);
    let shown = written
        .map(|span| Related { span, message: format!("`{}` is written here", resource.written_address()) });
    Finding {
        rule: entry.id,
        name: Arc::clone(&entry.name),
        severity: entry.severity,
        confidence: entry.confidence,
        message: guards::message(&problem.message, [vec![resource.guard.clone()]]),
        fact: problem.message.clone().into(),
        span,
        written,
        related: shown.into_iter().chain(problem.related.iter().cloned()).chain(made(resource)).collect(),
        resource: Some(resource.address.clone()),
        stack: Some(Arc::clone(&stack.name)),
        instances: Vec::new(),
        construct: resource.construct.clone(),
        statement: None,
        statements: Vec::new(),
        about: Vec::new(),
        when: vec![resource.guard.clone()],
        scopes: [resource.span].into_iter().chain(policy.used).chain(calls.map(|call| call.block)).collect(),
        environments: Vec::new(),
        fingerprint,
        help: problem.help.clone(),
        fix: None,
    }
}

/// Where a value came through a kind of step.
fn steps(origin: &Origin, wanted: Step) -> impl Iterator<Item = Span> {
    origin.steps().filter(move |via| via.step == wanted).map(|via| via.span)
}

/// Where the value came from, what uses the document, the calls that lead to the resource.
fn related(place: Span, primary: Span, hit: &Hit<'_>, subject: &Subject<'_>) -> Vec<Related> {
    let resource = subject.resource();
    let mut related: Vec<Related> = Vec::new();
    let mut add = |span: Span, message: String| {
        if span != primary && !related.iter().any(|known| known.span == span) {
            related.push(Related { span, message });
        }
    };
    add(place, format!("`{}` is written here", resource.written_address()));
    for (place, message) in &hit.related {
        if let Some(span) = place.used.or(place.origin.and_then(|origin| origin.span)) {
            add(span, message.clone());
        }
    }
    for span in issue(hit).into_iter().flat_map(|issue| &issue.repeats).filter_map(|repeat| repeat.span) {
        add(span, "the same here".to_owned());
    }
    if let Some(origin) = hit.place.origin {
        let written = origin.span.filter(|span| !place.contains(*span) && !span.contains(place));
        let mut steps = origin.steps().peekable();
        while let Some(via) = steps.next() {
            // What a default says is where it is written, so one place shows both.
            let is_first = steps.peek().is_none();
            let shown = written.filter(|_| is_first && via.step == Step::Default);
            add(shown.unwrap_or(via.span), via.describe());
        }
        let is_shown = |span: Span| origin.steps().any(|via| via.span.contains(span));
        if let Some(span) = written.filter(|span| !is_shown(*span)) {
            add(span, "written here".to_owned());
        }
    }
    // A statement that is read from a file names no more than that where it is used.
    let statement = hit.element.statement.as_ref().map(|view| view.statement);
    let files = statement.into_iter().flat_map(|statement| statement.origin.steps());
    for via in files.filter(|via| via.step == Step::File) {
        add(via.span, via.describe());
    }
    if let (Some(policy), false) = (subject.policy(), resource.span.contains(place)) {
        add(policy.used.unwrap_or(resource.header), format!("used by `{}`", resource.written_address()));
    }
    for call in resource.calls.iter().filter(|call| call.kind != CallKind::Transform) {
        add(call.span, call.describe(resource));
    }
    related.extend(made(resource));
    related
}

/// What a resource is that a transform made of another one, which a report calls by the name of that one.
fn made(resource: &Resource) -> Option<Related> {
    let call = resource.calls.iter().find(|call| call.kind == CallKind::Transform)?;
    Some(Related { span: call.span, message: call.describe(resource) })
}
