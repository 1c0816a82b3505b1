//! A mistake hides only what it is in, and is reported once, where it is.

mod support;

use support::render;

fn parse(source: &str) -> (String, String) {
    let (file, parsed) = support::parse(source);
    (render::body(&parsed.body), support::errors(&file, &parsed.errors))
}

#[test]
fn a_broken_attribute_hides_only_its_value() {
    let (body, errors) =
        parse("resource \"a\" \"b\" {\n  x = 1\n  y = [1, 2\n  z = 3\n}\nnext {\n  ok = true\n}\n");
    assert_eq!(errors, "3:7 Syntax: this `[` is not closed");
    assert!(body.ends_with("next{ok=true}"), "{body}");
    assert!(body.starts_with("resource[a][b]{x=1 y=INVALID"), "{body}");

    let (body, errors) = parse("a {\n  b {\n    c = = 1\n    d = 2\n  }\n  e = 3\n}\n");
    assert_eq!(body, "a{b{c=INVALID d=2} e=3}");
    assert_eq!(errors, "3:9 Syntax: expected an expression, found `=`");
}

#[test]
fn a_block_without_its_end_does_not_hide_the_next() {
    let (body, errors) = parse("a \"x\" {\n  b = 1\n\nc \"y\" {\n  d = 2\n}\n\ne {\n  f = 3\n}\n");
    assert_eq!(body, "a[x]{b=1} c[y]{d=2} e{f=3}");
    assert_eq!(errors, "1:7 Syntax: this `{` is not closed");
}

#[test]
fn a_heredoc_without_its_end_does_not_hide_the_next_block() {
    let (body, errors) = parse("a {\n  b = <<EOT\n  text\n}\nc {\n  d = 2\n}\n");
    assert_eq!(body, "a{b=INVALID} c{d=2}");
    assert_eq!(errors, "2:7 Syntax: this heredoc has no end");
}

#[test]
fn a_string_ends_with_its_line() {
    let (body, errors) = parse("a = \"one\nb = \"two\"\nc {\n  d = f(\"x)\n  e = 1\n}\n");
    assert_eq!(body, "a=INVALID b=\"two\" c{d=INVALID e=1}");
    assert_eq!(
        errors,
        "1:5 Syntax: this string does not end on its line\n4:9 Syntax: this string does not end on its line"
    );
}

#[test]
fn stray_brackets_are_pointed_at() {
    let (body, errors) = parse("a = 1\n}\nb = (1))\nc = 3\n");
    assert_eq!(body, "a=1 b=INVALID c=3");
    assert_eq!(errors, "2:1 Syntax: this `}` closes nothing\n3:8 Syntax: this `)` closes nothing");
}

#[test]
fn one_mistake_over_several_lines_is_reported_once() {
    let (body, errors) = parse("a = 1 +\n  two\n  three\nb = 2\n");
    assert_eq!(body, "a=INVALID b=2");
    assert_eq!(errors, "1:8 Syntax: expected an expression, found the end of the line");
}

#[test]
fn messages_name_what_is_missing() {
    let cases = [
        ("a", "1:2 Syntax: expected `=`, `{` or a block label, found the end"),
        ("a 1", "1:3 Syntax: expected `=`, `{` or a block label, found a number"),
        ("a =", "1:4 Syntax: expected an expression, found the end"),
        ("a = 'x'", "1:5 Syntax: expected an expression, found a single quote"),
        ("a = b.", "1:7 Syntax: expected a name, a number or `*` after the dot, found the end"),
        ("a = { b 1 }", "1:9 Syntax: expected `=` or `:` after the object key, found a number"),
        (
            "a = { b = 1 c = 2 }",
            "1:13 Syntax: expected `,`, a new line or `}` after the object item, found a name",
        ),
        (
            "a = \"\\q\"",
            "1:6 Syntax: unknown escape sequence: expected `\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\uNNNN` or `\\UNNNNNNNN`",
        ),
        ("a = 1 b = 2", "1:7 Syntax: expected a new line or the end of the file, found a name"),
        ("a { b = 1\n}", "1:10 Syntax: expected an attribute, a block or `}`, found the end of the line"),
        ("a = \"%{ endif }\"", "1:5 Syntax: this value is not an expression"),
        ("a = f(b...,)", "1:11 Syntax: expected `)` or an expression, found `,`"),
        ("a = b ? c", "1:10 Syntax: expected `:`, found the end"),
    ];
    for (source, expected) in cases {
        assert_eq!(parse(source).1, expected, "{source}");
    }
}

#[test]
fn keys_and_attributes_given_twice_are_read_and_reported() {
    let (body, errors) = parse("a = { x = 1, y = 2, x = 3, \"x\" = 4 }\n");
    assert_eq!(body, r#"a={"x":1,"y":2,"x":3,"x":4}"#);
    let expected = "1:21 DuplicateKey: object key `x` is given twice (given here before: 1:7)\n\
                    1:28 DuplicateKey: object key `x` is given twice (given here before: 1:7)";
    assert_eq!(errors, expected);

    let (body, errors) = parse("b {\n  c = 1\n  c = 2\n}\nd = 1\nd = 2\n");
    assert_eq!(body, "b{c=1 c=2} d=1 d=2");
    let expected = "3:3 Syntax: attribute `c` is set twice (set here before: 2:3)\n\
                    6:1 Syntax: attribute `d` is set twice (set here before: 5:1)";
    assert_eq!(errors, expected);
}

#[test]
fn keys_that_are_expressions_may_repeat() {
    let (body, errors) =
        parse("a = {\n  (v.x) = 1\n  (v.x) = 2\n  \"${k}\" = 3\n  \"${k}\" = 4\n  é = 5\n  é = 6\n}\n");
    assert_eq!(body, r#"a={(v.x):1,(v.x):2,`${k}`:3,`${k}`:4,"é":5,"é":6}"#);
    assert_eq!(errors, "7:3 DuplicateKey: object key `é` is given twice (given here before: 6:3)");
}

#[test]
fn the_same_keys_in_different_objects_are_no_duplicates() {
    let (_, errors) = parse("a = [{ x = 1 }, { x = 2, y = { x = 3 } }]\nb { x = 1 }\nb { x = 2 }\n");
    assert_eq!(errors, "");
}

#[test]
fn a_comment_without_its_end_hides_nothing() {
    let (body, errors) = parse("/* one */ a = 1\n/*\nb = 2\n*/\nc = \"/*\"\n");
    assert_eq!((body.as_str(), errors.as_str()), ("a=1 c=\"/*\"", ""));

    let (body, errors) = parse("a = 1\n/* forgotten\nb {\n  c = [2, /* two\n  3]\n}\n");
    assert_eq!(body, "a=1 b{c=INVALID}");
    assert_eq!(errors, "2:1 Syntax: this comment has no end\n4:11 Syntax: this comment has no end");
}
