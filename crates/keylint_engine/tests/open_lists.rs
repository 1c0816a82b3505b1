//! Lists, mappings and references of which a template says a part: what is not known is in doubt, and
//! what is known decides.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

fn run(resources: &str, rules: &str) -> Report {
    let mut memory = Memory::new();
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{Type: String}}\nResources:\n{resources}"
    );
    memory.insert("/w/t.template.yaml", text);
    let rules: Vec<String> = rules.split(',').map(str::to_owned).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

fn undecided(resources: &str, rules: &str) -> Vec<String> {
    let report = run(resources, rules);
    let shown =
        report.undecided.iter().map(|place| format!("{} {}", place.undecided.rule, place.undecided.resource));
    let mut shown: Vec<_> = shown.collect();
    shown.dedup();
    shown
}

#[test]
fn an_unknown_list_of_volumes_replicas_or_variables_is_undecided() {
    let volumes = "  I:\n    Type: AWS::EC2::Instance\n    Properties: {BlockDeviceMappings: VALUE}\n";
    let import = "{'Fn::ImportValue': x}";
    assert!(undecided(&volumes.replace("VALUE", import), "ENC001").contains(&"ENC001 I".to_owned()));
    let variables =
        "  F:\n    Type: AWS::Lambda::Function\n    Properties: {Environment: {Variables: VALUE}}\n";
    assert!(!undecided(&variables.replace("VALUE", import), "LEAK").is_empty());
    assert_eq!(undecided(&variables.replace("VALUE", "{A: b}"), "LEAK"), [""; 0]);
    let replicas = "  S:\n    Type: AWS::SecretsManager::Secret\n    Properties: {ReplicaRegions: VALUE}\n";
    assert!(!undecided(&replicas.replace("VALUE", import), "SM").is_empty());
}

#[test]
fn a_reference_with_holes_points_at_the_resource_whose_name_it_ends_with() {
    let secrets = "  A: {Type: AWS::SecretsManager::Secret, Properties: {Name: a}}\n  \
                   B: {Type: AWS::SecretsManager::Secret, Properties: {Name: b}}\n  R:\n    \
                   Type: AWS::SecretsManager::RotationSchedule\n    Properties:\n      \
                   RotationRules: {AutomaticallyAfterDays: 30}\n      RotationLambdaARN: x\n      SecretId: !Sub ";
    let told = |id: &str| {
        let report = run(&format!("{secrets}'{id}'\n"), "SM004");
        let findings = report.findings.iter().map(|finding| finding.resource.as_ref().unwrap().to_string());
        let undecided = report.undecided.iter().map(|place| format!("{}?", place.undecided.resource));
        findings.chain(undecided).collect::<Vec<_>>()
    };
    let arn = "arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret";
    assert_eq!(told("b"), ["A"]);
    assert_eq!(told(&format!("{arn}:other")), ["A", "B"]);
    assert_eq!(told("${P}-c"), ["A", "B"]);
    assert_eq!(told("${P}b"), ["A", "B?"]);
    assert_eq!(told("${P}"), ["A?", "B?"]);
}
