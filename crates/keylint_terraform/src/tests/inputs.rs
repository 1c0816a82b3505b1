//! What a root module is given from outside of its directory.

use super::*;
use crate::{Acceptance, Argument, Given, Inputs, Values};

/// The value of `var.x`, declared as given, in a root module with these files and inputs.
fn value_of_x(declaration: &str, files: &[(&str, &str)], inputs: &Inputs) -> String {
    show(&fixture(declaration, files, inputs).value("aws_x.it", &["x"]))
}

fn fixture(declaration: &str, files: &[(&str, &str)], inputs: &Inputs) -> Fixture {
    let main =
        format!("variable \"x\" {{\n{declaration}\n}}\nresource \"aws_x\" \"it\" {{\n x = var.x\n}}\n");
    let mut all = vec![("main.tf", &*main)];
    all.extend(files);
    let mut fixture = load(&all, &["."]);
    let root = fixture.project.roots()[0];
    fixture.stacks = vec![fixture.project.evaluate_with(&fixture.sources, root, inputs)];
    fixture
}

fn argument(text: &str) -> Inputs {
    Inputs { given: vec![Given::Argument(Argument::new("x", text))], ..Inputs::default() }
}

#[test]
fn arguments_go_before_files_and_files_before_the_environment() {
    let files = [("terraform.tfvars", "x = \"file\""), ("prod.tfvars", "x = \"prod\"")];
    let sources = load(&files, &["."]).sources;
    let prod = || Given::Values(Arc::new(Values::load(&sources, Path::new("prod.tfvars")).unwrap()));
    let stated = || Given::Argument(Argument::new("x", "stated"));
    let environment = || vec![Argument::new("x", "environment")];
    let cases = [
        (vec![prod(), stated()], &files[..], "\"stated\""),
        (vec![stated(), prod()], &files[..], "\"prod\""),
        (vec![], &files[..], "\"file\""),
        (vec![], &[][..], "\"environment\""),
    ];
    for (given, files, expected) in cases {
        let inputs = Inputs { environment: environment(), given, ..Inputs::default() };
        assert_eq!(value_of_x("default = \"default\"", files, &inputs), expected);
    }
}

/// Compared with `terraform apply -var` of Terraform 1.11.
#[test]
fn the_type_of_the_variable_decides_how_a_text_is_read() {
    let cases = [
        ("type = string", "[1]", "\"[1]\""),
        ("", "[1]", "\"[1]\""),
        ("type = number", "5", "5"),
        ("type = bool", "true", "true"),
        ("type = any", "[1]", "[1]"),
        ("type = list(string)", "[\"a\", 1]", "[\"a\", \"1\"]"),
        ("type = map(string)", "{ a = 1 }", "{a: \"1\"}"),
    ];
    for (declaration, text, expected) in cases {
        assert_eq!(value_of_x(declaration, &[], &argument(text)), expected, "{declaration}: {text}");
    }
}

#[test]
fn an_argument_that_no_variable_takes_is_told_from_one_that_is_no_expression() {
    let project = load(&[("main.tf", "variable \"l\" {\n type = list(string)\n}\n")], &["."]).project;
    let accepts = |name, text| project.accepts(project.roots()[0], &Argument::new(name, text));
    assert_eq!(accepts("l", "[]"), Acceptance::Taken);
    assert_eq!(accepts("l", "[1"), Acceptance::NoExpression);
    assert_eq!(accepts("m", "[]"), Acceptance::Undeclared);
}

#[test]
fn a_value_of_the_command_line_has_no_place_but_names_its_variable() {
    let fixture = fixture("type = any", &[], &argument("{ a = [\"b\"] }"));
    let value = fixture.value("aws_x.it", &["x", "a", "0"]);
    assert_eq!((value.as_str(), value.origin.span), (Some("b"), None));
    let whole = fixture.value("aws_x.it", &["x"]);
    let step = whole.origin.steps().next().unwrap();
    assert_eq!(step.describe(), "`x` is set on the command line");
    assert_eq!(fixture.place(step.span), "main.tf:1");
}

#[test]
fn a_value_of_another_type_is_reported_at_the_variable() {
    let fixture = fixture("type = number", &[], &argument("many"));
    assert_eq!(fixture.problems(), ["KL005 the value of `x` is not of its type: a number is required"]);
    assert_eq!(fixture.place(fixture.stack().problems[0].span), "main.tf:1");
}

#[test]
fn a_sensitive_value_that_is_handed_in_stays_unknown() {
    let inputs = Inputs { environment: vec![Argument::new("x", "hunter2")], ..argument("hunter2") };
    let shown = value_of_x("sensitive = true", &[], &inputs);
    assert_eq!(shown, "?input");
}

#[test]
fn the_workspace_is_known_where_it_is_given() {
    let workspace = Some(keylint_syntax::Text::synthetic("prod"));
    let inputs = Inputs { workspace, ..argument("a") };
    let text = "resource \"aws_x\" \"name\" {\n name = \"key-${terraform.workspace}\"\n}\n";
    let fixture = fixture("", &[("more.tf", text)], &inputs);
    assert_eq!(show(&fixture.value("aws_x.name", &["name"])), "\"key-prod\"");
}

#[test]
fn a_file_of_values_has_no_blocks() {
    let text = "x = 1\ny {\n z = 2\n}\n";
    let sources = load(&[("prod.tfvars", text)], &["."]).sources;
    let named = Values::load(&sources, Path::new("prod.tfvars")).unwrap();
    let errors = named.file.unwrap().errors;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "a file of values has no blocks: write `=` before the brace");
    let fixture = load(&[("main.tf", "variable \"x\" {}"), ("terraform.tfvars", text)], &["."]);
    let said: Vec<String> = fixture.problems();
    assert_eq!(said, ["KL003 a file of values has no blocks: write `=` before the brace"]);
}
