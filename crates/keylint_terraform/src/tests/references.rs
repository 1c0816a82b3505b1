use super::*;

const KEYS: &str = r#"
variable "maybe" {
  type = bool
}
variable "other" {}
variable "names" {}
resource "aws_kms_key" "one" {
  description = "d"
}
resource "aws_kms_key" "many" {
  count = 2
}
resource "aws_kms_key" "each" {
  for_each = toset(["a", "b"])
}
resource "aws_kms_key" "open" {
  for_each = var.names
}
resource "aws_kms_key" "perhaps" {
  count = var.maybe ? 1 : 0
}
resource "aws_kms_key" "counted" {
  count = var.other
}
locals {
  open = aws_kms_key.open
  arn  = aws_kms_key.one.arn
  arns = { for name, key in aws_kms_key.each : name => key.arn }
}
module "open" {
  source   = "./child"
  for_each = var.names
  arn      = local.arn
}
module "child" {
  source   = "./child"
  for_each = toset(["x"])
  arn      = local.arn
}
"#;

const CHILD: &str = r#"
variable "arn" {}
resource "aws_role" "it" {}
output "given" {
  value = var.arn
}
output "made" {
  value = aws_role.it.arn
}
"#;

/// The references of an expression, each as `address attribute`.
fn references(expression: &str) -> Vec<String> {
    let main = format!("{KEYS}\nresource \"test_it\" \"it\" {{\n  x = {expression}\n}}\n");
    let fixture = load(&[("main.tf", &main), ("child/main.tf", CHILD)], &["."]);
    assert!(fixture.problems().is_empty(), "{expression}: {:?}", fixture.problems());
    let found = fixture.value("test_it.it", &["x"]).references();
    found.iter().map(|one| format!("{} {}", one.address, one.attribute)).collect()
}

#[test]
fn a_reference_survives_whatever_a_configuration_does_with_it() {
    let one = &["aws_kms_key.one arn"][..];
    let both = &["aws_kms_key.many[0] arn", "aws_kms_key.many[1] arn"][..];
    let each = &["aws_kms_key.each[\"a\"] arn", "aws_kms_key.each[\"b\"] arn"][..];
    let cases: &[(&str, &[&str])] = &[
        ("aws_kms_key.one.arn", one),
        ("aws_kms_key.one.description", &["aws_kms_key.one description"]),
        ("local.arn", one),
        ("\"${local.arn}/*\"", one),
        ("merge({ a = local.arn }, { b = 1 })", one),
        ("concat([local.arn], [\"b\"])", one),
        ("format(\"%s/*\", local.arn)", one),
        ("join(\",\", [local.arn, \"b\"])", one),
        ("jsonencode({ Resource = [local.arn] })", one),
        ("replace(local.arn, \"a\", \"b\")", one),
        ("lower(local.arn)", one),
        ("split(\":\", local.arn)[5]", one),
        ("coalesce(null, local.arn)", one),
        ("coalesce(local.arn, aws_kms_key.many[0].arn)", &["aws_kms_key.one arn", "aws_kms_key.many[0] arn"]),
        ("coalesce(local.arn, \"alias/x\")", one),
        ("compact([local.arn, \"\"])", one),
        ("toset([local.arn])", one),
        ("flatten([[local.arn], []])", one),
        ("distinct([local.arn, local.arn])", one),
        ("var.maybe ? local.arn : null", one),
        (
            "var.other == 1 ? local.arn : aws_kms_key.many[0].arn",
            &["aws_kms_key.one arn", "aws_kms_key.many[0] arn"],
        ),
        ("try(local.arn, null)", one),
        ("lookup({ a = local.arn }, \"a\", null)", one),
        ("[for arn in [local.arn] : \"${arn}/*\"]", one),
        ("aws_kms_key.many[*].arn", both),
        ("aws_kms_key.many.*.arn", both),
        ("element(aws_kms_key.many[*].arn, 1)", &["aws_kms_key.many[1] arn"]),
        ("values(aws_kms_key.each)[*].arn", each),
        ("local.arns", each),
        ("local.arns[\"a\"]", &["aws_kms_key.each[\"a\"] arn"]),
        ("[for key in aws_kms_key.each : key.arn]", each),
        ("values(aws_kms_key.open)[*].arn", &["aws_kms_key.open[*] arn"]),
        ("aws_kms_key.open[\"a\"].arn", &["aws_kms_key.open[*] arn"]),
        ("aws_kms_key.open[var.other].arn", &["aws_kms_key.open[*] arn"]),
        ("[for key in aws_kms_key.open : key.arn]", &["aws_kms_key.open[*] arn"]),
        ("[for key in aws_kms_key.open : \"${key.arn}/*\"]", &["aws_kms_key.open[*] arn"]),
        ("[for key in aws_kms_key.open : { to = key.arn, is = \"k\" }]", &["aws_kms_key.open[*] arn"]),
        ("values(aws_kms_key.open)[var.other].arn", &["aws_kms_key.open[*] arn"]),
        ("element(values(aws_kms_key.open)[*].arn, var.other)", &["aws_kms_key.open[*] arn"]),
        ("element(aws_kms_key.counted.*.arn, var.other)", &["aws_kms_key.counted[*] arn"]),
        ("element(aws_kms_key.many[*].arn, var.other)", both),
        ("aws_kms_key.many[*].arn[var.other]", both),
        ("local.open[\"a\"].arn", &["aws_kms_key.open[*] arn"]),
        ("{ for name, key in aws_kms_key.open : name => key.arn }", &["aws_kms_key.open[*] arn"]),
        (
            "{ for name, key in aws_kms_key.open : name => key.arn if var.maybe }",
            &["aws_kms_key.open[*] arn"],
        ),
        ("{ for name, key in aws_kms_key.open : name => key.arn }[\"a\"]", &["aws_kms_key.open[*] arn"]),
        ("{ for name, key in aws_kms_key.open : name => key.arn }[var.other]", &["aws_kms_key.open[*] arn"]),
        ("[for key in aws_kms_key.open : key.arn if key.arn == var.other]", &["aws_kms_key.open[*] arn"]),
        ("values(module.open)[*].made", &["module.open[*].aws_role.it arn"]),
        ("[for child in module.open : child.made]", &["module.open[*].aws_role.it arn"]),
        ("{ for name, child in module.open : name => child.made }", &["module.open[*].aws_role.it arn"]),
        ("[for arn in [local.arn] : arn if var.maybe]", one),
        (
            "{ for key in [aws_kms_key.many[0], aws_kms_key.many[1]] : key.id => key.arn }",
            &[
                "aws_kms_key.many[0] id",
                "aws_kms_key.many[0] arn",
                "aws_kms_key.many[1] id",
                "aws_kms_key.many[1] arn",
            ],
        ),
        ("coalesce(null, local.arn, null)", one),
        ("one(aws_kms_key.perhaps[*].arn)", &["aws_kms_key.perhaps[0] arn"]),
        ("try(aws_kms_key.perhaps[0].arn, null)", &["aws_kms_key.perhaps[0] arn"]),
        ("join(\"\", aws_kms_key.perhaps[*].arn)", &["aws_kms_key.perhaps[0] arn"]),
        ("concat(aws_kms_key.perhaps[*].arn, [\"\"])[0]", &["aws_kms_key.perhaps[0] arn"]),
        (
            "var.maybe ? aws_kms_key.perhaps[0].arn : local.arn",
            &["aws_kms_key.perhaps[0] arn", "aws_kms_key.one arn"],
        ),
        ("module.child[\"x\"].given", one),
        ("values(module.child)[*].made", &["module.child[\"x\"].aws_role.it arn"]),
        (
            "{ for name, child in module.child : name => child.made }",
            &["module.child[\"x\"].aws_role.it arn"],
        ),
        ("var.other", &[]),
        ("\"plain\"", &[]),
    ];
    for (expression, expected) in cases {
        assert_eq!(references(expression), *expected, "{expression}");
    }
}

#[test]
fn what_is_joined_and_split_again_is_what_it_was_where_it_has_no_separator() {
    let value = |expression: &str| {
        let resources = "resource \"aws_secretsmanager_secret\" \"s\" {}\nresource \"aws_iam_role\" \"r\" {}\n\
            resource \"aws_other\" \"o\" {}\n";
        let fixture = root(&format!("{resources}resource \"test_it\" \"it\" {{\n x = {expression}\n}}"));
        assert_eq!(fixture.problems(), [""; 0]);
        fixture.value("test_it.it", &["x"])
    };
    let secret = "aws_secretsmanager_secret.s.id";
    let joined = format!("join(\",\", [{secret}, \"x\", {secret}])");
    for (expression, expected) in [
        (format!("split(\",\", {joined})[0]"), secret),
        (format!("split(\",\", \"a,${{{secret}}}\")[1]"), secret),
        (format!("split(\", \", \"${{{secret}}}\")[0]"), secret),
        (format!("split(\",\", {secret})[0]"), secret),
        ("split(\"|\", \"x|${aws_iam_role.r.arn}\")[1]".to_owned(), "aws_iam_role.r.arn"),
    ] {
        let found = value(&expression);
        let unknown = found.as_unknown().unwrap_or_else(|| panic!("{expression}: {found:?}"));
        assert_eq!(unknown.identity.as_deref(), Some(expected), "{expression}");
    }
    assert_eq!(show(&value(&format!("split(\",\", {joined})[1]"))), "\"x\"");
    assert_eq!(show(&value(&format!("length(split(\",\", {joined}))"))), "3");
    let within = value(&format!("split(\",\", \"a,${{{secret}}}/*\")[1]"));
    assert_eq!(show(&within), format!("`${{{secret}}}/*`"));
    // The name of a role may have a comma, and of another provider's attribute nothing is known.
    for open in ["aws_iam_role.r.arn", "aws_other.o.id"] {
        let found = value(&format!("split(\",\", \"a,${{{open}}},b\")[1]"));
        let unknown = found.as_unknown().unwrap();
        assert_eq!(unknown.identity.as_deref(), None, "{open}");
        assert_eq!(found.references().len(), 1, "{open}");
    }
}

#[test]
fn a_chained_for_each_refers_to_the_instance_with_the_same_key() {
    let fixture = root(
        "resource \"aws_kms_key\" \"k\" {\n for_each = toset([\"a\", \"b\"])\n}\n\
         resource \"aws_kms_alias\" \"of\" {\n for_each = aws_kms_key.k\n name = \"alias/${each.key}\"\n target_key_id = each.value.key_id\n}",
    );
    let alias = fixture.value("aws_kms_alias.of[\"b\"]", &["target_key_id"]);
    let found: Vec<_> = alias.references();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].address.as_str(), &*found[0].attribute), ("aws_kms_key.k[\"b\"]", "key_id"));
    assert_eq!(show(&fixture.value("aws_kms_alias.of[\"b\"]", &["name"])), "\"alias/b\"");
}

#[test]
fn a_chained_for_each_over_what_is_not_known_refers_to_the_instance_that_stands_for_it() {
    let main = "variable \"names\" {}\nvariable \"n\" {}\n\
         resource \"aws_kms_key\" \"k\" {\n for_each = var.names\n description = \"d\"\n}\n\
         module \"m\" {\n source = \"./child\"\n arn = \"a\"\n for_each = var.names\n}\n\
         resource \"aws_kms_alias\" \"of\" {\n for_each = aws_kms_key.k\n target_key_id = each.value.key_id\n}\n\
         resource \"aws_kms_alias\" \"ids\" {\n for_each = { for name, key in aws_kms_key.k : name => key.id }\n \
         target_key_id = each.value\n}\n\
         resource \"aws_kms_alias\" \"out\" {\n for_each = module.m\n target_key_id = each.value.made\n \
         dynamic \"x\" {\n for_each = module.m\n content {\n y = x.value.made\n }\n }\n}";
    let fixture = load(&[("main.tf", main), ("child/main.tf", CHILD)], &["."]);
    assert_eq!(fixture.problems(), [""; 0]);
    for (alias, attribute, expected) in [
        ("of", "target_key_id", "aws_kms_key.k[*] key_id"),
        ("ids", "target_key_id", "aws_kms_key.k[*] id"),
        ("out", "target_key_id", "module.m[*].aws_role.it arn"),
        ("out", "x", "module.m[*].aws_role.it arn"),
    ] {
        let value = fixture.value(&format!("aws_kms_alias.{alias}[*]"), &[attribute]);
        let found: Vec<_> =
            value.references().iter().map(|one| format!("{} {}", one.address, one.attribute)).collect();
        assert_eq!(found, [expected], "{alias}.{attribute}");
    }
}
