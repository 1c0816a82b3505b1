//! What one policy of an identity allows another one may deny: of a policy that is written for that identity alone
//! both count.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

const RULES: [&str; 5] = ["IAM001", "IAM002", "IAM004", "IAM008", "KMS010"];

/// The rules that speak, each with the resource that it speaks of.
fn found(path: &str, text: &str) -> Vec<(String, String)> {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let selection = select(Registry::builtin(), &RULES.map(str::to_owned), &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    let found = report.findings.iter().map(|finding| {
        let resource = finding.resource.as_ref().map(|address| address.as_str().to_owned());
        (finding.rule.to_string(), resource.unwrap_or_default())
    });
    found.collect()
}

fn document(effect: &str, action: &str) -> String {
    format!(
        r#"jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "{effect}", Action = "{action}", Resource = "*" }}] }})"#
    )
}

fn role(rest: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n{rest}"
    )
}

fn inline(name: &str, role: &str, document: &str) -> String {
    format!("resource \"aws_iam_role_policy\" \"{name}\" {{\n  role   = {role}\n  policy = {document}\n}}\n")
}

#[test]
fn a_denial_in_another_policy_of_the_role_counts() {
    for (allowed, denied, rule) in [
        ("secretsmanager:GetSecretValue", "secretsmanager:*", "IAM004"),
        ("iam:PassRole", "iam:*", "IAM008"),
        ("kms:Decrypt", "kms:Decrypt", "KMS010"),
        ("sqs:*", "*", "IAM002"),
        ("*", "*", "IAM001"),
    ] {
        let allow = inline("a", "aws_iam_role.r.id", &document("Allow", allowed));
        let deny = inline("b", "aws_iam_role.r.id", &document("Deny", denied));
        let said = [(rule.to_owned(), "aws_iam_role_policy.a".to_owned())];
        assert_eq!(found("main.tf", &role(&format!("{allow}{deny}"))), [], "{allowed}");
        assert_eq!(found("main.tf", &role(&allow)), said, "{allowed}");
        // What is denied to another role is not denied here.
        let other = inline("b", "\"other\"", &document("Deny", denied));
        assert_eq!(found("main.tf", &role(&format!("{allow}{other}"))), said, "{allowed}");
    }
}

#[test]
fn a_policy_that_others_can_have_too_stands_for_itself() {
    let policy = format!(
        "resource \"aws_iam_policy\" \"m\" {{\n  policy = {}\n}}\nresource \"aws_iam_role_policy_attachment\" \"x\" {{\n  role       = aws_iam_role.r.name\n  policy_arn = aws_iam_policy.m.arn\n}}\n",
        document("Allow", "secretsmanager:GetSecretValue")
    );
    let deny = inline("b", "aws_iam_role.r.id", &document("Deny", "*"));
    let said = [("IAM004".to_owned(), "aws_iam_policy.m".to_owned())];
    assert_eq!(found("main.tf", &role(&format!("{policy}{deny}"))), said);
}

#[test]
fn a_policy_for_several_roles_of_a_template_stands_for_itself() {
    let role = "Type: AWS::IAM::Role\n    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: ec2.amazonaws.com}}]}}\n";
    let policy = |name: &str, effect: &str, roles: &str| {
        format!(
            "  {name}:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: {name}\n      Roles: {roles}\n      PolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: {effect}, Action: 'kms:Decrypt', Resource: '*'}}]}}\n"
        )
    };
    let template = |allowed: &str| {
        let policies = format!("{}{}", policy("A", "Allow", allowed), policy("B", "Deny", "[!Ref R]"));
        format!("Resources:\n  R:\n    {role}  S:\n    {role}{policies}")
    };
    assert_eq!(found("t.yaml", &template("[!Ref R]")), []);
    let said = [("KMS010".to_owned(), "A".to_owned())];
    assert_eq!(found("t.yaml", &template("[!Ref R, !Ref S]")), said);
}

#[test]
fn what_one_member_is_denied_the_group_still_allows() {
    let user = |name: &str| {
        format!(
            "resource \"aws_iam_user\" \"{name}\" {{\n  name = \"{name}\"\n}}\nresource \"aws_iam_user_group_membership\" \"{name}\" {{\n  user   = aws_iam_user.{name}.name\n  groups = [aws_iam_group.g.name]\n}}\n"
        )
    };
    let allow = document("Allow", "iam:PassRole");
    let text = format!(
        "resource \"aws_iam_group\" \"g\" {{\n  name = \"g\"\n}}\nresource \"aws_iam_group_policy\" \"a\" {{\n  group  = aws_iam_group.g.name\n  policy = {allow}\n}}\n{}{}resource \"aws_iam_user_policy\" \"b\" {{\n  user   = aws_iam_user.u.name\n  policy = {}\n}}\n",
        user("u"),
        user("v"),
        document("Deny", "iam:PassRole")
    );
    assert_eq!(found("main.tf", &text), [("IAM008".to_owned(), "aws_iam_group_policy.a".to_owned())]);
}

#[test]
fn a_user_of_a_group_is_denied_by_its_own_policies() {
    let document = |effect: &str| {
        format!(
            "{{Version: '2012-10-17', Statement: [{{Effect: {effect}, Action: 'kms:Decrypt', Resource: '*'}}]}}"
        )
    };
    let policy = |effect: &str| format!("{{PolicyName: {effect}, PolicyDocument: {}}}", document(effect));
    let template = |policies: &str| {
        format!(
            "Resources:\n  G:\n    Type: AWS::IAM::Group\n  U:\n    Type: AWS::IAM::User\n    Properties:\n      Groups: [!Ref G]\n      Policies: [{policies}]\n"
        )
    };
    let allow = policy("Allow");
    assert_eq!(found("t.yaml", &template(&format!("{allow}, {}", policy("Deny")))), []);
    assert_eq!(found("t.yaml", &template(&allow)), [("KMS010".to_owned(), "U".to_owned())]);
}
