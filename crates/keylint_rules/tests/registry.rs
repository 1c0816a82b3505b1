//! Every rule and kind that is compiled in is read, compiled and compared with what the build read
//! of it and with the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use keylint_rules::page::{Expectation, Language, Target};
use keylint_rules::{LoadError, Registry};

fn shown(path: &str, text: &str, error: &LoadError) -> String {
    let line = text.get(..error.range.start).map_or(0, |before| before.matches('\n').count() + 1);
    format!("rules/{path}:{line}: {}", error.message)
}

#[test]
fn every_kind_is_read_and_named_as_the_index_says() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut types = BTreeSet::new();
    for (path, kind) in registry.kinds().all() {
        match kind {
            Ok(kind) => {
                for name in kind.terraform.iter().chain(&kind.cloudformation) {
                    types.insert((name.to_string(), kind.name.to_string()));
                }
                if path != format!("kinds/{}.yaml", kind.name) {
                    wrong.push(format!("rules/{path}: the file of `{}` is called otherwise", kind.name));
                }
            }
            Err(errors) => wrong.extend(
                errors.iter().map(|error| format!("rules/{path}: {} at {:?}", error.message, error.range)),
            ),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let index: BTreeSet<_> =
        registry.kinds().types().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    assert_eq!(index, types, "the index of the build differs from the files");
    let names: BTreeSet<_> = types.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), types.len(), "a type belongs to two kinds");
}

#[test]
fn every_condition_of_a_kind_compiles() {
    let wrong = Registry::builtin().kinds().errors();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_compiles() {
    let registry = Registry::builtin();
    assert_eq!(
        registry.rules().len(),
        Registry::embedded_pages(),
        "a page is so wrong that it is not even listed"
    );
    assert!(registry.rules().len() > 30, "the pages are not found");
    let mut wrong = Vec::new();
    for entry in registry.rules() {
        // What to do is said as it is written, unlike what is wrong.
        let help = registry.page(entry).ok().and_then(|page| page.help.clone()).unwrap_or_default();
        if ["{issue.", "{self.", "{statement.", "{policy.", "{each."].iter().any(|name| help.contains(name)) {
            wrong.push(format!("rules/{}: the help has an expression", entry.path));
        }
        if let Err(errors) = registry.compile(entry) {
            wrong.extend(errors.iter().map(|error| shown(&entry.path, entry.text(), error)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_index_of_the_build_says_what_the_pages_say() {
    let registry = Registry::builtin();
    for entry in registry.rules() {
        let Ok(page) = registry.page(entry) else { continue };
        assert_eq!((page.id, &page.name), (entry.id, &entry.name), "{}", entry.path);
        assert_eq!((page.severity.default, page.enabled), (entry.severity, entry.enabled), "{}", entry.path);
        assert_eq!(page.confidence.default, entry.confidence, "{}", entry.path);
        assert_eq!(page.on, entry.on, "{}", entry.path);
        assert_eq!(page.check, entry.check, "{}", entry.path);
        let file = entry.path.rsplit('/').next().unwrap();
        assert_eq!(file, format!("{}-{}.md", page.id, page.name), "{}", entry.path);
    }
}

/// A rule that binds a check is called as the check, so that each is found from the other.
#[test]
fn a_rule_with_a_check_has_its_name_and_no_other_rule_has_the_check() {
    let mut bound = BTreeSet::new();
    for entry in Registry::builtin().rules() {
        let Some(check) = entry.check else { continue };
        assert_eq!(check.name(), &*entry.name, "{}", entry.path);
        assert!(bound.insert(check), "{} is bound twice", check.name());
    }
    assert!(bound.len() > 90, "{}", bound.len());
}

#[test]
fn ids_and_names_are_unique() {
    let rules = Registry::builtin().rules();
    let ids: BTreeSet<_> = rules.iter().map(|entry| entry.id).collect();
    let names: BTreeSet<_> = rules.iter().map(|entry| &entry.name).collect();
    assert_eq!((ids.len(), names.len()), (rules.len(), rules.len()));
}

#[test]
fn superseded_rules_exist_or_are_in_the_catalogue() {
    let registry = Registry::builtin();
    for entry in registry.rules() {
        let Ok(page) = registry.page(entry) else { continue };
        for other in &page.supersedes {
            assert!(
                registry.find(other.as_str()).is_some(),
                "{} supersedes {other}, which does not exist",
                entry.id
            );
            assert_ne!(*other, entry.id);
        }
    }
}

/// Rules of the catalogue that report nothing of a document alone: what it is attached to decides.
const NEEDS_ATTACHMENTS: [&str; 1] = ["ORG004"];

/// Name, inputs and aliases of a rule.
type Row = (String, String, BTreeSet<String>);

/// The lines of the catalogue by id, where it is at hand.
fn catalogue() -> Option<BTreeMap<String, Row>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/catalogue/rules.tsv");
    #[expect(clippy::disallowed_methods, reason = "a test reads the catalogue")]
    let Ok(text) = std::fs::read_to_string(path) else {
        return None;
    };
    let rows = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        let aliases = fields.get(7).unwrap_or(&"").split_whitespace().map(str::to_owned).collect();
        Some((fields.first()?.to_string(), (fields.get(1)?.to_string(), fields.get(6)?.to_string(), aliases)))
    });
    Some(rows.collect())
}

#[test]
fn names_and_aliases_are_those_of_the_catalogue() {
    let Some(catalogue) = catalogue() else { return };
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    for entry in registry.rules() {
        let Ok(page) = registry.page(entry) else { continue };
        let Some((name, _, aliases)) = catalogue.get(entry.id.as_str()) else {
            wrong.push(format!("{} is not in the catalogue", entry.id));
            continue;
        };
        if **name != *page.name {
            wrong.push(format!("{} is called {name} in the catalogue", entry.id));
        }
        let own: BTreeSet<String> = page.aliases.iter().map(|alias| alias.to_string()).collect();
        if !aliases.is_subset(&own) {
            wrong.push(format!("{} lacks {:?}", entry.id, aliases.difference(&own).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_has_reported_and_clean_examples_for_each_input() {
    let Some(catalogue) = catalogue() else { return };
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    for entry in registry.rules() {
        let Ok(page) = registry.page(entry) else { continue };
        if page.on.contains(&Target::Problem) {
            continue;
        }
        let Some((_, inputs, _)) = catalogue.get(entry.id.as_str()) else { continue };
        for expectation in [Expectation::Reported, Expectation::Clean] {
            for input in inputs.split_whitespace() {
                if input == "policy" && NEEDS_ATTACHMENTS.contains(&entry.id.as_str()) {
                    continue;
                }
                // A policy example is rendered in every spelling, so it stands for all three.
                let fits = |language: Language| {
                    matches!(
                        (input, language),
                        (_, Language::Policy(_))
                            | ("tf", Language::Terraform)
                            | ("cfn", Language::Yaml | Language::Json)
                    )
                };
                let is_there = page
                    .examples
                    .iter()
                    .any(|example| example.expectation == expectation && fits(example.language));
                if !is_there {
                    wrong.push(format!("{}: no {expectation:?} example for {input}", entry.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
