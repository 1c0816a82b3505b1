//! Findings on values that another file gives: outputs of modules and of nested stacks, arguments of
//! their calls, snippets. They stand where the value is written, and name the place that uses it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources, Span};

struct Ran {
    sources: Arc<Sources>,
    report: Report,
}

impl Ran {
    fn of(files: &[(&str, &str)]) -> Ran {
        let mut memory = Memory::new();
        for (name, text) in files {
            memory.insert(format!("/w/{name}"), text);
        }
        let selection = select(Registry::builtin(), &["POL007".to_owned()], &[]).unwrap();
        let settings = Settings { selection, ..Settings::default() };
        let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
        let report = lint(&Project { paths: vec![".".into()], sources: Arc::clone(&sources) }, &settings);
        Ran { sources, report }
    }

    fn text(&self, span: Span) -> String {
        let file = self.sources.get(span.file);
        format!("{}: {}", file.display(), file.slice(span))
    }

    /// Where each finding is, and where it says that the value is used.
    fn places(&self) -> Vec<[String; 2]> {
        let places = self.report.findings.iter().map(|finding| {
            let mut related = finding.related.iter();
            let used = related.find(|related| related.message == "used as `Resource`");
            [self.text(finding.span), used.map(|used| self.text(used.span)).unwrap_or_default()]
        });
        let mut places: Vec<_> = places.collect();
        places.sort();
        places
    }
}

const CHILD: &str = "
Resources:
  Unnamed: {Type: AWS::SNS::Topic}
Outputs:
  Known: {Value: hello}
  Part: {Value: !Sub 'x-${Unnamed.TopicName}'}
  Open: {Value: !GetAtt Unnamed.TopicName}
";

const MODULE: &str = r#"
resource "aws_sns_topic" "unnamed" {}
output "known" {
  value = "hello"
}
output "part" {
  value = "x-${aws_sns_topic.unnamed.name}"
}
output "open" {
  value = aws_sns_topic.unnamed.name
}
"#;

fn template(before: &str, resource: &str) -> String {
    format!(
        "Resources:
  {before}
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: sqs:SendMessage
            # COMMENT
            Resource: {resource}
"
    )
}

fn configuration(before: &str, resource: &str) -> String {
    format!(
        r#"{before}
resource "aws_iam_policy" "p" {{
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect = "Allow"
      Action = "sqs:SendMessage"
      # COMMENT
      Resource = {resource}
    }}]
  }})
}}
"#
    )
}

/// What the other file is called and says, the file that uses it, and where the finding is to be.
fn cases() -> Vec<(&'static str, &'static str, &'static str, String, [String; 2])> {
    let stack = "N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml}}";
    let module = "module \"n\" {\n  source = \"./n\"\n}\n";
    let outputs = [
        ("Known", "hello", "hello"),
        ("Part", "x-${Unnamed.TopicName}", "x-${aws_sns_topic.unnamed.name"),
        ("Open", "!GetAtt Unnamed.TopicName", "aws_sns_topic.unnamed.name"),
    ];
    let mut cases = Vec::new();
    for (name, in_template, in_module) in outputs {
        let used = format!("!GetAtt N.Outputs.{name}");
        let places = [format!("n.yaml: {in_template}"), format!("t.yaml: {used}")];
        cases.push(("n.yaml", CHILD, "t.yaml", template(stack, &used), places));
        let used = format!("module.n.{}", name.to_lowercase());
        let places = [format!("n/main.tf: {in_module}"), format!("main.tf: {used}")];
        cases.push(("n/main.tf", MODULE, "main.tf", configuration(module, &used), places));
    }
    let include = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s.yaml}}}";
    // The second of two calls of the same snippet, in the same mapping.
    let places = ["s.yaml: hello".to_owned(), format!("t.yaml: {include}")];
    let twice =
        template(&format!("B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {include}}}}}"), include);
    cases.push(("s.yaml", "hello\n", "t.yaml", twice, places));
    cases
}

#[test]
fn what_another_file_gives_is_shown_where_it_is_written_and_where_it_is_used() {
    for (other, given, user, text, expected) in cases() {
        let ran = Ran::of(&[(other, given), (user, &text)]);
        assert_eq!(ran.places(), [expected], "{text}");
        let silenced = text.replace("COMMENT", "keylint: ignore[POL007] on purpose");
        let ran = Ran::of(&[(other, given), (user, &silenced)]);
        assert!(ran.report.findings.is_empty(), "{silenced}");
    }
}

#[test]
fn an_argument_of_a_call_is_shown_there_and_where_the_callee_uses_it() {
    let call = "Resources:
  N:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: n.yaml
      # COMMENT
      Parameters: {Queue: hello}
";
    let nested = template("Q: {Type: AWS::SQS::Queue}", "!Ref Queue");
    let nested = format!("Parameters: {{Queue: {{Type: String}}}}\n{nested}");
    let in_template = [("n.yaml", nested.as_str()), ("t.yaml", call)];
    let call = "module \"n\" {\n  source = \"./n\"\n  # COMMENT\n  queue = \"hello\"\n}\n";
    let module = configuration("variable \"queue\" {}", "var.queue");
    let in_module = [("n/main.tf", module.as_str()), ("main.tf", call)];
    for (files, expected) in [
        (in_template, ["t.yaml: hello", "n.yaml: !Ref Queue"]),
        (in_module, ["main.tf: hello", "n/main.tf: var.queue"]),
    ] {
        assert_eq!(Ran::of(&files).places(), [expected.map(str::to_owned)]);
        for (index, (name, text)) in files.iter().enumerate() {
            let silenced = text.replace("COMMENT", "keylint: ignore[POL007] on purpose");
            let mut files = files;
            if let Some(file) = files.get_mut(index) {
                *file = (name, &silenced);
            }
            assert!(Ran::of(&files).report.findings.is_empty(), "{silenced}");
        }
    }
}

#[test]
fn a_statement_that_a_file_gives_is_shown_where_the_file_is_named_and_silenced_there() {
    let statement = r#"{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "hello"}"#;
    let template = "Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          # COMMENT
          - 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s.json}}
          - {Effect: Allow, Action: 'sqs:ListQueues', Resource: '*'}
";
    let configuration = r#"resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # COMMENT
      jsondecode(file("${path.module}/s.json")),
      { Effect = "Allow", Action = "sqs:ListQueues", Resource = "*" },
    ]
  })
}
"#;
    for (user, text) in [("t.yaml", template), ("main.tf", configuration)] {
        let ran = Ran::of(&[("s.json", statement), (user, text)]);
        let related = ran.report.findings.iter().flat_map(|finding| &finding.related);
        let mut named = related.filter(|related| related.message == "file `s.json`");
        let place = named.next().map(|related| ran.text(related.span)).unwrap_or_default();
        assert!(place.starts_with(user) && place.contains("s.json"), "{user}: {place}");
        let silenced = text.replace("COMMENT", "keylint: ignore[POL007] on purpose");
        let ran = Ran::of(&[("s.json", statement), (user, &silenced)]);
        assert!(ran.report.findings.is_empty(), "{silenced}");
    }
}

#[test]
fn a_string_that_a_function_puts_between_quotes_is_where_its_own_part_is_written() {
    let main = r#"
variable "names" {
  default = ["one", "two", "three"]
}
locals {
  first = "hel"
  rest  = "lo"
}
resource "aws_iam_policy" "p" {
  policy = <<EOT
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["${join("\", \"", [for it in var.names : "x-${it}"])}"]},
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ${jsonencode([for it in var.names : "y-${it}"])}},
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${local.first}${local.rest}"}
]}
EOT
}
"#;
    let ran = Ran::of(&[("main.tf", main)]);
    let places: Vec<String> = ran.report.findings.iter().map(|finding| ran.text(finding.span)).collect();
    let of = |text: &str| places.iter().filter(|place| *place == &format!("main.tf: {text}")).count();
    // The last one has its closing quote behind it.
    assert_eq!((of("x-"), of("y-"), of("\"${local.first}${local.rest}\"")), (2, 3, 1), "{places:#?}");
}
