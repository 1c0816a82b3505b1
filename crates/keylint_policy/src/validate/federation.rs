//! Trust in identity providers and services: who may assume a role through what, and what narrows it.
//!
//! Sources: IAM User Guide, "IAM policy validation check reference", "AWS JSON policy elements: Principal",
//! "Create a role for OpenID Connect federation"; IAM Roles Anywhere User Guide, "Trust model".

use std::borrow::Cow;

use keylint_model::Part;

use super::condition::{at_key, at_operator};
use super::listed::in_a_row;
use super::{Check, Issue, Said, Walk, known};
use crate::document::{ConditionEntry, Effect, PrincipalKind, Statement};
use crate::element::Element;
use crate::issuer::claims;
use crate::kind::PolicyKind;
use crate::operator::{Base, SetPrefix};
use crate::service::service;

const GITHUB: &str = "token.actions.githubusercontent.com";
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// What IAM Roles Anywhere has to be allowed.
const FOR_ROLES_ANYWHERE: [&str; 3] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    for entry in &statement.conditions.entries {
        audience(walk, entry);
    }
    if walk.kind() != PolicyKind::Trust || !matches!(statement.effect, Effect::Allow) {
        return;
    }
    mismatches(walk, statement);
    for principal in
        statement.principals.iter().flat_map(|principals| principals.of(PrincipalKind::Federated))
    {
        if let Who::Oidc(provider) = provider(principal) {
            unnarrowed(walk, statement, principal, provider);
        }
    }
    for entry in &statement.conditions.entries {
        repositories(walk, statement, entry);
    }
}

/// Who a principal is, as far as it decides through which action it can assume a role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who<'d> {
    /// An account, an identity or a service.
    Direct,
    /// A SAML provider.
    Saml,
    /// A provider of OpenID Connect, with its name where all of it is known.
    Oidc(Option<&'d str>),
    /// Everybody, or not known.
    Any,
}

impl Who<'_> {
    fn action(self) -> Option<&'static str> {
        match self {
            Who::Direct => Some("sts:AssumeRole"),
            Who::Saml => Some("sts:AssumeRoleWithSAML"),
            Who::Oidc(_) => Some("sts:AssumeRoleWithWebIdentity"),
            Who::Any => None,
        }
    }
}

fn who(kind: PrincipalKind, principal: &Element) -> Who<'_> {
    match kind {
        PrincipalKind::Aws if principal.as_known().is_none_or(|text| text == "*") => Who::Any,
        PrincipalKind::Aws => Who::Direct,
        PrincipalKind::Service if principal.as_known().is_some() => Who::Direct,
        PrincipalKind::Federated => provider(principal),
        _ => Who::Any,
    }
}

fn provider(principal: &Element) -> Who<'_> {
    if let Some(text) = known(principal) {
        return match (text.split_once(":saml-provider/"), text.split_once(":oidc-provider/")) {
            (Some(_), _) => Who::Saml,
            (None, Some((_, name))) => Who::Oidc(Some(name)),
            (None, None) if !text.contains(':') && text.contains('.') => Who::Oidc(Some(text)),
            (None, None) => Who::Any,
        };
    }
    let parts = principal.text.parts();
    let mut known = parts.iter().filter_map(|part| match part {
        Part::Known(text) => Some(text.as_str()),
        Part::Hole(..) => None,
    });
    // The last part is the end of the name only if it is known.
    let ends_known = matches!(parts.last(), Some(Part::Known(_)));
    known
        .find_map(|text| match (text.split_once(":saml-provider/"), text.split_once(":oidc-provider/")) {
            (Some(_), _) => Some(Who::Saml),
            (None, Some((_, name))) => {
                let is_end = ends_known
                    && parts
                        .last()
                        .is_some_and(|last| matches!(last, Part::Known(end) if end.as_str() == text));
                Some(Who::Oidc(Some(name).filter(|_| is_end)))
            }
            (None, None) => None,
        })
        .unwrap_or(Who::Any)
}

/// The three ways to assume a role, of which each is for other principals.
const WAYS: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Principals that cannot use any of the actions, and actions that none of the principals can use.
fn mismatches<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let (Some(actions), Some(principals)) = (&statement.actions, &statement.principals) else { return };
    if actions.rest.is_some() || principals.rest.is_some() {
        return;
    }
    let mut ways: Vec<(&'d Element, &'static str)> = Vec::new();
    for action in actions {
        let Some(text) = action.as_known().filter(|text| !text.contains(['*', '?'])) else { return };
        let way = WAYS.iter().find(|way| way.eq_ignore_ascii_case(text));
        ways.extend(way.map(|way| (action, *way)));
    }
    if ways.is_empty() || principals.items.is_empty() {
        return;
    }
    let who: Vec<(&'d Element, Who<'d>)> =
        principals.items.iter().map(|(kind, principal)| (principal, who(*kind, principal))).collect();
    let can = |who: Who<'_>, way: &str| who.action().is_none_or(|action| action == way);
    for (principal, who) in &who {
        let Some(needed) = who.action().filter(|_| !ways.iter().any(|(_, way)| can(*who, way))) else {
            continue;
        };
        let given = in_a_row(ways.iter().map(|(action, _)| action.told()));
        let issue = Issue::of(Check::MismatchedActionForPrincipal, principal).element(given);
        walk.report(issue.other(Said::made(format!("it takes `{needed}`"))));
    }
    for (action, way) in &ways {
        let is_used = who.iter().any(|(_, who)| can(*who, way));
        let others_work = who.iter().any(|(_, who)| ways.iter().any(|(_, way)| can(*who, way)));
        if is_used || !others_work {
            continue;
        }
        let whom = match *way {
            "sts:AssumeRoleWithSAML" => "it is for SAML providers",
            "sts:AssumeRoleWithWebIdentity" => "it is for OIDC providers",
            _ => "it is for accounts, identities and services",
        };
        let issue = Issue::of(Check::MismatchedActionForPrincipal, action).element("the principals");
        walk.report(issue.other(whom));
    }
}

/// A provider whose tokens are taken whoever they are for: no condition is about its claims.
fn unnarrowed<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    principal: &'d Element,
    provider: Option<&'d str>,
) {
    let conditions = &statement.conditions;
    if conditions.rest.is_some() {
        return;
    }
    let Some(provider) = provider else {
        if conditions.entries.is_empty() {
            walk.report(
                Issue::of(Check::MissingConditionKeyForOidcPrincipal, principal).element("Principal"),
            );
        }
        return;
    };
    let claim_of = |entry: &'d ConditionEntry| {
        let (issuer, claim) = entry.key.rsplit_once(':')?;
        issuer.trim_end_matches('/').eq_ignore_ascii_case(provider.trim_end_matches('/')).then_some(claim)
    };
    if provider.eq_ignore_ascii_case(GITHUB) {
        // Any claim that tells repositories or their owners apart does.
        let tells = |name: &str| {
            let mut known = claims().iter().filter(|claim| claim.issuer == GITHUB);
            known.any(|claim| claim.name.eq_ignore_ascii_case(name))
                || name.eq_ignore_ascii_case("job_workflow_ref")
        };
        if !conditions.entries.iter().any(|entry| claim_of(entry).is_some_and(tells)) {
            walk.report(Issue::of(Check::MissingGithubRepoConditionKey, principal).element("Principal"));
        }
    } else if !conditions.entries.iter().any(|entry| claim_of(entry).is_some()) {
        let issue = Issue::of(Check::MissingConditionKeyForOidcPrincipal, principal);
        walk.report(issue.element("Principal").other(Said::of(&principal.origin, provider)));
    }
}

/// Subjects of GitHub with a wildcard, unless another claim says which repositories are meant.
fn repositories<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry) {
    let claim = |entry: &ConditionEntry| {
        let (issuer, claim) = entry.key.rsplit_once(':')?;
        issuer.eq_ignore_ascii_case(GITHUB).then(|| claim.to_ascii_lowercase())
    };
    let is_like = entry.operator.is_some_and(|operator| operator.base == Base::StringLike);
    let is_narrowed = statement
        .conditions
        .entries
        .iter()
        .filter_map(claim)
        .any(|claim| !["sub", "aud", "iss"].contains(&claim.as_str()));
    if claim(entry).as_deref() != Some("sub") || !is_like || is_narrowed {
        return;
    }
    for value in &entry.values {
        if known(value).is_some_and(|text| text.contains(['*', '?'])) {
            let issue = Issue::of(Check::SpecificGithubRepoAndBranchRecommended, value);
            walk.report(issue.element(Said::key(entry)));
        }
    }
}

/// Set operators on the audience of a token. The providers whose claims AWS lists have one audience.
fn audience<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry) {
    let Some(set) =
        entry.operator.filter(|operator| operator.base != Base::Null).and_then(|operator| operator.set)
    else {
        return;
    };
    if !is_audience(entry) {
        return;
    }
    match (set, is_listed_claim(entry)) {
        (SetPrefix::ForAnyValue, true) => {
            walk.report(at_operator(Check::ForanyvalueWithAudienceClaimType, entry));
        }
        (_, false) => walk.report(at_key(Check::ConfirmAudienceClaimType, entry)),
        // The key has one value, which the check of `ForAllValues` says.
        (SetPrefix::ForAllValues, true) => {}
    }
}

/// Whether a key is the audience of a token.
pub(super) fn is_audience(entry: &ConditionEntry) -> bool {
    entry.key.rsplit_once(':').is_some_and(|(issuer, claim)| {
        claim.eq_ignore_ascii_case("aud") && (issuer.contains('.') || issuer.eq_ignore_ascii_case("saml"))
    })
}

/// Whether AWS lists the claim with its provider.
pub(super) fn is_listed_claim(entry: &ConditionEntry) -> bool {
    service("sts").is_some_and(|sts| sts.condition_key(&entry.key).is_some())
}

/// A role for IAM Roles Anywhere that does not allow it all that it asks for.
pub(super) fn roles_anywhere(walk: &mut Walk<'_>) {
    if walk.kind() != PolicyKind::Trust || walk.usage.is_part || walk.document.rest.is_some() {
        return;
    }
    let document = walk.document;
    let mut first = None;
    let mut missing = FOR_ROLES_ANYWHERE.to_vec();
    for statement in &document.statements {
        let principals = statement.principals.iter();
        let mut services = principals.flat_map(|principals| principals.of(PrincipalKind::Service));
        let Some(principal) = services.find(|service| service.as_known() == Some(ROLES_ANYWHERE)) else {
            continue;
        };
        match statement.effect {
            Effect::Allow => {}
            Effect::Deny | Effect::Invalid => continue,
            Effect::Unknown(_) => return,
        }
        let Some(actions) = statement.actions.as_ref().filter(|actions| actions.rest.is_none()) else {
            return;
        };
        for action in actions {
            missing.retain(|needed| {
                crate::matching::matches_action(&action.text, needed) == keylint_model::Verdict::No
            });
        }
        first.get_or_insert((statement, principal));
    }
    if let Some((statement, principal)) = first.filter(|_| !missing.is_empty()) {
        let mut issue = Issue::of(Check::MissingActionForRolesAnywhereTrustPolicy, principal);
        issue.statement = Some(statement);
        walk.report(issue.element("Action").other(in_a_row(missing.into_iter().map(Cow::Borrowed))));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    const SAML: &str = "arn:aws:iam::111122223333:saml-provider/corp";
    const OIDC: &str = "arn:aws:iam::111122223333:oidc-provider/idp.example.com";
    const GITHUB: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";

    fn of(action: &str, principal: &str, condition: &str) -> Vec<String> {
        let statement = format!(
            r#"{{"Effect": "Allow", "Action": {action}, "Principal": {{{principal}}}, "Condition": {{{condition}}}}}"#
        );
        let wanted = ["mismatched", "oidc", "github", "roles-anywhere", "audience"];
        let found = of_statement(&statement, PolicyKind::Trust).into_iter();
        found
            .filter(|found| wanted.iter().any(|part| found.split(' ').next().unwrap().contains(part)))
            .collect()
    }

    #[test]
    fn actions_go_with_their_principals() {
        let aud = r#""StringEquals": {"idp.example.com:aud": "x"}"#;
        let wrong = [
            (r#""sts:AssumeRoleWithWebIdentity""#, format!(r#""Federated": "{SAML}""#), SAML),
            (r#""sts:AssumeRole""#, format!(r#""Federated": "{SAML}""#), SAML),
            (r#""sts:AssumeRoleWithSAML""#, format!(r#""Federated": "{OIDC}""#), OIDC),
            (r#""sts:AssumeRoleWithSAML""#, r#""Service": "ec2.amazonaws.com""#.into(), "ec2.amazonaws.com"),
            (
                r#"["sts:AssumeRole", "sts:AssumeRoleWithSAML"]"#,
                r#""AWS": "111122223333""#.into(),
                "sts:AssumeRoleWithSAML",
            ),
        ];
        for (action, principal, at) in wrong {
            assert_eq!(
                of(action, &principal, aud),
                [format!("mismatched-action-for-principal {at}")],
                "{action} {principal}"
            );
        }
        let right = [
            (r#"["sts:AssumeRoleWithSAML", "sts:TagSession"]"#, format!(r#""Federated": "{SAML}""#)),
            (r#""sts:AssumeRoleWithWebIdentity""#, format!(r#""Federated": "{OIDC}""#)),
            (r#""sts:*""#, format!(r#""Federated": "{SAML}""#)),
            (
                r#"["sts:AssumeRole", "sts:AssumeRoleWithSAML"]"#,
                format!(r#""AWS": "111122223333", "Federated": "{SAML}""#),
            ),
            (r#""sts:AssumeRoleWithSAML""#, r#""Federated": "«var.provider»""#.into()),
            (r#""«var.action»""#, format!(r#""Federated": "{SAML}""#)),
        ];
        for (action, principal) in right {
            assert_eq!(of(action, &principal, aud), [""; 0], "{action} {principal}");
        }
    }

    #[test]
    fn tokens_are_narrowed_by_claims_of_their_provider() {
        let web = r#""sts:AssumeRoleWithWebIdentity""#;
        let federated = |provider: &str| format!(r#""Federated": "{provider}""#);
        let cases = [
            (OIDC, "", format!("missing-condition-key-for-oidc-principal {OIDC}")),
            (
                OIDC,
                r#""StringEquals": {"other.example.com:aud": "x"}"#,
                format!("missing-condition-key-for-oidc-principal {OIDC}"),
            ),
            (
                GITHUB,
                r#""StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}"#,
                format!("missing-github-repo-condition-key {GITHUB}"),
            ),
            (
                GITHUB,
                r#""StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo/app:*"}"#,
                "specific-github-repo-and-branch-recommended repo:octo/app:*".into(),
            ),
            (
                OIDC,
                r#""ForAllValues:StringEquals": {"idp.example.com:aud": "x"}"#,
                "confirm-audience-claim-type idp.example.com:aud".into(),
            ),
            (
                "cognito-identity.amazonaws.com",
                r#""ForAnyValue:StringEquals": {"cognito-identity.amazonaws.com:aud": "x"}"#,
                "foranyvalue-with-audience-claim-type cognito-identity.amazonaws.com:aud".into(),
            ),
        ];
        for (provider, condition, expected) in cases {
            assert_eq!(of(web, &federated(provider), condition), [expected], "{condition}");
        }
        let right = [
            (OIDC, r#""StringEquals": {"idp.example.com:sub": "x"}"#),
            (
                GITHUB,
                r#""StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo/app:ref:refs/heads/main"}"#,
            ),
            (GITHUB, r#""StringEquals": {"token.actions.githubusercontent.com:repository_id": "1"}"#),
            ("«aws_iam_openid_connect_provider.x.arn»", ""),
        ];
        for (provider, condition) in right {
            assert_eq!(of(web, &federated(provider), condition), [""; 0], "{provider} {condition}");
        }
    }

    #[test]
    fn roles_anywhere_asks_for_three_actions() {
        let service = r#""Service": "rolesanywhere.amazonaws.com""#;
        let expected = ["missing-action-for-roles-anywhere-trust-policy rolesanywhere.amazonaws.com"];
        assert_eq!(of(r#"["sts:AssumeRole", "sts:TagSession"]"#, service, ""), expected);
        assert_eq!(
            of(r#"["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]"#, service, ""),
            [""; 0]
        );
    }
}
