//! Parameter files of CloudFormation.

use crate::support::Directory;

const TEMPLATE: &str = "Parameters:
  Reader: {Type: String}
  Password: {Type: String, NoEcho: true}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: !Ref Reader}, Action: 'kms:*', Resource: '*'}]}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {KmsKeyId: !Ref Key, SecretString: !Ref Password}}
";

#[test]
fn a_parameter_file_decides_and_is_pointed_into_without_its_secrets() {
    let parameters = r#"[{"ParameterKey": "Reader", "ParameterValue": "*"},
 {"ParameterKey": "Password", "ParameterValue": "vK8-secret-word"}]"#;
    let directory = Directory::new(&[("template.yaml", TEMPLATE), ("production.json", parameters)]);
    let without = directory.run(&["check", "--select", "KMS002", "template.yaml"]);
    assert_eq!(without.code, Some(0), "{without:?}");
    for format in ["full", "concise", "json", "sarif"] {
        let arguments =
            ["check", "--parameters", "production.json", "--output-format", format, "template.yaml"];
        let with = directory.run(&arguments);
        assert_eq!(with.code, Some(1), "{with:?}");
        assert!(with.out.contains("KMS002") && with.out.contains("production.json"), "{with:?}");
        assert!(!with.out.contains("vK8-secret-word"), "{with:?}");
    }
}

#[test]
fn a_parameter_file_that_is_not_there_is_2() {
    let directory = Directory::new(&[("template.yaml", TEMPLATE)]);
    let run = directory.run(&["check", "--parameters", "nowhere.json", "template.yaml"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("nowhere.json"), "{run:?}");
}

const KEY: &str = "Parameters:
  Reader: {Type: String, Default: 'arn:aws:iam::123456789012:root'}
  Unused: {Type: String, NoEcho: true, Default: ''}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: !Ref Reader}, Action: 'kms:*', Resource: '*'}]}
";

const OPEN: &str = r#"{"Reader": "*"}"#;

/// The places and messages of what was found, without the resource.
fn found(directory: &Directory, more: &[&str]) -> Vec<String> {
    let fixed = ["check", "--select", "KMS002", "--output-format", "json"];
    let run = directory.run(&[&fixed[..], more].concat());
    let shown = |one: &serde_json::Value| {
        format!("{}: {}", one["path"].as_str().unwrap(), one["message"].as_str().unwrap())
    };
    let shown: Vec<String> = run.findings().iter().map(shown).collect();
    shown
        .into_iter()
        .map(|text| text.replace("any AWS account can do anything with this key", "open"))
        .collect()
}

#[test]
fn each_environment_gives_the_parameters_of_templates() {
    let toml = "[[environments]]\nname = \"dev\"\n
[[environments]]\nname = \"test\"\nparameters = { Reader = \"*\" }\n
[[environments]]\nname = \"prod\"\nparameter-files = [\"parameters/prod.json\"]\n";
    let directory =
        Directory::new(&[("keylint.toml", toml), ("template.yaml", KEY), ("parameters/prod.json", OPEN)]);
    assert_eq!(
        found(&directory, &["."]),
        ["keylint.toml: open, in test only", "parameters/prod.json: open, in prod only"]
    );
    assert_eq!(found(&directory, &["--env", "prod", "."]), ["parameters/prod.json: open"]);
    assert_eq!(found(&directory, &["--env", "dev", "."]), [""; 0]);
    assert_eq!(found(&directory, &["--isolated", "."]), [""; 0]);
    assert_eq!(found(&directory, &["--env", "prod", "template.yaml"]), ["parameters/prod.json: open"]);
    // What the command line gives goes before every environment.
    directory.write("other.json", r#"["Reader=arn:aws:iam::123456789012:root"]"#);
    assert_eq!(found(&directory, &["--parameters", "other.json", "."]), [""; 0]);
    let run = directory.run(&["check", "--env", "tst", "."]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("did you mean `test`?"), "{run:?}");
}

#[test]
fn a_template_without_the_files_of_an_environment_is_not_deployed_to_it() {
    let toml = "[[environments]]\nname = \"dev\"\nparameter-files = [\"{template}-dev.json\"]\n
[[environments]]\nname = \"prod\"\nparameter-files = [\"{template}-prod.json\"]\n
[[environments]]\nname = \"lost\"\nparameter-files = [\"lost.json\"]\n";
    let directory = Directory::new(&[
        ("keylint.toml", toml),
        ("a/one.yaml", KEY),
        ("a/one-dev.json", r#"{"Reader": "arn:aws:iam::123456789012:root"}"#),
        ("a/one-prod.json", OPEN),
        ("two.yaml", KEY),
        ("two-prod.json", r#"{"Reader": "*", "Raeder": "x"}"#),
        ("three.yaml", KEY),
    ]);
    // What holds in the only environment holds in all.
    assert_eq!(found(&directory, &["."]), ["a/one-prod.json: open, in prod only", "two-prod.json: open"]);
    let run = directory.run(&["check", "."]);
    let hint = "environment lost: no template that is checked has all its parameter-files";
    assert!(run.err.contains(hint), "{run:?}");
    assert!(run.err.contains("two-prod.json:1:17: no template has a parameter `Raeder`"), "{run:?}");
}

#[test]
fn environments_of_terraform_are_none_of_templates_and_the_other_way_round() {
    let toml = "[[environments]]\nname = \"a\"\nparameters = { Reader = \"*\" }\n
[[environments]]\nname = \"b\"\nvars = { open = true }\n";
    let main = "variable \"open\" {\n  default = false\n}\n
resource \"aws_kms_key\" \"this\" {
  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\",
    Principal = { AWS = var.open ? \"*\" : \"arn:aws:iam::123456789012:root\" } }] })\n}\n";
    let directory = Directory::new(&[("keylint.toml", toml), ("template.yaml", KEY), ("main.tf", main)]);
    assert_eq!(found(&directory, &["."]), ["keylint.toml: open", "main.tf: open"]);
    assert_eq!(found(&directory, &["--env", "a", "."]), ["keylint.toml: open"]);
    assert_eq!(found(&directory, &["--env", "b", "."]), ["main.tf: open"]);
}

#[test]
fn parameter_files_outside_of_the_project_are_refused_and_broken_ones_are_told() {
    let toml = "[[environments]]\nname = \"a\"\nparameter-files = [\"../../../../../../etc/hostname\"]\n";
    let directory = Directory::new(&[("keylint.toml", toml), ("sub/template.yaml", KEY)]);
    let run = directory.run(&["check", "."]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("keylint.toml:3:20") && run.err.contains("out of the project"), "{run:?}");
    // What one YAML file gives can be silenced there.
    directory.write("keylint.toml", toml.replace("../../../../../../etc/hostname", "a.yaml"));
    directory.write("a.yaml", "Reader: '*'\n");
    assert_eq!(found(&directory, &["."]), ["a.yaml: open"]);
    directory.write("a.yaml", "Reader: '*' # keylint: ignore[KMS002] for a test\n");
    assert_eq!(found(&directory, &["."]), [""; 0]);
    directory.write("keylint.toml", toml.replace("../../../../../../etc/hostname", "a.json"));
    directory.write("a.json", r#"[{"ParameterKey": "Reader", "#);
    let run = directory.run(&["check", "--output-format", "concise", "sub"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("a.json:1:") && run.out.contains("KL001"), "{run:?}");
    directory.write("keylint.toml", "[[environments]]\nname = \"a\"\nparameters = { Reader = { a = 1 } }\n");
    let run = directory.run(&["check", "."]);
    assert!(
        run.err.contains("keylint.toml:3:25: the value of the parameter `Reader` is no string"),
        "{run:?}"
    );
}

#[test]
fn what_environments_give_to_masked_parameters_is_not_shown() {
    let word = "vK8-secret-word";
    let toml = format!(
        "[[environments]]\nname = \"a\"\nparameters = {{ Reader = \"*\", Password = \"{word}\" }}\n
[[environments]]\nname = \"b\"\nparameter-files = [\"b.json\"]\nparameters = {{ Password = \"other\" }}\n"
    );
    let file = format!("{{\"Reader\": \"*\", \"Password\": \"{word}\"}}");
    let directory =
        Directory::new(&[("keylint.toml", &toml), ("template.yaml", TEMPLATE), ("b.json", &file)]);
    for format in ["full", "concise", "json", "sarif"] {
        let run = directory.run(&["check", "--show-unknown", "--output-format", format, "."]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.out.contains("KMS002") && run.out.contains("b.json"), "{run:?}");
        assert!(!run.out.contains(word) && !run.err.contains(word), "{run:?}");
    }
    assert!(!directory.run(&["config", "show"]).out.contains(word));
}
