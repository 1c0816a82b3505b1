//! Drops what another finding says better.

use std::collections::{HashMap, HashSet};

use keylint_source::Span;

use crate::finding::{Finding, RuleId};

/// Drops the findings of rules that another one supersedes at the same place.
///
/// Two findings are about the same when they are about the same resource and the same statement,
/// or, where one is about no statement, when one of their places contains the other. The winner
/// must hold whenever the loser does: one that says "when" silences none that holds always.
pub(super) fn superseded<'r>(
    findings: Vec<Finding>,
    supersedes: impl Fn(RuleId) -> &'r [RuleId],
) -> Vec<Finding> {
    let mut lost: HashSet<usize> = HashSet::new();
    let mut by_resource: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, finding) in findings.iter().enumerate() {
        by_resource.entry(finding.resource.clone()).or_default().push(index);
    }
    for indices in by_resource.values() {
        for winner in indices {
            let Some(won) = findings.get(*winner) else { continue };
            let silenced = supersedes(won.rule);
            for loser in indices.iter().filter(|loser| *loser != winner) {
                let Some(losing) = findings.get(*loser) else { continue };
                let holds =
                    won.guard.literals().iter().all(|literal| losing.guard.literals().contains(literal));
                if silenced.contains(&losing.rule) && holds && is_same(won, losing) {
                    lost.insert(*loser);
                }
            }
        }
    }
    let kept = findings.into_iter().enumerate().filter(|(index, _)| !lost.contains(index));
    kept.map(|(_, finding)| finding).collect()
}

fn is_same(left: &Finding, right: &Finding) -> bool {
    let statement = |finding: &Finding| -> Option<Span> {
        finding.statement.as_ref().and(finding.scopes.get(1).copied())
    };
    match (statement(left), statement(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left.span.contains(right.span) || right.span.contains(left.span),
    }
}
