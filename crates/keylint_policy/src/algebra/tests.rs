//! Questions with answers that were found by hand, and by trying every request.

mod brute;
mod mutations;

use keylint_model::Verdict::{self, No, Unknown, Yes};

use super::*;
use crate::testing::statements;
use crate::{Document, PolicyKind};

fn newly(new: &str, old: &str, kind: PolicyKind) -> Difference {
    newly_allowed(&statements(new), &statements(old), kind, &Any)
}

fn verdict(new: &str, old: &str) -> Verdict {
    newly(new, old, PolicyKind::Identity).verdict()
}

fn allow(rest: &str) -> String {
    format!(r#"{{"Effect": "Allow", {rest}}}"#)
}

fn deny(rest: &str) -> String {
    format!(r#"{{"Effect": "Deny", {rest}}}"#)
}

const ALL: &str = r#""Action": "*", "Resource": "*""#;

#[test]
fn what_can_be_read_in_more_than_one_way_is_not_taken_for_nothing() {
    let with = |condition: &str| allow(&format!(r#"{ALL}, "Condition": {{{condition}}}"#));
    let nothing = deny(ALL);
    for (condition, expected) in [
        (r#""DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00"}"#, Unknown),
        (r#""DateLessThan": {"aws:TokenIssueTime": "2030-1-1"}"#, Unknown),
        (r#""IpAddress": {"aws:SourceIp": "011.0.0.0/8"}"#, Yes),
        (r#""IpAddress": {"aws:SourceIp": ":2001:db8::"}"#, Unknown),
        (r#""NumericLessThan": {"s3:max-keys": "1e3"}"#, Unknown),
        (r#""NumericLessThan": {"s3:max-keys": "0.5"}"#, Yes),
        (r#""Bool": {"aws:SecureTransport": "yes"}"#, Unknown),
        (r#""NumericLessThan": {"s3:max-keys": "many"}"#, No),
    ] {
        assert_eq!(verdict(&with(condition), &nothing), expected, "{condition}");
        assert_eq!(verdict(&with(condition), &with(condition)), No, "{condition}");
    }
}

#[test]
fn texts_whatever_their_case_are_compared_with_texts_as_they_are() {
    let with = |condition: &str| allow(&format!(r#"{ALL}, "Condition": {{{condition}}}"#));
    let key = |operator: &str, values: &str| format!(r#""{operator}": {{"aws:PrincipalTag/a": {values}}}"#);
    for (new, old, expected) in [
        (key("StringNotEqualsIgnoreCase", r#""x""#), key("StringNotEquals", r#""x""#), No),
        (key("StringNotEquals", r#""x""#), key("StringNotEqualsIgnoreCase", r#""X""#), Yes),
        (key("StringEquals", r#""x""#), key("StringEqualsIgnoreCase", r#""X""#), No),
        (key("StringEqualsIgnoreCase", r#""x""#), key("StringEquals", r#""x""#), Yes),
        (key("StringEqualsIgnoreCase", r#""ab""#), key("StringEquals", r#"["ab", "aB", "Ab", "AB"]"#), No),
        (key("StringEqualsIgnoreCase", r#""ab""#), key("StringEquals", r#"["ab", "aB", "Ab"]"#), Yes),
        (key("StringEqualsIgnoreCase", r#""a-1""#), key("StringLike", r#"["a-*", "A*"]"#), No),
        (key("StringEqualsIgnoreCase", r#""a-b""#), key("StringLike", r#""a-*""#), Yes),
        (key("StringLike", r#""a*""#), key("StringNotEqualsIgnoreCase", r#""abc""#), Yes),
        (key("StringLike", r#""a?c""#), key("StringEqualsIgnoreCase", r#"["abc", "adc"]"#), Yes),
        (
            key("StringEqualsIgnoreCase", r#"["a", "b"]"#),
            key("StringEqualsIgnoreCase", r#"["B", "A", "c"]"#),
            No,
        ),
        // Which other spellings of these letters AWS takes for the same no page says.
        (key("StringEqualsIgnoreCase", r#""σ""#), key("StringEquals", r#"["σ", "Σ"]"#), Unknown),
    ] {
        assert_eq!(verdict(&with(&new), &with(&old)), expected, "{new} beside {old}");
    }
    let difference = newly(
        &with(&key("StringEqualsIgnoreCase", r#""x""#)),
        &with(&key("StringEquals", r#""x""#)),
        PolicyKind::Identity,
    );
    assert!(format!("{difference:?}").contains("\"X\""), "{difference:?}");
}

#[test]
fn patterns_are_compared_as_values_of_the_type_of_their_key() {
    let with = |condition: &str| allow(&format!(r#"{ALL}, "Condition": {{{condition}}}"#));
    for (new, old, expected) in [
        (r#""StringLike": {"s3:max-keys": "1*"}"#, r#""StringLike": {"s3:max-keys": "10*"}"#, Yes),
        (r#""StringLike": {"s3:max-keys": "10*"}"#, r#""StringLike": {"s3:max-keys": "1*"}"#, No),
        (r#""StringLike": {"s3:max-keys": "5?"}"#, r#""NumericLessThan": {"s3:max-keys": "50"}"#, Yes),
        (r#""StringLike": {"s3:max-keys": "a*"}"#, r#""StringLike": {"s3:max-keys": "b*"}"#, Unknown),
        (
            r#""StringLike": {"aws:CurrentTime": "2026-*"}"#,
            r#""StringLike": {"aws:CurrentTime": "2025-*"}"#,
            Yes,
        ),
        (r#""StringLike": {"aws:SourceIp": "10.*"}"#, r#""IpAddress": {"aws:SourceIp": "10.1.0.0/16"}"#, Yes),
        (r#""StringLike": {"aws:SourceIp": "2001:db8:*"}"#, r#""StringLike": {"aws:SourceIp": "10.*"}"#, Yes),
        (r#""StringLike": {"aws:SecureTransport": "f*"}"#, r#""Bool": {"aws:SecureTransport": "true"}"#, Yes),
        (r#""StringLike": {"aws:SecureTransport": "t*"}"#, r#""Bool": {"aws:SecureTransport": "true"}"#, No),
        (
            r#""StringLike": {"aws:SecureTransport": "*"}"#,
            r#""StringEquals": {"aws:SecureTransport": ["true", "false"]}"#,
            Yes,
        ),
    ] {
        assert_eq!(verdict(&with(new), &with(old)), expected, "{new} beside {old}");
    }
}

#[test]
fn a_policy_allows_nothing_that_itself_does_not() {
    for policy in [
        allow(ALL),
        allow(r#""Action": ["s3:Get*", "s3:?ut*"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b*"]"#),
        allow(r#""NotAction": "iam:*", "NotResource": "arn:aws:s3:::a""#),
        allow(r#""Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}/*""#),
        allow(r#""Action": "s3:*", "Resource": "arn:aws:s3:::«var.bucket»/*""#),
        allow(r#""Action": "«var.action»", "Resource": "*""#),
        allow(
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/a": "${aws:username}"}}"#,
        ),
        allow(
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "«var.vpc»"}}"#,
        ),
        allow(
            r#""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}, "Bool": {"aws:SecureTransport": "true"}}"#,
        ),
        format!(
            "{}, {}",
            allow(ALL),
            deny(
                r#""Action": "iam:*", "Resource": "*", "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin*"}}"#
            )
        ),
    ] {
        assert_eq!(verdict(&policy, &policy), No, "{policy}");
    }
}

#[test]
fn what_is_new_in_each_dimension() {
    let cases = [
        // Actions.
        (r#""Action": "s3:*", "Resource": "*""#, r#""Action": "s3:Get*", "Resource": "*""#, Yes),
        (r#""Action": "s3:GetObject", "Resource": "*""#, r#""Action": "S3:get*", "Resource": "*""#, No),
        (r#""Action": ["s3:a*", "s3:b*"], "Resource": "*""#, r#""Action": ["s3:?*"], "Resource": "*""#, No),
        (
            r#""NotAction": ["iam:*", "sts:*"], "Resource": "*""#,
            r#""NotAction": "iam:*", "Resource": "*""#,
            No,
        ),
        (
            r#""NotAction": "iam:*", "Resource": "*""#,
            r#""NotAction": ["iam:*", "sts:*"], "Resource": "*""#,
            Yes,
        ),
        (r#""NotAction": "iam:*", "Resource": "*""#, ALL, No),
        // Resources.
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::a/b""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::a/*""#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::a/*""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::a/b""#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::*""#,
            r#""Action": "*", "NotResource": "arn:aws:s3:::a""#,
            Yes,
        ),
        // Conditions.
        (
            ALL,
            r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            ALL,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/9"]}}"#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/10"]}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"s3:max-keys": "10"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"NumericLessThanEquals": {"s3:max-keys": "10"}}"#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"NumericLessThanEquals": {"s3:max-keys": "10"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"s3:max-keys": "10"}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}"#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:sourceVpc": "vpc-1"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-2"}}"#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}"#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}"#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}"#,
            No,
        ),
        // What only deployment knows.
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::«var.a»""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::«var.b»""#,
            Unknown,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::«var.a»""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::*""#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::«var.a»""#,
            r#""Action": "*", "Resource": "arn:aws:sqs:*""#,
            Yes,
        ),
        (r#""Action": "*", "Resource": "*""#, r#""Action": "*", "Resource": "«var.a»""#, Unknown),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
            r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "«var.vpc»"}}"#,
            Unknown,
        ),
        // Variables: the same ones are the same, and a request can choose one that is not named.
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::${aws:username}/a""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::${aws:username}/*""#,
            No,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::${aws:username}/*""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::bob/*""#,
            Yes,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:s3:::b/*""#,
            r#""Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*""#,
            Yes,
        ),
    ];
    for (new, old, expected) in cases {
        assert_eq!(verdict(&allow(new), &allow(old)), expected, "{new}\n{old}");
    }
}

#[test]
fn an_operator_that_aws_does_not_have_leaves_it_open() {
    let unheard =
        r#""Action": "*", "Resource": "*", "Condition": {"StringMatches": {"aws:SourceVpc": "vpc-1"}}"#;
    let nothing = r#""Action": "sns:Publish", "Resource": "*""#;
    assert_eq!(verdict(&allow(unheard), &allow(nothing)), Unknown);
    assert_eq!(verdict(&allow(nothing), &allow(unheard)), Unknown);
}

/// What a policy allows of a question, and by which statements.
#[test]
fn questions_about_actions_and_resources() {
    let document = statements(&format!(
        "{}, {}, {}",
        allow(r#""Sid": "A", "Action": "kms:*", "Resource": "arn:aws:kms:*:111122223333:key/*""#),
        allow(
            r#""Sid": "B", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}"#
        ),
        deny(r#""Action": "kms:Schedule*", "Resource": "*""#),
    ));
    let ask = |action: &str, resource: &str| {
        let (actions, resources) = ([action.into()], [resource.into()]);
        let question = Question { actions: &actions, resources: &resources };
        let access = allowed(&document, PolicyKind::Identity, &question, &Known);
        (access.verdict, access.by, access.unless)
    };
    let own = "arn:aws:kms:eu-west-1:111122223333:key/k";
    let foreign = "arn:aws:kms:eu-west-1:444455556666:key/k";
    assert_eq!(ask("kms:Decrypt", own), (Yes, vec![(0, false), (1, true)], vec![]));
    assert_eq!(ask("kms:Decrypt", foreign), (Yes, vec![(1, true)], vec![]));
    assert_eq!(ask("kms:ScheduleKeyDeletion", own), (No, vec![], vec![]));
    assert_eq!(ask("kms:*", own), (Yes, vec![(0, false), (1, true)], vec![(2, false)]));
    assert_eq!(ask("s3:*", "*"), (No, vec![], vec![]));
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k").0, No);
}

#[test]
fn denials_count_on_both_sides() {
    let cases = [
        // A denial of the new policy takes back what is new.
        (
            format!("{}, {}", allow(ALL), deny(r#""NotAction": "s3:*", "Resource": "*""#)),
            allow(r#""Action": "s3:*", "Resource": "*""#),
            No,
        ),
        (
            format!("{}, {}", allow(ALL), deny(r#""NotAction": ["s3:*", "kms:*"], "Resource": "*""#)),
            allow(r#""Action": "s3:*", "Resource": "*""#),
            Yes,
        ),
        // A denial of the old one is gone.
        (allow(ALL), format!("{}, {}", allow(ALL), deny(r#""Action": "iam:*", "Resource": "*""#)), Yes),
        (
            allow(r#""Action": "s3:*", "Resource": "*""#),
            format!("{}, {}", allow(ALL), deny(r#""Action": "iam:*", "Resource": "*""#)),
            No,
        ),
        // Two denials together cover all.
        (
            format!(
                "{}, {}, {}",
                allow(r#""Action": "s3:*", "Resource": "*""#),
                deny(
                    r#""Action": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:SourceVpc": "true"}}"#
                ),
                deny(
                    r#""Action": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:SourceVpc": "false"}}"#
                )
            ),
            allow(r#""Action": "kms:*", "Resource": "*""#),
            No,
        ),
    ];
    for (new, old, expected) in cases {
        assert_eq!(verdict(&new, &old), expected, "{new}\n{old}");
    }
}

#[test]
fn principals_are_told_apart() {
    let with = |principal: &str| {
        allow(&format!(
            r#""Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#
        ))
    };
    let root = r#"{"AWS": "arn:aws:iam::111122223333:root"}"#;
    let role = r#"{"AWS": "arn:aws:iam::111122223333:role/app"}"#;
    let other = r#"{"AWS": "444455556666"}"#;
    let service = r#"{"Service": "cloudtrail.amazonaws.com"}"#;
    let cases = [
        (role, root, No),
        (root, role, Yes),
        (r#"{"AWS": "111122223333"}"#, root, No),
        (other, root, Yes),
        (service, root, Yes),
        (r#""*""#, root, Yes),
        (root, r#""*""#, No),
        (service, r#""*""#, No),
        (r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/app/session"}"#, role, No),
        (role, r#"{"AWS": "arn:aws:iam::«var.account»:root"}"#, Unknown),
        (
            r#"{"AWS": "arn:aws:iam::«var.account»:root"}"#,
            r#"{"AWS": "arn:aws:iam::«var.account»:root"}"#,
            No,
        ),
    ];
    for (new, old, expected) in cases {
        let difference = newly(&with(new), &with(old), PolicyKind::Resource);
        assert_eq!(difference.verdict(), expected, "{new}\n{old}");
    }
    // The account of a role is known from its ARN.
    let conditioned = allow(
        r#""Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
    );
    assert_eq!(newly(&conditioned, &with(root), PolicyKind::Resource).verdict(), No);
    assert_eq!(newly(&with(root), &conditioned, PolicyKind::Resource).verdict(), No);
}

#[test]
fn a_witness_says_what_is_new() {
    let new = allow(r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#);
    let old = allow(
        r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
    );
    let difference = newly(&new, &old, PolicyKind::Identity);
    let [change] = difference.changes.as_slice() else { panic!("{difference:?}") };
    let witness = change.witness.as_ref().unwrap();
    assert!(witness.resource.starts_with("arn:aws:s3:::b/"), "{witness:?}");
    assert!(witness.context.is_empty(), "{witness:?}");
    assert_eq!(change.why, Why::NotAllowed);
}

/// The statement of a public policy alone, through the automata, agrees with the table.
#[test]
fn openings_agree_with_the_table() {
    let document: Document = statements(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]}}}"#,
    );
    assert_eq!(document.is_public(&document.statements[0]).verdict, No);
}

#[test]
fn a_witness_has_values_that_its_keys_can_have() {
    let value = |condition: &str| {
        let new = allow(&format!(r#"{ALL}, "Condition": {{{condition}}}"#));
        let difference = newly(&new, &deny(ALL), PolicyKind::Identity);
        let witness = difference.changes.first().and_then(|change| change.witness.clone());
        witness.map(|witness| witness.context)
    };
    let one = |key: &str, value: &str| Some(vec![(key.to_owned(), KeyValue::One(value.to_owned()))]);
    assert_eq!(
        value(r#""StringNotEquals": {"s3:max-keys": "10"}, "Null": {"s3:max-keys": "false"}"#),
        one("s3:max-keys", "0")
    );
    assert_eq!(value(r#""NumericLessThan": {"s3:max-keys": "0"}"#), None);
    assert_eq!(value(r#""NumericLessThan": {"s3:max-keys": "1"}"#), one("s3:max-keys", "0"));
    // Every request that is signed has it.
    let found = value(r#""StringNotLike": {"aws:userid": "AROA*:*"}"#).unwrap();
    assert!(found.iter().any(|(key, value)| key == "aws:userid" && *value != KeyValue::Absent), "{found:?}");
}

#[test]
fn keys_that_describe_the_principal_belong_together() {
    let with = |condition: &str| allow(&format!(r#"{ALL}, "Condition": {{{condition}}}"#));
    let account = with(r#""StringEquals": {"aws:PrincipalAccount": "111122223333"}"#);
    let arn = with(r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}"#);
    let role = with(r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}"#);
    let other = with(r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:*"}"#);
    assert_eq!(verdict(&arn, &account), No);
    assert_eq!(verdict(&role, &account), No);
    assert_eq!(verdict(&other, &account), Yes);
    // Whoever federated has an ARN of STS, a user none of a role.
    assert_eq!(verdict(&account, &arn), Yes);
    assert_eq!(verdict(&account, &role), Yes);
    let named = |principal: &str, condition: &str| {
        allow(&format!(r#"{ALL}, "Principal": {{"AWS": "{principal}"}}, "Condition": {{{condition}}}"#))
    };
    let user = |kind: &str| {
        let condition = format!(r#""StringEquals": {{"aws:PrincipalType": "{kind}"}}"#);
        let new = named("arn:aws:iam::111122223333:user/u", r#""Bool": {"aws:SecureTransport": "true"}"#);
        newly(&new, &named("*", &condition), PolicyKind::Resource).verdict()
    };
    assert_eq!(user("User"), No);
    assert_eq!(user("AssumedRole"), Yes);
    let bob = named("arn:aws:iam::111122223333:user/team/bob", r#""Bool": {"aws:SecureTransport": "true"}"#);
    let by_name = |name: &str| {
        let old = named("*", &format!(r#""StringEquals": {{"aws:username": "{name}"}}"#));
        newly(&bob, &old, PolicyKind::Resource).verdict()
    };
    assert_eq!(by_name("bob"), No);
    assert_eq!(by_name("alice"), Yes);
}
