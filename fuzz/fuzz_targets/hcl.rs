//! HCL of any content: no panic, no overflow, and no span outside the text.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources};
use keylint_syntax::{Text, hcl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("main.tf"), text);
    let parsed = hcl::parse(&file);
    for error in &parsed.errors {
        assert!(error.span.end as usize <= text.len());
    }
    for comment in &parsed.comments {
        assert!(file.slice(comment.span).starts_with(['#', '/']));
    }
    for attribute in parsed.body.attributes() {
        assert_eq!(file.slice(attribute.name.span), &*attribute.name.text);
    }
    let whole = Text::at(&**file.text(), file.span());
    let _ = hcl::parse_template(&whole);
    let _ = hcl::parse_expression(&whole);
});
