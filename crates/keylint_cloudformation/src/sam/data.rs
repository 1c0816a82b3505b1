//! What the transform knows by name: policy templates, connectors, paths of managed policies.
//!
//! The table is made by `cargo xtask sam-data`; see `docs/data-sources.md`.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../../data/sam.tsv");

/// A policy template.
pub(super) struct PolicyTemplate {
    /// The names of its parameters.
    pub(super) parameters: Vec<&'static str>,
    /// The policy document, as JSON, with the parameters as `Ref`.
    pub(super) definition: &'static str,
}

/// The policy template of a name.
pub(super) fn policy_template(name: &str) -> Option<PolicyTemplate> {
    let [parameters, definition] = entry("policy", name)?;
    let parameters = parameters.split(',').filter(|parameter| !parameter.is_empty()).collect();
    Some(PolicyTemplate { parameters, definition })
}

/// The names of all policy templates.
pub(super) fn policy_templates() -> impl Iterator<Item = &'static str> {
    rows("policy").map(|[name, ..]| name)
}

/// The path of a managed policy of AWS within `policy/`, its name included.
pub(super) fn managed_policy(name: &str) -> String {
    match entry("managed", name) {
        Some([path, _]) => format!("{path}/{name}"),
        None => name.to_owned(),
    }
}

/// What a connector from a resource of one type to one of another makes, as JSON.
pub(super) fn connector(source: &str, destination: &str) -> Option<&'static str> {
    static INDEX: OnceLock<HashMap<(&str, &str), &str>> = OnceLock::new();
    let index =
        INDEX.get_or_init(|| rows("connector").map(|[from, to, profile]| ((from, to), profile)).collect());
    index.get(&(source, destination)).copied()
}

fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    TABLE.lines().filter_map(move |line| {
        let mut fields = line.strip_prefix(table)?.strip_prefix('\t')?.split('\t');
        Some([fields.next()?, fields.next()?, fields.next()?])
    })
}

/// The rows of the tables that are looked up by name.
type Index = HashMap<(&'static str, &'static str), [&'static str; 2]>;

fn entry(table: &'static str, name: &str) -> Option<[&'static str; 2]> {
    static INDEX: OnceLock<Index> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let of = |table| rows(table).map(move |[name, second, third]| ((table, name), [second, third]));
        of("policy").chain(of("managed")).collect()
    });
    index.get(&(table, name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_what_the_documentation_lists() {
        // https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
        assert!(policy_templates().count() >= 79, "{}", policy_templates().count());
        let template = policy_template("AWSSecretsManagerGetSecretValuePolicy").unwrap();
        assert_eq!(template.parameters, ["SecretArn"]);
        assert!(template.definition.contains("secretsmanager:GetSecretValue"));
        assert!(policy_template("NoSuchPolicy").is_none());
        assert_eq!(managed_policy("AWSLambdaBasicExecutionRole"), "service-role/AWSLambdaBasicExecutionRole");
        assert_eq!(managed_policy("AmazonS3ReadOnlyAccess"), "AmazonS3ReadOnlyAccess");
        assert!(connector("AWS::Lambda::Function", "AWS::DynamoDB::Table").is_some());
    }
}
