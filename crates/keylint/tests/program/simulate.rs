//! `keylint policy simulate`: requests in, decisions out.

use serde_json::{Value, json};

use crate::support::Directory;

/// A case about an anonymous reader of a bucket.
fn case(effect: &str) -> Value {
    json!({
        "request": {
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::bucket/key",
            "resourceAccount": "111122223333",
            "principal": "anonymous"
        },
        "resourcePolicy": {"Statement": {
            "Sid": "Open", "Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*"
        }}
    })
}

#[test]
fn the_answer_has_the_shape_of_the_input() {
    let directory = Directory::new(&[("one.json", &case("Allow").to_string())]);
    let one = directory.run(&["policy", "simulate", "one.json"]);
    assert_eq!((one.code, &*one.err), (Some(0), ""));
    let answer: Value = serde_json::from_str(&one.out).unwrap();
    let because = json!([{"policy": "resourcePolicy", "statement": "Open", "effect": "Allow",
        "why": "the statement allows s3:GetObject to the caller"}]);
    assert_eq!(answer, json!({"decision": "allowed", "because": because}));

    let list = json!([case("Allow"), case("Deny")]).to_string();
    let many = directory.run_with_input(&["policy", "simulate", "-"], &list);
    assert_eq!((many.code, &*many.err), (Some(0), ""));
    let answers: Value = serde_json::from_str(&many.out).unwrap();
    let decisions: Vec<_> = answers.as_array().unwrap().iter().map(|it| &it["decision"]).collect();
    assert_eq!(decisions, ["allowed", "explicitly-denied"]);
    let none = directory.run_with_input(&["policy", "simulate", "-"], "[]");
    assert_eq!((none.code, none.out.trim()), (Some(0), "[]"));
}

#[test]
fn wrong_input_is_said_with_its_place_and_path() {
    let directory = Directory::new(&[]);
    let cases = [
        ("", "keylint: <stdin>:1:1: there is no JSON value\n"),
        ("{", "keylint: <stdin>:1:2: the object is not closed\n"),
        ("5", "keylint: <stdin>:1:1: the input: expected an object\n"),
        (
            "[{\"request\": {\"action\": \"s3:GetObject\",\n \"resource\": 7, \"principal\": \"anonymous\"}}]",
            "keylint: <stdin>:2:14: [0].request.resource: expected a string that is not empty\n",
        ),
        (
            "{\"request\": {\"action\": \"a:b\", \"resource\": \"*\", \"principal\": \"anonymous\"}, \"identityPolicy\": []}",
            "keylint: <stdin>:1:75: the input: there is no member `identityPolicy` here; did you mean `identityPolicies`?\n",
        ),
    ];
    for (input, expected) in cases {
        let run = directory.run_with_input(&["policy", "simulate", "-"], input);
        assert_eq!((run.code, &*run.out), (Some(2), ""), "{input}");
        assert!(run.err.starts_with(expected), "{input}: {}", run.err);
    }
    let run = directory.run(&["policy", "simulate", "absent.json"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.starts_with("keylint: absent.json: "), "{}", run.err);
}

/// Values of the request and of conditions may be secret, and are in no reason.
#[test]
fn no_value_of_the_context_is_in_a_reason() {
    let mut case = case("Allow");
    case["request"]["context"] = json!({"aws:RequestTag/a": "planted-secret"});
    case["resourcePolicy"]["Statement"]["Condition"] =
        json!({"StringEquals": {"aws:RequestTag/a": "planted-other"}});
    let directory = Directory::new(&[("case.json", &case.to_string())]);
    let run = directory.run(&["policy", "simulate", "case.json"]);
    assert!(run.out.contains("implicitly-denied") && !run.out.contains("planted"), "{}", run.out);
}

#[test]
fn the_help_of_each_question_says_what_it_reads_and_answers() {
    let directory = Directory::new(&[]);
    let shown = [("simulate", "serviceControlPolicies"), ("diff", "NEW"), ("explain", "access level")];
    for (question, said) in shown {
        let help = directory.run(&["policy", question, "--help"]).out;
        let (before_usage, _) = help.split_once("Usage:").unwrap();
        assert!(before_usage.lines().count() > 3 && before_usage.contains(said), "{help}");
    }
}
