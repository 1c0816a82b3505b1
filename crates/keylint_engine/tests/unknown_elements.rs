//! Elements of statements of which nothing is known: what a rule would find for some value of one, it
//! leaves open. Both front ends, every rule that is no check of the validator: those look at what is
//! written, and leave open what [`keylint_rules`] asks once for each cause.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// What stands in a document for the element in question.
const PLACE: &str = "@";

/// A policy in a file of one front end, around its document in JSON.
struct Holder {
    path: &'static str,
    text: &'static str,
    /// What nobody gives.
    unknown: &'static str,
}

const TEMPLATE: &str = r#"{"Ref": "A"}"#;
const VARIABLE: &str = "var.a";

macro_rules! template {
    ($type:literal, $attribute:literal) => {
        Holder {
            path: "t.yaml",
            text: concat!(
                "Parameters: {A: {Type: String}}\nResources:\n  P:\n    Type: ",
                $type,
                "\n    Properties:\n      ",
                $attribute,
                ": DOCUMENT\n"
            ),
            unknown: TEMPLATE,
        }
    };
}

macro_rules! configuration {
    ($type:literal, $attribute:literal) => {
        Holder {
            path: "main.tf",
            text: concat!(
                "variable \"a\" {}\nresource \"",
                $type,
                "\" \"p\" {\n  ",
                $attribute,
                " = jsonencode(DOCUMENT)\n}\n"
            ),
            unknown: VARIABLE,
        }
    };
}

const IDENTITY: [Holder; 2] =
    [template!("AWS::IAM::ManagedPolicy", "PolicyDocument"), configuration!("aws_iam_policy", "policy")];
const KEY: [Holder; 2] = [template!("AWS::KMS::Key", "KeyPolicy"), configuration!("aws_kms_key", "policy")];
const QUEUE: [Holder; 2] =
    [template!("AWS::SQS::QueuePolicy", "PolicyDocument"), configuration!("aws_sqs_queue_policy", "policy")];
const TRUST: [Holder; 2] = [
    template!("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    configuration!("aws_iam_role", "assume_role_policy"),
];

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:PutObject",
    "s3:GetObject",
    "s3:PutBucketPolicy",
    "iam:*",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:CreateAccessKey",
    "kms:*",
    "kms:Decrypt",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:ReEncrypt*",
    "secretsmanager:*",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutResourcePolicy",
    "ssm:GetParameter",
    "sts:AssumeRole",
    "lambda:InvokeFunction",
    "sqs:SendMessage",
    "dynamodb:GetItem",
    "ec2:CreateTags",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:iam::123456789012:role/*",
    "arn:aws:kms:eu-west-1:123456789012:key/*",
    "arn:aws:kms:eu-west-1:123456789012:alias/x",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
    "arn:aws:secretsmanager:*:*:secret:*",
    "arn:aws:ssm:eu-west-1:123456789012:parameter/*",
];

const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "arn:aws:iam::123456789012:root"}"#,
    r#"{"AWS": "999999999999"}"#,
    r#"{"AWS": "arn:aws:iam::123456789012:role/x"}"#,
    r#"{"AWS": "arn:aws:iam::123456789012:user/x"}"#,
    r#"{"Service": "sns.amazonaws.com"}"#,
    r#"{"Service": "events.amazonaws.com"}"#,
    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}"#,
    r#"{"Federated": "cognito-identity.amazonaws.com"}"#,
];

fn run(holder: &Holder, document: &str, rule: &str) -> Report {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{}", holder.path), holder.text.replace("DOCUMENT", document));
    let selection = select(Registry::builtin(), &[rule.to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

/// The rules that find something, and those that leave something open.
fn told(holder: &Holder, document: &str, rule: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let report = run(holder, document, rule);
    let found = report.findings.iter().map(|finding| finding.rule.to_string());
    let open = report.undecided.iter().map(|open| open.undecided.rule.to_string());
    (found.collect(), open.collect())
}

fn is_check(rule: &str) -> bool {
    Registry::builtin().rules().iter().any(|entry| entry.id.as_str() == rule && entry.check.is_some())
}

/// The rules that say nothing of an element that is not known, each with a value of which it says something.
fn silent(holder: &Holder, document: &str, values: &[String]) -> BTreeMap<String, String> {
    let with = |value: &str| document.replace(PLACE, value);
    let unknown = with(holder.unknown);
    let (found, open) = told(holder, &unknown, "ALL");
    let mut candidates: BTreeMap<String, String> = BTreeMap::new();
    for value in values {
        for rule in
            told(holder, &with(value), "ALL").0.difference(&found).filter(|rule| !open.contains(*rule))
        {
            candidates.entry(rule.clone()).or_insert_with(|| value.clone());
        }
    }
    // What another rule supersedes says so when it is asked alone.
    candidates.retain(|rule, value| {
        let (found, open) = told(holder, &unknown, rule);
        let is_said = found.contains(rule) || open.contains(rule);
        !is_check(rule) && !is_said && told(holder, &with(value), rule).0.contains(rule)
    });
    candidates
}

fn statement(principal: &str, action: &str, resource: &str) -> String {
    let principal =
        if principal.is_empty() { String::new() } else { format!(r#""Principal": {principal}, "#) };
    let resource = if resource.is_empty() { String::new() } else { format!(r#", "Resource": {resource}"#) };
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {principal}"Action": {action}{resource}}}]}}"#
    )
}

fn check(holders: &[Holder], documents: &[String], values: &[String], excepted: &[&str]) {
    for holder in holders {
        for document in documents {
            let mut silent = silent(holder, document, values);
            silent.retain(|rule, _| !excepted.contains(&rule.as_str()));
            assert_eq!(silent, BTreeMap::new(), "{document} in {}", holder.path);
        }
    }
}

fn quoted(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| format!("\"{value}\"")).collect()
}

#[test]
fn an_action_that_is_not_known_leaves_open_what_it_may_be() {
    let actions = quoted(ACTIONS);
    let everywhere = |action: &str| statement("", action, r#""*""#);
    check(&IDENTITY, &[everywhere(r#"["s3:GetBucketAcl", @]"#), everywhere(PLACE)], &actions, &[]);
    let role = r#"{"AWS": "arn:aws:iam::123456789012:role/y"}"#;
    check(&KEY, &[statement(role, r#"["kms:DescribeKey", @]"#, r#""*""#)], &actions, &[]);
    check(&QUEUE, &[statement(role, r#"["sqs:GetQueueUrl", @]"#, r#""*""#)], &actions, &[]);
}

#[test]
fn a_resource_that_is_not_known_leaves_open_what_it_may_be() {
    let resources = quoted(RESOURCES);
    let actions = r#"["secretsmanager:GetSecretValue", "kms:Decrypt", "iam:PassRole", "s3:GetObject", "ssm:GetParameter"]"#;
    let documents = [PLACE, r#"["arn:aws:s3:::a/*", @]"#].map(|resource| statement("", actions, resource));
    check(&IDENTITY, &documents, &resources, &[]);
    let role = r#"{"AWS": "arn:aws:iam::123456789012:role/y"}"#;
    // An ARN of a secret is no matter of a statement that is about keys alone.
    check(&KEY, &[statement(role, r#""kms:Decrypt""#, PLACE)], &resources, &["SM020"]);
}

#[test]
fn a_principal_that_is_not_known_leaves_open_who_it_may_be() {
    let principals: Vec<String> = PRINCIPALS.iter().map(|value| (*value).to_owned()).collect();
    let any = r#""*""#;
    check(&KEY, &[statement(PLACE, r#"["kms:Decrypt", "kms:CreateGrant"]"#, any)], &principals, &[]);
    check(&QUEUE, &[statement(PLACE, r#""sqs:*""#, any)], &principals, &[]);
    let assumes = r#"["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]"#;
    check(&TRUST, &[statement(PLACE, assumes, "")], &principals, &[]);
}

#[test]
fn what_is_open_is_said_of_the_element_and_once_for_each_rule() {
    let document = statement("", r#"["s3:GetBucketAcl", @, @]"#, r#""*""#);
    for holder in &IDENTITY {
        for rule in ["IAM003", "IAM031", "IAM032"] {
            let text = document.replace(PLACE, holder.unknown);
            let report = run(holder, &text, rule);
            assert!(report.findings.is_empty());
            let whole = holder.text.replace("DOCUMENT", &text);
            let open = report.undecided.iter().map(|open| {
                let [line, column] = [open.position.line, open.position.column].map(|at| at as usize - 1);
                let line = whole.lines().nth(line).unwrap();
                (column, line.get(column..).unwrap().starts_with(holder.unknown))
            });
            let open: BTreeSet<_> = open.collect();
            assert!(!open.is_empty() && open.iter().all(|(_, is_element)| *is_element), "{rule}: {open:?}");
            assert_eq!(open.len(), report.undecided.len(), "{rule}");
        }
    }
}
