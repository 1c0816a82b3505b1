//! The templates of a run, and what they include: nested stacks and snippets on disk.
//!
//! A template that another one nests is checked through it, with the parameters that it is given
//! there, as a Terraform module is; so it is no root of its own. One that no root leads to in the
//! end (because the stack that nests it never exists, or because templates nest each other) is
//! checked alone, so that nothing is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use keylint_model::{Problem, Stack};
use keylint_source::{FileId, SourceFile, Sources, Span};
use keylint_syntax::classify::{FileClass, Parsed, classify, parse};
use keylint_syntax::data::{Member, Node};

use crate::broken;
use crate::cdk::{self, Assemblies, Environment, Uploaded};
use crate::given::Given;
use crate::include;
use crate::links;
use crate::nested::{self, Frame};
use crate::parameter::literal;

/// How many files are read because another names them.
const MAX_FILES: usize = 10_000;

/// A file with its content.
#[derive(Clone, Debug)]
pub struct ParsedFile {
    /// The file.
    pub source: Arc<SourceFile>,
    /// What it holds.
    pub content: Parsed,
}

/// The templates of a run.
#[derive(Debug, Default)]
pub struct Project {
    templates: BTreeMap<PathBuf, ParsedFile>,
    snippets: BTreeMap<PathBuf, ParsedFile>,
    /// The templates that each one nests or includes, there or not.
    calls: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Which of the templates were read because another one nests them.
    found: BTreeSet<PathBuf>,
    assemblies: Assemblies,
    /// The templates that assemblies upload, by the directory of the assembly.
    uploaded: BTreeMap<PathBuf, Uploaded>,
    /// What all others upload.
    nothing: Uploaded,
}

/// A stack with what was read for it.
#[derive(Debug)]
pub struct Evaluated {
    /// The stack, with those nested in it.
    pub stack: Stack,
    /// The templates that it is made of.
    pub templates: BTreeSet<PathBuf>,
}

impl Project {
    /// A project of templates, with what they name on disk as far as `may_read` allows it. Code of a
    /// CDK app is read where `may_show` allows it, to point at.
    pub fn new(
        sources: &Sources,
        templates: impl IntoIterator<Item = ParsedFile>,
        may_read: impl Fn(&Path) -> bool,
        may_show: impl Fn(&Path) -> bool,
    ) -> Self {
        let mut project = Project::default();
        let mut waiting: Vec<ParsedFile> = templates.into_iter().collect();
        let given: BTreeSet<PathBuf> = waiting.iter().map(|file| file.source.path().to_owned()).collect();
        while let Some(mut file) = waiting.pop() {
            broken::mark(&mut file.content);
            let path = file.source.path().to_owned();
            let Some(root) = file.content.documents.first() else {
                project.templates.insert(path, file);
                continue;
            };
            let directory = path.parent().unwrap_or(Path::new("/"));
            let at = |written: &str| normalized(&directory.join(written));
            let mut nested: Vec<PathBuf> = Vec::new();
            // Most templates name no other file, and their text says so faster than their tree.
            if nested::may_nest(file.source.text()) {
                if cdk::is_template(&path) {
                    let uploaded = project.uploaded.entry(directory.to_owned());
                    uploaded.or_insert_with(|| Uploaded::read(sources, directory));
                }
                nested.extend(nested::local_templates(&path, root, project.uploaded(directory)).map(at));
            }
            if include::may_include(file.source.text()) {
                for snippet_path in include::local_snippets(root).map(at) {
                    if links::stays(sources, directory, &snippet_path) {
                        project.add_snippet(sources, &snippet_path, &may_read);
                    }
                    // What a snippet names is found from the template that it is a part of.
                    let snippet = project.snippet(&snippet_path);
                    let snippet = snippet.and_then(|file| file.content.documents.first());
                    let uploaded = project.uploaded(directory);
                    let named = |root| nested::local_templates(&path, root, uploaded);
                    nested.extend(snippet.into_iter().flat_map(named).map(at));
                    if snippet.is_some() {
                        // One that reads like a template is a part of this one.
                        project.calls.entry(path.clone()).or_default().push(snippet_path);
                    }
                }
            }
            for path in &nested {
                let is_known = project.templates.contains_key(path) || given.contains(path);
                if is_known || project.is_full() || !may_read(path) || !links::stays(sources, directory, path)
                {
                    continue;
                }
                let Ok(source) = sources.load(path) else { continue };
                let classified = classify(&source, false);
                if let (FileClass::CloudFormation(_), Some(content)) = (classified.class, classified.parsed) {
                    project.found.insert(path.clone());
                    waiting.push(ParsedFile { source, content });
                }
            }
            if !nested.is_empty() {
                project.calls.entry(path.clone()).or_default().extend(nested);
            }
            project.templates.insert(path, file);
        }
        project.assemblies = Assemblies::read(sources, project.templates.keys(), &may_show);
        project
    }

    /// Whether no more files are read because others name them. What is left out is noted where it
    /// is named.
    fn is_full(&self) -> bool {
        self.found.len() + self.snippets.len() >= MAX_FILES
    }

    fn add_snippet(&mut self, sources: &Sources, path: &Path, may_read: &impl Fn(&Path) -> bool) {
        if self.snippets.contains_key(path) || self.is_full() || !may_read(path) {
            return;
        }
        if let Ok(source) = sources.load(path) {
            let mut content = parse(&source);
            broken::mark(&mut content);
            self.snippets.insert(path.to_owned(), ParsedFile { source, content });
        }
    }

    /// A problem for each value whose parameter no template declares.
    pub fn undeclared(&self, given: &Given) -> Vec<Problem> {
        let declared: BTreeSet<&str> = self.parameters().map(|member| member.key.as_str()).collect();
        given.undeclared(|name| declared.contains(name))
    }

    /// The names of the parameters that a template declares.
    pub fn parameters_of(&self, path: &Path) -> impl Iterator<Item = &str> {
        let root = self.templates.get(path).and_then(|file| file.content.documents.first());
        let parameters = root.and_then(|root| root.get("Parameters"));
        parameters.into_iter().flat_map(Node::members).map(|member| member.key.as_str())
    }

    /// Where values are given that the service masks: they are not to be shown.
    pub fn secrets(&self, given: &Given) -> Vec<Span> {
        let masked = |member: &&Member| {
            let declared = member.value.get("NoEcho");
            declared.is_some_and(|node| literal(node).as_bool() == Some(true))
        };
        let masked: BTreeSet<&str> =
            self.parameters().filter(masked).map(|member| member.key.as_str()).collect();
        given.places(|name| masked.contains(name))
    }

    fn parameters(&self) -> impl Iterator<Item = &Member> {
        let roots = self.templates.values().filter_map(|file| file.content.documents.first());
        roots.filter_map(|root| root.get("Parameters")).flat_map(|parameters| parameters.members())
    }

    /// Files that were read because a template names them: nested templates and snippets.
    pub fn included(&self) -> impl Iterator<Item = &ParsedFile> {
        self.found.iter().filter_map(|path| self.templates.get(path)).chain(self.snippets.values())
    }

    /// Whether a template was read only because another one nests it.
    pub fn is_included(&self, path: &Path) -> bool {
        self.found.contains(path)
    }

    /// The templates among these that none of the others nests, or, where they nest each other, the
    /// first.
    pub fn roots(&self, among: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let calls = self.calls.iter().filter(|(path, _)| among.contains(*path));
        let called: BTreeSet<&PathBuf> =
            calls.flat_map(|(path, to)| to.iter().filter(move |to| *to != path)).collect();
        let roots: Vec<PathBuf> = among.iter().filter(|path| !called.contains(path)).cloned().collect();
        if roots.is_empty() { among.first().cloned().into_iter().collect() } else { roots }
    }

    /// The paths of all templates.
    pub fn paths(&self) -> BTreeSet<PathBuf> {
        self.templates.keys().cloned().collect()
    }

    /// The file of a template.
    pub fn source(&self, path: &Path) -> Option<&Arc<SourceFile>> {
        self.templates.get(path).map(|file| &file.source)
    }

    /// The stack that a template describes, with those nested in it, where its parameters are given
    /// these values. `None` when the template is empty or none of the project.
    pub fn evaluate(&self, path: &Path, given: &Given) -> Option<Evaluated> {
        let file = self.templates.get(path)?;
        let visited = Mutex::new(BTreeSet::new());
        let frame = Frame::root(self, path, given, &visited);
        let mut stack = crate::load_in(&file.source, &file.content.documents, Some(&frame))?;
        let templates = visited.into_inner().unwrap_or_else(PoisonError::into_inner);
        // What is missing or misplaced in a file that does not parse follows from that, and is said once.
        let broken = self.broken(templates.iter().map(PathBuf::as_path).chain([path]));
        stack.problems.retain(|problem| {
            !matches!(problem.rule, "KL003" | "KL006") || !broken.contains(&problem.span.file)
        });
        Some(Evaluated { stack, templates })
    }

    /// The files that could not be read to the end, of some templates and of all snippets.
    fn broken<'p>(&self, templates: impl Iterator<Item = &'p Path>) -> BTreeSet<FileId> {
        let is_broken = |file: &&ParsedFile| file.content.errors.iter().any(broken::breaks);
        let files = templates.filter_map(|path| self.templates.get(path)).chain(self.snippets.values());
        files.filter(is_broken).map(|file| file.source.id()).collect()
    }

    pub(crate) fn template(&self, path: &Path) -> Option<&ParsedFile> {
        self.templates.get(path)
    }

    pub(crate) fn has_snippets(&self) -> bool {
        !self.snippets.is_empty()
    }

    pub(crate) fn snippet(&self, path: &Path) -> Option<&ParsedFile> {
        self.snippets.get(path)
    }

    pub(crate) fn environment(&self, path: &Path) -> Environment {
        self.assemblies.environment(path)
    }

    /// What the assembly in a directory uploads.
    pub(crate) fn uploaded(&self, directory: &Path) -> &Uploaded {
        self.uploaded.get(directory).unwrap_or(&self.nothing)
    }

    pub(crate) fn construct_of(&self, template: &Path, id: &str) -> Option<Arc<str>> {
        self.assemblies.construct(template, id)
    }

    pub(crate) fn construct(&self, directory: &Path, path: &str) -> Option<Span> {
        self.assemblies.place(directory, path)
    }
}

/// A path without `.` and `..`.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut made = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                made.pop();
            }
            other => made.push(other),
        }
    }
    made
}
