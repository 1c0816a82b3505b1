//! A configuration and the plan that Terraform 1.11 made of it: both ways give the same stack.

use keylint_syntax::Text;

use super::*;

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("data/agreement/", $path)))
    };
}

const FILES: &[(&str, &str)] = &[
    file!("main.tf"),
    file!("terraform.tfvars"),
    file!("later.auto.tfvars"),
    file!("templates/list.tftpl"),
    file!("modules/service/main.tf"),
    file!("modules/leaf/main.tf"),
];
const PLAN: &str = include_str!("data/agreement/plan.json");

/// Whether the source's value is the plan's; what a plan shows as text the source may keep as JSON.
fn agree(source: &Value, planned: &Value) -> bool {
    match (&source.data, &planned.data) {
        (Data::List(a), Data::List(b)) => {
            a.elements.len() == b.elements.len()
                && a.elements.iter().zip(&b.elements).all(|(a, b)| agree(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            a.entries.len() == b.entries.len()
                && a.entries.iter().all(|(key, entry)| b.value(key).is_some_and(|b| agree(&entry.value, b)))
        }
        (Data::Json(_), Data::String(text)) => {
            crate::values::to_string(source).as_deref() == Some(text.as_str())
        }
        _ => crate::values::equal(source, planned) == Some(true),
    }
}

#[test]
fn source_and_plan_agree() {
    let fixture = load(FILES, &["."]);
    assert_eq!(fixture.problems(), [""; 0]);
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), PLAN);
    let (node, _) = keylint_syntax::json::parse(&Text::at(PLAN, file.span()));
    let planned = crate::plan::read(&file, &node.unwrap()).stack;
    let addresses = |stack: &Stack| {
        let mut all: Vec<_> = stack.resources.iter().map(|it| it.address.as_str().to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(addresses(fixture.stack()), addresses(&planned));
    let mut compared = 0;
    for resource in &planned.resources {
        for (name, entry) in &resource.attributes.entries {
            if entry.value.is_null() {
                continue;
            }
            let source = fixture.value(resource.address.as_str(), &[name]);
            assert!(
                agree(&source, &entry.value),
                "{}.{name}:\n{}\n{}",
                resource.address,
                show(&source),
                show(&entry.value)
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 18);
}
