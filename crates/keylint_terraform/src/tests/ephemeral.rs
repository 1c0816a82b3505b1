//! Values that do not outlast a run: what they mark and what cannot hold them. What Terraform says
//! of its own resource type is in [`super::recorded_projects`].

use super::*;

const INPUT: &str = "variable \"x\" {\n default = \"s\"\n ephemeral = true\n}\nephemeral \"aws_secretsmanager_random_password\" \"p\" {\n password_length = 20\n}\n";

/// The problems, each with the source that it points at.
fn rejected(text: &str) -> Vec<String> {
    let fixture = root(&format!("{INPUT}{text}"));
    let problems = fixture.stack().problems.iter().chain(fixture.project.problems());
    problems.map(|problem| format!("{}: {}", fixture.slice(problem.span), problem.message)).collect()
}

#[test]
fn an_argument_that_is_kept_holds_no_ephemeral_value() {
    let kept = |text: &str, name: &str| {
        let problems = rejected(text);
        let message = format!("an ephemeral value in `{name}`, which is kept in the state");
        assert!(problems.len() == 1 && problems[0].ends_with(&message), "{text}: {problems:?}");
    };
    kept("resource \"aws_ssm_parameter\" \"a\" {\n value = var.x\n}", "value");
    kept("resource \"aws_ssm_parameter\" \"a\" {\n tags = { a = \"-${var.x}\" }\n}", "tags");
    kept(
        "resource \"aws_ssm_parameter\" \"a\" {\n value = ephemeral.aws_secretsmanager_random_password.p.random_password\n}",
        "value",
    );
    kept("resource \"aws_mq_broker\" \"a\" {\n user {\n  password = var.x\n }\n}", "password");
    kept(
        "resource \"aws_mq_broker\" \"a\" {\n dynamic \"user\" {\n  for_each = [var.x]\n  content {\n   name = user.value\n   password_wo = user.value\n  }\n }\n}",
        "name",
    );
    kept("data \"aws_ssm_parameter\" \"a\" {\n name_wo = var.x\n}", "name_wo");
    // Only its schema says what another provider keeps, but not of a data source.
    kept("data \"other_thing\" \"a\" {\n name = var.x\n}", "name");
}

#[test]
fn what_keeps_nothing_takes_ephemeral_values() {
    for text in [
        "resource \"aws_ssm_parameter\" \"a\" {\n value_wo = var.x\n}",
        "resource \"aws_mq_broker\" \"a\" {\n user {\n  password_wo = var.x\n }\n}",
        "resource \"other_thing\" \"a\" {\n secret = var.x\n}",
        "ephemeral \"aws_ssm_parameter\" \"a\" {\n arn = var.x\n}",
        "provider \"aws\" {\n secret_key = var.x\n}",
        "resource \"aws_instance\" \"a\" {\n connection {\n  host = \"h\"\n  password = var.x\n }\n provisioner \"local-exec\" {\n  command = var.x\n }\n}",
        "locals {\n y = var.x\n}",
        "resource \"aws_ssm_parameter\" \"a\" {\n value = ephemeralasnull(var.x)\n}",
    ] {
        assert_eq!(rejected(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_write_only_argument_reads_as_null() {
    let fixture = root(
        "resource \"aws_ssm_parameter\" \"a\" {\n value_wo = \"v\"\n}\nresource \"test_it\" \"it\" {\n x = aws_ssm_parameter.a.value_wo\n y = lookup(aws_ssm_parameter.a, \"name\", null)\n}",
    );
    assert_eq!(show(&fixture.value("test_it.it", &["x"])), "null");
    assert_eq!(show(&fixture.value("aws_ssm_parameter.a", &["value_wo"])), "\"v\"");
}

#[test]
fn what_a_module_that_is_not_here_returns_may_be_ephemeral() {
    let text = "module \"m\" {\n source = \"registry/m/aws\"\n}\n";
    let output = |value: &str| format!("{text}output \"o\" {{\n ephemeral = true\n value = {value}\n}}");
    assert_eq!(rejected(&output("module.m.secret")), Vec::<String>::new());
    assert_eq!(
        rejected(&output("aws_ssm_parameter.a.arn\n}\nresource \"aws_ssm_parameter\" \"a\" {")),
        ["aws_ssm_parameter.a.arn: an ephemeral output takes an ephemeral value only"]
    );
}
