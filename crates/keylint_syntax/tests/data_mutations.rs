//! The readers of JSON and YAML answer to anything, quickly and with sound maps.

mod support;

use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{SyntaxError, Text, json, yaml};
use support::mutate;

const JSON_SEEDS: &[&str] = &[
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:\u0047et*", "a\nb"], "NotAction": null}]}"#,
    "\u{feff}{\r\n\t\"é\": [1, -2.5e+3, true, false], \"a\": {}, \"a\": \"\\ud83d\\ude00\"\r\n}\r\n",
    "{\"policy\": \"{\\\"Action\\\": \\\"kms:*\\\", \\\"x\\\": [1, 2]}\", \"hole\": \u{F0000}, \"k\u{F0001}\": [\u{F0002}]}",
];

const JSON_TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "\\u",
    "\\u12",
    "\\ud83d",
    "//",
    "/*",
    "*/",
    "#",
    "\n",
    "\r",
    "\t",
    "\0",
    "-",
    "01",
    "1e",
    ".5",
    "true",
    "nul",
    "\"a\":",
    "\u{feff}",
    "\u{F0000}",
    "𝄞",
];

const YAML_SEEDS: &[&str] = &[
    "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Key: # comment\n    Type: 'AWS::KMS::Key'\n    Properties:\n      KeyPolicy:\n        Statement:\n        - Effect: Allow\n          Principal: {AWS: !Sub \"arn:${AWS::Partition}:x\"}\n          Action: [kms:*, !Ref X]\n",
    "base: &b {x: 1, y: [yes, ~, 'it''s']}\nc:\n  <<: *b\n  z: |-\n    {\n      \"a\": 1\n    }\n\n  f: >+\n    folded é\n    text\n\n      more\n",
    "\u{feff}a: \"t\\tab \\u00e9 \\\n   cont\n  fold\"\r\nb: |2\r\n    in\r\n  out\r\n--- !Tag\n- - x\n  - ? k\n    : v\n...\n# end",
];

const YAML_TOKENS: &[&str] = &[
    "- ",
    ": ",
    "? ",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "''",
    "\\",
    "\\x4",
    "|\n",
    "|2-\n",
    ">\n",
    "#",
    " #",
    "&a ",
    "*a",
    "*b",
    "<<: ",
    "!Ref ",
    "!",
    "!!str ",
    "!<x> ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "~",
    "\u{feff}",
    "\u{85}",
    "\0",
    "𝄞",
    "k: v\n",
    "- x\n",
];

struct Checker<'t> {
    source: &'t str,
}

impl Checker<'_> {
    fn span(&self, span: Span) {
        let range = span.range();
        assert!(
            self.source.is_char_boundary(range.start) && self.source.is_char_boundary(range.end),
            "{span:?}"
        );
    }

    fn errors(&self, errors: &[SyntaxError]) {
        for error in errors {
            self.span(error.span);
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{:?}", error.message);
            error.related.iter().for_each(|(span, _)| self.span(*span));
        }
    }

    /// The spans of a tree, and that every part of a string that claims to be written is. What is
    /// JSON inside a string is read too: its places are those of the same file.
    fn node(&self, node: &Node, levels: usize) {
        self.span(node.span);
        match &node.kind {
            NodeKind::String(text) => self.text(text, levels),
            NodeKind::List(nodes) => nodes.iter().for_each(|node| self.node(node, levels)),
            NodeKind::Map(members) => {
                for member in members {
                    self.span(member.key_span);
                    self.text(&member.key, levels);
                    self.node(&member.value, levels);
                }
            }
            _ => {}
        }
    }

    fn text(&self, text: &Text, levels: usize) {
        for (decoded, span) in text.exact_parts() {
            assert_eq!(text.as_str().get(decoded), self.source.get(span.range()), "{:?}", self.source);
        }
        text.span().into_iter().for_each(|span| self.span(span));
        if levels > 0 && text.contains(['{', '[']) {
            let (root, errors) = json::parse(text);
            self.errors(&errors);
            root.iter().for_each(|root| self.node(root, levels - 1));
        }
    }
}

#[test]
fn json_of_any_content_is_read() {
    mutate::run(JSON_SEEDS, JSON_TOKENS, 20_000, |source| {
        let checker = Checker { source };
        let (root, errors) = json::parse(&Text::of_file(&support::file(source)));
        checker.errors(&errors);
        assert!(root.is_some() || !errors.is_empty());
        root.iter().for_each(|root| checker.node(root, 2));
    });
}

#[test]
fn yaml_of_any_content_is_read() {
    mutate::run(YAML_SEEDS, YAML_TOKENS, 20_000, |source| {
        let checker = Checker { source };
        let file = yaml::parse(&Text::of_file(&support::file(source)));
        checker.errors(&file.errors);
        file.documents.iter().for_each(|root| checker.node(root, 2));
        let mut before = 0;
        for comment in &file.comments {
            assert!(comment.span.start >= before, "comments are in order and once: {source:?}");
            before = comment.span.end;
            assert!(source.get(comment.span.range()).is_some_and(|written| written.starts_with('#')));
        }
    });
}
