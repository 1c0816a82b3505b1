//! Finds what there is to check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keylint_source::discovery::{Discovery, Problem, Request};
use keylint_source::{Candidate, EntryKind, Sources, discover};
use keylint_syntax::classify::{FileClass, class_by_name};

use crate::callers;
use crate::cdk;
use crate::configuration::{CONFIGURATION_FILE, Configurations};
use crate::parallel;
use crate::report::RunError;
use crate::scope::Scope;
use crate::settings::{Project, Settings};

/// What a run is to read.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// JSON and YAML files whose content says what they are.
    pub(crate) documents: Vec<Candidate>,
    /// Terraform files, for counting.
    pub(crate) terraform_files: Vec<PathBuf>,
    /// Directories of Terraform files: those asked for, and those that call them.
    pub(crate) terraform: BTreeSet<PathBuf>,
    pub(crate) scope: Scope,
    pub(crate) errors: Vec<RunError>,
    pub(crate) hints: Vec<String>,
}

/// How large a file is that counts for one: most are no larger.
const FILE_BYTES: u64 = 8 * 1024;

impl Inputs {
    /// How much there is to do, in files of the usual size.
    pub(crate) fn weight(&self, sources: &Sources) -> usize {
        let count = self.documents.len() + self.terraform_files.len();
        if count > parallel::SMALL {
            return count;
        }
        let paths = self.documents.iter().map(|found| &found.path).chain(&self.terraform_files);
        let size = |path: &PathBuf| 1 + sources.size(path).unwrap_or(0) / FILE_BYTES;
        usize::try_from(paths.map(size).sum::<u64>()).unwrap_or(usize::MAX)
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
                let directory = candidate.path.parent().map(Path::to_owned);
                if candidate.given {
                    given.extend(directory.clone());
                }
                inputs.terraform.extend(directory);
                inputs.terraform_files.push(candidate.path);
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
    add_callers(&mut inputs, sources, settings, given);
    inputs
}

/// Adds what calls the modules and templates that were asked for alone: they are checked as they
/// are called.
fn add_callers(
    inputs: &mut Inputs,
    sources: &Sources,
    settings: &Settings,
    mut directories: BTreeSet<PathBuf>,
) {
    // A directory that was asked for as a whole is a project of its own: nobody outside counts.
    directories.retain(|directory| !inputs.scope.has_directory(directory));
    if !directories.is_empty() {
        inputs.terraform.extend(callers::of(sources, settings, &directories));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keylint_source::Memory;

    use super::*;

    #[test]
    fn a_large_file_weighs_as_much_as_many() {
        let mut files = Memory::new();
        files.insert("/w/small.yaml", "A: 1\n").insert("/w/large.yaml", "A: 1\n".repeat(100_000));
        files.insert("/w/main.tf", "");
        let sources = Arc::new(Sources::new(Arc::new(files), "/w"));
        let settings = Settings::default();
        let weight = |path: &str| {
            let project = Project { paths: vec![path.into()], sources: Arc::clone(&sources) };
            let configurations = Configurations::new(&project.sources, &settings);
            find(&project, &settings, &configurations).weight(&sources)
        };
        assert_eq!((weight("small.yaml"), weight("main.tf")), (1, 1));
        assert!(weight("large.yaml") > parallel::SMALL);
        assert!(weight(".") > parallel::SMALL);
    }
}
