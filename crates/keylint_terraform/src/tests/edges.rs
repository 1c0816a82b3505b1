//! The edges of a configuration and those of the plan that Terraform 1.11 made of it, in which local
//! values are names alone, an index by the own key is that key behind the name, and which output of
//! a module with such an index is meant is not said.

use std::collections::BTreeSet;

use keylint_syntax::Text;

use super::*;

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("data/edges/", $path)))
    };
}

const FILES: &[(&str, &str)] =
    &[file!("main.tf"), file!("m/main.tf"), file!("m/n/main.tf"), file!("pass/main.tf")];
const PLAN: &str = include_str!("data/edges/plan.json");

/// What is made of a local value, and what is indexed by something that is made of the own key.
const UNSAID: [&str; 7] =
    ["by_each_local", "user_ids", "user_local", "user_local2", "inner_fn", "inner_local", "by_count_mod"];

fn planned() -> Stack {
    read().stack
}

fn read() -> crate::plan::Planned {
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), PLAN);
    let (node, errors) = keylint_syntax::json::parse(&Text::at(PLAN, file.span()));
    assert_eq!(errors, []);
    crate::plan::read(&file, &node.unwrap())
}

fn edges(value: &Value) -> BTreeSet<String> {
    value.references().iter().map(|it| it.address.to_string()).collect()
}

#[test]
fn a_plan_has_the_edges_of_its_sources() {
    let fixture = load(FILES, &["."]);
    assert_eq!(fixture.problems(), [""; 0]);
    let (mut exact, mut among) = (0, 0);
    for resource in &planned().resources {
        let address = resource.address.as_str();
        for (name, entry) in &resource.attributes.entries {
            if UNSAID.iter().any(|name| address.contains(&format!(".{name}"))) {
                continue;
            }
            let (of_source, of_plan) = (edges(&fixture.value(address, &[name])), edges(&entry.value));
            match entry.value.as_unknown().is_some_and(|it| it.reference.is_some()) {
                true => {
                    assert_eq!(of_source, of_plan, "{address}.{name}");
                    exact += 1;
                }
                false => {
                    assert!(of_source.is_subset(&of_plan), "{address}.{name}: {of_source:?} {of_plan:?}");
                    among += 1;
                }
            }
        }
    }
    assert_eq!((exact, among), (26, 29));
}

#[test]
fn beside_its_sources_a_plan_keeps_their_edges_and_values() {
    let fixture = load(FILES, &["."]);
    let fused = crate::plan::fuse(fixture.stack(), &read());
    assert_eq!((fused.unmatched, fused.unplanned, fused.differing), (vec![], vec![], Vec::<String>::new()));
    for resource in &fused.stack.resources {
        let address = resource.address.as_str();
        for (name, entry) in &resource.attributes.entries {
            let source = fixture.value(address, &[name]);
            assert_eq!(edges(&source), edges(&entry.value), "{address}.{name}");
            // Of a resource as a whole the plan has the parts.
            if name.as_ref() != "triggers_replace" {
                assert_eq!(show(&source), show(&entry.value), "{address}.{name}");
            }
        }
    }
}

#[test]
fn what_a_plan_mentions_is_followed_to_the_instances_that_it_can_mean() {
    let planned = planned();
    let found = |address: &str| {
        let value = planned.resource(&Address::new(address)).unwrap().value("input").unwrap();
        edges(value).into_iter().collect::<Vec<_>>().join(" ")
    };
    for (address, expected) in [
        ("terraform_data.by_each[\"b\"]", "terraform_data.key[\"b\"]"),
        // Two outputs, of which it is one, of the module with its key.
        (
            "terraform_data.by_mod_each[\"a\"]",
            "module.m[\"a\"].module.n[0].terraform_data.leaf module.m[\"a\"].terraform_data.inner",
        ),
        ("terraform_data.by_mod_val[\"a\"]", "module.m[\"a\"].terraform_data.inner"),
        // There is no module for one of its instances, so that it cannot be by the key alone.
        (
            "terraform_data.by_other_mod[\"a\"]",
            "module.m[\"a\"].module.n[0].terraform_data.leaf module.m[\"a\"].terraform_data.inner \
             module.m[\"b\"].module.n[0].terraform_data.leaf module.m[\"b\"].terraform_data.inner \
             terraform_data.single",
        ),
        ("terraform_data.user_cond", "terraform_data.cnt[0] terraform_data.single"),
        ("terraform_data.by_var", "terraform_data.key[\"a\"] terraform_data.key[\"b\"]"),
        ("terraform_data.user_local", ""),
        ("terraform_data.json", "module.m[\"a\"].module.n[0].terraform_data.leaf terraform_data.single"),
        ("module.m[\"b\"].module.n[1].terraform_data.leaf", "module.m[\"b\"].terraform_data.cnt[1]"),
        ("module.pass.terraform_data.indexed[\"b\"]", "terraform_data.key[\"b\"]"),
        ("module.pass.terraform_data.default", "terraform_data.key[\"a\"]"),
    ] {
        assert_eq!(found(address), expected, "{address}");
    }
}

#[test]
fn what_only_a_function_decides_is_no_attribute_of_what_stands_beside_it() {
    let planned = planned();
    let value = planned.resource(&Address::new("terraform_data.impure")).unwrap().value("input").unwrap();
    let Data::List(list) = &value.data else { panic!("{}", show(value)) };
    let unknown = list.elements[0].as_unknown().unwrap();
    assert!(unknown.reference.is_none());
    assert_eq!(unknown.root().reason.to_string(), "`terraform_data.impure.input` is known after deployment");
}
