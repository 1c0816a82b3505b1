//! The front end for files that are a policy document and nothing else.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Address, Data, Entry, FrontEnd, Guard, Map, Mode, Origin, Problem, Resource, Stack, Value, World,
};
use keylint_source::SourceFile;
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{SyntaxErrorKind, Text, yaml};

use crate::document::{Document, Parsed};
use crate::json::value_of;

/// The type name of the one resource of a bare document.
pub const DOCUMENT_TYPE: &str = "policy";

/// The attribute of it that is the document.
pub const DOCUMENT_ATTRIBUTE: &str = "policy";

/// The stack of a bare policy document: one resource that carries it, named after the file.
pub fn load(file: &SourceFile, root: &Node) -> Stack {
    let value = value_of(root, &[], &Origin::default());
    let entry = Entry { key_span: None, span: Some(root.span), value };
    let attributes = Map {
        entries: IndexMap::from([(Arc::from(DOCUMENT_ATTRIBUTE), entry)]),
        rest: None,
        ..Map::default()
    };
    let display = file.display();
    let name = display.rsplit('/').next().unwrap_or(display);
    let resource = Resource {
        address: Address::new(name),
        type_name: DOCUMENT_TYPE.into(),
        mode: Mode::Document,
        attributes,
        span: root.span,
        header: root.span.start_point(),
        guard: Guard::always(),
        symbolic: false,
        calls: Arc::new([]),
        construct: None,
    };
    Stack::new(FrontEnd::Policy, Arc::clone(display), vec![resource], Vec::new())
}

/// The document that a file is, in JSON or YAML, whatever the file's name.
pub fn read(file: &SourceFile) -> Parsed {
    let text = Text::of_file(file);
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '"']);
    let value = match is_json || text.trim().is_empty() {
        true => Value::new(Data::String(text), Origin::at(file.span())),
        false => match of_yaml(&text) {
            Ok(value) => value,
            Err(problems) => return Parsed::Invalid(problems),
        },
    };
    // Text has no alternatives that a world would have to decide.
    Document::parse(&value, &World::open()).unwrap_or_else(|_| Parsed::Invalid(Vec::new()))
}

/// The one document of a text in YAML.
fn of_yaml(text: &Text) -> Result<Value, Vec<Problem>> {
    let file = yaml::parse(text);
    // Aliases and merge keys are resolved.
    let errors = file.errors.iter().filter(|error| error.kind != SyntaxErrorKind::UnsupportedYaml);
    let problems: Vec<Problem> =
        errors.map(|error| Problem::new("KL001", error.span, error.message.clone())).collect();
    match file.documents.as_slice() {
        _ if !problems.is_empty() => Err(problems),
        [root] if matches!(root.kind, NodeKind::Map(_)) => Ok(value_of(root, &[], &Origin::default())),
        _ => Err(Vec::new()),
    }
}
