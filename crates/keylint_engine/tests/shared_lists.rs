//! A list that has a name may be read in other places too, so that no fix that is called safe takes anything
//! out of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::{Applicability, Registry};
use keylint_source::{Memory, Sources};

/// The rules that have a fix for something in these files, with whether it is safe.
fn fixes(files: &[(&str, &str)]) -> Vec<(String, bool)> {
    fixes_of(files, &["POL140", "POL141", "POL142", "POL143"])
}

fn fixes_of(files: &[(&str, &str)], rules: &[&str]) -> Vec<(String, bool)> {
    let mut memory = Memory::new();
    for (path, text) in files {
        memory.insert(format!("/w/{path}"), *text);
    }
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    assert!(!report.findings.is_empty(), "nothing to fix");
    let fixed = report.findings.iter().filter_map(|finding| {
        let fix = finding.fix.as_ref()?;
        Some((finding.rule.to_string(), fix.applicability == Applicability::Safe))
    });
    fixed.collect()
}

fn policy(statements: &str) -> String {
    format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {statements} }})\n}}\n"
    )
}

const TWO: &str = r#"["s3:Get*", "s3:GetObject"]"#;

#[test]
fn a_list_with_a_name_keeps_its_elements() {
    let statement =
        |list: &str| policy(&format!(r#"[{{ Effect = "Allow", Action = {list}, Resource = "*" }}]"#));
    assert_eq!(fixes(&[("main.tf", &statement(TWO))]), [("POL140".to_owned(), true)]);
    let local = format!("locals {{\n  acts = {TWO}\n}}\n{}", statement("local.acts"));
    let variable = format!("variable \"acts\" {{\n  default = {TWO}\n}}\n{}", statement("var.acts"));
    for text in [local, variable] {
        assert_eq!(fixes(&[("main.tf", &text)]), [], "{text}");
    }
    let call = format!("module \"m\" {{\n  source = \"./m\"\n  acts = {TWO}\n}}\n");
    let called = format!("variable \"acts\" {{}}\n{}", statement("var.acts"));
    assert_eq!(fixes(&[("main.tf", &call), ("m/main.tf", &called)]), []);
    let mapping = format!(
        "Mappings:\n  M: {{a: {{acts: {TWO}}}}}\nResources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: !FindInMap [M, a, acts], Resource: \"*\"}}]}}\n"
    );
    assert_eq!(fixes(&[("t.template.yaml", &mapping)]), []);
}

#[test]
fn a_document_that_a_data_source_builds_is_edited_where_it_is_built() {
    let text = format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    actions   = {TWO}\n    resources = [\"*\"]\n  }}\n}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
    );
    assert_eq!(fixes(&[("main.tf", &text)]), [("POL140".to_owned(), true)]);
}

#[test]
fn a_statement_with_a_name_is_not_edited_as_if_it_had_none() {
    let statement = format!(r#"{{ Effect = "Allow", Action = {TWO}, Resource = "*" }}"#);
    let list = format!("locals {{\n  all = [{statement}]\n}}\n{}", policy("local.all"));
    let one = format!("locals {{\n  one = {statement}\n}}\n{}", policy("[local.one]"));
    for text in [list, one] {
        assert!(fixes(&[("main.tf", &text)]).iter().all(|(_, is_safe)| !is_safe), "{text}");
    }
    let same = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }"#;
    let twice =
        |list: &str| format!("locals {{\n  all = [\n    {same},\n    {same},\n  ]\n}}\n{}", policy(list));
    assert!(fixes(&[("main.tf", &twice("local.all"))]).iter().all(|(_, is_safe)| !is_safe));
    let here = policy(&format!("[\n    {same},\n    {same},\n  ]"));
    assert_eq!(fixes(&[("main.tf", &here)]), [("POL143".to_owned(), true)]);
}

#[test]
fn who_speaks_for_another_rule_has_its_edit() {
    let condition = r#"Condition = { StringEquals = { "aws:username" = "a*" } }"#;
    let text = policy(&format!(
        r#"[{{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*", {condition} }}]"#
    ));
    assert_eq!(fixes_of(&[("main.tf", &text)], &["IAM017", "POL110"]), [("IAM017".to_owned(), false)]);
    assert_eq!(fixes_of(&[("main.tf", &text)], &["POL110"]), [("POL110".to_owned(), false)]);
}
