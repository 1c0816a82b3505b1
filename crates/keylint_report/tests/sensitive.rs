//! Whatever a configuration makes of a sensitive value, no format shows what it is: a collection
//! is as secret as what it is made of, and each of its elements as the collection.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_report::{Format, Options};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// What only secrets have in them.
const MARKER: &str = "hunter";

/// Ways to make lists and strings of the values below, one a line.
const EXPRESSIONS: &str = include_str!("data/sensitive.txt");

const DECLARATIONS: &str = r#"
variable "s" {
  sensitive = true
  default   = "hunter2pw"
}
variable "l" {
  sensitive = true
  type      = list(string)
  default   = ["hunter4a", "hunter4b"]
}
variable "m" {
  sensitive = true
  default   = { k5 = "hunter5v", b = ["hunter6", { c = "hunter7" }] }
}
variable "oo" {
  sensitive = true
  type      = object({ l = list(string), s = string })
  default   = { l = ["hunter20", "hunter21"], s = "hunter22" }
}
variable "eph" {
  ephemeral = true
  default   = ["hunter30"]
}
resource "terraform_data" "t" { input = var.l }
resource "terraform_data" "u" { input = { l = var.l } }
module "mm" {
  source = "./mm"
  s      = var.s
  l      = var.l
}
module "mm2" {
  source   = "./mm2"
  for_each = { x = 1 }
  l        = ["hunter40", "hunter41"]
  p        = var.l
  ps       = var.s
}
locals {
  l      = var.l
  lo     = { x = var.l }
  ls     = [for x in [1] : var.s]
  names  = { (var.s) = "x" }
  nested = { a = { b = var.l } }
}
"#;

const CALLED: &str = r#"
variable "s" {}
variable "l" {}
output "s" {
  sensitive = true
  value     = "q${var.s}"
}
output "l" {
  sensitive = true
  value     = ["hunter8", "hunter9"]
}
output "o" {
  sensitive = true
  value     = { a = ["hunter10"] }
}
"#;

const PASSING: &str = r#"
variable "l" { sensitive = true }
variable "p" {}
variable "ps" {}
output "l" { value = var.l }
output "pass" { value = var.p }
output "passs" { value = var.ps }
output "obj" { value = { l = var.l } }
"#;

/// What a run says in all formats.
fn said(main: &str) -> String {
    let mut memory = Memory::new();
    memory.insert("/w/main.tf", format!("{DECLARATIONS}{main}"));
    memory.insert("/w/mm/main.tf", CALLED);
    memory.insert("/w/mm2/main.tf", PASSING);
    memory.insert("/w/t.tpl", "t-${a}");
    memory.insert("/w/l.tpl", "%{for x in a}${x}%{endfor}");
    let selection = select(Registry::builtin(), &["ALL".to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    let options = Options { color: false, width: 400, show_unknown: true };
    let mut out = Vec::new();
    for (format, _) in Format::ALL {
        keylint_report::write(&report, &[], format, &options, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

/// A policy for each expression, written in JSON and by a data source.
fn policies(expressions: &str) -> String {
    let mut text = String::new();
    for (number, expression) in expressions.lines().enumerate() {
        text.push_str(&format!(
            r#"resource "aws_iam_policy" "j{number}" {{
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Resource = {expression} }}]
  }})
}}
data "aws_iam_policy_document" "d{number}" {{
  statement {{
    actions   = ["s3:GetObject"]
    resources = {expression}
  }}
}}
resource "aws_iam_policy" "d{number}" {{ policy = data.aws_iam_policy_document.d{number}.json }}
"#
        ));
    }
    text
}

#[track_caller]
fn is_quiet(said: &str) {
    let leaks: Vec<_> = said.lines().filter(|line| line.contains(MARKER)).take(20).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn no_element_of_what_is_sensitive_is_shown() {
    let said = said(&policies(EXPRESSIONS));
    is_quiet(&said);
    // Each of them is looked at, whatever it says.
    for number in 0..EXPRESSIONS.lines().count() {
        assert!(said.contains(&format!("aws_iam_policy.j{number}\"")), "{number}");
    }
    assert!(said.matches("`***` is no ARN").count() > EXPRESSIONS.lines().count(), "{said}");
}

#[test]
fn names_that_are_made_of_what_is_sensitive_are_not_shown() {
    let said = said(
        r#"
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
    condition {
      test     = var.s
      variable = "aws:x"
      values   = ["y"]
    }
    condition {
      test     = "StringEquals"
      variable = var.s
      values   = ["y"]
    }
    principals {
      type        = var.s
      identifiers = ["x"]
    }
  }
}
resource "aws_sqs_queue_policy" "q" {
  queue_url = "x"
  policy    = data.aws_iam_policy_document.d.json
}
resource "aws_sqs_queue_policy" "r" {
  queue_url = "x"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = local.names, Action = "sqs:*", Resource = "*", Condition = { StringEquals = local.names } },
      { Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*", Condition = { (var.s) = { (var.s) = "x" } } },
      merge({ Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*" }, local.names),
    ]
  })
}
"#,
    );
    is_quiet(&said);
    for rule in ["POL012", "POL014", "POL020"] {
        assert!(said.contains(rule), "{rule}: {said}");
    }
}
