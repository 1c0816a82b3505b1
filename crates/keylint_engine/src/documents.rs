//! Reads JSON and YAML files and says what they are.
//!
//! A repository is full of JSON and YAML that is no business of ours, so what a file is follows
//! from what is in it, and one that does not parse is ours only when its text shows it.

use std::io::ErrorKind;
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::{LoadError, SourceFile, Sources, Span};
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{Comment, SyntaxError, Text, json};

use crate::inputs::Found;
use crate::problem;
use crate::report::RunError;
use crate::settings::Settings;

/// A document that is ours.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) kind: DocumentKind,
    /// Its documents: one, but YAML may hold several.
    pub(crate) roots: Vec<Node>,
    pub(crate) comments: Vec<Comment>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// A CloudFormation template.
    Template,
    /// A policy that stands alone.
    Policy,
}

/// What became of a file.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The document; `None` for a file that is not ours or of which nothing could be read.
    pub(crate) document: Option<Document>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) error: Option<RunError>,
    pub(crate) hint: Option<String>,
}

impl Read {
    /// keylint failed on the file.
    pub(crate) fn failed(sources: &Sources, found: &Found, place: &str) -> Read {
        let file = sources.insert(&found.path, "");
        Read {
            problems: vec![problem::internal_error(file.id(), "reading a file", place)],
            ..Read::default()
        }
    }

    fn problem(problem: Problem) -> Read {
        Read { problems: vec![problem], ..Read::default() }
    }
}

/// Reads a file.
pub(crate) fn read(sources: &Sources, settings: &Settings, found: &Found) -> Read {
    let file = match load(sources, found) {
        Ok(file) => file,
        Err(read) => return *read,
    };
    if !looks_ours(file.text()) && settings.policies.is_none() {
        return Read::default();
    }
    let parsed = parse(&file);
    let problems: Vec<Problem> = parsed.errors.into_iter().map(Problem::from).collect();
    match kind(&parsed.roots, settings) {
        Some(kind) => {
            let document = Document { file, kind, roots: parsed.roots, comments: parsed.comments };
            Read { document: Some(document), problems, ..Read::default() }
        }
        // It has the words of a template or a policy, and no reader could make sense of it.
        None if parsed.roots.is_empty() => Read { problems, ..Read::default() },
        None => Read::default(),
    }
}

/// The file, or what to say where it cannot be had.
fn load(sources: &Sources, found: &Found) -> Result<Arc<SourceFile>, Box<Read>> {
    let read = match sources.load(&found.path) {
        Ok(file) => return Ok(file),
        Err(LoadError::NotUtf8 { at }) => {
            let ours = found.given || looks_ours(sources.get(at.file).text());
            match ours {
                true => Read::problem(Problem::new("KL001", at, "the file is not UTF-8")),
                false => Read::default(),
            }
        }
        Err(LoadError::TooLarge) => {
            let file = sources.insert(&found.path, "");
            Read::problem(Problem::new("KL004", Span::new(file.id(), 0, 0), LoadError::TooLarge.to_string()))
        }
        Err(LoadError::Io(error)) if error.kind() == ErrorKind::NotFound && !found.given => Read::default(),
        Err(LoadError::Io(error)) => {
            let path = sources.display(&found.path);
            match found.given {
                true => {
                    Read { error: Some(RunError { path, message: error.to_string() }), ..Read::default() }
                }
                false => Read { hint: Some(format!("{path} was not read: {error}")), ..Read::default() },
            }
        }
    };
    Err(Box::new(read))
}

/// Whether a text has the words of a template or a policy in it.
fn looks_ours(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion")
        || (text.contains("Resources") && text.contains("AWS::"))
        || (text.contains("Statement") && text.contains("Effect"))
}

/// What the reader of a notation made of a file.
struct Parsed {
    roots: Vec<Node>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

fn parse(file: &SourceFile) -> Parsed {
    let text = Text::at(Arc::clone(file.text()), file.span());
    let (root, errors) = json::parse(&text);
    Parsed { roots: root.into_iter().collect(), comments: Vec::new(), errors }
}

/// What a document is; `None` for one that is not ours.
fn kind(roots: &[Node], settings: &Settings) -> Option<DocumentKind> {
    let root = roots.first()?;
    if root.get("AWSTemplateFormatVersion").is_some() {
        return Some(DocumentKind::Template);
    }
    let resources = root.get("Resources").map(Node::members).unwrap_or_default();
    if resources.iter().any(|resource| resource.value.get("Type").and_then(Node::as_str).is_some()) {
        return Some(DocumentKind::Template);
    }
    let statements = root.get("Statement").map(|statement| &statement.kind);
    let is_policy = matches!(statements, Some(NodeKind::List(_) | NodeKind::Map(_)));
    (is_policy || settings.policies.is_some()).then_some(DocumentKind::Policy)
}
