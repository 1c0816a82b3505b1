//! Policies and what they are attached to: where the undecided ones are, and files that are both
//! read and found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

fn run(files: &[(&str, &str)], rules: &str) -> Report {
    run_on(".", files, rules)
}

fn run_on(path: &str, files: &[(&str, &str)], rules: &str) -> Report {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let rules: Vec<String> = rules.split(',').map(str::to_owned).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![path.into()], sources }, &settings)
}

/// `line:column rule resource` of what is undecided.
fn undecided(text: &str, rules: &str) -> Vec<String> {
    let report = run(&[("main.tf", text)], rules);
    assert_eq!(report.findings.len(), 0);
    let shown = report.undecided.iter().map(|place| {
        let (at, what) = (place.position, &place.undecided);
        format!("{}:{} {} {}", at.line, at.column, what.rule, what.resource)
    });
    shown.collect()
}

#[test]
fn an_unknown_policy_is_undecided_where_it_is_given() {
    assert_eq!(
        undecided(
            r#"variable "policy" {}
resource "aws_iam_policy" "a" {
  name   = "a"
  policy = var.policy
}
resource "aws_iam_role" "b" {
  assume_role_policy = "{}"
  inline_policy {
    name   = "b"
    policy = var.policy
  }
}
data "aws_iam_policy_document" "c" {
  source_policy_documents = [var.policy]
}
resource "aws_iam_policy" "c" {
  policy = data.aws_iam_policy_document.c.json
}
"#,
            "IAM001"
        ),
        ["4:12 IAM001 aws_iam_policy.a", "10:14 IAM001 aws_iam_role.b", "17:12 IAM001 aws_iam_policy.c"]
    );
}

/// Nothing shows that an unknown document which nothing uses is one for identities. A rule that others
/// supersede there asks no question of its own.
#[test]
fn an_unknown_document_of_no_known_kind_is_undecided_for_all_kinds() {
    let text = r#"variable "policy" {}
data "aws_iam_policy_document" "a" {
  source_policy_documents = [var.policy]
}
"#;
    let document = "data.aws_iam_policy_document.a";
    assert_eq!(
        undecided(text, "IAM001,KMS002,SM007,PUB004"),
        ["IAM001", "KMS002", "SM007"].map(|rule| format!("2:1 {rule} {document}"))
    );
}

const ADMIN: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

fn findings(report: &Report) -> Vec<String> {
    let shown = report.findings.iter().map(|finding| {
        let path = &report.file(finding.span).unwrap().path;
        let resource = finding.resource.iter().map(ToString::to_string).collect::<String>();
        format!("{path} {} {resource} {}", finding.rule, finding.instances.len())
    });
    shown.collect()
}

#[test]
fn a_policy_file_that_a_resource_reads_is_that_resources_policy() {
    let uses = r#"resource "aws_iam_policy" "it" {
  policy = file("${path.module}/used.json")
}
data "aws_iam_policy_document" "it" {
  source_policy_documents = [file("part.json")]
}
resource "aws_iam_policy" "merged" {
  policy = data.aws_iam_policy_document.it.json
}
"#;
    let report = run(
        &[("main.tf", uses), ("used.json", ADMIN), ("part.json", ADMIN), ("alone.json", ADMIN)],
        "IAM001",
    );
    assert_eq!(
        findings(&report),
        [
            "alone.json IAM001 alone.json 0",
            "part.json IAM001 aws_iam_policy.merged 0",
            "used.json IAM001 aws_iam_policy.it 0"
        ]
    );
    assert_eq!((report.coverage.policies, report.coverage.files), (3, 4));
}

#[test]
fn what_is_wrong_with_such_a_file_is_said_once() {
    let uses = "resource \"aws_iam_policy\" \"it\" {\n  policy = file(\"used.json\")\n}\n";
    let broken = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow" "Action": "*"}]}"#;
    let report = run(&[("main.tf", uses), ("used.json", broken)], "KL001");
    assert_eq!(findings(&report), ["used.json KL001 aws_iam_policy.it 0"]);
}

/// A hundred checks cannot look at it; that is said once for each cause, and not at all where a rule about
/// the policy has said it.
#[test]
fn what_the_validator_cannot_look_at_is_said_once() {
    let text = r#"variable "policy" {}
variable "action" {}
variable "name" {}
resource "aws_iam_policy" "a" {
  policy = var.policy
}
resource "aws_iam_policy" "b" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["s3:ListAllMyBuckets", var.action, "${var.action}:Get"]
      Resource  = "arn:aws:s3:::${var.name}"
      Condition = { StringEquals = { "${var.name}:sub" = var.name } }
    }]
  })
}
"#;
    assert_eq!(
        undecided(text, "POL"),
        ["5:12 POL018 aws_iam_policy.a", "12:43 POL005 aws_iam_policy.b", "14:19 POL014 aws_iam_policy.b"]
    );
    assert_eq!(undecided(text, "POL001").len(), 3);
    assert_eq!(
        undecided(text, "IAM001,POL018"),
        ["5:12 IAM001 aws_iam_policy.a", "12:43 POL018 aws_iam_policy.b", "14:19 POL018 aws_iam_policy.b"]
    );
}

#[test]
fn statements_that_a_loop_makes_of_one_text_are_one_finding_that_names_them() {
    let policy = |loops: &str, action: &str| {
        format!(
            "resource \"aws_iam_policy\" \"it\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    \
             Statement = [for name in {loops} : {{\n      Sid = name\n      Effect = \"Allow\"\n      Action = {action}\n      \
             Resource = \"*\"\n    }}]\n  }})\n}}\n"
        )
    };
    let named = |loops: &str, action: &str| {
        let text = policy(loops, action);
        let report = run(&[("main.tf", &text)], "IAM001");
        let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
        let sid = |name: &keylint_rules::StatementName| name.sid.as_deref().unwrap().to_owned();
        let first = finding.statement.as_ref().map(sid).unwrap();
        (first, finding.statements.iter().map(sid).collect::<Vec<_>>())
    };
    let all = r#"["A", "B", "C"]"#;
    assert_eq!(named(all, r#""*""#), ("A".into(), vec!["A".into(), "B".into(), "C".into()]));
    // Not of those that differ.
    assert_eq!(
        named(all, r#"name == "A" ? "s3:GetObject" : "*""#),
        ("B".into(), vec!["B".into(), "C".into()])
    );
    assert_eq!(named(r#"["A"]"#, r#""*""#), ("A".into(), vec![]));
}

#[test]
fn a_statement_that_a_loop_makes_silences_nothing_of_the_others_of_the_same_text() {
    let rules = "IAM001,IAM002,IAM004,KMS010";
    let found = |statements: &str| {
        let text = format!(
            "locals {{\n  all = {{\n    everything = [\"*\"]\n    secrets = [\"secretsmanager:GetSecretValue\"]\n    \
             keys = [\"kms:Decrypt\"]\n    machines = [\"ec2:*\"]\n  }}\n}}\n{statements}"
        );
        let report = run(&[("main.tf", &text)], rules);
        let show = |finding: &keylint_rules::Finding| {
            let line = report.file(finding.span).unwrap().position(finding.span.start).line;
            format!("{line} {}", finding.rule)
        };
        report.findings.iter().map(show).collect::<Vec<_>>()
    };
    let encoded = "resource \"aws_iam_policy\" \"it\" {
      policy = jsonencode({
        Version = \"2012-10-17\"
        Statement = [for name, it in local.all : { Effect = \"Allow\", Action = it, Resource = \"*\" }]
      })
    }";
    let dynamic = "data \"aws_iam_policy_document\" \"it\" {
      dynamic \"statement\" {
        for_each = local.all
        content {
          actions   = statement.value
          resources = [\"*\"]
        }
      }
    }
    resource \"aws_iam_policy\" \"it\" {
      policy = data.aws_iam_policy_document.it.json
    }";
    for text in [encoded, dynamic] {
        assert_eq!(found(text), ["3 IAM001", "4 IAM004", "5 KMS010", "6 IAM002"], "{text}");
    }
    // In one statement the first says it all.
    let one = encoded.replace("for name, it in local.all", "for it in [flatten(values(local.all))]");
    assert_eq!(found(&one), ["3 IAM001"]);
}

#[test]
fn a_string_of_parts_is_reported_where_it_is_put_together_and_silenced_there_and_at_its_parts() {
    let text = |comments: [&str; 2]| {
        format!(
            r#"resource "aws_iam_policy" "a" {{
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Resource = "*", Action = "s3:${{local.act}}" }}] # {}
  }})
}}
resource "aws_s3_bucket" "between" {{}}
locals {{
  act = "GetObjec" # {}
}}
"#,
            comments[0], comments[1]
        )
    };
    let of = |text: &str, expected: Option<(&str, &str)>| {
        let report = run(&[("main.tf", text)], "POL005");
        let read = |span: keylint_source::Span| report.file(span).unwrap().text.get(span.range()).unwrap();
        let shown = report.findings.first().map(|finding| {
            let part = finding.related.iter().find(|related| related.message.starts_with("a part"));
            (read(finding.span), part.map(|part| read(part.span)).unwrap())
        });
        assert_eq!(shown, expected, "{text}");
    };
    of(&text(["", ""]), Some(("\"s3:${local.act}\"", "GetObjec")));
    of(&text(["keylint: ignore[POL005]", ""]), None);
    of(&text(["", "keylint: ignore[POL005]"]), None);
}

#[test]
fn a_policy_counts_where_its_resource_is_written_or_called() {
    let include = r#"Resources:
  P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: part.yaml}}}}}
"#;
    let part = "Version: '2012-10-17'\nStatement: [{Effect: Allow, Action: '*', Resource: '*'}]\n";
    let nested =
        "Resources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./child.yaml}}\n";
    let child = format!(
        "Resources:\n  P: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {{Version: '2012-10-17', {}}}}}}}\n",
        part.lines().last().unwrap()
    );
    for files in [[("t.yaml", include), ("part.yaml", part)], [("t.yaml", nested), ("child.yaml", &*child)]] {
        let report = run_on("t.yaml", &files, "IAM001");
        assert_eq!(report.findings.len(), 1, "{files:?}");
        assert_eq!(report.coverage.policies, 1, "{files:?}");
    }
}

#[test]
fn more_faults_than_are_kept_of_one_policy_are_left_undecided() {
    let run_with = |count: usize| {
        let actions: Vec<String> = (0..count).map(|number| format!("\"s3:Nothing{number}\"")).collect();
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}]}}"#,
            actions.join(", ")
        );
        run(&[("p.json", &text)], "POL005")
    };
    let few = run_with(20);
    assert_eq!((few.findings.len(), few.undecided.len()), (20, 0));
    let many = run_with(2_500);
    assert_eq!((many.findings.len(), many.undecided.len()), (2_000, 1));
    assert_eq!(many.undecided[0].undecided.reason.to_string(), "a limit was reached");
}
