//! References to resources, compared as what they name.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_policy::service::services;
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// The rules that find something in a file, in order, each with the resource.
fn found(path: &str, text: &str, rules: &[&str]) -> Vec<String> {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    report.findings.iter().map(|finding| finding.rule.to_string()).collect()
}

const STACK: &str = "Transform: AWS::LanguageExtensions
Resources:
  B: {Type: AWS::S3::Bucket}
  T: {Type: AWS::DynamoDB::Table}
  Q: {Type: AWS::SQS::Queue}
  S: {Type: AWS::SecretsManager::Secret}
  K: {Type: AWS::KMS::Key}
  N: {Type: AWS::SNS::Topic}
  V: {Type: AWS::EC2::VPC}
  E: {Type: AWS::EC2::VPCEndpoint}
  R: {Type: AWS::IAM::Role}
  G: {Type: AWS::IAM::Group}
  A: {Type: AWS::AccessAnalyzer::Analyzer}
  D: {Type: AWS::CodeDeploy::Application}
  I: {Type: AWS::IAM::SAMLProvider}
  J: {Type: AWS::NetworkManager::Device}
  L: {Type: AWS::DirectoryService::MicrosoftAD}
  M: {Type: AWS::CloudWatch::InsightRule}
";

fn template(holder: &str, statement: &str) -> String {
    format!(
        "{STACK}  P:\n    Type: {holder}\n    Properties:\n      PolicyDocument: {{Version: \"2012-10-17\", Statement: [{statement}]}}\n"
    )
}

#[test]
fn a_template_s_references_are_what_they_return() {
    let cases = [
        (r#"Action: "s3:GetObject", Resource: !GetAtt B.Arn"#, &["POL154"][..]),
        (r#"Action: "s3:GetObject", Resource: !Sub "${B.Arn}/*""#, &[]),
        (r#"Action: "s3:ListBucket", Resource: !Sub "${B.Arn}/*""#, &["POL154"]),
        (r#"Action: "s3:ListBucket", Resource: !GetAtt B.Arn"#, &[]),
        (r#"Action: "sqs:SendMessage", Resource: !GetAtt T.Arn"#, &["POL154"]),
        (r#"Action: "kms:Decrypt", Resource: !Ref S"#, &["POL154"]),
        (r#"Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${B.Arn}/*""#, &["POL009"]),
        (r#"Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${B}/${B.Arn}/*""#, &[]),
        (
            r#"Action: "sqs:SendMessage", Resource: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Q}""#,
            &["POL009"],
        ),
        (
            r#"Action: "kms:Decrypt", Resource: !Sub "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${K.Arn}""#,
            &["POL009"],
        ),
        (r#"Action: "sqs:SendMessage", Resource: !Ref Q"#, &["POL007"]),
        (r#"Action: "codedeploy:GetApplication", Resource: !Ref D"#, &["POL007"]),
        (r#"Action: "access-analyzer:GetAnalyzer", Resource: !Ref A"#, &[]),
        (r#"Action: "access-analyzer:GetAnalyzer", Resource: !GetAtt A.Arn"#, &[]),
        (r#"Action: "sqs:SendMessage", Resource: !Ref A"#, &["POL154"]),
        // Several ids joined, an id of a type that no registry has, an ARN that the page alone speaks of.
        (r#"Action: "networkmanager:GetDevices", Resource: !Ref J"#, &["POL007"]),
        (r#"Action: "ds:DescribeTrusts", Resource: !Ref L"#, &["POL007"]),
        (r#"Action: "cloudwatch:GetInsightRuleReport", Resource: !Ref M"#, &[]),
        (r#"Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${M}/*""#, &["POL009"]),
        // An ARN of which the data does not say the service.
        (r#"Action: "dynamodb:GetRecords", Resource: !GetAtt T.StreamArn"#, &[]),
        (r#"Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${T.StreamArn}/*""#, &["POL009"]),
        (
            r#"Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:SourceVpce": !Ref V}}"#,
            &["POL059"],
        ),
        (
            r#"Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:SourceVpc": !Ref E}}"#,
            &["POL058"],
        ),
        (
            r#"Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:SourceVpce": !Ref E, "aws:SourceVpc": !Ref V}}"#,
            &[],
        ),
        (
            r#"Action: "ec2:CreateTags", Resource: "*", Condition: {StringEquals: {"aws:RequestTag/x": !ToJsonString {a: b}}}"#,
            &[],
        ),
        (r#"Action: "s3:GetObject", Resource: !ToJsonString {a: b}"#, &["POL007"]),
    ];
    let rules = ["POL003", "POL007", "POL009", "POL058", "POL059", "POL154", "IAM017"];
    for (statement, expected) in cases {
        let text = template("AWS::IAM::ManagedPolicy", &format!("{{Effect: Allow, {statement}}}"));
        assert_eq!(found("t.template.yaml", &text, &rules), expected, "{statement}");
    }
}

#[test]
fn a_template_s_principals_are_what_they_return() {
    for (principal, expected) in [
        ("!Ref R", &["POL156"][..]),
        ("!GetAtt R.Arn", &[]),
        ("!GetAtt Q.Arn", &["POL156"]),
        ("!GetAtt G.Arn", &["POL156"]),
        ("!Ref AWS::AccountId", &[]),
        ("!Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"", &[]),
    ] {
        let statement = format!(
            "{{Effect: Allow, Principal: {{AWS: {principal}}}, Action: \"sns:Publish\", Resource: !Ref N}}"
        );
        let text = template("AWS::SNS::TopicPolicy", &statement);
        assert_eq!(found("t.template.yaml", &text, &["POL044", "POL156"]), expected, "{principal}");
    }
    let statement =
        "{Effect: Allow, Principal: {AWS: !GetAtt R.Arn}, Action: \"sns:Publish\", Resource: !GetAtt Q.Arn}";
    let text = template("AWS::SNS::TopicPolicy", statement);
    assert_eq!(found("t.template.yaml", &text, &["POL044", "POL156"]), ["POL044"]);
}

#[test]
fn an_attribute_of_terraform_is_the_arn_that_its_type_has() {
    let resources = "data \"aws_caller_identity\" \"me\" {}\ndata \"aws_region\" \"here\" {}\ndata \"aws_partition\" \"this\" {}\n\
        resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_kms_key\" \"k\" {}\nresource \"aws_sqs_queue\" \"q\" {}\n\
        resource \"aws_secretsmanager_secret\" \"s\" {}\nresource \"aws_vpc\" \"v\" {}\n";
    for (statement, expected) in [
        (r#"Action = "s3:GetObject", Resource = aws_s3_bucket.b.arn"#, &["POL154"][..]),
        (r#"Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*""#, &[]),
        (r#"Action = "kms:Decrypt", Resource = aws_secretsmanager_secret.s.arn"#, &["POL154"]),
        (r#"Action = "kms:Decrypt", Resource = aws_kms_key.k.arn"#, &[]),
        (r#"Action = "s3:GetObject", Resource = aws_s3_bucket.b.id"#, &["POL007"]),
        (r#"Action = "s3:GetObject", Resource = "arn:aws:s3:::${aws_s3_bucket.b.arn}/*""#, &["POL009"]),
        (r#"Action = "s3:GetObject", Resource = "arn:aws:s3:::${aws_s3_bucket.b.id}/*""#, &[]),
        (
            r#"Action = "sqs:SendMessage", Resource = "arn:${data.aws_partition.this.partition}:sqs::${data.aws_caller_identity.me.account_id}:q""#,
            &["POL030"],
        ),
        (
            r#"Action = "sqs:SendMessage", Resource = "arn:aws:sqs:${data.aws_region.here.name}::q""#,
            &["POL076"],
        ),
        (r#"Action = "sqs:SendMessage", Resource = "arn:aws:sqs:${var.region}::q""#, &[]),
        (
            r#"Action = "s3:GetObject", Resource = "*", Condition = { StringEquals = { "aws:SourceVpce" = aws_vpc.v.id } }"#,
            &["POL059"],
        ),
    ] {
        let text = format!(
            "{resources}variable \"region\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", {statement} }}] }})\n}}\n"
        );
        let rules = ["POL007", "POL009", "POL030", "POL059", "POL076", "POL154"];
        assert_eq!(found("main.tf", &text, &rules), expected, "{statement}");
    }
}

/// The forms are those of the reference, names of placeholders included.
#[test]
fn forms_of_terraform_s_arns_are_those_of_the_reference() {
    let table = include_str!("../../keylint_terraform/data/shapes.tsv");
    let forms =
        table.lines().filter_map(|line| line.split('\t').nth(2)).filter(|form| form.starts_with("arn:"));
    let mut wrong: Vec<String> = Vec::new();
    for form in forms {
        let plain = form.replace(":word}", "}");
        let types = services().flat_map(|service| service.resource_types().collect::<Vec<_>>());
        if !types.map(|of_type| of_type.arn().text()).any(|known| known == plain) {
            wrong.push(plain);
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Source: KMS Developer Guide, "Creating a key policy", "Resource".
#[test]
fn a_key_policy_about_another_key_does_nothing() {
    let policy = |resource: &str| {
        format!(
            r#"{{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{AWS: "arn:aws:iam::111122223333:root"}}, Action: "kms:*", Resource: {resource}}}]}}"#
        )
    };
    let own = policy("\"*\"");
    for (resource, is_found) in [
        ("!GetAtt A.Arn", true),
        ("!Sub \"arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${A}\"", true),
        ("arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab", true),
        ("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", false),
        ("[!GetAtt A.Arn, \"*\"]", false),
        ("!Ref Given", false),
        ("!GetAtt Custom.Arn", false),
    ] {
        let template = format!(
            "Parameters:\n  Given: {{Type: String}}\nResources:\n  A:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: {own}\n  \
             Custom: {{Type: Custom::Key, Properties: {{ServiceToken: x}}}}\n  B:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: {}\n",
            policy(resource)
        );
        let found = found("t.template.yaml", &template, &["KMS013"]);
        assert_eq!(found.len(), usize::from(is_found), "{resource} {found:?}");
    }
    // Of a policy beside the key it shows whose it is.
    for (resource, is_found) in [("aws_kms_key.a.arn", true), ("aws_kms_key.b.arn", false)] {
        let source = format!(
            r#"
resource "aws_kms_key" "a" {{}}
resource "aws_kms_key" "b" {{}}
resource "aws_kms_key_policy" "b" {{
  key_id = aws_kms_key.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111122223333:root" }}, Action = "kms:*", Resource = {resource} }}] }})
}}
"#
        );
        let found = found("main.tf", &source, &["KMS013"]);
        assert_eq!(found.len(), usize::from(is_found), "{resource} {found:?}");
    }
}
