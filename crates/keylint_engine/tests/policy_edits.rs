//! The edits of rules about what a policy means, in every language that a policy is written in: applied, they
//! leave nothing to report, and they need no other rule.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::{Applicability, Edit, Registry};
use keylint_source::{Memory, Sources};

/// The edits that one rule alone offers in a file, each finding of which has one; or nothing.
fn edits(path: &str, text: &str, rule: &str) -> (usize, Vec<Edit>) {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let selection = select(Registry::builtin(), &[rule.to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.clone());
    let edits = fixes.flat_map(|fix| {
        assert_eq!(fix.applicability, Applicability::Unsafe, "it changes who has access");
        fix.edits
    });
    (report.findings.len(), edits.collect())
}

/// A file in which a rule reports something, after the edit that it offers.
fn mended(path: &str, text: &str, rule: &str) -> String {
    let (found, edits) = edits(path, text, rule);
    assert_eq!((found, edits.len()), (1, 1), "{text}");
    let mut mended = text.to_owned();
    let edit = edits.first().unwrap();
    mended.replace_range(edit.span.range(), &edit.text);
    assert_eq!(self::edits(path, &mended, rule).0, 0, "{mended}");
    mended
}

/// The statement in each language, as the body of an object of JSON.
fn files(resource: &str, operator: &str) -> Vec<(&'static str, String)> {
    let json = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "{resource}", "Condition": {{"{operator}": {{"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a-*"}}}}}}]}}"#
    );
    let heredoc = format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = <<EOT\n{json}\nEOT\n}}\n");
    let escaped =
        format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = \"{}\"\n}}\n", json.replace('"', "\\\""));
    let encoded = format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({})\n}}\n",
        json.replace("\": ", "\" = ")
    );
    let source = format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    actions = [\"secretsmanager:GetSecretValue\"]\n    resources = [\"{resource}\"]\n    condition {{\n      test = \"{operator}\"\n      variable = \"aws:PrincipalArn\"\n      values = [\"arn:aws:iam::111122223333:role/a-*\"]\n    }}\n  }}\n}}\nresource \"aws_iam_policy\" \"p\" {{ policy = data.aws_iam_policy_document.d.json }}\n"
    );
    let template = format!(
        "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Action: secretsmanager:GetSecretValue\n            Resource: {resource} # read\n            Condition:\n              {operator}: {{aws:PrincipalArn: 'arn:aws:iam::111122223333:role/a-*'}}\n"
    );
    let in_json = format!(
        r#"{{"Resources": {{"P": {{"Type": "AWS::IAM::ManagedPolicy", "Properties": {{"PolicyDocument": {json}}}}}}}}}"#
    );
    vec![
        ("p.json", json),
        ("main.tf", heredoc),
        ("main.tf", escaped),
        ("main.tf", encoded),
        ("main.tf", source),
        ("t.yaml", template),
        ("t.json", in_json),
    ]
}

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db";

#[test]
fn the_arn_of_a_secret_gets_its_suffix() {
    let suffixed = format!("{SECRET}-??????");
    let expected = files(&suffixed, "ArnLike");
    for ((path, text), (_, expected)) in files(SECRET, "ArnLike").into_iter().zip(expected) {
        assert_eq!(mended(path, &text, "SM020"), expected);
    }
}

#[test]
fn a_wildcard_gets_an_operator_that_takes_it() {
    let suffixed = format!("{SECRET}-??????");
    let operators = [("StringEquals", "StringLike"), ("stringequals", "StringLike")];
    for (exact, like) in operators {
        for ((path, text), (_, expected)) in files(&suffixed, exact).into_iter().zip(files(&suffixed, like)) {
            assert_eq!(mended(path, &text, "IAM017"), expected);
        }
    }
}

#[test]
fn the_end_of_a_partly_known_arn_is_edited_too() {
    let body = |end: &str| {
        format!(
            "variable \"region\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"secretsmanager:GetSecretValue\", Resource = \"arn:aws:secretsmanager:${{var.region}}:111122223333:secret:{end}\" }}] }})\n}}\n"
        )
    };
    assert_eq!(mended("main.tf", &body("x"), "SM020"), body("x-??????"));
    // What may be meant for the suffix, and what is read elsewhere too, is for somebody to decide.
    for name in ["x-??", "x-"] {
        assert_eq!(edits("main.tf", &body(name), "SM020"), (1, Vec::new()), "{name}");
    }
    let shared = format!(
        "locals {{ arn = \"{SECRET}\" }}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"secretsmanager:GetSecretValue\", Resource = local.arn }}] }})\n}}\n"
    );
    assert_eq!(edits("main.tf", &shared, "SM020"), (1, Vec::new()), "{shared}");
}

#[test]
fn an_operator_with_another_key_under_it_is_left_alone() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "a", "aws:PrincipalArn": "arn:aws:iam::111122223333:role/a-*"}}}]}"#;
    assert_eq!(edits("p.json", text, "IAM017"), (1, Vec::new()));
}

#[test]
fn what_is_put_together_from_elsewhere_is_left_alone() {
    let policy = |resource: &str| {
        format!(
            "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"secretsmanager:GetSecretValue\", Resource = {resource} }}] }})\n}}\n"
        )
    };
    let start = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:";
    let named = "locals {\n  name = \"app-db\"\n}\nvariable \"name\" {\n  default = \"app-db\"\n}\n";
    for resource in [
        format!("\"{start}${{local.name}}\""),
        format!("\"{start}${{var.name}}\""),
        format!("\"{start}${{substr(\"app-db-x\", 0, 6)}}\""),
        format!("format(\"{start}%s\", \"app-db\")"),
    ] {
        let text = format!("{named}{}", policy(&resource));
        assert_eq!(edits("main.tf", &text, "SM020"), (1, Vec::new()), "{text}");
    }
    let template = format!(
        "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Action: secretsmanager:GetSecretValue\n            Resource: !Sub ['{start}${{x}}/${{x}}', {{x: app}}]\n"
    );
    assert_eq!(edits("t.yaml", &template, "SM020"), (1, Vec::new()), "{template}");
}

#[test]
fn an_operator_that_is_named_elsewhere_is_left_alone() {
    let text = "locals {\n  test = \"StringEquals\"\n}\ndata \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"*\"]\n    condition {\n      test     = local.test\n      variable = \"aws:PrincipalArn\"\n      values   = [\"arn:aws:iam::111122223333:role/a-*\"]\n    }\n  }\n}\nresource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.d.json\n}\n";
    assert_eq!(edits("main.tf", text, "IAM017"), (1, Vec::new()));
    let conditions = "locals {\n  conditions = { StringEquals = { \"aws:PrincipalArn\" = \"arn:aws:iam::111122223333:role/a-*\" } }\n}\nresource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"*\", Condition = local.conditions }] })\n}\n";
    assert_eq!(edits("main.tf", conditions, "IAM017"), (1, Vec::new()));
}
