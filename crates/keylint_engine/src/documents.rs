//! Reads JSON and YAML files and says what they are.
//!
//! A repository is full of JSON and YAML that is no business of ours, so what a file is follows
//! from what is in it, and one that does not parse is ours only when its text shows it.

use std::io::ErrorKind;
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::{LoadError, SourceFile, Sources, Span};
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{Comment, SyntaxError, SyntaxErrorKind, Text, json, yaml};

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
    if !may_be_ours(file.text()) && settings.policies.is_none() {
        return Read::default();
    }
    let mut parsed = parse(&file);
    let kind = kind(&parsed.roots, settings);
    match kind {
        // What CloudFormation does not take in YAML is nothing to a reader of policies.
        Some(DocumentKind::Policy) => {
            parsed.errors.retain(|error| error.kind != SyntaxErrorKind::UnsupportedYaml);
        }
        Some(DocumentKind::Template) => {}
        // A file of somebody else may name a key twice; one that is broken and has the words of a
        // template or a policy in it may be ours.
        None if settings.policies.is_some() || shows_it_is_ours(file.text()) => {
            parsed
                .errors
                .retain(|error| matches!(error.kind, SyntaxErrorKind::Syntax | SyntaxErrorKind::Limit));
        }
        None => parsed.errors.clear(),
    }
    let problems = parsed.errors.into_iter().map(Problem::from).collect();
    let document = kind.map(|kind| Document { file, kind, roots: parsed.roots, comments: parsed.comments });
    Read { document, problems, ..Read::default() }
}

/// The file, or what to say where it cannot be had.
fn load(sources: &Sources, found: &Found) -> Result<Arc<SourceFile>, Box<Read>> {
    let read = match sources.load(&found.path) {
        Ok(file) => return Ok(file),
        Err(LoadError::NotUtf8 { at }) => {
            let ours = found.given || shows_it_is_ours(sources.get(at.file).text());
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

/// Whether a text can be a template or a policy: asked before it is parsed, so that the rest of a
/// repository costs no more than reading it.
fn may_be_ours(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion")
        || (text.contains("Resources") && text.contains("Type"))
        || text.contains("Statement")
}

/// Whether a text that does not parse is ours nevertheless.
fn shows_it_is_ours(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion")
        || ["Type: AWS::", "Type: \"AWS::", "Type: 'AWS::", "\"Type\": \"AWS::", "\"Type\":\"AWS::"]
            .iter()
            .any(|words| text.contains(words))
        || (text.contains("Statement") && text.contains("Effect"))
}

/// What the reader of a notation made of a file.
#[derive(Default)]
struct Parsed {
    roots: Vec<Node>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

/// Reads what starts with a bracket as JSON, everything else as YAML, whatever the name. YAML may
/// start with a bracket, too: a `.yaml` file that is no JSON is read again.
fn parse(file: &SourceFile) -> Parsed {
    let text = Text::at(Arc::clone(file.text()), file.span());
    let start = file.text().trim_start_matches('\u{feff}').trim_start();
    let extension = file.path().extension().and_then(|extension| extension.to_str()).unwrap_or("");
    let is_yaml = ["yaml", "yml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml));
    if start.starts_with(['{', '[']) || extension.eq_ignore_ascii_case("json") {
        let (root, errors) = json::parse(&text);
        if errors.is_empty() || !is_yaml {
            return Parsed { roots: root.into_iter().collect(), errors, ..Parsed::default() };
        }
    }
    let parsed = yaml::parse(&text);
    Parsed { roots: parsed.documents, comments: parsed.comments, errors: parsed.errors }
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
