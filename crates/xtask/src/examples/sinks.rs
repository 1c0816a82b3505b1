//! Policies with parts that are not known, in everything that takes one, in every spelling.

use std::collections::BTreeSet;
use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint};
use keylint_source::{Memory, Sources};

use super::Spelling;
use super::terraform::spellings;

/// A resource with a policy, `POLICY` in it.
struct Sink {
    text: &'static str,
    policy: &'static str,
    /// The rules that report it, and those that cannot tell.
    reported: &'static [&'static str],
    undecided: &'static [&'static str],
}

const IDENTITY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Everything", "Effect": "Allow", "Action": ["s3:GetObject", "secretsmanager:*"], "Resource": "*",
     "Condition": {"StringEquals": {"aws:PrincipalTag/team": "@{team}"}}},
    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
     "Resource": ["arn:aws:secretsmanager:eu-west-1:@{account}:secret:*", "arn:aws:secretsmanager:eu-west-1:@{account}:secret:app-??????"]},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
  ]
}"#;

const TRUST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["arn:aws:iam::@{account}:root", "*"]}},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"},
     "Condition": {"StringEquals": {"aws:SourceAccount": "@{account}"}}}
  ]
}"#;

const SECRET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Principal": "*"},
    {"Sid": "Own", "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*",
     "Principal": {"AWS": "arn:aws:iam::@{account}:role/app"},
     "Condition": {"StringEquals": {"aws:PrincipalOrgID": "@{org}"}}}
  ]
}"#;

const KEY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Root", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "arn:aws:iam::@{account}:root"}},
    {"Sid": "Use", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*", "Principal": {"AWS": "*"},
     "Condition": {"StringEquals": {"kms:EncryptionContext:app": "@{team}"}}}
  ]
}"#;

const BUCKET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::@{bucket}/*", "Principal": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::@{bucket}", "arn:aws:s3:::@{bucket}/*"], "Principal": {"AWS": "*"},
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]
}"#;

const TOPIC: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:111122223333:@{bucket}", "Principal": "*"},
    {"Effect": "Deny", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:111122223333:@{bucket}", "Principal": {"AWS": "*"},
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]
}"#;

const SINKS: &[Sink] = &[
    Sink {
        text: "resource \"aws_iam_policy\" \"it\" {\n  policy = POLICY\n}\n",
        policy: IDENTITY,
        reported: &["IAM003", "IAM004", "IAM008", "IAM016", "POL142"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = \"\"\n  inline_policy {\n    name   = \"a\"\n    policy = POLICY\n  }\n}\n",
        policy: IDENTITY,
        reported: &["IAM003", "IAM004", "IAM008", "IAM016", "POL142"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_iam_user_policy\" \"it\" {\n  user   = \"a\"\n  policy = POLICY\n}\n",
        policy: IDENTITY,
        reported: &["IAM003", "IAM004", "IAM008", "IAM016", "POL142"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = POLICY\n}\n",
        policy: TRUST,
        reported: &["IAM010"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_secretsmanager_secret_policy\" \"it\" {\n  secret_arn          = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-abcdef\"\n  block_public_policy = true\n  policy              = POLICY\n}\n",
        policy: SECRET,
        reported: &["PUB005", "SM007"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_kms_key\" \"it\" {\n  enable_key_rotation = true\n  policy              = POLICY\n}\n",
        policy: KEY,
        reported: &["KMS002", "POL061"],
        undecided: &["KMS005"],
    },
    Sink {
        text: "resource \"aws_s3_bucket_policy\" \"it\" {\n  bucket = \"a\"\n  policy = POLICY\n}\n",
        policy: BUCKET,
        reported: &["PUB004"],
        undecided: &[],
    },
    Sink {
        text: "resource \"aws_sns_topic_policy\" \"it\" {\n  arn    = \"arn:aws:sns:eu-west-1:111122223333:a\"\n  policy = POLICY\n}\n",
        policy: TOPIC,
        reported: &["PUB004"],
        undecided: &[],
    },
];

fn run(spelling: &Spelling) -> Report {
    let mut files = Memory::new();
    for (path, text) in &spelling.files {
        files.insert(format!("/example/{path}"), text.as_bytes());
    }
    let sources = Arc::new(Sources::new(Arc::new(files), "/example"));
    lint(&Project { paths: vec![".".into()], sources }, &Settings::default())
}

/// Where the elements of a policy are written.
fn home(spelling: &Spelling) -> &str {
    let files = || spelling.files.iter().map(|(path, _)| *path);
    let plain = files().find(|path| path.starts_with("policy."));
    let inner = files().find(|_| spelling.name == "the output of a module").map(|_| "example/main.tf");
    plain.or(inner).unwrap_or("main.tf")
}

/// The rule, statement and token of each finding; a token that is more than one value, or not wholly known, is
/// spelled differently everywhere.
fn findings(report: &Report, home: &str) -> Vec<String> {
    let mut shown: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let file = report.file(finding.span).unwrap();
            // A name has its quotes with it, which are escaped within a string.
            let token = file.text.get(finding.span.range()).unwrap().trim_matches(['"', '\\']);
            let is_value = token.contains(':') && !token.contains(['{', '[', '%', '\n', ' ']) || token == "*";
            let statement =
                finding.statement.as_ref().map(|statement| (statement.index, statement.sid.clone()));
            if statement.is_some() {
                assert_eq!(&*file.path, home, "{} {token}", finding.rule);
            }
            format!("{} {statement:?} {}", finding.rule, if is_value { token } else { "…" })
        })
        .collect();
    shown.sort();
    shown
}

fn rules<'r>(rules: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    rules.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn every_spelling_in_every_sink_is_reported_alike() {
    for sink in SINKS {
        let spellings =
            spellings(sink.policy, &|expression| sink.text.replace("POLICY", expression.trim_end()));
        let mut expected: Option<(Vec<String>, Vec<String>)> = None;
        for spelling in &spellings {
            let place = format!("{} as {}", sink.text, spelling.name);
            let report = run(spelling);
            let found = findings(&report, home(spelling));
            let undecided = rules(report.undecided.iter().map(|it| it.undecided.rule.as_str()));
            let known = rules(report.findings.iter().map(|finding| finding.rule.as_str()));
            assert_eq!(
                (known.as_slice(), undecided.as_slice()),
                (sink.reported, sink.undecided),
                "{place}: {found:#?}"
            );
            let undecided = undecided.into_iter().map(str::to_owned).collect();
            match &expected {
                None => expected = Some((found, undecided)),
                Some(expected) => assert_eq!((&found, &undecided), (&expected.0, &expected.1), "{place}"),
            }
        }
        assert!(spellings.len() > 10, "{}", spellings.len());
    }
}
