//! The JSON syntax beside the native one.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json>. What strings are where
//! (templates, references, text) was tried with Terraform 1.11.4.

use super::*;

/// The values of `aws_x.it`, in the order of their names.
fn values(files: &[(&str, &str)]) -> Vec<String> {
    let fixture = load(files, &["."]);
    for file in fixture.project.files() {
        assert!(file.errors.is_empty(), "{}: {:?}", file.source.display(), file.errors);
    }
    assert_eq!(fixture.problems(), [""; 0]);
    let attributes = &fixture.resource("aws_x.it").attributes.entries;
    let mut values: Vec<_> =
        attributes.iter().map(|(name, entry)| format!("{name} = {}", show(&entry.value))).collect();
    values.sort();
    values
}

#[track_caller]
fn is(json: &str, expected: &[&str]) {
    assert_eq!(values(&[("main.tf.json", json)]), expected);
}

#[test]
fn a_project_is_the_same_in_both_syntaxes() {
    let native = r#"
variable "names" {
  type    = list(string)
  default = ["a", "b"]
}
variable "config" {
  type = object({ key = string, size = optional(number, 3) })
  default = { key = "k" }
}
locals {
  joined = join("-", var.names)
  doubled = { for name in var.names : name => "${name}${name}" }
}
module "inner" {
  source = "./inner"
  name   = local.joined
}
data "aws_iam_policy_document" "it" {
  statement {
    actions = ["s3:*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "k"
      values   = ["v"]
    }
    condition {
      test     = "StringEquals"
      variable = "l"
      values   = ["w"]
    }
  }
}
resource "aws_x" "other" {
  for_each = toset(var.names)
  name     = each.key
}
resource "aws_x" "it" {
  depends_on = [aws_x.other]
  policy     = data.aws_iam_policy_document.it.json
  name       = module.inner.name
  number     = 5 + var.config.size
  nothing    = null
  flag       = true
  map        = local.doubled
  literal    = "$${kept} %%{kept}"
  other      = aws_x.other["a"].name
  dynamic "rule" {
    for_each = var.names
    iterator = each_name
    content {
      name = each_name.value
    }
  }
  lifecycle {
    ignore_changes = [name]
  }
}
"#;
    let json = r#"{
"//": "a comment",
"variable": {
  "names": {"type": "list(string)", "default": ["a", "b"]},
  "config": [{"type": "object({ key = string, size = optional(number, 3) })", "default": {"key": "k"}}]
},
"locals": [
  {"joined": "${join(\"-\", var.names)}"},
  {"doubled": "${{ for name in var.names : name => \"${name}${name}\" }}"}
],
"module": {"inner": {"source": "./inner", "name": "${local.joined}", "//": "a comment"}},
"data": {"aws_iam_policy_document": {"it": {"statement": {
  "actions": ["s3:*"],
  "principals": {"type": "AWS", "identifiers": ["*"]},
  "condition": [
    {"test": "StringEquals", "variable": "k", "values": ["v"]},
    {"test": "StringEquals", "variable": "l", "values": ["w"]}
  ]
}}}},
"resource": [
  {"aws_x": {"other": {"for_each": "${toset(var.names)}", "name": "${each.key}"}}},
  {"aws_x": [{"it": [{
    "depends_on": ["aws_x.other"],
    "policy": "${data.aws_iam_policy_document.it.json}",
    "name": "${module.inner.name}",
    "number": "${5 + var.config.size}",
    "nothing": null,
    "flag": true,
    "map": "${local.doubled}",
    "literal": "$${kept} %%{kept}",
    "other": "${aws_x.other[\"a\"].name}",
    "dynamic": {"rule": {
      "for_each": "${var.names}", "iterator": "each_name", "content": {"name": "${each_name.value}"}
    }},
    "lifecycle": {"ignore_changes": ["name"], "precondition": [{"condition": "${var.names != []}", "error_message": "x"}]},
    "provisioner": [{"local-exec": {"command": "true"}}]
  }]}]}
]}"#;
    let inner = (
        "inner/main.tf.json",
        r#"{"variable": {"name": {}}, "output": {"name": {"value": "${var.name}!", "description": "${no}"}}}"#,
    );
    let native = values(&[("main.tf", native), inner]);
    assert_eq!(values(&[("main.tf.json", json), inner]), native);
    assert_eq!(values(&[("main.tofu.json", json), ("main.tf.json", "{\"locals\": null}"), inner]), native);
    assert!(native.contains(&"name = \"a-b!\"".to_owned()), "{native:?}");
    assert!(native.contains(&"rule = [{name: \"a\"}, {name: \"b\"}]".to_owned()), "{native:?}");
}

#[test]
fn what_is_read_before_evaluation_is_text() {
    let json = r#"{"variable": {"a": {"default": "x${1+1}$${z}"}, "b": {"type": "any"}},
                   "resource": {"aws_x": {"it": {"a": "${var.a}", "b": "${var.b}"}}}}"#;
    let given = r#"{"//": "a comment", "b": {"k": "${1+1} $${x}", "//": "kept"}}"#;
    assert_eq!(
        values(&[("main.tf.json", json), ("terraform.tfvars.json", given)]),
        [r#"a = "x${1+1}$${z}""#, r#"b = {k: "${1+1} $${x}", //: "kept"}"#]
    );
}

#[test]
fn a_comment_is_a_key_of_an_object_that_is_no_block() {
    is(
        r#"{"locals": {"l": {"//": "kept", "k${1+1}": 1}},
            "resource": {"aws_x": {"it": {"//": {"metadata": {}}, "l": "${local.l}", "block": {"//": "gone", "a": 1}}}}}"#,
        &["block = {a: 1}", "l = {//: \"kept\", k2: 1}"],
    );
}

#[test]
fn dynamic_blocks_stand_at_any_depth_and_beside_others() {
    is(
        r#"{"resource": {"aws_x": {"it": {
              "rule": {"name": "static", "dynamic": {"filter": {"for_each": [1, 2], "content": {"n": "${filter.value}"}}}},
              "grant": [{"who": "first"}],
              "dynamic": [{"grant": [{"for_each": ["second"], "content": [{"who": "${grant.value}"}]}]}]
           }}}}"#,
        &[
            r#"grant = [{who: "first"}, {who: "second"}]"#,
            r#"rule = [{name: "static", filter: [{n: 1}, {n: 2}]}]"#,
        ],
    );
}

#[test]
fn block_types_may_be_there_twice_and_arguments_may_not() {
    is(
        r#"{"resource": {"aws_x": {"it": {"rule": {"n": 1}, "rule": {"n": 2}, "a": "${local.a}"}}, "aws_x": {"other": {}}},
            "locals": {"a": 1}, "locals": {"b": 2}}"#,
        &["a = 1", "rule = [{n: 1}, {n: 2}]"],
    );
    let fixture = load(&[("main.tf.json", r#"{"locals": {"a": 1, "a": 2}}"#)], &["."]);
    let errors: Vec<_> = fixture.project.files().flat_map(|file| &file.errors).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
}

/// A nested object is read as the block that it may be.
#[test]
fn an_object_is_referred_to_like_a_block() {
    is(
        r#"{"resource": {"aws_x": {"other": {"rule": {"name": "n"}, "list": [{"name": "m"}]},
            "it": {"a": "${aws_x.other.rule[0].name}", "b": "${aws_x.other.list[0].name}", "c": "${aws_x.other.rule.0.name}",
                   "d": "${aws_x.other.rule.name}"}}}}"#,
        &["a = \"n\"", "b = \"m\"", "c = \"n\"", "d = \"n\""],
    );
}

#[test]
fn places_are_those_inside_the_json() {
    let fixture = load(
        &[(
            "main.tf.json",
            "{\"resource\": {\"aws_x\": {\"it\": {\"a\": \"tab\\t${jsonencode({ k = \\\"v\\u0041\\\" })}\", \"b\": [\"c\\\\d\"]}}}}",
        )],
        &["."],
    );
    let block = fixture.resource("aws_x.it");
    assert_eq!(fixture.slice(block.header), "it");
    assert_eq!(fixture.written(&fixture.value("aws_x.it", &["b", "0"])), "c\\\\d");
    let value = fixture.value("aws_x.it", &["a"]);
    let Data::String(text) = &value.data else { panic!("{}", show(&value)) };
    assert_eq!(text.as_str(), "tab\t{\"k\":\"vA\"}");
    let at = text.find("vA").unwrap();
    assert_eq!(fixture.slice(text.span_of(at..at + 2).unwrap()), "v\\u0041");
}

#[test]
fn what_is_no_object_is_reported_and_the_rest_is_read() {
    let fixture = load(
        &[(
            "main.tf.json",
            r#"{"resource": {"aws_x": {"bad": 5, "it": {"a": 1, "lifecycle": null}}}, "locals": [7]}"#,
        )],
        &["."],
    );
    assert_eq!(fixture.addresses(), ["aws_x.it"]);
    let errors = fixture.project.files().flat_map(|file| &file.errors);
    let errors: Vec<_> = errors.map(|error| error.message.clone()).collect();
    assert_eq!(errors, ["an object is expected for `resource`", "an object is expected for `locals`"]);
}

#[test]
fn what_is_no_block_of_terraform_is_told() {
    let problems = |text: &str| load(&[("main.tf.json", text)], &["."]).problems();
    assert_eq!(
        problems(r#"{"//": "note", "resorce": {"aws_x": {"it": {}}}, "locals": {"a": 1}}"#),
        ["KL003 there is no block `resorce`"]
    );
    assert_eq!(
        problems(
            r#"{"check": {"c": {"data": {"aws_x": {"it": {}}}, "assert": {"condition": "${data.aws_x.it.id == 1 + \"a\"}", "error_message": "x"}}}}"#
        ),
        ["KL003 `+` takes numbers, not a number and a string"]
    );
    assert_eq!(problems(r#"{"check": {"c": {}}}"#), ["KL003 a `check` block needs an `assert` block"]);
}

#[test]
fn providers_that_callers_configure_are_read_in_json() {
    let text = |alias: &str| {
        format!(
            r#"{{"terraform": {{"required_providers": {{"aws": {{"source": "hashicorp/aws", "configuration_aliases": ["aws.x"]}}}}}},
                "resource": {{"aws_x": {{"it": {{"provider": "{alias}"}}}}}}}}"#
        )
    };
    let problems = |alias: &str| load(&[("main.tf.json", &text(alias))], &["."]).problems();
    assert_eq!(problems("aws.x"), [""; 0]);
    assert_eq!(problems("aws.y"), ["KL003 the provider `aws.y` is not configured in this module"]);
}

/// "any nested blocks in the override replace those of the base", whichever of the two is JSON:
/// <https://developer.hashicorp.com/terraform/language/files/override>.
#[test]
fn blocks_of_an_override_replace_those_of_the_base_in_both_syntaxes() {
    let native = |action: &str| {
        format!(
            "data \"aws_iam_policy_document\" \"d\" {{\n statement {{\n actions = [\"{action}\"]\n resources = [\"*\"]\n }}\n}}"
        )
    };
    let dynamic = "data \"aws_iam_policy_document\" \"d\" {\n dynamic \"statement\" {\n for_each = [1]\n content {\n actions = [\"a:Base\"]\n }\n }\n}";
    let json = |statement: &str| {
        format!(r#"{{"data": {{"aws_iam_policy_document": {{"d": {{"statement": {statement}}}}}}}}}"#)
    };
    let one = |action: &str| json(&format!(r#"{{"actions": ["{action}"], "resources": ["*"]}}"#));
    let list = |action: &str| json(&format!(r#"[{{"actions": ["{action}"], "resources": ["*"]}}]"#));
    let actions = |base: (&str, &str), over: (&str, &str)| {
        let fixture = load(&[base, over], &["."]);
        assert_eq!(fixture.problems(), [""; 0]);
        show(&fixture.value("data.aws_iam_policy_document.d", &["json", "Statement", "0", "Action"]))
    };
    let over = "\"a:Over\"";
    assert_eq!(actions(("main.tf", &native("a:Base")), ("override.tf.json", &one("a:Over"))), over);
    assert_eq!(actions(("main.tf", &native("a:Base")), ("x_override.tf.json", &list("a:Over"))), over);
    assert_eq!(actions(("main.tf", dynamic), ("override.tf.json", &list("a:Over"))), over);
    assert_eq!(actions(("main.tf.json", &list("a:Base")), ("override.tf", &native("a:Over"))), over);
    // No block replaces none.
    for none in ["[]", "null"] {
        let base = actions(("main.tf", &native("a:Base")), ("override.tf.json", &json(none)));
        assert_eq!(base, "\"a:Base\"", "{none}");
    }
}
