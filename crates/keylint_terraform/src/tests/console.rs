//! Expressions with the answers of `terraform console` 1.11.4, recorded once.

use keylint_model::Number;
use keylint_syntax::{SyntaxErrorKind, Text};

use super::*;

const RECORDED: &str = include_str!("data/console.jsonl");

/// What keylint does not compute although Terraform does: it says that it does not know.
const NOT_COMPUTED: &[&str] = &[
    "format(\"%5d|%-5d|%05d\", 1, 2, 3)",
    "format(\"%5s|%-5s|\", \"a\", \"b\")",
    "format(\"%e\", 1500)",
    "indent(2, \"a\\nb\")",
    "replace(\"abc\", \"/b/\", \"x\")",
    "regex(\"[a-z]+\", \"123abc\")",
    "regexall(\"[0-9]\", \"a1b2\")",
    "matchkeys([\"a\", \"b\"], [1, 2], [2])",
    "transpose({a = [\"x\", \"y\"]})",
    "urlencode(\"a b/c\")",
    "type(\"a\") == \"string\"",
    "cidrsubnet(\"10.0.0.0/16\", 8, 2)",
    "md5(\"a\")",
    "timeadd(\"2020-01-01T00:00:00Z\", \"1h\")",
    "templatestring(\"a\", {})",
];

/// What Terraform rejects even inside `try`, so that no deployment has it.
const REJECTED: &str = "try(1 / 0, \"div\")";

/// Whether a value is what JSON says; numbers by value, sets and maps in any order.
fn is(value: &Value, recorded: &Value) -> bool {
    match (&value.data, &recorded.data) {
        (Data::Null, Data::Null) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Number(a), Data::Number(b)) => close(*a, *b),
        (Data::String(a), Data::String(b)) => a == b,
        (Data::Json(_), Data::String(b)) => crate::values::to_string(value).as_deref() == Some(b.as_str()),
        (Data::List(a), Data::List(b)) => {
            a.elements.len() == b.elements.len() && a.elements.iter().zip(&b.elements).all(|(a, b)| is(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            a.entries.len() == b.entries.len()
                && a.entries.iter().all(|(key, entry)| b.value(key).is_some_and(|b| is(&entry.value, b)))
        }
        _ => false,
    }
}

fn close(a: Number, b: Number) -> bool {
    (a.as_f64() - b.as_f64()).abs() <= 1e-9 * a.as_f64().abs().max(1.0)
}

#[test]
fn no_expression_has_another_value_than_in_terraform() {
    let mut wrong = Vec::new();
    let mut undecided = Vec::new();
    for line in RECORDED.lines() {
        let record = crate::values::decode(&Value::string(Text::synthetic(line))).unwrap();
        let record = record.as_map().unwrap();
        let expression = record.value("expression").unwrap().as_str().unwrap();
        let fixture = root(&format!("resource \"test_it\" \"it\" {{\n  x = {expression}\n}}\n"));
        let rejected = fixture
            .project
            .files()
            .any(|file| file.errors.iter().any(|it| it.kind == SyntaxErrorKind::Syntax));
        let value = fixture.resource("test_it.it").value("x").cloned();
        let value = value.unwrap_or_else(|| Value::synthetic(Data::Null));
        let invalid = rejected || crate::values::has_invalid(&value);
        let matches = match record.value("value") {
            Some(recorded) => !invalid && is(&value, recorded),
            None => invalid,
        };
        if !matches && !invalid && crate::values::first_unknown(&value).is_some() {
            undecided.push(expression.to_owned());
        } else if !matches && expression != REJECTED {
            let recorded = record.value("value").map_or("error".to_owned(), show);
            wrong.push(format!("{expression}: {} instead of {recorded}", show(&value)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(undecided, NOT_COMPUTED);
}
