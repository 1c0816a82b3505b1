//! Templates that are made to be expensive: answered, with a diagnostic where something is cut off.
//!
//! Time is not measured here. What a template may take is bounded by counts (see
//! [`crate::conditions`] and [`crate::evaluate`]), and without them these would not end.

use std::fmt::Write as _;

use super::*;

fn rules(read: &Read) -> Vec<&'static str> {
    let mut rules: Vec<_> = read.stack.problems.iter().map(|problem| problem.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn two_hundred_conditions_over_as_many_parameters_end() {
    let mut text = "Parameters:\n".to_owned();
    for index in 0..200 {
        writeln!(text, "  P{index}: {{Type: String}}").unwrap();
    }
    text.push_str("Conditions:\n  C0: !Equals [!Ref P0, a]\n");
    for index in 1..200 {
        let before = index - 1;
        writeln!(
            text,
            "  C{index}: !Or [!And [!Condition C{before}, !Equals [!Ref P{index}, a]], !Not [!Condition C{before}]]"
        )
        .unwrap();
    }
    text.push_str("Resources:\n");
    for index in 0..200 {
        writeln!(
            text,
            "  R{index}: {{Type: Custom::R, Condition: C{index}, Properties: {{A: !If [C199, 1, 2]}}}}"
        )
        .unwrap();
    }
    let read = read_yaml(&text);
    assert_eq!(rules(&read), ["KL004"]);
    assert_eq!(read.stack.resources.len(), 400);
}

#[test]
fn ten_thousand_choices_in_one_template_end() {
    let mut text =
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nResources:\n".to_owned();
    for index in 0..1_000 {
        writeln!(text, "  R{index}:\n    Type: Custom::R\n    Properties:").unwrap();
        for property in 0..10 {
            writeln!(text, "      A{property}: !If [C, !Sub 'x${{P}}', !If [C, 1, 2]]").unwrap();
        }
    }
    let read = read_yaml(&text);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(show(read.property("R999", "A9")), r#"(C is true: "x${P}" | C is false: 2)"#);
}

#[test]
fn fifty_thousand_resources_are_read() {
    let mut text = "Resources:\n".to_owned();
    for index in 0..50_000 {
        writeln!(text, "  R{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: b{index}}}}}")
            .unwrap();
    }
    let read = read_yaml(&text);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.stack.resources.len(), 50_000);
}

#[test]
fn names_that_are_made_of_each_other_end() {
    // Each name holds the one before twice: without a bound the last would have 2^60 characters.
    let mut text = "Resources:\n  B0: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}\n".to_owned();
    for index in 1..60 {
        let before = index - 1;
        writeln!(
            text,
            "  B{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '${{B{before}}}${{B{before}}}'}}}}"
        )
        .unwrap();
    }
    assert_eq!(rules(&read_yaml(&text)), ["KL004"]);
}

#[test]
fn ten_thousand_levels_are_a_limit() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("!Not [", "]")] {
        let text = format!(
            "Resources: {{R: {{Type: Custom::R, Properties: {{A: {}1{}}}}}}}",
            open.repeat(10_000),
            close.repeat(10_000)
        );
        let file = file("template.yaml", &text);
        let parsed = yaml::parse(&Text::at(Arc::clone(file.text()), file.span()));
        assert!(!parsed.errors.is_empty());
        assert!(crate::load_documents(&file, &parsed.documents).is_some());
    }
}

#[test]
fn a_bomb_of_aliases_is_a_limit() {
    let mut text = "Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for index in 1..12 {
        let uses = vec![format!("*a{}", index - 1); 9].join(", ");
        writeln!(text, "  a{index}: &a{index} [{uses}]").unwrap();
    }
    text.push_str("Resources: {R: {Type: Custom::R, Properties: {A: *a11}}}\n");
    let file = file("template.yaml", &text);
    let parsed = yaml::parse(&Text::at(Arc::clone(file.text()), file.span()));
    let is_limit = |error: &keylint_syntax::SyntaxError| error.kind == keylint_syntax::SyntaxErrorKind::Limit;
    assert!(parsed.errors.iter().any(is_limit));
    assert!(crate::load_documents(&file, &parsed.documents).is_some());
}

#[test]
fn a_thousand_lookups_in_a_mapping_of_forty_thousand_entries_end() {
    let mut text = "Parameters: {P: {Type: String}, Q: {Type: String}}\nMappings:\n  M:\n".to_owned();
    for top in 0..200 {
        let row: Vec<String> = (0..200).map(|second| format!("s{second}: v{top}")).collect();
        writeln!(text, "    k{top}: {{{}}}", row.join(", ")).unwrap();
    }
    text.push_str("Resources:\n");
    for index in 0..1_000 {
        writeln!(
            text,
            "  R{index}: {{Type: Custom::R, Properties: {{A: !FindInMap [M, !Ref P, !Ref Q], B: !FindInMap [M, k1, !Ref Q]}}}}"
        )
        .unwrap();
    }
    let read = read_yaml(&text);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(show(read.property("R9", "A")), "<operand Fn::FindInMap(M\u{1f}${P}\u{1f}${Q})>");
    assert_eq!(show(read.property("R9", "B")), r#""v1""#);
}

/// Loops that make nothing, and text that only looks like a placeholder.
#[test]
fn loops_that_make_nothing_stop_at_the_limit() {
    let items = (0..60).map(|index| format!("A{index}")).collect::<Vec<_>>().join(", ");
    let mut fragment = "{}".to_owned();
    for level in 0..8 {
        fragment = format!("{{'Fn::ForEach::L{level}': [I{level}, [{items}], {fragment}]}}");
    }
    let read = read_yaml(&format!("Transform: AWS::LanguageExtensions\nResources: {fragment}\n"));
    assert_eq!(rules(&read), ["KL004"]);

    let braces = "${".repeat(200_000);
    let text = format!(
        "Resources: {{'Fn::ForEach::L': [I, [a, b], {{'R${{I}}': {{Type: Custom::R, Properties: {{X: '{braces}'}}}}}}]}}"
    );
    let read = read_yaml(&format!("Transform: AWS::LanguageExtensions\n{text}\n"));
    assert_eq!(read.stack.resources.len(), 2);
    assert_eq!(read.property("Ra", "X").as_str().map(str::len), Some(400_000));
}

#[test]
fn text_that_loops_repeat_stops_at_the_limit() {
    let items = (0..100).map(|index| format!("A{index}")).collect::<Vec<_>>().join(", ");
    let text = "${I}".repeat(100_000);
    let read = read_yaml(&format!(
        "Transform: AWS::LanguageExtensions\nResources: {{'Fn::ForEach::L': [I, [{items}], {{'R${{I}}': {{Type: Custom::R, Properties: {{X: '{text}'}}}}}}]}}\n"
    ));
    assert_eq!(rules(&read), ["KL004"]);
}

#[test]
fn globals_that_thousands_of_functions_inherit_stop_at_the_limit() {
    let variables = (0..2_000).map(|index| format!("V{index}: x")).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{Environment: {{Variables: {{{variables}}}}}}}}}\nResources:\n"
    );
    for index in 0..2_000 {
        text.push_str(&format!(
            "  F{index}: {{Type: AWS::Serverless::Function, Properties: {{Handler: a}}}}\n"
        ));
    }
    assert_eq!(rules(&read_yaml(&text)), ["KL004"]);
}

#[test]
fn thirty_thousand_dynamic_references_in_one_string_are_read() {
    let references = "{{resolve:ssm:/a/b/c}}, ".repeat(30_000);
    let read =
        read_yaml(&format!("Resources:\n  R: {{Type: Custom::R, Properties: {{A: \"{references}\"}}}}\n"));
    assert_eq!(read.problems(), [""; 0]);
    let holes = read.property("R", "A").parts().unwrap();
    assert_eq!(holes.iter().filter(|part| matches!(part, Part::Hole(..))).count(), 30_000);
}

#[test]
fn a_long_name_that_many_arns_are_made_of_is_cut_off() {
    let name = "b".repeat(200_000);
    let mut text =
        format!("Resources:\n  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}}}}}\n");
    for index in 0..1_000 {
        writeln!(text, "  R{index}: {{Type: Custom::R, Properties: {{A: !GetAtt B.Arn}}}}").unwrap();
    }
    assert_eq!(rules(&read_yaml(&text)), ["KL004"]);
}

/// The problems of a template, which do not depend on the number of threads.
fn problems_on_threads(text: &str) -> Vec<String> {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let read = pool.install(|| read_yaml(text));
        let resources: Vec<_> = read.stack.resources.iter().map(|resource| format!("{resource:?}")).collect();
        (read.problems(), resources)
    };
    let (one, five) = (on(1), on(5));
    assert!(one == five);
    one.0
}

#[test]
fn texts_with_alternatives_are_counted_over_the_whole_template() {
    let template = |resources: usize| {
        let mut text = "Parameters:\n".to_owned();
        for index in 0..8 {
            writeln!(text, "  P{index}: {{Type: String, AllowedValues: [a, b, c, d]}}").unwrap();
        }
        text.push_str("Resources:\n");
        for index in 0..resources {
            writeln!(text, "  R{index}:\n    Type: Custom::R\n    Properties:").unwrap();
            for property in 0..20 {
                let (one, other) = ((index + property) % 8, (index + property + 1) % 8);
                writeln!(text, "      A{property}: !Sub '${{P{one}}}-${{P{other}}}'").unwrap();
            }
        }
        text
    };
    assert_eq!(problems_on_threads(&template(40)), [""; 0]);
    let problems = problems_on_threads(&template(400));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("KL004"), "{problems:?}");
    let read = read_yaml(&template(400));
    assert!(matches!(read.property("R0", "A0").data, Data::Choice(_)));
    assert!(!matches!(read.property("R399", "A19").data, Data::Choice(_)));
}

/// Seven pigeons in six holes: that not all of the conditions can hold takes a long search.
#[test]
fn contradictions_that_are_hard_to_see_are_searched_for_a_while() {
    let mut text = "Parameters:\n".to_owned();
    for (pigeon, hole) in (0..7).flat_map(|pigeon| (0..6).map(move |hole| (pigeon, hole))) {
        writeln!(text, "  P{pigeon}x{hole}: {{Type: String, AllowedValues: [t, f]}}").unwrap();
    }
    text.push_str("Conditions:\n");
    let mut names = Vec::new();
    for pigeon in 0..7 {
        let holes: Vec<_> = (0..6).map(|hole| format!("!Equals [!Ref P{pigeon}x{hole}, t]")).collect();
        writeln!(text, "  A{pigeon}: {{'Fn::Or': [{}]}}", holes.join(", ")).unwrap();
        names.push(format!("A{pigeon}"));
    }
    for hole in 0..6 {
        for (one, other) in (0..7).flat_map(|one| (0..one).map(move |other| (one, other))) {
            let both = format!("!Equals [!Ref P{one}x{hole}, t], !Equals [!Ref P{other}x{hole}, t]");
            writeln!(text, "  B{hole}x{one}x{other}: {{'Fn::Not': [{{'Fn::And': [{both}]}}]}}").unwrap();
            names.push(format!("B{hole}x{one}x{other}"));
        }
    }
    text.push_str("Resources:\n");
    for index in 0..40 {
        let turn = (7 * index + 1) % names.len();
        names.rotate_left(turn);
        let value =
            names.iter().take(100).fold("y".to_owned(), |value, name| format!("!If [{name}, {value}, n]"));
        writeln!(text, "  R{index}: {{Type: Custom::R, Properties: {{X: {value}}}}}").unwrap();
    }
    let problems = problems_on_threads(&text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("KL004"), "{problems:?}");
}
