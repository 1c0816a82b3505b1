//! Checks of the length of a document against the limit of its kind.
//!
//! What deployment fills in comes on top of what is counted here, so a document is reported only when its
//! known part alone is too long.

use super::{Check, Issue, Said, Walk};
use crate::kind::PolicyKind;
use crate::service::{Limit, limit, size_limit};

/// The limit of a policy, by its kind and what it is attached to. Of an inline policy that several
/// identities can have it is the widest.
fn limit_of(kind: PolicyKind, holder: Option<&str>) -> Option<Limit> {
    if let Some(limit) = size_limit(kind) {
        return Some(limit);
    }
    let holder = holder.unwrap_or_default();
    let name = match kind {
        PolicyKind::Identity => match holder {
            "" | "iam.policy" => "managed-policy",
            "iam.user" | "iam.user_policy" => "inline-policies-of-user",
            "iam.group" | "iam.group_policy" => "inline-policies-of-group",
            "iam.role" | "iam.role_policy" | "iam.inline_policy" => "inline-policies-of-role",
            _ => return None,
        },
        _ if holder.starts_with("s3.bucket") || holder == "s3.policy" => "bucket-policy",
        _ => return None,
    };
    limit(name)
}

pub(super) fn check(walk: &mut Walk<'_>) {
    let (document, kind) = (walk.document, walk.kind());
    // No limit is lower.
    if document.size.written <= 2_048 || walk.usage.is_part {
        return;
    }
    let Some(limit) = limit_of(kind, walk.usage.holder) else { return };
    // Where AWS does not say whether white space counts, only what is too long without it is reported.
    let size = match limit.counts_white_space {
        Some(true) => walk.file().map_or(document.size.written, |span| document.size.written.max(span.len())),
        Some(false) | None => document.size.bare,
    };
    if size <= limit.default {
        return;
    }
    let check = match kind {
        PolicyKind::Scp => Check::PolicySizeExceedsScpQuota,
        PolicyKind::Rcp => Check::PolicySizeExceedsRcpQuota,
        PolicyKind::Trust => Check::PolicySizeExceedsRoleTrustPolicyQuota,
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => {
            Check::PolicySizeExceedsIdentityPolicyQuota
        }
        PolicyKind::Key | PolicyKind::Secret | PolicyKind::Resource | PolicyKind::Endpoint => {
            Check::PolicySizeExceedsResourcePolicyQuota
        }
    };
    let issue = Issue::at(check, document.span, Some(&document.origin));
    walk.report(issue.value(Said::made(size.to_string())).other(Said::made(limit.default.to_string())));
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::found;

    /// A document of so many characters, not counting the spaces between its parts.
    fn document(length: usize, space: &str) -> String {
        let before = format!(
            r#"{{"Version":{space}"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::bucket/"#
        );
        let after = r#""}]}"#;
        let fill = length - (before.len() - space.len()) - after.len();
        format!("{before}{}{after}", "x".repeat(fill))
    }

    #[test]
    fn each_kind_is_counted_its_own_way() {
        let space = " ".repeat(50);
        assert!(found(&document(6_144, &space), PolicyKind::Identity).is_empty());
        let long = found(&document(6_145, &space), PolicyKind::Identity);
        assert_eq!(long, ["policy-size-exceeds-identity-policy-quota 6145"]);
        let spaced = found(&document(10_191, &space), PolicyKind::Scp);
        assert_eq!(spaced, ["policy-size-exceeds-scp-quota 10241"]);
        assert!(found(&document(10_190, &space), PolicyKind::Scp).is_empty());
    }
}
