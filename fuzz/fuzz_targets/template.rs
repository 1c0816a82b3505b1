//! CloudFormation templates of any content: no panic, bounded expansion, places that exist, and
//! alternatives that leave no gap.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Data, NeedsSplit, Value, World};
use keylint_source::{Memory, Sources};
use keylint_syntax::{Text, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("a.yaml"), text);
    let read = yaml::parse(&Text::of_file(&file));
    let Some(stack) = keylint_cloudformation::load_documents(&file, &read.documents) else {
        return;
    };
    for problem in &stack.problems {
        assert!(text.get(problem.span.range()).is_some());
    }
    for resource in &stack.resources {
        let start = World::of(&resource.guard);
        for entry in resource.attributes.entries.values() {
            World::explore(&start, 64, |world| walk(&entry.value, world));
        }
    }
});

fn walk(value: &Value, world: &World) -> Result<(), NeedsSplit> {
    match &value.resolve(world)?.data {
        Data::Choice(_) => panic!("no alternative holds"),
        Data::List(list) => list.elements.iter().try_for_each(|element| walk(element, world)),
        Data::Map(map) => map.entries.values().try_for_each(|entry| walk(&entry.value, world)),
        Data::Json(inner) => walk(inner, world),
        _ => Ok(()),
    }
}
