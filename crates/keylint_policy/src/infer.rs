//! Guesses the kind of a document that is attached to nothing.
//!
//! The guess errs towards the kind under which more is dangerous: a policy for everybody is taken
//! for a resource policy unless something shows that it only filters.

use crate::document::{Document, Effect, PrincipalKind, Statement};
use crate::element::PartlyKnown;
use crate::kind::PolicyKind;
use crate::service::KeySet;

/// The organisation that a service calls for: with those of a caller the keys by which policies of an organisation
/// exempt its own principals.
const SOURCE_ORGANISATION: &str = "aws:SourceOrgID";

impl Document {
    /// The kind that the shape of the document suggests, for a bare file, or for a document whose
    /// use cannot be seen.
    pub fn infer_kind(&self) -> PolicyKind {
        let has_principal =
            |statement: &Statement| statement.principals.is_some() || statement.not_principals.is_some();
        if self.statements.iter().any(has_principal) {
            self.kind_with_principal()
        } else {
            self.kind_without()
        }
    }

    fn kind_with_principal(&self) -> PolicyKind {
        let services = self.services();
        let only = |service: &str| {
            services.as_deref().is_some_and(|all| !all.is_empty() && all.iter().all(|s| s == service))
        };
        let without_resource =
            |statement: &Statement| statement.resources.is_none() && statement.not_resources.is_none();
        let federated = |statement: &Statement| {
            let principals = statement.principals.iter();
            principals
                .flat_map(|principals| &principals.items)
                .any(|(kind, _)| *kind == PrincipalKind::Federated)
        };
        // Only a role trusts an identity provider.
        let assumed = only("sts") || self.statements.iter().all(federated);
        if assumed && self.statements.iter().all(without_resource) {
            PolicyKind::Trust
        } else if self.statements.iter().all(filters_resources) {
            PolicyKind::Rcp
        } else if only("kms") {
            PolicyKind::Key
        } else if only("secretsmanager") {
            PolicyKind::Secret
        } else if self.statements.iter().any(filters_requests) {
            PolicyKind::Endpoint
        } else {
            PolicyKind::Resource
        }
    }

    fn kind_without(&self) -> PolicyKind {
        let denies = |statement: &Statement| matches!(statement.effect, Effect::Deny);
        let exempts = |statement: &Statement| {
            let is_exempting =
                |key: &str| KeySet::Caller.has(key) || key.eq_ignore_ascii_case(SOURCE_ORGANISATION);
            denies(statement) && has_condition(statement, is_exempting)
        };
        let allows_all = |statement: &Statement| denies(statement) || statement.allows_all_actions().is_yes();
        let all_deny = !self.statements.is_empty() && self.statements.iter().all(denies);
        if all_deny || self.statements.iter().all(allows_all) && self.statements.iter().any(exempts) {
            PolicyKind::Scp
        } else {
            PolicyKind::Identity
        }
    }

    /// The services of all actions; `None` when a pattern is over several or is not known.
    fn services(&self) -> Option<Vec<String>> {
        let mut services = Vec::new();
        for statement in &self.statements {
            for element in statement.actions.iter().chain(&statement.not_actions).flatten() {
                let text = element.text.to_string();
                let (service, _) = text.split_once(':')?;
                if service.contains(['*', '?', '$']) {
                    return None;
                }
                services.push(service.to_ascii_lowercase());
            }
        }
        Some(services)
    }
}

/// Whether a statement is one of a resource control policy: it denies to everybody on everything,
/// by the names of services. Source: Organizations User Guide, "RCP syntax".
fn filters_resources(statement: &Statement) -> bool {
    let star = |text: &PartlyKnown| text.as_known() == Some("*");
    let everybody = statement.principals.as_ref().is_some_and(|principals| {
        !principals.items.is_empty() && principals.items.iter().all(|(_, element)| star(&element.text))
    });
    let everything = statement.resources.as_ref().is_some_and(|resources| {
        !resources.items.is_empty() && resources.iter().all(|element| star(&element.text))
    });
    let by_service =
        statement.actions.as_ref().is_some_and(|actions| actions.iter().all(|element| !star(&element.text)));
    matches!(statement.effect, Effect::Deny) && everybody && everything && by_service
}

/// Whether a statement is one of an endpoint policy: it lets requests through by whose the resource
/// is. Source: PrivateLink User Guide, "Control access to VPC endpoints using endpoint policies".
fn filters_requests(statement: &Statement) -> bool {
    matches!(statement.effect, Effect::Allow) && has_condition(statement, |key| KeySet::Owner.has(key))
}

/// Whether a condition of a statement is on one of some keys.
fn has_condition(statement: &Statement, is_one: impl Fn(&str) -> bool) -> bool {
    statement.conditions.entries.iter().any(|entry| is_one(&entry.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::statements;

    #[test]
    fn the_shape_tells_the_kind() {
        let cases = [
            (r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}"#, PolicyKind::Identity),
            (r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#, PolicyKind::Identity),
            (r#"{"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}"#, PolicyKind::Scp),
            (
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:*",
                "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}"#,
                PolicyKind::Scp,
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:*",
                "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}"#,
                PolicyKind::Identity,
            ),
            (
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}"#,
                PolicyKind::Trust,
            ),
            (r#"{"Effect": "Allow", "Principal": {"Federated": "gitlab.com"}}"#, PolicyKind::Trust),
            (r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": "*"}"#, PolicyKind::Key),
            (r#"{"Effect": "Allow", "Action": "KMS:*", "Resource": "*", "Principal": "*"}"#, PolicyKind::Key),
            (
                r#"{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Principal": "*"}"#,
                PolicyKind::Secret,
            ),
            (
                r#"{"Effect": "Allow", "Action": ["kms:*", "s3:*"], "Resource": "*", "Principal": "*"}"#,
                PolicyKind::Resource,
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#,
                PolicyKind::Resource,
            ),
            (
                r#"{"Effect": "Deny", "Action": ["s3:*", "kms:*"], "Resource": "*", "Principal": "*",
                "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}"#,
                PolicyKind::Rcp,
            ),
            (
                r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Principal": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
                PolicyKind::Resource,
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:ResourceOrgID": "o-1"}}}"#,
                PolicyKind::Endpoint,
            ),
            (r#"{"Effect": "Allow", "Action": "«var.action»", "Resource": "*"}"#, PolicyKind::Identity),
            (r#"{"Effect": "Allow", "Action": "kms:«var.action»", "Principal": "*"}"#, PolicyKind::Key),
        ];
        for (policy, kind) in cases {
            assert_eq!(statements(policy).infer_kind(), kind, "{policy}");
        }
    }
}
