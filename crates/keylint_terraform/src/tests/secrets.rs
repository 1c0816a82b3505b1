//! A secret does not get into what is said of a configuration.

use super::*;

const SECRET: &str = "variable \"p\" {\n sensitive = true\n default = \"hunter2\"\n}\nvariable \"q\" {\n sensitive = true\n}\nvariable \"n\" {\n sensitive = true\n default = 918273\n}\nvariable \"open\" {}\ndata \"external\" \"x\" {}\n";

fn with_secret(text: &str) -> Fixture {
    root(&format!("{SECRET}{text}"))
}

fn managed(fixture: &Fixture) -> Vec<&str> {
    fixture.addresses().into_iter().filter(|address| !address.starts_with("data.")).collect()
}

#[test]
fn what_is_read_by_a_secret_key_is_not_called_by_it() {
    for expression in [
        "data.external.x.result[var.p]",
        "var.open[var.n]",
        "merge(var.open, {a = 1})[var.p]",
        "concat(var.open, [])[var.n].a",
        "{a = {b = 1}}[var.open][var.p]",
    ] {
        let fixture = with_secret(&format!("resource \"aws_x\" \"it\" {{\n a = {expression}\n}}"));
        let value = fixture.value("aws_x.it", &["a"]);
        let said = format!("{:?}", value.data);
        assert!(value.as_unknown().is_some(), "{expression}: {said}");
        assert!(!said.contains("hunter2") && !said.contains("918273"), "{expression}: {said}");
        assert!(value.origin.marks.sensitive, "{expression}");
    }
    // A key that nobody has to hide stays in the name.
    let plain = evaluate_with("data \"external\" \"x\" {}", "data.external.x.result[\"a\"]");
    assert_eq!(plain, "?data.external.x.result.a");
}

#[test]
fn instances_are_not_called_by_a_secret() {
    for over in [
        "toset([var.p])",
        "{ (var.p) = 1 }",
        "sensitive({ hunter2 = 1 })",
        "[var.p]",
        "var.open ? toset([var.p]) : toset([])",
    ] {
        let fixture = with_secret(&format!(
            "resource \"aws_x\" \"it\" {{\n for_each = {over}\n a = each.key\n}}\noutput \"o\" {{\n value = aws_x.it\n}}"
        ));
        assert_eq!(managed(&fixture), ["aws_x.it[*]"], "{over}");
        assert!(fixture.value("aws_x.it[*]", &["a"]).origin.marks.sensitive, "{over}");
    }
    // Terraform takes it, and an address tells no more than how many there are.
    let fixture = with_secret("resource \"aws_x\" \"it\" {\n count = var.n - 918271\n}");
    assert_eq!(managed(&fixture), ["aws_x.it[0]", "aws_x.it[1]"]);
}

#[test]
fn a_condition_does_not_tell_what_a_secret_is_compared_with() {
    for condition in ["var.q == \"hunter2\"", "var.q != \"hunter2\"", "!(var.q == \"hunter2\" && var.open)"] {
        let fixture = with_secret(&format!(
            "resource \"aws_x\" \"it\" {{\n a = {condition} ? 1 : 2\n}}\nresource \"aws_x\" \"some\" {{\n count = {condition} ? 1 : 0\n}}"
        ));
        let shown = show(&fixture.value("aws_x.it", &["a"]));
        assert!(shown.contains("a sensitive condition is") && !shown.contains("hunter2"), "{shown}");
        assert!(!fixture.resource("aws_x.some[0]").guard.describe().contains("hunter2"), "{condition}");
    }
}

#[test]
fn what_is_wrong_with_a_network_names_no_number() {
    for call in [
        "cidrhost(\"10.0.0.0/30\", var.n)",
        "cidrsubnet(\"10.0.0.0/30\", 2, var.n)",
        "cidrsubnet(\"10.0.0.0/30\", var.n, 0)",
        "cidrsubnets(\"10.0.0.0/30\", 25, var.n)",
    ] {
        let problems = with_secret(&format!("locals {{\n a = {call}\n}}")).problems();
        assert_eq!(problems.len(), 1, "{call}");
        assert!(problems.iter().all(|it| !it.contains("918273") && !it.contains("30")), "{problems:?}");
    }
}
