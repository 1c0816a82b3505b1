//! A root module of any content that calls itself and a sibling: no panic, no endless run.

#![no_main]

use std::sync::Arc;

use keylint_source::{Memory, Sources};
use keylint_terraform::Project;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut files = Memory::new();
    files.insert("/work/main.tf", text);
    files.insert("/work/module/main.tf", text);
    files.insert("/work/terraform.tfvars", "a = 1\nb = [\"x\"]\n");
    let sources = Sources::new(Arc::new(files), "/work");
    let project = Project::load(&sources, &["/work", "/work/module"]);
    for root in project.roots() {
        let stack = project.evaluate(&sources, *root);
        for resource in &stack.resources {
            assert!(stack.resource(&resource.address).is_some());
        }
    }
});
