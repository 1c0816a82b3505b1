//! Instances of an unknown `for_each` or `count` that are read by different keys are different ones.

use super::*;

const READ: &str = "
variable \"all\" { type = map(object({ name = string, on = bool, size = number })) }
variable \"n\" { type = number }
variable \"key\" {}
resource \"test_it\" \"f\" {
  for_each = var.all
  name     = each.value.name
  kind     = each.value.on ? \"on\" : \"off\"
  size     = each.value.size
}
resource \"test_it\" \"c\" {
  count = var.n
  name  = \"c-${count.index}\"
}
module \"m\" {
  source   = \"./m\"
  for_each = var.all
  one      = each.value
}
";

const MODULE: &str = "variable \"one\" {}
output \"name\" { value = var.one.name }
output \"kind\" { value = var.one.on ? \"on\" : \"off\" }
";

fn project(text: &str) -> Fixture {
    load(&[("main.tf", &format!("{READ}{text}")), ("m/main.tf", MODULE)], &["."])
}

/// Whether two expressions are certainly one value, in an instance of `for_each = var.all`.
fn are_one(one: &str, other: &str) -> bool {
    let fixture = project(&format!(
        "resource \"test_it\" \"it\" {{
  for_each = var.all
  x        = {one}
  y        = {other}
}}"
    ));
    assert_eq!(fixture.problems(), [""; 0], "{one}, {other}");
    let [x, y] = ["x", "y"].map(|name| crate::values::identity(&fixture.value("test_it.it[*]", &[name])));
    x.is_some() && x == y
}

#[test]
fn what_is_read_by_another_key_is_of_another_instance() {
    for (one, other) in [
        ("test_it.f[\"a\"].arn", "test_it.f[\"b\"].arn"),
        ("test_it.f[\"a\"].name", "test_it.f[\"b\"].name"),
        ("\"x-${test_it.f[\"a\"].name}\"", "\"x-${test_it.f[\"b\"].name}\""),
        ("test_it.f[\"a\"].name", "test_it.f[each.key].name"),
        ("test_it.f[\"a\"].arn", "test_it.f[each.key].arn"),
        ("test_it.f[\"a\"].name", "each.value.name"),
        ("test_it.f[var.key].arn", "test_it.f[\"b\"].arn"),
        ("test_it.f[upper(each.key)].name", "test_it.f[each.key].name"),
        ("test_it.c[0].arn", "test_it.c[1].arn"),
        ("test_it.c[0].name", "test_it.c[1].name"),
        ("test_it.c[0].name", "test_it.c[var.key].name"),
        ("module.m[\"a\"].name", "module.m[\"b\"].name"),
        ("module.m[\"a\"].name", "module.m[each.key].name"),
        ("jsonencode([test_it.f[\"a\"].name])", "jsonencode([test_it.f[\"b\"].name])"),
    ] {
        assert!(!are_one(one, other), "{one}, {other}");
        assert!(are_one(one, one) || one.starts_with("jsonencode"), "{one}");
        assert!(are_one(other, other) || one.starts_with("jsonencode"), "{other}");
    }
}

#[test]
fn one_instance_is_the_same_wherever_it_is_read() {
    for (one, other) in [
        ("test_it.f[each.key].name", "each.value.name"),
        ("module.m[each.key].name", "each.value.name"),
        ("module.m[each.key].name", "test_it.f[each.key].name"),
        ("module.m[\"a\"].name", "test_it.f[\"a\"].name"),
        ("test_it.f[\"a\"].arn", "{ all = test_it.f }.all[\"a\"].arn"),
    ] {
        assert!(are_one(one, other), "{one}, {other}");
    }
}

#[test]
fn a_condition_in_one_instance_says_nothing_of_another() {
    for condition in [
        "test_it.f[\"?\"].on",
        "test_it.f[\"?\"].kind == \"on\"",
        "test_it.f[\"?\"].size < 5",
        "contains([1, 2], test_it.f[\"?\"].size)",
        "startswith(test_it.f[\"?\"].name, \"x\")",
        "module.m[\"?\"].kind == \"on\"",
        "lookup({ x = true, y = false }, test_it.f[\"?\"].name, false)",
    ] {
        let [first, second] = ["a", "b"].map(|key| condition.replace('?', key));
        let shown = |exists: &str, condition: &str| {
            let fixture = project(&format!(
                "resource \"test_it\" \"it\" {{
  count = {exists} ? 1 : 0
  x     = {condition} ? \"then\" : \"else\"
}}"
            ));
            show(&fixture.value("test_it.it[0]", &["x"]))
        };
        let other = shown(&first, &second);
        assert!(other.contains("then") && other.contains("else"), "{condition}: {other}");
        assert!(!shown(&first, &first).contains("else"), "{condition}");
    }
}
