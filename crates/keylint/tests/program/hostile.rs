//! Input that is broken, huge, deep or endless: a diagnostic each, and no crash.

use crate::support::{CLEAN, Directory, JSON, TEMPLATE};

#[test]
fn text_that_is_not_utf8_is_a_finding_at_the_byte() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    directory.write("bad.json", b"{\"AWSTemplateFormatVersion\": \"\xff\"}");
    let run = directory.run(&JSON);
    assert_eq!(run.rules(), ["KL001", "KL002"]);
    assert_eq!(run.findings()[0]["range"]["start"]["offset"], 30);
}

#[test]
fn a_file_over_the_limit_is_a_finding_and_is_not_read() {
    let directory = Directory::new(&[("t.json", CLEAN)]);
    let file = std::fs::File::create(directory.path().join("plan.json")).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let run = directory.run(&JSON);
    assert_eq!((run.code, run.rules()), (Some(1), vec!["KL004".to_owned()]), "{run:?}");
}

#[test]
fn ten_thousand_brackets_are_a_finding_in_every_notation() {
    let brackets = "[".repeat(10_000);
    for (name, text) in [
        ("main.tf", format!("locals {{\n  a = {brackets}\n}}\n")),
        ("b.tf", format!("locals {{\n  a = {brackets}{}\n}}\n", "]".repeat(10_000))),
        ("main.tf.json", format!("{{\"locals\": {{\"a\": {brackets}}}}}")),
        ("t.json", format!("{{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {brackets}")),
        ("t.yaml", format!("AWSTemplateFormatVersion: '2010-09-09'\nResources: {brackets}\n")),
        ("p.json", format!("{{\"Statement\": {brackets}, \"Effect\": 1}}")),
    ] {
        let run = Directory::new(&[(name, &text)]).run(&JSON);
        assert_eq!(run.code, Some(1), "{name}: {}", run.err);
        assert!(
            run.rules().iter().any(|rule| rule == "KL004" || rule == "KL001"),
            "{name}: {:?}",
            run.rules()
        );
    }
}

#[test]
fn an_alias_bomb_is_a_finding() {
    let mut text = "AWSTemplateFormatVersion: '2010-09-09'\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(", ")));
    }
    let run = Directory::new(&[("t.yaml", &text)]).run(&JSON);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.rules().iter().any(|rule| rule == "KL004"), "{:?}", run.rules());
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_end() {
    let directory = Directory::new(&[("a/t.json", TEMPLATE)]);
    std::os::unix::fs::symlink("..", directory.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink("self", directory.path().join("self")).unwrap();
    let run = directory.run(&JSON);
    assert_eq!(run.rules(), ["KL002"], "{run:?}");
    assert_eq!(run.findings()[0]["path"], "a/t.json");
}

#[test]
fn a_module_that_calls_itself_is_a_finding_and_the_rest_is_checked() {
    let text = "module \"me\" {\n  source = \"./\"\n}\n\nresource \"aws_kms_key\" \"this\" {}\n";
    let ring = |next: &str| format!("module \"next\" {{\n  source = \"../{next}\"\n}}\n");
    let directory =
        Directory::new(&[("main.tf", text), ("a/main.tf", &ring("b")), ("b/main.tf", &ring("a"))]);
    let run = directory.run(&[&JSON[..], &["--select", "KL,KMS001"]].concat());
    assert_eq!(run.code, Some(1), "{run:?}");
    let found: Vec<_> =
        run.findings().iter().map(|finding| (finding["path"].clone(), finding["rule"].clone())).collect();
    assert!(found.contains(&("main.tf".into(), "KMS001".into())), "{found:?}");
    assert!(found.iter().any(|(path, rule)| path == "main.tf" && rule != "KMS001"), "{found:?}");
}

#[test]
fn terraform_that_is_not_utf8_or_broken_is_a_finding_and_the_rest_is_checked() {
    let directory = Directory::new(&[("ok.tf", "resource \"aws_kms_key\" \"this\" {}\n")]);
    directory.write("bad.tf", b"locals {\n  a = \"\xff\"\n}\n");
    directory.write("broken.tf", "locals {\n  a = = 1\n}\nresource \"aws_kms_key\" \"other\" {}\n");
    let run = directory.run(&[&JSON[..], &["--select", "KMS001"]].concat());
    let found: Vec<_> =
        run.findings().iter().map(|finding| format!("{} {}", finding["path"], finding["rule"])).collect();
    let expected = [
        "\"bad.tf\" \"KL001\"",
        "\"broken.tf\" \"KL001\"",
        "\"broken.tf\" \"KMS001\"",
        "\"ok.tf\" \"KMS001\"",
    ];
    assert_eq!(found, expected);
}
