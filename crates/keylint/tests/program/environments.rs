//! `keylint.toml`, the environments that it names, and values given on the command line.

use crate::support::{Directory, Run};

const MAIN: &str = r#"variable "readers" {
  type    = string
  default = "arn:aws:iam::123456789012:root"
}

variable "open" {
  type    = bool
  default = false
}

variable "rotation" {
  type    = bool
  default = true
}

resource "aws_kms_key" "this" {
  enable_key_rotation = var.rotation
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "All", Effect = "Allow", Principal = { AWS = var.open ? "*" : var.readers }, Action = "kms:*", Resource = "*" }]
  })
}
"#;

const ENVIRONMENTS: &str = r#"[[environments]]
name = "dev"
var-files = ["env/dev.tfvars"]

[[environments]]
name = "staging"
var-files = ["env/staging.tfvars"]

[[environments]]
name = "prod"
var-files = ["env/prod.tfvars"]
"#;

const OPEN: &str = "open = true\n";
const CLOSED: &str = "open = false\n";

fn project(dev: &str, staging: &str, prod: &str) -> Directory {
    Directory::new(&[
        ("keylint.toml", ENVIRONMENTS),
        ("main.tf", MAIN),
        ("env/dev.tfvars", dev),
        ("env/staging.tfvars", staging),
        ("env/prod.tfvars", prod),
    ])
}

fn check(directory: &Directory, more: &[&str]) -> Run {
    let fixed = ["check", "--select", "KMS002", "--output-format", "json"];
    directory.run(&[&fixed[..], more].concat())
}

/// The messages of what was found, with the environments in the field of their own.
fn found(run: &Run) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let names = |finding: &serde_json::Value| {
        let names = finding["environments"].as_array().unwrap().iter().map(text);
        names.collect::<Vec<_>>().join(" ")
    };
    run.findings().iter().map(|one| (text(&one["message"]), names(one))).collect()
}

#[test]
fn a_finding_says_in_which_environments_it_holds_where_these_are_not_all() {
    let cases = [
        ([OPEN, OPEN, OPEN], Some(("", ""))),
        ([CLOSED, CLOSED, OPEN], Some((", in prod only", "prod"))),
        ([OPEN, CLOSED, OPEN], Some((", in dev and prod", "dev prod"))),
        ([CLOSED, CLOSED, CLOSED], None),
    ];
    for ([dev, staging, prod], expected) in cases {
        let run = check(&project(dev, staging, prod), &["."]);
        let found = found(&run);
        assert_eq!(run.code, Some(i32::from(expected.is_some())), "{run:?}");
        assert_eq!(found.len(), usize::from(expected.is_some()), "{run:?}");
        for (message, names) in found {
            let (ending, expected) = expected.unwrap();
            assert!(message.ends_with(&format!("with this key{ending}")), "{message}");
            assert_eq!(names, expected);
        }
    }
}

#[test]
fn one_environment_is_picked_by_its_name() {
    let directory = project(CLOSED, CLOSED, OPEN);
    assert_eq!(check(&directory, &["--env", "dev", "."]).code, Some(0));
    let prod = check(&directory, &["--env", "prod", "."]);
    assert_eq!(found(&prod)[0].1, "", "{prod:?}");
    let unknown = check(&directory, &["--env", "prd", "."]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("did you mean `prod`?"), "{unknown:?}");
}

#[test]
fn what_one_environment_leaves_open_is_undecided_in_that_one() {
    let main = MAIN.replace("  default = \"arn:aws:iam::123456789012:root\"\n", "");
    let known = "readers = \"arn:aws:iam::123456789012:root\"\n";
    let directory = project("", known, known);
    directory.write("main.tf", main);
    let run = directory.run(&["check", "--select", "KMS002", "--show-unknown", "."]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("`var.readers` has no value, in dev only"), "{run:?}");
}

/// Source: <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>.
#[test]
fn values_are_given_in_the_order_of_terraform() {
    let directory = Directory::new(&[
        ("main.tf", MAIN),
        ("terraform.tfvars", CLOSED),
        ("open.tfvars", OPEN),
        ("closed.tfvars", CLOSED),
    ]);
    let is_open = |arguments: &[&str]| !found(&check(&directory, arguments)).is_empty();
    assert!(!is_open(&["."]));
    assert!(is_open(&["--var-file", "open.tfvars", "."]));
    assert!(is_open(&["--var", "open=true", "."]));
    // The last one given counts, whichever of the two it is.
    assert!(is_open(&["--var-file", "closed.tfvars", "--var", "open=true", "."]));
    assert!(!is_open(&["--var", "open=true", "--var-file", "closed.tfvars", "."]));
    assert!(is_open(&["--var-file", "closed.tfvars", "--var-file", "open.tfvars", "."]));
    // Files go by name, after terraform.tfvars.
    directory.write("a.auto.tfvars", OPEN);
    assert!(is_open(&["."]));
    directory.write("b.auto.tfvars", CLOSED);
    assert!(!is_open(&["."]));
}

#[test]
fn the_environment_of_the_program_counts_only_when_asked_and_least() {
    let directory = Directory::new(&[("main.tf", MAIN)]);
    let run = |arguments: &[&str]| {
        let fixed = ["check", "--select", "KMS002", "--output-format", "json"];
        let mut command = directory.command(&[&fixed[..], arguments].concat());
        Run::of(command.env("TF_VAR_open", "true").output().unwrap())
    };
    assert_eq!(run(&["."]).code, Some(0));
    assert_eq!(run(&["--tf-var-env", "."]).code, Some(1));
    directory.write("terraform.tfvars", CLOSED);
    assert_eq!(run(&["--tf-var-env", "."]).code, Some(0));
    // No configuration can ask for it: that comes with what is checked.
    directory.write("keylint.toml", "tf-var-env = true\n");
    assert_eq!(run(&["."]).code, Some(2));
}

#[test]
fn values_for_nobody_are_errors_on_the_command_line_and_hints_in_files() {
    let directory = Directory::new(&[("main.tf", MAIN), ("terraform.tfvars", "reader = \"*\"\n")]);
    let run = directory.run(&["check", "--output-format", "concise", "."]);
    assert!(run.err.contains("hint: terraform.tfvars:1:1: no variable `reader` takes this value"), "{run:?}");
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = check(&directory, &["--var", "reader=*", "."]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("did you mean `readers`?"), "{run:?}");
    assert_eq!(check(&directory, &["--var", "readers", "."]).code, Some(2));
    assert_eq!(check(&directory, &["--var-file", "nowhere.tfvars", "."]).code, Some(2));
}

#[test]
fn what_is_wrong_in_a_configuration_is_said_with_its_place_and_ends_the_run() {
    let cases = [
        (
            "selct = []\n",
            "keylint.toml:1:1: there is no key `selct` at the top level (did you mean `select`?)",
        ),
        ("ignore = [\"SMX01\"]\n", "keylint.toml:1:11: "),
        ("\nfail-on = \"severe\"\n", "keylint.toml:2:11: severities are "),
        ("select = \"SM\"\n", "keylint.toml:1:10: expected a list of strings"),
        ("[terraform]\nstand-alone-modules = 1\n", "keylint.toml:2:23: expected true or false"),
        ("[[environments]]\nworkspace = \"a\"\n", "the environment has no `name`"),
        ("[[environments]]\nname = \"a\"\n[[environments]]\nname = \"a\"\n", "`a` is given twice"),
        ("select = [\n", "keylint.toml:"),
    ];
    for (text, expected) in cases {
        let directory = Directory::new(&[("main.tf", MAIN), ("keylint.toml", text)]);
        let run = directory.run(&["check", "."]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{text}: {run:?}");
        assert!(run.err.contains(expected), "{text}: {run:?}");
        // Also for a file that is given by name, which no pattern of it leaves out.
        let given = directory.run(&["check", "main.tf"]);
        assert_eq!((given.code, given.err), (run.code, run.err), "{text}");
        assert_eq!(directory.run(&["config", "show"]).code, Some(2));
        assert_eq!(directory.run(&["check", "--isolated", "."]).code, Some(0), "{text}");
    }
}

#[test]
fn files_outside_of_the_project_are_refused_however_they_are_named() {
    let outside = Directory::new(&[("secret.tfvars", OPEN)]);
    let absolute = outside.path().join("secret.tfvars").display().to_string();
    for path in ["../../../../../../etc/hostname", &absolute] {
        let toml = format!("[[environments]]\nname = \"a\"\nvar-files = [\"{path}\"]\n");
        let directory = Directory::new(&[("main.tf", MAIN), ("keylint.toml", &toml)]);
        let run = check(&directory, &["."]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.err.contains("keylint.toml:3:14") && run.err.contains("out of the project"), "{run:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_project() {
    let outside =
        Directory::new(&[("secret.tfvars", OPEN), ("keylint.toml", "select = [\"planted-word\"]\n")]);
    let toml = "[[environments]]\nname = \"a\"\nvar-files = [\"link.tfvars\"]\n";
    let directory = Directory::new(&[("main.tf", MAIN), ("keylint.toml", toml)]);
    let link = |from: &str, to: &str| {
        std::os::unix::fs::symlink(outside.path().join(from), directory.path().join(to)).unwrap();
    };
    link("secret.tfvars", "link.tfvars");
    let run = check(&directory, &["."]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("out of the project"), "{run:?}");
    std::fs::remove_file(directory.path().join("keylint.toml")).unwrap();
    link("keylint.toml", "keylint.toml");
    let run = check(&directory, &["."]);
    assert!(!run.err.contains("planted-word"), "{run:?}");
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn the_nearest_configuration_counts_and_the_command_line_goes_before_it() {
    let open = MAIN.replace("default = false", "default = true");
    let directory = Directory::new(&[
        ("keylint.toml", "ignore = [\"KMS002\"]\n"),
        ("main.tf", &open),
        ("inner/keylint.toml", "select = [\"KMS002\"]\nfail-on = \"critical\"\n"),
        ("inner/main.tf", &open),
        ("other.toml", "exclude = [\"inner\"]\n"),
    ]);
    let paths = |arguments: &[&str]| {
        let run = directory.run(&[&["check", "--output-format", "json"], arguments].concat());
        let all = run.findings();
        let of = all.iter().filter(|one| one["rule"] == "KMS002");
        of.map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["."]), ["inner/main.tf"]);
    assert_eq!(paths(&["--isolated", "."]), ["inner/main.tf", "main.tf"]);
    assert_eq!(paths(&["--config", "other.toml", "."]), ["main.tf"]);
    assert_eq!(paths(&["--config", "keylint.toml", "."]), [""; 0]);
    assert_eq!(paths(&["--ignore", "KMS002", "."]), [""; 0]);
    assert_eq!(directory.run(&["check", "inner"]).code, Some(1));
    assert_eq!(directory.run(&["check", "--config", "nowhere.toml", "."]).code, Some(2));
    let shown = directory.run(&["config", "show", "inner"]);
    assert!(shown.out.starts_with("# inner/keylint.toml\nselect = [\"KMS002\"]\n"), "{shown:?}");
}

#[test]
fn a_plan_beside_several_environments_needs_the_name_of_its_own() {
    let plan = r#"{"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {"resources": [
 {"address": "aws_kms_key.this", "mode": "managed", "type": "aws_kms_key", "name": "this",
  "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0,
  "values": {"enable_key_rotation": true}}]}}, "resource_changes": []}"#;
    let directory = project(CLOSED, CLOSED, OPEN);
    directory.write("plan.json", plan);
    let run = check(&directory, &["--plan", "plan.json", "."]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("--env (dev, staging, prod)"), "{run:?}");
    let run = check(&directory, &["--plan", "plan.json", "--env", "prod", "."]);
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn secrets_that_are_handed_in_are_not_shown_and_not_taken_for_the_source() {
    let main = r#"variable "pw" {
  type = string
}

resource "aws_db_instance" "this" {
  password = var.pw
}

resource "aws_ssm_parameter" "url" {
  name  = "url"
  type  = "SecureString"
  value = "postgres://app:${var.pw}@db/app"
}
"#;
    let word = "vK8-secret-word-9x";
    let directory = Directory::new(&[("main.tf", main)]);
    for format in ["full", "concise", "json", "sarif", "github"] {
        let given = format!("pw={word}");
        let run =
            directory.run(&["check", "--show-unknown", "--output-format", format, "--var", &given, "."]);
        assert!(!run.out.contains(word) && !run.err.contains(word), "{run:?}");
        assert!(!run.out.contains("LEAK003") || format == "sarif", "{run:?}");
        assert!(!run.out.contains("\"ruleId\": \"LEAK003\""), "{run:?}");
    }
    directory.write("prod.tfvars", format!("pw = \"{word}\"\n"));
    for format in ["full", "concise", "json", "sarif", "github"] {
        let run = directory.run(&["check", "--output-format", format, "--var-file", "prod.tfvars", "."]);
        assert!(!run.out.contains(word) && !run.err.contains(word), "{run:?}");
    }
}
