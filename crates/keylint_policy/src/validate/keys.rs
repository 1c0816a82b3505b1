//! Whether condition keys exist, and whether requests for the listed actions have them.
//!
//! A request that lacks a key fails a positive condition on it and passes a negated one, whatever the
//! values. Operators that say what to do without the key (`IfExists`, `ForAllValues`, `Null`) are meant
//! for such requests. Source: IAM User Guide, "IAM policy validation check reference"; Service
//! Authorization Reference.

use super::condition::{TAG_KEYS, at_key};
use super::listed::{Actions, Listed, in_a_row};
use super::{Check, Said, Suggestion, Walk, is_placeholder};
use crate::document::ConditionEntry;
use crate::kind::PolicyKind;
use crate::operator::{Base, Operator, SetPrefix};
use crate::service::{
    Action, ConditionKey, condition_key, is_family_of_keys, is_unlisted_condition_key, is_unlisted_key,
    is_unlisted_service, nearest_key, nearest_service, service,
};

/// Checks whether the key of an entry exists in its service.
pub(super) fn exists<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry) {
    let Some((prefix, name)) = entry.key.split_once(':') else { return };
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['.', '$', ' ']);
    let bare = name.strip_suffix('/').unwrap_or(name);
    // What stands before a colon with a dot is a provider, which may have any claim.
    if !is_plain(prefix)
        || name.is_empty()
        || prefix.eq_ignore_ascii_case("aws")
        || is_placeholder(&entry.key)
        || TAG_KEYS.iter().any(|tag| tag.eq_ignore_ascii_case(bare))
        || condition_key(&entry.key).is_some()
        || is_unlisted_service(prefix)
        || is_unlisted_condition_key(&entry.key)
    {
        return;
    }
    let meant = nearest_key(&entry.key);
    let is_service = service(prefix).is_some() || is_family_of_keys(prefix);
    let (check, meant) = if is_service {
        (Check::InvalidServiceConditionKey, meant)
    } else {
        // Another service's key is only meant where its name is exactly that.
        let other = nearest_service(prefix).map(|service| format!("{}:{name}", service.prefix()));
        (Check::InvalidService, other.filter(|key| condition_key(key).is_some()))
    };
    let meant = meant.map(|meant| Suggestion::token(&entry.key, entry.key_span, meant));
    walk.report(
        at_key(check, entry).other(Said::of(&entry.origin, prefix)).suggest(meant).fate(walk.fate_of_names()),
    );
}

/// Whether a request without the key decides a condition in a way that its operator does not provide for.
pub(super) fn needs_key(operator: Operator) -> bool {
    operator.base != Base::Null && !operator.if_exists && operator.set != Some(SetPrefix::ForAllValues)
}

/// Checks which of the listed actions have the key of an entry.
pub(super) fn carried<'d>(walk: &mut Walk<'d>, actions: &Actions<'d>, entry: &'d ConditionEntry) {
    if !entry.operator.is_some_and(needs_key) || entry.values.is_empty() {
        return;
    }
    let key = match condition_key(&entry.key) {
        Some(key) if is_of_actions(key, &entry.key) => key,
        None if !entry.key.contains(':') && !is_placeholder(&entry.key) => {
            let issue = at_key(Check::UnknownConditionKeyForAction, entry);
            walk.report(issue.other(always(entry)).fate(walk.fate_of_names()));
            return;
        }
        _ => return,
    };
    let has = |listed: &&Listed<'d>| {
        is_companion(walk, listed) || listed.actions.iter().any(|action| may_have(*action, &entry.key))
    };
    let fate = walk.fate_of_names();
    let is_carried = !actions.is_whole || actions.listed.iter().any(|listed| has(&listed));
    if !is_carried {
        // Which action has the key says more, for whoever asks for both.
        if let Some(action) = only_carrier(key, &entry.key) {
            let issue = at_key(Check::MissingActionForConditionKey, entry);
            walk.report(issue.other(Said::made(action)).fate(fate));
        }
        walk.report(at_key(Check::UnknownConditionKeyForAction, entry).other(always(entry)));
        return;
    }
    let lacking = actions.listed.iter().filter(|listed| !listed.is_pattern && !has(listed));
    let lacking: Vec<_> = lacking.map(|listed| listed.element.told()).collect();
    if !lacking.is_empty() {
        let issue = at_key(Check::UnsupportedActionForConditionKey, entry);
        walk.report(issue.element(in_a_row(lacking.into_iter())).other(always(entry)).fate(fate));
    }
}

/// Whether a request for an action may have a key. AWS itself uses some keys with actions for which its
/// reference does not have them.
fn may_have(action: Action, key: &str) -> bool {
    action.may_have_key(key) || is_unlisted_key(action, key)
}

/// How a condition turns out for a request without the key.
fn always(entry: &ConditionEntry) -> &'static str {
    match entry.operator {
        Some(operator) if operator.holds_without_key() => "always holds",
        _ => "never holds",
    }
}

/// Whether it depends on the action if a request has a key: not so for global ones but the tags of a
/// request, nor for what an identity provider says of a caller. Tags of resources have checks of their own.
fn is_of_actions(key: ConditionKey, name: &str) -> bool {
    let is_request_tag = ["aws:RequestTag/${TagKey}", "aws:TagKeys"].contains(&key.name());
    let of_service = name.split_once(':').is_some_and(|(prefix, _)| service(prefix).is_some());
    is_request_tag || (of_service && !key.is_global())
}

/// Whether an action of STS is only asked for beside another one, with what that request has.
/// Source: IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed
/// roles".
fn is_companion(walk: &Walk<'_>, listed: &Listed<'_>) -> bool {
    walk.kind() == PolicyKind::Trust
        || listed.actions.iter().any(|action| {
            action.service().prefix() == "sts"
                && ["TagSession", "SetSourceIdentity", "SetContext"].contains(&action.name())
        })
}

/// The one action of its service that has a key.
fn only_carrier(key: ConditionKey, name: &str) -> Option<String> {
    if key.is_global() {
        return None;
    }
    let service = service(name.split_once(':')?.0)?;
    let mut carriers = service.actions().filter(|action| may_have(*action, name));
    let first = carriers.next()?;
    carriers.next().is_none().then(|| first.to_string())
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(actions: &str, condition: &str) -> Vec<String> {
        let statement = format!(
            r#"{{"Effect": "Allow", "Action": {actions}, "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        let wanted = ["invalid-service", "condition-key"];
        let found = of_statement(&statement, PolicyKind::Identity).into_iter();
        found.filter(|found| wanted.iter().any(|part| found.contains(part))).collect()
    }

    #[test]
    fn keys_are_looked_up_in_their_service_and_in_the_actions() {
        let cases = [
            (r#""s3:GetObject""#, r#""StringEquals": {"s3:x": "a"}"#, "invalid-service-condition-key s3:x"),
            (r#""s3:GetObject""#, r#""StringEquals": {"madeup:x": "a"}"#, "invalid-service madeup:x"),
            (
                r#""s3:ListBucket""#,
                r#""StringEquals": {"s3:x-amz-storage-class": "a"}"#,
                "unknown-condition-key-for-action s3:x-amz-storage-class",
            ),
            (
                r#"["s3:ListBucket", "s3:GetObject"]"#,
                r#""StringEquals": {"s3:prefix": "a"}"#,
                "unsupported-action-for-condition-key s3:prefix",
            ),
            (
                r#"["ec2:*", "s3:*"]"#,
                r#""StringNotEquals": {"iam:ResourceTag/status": "prod"}"#,
                "unknown-condition-key-for-action iam:ResourceTag/status",
            ),
            (
                r#"["kms:Decrypt", "kms:DescribeKey"]"#,
                r#""StringEquals": {"kms:EncryptionContext:SecretARN": "a"}"#,
                "unsupported-action-for-condition-key kms:EncryptionContext:SecretARN",
            ),
        ];
        for (actions, condition, expected) in cases {
            assert_eq!(of(actions, condition), [expected], "{actions} {condition}");
        }
        // The rule of the first speaks for both.
        let both = ["invalid-condition-key-format prefix", "unknown-condition-key-for-action prefix"];
        assert_eq!(of(r#""s3:ListBucket""#, r#""StringEquals": {"prefix": "a"}"#), both);
        let both = ["missing-action-for-condition-key", "unknown-condition-key-for-action"];
        let passed = r#""StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}"#;
        assert_eq!(
            of(r#""ec2:RunInstances""#, passed),
            both.map(|check| format!("{check} iam:PassedToService"))
        );
    }

    #[test]
    fn keys_that_a_request_may_have_are_left_alone() {
        let cases = [
            (r#""s3:ListBucket""#, r#""StringLike": {"s3:prefix": "a/*"}"#),
            (r#""s3:*""#, r#""StringLike": {"s3:prefix": "a/*"}"#),
            (r#""*""#, r#""StringLike": {"s3:prefix": "a/*"}"#),
            (r#""«var.action»""#, r#""StringLike": {"s3:prefix": "a/*"}"#),
            (r#""s3:GetObject""#, r#""StringLikeIfExists": {"s3:prefix": "a/*"}"#),
            (r#""s3:GetObject""#, r#""StringEquals": {"aws:SourceVpce": "vpce-12345678"}"#),
            (r#""s3:GetObject""#, r#""StringEquals": {"idp.example.com:department": "a"}"#),
            (r#"["iam:PassRole"]"#, r#""StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}"#),
            (r#""kms:Decrypt""#, r#""StringEquals": {"kms:EncryptionContext:App": "a"}"#),
            (r#""sts:TagSession""#, r#""StringEquals": {"sts:ExternalId": "a"}"#),
            (r#""s3:GetObject""#, r#""StringEquals": {"saml:sub": "a"}"#),
        ];
        for (actions, condition) in cases {
            assert_eq!(of(actions, condition), [""; 0], "{actions} {condition}");
        }
    }
}
