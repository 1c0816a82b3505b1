//! Two policy documents of any content, one after the other: what one allows beyond the other. Every
//! request that is shown is one that the evaluator agrees about, a policy allows nothing that itself
//! does not, and no answer takes a panic.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_model::Verdict;
use keylint_policy::algebra::{Known, newly_allowed};
use keylint_policy::evaluate::{Request, allows_and_denies};
use keylint_policy::summary::Summary;
use keylint_policy::{Document, PolicyKind, read};
use keylint_source::{Memory, Sources};
use libfuzzer_sys::fuzz_target;

fn document(text: &str) -> Option<Document> {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    read(&sources.insert(Path::new("policy.json"), text)).into_document()
}

fn allows(document: &Document, kind: PolicyKind, request: &Request) -> Verdict {
    let (allows, denies) = allows_and_denies(document, kind, request);
    allows.and(!denies)
}

fuzz_target!(|text: &str| {
    let (first, second) = text.split_once('\0').unwrap_or((text, text));
    let (Some(new), Some(old)) = (document(first), document(second)) else { return };
    let kind = new.infer_kind();
    for change in newly_allowed(&new, &old, kind, &Known).changes {
        let request = change.witness.as_ref().and_then(|witness| witness.request());
        if let (Verdict::Yes, Some(request)) = (change.verdict, request) {
            assert_eq!(allows(&new, kind, &request), Verdict::Yes, "{request:?}");
            assert_eq!(allows(&old, kind, &request), Verdict::No, "{request:?}");
        }
    }
    assert_ne!(newly_allowed(&new, &new, kind, &Known).verdict(), Verdict::Yes);
    Summary::of(&new, kind);
});
