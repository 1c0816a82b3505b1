//! Finds what there is to check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keylint_model::Problem;
use keylint_source::{EntryKind, Sources};

use crate::report::RunError;
use crate::scope::Scope;
use crate::settings::{Project, Settings};

/// A file that may be ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Whether it was given by name.
    pub(crate) given: bool,
}

/// What a run is to read.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// JSON and YAML files.
    pub(crate) documents: Vec<Found>,
    /// Directories with Terraform files.
    pub(crate) terraform: BTreeSet<PathBuf>,
    pub(crate) scope: Scope,
    pub(crate) problems: Vec<Problem>,
    pub(crate) errors: Vec<RunError>,
    pub(crate) hints: Vec<String>,
}

impl Inputs {
    /// How much there is to do, in files.
    pub(crate) fn weight(&self) -> usize {
        self.documents.len() + 4 * self.terraform.len()
    }
}

/// Finds the files of a project.
pub(crate) fn find(project: &Project, _settings: &Settings) -> Inputs {
    let sources = &*project.sources;
    let mut inputs = Inputs::default();
    let mut documents = BTreeSet::new();
    for path in &project.paths {
        let absolute = sources.absolute(path);
        match sources.kind(path) {
            Ok(EntryKind::Directory) => {
                walk(sources, &absolute, &mut documents, &mut inputs);
                inputs.scope.directories.insert(absolute);
            }
            Ok(EntryKind::File) => {
                take(&absolute, true, &mut documents, &mut inputs);
                inputs.scope.files.insert(absolute);
            }
            Ok(_) => inputs.errors.push(error(path, "not a file or directory")),
            Err(failure) => inputs.errors.push(error(path, &failure.to_string())),
        }
    }
    inputs.documents = documents.into_iter().collect();
    inputs
}

fn error(path: &Path, message: &str) -> RunError {
    RunError { path: path.display().to_string(), message: message.to_owned() }
}

fn walk(sources: &Sources, directory: &Path, documents: &mut BTreeSet<Found>, inputs: &mut Inputs) {
    let Ok(entries) = sources.list(directory) else { return };
    for entry in entries {
        let path = directory.join(&entry.name);
        match entry.kind {
            EntryKind::File => take(&path, false, documents, inputs),
            EntryKind::Directory
                if ![".git", ".terraform", "node_modules"].iter().any(|name| entry.name == *name) =>
            {
                walk(sources, &path, documents, inputs);
            }
            _ => {}
        }
    }
}

fn take(path: &Path, given: bool, documents: &mut BTreeSet<Found>, inputs: &mut Inputs) {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    if [".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars"].iter().any(|ending| name.ends_with(ending)) {
        inputs.terraform.extend(path.parent().map(Path::to_owned));
    } else if given || [".json", ".yaml", ".yml", ".template"].iter().any(|ending| name.ends_with(ending)) {
        documents.insert(Found { path: path.to_owned(), given });
    }
}
