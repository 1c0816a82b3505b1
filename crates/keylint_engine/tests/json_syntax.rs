//! The same project in the native and in the JSON syntax is reported alike.
//!
//! Source of the form: <https://developer.hashicorp.com/terraform/language/syntax/json>.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint};
use keylint_source::{Memory, Sources};

const NATIVE: &str = r#"
variable "account" {
  type = string
}
variable "grants" {
  default = ["secretsmanager:*"]
}
resource "aws_secretsmanager_secret" "plain" {
  replica {
    region = "eu-west-1"
  }
  replica {
    region     = "eu-north-1"
    kms_key_id = "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}
resource "aws_secretsmanager_secret_version" "plain" {
  secret_id     = aws_secretsmanager_secret.plain.id
  secret_string = jsonencode({ password = "correct-horse-battery" })
}
resource "aws_kms_key" "it" {
  enable_key_rotation = false
  policy              = data.aws_iam_policy_document.key.json
}
data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Root"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account}:root"]
    }
  }
  statement {
    sid       = "Open"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "grants" {
  dynamic "statement" {
    for_each = var.grants
    iterator = grant
    content {
      actions   = [grant.value]
      resources = ["*"]
    }
  }
}
resource "aws_iam_role" "it" {
  assume_role_policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": {\"AWS\": \"*\"}}]}"
  inline_policy {
    name   = "grants"
    policy = data.aws_iam_policy_document.grants.json
  }
}
resource "aws_lambda_function" "it" {
  environment {
    variables = {
      DB_PASSWORD = "correct-horse-battery"
    }
  }
}
resource "aws_ebs_volume" "it" {
  for_each  = toset(["a"])
  encrypted = false
}
"#;

/// As the CDK for Terraform writes it: one object, `//` with its metadata, blocks as lists where
/// there may be several, as objects where there is one.
const JSON: &str = r#"{
  "//": {"metadata": {"backend": "local", "stackName": "example", "version": "0.20.0"}},
  "terraform": {"backend": {"local": {"path": "terraform.tfstate"}}, "required_providers": {"aws": {"source": "aws", "version": "5.0.0"}}},
  "provider": {"aws": [{"region": "eu-west-1"}]},
  "variable": {"account": {"type": "string"}, "grants": {"default": ["secretsmanager:*"]}},
  "data": {
    "aws_iam_policy_document": {
      "key": {
        "//": {"metadata": {"path": "example/key", "uniqueId": "key"}},
        "statement": [
          {"actions": ["kms:*"], "resources": ["*"], "sid": "Root",
           "principals": [{"identifiers": ["arn:aws:iam::${var.account}:root"], "type": "AWS"}]},
          {"actions": ["kms:Decrypt"], "resources": ["*"], "sid": "Open",
           "principals": {"identifiers": ["*"], "type": "AWS"}}
        ]
      },
      "grants": {
        "dynamic": {"statement": {
          "for_each": "${var.grants}", "iterator": "grant",
          "content": {"actions": ["${grant.value}"], "resources": ["*"]}
        }}
      }
    }
  },
  "resource": {
    "aws_secretsmanager_secret": {"plain": {
      "replica": [
        {"region": "eu-west-1"},
        {"region": "eu-north-1", "kms_key_id": "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
      ],
      "lifecycle": {"ignore_changes": ["description"]}
    }},
    "aws_secretsmanager_secret_version": {"plain": {
      "depends_on": ["aws_secretsmanager_secret.plain"],
      "secret_id": "${aws_secretsmanager_secret.plain.id}",
      "secret_string": "${jsonencode({\"password\" = \"correct-horse-battery\"})}"
    }},
    "aws_kms_key": {"it": {"enable_key_rotation": false, "policy": "${data.aws_iam_policy_document.key.json}"}},
    "aws_iam_role": {"it": {
      "assume_role_policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": {\"AWS\": \"*\"}}]}",
      "inline_policy": {"name": "grants", "policy": "${data.aws_iam_policy_document.grants.json}"}
    }},
    "aws_lambda_function": {"it": {"environment": {"variables": {"DB_PASSWORD": "correct-horse-battery"}}}},
    "aws_ebs_volume": {"it": {"for_each": "${toset([\"a\"])}", "encrypted": false}}
  }
}"#;

/// Rule, resource, statement and token of each finding, and what is undecided. The header of a block
/// is written in another way.
fn run(path: &str, text: &str) -> Vec<String> {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &Settings::default());
    assert_eq!(
        report.coverage.unparsed,
        Vec::<String>::new().into_iter().map(Into::into).collect::<Vec<_>>()
    );
    let mut shown: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let file = report.file(finding.span).unwrap();
            let token = file.text.get(finding.span.range()).unwrap().trim_matches('"');
            let statement =
                finding.statement.as_ref().map(|statement| (statement.index, statement.sid.clone()));
            let resource = finding.resource.iter().map(ToString::to_string).collect::<String>();
            let names: Vec<&str> = resource.split(['.', '[']).collect();
            let is_header = token.contains([' ', '{', '[']) || names.contains(&token);
            let token = if is_header { "…" } else { token };
            format!("{} {resource} {statement:?} {token}", finding.rule)
        })
        .collect();
    shown.extend(
        report
            .undecided
            .iter()
            .map(|it| format!("undecided {} {}", it.undecided.rule, it.undecided.resource)),
    );
    shown.sort();
    shown
}

#[test]
fn both_syntaxes_are_reported_alike() {
    let native = run("main.tf", NATIVE);
    assert_eq!(run("cdk.tf.json", JSON), native);
    assert_eq!(run("main.tofu.json", JSON), native);
    for expected in [
        "KMS001 aws_kms_key.it",
        "KMS002 aws_kms_key.it Some((1, Some(\"Open\"))) *",
        "LEAK002 aws_lambda_function.it",
    ] {
        assert!(native.iter().any(|line| line.starts_with(expected)), "{expected}: {native:#?}");
    }
    assert!(native.len() > 8, "{native:#?}");
}
