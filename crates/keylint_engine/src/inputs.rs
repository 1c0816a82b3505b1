//! Finds what there is to check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keylint_source::discovery::{Discovery, Problem, Request};
use keylint_source::{Candidate, EntryKind, Sources, discover};
use keylint_syntax::classify::{FileClass, class_by_name};

use crate::callers;
use crate::cdk;
use crate::configuration::{CONFIGURATION_FILE, Configurations};
use crate::report::RunError;
use crate::scope::Scope;
use crate::settings::{Project, Settings};

/// What a run is to read.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// JSON and YAML files whose content says what they are.
    pub(crate) documents: Vec<Candidate>,
    /// Terraform files, for counting.
    pub(crate) terraform_files: usize,
    /// Directories of Terraform files: those asked for, and those that call them.
    pub(crate) terraform: BTreeSet<PathBuf>,
    pub(crate) scope: Scope,
    pub(crate) errors: Vec<RunError>,
    pub(crate) hints: Vec<String>,
}

impl Inputs {
    /// How much there is to do, in files.
    pub(crate) fn weight(&self) -> usize {
        self.documents.len() + self.terraform_files
    }
}

/// Finds the files of a project.
pub(crate) fn find(project: &Project, settings: &Settings, configurations: &Configurations<'_>) -> Inputs {
    let sources = &*project.sources;
    let Discovery { candidates, problems, notes, excluded, ignored } =
        discover(sources, &request(settings, &project.paths));
    let mut inputs = Inputs {
        scope: Scope { excluded, ignored, ..scope(sources, &project.paths, &candidates) },
        errors: problems.iter().map(error).collect(),
        hints: notes.iter().map(|note| format!("{}: {}", sources.display(&note.path), note.kind)).collect(),
        ..Inputs::default()
    };
    let mut given = BTreeSet::new();
    for candidate in candidates {
        if candidate.path.file_name().is_some_and(|name| name == CONFIGURATION_FILE) {
            // It is read wherever it holds; given by name it is looked at all the same.
            candidate.path.parent().map(|directory| configurations.of(directory));
            continue;
        }
        // Asked of every file, also of one that no pattern leaves out: a configuration may be wrong.
        let is_excluded = configurations.excludes(&candidate.path);
        if is_excluded && (!candidate.given || settings.force_exclude) {
            inputs.scope.excluded.insert(candidate.path);
            continue;
        }
        match class_by_name(&candidate.path) {
            Some(FileClass::Terraform(_) | FileClass::TerraformVariables(_)) => {
                inputs.terraform_files += 1;
                let directory = candidate.path.parent().map(Path::to_owned);
                if candidate.given {
                    given.extend(directory.clone());
                }
                inputs.terraform.extend(directory);
            }
            _ if !candidate.given && cdk::is_in_asset(sources, &candidate.path) => {}
            _ => inputs.documents.push(candidate),
        }
    }
    if let Some(plan) = &settings.plan {
        // Read with its sources, not as a stack of its own.
        let plan = sources.absolute(plan);
        inputs.documents.retain(|candidate| candidate.path != plan);
        inputs.scope.files.insert(plan);
    }
    inputs.hints.extend(cdk::hints(sources, &inputs.documents));
    // A directory that was asked for as a whole is a project of its own: nobody outside counts.
    given.retain(|directory| !inputs.scope.has_directory(directory));
    if !given.is_empty() {
        inputs.terraform.extend(callers::of(sources, settings, &given));
    }
    let is_alone = |path: &Path| !inputs.scope.has_directory(path) && callers::may_be_nested(sources, path);
    let alone = inputs.documents.iter().filter(|found| found.given && is_alone(&found.path));
    let alone: BTreeSet<PathBuf> = alone.map(|found| found.path.clone()).collect();
    if !alone.is_empty() {
        let known: BTreeSet<PathBuf> = inputs.documents.iter().map(|found| found.path.clone()).collect();
        let callers = callers::of_templates(sources, settings, &alone).into_iter();
        let callers = callers.filter(|path| !known.contains(path));
        inputs.documents.extend(callers.map(|path| Candidate { path, given: false }));
    }
    inputs
}

/// What to ask discovery for.
pub(crate) fn request(settings: &Settings, paths: &[PathBuf]) -> Request {
    Request {
        paths: paths.to_vec(),
        excludes: settings.exclude.clone(),
        respect_gitignore: settings.respect_gitignore,
        force_exclude: settings.force_exclude,
    }
}

fn scope(sources: &Sources, paths: &[PathBuf], candidates: &[Candidate]) -> Scope {
    let is_directory = |path: &&PathBuf| matches!(sources.kind(path), Ok(EntryKind::Directory));
    let given = candidates.iter().filter(|candidate| candidate.given);
    Scope {
        files: given.map(|candidate| candidate.path.clone()).collect(),
        directories: paths.iter().filter(is_directory).map(|path| sources.absolute(path)).collect(),
        ..Scope::default()
    }
}

fn error(problem: &Problem) -> RunError {
    match problem {
        Problem::Path { path, error } => RunError::new(path.display().to_string(), error.to_string()),
        Problem::Exclude { pattern, reason } => {
            RunError::new(format!("--exclude {pattern}"), reason.as_str())
        }
    }
}
