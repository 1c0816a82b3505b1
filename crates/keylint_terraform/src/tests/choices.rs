//! What is known whatever deployment decides stays so, however much there is to decide.

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
    // More conditions than are looked at: what there may be besides is said.
    let many = "[for s in [\"a\", \"b\", \"c\", \"d\", \"e\"] : s if var.x == s]";
    let fixture = root(&format!("{UNKNOWN}resource \"test_it\" \"it\" {{\n x = {many}\n}}"));
    let all = alternatives(&fixture.value("test_it.it", &["x"]));
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
