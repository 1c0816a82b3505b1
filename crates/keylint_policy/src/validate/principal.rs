//! Checks of the principals that a statement names.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use keylint_model::{Part, Shape, Verdict};

use super::{Check, Fate, Issue, Walk, is_placeholder, known};
use crate::document::{PrincipalKind, Statement, Version};
use crate::element::{Element, PartlyKnown};
use crate::evaluate::is_account;
use crate::glob;
use crate::kind::PolicyKind;
use crate::matching::{arn_symbols, literal_symbols};
use crate::service;

/// Identity providers that a trust policy names by their domain, without a resource in IAM.
/// Source: IAM User Guide, "AWS JSON policy elements: Principal", on OIDC federated principals.
const WEB_PROVIDERS: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let named = [("Principal", &statement.principals), ("NotPrincipal", &statement.not_principals)];
    for (element, principals) in named {
        for (kind, principal) in principals.iter().flat_map(|principals| &principals.items) {
            one(walk, element, *kind, principal);
        }
    }
}

fn one<'d>(walk: &mut Walk<'d>, element: &'static str, kind: PrincipalKind, principal: &'d Element) {
    if kind == PrincipalKind::Federated && walk.kind().opens_resource() && walk.kind() != PolicyKind::Trust {
        walk.report(Issue::of(Check::FederatedPrincipalNotSupported, principal).element(element));
        return;
    }
    let Some(text) = known(principal) else { return partly_known(walk, element, kind, principal) };
    let key = match kind {
        PrincipalKind::Aws => "AWS",
        PrincipalKind::Service => "Service",
        PrincipalKind::Federated => "Federated",
        PrincipalKind::CanonicalUser => "CanonicalUser",
        PrincipalKind::Bare | PrincipalKind::Other => return,
    };
    let is_all = text == "*" && kind == PrincipalKind::Aws;
    if is_all || text.contains("${") {
        return;
    }
    let issue = |check| Issue::of(check, principal).element(element).other(key);
    if text.contains(['*', '?']) {
        walk.report(issue(Check::UnsupportedWildcardInPrincipal).fate(Fate::Rejected));
        return;
    }
    match kind {
        PrincipalKind::Aws => {
            if is_unique_id(text, "AROA") {
                walk.report(issue(Check::InvalidRoleReference));
            } else if is_unique_id(text, "AIDA") {
                walk.report(issue(Check::InvalidUserReference));
            } else if !is_aws_principal(text) {
                walk.report(issue(Check::UnknownPrincipal));
            }
        }
        PrincipalKind::Service if !is_service(text) => {
            let issue = Issue::of(Check::InvalidServicePrincipalFormat, principal);
            walk.report(issue.element(element).other("SERVICE.amazonaws.com"));
        }
        PrincipalKind::CanonicalUser if !is_canonical(text) => walk.report(issue(Check::UnknownPrincipal)),
        PrincipalKind::Federated if walk.kind() == PolicyKind::Trust => {
            federated(walk, element, principal, text);
        }
        _ => {}
    }
}

/// Checks a principal of which only deployment knows a part: what is wrong whatever that is.
fn partly_known<'d>(walk: &mut Walk<'d>, element: &'static str, kind: PrincipalKind, principal: &'d Element) {
    let text = &principal.text;
    let known = || {
        text.parts().iter().filter_map(|part| if let Part::Known(text) = part { Some(text) } else { None })
    };
    if known().any(|text| text.contains("${") || is_placeholder(text)) {
        return;
    }
    let issue = |check| Issue::of(check, principal).element(element);
    let is_none_of = |patterns: &[&str]| {
        let text = literal_symbols(text);
        patterns.iter().all(|pattern| {
            let pattern = PartlyKnown::from(*pattern);
            glob::overlaps(&arn_symbols(&pattern, Version::V2012), &text) == Verdict::No
        })
    };
    let is_arn = matches!(text.parts().first(), Some(Part::Known(start)) if start.starts_with("arn:"));
    match kind {
        PrincipalKind::Aws if known().any(|text| text.contains(['*', '?'])) => {
            walk.report(issue(Check::UnsupportedWildcardInPrincipal).other("AWS").fate(Fate::Rejected));
        }
        PrincipalKind::Aws if is_none_of(&AWS_PRINCIPALS) || is_name(text) => {
            walk.report(issue(Check::UnknownPrincipal).other("AWS"));
        }
        PrincipalKind::Federated if walk.kind() == PolicyKind::Trust && is_arn && is_none_of(&PROVIDERS) => {
            walk.report(issue(Check::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy));
        }
        _ => {}
    }
}

/// The forms of what [`is_aws_principal`] takes.
const AWS_PRINCIPALS: [&str; 12] = [
    "????????????",
    "arn:*:iam::*:root",
    "arn:*:iam::*:user/?*",
    "arn:*:iam::*:role/?*",
    "arn:*:sts::*:assumed-role/*/*",
    "arn:*:sts::*:federated-user/*",
    "arn:*:sts::*:self",
    "AGPA*",
    "AIPA*",
    "ANPA*",
    "AROA*",
    "AIDA*",
];

/// The forms of the providers of IAM that a trust policy names.
const PROVIDERS: [&str; 2] = ["arn:*:iam::*:saml-provider/?*", "arn:*:iam::*:oidc-provider/?*"];

/// Whether a principal is the name or address of a resource, as what created it tells it.
fn is_name(text: &PartlyKnown) -> bool {
    text.as_hole().is_some_and(|unknown| {
        unknown.reference.is_some()
            && matches!(unknown.shape, Shape::Name | Shape::Word | Shape::Id(_) | Shape::Url)
    })
}

fn federated<'d>(walk: &mut Walk<'d>, element: &'static str, principal: &'d Element, text: &str) {
    let issue = |check| Issue::of(check, principal).element(element);
    if text.starts_with("arn:") {
        let is_provider = account_resource(text, "iam").is_some_and(|(_, resource)| {
            ["saml-provider/", "oidc-provider/"]
                .iter()
                .any(|start| resource.strip_prefix(start).is_some_and(|name| !name.is_empty()))
        });
        if !is_provider {
            walk.report(issue(Check::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy));
        }
    } else if !is_domain(text) {
        walk.report(issue(Check::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy));
    } else if !WEB_PROVIDERS.contains(&text) {
        walk.report(issue(Check::UnknownFederationSource));
    }
}

/// Whether a principal under `AWS` is an account, or an identity of IAM or STS.
fn is_aws_principal(text: &str) -> bool {
    if is_account(text) {
        return true;
    }
    if let Some((account, resource)) = account_resource(text, "iam") {
        // The identities of CloudFront are users of an account of that name.
        let is_owner = is_account(account) || account == "cloudfront";
        let is_identity = resource == "root"
            || ["user/", "role/"]
                .iter()
                .any(|start| resource.strip_prefix(start).is_some_and(|name| !name.is_empty()));
        return is_owner && is_identity;
    }
    let Some((account, resource)) = account_resource(text, "sts") else {
        // The unique ids of other things than roles and users: of a group, of a deleted identity.
        return ["AGPA", "AIPA", "ANPA", "AROA", "AIDA"].iter().any(|start| text.starts_with(start));
    };
    let is_session = resource.strip_prefix("assumed-role/").is_some_and(|name| name.split('/').count() >= 2);
    is_account(account) && (is_session || resource.starts_with("federated-user/") || resource == "self")
}

/// The account and the resource of an ARN of a global service.
fn account_resource<'t>(text: &'t str, wanted: &str) -> Option<(&'t str, &'t str)> {
    let mut fields = text.splitn(6, ':');
    let (arn, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
    let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
    let is_known = arn == "arn" && service::partition(partition).is_some() && service == wanted;
    (is_known && region.is_empty()).then_some((account, resource))
}

/// Source: IAM User Guide, "IAM identifiers", on unique IDs.
fn is_unique_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (12..=124).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// Whether a text has the form of a service principal. Which there are is not published, but where their
/// names end.
/// Sources: IAM User Guide, "AWS JSON policy elements: Principal", "AWS service principals"; Lambda Developer
/// Guide and Alexa Skills Kit for those of Alexa.
fn is_service(text: &str) -> bool {
    // Somebody else fills in what is in braces.
    if text.contains(['{', '[', '<']) {
        return true;
    }
    let text = text.to_ascii_lowercase();
    let ends_with = |suffix: &str| {
        let name = text.strip_suffix(suffix).and_then(|name| name.strip_suffix('.'));
        name.is_some_and(|name| !name.is_empty())
    };
    service::partitions().any(|partition| ends_with(partition.dns_suffix))
        || ends_with("aws.internal")
        || (text.starts_with("alexa-") && ends_with("amazon.com"))
}

/// Source: Amazon S3 User Guide, "Bucket owner and canonical user ID".
fn is_canonical(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is the name of a host, with a path perhaps.
fn is_domain(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(principal: &str, kind: PolicyKind) -> Vec<String> {
        let (action, resource) = match kind {
            PolicyKind::Trust => ("sts:AssumeRole", ""),
            _ => ("s3:GetObject", r#", "Resource": "*""#),
        };
        of_statement(
            &format!(r#"{{"Effect": "Deny", "Action": "{action}", "Principal": {principal}{resource}}}"#),
            kind,
        )
    }

    #[test]
    fn principals_are_accounts_identities_and_services() {
        let names = [
            r#""*""#,
            r#"{"AWS": "*"}"#,
            r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}"#,
            r#"{"AWS": "arn:aws-cn:iam::111122223333:role/path/name"}"#,
            r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/name/session"}"#,
            r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#,
            r#"{"Service": ["sns.amazonaws.com", "logs.eu-west-1.amazonaws.com", "ec2.amazonaws.com.cn"]}"#,
            r#"{"Service": ["alexa-appkit.amazon.com", "{{ service }}"]}"#,
            r#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        ];
        for name in names {
            assert!(of(name, PolicyKind::Resource).is_empty(), "{name}");
        }
    }

    #[test]
    fn what_names_nobody_is_reported() {
        let cases = [
            (
                r#"{"AWS": "arn:aws:iam::*:role/x"}"#,
                "unsupported-wildcard-in-principal arn:aws:iam::*:role/x",
            ),
            (r#"{"Service": "*"}"#, "unsupported-wildcard-in-principal *"),
            (r#"{"AWS": "AROACKCEVSQ6C2EXAMPLE"}"#, "invalid-role-reference AROACKCEVSQ6C2EXAMPLE"),
            (r#"{"AWS": "AIDACKCEVSQ6C2EXAMPLE"}"#, "invalid-user-reference AIDACKCEVSQ6C2EXAMPLE"),
            (r#"{"Service": "lambda.amazon.com"}"#, "invalid-service-principal-format lambda.amazon.com"),
            (r#"{"Service": "lambda"}"#, "invalid-service-principal-format lambda"),
            (r#"{"Service": ".amazonaws.com"}"#, "invalid-service-principal-format .amazonaws.com"),
            (r#"{"AWS": "1111"}"#, "unknown-principal 1111"),
            (r#"{"AWS": "arn:aws:s3:::bucket"}"#, "unknown-principal arn:aws:s3:::bucket"),
            (r#"{"CanonicalUser": "me"}"#, "unknown-principal me"),
            (
                r#"{"Federated": "accounts.google.com"}"#,
                "federated-principal-not-supported accounts.google.com",
            ),
        ];
        for (principal, expected) in cases {
            assert_eq!(of(principal, PolicyKind::Resource), [expected], "{principal}");
        }
    }

    /// What only deployment knows may be anything, but a group or a queue is nobody whatever its account.
    #[test]
    fn what_names_nobody_whatever_is_not_known_is_reported() {
        let unknown = |name: &str| format!("unknown-principal {name}");
        let cases = [
            (
                "arn:aws:iam::«AWS::AccountId»:group/x",
                Some(unknown("arn:aws:iam::${AWS::AccountId}:group/x")),
            ),
            ("arn:«AWS::Partition»:iam::«AWS::AccountId»:role/«var.x»", None),
            ("arn:«AWS::Partition»:iam::«var.account»:root", None),
            (
                "arn:«AWS::Partition»:sqs:«AWS::Region»:«AWS::AccountId»:q",
                Some(unknown("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q")),
            ),
            ("arn:aws:iam::«var.account»:group/x", None),
            ("«AWS::AccountId»", None),
            ("«AWS::Region»", None),
            ("«var.principal»", None),
            ("«aws_iam_role.r.name»", Some(unknown("${aws_iam_role.r.name}"))),
            ("«aws_iam_role.r.arn»", None),
            ("«aws_kms_key.k.arn»", Some(unknown("${aws_kms_key.k.arn}"))),
            (
                "arn:aws:iam::«AWS::AccountId»:role/*",
                Some("unsupported-wildcard-in-principal arn:aws:iam::${AWS::AccountId}:role/*".to_owned()),
            ),
        ];
        for (principal, expected) in cases {
            let found = of(&format!(r#"{{"AWS": "{principal}"}}"#), PolicyKind::Resource);
            assert_eq!(found, Vec::from_iter(expected), "{principal}");
        }
        let check = "invalid-federated-principal-syntax-in-role-trust-policy";
        for (provider, expected) in [
            ("arn:aws:iam::«AWS::AccountId»:oidc-provider/«var.host»", None),
            ("arn:aws:iam::«AWS::AccountId»:«var.provider»", None),
            ("arn:aws:iam::«AWS::AccountId»:role/«var.x»", Some(check)),
            ("«var.provider»", None),
        ] {
            let found = of(&format!(r#"{{"Federated": "{provider}"}}"#), PolicyKind::Trust);
            let found: Vec<&str> = found.iter().filter_map(|found| found.split(' ').next()).collect();
            assert_eq!(found, Vec::from_iter(expected), "{provider}");
        }
    }

    #[test]
    fn a_role_trusts_known_providers() {
        let check = "invalid-federated-principal-syntax-in-role-trust-policy";
        let cases = [
            ("arn:aws:iam::111122223333:saml-provider/a", None),
            ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", None),
            ("cognito-identity.amazonaws.com", None),
            ("arn:aws:iam::111122223333:role/a", Some(check)),
            ("a provider", Some(check)),
            ("token.actions.githubusercontent.com", Some("unknown-federation-source")),
        ];
        for (provider, expected) in cases {
            let found = of(&format!(r#"{{"Federated": "{provider}"}}"#), PolicyKind::Trust);
            let expected: Vec<String> = expected.iter().map(|check| format!("{check} {provider}")).collect();
            assert_eq!(found, expected, "{provider}");
        }
    }
}
