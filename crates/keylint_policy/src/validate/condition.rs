//! Checks of the keys and operators of a condition.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multi-valued
//! context keys", "AWS global condition context keys".

use std::collections::HashMap;

use super::{Check, Fate, Issue, Said, Suggestion, Walk, keys, mfa, network, values};
use crate::document::{ConditionEntry, Statement};
use crate::facts::limit_of;
use crate::operator::{Base, Family, Operator, SetPrefix};
use crate::rewrite::{self, has_wildcard, is_alone, renamed};
use crate::service::{KeySet, KeyType, condition_key, is_unlisted_condition_key, nearest_key};

/// Names of keys that stand before the key of a tag.
pub(super) const TAG_KEYS: [&str; 5] =
    ["ResourceTag", "RequestTag", "PrincipalTag", "ExistingObjectTag", "RequestObjectTag"];

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    doubled(walk, statement);
    mfa::check(walk, statement);
    for entry in &statement.conditions.entries {
        key(walk, entry);
        keys::exists(walk, entry);
        if let Some(operator) = entry.operator {
            of_operator(walk, statement, entry, operator);
            values::check(walk, entry, operator);
            network::check(walk, entry, operator);
        }
        types_of_values(walk, entry);
    }
}

/// An issue at the key of an entry.
pub(super) fn at_key<'d>(check: Check, entry: &'d ConditionEntry) -> Issue<'d> {
    let span = entry.key_span.or(entry.values.span);
    Issue::at(check, span, None).element(Said::operator(entry)).value(Said::key(entry))
}

/// An issue at the operator of an entry.
pub(super) fn at_operator<'d>(check: Check, entry: &'d ConditionEntry) -> Issue<'d> {
    let span = entry.operator_span.or(entry.key_span).or(entry.values.span);
    let issue = Issue::at(check, span, None).about(entry.key_span);
    issue.element(Said::operator(entry)).value(Said::key(entry))
}

fn key<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry) {
    let fate = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
    match entry.key.split_once(':') {
        Some((prefix, name)) if !prefix.is_empty() && !name.is_empty() && !entry.key.contains(' ') => {
            let bare = name.strip_suffix('/').unwrap_or(name);
            if TAG_KEYS.iter().any(|tag| tag.eq_ignore_ascii_case(bare)) {
                walk.report(at_key(Check::MissingTagKeyInCondition, entry));
            }
        }
        // The key of a tag may have spaces.
        Some((prefix, name)) if !prefix.is_empty() && name.contains('/') => {}
        _ => walk.report(at_key(Check::InvalidConditionKeyFormat, entry).fate(fate)),
    }
    if !is_former(entry)
        && let Some(meant) = unknown_global(&entry.key)
    {
        let meant = meant.map(|meant| Suggestion::token(&entry.key, entry.key_span, meant));
        walk.report(at_key(Check::InvalidGlobalConditionKey, entry).suggest(meant).fate(fate));
    }
    if entry.is_about("aws:SourceOwner") {
        walk.report(at_key(Check::DeprecatedGlobalConditionKey, entry).other("aws:SourceAccount"));
    }
    if entry.is_about("aws:ARN") {
        let suggestion = Suggestion::token(&entry.key, entry.key_span, "aws:PrincipalArn");
        walk.report(at_key(Check::UnsupportedGlobalConditionKey, entry).suggest(Some(suggestion)));
    }
}

/// Where a key is one of `aws:` that AWS does not have: the one that may be meant.
pub(super) fn unknown_global(key: &str) -> Option<Option<String>> {
    let is_global = key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    let is_tag = key.contains('/') || TAG_KEYS.iter().any(|tag| key.ends_with(tag));
    let is_known = || condition_key(key).is_some() || is_unlisted_condition_key(key);
    (is_global && !is_tag && !is_known()).then(|| nearest_key(key))
}

/// Whether a key is one that AWS has given up but still knows. Source: Amazon SNS Developer Guide,
/// "aws:SourceAccount versus aws:SourceOwner"; IAM User Guide, "IAM policy validation check reference".
fn is_former(entry: &ConditionEntry) -> bool {
    entry.is_about("aws:ARN") || entry.is_about("aws:SourceOwner")
}

/// The same key twice under one operator, in different case: which of them counts is not defined.
fn doubled<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    // Of each key the first two spellings: one of them is not that of the entry in question.
    let mut spellings: HashMap<(&str, String), Vec<&ConditionEntry>> = HashMap::new();
    for entry in &statement.conditions.entries {
        let group = spellings.entry((&*entry.operator_name, entry.key.to_ascii_lowercase())).or_default();
        if let Some(other) = group.iter().find(|other| other.key != entry.key) {
            walk.report(at_key(Check::DuplicateKeysWithDifferentCase, entry).other(Said::key(other)));
        }
        if group.len() < 2 && group.iter().all(|other| other.key != entry.key) {
            group.push(entry);
        }
    }
}

fn of_operator<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    entry: &'d ConditionEntry,
    operator: Operator,
) {
    if operator.base == Base::Null {
        if operator.if_exists {
            let suggestion = Suggestion::token(&entry.operator_name, entry.operator_span, "Null");
            walk.report(at_operator(Check::NullWithIfExists, entry).suggest(Some(suggestion)));
        }
        if let Some(answer) = operator.constant_null() {
            walk.report(at_operator(Check::NullWithQualifier, entry).other(if answer {
                "true"
            } else {
                "false"
            }));
        }
        return;
    }
    if operator.base == Base::Bool && operator.set.is_none() && entry.values.items.len() > 1 {
        walk.report(at_key(Check::InvalidConditionMultipleBoolean, entry));
    }
    presence(walk, entry, operator);
    wildcards(walk, statement, entry, operator);
    let Some(known) = condition_key(&entry.key) else { return };
    if known.is_multi_valued() && operator.set.is_none() {
        let fate = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
        walk.report(at_operator(Check::MissingQualifier, entry).fate(fate));
    }
    let types = [known.key_type(), known.other_type()];
    let is_known = types.iter().any(Option::is_some);
    // What a caller or a service puts into a string may be an ARN: an encryption context, say. What AWS says of a
    // caller in a form of its own is none: a name, an organisation.
    let is_of_aws = limit_of(&entry.key).is_some() || KeySet::CallerName.has(&entry.key);
    let holds_arns = operator.base.family() == Family::Arn
        && known.key_type() == Some(KeyType::String)
        && !is_of_aws
        && entry.values.iter().all(|value| value.text.to_string().starts_with("arn:"));
    let is_fit = types.into_iter().flatten().any(|key_type| fits(operator.base, key_type));
    if is_known && !is_fit && !holds_arns {
        let expected = known.key_type().map_or("", expected);
        walk.report(at_operator(Check::TypeMismatch, entry).other(expected));
    }
}

/// A pattern that any value fits asks only whether the key is there.
fn presence<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    let everything = entry.values.iter().any(|value| value.as_known() == Some("*"));
    if !everything {
        return;
    }
    // A request that has the key in any case passes or fails whatever the value is.
    let is_always_there = condition_key(&entry.key).is_some_and(|key| key.is_always_present());
    let check = match (operator.base, operator.set, operator.if_exists) {
        (Base::StringLike, None | Some(SetPrefix::ForAnyValue), false) if !is_always_there => {
            Check::EquivalentToNullFalse
        }
        (Base::StringLike, _, _) => Check::RedundantKeyDueToWildcardInCondition,
        (Base::StringNotLike, Some(SetPrefix::ForAnyValue), false) => {
            Check::RedundantStatementDueToWildcardInCondition
        }
        (Base::StringNotLike, _, _) if is_always_there => Check::RedundantStatementDueToWildcardInCondition,
        (Base::StringNotLike, _, _) => Check::EquivalentToNullTrue,
        _ => return,
    };
    walk.report(at_operator(check, entry));
}

/// `*` and `?` mean themselves to the operators that compare exactly.
fn wildcards<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    entry: &'d ConditionEntry,
    operator: Operator,
) {
    let Some((exact, like)) = rewrite::like(operator.base) else { return };
    for value in &entry.values {
        let text = value.text.to_string();
        if !value.text.holes().any(|_| true) && has_wildcard(&text) || has_wildcard_beside_hole(value) {
            let name = renamed(&entry.operator_name, exact, like).filter(|_| is_alone(statement, entry));
            let suggestion =
                name.map(|name| Suggestion::token(&entry.operator_name, entry.operator_span, name));
            let issue = Issue::of(Check::WildcardWithoutLikeOperator, value).about(entry.key_span);
            walk.report(issue.element(Said::operator(entry)).other(like).suggest(suggestion));
        }
    }
}

fn has_wildcard_beside_hole(value: &crate::element::Element) -> bool {
    value.text.holes().any(|_| true)
        && value
            .text
            .parts()
            .iter()
            .any(|part| matches!(part, keylint_model::Part::Known(text) if has_wildcard(text)))
}

/// Whether an operator compares what a key of a type has. Strings compare ARNs as they are written.
fn fits(base: Base, key_type: KeyType) -> bool {
    let family = base.family();
    match key_type {
        KeyType::String => family == Family::String,
        KeyType::Bool => family == Family::Bool,
        KeyType::Numeric => family == Family::Numeric,
        KeyType::Date => family == Family::Date,
        KeyType::Arn => matches!(family, Family::Arn | Family::String),
        KeyType::IpAddress => family == Family::Ip,
        KeyType::Binary => family == Family::Binary,
    }
}

fn expected(key_type: KeyType) -> &'static str {
    match key_type {
        KeyType::String => "String",
        KeyType::Bool => "Bool",
        KeyType::Numeric => "Numeric",
        KeyType::Date => "Date",
        KeyType::Arn => "Arn",
        KeyType::IpAddress => "IpAddress",
        KeyType::Binary => "Binary",
    }
}

/// Values of one key that are of different JSON types.
fn types_of_values<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry) {
    use crate::element::Scalar;
    let known = || entry.values.iter().filter(|value| value.scalar != Scalar::Unknown);
    let Some(first) = known().next() else { return };
    if let Some(other) = known().find(|value| value.scalar != first.scalar) {
        let issue = Issue::of(Check::InvalidConditionDataType, other).element(Said::key(entry));
        walk.report(issue.value(other.scalar.noun()).other(first.scalar.noun()));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(effect: &str, condition: &str) -> Vec<String> {
        let statement = format!(
            r#"{{"Effect": "{effect}", "Action": ["s3:*", "kms:*"], "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        of_statement(&statement, PolicyKind::Identity)
    }

    #[test]
    fn keys_and_operators_that_do_not_fit_are_reported() {
        let cases = [
            (r#""StringEqualsIfExists": {"prefix": "a"}"#, "invalid-condition-key-format prefix"),
            (r#""StringEquals": {"aws:ResourceTag": "a"}"#, "missing-tag-key-in-condition aws:ResourceTag"),
            (r#""StringEquals": {"aws:ResourceTag/": "a"}"#, "missing-tag-key-in-condition aws:ResourceTag/"),
            (
                r#""StringEquals": {"s3:prefix": "a", "s3:Prefix": "b"}"#,
                "duplicate-keys-with-different-case s3:Prefix",
            ),
            (r#""NullIfExists": {"s3:prefix": "true"}"#, "null-with-if-exists s3:prefix"),
            (r#""ForAllValues:Null": {"s3:prefix": "true"}"#, "null-with-qualifier s3:prefix"),
            (
                r#""Bool": {"aws:SecureTransport": ["true", "false"]}"#,
                "invalid-condition-multiple-boolean aws:SecureTransport",
            ),
            (r#""StringEquals": {"aws:TagKeys": "a"}"#, "missing-qualifier aws:TagKeys"),
            (r#""StringEquals": {"s3:prefix": "a*"}"#, "wildcard-without-like-operator a*"),
            (r#""StringLike": {"s3:prefix": "*"}"#, "equivalent-to-null-false s3:prefix"),
            (r#""StringNotLike": {"s3:prefix": "*"}"#, "equivalent-to-null-true s3:prefix"),
            (
                r#""StringLikeIfExists": {"s3:prefix": "*"}"#,
                "redundant-key-due-to-wildcard-in-condition s3:prefix",
            ),
            (
                r#""StringLike": {"aws:PrincipalAccount": "*"}"#,
                "redundant-key-due-to-wildcard-in-condition aws:PrincipalAccount",
            ),
            (
                r#""ForAnyValue:StringNotLike": {"aws:TagKeys": "*"}"#,
                "redundant-statement-due-to-wildcard-in-condition aws:TagKeys",
            ),
            (r#""NumericEquals": {"s3:prefix": "1"}"#, "type-mismatch s3:prefix"),
            (r#""ArnLike": {"s3:prefix": "a*"}"#, "type-mismatch s3:prefix"),
            (r#""ArnLike": {"aws:PrincipalOrgID": "arn:aws:x"}"#, "type-mismatch aws:PrincipalOrgID"),
            (
                r#""ArnEquals": {"aws:username": "arn:aws:iam::111122223333:user/a"}"#,
                "type-mismatch aws:username",
            ),
            (
                r#""StringEquals": {"aws:SourceOwner": "111122223333"}"#,
                "deprecated-global-condition-key aws:SourceOwner",
            ),
            (r#""StringEquals": {"aws:ARN": "x"}"#, "unsupported-global-condition-key aws:ARN"),
            (r#""StringEquals": {"aws:Nothing": "x"}"#, "invalid-global-condition-key aws:Nothing"),
            (r#""StringEquals": {"s3:prefix": ["a", true]}"#, "invalid-condition-data-type boolean"),
        ];
        for (condition, expected) in cases {
            assert_eq!(of("Allow", condition), [expected], "{condition}");
        }
    }

    #[test]
    fn conditions_as_they_should_be_are_left_alone() {
        let conditions = [
            r#""StringEquals": {"aws:ResourceTag/a b": "x", "token.actions.githubusercontent.com:sub": "repo:a/b:ref:c"}"#,
            r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
            r#""Null": {"aws:TagKeys": "false"}"#,
            r#""StringEquals": {"s3:prefix": "a${*}"}"#,
            r#""StringEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:x"}"#,
            r#""ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*"}"#,
        ];
        for condition in conditions {
            assert!(of("Allow", condition).is_empty(), "{condition}: {:?}", of("Allow", condition));
        }
    }
}
