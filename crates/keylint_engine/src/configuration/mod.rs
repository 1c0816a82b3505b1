//! `keylint.toml`: what a project says about how it is checked.
//!
//! The nearest file upwards counts, from the directory of whatever is checked to the root of its
//! repository; files are not merged. A configuration is part of what is checked and may come with
//! a hostile change: it is data, names files of its own tree only, and cannot ask for the
//! environment of the program.

mod read;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use keylint_cloudformation::Given;
use keylint_rules::{Registry, Selection, Severity};
use keylint_source::discovery::Patterns;
use keylint_source::{LoadError, Position, SourceFile, Sources, Span};
use keylint_syntax::Text;
use keylint_terraform::Values;

use crate::report::{ErrorPlace, RunError};
use crate::selection::select;
use crate::settings::Settings;

/// What a configuration file is called.
pub const CONFIGURATION_FILE: &str = "keylint.toml";

/// Which configuration counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigurationChoice {
    /// The nearest file upwards from whatever is checked.
    #[default]
    Nearest,
    /// This file, for everything.
    File(PathBuf),
    /// None.
    Isolated,
}

/// What one file says.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The file; `None` where there is none.
    pub file: Option<Arc<SourceFile>>,
    /// The rules to run, where the command line names none.
    pub select: Vec<String>,
    /// The rules not to run, besides those of the command line.
    pub ignore: Vec<String>,
    /// The severity that fails a run, where the command line names none.
    pub fail_on: Option<Severity>,
    /// Patterns of what is left out, from the directory of the file.
    pub exclude: Vec<String>,
    /// Whether a Terraform directory that others call is also checked on its own.
    pub stand_alone_modules: bool,
    /// What root modules and templates are deployed to, in the order in which it is written.
    pub environments: Vec<Environment>,
}

/// One environment that root modules and templates are deployed to.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What it is called in reports.
    pub name: Arc<str>,
    /// Files of values, weakest first: from the directory of the root module, else from that of
    /// the configuration.
    pub var_files: Vec<(String, Span)>,
    /// Values that go before those of the files.
    pub vars: Option<Arc<Values>>,
    /// The name of the workspace.
    pub workspace: Option<Text>,
    /// Files with the values of templates' parameters, weakest first: from the directory of the
    /// template, else from that of the configuration.
    pub parameter_files: Vec<(String, Span)>,
    /// Values of parameters that go before those of the files.
    pub parameters: Option<Given>,
}

impl Environment {
    /// Whether root modules are deployed to it: it says something of them, or nothing of anything.
    pub(crate) fn takes_modules(&self) -> bool {
        self.names_variables() || !self.names_parameters()
    }

    /// Whether templates are deployed to it: it says something of them, or nothing of anything.
    pub(crate) fn takes_templates(&self) -> bool {
        self.names_parameters() || !self.names_variables()
    }

    fn names_variables(&self) -> bool {
        !self.var_files.is_empty() || self.vars.is_some() || self.workspace.is_some()
    }

    fn names_parameters(&self) -> bool {
        !self.parameter_files.is_empty() || self.parameters.is_some()
    }
}

impl Configuration {
    /// The directory that its patterns and files are taken from.
    pub fn directory(&self) -> Option<&Path> {
        self.file.as_ref().and_then(|file| file.path().parent())
    }
}

/// A configuration with what follows from it for a run.
#[derive(Debug)]
pub(crate) struct Configured {
    configuration: Configuration,
    selection: Selection,
    excludes: Option<Patterns>,
}

/// The configurations of a run, each read once.
pub(crate) struct Configurations<'s> {
    sources: &'s Sources,
    settings: &'s Settings,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    by_directory: HashMap<PathBuf, Arc<Configured>>,
    by_file: HashMap<Option<PathBuf>, Arc<Configured>>,
    errors: Vec<RunError>,
}

impl<'s> Configurations<'s> {
    pub(crate) fn new(sources: &'s Sources, settings: &'s Settings) -> Self {
        Configurations { sources, settings, found: Mutex::default() }
    }

    /// What holds for a directory.
    pub(crate) fn of(&self, directory: &Path) -> Arc<Configured> {
        self.in_force(directory)
    }

    /// Whether the configuration leaves a file out.
    pub(crate) fn excludes(&self, file: &Path) -> bool {
        let directory = file.parent().unwrap_or(file);
        self.in_force(directory).excludes.as_ref().is_some_and(|patterns| patterns.covers(file))
    }

    /// What is wrong with the configurations that were met so far.
    pub(crate) fn take_errors(&self) -> Vec<RunError> {
        std::mem::take(&mut self.lock().errors)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_force(&self, directory: &Path) -> Arc<Configured> {
        if let Some(known) = self.lock().by_directory.get(directory) {
            return Arc::clone(known);
        }
        let path = match &self.settings.configuration {
            ConfigurationChoice::Nearest => nearest(self.sources, directory),
            ConfigurationChoice::File(path) => Some(self.sources.absolute(path)),
            ConfigurationChoice::Isolated => None,
        };
        let mut found = self.lock();
        let known = found.by_file.get(&path).cloned();
        let in_force = known.unwrap_or_else(|| {
            let (in_force, errors) = self.read(path.as_deref());
            found.errors.extend(errors);
            let in_force = Arc::new(in_force);
            found.by_file.insert(path, Arc::clone(&in_force));
            in_force
        });
        found.by_directory.insert(directory.to_owned(), Arc::clone(&in_force));
        in_force
    }

    fn read(&self, path: Option<&Path>) -> (Configured, Vec<RunError>) {
        let mut errors = Vec::new();
        let configuration = match path {
            Some(path) => {
                let (configuration, problems) = read(self.sources, path);
                errors = problems;
                configuration
            }
            None => Configuration::default(),
        };
        let selection = self.selection(&configuration).unwrap_or_else(|| self.settings.selection.clone());
        let excludes = configuration.directory().filter(|_| !configuration.exclude.is_empty());
        let excludes = excludes.map(|directory| Patterns::new(directory, &configuration.exclude));
        (Configured { configuration, selection, excludes }, errors)
    }

    /// The rules to run, where the configuration has a say.
    fn selection(&self, configuration: &Configuration) -> Option<Selection> {
        let (chosen, unwanted) = (&self.settings.select, &self.settings.ignore);
        if configuration.select.is_empty() && configuration.ignore.is_empty() {
            return None;
        }
        let wanted = if chosen.is_empty() { &configuration.select } else { chosen };
        let unwanted: Vec<String> = unwanted.iter().chain(&configuration.ignore).cloned().collect();
        // Selectors were checked where they are written.
        select(Registry::builtin(), wanted, &unwanted).ok()
    }
}

impl Configured {
    /// What is written.
    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The rules to run.
    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
    }
}

/// The nearest configuration file upwards, not above the root of the repository.
pub(crate) fn nearest(sources: &Sources, directory: &Path) -> Option<PathBuf> {
    for above in directory.ancestors() {
        let path = above.join(CONFIGURATION_FILE);
        if matches!(sources.kind(&path), Ok(keylint_source::EntryKind::File)) {
            return Some(path);
        }
        if is_repository(sources, above) {
            break;
        }
    }
    None
}

/// The directory that a configuration may read: the repository that it lies in, else `directory`.
pub(crate) fn tree(sources: &Sources, directory: &Path) -> PathBuf {
    let root = directory.ancestors().find(|above| is_repository(sources, above));
    root.unwrap_or(directory).to_owned()
}

fn is_repository(sources: &Sources, directory: &Path) -> bool {
    sources.kind(&directory.join(".git")).is_ok()
}

/// Reads a configuration file.
fn read(sources: &Sources, path: &Path) -> (Configuration, Vec<RunError>) {
    let failed = |message: String| {
        let start = Position { line: 1, column: 1, utf16: 1 };
        let place = ErrorPlace { file: path.to_owned(), start, end: start };
        let error = RunError { place: Some(place), ..RunError::new(sources.display(path), message) };
        (Configuration::default(), vec![error])
    };
    // A link would let a change read, through messages, what lies outside of the tree.
    let directory = path.parent().unwrap_or(path);
    let tree = sources.canonicalize(&tree(sources, directory));
    let is_inside =
        matches!((sources.canonicalize(path), tree), (Ok(path), Ok(tree)) if path.starts_with(&tree));
    let file = match sources.load(path) {
        Ok(_) if !is_inside => return failed("the link leads out of the project".to_owned()),
        Ok(file) => file,
        Err(LoadError::NotUtf8 { .. }) => return failed("the file is not UTF-8".to_owned()),
        Err(error) => return failed(error.to_string()),
    };
    let (configuration, problems) = read::configuration(&file);
    let errors = problems.into_iter().map(|(span, message)| RunError::at(&file, span, message)).collect();
    (configuration, errors)
}

/// What holds for a directory, with what is wrong with it: for whoever shows it.
///
/// # Errors
///
/// What is wrong with the file.
pub fn configuration(
    sources: &Sources,
    settings: &Settings,
    directory: &Path,
) -> Result<Configuration, Vec<RunError>> {
    let path = match &settings.configuration {
        ConfigurationChoice::Nearest => nearest(sources, &sources.absolute(directory)),
        ConfigurationChoice::File(path) => Some(sources.absolute(path)),
        ConfigurationChoice::Isolated => None,
    };
    let Some(path) = path else { return Ok(Configuration::default()) };
    let (configuration, errors) = read(sources, &path);
    if errors.is_empty() { Ok(configuration) } else { Err(errors) }
}
