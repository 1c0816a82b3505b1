//! A policy in every way that people write policies.

use keylint_engine::PolicyChoice;
use keylint_policy::PolicyKind;
use keylint_rules::page::{Example, Language};
use serde_json::Value;

use super::yaml::{self, Lists};
use super::{Reported, Spelling, plain, terraform};

/// The spellings whose text is made of several, or kept under a name: they are not edited.
pub(super) const PUT_TOGETHER: [&str; 6] = [
    "two strings",
    "format()",
    "the output of a module",
    "the default of a variable",
    "data.template_file",
    "data.local_file",
];

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
    spellings.extend(terraform::spellings(text, &|expression| host.terraform(expression)));
    spellings.push(host.terraform_json(text));
    spellings.push(Spelling {
        name: "CloudFormation",
        files: vec![("template.json", host.cloudformation(text))],
        policies: None,
    });
    if let Ok(policy) = serde_json::from_str(text) {
        for (name, lists) in
            [("a YAML template", Lists::Block), ("a YAML template in flow style", Lists::Flow)]
        {
            let text = host.yaml(&policy, lists);
            spellings.push(Spelling { name, files: vec![("template.yaml", text)], policies: None });
        }
    }
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

    /// The policy as a string in the JSON syntax.
    fn terraform_json(&self, policy: &str) -> Spelling {
        let Host { terraform, argument, more, .. } = self;
        let mut body = serde_json::Map::new();
        body.insert((*argument).to_owned(), terraform::escaped(policy).into());
        if let Some((name, value)) = more.split_once(" = ") {
            body.insert(name.to_owned(), value.trim_matches('"').into());
        }
        let file = serde_json::json!({"resource": {*terraform: {"example": body}}});
        Spelling { name: "the JSON syntax", files: vec![("main.tf.json", file.to_string())], policies: None }
    }

    fn cloudformation(&self, policy: &str) -> String {
        let Host { cloudformation, property, properties, .. } = self;
        format!(
            "{{\"Resources\": {{\"Example\": {{\"Type\": \"{cloudformation}\", \"Properties\": {{{properties}\"{property}\": {policy}}}}}}}}}\n"
        )
    }

    fn yaml(&self, policy: &Value, lists: Lists) -> String {
        let Host { cloudformation, property, properties, .. } = self;
        let mut text = format!("Resources:\n  Example:\n    Type: {cloudformation}\n    Properties:\n");
        if let Some(more) = properties.strip_suffix(", ") {
            text.push_str(&format!("      {more}\n"));
        }
        text + &format!("      {property}:{}\n", yaml::value(policy, 8, lists))
    }
}
