use keylint_syntax::Text;

use super::*;

/// What `terraform show -json` of Terraform 1.11 says of a small configuration.
const PLAN: &str = include_str!("data/plan.json");

fn stack() -> Stack {
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), PLAN);
    let (node, errors) = keylint_syntax::json::parse(&Text::at(PLAN, file.span()));
    assert!(errors.is_empty());
    let node = node.unwrap();
    assert_eq!(crate::plan::form(&node), Some(crate::plan::Form::Plan));
    crate::plan::read(&file, &node).stack
}

fn value(stack: &Stack, address: &str, name: &str) -> Value {
    stack.resource(&Address::new(address)).unwrap().value(name).unwrap().clone()
}

#[test]
fn a_plan_has_every_instance_with_its_known_values() {
    let stack = stack();
    let addresses: Vec<_> = stack.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(addresses.len(), 10, "{addresses:?}");
    assert_eq!(show(&value(&stack, "terraform_data.many[\"a\"]", "input")), "\"a\"");
    assert_eq!(
        show(&value(&stack, "terraform_data.user", "input")),
        "{fixed: 1, list: [\"x\", ?computed], key: ?computed}"
    );
    assert!(value(&stack, "terraform_data.user", "triggers_replace").origin.marks.sensitive);
}

#[test]
fn an_unknown_argument_refers_to_the_resource_that_it_mentions() {
    let stack = stack();
    for (address, expected) in [
        ("terraform_data.direct", "terraform_data.many[\"b\"].id"),
        ("terraform_data.out", "module.m[0].terraform_data.inner.id"),
        ("module.m[1].terraform_data.inner", "terraform_data.key.id"),
        ("module.m[1].terraform_data.other", "module.m[1].terraform_data.inner.id"),
    ] {
        assert_eq!(show(&value(&stack, address, "input")), format!("?{expected}"), "{address}");
    }
    let computed = stack.resource(&Address::new("terraform_data.key")).unwrap().value("id");
    assert!(computed.is_none(), "what nobody configures is left to the provider");
}
