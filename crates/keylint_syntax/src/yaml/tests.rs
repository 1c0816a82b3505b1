#![expect(clippy::string_slice, reason = "a test that slices wrongly fails")]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources};

use super::{MAX_DEPTH, MAX_ERRORS, YamlFile, parse};
use crate::data::{Node, NodeKind};
use crate::error::SyntaxErrorKind;
use crate::testing::{each_text, shown};
use crate::text::Text;

/// Reads a file and checks that every string that claims to be written somewhere is.
fn read(source: &str) -> YamlFile {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let file = parse(&Text::of_file(&sources.insert(Path::new("a.yaml"), source)));
    for document in &file.documents {
        each_text(document, &mut |text| {
            for (decoded, span) in text.exact_parts() {
                assert_eq!(text.as_str()[decoded], source[span.range()], "{source}");
            }
        });
    }
    file
}

fn clean(source: &str) -> Node {
    let mut file = read(source);
    assert_eq!(file.errors, [], "{source}");
    assert_eq!(file.documents.len(), 1, "{source}");
    file.documents.remove(0)
}

/// The documents and the messages with the line and bytes that they point at.
fn broken(source: &str) -> (String, Vec<String>) {
    let file = read(source);
    let messages = file.errors.iter().map(|error| {
        let line = 1 + source[..error.span.range().start].matches('\n').count();
        let at = &source[error.span.range()];
        if at.is_empty() {
            format!("{line}: {}", error.message)
        } else {
            format!("{line}: {}: {at}", error.message)
        }
    });
    let messages = messages.collect();
    (file.documents.iter().map(shown).collect::<Vec<_>>().join(" --- "), messages)
}

fn text_of(node: &Node) -> &Text {
    match &node.kind {
        NodeKind::String(text) => text,
        other => panic!("a string, not {other:?}"),
    }
}

#[test]
fn scalars_are_typed_as_cloudformation_types_them() {
    let cases = include_str!("scalars.tsv").lines().filter(|line| !line.starts_with('#'));
    for line in cases {
        let [written, expected, said, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let file = read(&format!("- {written}\n- {{a: {written}}}\n"));
        let NodeKind::List(elements) = &file.documents[0].kind else { panic!("{line}") };
        for node in [&elements[0], elements[1].get("a").unwrap()] {
            let read = match &node.kind {
                NodeKind::Null => "null".to_owned(),
                NodeKind::Bool(known) => known.to_string(),
                NodeKind::Number(text) if **text == *written => "as written".to_owned(),
                NodeKind::String(text) if text.as_str() == written.trim_matches(['\'', '"']) => {
                    "text".to_owned()
                }
                other => format!("{other:?}"),
            };
            assert_eq!(read, expected, "{line}");
        }
        let notes: Vec<_> = file.errors.iter().map(|error| (error.kind, error.message.as_str())).collect();
        let note = format!("CloudFormation reads this as the number {said}");
        let note = (SyntaxErrorKind::UnsupportedYaml, note.as_str());
        assert_eq!(notes, if said == "-" { vec![] } else { vec![note; 2] }, "{line}");
    }
}

#[test]
fn keys_are_text_and_numbers_among_them_are_told() {
    assert_eq!(
        shown(&clean("a:\nb: \"\"\non: 1\n'12': x\n2012-10-17: y")),
        "{a: null, b: \"\", on: 1, 12: \"x\", 2012-10-17: \"y\"}"
    );
    let (documents, messages) = broken("Map:\n  123456789012: {a: 1}\n  012345670123: {0x1f: 1}\n");
    assert_eq!(documents, "{Map: {123456789012: {a: 1}, 012345670123: {0x1f: 1}}}");
    let message = "CloudFormation does not take a number as a key";
    assert_eq!(
        messages,
        [
            format!("2: {message}: 123456789012"),
            format!("3: {message}: 012345670123"),
            format!("3: {message}: 0x1f")
        ]
    );
}

#[test]
fn tags_are_kept_as_written_and_core_tags_are_applied() {
    let source = "a: !Sub\n  - '${x}'\n  - {x: !Ref yes}\nb: !!str 12\nc: !!bool 'yes'\nd: ! 5\ne: !Ref\nf: !<tag:x,1> 1\n";
    let node = clean(source);
    assert_eq!(
        shown(&node),
        "{a: !Sub [\"${x}\", {x: !Ref \"yes\"}], b: \"12\", c: true, d: \"5\", e: !Ref \"\", f: !<tag:x,1> \"1\"}"
    );
    let tag = node.get("a").unwrap().tag.as_ref().unwrap();
    assert_eq!(&source[tag.span.range()], "!Sub");
}

#[test]
fn nodes_have_the_bytes_that_they_are_written_at() {
    let source = "\u{feff}# é\r\nResources:\r\n  Key: {Type: 'AWS::KMS::Key'}\r\n  List:\r\n  - a\r\n  - |\r\n    b\r\n";
    let node = clean(source);
    let resources = &node.members()[0];
    assert_eq!(&source[resources.key_span.range()], "Resources");
    let key = resources.value.get("Key").unwrap();
    assert_eq!(&source[key.span.range()], "{Type: 'AWS::KMS::Key'}");
    let kind = key.get("Type").unwrap();
    assert_eq!(&source[kind.span.range()], "'AWS::KMS::Key'");
    assert_eq!(&source[text_of(kind).span().unwrap().range()], "AWS::KMS::Key");
    assert!(source[resources.value.span.range()].starts_with("Key: {"));
}

#[test]
fn comments_are_kept_with_their_place() {
    let source = "# one\na: 1 # two\nb: |\n  # no comment\n  # three\nc: '# no'\n";
    let file = read(source);
    let comments: Vec<_> = file
        .comments
        .iter()
        .map(|comment| (&source[comment.span.range()], &source[comment.content.range()], comment.own_line))
        .collect();
    assert_eq!(comments, [("# one", " one", true), ("# two", " two", false)]);
    let many = format!("a:\n{}  b: 1\n", "  # licence\n".repeat(500));
    assert_eq!(read(&many).comments.len(), 500);
    clean(&many);
}

#[test]
fn block_scalars_point_at_their_bytes() {
    let cases = [
        ("a: |\n    {\n      \"x\": 1\n    }\n", "{\n  \"x\": 1\n}\n"),
        ("a: |-\r\n  one\r\n\r\n  two\r\n", "one\n\ntwo"),
        ("a: |\n\n\n  late\n", "\n\nlate\n"),
        ("a: |2+\n    in\n  out\n\n", "  in\nout\n\n"),
        ("a: |\n  ends with the file", "ends with the file\n"),
        ("a: |\n  a\n \n  b\n", "a\n\nb\n"),
        ("a: >\n  folded\n  é text\n\n  next\n    more\n  less\n", "folded é text\nnext\n  more\nless\n"),
        ("a: >-\n\n  late\n  r\n", "\nlate r"),
        ("a: >+\n  x\n\n\n", "x\n\n\n"),
    ];
    for (source, decoded) in cases {
        let node = clean(source);
        let text = text_of(&node.members()[0].value);
        assert_eq!(text.as_str(), decoded, "{source:?}");
        for word in decoded.split_whitespace() {
            let start = decoded.find(word).unwrap();
            let span = text.span_of(start..start + word.len()).unwrap();
            assert_eq!(&source[span.range()], word, "{source:?}");
        }
    }
}

#[test]
fn flow_scalars_point_at_their_bytes() {
    let cases = [
        ("a: plain on\n  two  \n\n  lines\n", "plain on two\nlines"),
        ("a: 'it''s\n  quoted'\n", "it's quoted"),
        ("a: \"t\\tab \\u00e9 \\\"q\\\" \\\n   cont\n  fold \\x41\\/z\"\n", "t\tab é \"q\" cont fold A/z"),
        ("a: \"\\ud83d\\ude00 face\"\n", "😀 face"),
    ];
    for (source, decoded) in cases {
        let node = clean(source);
        let text = text_of(&node.members()[0].value);
        assert_eq!(text.as_str(), decoded);
        assert!(text.exact_parts().count() > 0, "{source:?}");
    }
    let source = "a: \"x\\ty end\"";
    let node = clean(source);
    let text = text_of(&node.members()[0].value);
    assert_eq!(&source[text.span_of(1..2).unwrap().range()], "\\t");
    assert_eq!(&source[text.span_of(4..7).unwrap().range()], "end");
}

#[test]
fn json_in_a_block_scalar_points_at_the_file() {
    let source = "Policy: |\n  {\n    \"Action\": [\"kms:*\"]\n  }\n";
    let node = clean(source);
    let (policy, errors) = crate::json::parse(text_of(&node.members()[0].value));
    assert_eq!(errors, []);
    let policy = policy.unwrap();
    assert_eq!(&source[policy.get("Action").unwrap().span.range()], "[\"kms:*\"]");
}

#[test]
fn aliases_and_merge_keys_are_resolved_and_noted() {
    let source =
        "base: &b {x: 1, y: 2}\nlist: [&s one, *s]\nc:\n  <<: *b\n  y: 3\nd:\n  z: 0\n  <<: [{x: 7}, *b]\n";
    let (tree, errors) = broken(source);
    assert_eq!(
        tree,
        "{base: {x: 1, y: 2}, list: [\"one\", \"one\"], c: {x: 1, y: 3}, d: {z: 0, x: 7, y: 2}}"
    );
    assert_eq!(
        errors,
        [
            "2: CloudFormation does not take YAML aliases: *s",
            "4: CloudFormation does not take YAML merge keys: <<",
            "8: CloudFormation does not take YAML merge keys: <<",
            "8: CloudFormation does not take YAML aliases: *b",
        ]
    );
    assert!(read(source).errors.iter().all(|error| error.kind == SyntaxErrorKind::UnsupportedYaml));
    assert_eq!(shown(&clean("a: '<<'\n'<<': b")), "{a: \"<<\", <<: \"b\"}");
}

#[test]
fn aliases_that_stand_for_nothing_are_errors() {
    let (tree, errors) = broken("a: *nothing\nb: &b [*b, 1]\nc:\n  <<: 5\n");
    assert_eq!(tree, "{a: invalid, b: [invalid, 1], c: {}}");
    assert_eq!(
        errors,
        [
            "1: no anchor of this name stands before the alias: *nothing",
            "2: CloudFormation does not take YAML aliases: *b",
            "2: the alias stands inside what it refers to: *b",
            "4: CloudFormation does not take YAML merge keys: <<",
            "4: only a mapping or a list of mappings can be merged: 5",
        ]
    );
}

#[test]
fn an_alias_bomb_ends_at_the_limit() {
    let mut source = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let item = format!("*a{}", level - 1);
        source.push_str(&format!("a{level}: &a{level} [{}]\n", [item.as_str(); 9].join(", ")));
    }
    let file = read(&source);
    assert!(file.errors.iter().any(|error| error.kind == SyntaxErrorKind::Limit));
    assert!(file.errors.len() <= MAX_ERRORS + 1);
    assert_eq!(file.documents[0].members().len(), 20);
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for level in 1..2_000 {
        deep.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(read(&deep).errors.iter().any(|error| error.kind == SyntaxErrorKind::Limit));
}

#[test]
fn nesting_ends_at_the_limit_and_the_rest_is_read() {
    let source = format!("a: {}1{}\nb: 2\n", "[".repeat(1_000), "]".repeat(1_000));
    let file = read(&source);
    assert_eq!(file.errors.len(), 1);
    assert_eq!(file.errors[0].kind, SyntaxErrorKind::Limit);
    assert_eq!(file.errors[0].span.start as usize, 3 + MAX_DEPTH - 1);
    assert_eq!(shown(file.documents[0].get("b").unwrap()), "2");
    for open in ["[", "{a: ", "- ", "? "] {
        let file = read(&open.repeat(10_000));
        assert!(file.errors.iter().any(|error| error.kind == SyntaxErrorKind::Limit), "{open}");
    }
    let indented: String = (0..3_000).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    assert!(read(&indented).errors.iter().any(|error| error.kind == SyntaxErrorKind::Limit));
}

#[test]
fn a_key_given_twice_is_reported_with_its_first_use_and_kept() {
    let source = "a: 1\nA: 2\n'a': 3\n";
    let file = read(source);
    assert_eq!(file.errors.len(), 1);
    assert_eq!(file.errors[0].kind, SyntaxErrorKind::DuplicateKey);
    assert_eq!(&source[file.errors[0].span.range()], "'a'");
    assert_eq!(file.errors[0].related.as_ref().unwrap().0.range(), 0..1);
    assert_eq!(shown(&file.documents[0]), "{a: 1, A: 2, a: 3}");
}

#[test]
fn each_document_of_a_stream_is_read() {
    let (tree, errors) = broken("a: 1\n---\nb: 2\n...\n---\n[c]\n");
    assert_eq!((tree.as_str(), errors), ("{a: 1} --- {b: 2} --- [\"c\"]", vec![]));
    let (tree, errors) = broken("a: [1\n---\nb: 2\n");
    assert_eq!(tree, "{a: []} --- {b: 2}");
    assert_eq!(errors.len(), 1);
    assert_eq!(read("").documents.len(), 0);
    assert_eq!(read("# only a comment\n").comments.len(), 1);
}

#[test]
fn a_mistake_hides_only_the_entry_that_it_is_in() {
    let cases = [
        ("a: 1\nb:\n\tc: 2\nd: 3\n", "{a: 1, d: 3}", vec!["3: a tab is used for indentation"]),
        (
            "a: \"open\nb:\n  c: 1\n",
            "{b: {c: 1}}",
            vec!["2: the quoted string is not closed, or goes on with too little indentation"],
        ),
        (
            "a:\n  x:\n    p: [1, 2\n    q: 5\n  y: {r: 1}\nb: 3\n",
            "{a: {x: {p: [1], q: 5}, y: {r: 1}}, b: 3}",
            vec!["4: a `:` stands where none can"],
        ),
        (
            "l:\n- a: 1\n  b: \"x\" y\n  c: 2\n- d: 3\nm: 4\n",
            "{l: [{a: 1, c: 2}, {d: 3}], m: 4}",
            vec!["3: there is text after the closing quote"],
        ),
        (
            "a:\n   b: 1\n  c: 2\nd: &x 3\ne: *x\n",
            "{a: {b: 1}, d: 3, e: 3}",
            vec!["3: a key is expected here", "5: CloudFormation does not take YAML aliases: *x"],
        ),
    ];
    for (source, tree, errors) in cases {
        let found = broken(source);
        assert_eq!(found, (tree.to_owned(), errors.into_iter().map(str::to_owned).collect()), "{source}");
    }
}

#[test]
fn two_tags_in_a_row_are_told_as_such() {
    let message = "a value has one tag, and this is a second one";
    let (document, messages) = broken("a: !Base64 !Sub x\nb: 1\n");
    assert_eq!(messages, [format!("1: {message}")]);
    assert!(document.contains("b: 1"), "{document}");
    assert!(!document.contains("!Base64"), "what it is called with is not known: {document}");
    assert_eq!(broken("a: [!Base64 !Sub x]\n").1[0], format!("1: {message}"));
    assert_eq!(broken("a: !Base64 x !Sub\nb: !Base64\n  Fn::Sub: x\n").1, [""; 0]);
}
