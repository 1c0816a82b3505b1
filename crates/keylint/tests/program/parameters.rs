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
