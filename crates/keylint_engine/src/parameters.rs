//! What each template is evaluated with: the values that its environments and the command line
//! give to its parameters.
//!
//! As with the root modules of Terraform, a template is read once and evaluated for each
//! environment that its configuration names. Several templates of one project take their values
//! from the same files, or each from its own: `{template}` in the path of a file stands for the
//! template's name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_cloudformation::{Given, ParsedFile, Project};
use keylint_model::Problem;
use keylint_source::{Sources, Span};
use keylint_syntax::SyntaxErrorKind;
use keylint_syntax::classify::parse;

use crate::configuration::{Configuration, Configurations, Environment};
use crate::environments::{find, is_chosen};
use crate::report::RunError;
use crate::settings::Settings;

/// One evaluation of a template.
#[derive(Debug)]
pub(crate) struct Evaluation {
    pub(crate) template: PathBuf,
    /// The environment, where the template is evaluated for more than one.
    pub(crate) environment: Option<Arc<str>>,
    pub(crate) given: Given,
}

/// What the evaluations of templates need besides the templates.
pub(crate) struct Planner<'p> {
    sources: &'p Sources,
    settings: &'p Settings,
    configurations: &'p Configurations<'p>,
    project: &'p Project,
    /// What the command line gives, which goes before everything else.
    given: &'p Given,
    files: BTreeMap<PathBuf, Result<Given, String>>,
    /// For each parameter that is given somewhere the place, and whether a template takes it.
    values: BTreeMap<(Span, String), bool>,
    /// The environments met, and whether a template is deployed to each.
    used: BTreeMap<Arc<str>, bool>,
    pub(crate) named: BTreeSet<Arc<str>>,
    pub(crate) errors: Vec<RunError>,
    /// The files of values that were read.
    pub(crate) read: Vec<ParameterFile>,
}

impl<'p> Planner<'p> {
    pub(crate) fn new(
        sources: &'p Sources,
        settings: &'p Settings,
        configurations: &'p Configurations<'p>,
        project: &'p Project,
        given: &'p Given,
    ) -> Self {
        Planner {
            sources,
            settings,
            configurations,
            project,
            given,
            files: BTreeMap::new(),
            values: BTreeMap::new(),
            used: BTreeMap::new(),
            named: BTreeSet::new(),
            errors: Vec::new(),
            read: Vec::new(),
        }
    }

    /// The evaluations of a template that no other nests, at least one.
    pub(crate) fn evaluations(&mut self, template: &Path) -> Vec<Evaluation> {
        let directory = template.parent().unwrap_or(template);
        let configurations = self.configurations;
        let in_force = configurations.of(directory);
        let configuration = in_force.configuration();
        self.named.extend(configuration.environments.iter().map(|it| Arc::clone(&it.name)));
        let mut environments = Vec::new();
        for environment in &configuration.environments {
            if !environment.takes_templates() || !is_chosen(self.settings, environment) {
                continue;
            }
            let is_used = self.used.entry(Arc::clone(&environment.name)).or_insert(false);
            let was_used = std::mem::replace(is_used, true);
            match self.values(template, configuration, environment) {
                Some(given) => environments.push((Arc::clone(&environment.name), given)),
                None => drop(self.used.insert(Arc::clone(&environment.name), was_used)),
            }
        }
        let declared: BTreeSet<&str> = self.project.parameters_of(template).collect();
        let differ =
            environments.iter().any(|(_, given)| given.names().any(|(name, _)| declared.contains(name)));
        for (name, span) in environments.iter().flat_map(|(_, given)| given.names()) {
            *self.values.entry((span, name.to_owned())).or_default() |= declared.contains(name);
        }
        let evaluation = |environment, given: Given| Evaluation {
            template: template.to_owned(),
            environment,
            given: given.with(self.given),
        };
        match environments.len() {
            // None of them says anything of it, or what holds in the only one holds in all.
            0 => vec![evaluation(None, Given::default())],
            _ if !differ => vec![evaluation(None, Given::default())],
            1 => environments.into_iter().map(|(_, given)| evaluation(None, given)).collect(),
            _ => environments.into_iter().map(|(name, given)| evaluation(Some(name), given)).collect(),
        }
    }

    /// The values of an environment for a template; `None` where that has not all its files.
    fn values(
        &mut self,
        template: &Path,
        configuration: &Configuration,
        environment: &Environment,
    ) -> Option<Given> {
        let directory = template.parent().unwrap_or(template);
        let stem = template.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let mut paths = Vec::new();
        for (text, span) in &environment.parameter_files {
            let text = text.replace("{template}", &stem);
            match find(self.sources, directory, configuration, &text) {
                Ok(path) => paths.push((path?, *span)),
                Err(message) => {
                    self.refuse(configuration, *span, message);
                    return None;
                }
            }
        }
        let mut given = Given::default();
        for (path, span) in paths {
            match self.load(&path) {
                Ok(values) => given = given.with(&values),
                Err(message) => self.refuse(configuration, span, message),
            }
        }
        Some(match &environment.parameters {
            Some(parameters) => given.with(parameters),
            None => given,
        })
    }

    fn load(&mut self, path: &Path) -> Result<Given, String> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let read = read(self.sources, path).map(|read| {
            let given = read.given.clone();
            self.read.push(read);
            given
        });
        self.files.insert(path.to_owned(), read.clone());
        read
    }

    fn refuse(&mut self, configuration: &Configuration, span: Span, message: String) {
        let Some(file) = &configuration.file else { return };
        let error = RunError::at(file, span, message);
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Where files give what must not be shown, also where a later file gives something else.
    pub(crate) fn secrets(&self) -> Vec<Span> {
        self.files.values().flatten().flat_map(|given| self.project.secrets(given)).collect()
    }

    /// What does no harm but was hardly meant: values that no template takes, and environments that
    /// none is deployed to.
    pub(crate) fn hints(&self) -> Vec<String> {
        let unused = self.used.iter().filter(|(_, is_used)| !**is_used).map(|(name, _)| {
            format!("environment {name}: no template that is checked has all its parameter-files")
        });
        let untaken = self.values.iter().filter(|(_, is_taken)| !**is_taken).map(|((span, name), _)| {
            let file = self.sources.get(span.file);
            RunError::at(&file, *span, format!("no template has a parameter `{name}` for this value"))
                .to_string()
        });
        unused.chain(untaken).collect()
    }
}

/// A parameter file.
pub(crate) struct ParameterFile {
    pub(crate) file: ParsedFile,
    pub(crate) given: Given,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
}

/// Reads a parameter file.
///
/// # Errors
///
/// When the file is not there, not readable or too large.
pub(crate) fn read(sources: &Sources, path: &Path) -> Result<ParameterFile, String> {
    let source = sources.load(path).map_err(|error| error.to_string())?;
    let content = parse(&source);
    // What CloudFormation does not take in YAML is nothing to whoever reads parameters from it.
    let errors = content.errors.iter().filter(|error| error.kind != SyntaxErrorKind::UnsupportedYaml);
    let mut problems: Vec<Problem> = errors.cloned().map(Problem::from).collect();
    let mut given = Given::default();
    if let Some(root) = content.documents.first() {
        problems.extend(given.add(root));
    }
    Ok(ParameterFile { file: ParsedFile { source, content }, given, problems })
}
