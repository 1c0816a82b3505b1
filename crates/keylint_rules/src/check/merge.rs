//! Makes one finding of several that say the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keylint_source::Span;

use crate::finding::{Finding, Fingerprint, RuleId};

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

/// Makes one finding of those that differ in the instance alone, and gives findings that are
/// otherwise alike fingerprints of their own.
pub(super) fn instances(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut known: HashMap<(RuleId, Span, String), usize> = HashMap::new();
    for finding in findings {
        let key = (finding.rule, finding.span, finding.message.clone());
        let first = known.get(&key).and_then(|index| merged.get_mut(*index));
        let Some(first) = first else {
            known.insert(key, merged.len());
            merged.push(finding);
            continue;
        };
        if first.instances.is_empty() {
            first.instances.extend(first.resource.clone());
        }
        if let Some(address) = finding.resource.filter(|address| !first.instances.contains(address)) {
            first.instances.push(address);
        }
        for scope in finding.scopes {
            if !first.scopes.contains(&scope) {
                first.scopes.push(scope);
            }
        }
        for related in finding.related {
            if !first.related.contains(&related) {
                first.related.push(related);
            }
        }
    }
    let mut seen: HashMap<Arc<str>, usize> = HashMap::new();
    for finding in &mut merged {
        if finding.instances.len() == 1 {
            finding.instances.clear();
        }
        let count = seen.entry(Arc::clone(&finding.fingerprint.0)).or_default();
        *count += 1;
        if *count > 1 {
            let own = super::finding::fingerprint(&[&finding.fingerprint.0, &count.to_string()]);
            finding.fingerprint = Fingerprint(own.into());
        }
    }
    merged
}
