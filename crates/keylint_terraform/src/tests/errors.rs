//! What Terraform rejects, and where it is no error.

use super::*;

#[test]
fn a_mistake_is_reported_once_at_its_place() {
    let fixture = root(
        "locals {\n n = tonumber(\"a\")\n}\nresource \"aws_x\" \"it\" {\n count = 2\n a = local.n\n b = \"${local.n}\"\n c = length([0 / local.zero])\n}\nlocals {\n zero = 0\n}\noutput \"o\" {\n value = {a = 1}.b\n}",
    );
    assert_eq!(
        fixture.problems(),
        [
            "KL003 the object has no attribute `b`",
            "KL003 `tonumber`: does not take a string",
            "KL003 zero is divided by zero"
        ]
    );
}

#[test]
fn what_is_forgiven_or_not_evaluated_is_no_error() {
    let fixture = root(
        "variable \"on\" {}\nvariable \"unset\" {\n default = null\n}\nresource \"aws_x\" \"it\" {\n a = try(tonumber(\"a\"), 1)\n b = can(length([tonumber(\"a\")]))\n c = true ? 1 : tonumber(\"a\")\n d = var.on ? 1 : tonumber(\"a\")\n e = \"${var.unset}\"\n}\nresource \"aws_x\" \"none\" {\n count = 0\n a = tonumber(\"a\")\n}",
    );
    assert_eq!(fixture.problems(), Vec::<String>::new());
    assert_eq!(fixture.value("aws_x.it", &["b"]).as_bool(), Some(false));
}

#[test]
fn a_message_names_no_value() {
    let fixture = root(
        "resource \"aws_x\" \"it\" {\n a = tonumber(\"hunter2\")\n b = {a = 1}[\"hunter2\"]\n c = \"hunter2\" + 1\n}",
    );
    assert_eq!(fixture.problems().len(), 3);
    assert!(fixture.problems().iter().all(|problem| !problem.contains("hunter2")));
}

#[test]
fn what_may_follow_from_broken_syntax_is_not_reported() {
    let fixture = load(
        &[("main.tf", "resource \"aws_x\" \"it\" {\n a = each.key\n}"), ("broken.tf", "locals {\n a = \n")],
        &["."],
    );
    assert_eq!(fixture.problems(), Vec::<String>::new());
}

#[test]
fn an_unsuitable_count_or_for_each_is_reported_where_it_is_written() {
    let problems = |meta: &str| root(&format!("resource \"aws_x\" \"it\" {{\n {meta}\n}}")).problems();
    for (meta, said) in [
        ("count = null", "`count` is null"),
        ("count = -1", "`count` is negative"),
        ("count = 1.5", "`count` takes a whole number"),
        ("count = \"x\"", "`count` takes a whole number"),
        ("count = true", "`count` takes a whole number"),
        ("for_each = null", "`for_each` is null"),
        ("for_each = [\"a\"]", "`for_each` takes a map or a set of strings, not a list"),
        ("for_each = \"a\"", "`for_each` takes a map or a set of strings"),
    ] {
        assert_eq!(problems(meta), [format!("KL003 {said}")], "{meta}");
    }
    for meta in [
        "count = \"2\"",
        "count = 4 / 2",
        "for_each = {}",
        "for_each = toset([\"a\"])",
        "for_each = true ? [] : toset([])",
    ] {
        assert_eq!(problems(meta), [""; 0], "{meta}");
    }
}

#[test]
fn a_resource_that_is_one_takes_no_key() {
    let problems = |expression: &str| {
        root(&format!(
            "variable \"i\" {{}}\nresource \"terraform_data\" \"k\" {{}}\ndata \"aws_x\" \"d\" {{}}\n\
             resource \"terraform_data\" \"many\" {{\n count = 1\n}}\noutput \"o\" {{\n value = {expression}\n}}"
        ))
        .problems()
    };
    // As `terraform validate` of 1.11.4 has it.
    for (expression, address) in [
        ("terraform_data.k[0].id", "terraform_data.k"),
        ("terraform_data.k[\"id\"]", "terraform_data.k"),
        ("terraform_data.k.0.id", "terraform_data.k"),
        ("terraform_data.k[0]", "terraform_data.k"),
        ("data.aws_x.d[0].y", "data.aws_x.d"),
    ] {
        let said = format!("KL003 `{address}` has neither `count` nor `for_each`: it takes no key");
        assert_eq!(problems(expression), [said], "{expression}");
    }
    for expression in [
        "terraform_data.k[var.i]",
        "terraform_data.k[*].id",
        "terraform_data.k[*].id[0]",
        "terraform_data.many[0].id",
        "terraform_data.many.0.id",
    ] {
        assert_eq!(problems(expression), [""; 0], "{expression}");
    }
}

#[test]
fn json_has_no_infinite_numbers() {
    for expression in ["1 / 0", "{ a = [-(1 / 0)] }", "tonumber(\"inf\")"] {
        let problems = root(&format!("output \"o\" {{\n value = jsonencode({expression})\n}}")).problems();
        assert!(problems.len() == 1 && problems[0].starts_with("KL003"), "{expression}: {problems:?}");
    }
}

#[test]
fn a_dependency_may_name_an_instance_as_it_was_named_of_old() {
    let text = |dependency: &str| {
        format!(
            "resource \"terraform_data\" \"b\" {{\n  count = 2\n}}\nresource \"terraform_data\" \"a\" {{\n  depends_on = [{dependency}]\n}}\n"
        )
    };
    for dependency in ["terraform_data.b", "terraform_data.b[0]", "terraform_data.b.0"] {
        assert_eq!(root(&text(dependency)).problems(), [""; 0], "{dependency}");
    }
    let message = "KL003 what comes first is a whole object, not an attribute of one";
    assert_eq!(root(&text("terraform_data.b[0].id")).problems(), [message]);
    assert_eq!(root(&text("terraform_data.b.0.id")).problems(), [message]);
}
