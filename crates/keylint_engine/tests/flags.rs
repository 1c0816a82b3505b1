//! Policies of which many flags that nobody knows each decide a part.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

fn run(text: &str) -> Report {
    run_with("POL005", text)
}

fn run_with(rule: &str, text: &str) -> Report {
    let mut memory = Memory::new();
    memory.insert("/w/main.tf", text);
    let selection = select(Registry::builtin(), &[rule.to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

/// `count` flags, with what `each` writes for each of them, put together.
fn text(count: usize, each: impl Fn(usize) -> String, whole: impl Fn(&str) -> String) -> String {
    let flags = (0..count).fold(String::new(), |mut text, n| {
        writeln!(text, "variable \"b{n}\" {{\n  type = bool\n}}").unwrap();
        text
    });
    let parts: Vec<String> = (0..count).map(each).collect();
    format!("{flags}{}", whole(&parts.join("\n")))
}

fn document(statements: &str) -> String {
    format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n{statements}\n}}\nresource \"aws_iam_policy\" \"p\" {{\n  \
         policy = data.aws_iam_policy_document.d.json\n}}\n"
    )
}

fn encoded(statements: &str) -> String {
    format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = \
         {statements} }})\n}}\n"
    )
}

fn statement(action: &str) -> String {
    format!("{{ Effect = \"Allow\", Action = {action}, Resource = \"arn:aws:s3:::x/*\" }}")
}

fn block(for_each: &str, action: &str) -> String {
    format!(
        "  dynamic \"statement\" {{\n    for_each = {for_each}\n    content {{\n      actions = [{action}]\n      \
         resources = [\"arn:aws:s3:::x/*\"]\n    }}\n  }}"
    )
}

/// The same policy, written in each way that leaves something out by a flag.
fn spellings(count: usize) -> Vec<(&'static str, String)> {
    let wrong = |n: usize| statement(&format!("\"s3:Nope{n}\""));
    let list = |n: usize| format!("var.b{n} ? [{}] : [],", wrong(n));
    let actions = |n: usize| format!("var.b{n} ? [\"s3:Nope{n}\"] : [],");
    let all = |parts: &str| format!("locals {{\n  all = concat(\n{parts}\n  )\n}}\n");
    let policy = |action: &str| encoded(&format!("[{}]", statement(action)));
    vec![
        (
            "dynamic",
            text(count, |n| block(&format!("var.b{n} ? [1] : []"), &format!("\"s3:Nope{n}\"")), document),
        ),
        ("concat", text(count, list, |parts| encoded(&format!("concat(\n{parts}\n  )")))),
        ("flatten", text(count, list, |parts| encoded(&format!("flatten([\n{parts}\n  ])")))),
        (
            "actions",
            text(count, actions, |parts| {
                policy(&format!("distinct(concat([\"s3:GetObject\"],\n{parts}\n  ))"))
            }),
        ),
        (
            "compact",
            text(
                count,
                |n| format!("var.b{n} ? \"s3:Nope{n}\" : \"\","),
                |parts| policy(&format!("compact([\n{parts}\n  ])")),
            ),
        ),
        (
            "sets",
            text(
                count,
                |n| format!("toset(var.b{n} ? [\"s3:Nope{n}\"] : []),"),
                |parts| policy(&format!("setunion(\n{parts}\n  )")),
            ),
        ),
        (
            "for",
            text(count, actions, |parts| {
                all(parts) + &encoded(&format!("[for it in local.all : {}]", statement("it")))
            }),
        ),
        (
            "for if",
            text(
                count,
                |n| format!("{{ on = var.b{n}, it = {} }},", wrong(n)),
                |parts| encoded(&format!("[for one in [\n{parts}\n  ] : one.it if one.on]")),
            ),
        ),
        (
            "dynamic over",
            text(count, actions, |parts| all(parts) + &document(&block("local.all", "statement.value"))),
        ),
    ]
}

#[test]
fn each_part_is_judged_under_its_own_flag() {
    for count in [3, 5, 14, 50] {
        for (spelling, text) in spellings(count) {
            let report = run(&text);
            let found: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
            for n in 0..count {
                let flag = if spelling == "for if" { "one.on".to_owned() } else { format!("var.b{n}") };
                let expected = format!("the action `s3:Nope{n}` does not exist when {flag} is true");
                let of = found.iter().filter(|message| **message == expected).count();
                assert_eq!(of, 1, "{spelling} {count} {n}: {found:#?}");
            }
            assert_eq!(found.len(), count, "{spelling}: {found:#?}");
        }
    }
}

#[test]
fn what_lies_beyond_the_limit_is_undecided_for_the_number_of_combinations() {
    // More flags than parts are looked at one by one: no time that grows with their combinations.
    let mut unnamed = Vec::new();
    for (spelling, text) in spellings(200) {
        let report = run(&text);
        assert!(report.findings.len() >= 64, "{spelling} {}", report.findings.len());
        assert!(!report.undecided.is_empty(), "{spelling}");
        let is_named = |reason: String| reason.ends_with(" and other values have too many combinations");
        if !report.undecided.iter().any(|open| is_named(open.undecided.reason.to_string())) {
            unnamed.push(spelling);
        }
    }
    // What is open of a list within a statement is told by one of its conditions.
    assert_eq!(unnamed, ["actions", "compact", "sets"]);
    let sorted = text(
        14,
        |n| format!("var.b{n} ? \"s3:Nope{n}\" : \"\","),
        |parts| encoded(&format!("[{}]", statement(&format!("reverse(compact([\n{parts}\n  ]))")))),
    );
    let reasons: Vec<String> =
        run(&sorted).undecided.iter().map(|open| open.undecided.reason.to_string()).collect();
    assert!(
        reasons.iter().any(|it| it == "`var.b4` and other values have too many combinations"),
        "{reasons:?}"
    );
}

#[test]
fn what_a_flag_denies_bears_on_the_statements_beside_it() {
    let denial = |action: &str| format!("{{ Effect = \"Deny\", Action = \"{action}\", Resource = \"*\" }}");
    let allow = "[{ Effect = \"Allow\", Action = \"kms:Decrypt\", Resource = \"*\" }],";
    let (all, one, other) = (denial("kms:*"), denial("kms:Decrypt"), denial("kms:Encrypt"));
    let message = "the policy allows decryption with every key";
    // Few flags are looked at together, many each by itself.
    for count in [2, 7] {
        let found = |first: &str| {
            let each = |n: usize| match n {
                0 => first.to_owned(),
                _ => format!("var.b{n} ? [{}] : [],", statement("\"s3:GetObject\"")),
            };
            let report = run_with(
                "KMS010",
                &text(count, each, |parts| encoded(&format!("concat({allow}\n{parts}\n)"))),
            );
            report.findings.into_iter().map(|finding| finding.message).collect::<Vec<String>>()
        };
        assert_eq!(found(&format!("var.b0 ? [{all}] : [{one}],")), [""; 0], "{count}");
        assert_eq!(
            found(&format!("var.b0 ? [{one}] : [],")),
            [format!("{message} when var.b0 is false")],
            "{count}"
        );
        assert_eq!(found(&format!("var.b0 ? [{other}] : [],")), [message], "{count}");
    }
}
