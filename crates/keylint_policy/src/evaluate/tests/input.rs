//! What is said about wrong input.

use super::*;

fn mistakes(text: &str) -> Vec<(String, String)> {
    let file = file(text);
    let (root, _) = json::parse(&Text::of_file(&file));
    let errors = read_cases(&root.unwrap()).unwrap_err();
    errors.into_iter().map(|error| (error.path, error.message)).collect()
}

#[test]
fn wrong_input_is_named_by_its_path() {
    let request = |members: &str| format!(r#"{{"request": {{{members}}}}}"#);
    let good = r#""action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "principal": "anonymous""#;
    let cases = [
        ("5".to_owned(), "the input", "expected an object"),
        ("[{}]".to_owned(), "[0].request", "the member is missing"),
        (
            request(r#""action": "s3", "resource": "*", "principal": "anonymous""#),
            "request.action",
            "expected one action, `service:Name`",
        ),
        (
            request(r#""action": "s3:*", "resource": "*", "principal": "anonymous""#),
            "request.action",
            "expected one action, `service:Name`",
        ),
        (
            request(&good.replace("arn:", "")),
            "request.resource",
            "expected an ARN, or `*` for an action without resource",
        ),
        (
            request(&format!(r#"{good}, "resourceAccount": "12""#)),
            "request.resourceAccount",
            "expected twelve digits",
        ),
        (
            request(&format!(r#"{good}, "contxt": {{}}"#)),
            "request",
            "there is no member `contxt` here; did you mean `context`?",
        ),
        (
            request(&format!(r#"{good}, "context": {{"k": {{}}}}"#)),
            r#"request.context["k"]"#,
            "expected a string, number or boolean, or a list of them",
        ),
        (
            request(&format!(r#"{good}, "context": {{"k": ["a", []]}}"#)),
            r#"request.context["k"][1]"#,
            "expected a string, number or boolean, or a list of them",
        ),
        (
            format!(r#"[{{"request": {{{good}}}, "serviceControlPolicies": [{{}}]}}]"#),
            "[0].serviceControlPolicies[0]",
            "expected a list of policy documents",
        ),
        (
            format!(r#"{{"request": {{{good}}}, "resourcePolicy": []}}"#),
            "resourcePolicy",
            "expected a policy document, as an object or as its text",
        ),
    ];
    for (text, path, message) in cases {
        let found = mistakes(&text);
        assert!(found.contains(&(path.to_owned(), message.to_owned())), "{text}: {found:?}");
    }
}

#[test]
fn a_policy_may_be_given_as_its_text() {
    let text = r#"{"request": {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k",
        "resourceAccount": "111122223333", "principal": "anonymous", "context": null}, "resourcePolicy":
        "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}"}"#;
    let text = text.replace(r#", "context": null"#, "");
    assert_eq!(decision(&text), Decision::Allowed);
}
