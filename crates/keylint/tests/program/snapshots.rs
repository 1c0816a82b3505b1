//! Whole runs over the projects in `testdata`, compared with what was read and approved.
//!
//! `KEYLINT_BLESS=1 cargo test -p keylint` writes what is reported now; the difference is then for
//! a person to read.

use std::path::{Path, PathBuf};

use crate::support::{Directory, Run};

fn run_in(project: &Path, arguments: &[&str]) -> Run {
    Directory::existing(project).run(arguments)
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

#[expect(clippy::disallowed_methods, reason = "a test reads and blesses its expectations")]
fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var("KEYLINT_BLESS").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    // Line by line: a difference in one finding is to show as that.
    for (actual, expected) in actual.lines().zip(expected.lines()) {
        assert_eq!(actual, expected, "{name}: KEYLINT_BLESS=1 accepts what is reported now");
    }
    assert_eq!(actual.lines().count(), expected.lines().count(), "{name}: KEYLINT_BLESS=1 accepts it");
}

#[test]
fn the_demo_project_reads_as_it_was_approved() {
    let run = run_in(&testdata().join("demo"), &["check", "--output-format", "concise"]);
    assert_eq!(run.code, Some(1));
    compare("demo.concise.txt", &run.out);
    compare("demo.stderr.txt", &run.err);
}

#[test]
fn templates_read_as_what_the_service_makes_of_them() {
    for (project, arguments) in
        [("sam", &[][..]), ("stacks", &[]), ("cdk", &["cdk.out"]), ("cdk-app", &["."])]
    {
        let mut all = vec!["check", "--output-format", "concise", "--show-unknown"];
        all.extend(arguments);
        let run = run_in(&testdata().join(project), &all);
        assert_eq!(run.code, Some(1), "{project}: {}", run.err);
        compare(&format!("{project}.concise.txt"), &run.out);
        compare(&format!("{project}.stderr.txt"), &run.err);
    }
}

#[test]
fn a_template_given_alone_brings_the_stacks_nested_in_it() {
    let run = run_in(&testdata().join("stacks"), &["check", "main.yaml", "--output-format", "concise"]);
    assert!(run.out.contains("(Plain/Policy)"), "{}", run.out);
    assert!(run.out.contains("snippets/key-policy.yaml:10:17: critical KMS002"), "{}", run.out);
}

#[test]
fn the_report_of_a_project_does_not_depend_on_threads() {
    let runs = ["1", "2", "8"].map(|threads| {
        run_in(
            &testdata().join("demo"),
            &["check", "--output-format", "json", "--show-unknown", "--threads", threads],
        )
    });
    assert!(runs[0].findings().len() > 10);
    assert!(runs.iter().all(|run| run.out == runs[0].out && run.err == runs[0].err));
}

#[test]
fn file_by_file_finds_what_the_directory_run_finds() {
    for (project, number) in [("demo", 6), ("stacks", 4), ("sam", 1)] {
        file_by_file(&testdata().join(project), number);
    }
}

fn file_by_file(project: &Path, number: usize) {
    let whole = run_in(project, &["check", "--output-format", "json"]);
    // Not by fingerprint: a policy given alone is not known to belong to the key that reads it.
    let places = |run: &Run| -> std::collections::BTreeSet<String> {
        let place = |finding: &serde_json::Value| {
            format!("{} {} {}", finding["rule"], finding["path"], finding["range"])
        };
        run.findings().iter().map(place).collect()
    };
    let files = run_in(project, &["files", "--output-format", "json"]);
    let files: Vec<serde_json::Value> = serde_json::from_str(&files.out).unwrap();
    let mut found = std::collections::BTreeSet::new();
    for file in &files {
        let path = file["path"].as_str().unwrap();
        found.extend(places(&run_in(project, &["check", "--output-format", "json", path])));
    }
    assert!(files.len() >= number);
    assert_eq!(found, places(&whole));
}
