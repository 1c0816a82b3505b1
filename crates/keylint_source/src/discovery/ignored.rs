//! What `.gitignore` files and exclude patterns leave out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Note, NoteKind, Problem};
use crate::sources::Sources;

/// A `.gitignore` is read up to this size; real ones have some kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The patterns of the command line or of a configuration.
#[derive(Debug)]
pub(super) struct Excludes {
    patterns: Gitignore,
    base: PathBuf,
}

impl Excludes {
    pub(super) fn new(base: &Path, lines: &[String], problems: &mut Vec<Problem>) -> Self {
        let mut builder = GitignoreBuilder::new(base);
        // Git takes `[` without an end for itself; whoever writes it here has made a mistake.
        builder.allow_unclosed_class(false);
        for line in lines {
            if let Err(error) = builder.add_line(None, line) {
                problems.push(Problem::Exclude { pattern: line.clone(), reason: error.to_string() });
            }
        }
        let patterns = builder.build().unwrap_or_else(|error| {
            problems.push(Problem::Exclude { pattern: lines.join(" "), reason: error.to_string() });
            Gitignore::empty()
        });
        Excludes { patterns, base: base.to_owned() }
    }

    /// Whether a pattern names this path itself.
    pub(super) fn names(&self, path: &Path, is_directory: bool) -> bool {
        !self.patterns.is_empty() && self.patterns.matched(path, is_directory).is_ignore()
    }

    /// Whether a pattern names this file or a directory that it lies in.
    pub(super) fn covers(&self, file: &Path) -> bool {
        let mut above = file.ancestors().skip(1).take_while(|above| *above != self.base);
        self.names(file, false) || above.any(|directory| self.names(directory, true))
    }
}

/// Patterns, written as in `.gitignore`, that a configuration file leaves out.
#[derive(Debug)]
pub struct Patterns(Excludes);

impl Patterns {
    /// The patterns `lines`, taken from the directory `base`. What is no pattern is left out.
    pub fn new(base: &Path, lines: &[String]) -> Self {
        Patterns(Excludes::new(base, lines, &mut Vec::new()))
    }

    /// What is wrong with the first of these lines that is no pattern.
    pub fn check(base: &Path, lines: &[String]) -> Option<String> {
        let mut problems = Vec::new();
        Excludes::new(base, lines, &mut problems);
        problems.into_iter().next().map(|problem| problem.to_string())
    }

    /// Whether one of them names this file or a directory that it lies in.
    pub fn covers(&self, file: &Path) -> bool {
        file.starts_with(&self.0.base) && self.0.covers(file)
    }
}

/// The patterns of one `.gitignore` and of those above it.
pub(super) struct Ignored {
    patterns: Gitignore,
    above: Option<Arc<Ignored>>,
}

impl Ignored {
    /// What is ignored in a directory by the files above it: those of the repository that it lies
    /// in. Outside a repository nothing above counts.
    pub(super) fn above(sources: &Sources, directory: &Path, notes: &mut Vec<Note>) -> Option<Arc<Self>> {
        let is_repository = |path: &Path| sources.kind(&path.join(".git")).is_ok();
        let repository = directory.ancestors().find(|above| is_repository(above))?.to_owned();
        let exclude = repository.join(".git/info/exclude");
        let mut ignored = Self::and(None, sources, &repository, &exclude, notes);
        let mut between: Vec<_> =
            directory.ancestors().skip(1).take_while(|above| above.starts_with(&repository)).collect();
        between.reverse();
        for above in between {
            ignored = Self::and(ignored, sources, above, &above.join(".gitignore"), notes);
        }
        ignored
    }

    /// `above` and the patterns of `file`, which speak of `directory`.
    pub(super) fn and(
        above: Option<Arc<Self>>,
        sources: &Sources,
        directory: &Path,
        file: &Path,
        notes: &mut Vec<Note>,
    ) -> Option<Arc<Self>> {
        let text = match sources.read_aside(file, MAX_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound
                    && error.kind() != std::io::ErrorKind::NotADirectory
                {
                    notes.push(Note { path: file.to_owned(), kind: NoteKind::Unreadable(error) });
                }
                return above;
            }
        };
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.trim_start_matches('\u{feff}').lines() {
            if let Err(error) = builder.add_line(None, line) {
                notes.push(Note { path: file.to_owned(), kind: NoteKind::Pattern(error.to_string()) });
            }
        }
        match builder.build() {
            Ok(patterns) if !patterns.is_empty() => Some(Arc::new(Ignored { patterns, above })),
            Ok(_) => above,
            Err(error) => {
                notes.push(Note { path: file.to_owned(), kind: NoteKind::Pattern(error.to_string()) });
                above
            }
        }
    }

    /// Whether a file is ignored, or a directory that it lies in: within an ignored directory Git
    /// asks no more.
    pub(super) fn covers_file(&self, file: &Path) -> bool {
        let mut above = file.ancestors().skip(1);
        self.covers(file, false) || above.any(|directory| self.covers(directory, true))
    }

    /// Whether a path is ignored; the nearest file that says anything of it decides.
    pub(super) fn covers(&self, path: &Path, is_directory: bool) -> bool {
        let mut layer = Some(self);
        while let Some(ignored) = layer {
            // A pattern says nothing of what lies outside its directory.
            let matched = match path.starts_with(ignored.patterns.path()) {
                true => ignored.patterns.matched(path, is_directory),
                false => ignore::Match::None,
            };
            if !matched.is_none() {
                return matched.is_ignore();
            }
            layer = ignored.above.as_deref();
        }
        false
    }
}
