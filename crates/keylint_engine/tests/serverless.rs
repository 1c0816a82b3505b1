//! What SAM makes, called by the resource of the template that it is made of.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::{Finding, Registry};
use keylint_source::{Memory, Sources};

fn run(files: &[(&str, &str)], rules: &[&str]) -> Report {
    let mut memory = Memory::new();
    for (path, text) in files {
        memory.insert(format!("/w/{path}"), *text);
    }
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec!["t.yaml".into()], sources }, &settings)
}

/// `address line: what is shown beside it`.
fn shown(report: &Report) -> Vec<String> {
    let show = |finding: &Finding| {
        let line = report.file(finding.span).unwrap().position(finding.span.start).line;
        let related: Vec<_> = finding.related.iter().map(|related| related.message.as_str()).collect();
        format!("{} {line}: {}", finding.resource.as_ref().unwrap(), related.join(", "))
    };
    report.findings.iter().map(show).collect()
}

const ADMIN: &str = "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}";

fn function(more: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function{more}
    Properties:
      Policies:
        - {ADMIN}
      Events:
        Daily: {{Type: ScheduleV2, Properties: {{ScheduleExpression: rate(1 day)}}}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies: [{ADMIN}]
"
    )
}

#[test]
fn findings_name_the_resource_that_is_written_and_what_was_made_of_it() {
    let report = run(&[("t.yaml", &function(""))], &["IAM001"]);
    assert_eq!(
        shown(&report),
        ["Fn 7: `FnRole` is made of this", "Machine 13: `MachineRole` is made of this"]
    );
}

#[test]
fn the_metadata_of_what_is_written_silences_what_is_made_of_it() {
    let ignore = "\n    Metadata: {keylint: {ignore: [IAM001]}}";
    let report = run(&[("t.yaml", &function(ignore))], &["IAM001"]);
    assert_eq!(shown(&report), ["Machine 14: `MachineRole` is made of this"]);
    assert_eq!(report.coverage.suppressed, 1);
}

#[test]
fn the_metadata_of_what_leaves_nothing_but_what_it_makes_counts() {
    let connector = |more: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Link:
    Type: AWS::Serverless::Connector{more}
    Properties:
      Source: {{Type: AWS::Lambda::Function, RoleName: app}}
      Destination: {{Type: AWS::DynamoDB::Table, Arn: '*'}}
      Permissions: [Write]
"
        )
    };
    let rules = ["IAM"];
    let found = run(&[("t.yaml", &connector(""))], &rules).findings;
    let rules: Vec<_> = found.iter().map(|finding| finding.rule.to_string()).collect();
    assert!(!rules.is_empty());
    let ignore = format!("\n    Metadata: {{keylint: {{ignore: [{}]}}}}", rules.join(", "));
    assert_eq!(shown(&run(&[("t.yaml", &connector(&ignore))], &["IAM"])), [""; 0]);
}

#[test]
fn in_a_nested_stack_the_address_has_the_stack_before_it() {
    let parent =
        "Resources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml}}\n";
    let report = run(&[("t.yaml", parent), ("c.yaml", &function(""))], &["IAM001"]);
    assert_eq!(
        shown(&report),
        [
            "Child/Fn 7: called here, `Child/FnRole` is made of this",
            "Child/Machine 13: called here, `Child/MachineRole` is made of this",
        ]
    );
}

#[test]
fn the_trust_policy_that_sam_writes_is_not_reported_and_one_that_is_written_is() {
    let report = run(&[("t.yaml", &function(""))], &["IAM012"]);
    assert_eq!(shown(&report), [""; 0]);
    let written = function("").replace(
        "      Policies:\n",
        "      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:\n",
    );
    let report = run(&[("t.yaml", &written)], &["IAM012"]);
    assert_eq!(shown(&report), ["Fn 7: `FnRole` is made of this"]);
}

#[test]
fn what_is_wrong_with_an_action_of_sam_itself_is_no_fault_of_the_template() {
    let with =
        |policy: &str| function("").replace(&format!("        - {ADMIN}"), &format!("        - {policy}"));
    let report = run(&[("t.yaml", &with("SQSPollerPolicy: {QueueName: q}"))], &["POL005"]);
    assert_eq!(shown(&report), [""; 0]);
    let statement =
        "{Effect: Allow, Action: sqs:DeleteMessageBatch, Resource: 'arn:aws:sqs:*:111122223333:q'}";
    let report = run(&[("t.yaml", &with(&format!("Statement: [{statement}]")))], &["POL005"]);
    assert_eq!(shown(&report), ["Fn 7: `FnRole` is made of this"]);
}

#[test]
fn the_account_of_a_stack_of_the_cdk_is_the_one_that_its_policies_are_of() {
    let key = |account: &str| {
        format!(
            r#"{{"Resources": {{"K": {{"Type": "AWS::KMS::Key", "Properties": {{"KeyPolicy": {{
                "Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Principal": {{"AWS": "arn:aws:iam::{account}:root"}}}}]}}}}}}}}}}"#
        )
    };
    let manifest = r#"{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack",
        "environment": "aws://222233334444/eu-west-1", "properties": {"templateFile": "S.template.json"}}}}"#;
    for (account, expected) in [("111122223333", 1), ("222233334444", 0)] {
        let mut memory = Memory::new();
        memory.insert("/w/manifest.json", manifest);
        memory.insert("/w/S.template.json", key(account));
        let settings = Settings {
            selection: select(Registry::builtin(), &["KMS005".to_owned()], &[]).unwrap(),
            ..Settings::default()
        };
        let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
        let report = lint(&Project { paths: vec!["S.template.json".into()], sources }, &settings);
        assert_eq!(shown(&report).len(), expected, "{account}");
        assert!(report.undecided.is_empty(), "{account}: {:?}", report.undecided);
    }
}
