//! What does not parse is said once: names that are missing because of it are no further mistakes.

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint};
use keylint_source::{Memory, Sources};

/// The front end's findings, by rule and what they point at.
fn found(text: &str) -> Vec<String> {
    let mut memory = Memory::new();
    memory.insert("/w/template.yaml", text);
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &Settings::default());
    let found = report.findings.iter().filter(|finding| finding.rule.as_str().starts_with("KL"));
    found
        .map(|finding| format!("{} {}", finding.rule, text.get(finding.span.range()).unwrap_or_default()))
        .collect()
}

#[test]
fn a_file_that_does_not_parse_is_not_called_invalid_besides() {
    let template = |parameter: &str| {
        format!(
            "Parameters:\n  Env{parameter}\n    Type: String\nConditions:\n  IsProd: !Equals [!Ref Env, prod]\n\
             Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Condition: IsProd\n    Properties: {{TopicNam: !Ref Other}}\n"
        )
    };
    assert_eq!(found(&template(":")), ["KL006 TopicNam", "KL003 Other"]);
    let broken = found(&template(""));
    assert!(!broken.is_empty() && broken.iter().all(|it| it.starts_with("KL001")), "{broken:?}");
}
