//! What the declared type of a variable without a value makes of expressions, as Terraform 1.11.4
//! has it, recorded once.
//!
//! `cargo xtask record-terraform-types` writes the record and says what its lines mean. What
//! Terraform rejects before the variables have values is a problem here; what it accepts also with
//! values is none. Between them is what it rejects only with values: where every value is rejected
//! it is a problem here too.

use super::*;

const VARIABLES: &str = include_str!("../../../../testdata/terraform/types/variables.tf");
const RECORDED: &str = include_str!("../../../../testdata/terraform/types/answers.jsonl");

/// What is not reported although Terraform rejects it by type: expression, tab, why.
const MISSED: &str = include_str!("data/types_missed.txt");

/// Whether each expression of the record is rejected here.
fn rejected(expressions: &[String]) -> Vec<bool> {
    let mut text = VARIABLES.to_owned();
    let first = text.lines().count() as u32 + 1;
    for (number, expression) in expressions.iter().enumerate() {
        text.push_str(&format!("output \"o{number}\" {{ value = {expression} }}\n"));
    }
    let fixture = root(&text);
    let of_stacks = fixture.stacks.iter().flat_map(|stack| &stack.problems);
    let lines: Vec<u32> = fixture
        .project
        .problems()
        .chain(of_stacks)
        .map(|problem| fixture.sources.get(problem.span.file).position(problem.span.start).line)
        .collect();
    (0..expressions.len()).map(|number| lines.contains(&(first + number as u32))).collect()
}

#[test]
fn an_unknown_value_is_of_its_declared_type() {
    let answers: Vec<Value> = RECORDED
        .lines()
        .skip(1)
        .map(|line| crate::values::decode(&Value::string(keylint_syntax::Text::synthetic(line))).unwrap())
        .collect();
    let text = |answer: &Value, key: &str| {
        answer.as_map().unwrap().value(key).and_then(Value::as_str).map(str::to_owned)
    };
    let expressions: Vec<String> = answers.iter().map(|it| text(it, "expression").unwrap()).collect();
    let missed: Vec<&str> = MISSED.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut wrong = Vec::new();
    let mut by_type = 0;
    for ((answer, expression), ours) in answers.iter().zip(&expressions).zip(rejected(&expressions)) {
        let theirs = text(answer, "validate");
        by_type += usize::from(theirs.is_some());
        let listed = missed.contains(&expression.as_str());
        match (theirs, text(answer, "plan"), ours) {
            (Some(why), _, false) if !listed => wrong.push(format!("{expression}: missed: {why}")),
            (Some(_), _, true) if listed => wrong.push(format!("{expression}: take it off the list")),
            (None, None, true) => wrong.push(format!("{expression}: is no error")),
            _ => {}
        }
    }
    assert!(by_type >= 700, "{by_type}");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_a_type_declares_is_known_of_a_value_that_is_not() {
    let variables = "variable \"o\" {\n type = object({ b = string, a = number })\n}\nvariable \"u\" {\n type = tuple([string, bool])\n}";
    let value = |expression: &str| evaluate_with(variables, expression);
    assert_eq!(value("keys(var.o)"), "[\"a\", \"b\"]");
    assert_eq!(value("length(var.o)"), "2");
    assert_eq!(value("values(var.o)"), "[?var.o.a, ?var.o.b]");
    assert_eq!(value("[for k, v in var.o : \"${k}=${v}\"]"), "[`a=${var.o.a}`, `b=${var.o.b}`]");
    assert_eq!(value("var.u[*]"), "[?var.u[0], ?var.u[1]]");
    assert_eq!(value("concat(var.u, [1])"), "[?var.u[0], ?var.u[1], 1]");
    // It may be null.
    assert_eq!(value("var.o == null ? 1 : 2"), "<var.o == null is true: 1 | var.o == null is false: 2>");
    assert_eq!(value("merge(var.o, {})"), "{ ..var.o}");
}

#[test]
fn an_object_that_is_not_known_makes_the_instances_that_its_type_declares() {
    let fixture = root(
        "variable \"o\" {\n type = object({ b = string, a = string })\n}\nresource \"aws_x\" \"it\" {\n for_each = var.o\n name = each.value\n}",
    );
    assert_eq!(fixture.addresses(), ["aws_x.it[\"a\"]", "aws_x.it[\"b\"]"]);
    assert_eq!(show(&fixture.value("aws_x.it[\"a\"]", &["name"])), "?var.o.a");
}

#[test]
fn a_type_goes_through_modules_locals_and_outputs() {
    let fixture = load(
        &[
            (
                "main.tf",
                "variable \"l\" {\n type = list(string)\n}\nmodule \"m\" {\n source = \"./m\"\n l = var.l\n}\nlocals {\n x = module.m.x\n}\noutput \"o\" {\n value = local.x.zz\n}\nmodule \"wrong\" {\n source = \"./m\"\n l = var.l[0]\n}",
            ),
            (
                "m/main.tf",
                "variable \"l\" {\n type = list(any)\n}\noutput \"x\" {\n value = { l = var.l[0], n = length(var.l) }\n}\noutput \"y\" {\n value = var.l[0].z\n}",
            ),
        ],
        &["."],
    );
    assert_eq!(
        fixture.problems(),
        [
            "KL005 the value of `l` is not of its type: a list is required",
            "KL003 the object has no attribute `zz`",
            "KL003 a string has no attribute `z`",
        ]
    );
}

#[test]
fn what_is_rejected_in_one_case_only_is_no_problem() {
    let fixture = root(
        "variable \"s\" {\n type = string\n}\nvariable \"l\" {\n type = list(string)\n}\noutput \"a\" {\n value = [for x in var.l : x.zz]\n}\noutput \"b\" {\n value = try(var.s.x, can(var.s[0]), 1)\n}\nresource \"aws_x\" \"it\" {\n for_each = toset(var.l)\n name = each.value.x\n dynamic \"b\" {\n for_each = var.l\n content {\n c = b.value.x\n }\n }\n}",
    );
    assert_eq!(fixture.problems(), Vec::<String>::new());
}
