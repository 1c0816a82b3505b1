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

#[test]
fn a_template_in_utf_16_is_no_text_wherever_it_is_looked_at() {
    let text = "Resources:\n  K: {Type: AWS::KMS::Key}\n";
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut memory = Memory::new();
    memory.insert("/w/t.yaml", bytes);
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec!["t.yaml".into()], sources }, &Settings::default());
    let shown: Vec<_> =
        report.findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect();
    assert_eq!(shown, [("KL001", "the file is not UTF-8")]);
}
