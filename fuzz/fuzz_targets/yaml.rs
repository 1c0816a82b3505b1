//! YAML of any content: no panic, no overflow, bounded expansion, and sound maps.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources};
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{Text, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a.yaml"), text);
    let read = yaml::parse(&Text::of_file(&file));
    for error in &read.errors {
        assert!(error.span.end as usize <= text.len());
    }
    for comment in &read.comments {
        assert!(file.slice(comment.span).starts_with('#'));
    }
    read.documents.iter().for_each(|root| check(text, root));
});

fn check(source: &str, node: &Node) {
    assert!(source.get(node.span.range()).is_some());
    match &node.kind {
        NodeKind::String(text) => {
            for (decoded, span) in text.exact_parts() {
                assert_eq!(text.as_str().get(decoded), source.get(span.range()));
            }
        }
        NodeKind::List(nodes) => nodes.iter().for_each(|node| check(source, node)),
        NodeKind::Map(members) => members.iter().for_each(|member| check(source, &member.value)),
        _ => {}
    }
}
