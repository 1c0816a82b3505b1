//! Whether a resource policy is about the service of its resource.
//!
//! Source: the page of each service on its policies, and IAM User Guide, "IAM policy validation check
//! reference": actions and ARNs of other services are not supported there.

use super::{Check, Issue, Walk, known};
use crate::element::Element;
use crate::kind::PolicyKind;
use crate::service::resource_policies;

/// The one service that the policy can be about, where that is known.
pub(super) fn service(walk: &Walk<'_>) -> Option<&'static str> {
    if walk.usage.is_guessed {
        return None;
    }
    match walk.kind() {
        PolicyKind::Key => Some("kms"),
        PolicyKind::Secret => Some("secretsmanager"),
        PolicyKind::Trust => Some("sts"),
        PolicyKind::Resource => {
            let (service, _) = walk.usage.holder?.split_once('.')?;
            resource_policies(service).filter(|policies| policies.is_own_alone).map(|known| known.service)
        }
        _ => None,
    }
}

/// An action of another service.
pub(super) fn action<'d>(walk: &mut Walk<'d>, element: &'static str, action: &'d Element) {
    let (Some(own), Some(text)) = (service(walk), known(action)) else { return };
    let Some((prefix, _)) = text.split_once(':') else { return };
    if !prefix.eq_ignore_ascii_case(own) && !prefix.contains(['*', '?', '$']) {
        walk.report(Issue::of(Check::UnsupportedActionInPolicy, action).element(element).other(own));
    }
}

/// An ARN of another service, by its service field.
pub(super) fn resource<'d>(walk: &mut Walk<'d>, element: &'static str, resource: &'d Element, prefix: &str) {
    let Some(own) = service(walk).filter(|_| walk.kind() != PolicyKind::Trust) else { return };
    let is_other = !prefix.is_empty() && !prefix.eq_ignore_ascii_case(own) && !super::arn::is_pattern(prefix);
    if is_other {
        let issue = Issue::of(Check::UnsupportedResourceArnInPolicy, resource);
        walk.report(issue.element(element).other(own));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::{Checks, Usage, validate};

    fn of(kind: PolicyKind, holder: &str, action: &str, resource: &str) -> Vec<String> {
        let document = crate::testing::statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "111122223333"}}, "Action": "{action}", "Resource": "{resource}"}}"#
        ));
        let usage = Usage { kind, is_guessed: false, holder: Some(holder), is_part: false };
        let issues = validate(&document, usage, Checks::all());
        issues.iter().map(|issue| issue.check.name().to_owned()).collect()
    }

    #[test]
    fn a_policy_is_about_the_service_of_its_resource() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012";
        let bucket = "arn:aws:s3:::bucket/*";
        let (action, arn) = ("unsupported-action-in-policy", "unsupported-resource-arn-in-policy");
        assert_eq!(of(PolicyKind::Resource, "s3.bucket", "kms:Decrypt", bucket), [action]);
        assert_eq!(of(PolicyKind::Resource, "s3.policy", "s3:GetObject", key), [arn]);
        assert_eq!(of(PolicyKind::Key, "kms.key", "s3:GetObject", "*"), [action]);
        let fine = [
            (PolicyKind::Resource, "s3.bucket", "s3:GetObject", bucket),
            (PolicyKind::Resource, "s3.bucket", "*", "*"),
            (PolicyKind::Resource, "opensearch.domain", "es:ESHttpGet", "*"),
            (PolicyKind::Key, "kms.key", "KMS:Decrypt", key),
        ];
        for (kind, holder, action, resource) in fine {
            assert!(of(kind, holder, action, resource).is_empty(), "{holder} {action} {resource}");
        }
    }
}
