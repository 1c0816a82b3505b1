//! What of a run is reported: the files and directories that were asked for.
//!
//! A file given to a hook is checked together with its module and those that call it, because a
//! module alone has no values. Reported is what concerns the file: what is written in it, what
//! something written in it brings about elsewhere (a call with a bad argument, a default that ends
//! in a policy), and nothing else of the project.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use keylint_rules::Finding;
use keylint_source::{FileId, Sources, Span};

/// The files and directories that were asked for, by absolute path.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) files: BTreeSet<PathBuf>,
    pub(crate) directories: BTreeSet<PathBuf>,
    /// Files and directories that the user's patterns leave out. Terraform reads them with their
    /// module, and so do we, but nothing in them is reported.
    pub(crate) excluded: BTreeSet<PathBuf>,
    /// Files and directories that a `.gitignore` leaves out: they were not asked for, though what
    /// a file that was asked for brings about in them counts.
    pub(crate) ignored: BTreeSet<PathBuf>,
}

impl Scope {
    /// Whether a path was asked for.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let is_left_out = || lies_in(path, &self.excluded) || lies_in(path, &self.ignored);
        self.files.contains(path) || (self.has_directory(path) && !is_left_out())
    }

    /// Whether a directory was asked for, or one that it lies in.
    pub(crate) fn has_directory(&self, path: &Path) -> bool {
        lies_in(path, &self.directories)
    }

    /// Which of the files that a run has read were asked for.
    pub(crate) fn resolve(&self, sources: &Sources) -> InScope {
        let mut resolved = InScope::default();
        for file in sources.files() {
            if self.has(file.path()) {
                resolved.files.insert(file.id());
            } else if lies_in(file.path(), &self.excluded) {
                resolved.excluded.insert(file.id());
            }
        }
        resolved
    }
}

/// Whether a path or a directory above it is in a set.
fn lies_in(path: &Path, set: &BTreeSet<PathBuf>) -> bool {
    !set.is_empty() && path.ancestors().any(|ancestor| set.contains(ancestor))
}

/// The files of a run that were asked for.
#[derive(Debug, Default)]
pub(crate) struct InScope {
    files: HashSet<FileId>,
    excluded: HashSet<FileId>,
}

impl InScope {
    /// Whether a file was asked for.
    pub(crate) fn file(&self, file: FileId) -> bool {
        self.files.contains(&file)
    }

    /// Whether one of these places lies in a file that was asked for.
    pub(crate) fn any(&self, spans: impl IntoIterator<Item = Span>) -> bool {
        spans.into_iter().any(|span| self.file(span.file))
    }

    /// Whether a finding concerns a file that was asked for.
    pub(crate) fn finding(&self, finding: &Finding) -> bool {
        if self.excluded.contains(&finding.span.file) {
            return false;
        }
        let related = finding.related.iter().map(|related| related.span);
        self.any(related.chain([finding.span]).chain(finding.scopes.iter().copied()))
    }
}
