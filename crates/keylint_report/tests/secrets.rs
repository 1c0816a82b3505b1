//! A secret that stands anywhere in a policy shows in no output of any format, whatever rules are on.
//!
//! The same policies are also read with a value that is no secret, which has to show: otherwise nothing
//! would be asked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_report::{Format, Options, RuleDoc};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// Stands in every secret, in letters that a change of case keeps.
const MARKER: &str = "zqhunter7xk";

/// What a secret is made of: as it is, and as a part of what stands in policies.
const SECRETS: [&str; 14] = [
    "MARKER",
    "s3:MARKER*",
    "iam:Get*",
    "MARKER:GetObject",
    "arn:aws:s3:::MARKER/*",
    "arn:aws:secretsmanager:MARKER:111122223333:secret:MARKER",
    "arn:aws:iam::111122223333:role/MARKER",
    "arn:MARKER:s3:::b",
    "aws:PrincipalTag/MARKER",
    "aws:MARKER",
    "MARKER.amazonaws.com",
    "StringEqualsMARKER",
    "${aws:MARKER}",
    "*MARKER",
];

/// A statement with its slots; those of names start with `name`.
const STATEMENT: &str = r#"{
  "Sid": @sid@, "Effect": @effect@,
  "Principal": {"AWS": [@aws@, "111122223333"], "Service": [@service@, "sns.amazonaws.com"],
    "Federated": [@federated@], "CanonicalUser": @canonical@, @name-principal@: "*"},
  "Action": [@action@, "iam:GetUser", @second-action@, "s3:GetObject", "kms:Decrypt", "sts:AssumeRole"],
  "Resource": [@resource@, "arn:aws:s3:::b/*", @second-resource@, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"],
  @name-element@: "x",
  "Condition": {
    @name-operator@: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
    "StringEquals": {@name-key@: "x", "aws:PrincipalTag/team": [@tag@, "b"], "aws:ResourceTag/team": "${aws:PrincipalTag/team}"},
    "StringLike": {"kms:ViaService": [@via@, "s3.eu-west-1.amazonaws.com"], "secretsmanager:SecretId": @secret@},
    "ForAllValues:StringEquals": {"aws:TagKeys": [@tag-key@], "aws:SourceVpce": @endpoint@},
    "StringNotEquals": {"aws:SourceAccount": [@account@], "token.actions.githubusercontent.com:sub": @claim@},
    "NumericLessThan": {"s3:max-keys": [@number@, "10"]}, "DateLessThan": {"aws:CurrentTime": @date@},
    "ArnLike": {"aws:SourceArn": [@source@, "arn:aws:s3:::b"]}, "Null": {"aws:PrincipalArn": @null@},
    "Bool": {"aws:SecureTransport": @bool@}, "IpAddress": {"aws:SourceIp": [@ip@, "10.0.0.0/8"]}
  }
}"#;

/// One with the elements that exclude those of the other.
const OPPOSITE: &str = r#"{
  "Effect": "Deny", "NotPrincipal": {"AWS": [@not-principal@]}, "NotAction": [@not-action@, "iam:*"],
  "NotResource": [@not-resource@, "arn:aws:s3:::b"],
  "Condition": {"StringNotLikeIfExists": {"aws:PrincipalOrgPaths": [@path@]}, "BinaryEquals": {"aws:username": @binary@}}
}"#;

/// What stands beside them, to be compared with.
const BESIDE: &str = r#"{"Effect": "Allow", "Action": ["iam:PassRole", "ec2:CreateTags", "s3:*"], "Resource": "*"},
  {"Effect": "Deny", "Action": "iam:Get*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "b"}}}"#;

/// What stands in a slot of a policy that has its secret elsewhere.
fn usual(slot: &str) -> &'static str {
    match slot {
        "effect" => r#""Allow""#,
        "aws" => r#""*""#,
        "service" => r#""s3.amazonaws.com""#,
        "federated" => r#""arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com""#,
        "action" => r#""secretsmanager:GetSecretValue""#,
        "second-action" => r#""s3:ListBucket""#,
        "resource" | "source" => r#""arn:aws:s3:::b""#,
        "second-resource" => r#""*""#,
        "name-principal" => r#""X""#,
        "name-element" => r#""Extra""#,
        "name-operator" => r#""StringEqualsIgnoreCase""#,
        "name-key" => r#""aws:PrincipalAccount""#,
        "number" => r#""5""#,
        "bool" | "null" => r#""true""#,
        "ip" => r#""10.1.0.0/16""#,
        "date" => r#""2030-01-01T00:00:00Z""#,
        "not-principal" => r#""111122223333""#,
        "not-action" => r#""s3:Get*""#,
        "not-resource" => r#""arn:aws:s3:::b/*""#,
        _ => r#""x""#,
    }
}

/// The slots of a text.
fn slots(text: &'static str) -> Vec<&'static str> {
    text.split('@').skip(1).step_by(2).collect()
}

fn filled(text: &str, secret_slot: &str, secret: &str) -> String {
    let mut filled = String::new();
    for (place, piece) in text.split('@').enumerate() {
        match place % 2 {
            0 => filled.push_str(piece),
            _ if piece == secret_slot => filled.push_str(secret),
            _ => filled.push_str(usual(piece)),
        }
    }
    filled
}

/// The statements of a policy with a secret in one slot.
fn statements(slot: &str, secret: &str) -> String {
    format!("[{}, {}, {BESIDE}]", filled(STATEMENT, slot, secret), filled(OPPOSITE, slot, secret))
}

/// One of some kinds, another one for the next secret and for the next slot: all pairs of both would take
/// minutes.
fn in_turn<T>(kinds: [T; 4], slot: &str, place: usize) -> T {
    let all = [slots(STATEMENT), slots(OPPOSITE)].concat();
    let slot = all.iter().position(|known| *known == slot).unwrap();
    kinds.into_iter().nth((slot + place) % 4).unwrap()
}

/// A project in which each of the secrets stands in a slot of the policy of an identity, of a key and of one other
/// kind.
fn terraform(slot: &str, is_sensitive: bool) -> String {
    let mut text = String::new();
    for (place, secret) in SECRETS.iter().enumerate() {
        let value = secret.replace("MARKER", MARKER).replace("${", "$${");
        writeln!(text, "variable \"s{place}\" {{\n  default = \"{value}\"\n  sensitive = {is_sensitive}\n}}")
            .unwrap();
        let used = if slot.starts_with("name") { format!("(var.s{place})") } else { format!("var.s{place}") };
        let policy = format!(
            "jsonencode({{\"Version\": \"2012-10-17\", \"Statement\": {}}})",
            statements(slot, &used).replace("${aws:", "$${aws:")
        );
        let role = format!(
            r#"resource "aws_iam_role" "r{place}" {{
  name               = "r{place}"
  assume_role_policy = {policy}
}}"#
        );
        let bucket = format!(
            r#"resource "aws_s3_bucket_policy" "b{place}" {{
  bucket = "b"
  policy = {policy}
}}"#
        );
        let secret = format!(
            r#"resource "aws_secretsmanager_secret_policy" "m{place}" {{
  secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-a1b2c3"
  policy     = {policy}
}}"#
        );
        let organisation = format!(
            r#"resource "aws_organizations_policy" "o{place}" {{
  name    = "o{place}"
  content = {policy}
}}"#
        );
        write!(
            text,
            r#"resource "aws_iam_role_policy" "p{place}" {{
  role   = aws_iam_role.app.name
  policy = {policy}
}}
resource "aws_kms_key" "k{place}" {{
  policy = {policy}
}}
{}
"#,
            in_turn([role, bucket, secret, organisation], slot, place)
        )
        .unwrap();
    }
    text.push_str("resource \"aws_iam_role\" \"app\" {\n  name = \"app\"\n}\n");
    text
}

/// A template of the same; names of a template are no parameters.
fn template(slot: &str, is_sensitive: bool) -> String {
    let mut parameters = Vec::new();
    let mut resources = Vec::new();
    for (place, secret) in SECRETS.iter().enumerate() {
        let value = secret.replace("MARKER", MARKER);
        parameters.push(format!(
            r#""S{place}": {{"Type": "String", "NoEcho": {is_sensitive}, "Default": "{value}"}}"#
        ));
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {}}}"#,
            statements(slot, &format!(r#"{{"Ref": "S{place}"}}"#))
        );
        let others = [
            ("Role", "AWS::IAM::Role", "AssumeRolePolicyDocument"),
            ("Bucket", "AWS::S3::BucketPolicy", "PolicyDocument"),
            ("Secret", "AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
            ("Queue", "AWS::SQS::QueuePolicy", "PolicyDocument"),
        ];
        for (name, of_type, property) in [
            ("Policy", "AWS::IAM::ManagedPolicy", "PolicyDocument"),
            ("Key", "AWS::KMS::Key", "KeyPolicy"),
            in_turn(others, slot, place),
        ] {
            resources.push(format!(
                r#""{name}{place}": {{"Type": "{of_type}", "Properties": {{"{property}": {policy}}}}}"#
            ));
        }
    }
    format!(
        r#"{{"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {{{}}}, "Resources": {{{}}}}}"#,
        parameters.join(",\n"),
        resources.join(",\n")
    )
}

/// What the formats say of a file with all rules on.
fn outputs(path: &str, text: &str) -> Vec<(&'static str, String)> {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let selection = select(Registry::builtin(), &["ALL".to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    assert!(report.findings.len() > 20, "{path} has {} findings", report.findings.len());
    let options = Options { show_unknown: true, ..Options::default() };
    let rules: &[RuleDoc] = &[];
    let write = |(format, name): (Format, &'static str)| {
        let mut out = Vec::new();
        keylint_report::write(&report, rules, format, &options, &mut out).unwrap();
        (name, String::from_utf8(out).unwrap())
    };
    Format::ALL.map(write).into()
}

/// Where a text has the marker, with what stands around it.
fn leaks(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let around = |(place, _): (usize, &str)| {
        let start = lower.get(..place).map_or(0, |before| before.rfind('\n').map_or(0, |line| line + 1));
        lower.get(start..).unwrap_or_default().chars().take(240).collect()
    };
    lower.match_indices(MARKER).map(around).collect()
}

/// In how many slots the value shows.
fn shown(slots: &[&str], path: &str, make: impl Fn(&str) -> String) -> Vec<String> {
    let mut shown = Vec::new();
    for slot in slots {
        for (format, text) in outputs(path, &make(slot)) {
            let leaks = leaks(&text);
            if let Some(first) = leaks.first() {
                shown.push(format!("{slot} in {format}, {} times: {first}", leaks.len()));
            }
        }
    }
    shown
}

#[test]
fn a_sensitive_variable_shows_nowhere_whatever_part_of_a_policy_it_is() {
    let all = [slots(STATEMENT), slots(OPPOSITE)].concat();
    let found = shown(&all, "main.tf", |slot| terraform(slot, true));
    assert!(found.is_empty(), "{found:#?}");
    for slot in ["sid", "action", "name-key"] {
        let open = shown(&[slot], "main.tf", |slot| terraform(slot, false));
        // One of the formats shows no more than a few findings.
        assert!(open.len() >= Format::ALL.len() - 1, "{slot}: {open:#?}");
    }
}

#[test]
fn a_masked_parameter_shows_nowhere_whatever_part_of_a_policy_it_is() {
    let all = [slots(STATEMENT), slots(OPPOSITE)].concat();
    let values: Vec<&str> = all.into_iter().filter(|slot| !slot.starts_with("name")).collect();
    let found = shown(&values, "template.json", |slot| template(slot, true));
    assert!(found.is_empty(), "{found:#?}");
    for slot in ["sid", "action"] {
        let open = shown(&[slot], "template.json", |slot| template(slot, false));
        assert!(open.len() >= Format::ALL.len() - 1, "{slot}: {open:#?}");
    }
}
