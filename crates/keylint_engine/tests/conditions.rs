//! What a template has under its conditions alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

fn messages(text: &str, rule: &str) -> Vec<String> {
    let mut memory = Memory::new();
    memory.insert("/w/t.template.yaml", text);
    let selection = select(Registry::builtin(), &[rule.to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
    report.findings.iter().map(|finding| finding.message.clone()).collect()
}

const POLICY: &str = r#"{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]}"#;

#[test]
fn a_resource_that_the_default_leaves_out_is_checked_and_says_when() {
    let template = |allowed: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Env: {{Type: String, Default: dev{allowed}}}\n\
             Conditions:\n  IsProd: !Equals [!Ref Env, prod]\nResources:\n  Key:\n    Type: AWS::KMS::Key\n    \
             Condition: IsProd\n    Properties:\n      KeyPolicy: {POLICY}\n"
        )
    };
    assert_eq!(
        messages(&template(", AllowedValues: [dev, prod]"), "KMS002"),
        ["any AWS account can do anything with this key when IsProd is true"]
    );
    assert_eq!(messages(&template(", AllowedValues: [dev, test]"), "KMS002"), [""; 0]);
}
