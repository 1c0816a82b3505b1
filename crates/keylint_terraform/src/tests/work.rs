//! What takes long ends, and says where.

use super::*;

fn ends_in_time(files: &[(&str, &str)]) -> Vec<String> {
    let start = std::time::Instant::now();
    let problems = load(files, &["."]).problems();
    assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
    problems
}

#[test]
fn rendering_a_file_costs_what_the_file_is_long() {
    let template = format!("%{{ if false }}{}%{{ endif }}", "x".repeat(600_000));
    let main = "locals {\n a = [for i in range(1000) : templatefile(\"t.tpl\", { x = 1 })]\n}";
    let said = ["KL004 the configuration takes too many steps to evaluate"];
    assert_eq!(ends_in_time(&[("main.tf", main), ("t.tpl", &template)]), said);
}

#[test]
fn a_replacement_before_each_character_is_not_made_where_it_is_too_long() {
    let main = "locals {\n k = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"])\n big = replace(local.k, \"\", local.k)\n}";
    assert_eq!(ends_in_time(&[("main.tf", main)]), ["KL004 the string is too long"]);
    assert_eq!(evaluate("replace(\"ab\", \"\", \"-\")"), "\"-a-b-\"");
}

#[test]
fn a_format_ends_where_what_it_writes_is_too_long() {
    let main = "locals {\n k = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"])\n f = join(\"\", [for i in range(1000) : \"%[1]q\"])\n big = format(local.f, local.k)\n}";
    assert_eq!(ends_in_time(&[("main.tf", main)]), ["KL004 the string is too long"]);
}

#[test]
fn conditions_that_are_there_twice_are_told_apart_in_time() {
    let main = "data \"aws_iam_policy_document\" \"d\" {\n statement {\n actions = [\"kms:*\"]\n resources = [\"*\"]\n dynamic \"condition\" {\n for_each = range(1000)\n content {\n test = \"StringEquals\"\n variable = \"aws:PrincipalTag/a\"\n values = [for i in range(100) : \"${i}-${condition.value % 500}\"]\n }\n }\n }\n}";
    let fixture = load(&[("main.tf", main)], &["."]);
    let values = fixture.value(
        "data.aws_iam_policy_document.d",
        &["json", "Statement", "0", "Condition", "StringEquals", "aws:PrincipalTag/a"],
    );
    assert_eq!(values.as_list().unwrap().elements.len(), 50_000);
}
