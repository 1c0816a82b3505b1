//! What is written for a case is reported where that case can occur: an index into a map of known values, a list of
//! keys and the like say of a value what it is, as comparisons do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

/// `rule resource: message` of each finding of some rules.
fn said(files: &[(&str, &str)], rules: &[&str]) -> Vec<String> {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
    let show = |finding: &keylint_rules::Finding| {
        let resource = finding.resource.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {resource}: {}", finding.rule, finding.message)
    };
    report.findings.iter().map(show).collect()
}

/// A key that is there where a meta-argument says so, with a policy that is public where `public` holds.
fn key(exists: &str, public: &str) -> String {
    format!(
        "variable \"env\" {{ type = string }}
locals {{
  on       = {{ dev = true, stage = true, prod = false }}
  settings = {{ dev = {{ on = true }}, stage = {{ on = true }}, prod = {{ on = false }} }}
}}
resource \"aws_kms_key\" \"k\" {{
  {exists}
  policy = jsonencode({{
    Statement = [{{
      Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\"
      Principal = {{ AWS = {public} ? \"*\" : \"arn:aws:iam::111122223333:root\" }}
    }}]
  }})
}}"
    )
}

/// Each is there where the environment is `dev` or `stage`, or nowhere else than in environments among these.
const NOT_IN_PROD: [&str; 16] = [
    "count = local.on[var.env] ? 1 : 0",
    "count = { dev = 1, stage = 1, prod = 0 }[var.env]",
    "count = lookup(local.on, var.env, false) ? 1 : 0",
    "count = lookup({ dev = 1, stage = 1 }, var.env, 0)",
    "count = lookup({ prod = false }, var.env, true) ? 1 : 0",
    "count = lookup(local.on, var.env, false) && var.env != \"x\" ? 1 : 0",
    "count = local.settings[var.env].on ? 1 : 0",
    "count = try({ dev = 1, stage = 1 }[var.env], 0)",
    "count = try({ dev = { n = 1 }, stage = { n = 1 }, prod = {} }[var.env].n, 0)",
    "count = can({ dev = 1, stage = 1 }[var.env]) ? 1 : 0",
    "count = can(lookup({ dev = 1, stage = 1 }, var.env)) ? 1 : 0",
    "count = contains(keys({ dev = 1, stage = 1 }), var.env) ? 1 : 0",
    "count = anytrue([var.env == \"dev\", var.env == \"stage\"]) ? 1 : 0",
    "count = alltrue([for env in [\"prod\", \"live\"] : var.env != env]) ? 1 : 0",
    "for_each = toset({ dev = [\"a\"], stage = [\"a\", \"b\"], prod = [] }[var.env])",
    "for_each = { for key, env in { a = \"dev\", b = \"stage\" } : key => env if env == var.env }",
];

#[test]
fn what_is_not_there_in_an_environment_is_not_reported_for_it() {
    for exists in NOT_IN_PROD {
        let text = key(exists, "var.env == \"prod\"");
        assert_eq!(said(&[("main.tf", &text)], &["KMS002"]), [""; 0], "{exists}");
        let text = key(exists, "var.env == \"dev\"");
        assert!(!said(&[("main.tf", &text)], &["KMS002"]).is_empty(), "{exists}");
    }
}

#[test]
fn a_module_is_called_in_some_environments() {
    let caller = "variable \"env\" { type = string }
locals { on = { dev = true, stage = true, prod = false } }
module \"m\" {
  source = \"./m\"
  count  = local.on[var.env] ? 1 : 0
  env    = var.env
}";
    let public = |env: &str| {
        let called = key("", &format!("var.env == \"{env}\""));
        said(&[("main.tf", caller), ("m/main.tf", &called)], &["KMS002"])
    };
    assert_eq!(public("prod"), [""; 0]);
    let found =
        "KMS002 module.m[0].aws_kms_key.k: any AWS account can do anything with this key when var.env is dev";
    assert_eq!(public("dev"), [found]);
}

#[test]
fn indices_by_one_key_go_together() {
    let text = |bad: &str| {
        format!(
            "variable \"env\" {{ type = string }}
locals {{
  on  = {{ dev = true, stage = true, prod = false }}
  bad = {bad}
}}
resource \"aws_kms_key\" \"k\" {{
  count               = local.on[var.env] ? 1 : 0
  enable_key_rotation = !lookup(local.bad, var.env, false)
}}"
        )
    };
    let found = |bad: &str| said(&[("main.tf", &text(bad))], &["KMS001"]);
    assert_eq!(found("{ prod = true }"), [""; 0]);
    let in_stage = "KMS001 aws_kms_key.k[0]: the key material is never rotated when var.env is stage";
    assert_eq!(found("{ stage = true, prod = true, live = true }"), [in_stage]);
}

#[test]
fn a_variable_has_no_value_that_fails_its_validation() {
    let text = |valid: &str, rotated: &str| {
        format!(
            "variable \"env\" {{
  type = string
  validation {{
    condition     = {valid}
    error_message = \"no such environment\"
  }}
}}
resource \"aws_kms_key\" \"k\" {{
  enable_key_rotation = {rotated}
}}"
        )
    };
    let found = |valid: &str, rotated: &str| said(&[("main.tf", &text(valid, rotated))], &["KMS001"]);
    let of_two = "contains([\"dev\", \"prod\"], var.env)";
    for valid in [
        of_two,
        "var.env == \"dev\" || var.env == \"prod\"",
        "anytrue([for env in [\"dev\", \"prod\"] : env == var.env])",
        "lookup({ dev = true, prod = true }, var.env, false)",
        "length(var.env) < 5 && contains([\"dev\", \"prod\"], var.env)",
    ] {
        for rotated in [
            "var.env == \"dev\" || var.env == \"prod\"",
            "var.env == \"dev\" ? true : var.env == \"prod\" ? true : false",
            "lookup({ dev = true, prod = true }, var.env, false)",
            "!contains([\"stage\", \"live\"], var.env)",
        ] {
            assert_eq!(found(valid, rotated), [""; 0], "{valid}, {rotated}");
        }
        assert_eq!(found(valid, "var.env == \"prod\"").len(), 1, "{valid}");
    }
    let open = "KMS001 aws_kms_key.k: the key material is never rotated when var.env is another value";
    for valid in ["var.env != \"stage\"", "length(var.env) > 0", "can(regex(\"^[a-z]+$\", var.env))"] {
        assert_eq!(found(valid, "lookup({ dev = true, prod = true }, var.env, false)"), [open], "{valid}");
    }
}

#[test]
fn the_validations_of_a_module_hold_where_it_is_called() {
    let found = |call: &str, rotated: &str| {
        let caller = format!(
            "variable \"env\" {{ type = string }}
variable \"on\" {{ type = bool }}
module \"m\" {{
  source = \"./m\"
  env    = var.env
  {call}
}}
resource \"aws_kms_key\" \"outside\" {{
  enable_key_rotation = {rotated}
}}"
        );
        let called = format!(
            "variable \"env\" {{
  type = string
  validation {{
    condition     = contains([\"dev\", \"prod\"], var.env)
    error_message = \"no such environment\"
  }}
}}
resource \"aws_kms_key\" \"inside\" {{
  enable_key_rotation = {rotated}
}}"
        );
        let found = said(&[("main.tf", &caller), ("m/main.tf", &called)], &["KMS001"]);
        found.iter().map(|it| it.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let rotated = "lookup({ dev = true, prod = true }, var.env, false)";
    assert_eq!(found("", rotated), ["KMS001 aws_kms_key.outside"]);
    let rotated = "var.env == \"dev\" || var.env == \"prod\"";
    assert_eq!(found("", rotated), ["KMS001 aws_kms_key.outside"]);
}

#[test]
fn a_list_that_is_validated_to_have_elements_has_some() {
    let text = |valid: &str| {
        format!(
            "variable \"all\" {{
  type = list(string)
  validation {{
    condition     = {valid}
    error_message = \"none\"
  }}
}}
resource \"aws_kms_key\" \"k\" {{
  policy = jsonencode({{
    Statement = [for one in var.all : {{
      Sid = one, Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\", Principal = \"*\"
    }}]
  }})
}}"
        )
    };
    let found = |valid: &str| said(&[("main.tf", &text(valid))], &["KMS002"]);
    let always = "KMS002 aws_kms_key.k: any AWS account can do anything with this key";
    for valid in
        ["length(var.all) > 0", "length(var.all) >= 2", "length(var.all) != 0 && length(var.all) > 1"]
    {
        assert_eq!(found(valid), [always], "{valid}");
    }
    assert_eq!(found("length(var.all) < 9"), [format!("{always} when length(var.all) > 0 is true")]);
}

#[test]
fn a_condition_in_a_loop_is_called_by_what_its_variables_stand_for() {
    let text = "variable \"env\" {}
resource \"aws_kms_key\" \"k\" {
  for_each            = { for name, one in { a = { env = \"dev\" } } : name => one if one.env == var.env }
  enable_key_rotation = false
}
resource \"aws_kms_key\" \"l\" {
  for_each            = { for name, one in { a = [\"dev\", \"stage\"] } : name => one if contains(one, var.env) }
  enable_key_rotation = false
}
resource \"aws_kms_key\" \"m\" {
  for_each            = toset([\"dev\"])
  enable_key_rotation = var.env == each.key ? false : true
}";
    let found = said(&[("main.tf", text)], &["KMS001"]);
    let when = ["\"dev\" == var.env", "contains([\"dev\", \"stage\"], var.env)", "var.env == \"dev\""];
    assert_eq!(found.len(), when.len(), "{found:?}");
    for (found, when) in found.iter().zip(when) {
        assert!(found.ends_with(&format!(" when {when} is true")), "{found}");
    }
}

#[test]
fn instances_that_are_not_known_are_there_where_the_collection_is() {
    let text = "variable \"create\" { type = bool }
variable \"all\" { type = map(string) }
resource \"aws_kms_key\" \"k\" {
  for_each            = var.create ? var.all : {}
  enable_key_rotation = var.create ? true : false
}
resource \"aws_kms_key\" \"c\" {
  count               = var.create ? length(var.all) : 0
  enable_key_rotation = var.create ? true : false
}
resource \"aws_kms_key\" \"some\" {
  for_each            = var.create ? var.all : { a = \"b\" }
  enable_key_rotation = false
}
resource \"aws_kms_key\" \"never\" {
  for_each            = var.create ? var.all : null
  enable_key_rotation = var.create ? true : false
}
resource \"aws_secretsmanager_secret\" \"k\" {
  kms_key_id = try(aws_kms_key.k[\"a\"].arn, null)
}
resource \"aws_secretsmanager_secret\" \"some\" {
  kms_key_id = try(aws_kms_key.some[\"a\"].arn, null)
}
resource \"aws_secretsmanager_secret\" \"created\" {
  count      = var.create ? 1 : 0
  kms_key_id = try(aws_kms_key.k[\"a\"].arn, null)
}";
    assert_eq!(
        said(&[("main.tf", text)], &["KMS001", "SM001", "KL003", "KL005"]),
        [
            "KMS001 aws_kms_key.some[\"a\"]: the key material is never rotated",
            "SM001 aws_secretsmanager_secret.k: the secret is encrypted with the AWS-managed key \
             aws/secretsmanager when var.create is false",
        ]
    );
}

#[test]
fn a_case_in_which_nobody_asks_for_the_index_is_said() {
    let found = |rotated: &str| {
        let text = format!(
            "variable \"env\" {{ type = string }}
locals {{ on = {{ dev = true, prod = false }} }}
resource \"aws_kms_key\" \"k\" {{ enable_key_rotation = {rotated} }}"
        );
        said(&[("main.tf", &text)], &["KMS001"])
    };
    let when =
        |when: &str| vec![format!("KMS001 aws_kms_key.k: the key material is never rotated when {when}")];
    assert_eq!(
        found("var.env == \"other\" ? false : local.on[var.env]"),
        when("var.env == \"other\" is true, or when var.env is prod")
    );
    assert_eq!(found("var.env == \"other\" ? true : local.on[var.env]"), when("var.env is prod"));
}

#[test]
fn a_condition_in_an_instance_is_called_by_its_key() {
    let caller = "variable \"all\" { type = map(string) }
module \"m\" {
  source   = \"./m\"
  for_each = var.all
  env      = each.value
}
resource \"aws_kms_key\" \"k\" {
  count               = module.m[\"a\"].is_prod ? 1 : 0
  enable_key_rotation = module.m[\"b\"].is_prod
}";
    let called = "variable \"env\" {}
output \"is_prod\" { value = var.env == \"prod\" }";
    let found = said(&[("main.tf", caller), ("m/main.tf", called)], &["KMS001"]);
    let when = "var.env == \"prod\" in [\"a\"] is true and var.env == \"prod\" in [\"b\"] is false";
    assert_eq!(found, [format!("KMS001 aws_kms_key.k[0]: the key material is never rotated when {when}")]);
}

#[test]
fn a_key_is_compared_as_what_it_converts_to() {
    let found = |ty: &str, exists: &str, rotated: &str| {
        let text = format!(
            "variable \"x\" {{ type = {ty} }}
resource \"aws_kms_key\" \"k\" {{
  count               = {exists}
  enable_key_rotation = {rotated}
}}"
        );
        let found = said(&[("main.tf", &text)], &["KMS001"]);
        found.iter().map(|it| it.split("rotated ").nth(1).unwrap_or("always").to_owned()).collect::<Vec<_>>()
    };
    for (ty, rotated, when) in [
        ("number", "lookup({ \"1\" = false }, var.x, true)", "when var.x is 1"),
        ("number", "{ \"1\" = false, \"2\" = true }[var.x]", "when var.x is 1"),
        ("bool", "lookup({ true = false }, var.x, true)", "when var.x is true"),
        ("bool", "{ true = false, false = true }[var.x]", "when var.x is true"),
        ("string", "[true, false][var.x]", "when var.x is 1"),
    ] {
        assert_eq!(found(ty, "1", rotated), [when], "{rotated}");
    }
    assert_eq!(found("number", "var.x == 1 ? 1 : 0", "lookup({ \"1\" = false }, var.x, true)").len(), 1);
    assert_eq!(found("number", "var.x == 2 ? 1 : 0", "lookup({ \"1\" = false }, var.x, true)").len(), 0);
    assert_eq!(found("number", "var.x != 1 ? 1 : 0", "lookup({ \"1\" = false }, var.x, true)").len(), 0);
    assert_eq!(found("bool", "var.x == false ? 1 : 0", "lookup({ true = false }, var.x, true)").len(), 0);
    assert_eq!(found("string", "var.x == \"01\" ? 1 : 0", "[true, false][var.x]").len(), 1);
}

#[test]
fn a_condition_in_a_loop_is_not_called_by_what_may_be_a_secret() {
    let text = "variable \"given\" {}
locals {
  clients = { a = { env = \"prod\", token = \"hunter2-Secret-9\" } }
  api_tokens = [
    \"hunter3-Secret-9\",
  ]
}
resource \"aws_kms_key\" \"k\" {
  for_each            = local.clients
  enable_key_rotation = var.given != each.value.token
}
resource \"aws_kms_key\" \"l\" {
  enable_key_rotation = anytrue([for one in local.api_tokens : one == var.given])
}
resource \"aws_kms_key\" \"m\" {
  for_each            = { for key, one in local.clients : key => one.token }
  enable_key_rotation = var.given != each.value
}";
    let found = said(&[("main.tf", text)], &["KMS001"]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|message| !message.contains("hunter")), "{found:?}");
}
