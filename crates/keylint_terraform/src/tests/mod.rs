//! Small projects and what becomes of them.

mod agreement;
mod choices;
mod console;
mod contradictions;
mod documents;
mod edges;
mod ephemeral;
mod errors;
mod expressions;
mod holes;
mod hostile;
mod inputs;
mod instances;
mod json;
mod modules;
mod numbers;
mod picked;
mod plan_mutations;
mod plans;
mod policy_document;
mod policy_merging;
mod projects;
mod recorded_projects;
mod references;
mod secrets;
mod strings;
mod types;
mod work;

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Address, Data, Part, Resource, Stack, Value};
use keylint_source::{Memory, Sources, Span};

use crate::Project;

/// A project in memory under `/work`, evaluated from the directories given.
pub(super) struct Fixture {
    pub(super) sources: Sources,
    pub(super) project: Project,
    pub(super) stacks: Vec<Stack>,
}

pub(super) fn load(files: &[(&str, &str)], directories: &[&str]) -> Fixture {
    let mut memory = Memory::new();
    for (path, content) in files {
        memory.insert(Path::new("/work").join(path), content);
    }
    let sources = Sources::new(Arc::new(memory), "/work");
    let project = Project::load(&sources, directories);
    let stacks = project.roots().iter().map(|root| project.evaluate(&sources, *root)).collect();
    Fixture { sources, project, stacks }
}

/// One root module in one file.
pub(super) fn root(text: &str) -> Fixture {
    load(&[("main.tf", text)], &["."])
}

impl Fixture {
    pub(super) fn stack(&self) -> &Stack {
        &self.stacks[0]
    }

    pub(super) fn resource(&self, address: &str) -> &Resource {
        self.stack().resource(&Address::new(address)).unwrap_or_else(|| {
            let known: Vec<_> = self.stack().resources.iter().map(|it| it.address.as_str()).collect();
            panic!("no {address} among {known:?}")
        })
    }

    pub(super) fn addresses(&self) -> Vec<&str> {
        self.stack().resources.iter().map(|it| it.address.as_str()).collect()
    }

    /// A value below a resource, by keys and positions.
    pub(super) fn value(&self, address: &str, path: &[&str]) -> Value {
        let resource = self.resource(address);
        let mut value = resource.value(path[0]).unwrap_or_else(|| panic!("no {}", path[0])).clone();
        for key in &path[1..] {
            let next = match &value.data {
                Data::Json(inner) => inner.as_map().and_then(|map| map.value(key)).cloned(),
                Data::Map(map) => map.value(key).cloned(),
                Data::List(list) => key.parse::<usize>().ok().and_then(|at| list.elements.get(at)).cloned(),
                _ => None,
            };
            value = next.unwrap_or_else(|| panic!("no {key} in {}", show(&value)));
        }
        value
    }

    /// The source text that a value was written as.
    pub(super) fn written(&self, value: &Value) -> String {
        self.slice(value.origin.span.expect("a place"))
    }

    pub(super) fn slice(&self, span: Span) -> String {
        self.sources.get(span.file).slice(span).to_owned()
    }

    /// Where something is: `path:line`.
    pub(super) fn place(&self, span: Span) -> String {
        let file = self.sources.get(span.file);
        format!("{}:{}", file.display(), file.position(span.start).line)
    }

    /// All problems of all stacks and directories: `rule message`.
    pub(super) fn problems(&self) -> Vec<String> {
        let of_stacks = self.stacks.iter().flat_map(|stack| &stack.problems);
        let all = self.project.problems().chain(of_stacks);
        all.map(|problem| format!("{} {}", problem.rule, problem.message)).collect()
    }
}

/// The value of `local.x` after `locals` and the like, through a resource of its own.
pub(super) fn evaluate(expression: &str) -> String {
    evaluate_with("", expression)
}

pub(super) fn evaluate_with(context: &str, expression: &str) -> String {
    let fixture = root(&format!("{context}\nresource \"test_it\" \"it\" {{\n  x = {expression}\n}}\n"));
    for file in fixture.project.files() {
        assert!(file.errors.is_empty(), "{expression}: {:?}", file.errors);
    }
    show(&fixture.value("test_it.it", &["x"]))
}

/// A value in one line. Unknown values are shown by their identity, else by their reason.
pub(super) fn show(value: &Value) -> String {
    let rest = |rest: &Option<Arc<keylint_model::Unknown>>| match rest {
        Some(unknown) => format!(" ..{}", show_unknown(unknown)),
        None => String::new(),
    };
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(known) => known.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => format!("{:?}", text.as_str()),
        Data::Partial(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Known(text) => text.to_string(),
                Part::Hole(unknown, _) => format!("${{{}}}", show_unknown(unknown)),
            });
            format!("`{}`", parts.collect::<String>())
        }
        Data::List(list) => {
            let elements: Vec<_> = list.elements.iter().map(show).collect();
            format!("[{}{}]", elements.join(", "), rest(&list.rest))
        }
        Data::Map(map) => {
            let entries: Vec<_> =
                map.entries.iter().map(|(key, entry)| format!("{key}: {}", show(&entry.value))).collect();
            format!("{{{}{}}}", entries.join(", "), rest(&map.rest))
        }
        Data::Json(inner) => format!("json {}", show(inner)),
        Data::Choice(alternatives) => {
            let arms: Vec<_> = alternatives
                .iter()
                .map(|one| format!("{}: {}", one.guard.describe(), show(&one.value)))
                .collect();
            format!("<{}>", arms.join(" | "))
        }
        Data::Unknown(unknown) => format!("?{}", show_unknown(unknown)),
    }
}

fn show_unknown(unknown: &keylint_model::Unknown) -> String {
    match &unknown.identity {
        // Where a loop stands is of no interest here.
        Some(identity) => identity
            .split('@')
            .enumerate()
            .map(
                |(at, part)| {
                    if at == 0 { part } else { part.trim_start_matches(|it: char| it.is_ascii_digit()) }
                },
            )
            .collect(),
        None => unknown.reason.category().to_owned(),
    }
}
