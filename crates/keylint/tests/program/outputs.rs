//! Where reports go and what they look like from outside.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::{Directory, TEMPLATE};

#[test]
fn standard_output_is_the_report_and_the_last_word_on_standard_error_is_the_coverage() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    for format in ["full", "concise", "json", "sarif", "github"] {
        let run = directory.run(&["check", "--output-format", format]);
        assert!(run.out.contains("KL002"), "{format}: {run:?}");
        assert!(!run.out.contains("checked 1 file"), "{format}: {run:?}");
        assert_eq!(run.err.lines().count(), 1, "{format}: {run:?}");
        assert!(
            run.last_word().starts_with("checked 1 file, 1 resource, 0 policy documents"),
            "{format}: {run:?}"
        );
        if matches!(format, "json" | "sarif") {
            serde_json::from_str::<serde_json::Value>(&run.out).unwrap();
        }
    }
    assert_eq!(directory.run(&["check", "--quiet"]).err, "");
}

#[test]
fn reports_go_to_files_several_at_once() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    let run = directory.run(&["check", "--output-format", "concise", "--output-format", "sarif:r.sarif"]);
    assert!(run.out.starts_with("t.json:4:38"), "{run:?}");
    assert!(directory.read("r.sarif").contains("\"2.1.0\""));
    let run = directory.run(&["check", "--output-format", "json", "--output-file", "r.json"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(directory.read("r.json").contains("KL002"));
    let run = directory.run(&["check", "--output-file", "no/such/directory.txt"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("no/such/directory.txt"), "{run:?}");
}

#[test]
fn colours_come_only_when_wanted() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = directory.command(&[&["check"], arguments].concat());
        let output = command.envs(environment.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_reader_that_stops_reading_ends_the_program_quietly() {
    // More than a pipe holds, so that the program meets the closed end.
    let members: Vec<String> = (0..4000).map(|_| "\"TopicName\": \"a\"".to_owned()).collect();
    let text = format!(
        "{{\"Resources\": {{\"T\": {{\"Type\": \"AWS::SNS::Topic\", \"Properties\": {{{}}}}}}}}}",
        members.join(",\n")
    );
    let files: Vec<String> = (0..60).map(|number| format!("t{number}.json")).collect();
    let directory = Directory::new(&[]);
    files.iter().for_each(|name| directory.write(name, &text));
    let mut command = directory.command(&["check", "--output-format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(line, "{\n");
    assert_eq!(child.wait().unwrap().code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.starts_with("checked 60 files"), "{errors}");
}

#[test]
fn rules_are_listed_for_people_and_programs() {
    let directory = Directory::new(&[]);
    let list: serde_json::Value =
        serde_json::from_str(&directory.run(&["rule", "--output-format", "json"]).out).unwrap();
    let rules = list.as_array().unwrap();
    let syntax = rules.iter().find(|rule| rule["id"] == "KL001").unwrap();
    assert_eq!(syntax["name"], "syntax-error");
    assert_eq!(syntax["severity"], "high");
    assert_eq!(syntax["default"], "on");
    let table = directory.run(&["rule"]).out;
    assert_eq!(table.lines().count(), rules.len());
    for name in ["KL001", "kl001", "Syntax-Error"] {
        let run = directory.run(&["rule", name]);
        assert_eq!(run.code, Some(0));
        assert!(run.out.contains("syntax-error"), "{run:?}");
    }
}
