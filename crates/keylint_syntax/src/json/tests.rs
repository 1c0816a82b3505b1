#![expect(clippy::string_slice, reason = "a test that slices wrongly fails")]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources, Span};

use super::{MAX_DEPTH, MAX_ERRORS, parse};
use crate::data::{Hole, Node, NodeKind};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::testing::shown;
use crate::text::Text;

fn read(source: &str) -> (Option<Node>, Vec<SyntaxError>) {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let file = sources.insert(Path::new("a.json"), source);
    parse(&Text::of_file(&file))
}

fn clean(source: &str) -> Node {
    let (node, errors) = read(source);
    assert_eq!(errors, []);
    node.unwrap()
}

/// The tree and the messages with the bytes that they point at.
fn broken(source: &str) -> (String, Vec<String>) {
    let (node, errors) = read(source);
    let errors =
        errors.iter().map(|error| format!("{}: {:?}", error.message, &source[error.span.range()])).collect();
    (node.as_ref().map_or_else(|| "nothing".into(), shown), errors)
}

#[test]
fn every_node_has_the_bytes_that_it_is_written_at() {
    let source = "\u{feff}{\r\n  \"a\": [1, -2.5e+3, true, null, \"é\"], \"b\": {}\r\n}\r\n";
    let node = clean(source);
    let slice = |span: Span| &source[span.range()];
    assert!(slice(node.span).starts_with('{') && slice(node.span).ends_with('}'));
    let member = &node.members()[0];
    assert_eq!(slice(member.key_span), "\"a\"");
    assert_eq!(slice(member.key.span().unwrap()), "a");
    let NodeKind::List(elements) = &member.value.kind else { panic!("a list") };
    let written: Vec<_> = elements.iter().map(|element| slice(element.span)).collect();
    assert_eq!(written, ["1", "-2.5e+3", "true", "null", "\"é\""]);
    assert_eq!(shown(&node), r#"{a: [1, -2.5e+3, true, null, "é"], b: {}}"#);
}

#[test]
fn escapes_are_decoded_and_mapped() {
    let source = r#"["a\nb\u00e9\ud83d\ude00\/x\ud800"]"#;
    let node = clean(source);
    let NodeKind::List(elements) = &node.kind else { panic!("a list") };
    let NodeKind::String(text) = &elements[0].kind else { panic!("a string") };
    assert_eq!(text.as_str(), "a\nbé😀/x\u{fffd}");
    let at = |part: &str| {
        let start = text.as_str().find(part).unwrap();
        &source[text.span_of(start..start + part.len()).unwrap().range()]
    };
    assert_eq!(at("\n"), r"\n");
    assert_eq!(at("b"), "b");
    assert_eq!(at("😀"), r"\ud83d\ude00");
    assert_eq!(at("/x"), r"\/x");
}

#[test]
fn json_inside_a_json_string_points_at_the_file() {
    let source = r#"{"policy": "{\"Action\": \"s3:\\u0047et\"}"}"#;
    let outer = clean(source);
    let NodeKind::String(text) = &outer.get("policy").unwrap().kind else { panic!("a string") };
    let (inner, errors) = parse(text);
    assert_eq!(errors, []);
    let inner = inner.unwrap();
    let action = inner.get("Action").unwrap();
    assert_eq!(action.as_str(), Some("s3:Get"));
    assert_eq!(&source[action.span.range()], r#"\"s3:\\u0047et\""#);
    let NodeKind::String(action) = &action.kind else { panic!("a string") };
    assert_eq!(&source[action.span_of(4..6).unwrap().range()], "et");
}

#[test]
fn an_escape_cannot_spell_a_hole() {
    assert_eq!(clean(r#""\udb80\udc00""#).as_str(), Some("\u{fffd}"));
}

#[test]
fn holes_stand_for_values_members_and_commas() {
    let holed = |source: &str| {
        let source = source.replace('¹', &Hole(1).character().to_string());
        let (node, errors) = parse(&Text::synthetic(source));
        assert_eq!(errors, []);
        shown(&node.unwrap()).replace(Hole(1).character(), "¹")
    };
    assert_eq!(holed(r#"{"a": ¹, "b¹": "x¹y"}"#), r#"{a: <1>, b¹: "x¹y"}"#);
    assert_eq!(holed("[1, ¹]"), "[1, <1>]");
    assert_eq!(holed("[1 ¹ , 2]"), "[1, <1>, 2]");
    assert_eq!(holed("{¹: 1}"), "{¹: 1}");
    assert_eq!(holed(r#"{"a": 1, ¹}"#), "{a: 1, ¹: <1>}");
    assert_eq!(holed(r#"{"a": 1 ¹ }"#), "{a: 1, ¹: <1>}");
    assert_eq!(holed("[1¹, ¹00, -¹]"), "[<1>, <1>, <1>]");
    assert_eq!(holed("¹"), "<1>");
}

#[test]
fn a_key_given_twice_is_reported_with_its_first_use_and_kept() {
    let source = r#"{"a": 1, "A": 2, "a": 3, "\u0061": 4}"#;
    let (node, errors) = read(source);
    let node = node.unwrap();
    assert_eq!(node.members().len(), 4);
    assert_eq!(shown(node.get("a").unwrap()), "4");
    let places: Vec<_> = errors.iter().map(|error| (error.kind, error.span.start)).collect();
    assert_eq!(places, [(SyntaxErrorKind::DuplicateKey, 17), (SyntaxErrorKind::DuplicateKey, 25)]);
    assert_eq!(errors[0].related.as_ref().unwrap().0.range(), 1..4);
    let many: Vec<_> = (0..40).map(|n| format!("\"k{}\": 0", n % 39)).collect();
    let (_, errors) = read(&format!("{{{}}}", many.join(",")));
    assert_eq!(errors.len(), 1);
}

#[test]
fn a_mistake_hides_only_itself() {
    let cases = [
        (r#"{"a": , "b": 1}"#, "{a: invalid, b: 1}", vec![r#"a value is missing: """#]),
        (r#"{"a" "x", "b": 1}"#, r#"{a: "x", b: 1}"#, vec![r#"a `:` is missing after the key: """#]),
        (r#"{"a": 1 "b": 2}"#, "{a: 1, b: 2}", vec![r#"a comma is missing: """#]),
        (r#"[{"a": 1} {"b": 2}]"#, "[{a: 1}, {b: 2}]", vec![r#"a comma is missing: """#]),
        (r#"{"a": 1 x {"c": 3}, "b": 2}"#, "{a: 1, b: 2}", vec![r#"a comma is missing: """#]),
        (
            r#"{a: [1, {"x": 2}], "b": 2}"#,
            "{b: 2}",
            vec![r#"an object's keys are strings in double quotes: "a""#],
        ),
        (r#"{"a": True, "b": 2}"#, "{a: invalid, b: 2}", vec![r#"this is not a JSON value: "True""#]),
        (r#"{"a": 'x, y', "b": 2}"#, "{a: invalid, b: 2}", vec![r#"strings take double quotes: "'""#]),
        (r#"{"a": [1, 2}"#, "{a: [1, 2]}", vec![r#"the list is not closed: "}""#]),
        (r#"[1, {"a": 2, "b": 3]"#, "[1, {a: 2, b: 3}]", vec![r#"the object is not closed: "]""#]),
        (r#"{"a": 1]}"#, "{a: 1}", vec![r#"the object is not closed: "]""#]),
        (r#"{"a": 1, "b": [2, 3"#, "{a: 1, b: [2, 3]}", vec![r#"the list is not closed: """#]),
        (
            "{\"a\": \"x\n \"b\": 2}",
            r#"{a: "x", b: 2}"#,
            vec![r#"the string is not closed: "\"""#, r#"a comma is missing: """#],
        ),
        (
            r#"{"a": 01234, "b": .5}"#,
            "{a: 01234, b: invalid}",
            vec![r#"a number starts with a zero: "01234""#, r#"this is not a JSON value: ".5""#],
        ),
        (r#"{} {}"#, "{}", vec![r#"there is text after the end of the JSON value: "{""#]),
        ("  \n", "nothing", vec![r#"there is no JSON value: """#]),
        ("}", "nothing", vec![r#"a value is missing: """#]),
    ];
    for (source, tree, errors) in cases {
        assert_eq!(
            broken(source),
            (tree.to_owned(), errors.into_iter().map(str::to_owned).collect()),
            "{source}"
        );
    }
}

#[test]
fn trailing_commas_and_comments_are_errors_that_lose_nothing() {
    assert_eq!(broken("[1, 2,]"), ("[1, 2]".into(), vec!["trailing comma: \",\"".into()]));
    assert_eq!(broken("{\"a\": {},\n}"), ("{a: {}}".into(), vec!["trailing comma: \",\"".into()]));
    let source = "// one\n{ /* two */ \"a\": 1, # three\n \"b\": 2}";
    assert_eq!(broken(source), ("{a: 1, b: 2}".into(), vec!["comments are not JSON: \"// one\"".into()]));
}

#[test]
fn control_characters_and_unknown_escapes_in_strings_are_errors() {
    let (tree, errors) = broken("{\"a\": \"x\ty\nz\", \"b\": \"\\d\\u12\"}");
    assert_eq!(tree, "{a: \"x\\ty\\nz\", b: \"\\\\d\u{fffd}12\"}");
    assert_eq!(
        errors,
        [
            "a control character stands in a string as it is: \"\\t\"",
            "JSON does not know this escape: \"\\\\\"",
            "`\\u` takes four hexadecimal digits: \"\\\\u\"",
        ]
    );
}

#[test]
fn nesting_ends_at_the_limit_and_the_rest_is_read() {
    let deep = format!("{{\"a\": {}1{}, \"b\": 2}}", "[".repeat(10_000), "]".repeat(10_000));
    let (node, errors) = read(&deep);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, SyntaxErrorKind::Limit);
    assert_eq!(errors[0].span.start as usize, 6 + MAX_DEPTH - 1);
    assert_eq!(shown(node.unwrap().get("b").unwrap()), "2");
    let (_, errors) = read(&"[".repeat(1_000_000));
    assert_eq!(errors.len(), 2);
    let allowed = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    clean(&allowed);
}

#[test]
fn a_text_that_is_no_json_at_all_ends_soon() {
    let (_, errors) = read(&format!("[{}", "x, ".repeat(100_000)));
    assert!(errors.len() <= MAX_ERRORS + 1);
    assert_eq!(errors.last().unwrap().kind, SyntaxErrorKind::Limit);
}

#[test]
fn a_string_of_many_lines_is_read_in_linear_time() {
    let lines = "\n".repeat(1_000_000);
    assert_eq!(read(&format!("[\"{lines}\"]")).1.len(), 1);
    assert_eq!(read(&format!("[\"{lines}")).1.len(), 2);
}

#[test]
fn a_string_in_which_the_last_error_is_met_keeps_its_map() {
    let text = format!("[{}\"a\u{1}b\", 1, \"c\"]", "@, ".repeat(100));
    let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a.json"), text.as_str());
    let (root, errors) = parse(&Text::of_file(&file));
    assert_eq!(errors.last().unwrap().kind, SyntaxErrorKind::Limit);
    let NodeKind::List(nodes) = root.unwrap().kind else { panic!("a list") };
    let last = nodes.iter().rev().find_map(|node| match &node.kind {
        NodeKind::String(string) => Some(string),
        _ => None,
    });
    let string = last.unwrap();
    assert_eq!(string.as_str(), "a");
    assert_eq!(text.get(string.span().unwrap().range()), Some("a"));
}
