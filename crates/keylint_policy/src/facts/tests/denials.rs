//! What denials keep out, and what they leave open.

use keylint_model::Verdict::{No, Unknown, Yes};

use super::*;
use crate::document::Document;

#[test]
fn requests_without_tls_are_kept_out() {
    let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}"#;
    let deny = |principal: &str, action: &str, condition: &str| {
        format!(
            r#"{allow}, {{"Effect": "Deny", "Principal": {principal}, "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    let insecure = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;
    let on = |allowed: &str, denied: &str| {
        deny(r#""*""#, "s3:*", insecure)
            .replacen(r#""Resource": "*""#, &format!(r#""Resource": {allowed}"#), 1)
            .replacen(r#""Resource": "*""#, &format!(r#""Resource": {denied}"#), 1)
    };
    let (bucket, objects) = (r#""arn:aws:s3:::bucket""#, r#""arn:aws:s3:::bucket/*""#);
    let both = format!("[{bucket}, {objects}]");
    let cases = [
        (allow.to_owned(), No),
        (deny(r#""*""#, "s3:*", insecure), Yes),
        (on(objects, bucket), No),
        (on(objects, objects), Yes),
        (on(&both, objects), No),
        (on(objects, &both), Yes),
        (on(r#""«aws_s3_bucket.b.arn»/*""#, r#"["«aws_s3_bucket.b.arn»", "«aws_s3_bucket.b.arn»/*"]"#), Yes),
        (on(r#""«aws_s3_bucket.b.arn»/*""#, r#""«aws_s3_bucket.b.arn»""#), No),
        (on(r#""«var.bucket»/*""#, r#""«var.bucket»""#), Unknown),
        (deny(r#""*""#, "s3:Put*", insecure), No),
        (deny(r#"{"AWS": "111122223333"}"#, "s3:*", insecure), No),
        (deny(r#""*""#, "s3:*", r#"{"Bool": {"aws:SecureTransport": "true"}}"#), No),
        (
            deny(
                r#""*""#,
                "s3:*",
                r#"{"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
            ),
            No,
        ),
        (
            allow.replace(
                r#""Resource": "*""#,
                r#""Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            ),
            Yes,
        ),
    ];
    for (policy, expected) in cases {
        assert_eq!(statements(&policy).requires_tls(None).verdict, expected, "{policy}");
    }
}

#[test]
fn a_denial_guards_keys_only_where_it_reaches_everybody_everywhere() {
    let guards = |resource: &str, condition: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "{resource}", "Condition": {condition}}}"#
        ));
        document.guards("kms:ScheduleKeyDeletion")
    };
    for (condition, expected) in [
        ("{}", Yes),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, Yes),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, No),
        (r#"{"BoolIfExists": {"aws:ViaAWSService": "true"}}"#, No),
        (r#"{"Bool": {"aws:ViaAWSService": "«var.flag»"}}"#, Unknown),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#, Yes),
        (r#"{"StringNotLike": {"aws:PrincipalArn": "*"}}"#, No),
        (
            r#"{"StringNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/admin", "«var.spared»"]}}"#,
            Unknown,
        ),
        (r#"{"StringNotEquals": {"aws:PrincipalArn": "«var.spared»"}}"#, Yes),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, No),
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, No),
    ] {
        assert_eq!(guards("*", condition), expected, "{condition}");
    }
    for (resource, expected) in [
        ("arn:aws:kms:*:*:key/*", Yes),
        ("arn:*:kms:*:*:*", Yes),
        ("arn:aws:*", Yes),
        ("arn:aws:kms:*:111122223333:key/*", Unknown),
        ("arn:aws:kms:eu-west-1:111122223333:key/*", No),
        ("arn:aws:kms:eu-west-1:*:key/*", No),
        ("arn:aws:kms:*:*:alias/*", No),
        ("arn:aws:*:eu-west-1:111122223333:*", No),
    ] {
        assert_eq!(guards(resource, "{}"), expected, "{resource}");
    }
}

/// In the policy of a bucket the actions of S3 are all that there are.
#[test]
fn what_is_denied_of_the_service_of_a_policy_is_denied() {
    let required = |allow: &str, deny: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", {allow}, "Resource": "*"}},
               {{"Effect": "Deny", "Principal": "*", {deny}, "Resource": "*", "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}"#
        ));
        [Some("s3"), Some("sqs"), None].map(|service| document.requires_tls(service).verdict)
    };
    assert_eq!(required(r#""Action": "*""#, r#""Action": "s3:*""#), [Yes, No, No]);
    assert_eq!(required(r#""NotAction": "s3:Delete*""#, r#""Action": "s3:*""#), [Yes, No, No]);
    assert_eq!(required(r#""Action": "*""#, r#""NotAction": "sqs:*""#)[0], Yes);
    assert_eq!(required(r#""Action": "*""#, r#""Action": ["s3:Get*", "s3:Put*"]"#)[0], No);
    assert_eq!(required(r#""Action": "*""#, r#""Action": "«var.actions»""#)[0], Unknown);
}

/// A bucket's policy is about that bucket, however its name is written; what denies everything denies plain HTTP.
#[test]
fn a_bucket_is_the_same_by_name_and_by_reference() {
    let denied = |allowed: &str, denied: &str, condition: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "444455556666"}}, "Action": "s3:GetObject", "Resource": "{allowed}"}},
               {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {denied}, "Condition": {condition}}}"#
        ));
        document.requires_tls(Some("s3")).verdict
    };
    let http = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;
    let own = r#"["«aws_s3_bucket.b.arn»", "«aws_s3_bucket.b.arn»/*"]"#;
    for (allowed, resources, expected) in [
        ("arn:aws:s3:::data/*", own, Yes),
        ("arn:aws:s3:::data/reports/*", own, Yes),
        ("arn:«AWS::Partition»:s3:::«var.prefix»-data/*", own, Yes),
        ("arn:aws:s3:::data/*", r#""arn:aws:s3:::«aws_s3_bucket.b.id»/*""#, Yes),
        ("arn:aws:s3:::data", r#""«aws_s3_bucket.b.arn»/*""#, No),
        ("arn:aws:s3:::data/*", r#""«aws_s3_bucket.b.arn»/reports/*""#, No),
        ("arn:aws:s3:::data/*", r#""«var.resource»""#, Unknown),
    ] {
        assert_eq!(denied(allowed, resources, http), expected, "{allowed} {resources}");
    }
    assert_eq!(denied("arn:aws:s3:::data/*", r#""*""#, "{}"), Yes);
    assert_eq!(denied("arn:aws:s3:::data/*", r#""*""#, r#"{"Bool": {"aws:ViaAWSService": "true"}}"#), No);
}

/// What of a denial is not known may deny what is asked about.
#[test]
fn a_denial_that_is_not_whole_leaves_it_open() {
    let allow = r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}"#;
    let condition = r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#;
    let whole = format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
    );
    let open = |change: &dyn Fn(&mut Document)| {
        let mut document = statements(&format!("{allow}, {whole}"));
        change(&mut document);
        document.open_service(&document.statements[0]).fact.verdict
    };
    let more = || Some(std::sync::Arc::new(keylint_model::Unknown::new(keylint_model::Reason::Invalid)));
    assert_eq!(open(&|_| {}), No);
    let changes: [&dyn Fn(&mut crate::document::Statement); 4] = [
        &|denial| denial.actions = None,
        &|denial| denial.principals = None,
        &|denial| denial.resources = None,
        &|denial| denial.conditions.entries.clear(),
    ];
    for (place, change) in changes.iter().enumerate() {
        let without = |document: &mut Document| change(&mut document.statements[1]);
        assert_eq!(open(&without), Yes, "{place}");
        let unknown = |document: &mut Document| {
            without(document);
            document.statements[1].rest = more();
        };
        assert_eq!(open(&unknown), Unknown, "{place}");
    }
    assert_eq!(
        open(&|document| {
            document.statements.truncate(1);
            document.rest = more();
        }),
        Unknown
    );
    assert_eq!(
        open(&|document| {
            document.statements[1].conditions.entries.clear();
            document.statements[1].conditions.rest = more();
        }),
        Unknown
    );
}

/// An account is named in two ways, and is all of its identities.
#[test]
fn principals_are_compared_by_whose_they_are() {
    let limited = |allowed: &str, denied: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {allowed}, "Action": "kms:Decrypt", "Resource": "*"}},
               {{"Effect": "Deny", {denied}, "Action": "kms:*", "Resource": "*",
                 "Condition": {{"StringNotEquals": {{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}}}}"#
        ));
        document.is_limited(&document.statements[0]).verdict
    };
    let root = r#"{"AWS": "arn:aws:iam::999988887777:root"}"#;
    let id = r#"{"AWS": "999988887777"}"#;
    let role = r#"{"AWS": "arn:aws:iam::999988887777:role/a"}"#;
    let session = r#"{"AWS": "arn:aws:sts::999988887777:assumed-role/a/s"}"#;
    let other = r#"{"AWS": "111122223333"}"#;
    let held = r#"{"AWS": "«var.role»"}"#;
    let unique = r#"{"AWS": "AROAABCDEFGHIJKLMNOPQ"}"#;
    let principal = |denied: &str| format!(r#""Principal": {denied}"#);
    for (allowed, denied, expected) in [
        (root, id, Yes),
        (id, root, Yes),
        (role, root, Yes),
        (role, id, Yes),
        (session, id, Yes),
        (session, role, Unknown),
        (root, role, No),
        (role, r#"{"AWS": "arn:aws:iam::999988887777:role/b"}"#, No),
        (role, other, No),
        (held, other, Unknown),
        (held, held, Yes),
        (unique, id, Unknown),
        (role, unique, Unknown),
        (r#"{"AWS": ["999988887777", "111122223333"]}"#, id, No),
        (r#"{"AWS": "arn:aws:iam::«AWS::AccountId»:role/a"}"#, r#"{"AWS": "«AWS::AccountId»"}"#, Yes),
    ] {
        assert_eq!(limited(allowed, &principal(denied)), expected, "{allowed} {denied}");
    }
    // Whether who is named is spared depends on the service; who is not named may be of an account that is.
    assert_eq!(limited(role, &format!(r#""NotPrincipal": {role}"#)), No);
    assert_eq!(limited(role, &format!(r#""NotPrincipal": {other}"#)), Unknown);
    assert_eq!(limited(r#""*""#, &format!(r#""NotPrincipal": {other}"#)), No);
}

/// A key is locked by what denies it to those who may administer it, however they are named, and not by
/// what is about something else.
#[test]
fn a_key_is_locked_by_denials_of_itself() {
    let cause = |allowed: &str, denied: &str, resource: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {allowed}}}, "Action": "kms:*", "Resource": "*"}},
               {{"Effect": "Deny", "Principal": {denied}, "Action": "kms:*", "Resource": "{resource}"}}"#
        ));
        document.can_lock_out()
    };
    let root = r#""arn:aws:iam::111122223333:root""#;
    let two = r#"["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"]"#;
    let id = r#"{"AWS": "111122223333"}"#;
    assert_eq!(cause(root, id, "*"), (Yes, Some(Lockout::Denied)));
    assert_eq!(cause(two, &format!(r#"{{"AWS": {root}}}"#), "*"), (Yes, Some(Lockout::Denied)));
    assert_eq!(cause(two, r#"{"AWS": "444455556666"}"#, "*").0, No);
    assert_eq!(cause(root, r#""*""#, "arn:aws:s3:::x").0, No);
    assert_eq!(cause(root, r#""*""#, "arn:aws:kms:eu-west-1:111122223333:key/a").0, Unknown);
    assert_eq!(cause(root, r#""*""#, "*").0, Yes);
}

/// No policy that AWS takes has as many statements; how many pairs of them are compared has a limit.
#[test]
fn what_is_compared_has_a_limit() {
    let of = |count: usize| {
        let allow = |place: usize| {
            format!(
                r#"{{"Effect": "Allow", "Principal": {{"Service": "sns.amazonaws.com"}}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q{place}"}}"#
            )
        };
        let deny = |place: usize| {
            format!(
                r#"{{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q{place}", "Condition": {{"StringNotEquals": {{"aws:SourceAccount": "111122223333"}}}}}}"#
            )
        };
        let all: Vec<String> = (0..count).map(allow).chain((0..count).map(deny)).collect();
        statements(&all.join(","))
    };
    let document = of(100);
    assert_eq!(document.weighed().count(), 100);
    assert!(document.statements.iter().all(|it| document.open_service(it).fact.verdict == No));
    let document = of(3_000);
    let weighed = document.weighed().count();
    assert!((30..300).contains(&weighed), "{weighed}");
    // Each statement has four elements or more.
    assert!(weighed * document.statements.len() * 4 * 4 <= 10_000_000, "{weighed}");
    let verdicts = [0, weighed - 1, weighed, 2_999]
        .map(|place| document.open_service(&document.statements[place]).fact.verdict);
    assert_eq!(verdicts, [No, No, Unknown, Unknown]);
}
