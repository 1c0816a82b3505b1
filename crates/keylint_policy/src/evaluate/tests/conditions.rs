//! What conditions hold for which requests.

use super::*;
use Decision::{Allowed, ImplicitlyDenied, Undecided};

/// The decision about a user whose one policy allows under a condition.
fn with(condition: &str, context: &str) -> Decision {
    decision(&format!(
        r#"{{"request": {{"action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key",
            "resourceAccount": "111122223333", "principal": "arn:aws:iam::111122223333:user/ana",
            "context": {context}}},
        "identityPolicies": [{{"Version": "2012-10-17", "Statement":
            {{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}}}]}}"#
    ))
}

#[track_caller]
fn check(cases: &[(&str, &str, Decision)]) {
    for (condition, context, expected) in cases {
        assert_eq!(with(condition, context), *expected, "{condition} {context}");
    }
}

/// The tables of IAM User Guide, "IAM JSON policy elements: Condition operators". The table about
/// `ForAllValues:StringNotLike` is left out: its answers are those of `StringLike`.
#[test]
fn operators_answer_as_the_tables_of_the_guide() {
    let tag = r#"{"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}"#;
    let home = r#"{"StringLike": {"s3:prefix": ["home/", "home/${aws:PrincipalTag/n}/"]}}"#;
    let tags = r#"{"StringEqualsIgnoreCase": {"aws:RequestTag/environment": ["preprod", "storage"]},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "environment"}}"#;
    let secure = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;
    let binary = r#"{"BinaryEquals": {"key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}"#;
    let address = r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    let source = r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}}"#;
    let logs = r#"{"ForAllValues:ArnLike": {"logs:LogGeneratingResourceArns":
        ["arn:aws::cloudfront:123456789012:distribution/*", "arn:aws::cloudfront:123456789012:distribution/support*"]}}"#;
    let instance = r#"{"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}"#;
    check(&[
        (tag, r#"{"aws:PrincipalTag/job-category": "iamuser-admin"}"#, Allowed),
        (tag, r#"{"aws:PrincipalTag/job-category": "dev-ops"}"#, ImplicitlyDenied),
        (tag, "{}", ImplicitlyDenied),
        (home, r#"{"s3:prefix": "home/martha_rivera/", "aws:PrincipalTag/n": "martha_rivera"}"#, Allowed),
        (
            home,
            r#"{"s3:prefix": "home/martha_rivera/", "aws:PrincipalTag/n": "nikki_wolf"}"#,
            ImplicitlyDenied,
        ),
        (home, r#"{"s3:prefix": "home/martha_rivera/"}"#, ImplicitlyDenied),
        (tags, r#"{"aws:TagKeys": ["environment"], "aws:RequestTag/environment": "preprod"}"#, Allowed),
        (
            tags,
            r#"{"aws:TagKeys": ["environment", "costcenter"], "aws:RequestTag/environment": "PreProd"}"#,
            Allowed,
        ),
        (
            tags,
            r#"{"aws:TagKeys": ["Environment"], "aws:RequestTag/Environment": "preprod"}"#,
            ImplicitlyDenied,
        ),
        (
            tags,
            r#"{"aws:TagKeys": ["costcenter"], "aws:RequestTag/environment": "preprod"}"#,
            ImplicitlyDenied,
        ),
        (tags, r#"{"aws:RequestTag/environment": "storage"}"#, ImplicitlyDenied),
        (tags, r#"{"aws:TagKeys": ["environment"]}"#, ImplicitlyDenied),
        (tags, "{}", ImplicitlyDenied),
        (secure, r#"{"aws:SecureTransport": "false"}"#, Allowed),
        (secure, r#"{"aws:SecureTransport": true}"#, ImplicitlyDenied),
        // Not in the table: every request has it.
        (secure, "{}", Undecided),
        (binary, r#"{"key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}"#, Allowed),
        (binary, r#"{"key": "ASIAIOSFODNN7EXAMPLE"}"#, ImplicitlyDenied),
        (binary, "{}", ImplicitlyDenied),
        (address, r#"{"aws:SourceIp": "203.0.113.1"}"#, Allowed),
        (address, r#"{"aws:SourceIp": "198.51.100.1"}"#, ImplicitlyDenied),
        (source, r#"{"aws:SourceArn": "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}"#, Allowed),
        (source, r#"{"aws:SourceArn": "arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}"#, ImplicitlyDenied),
        (source, "{}", ImplicitlyDenied),
        (
            logs,
            r#"{"logs:LogGeneratingResourceArns": ["arn:aws::cloudfront:123456789012:distribution/costcenter"]}"#,
            Allowed,
        ),
        (
            logs,
            r#"{"logs:LogGeneratingResourceArns": ["arn:aws::cloudfront:123456789012:distribution/costcenter", "arn:aws::cloudfront:123456789012:distribution/support2025"]}"#,
            Allowed,
        ),
        (
            logs,
            r#"{"logs:LogGeneratingResourceArns": ["arn:aws::cloudfront:123456789012:distribution/costcenter", "arn:aws::cloudfront:123456789012:distribution/admin"]}"#,
            Allowed,
        ),
        (
            logs,
            r#"{"logs:LogGeneratingResourceArns": ["arn:aws::cloudfront:777788889999:distribution/costcenter"]}"#,
            ImplicitlyDenied,
        ),
        (logs, "{}", Allowed),
        (instance, r#"{"ec2:InstanceType": "t1.micro"}"#, Allowed),
        (instance, r#"{"ec2:InstanceType": "m2.micro"}"#, ImplicitlyDenied),
        (instance, "{}", Allowed),
    ]);
}

/// The tables of IAM User Guide, "Conditions with multiple context keys or values" and
/// "Single-valued vs. multivalued context keys".
#[test]
fn keys_and_values_combine_as_the_tables_of_the_guide() {
    let positive = r#"{"StringEquals": {"aws:PrincipalTag/department": ["finance", "hr", "legal"],
        "aws:PrincipalTag/role": ["audit", "security"]}, "ArnLike": {"aws:PrincipalArn":
        ["arn:aws:iam::222222222222:user/Ana", "arn:aws:iam::222222222222:user/Mary"]}}"#;
    let negated = positive.replace("ArnLike", "ArnNotLike");
    let context = |department: &str, role: &str, user: &str| {
        let tag = |name: &str, value: &str| match value {
            "" => String::new(),
            _ => format!(r#""aws:PrincipalTag/{name}": "{value}", "#),
        };
        let (department, role) = (tag("department", department), tag("role", role));
        format!(r#"{{{department}{role}"aws:PrincipalArn": "arn:aws:iam::222222222222:user/{user}"}}"#)
    };
    let cases = [
        (positive, context("legal", "audit", "Mary"), Allowed),
        (positive, context("hr", "audit", "Nikki"), ImplicitlyDenied),
        (positive, context("hr", "payroll", "Mary"), ImplicitlyDenied),
        (positive, context("hr", "", "Mary"), ImplicitlyDenied),
        (positive, context("", "", "Mary"), ImplicitlyDenied),
        (&negated, context("legal", "audit", "Nikki"), Allowed),
        (&negated, context("hr", "audit", "Mary"), ImplicitlyDenied),
        (&negated, context("hr", "payroll", "Nikki"), ImplicitlyDenied),
        (&negated, context("hr", "", "Nikki"), ImplicitlyDenied),
        (&negated, context("", "", "Nikki"), ImplicitlyDenied),
    ];
    for (condition, context, expected) in cases {
        assert_eq!(with(condition, &context), expected, "{condition} {context}");
    }
    let all = r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]},
        "Null": {"aws:TagKeys": "false"}}"#;
    let any = r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}"#;
    check(&[
        (all, r#"{"aws:TagKeys": ["environment"]}"#, Allowed),
        (all, r#"{"aws:TagKeys": ["cost-center"]}"#, Allowed),
        (all, r#"{"aws:TagKeys": ["environment", "cost-center"]}"#, Allowed),
        (all, r#"{"aws:TagKeys": ["environment", "dept"]}"#, ImplicitlyDenied),
        (all, "{}", ImplicitlyDenied),
        (any, r#"{"aws:TagKeys": ["environment"]}"#, Allowed),
        (any, r#"{"aws:TagKeys": ["cost-center"]}"#, Allowed),
        (any, r#"{"aws:TagKeys": ["environment", "cost-center"]}"#, Allowed),
        (any, r#"{"aws:TagKeys": ["environment", "dept"]}"#, Allowed),
        (any, r#"{"aws:TagKeys": ["dept"]}"#, ImplicitlyDenied),
        (any, "{}", ImplicitlyDenied),
    ]);
}

#[test]
fn a_missing_key_satisfies_what_the_guide_says() {
    check(&[
        (r#"{"StringNotEquals": {"k": "a"}}"#, "{}", Allowed),
        (r#"{"ArnNotLike": {"k": "arn:aws:s3:::a"}}"#, "{}", Allowed),
        (r#"{"NotIpAddress": {"k": "10.0.0.0/8"}}"#, "{}", Allowed),
        (r#"{"NumericNotEquals": {"k": "1"}}"#, "{}", Allowed),
        (r#"{"DateNotEquals": {"k": "2020-01-01"}}"#, "{}", Allowed),
        (r#"{"NumericLessThan": {"k": "1"}}"#, "{}", ImplicitlyDenied),
        (r#"{"NumericLessThanIfExists": {"k": "1"}}"#, "{}", Allowed),
        (r#"{"ForAllValues:StringNotEquals": {"k": "a"}}"#, "{}", Allowed),
        (r#"{"ForAnyValue:StringNotEquals": {"k": "a"}}"#, "{}", ImplicitlyDenied),
        (r#"{"ForAnyValue:StringEqualsIfExists": {"k": "a"}}"#, "{}", Allowed),
        (r#"{"Null": {"k": "true"}}"#, "{}", Allowed),
        (r#"{"Null": {"k": "false"}}"#, "{}", ImplicitlyDenied),
        (r#"{"Null": {"k": "false"}}"#, r#"{"k": ""}"#, Allowed),
        (r#"{"Null": {"k": true}}"#, r#"{"k": []}"#, ImplicitlyDenied),
    ]);
}

#[test]
fn a_list_of_values_is_for_set_operators_alone() {
    check(&[
        (r#"{"StringEquals": {"k": "a"}}"#, r#"{"k": ["a"]}"#, ImplicitlyDenied),
        (r#"{"StringNotEquals": {"k": "b"}}"#, r#"{"k": ["a"]}"#, ImplicitlyDenied),
        (r#"{"StringEqualsIfExists": {"k": "a"}}"#, r#"{"k": ["a"]}"#, ImplicitlyDenied),
        (r#"{"ForAnyValue:StringEquals": {"k": "a"}}"#, r#"{"k": "a"}"#, Allowed),
        (r#"{"ForAllValues:StringNotEquals": {"k": "a"}}"#, r#"{"k": ["b", "c"]}"#, Allowed),
        (r#"{"ForAllValues:StringNotEquals": {"k": "a"}}"#, r#"{"k": ["b", "a"]}"#, ImplicitlyDenied),
        (r#"{"ForAnyValue:StringNotEquals": {"k": "a"}}"#, r#"{"k": ["b", "a"]}"#, Allowed),
        (r#"{"ForAnyValue:StringNotEquals": {"k": "a"}}"#, r#"{"k": ["a"]}"#, ImplicitlyDenied),
        (r#"{"ForAllValues:StringEquals": {"k": "a"}}"#, r#"{"k": []}"#, Allowed),
        (r#"{"ForAnyValue:StringEqualsIfExists": {"k": "a"}}"#, r#"{"k": []}"#, ImplicitlyDenied),
        // The guide and what was recorded contradict each other about the empty string.
        (r#"{"ForAllValues:StringEquals": {"k": "a"}}"#, r#"{"k": [""]}"#, Undecided),
        (r#"{"ForAllValues:StringEquals": {"k": ""}}"#, r#"{"k": [""]}"#, Allowed),
    ]);
}

#[test]
fn values_compare_by_the_type_of_the_operator() {
    check(&[
        (r#"{"StringEquals": {"K": "a"}}"#, r#"{"k": "a"}"#, Allowed),
        (r#"{"StringEqualsIgnoreCase": {"k": "ΟΣ"}}"#, r#"{"k": "ος"}"#, Undecided),
        (r#"{"StringEqualsIgnoreCase": {"k": "ΟΣ"}}"#, r#"{"k": "οα"}"#, ImplicitlyDenied),
        (r#"{"StringEqualsIgnoreCase": {"k": "É"}}"#, r#"{"k": "é"}"#, Allowed),
        (r#"{"StringEquals": {"k": "A"}}"#, r#"{"k": "a"}"#, ImplicitlyDenied),
        (r#"{"StringNotEqualsIgnoreCase": {"k": "A"}}"#, r#"{"k": "a"}"#, ImplicitlyDenied),
        (r#"{"StringEquals": {"k": "a*"}}"#, r#"{"k": "ab"}"#, ImplicitlyDenied),
        (r#"{"StringLike": {"k": "a?c*"}}"#, r#"{"k": "abc:d/e"}"#, Allowed),
        (r#"{"StringLike": {"k": "a*b"}}"#, r#"{"k": "a\nb"}"#, Allowed),
        (r#"{"StringLike": {"k": "a?"}}"#, r#"{"k": "a𐐀"}"#, ImplicitlyDenied),
        (r#"{"StringLike": {"k": "a??"}}"#, r#"{"k": "a𐐀"}"#, Allowed),
        (r#"{"NumericEquals": {"k": 5}}"#, r#"{"k": "5.0"}"#, Allowed),
        (r#"{"NumericGreaterThanEquals": {"k": "5"}}"#, r#"{"k": 5}"#, Allowed),
        (r#"{"NumericLessThan": {"k": ["1", "10"]}}"#, r#"{"k": "5"}"#, Allowed),
        (r#"{"NumericEquals": {"k": "5"}}"#, r#"{"k": "five"}"#, ImplicitlyDenied),
        (r#"{"NumericNotEquals": {"k": "5"}}"#, r#"{"k": "five"}"#, Allowed),
        (r#"{"NumericEquals": {"k": "five"}}"#, r#"{"k": "5"}"#, Undecided),
        (r#"{"DateEquals": {"k": "2020-01-01"}}"#, r#"{"k": "1577836800"}"#, Allowed),
        (
            r#"{"DateLessThan": {"k": "2020-01-01T00:00:00Z"}}"#,
            r#"{"k": "2019-12-31T23:59:59.999Z"}"#,
            Allowed,
        ),
        (r#"{"DateGreaterThan": {"k": "2020"}}"#, r#"{"k": "2024-01-01"}"#, Undecided),
        (r#"{"Bool": {"k": "FALSE"}}"#, r#"{"k": "no"}"#, Allowed),
        (r#"{"Bool": {"k": true}}"#, r#"{"k": "True"}"#, Allowed),
        (
            r#"{"IpAddress": {"k": ["10.0.0.0/8", "2001:DB8:1234:5678::/64"]}}"#,
            r#"{"k": "2001:db8:1234:5678::9"}"#,
            Allowed,
        ),
        (r#"{"NotIpAddress": {"k": "10.0.0.0/8"}}"#, r#"{"k": "home"}"#, ImplicitlyDenied),
        (r#"{"ArnLike": {"k": "arn:aws:s3:::*"}}"#, r#"{"k": "arn:aws:s3:::a/b:c"}"#, Allowed),
        (r#"{"ArnLike": {"k": "arn:aws:*:b"}}"#, r#"{"k": "arn:aws:s3:::b"}"#, Undecided),
        (
            r#"{"ArnLike": {"k": "arn:aws:iam::*:role/*"}}"#,
            r#"{"k": "arn:aws:iam::1:2:role/a"}"#,
            ImplicitlyDenied,
        ),
        (r#"{"ArnNotLike": {"k": "arn:aws:s3:::a"}}"#, r#"{"k": "a"}"#, ImplicitlyDenied),
        (r#"{"StringMatches": {"k": "a"}}"#, r#"{"k": "a"}"#, Undecided),
        (r#"{"StringEquals": {"k": "a"}}"#, r#"{"k": "a", "K": "b"}"#, Undecided),
    ]);
}

/// IAM User Guide, "IAM policy elements: Variables and tags".
#[test]
fn variables_stand_for_keys_of_the_request() {
    check(&[
        (r#"{"StringEquals": {"k": "${aws:username}"}}"#, r#"{"k": "ana"}"#, Allowed),
        (r#"{"StringEquals": {"k": "${AWS:UserName}"}}"#, r#"{"k": "ana"}"#, Allowed),
        (r#"{"StringEquals": {"k": "${x}"}}"#, r#"{"k": "ana"}"#, ImplicitlyDenied),
        (r#"{"StringNotEquals": {"k": "${x}"}}"#, r#"{"k": "ana"}"#, Allowed),
        (r#"{"StringEquals": {"k": "${x, 'ana'}"}}"#, r#"{"k": "ana"}"#, Allowed),
        (r#"{"StringEquals": {"k": "${x, 'bob'}"}}"#, r#"{"k": "ana", "x": "ana"}"#, Allowed),
        (r#"{"StringEquals": {"k": "${x, ana}"}}"#, r#"{"k": "ana"}"#, Undecided),
        (r#"{"StringEquals": {"k": "${x}"}}"#, r#"{"k": "ana", "x": ["ana"]}"#, ImplicitlyDenied),
        (r#"{"StringEquals": {"k": "${x, 'ana'}"}}"#, r#"{"k": "ana", "x": ["ana"]}"#, ImplicitlyDenied),
        (r#"{"StringEquals": {"k": "${x, 'ana'}"}}"#, r#"{"k": "ana", "x": ""}"#, Undecided),
        (r#"{"StringEquals": {"k": "a${x}"}}"#, r#"{"k": "b", "x": ""}"#, ImplicitlyDenied),
        (r#"{"StringLike": {"k": "${x}"}}"#, r#"{"k": "ana", "x": "*"}"#, ImplicitlyDenied),
        (r#"{"StringLike": {"k": "a${*}"}}"#, r#"{"k": "a*"}"#, Allowed),
        (r#"{"StringLike": {"k": "a${*}"}}"#, r#"{"k": "ab"}"#, ImplicitlyDenied),
        (r#"{"StringEquals": {"k": "${$}{x}"}}"#, r#"{"k": "${x}"}"#, Allowed),
        (
            r#"{"ArnLike": {"k": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}}"#,
            r#"{"k": "arn:aws:iam::111122223333:role/a"}"#,
            Allowed,
        ),
        (r#"{"Bool": {"k": "${x}"}}"#, r#"{"k": "true", "x": "true"}"#, Undecided),
    ]);
}

/// Source: IAM User Guide, "AWS global condition context keys", under "Availability".
#[test]
fn a_key_that_every_request_has_is_not_absent() {
    check(&[
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, "{}", Undecided),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, r#"{"aws:SecureTransport": "true"}"#, Allowed),
        (r#"{"Null": {"aws:SecureTransport": "false"}}"#, "{}", Undecided),
        (r#"{"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#, "{}", Undecided),
        (r#"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, "{}", ImplicitlyDenied),
        (r#"{"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}"#, "{}", Undecided),
    ]);
}

/// Source: IAM User Guide, "IAM policy validation check reference", "Null with qualifier".
#[test]
fn null_with_a_set_prefix_answers_the_same_for_every_request() {
    for context in ["{}", r#"{"k": "a"}"#] {
        check(&[
            (r#"{"ForAllValues:Null": {"k": "true"}}"#, context, Allowed),
            (r#"{"ForAllValues:Null": {"k": "false"}}"#, context, Allowed),
            (r#"{"ForAnyValue:Null": {"k": "true"}}"#, context, ImplicitlyDenied),
        ]);
    }
}

#[test]
fn a_request_without_a_resource_may_be_among_all_of_a_service() {
    let of = |resource: &str| {
        decision(&format!(
            r#"{{"request": {{"action": "s3:ListAllMyBuckets", "resource": "*", "principal": "arn:aws:iam::111122223333:user/ana"}},
            "identityPolicies": [{{"Version": "2012-10-17", "Statement":
                {{"Effect": "Allow", "Action": "s3:*", "Resource": "{resource}"}}}}]}}"#
        ))
    };
    assert_eq!(of("*"), Allowed);
    assert_eq!(of("arn:aws:s3:::*"), Undecided);
    assert_eq!(of("arn:aws:s3:::bucket"), ImplicitlyDenied);
}
