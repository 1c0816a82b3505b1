//! What is known whatever deployment decides stays so, however much there is to decide.

use keylint_model::World;

use super::*;

/// Five variables that nobody knows: more combinations than are looked at.
fn five(each: impl Fn(usize) -> String) -> (String, String) {
    let variables = (0..5).map(|at| format!("variable \"v{at}\" {{\n type = bool\n}}\n")).collect();
    (variables, (0..5).map(each).collect::<Vec<_>>().join(", "))
}

/// Every alternative of a value.
fn alternatives(value: &Value) -> Vec<Value> {
    match &value.data {
        Data::Choice(all) => all.iter().map(|one| one.value.clone()).collect(),
        _ => vec![value.clone()],
    }
}

/// `test_it.it` with an expression as its `x`.
fn fixture_of(context: &str, expression: &str) -> Fixture {
    root(&format!("{context}resource \"test_it\" \"it\" {{\n x = {expression}\n}}"))
}

#[track_caller]
fn every_one(context: &str, expression: &str, starts: &str) {
    let fixture = root(&format!("{context}resource \"test_it\" \"it\" {{\n x = {expression}\n}}"));
    assert_eq!(fixture.problems(), [""; 0]);
    for one in alternatives(&fixture.value("test_it.it", &["x"])) {
        assert!(show(&one).starts_with(starts), "{}", show(&one));
    }
}

#[test]
fn lists_keep_what_is_certain() {
    let (context, lists) = five(|at| format!("var.v{at} ? [{at}] : []"));
    every_one(&context, &format!("concat([\"a\"], {lists})"), "[\"a\"");
    let (context, lists) = five(|at| format!("var.v{at} ? [{at}] : []"));
    every_one(&context, &format!("flatten([[\"a\"], {lists}])"), "[\"a\"");
}

#[test]
fn maps_keep_what_none_of_the_alternatives_replaces() {
    let (context, maps) = five(|at| format!("var.v{at} ? {{ k{at} = 1, b = 1 }} : {{}}"));
    every_one(&context, &format!("merge({{ a = 1, b = 2 }}, {maps})"), "{a: 1, b: ");
    let fixture = root(&format!(
        "{context}resource \"test_it\" \"it\" {{\n x = merge({{ a = 1, k4 = 2 }}, {maps})\n}}"
    ));
    for one in alternatives(&fixture.value("test_it.it", &["x"])) {
        let map = one.as_map().unwrap();
        assert!(map.value("k4").unwrap().as_unknown().is_some() && map.rest.is_some(), "{}", show(&one));
    }
}

#[test]
fn templates_have_a_hole_for_what_is_too_much() {
    let (context, parts) = five(|at| format!("${{var.v{at} ? \"a\" : \"b\"}}"));
    every_one(&context, &format!("\"begin {parts} end\""), "`begin ");
    let fixture = root(&format!("{context}resource \"test_it\" \"it\" {{\n x = \"begin {parts} end\"\n}}"));
    let all = alternatives(&fixture.value("test_it.it", &["x"]));
    assert_eq!(all.len(), 16);
    assert!(all.iter().all(|one| show(one).ends_with("} end`")));
}

#[test]
fn blocks_that_may_be_there_hide_none_that_are() {
    let (context, blocks) = five(|at| {
        format!("dynamic \"rule\" {{\n for_each = var.v{at} ? [1] : []\n content {{\n n = {at}\n }}\n}}\n")
    });
    let blocks = blocks.replace(", ", "");
    let fixture =
        root(&format!("{context}resource \"test_it\" \"it\" {{\n rule {{\n n = \"a\"\n }}\n{blocks}}}"));
    let all = alternatives(&fixture.value("test_it.it", &["rule"]));
    assert_eq!(all.len(), 16);
    assert!(all.iter().all(|one| show(one).starts_with("[{n: \"a\"}")));
}

#[test]
fn an_element_is_there_where_the_condition_of_its_loop_holds() {
    const UNKNOWN: &str = "variable \"on\" {\n type = bool\n}\nvariable \"x\" {}\n";
    let shown = |expression: &str| evaluate_with(UNKNOWN, expression);
    assert_eq!(shown("[for s in [1, 2] : s if var.on]"), "<var.on is true: [1, 2] | var.on is false: []>");
    assert_eq!(
        shown("[for s in [1, 2] : s if s == 1 || var.on]"),
        "<var.on is true: [1, 2] | var.on is false: [1]>"
    );
    assert_eq!(
        shown("{ for s in [\"a\"] : s => 1 if var.on }"),
        "<var.on is true: {a: 1} | var.on is false: {}>"
    );
    assert_eq!(
        shown("{ for s in [\"a\", \"b\"] : \"k\" => s... if var.on || s == \"b\" }"),
        "<var.on is true: {k: [\"a\", \"b\"]} | var.on is false: {k: [\"b\"]}>"
    );
    // What Terraform rejects is not deployed.
    assert_eq!(shown("{ for s in [1, 2] : \"k\" => s if s == 1 || var.on }"), "{k: 1}");
    // It is one of them, or none.
    let one = fixture_of(UNKNOWN, "[for s in [\"a\", \"b\", \"c\", \"d\", \"e\"] : s if var.x == s]");
    let shown: Vec<_> = alternatives(&one.value("test_it.it", &["x"])).iter().map(show).collect();
    assert_eq!(shown, ["[\"e\"]", "[\"d\"]", "[\"c\"]", "[\"b\"]", "[\"a\"]", "[]"]);
    // More conditions than are looked at: what there may be besides is said.
    let many = "[for s in [\"a\", \"b\", \"c\", \"d\", \"e\"] : s if startswith(var.x, s)]";
    let all = alternatives(&fixture_of(UNKNOWN, many).value("test_it.it", &["x"]));
    assert_eq!(all.len(), 16);
    assert!(all.iter().all(|one| one.as_list().unwrap().rest.is_some()));
}

#[test]
fn a_template_loop_says_what_is_known_of_its_turns() {
    const UNKNOWN: &str = "variable \"on\" {\n type = bool\n}\nvariable \"x\" {\n type = list(string)\n}\n";
    let shown = |collection: &str| {
        evaluate_with(UNKNOWN, &format!("\"<%{{ for s in {collection} }}${{s}},%{{ endfor }}>\""))
    };
    assert_eq!(
        shown("var.on ? [\"a\"] : [\"b\", \"c\"]"),
        "<var.on is true: \"<a,>\" | var.on is false: \"<b,c,>\">"
    );
    assert!(shown("concat([\"a\"], var.x)").starts_with("`<a,${"));
    assert!(shown("var.x").starts_with("`<${"));
}

const ENVIRONMENT: &str = "variable \"env\" {\n type = string\n}\nvariable \"n\" {\n type = number\n}\n";

#[test]
fn a_test_of_what_is_not_known_holds_or_does_not() {
    for test in [
        "var.env == \"prod\"",
        "var.n > 1",
        "contains([\"prod\", \"test\"], var.env)",
        "startswith(var.env, \"prod\")",
        "can(regex(\"^prod\", var.env))",
    ] {
        assert_eq!(
            evaluate_with(ENVIRONMENT, test),
            format!("<{test} is true: true | {test} is false: false>"),
        );
    }
    assert_eq!(
        evaluate_with(ENVIRONMENT, "{ a = var.env != \"prod\" }"),
        "{a: <var.env == \"prod\" is true: false | var.env == \"prod\" is false: true>}"
    );
    // One test is one condition wherever it is asked.
    assert_eq!(
        evaluate_with(
            &format!("{ENVIRONMENT}locals {{\n prod = var.env == \"prod\"\n}}"),
            "local.prod ? (var.env == \"prod\" ? 1 : 2) : 3"
        ),
        "<var.env == \"prod\" is true: 1 | var.env == \"prod\" is false: 3>"
    );
}

#[test]
fn a_key_that_is_not_known_finds_each_of_the_elements() {
    let shown = |expression: &str| evaluate_with(ENVIRONMENT, expression);
    assert_eq!(shown("{ dev = 1, prod = 2 }[var.env]"), "<var.env is dev: 1 | var.env is prod: 2>");
    assert_eq!(
        shown("lookup({ dev = 1, prod = 2 }, var.env, 3)"),
        "<var.env is dev: 1 | var.env is prod: 2 | var.env is another value: 3>"
    );
    assert_eq!(shown("[\"a\", \"b\"][var.n]"), "<var.n is 0: \"a\" | var.n is 1: \"b\">");
    assert_eq!(shown("element([\"a\", \"b\"], var.n)"), "<var.n is 0: \"a\" | var.n is 1: \"b\">");
    assert_eq!(
        shown("{ dev = { on = false }, prod = { on = true } }[var.env].on"),
        "<var.env is dev: false | var.env is prod: true>"
    );
    // Whatever the key is.
    assert_eq!(shown("lookup({ dev = false, prod = false }, var.env, false)"), "false");
    assert_eq!(shown("lookup({}, var.env, 3)"), "3");
    // Only some of the keys can be meant.
    assert_eq!(
        shown("{ x-dev = 1, y-dev = 2, x-prod = 3 }[\"x-${var.env}\"]"),
        "<\"x-${var.env}\" is x-dev: 1 | \"x-${var.env}\" is x-prod: 3>"
    );
    // What is not known whole has other elements too.
    assert!(shown("merge({ a = 1 }, var.env)[var.env]").starts_with('?'));
    // More than are looked at.
    let many: Vec<_> = (0..20).map(|at| format!("k{at} = {at}")).collect();
    assert!(shown(&format!("{{ {} }}[var.env]", many.join(", "))).starts_with('?'));
    let same: Vec<_> = (0..20).map(|at| format!("k{at} = 1")).collect();
    assert_eq!(shown(&format!("{{ {} }}[var.env]", same.join(", "))), "1");
}

#[test]
fn an_element_and_a_comparison_of_one_key_do_not_contradict_each_other() {
    let fixture = root(&format!(
        "{ENVIRONMENT}resource \"test_it\" \"it\" {{\n x = {{ dev = 1, prod = 2 }}[var.env]\n \
         y = var.env == \"prod\"\n z = lookup({{ prod = 5, test = 6 }}, var.env, 7)\n}}"
    ));
    let values = ["x", "y", "z"].map(|name| fixture.value("test_it.it", &[name]));
    let read = |world: &World| {
        let seen: Result<Vec<_>, _> = values.iter().map(|value| value.resolve(world).map(show)).collect();
        seen.map(|seen| seen.join(" "))
    };
    let mut answers: Vec<_> =
        World::explore(&World::open(), 16, read).unwrap().into_iter().map(|(_, answer)| answer).collect();
    answers.sort();
    assert_eq!(answers, ["1 false 7", "2 true 5"]);
}

#[test]
fn what_a_secret_key_or_map_finds_does_not_tell_it() {
    let secret = "variable \"s\" {\n type = string\n sensitive = true\n}\nvariable \"m\" {\n type = map(number)\n \
                  sensitive = true\n default = { a = 1, b = 2 }\n}\n";
    for expression in ["{ a = 1, b = 2 }[var.s]", "var.m[var.env]", "lookup(var.m, var.env, 3)"] {
        let context = format!("{secret}{ENVIRONMENT}resource \"test_it\" \"it\" {{\n x = {expression}\n}}");
        let value = root(&context).value("test_it.it", &["x"]);
        assert!(value.origin.marks.sensitive && value.as_unknown().is_some(), "{expression}");
    }
}

/// As many flags as make more combinations than are looked at, in a list that each adds an element to.
const FLAGS: &str = "concat([\"a\"], var.v0 ? [0] : [], var.v1 ? [1] : [], var.v2 ? [2] : [], \
                     var.v3 ? [3] : [], var.v4 ? [4] : [])";

fn with_flags(expression: &str) -> String {
    let (context, _) = five(|_| String::new());
    evaluate_with(&format!("{context}locals {{\n all = {FLAGS}\n}}"), expression)
}

#[test]
fn a_list_that_many_flags_decide_has_positions_and_a_length_as_far_as_these_are_told() {
    let all = |expression: &str, of: usize| {
        let shown = with_flags(expression);
        assert_eq!(shown.matches(" is true").count() + shown.matches(" is false").count(), of, "{shown}");
        shown
    };
    // In each combination of the first four, and open for the fifth.
    assert!(
        all("length(local.all)", 64)
            .contains("var.v0 is true and var.v1 is true and var.v2 is true and var.v3 is true: ?")
    );
    assert!(!all("local.all[0]", 64).contains("null"));
    assert!(!with_flags("local.all[*]").contains("null"));
    assert!(!with_flags("join(\",\", local.all)").contains("null"));
    assert!(!with_flags("jsonencode(local.all) == \"x\"").contains("null"));
    assert!(!with_flags("{ for it in local.all : it => 1 }").contains("null"));
    assert!(!with_flags("\"${jsonencode(local.all)} x\"").contains("null"));
    // Nothing hangs on the flags any more.
    assert_eq!(with_flags("length(local.all) >= 0 ? 1 : 1"), "1");
}

#[test]
fn an_element_that_is_null_is_none_that_is_left_out() {
    let (context, lists) = five(|at| format!("var.v{at} ? [null, {at}] : []"));
    let shown = evaluate_with(&context, &format!("length(concat([null], {lists}))"));
    assert!(!shown.contains(": 0"), "{shown}");
}

#[test]
fn instances_over_a_list_that_many_flags_decide_are_those_of_its_elements() {
    let (context, lists) = five(|at| format!("var.v{at} ? [\"k{at}\"] : []"));
    let fixture = root(&format!(
        "{context}resource \"test_it\" \"it\" {{\n for_each = toset(concat([\"a\"], {lists}))\n x = each.key\n}}"
    ));
    assert_eq!(fixture.problems(), [""; 0]);
    assert!(fixture.addresses().contains(&"test_it.it[\"k3\"]"), "{:?}", fixture.addresses());
    assert!(!fixture.addresses().iter().any(|it| it.contains("null")), "{:?}", fixture.addresses());
}

#[test]
fn what_may_be_empty_is_open_and_what_is_not_stays_however_many_flags_there_are() {
    let (context, texts) = five(|at| format!("var.v{at} ? \"{at}\" : \"\""));
    let shown = evaluate_with(&context, &format!("compact([jsonencode({{ a = 1 }}), {texts}])"));
    assert!(shown.contains("json {a: 1}"), "{shown}");
    let (context, texts) = five(|at| format!("var.v{at} ? \"{at}\" : \"\""));
    let context = format!("{context}variable \"t\" {{\n type = string\n}}\n");
    let shown = evaluate_with(&context, &format!("compact([var.t, {texts}])"));
    assert!(shown.contains(".."), "{shown}");
}
