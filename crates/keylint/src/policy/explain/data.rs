//! The explanation of a policy as JSON.

use keylint_model::Verdict;
use keylint_policy::summary::{Entry, Extent, Public, Scope, Summary, Way};
use keylint_policy::{Elements, PartlyKnown, PolicyKind, Principals};
use serde_json::{Value, json};

use crate::policy::diff::request;
use crate::policy::document::Policy;

/// The whole.
pub(super) fn json_of(policy: &Policy, kind: PolicyKind, summary: &Summary) -> Value {
    let public = match summary.public.iter().any(|public| public.verdict == Verdict::Yes) {
        true => "yes",
        false if summary.public.is_empty() => "no",
        false => "undecided",
    };
    json!({
        "version": 1,
        "path": policy.file.display().to_string(),
        "kind": kind.name(),
        "statements": summary.statements.iter().map(|entry| statement(policy, entry)).collect::<Vec<_>>(),
        "public": public,
        "openings": summary.public.iter().map(|public| opening(policy, public)).collect::<Vec<_>>(),
        "escalations": summary.escalations.iter().map(|way| escalation(policy, way)).collect::<Vec<_>>(),
    })
}

fn statement(policy: &Policy, entry: &Entry) -> Value {
    let statement = policy.document.statements.get(entry.statement);
    let texts = |elements: Option<&Elements>| {
        elements.map(|elements| elements.iter().map(|element| element.text.to_string()).collect::<Vec<_>>())
    };
    let people = |principals: Option<&Principals>| {
        principals
            .map(|all| all.items.iter().map(|(_, element)| element.text.to_string()).collect::<Vec<_>>())
    };
    let effect = match statement.map(|statement| (statement.is_allow(), statement.is_deny())) {
        Some((Verdict::Yes, _)) => "Allow",
        Some((_, Verdict::Yes)) => "Deny",
        _ => "undecided",
    };
    let conditions = statement.into_iter().flat_map(|statement| &statement.conditions.entries).map(|entry| {
        json!({
            "operator": &*entry.operator_name,
            "key": &*entry.key,
            "values": entry.texts().map(PartlyKnown::to_string).collect::<Vec<_>>(),
        })
    });
    json!({
        "statement": policy.json_of(entry.statement),
        "effect": effect,
        "services": entry.scopes.iter().map(|it| scope(it, effect)).collect::<Vec<_>>(),
        "principals": people(statement.and_then(|s| s.principals.as_ref())),
        "notPrincipals": people(statement.and_then(|s| s.not_principals.as_ref())),
        "resources": texts(statement.and_then(|s| s.resources.as_ref())),
        "notResources": texts(statement.and_then(|s| s.not_resources.as_ref())),
        "conditions": conditions.collect::<Vec<_>>(),
    })
}

fn scope(scope: &Scope, effect: &str) -> Value {
    let names = |levels: &[keylint_policy::service::AccessLevel]| {
        levels.iter().map(|level| level.name()).collect::<Vec<_>>()
    };
    let (extent, full, limited) = match &scope.extent {
        Extent::Everything => ("everything", Vec::new(), Vec::new()),
        Extent::AllBut => ("all-but", Vec::new(), Vec::new()),
        Extent::Unlisted => ("unlisted", Vec::new(), Vec::new()),
        Extent::Levels { full, limited } => ("levels", names(full), names(limited)),
    };
    json!({
        "service": scope.service,
        "name": scope.known_service().map(|service| service.name()),
        "extent": extent,
        "full": full,
        "limited": limited,
        "actions": scope.patterns,
        "isLeft": match (effect, scope.is_left) {
            ("Deny", _) | (_, Verdict::Unknown) => Value::Null,
            (_, Verdict::Yes) => json!(true),
            (_, Verdict::No) => json!(false),
        },
    })
}

fn opening(policy: &Policy, public: &Public) -> Value {
    json!({
        "statement": policy.json_of(public.statement),
        "verdict": if public.verdict == Verdict::Yes { "yes" } else { "undecided" },
        "request": public.witness.as_ref().map(request),
        "reason": public.is_cut.then_some("the policy has more statements than are weighed"),
    })
}

fn escalation(policy: &Policy, way: &Way) -> Value {
    let actions = std::iter::once(way.escalation.action).chain(way.escalation.others.iter().copied());
    json!({
        "path": way.escalation.path,
        "means": way.escalation.means,
        "actions": actions.collect::<Vec<_>>(),
        "verdict": if way.verdict == Verdict::Yes { "yes" } else { "undecided" },
        "isConditional": way.is_conditional,
        "statements": way.statements.iter().map(|index| policy.json_of(*index)).collect::<Vec<_>>(),
    })
}
