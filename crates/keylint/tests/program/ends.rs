//! Exit codes, and what is said when something is wrong with the request.

use crate::support::{CLEAN, Directory, TEMPLATE};

#[test]
fn findings_are_1_and_none_is_0() {
    assert_eq!(Directory::new(&[("t.json", TEMPLATE)]).run(&["check"]).code, Some(1));
    assert_eq!(Directory::new(&[("t.json", CLEAN)]).run(&["check"]).code, Some(0));
}

#[test]
fn severities_decide_what_fails_and_what_is_shown() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    for (arguments, code, shown) in [
        (&["--fail-on", "medium"][..], 1, true),
        (&["--fail-on", "high"], 0, true),
        (&["--exit-zero"], 0, true),
        (&["--min-severity", "high"], 0, false),
        (&["--ignore", "duplicate-key"], 0, false),
        (&["--select", "KL001,KL003"], 0, false),
        (&["--select", "kl", "--ignore", "KL001"], 1, true),
    ] {
        let run = directory.run(&[&["check"], arguments].concat());
        assert_eq!((run.code, run.out.contains("KL002")), (Some(code), shown), "{arguments:?}: {run:?}");
    }
}

#[test]
fn what_cannot_be_done_is_2_and_one_line() {
    let directory = Directory::new(&[("t.json", CLEAN)]);
    for (arguments, word) in [
        (&["check", "--bad"][..], "--bad"),
        (&["check", "--format", "json"], "did you mean `--output-format`?"),
        (&["check", "--output-fromat", "json"], "did you mean `--output-format`?"),
        (&["rule", "--format", "json"], "did you mean `--output-format`?"),
        (&["chek"], "did you mean `check`?"),
        (&["check", "--min-severity", "worst"], "critical, high, medium, low, info"),
        (&["check", "--select", "KL0011"], "did you mean `KL001`?"),
        (&["check", "--ignore", "nonsense"], "nonsense"),
        (&["check", "--output-format", "xml"], "xml"),
        (&["check", "--output-format", "json", "--output-format", "sarif"], "standard output"),
        (&["check", "--policy-kind", "kms"], "did you mean `key`?"),
        (&["check", "-"], "--stdin-filename"),
        (&["check", "--stdin-filename", "a.json"], "path -"),
        (&["rule", "KL0011"], "did you mean `KL001`?"),
        (&["completions"], "SHELL"),
    ] {
        let run = directory.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert_eq!((run.err.lines().count(), &*run.out), (1, ""), "{arguments:?}: {run:?}");
        assert!(run.err.contains(word), "{arguments:?}: {run:?}");
    }
}

#[test]
fn a_path_that_is_not_there_is_one_line_and_no_report() {
    let directory = Directory::new(&[]);
    for format in ["full", "json", "sarif"] {
        let run = directory.run(&["check", "nowhere", "--output-format", format]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{format}");
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.starts_with("keylint: nowhere: "), "{}", run.err);
    }
}

#[test]
fn an_unreadable_path_is_2_and_the_others_are_checked() {
    let directory = Directory::new(&[("t.json", TEMPLATE)]);
    let run = directory.run(&["check", "--output-format", "concise", "absent", "t.json"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.starts_with("keylint: "), "{run:?}");
    assert!(run.err.contains("absent"), "{run:?}");
    assert!(run.out.contains("t.json:4:38: medium KL002"), "{run:?}");
}

#[test]
fn nothing_to_check_is_said_and_fails_only_when_strict() {
    let directory = Directory::new(&[("values.yaml", "image: {tag: v1}\n"), ("package.json", "{}")]);
    let run = directory.run(&["check"]);
    assert_eq!(run.code, Some(0));
    assert!(run.last_word().starts_with("checked nothing"), "{run:?}");
    assert_eq!(directory.run(&["check", "--strict"]).code, Some(2));
    assert_eq!(directory.run(&["check", "values.yaml"]).code, Some(0));
}

#[test]
fn help_and_version_are_answers_and_not_errors() {
    let directory = Directory::new(&[]);
    for arguments in
        [&["--help"][..], &["--version"], &["version"], &["check", "--help"], &["completions", "bash"]]
    {
        let run = directory.run(arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(run.out.contains("keylint"), "{arguments:?}");
    }
    let run = directory.run(&["version"]);
    let expected = format!(
        "keylint {}\ndata of AWS of {}\n",
        env!("CARGO_PKG_VERSION"),
        keylint_policy::service::date()
    );
    assert_eq!(run.out, expected);
}
