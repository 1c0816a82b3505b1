//! The result of a run: all that any output format needs, with nothing secret left in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use keylint_model::{Address, CallKind};
use keylint_rules::{Finding, Undecided};
use keylint_source::{FileId, LineIndex, Position, SourceFile, Span};

/// What a run found.
#[derive(Debug)]
pub struct Report {
    /// The findings to show, sorted by path, position and rule: the same from run to run.
    pub findings: Vec<Finding>,
    /// What could not be decided, sorted likewise.
    pub undecided: Vec<UndecidedPlace>,
    /// Modules that are called and not on disk, sorted likewise.
    pub missing_modules: Vec<MissingModule>,
    /// Whether a finding is as bad as one that is to fail the run.
    pub fails: bool,
    /// What was looked at.
    pub coverage: Coverage,
    /// Failures that are no findings: unreadable paths. They make the exit code 2.
    pub errors: Vec<RunError>,
    /// Advice about the run: suppression comments of other tools, nothing found to check.
    pub hints: Vec<String>,
    /// The files that findings point into, masked.
    pub files: HashMap<FileId, Excerpt>,
}

/// A file as reports may show it: everything at the same offset and column, but every character of
/// a secret replaced by a sign of the same length (`*` for ASCII).
#[derive(Debug)]
pub struct Excerpt {
    /// Its path relative to the working directory, with `/`.
    pub path: Arc<str>,
    /// The path to open it by, for whoever does not share the working directory.
    pub absolute: PathBuf,
    /// Its masked text.
    pub text: Arc<str>,
    /// The lines of the text as it is on disk.
    pub lines: LineIndex,
}

/// What was looked at in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files read as configuration.
    pub files: usize,
    /// Resources, counted by instance.
    pub resources: usize,
    /// Policy documents.
    pub policies: usize,
    /// How many answers of rules were "cannot tell".
    pub undecided: usize,
    /// Calls of modules that are not on disk, so that what they create was not looked at.
    pub missing_modules: usize,
    /// Paths of files of which something was not read: it does not parse, it lies beyond a limit, or
    /// another file stands for it.
    pub unparsed: Vec<Arc<str>>,
    /// Findings silenced by suppressions.
    pub suppressed: usize,
}

/// A rule that could not be decided, with the paths resolved for output.
#[derive(Clone, Debug)]
pub struct UndecidedPlace {
    /// What and why.
    pub undecided: Undecided,
    /// The path of the file in which the value is used.
    pub path: Arc<str>,
    /// Where in that file.
    pub position: Position,
    /// The file and position that would resolve it.
    pub resolve_at: Option<(Arc<str>, Position)>,
}

/// A module, a nested stack or a transform whose content is not on disk.
#[derive(Clone, Debug)]
pub struct MissingModule {
    /// What it is.
    pub kind: CallKind,
    /// The address of the call.
    pub address: Address,
    /// The path of the file that it stands in.
    pub path: Arc<str>,
    /// Where in that file.
    pub position: Position,
}

/// Something that kept keylint from doing what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct RunError {
    /// The path as it was given.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// Where it is wrong, for an error in a file that was read.
    pub place: Option<ErrorPlace>,
}

/// Where a file is wrong that is no part of what is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPlace {
    /// The absolute path of the file.
    pub file: PathBuf,
    /// Where it starts.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

impl RunError {
    /// An error that stands in no file.
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> RunError {
        RunError { path: path.into(), message: message.into(), place: None }
    }

    /// An error at a place of a file.
    pub(crate) fn at(file: &SourceFile, span: Span, message: impl Into<String>) -> RunError {
        let (start, end) = (file.position(span.start), file.position(span.end));
        let place = ErrorPlace { file: file.path().to_owned(), start, end };
        let path = format!("{}:{}:{}", file.display(), start.line, start.column);
        RunError { place: Some(place), ..RunError::new(path, message) }
    }
}

impl Report {
    /// The report of a run that did not come about.
    pub(crate) fn failed(errors: Vec<RunError>) -> Report {
        Report {
            findings: Vec::new(),
            undecided: Vec::new(),
            missing_modules: Vec::new(),
            fails: false,
            coverage: Coverage::default(),
            errors,
            hints: Vec::new(),
            files: HashMap::new(),
        }
    }

    /// Whether nothing was looked at, because what was to be checked could not be told.
    pub fn is_void(&self) -> bool {
        !self.errors.is_empty() && self.findings.is_empty() && self.coverage.files == 0
    }

    /// The masked file that a span points into.
    pub fn file(&self, span: Span) -> Option<&Excerpt> {
        self.files.get(&span.file)
    }
}

impl Excerpt {
    /// The position of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        self.lines.position(&self.text, offset)
    }
}
