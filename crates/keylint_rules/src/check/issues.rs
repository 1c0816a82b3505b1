//! Runs the policy validator, once over each version of each policy, for all rules that bind a check.

use std::collections::BTreeMap;

use keylint_model::{Reason, Stack};
use keylint_policy::validate::{Check, Checks, Issue, MAX_ISSUES, Usage, validate, validate_decided};
use rayon::prelude::*;

use super::subject::{Element, Subject};
use crate::finding::{RuleId, Undecided};
use crate::policies::{Content, Policy};
use crate::view::{PolicyView, StatementView, View};

/// The issues of all policies.
pub(super) struct Issues<'a> {
    /// Of each policy, of each of its versions.
    policies: Vec<(&'a Policy<'a>, Vec<Vec<Issue<'a>>>)>,
    /// Which policies have issues of a check.
    by_check: BTreeMap<Check, Vec<usize>>,
}

impl<'a> Issues<'a> {
    /// What the wanted checks find in the policies.
    pub(super) fn of(policies: &'a [Policy<'a>], wanted: Checks) -> Issues<'a> {
        let mut issues = Issues { policies: Vec::new(), by_check: BTreeMap::new() };
        if wanted.is_empty() {
            return issues;
        }
        let of_policy = |policy: &'a Policy<'a>| {
            let versions = policy.versions.iter().enumerate();
            let versions =
                versions.map(|(version, (_, content))| of_version(policy, content, version, wanted));
            (policy, versions.collect())
        };
        issues.policies = policies.par_iter().with_min_len(4).with_max_len(4).map(of_policy).collect();
        for (index, (_, versions)) in issues.policies.iter().enumerate() {
            for issue in versions.iter().flatten() {
                let policies = issues.by_check.entry(issue.check).or_default();
                if policies.last() != Some(&index) {
                    policies.push(index);
                }
            }
        }
        issues
    }

    /// Whether any policy has issues of a check.
    pub(super) fn has(&self, check: Check) -> bool {
        self.by_check.contains_key(&check)
    }

    /// What is left open of policies with more issues than are kept: by the rule of the last of them.
    pub(super) fn cut_off(&self, rules: &BTreeMap<Check, RuleId>, stack: &Stack) -> Vec<Undecided> {
        let cut = self.policies.iter().filter_map(|(policy, versions)| {
            let last = versions.iter().find(|issues| issues.len() >= MAX_ISSUES)?.last()?;
            let place = policy.used.or(last.span).unwrap_or(policy.resource.header);
            Some(Undecided {
                rule: rules.get(&last.check).copied()?,
                resource: policy.resource.address.clone(),
                span: stack.own_place(place, None, policy.resource),
                reason: Reason::Limit,
                resolve_at: None,
                environments: Vec::new(),
            })
        });
        cut.collect()
    }

    /// The policies that have issues of a check, as subjects.
    pub(super) fn subjects<'i>(&'i self, check: Check) -> Vec<Subject<'i>> {
        let indexes = self.by_check.get(&check).into_iter().flatten();
        let policies = indexes.filter_map(|index| self.policies.get(*index));
        policies.map(|(policy, versions)| Subject::Issues(policy, versions, check)).collect()
    }
}

fn of_version<'a>(
    policy: &'a Policy<'a>,
    content: &'a Content,
    version: usize,
    wanted: Checks,
) -> Vec<Issue<'a>> {
    // What the attributes of a resource stand for is written by its service.
    let Some(document) = content.document().filter(|_| !policy.is_made) else { return Vec::new() };
    let usage = Usage {
        kind: policy.kind(),
        is_guessed: policy.is_guessed,
        holder: policy.entity.and_then(|entity| entity.kind).map(|kind| &*kind.name),
        is_part: policy.part().is_some(),
    };
    let mut issues = match policy.is_part_version(version) {
        true => validate_decided(document, usage, wanted),
        false => validate(document, usage, wanted),
    };
    issues.retain(|issue| !policy.is_about_generated(issue));
    issues
}

/// The issues of a check in one version of a policy, as elements.
pub(super) fn elements<'a>(
    policy: &'a Policy<'a>,
    content: &'a Content,
    issues: &'a [Issue<'a>],
    check: Check,
) -> Vec<Element<'a>> {
    let view = PolicyView { policy, content };
    let mut elements: Vec<Element<'a>> = Vec::new();
    for issue in issues.iter().filter(|issue| issue.check == check) {
        let statement = content.document().zip(issue.statement);
        let statement = statement.map(|(document, statement)| StatementView {
            policy: view,
            document,
            statement,
            beside: None,
        });
        let place = match statement.map(|view| view.statement) {
            Some(statement) => match statement.sid() {
                Some(sid) => format!("{}:{sid}", policy.path()),
                None => format!("{}:{}", policy.path(), statement.index),
            },
            None => policy.path(),
        };
        let base = format!("{place}:{}:{}", issue.element, issue.value);
        // Equal ones are told apart by their order.
        let ordinal = elements.iter().filter(|known| known.name.starts_with(&base)).count();
        let name = if ordinal == 0 { base } else { format!("{base}#{ordinal}") };
        let variables = vec![View::Policy(view).datum(), View::Issue(issue).datum()];
        elements.push(Element { statement, ..Element::of(variables, name) });
    }
    elements
}
