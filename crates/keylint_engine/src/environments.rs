//! What each root module of Terraform is evaluated with, and what becomes of findings that hold in
//! some environments only.
//!
//! A root module is deployed once for each environment that its configuration names, with other
//! values each time. It is read once and evaluated for each of them; a finding that is not the same
//! in all says where it holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::nearest;
use keylint_rules::{Finding, RuleId, Undecided};
use keylint_source::{EntryKind, Sources, Span};
use keylint_terraform::{Acceptance, Argument, DirectoryId, Given, Inputs, Project, Values};

use crate::configuration::{Configuration, Configurations, Environment, tree};
use crate::report::RunError;
use crate::settings::{GivenInput, Settings};

/// One evaluation of a root module.
#[derive(Debug)]
pub(crate) struct Evaluation {
    pub(crate) root: DirectoryId,
    /// The environment, where the root module is evaluated for more than one.
    pub(crate) environment: Option<Arc<str>>,
    pub(crate) inputs: Inputs,
}

/// All evaluations of a project.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) evaluations: Vec<Evaluation>,
    /// Files of values that the directories do not have with them.
    pub(crate) values: Vec<Arc<Values>>,
    pub(crate) errors: Vec<RunError>,
    pub(crate) hints: Vec<String>,
    /// The environments that the configurations of root modules name.
    pub(crate) named: BTreeSet<Arc<str>>,
}

/// Decides what every root module is evaluated with.
pub(crate) fn plan(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    project: &Project,
) -> Plan {
    let mut planner = Planner { sources, project, plan: Plan::default(), read: BTreeMap::new() };
    let base = Inputs {
        environment: settings.environment_inputs.iter().map(|(name, text)| argument(name, text)).collect(),
        given: planner.given(settings),
        ..Inputs::default()
    };
    let mut unused: BTreeMap<Arc<str>, bool> = BTreeMap::new();
    let mut roots = Vec::new();
    for root in project.given() {
        let Some(directory) = project.directory(*root) else { continue };
        let in_force = configurations.of(&directory.path);
        let configuration = in_force.configuration();
        if !configuration.stand_alone_modules && !project.roots().contains(root) {
            continue;
        }
        roots.push(*root);
        planner.add_root(*root, &directory.path, settings, configuration, &base, &mut unused);
    }
    for (name, _) in unused.iter().filter(|(_, is_unused)| **is_unused) {
        let hint = format!("environment {name}: no root module that is checked has all its var-files");
        planner.plan.hints.push(hint);
    }
    planner.check_arguments(settings, &roots);
    planner.undeclared(&roots);
    planner.plan
}

/// Whether an environment is one of those to check.
pub(crate) fn is_chosen(settings: &Settings, environment: &Environment) -> bool {
    settings.environments.is_empty() || settings.environments.iter().any(|name| **name == *environment.name)
}

/// Errors for environments that were asked for and that no configuration names.
pub(crate) fn unknown(settings: &Settings, named: &BTreeSet<Arc<str>>) -> Vec<RunError> {
    let missing = settings.environments.iter().filter(|name| !named.contains(name.as_str()));
    let error = |name: &String| {
        let meant = nearest(name, named.iter().map(|name| &**name));
        let hint = meant.map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
        let message = format!("no configuration of what is checked has this environment{hint}");
        RunError::new(format!("--env {name}"), message)
    };
    missing.map(error).collect()
}

fn argument(name: &str, text: &str) -> Argument {
    Argument::new(name, text)
}

struct Planner<'p> {
    sources: &'p Sources,
    project: &'p Project,
    plan: Plan,
    /// The files of values that were read, with the root modules that take them.
    read: BTreeMap<PathBuf, (Arc<Values>, BTreeSet<DirectoryId>)>,
}

impl Planner<'_> {
    /// What the command line gives to all root modules.
    fn given(&mut self, settings: &Settings) -> Vec<Given> {
        let mut given = Vec::new();
        for input in &settings.inputs {
            match input {
                GivenInput::Value { name, text } => given.push(Given::Argument(argument(name, text))),
                GivenInput::File(path) => {
                    let absolute = self.sources.absolute(path);
                    let roots: Vec<DirectoryId> = self.project.given().to_vec();
                    match self.load(&absolute, &roots) {
                        Ok(values) => given.push(Given::Values(values)),
                        Err(message) => {
                            let path = format!("--var-file {}", path.display());
                            self.plan.errors.push(RunError::new(path, message));
                        }
                    }
                }
            }
        }
        given
    }

    /// Adds the evaluations of a root module: one for each of its environments, or one without.
    /// `unused` learns which environments have no root module.
    fn add_root(
        &mut self,
        root: DirectoryId,
        directory: &Path,
        settings: &Settings,
        configuration: &Configuration,
        base: &Inputs,
        unused: &mut BTreeMap<Arc<str>, bool>,
    ) {
        self.plan.named.extend(configuration.environments.iter().map(|it| Arc::clone(&it.name)));
        let before = self.plan.evaluations.len();
        for environment in &configuration.environments {
            if !environment.takes_modules() || !is_chosen(settings, environment) {
                continue;
            }
            let is_unused = unused.entry(Arc::clone(&environment.name)).or_insert(true);
            let Some(values) = self.values(root, directory, configuration, environment) else { continue };
            *is_unused = false;
            let mut inputs = base.clone();
            inputs.given.splice(..0, values);
            inputs.workspace.clone_from(&environment.workspace);
            let environment = Some(Arc::clone(&environment.name));
            self.plan.evaluations.push(Evaluation { root, environment, inputs });
        }
        match self.plan.evaluations.len() - before {
            0 => {
                let inputs = base.clone();
                self.plan.evaluations.push(Evaluation { root, environment: None, inputs });
            }
            // What holds in the only one holds in all.
            1 => self.plan.evaluations.iter_mut().skip(before).for_each(|it| it.environment = None),
            _ => {}
        }
    }

    /// The values of an environment for a root module; `None` where that has not all its files.
    fn values(
        &mut self,
        root: DirectoryId,
        directory: &Path,
        configuration: &Configuration,
        environment: &Environment,
    ) -> Option<Vec<Given>> {
        let mut paths = Vec::new();
        for (text, span) in &environment.var_files {
            match find(self.sources, directory, configuration, text) {
                Ok(path) => paths.push((path?, *span)),
                Err(message) => {
                    self.refuse(configuration, *span, message);
                    return None;
                }
            }
        }
        let mut given = Vec::new();
        for (path, span) in paths {
            match self.load(&path, &[root]) {
                Ok(values) => given.push(Given::Values(values)),
                Err(message) => self.refuse(configuration, span, message),
            }
        }
        given.extend(environment.vars.clone().map(Given::Values));
        Some(given)
    }

    fn refuse(&mut self, configuration: &Configuration, span: Span, message: String) {
        let Some(file) = &configuration.file else { return };
        let error = RunError::at(file, span, message);
        if !self.plan.errors.contains(&error) {
            self.plan.errors.push(error);
        }
    }

    fn load(&mut self, path: &Path, roots: &[DirectoryId]) -> Result<Arc<Values>, String> {
        if let Some((values, takers)) = self.read.get_mut(path) {
            takers.extend(roots);
            return Ok(Arc::clone(values));
        }
        let values = Arc::new(Values::load(self.sources, path).map_err(|error| error.to_string())?);
        self.plan.values.push(Arc::clone(&values));
        self.read.insert(path.to_owned(), (Arc::clone(&values), roots.iter().copied().collect()));
        Ok(values)
    }

    /// Terraform rejects a value for a variable that is not there. Several root modules are checked
    /// at once here, so that one of them must take it.
    fn check_arguments(&mut self, settings: &Settings, roots: &[DirectoryId]) {
        for input in &settings.inputs {
            let GivenInput::Value { name, text } = input else { continue };
            let argument = argument(name, text);
            let answers: Vec<_> = roots.iter().map(|root| self.project.accepts(*root, &argument)).collect();
            let message = if answers.contains(&Acceptance::NoExpression) {
                "the variable's type takes an expression, and the value is none".to_owned()
            } else if answers.iter().all(|answer| *answer == Acceptance::Undeclared) {
                let declared = roots.iter().flat_map(|root| self.project.variables(*root));
                let meant = nearest(name, declared);
                let hint = meant.map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
                format!("no root module that is checked declares this variable{hint}")
            } else {
                continue;
            };
            self.plan.errors.push(RunError::new(format!("--var {name}"), message));
        }
    }

    /// Values for variables that none of those who take the file declare. Terraform warns of them
    /// and goes on: where the name is a slip, the variable has its default.
    fn undeclared(&mut self, roots: &[DirectoryId]) {
        let mut unknown: Vec<(Arc<str>, Span)> =
            roots.iter().flat_map(|root| self.project.undeclared(*root)).collect();
        for (values, takers) in self.read.values() {
            let declared: BTreeSet<&str> =
                takers.iter().flat_map(|root| self.project.variables(*root)).collect();
            let others = values.names().filter(|(name, _)| !declared.contains(name));
            unknown.extend(others.map(|(name, span)| (Arc::from(name), span)));
        }
        for (name, span) in unknown {
            let file = self.sources.get(span.file);
            let message = format!("no variable `{name}` takes this value");
            self.plan.hints.push(RunError::at(&file, span, message).to_string());
        }
    }
}

/// The file of values that a configuration names for what lies in a directory. A path that leads
/// out of the project is refused, whether it is there or not: a configuration may be hostile.
pub(crate) fn find(
    sources: &Sources,
    directory: &Path,
    configuration: &Configuration,
    text: &str,
) -> Result<Option<PathBuf>, String> {
    let outside = || format!("`{text}` leads out of the project");
    if Path::new(text).is_absolute() {
        return Err(outside());
    }
    let bases = [Some(directory), configuration.directory()];
    let mut is_inside = false;
    for base in bases.into_iter().flatten() {
        let tree = tree(sources, base);
        let path = sources.absolute(&base.join(text));
        if !path.starts_with(&tree) {
            continue;
        }
        is_inside = true;
        if !matches!(sources.kind(&path), Ok(EntryKind::File)) {
            continue;
        }
        return match (sources.canonicalize(&path), sources.canonicalize(&tree)) {
            (Ok(target), Ok(tree)) if target.starts_with(&tree) => Ok(Some(path)),
            _ => Err(outside()),
        };
    }
    if is_inside { Ok(None) } else { Err(outside()) }
}

/// What one environment gave of a kind, for all environments of a root module.
pub(crate) type ByEnvironment<T> = Vec<(Arc<str>, Vec<T>)>;

/// All findings, each with the environments that it holds in where these are not all.
pub(crate) fn findings(by_environment: ByEnvironment<Finding>) -> Vec<Finding> {
    let key = |finding: &Finding| (finding.rule, finding.span, finding.message.clone());
    let mark = |finding: &mut Finding, names| finding.environments = names;
    joined(by_environment, key, mark)
}

/// The same for what could not be decided.
pub(crate) fn undecided(by_environment: ByEnvironment<Undecided>) -> Vec<Undecided> {
    let key = |one: &Undecided| (one.rule, one.span, (one.resource.clone(), one.reason.clone()));
    let mark = |one: &mut Undecided, names| one.environments = names;
    joined(by_environment, key, mark)
}

fn joined<T, K: std::hash::Hash + Eq>(
    by_environment: ByEnvironment<T>,
    key: impl Fn(&T) -> (RuleId, Span, K),
    mark: impl Fn(&mut T, Vec<Arc<str>>),
) -> Vec<T> {
    let total = by_environment.len();
    let mut holds: HashMap<(RuleId, Span, K), BTreeSet<Arc<str>>> = HashMap::new();
    for (name, all) in &by_environment {
        for one in all {
            holds.entry(key(one)).or_default().insert(Arc::clone(name));
        }
    }
    let mut all = Vec::new();
    for mut one in by_environment.into_iter().flat_map(|(_, all)| all) {
        let names = holds.get(&key(&one)).filter(|names| names.len() < total);
        mark(&mut one, names.into_iter().flatten().cloned().collect());
        all.push(one);
    }
    all
}

/// Adds the environments of one of two equal answers to the other: one without any holds in all.
pub(crate) fn unite(into: &mut Vec<Arc<str>>, other: Vec<Arc<str>>) {
    if into.is_empty() || other.is_empty() {
        return into.clear();
    }
    into.extend(other);
    into.sort();
    into.dedup();
}
