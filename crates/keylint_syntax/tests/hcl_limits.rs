//! Hostile input is answered quickly, on the stack of an ordinary thread.

mod support;

use std::time::{Duration, Instant};

use keylint_syntax::hcl::{parse_expression, parse_template};
use keylint_syntax::{SyntaxErrorKind, Text};

/// Parses on a thread with the stack that threads have by default, and asserts that it is quick.
#[expect(clippy::unwrap_used, reason = "what is wrong in a test shall stop it")]
fn kinds(source: String) -> Vec<SyntaxErrorKind> {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || {
        let start = Instant::now();
        let (_, parsed) = support::parse(&source);
        // A hundred times what it takes; what is quadratic takes longer.
        assert!(start.elapsed() < Duration::from_secs(20), "takes {:?}", start.elapsed());
        parsed.errors.iter().map(|error| error.kind).collect::<Vec<_>>()
    });
    thread.unwrap().join().unwrap()
}

#[test]
fn deep_nesting_is_a_limit_and_not_an_overflow() {
    let deep = 10_000;
    let cases = [
        ("lists", format!("a = {}1{}\n", "[".repeat(deep), "]".repeat(deep))),
        ("objects", format!("a = {}1{}\n", "{ a = ".repeat(deep), " }".repeat(deep))),
        ("parentheses", format!("a = {}1{}\n", "(".repeat(deep), ")".repeat(deep))),
        ("calls", format!("a = {}1{}\n", "f(".repeat(deep), ")".repeat(deep))),
        ("templates", format!("a = {}1{}\n", "\"${".repeat(deep), "}\"".repeat(deep))),
        ("directives", format!("a = \"{}1{}\"\n", "%{ if a }".repeat(deep), "%{ endif }".repeat(deep))),
        ("negations", format!("a = {}1\n", "!".repeat(deep))),
        ("conditionals", format!("a = {}1\n", "a ? b : ".repeat(deep))),
        ("operators", format!("a = {}1\n", "1 + ".repeat(deep))),
        ("attributes", format!("a = b{}\n", ".c".repeat(deep))),
        ("indexes", format!("a = b{}\n", "[0]".repeat(deep))),
        ("for", format!("a = {}1{}\n", "[for x in y : ".repeat(deep), "]".repeat(deep))),
    ];
    // Each level within the parser's limits, all together deep.
    let traversal = format!("a{}", ".b".repeat(100));
    let together = (0..50).fold(traversal.clone(), |inner, _| format!("{traversal}[{inner}]"));
    let cases = cases.into_iter().chain([("together", format!("a = {together}\n"))]);
    for (name, source) in cases {
        assert_eq!(kinds(source), [SyntaxErrorKind::Limit], "{name}");
    }
}

#[test]
fn deep_blocks_are_read_as_far_as_the_limit() {
    let source = format!("{}a = 1\n{}sound = true\n", "b {\n".repeat(10_000), "}\n".repeat(10_000));
    assert_eq!(kinds(source), [SyntaxErrorKind::Limit]);
}

#[test]
fn brackets_that_never_close_are_quick() {
    for bracket in ["[", "{", "(", "\"${", "b {\n", "a = <<EOT\n", "%{ if a }", "/*", "a = \"\n", "a = [\n"] {
        let errors = kinds(bracket.repeat(100_000));
        assert!(!errors.is_empty() || bracket == "/*", "{bracket:?}");
    }
    for bracket in ["]", "}", ")", "[)", "(}", "{]", "}\n"] {
        assert!(!kinds(bracket.repeat(100_000)).is_empty(), "{bracket:?}");
    }
}

#[test]
fn many_mistakes_and_many_comments_are_quick() {
    kinds("/**/".repeat(200_000));
    assert_eq!(kinds("a = { x = 1, x = 2 }\n".repeat(5_000)).len(), 1001);
    kinds("a = (b ?\n c : d)\n".repeat(5_000));
    kinds(format!("a = {{\n{}}}\n", "x = 1\n".repeat(20_000)));
    kinds(format!("b {{\n{}}}\n", "x = \n".repeat(20_000)));
    kinds(format!("b {{\n{}", "c \"d\" {\n x = [\n}\n".repeat(20_000)));
}

#[test]
fn an_object_with_too_many_keys_is_a_limit() {
    let keys: String = (0..60_000).map(|key| format!("k{key} = 1\n")).collect();
    assert_eq!(kinds(format!("a = {{\n{keys}}}\n")), [SyntaxErrorKind::Limit]);
    let keys: String = (0..3_000).map(|key| format!("k{key} = 1\n")).collect();
    assert_eq!(kinds(format!("a = {{\n{keys}}}\n")), []);
}

#[test]
fn deep_templates_and_expressions_are_limits() {
    let template = Text::synthetic(format!("{}1{}", "${\"".repeat(10_000), "\"}".repeat(10_000)));
    assert_eq!(parse_template(&template).1[0].kind, SyntaxErrorKind::Limit);
    let expression = Text::synthetic(format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)));
    assert_eq!(parse_expression(&expression).1[0].kind, SyntaxErrorKind::Limit);
}
