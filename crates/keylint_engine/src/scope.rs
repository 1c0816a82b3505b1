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
}

impl Scope {
    /// Whether a path was asked for.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.files.contains(path) || self.has_directory(path)
    }

    /// Whether a directory was asked for, or one that it lies in.
    pub(crate) fn has_directory(&self, path: &Path) -> bool {
        path.ancestors().any(|ancestor| self.directories.contains(ancestor))
    }

    /// Which of the files that a run has read were asked for.
    pub(crate) fn resolve(&self, sources: &Sources) -> InScope {
        let files = sources.files().into_iter();
        InScope(files.filter(|file| self.has(file.path())).map(|file| file.id()).collect())
    }
}

/// The files of a run that were asked for.
#[derive(Debug)]
pub(crate) struct InScope(HashSet<FileId>);

impl InScope {
    /// Whether a file was asked for.
    pub(crate) fn file(&self, file: FileId) -> bool {
        self.0.contains(&file)
    }

    /// Whether one of these places lies in a file that was asked for.
    pub(crate) fn any(&self, spans: impl IntoIterator<Item = Span>) -> bool {
        spans.into_iter().any(|span| self.file(span.file))
    }

    /// Whether a finding concerns a file that was asked for.
    pub(crate) fn finding(&self, finding: &Finding) -> bool {
        let related = finding.related.iter().map(|related| related.span);
        self.any(related.chain([finding.span]).chain(finding.scopes.iter().copied()))
    }
}
