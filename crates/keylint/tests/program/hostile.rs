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

#[test]
fn fifty_thousand_resources_are_checked_to_the_last() {
    let mut text = "Resources:\n".to_owned();
    for number in 0..50_000 {
        let properties = match number {
            49_999 => "{EnableKeyRotaton: true}",
            _ => "{EnableKeyRotation: true}",
        };
        text.push_str(&format!("  K{number}: {{Type: AWS::KMS::Key, Properties: {properties}}}\n"));
    }
    let run = Directory::new(&[("t.yaml", &text)]).run(&[&JSON[..], &["--select", "KL,KMS001"]].concat());
    assert_eq!(run.rules(), ["KMS001", "KL006"], "{}", run.err);
    assert!(run.last_word().contains("50000 resources"), "{}", run.err);
}

#[test]
fn names_that_no_type_has_are_all_reported_in_bounded_time() {
    let members: Vec<_> = (0..50_000).map(|number| format!("\"EnableKeyRotation{number}\": true")).collect();
    let text = format!(
        r#"{{"Resources": {{"K": {{"Type": "AWS::KMS::Key", "Properties": {{{}}}}}}}}}"#,
        members.join(",\n")
    );
    let run = Directory::new(&[("t.json", &text)]).run(&[&JSON[..], &["--select", "KL006"]].concat());
    assert_eq!(run.findings().len(), 50_000, "{}", run.err);
}

#[test]
fn templates_of_ten_thousand_levels_are_a_finding() {
    let open = |with: &str| with.repeat(10_000);
    let key =
        |value: &str| format!("Resources:\n  K: {{Type: AWS::KMS::Key, Properties: {{Tags: {value}}}}}\n");
    let json = |value: &str| {
        format!(r#"{{"Resources": {{"K": {{"Type": "AWS::KMS::Key", "Properties": {{"Tags": {value}}}}}}}}}"#)
    };
    let indented: String = (0..1_000).map(|level| format!("{}a:\n", " ".repeat(level + 2))).collect();
    for (name, text) in [
        ("maps.yaml", key(&format!("{}1{}", open("{a: "), open("}")))),
        ("lists.yaml", key(&format!("{}1{}", open("["), open("]")))),
        ("tags.yaml", key(&format!("{}1{}", open("!If [C, 1, "), open("]")))),
        ("blocks.yaml", format!("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n{indented}")),
        ("calls.json", json(&format!("{}1{}", open(r#"{"Fn::If": ["C", 1, "#), open("]}")))),
    ] {
        let run = Directory::new(&[(name, &text)]).run(&JSON);
        assert_eq!(run.code, Some(1), "{name}: {}", run.err);
        assert!(run.rules().iter().any(|rule| rule == "KL004"), "{name}: {:?}", run.rules());
    }
}

#[test]
fn aliases_that_multiply_resources_are_a_finding() {
    // Ten levels of ten, inside the properties of a resource, as mappings and with merge keys.
    for (open, item, close) in [("[", "*aN", "]"), ("{", "kI: *aN", "}"), ("{", "<<: *aN", "}")] {
        let mut text = "Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      Tags:\n".to_owned();
        text.push_str("        - &a0 {k0: 1, k1: 2}\n");
        for level in 1..11 {
            let items = (0..10)
                .map(|index| item.replace('N', &(level - 1).to_string()).replace('I', &index.to_string()));
            let items: Vec<_> = items.take(if item.starts_with('<') { 1 } else { 10 }).collect();
            text.push_str(&format!("        - &a{level} {open}{}{close}\n", items.join(", ")));
        }
        let run = Directory::new(&[("t.yaml", &text)]).run(&JSON);
        assert_eq!(run.code, Some(1), "{}", run.err);
        let rules = run.rules();
        let expected = if item.starts_with('<') { "KL007" } else { "KL004" };
        assert!(rules.iter().any(|rule| rule == expected), "{item}: {rules:?}");
    }
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
