//! Reads the inputs and evaluates them to stacks.

mod cloudformation;
mod plan;
mod terraform;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use keylint_model::{Problem, Stack};
use keylint_source::{FileId, SourceFile, Sources, Span};

use crate::caught::catch;
use crate::configuration::Configurations;
use crate::documents::{self, Document, DocumentKind};
use crate::environments;
use crate::inputs::Inputs;
use crate::lint::InputFile;
use crate::parallel;
use crate::problem;
use crate::settings::Settings;
use crate::suppress::{self, ForeignComments, Suppressions, Tree};

/// A stack with the file that stands for it where nothing better is known.
#[derive(Debug)]
pub(crate) struct LoadedStack {
    pub(crate) stack: Stack,
    pub(crate) file: FileId,
    /// The environment that it is evaluated for, where its root module is evaluated for several.
    pub(crate) environment: Option<Arc<str>>,
}

/// What the front ends made of the inputs.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) stacks: Vec<LoadedStack>,
    /// Problems of files, which belong to no stack.
    pub(crate) problems: Vec<Problem>,
    pub(crate) suppressions: Suppressions,
    /// The files that were read as configuration, with what they were read as.
    pub(crate) configuration: BTreeMap<FileId, &'static str>,
    pub(crate) foreign: HashMap<FileId, ForeignComments>,
    /// Places that must not be shown, whatever the rules say of them.
    pub(crate) secrets: Vec<Span>,
    /// Files of the project that somebody reads and this run did not.
    pub(crate) unread: Vec<FileId>,
}

impl Loaded {
    /// Notes a file that is configuration, with the suppressions in it.
    fn add_file(&mut self, file: &SourceFile, kind: &'static str, noted: Noted) {
        self.configuration.insert(file.id(), kind);
        self.problems.extend(noted.problems);
        self.suppressions.extend(noted.suppressions);
        self.foreign.insert(file.id(), noted.foreign);
    }
}

/// What the comments of a file say.
#[derive(Default)]
pub(crate) struct Noted {
    suppressions: Vec<suppress::Suppression>,
    problems: Vec<Problem>,
    foreign: ForeignComments,
}

impl Noted {
    fn of(file: &SourceFile, comments: &[keylint_syntax::Comment], tree: Tree<'_>) -> Self {
        let (suppressions, problems) = suppress::in_file(file, comments, tree);
        Noted { suppressions, problems, foreign: ForeignComments::count(file.text()) }
    }
}

/// Reads and evaluates everything that the inputs name.
pub(crate) fn load(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    inputs: &mut Inputs,
) -> Loaded {
    let mut loaded = Loaded::default();
    let mut named = load_documents(sources, settings, configurations, inputs, &mut loaded);
    let (of_terraform, evaluated) = terraform::load(sources, settings, configurations, inputs, &mut loaded);
    named.extend(of_terraform);
    inputs.errors.extend(environments::unknown(settings, &named));
    if let Some(path) = &settings.plan {
        plan::apply(sources, settings, path, inputs, (&mut loaded, evaluated.as_ref()));
    }
    // The order of stacks decides nothing that is shown, but equal input is to do equal work.
    loaded.stacks.sort_by(|a, b| {
        let key = |one: &LoadedStack| (one.stack.front_end, Arc::clone(&one.stack.name));
        key(a).cmp(&key(b)).then_with(|| a.environment.cmp(&b.environment))
    });
    for one in &loaded.stacks {
        let (suppressions, problems) = suppress::in_stack(&one.stack);
        loaded.suppressions.extend(suppressions);
        loaded.problems.extend(problems);
    }
    loaded
}

/// JSON and YAML files: templates, policies, plans. The answer is the names of the environments that
/// the configurations of templates have.
fn load_documents(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    inputs: &mut Inputs,
    loaded: &mut Loaded,
) -> BTreeSet<Arc<str>> {
    let read = parallel::map(&inputs.documents, |found| {
        let read = catch(|| documents::read(sources, settings, found));
        settings.progress.add_files(1);
        let document = read.unwrap_or_else(|place| documents::Read::failed(sources, found, &place));
        let evaluated = document.document.as_ref().map(|document| {
            let noted = Noted::of(
                &document.file,
                &document.content.comments,
                Tree::Yaml(&document.content.documents),
            );
            (noted, catch(|| stack(document)))
        });
        (document, evaluated)
    });
    let mut templates = Vec::new();
    for (read, evaluated) in read {
        inputs.errors.extend(read.error);
        inputs.hints.extend(read.hint);
        loaded.problems.extend(read.problems);
        let (Some(document), Some((noted, stack))) = (read.document, evaluated) else { continue };
        let kind = match document.kind {
            DocumentKind::Template => "cloudformation",
            DocumentKind::Policy => "policy",
            DocumentKind::Plan => "terraform-plan",
            DocumentKind::State => "terraform-state",
        };
        loaded.add_file(&document.file, kind, noted);
        let file = document.file.id();
        if document.kind == DocumentKind::Template {
            templates.push(cloudformation::parsed(document));
            continue;
        }
        match stack {
            Ok(Some((stack, secrets))) => {
                loaded.stacks.push(LoadedStack { stack, file, environment: None });
                loaded.secrets.extend(secrets);
            }
            Ok(None) => {}
            Err(place) => {
                loaded.problems.push(problem::internal_error(file, "evaluating a document", &place));
            }
        }
    }
    cloudformation::load(sources, settings, configurations, templates, inputs, loaded)
}

/// The stack that a document describes, and what of it must not be shown.
fn stack(document: &Document) -> Option<(Stack, Vec<Span>)> {
    let first = document.content.documents.first();
    let stack = match document.kind {
        // All templates are one project.
        DocumentKind::Template => None,
        DocumentKind::Plan | DocumentKind::State => {
            let mut planned = keylint_terraform::plan::read(&document.file, first?);
            planned.stack.problems.extend(planned.gap);
            return Some((planned.stack, planned.secrets));
        }
        DocumentKind::Policy => first.map(|root| keylint_policy::load(&document.file, root)),
    };
    stack.map(|stack| (stack, Vec::new()))
}

/// The files that would be read as configuration, sorted by path.
pub(crate) fn files(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    inputs: &mut Inputs,
) -> Vec<InputFile> {
    let loaded = load(sources, settings, configurations, inputs);
    let scope = inputs.scope.resolve(sources);
    let asked = loaded.configuration.into_iter().filter(|(file, _)| scope.file(*file));
    let files = asked.map(|(file, kind)| InputFile { path: Arc::clone(sources.get(file).display()), kind });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}
