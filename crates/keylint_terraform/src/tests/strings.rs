//! Functions of text with the answers of `terraform console` 1.11.4, recorded once, as JSON.

use keylint_syntax::{SyntaxErrorKind, Text};

use super::*;

const RECORDED: &str = include_str!("data/strings.jsonl");

/// What keylint does not compute although Terraform does: it says that it does not know.
const NOT_COMPUTED: &[&str] = &[
    "regex(\"\\\\Bx\", \"ax\")",
    "regex(\"a(?i)*\", \"aaa\")",
    "yamlencode(\"é😀\\u0001\\t\\\\\\\"\\u00a0\\u2028\\ufeff\")",
    "yamlencode(\"${join(\" \", [for i in range(60): \"word\"])}\")",
    "yamlencode({\"k${join(\"\", [for i in range(200): \"y\"])}\" = 1})",
    "yamlencode({\"a\\nb\"=1})",
    "yamlencode(\"a\\n\\u0001b\")",
    "yamlencode(\"\\u0085\\u007f x\")",
    "yamldecode(\"a: .inf\")",
    "yamldecode(\"!Sub x\")",
    "yamldecode(\"a: !Sub x\")",
    "yamldecode(\"\\tb: 1\")",
];

#[test]
fn no_function_of_text_has_another_result_than_in_terraform() {
    let mut wrong = Vec::new();
    let mut undecided = Vec::new();
    for line in RECORDED.lines() {
        let record = crate::values::decode(&Value::string(Text::synthetic(line))).unwrap();
        let record = record.as_map().unwrap();
        let expression = record.value("expression").unwrap().as_str().unwrap();
        let fixture = root(&format!("resource \"test_it\" \"it\" {{\n  x = jsonencode({expression})\n}}\n"));
        let rejected = fixture
            .project
            .files()
            .any(|file| file.errors.iter().any(|it| it.kind == SyntaxErrorKind::Syntax));
        let value = fixture.resource("test_it.it").value("x").cloned();
        let value = value.unwrap_or_else(|| Value::synthetic(Data::Null));
        let invalid = rejected || crate::values::has_invalid(&value);
        let text = crate::values::to_string(&value);
        let recorded = record.value("json").and_then(Value::as_str);
        let matches = match recorded {
            Some(recorded) => !invalid && text.as_deref() == Some(recorded),
            None => invalid,
        };
        if !matches && !invalid && crate::values::first_unknown(&value).is_some() {
            undecided.push(expression.to_owned());
        } else if !matches {
            let recorded = recorded.unwrap_or("an error");
            wrong.push(format!("{expression}: {} instead of {recorded}", show(&value)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(undecided, NOT_COMPUTED);
}
