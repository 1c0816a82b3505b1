//! What is read: standard input, one broken file among sound ones, lists of files.

use crate::support::{CLEAN, Directory, JSON, TEMPLATE};

#[test]
fn standard_input_goes_by_the_name_that_it_is_given() {
    let directory = Directory::new(&[]);
    let arguments = ["check", "--output-format", "concise", "-", "--stdin-filename", "stacks/t.json"];
    let run = directory.run_with_input(&arguments, TEMPLATE);
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("stacks/t.json:4:38: medium KL002"), "{run:?}");
}

#[test]
fn a_file_that_does_not_parse_is_a_finding_and_the_others_are_checked() {
    let broken = r#"{"AWSTemplateFormatVersion": "2010-09-09" "Resources": {}}"#;
    let directory = Directory::new(&[("broken.json", broken), ("t.json", TEMPLATE)]);
    let run = directory.run(&JSON);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.rules(), ["KL001", "KL002"]);
    assert_eq!(run.findings()[0]["path"], "broken.json");
    // Of the other file one of two values with the same key is not looked at.
    assert!(run.last_word().contains("2 files not wholly read"), "{run:?}");
    // Whatever is selected, a file that was not read is not clean.
    assert_eq!(directory.run(&[&JSON[..], &["--select", "KL003"]].concat()).rules(), ["KL001"]);
}

#[test]
fn files_are_known_by_what_is_in_them() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]}"#;
    let directory = Directory::new(&[
        ("a.template", CLEAN),
        ("b.json", policy),
        ("c.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"),
        ("chart/templates/d.yaml", "kind: Service\nname: {{ .Values.name }}\n"),
        ("package.json", "{\"name\": \"x\"}"),
        ("node_modules/e.json", CLEAN),
    ]);
    let run = directory.run(&["files"]);
    assert_eq!(run.out, "cloudformation  a.template\npolicy          b.json\ncloudformation  c.yaml\n");
    let list: serde_json::Value =
        serde_json::from_str(&directory.run(&["files", "--output-format", "json"]).out).unwrap();
    assert_eq!(list[1], serde_json::json!({"path": "b.json", "kind": "policy"}));
}

#[test]
fn the_report_does_not_depend_on_threads_or_on_the_order_of_paths() {
    let names: Vec<String> = (0..40).map(|number| format!("d{}/t{number}.json", number % 7)).collect();
    let directory = Directory::new(&[]);
    names.iter().for_each(|name| directory.write(name, TEMPLATE));
    let expected = directory.run(&[&JSON[..], &["--threads", "1"]].concat());
    assert_eq!(expected.findings().len(), names.len());
    for threads in ["2", "8"] {
        assert_eq!(directory.run(&[&JSON[..], &["--threads", threads]].concat()).out, expected.out);
    }
    let mut paths: Vec<&str> = names.iter().map(String::as_str).collect();
    paths.reverse();
    assert_eq!(directory.run(&[&JSON[..], &paths].concat()).out, expected.out);
}

#[test]
fn byte_order_marks_and_carriage_returns_are_fine() {
    let text = format!("\u{feff}{}", TEMPLATE.replace('\n', "\r\n"));
    let directory = Directory::new(&[("t.json", &text)]);
    let run = directory.run(&JSON);
    let finding = &run.findings()[0];
    assert_eq!(run.rules(), ["KL002"]);
    assert_eq!(finding["range"]["start"]["column"], 38);
    let offset = usize::try_from(finding["range"]["start"]["offset"].as_u64().unwrap()).unwrap();
    assert_eq!(text.get(offset..offset + 11), Some("\"TopicName\""));
}
