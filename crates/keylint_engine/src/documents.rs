//! Reads JSON and YAML files and hands on those that are ours.

use std::io::ErrorKind;
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::{Candidate, LoadError, SourceFile, Sources, Span};
use keylint_syntax::SyntaxErrorKind;
use keylint_syntax::classify::{Classified, FileClass, Parsed, classify};

use crate::problem;
use crate::report::RunError;
use crate::settings::Settings;

/// A document that is ours.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) kind: DocumentKind,
    pub(crate) content: Parsed,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// A CloudFormation template.
    Template,
    /// A policy that stands alone.
    Policy,
    /// A plan of Terraform.
    Plan,
    /// A state of Terraform.
    State,
}

/// What became of a file.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The document; `None` for a file that is not ours or could not be had.
    pub(crate) document: Option<Document>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) error: Option<RunError>,
    pub(crate) hint: Option<String>,
}

impl Read {
    /// keylint failed on the file.
    pub(crate) fn failed(sources: &Sources, candidate: &Candidate, place: &str) -> Read {
        let file = sources.insert(&candidate.path, "");
        Read::problem(problem::internal_error(file.id(), "reading a file", place))
    }

    fn problem(problem: Problem) -> Read {
        Read { problems: vec![problem], ..Read::default() }
    }

    fn hint(hint: String) -> Read {
        Read { hint: Some(hint), ..Read::default() }
    }
}

/// Reads a file.
pub(crate) fn read(sources: &Sources, settings: &Settings, candidate: &Candidate) -> Read {
    let file = match sources.load(&candidate.path) {
        Ok(file) => file,
        Err(error) => return unreadable(sources, settings, candidate, error),
    };
    let Classified { class, parsed: content } = classify(&file, settings.policies.is_some());
    let kind = match class {
        FileClass::CloudFormation(_) => DocumentKind::Template,
        FileClass::Policy(_) => DocumentKind::Policy,
        FileClass::TerraformPlan => DocumentKind::Plan,
        // A state says once more what the sources beside it say, and has all secrets in it: nobody
        // is surprised by it who names it.
        FileClass::TerraformState if !candidate.given => {
            let path = sources.display(&candidate.path);
            return Read::hint(format!("{path}: a state of Terraform is checked only when it is named"));
        }
        FileClass::TerraformState => DocumentKind::State,
        FileClass::Terraform(_) | FileClass::TerraformVariables(_) | FileClass::Other => {
            return Read::default();
        }
    };
    let mut content = content.unwrap_or_default();
    if kind == DocumentKind::Policy {
        // What CloudFormation does not take in YAML is nothing to a reader of policies.
        content.errors.retain(|error| error.kind != SyntaxErrorKind::UnsupportedYaml);
    }
    let problems = content.errors.iter().cloned().map(Problem::from).collect();
    Read { document: Some(Document { file, kind, content }), problems, ..Read::default() }
}

/// What to say of a file that cannot be had. One that was given by name is missed by whoever gave
/// it; of one that was only met, as little is known as of all the JSON that is not ours.
fn unreadable(sources: &Sources, settings: &Settings, candidate: &Candidate, error: LoadError) -> Read {
    let path = sources.display(&candidate.path);
    match error {
        LoadError::NotUtf8 { at } => {
            // What could be read of it is in the store, the rest replaced.
            let text = sources.get(at.file);
            let is_ours = classify(&text, settings.policies.is_some()).class != FileClass::Other;
            match is_ours || candidate.given {
                true => Read::problem(Problem::new("KL001", at, "the file is not UTF-8")),
                false => Read::default(),
            }
        }
        LoadError::TooLarge => {
            let file = sources.insert(&candidate.path, "");
            let span = Span::new(file.id(), 0, 0);
            Read::problem(Problem::new("KL004", span, LoadError::TooLarge.to_string()))
        }
        // Somebody removed it since it was found.
        LoadError::Io(error) if error.kind() == ErrorKind::NotFound && !candidate.given => Read::default(),
        LoadError::Io(error) if candidate.given => {
            Read { error: Some(RunError::new(path, error.to_string())), ..Read::default() }
        }
        LoadError::Io(error) => Read::hint(format!("{path}: it cannot be read: {error}")),
    }
}
