//! Conditions on one value exclude each other, and those on different values do not.

use keylint_model::Guard;

use super::*;

const VARIABLES: &str = "
variable \"env\" {}
variable \"other\" {}
variable \"n\" { type = number }
variable \"b\" { type = bool }
variable \"list\" { type = list(string) }
variable \"cfg\" { type = object({ env = string }) }
";

/// What `condition ? \"then\" : \"else\"` is in an instance that is there where `exists` holds.
fn where_it_holds(exists: &str, condition: &str) -> String {
    let fixture = root(&format!(
        "{VARIABLES}resource \"test_it\" \"it\" {{
  count = {exists} ? 1 : 0
  x     = {condition} ? \"then\" : \"else\"
}}"
    ));
    assert_eq!(fixture.problems(), [""; 0], "{exists}, {condition}");
    show(&fixture.value("test_it.it[0]", &["x"]))
}

#[test]
fn a_condition_decides_others_on_the_same_value() {
    for (exists, condition, value) in [
        ("var.env == \"prod\"", "var.env == \"dev\"", "else"),
        ("var.env == \"prod\"", "var.env != \"dev\"", "then"),
        ("var.env == \"prod\"", "\"prod\" == var.env", "then"),
        ("\"prod\" == var.env", "var.env == null", "else"),
        ("var.env != null", "null == var.env", "else"),
        ("contains([\"prod\", \"stg\"], var.env)", "var.env == \"dev\"", "else"),
        ("var.env == \"prod\"", "contains([\"prod\", \"stg\"], var.env)", "then"),
        ("var.env == \"dev\"", "contains(toset([\"prod\", \"stg\"]), var.env)", "else"),
        ("!contains([\"prod\", \"stg\"], var.env)", "var.env == \"stg\"", "else"),
        ("var.env == \"prod\"", "var.other == \"x\" && var.env == \"dev\"", "else"),
        ("var.n > 0", "var.n == 0", "else"),
        ("var.n == 7", "var.n > 5 && 8 >= var.n", "then"),
        ("var.n > 5", "var.n <= 4", "else"),
        ("var.n > 5", "var.n <= 5", "else"),
        ("5 < var.n", "var.n > 3", "then"),
        ("var.n < 5", "!(var.n >= 5)", "then"),
        ("length(var.list) > 0", "length(var.list) == 0", "else"),
        ("var.b", "var.b == false", "else"),
        ("var.b == true", "var.b", "then"),
        ("!var.b", "var.b == false", "then"),
        ("var.b == false", "!var.b", "then"),
        ("\"${var.env}-x\" == \"prod-x\"", "\"${var.env}-x\" == \"dev-x\"", "else"),
        ("tonumber(var.env) == 1", "tonumber(var.env) == 2", "else"),
        ("var.cfg[\"env\"] == \"prod\"", "var.cfg.env == \"dev\"", "else"),
        ("var.cfg.env == \"prod\"", "var.cfg[\"env\"] == \"dev\"", "else"),
    ] {
        assert_eq!(where_it_holds(exists, condition), format!("{value:?}"), "{exists}, {condition}");
    }
}

#[test]
fn what_may_hold_together_is_not_excluded() {
    for (exists, condition) in [
        ("var.env == \"prod\"", "var.other == \"dev\""),
        ("var.env != \"prod\"", "var.env == \"dev\""),
        ("var.env == \"prod\"", "lower(var.env) == \"dev\""),
        ("contains([\"prod\", \"dev\"], var.env)", "var.env == \"dev\""),
        ("!contains([\"prod\", var.other], var.env)", "var.env == \"dev\""),
        ("var.n > 0", "var.n == 1"),
        ("var.n > 0", "var.n < 1"),
        ("var.n >= 5", "var.n <= 5"),
        ("var.n > 0", "var.n + 1 == 0"),
        // Null is neither true nor false.
        ("var.b != true", "var.b == false"),
        // What has no type may be text that converts to a boolean or a number.
        ("var.env", "var.env == true"),
        ("var.env == \"1\"", "tonumber(var.env) == 1"),
        // A set has fewer elements than the list, and in another order.
        ("length(var.list) > 1", "length(toset(var.list)) == 1"),
        ("var.list[0] == \"x\"", "tolist(toset(var.list))[0] == \"a\""),
        // The text is not the number, which it converts to.
        ("var.env != 5", "tonumber(var.env) == 5"),
        // What of its elements differs from call to call is not known.
        ("length(var.list) > 0", "var.list[0] == \"a\""),
    ] {
        let shown = where_it_holds(exists, condition);
        assert!(shown.contains("then") && shown.contains("else"), "{exists}, {condition}: {shown}");
    }
}

#[test]
fn constants_of_different_types_are_never_equal() {
    assert_eq!(where_it_holds("var.env == \"1\"", "var.env == 1"), "\"else\"");
    assert_eq!(where_it_holds("var.env == true", "var.env == \"true\""), "\"else\"");
}

#[test]
fn a_value_that_a_module_converts_is_compared_as_what_it_is_there() {
    let shown = |exists: &str, condition: &str| {
        let caller = format!(
            "variable \"x\" {{}}\nmodule \"m\" {{\n  source = \"./m\"\n  count = {exists} ? 1 : 0\n  x = var.x\n}}"
        );
        let called = format!(
            "variable \"x\" {{ type = string }}\nresource \"test_it\" \"it\" {{\n  y = {condition} ? 1 : 2\n}}"
        );
        let fixture = load(&[("main.tf", &caller), ("m/main.tf", &called)], &["."]);
        assert_eq!(fixture.problems(), [""; 0]);
        show(&fixture.value("module.m[0].test_it.it", &["y"]))
    };
    assert_eq!(shown("var.x == \"prod\"", "var.x == \"dev\""), "2");
    // The number becomes the text.
    assert_eq!(
        shown("var.x == 1", "var.x == \"1\""),
        "<var.x == \"1\" is true: 1 | var.x == \"1\" is false: 2>"
    );
}

#[test]
fn what_never_exists_is_not_there() {
    let called = "variable \"env\" { type = string }
resource \"test_it\" \"never\" {
  count = var.env == \"dev\" ? 1 : 0
}
module \"never\" {
  source = \"../n\"
  count  = var.env == \"dev\" ? 1 : 0
}
resource \"test_it\" \"some\" {
  for_each = { for k, v in { dev = 1, prod = 2 } : k => v if k == var.env }
}";
    let caller = "variable \"env\" { type = string }
module \"m\" {
  source = \"./m\"
  count  = var.env == \"prod\" ? 1 : 0
  env    = var.env
}";
    let files = [("main.tf", caller), ("m/main.tf", called), ("n/main.tf", "resource \"test_it\" \"it\" {}")];
    let fixture = load(&files, &["."]);
    assert_eq!(fixture.addresses(), ["module.m[0].test_it.some[\"prod\"]"]);
}

/// The guards of the first alternatives of all choices in a value.
fn first_guards(value: &Value) -> Vec<Guard> {
    match &value.data {
        Data::Choice(all) => all
            .iter()
            .take(1)
            .flat_map(|one| [vec![one.guard.clone()], first_guards(&one.value)].concat())
            .collect(),
        Data::List(list) => list.elements.iter().flat_map(first_guards).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn elements_that_a_loop_finds_in_several_turns_are_not_one() {
    let fixture = root(
        "variable \"l\" { type = list(object({ env = string, id = string })) }
resource \"test_it\" \"it\" {
  x = [for k in [\"prod\", \"dev\"] : [for x in var.l : x.env == k ? \"a-${x.id}\" : \"b-${x.id}\"]]
  y = [for x in var.l : x.env == \"prod\" ? (x.env == \"dev\" ? \"a-${x.id}\" : \"b-${x.id}\") : \"c-${x.id}\"]
}",
    );
    // The first of the list may be the one, the next the other.
    let guards = first_guards(&fixture.value("test_it.it", &["x"]));
    let of_elements: Vec<_> =
        guards.iter().filter(|guard| guard.describe().starts_with("x.env == ")).collect();
    let [one, other] = of_elements.as_slice() else { panic!("{guards:?}") };
    assert!(one != other && one.and(other).is_some());
    // In one turn it is one, but what is read of several has the guards of all.
    let shown = show(&fixture.value("test_it.it", &["y"]));
    assert!(["a-", "b-", "c-"].iter().all(|start| shown.contains(start)), "{shown}");
}

/// What `condition ? "then" : "else"` is in a resource of a module that is called where `exists` holds,
/// with `argument` for the variable that `declared` says more of.
fn in_a_module([exists, argument]: [&str; 2], [declared, condition]: [&str; 2]) -> String {
    let caller = format!(
        "{VARIABLES}variable \"o\" {{ type = object({{ env = optional(string) }}) }}
module \"m\" {{
  source = \"./m\"
  count  = {exists} ? 1 : 0
  x      = {argument}
}}"
    );
    let called = format!(
        "variable \"x\" {{\n{declared}\n}}
resource \"test_it\" \"it\" {{
  y = {condition} ? \"then\" : \"else\"
}}"
    );
    let fixture = load(&[("main.tf", &caller), ("m/main.tf", &called)], &["."]);
    assert_eq!(fixture.problems(), [""; 0], "{exists}, {condition}");
    show(&fixture.value("module.m[0].test_it.it", &["y"]))
}

#[test]
fn what_a_module_makes_of_a_value_is_another_one() {
    let prod = "var.x == \"prod\"";
    let a_default = "default = \"prod\"\nnullable = false";
    let an_attribute = "type = object({ env = optional(string, \"prod\") })";
    for (call, module) in [
        (["var.env == null", "var.env"], [a_default, prod]),
        (["var.env == null", "try(var.env, null)"], [a_default, prod]),
        (["var.o.env == null", "var.o"], [an_attribute, "var.x.env == \"prod\""]),
        (["length(var.list) > 1", "var.list"], ["type = set(string)", "length(var.x) == 1"]),
    ] {
        let shown = in_a_module(call, module);
        assert!(shown.contains("then") && shown.contains("else"), "{call:?}, {module:?}: {shown}");
    }
    assert_eq!(in_a_module(["var.env == null", "var.env"], ["type = string", prod]), "\"else\"");
}

#[test]
fn instances_that_are_not_known_are_not_one() {
    let fixture = root(
        "variable \"all\" { type = map(string) }
variable \"n\" { type = number }
data \"test_it\" \"f\" {
  for_each = var.all
}
data \"test_it\" \"c\" {
  count = var.n
}
resource \"test_it\" \"f\" {
  count = data.test_it.f[\"a\"].x == 1 ? 1 : 0
  y     = data.test_it.f[\"b\"].x == 2 ? \"then\" : \"else\"
}
resource \"test_it\" \"c\" {
  count = data.test_it.c[0].x == 1 ? 1 : 0
  y     = data.test_it.c[1].x == 2 ? \"then\" : \"else\"
}
resource \"test_it\" \"same\" {
  count = data.test_it.f[\"a\"].x == 1 ? 1 : 0
  y     = data.test_it.f[\"b\"].x == 1 ? \"then\" : \"else\"
}
resource \"test_it\" \"each\" {
  for_each = var.all
  y        = each.value == \"p\" && data.test_it.f[\"a\"].x == 1 && data.test_it.f[each.key].x == 2 ? \"then\" : \"else\"
}",
    );
    for address in ["test_it.f[0]", "test_it.c[0]", "test_it.same[0]", "test_it.each[*]"] {
        let shown = show(&fixture.value(address, &["y"]));
        assert!(shown.contains("then") && shown.contains("else"), "{address}: {shown}");
    }
}
