//! A plan or state of any content, alone and laid over sources: no panic, no endless run.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Memory, Sources};
use keylint_syntax::{Text, json};
use keylint_terraform::{Project, plan};
use libfuzzer_sys::fuzz_target;

/// Sources whose addresses the seeds have, with all that a plan can decide in them.
const MAIN: &str = include_str!("../../testdata/plan/main.tf");
const MODULE: &str = include_str!("../../testdata/plan/modules/reader/main.tf");

fuzz_target!(|text: &str| {
    let mut files = Memory::new();
    files.insert("/work/main.tf", MAIN);
    files.insert("/work/modules/reader/main.tf", MODULE);
    let sources = Sources::new(Arc::new(files), "/work");
    let file = sources.insert(Path::new("/work/plan.json"), text);
    let (Some(node), _) = json::parse(&Text::of_file(&file)) else { return };
    let planned = plan::read(&file, &node);
    for resource in &planned.stack.resources {
        assert!(planned.stack.resource(&resource.address).is_some());
    }
    for span in &planned.secrets {
        assert!(text.get(span.range()).is_some());
    }
    let project = Project::load(&sources, &["/work"]);
    for root in project.roots() {
        let stack = project.evaluate(&sources, *root);
        let fused = plan::fuse(&stack, &planned);
        assert!(fused.stack.resources.len() >= planned.stack.resources.len());
        assert!(fused.matched + fused.unmatched.len() <= planned.stack.resources.len());
    }
});
