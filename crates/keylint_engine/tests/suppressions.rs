//! Suppressions, seen through whole runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint};
use keylint_source::{Memory, Sources};

fn run(path: &str, text: &str, today: Option<&str>) -> Report {
    let mut files = Memory::new();
    files.insert(format!("/w/{path}"), text);
    let sources = Arc::new(Sources::new(Arc::new(files), "/w"));
    let settings = Settings { today: today.map(|day| day.parse().unwrap()), ..Settings::default() };
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

/// `line rule message` of each finding.
fn shown(report: &Report) -> Vec<String> {
    let show = |finding: &keylint_rules::Finding| {
        let line = report.file(finding.span).unwrap().position(finding.span.start).line;
        format!("{line} {} {}", finding.rule, finding.message)
    };
    report.findings.iter().map(show).collect()
}

/// A template with the key `Name` given twice in two resources; `{1}` to `{4}` are comments.
fn template(comments: [&str; 4]) -> String {
    let [above, at_end, in_front, file] = comments;
    format!(
        "{file}
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  {above}
  One:
    Type: Custom::Topic
    Properties:
      TopicName: a
      {in_front}
      TopicName: b {at_end}
  Two:
    Type: Custom::Topic
    Properties:
      TopicName: a
      TopicName: b
"
    )
}

const FIRST: &str = "10 KL002 the key `TopicName` is given twice";
const SECOND: &str = "15 KL002 the key `TopicName` is given twice";

#[test]
fn a_comment_silences_what_it_stands_above_and_nothing_else() {
    assert_eq!(shown(&run("t.yaml", &template([""; 4]), None)), [FIRST, SECOND]);
    for comments in [
        ["# keylint: ignore[KL002] why", "", "", ""],
        ["# why\n  # keylint: ignore[duplicate-key]\n  # and more", "", "", ""],
        ["", "# keylint: ignore[kl002]", "", ""],
        ["", "", "# keylint: ignore[KL002]", ""],
    ] {
        let report = run("t.yaml", &template(comments), None);
        let lines = shown(&report);
        assert_eq!(lines.len(), 1, "{comments:?}: {lines:?}");
        assert!(lines[0].contains("KL002"), "{lines:?}");
        assert_eq!(report.coverage.suppressed, 1);
    }
}

#[test]
fn a_comment_for_the_file_silences_it_everywhere() {
    let report = run("t.yaml", &template(["", "", "", "# keylint: file-ignore[KL002] generated"]), None);
    assert_eq!(shown(&report), [""; 0]);
    assert_eq!(report.coverage.suppressed, 2);
}

#[test]
fn a_suppression_ends_after_its_day() {
    let text = template(["# keylint: ignore[KL002] until=2027-01-31 why", "", "", ""]);
    assert_eq!(shown(&run("t.yaml", &text, Some("2027-01-31"))), [SECOND]);
    let ended = "4 KL012 the suppression has ended on 2027-01-31";
    assert_eq!(shown(&run("t.yaml", &text, Some("2027-02-01"))), [ended, FIRST, SECOND]);
    assert_eq!(shown(&run("t.yaml", &text, None)), [SECOND]);
}

#[test]
fn unknown_rules_and_malformed_directives_are_findings_at_the_word() {
    let text = template(["# keylint: ignore[KL2, duplicate-kye] why", "# keylint: ignroe[KL002]", "", ""]);
    let report = run("t.yaml", &text, None);
    let expected = [
        "4 KL010 no rule is called `KL2`",
        "4 KL010 no rule is called `duplicate-kye`",
        FIRST,
        "10 KL010 `ignroe` is no directive",
        SECOND,
    ];
    assert_eq!(shown(&report), expected);
    assert_eq!(report.findings[1].help.as_deref(), Some("did you mean `duplicate-key`?"));
    let span = report.findings[1].span;
    assert_eq!(report.file(span).unwrap().text.get(span.range()), Some("duplicate-kye"));
}

#[test]
fn a_suppression_of_nothing_is_a_finding_for_each_rule_that_ran() {
    let text = template(["# keylint: ignore[KL002, KL003] why", "", "", ""]);
    assert_eq!(
        shown(&run("t.yaml", &text, None)),
        ["4 KL011 the suppression of KL003 silences nothing", SECOND]
    );
    let ended = template(["# keylint: ignore[KL003] until=2020-01-01", "", "", ""]);
    assert_eq!(
        shown(&run("t.yaml", &ended, Some("2026-01-01"))),
        ["4 KL012 the suppression has ended on 2020-01-01", FIRST, SECOND]
    );
}

#[test]
fn suppressions_are_not_called_unused_where_the_file_was_not_wholly_read() {
    let text = template(["# keylint: ignore[KL003] why", "", "", ""]).replace("  Two:", "  Two: }\n  Three:");
    let report = run("t.yaml", &text, None);
    assert!(shown(&report).iter().any(|line| line.contains("KL001")), "{:?}", shown(&report));
    assert!(!shown(&report).iter().any(|line| line.contains("KL011")), "{:?}", shown(&report));
}

#[test]
fn metadata_silences_where_comments_cannot_stand() {
    let text = r#"{"Resources": {"One": {"Type": "Custom::Topic",
  "Metadata": {"keylint": {"ignore": ["KL002"]}},
  "Properties": {"TopicName": "a", "TopicName": "b"}},
 "Two": {"Type": "Custom::Topic", "Properties": {"TopicName": "a",
 "TopicName": "b"}}}}"#;
    assert_eq!(shown(&run("t.json", text, None)), ["5 KL002 the key `TopicName` is given twice"]);
}

#[test]
fn a_suppression_in_metadata_ends_like_one_in_a_comment() {
    let yaml = |until: &str| {
        format!(
            "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Metadata: {{keylint: {{ignore: KMS001{until}, reason: x}}}}\n"
        )
    };
    let json = |until: &str| {
        let declared = format!(r#"{{"ignore": ["KMS001"], "reason": "x"{until}}}"#);
        format!(
            r#"{{"Resources": {{"Key": {{"Type": "AWS::KMS::Key", "Metadata": {{"keylint": {declared}}}}}}}}}"#
        )
    };
    let on = |path: &str, text: &str| -> Vec<String> {
        shown(&run(path, text, Some("2026-06-01")))
            .iter()
            .filter_map(|line| Some(line.split(' ').nth(1)?.to_owned()))
            .collect()
    };
    for (day, expected) in
        [("2027-01-31", &[][..]), ("2026-01-31", &["KL012", "KMS001"]), ("soon", &["KL010", "KMS001"])]
    {
        let mut found = on("t.yaml", &yaml(&format!(", until: {day}")));
        found.sort();
        assert_eq!(found, expected, "{day}");
        let mut found = on("t.json", &json(&format!(r#", "until": "{day}""#)));
        found.sort();
        assert_eq!(found, expected, "{day}");
    }
    assert!(on("t.yaml", &yaml("")).is_empty());
}

#[test]
fn a_policy_is_silenced_where_its_statement_uses_what_is_written_elsewhere() {
    let identifiers = "
      variable \"all\" {
        default = { one = { who = [\"*\"] } }
      }
      data \"aws_iam_policy_document\" \"p\" {
        dynamic \"statement\" {
          for_each = var.all
          content {
            actions   = [\"s3:GetObject\"]
            resources = [\"arn:aws:s3:::b/*\"]
            principals {
              type        = \"AWS\"
              # COMMENT
              identifiers = statement.value.who
            }
            principals {
              type        = \"AWS\"
              identifiers = [\"arn:aws:iam::111122223333:root\"]
            }
          }
        }
      }
      resource \"aws_s3_bucket_policy\" \"p\" {
        bucket = \"b\"
        policy = data.aws_iam_policy_document.p.json
      }";
    let encoded = "
      locals {
        who = \"*\"
      }
      resource \"aws_s3_bucket_policy\" \"p\" {
        bucket = \"b\"
        policy = jsonencode({
          Version = \"2012-10-17\"
          Statement = [{
            Effect   = \"Allow\"
            Action   = \"s3:GetObject\"
            Resource = \"arn:aws:s3:::b/*\"
            # COMMENT
            Principal = { AWS = [local.who] }
          }]
        })
      }";
    for text in [identifiers, encoded] {
        let found = |report: &Report| report.findings.iter().any(|finding| finding.rule.as_str() == "PUB004");
        let loud = run("main.tf", text, None);
        assert!(found(&loud), "{:?}", shown(&loud));
        let is_shown = |finding: &keylint_rules::Finding| {
            finding.related.iter().any(|related| related.message == "used as `Principal`")
        };
        assert!(loud.findings.iter().filter(|finding| finding.rule.as_str() == "PUB004").all(is_shown));
        let quiet = run("main.tf", &text.replace("COMMENT", "keylint: ignore[PUB004] on purpose"), None);
        assert!(!found(&quiet) && quiet.findings.len() + 1 == loud.findings.len(), "{:?}", shown(&quiet));
    }
}

#[test]
fn an_argument_of_a_call_is_silenced_where_it_is_given() {
    let run = |comment: &str| {
        let mut files = Memory::new();
        let calls = format!(
            "module \"one\" {{\n  source = \"./m\"\n  rotate = false # {comment}\n}}\n\
             module \"other\" {{\n  source = \"./m\"\n  rotate = false\n}}\n"
        );
        files.insert("/w/main.tf", calls.as_str());
        let key = "variable \"rotate\" {}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.rotate\n}\n";
        files.insert("/w/m/main.tf", key);
        let sources = Arc::new(Sources::new(Arc::new(files), "/w"));
        lint(&Project { paths: vec![".".into()], sources }, &Settings::default())
    };
    let of_both = "3 KMS001 the key material is never rotated";
    assert_eq!(shown(&run("why")), [of_both]);
    let left = run("keylint: ignore[KMS001] why");
    assert_eq!(shown(&left), [of_both]);
    let address = |report: &Report| report.findings[0].resource.as_ref().unwrap().to_string();
    assert_eq!(address(&left), "module.other.aws_kms_key.k");
}

#[test]
fn what_a_suppression_should_say_names_the_rules_that_it_names() {
    for (comment, expected) in [
        ("ignore POL007 the vendor needs it", "ignore[POL007] reason"),
        ("ignroe[POL007, duplicate-key] why", "ignore[POL007, duplicate-key] reason"),
        ("file-ignore KMS001", "file-ignore[KMS001] reason"),
        ("ignore[KMS001] until=1.2.2027", "ignore[KMS001] until=2027-01-31 reason"),
        ("ignore[]", "ignore[SM001] reason"),
    ] {
        let report =
            run("t.yaml", &format!("# keylint: {comment}\nResources: {{A: {{Type: Custom::A}}}}\n"), None);
        let help: Vec<_> = report.findings.iter().map(|finding| finding.help.as_deref().unwrap()).collect();
        assert_eq!(help, [format!("write `keylint: {expected}`")], "{comment}");
    }
}
