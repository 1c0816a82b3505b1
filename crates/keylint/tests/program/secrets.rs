//! No planted secret comes out, whatever the format and wherever it stands.

use crate::support::Directory;

/// Each is planted once.
const SECRETS: [&str; 7] = [
    "correct-horse-battery-1",
    "AKIAZ7QWERTYUIOPASDF",
    "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "wJb7Xq2LmN9vRt4Kc8Yp1Zs6Hd3Gf5Aw0EoUiTxB",
    "hunter2-in-an-address",
    "MIIEowIBAAKCAQEAplanted",
    "90817263544",
];

#[test]
fn planted_secrets_never_come_out() {
    let [password, access_key, github, secret_key, in_address, private_key, _] = SECRETS;
    let template = format!(
        r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Plain:
    Type: String
    Default: {github}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      MasterUsername: app
      MasterUserPassword: {password}
      MasterUsername: app2
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables:
          ID: {access_key}
          KEY: {secret_key}
          ID: {access_key}
          URL: postgres://app:{in_address}@db/app
      Code:
        ZipFile: |
          -----BEGIN RSA PRIVATE KEY-----
          {private_key}
          -----END RSA PRIVATE KEY-----
      Code: x
"#
    );
    never_come_out(&Directory::new(&[("t.yaml", &template)]));
}

#[test]
fn planted_secrets_never_come_out_of_terraform() {
    let [password, access_key, github, secret_key, in_address, private_key, _] = SECRETS;
    let main = format!(
        r#"variable "db_password" {{
  type    = string
  default = "{password}"
}}

module "database" {{
  source   = "./database"
  password = var.db_password
}}

resource "aws_lambda_function" "worker" {{
  function_name = "worker"
  role          = "{github}"
  environment {{
    variables = {{ ID = "{access_key}", KEY = "{secret_key}", URL = "postgres://app:{in_address}@db/app" }}
  }}
}}

resource "aws_secretsmanager_secret" "key" {{
  description = "ends {access_key}"
}}

resource "aws_secretsmanager_secret_version" "key" {{
  secret_id     = aws_secretsmanager_secret.key.id
  secret_string = <<-EOT
    -----BEGIN RSA PRIVATE KEY-----
    {private_key}
    -----END RSA PRIVATE KEY-----
  EOT
}}

resource "aws_iam_role_policy" "x" {{
  role   = "x"
  policy = "{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\", \"Sid\": \"{github}\"}}]}}"
}}
"#
    );
    let module =
        "variable \"password\" {}\nresource \"aws_db_instance\" \"this\" {\n  password = var.password\n}\n";
    never_come_out(&Directory::new(&[("main.tf", &main), ("database/main.tf", module)]));
}

/// A number in the place of a secret is one, be it a string in the end or a part of an object.
#[test]
fn planted_numbers_never_come_out() {
    let number = SECRETS[6];
    let main = format!(
        r#"variable "pin" {{
  default = {number}
}}

resource "aws_db_instance" "pin" {{
  password = var.pin
}}

resource "aws_docdb_cluster" "pin" {{
  master_password = "${{var.pin}}"
}}

resource "aws_secretsmanager_secret_version" "pin" {{
  secret_id     = "pin"
  secret_string = jsonencode({{ password = {number}, port = 5432 }})
}}

resource "aws_lambda_function" "pin" {{
  environment {{
    variables = {{ PIN_PASSWORD = {number} }}
  }}
}}
"#
    );
    never_come_out(&Directory::new(&[("main.tf", &main)]));
    let template = format!(
        r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Pin:
    Type: String
    Default: {number}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {{MasterUserPassword: {number}, MasterUsername: app, TdeCredentialPassword: !Ref Pin}}
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {{SecretString: '{{"password": {number}}}', Name: app}}
"#
    );
    never_come_out(&Directory::new(&[("t.yaml", &template)]));
}

#[test]
fn planted_secrets_never_come_out_of_a_plan() {
    let [password, access_key, github, ..] = SECRETS;
    let database = |value: &str| {
        format!(
            r#""address": "aws_db_instance.this", "mode": "managed", "type": "aws_db_instance", "name": "this",
               {value}: {{"storage_encrypted": false, "password": "{password}", "tags": {{"id": "{access_key}"}}}}"#
        )
    };
    let plan = format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.9.0",
          "variables": {{"database_password": {{"value": "{password}"}}, "t": {{"value": "{github}"}}}},
          "planned_values": {{"root_module": {{"resources": [{{{}, "sensitive_values": {{"password": true}}}}]}}}},
          "resource_changes": [{{{}, "change": {{"actions": ["create"], "after": {{"password": "{password}"}}}}}}]}}"#,
        database("\"values\""),
        database("\"before\""),
    );
    // As Terraform writes it: on one line.
    let line = plan.replace('\n', " ");
    for text in [plan, line] {
        let directory = Directory::new(&[("plan.json", &text)]);
        assert_eq!(directory.run(&["files"]).out, "terraform-plan  plan.json\n");
        never_come_out(&directory);
    }
}

#[test]
fn planted_secrets_never_come_out_of_a_plan_beside_its_sources_nor_of_a_state() {
    let [password, access_key, github, secret_key, in_address, ..] = SECRETS;
    let main = r#"
variable "password" {
  sensitive = true
}

variable "principal" {}

resource "aws_db_instance" "this" {
  password          = var.password
  storage_encrypted = false
}

resource "aws_secretsmanager_secret_policy" "this" {
  secret_arn = "x"
  policy     = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = var.principal }] })
}
"#;
    let values = format!(
        r#"{{"password": "{password}", "storage_encrypted": false, "tags": {{"id": "{access_key}"}},
            "nested": [{{"deep": {{"key": "{secret_key}"}}}}]}}"#
    );
    let marks = r#"{"password": true, "nested": [{"deep": {"key": true}}]}"#;
    let plan = format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.9.0",
          "variables": {{"password": {{"value": "{password}"}}, "principal": {{"value": "{github}"}},
                         "other": {{"value": {{"address": "{in_address}"}}}}}},
          "planned_values": {{
            "outputs": {{"o": {{"sensitive": true, "value": "{in_address}"}}}},
            "root_module": {{"resources": [
              {{"address": "aws_db_instance.this", "mode": "managed", "type": "aws_db_instance",
                "values": {values}, "sensitive_values": {marks}}},
              {{"address": "aws_db_instance.other", "mode": "managed", "type": "aws_db_instance",
                "values": {values}, "sensitive_values": {marks}}}]}}}},
          "resource_changes": [{{"address": "aws_db_instance.this",
            "change": {{"actions": ["update"], "before": {{"password": "{in_address}"}}, "before_sensitive": {marks},
                        "after": {values}, "after_sensitive": {marks}, "after_unknown": {{}}}}}}],
          "output_changes": {{"o": {{"before": "{secret_key}", "before_sensitive": true, "after": "{in_address}", "after_sensitive": true}}}}
        }}"#
    );
    for text in [plan.replace('\n', " "), plan] {
        let directory = Directory::new(&[("main.tf", main), ("plan.json", &text)]);
        never_come_out_of(&directory, &["--plan", "plan.json", "."]);
        never_come_out_of(&directory, &["plan.json"]);
    }
    let path = |name: &str| format!(r#"[{{"type": "get_attr", "value": "{name}"}}]"#);
    let state = format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l",
          "outputs": {{"o": {{"value": "{in_address}", "type": "string", "sensitive": true}}}},
          "resources": [{{"mode": "managed", "type": "aws_db_instance", "name": "this", "instances": [
            {{"attributes": {values}, "sensitive_attributes": [{}, {}]}}]}}]}}"#,
        path("password"),
        path("nested")
    );
    for text in [state.replace('\n', " "), state] {
        let directory = Directory::new(&[("terraform.tfstate", &text)]);
        never_come_out_of(&directory, &["terraform.tfstate"]);
    }
}

fn never_come_out(directory: &Directory) {
    never_come_out_of(directory, &[]);
}

fn never_come_out_of(directory: &Directory, arguments: &[&str]) {
    for format in ["full", "concise", "json", "sarif", "github"] {
        let run =
            directory.run(&[&["check", "--show-unknown", "--output-format", format], arguments].concat());
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.out.contains("ENC001"), "{run:?}");
        for secret in SECRETS {
            assert!(!run.out.contains(secret), "{format}: {secret}:\n{}", run.out);
            assert!(!run.err.contains(secret), "{format}: {secret}:\n{}", run.err);
        }
    }
}
