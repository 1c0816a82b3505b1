use super::*;

#[test]
fn count_and_for_each_make_instances_with_keys() {
    let fixture = root(
        r#"
resource "aws_a" "none" {
  count = 0
}
resource "aws_a" "two" {
  count = 2
  name  = "n${count.index}"
}
resource "aws_a" "map" {
  for_each = { x = "1", "y.z" = "2" }
  name     = "${each.key}=${each.value}"
}
resource "aws_a" "set" {
  for_each = toset(["b", "a", "b"])
  name     = each.value
}
resource "aws_b" "reader" {
  index = aws_a.two[1].name
  key   = aws_a.map["x"].name
  arn   = aws_a.two[0].arn
  all   = aws_a.two[*].name
  many  = values(aws_a.map)[*].name
  gone  = try(aws_a.none[0].arn, "nothing")
}
"#,
    );
    assert_eq!(
        fixture.addresses(),
        [
            "aws_a.two[0]",
            "aws_a.two[1]",
            "aws_a.map[\"x\"]",
            "aws_a.map[\"y.z\"]",
            "aws_a.set[\"a\"]",
            "aws_a.set[\"b\"]",
            "aws_b.reader"
        ]
    );
    let read = |name: &str| show(&fixture.value("aws_b.reader", &[name]));
    assert_eq!(read("index"), "\"n1\"");
    assert_eq!(read("key"), "\"x=1\"");
    assert_eq!(read("arn"), "?aws_a.two[0].arn");
    assert_eq!(read("all"), "[\"n0\", \"n1\"]");
    assert_eq!(read("many"), "[\"x=1\", \"y.z=2\"]");
    assert_eq!(read("gone"), "\"nothing\"");
}

#[test]
fn unknown_instances_are_one_symbolic_instance() {
    let fixture = root(
        r#"
variable "names" {}
resource "aws_a" "it" {
  for_each = var.names
  name     = each.value.name
  fixed    = "f"
}
resource "aws_b" "reader" {
  for_each = var.names
  same     = aws_a.it[each.key].fixed
  arn      = aws_a.it["some"].arn
}
"#,
    );
    let symbolic = fixture.resource("aws_a.it[*]");
    assert!(symbolic.symbolic && symbolic.guard.is_always());
    assert_eq!(show(&fixture.value("aws_a.it[*]", &["name"])), "?var.names[*].name");
    assert_eq!(show(&fixture.value("aws_b.reader[*]", &["same"])), "\"f\"");
    let arn = fixture.value("aws_b.reader[*]", &["arn"]);
    let reference = arn.as_unknown().unwrap().reference.clone().unwrap();
    assert_eq!((reference.address.as_str(), &*reference.attribute), ("aws_a.it[*]", "arn"));
}

#[test]
fn an_instance_that_depends_has_a_guard_and_its_readers_agree() {
    let fixture = root(
        r#"
variable "create" { type = bool }
variable "extra" { type = bool }
resource "aws_kms_key" "this" {
  count = var.create ? 1 : 0
}
resource "aws_s3_bucket" "same" {
  count = var.create ? 1 : 0
  key   = aws_kms_key.this[0].arn
}
resource "aws_s3_bucket" "always" {
  key = var.create ? aws_kms_key.this[0].arn : null
  one = one(aws_kms_key.this[*].arn)
}
resource "aws_s3_bucket" "both" {
  count = var.create && var.extra ? 1 : 0
}
resource "aws_s3_bucket" "either" {
  count = var.create || var.extra ? 1 : 0
}
"#,
    );
    let guard = |address: &str| fixture.resource(address).guard.describe();
    assert_eq!(guard("aws_kms_key.this[0]"), "var.create is true");
    assert_eq!(guard("aws_s3_bucket.both[0]"), "var.create is true and var.extra is true");
    assert_eq!(guard("aws_s3_bucket.either[0]"), "the existence of aws_s3_bucket.either[0] is true");
    assert_eq!(show(&fixture.value("aws_s3_bucket.same[0]", &["key"])), "?aws_kms_key.this[0].arn");
    let expected = "<var.create is true: ?aws_kms_key.this[0].arn | var.create is false: null>";
    assert_eq!(show(&fixture.value("aws_s3_bucket.always", &["key"])), expected);
    assert_eq!(show(&fixture.value("aws_s3_bucket.always", &["one"])), expected);
}

#[test]
fn blocks_are_lists_whatever_their_number_and_dynamic_ones_stand_beside() {
    let fixture = root(
        r#"
variable "rules" {}
variable "more" { type = bool }
resource "aws_a" "it" {
  rule {
    name = "static"
  }
  dynamic "rule" {
    for_each = ["x", "y"]
    iterator = it
    content {
      name = "${it.key}-${it.value}"
      inner {
        n = it.value
      }
    }
  }
  dynamic "open" {
    for_each = var.rules
    content {
      name = open.value.name
    }
  }
  dynamic "fixed" {
    for_each = var.rules
    content {
      name = fixed.key
      on   = false
    }
  }
  fixed {
    on = true
  }
  dynamic "maybe" {
    for_each = var.more ? [1] : []
    content {
      n = maybe.value
    }
  }
  lifecycle {
    prevent_destroy = true
  }
}
"#,
    );
    let read = |name: &str| show(&fixture.value("aws_a.it", &[name]));
    assert_eq!(
        read("rule"),
        "[{name: \"static\"}, {name: \"0-x\", inner: [{n: \"x\"}]}, {name: \"1-y\", inner: [{n: \"y\"}]}]"
    );
    // One that is there has no more attributes than are written, whatever they are.
    assert_eq!(
        read("open"),
        "[<length(var.rules) > 0 is true: {name: ?var.rules[*].name} | \
          length(var.rules) > 0 is false: ?dynamic(var.rules[*])> ..dynamic(var.rules[*])]"
    );
    assert_eq!(
        read("fixed"),
        "[<length(var.rules) > 0 is true: {name: ?var.rules[*].key, on: false} | \
          length(var.rules) > 0 is false: ?dynamic(var.rules[*])>, {on: true} ..dynamic(var.rules[*])]"
    );
    assert_eq!(read("maybe"), "<var.more is true: [{n: 1}] | var.more is false: []>");
    assert!(fixture.resource("aws_a.it").value("lifecycle").is_none());
}

#[test]
fn what_a_block_leaves_out_is_computed() {
    let fixture = root(
        "resource \"aws_a\" \"it\" {\n config {\n  a = 1\n }\n}\n\
         resource \"aws_b\" \"reader\" {\n known = aws_a.it.config[0].a\n open = aws_a.it.config[0].id\n}",
    );
    assert_eq!(show(&fixture.value("aws_b.reader", &["known"])), "1");
    assert_eq!(show(&fixture.value("aws_b.reader", &["open"])), "?aws_a.it.config[0].id");
}

#[test]
fn ten_thousand_instances_of_a_module_find_each_other() {
    let fixture = load(
        &[
            (
                "main.tf",
                "module \"m\" {\n source = \"./m\"\n for_each = toset(flatten([for i in range(10) : [for j in range(1000) : \"k${1000 * i + j}\"]]))\n name = each.key\n}\n\
                 resource \"aws_x\" \"of\" {\n for_each = module.m\n name = module.m[each.key].name\n}",
            ),
            (
                "m/main.tf",
                "variable \"name\" {}\nresource \"aws_y\" \"it\" {\n name = var.name\n}\noutput \"name\" {\n value = aws_y.it.name\n}",
            ),
        ],
        &["."],
    );
    assert_eq!(fixture.problems(), [] as [&str; 0]);
    assert_eq!(fixture.stack().resources.len(), 20_000);
    assert_eq!(show(&fixture.value("aws_x.of[\"k9999\"]", &["name"])), "\"k9999\"");
}

#[test]
fn blocks_that_create_nothing_make_no_resources_and_a_check_reads_its_data() {
    let fixture = root(
        r#"
resource "aws_a" "new" {}
moved {
  from = aws_a.old
  to   = aws_a.new
}
removed {
  from = aws_a.gone
  lifecycle {
    destroy = false
  }
}
import {
  for_each = { x = "id" }
  to       = aws_a.new
  id       = each.value
}
check "health" {
  data "aws_b" "it" {
    name = "n"
  }
  assert {
    condition     = data.aws_b.it.status == 200
    error_message = "not healthy"
  }
}
"#,
    );
    assert_eq!(fixture.problems(), [] as [&str; 0]);
    assert_eq!(fixture.addresses(), ["aws_a.new", "data.aws_b.it"]);
}

#[test]
fn a_loop_over_what_is_not_known_makes_what_its_body_says() {
    let fixture = root(
        r#"
variable "in" {}
resource "aws_a" "it" {
  objects = [for v in var.in : { name = v, public = true }]
  nested  = [for v in var.in : [for w in var.in : v == w]]
  nothing = [for v in var.in : v.name]
  fixed   = [for v in var.in : "x"]
  count_  = length([for v in var.in : { public = true }])
  none    = [for v in var.in : { public = true } if v.on]
  key     = { for k, v in var.in : k => { public = true } }
}
"#,
    );
    assert_eq!(fixture.problems(), [] as [&str; 0]);
    let read = |name: &str| show(&fixture.value("aws_a.it", &[name]));
    assert_eq!(
        read("objects"),
        "<length(var.in) > 0 is true: [{name: ?var.in[*], public: true} ..operand] | \
          length(var.in) > 0 is false: [ ..operand]>"
    );
    // Two loops are not at the same element.
    assert!(!read("nested").contains(": true"), "{}", read("nested"));
    assert_eq!(read("nothing"), "[ ..var.in[*].name]");
    assert_eq!(read("fixed"), "[ ..for(var.in[*],\"x\")]");
    assert!(!read("count_").contains('1'), "{}", read("count_"));
    assert_eq!(read("none"), "[ ..operand]");
    assert_eq!(read("key"), "{ ..operand}");
}
