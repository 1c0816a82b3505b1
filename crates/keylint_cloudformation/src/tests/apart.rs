//! Resources that are evaluated in parts say what they say when evaluated one after the other.

use keylint_model::Resource;

use super::{Read, read_yaml};

const CONDITIONS: &str = "Parameters:\n  Stage: {Type: String}\nConditions:\n  \
    Live: !Equals [!Ref Stage, live]\n  Test: !Not [Condition: Live]\n";

/// A template of topics, each under a condition and named after the one before it, and some more.
fn template(more: &str) -> String {
    let mut text = format!("{CONDITIONS}Resources:\n");
    for number in 0..100 {
        let before = number.max(1) - 1;
        text.push_str(&format!(
            "  Topic{number}:\n    Type: AWS::SNS::Topic\n    Condition: {}\n    Properties:\n      \
             DisplayName: !If [Live, !Sub '${{Stage}}-{number}', !GetAtt Missing{number}.Arn]\n      \
             TopicName: !Sub '${{Topic{before}.TopicName}}-x'\n",
            if number % 2 == 0 { "Live" } else { "Test" }
        ));
    }
    text.replace("${Topic0.TopicName}-x", "first") + more
}

/// The resources, and the problems but for the one of this place.
fn shown(read: &Read) -> (Vec<String>, Vec<String>) {
    let is_shared = |resource: &&Resource| resource.address.as_str() != "Nested";
    let resources = read.stack.resources.iter().filter(is_shared).map(|resource| format!("{resource:?}"));
    (resources.collect(), read.problems())
}

/// A nested stack has everything evaluated one after the other.
const NESTED: &str =
    "  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://x'}\n";

/// The problems of a template, which are the same either way.
fn agree(more: &str) -> Vec<String> {
    let apart = shown(&read_yaml(&template(more)));
    let together = shown(&read_yaml(&template(&format!("{more}{NESTED}"))));
    for (one, other) in apart.0.iter().zip(&together.0) {
        assert_eq!(one, other);
    }
    assert_eq!(apart.0.len(), together.0.len());
    assert_eq!(apart.1, together.1);
    apart.1
}

#[test]
fn parts_agree_with_the_whole() {
    let problems = agree("");
    assert_eq!(problems.len(), 50, "{problems:?}");
    assert!(problems.iter().all(|problem| problem.contains("Missing")), "{problems:?}");
}

#[test]
fn names_that_lead_back_to_themselves_are_the_same_in_parts() {
    let circle = |one: &str, other: &str| {
        format!(
            "  {one}:\n    Type: AWS::SNS::Topic\n    Properties: {{TopicName: !GetAtt {other}.TopicName}}\n"
        )
    };
    agree(&format!("{}{}{}", circle("One", "Other"), circle("Other", "Third"), circle("Third", "One")));
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let text = template("");
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shown(&read_yaml(&text)))
    };
    assert_eq!(on(1), on(5));
}
