//! Cases that the two evaluators are known to see differently, or where keylint does not decide: one
//! peculiarity each, in a case that is otherwise as small as can be.

mod structure;

use serde_json::{Map, Value, json};

use super::policies::OWN;
use super::random::Random;

/// Conditions with contexts. Each stands in the one statement of a case.
const CONDITIONS: [(&str, &str); 73] = [
    (
        r#"{"ArnLike": {"aws:SourceArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}}"#,
        r#"{"aws:SourceArn": "arn:aws:iam::111122223333:role/a"}"#,
    ),
    (
        r#"{"ArnNotLike": {"aws:SourceArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}}"#,
        r#"{"aws:SourceArn": "arn:aws:iam::111122223333:role/a"}"#,
    ),
    (
        r#"{"StringNotEquals": {"aws:RequestTag/a": "${aws:PrincipalTag/b, 'c'}"}}"#,
        r#"{"aws:RequestTag/a": "", "aws:PrincipalTag/b": ""}"#,
    ),
    (
        r#"{"StringEquals": {"aws:RequestTag/a": "${aws:PrincipalTag/b, 'c'}"}}"#,
        r#"{"aws:RequestTag/a": "c", "aws:PrincipalTag/b": ""}"#,
    ),
    (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, r#"{"aws:SourceIp": "10.0.0.1"}"#),
    (r#"{"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, r#"{"aws:SourceIp": "10.0.0.1"}"#),
    (r#"{"NotIpAddress": {"aws:SourceIp": "2001:db8::/32"}}"#, r#"{"aws:SourceIp": "10.0.0.1"}"#),
    (
        r#"{"ForAnyValue:NotIpAddress": {"test:Addresses": "2001:db8::1"}}"#,
        r#"{"test:Addresses": ["10.0.0.1"]}"#,
    ),
    (r#"{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, r#"{"aws:SourceIp": "2001:db8::1"}"#),
    (r#"{"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}"#, "{}"),
    (r#"{"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "a*"}}"#, r#"{"aws:SourceIp": "10.0.0.1"}"#),
    (r#"{"ForAnyValue:ArnLikeIfExists": {"test:Arns": "arn:aws:s3:::*"}}"#, "{}"),
    (
        r#"{"DateEquals": {"aws:CurrentTime": "1577836800"}}"#,
        r#"{"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#,
    ),
    (
        r#"{"DateGreaterThan": {"aws:CurrentTime": "1577836800"}}"#,
        r#"{"aws:CurrentTime": "2019-01-01T00:00:00Z"}"#,
    ),
    (r#"{"DateLessThan": {"aws:EpochTime": "2020-01-01T00:00:00Z"}}"#, r#"{"aws:EpochTime": "1600000000"}"#),
    (r#"{"DateLessThanEquals": {"aws:EpochTime": "1600000000"}}"#, r#"{"aws:EpochTime": "1600000000"}"#),
    (r#"{"DateGreaterThan": {"aws:CurrentTime": "2020"}}"#, r#"{"aws:CurrentTime": "2024-01-01T00:00:00Z"}"#),
    (
        r#"{"DateEquals": {"aws:CurrentTime": "2020-01-01T00:00:00"}}"#,
        r#"{"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#,
    ),
    (
        r#"{"DateEquals": {"aws:CurrentTime": "1577836800000"}}"#,
        r#"{"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#,
    ),
    (r#"{"NumericNotEquals": {"s3:max-keys": "5"}}"#, r#"{"s3:max-keys": "five"}"#),
    (r#"{"DateNotEquals": {"aws:CurrentTime": "2020-01-01"}}"#, r#"{"aws:CurrentTime": "soon"}"#),
    (r#"{"NumericEquals": {"s3:max-keys": "1e1"}}"#, r#"{"s3:max-keys": "10"}"#),
    (r#"{"NumericEquals": {"s3:max-keys": "five"}}"#, r#"{"s3:max-keys": "5"}"#),
    (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, r#"{"aws:SecureTransport": "no"}"#),
    (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, r#"{"aws:SecureTransport": ""}"#),
    (
        r#"{"Bool": {"aws:SecureTransport": "${aws:ViaAWSService}"}}"#,
        r#"{"aws:SecureTransport": "true", "aws:ViaAWSService": "true"}"#,
    ),
    (r#"{"Bool": {"aws:SecureTransport": "yes"}}"#, r#"{"aws:SecureTransport": "true"}"#),
    (r#"{"IpAddress": {"aws:SourceIp": "2001:db8::5/64"}}"#, r#"{"aws:SourceIp": "2001:db8::1"}"#),
    (r#"{"NotIpAddress": {"aws:SourceIp": "2001:db8::5/64"}}"#, r#"{"aws:SourceIp": "2001:db8::5"}"#),
    (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, r#"{"aws:SourceIp": "::ffff:10.0.0.1"}"#),
    (r#"{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, r#"{"aws:SourceIp": "::ffff:10.0.0.1"}"#),
    (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, r#"{"aws:SourceIp": "010.0.0.1"}"#),
    (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/40"}}"#, r#"{"aws:SourceIp": "10.0.0.1"}"#),
    (
        r#"{"StringEquals": {"aws:RequestTag/a": "${aws:TagKeys, 'x'}"}}"#,
        r#"{"aws:RequestTag/a": "x", "aws:TagKeys": ["x"]}"#,
    ),
    (
        r#"{"StringLike": {"aws:RequestTag/a": "${aws:TagKeys, 'x'}*"}}"#,
        r#"{"aws:RequestTag/a": "xy", "aws:TagKeys": ["x"]}"#,
    ),
    (
        r#"{"StringNotEquals": {"aws:RequestTag/a": "${aws:PrincipalTag/none}"}}"#,
        r#"{"aws:RequestTag/a": "x"}"#,
    ),
    (
        r#"{"StringNotLike": {"aws:RequestTag/a": "${aws:PrincipalTag/none}*"}}"#,
        r#"{"aws:RequestTag/a": "x"}"#,
    ),
    (
        r#"{"StringNotEqualsIgnoreCase": {"aws:RequestTag/a": "${aws:PrincipalTag/none}"}}"#,
        r#"{"aws:RequestTag/a": "x"}"#,
    ),
    (
        r#"{"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::${aws:PrincipalTag/none}"}}"#,
        r#"{"aws:SourceArn": "arn:aws:s3:::x"}"#,
    ),
    (
        r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "${aws:PrincipalTag/none}"}}"#,
        r#"{"aws:TagKeys": ["x"]}"#,
    ),
    (r#"{"StringEquals": {"aws:RequestTag/a": "${*}"}}"#, r#"{"aws:RequestTag/a": "*"}"#),
    (r#"{"StringEquals": {"aws:RequestTag/a": "a${?}"}}"#, r#"{"aws:RequestTag/a": "a?"}"#),
    (r#"{"StringEqualsIgnoreCase": {"aws:RequestTag/a": "${$}{x}"}}"#, r#"{"aws:RequestTag/a": "${X}"}"#),
    (r#"{"StringLike": {"aws:RequestTag/a": "a${*}b*"}}"#, r#"{"aws:RequestTag/a": "a*bc"}"#),
    (r#"{"StringNotEquals": {"aws:RequestTag/a": "${*}"}}"#, r#"{"aws:RequestTag/a": "*"}"#),
    (
        r#"{"StringEquals": {"aws:RequestTag/a": "${aws:PrincipalTag/none,'x'}"}}"#,
        r#"{"aws:RequestTag/a": "x"}"#,
    ),
    (
        r#"{"StringEquals": {"aws:RequestTag/a": "${aws:PrincipalTag/none, x}"}}"#,
        r#"{"aws:RequestTag/a": "x"}"#,
    ),
    (r#"{"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}"#, r#"{"aws:TagKeys": [""]}"#),
    (r#"{"ForAllValues:StringLike": {"aws:TagKeys": "a*"}}"#, r#"{"aws:TagKeys": ["", ""]}"#),
    (r#"{"ForAllValues:Null": {"aws:TagKeys": "true"}}"#, r#"{"aws:TagKeys": ["a"]}"#),
    (r#"{"ForAllValues:Null": {"aws:TagKeys": "false"}}"#, r#"{"aws:TagKeys": ["a"]}"#),
    (r#"{"ForAnyValue:Null": {"aws:TagKeys": "true"}}"#, "{}"),
    (r#"{"ForAnyValue:Null": {"aws:TagKeys": "false"}}"#, r#"{"aws:TagKeys": []}"#),
    (r#"{"StringLike": {"aws:RequestTag/a": "a?"}}"#, r#"{"aws:RequestTag/a": "a𐐀"}"#),
    (r#"{"StringLike": {"aws:RequestTag/a": "a??"}}"#, r#"{"aws:RequestTag/a": "a𐐀"}"#),
    (r#"{"StringNotLike": {"aws:RequestTag/a": "?"}}"#, r#"{"aws:RequestTag/a": "𐐀"}"#),
    (r#"{"StringLike": {"aws:RequestTag/a": "a*b"}}"#, r#"{"aws:RequestTag/a": "a\nb"}"#),
    (r#"{"StringLike": {"aws:RequestTag/a": "*"}}"#, r#"{"aws:RequestTag/a": "a\r\nb"}"#),
    (r#"{"StringEqualsIgnoreCase": {"aws:RequestTag/a": "ΟΣ"}}"#, r#"{"aws:RequestTag/a": "ος"}"#),
    (
        r#"{"StringEquals": {"aws:RequestTag/a": "x"}}"#,
        r#"{"aws:RequestTag/a": "x", "aws:RequestTag/A": "y"}"#,
    ),
    (
        r#"{"StringNotEquals": {"aws:RequestTag/A": "x"}}"#,
        r#"{"aws:RequestTag/a": "x", "aws:RequestTag/A": "y"}"#,
    ),
    (r#"{"ArnLike": {"aws:SourceArn": "*"}}"#, r#"{"aws:SourceArn": "arn:aws:s3:::b"}"#),
    (r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:s3*"}}"#, r#"{"aws:SourceArn": "arn:aws:s3:::b"}"#),
    (r#"{"ArnNotLike": {"aws:SourceArn": "bucket"}}"#, r#"{"aws:SourceArn": "arn:aws:s3:::b"}"#),
    (
        r#"{"ArnEquals": {"aws:SourceArn": "${test:Arn}"}}"#,
        r#"{"aws:SourceArn": "arn:aws:s3:::b", "test:Arn": "arn:aws:s3:::b"}"#,
    ),
    (r#"{"BinaryEquals": {"test:Digest": "QQ"}}"#, r#"{"test:Digest": "QQ=="}"#),
    (r#"{"BinaryEquals": {"test:Digest": "no base64!"}}"#, r#"{"test:Digest": "no base64!"}"#),
    (r#"{"StringMatches": {"aws:RequestTag/a": "x"}}"#, r#"{"aws:RequestTag/a": "x"}"#),
    (r#"{"NullIfExists": {"aws:RequestTag/a": "true"}}"#, "{}"),
    (
        r#"{"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}"#,
        r#"{"aws:userid": "AIDAEXAMPLE", "AWS:UserId": "AIDAOTHER"}"#,
    ),
    (r#"{"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}"#, r#"{"aws:SourceIp": "2001:db8::1:"}"#),
    (r#"{"NumericNotEquals": {"s3:max-keys": "5"}}"#, r#"{"s3:max-keys": ""}"#),
    (
        r#"{"DateGreaterThan": {"aws:CurrentTime": "someday"}}"#,
        r#"{"aws:CurrentTime": "2024-01-01T00:00:00Z"}"#,
    ),
];

const USER: &str = "arn:aws:iam::111122223333:user/ana";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:queue";

/// Puts a peculiar case in the place of a plain one.
pub(super) fn change(random: &mut Random, case: &mut Value) {
    *case = match random.below(3) {
        0 => by_condition(random),
        _ => Value::Object(random.pick(&structure::ALL)(random)),
    };
}

fn request(action: &str, resource: &str, principal: &str, context: Value) -> Map<String, Value> {
    let texts =
        [("action", action), ("resource", resource), ("resourceAccount", OWN), ("principal", principal)];
    let mut request: Map<String, Value> =
        texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
    request.insert("context".to_owned(), context);
    Map::from_iter([("request".to_owned(), Value::Object(request))])
}

fn document(statements: Value) -> Value {
    let members = [("Version".to_owned(), Value::from("2012-10-17")), ("Statement".to_owned(), statements)];
    Value::Object(Map::from_iter(members))
}

fn by_condition(random: &mut Random) -> Value {
    let (condition, context) = random.pick(&CONDITIONS);
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut case = request("sqs:SendMessage", QUEUE, USER, parse(context));
    let mut statements = vec![json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})];
    if random.percent(50) {
        statements
            .push(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": parse(condition)}));
    } else {
        statements = vec![
            json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": parse(condition)}),
        ];
    }
    case.insert("identityPolicies".to_owned(), json!([document(Value::Array(statements))]));
    Value::Object(case)
}
