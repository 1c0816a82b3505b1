//! Statements that are open to everybody, and what closes them.

use super::*;

fn public(rest: &str) -> Verdict {
    let document =
        statements(&format!(r#"{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", {rest}}}"#));
    document.statements[0].is_public().verdict
}

/// Sources: S3 User Guide, "The meaning of public"; IAM User Guide, "AWS JSON policy elements:
/// Principal".
#[test]
fn principals_that_are_everybody() {
    let cases = [
        (r#""Principal": "*""#, Yes),
        (r#""Principal": {"AWS": "*"}"#, Yes),
        (r#""Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}"#, Yes),
        (r#""Principal": ["*"]"#, Yes),
        (r#""Principal": {"AWS": [["*"]]}"#, Yes),
        (r#""Principal": {"AWS": "arn:aws:iam::*:role/sns"}"#, Yes),
        (r#""Principal": {"AWS": "arn:aws:iam::*:«var.role»"}"#, Yes),
        (r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}"#, Yes),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#, No),
        (r#""Principal": {"AWS": "111122223333"}"#, No),
        (r#""Principal": {"Service": "sns.amazonaws.com"}"#, No),
        (r#""Principal": {"AWS": "arn:aws:iam::«var.account»:root"}"#, No),
        (r#""Principal": {"AWS": "«aws_iam_role.app.arn»"}"#, No),
        (r#""Principal": {"AWS": "«AWS::AccountId»"}"#, No),
        (r#""Principal": {"AWS": «var.principals»}"#, Unknown),
        (r#""Principal": {"Service": "«var.service»"}"#, No),
        (r#""Principal": «var.principal»"#, Unknown),
        (r#""Principal": {"AWS": ["«var.principal»", "*"]}"#, Yes),
        (r#""Sid": "NoPrincipalAtAll""#, No),
    ];
    for (principal, verdict) in cases {
        assert_eq!(public(principal), verdict, "{principal}");
    }
}

/// The table of `public`, row by row, each with its near misses.
#[test]
fn conditions_that_limit_everybody_to_somebody() {
    let cases = [
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, No),
        (r#"{"StringEquals": {"AWS:principalorgid": "o-a1b2c3d4e5"}}"#, No),
        // No organisation has an asterisk in its id, so that nobody is let in.
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-*"}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalTag/team": "a*"}}"#, Yes),
        (r#"{"StringEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "*"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "«var.org»"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": «var.orgs»}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, Yes),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, Yes),
        (r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, Yes),
        (r#"{"Null": {"aws:PrincipalOrgID": "false"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalAccount": ["111122223333", "444455556666"]}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalAccount": ["111122223333", "4444*"]}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}"#, No),
        (r#"{"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}"#, Yes),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}}"#, No),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111122223333:*"}}"#, No),
        (r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::«var.account»:role/*"}}"#, No),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}"#, Yes),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1111????3333:role/app"}}"#, Yes),
        (r#"{"ArnLike": {"aws:PrincipalArn": "*"}}"#, Yes),
        (r#"{"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/u"}}"#, Yes),
        (r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-1/*"}}"#, No),
        (r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-ab12/*"}}"#, Yes),
        (r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#, Yes),
        (r#"{"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}"#, No),
        (r#"{"StringLike": {"aws:userid": "*:botocore-session"}}"#, Yes),
        (r#"{"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}"#, No),
        (r#"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#, Yes),
        (r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, Yes),
        (r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}"#, Yes),
        (r#"{"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}"#, No),
        (r#"{"IpAddress": {"aws:SourceIp": "::/0"}}"#, Yes),
        (r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#, Yes),
        (r#"{"IpAddress": {"aws:SourceIp": «var.ranges»}}"#, No),
        (r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:topic"}}"#, No),
        (r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}"#, No),
        (r#"{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::my-bucket"}}"#, No),
        (r#"{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::my-*"}}"#, Yes),
        (r#"{"ArnLike": {"aws:SourceArn": "«aws_s3_bucket.logs.arn»"}}"#, No),
        (r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#, No),
        (r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#, No),
        (r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#, Yes),
        (
            r#"{"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"}}"#,
            No,
        ),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, No),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, Yes),
        (r#"{"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}"#, No),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, Yes),
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, Yes),
        (r#"{"StringEquals": {"aws:ResourceAccount": "111122223333"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalTag/team": "security"}}"#, Yes),
        (r#"{"StringEquals": {"sts:ExternalId": "abcdef"}}"#, Yes),
        (
            r#"{"StringEquals": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:1:secret:x"}}"#,
            Yes,
        ),
        (r#"{"StringLike": {"aws:Referer": "https://example.com/*"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "*"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, No),
        (r#"{"Unheard": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": []}}"#, No),
        ("{}", Yes),
        ("«var.condition»", Unknown),
        (r#"{"StringEquals": {"«var.key»": "x"}}"#, Unknown),
        (r#"{"«var.operator»": {"aws:PrincipalOrgID": "x"}}"#, Unknown),
        (r#"{"«var.operator»": {"a": "x"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, No),
    ];
    for (condition, verdict) in cases {
        let rest = format!(r#""Principal": "*", "Condition": {condition}"#);
        assert_eq!(public(&rest), verdict, "{condition}");
    }
}

#[test]
fn a_variable_is_text_in_the_old_language() {
    let policy = |version: &str| {
        crate::testing::document(&format!(
            r#"{{{version} "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {{"StringEquals": {{"aws:PrincipalAccount": "${{aws:PrincipalAccount}}"}}}}}}}}"#
        ))
    };
    let verdict = |version| policy(version).statements[0].is_public().verdict;
    assert_eq!(verdict(r#""Version": "2012-10-17","#), Yes);
    assert_eq!(verdict(r#""Version": "2008-10-17","#), No);
    assert_eq!(verdict(""), No);
}

#[test]
fn only_what_allows_is_public() {
    let with = |effect: &str| {
        let document = statements(&format!(
            r#"{{"Effect": {effect}, "Principal": "*", "Action": "kms:*", "Resource": "*"}}"#
        ));
        document.statements[0].is_public().verdict
    };
    assert_eq!(with(r#""Allow""#), Yes);
    assert_eq!(with(r#""Deny""#), No);
    assert_eq!(with(r#""allow""#), No);
    assert_eq!(with("«var.effect»"), Unknown);
}

/// Zelkova reasons over the whole document: what is denied to outsiders is not public.
#[test]
fn a_denial_to_outsiders_makes_private() {
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#;
    let cases = [
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}"#,
            No,
        ),
        (
            r#"{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}"#,
            No,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}"#,
            No,
        ),
        (
            r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "*", "Resource": "*"}"#,
            No,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}}}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1", "aws:PrincipalTag/x": "y"}}}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}"#,
            Yes,
        ),
        (r#"{"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}"#, Yes),
        (
            r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": «var.condition»}"#,
            Unknown,
        ),
    ];
    for (denial, verdict) in cases {
        let document = statements(&format!("{open}, {denial}"));
        assert_eq!(document.is_public(&document.statements[0]).verdict, verdict, "{denial}");
    }
}

/// Statements beyond the limit on the work are open, not clean and not public.
#[test]
fn what_there_is_no_work_left_for_is_open() {
    let statement = |effect: &str| {
        format!(r#"{{"Effect": "{effect}", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}"#)
    };
    let denial = statement("Deny").replace("s3:", "sqs:");
    let all: Vec<String> =
        (0..205).map(|_| statement("Allow")).chain((0..200).map(|_| denial.clone())).collect();
    let document = statements(&all.join(","));
    let found = |place: usize| {
        let statement = &document.statements[place];
        (document.is_public(statement).verdict, document.is_public_cut(statement))
    };
    assert_eq!([found(0), found(204), found(205)], [(Yes, false), (Unknown, true), (No, false)]);
}
