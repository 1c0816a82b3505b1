//! A policy in every way that people write policies.

use std::fmt::Write as _;

use keylint_engine::PolicyChoice;
use keylint_policy::PolicyKind;
use keylint_rules::page::{Example, Language};
use serde_json::Value;

use super::{Reported, Spelling, plain};

/// Every spelling of an example; the first is the one whose output the page shows.
pub(super) fn of(example: &Example) -> Vec<Spelling> {
    let Language::Policy(kind) = example.language else {
        return vec![plain(example.language, &example.text)];
    };
    let text = example.text.trim();
    let bare = Spelling {
        name: "a bare document",
        files: vec![("policy.json", format!("{text}\n"))],
        policies: Some(PolicyChoice::Kind(kind)),
    };
    let mut spellings = vec![bare];
    let (Some(host), false) = (Host::of(kind), example.raw) else { return spellings };
    let escaped = text.replace("${", "$${").replace("%{", "%%{");
    let mut terraform = |name, expression: &str, more: Vec<(&'static str, String)>| {
        let mut files = vec![("main.tf", host.terraform(expression))];
        files.extend(more);
        spellings.push(Spelling { name, files, policies: None });
    };
    // JSON is an expression of HCL but for its escapes.
    terraform("jsonencode", &format!("jsonencode({escaped})"), Vec::new());
    terraform("a heredoc", &format!("<<POLICY\n{escaped}\nPOLICY\n"), Vec::new());
    terraform("file()", "file(\"${path.module}/policy.txt\")", vec![("policy.txt", text.to_owned())]);
    terraform(
        "templatefile()",
        "templatefile(\"${path.module}/policy.tftpl\", {})",
        vec![("policy.tftpl", escaped)],
    );
    if let Some(source) = serde_json::from_str(text).ok().and_then(|policy| data_source(&policy)) {
        let expression = "data.aws_iam_policy_document.example.json";
        spellings.push(Spelling {
            name: "aws_iam_policy_document",
            files: vec![("main.tf", format!("{source}\n{}", host.terraform(expression)))],
            policies: None,
        });
    }
    spellings.push(Spelling {
        name: "CloudFormation",
        files: vec![("template.json", host.cloudformation(text))],
        policies: None,
    });
    spellings
}

/// Whether two spellings are reported alike: as often, in the same statements, at the same
/// elements. A place that is the name of an element, or more than one element, is spelled
/// differently everywhere.
pub(super) fn agree(expected: &Reported, found: &Reported) -> bool {
    let is_value = |token: &str| {
        !token.contains(['{', '[', '\n', ' ']) && !token.starts_with(|first: char| first.is_ascii_uppercase())
    };
    let statements =
        |reported: &Reported| reported.iter().map(|(statement, _)| *statement).collect::<Vec<_>>();
    let tokens = |reported: &Reported| {
        let mut tokens: Vec<String> =
            reported.iter().map(|(_, token)| token.clone()).filter(|token| is_value(token)).collect();
        tokens.sort();
        tokens
    };
    if statements(expected) != statements(found) {
        return false;
    }
    expected.iter().any(|(_, token)| !is_value(token)) || tokens(expected) == tokens(found)
}

/// A resource that a policy of a kind can be attached to.
struct Host {
    terraform: &'static str,
    argument: &'static str,
    /// What else the resource needs.
    more: &'static str,
    cloudformation: &'static str,
    property: &'static str,
    properties: &'static str,
}

impl Host {
    fn of(kind: PolicyKind) -> Option<Host> {
        let host = |terraform, argument, more, cloudformation, property, properties| {
            Some(Host { terraform, argument, more, cloudformation, property, properties })
        };
        match kind {
            PolicyKind::Identity => {
                host("aws_iam_policy", "policy", "", "AWS::IAM::ManagedPolicy", "PolicyDocument", "")
            }
            PolicyKind::Trust => host(
                "aws_iam_role",
                "assume_role_policy",
                "",
                "AWS::IAM::Role",
                "AssumeRolePolicyDocument",
                "",
            ),
            PolicyKind::Key => host("aws_kms_key", "policy", "", "AWS::KMS::Key", "KeyPolicy", ""),
            PolicyKind::Secret => host(
                "aws_secretsmanager_secret_policy",
                "policy",
                "secret_arn = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-abcdef\"",
                "AWS::SecretsManager::ResourcePolicy",
                "ResourcePolicy",
                "\"SecretId\": \"example\", ",
            ),
            PolicyKind::Resource => host(
                "aws_sqs_queue_policy",
                "policy",
                "queue_url = \"https://sqs.eu-west-1.amazonaws.com/111122223333/example\"",
                "AWS::SQS::QueuePolicy",
                "PolicyDocument",
                "\"Queues\": [\"example\"], ",
            ),
            PolicyKind::Scp => host(
                "aws_organizations_policy",
                "content",
                "type = \"SERVICE_CONTROL_POLICY\"",
                "AWS::Organizations::Policy",
                "Content",
                "\"Type\": \"SERVICE_CONTROL_POLICY\", ",
            ),
            PolicyKind::Rcp => host(
                "aws_organizations_policy",
                "content",
                "type = \"RESOURCE_CONTROL_POLICY\"",
                "AWS::Organizations::Policy",
                "Content",
                "\"Type\": \"RESOURCE_CONTROL_POLICY\", ",
            ),
            PolicyKind::Endpoint => {
                host("aws_vpc_endpoint", "policy", "", "AWS::EC2::VPCEndpoint", "PolicyDocument", "")
            }
            PolicyKind::Boundary | PolicyKind::Session => None,
        }
    }

    fn terraform(&self, expression: &str) -> String {
        let Host { terraform, argument, more, .. } = self;
        let expression = expression.trim_end();
        format!("resource \"{terraform}\" \"example\" {{\n  {argument} = {expression}\n  {more}\n}}\n")
    }

    fn cloudformation(&self, policy: &str) -> String {
        let Host { cloudformation, property, properties, .. } = self;
        format!(
            "{{\"Resources\": {{\"Example\": {{\"Type\": \"{cloudformation}\", \"Properties\": {{{properties}\"{property}\": {policy}}}}}}}}}\n"
        )
    }
}

/// The policy as a data source; `None` where the data source cannot say the same.
fn data_source(policy: &Value) -> Option<String> {
    let policy = policy.as_object()?;
    let mut text = String::from("data \"aws_iam_policy_document\" \"example\" {\n");
    for (key, value) in policy {
        match key.as_str() {
            "Version" => writeln!(text, "  version = {}", string(value)?).ok()?,
            "Id" => writeln!(text, "  policy_id = {}", string(value)?).ok()?,
            "Statement" => {
                for statement in several(value) {
                    text.push_str(&statement_block(statement)?);
                }
            }
            _ => return None,
        }
    }
    // Without a version the data source writes one.
    policy.contains_key("Version").then(|| text + "}\n")
}

fn statement_block(statement: &Value) -> Option<String> {
    let mut text = String::from("  statement {\n");
    for (key, value) in statement.as_object()? {
        match key.as_str() {
            "Sid" => writeln!(text, "    sid = {}", string(value)?).ok()?,
            "Effect" => writeln!(text, "    effect = {}", string(value)?).ok()?,
            "Action" => writeln!(text, "    actions = {}", list(value)?).ok()?,
            "NotAction" => writeln!(text, "    not_actions = {}", list(value)?).ok()?,
            "Resource" => writeln!(text, "    resources = {}", list(value)?).ok()?,
            "NotResource" => writeln!(text, "    not_resources = {}", list(value)?).ok()?,
            "Principal" => text.push_str(&principals("principals", value)?),
            "NotPrincipal" => text.push_str(&principals("not_principals", value)?),
            "Condition" => {
                for (operator, keys) in value.as_object()? {
                    for (variable, values) in keys.as_object()? {
                        writeln!(
                            text,
                            "    condition {{\n      test = \"{operator}\"\n      variable = \"{variable}\"\n      values = {}\n    }}",
                            list(values)?
                        )
                        .ok()?;
                    }
                }
            }
            _ => return None,
        }
    }
    Some(text + "  }\n")
}

fn principals(block: &str, value: &Value) -> Option<String> {
    let one = |kind: &str, identifiers: String| {
        format!("    {block} {{\n      type = \"{kind}\"\n      identifiers = {identifiers}\n    }}\n")
    };
    match value {
        Value::String(_) => Some(one("*", list(value)?)),
        Value::Object(kinds) => {
            kinds.iter().map(|(kind, identifiers)| Some(one(kind, list(identifiers)?))).collect()
        }
        _ => None,
    }
}

fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn list(value: &Value) -> Option<String> {
    let elements: Option<Vec<String>> = several(value).into_iter().map(string).collect();
    Some(format!("[{}]", elements?.join(", ")))
}

/// A string of HCL; the data source writes policy variables with `&`.
fn string(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "&{")))
}
