//! Finds the files that may hold something for keylint.
//!
//! The walk is our own, over [`Sources::list`], so that memory, the editor's overlay and the disk
//! are walked by the same rules; from the `ignore` crate come the patterns alone. Names are only a
//! coarse filter here: what a JSON or YAML file is, its content decides later.
//!
//! Links to directories are not followed: what they lead to inside the tree is walked where it is,
//! and a module that is called through one is opened by its path.

mod ignored;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file_system::{Entry, EntryKind};
use crate::sources::Sources;
pub use ignored::Patterns;
use ignored::{Excludes, Ignored};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files and directories, relative ones from the working directory.
    pub paths: Vec<PathBuf>,
    /// What to leave out, as lines of a `.gitignore` in the working directory.
    pub excludes: Vec<String>,
    /// Whether what `.gitignore` files name is left out.
    pub respect_gitignore: bool,
    /// Whether `excludes` and `.gitignore` files also hold for files that are given by name, as a
    /// hook wants it that passes every changed file.
    pub force_exclude: bool,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            paths: vec![PathBuf::from(".")],
            excludes: Vec::new(),
            respect_gitignore: true,
            force_exclude: false,
        }
    }
}

/// A file that may hold something for keylint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its absolute path; links in it are not resolved.
    pub path: PathBuf,
    /// Whether it was given by name rather than found in a directory.
    pub given: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The files, sorted by path, each once.
    pub candidates: Vec<Candidate>,
    /// What was asked for and cannot be done: the run fails.
    pub problems: Vec<Problem>,
    /// What was met on the way and not looked at.
    pub notes: Vec<Note>,
    /// Files and directories that patterns of the request leave out.
    pub excluded: BTreeSet<PathBuf>,
    /// Files and directories that a `.gitignore` leaves out.
    pub ignored: BTreeSet<PathBuf>,
}

/// Something that was asked for and cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A given path is not there or cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Path {
        /// The path as it was given.
        path: PathBuf,
        /// What the system answers.
        error: io::Error,
    },
    /// An exclude pattern does not parse.
    #[error("the exclude pattern `{pattern}` is invalid: {reason}")]
    Exclude {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Something in a walked directory that was not looked at.
#[derive(Debug)]
pub struct Note {
    /// Where.
    pub path: PathBuf,
    /// Why.
    pub kind: NoteKind,
}

/// Why something in a walked directory was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum NoteKind {
    /// A link that leads out of the given directory.
    #[error("the link leads out of the directory that is checked")]
    LeavesTree,
    /// A link to itself or to a directory that it lies in.
    #[error("the link leads back to where it lies")]
    Loop,
    /// The system refuses.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// A line of a `.gitignore` that is no pattern.
    #[error("a line of it is not a pattern: {0}")]
    Pattern(String),
}

/// Finds the files of a request.
pub fn discover(sources: &Sources, request: &Request) -> Discovery {
    let mut found = Discovery::default();
    let excludes = Excludes::new(sources.working_directory(), &request.excludes, &mut found.problems);
    let mut walk = Walk { sources, request, excludes, found, files: BTreeMap::new() };
    for path in &request.paths {
        walk.start(path);
    }
    let candidates = walk.files.into_iter().map(|(path, given)| Candidate { path, given });
    walk.found.candidates = candidates.collect();
    walk.found
}

/// Whether a file of this name may hold something for keylint.
fn is_candidate(name: &OsStr) -> bool {
    const EXTENSIONS: [&str; 8] = ["tf", "tofu", "tfvars", "json", "yaml", "yml", "template", "policy"];
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

struct Walk<'w> {
    sources: &'w Sources,
    request: &'w Request,
    excludes: Excludes,
    found: Discovery,
    files: BTreeMap<PathBuf, bool>,
}

/// A directory that is still to be listed.
struct Directory {
    path: PathBuf,
    /// The `.gitignore` files above it, and whatever they say of it is already obeyed.
    ignored: Option<Arc<Ignored>>,
}

/// A given directory.
struct Root {
    path: PathBuf,
    /// Its path with links resolved, once a link needed it.
    canonical: Option<PathBuf>,
}

impl Walk<'_> {
    fn start(&mut self, given: &Path) {
        let path = self.sources.absolute(given);
        let problem = |error| Problem::Path { path: given.to_owned(), error };
        match self.sources.kind(&path) {
            Ok(EntryKind::File) => {
                if !(self.request.force_exclude && self.leaves_out(&path)) {
                    self.files.insert(path, true);
                }
            }
            Ok(EntryKind::Directory) => match self.sources.list(&path) {
                Ok(entries) => self.walk(path, entries),
                Err(error) => self.found.problems.push(problem(error)),
            },
            Ok(EntryKind::Link | EntryKind::Other) => {
                let error = io::Error::new(io::ErrorKind::InvalidInput, "neither a file nor a directory");
                self.found.problems.push(problem(error));
            }
            Err(error) => self.found.problems.push(problem(error)),
        }
    }

    /// Whether a pattern or a `.gitignore` names a file or a directory that it lies in.
    fn leaves_out(&mut self, file: &Path) -> bool {
        if self.excludes.covers(file) {
            return true;
        }
        if !self.request.respect_gitignore {
            return false;
        }
        let ignored = Ignored::above(self.sources, file, &mut self.found.notes);
        ignored.is_some_and(|ignored| ignored.covers_file(file))
    }

    fn walk(&mut self, path: PathBuf, entries: Vec<Entry>) {
        let mut ignored = None;
        if self.request.respect_gitignore {
            ignored = Ignored::above(self.sources, &path, &mut self.found.notes);
        }
        let mut root = Root { path: path.clone(), canonical: None };
        let mut open = Vec::new();
        self.directory(&mut root, Directory { path, ignored }, entries, &mut open);
        while let Some(directory) = open.pop() {
            match self.sources.list(&directory.path) {
                Ok(entries) => self.directory(&mut root, directory, entries, &mut open),
                Err(error) => self.note(directory.path, NoteKind::Unreadable(error)),
            }
        }
    }

    fn directory(
        &mut self,
        root: &mut Root,
        here: Directory,
        entries: Vec<Entry>,
        open: &mut Vec<Directory>,
    ) {
        let mut ignored = here.ignored;
        if self.request.respect_gitignore && entries.iter().any(|entry| entry.name == ".gitignore") {
            let file = here.path.join(".gitignore");
            ignored = Ignored::and(ignored, self.sources, &here.path, &file, &mut self.found.notes);
        }
        for Entry { name, kind } in entries {
            if is_hidden(&name) {
                continue;
            }
            let is_directory = kind == EntryKind::Directory;
            if is_directory && name == "node_modules" || kind == EntryKind::File && !is_candidate(&name) {
                continue;
            }
            let path = here.path.join(&name);
            if self.excludes.names(&path, is_directory) {
                self.found.excluded.insert(path);
                continue;
            }
            if ignored.as_ref().is_some_and(|ignored| ignored.covers(&path, is_directory)) {
                self.found.ignored.insert(path);
                continue;
            }
            match kind {
                EntryKind::Directory => open.push(Directory { path, ignored: ignored.clone() }),
                EntryKind::File => self.found(path),
                EntryKind::Link => self.link(root, path),
                EntryKind::Other => {}
            }
        }
    }

    fn found(&mut self, path: PathBuf) {
        self.files.entry(path).or_insert(false);
    }

    fn link(&mut self, root: &mut Root, path: PathBuf) {
        let target = match self.sources.canonicalize(&path) {
            Ok(target) => target,
            Err(error) if is_loop(&error) => return self.note(path, NoteKind::Loop),
            Err(error) => return self.note(path, NoteKind::Unreadable(error)),
        };
        let canonical = root.canonical.get_or_insert_with(|| {
            self.sources.canonicalize(&root.path).unwrap_or_else(|_| root.path.clone())
        });
        let inside = target.starts_with(canonical);
        match self.sources.kind(&path) {
            Ok(EntryKind::Directory) => {
                let lies_in = path.parent().map(|parent| self.sources.canonicalize(parent));
                if lies_in.is_some_and(|parent| parent.is_ok_and(|parent| parent.starts_with(&target))) {
                    self.note(path, NoteKind::Loop);
                } else if !inside {
                    self.note(path, NoteKind::LeavesTree);
                }
            }
            Ok(EntryKind::File) if !path.file_name().is_some_and(is_candidate) => {}
            Ok(EntryKind::File) if inside => self.found(path),
            Ok(EntryKind::File) => self.note(path, NoteKind::LeavesTree),
            Ok(EntryKind::Link | EntryKind::Other) => {}
            Err(error) => self.note(path, NoteKind::Unreadable(error)),
        }
    }

    fn note(&mut self, path: PathBuf, kind: NoteKind) {
        self.found.notes.push(Note { path, kind });
    }
}

/// Whether the system says that links lead in a circle. The kind of this error has no stable name
/// in the standard library yet: <https://github.com/rust-lang/rust/issues/130188>.
fn is_loop(error: &io::Error) -> bool {
    format!("{:?}", error.kind()) == "FilesystemLoop"
}
