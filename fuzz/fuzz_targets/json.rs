//! JSON of any content, also inside its own strings: no panic, no overflow, and sound maps.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources};
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{Text, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a.json"), text);
    let (root, errors) = json::parse(&Text::of_file(&file));
    assert!(root.is_some() || !errors.is_empty());
    root.iter().for_each(|root| check(text, root, 2));
});

fn check(source: &str, node: &Node, levels: usize) {
    assert!(source.get(node.span.range()).is_some());
    match &node.kind {
        NodeKind::String(text) => {
            for (decoded, span) in text.exact_parts() {
                assert_eq!(text.as_str().get(decoded), source.get(span.range()));
            }
            if levels > 0 {
                json::parse(text).0.iter().for_each(|root| check(source, root, levels - 1));
            }
        }
        NodeKind::List(nodes) => nodes.iter().for_each(|node| check(source, node, levels)),
        NodeKind::Map(members) => members.iter().for_each(|member| check(source, &member.value, levels)),
        _ => {}
    }
}
