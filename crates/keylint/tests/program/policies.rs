//! `keylint policy explain` and `keylint policy diff`.

use serde_json::Value;

use super::support::Directory;

const ROLE: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}]}"#;

const WIDER: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "arn:aws:s3:::b/*"}]}"#;

const BUCKET: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}"#;

#[test]
fn a_difference_ends_with_1_and_says_which_actions() {
    let directory = Directory::new(&[("old.json", ROLE), ("new.json", WIDER)]);
    let run = directory.run(&["policy", "diff", "old.json", "new.json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("new.json:2:3: statement `Read` newly allows\n"), "{run:?}");
    assert!(run.out.contains("  actions      s3:Put*\n"), "{run:?}");
    let run = directory.run(&["policy", "diff", "new.json", "old.json"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), "old.json allows nothing that new.json does not.\n"));
}

/// Control policies that only deny stand beside one that allows everything.
#[test]
fn what_a_control_policy_no_longer_denies_is_a_difference() {
    let scp = |actions: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": {actions}, "Resource": "*"}}]}}"#
        )
    };
    let (old, new) = (scp(r#"["kms:DisableKey", "kms:ScheduleKeyDeletion"]"#), scp(r#""kms:DisableKey""#));
    let directory = Directory::new(&[("old.json", &old), ("new.json", &new)]);
    let run = directory.run(&["policy", "diff", "--policy-kind", "scp", "old.json", "new.json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("new.json: beside FullAWSAccess it newly allows\n"), "{run:?}");
    assert!(run.out.contains("  for example  kms:ScheduleKeyDeletion\n"), "{run:?}");
    assert!(run.out.contains("  before       statement 1 denies it (old.json)\n"), "{run:?}");
    let run = directory.run(&["policy", "diff", "--policy-kind", "scp", "new.json", "old.json"]);
    let nothing = "old.json lets nothing through that new.json denies.\n";
    assert_eq!((run.code, run.out.as_str()), (Some(0), nothing));
    let rcp = |text: &str| text.replace("\"Action\"", "\"Principal\": \"*\", \"Action\"");
    let directory = Directory::new(&[("old.json", &rcp(&old)), ("new.json", &rcp(&new))]);
    let run = directory.run(&["policy", "diff", "--policy-kind", "rcp", "old.json", "new.json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
}

/// What the JSON shows as a request is one for `simulate`, which agrees.
#[test]
fn a_request_that_shows_a_difference_can_be_simulated() {
    let directory = Directory::new(&[("old.json", ROLE), ("new.json", WIDER)]);
    let run = directory.run(&["policy", "diff", "old.json", "new.json", "--output-format", "json"]);
    let difference: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(difference["newlyAllows"], "yes");
    let request = &difference["changes"][0]["request"];
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let case = |policy: &str| serde_json::json!({"request": request, "identityPolicies": [parsed(policy)]});
    let cases = Value::from(vec![case(WIDER), case(ROLE)]).to_string();
    let run = directory.run_with_input(&["policy", "simulate", "-"], &cases);
    let answers: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answers[0]["decision"], "allowed", "{run:?}");
    assert_eq!(answers[1]["decision"], "implicitly-denied", "{run:?}");
}

/// What a template has in YAML can be cut out and compared as it is.
#[test]
fn a_policy_in_yaml_is_compared_with_one_in_json() {
    let yaml = "Version: 2012-10-17 # current\nStatement:\n  - Sid: Read\n    Effect: Allow\n    Action: ['s3:Get*', s3:Put*]\n    Resource: arn:aws:s3:::b/*\n";
    let directory = Directory::new(&[("old.json", ROLE), ("new.yaml", yaml), ("wider.json", WIDER)]);
    let run = directory.run(&["policy", "diff", "old.json", "new.yaml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("new.yaml:3:5: statement `Read` newly allows\n"), "{run:?}");
    assert_eq!(directory.run(&["policy", "diff", "wider.json", "new.yaml"]).code, Some(0));
    let run = directory.run_with_input(&["policy", "explain", "-"], yaml);
    assert!(run.code == Some(0) && run.out.contains("s3"), "{run:?}");
}

#[test]
fn what_is_no_policy_ends_with_2() {
    let directory = Directory::new(&[
        ("good.json", ROLE),
        ("bucket.json", BUCKET),
        ("list.json", "[1]"),
        ("broken.json", r#"{"Statement": ["#),
        ("broken.yaml", "Statement:\n  - {Effect: Allow\n"),
        ("text.md", "Not a policy.\n"),
        ("main.tf", "resource \"aws_iam_policy\" \"a\" {\n  policy = \"{}\"\n}\n"),
        ("template.yaml", "Resources:\n  A:\n    Type: AWS::IAM::Policy\n"),
        ("refused.json", r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#),
    ]);
    let cases = [
        (vec!["policy", "diff", "good.json", "list.json"], "list.json:1:1: the policy is not a JSON object"),
        (vec!["policy", "explain", "broken.json"], "broken.json:1:16"),
        (vec!["policy", "explain", "broken.yaml"], "broken.yaml:2:"),
        (vec!["policy", "explain", "text.md"], "text.md: the file is no policy"),
        (vec!["policy", "explain", "main.tf"], "main.tf: this is Terraform configuration"),
        (vec!["policy", "diff", "good.json", "template.yaml"], "template.yaml: this is a template"),
        (vec!["policy", "explain", "refused.json"], "refused.json:1:27"),
        (vec!["policy", "explain", "missing.json"], "missing.json: "),
        (vec!["policy", "diff", "good.json", "bucket.json"], "say which with --policy-kind"),
        (vec!["policy", "explain", "good.json", "--policy-kind", "indentity"], "did you mean `identity`?"),
        (vec!["policy", "diff", "-", "-"], "only one of the policies"),
    ];
    for (arguments, message) in cases {
        let run = directory.run(&arguments);
        assert_eq!(run.code, Some(2), "{arguments:?} {run:?}");
        assert!(run.err.contains(message), "{arguments:?} {run:?}");
        assert!(run.out.is_empty(), "{arguments:?} {run:?}");
    }
}

#[test]
fn an_explanation_fits_the_terminal_and_says_what_is_public() {
    let directory = Directory::new(&[("bucket.json", BUCKET)]);
    let run = directory.run(&["policy", "explain", "bucket.json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("Public: yes.\n"), "{run:?}");
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{run:?}");
    let run = directory.run(&["policy", "explain", "bucket.json", "--output-format", "json"]);
    let explanation: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(explanation["public"], "yes");
    assert_eq!(explanation["kind"], "resource");
    assert_eq!(explanation["openings"][0]["request"]["action"], "s3:GetObject");
    assert_eq!(explanation["statements"][0]["services"][0]["limited"], serde_json::json!(["Read"]));
}

#[test]
fn names_of_a_policy_and_of_files_make_no_lines_of_their_own() {
    let evil = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "x\n::error::a", "Effect": "Allow", "Principal": {"AWS": "::error::b"},
        "Action": ["s3:GetObject", "s3:Get\n::error::c*"], "Resource": ["::error::d", "e\u001b[2J\r::error::e"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/\n::error::f": "::error::g"}}}]}"#;
    let nothing =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let directory = Directory::new(&[("evil.json", evil), ("none.json", nothing)]);
    for arguments in [
        vec!["policy", "explain", "evil.json", "--policy-kind", "resource"],
        vec!["policy", "diff", "none.json", "evil.json", "--policy-kind", "resource"],
        vec!["policy", "explain", "\n::error::h"],
    ] {
        let run = directory.run(&arguments);
        for line in run.out.split(['\n', '\r']).chain(run.err.split(['\n', '\r'])) {
            assert!(!line.trim_start().starts_with("::"), "{arguments:?}: {line}");
        }
        assert!(!run.out.contains('\u{1b}'), "{arguments:?}: {}", run.out);
        assert!(run.out.contains("error::") || run.err.contains("error::h"), "{arguments:?}: {run:?}");
    }
}
