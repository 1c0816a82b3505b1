//! A secret's value never reaches what a report says, whichever way it takes through a template.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_model::Guard;
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

const SECRET: &str = "hunter2SuperSecretX9";

fn run(path: &str, text: &str) -> Report {
    let mut memory = Memory::new();
    memory.insert(format!("/w/{path}"), text);
    let selection = select(Registry::builtin(), &["ALL".to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

/// All that a report says in words.
fn said(report: &Report) -> Vec<String> {
    let mut said = Vec::new();
    for finding in &report.findings {
        said.push(format!("{} {}", finding.rule, finding.message));
        said.extend(finding.help.clone());
        said.extend(finding.related.iter().map(|related| related.message.clone()));
        said.extend(
            finding.statement.iter().filter_map(|statement| Some(statement.sid.as_ref()?.to_string())),
        );
        said.extend(finding.when.iter().map(Guard::describe));
    }
    for place in &report.undecided {
        said.push(format!("{} {}", place.undecided.resource, place.undecided.reason));
    }
    said
}

#[track_caller]
fn is_quiet(path: &str, text: &str, rules: &[&str]) {
    let said = said(&run(path, text));
    let leaks: Vec<_> = said.iter().filter(|message| message.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    for rule in rules {
        assert!(said.iter().any(|message| message.starts_with(rule)), "{rule}: {said:#?}");
    }
}

#[test]
fn sids_and_names_of_a_policy_that_are_secret_are_not_quoted() {
    let text = r#"variable "s" {
  type      = string
  sensitive = true
  default   = "SECRET"
}
resource "aws_kms_key" "k" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = var.s, Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" }]
  })
}
resource "aws_sqs_queue_policy" "q" {
  queue_url = "x"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "a"
      Effect    = "Allow"
      Principal = { AWS = "*", "x${var.s}" = "*" }
      Action    = "sqs:${var.s}"
      Resource  = "*"
      "El${var.s}" = 1
      Condition = { StringEquals = { "aws:${var.s}" = var.s }, "Op${var.s}" = { "aws:SourceIp" = "1" } }
    }]
  })
}
"#;
    is_quiet("main.tf", &text.replace("SECRET", SECRET), &["KMS002", "POL"]);
}

#[test]
fn a_masked_parameter_is_said_by_its_name() {
    let text = r#"AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::LanguageExtensions
Parameters:
  Secret: {Type: String, NoEcho: true, Default: SECRET}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", NoEcho: true, Default: SECRET}
  P1: {Type: String}
Conditions:
  IsS: !Equals [!Ref P1, !Ref Secret]
  IsT: !Equals [!Sub "${P1}x", !Ref Secret]
Resources:
  A:
    Type: AWS::SQS::Queue
    Condition: !Ref Secret
    Properties:
      QueueName: !FindInMap [!Ref Secret, a, b]
  B:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: {Ref: !Sub "${Secret}"}
      DisplayName: !GetAtt [!Ref Secret, Arn]
  C:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Sub "{{resolve:ssm:${Secret}}}"}, Action: "kms:*", Resource: "*"}
          - {Effect: Allow, Principal: {AWS: {"Fn::ImportValue": !Ref Secret}}, Action: "kms:*", Resource: "*"}
          - {Effect: Allow, Principal: {AWS: !Ref Stored}, Action: "kms:*", Resource: "*"}
          - Effect: Allow
            Principal: !If [IsS, "*", {AWS: "111122223333"}]
            Action: !Sub "kms:${Secret}"
            Resource: !Sub "${Secret}"
            Sid: !Ref Secret
          - Effect: Allow
            Principal: !If [IsT, "*", {AWS: "111122223333"}]
            Action: "kms:*"
            Resource: "*"
            Sid: !Ref Secret
"#;
    is_quiet("t.template.yaml", &text.replace("SECRET", SECRET), &["KL003", "KMS002"]);
}

/// A parameter that is shown is said at the resource that makes a secret of it, and by its name only
/// where no resource does.
#[test]
fn a_parameter_that_is_a_password_is_reported_once() {
    let template = |use_of: &str, condition: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Password: {{Type: String}}\n  Here: {{Type: String}}\n\
             Conditions: {{C: !Equals [!Ref Here, 'yes']}}\nResources:\n  A:\n    Type: AWS::DocDB::DBCluster\n    {condition}\n    \
             Properties: {{MasterUserPassword: {use_of}}}\n"
        )
    };
    let found = |use_of: &str, condition: &str| -> Vec<(String, Option<String>)> {
        let report = run("t.template.yaml", &template(use_of, condition));
        let leaks = report.findings.iter().filter(|finding| finding.rule.to_string().starts_with("LEAK"));
        let resource = |finding: &keylint_rules::Finding| finding.resource.as_ref().map(ToString::to_string);
        leaks.map(|finding| (finding.rule.to_string(), resource(finding))).collect()
    };
    let leak = |rule: &str, resource: &str| (rule.to_owned(), Some(resource.to_owned()));
    assert_eq!(found("!Ref Password", ""), [leak("LEAK003", "A")]);
    assert_eq!(found("!Ref Here", ""), [leak("LEAK005", "Password"), leak("LEAK003", "A")]);
    // Where the resource is not there the parameter is shown all the same.
    assert_eq!(found("!Ref Password", "Condition: C"), [leak("LEAK005", "Password"), leak("LEAK003", "A")]);
}

/// A policy in which a secret stands beside what each check reports: whatever a message says of a second
/// element, a key, a Region or a number, it has it from there.
#[test]
fn what_stands_beside_a_secret_does_not_quote_it() {
    let variables = [
        ("pattern", "s3:GetO*tAcl"),
        ("arn", "arn:aws:s3:::ab*def"),
        ("name", "SECRET"),
        ("number", "4242424242"),
        ("region", "ap-northeast-3"),
        ("service", "sns.amazonaws.com"),
        ("effect", "SECRETAllow"),
    ];
    let mut text = String::new();
    for (name, value) in variables {
        text.push_str(&format!("variable \"{name}\" {{\n  sensitive = true\n  default = \"{value}\"\n}}\n"));
    }
    text.push_str(BESIDE);
    let text = text.replace("SECRET", SECRET);
    let report = run("main.tf", &text);
    let said = said(&report);
    let secrets = [SECRET, "4242424242", "ap-northeast-3", "sns.amazonaws.com", "s3:GetO*tAcl", "ab*def"];
    let leaks: Vec<_> =
        said.iter().filter(|message| secrets.iter().any(|secret| message.contains(secret))).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    // Without these the test would say nothing of them.
    let reported = [
        "POL004", "POL015", "POL017", "POL134", "POL140", "POL141", "POL142", "POL146", "KMS014", "IAM017",
        "IAM018", "IAM019",
    ];
    for rule in reported {
        assert!(said.iter().any(|message| message.starts_with(rule)), "{rule}: {said:#?}");
    }
}

const BESIDE: &str = r#"resource "aws_iam_policy" "p" {
  name = "x"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObjectAcl", var.pattern], Resource = ["arn:aws:s3:::abcdef", var.arn] },
      { Effect = "Allow", Action = "s3:ListBucket", Resource = "*", Condition = {
          NumericLessThan = { "s3:max-keys" = ["10", var.number] }
          StringLike = { "aws:PrincipalTag/${var.name}" = "*" }
      } },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Condition = { StringEquals = {
          "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com"
          "kms:EncryptionContext:SecretARN" = "arn:aws:secretsmanager:${var.region}:111122223333:secret:x"
      } } },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = "arn:aws:kms:${var.region}:111122223333:key/*", Condition = { StringEquals = {
          "kms:ViaService" = "ssm.us-east-1.amazonaws.com"
          "kms:EncryptionContext:${var.name}" = "a"
          "KMS:EncryptionContext:${var.name}" = "a"
      } } },
      { Effect = "Allow", Action = "ec2:StopInstances", Resource = "*", Condition = { StringEquals = { "aws:ResourceTag/${var.name}" = "x" } } },
      { Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" },
      { Effect = "Allow", Action = "s3:GetObject", Resource = "*", Condition = { "ForAllValues:StringEquals" = { "aws:PrincipalTag/${var.name}" = "x" } } },
      { Effect = "Allow", Action = "s3:GetObject", Resource = "*", Condition = {
          StringEquals    = { "aws:PrincipalTag/${var.name}" = "x" }
          StringNotEquals = { "aws:PrincipalTag/${var.name}" = "x" }
      } },
      { Effect = "Deny", Action = "s3:GetObject", Resource = "*", Condition = { StringNotEqualsIfExists = { "aws:PrincipalTag/${var.name}" = "$${aws:PrincipalTag/${var.name}}" } } },
      { Effect = var.effect, Action = "s3:GetObject", Resource = "arn:${var.name}:s3:::x" },
      { Sid = var.name, Effect = "Allow", Action = "s3:PutObject", Resource = "*" },
      { Sid = "b", Effect = "Allow", Action = "s3:PutObject", Resource = "*" },
    ]
  })
}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = [
      "arn:aws:sts::111122223333:assumed-role/app/s", "arn:aws:iam::111122223333:role/${var.name}/app",
    ] } }]
  })
}
resource "aws_sqs_queue_policy" "q" {
  queue_url = "x"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = var.service }, Action = "sqs:SendMessage", Resource = "*", Condition = { StringEquals = { "aws:Referer" = "x" } } }]
  })
}
"#;

/// That nothing which output shows of the files has the secret.
#[track_caller]
fn is_masked(path: &str, text: &str, rule: &str) {
    let report = run(path, text);
    assert!(report.findings.iter().any(|finding| finding.rule.as_str() == rule), "{:#?}", said(&report));
    for excerpt in report.files.values() {
        assert!(!excerpt.text.contains(SECRET), "{}", excerpt.text);
    }
    is_quiet(path, text, &[]);
}

#[test]
fn what_a_conversion_drops_or_rejects_of_a_sensitive_variable_is_masked() {
    let dropped = r#"variable "s" {
  sensitive = true
  type      = object({ a = string })
  default   = { a = "x", b = "SECRET" }
}
# keylint: ignore[SM004]
locals { a = var.s.a }
"#;
    is_masked("main.tf", &dropped.replace("SECRET", SECRET), "KL011");
    let rejected = r#"variable "s" {
  sensitive = true
  type      = number
  default   = { a = ["${"SECRET"}-x"] }
}
"#;
    is_masked("main.tf", &rejected.replace("SECRET", SECRET), "KL005");
}

#[test]
fn what_is_called_sensitive_in_place_is_masked() {
    let text = r#"resource "aws_kms_key" "k" {
  for_each    = sensitive({ a = "SECRET" })
  description = nonsensitive(sensitive("SECRET-${var.none}"))
}
"#;
    is_masked("main.tf", &text.replace("SECRET", SECRET), "KL003");
}

#[test]
fn an_escaped_interpolation_in_a_secret_is_text() {
    let text = r#"variable "s" {
  sensitive = true
  default   = "x $${SECRET"
}
output "o" { value = var.none }
"#;
    is_masked("main.tf", &text.replace("SECRET", SECRET), "KL003");
}

#[test]
fn names_in_a_secret_template_are_not_quoted() {
    let text = r#"locals { t = sensitive("$${SECRET} %%{ if SECRET }x%%{ endif }") }
output "o" {
  sensitive = true
  value     = templatestring(local.t, { a = 1 })
}
"#;
    is_quiet("main.tf", &text.replace("SECRET", SECRET), &["KL003 the template is not valid"]);
}

#[test]
fn one_credential_of_several_that_is_kept_elsewhere_excuses_no_other() {
    let reference = "'{{resolve:secretsmanager:x:SecretString:k}}'";
    let template = |first: &str, second: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  D:\n    Type: AWS::DMS::Endpoint\n    Properties:\n      \
             EndpointType: source\n      EngineName: mongodb\n      Password: {first}\n      MongoDbSettings:\n        \
             Password: {second}\n"
        )
    };
    let lines = |text: &str| {
        let report = run("t.yaml", text);
        let found = report.findings.iter().filter(|finding| finding.rule.as_str() == "LEAK003");
        found.map(|one| report.file(one.span).unwrap().position(one.span.start).line).collect::<Vec<_>>()
    };
    let (literal, other) = (format!("{SECRET}a"), format!("{SECRET}b"));
    assert_eq!(lines(&template(reference, &literal)), [10]);
    assert_eq!(lines(&template(&literal, reference)), [8]);
    assert_eq!(lines(&template(&literal, &other)), [8, 10]);
    assert_eq!(lines(&template(reference, reference)), [0; 0]);
    let terraform = |first: &str, second: &str| {
        let text = format!(
            "resource \"aws_elasticache_user\" \"u\" {{\n  engine = \"REDIS\"\n  passwords = [{first}]\n  authentication_mode {{\n    \
             type = \"password\"\n    passwords = [{second}]\n  }}\n}}\n"
        );
        let report = run("m/main.tf", &text);
        let found = report.findings.iter().filter(|finding| finding.rule.as_str() == "LEAK003");
        found.map(|one| report.file(one.span).unwrap().position(one.span.start).line).collect::<Vec<_>>()
    };
    assert_eq!(terraform("var.a", &format!("\"{SECRET}a\"")), [6]);
    assert_eq!(terraform(&format!("\"{SECRET}a\""), &format!("\"{SECRET}b\"")), [3, 6]);
}

#[test]
fn the_items_of_a_masked_list_are_no_names() {
    let text = r#"AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::LanguageExtensions
Parameters:
  List: {Type: CommaDelimitedList, NoEcho: true, Default: "SECRET,b"}
Resources:
  Fn::ForEach::L:
    - N
    - !Ref List
    - K${N}:
        Type: AWS::KMS::Key
        Properties: {Description: !Ref N, Bogus: !Ref N, EnableKeyRotation: false}
"#;
    is_quiet("t.template.yaml", &text.replace("SECRET", SECRET), &["KMS001"]);
}

#[test]
fn what_is_a_secret_by_its_use_is_not_quoted_at_another_use() {
    let text = r#"locals {
  pw  = "SECRET"
  pin = "pin"
  obj = { password = "SECRETa", list = ["SECRETb"] }
}
resource "aws_db_instance" "d" { password = local.pw }
resource "aws_db_instance" "e" { password = local.pin }
resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = "x"
  secret_string = jsonencode(local.obj)
}
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = [local.pw, local.pin, "pin", local.obj.password, local.obj.list[0], "x-SECRET"]
    }]
  })
}
"#
    .replace("SECRET", SECRET);
    is_quiet("main.tf", &text, &["POL007 `*", "LEAK003"]);
    let said = said(&run("main.tf", &text));
    // The same word at another place is none.
    let quotes = said.iter().filter(|message| message.contains("`pin`"));
    assert_eq!(quotes.count(), 1, "{said:#?}");
}

#[test]
fn what_a_secret_is_computed_from_is_masked_although_the_result_is_not_known() {
    let expressions = [
        "bcrypt(\"qwerty-uiop\")",
        "base64gzip(\"qwerty-uiop\")",
        "provider::vault::sealed(\"qwerty-uiop\")",
        "replace(\"qwerty-uiop${var.x}\", \"/[a-z]/\", \"\")",
    ];
    for expression in expressions {
        let text = format!(
            "variable \"x\" {{}}\nlocals {{\n  p = {expression}\n}}\nresource \"aws_db_instance\" \"a\" {{\n  password          = {expression}\n  storage_encrypted = false\n}}\nresource \"aws_db_instance\" \"b\" {{\n  password          = local.p\n  storage_encrypted = false\n}}\n"
        );
        let report = run("main.tf", &text);
        assert!(said(&report).iter().any(|said| said.starts_with("ENC001")), "{expression}");
        let shown: Vec<_> = report.files.values().map(|file| file.text.to_string()).collect();
        assert!(shown.iter().all(|text| !text.contains("uiop")), "{expression}: {shown:?}");
    }
}

#[test]
fn what_a_secret_is_compared_with_is_masked() {
    let text = "variable \"p\" {\n  sensitive = true\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = var.p == \"qwerty-uiop\" ? jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:*\", Resource = \"*\" }] }) : null\n}\nresource \"aws_kms_key\" \"some\" {\n  count  = var.p != \"asdfgh-jkl\" ? 1 : 0\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:*\", Resource = \"*\" }] })\n}\n";
    let report = run("main.tf", text);
    let said = said(&report);
    assert!(said.iter().any(|said| said.starts_with("KMS002")), "{said:?}");
    let shown: Vec<_> = report.files.values().map(|file| file.text.to_string()).collect();
    for secret in ["uiop", "jkl"] {
        assert!(!said.iter().any(|said| said.contains(secret)), "{said:?}");
        assert!(shown.iter().all(|text| !text.contains(secret)), "{shown:?}");
    }
}

#[test]
fn a_literal_that_a_function_makes_a_credential_is_one() {
    let is_found = |password: &str| {
        let text = format!(
            "variable \"pw\" {{}}\nresource \"aws_db_instance\" \"d\" {{\n  password = {}\n}}\n",
            password.replace("SECRET", SECRET)
        );
        is_quiet("main.tf", &text, &[]);
        said(&run("main.tf", &text)).iter().any(|message| message.contains("LEAK003"))
    };
    assert!(is_found("split(\",\", \"SECRET,${var.pw}\")[0]"));
    assert!(is_found("element(split(\",\", \"SECRET,${var.pw}\"), 0)"));
    assert!(is_found("concat([\"SECRET\"], var.pw)[0]"));
    // How many there are before it only deployment decides.
    assert!(!is_found("split(\",\", \"${var.pw},SECRET\")[1]"));
    assert!(!is_found("split(\",\", \"a,${var.pw},SECRET\")[1]"));
}

#[test]
fn literals_inside_of_templates_and_of_long_values_are_hidden() {
    let pad = "  # a line of a comment\n".repeat(1_500);
    let text = r#"resource "aws_db_instance" "d" {
  password = <<-E
    ${upper(lower("SECRET"))}%{ if true }${join("", ["SECRET"])}%{ endif }
  E
}
resource "aws_db_instance" "e" {
  password = upper(join("", [
PAD    "SECRET",
  ]))
  bogus = jsonencode({ a = "${jsonencode({ password = "SECRET" })}" })
}
resource "aws_instance" "i" {
  user_data = <<-E
    export DB_PASSWORD=${true ? "SECRET" : ""}
    {"password": ${jsonencode("SECRET")}, "token": "x${trimspace("SECRET")}"}
  E
}
"#
    .replace("PAD", &pad)
    .replace("SECRET", SECRET);
    is_quiet("main.tf", &text, &["LEAK003"]);
    let report = run("main.tf", &text);
    let shown = report.findings.iter().filter_map(|finding| report.file(finding.span));
    let shown: Vec<&str> =
        shown.flat_map(|file| file.text.lines()).filter(|line| line.contains(SECRET)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
