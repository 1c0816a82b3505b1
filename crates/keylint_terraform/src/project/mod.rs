//! Directories of configuration and how they call each other.
//!
//! Each directory is read and parsed once, in parallel, whatever the number of modules that call
//! it. Evaluation then goes from each root through the calls: a module that others call has no
//! values of its own, so it is judged through its callers only.

mod blocks;
mod check;
mod conditions;
mod cycles;
mod declarations;
mod directory;
mod fold;
mod graph;
mod installed;
mod json;
mod lifecycle;
mod moves;
pub(crate) mod provisioners;
mod secrets;
mod settings;
mod tree;
mod walk;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::{Problem, Stack};
use keylint_source::{EntryKind, FileId, Sources, Span};
use rayon::prelude::*;

use crate::inputs::{Acceptance, Argument, Inputs, Reading, Values};
use crate::limits;
use cycles::Cycles;
use installed::Manifest;

pub(crate) use blocks::{has_own_provider, is_no_boolean, is_of_provider, is_own_provider, open_part};
pub(crate) use declarations::{Kind, ModuleCall, Output, ResourceBlock, Variable};
pub(crate) use directory::load_values;
pub use directory::{ModuleDirectory, ParsedFile, Shadowed, is_terraform_file};
pub(crate) use installed::is_installed;
pub(crate) use json::values as values_of;
pub(crate) use moves::{import_target, wrong_import_instance, wrong_import_key};

/// The configuration that a run looks at, parsed.
#[derive(Debug)]
pub struct Project {
    directories: Vec<ModuleDirectory>,
    by_path: HashMap<PathBuf, DirectoryId>,
    roots: Vec<DirectoryId>,
    /// What init has fetched, by the root module and the names of the calls that lead to it.
    installed: HashMap<DirectoryId, HashMap<String, DirectoryId>>,
    /// Which directories call which through that.
    fetched: HashSet<(DirectoryId, DirectoryId)>,
    /// See [`Project::is_foreign`].
    pub(crate) foreign_files: Arc<HashSet<FileId>>,
    given: Vec<DirectoryId>,
    /// What `file()` and its kin may read.
    trees: Vec<PathBuf>,
}

/// Names one directory of a [`Project`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryId(usize);

impl Project {
    /// Reads the directories and every local module that they call, however deep. Roots are those
    /// of the given directories that no loaded directory calls.
    pub fn load<P: AsRef<Path>>(sources: &Sources, directories: &[P]) -> Project {
        let given: BTreeSet<PathBuf> =
            directories.iter().map(|directory| sources.absolute(directory.as_ref())).collect();
        let mut project = Project {
            directories: Vec::new(),
            by_path: HashMap::new(),
            roots: Vec::new(),
            installed: HashMap::new(),
            fetched: HashSet::new(),
            foreign_files: Arc::default(),
            given: Vec::new(),
            trees: Vec::new(),
        };
        let mut wanted: Vec<PathBuf> = given.iter().cloned().collect();
        // A link to its own parent makes paths without end: real projects nest a handful of levels.
        let mut rounds = limits::MODULE_DEPTH;
        while !wanted.is_empty() && rounds > 0 {
            rounds -= 1;
            let loaded: Vec<_> = wanted.par_iter().map(|path| ModuleDirectory::load(sources, path)).collect();
            let mut next = BTreeSet::new();
            for directory in &loaded {
                next.extend(local_calls(directory).map(|(_, path)| path));
                let fetched = directory.installed.iter().flat_map(Manifest::directories);
                next.extend(fetched.map(Path::to_owned));
            }
            for directory in loaded {
                let id = DirectoryId(project.directories.len());
                project.by_path.insert(directory.path.clone(), id);
                project.directories.push(directory);
            }
            let left = limits::MODULES.saturating_sub(project.directories.len().saturating_sub(given.len()));
            wanted = next.into_iter().filter(|path| !project.by_path.contains_key(path)).take(left).collect();
        }
        project.report_missing(sources);
        project.report_cycles();
        project.find_installed();
        let foreign = project.directories.iter().filter(|directory| installed::is_installed(&directory.path));
        let files = foreign.flat_map(|directory| &directory.files).map(|file| file.source.id());
        project.foreign_files = Arc::new(files.collect());
        project.roots = project.find_roots(&given);
        let found = given.iter().filter_map(|path| project.find(path));
        project.given = found.filter(|id| project.directory(*id).is_some_and(|it| !it.is_empty())).collect();
        let trees = given.iter().map(|directory| tree::project_root(sources, directory));
        project.trees = outermost(trees.collect());
        project
    }

    /// The directories to evaluate, by path.
    pub fn roots(&self) -> &[DirectoryId] {
        &self.roots
    }

    /// Whether a file is of a module that init has fetched: code that its users do not edit.
    pub fn is_foreign(&self, file: FileId) -> bool {
        self.foreign_files.contains(&file)
    }

    /// The stack of a root module that is given nothing but its own files. The same whenever and on
    /// whichever thread it is called.
    pub fn evaluate(&self, sources: &Sources, root: DirectoryId) -> Stack {
        self.evaluate_with(sources, root, &Inputs::default())
    }

    /// The stack of a root module with what it is given besides its own files.
    pub fn evaluate_with(&self, sources: &Sources, root: DirectoryId, inputs: &Inputs) -> Stack {
        crate::evaluate::evaluate(self, sources, root, inputs)
    }

    /// What a root module makes of an argument.
    pub fn accepts(&self, root: DirectoryId, argument: &Argument) -> Acceptance {
        let directory = self.directory(root);
        let declared = directory.and_then(|it| it.declarations.variables.get(&argument.name));
        match declared.map(|variable| argument.reading(variable)) {
            None => Acceptance::Undeclared,
            Some(Reading::Invalid) => Acceptance::NoExpression,
            Some(Reading::Literal(_) | Reading::Expression(_)) => Acceptance::Taken,
        }
    }

    /// Values in the files of a root module's directory that none of its variables takes.
    pub fn undeclared(&self, root: DirectoryId) -> Vec<(Arc<str>, Span)> {
        // What did not parse may have declared anything.
        let Some(directory) = self.directory(root).filter(|directory| directory.is_whole()) else {
            return Vec::new();
        };
        let names = directory.inputs.iter().flat_map(|body| body.attributes().map(|it| &it.name));
        let unknown = names.filter(|name| !directory.declarations.variables.contains_key(&name.text));
        unknown.map(|name| (Arc::clone(&name.text), name.span)).collect()
    }

    /// The given directories with configuration in them, by path: roots, and those that others call.
    pub fn given(&self) -> &[DirectoryId] {
        &self.given
    }

    /// The names of the variables that a root module declares.
    pub fn variables(&self, root: DirectoryId) -> impl Iterator<Item = &str> {
        let directory = self.directory(root).into_iter();
        directory.flat_map(|directory| directory.declarations.variables.keys().map(|name| &**name))
    }

    /// A directory of this project.
    pub fn directory(&self, id: DirectoryId) -> Option<&ModuleDirectory> {
        self.directories.get(id.0)
    }

    /// Every directory that was read, called modules included.
    pub fn directories(&self) -> impl Iterator<Item = &ModuleDirectory> {
        self.directories.iter()
    }

    /// Every file that was read as configuration, each once.
    pub fn files(&self) -> impl Iterator<Item = &ParsedFile> {
        self.directories.iter().flat_map(|directory| &directory.files)
    }

    /// Every file of the project's own directories that is not read because another stands for it.
    pub fn shadowed(&self) -> impl Iterator<Item = &Shadowed> {
        let own = self.directories.iter().filter(|directory| !installed::is_installed(&directory.path));
        own.flat_map(|directory| &directory.shadowed)
    }

    /// What is wrong with the declarations, each once, whoever calls them. Syntax errors are with
    /// [`Project::files`], what only a call shows is with its stack.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.directories.iter().flat_map(|directory| &directory.problems)
    }

    /// Where values of sensitive variables are written, in the project and in `given`: they are not
    /// to be shown, whatever is made of them.
    pub fn secrets<'v>(&self, given: impl IntoIterator<Item = &'v Values>) -> Vec<Span> {
        let mut spans = Vec::new();
        self.directories.iter().for_each(|directory| secrets::of(directory, &mut spans));
        let roots: Vec<_> = self.given.iter().filter_map(|root| self.directory(*root)).collect();
        let is_secret = |name: &str| {
            let mut declared = roots.iter().filter_map(|root| root.declarations.variables.get(name));
            declared.any(|variable| variable.sensitive || variable.ephemeral)
        };
        given.into_iter().for_each(|values| secrets::given(&values.body, is_secret, &mut spans));
        spans
    }

    /// The directories that call this one through a local source, so that whoever checks a single
    /// file can find the roots it belongs to.
    pub fn callers(&self, id: DirectoryId) -> impl Iterator<Item = DirectoryId> {
        let all = (0..self.directories.len()).map(DirectoryId);
        all.filter(move |caller| self.calls_from(*caller).any(|called| called == id))
    }

    /// The directory at a path.
    pub fn find(&self, path: &Path) -> Option<DirectoryId> {
        self.by_path.get(path).copied()
    }

    /// The directory that a call names by a local path, or that init has fetched for it; `None`
    /// when it is not on disk. `source` is that of the call, `key` the names of the calls that lead from the root to this one.
    pub(crate) fn called(
        &self,
        root: DirectoryId,
        from: &Path,
        source: Option<&str>,
        key: impl FnOnce() -> String,
    ) -> Option<DirectoryId> {
        let id = match source.and_then(|source| local(from, source)) {
            Some(path) => self.find(&path)?,
            None => *self.installed.get(&root)?.get(&key())?,
        };
        self.directory(id).filter(|directory| !directory.is_empty()).map(|_| id)
    }

    /// The directories that a directory calls.
    fn calls_from(&self, from: DirectoryId) -> impl Iterator<Item = DirectoryId> {
        let local = self.directory(from).into_iter().flat_map(local_calls);
        let fetched =
            self.fetched.iter().filter(move |(caller, _)| *caller == from).map(|(_, called)| *called);
        local.filter_map(|(_, path)| self.find(&path)).chain(fetched)
    }

    /// Reports calls whose local path is that of no directory: nothing of the module is checked.
    fn report_missing(&mut self, sources: &Sources) {
        for directory in &mut self.directories {
            if installed::is_installed(&directory.path) {
                continue;
            }
            let missing: Vec<Problem> = local_calls(directory)
                .filter(|(_, path)| !matches!(sources.kind(path), Ok(EntryKind::Directory)))
                .filter_map(|(call, _)| {
                    let (source, span) = call.source.as_ref()?;
                    let message = format!("there is no directory `{source}`");
                    Some(Problem::new("KL003", *span, message).with_help("nothing of the module is checked"))
                })
                .collect();
            directory.problems.extend(missing);
        }
    }

    fn report_cycles(&mut self) {
        let mut cycles = Cycles::new(self);
        let found: Vec<_> = (0..self.directories.len()).map(|id| cycles.of(DirectoryId(id))).collect();
        for (directory, problems) in self.directories.iter_mut().zip(found) {
            directory.problems.extend(problems);
        }
    }

    /// Follows the calls of each directory that init has fetched modules for.
    fn find_installed(&mut self) {
        let roots: Vec<_> = (0..self.directories.len()).map(DirectoryId).collect();
        for root in roots {
            let Some(manifest) = self.directory(root).and_then(|one| one.installed.as_ref()) else {
                continue;
            };
            let found = self.follow(root, manifest);
            self.fetched.extend(found.iter().map(|(_, caller, called)| (*caller, *called)));
            let by_key = found.into_iter().map(|(key, _, called)| (key, called)).collect();
            self.installed.insert(root, by_key);
        }
    }

    /// The calls below a root that init has fetched modules for: by key, who calls what.
    fn follow(&self, root: DirectoryId, manifest: &Manifest) -> Vec<(String, DirectoryId, DirectoryId)> {
        let mut found = Vec::new();
        let mut open = vec![(root, String::new(), 0)];
        let mut left = limits::MODULES;
        while let Some((from, prefix, depth)) = open.pop() {
            let Some(caller) = self.directory(from) else { continue };
            for call in caller.declarations.calls.values() {
                let key = format!("{prefix}{}", call.name.text);
                let local = local_path(&caller.path, call);
                let path = local.as_deref().or_else(|| manifest.directory(&key, call));
                let Some(called) = path.and_then(|path| self.find(path)) else { continue };
                if left == 0 {
                    return found;
                }
                left -= 1;
                if local.is_none() {
                    found.push((key.clone(), from, called));
                }
                if depth < limits::MODULE_DEPTH {
                    open.push((called, format!("{key}."), depth + 1));
                }
            }
        }
        found
    }

    /// Whether functions that are called in the module of a directory may read a path: in the whole
    /// project, and for a module outside of it in its directory and in those of the modules around it.
    pub(crate) fn may_read(&self, sources: &Sources, path: &Path, module: Option<&Path>) -> bool {
        let around = |module: &Path| -> Vec<PathBuf> {
            let is_around = |one: &&ModuleDirectory| !one.is_empty() && module.starts_with(&one.path);
            self.directories.iter().filter(is_around).map(|one| one.path.clone()).collect()
        };
        let outside = module.filter(|module| !self.trees.iter().any(|tree| module.starts_with(tree)));
        tree::allows(sources, &self.trees, path)
            || outside.is_some_and(|module| tree::allows(sources, &around(module), path))
    }

    fn find_roots(&self, given: &BTreeSet<PathBuf>) -> Vec<DirectoryId> {
        let mut called = HashSet::new();
        for id in (0..self.directories.len()).map(DirectoryId) {
            called.extend(self.calls_from(id).filter(|target| *target != id));
        }
        let candidates: Vec<_> = given.iter().filter_map(|path| self.find(path)).collect();
        let configured = |id: &DirectoryId| self.directory(*id).is_some_and(|one| !one.is_empty());
        let mut roots: Vec<_> =
            candidates.iter().copied().filter(|id| configured(id) && !called.contains(id)).collect();
        // Modules that call each other in a circle have no caller outside it: the first of each
        // circle stands for the rest, so that nothing goes unseen.
        let mut reached = HashSet::new();
        for root in &roots {
            self.reach(*root, &mut reached);
        }
        for id in candidates.into_iter().filter(configured) {
            if !reached.contains(&id) {
                roots.push(id);
                self.reach(id, &mut reached);
            }
        }
        roots.sort_by(|a, b| {
            self.directory(*a).map(|it| &it.path).cmp(&self.directory(*b).map(|it| &it.path))
        });
        roots
    }

    fn reach(&self, from: DirectoryId, reached: &mut HashSet<DirectoryId>) {
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if !reached.insert(id) {
                continue;
            }
            open.extend(self.calls_from(id));
        }
    }
}

/// The calls of a directory that name a directory by a local path, with that path.
fn local_calls(directory: &ModuleDirectory) -> impl Iterator<Item = (&ModuleCall, PathBuf)> {
    let calls = directory.declarations.calls.values();
    calls.filter_map(|call| local_path(&directory.path, call).map(|path| (call, path)))
}

/// Source: <https://developer.hashicorp.com/terraform/language/modules/sources#local-paths>.
fn local_path(from: &Path, call: &ModuleCall) -> Option<PathBuf> {
    local(from, &call.source.as_ref()?.0)
}

fn local(from: &Path, source: &str) -> Option<PathBuf> {
    let local = source.starts_with("./") || source.starts_with("../") || matches!(source, "." | "..");
    local.then(|| resolve(from, source))
}

/// A path relative to an absolute directory, `.` and `..` resolved by text.
pub(crate) fn resolve(from: &Path, relative: &str) -> PathBuf {
    let mut path = from.to_owned();
    for part in Path::new(relative).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

/// The trees that lie in no other.
fn outermost(trees: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for tree in trees {
        if !kept.iter().any(|outer| tree.starts_with(outer)) {
            kept.push(tree);
        }
    }
    kept
}
