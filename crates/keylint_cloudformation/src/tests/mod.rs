//! Templates with what they resolve to. Most cases are one property in one resource, shown in a
//! notation of the test's own: see [`show`].

mod apart;
mod arguments;
mod assemblies;
mod bounds;
mod broken;
mod conditions;
mod defaults;
mod errors;
mod excluded;
mod functions;
mod fuzz;
mod given;
mod loops;
mod nested;
mod nested_conditions;
mod oracle;
mod properties;
mod references;
mod refused;
mod rules;
mod sam;
mod sections;
mod spans;
mod stack;

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Data, Part, Problem, Stack, Value};
use keylint_source::{Memory, SourceFile, Sources};
use keylint_syntax::{SyntaxError, SyntaxErrorKind, Text, json, yaml};

/// A template as it was read, with its file for looking at spans.
struct Read {
    file: Arc<SourceFile>,
    stack: Stack,
}

impl Read {
    fn property(&self, resource: &str, name: &str) -> &Value {
        let resource = self.resource(resource);
        resource.value(name).unwrap_or_else(|| panic!("no property {name}: {:?}", self.stack.problems))
    }

    fn resource(&self, name: &str) -> &keylint_model::Resource {
        let found = self.stack.resources.iter().find(|resource| resource.address.as_str() == name);
        found.unwrap_or_else(|| panic!("no resource {name}: {:?}", self.stack.problems))
    }

    /// The problems as `KL003 at token: message`.
    fn problems(&self) -> Vec<String> {
        let shown = |problem: &Problem| {
            format!("{} at `{}`: {}", problem.rule, self.file.slice(problem.span), problem.message)
        };
        self.stack.problems.iter().map(shown).collect()
    }
}

fn file(name: &str, text: &str) -> Arc<SourceFile> {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    sources.insert(Path::new(name), text)
}

fn read_yaml(text: &str) -> Read {
    let file = file("template.yaml", text);
    let parsed = yaml::parse(&Text::at(Arc::clone(file.text()), file.span()));
    // Digits that the service reads otherwise are told, and text here.
    let is_told = |error: &SyntaxError| error.kind == SyntaxErrorKind::UnsupportedYaml;
    assert!(parsed.errors.iter().all(is_told), "{:?}\n{text}", parsed.errors);
    let stack = crate::load_documents(&file, &parsed.documents).unwrap();
    Read { file, stack }
}

fn read_json(text: &str) -> Read {
    let file = file("template.json", text);
    let (root, errors) = json::parse(&Text::at(Arc::clone(file.text()), file.span()));
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    let stack = crate::load(&file, &root.unwrap());
    Read { file, stack }
}

/// The value of one property in a template with a prelude of sections, a bucket `Bucket` and a
/// key `Key`. There must be no problems.
fn resolve(prelude: &str, value: &str) -> String {
    let read = with_property(prelude, value);
    assert!(read.stack.problems.is_empty(), "{:?}", read.problems());
    show(read.property("Subject", "Value"))
}

/// The problems of the same template.
fn complain(prelude: &str, value: &str) -> Vec<String> {
    with_property(prelude, value).problems()
}

fn with_property(prelude: &str, value: &str) -> Read {
    let resources = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n  Key: {Type: AWS::KMS::Key}\n  \
                     Subject:\n    Type: Custom::Subject\n    Properties:\n      Other: 1\n      Value: ";
    read_yaml(&format!("{prelude}\n{resources}{value}\n"))
}

/// A value in short: `"text"`, `"a${Bucket.Arn}b"`, `<input X>`, `[…]`, `{k: …}`,
/// `(IsProd is true: 1 | IsProd is false: 2)`.
fn show(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(known) => known.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => format!("{:?}", text.as_str()),
        Data::Partial(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Known(text) => text.as_str().to_owned(),
                Part::Hole(unknown, _) => match &unknown.identity {
                    Some(identity) => format!("${{{identity}}}"),
                    None => format!("${{?{}}}", unknown.reason.category()),
                },
            });
            format!("{:?}", parts.collect::<String>())
        }
        Data::List(list) => {
            let rest = list.rest.iter().map(|unknown| format!("…{}", unknown.reason.category()));
            let shown: Vec<_> = list.elements.iter().map(show).chain(rest).collect();
            format!("[{}]", shown.join(", "))
        }
        Data::Map(map) => {
            let rest = map.rest.iter().map(|unknown| format!("…{}", unknown.reason.category()));
            let entries = map.entries.iter().map(|(key, entry)| format!("{key}: {}", show(&entry.value)));
            format!("{{{}}}", entries.chain(rest).collect::<Vec<_>>().join(", "))
        }
        Data::Json(inner) => format!("json {}", show(inner)),
        Data::Choice(alternatives) => {
            let shown = alternatives
                .iter()
                .map(|alternative| format!("{}: {}", alternative.guard.describe(), show(&alternative.value)));
            format!("({})", shown.collect::<Vec<_>>().join(" | "))
        }
        Data::Unknown(unknown) => match &unknown.identity {
            Some(identity) => format!("<{} {identity}>", unknown.reason.category()),
            None => format!("<{}>", unknown.reason.category()),
        },
    }
}
