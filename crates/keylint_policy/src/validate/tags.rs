//! Conditions on the tags of a resource, for actions whose requests do not have them.
//!
//! Source: IAM User Guide, "IAM policy validation check reference"; the actions with the key are those
//! of the Service Authorization Reference.

use super::condition::at_key;
use super::keys::needs_key;
use super::listed::{Actions, in_a_row};
use super::{Check, Walk};
use crate::document::{ConditionEntry, Effect, Statement};

/// Checks a condition that holds only for a request with a tag of the resource.
pub(super) fn check<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    actions: &Actions<'d>,
    entry: &'d ConditionEntry,
) {
    const KEY: &str = "aws:ResourceTag/";
    let is_tag = entry.key.get(..KEY.len()).is_some_and(|start| start.eq_ignore_ascii_case(KEY));
    let is_asked_for =
        entry.operator.is_some_and(|operator| needs_key(operator) && !operator.holds_without_key());
    if !is_tag || entry.key.len() == KEY.len() || !is_asked_for {
        return;
    }
    let (of_action, of_not_action) = match statement.effect {
        Effect::Allow => (
            Check::AllowWithUnsupportedTagConditionKeyForService,
            Check::AllowNotactionWithUnsupportedTagConditionKeyForService,
        ),
        Effect::Deny => (
            Check::DenyWithUnsupportedTagConditionKeyForService,
            Check::DenyNotactionWithUnsupportedTagConditionKeyForService,
        ),
        Effect::Unknown(_) | Effect::Invalid => return,
    };
    if statement.not_actions.is_some() {
        walk.report(at_key(of_not_action, entry));
        return;
    }
    let lacking = actions
        .listed
        .iter()
        .filter(|listed| !listed.actions.iter().any(|action| action.may_have_key(&entry.key)));
    let lacking: Vec<_> = lacking.map(|listed| listed.element.told()).collect();
    if !lacking.is_empty() {
        walk.report(at_key(of_action, entry).other(in_a_row(lacking.into_iter())));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(elements: &str, operator: &str) -> Vec<String> {
        let statement = format!(
            r#"{{{elements}, "Resource": "*", "Condition": {{"{operator}": {{"aws:ResourceTag/team": "a"}}}}}}"#
        );
        let found = of_statement(&statement, PolicyKind::Identity).into_iter();
        found.filter(|found| found.contains("unsupported-tag")).collect()
    }

    #[test]
    fn actions_without_the_tags_are_reported_by_effect() {
        let cases = [
            (
                r#""Effect": "Allow", "Action": "iam:ListUsers""#,
                "allow-with-unsupported-tag-condition-key-for-service",
            ),
            (
                r#""Effect": "Deny", "Action": ["kms:Decrypt", "iam:ListUsers"]"#,
                "deny-with-unsupported-tag-condition-key-for-service",
            ),
            (
                r#""Effect": "Allow", "NotAction": "iam:*""#,
                "allow-notaction-with-unsupported-tag-condition-key-for-service",
            ),
            (
                r#""Effect": "Deny", "NotAction": "iam:*""#,
                "deny-notaction-with-unsupported-tag-condition-key-for-service",
            ),
        ];
        for (elements, expected) in cases {
            assert_eq!(
                of(elements, "StringEquals"),
                [format!("{expected} aws:ResourceTag/team")],
                "{elements}"
            );
        }
    }

    #[test]
    fn what_has_the_tags_or_may_lack_them_is_left_alone() {
        let dead = r#""Effect": "Deny", "Action": "iam:ListUsers""#;
        for operator in ["StringEqualsIfExists", "StringNotEquals", "ForAllValues:StringEquals"] {
            assert_eq!(of(dead, operator), [""; 0], "{operator}");
        }
        for elements in [
            r#""Effect": "Deny", "Action": "kms:Decrypt""#,
            r#""Effect": "Allow", "Action": "ec2:*""#,
            r#""Effect": "Allow", "Action": "«var.action»""#,
        ] {
            assert_eq!(of(elements, "StringEquals"), [""; 0], "{elements}");
        }
    }
}
