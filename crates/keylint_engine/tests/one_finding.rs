//! One problem is one finding: where two rules see the same, the one that says more speaks; each speaks where it
//! is alone, and of what only looks the same both speak.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// Which of some rules speak about a file.
fn speaking(path: &str, text: &str, rules: &[&str]) -> Vec<String> {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    report.findings.iter().map(|finding| finding.rule.to_string()).collect()
}

fn policy(actions: &str, resources: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": {resources}, "Condition": {{{condition}}}}}]}}"#
    )
}

fn on(condition: &str) -> String {
    policy(r#""s3:GetObject""#, r#""arn:aws:s3:::b/*""#, condition)
}

#[test]
fn the_rule_that_says_more_speaks_alone() {
    let usr = policy(r#""iam:GetUser""#, r#""arn:aws:iam::111122223333:usr/x""#, "");
    let cases = [
        (on(r#""StringLike": {"aws:username": "*"}"#), "IAM018", "POL134"),
        (on(r#""StringLike": {"aws:SourceArn": "arn:aws:s3:::*"}"#), "IAM018", "POL095"),
        (on(r#""BinaryEquals": {"aws:username": "%%%"}"#), "POL114", "POL118"),
        (on(r#""NumericEquals": {"aws:username": "ten"}"#), "POL114", "POL117"),
        (on(r#""IpAddress": {"aws:SourceIp": "300.1.1.1"}"#), "POL066", "IAM017"),
        (usr, "POL009", "POL154"),
    ];
    for (text, winner, loser) in cases {
        assert_eq!(speaking("p.json", &text, &[winner, loser]), [winner], "{text}");
        assert_eq!(speaking("p.json", &text, &[loser]), [loser], "{text}");
    }
}

#[test]
fn what_is_about_another_key_or_resource_is_said_beside_it() {
    let keys =
        on(r#""StringLike": {"aws:username": "*"}, "StringNotLike": {"aws:SourceArn": "arn:aws:s3:::a*"}"#);
    assert_eq!(speaking("p.json", &keys, &["IAM018", "POL095", "POL134"]), ["IAM018", "POL095"]);
    let resources = policy(
        r#"["iam:GetUser", "s3:ListBucket"]"#,
        r#"["arn:aws:iam::111122223333:usr/x", "arn:aws:s3:::b/*"]"#,
        "",
    );
    assert_eq!(speaking("p.json", &resources, &["POL009", "POL154"]), ["POL154", "POL009"]);
}

#[test]
fn what_terraform_refuses_is_not_said_of_the_policy_as_well() {
    let statement =
        "  statement {\n    sid = \"A\"\n    actions = [\"s3:GetObject\"]\n    resources = [\"*\"]\n  }\n";
    let text = format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n{statement}{statement}}}\nresource \"aws_iam_policy\" \"p\" {{ policy = data.aws_iam_policy_document.d.json }}\n"
    );
    assert_eq!(speaking("main.tf", &text, &["KL003", "POL039"]), ["KL003"]);
    assert_eq!(speaking("main.tf", &text, &["POL039"]), ["POL039"]);
}
