//! The reasons of a decision, in sentences. No value of the context or of a condition is in them.

use keylint_model::Verdict;

use super::caller::Caller;
use super::decide::{Decision, Layers, Rule};
use super::layer::{Hit, Layer};

/// How many reasons are given.
const MAX_REASONS: usize = 20;

/// One reason of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The policy, by its path in the input (`identityPolicies[0]`), or all of a sort
    /// (`identityPolicies`).
    pub policy: String,
    /// The statement, where it is about one: its Sid, and its place from 0.
    pub statement: Option<(Option<String>, usize)>,
    /// `Allow` or `Deny`, where it is about a statement.
    pub effect: Option<&'static str>,
    /// The reason, in present tense, lower case, without full stop.
    pub why: String,
}

/// The reasons of a decision.
pub(super) fn reasons(decision: Decision, layers: &Layers<'_, '_>) -> Vec<Because> {
    let mut reasons = match decision {
        Decision::ExplicitlyDenied => denials(layers, Verdict::Yes),
        Decision::Allowed => grants(layers),
        Decision::ImplicitlyDenied => lacks(layers, Verdict::No),
        Decision::Undecided => {
            let mut open = denials(layers, Verdict::Unknown);
            open.extend(lacks(layers, Verdict::Unknown));
            open
        }
    };
    if decision == Decision::ImplicitlyDenied {
        reasons.extend(denials(layers, Verdict::Unknown));
    }
    if reasons.is_empty() {
        let why = format!("nothing allows {} to {}", layers.request.action, layers.request.caller);
        reasons.push(general("request", why));
    }
    reasons.dedup();
    reasons.truncate(MAX_REASONS);
    reasons
}

/// All layers with the name of their sort.
fn all<'l, 'p>(layers: &'l Layers<'p, '_>) -> Vec<(&'static str, &'l Layer<'p>)> {
    let mut all = vec![("identityPolicies", &layers.identity)];
    all.extend(layers.boundaries.iter().map(|layer| ("permissionsBoundaries", layer)));
    all.extend(layers.session.iter().map(|layer| ("sessionPolicies", layer)));
    all.push(("resourcePolicy", &layers.resource));
    all.push(("grants", &layers.grants.by_owner));
    all.push(("grants", &layers.grants.by_caller));
    all.extend(layers.scps.iter().map(|layer| ("serviceControlPolicies", layer)));
    all.extend(layers.rcps.iter().map(|layer| ("resourceControlPolicies", layer)));
    all.extend(layers.endpoint.iter().map(|layer| ("endpointPolicies", layer)));
    all
}

fn because(hit: &Hit<'_>, why: String) -> Because {
    Because {
        policy: hit.slot.to_string(),
        statement: hit.statement.map(|it| (it.sid().map(str::to_owned), it.index)),
        effect: hit.statement.map(|_| if hit.denies { "Deny" } else { "Allow" }),
        why,
    }
}

fn denials(layers: &Layers<'_, '_>, wanted: Verdict) -> Vec<Because> {
    let action = &layers.request.action;
    let hits = all(layers).into_iter().flat_map(|(_, layer)| &layer.hits);
    let hits = hits.filter(|hit| hit.denies && hit.verdict == wanted);
    hits.map(|hit| match (wanted, hit.obstacle) {
        (Verdict::Yes, _) | (_, None) => because(hit, format!("the statement denies {action}")),
        (_, Some(obstacle)) => because(hit, format!("the statement may deny {action}: {obstacle}")),
    })
    .collect()
}

/// What allows, one layer after the other.
fn grants(layers: &Layers<'_, '_>) -> Vec<Because> {
    let action = &layers.request.action;
    let mut reasons = Vec::new();
    if matches!(layers.request.caller, Caller::Root(_)) {
        reasons.push(general(
            "identityPolicies",
            "the root user of an account has full access to it".to_owned(),
        ));
    }
    for (sort, layer) in all(layers) {
        for hit in layer.hits.iter().filter(|hit| !hit.denies && hit.verdict == Verdict::Yes) {
            // Control policies and boundaries only ever leave what something else gives.
            let verb = match sort {
                "identityPolicies" | "resourcePolicy" | "grants" => "allows",
                _ => "leaves room for",
            };
            let subject = if hit.statement.is_some() { "the statement" } else { "the grant" };
            let whom = match (sort, hit.naming.direct, hit.naming.role, hit.naming.account) {
                ("resourcePolicy" | "grants", Verdict::Yes, ..) => " to the caller",
                ("resourcePolicy" | "grants", _, Verdict::Yes, _) => " to the caller's role",
                ("resourcePolicy" | "grants", _, _, Verdict::Yes) => " to the caller's account",
                _ => "",
            };
            reasons.push(because(hit, format!("{subject} {verb} {action}{whom}")));
        }
    }
    reasons
}

fn general(policy: &str, why: String) -> Because {
    Because { policy: policy.to_owned(), statement: None, effect: None, why }
}

/// What would have to allow and does not, or is not known to.
fn lacks(layers: &Layers<'_, '_>, wanted: Verdict) -> Vec<Because> {
    let request = layers.request;
    let action = &request.action;
    let mut reasons = Vec::new();
    let mut lacking = |sort: &str, what: &str, verdict: Verdict, layer: &[&Layer<'_>]| {
        if verdict == Verdict::Yes || (wanted == Verdict::No && verdict != Verdict::No) {
            return;
        }
        let verb = if verdict == Verdict::No { "allows" } else { "is known to allow" };
        reasons.push(general(sort, format!("no {what} {verb} {action}")));
        for hit in layer.iter().flat_map(|layer| &layer.hits).filter(|hit| !hit.denies) {
            if let Some(obstacle) = hit.obstacle.filter(|_| hit.verdict != Verdict::Yes) {
                let verb = if hit.verdict == Verdict::No { "does not apply" } else { "may apply" };
                reasons.push(because(hit, format!("the statement {verb}: {obstacle}")));
            }
        }
    };
    for layer in &layers.scps {
        let verdict = layer.allows.any().or(layers.is_service_linked);
        lacking("serviceControlPolicies", "service control policy of one level", verdict, &[layer]);
    }
    if let Some(layer) = &layers.endpoint {
        lacking("endpointPolicies", "endpoint policy", layers.endpoint_allows(), &[layer]);
    }
    let has_identity = request.caller.identity().is_some() && !matches!(request.caller, Caller::Root(_));
    if has_identity {
        for layer in &layers.boundaries {
            lacking("permissionsBoundaries", "permissions boundary", layer.allows.any(), &[layer]);
        }
        if let Some(layer) = &layers.session {
            lacking("sessionPolicies", "session policy", layer.allows.any(), &[layer]);
        }
        lacking("identityPolicies", "identity policy", layers.identity.allows.any(), &[&layers.identity]);
    }
    if !layers.lacks_policy {
        let verdict = match layers.rule {
            Rule::MustAllow if request.caller.account() == request.owner() => {
                layers.resource.allows.direct.or(layers.resource.allows.role)
            }
            _ => layers.resource.allows.any(),
        };
        lacking("resourcePolicy", "resource policy", verdict, &[&layers.resource]);
    }
    reasons.extend(notes(layers));
    reasons
}

/// What decides without any statement.
fn notes(layers: &Layers<'_, '_>) -> Vec<Because> {
    let request = layers.request;
    let mut notes = Vec::new();
    if layers.lacks_policy {
        let why = "the policy of the resource is not given; every key and role has one, and it decides";
        notes.push(general("resourcePolicy", why.to_owned()));
    }
    if let Caller::Unrecognised(_) = request.caller {
        notes.push(general("request", "the principal is of a kind that is not known".to_owned()));
    }
    if request.caller.account().is_some() && request.owner().is_none() {
        let why = "the account that owns the resource is not given, and its ARN does not show it";
        notes.push(general("request", why.to_owned()));
    }
    if layers.is_role_for_root() {
        notes.push(general("request", "a root user cannot assume roles".to_owned()));
    }
    if layers.is_for_own_keys() {
        notes.push(general(
            "request",
            "this action does nothing for another account than the key's".to_owned(),
        ));
    }
    if matches!(request.caller, Caller::FederatedUser(_)) && layers.session.is_none() {
        let why = "a federated user without session policies has no permissions of its own";
        notes.push(general("sessionPolicies", why.to_owned()));
    }
    notes
}
