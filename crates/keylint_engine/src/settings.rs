//! What a caller decides about a run.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keylint_policy::PolicyKind;
use keylint_rules::{Registry, Selection, Severity};
use keylint_source::Sources;

use crate::configuration::ConfigurationChoice;
use crate::date::Date;

/// What is to be checked.
#[derive(Clone)]
pub struct Project {
    /// Files and directories, relative to the working directory of the sources or absolute. A
    /// directory is a project of its own; a file is checked together with the module that it
    /// belongs to and those that call it, and only what concerns the file is reported.
    pub paths: Vec<PathBuf>,
    /// Where files come from. Unsaved buffers and standard input are an overlay in here.
    pub sources: Arc<Sources>,
}

/// What bare policy documents are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChoice {
    /// Every JSON or YAML file with a policy in it is of the kind that its shape suggests, and one
    /// that does not parse is a finding.
    Auto,
    /// Every JSON or YAML file is a policy of this kind.
    Kind(PolicyKind),
}

/// A value or values for variables, given by whoever starts the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenInput {
    /// A file of values; `-var-file`.
    File(PathBuf),
    /// The value of one variable as text; `-var`.
    Value {
        /// The variable.
        name: String,
        /// The value, read as the variable's type asks.
        text: String,
    },
}

/// How to check. What [`Settings::default`] gives is what the program does without any flag.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The rules to run where no configuration has a say.
    pub selection: Selection,
    /// The selectors that `selection` was made of: they go before those of a configuration.
    pub select: Vec<String>,
    /// What `selection` leaves out; so does every configuration besides its own.
    pub ignore: Vec<String>,
    /// Which configuration counts.
    pub configuration: ConfigurationChoice,
    /// The severity that fails a run; that of the configuration, else low, when `None`.
    pub fail_on: Option<Severity>,
    /// Values for the variables of Terraform's root modules, weakest first.
    pub inputs: Vec<GivenInput>,
    /// Values of the environment for them, by name, weaker than every file.
    pub environment_inputs: Vec<(String, String)>,
    /// The environments of the configuration to check; all of them when empty.
    pub environments: Vec<String>,
    /// Findings below this severity are dropped.
    pub min_severity: Severity,
    /// What bare policy documents are taken for.
    pub policies: Option<PolicyChoice>,
    /// A plan or state of Terraform, as `terraform show -json` writes it, of the sources that are
    /// checked: what they leave open is taken from it.
    pub plan: Option<PathBuf>,
    /// Files with the values of templates' parameters; the last that gives one counts.
    pub parameters: Vec<PathBuf>,
    /// Patterns, written as in `.gitignore`, of what is left out.
    pub exclude: Vec<String>,
    /// Whether exclusions hold also for files that are given by name.
    pub force_exclude: bool,
    /// Whether what `.gitignore` names is left out.
    pub respect_gitignore: bool,
    /// How many threads to use; as many as the machine has when `None`.
    pub threads: Option<usize>,
    /// The day that suppressions with an end are compared with; `None` lets none of them end.
    pub today: Option<Date>,
    /// Counts what has been done, for whoever watches.
    pub progress: Arc<Progress>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            selection: Registry::builtin().select(&[], &[]),
            select: Vec::new(),
            ignore: Vec::new(),
            configuration: ConfigurationChoice::Nearest,
            fail_on: None,
            inputs: Vec::new(),
            environment_inputs: Vec::new(),
            environments: Vec::new(),
            min_severity: Severity::Info,
            policies: None,
            plan: None,
            parameters: Vec::new(),
            exclude: Vec::new(),
            force_exclude: false,
            respect_gitignore: true,
            threads: None,
            today: None,
            progress: Arc::default(),
        }
    }
}

/// How far a run has come; for display only, the counts are not exact while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicUsize,
    stacks: AtomicUsize,
    checked: AtomicUsize,
}

impl Progress {
    pub(crate) fn add_files(&self, number: usize) {
        self.files.fetch_add(number, Ordering::Relaxed);
    }

    pub(crate) fn add_stacks(&self, number: usize) {
        self.stacks.fetch_add(number, Ordering::Relaxed);
    }

    pub(crate) fn stack_checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [files, stacks, checked] =
            [&self.files, &self.stacks, &self.checked].map(|count| count.load(Ordering::Relaxed));
        match stacks {
            0 => write!(formatter, "{files} files read"),
            _ => write!(formatter, "{files} files read, {checked} of {stacks} stacks checked"),
        }
    }
}
