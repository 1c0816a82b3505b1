//! Conditions that decide nothing, restrict nobody, or have a hole; tags that can be written; perimeters.

use keylint_model::Verdict::{self, No, Unknown, Yes};

use super::*;
use crate::document::Document;

fn asked(policy: &str, answer: impl Fn(&Document) -> Remark<'_>) -> Verdict {
    let document = statements(policy);
    let Remark { fact, .. } = answer(&document);
    fact.verdict
}

fn with(effect: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}"#
    )
}

/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
#[test]
fn conditions_that_no_request_satisfies() {
    let cases = [
        (r#"{"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalArn": ["arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a"]}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::«AWS::AccountId»:role/*"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalArn": ["arn:aws:iam::«var.a»:role/*", "«var.b»"]}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::«AWS::AccountId»:role/*"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalTag/a": "«var.a»*"}}"#, No),
        (r#"{"StringEquals": {"aws:ResourceTag/a": "b*"}}"#, No),
        (r#"{"StringEquals": {"s3:prefix": "*"}}"#, No),
        (r#"{"StringEquals": {"kms:ViaService": "s3.*.amazonaws.com"}}"#, Yes),
        (
            r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
            Yes,
        ),
        (
            r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "StringEqualsIgnoreCase": {"aws:requestedregion": "EU-WEST-1"}}"#,
            No,
        ),
        (r#"{"StringLike": {"s3:prefix": "a/*"}, "StringNotLike": {"s3:prefix": "a*"}}"#, Yes),
        (r#"{"StringLike": {"s3:prefix": "a*"}, "StringNotLike": {"s3:prefix": "a/*"}}"#, No),
        (r#"{"Null": {"s3:prefix": "true"}, "StringEquals": {"s3:prefix": "a"}}"#, Yes),
        (r#"{"Null": {"s3:prefix": "true"}, "StringEqualsIfExists": {"s3:prefix": "a"}}"#, No),
        (r#"{"Null": {"aws:SecureTransport": "true"}}"#, Yes),
        (r#"{"StringEquals": {"s3:prefix": []}}"#, Yes),
        (r#"{"StringNotEquals": {"s3:prefix": []}}"#, No),
        (r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": []}}"#, Yes),
        (
            r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}}"#,
            Yes,
        ),
        (
            r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}}"#,
            No,
        ),
        (r#"{"NumericLessThan": {"s3:max-keys": "10"}, "NumericGreaterThan": {"s3:max-keys": "10"}}"#, Yes),
        (r#"{"NumericGreaterThan": {"s3:max-keys": "99999999999999999999"}}"#, No),
        (r#"{"NumericLessThan": {"s3:max-keys": "1e3"}}"#, No),
        (r#"{"NumericLessThan": {"s3:max-keys": "many"}}"#, Yes),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00"}}"#, No),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "2016-12-13t2:00:00.593194+23"}}"#, No),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "1577836800000"}}"#, No),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "2020"}}"#, No),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "soon"}}"#, Yes),
        (r#"{"DateGreaterThan": {"s3:object-lock-retain-until-date": "2020"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "011.0.0.0/8"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": ":2001:db8::"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "home"}}"#, Yes),
        (r#"{"Bool": {"aws:SecureTransport": "yes"}}"#, No),
        (r#"{"BinaryEquals": {"custom:bytes": "QQ"}}"#, No),
        (
            r#"{"NumericLessThanEquals": {"s3:max-keys": "10"}, "NumericGreaterThanEquals": {"s3:max-keys": "10"}}"#,
            No,
        ),
        (
            r#"{"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}, "DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}"#,
            Yes,
        ),
        (r#"{"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#, No),
        (
            r#"{"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}, "NotIpAddress": {"aws:SourceIp": "198.51.0.0/16"}}"#,
            Yes,
        ),
        (
            r#"{"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}, "NotIpAddress": {"aws:SourceIp": "198.51.100.0/25"}}"#,
            No,
        ),
        (
            r#"{"Bool": {"aws:SecureTransport": "true"}, "BoolIfExists": {"aws:SecureTransport": "false"}}"#,
            Yes,
        ),
        (
            r#"{"StringEquals": {"aws:RequestedRegion": "«var.region»"}, "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
            No,
        ),
        (r#"{"ForAnyValue:ArnLike": {"events:TargetArn": "arn:aws:events:*:*:api-destination/*"}}"#, No),
        (
            r#"{"ForAnyValue:StringEquals": {"events:TargetArn": "arn:aws:events:*:*:api-destination/*"}}"#,
            Yes,
        ),
        (r#"{"StringEquals": {"aws:TagKeys": "a"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalArn": "«var.role»"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalArn": "«aws_iam_role.a.arn»"}}"#, No),
    ];
    for (condition, expected) in cases {
        let answer =
            |effect| asked(&with(effect, condition), |document| document.statements[0].constant_condition());
        assert_eq!(answer("Allow"), expected, "{condition}");
        if expected == Yes {
            assert_eq!(answer("Deny"), Yes, "{condition}");
        }
    }
}

#[test]
fn denials_that_nobody_escapes() {
    let cases = [
        (r#"{"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, Yes),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, No),
        (
            r#"{"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/*", "aws:PrincipalOrgID": "o-1"}}"#,
            No,
        ),
        (r#"{"Null": {"s3:prefix": ["true", "false"]}}"#, Yes),
        (r#"{"Bool": {"aws:SecureTransport": ["true", "false"]}}"#, Yes),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, No),
        (r#"{"StringNotEquals": {"s3:prefix": []}}"#, Yes),
        (r#"{"StringNotLike": {"aws:PrincipalArn": "«var.role»"}}"#, No),
    ];
    for (condition, expected) in cases {
        let found = asked(&with("Deny", condition), |document| document.statements[0].constant_condition());
        assert_eq!(found, expected, "{condition}");
        assert_eq!(
            asked(&with("Allow", condition), |document| document.statements[0].constant_condition()),
            No
        );
    }
}

#[test]
fn conditions_that_restrict_nobody() {
    let cases = [
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, No),
        (
            r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "Null": {"aws:PrincipalOrgID": "false"}}"#,
            No,
        ),
        (
            r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "StringEquals": {"aws:PrincipalAccount": "1"}}"#,
            No,
        ),
        (
            r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "StringEquals": {"aws:ResourceTag/a": "b"}}"#,
            Yes,
        ),
        (r#"{"ForAllValues:StringEquals": {"aws:PrincipalTag/a": "b"}}"#, Yes),
        (r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}"#, Yes),
        (r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}"#, No),
        (r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}"#, No),
        (r#"{"StringEqualsIfExists": {"ec2:InstanceType": "t3.micro"}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:ResourceAccount": "111122223333"}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:RequestTag/a": "b"}}"#, No),
        (r#"{"StringEqualsIfExists": {"ec2:ResourceTag/a": "b"}}"#, Yes),
        (r#"{"StringNotEquals": {"aws:ResourceTag/a": "b"}}"#, No),
        (r#"{"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#, Yes),
        (
            r#"{"NotIpAddress": {"aws:SourceIp": "198.51.100.7/32"}, "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#,
            No,
        ),
        (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, Yes),
        (
            r#"{"IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}, "StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
            No,
        ),
        (r#"{"IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}}"#, Yes),
        (r#"{"StringLike": {"aws:SourceVpce": "vpce-*"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalAccount": "${aws:principalaccount}"}}"#, Yes),
        (r#"{"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#, No),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/a"}}"#, No),
        (r#"{"StringLike": {"aws:ResourceTag/a": "*"}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": []}}"#, No),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, No),
    ];
    for (condition, expected) in cases {
        let found = asked(&with("Allow", condition), |document| {
            document.statements[0].loose_condition(PolicyKind::Identity)
        });
        assert_eq!(found, expected, "{condition}");
        let denied = asked(&with("Deny", condition), |document| {
            document.statements[0].loose_condition(PolicyKind::Identity)
        });
        assert_eq!(denied, No, "{condition}");
    }
}

/// Source: IAM User Guide, "AWS global condition context keys", under "Availability".
#[test]
fn denials_that_a_request_escapes() {
    let cases = [
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, PolicyKind::Identity, Yes),
        (r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#, PolicyKind::Identity, No),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, PolicyKind::Resource, No),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, PolicyKind::Resource, Yes),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, PolicyKind::Scp, No),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, PolicyKind::Rcp, No),
        (r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}"#, PolicyKind::Identity, Yes),
        (r#"{"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-1/*"}}"#, PolicyKind::Resource, Yes),
        (r#"{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-1/*"}}"#, PolicyKind::Resource, No),
        (r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}"#, PolicyKind::Identity, No),
        (
            r#"{"ForAnyValue:StringNotEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}"#,
            PolicyKind::Identity,
            Yes,
        ),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#, PolicyKind::Resource, No),
        (r#"{"StringNotLike": {"aws:PrincipalArn": "*"}}"#, PolicyKind::Resource, Yes),
        (
            r#"{"StringNotEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}}"#,
            PolicyKind::Resource,
            Yes,
        ),
        (r#"{"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, PolicyKind::Identity, Yes),
        (r#"{"StringEquals": {"aws:RequestTag/stage": "prod"}}"#, PolicyKind::Identity, No),
    ];
    for (condition, kind, expected) in cases {
        let found =
            asked(&with("Deny", condition), |document| document.hole_in(&document.statements[0], kind));
        assert_eq!(found, expected, "{condition}");
    }
    let closed = format!(
        "{}, {}",
        with("Deny", r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}"#),
        with("Deny", r#"{"Null": {"aws:MultiFactorAuthAge": "true"}}"#)
    );
    let found = |policy: &str| {
        asked(policy, |document| document.hole_in(&document.statements[0], PolicyKind::Identity))
    };
    assert_eq!(found(&closed), No);
    let (first, second) = closed.split_once("}}}, ").unwrap();
    let (first, second) = (format!("{first}}}}}}}"), second.replace("s3:GetObject", "s3:*"));
    assert_eq!(found(&format!("{first}, {second}")), No);
    // What is denied for another action or resource, or in some cases only, closes nothing.
    for other in [
        second.replace("s3:*", "s3:PutObject"),
        second.replace(r#""Resource": "*""#, r#""Resource": "arn:aws:s3:::other/*""#),
        second.replace(r#""true""#, r#""false""#),
    ] {
        assert_eq!(found(&format!("{first}, {other}")), Yes, "{other}");
    }
    let partly =
        second.replace(r#""Null""#, r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "Null""#);
    assert_eq!(found(&format!("{first}, {partly}")), Unknown);
}

#[test]
fn tags_that_open_what_they_close() {
    let guarded = r#"{"Effect": "Allow", "Action": "ec2:StopInstances", "Resource": "RESOURCE", "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}"#;
    let cases = [
        (r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*"}"#, "*", Yes),
        (r#"{"Effect": "Allow", "Action": "ec2:Create*", "Resource": "*"}"#, "*", Yes),
        (r#"{"Effect": "Allow", "Action": "ec2:DeleteTags", "Resource": "*"}"#, "*", No),
        // No placement group is ever stopped.
        (
            r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*:*:placement-group/*"}"#,
            "*",
            No,
        ),
        (r#"{"Effect": "Allow", "Action": "s3:PutObjectTagging", "Resource": "*"}"#, "*", No),
        (r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#, "*", No),
        (
            r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*:*:volume/*"}"#,
            "arn:aws:ec2:*:*:instance/*",
            No,
        ),
        (
            r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}"#,
            "*",
            No,
        ),
        (
            r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#,
            "*",
            Yes,
        ),
    ];
    for (tagging, resource, expected) in cases {
        let policy = format!("{}, {tagging}", guarded.replace("RESOURCE", resource));
        assert_eq!(
            asked(&policy, |document| document.writable_tag(&document.statements[1])),
            expected,
            "{tagging}"
        );
    }
    let secrets = |guarded: &str, tagged: &str, denial: &str| {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";
        let policy = format!(
            r#"{{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "{arn}:{guarded}", "Condition": {{"StringEquals": {{"aws:ResourceTag/team": "x"}}}}}},
            {{"Effect": "Allow", "Action": "secretsmanager:TagResource", "Resource": "{arn}:{tagged}"}}{denial}"#
        );
        asked(&policy, |document| document.writable_tag(&document.statements[1]))
    };
    assert_eq!(secrets("a-??????", "b-??????", ""), No);
    assert_eq!(secrets("a*", "ab*", ""), Yes);
    assert_eq!(secrets("«var.a»-??????", "b-??????", ""), Unknown);
    let denied = |action: &str, resource: &str, condition: &str| {
        let denial = format!(
            r#", {{"Effect": "Deny", "Action": "{action}", "Resource": "{resource}", "Condition": {condition}}}"#
        );
        secrets("a*", "ab*", &denial)
    };
    let team = r#"{"StringNotEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}"#;
    assert_eq!(denied("secretsmanager:Tag*", "*", team), No);
    assert_eq!(denied("secretsmanager:TagResource", "*", "{}"), No);
    assert_eq!(
        denied("secretsmanager:*", "*", r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}"#),
        No
    );
    assert_eq!(
        denied("secretsmanager:*", "*", r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": ["env"]}}"#),
        Yes
    );
    assert_eq!(denied("ec2:CreateTags", "*", team), Yes);
    assert_eq!(
        denied("secretsmanager:*", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:b*", team),
        Yes
    );
    assert_eq!(denied("secretsmanager:*", "*", r#"{"StringEquals": {"aws:RequestTag/team": "y"}}"#), Unknown);
    assert_eq!(
        denied(
            "secretsmanager:*",
            "*",
            r#"{"Null": {"aws:RequestTag/team": "false"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}}"#
        ),
        Unknown
    );
    let caller = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/admin": "true"}}}, {"Effect": "Allow", "Action": "iam:TagRole", "Resource": "*"}"#;
    assert_eq!(asked(caller, |document| document.writable_tag(&document.statements[1])), Yes);
}

/// Sources: KMS Developer Guide, "AWS KMS condition keys".
#[test]
fn names_of_services_that_call_kms() {
    let cases = [
        ("secretsmanager.eu-west-1.amazonaws.com", No),
        ("secretsmanager.*.amazonaws.com", No),
        ("secretsmanager.«data.aws_region.current.name».amazonaws.com", No),
        ("secretmanager.«AWS::Region».amazonaws.com", Yes),
        ("secretsmanager.eu-west-9.amazonaws.com", Yes),
        ("secretsmanager.amazonaws.com", Yes),
        ("ssm.eu-west-1.amazonaws.com", No),
        ("dynamodb.cn-north-1.amazonaws.com", No),
        ("nothing.eu-west-1.amazonaws.com", Yes),
        // AWS's own policies name services that the table leaves out.
        ("guardduty.eu-west-1.amazonaws.com", No),
        ("secretsmanager.eu-west-1.amazonaws.*", No),
        ("*", No),
        ("«var.service»", Unknown),
    ];
    for (value, expected) in cases {
        let condition = format!(r#"{{"StringLike": {{"kms:ViaService": "{value}"}}}}"#);
        let found = asked(&with("Allow", &condition), |document| document.statements[0].wrong_via_service());
        assert_eq!(found, expected, "{value}");
    }
}

/// Source: IAM User Guide, "Data perimeters".
#[test]
fn perimeters_make_exceptions_for_services() {
    let rcp = [
        (r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#, Yes),
        (
            r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
            No,
        ),
        (
            r#"{"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}, "Null": {"aws:SourceAccount": "false"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}"#,
            No,
        ),
        (r#"{"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}}"#, Yes),
        (
            r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1", "aws:ResourceTag/exempt": "true"}}"#,
            Yes,
        ),
        (
            r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1", "aws:PrincipalServiceName": "a.amazonaws.com"}}"#,
            No,
        ),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, No),
        (r#"{"NumericLessThan": {"s3:TlsVersion": "1.2"}}"#, No),
    ];
    for (condition, expected) in rcp {
        let found = asked(&with("Deny", condition), |document| {
            document.blocks_services(&document.statements[0], PolicyKind::Rcp)
        });
        assert_eq!(found, expected, "{condition}");
    }
    let scp = [
        (r#"{"NotIpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}}"#, Yes),
        (
            r#"{"NotIpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}, "BoolIfExists": {"aws:ViaAWSService": "false"}}"#,
            No,
        ),
        (
            r#"{"StringNotEquals": {"aws:SourceVpc": "vpc-1"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}"#,
            Yes,
        ),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#, No),
        (r#"{"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#, No),
    ];
    for (condition, expected) in scp {
        let found = asked(&with("Deny", condition), |document| {
            document.blocks_services(&document.statements[0], PolicyKind::Scp)
        });
        assert_eq!(found, expected, "{condition}");
    }
}

#[test]
fn a_guard_of_an_organisation_is_about_everybody_and_everything() {
    let guards = |resource: &str, condition: &str| {
        let policy = format!(
            r#"{{"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "{resource}", "Condition": {condition}}}"#
        );
        statements(&policy).guards("kms:ScheduleKeyDeletion")
    };
    let spared = r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}"#;
    assert_eq!(guards("*", spared), Yes);
    assert_eq!(guards("arn:aws:kms:*:*:key/*", "{}"), Yes);
    assert_eq!(guards("arn:aws:kms:eu-west-1:111122223333:key/one", "{}"), No);
    assert_eq!(guards("«var.keys»", "{}"), Unknown);
    assert_eq!(guards("*", r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#), No);
    let requires = |resource: &str, condition: &str| {
        let policy = format!(
            r#"{{"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "{resource}", "Condition": {condition}}}"#
        );
        statements(&policy).requires("secretsmanager:CreateSecret", &["secretsmanager:KmsKeyArn"])
    };
    let absent = r#"{"Null": {"secretsmanager:KmsKeyArn": "True"}}"#;
    assert_eq!(requires("*", absent), Yes);
    assert_eq!(requires("arn:aws:secretsmanager:eu-west-1:111122223333:secret:one-*", absent), No);
    assert_eq!(
        requires(
            "*",
            r#"{"Null": {"secretsmanager:KmsKeyArn": "true"}, "StringEquals": {"aws:PrincipalTag/x": "y"}}"#
        ),
        Unknown
    );
    assert_eq!(requires("*", r#"{"StringEquals": {"aws:PrincipalTag/x": "y"}}"#), No);
}
