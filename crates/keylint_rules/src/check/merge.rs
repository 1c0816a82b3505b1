//! Drops what another finding says better.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;
use keylint_model::{Address, Guard};
use keylint_source::Span;

use super::cover::cover;
use crate::finding::{Finding, Fix, RuleId, Undecided};

/// How many pairs of findings of a stack are compared. What is beyond it is reported twice, which
/// takes a document that no service would accept.
const MAX_COMPARISONS: usize = 20_000_000;

/// Drops the findings of rules that another one supersedes at the same place.
///
/// Two findings are about the same when they are about the same resource and the same statement,
/// or, where one is about no statement or about one of its parts alone, when one of their places
/// contains the other: `kms:*` says nothing of the `s3:*` beside it, nor a check that finds fault with one value
/// of what stands elsewhere. What the winner shows beside its own
/// place it is about too: a finding that points at no more than that, of whatever resource, says the same.
/// The winner must hold whenever the loser does: one that says "when" silences none that holds always, nor one
/// that holds in another of several cases. Where it
/// has no edit it takes that of a loser at its own place, for the same text is at fault.
pub(super) fn superseded<'r>(
    findings: Vec<Finding>,
    supersedes: impl Fn(RuleId) -> &'r [RuleId],
    is_about_action: impl Fn(RuleId) -> bool,
    is_check: impl Fn(RuleId) -> bool,
) -> Vec<Finding> {
    let rules: BTreeSet<RuleId> = findings.iter().map(|finding| finding.rule).collect();
    let losers: BTreeSet<RuleId> = rules.into_iter().flat_map(&supersedes).copied().collect();
    let mut lost: HashSet<usize> = HashSet::new();
    let mut edits: HashMap<usize, Fix> = HashMap::new();
    let mut by_resource: HashMap<_, Vec<usize>, RandomState> = HashMap::default();
    let mut by_statement: HashMap<_, Vec<usize>, RandomState> = HashMap::default();
    let mut by_place: HashMap<_, Vec<usize>, RandomState> = HashMap::default();
    // Most rules are not superseded by any other.
    for (index, finding) in findings.iter().enumerate().filter(|(_, one)| losers.contains(&one.rule)) {
        by_place.entry(finding.span).or_default().push(index);
        by_resource.entry(&finding.resource).or_default().push(index);
        by_statement.entry((&finding.resource, statement(finding))).or_default().push(index);
    }
    let mut comparisons = MAX_COMPARISONS;
    let mut in_some_cases: BTreeMap<usize, BTreeSet<&Guard>> = BTreeMap::new();
    for (winner, won) in findings.iter().enumerate() {
        let silenced = supersedes(won.rule);
        if silenced.is_empty() {
            continue;
        }
        let own = |key| by_statement.get(&(&won.resource, key)).map(Vec::as_slice).unwrap_or_default();
        let (near, far) = match statement(won) {
            Some(statement) => (own(Some(statement)), own(None)),
            None => (by_resource.get(&won.resource).map(Vec::as_slice).unwrap_or_default(), &[][..]),
        };
        let shown = won.related.iter().filter_map(|related| by_place.get(&related.span)).flatten();
        let pairs =
            near.iter().chain(far).map(|loser| (loser, false)).chain(shown.map(|loser| (loser, true)));
        for (loser, is_shown) in pairs.filter(|(loser, _)| **loser != winner).take(comparisons) {
            comparisons -= 1;
            let Some(losing) = findings.get(*loser).filter(|losing| silenced.contains(&losing.rule)) else {
                continue;
            };
            let narrow = is_about_action(won.rule) || is_about_action(losing.rule) || is_check(won.rule);
            let is_shown = is_shown && losing.statement.is_none() && losing.resource != won.resource;
            let is_same = is_same(won, losing, narrow, is_check(losing.rule));
            if !is_shown && !is_same {
                continue;
            }
            if !holds_with(won, losing) {
                in_some_cases.entry(*loser).or_default().extend(&won.when);
            } else {
                lost.insert(*loser);
                if let Some(edit) =
                    losing.fix.as_ref().filter(|_| won.fix.is_none() && won.span == losing.span)
                {
                    edits.entry(winner).or_insert_with(|| edit.clone());
                }
            }
        }
    }
    let are_all = |(loser, cases): &(&usize, &BTreeSet<&Guard>)| {
        let cases: Vec<&Guard> = cases.iter().copied().collect();
        let losing = findings.get(**loser);
        losing.is_some_and(|losing| losing.when.iter().all(|case| cover(case, &cases)))
    };
    let together: Vec<usize> = in_some_cases.iter().filter(are_all).map(|(loser, _)| *loser).collect();
    lost.extend(together);
    let kept = findings.into_iter().enumerate().filter(|(index, _)| !lost.contains(index));
    kept.map(|(index, finding)| Finding { fix: finding.fix.or_else(|| edits.remove(&index)), ..finding })
        .collect()
}

/// Drops the findings of rules that what a front end refuses at the very place supersedes.
pub(super) fn drop_refused<'r>(
    findings: &mut Vec<Finding>,
    refused: impl Iterator<Item = (Span, &'r [RuleId])>,
) {
    let refused: HashMap<Span, &[RuleId]> = refused.filter(|(_, silenced)| !silenced.is_empty()).collect();
    let is_refused =
        |place: &Span, rule: &RuleId| refused.get(place).is_some_and(|silenced| silenced.contains(rule));
    findings.retain(|finding| {
        !finding.written.iter().chain([&finding.span]).any(|place| is_refused(place, &finding.rule))
    });
}

/// Drops the questions that a rule leaves open whose answer another one gives, or leaves open, at the same
/// place.
pub(super) fn superseded_questions<'r>(
    undecided: Vec<Undecided>,
    findings: &[Finding],
    supersedes: impl Fn(RuleId) -> &'r [RuleId],
) -> Vec<Undecided> {
    if undecided.is_empty() {
        return undecided;
    }
    // Most rules neither supersede another one nor are superseded.
    let answered = findings.iter().filter(|finding| finding.when.iter().any(Guard::is_always));
    let rules: BTreeSet<RuleId> =
        undecided.iter().map(|open| open.rule).chain(answered.clone().map(|finding| finding.rule)).collect();
    let winners: BTreeMap<RuleId, &[RuleId]> =
        rules.into_iter().map(|rule| (rule, supersedes(rule))).filter(|(_, lost)| !lost.is_empty()).collect();
    let losers: BTreeSet<RuleId> = winners.values().copied().flatten().copied().collect();
    let open = undecided.iter().map(|open| (open.rule, &open.resource, open.span));
    let found = answered.filter_map(|found| Some((found.rule, found.resource.as_ref()?, found.span)));
    let mut at: HashMap<(&Address, Span), BTreeSet<RuleId>, RandomState> = HashMap::default();
    for (rule, resource, span) in open.chain(found).filter(|(rule, ..)| winners.contains_key(rule)) {
        at.entry((resource, span)).or_default().insert(rule);
    }
    let is_lost = |open: &Undecided| {
        let others = || at.get(&(&open.resource, open.span)).into_iter().flatten();
        let silences = |other: &RuleId| winners.get(other).is_some_and(|lost| lost.contains(&open.rule));
        losers.contains(&open.rule) && others().any(silences)
    };
    let kept: Vec<bool> = undecided.iter().map(|open| !is_lost(open)).collect();
    undecided.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(open, _)| open).collect()
}

/// The statement that a finding is about.
fn statement(finding: &Finding) -> Option<Span> {
    finding.statement.as_ref().and(finding.scopes.get(1).copied())
}

/// Whether a finding holds in each case in which another one does.
fn holds_with(won: &Finding, losing: &Finding) -> bool {
    let implies =
        |case: &Guard, own: &Guard| own.literals().iter().all(|literal| case.literals().contains(literal));
    losing.when.iter().all(|case| won.when.iter().any(|own| implies(case, own)))
}

/// Whether a finding is about the same as one that it supersedes; of `narrow` ones also the places must agree, or
/// what they are about beside them. What a check says of one key is not said by what is about another one.
fn is_same(won: &Finding, losing: &Finding, narrow: bool, is_check: bool) -> bool {
    let places = won.span.contains(losing.span) || losing.span.contains(won.span);
    let (Some(left), Some(right)) = (statement(won), statement(losing)) else { return places };
    let shared = || {
        won.about.iter().any(|place| losing.about.contains(place))
            || losing.about.contains(&won.span)
            || won.about.contains(&losing.span)
    };
    let are_apart = || is_check && !won.about.is_empty() && !losing.about.is_empty();
    left == right && is_of_all(won, losing) && (places || shared() || !narrow && !are_apart())
}

/// Whether a finding is about each statement that another one is about, of those that a loop makes of one text.
fn is_of_all(won: &Finding, losing: &Finding) -> bool {
    let copies = |finding: &Finding| match finding.statements.is_empty() {
        true => finding.statement.iter().map(|name| name.copy).collect(),
        false => finding.statements.iter().map(|name| name.copy).collect::<BTreeSet<usize>>(),
    };
    copies(losing).is_subset(&copies(won))
}
