//! Which part of the disk a configuration may read.
//!
//! `file("/etc/shadow")` in a pull request must not bring that file into a report. A function
//! reads inside the project that was given (the nearest directory upwards with `.git` or
//! `keylint.toml`, else the given directory); a module that lies elsewhere reads in its own directory
//! too, and in that of a module that it is a part of, but nobody else does. No link leads out of these.

use std::path::{Path, PathBuf};

use keylint_source::Sources;

/// The directory that holds the whole project of `path`.
pub(super) fn project_root(sources: &Sources, path: &Path) -> PathBuf {
    let path = sources.absolute(path);
    let marked = |directory: &&Path| {
        [".git", "keylint.toml"].iter().any(|name| sources.kind(&directory.join(name)).is_ok())
    };
    path.ancestors().find(marked).unwrap_or(&path).to_owned()
}

/// Whether a link in `directory` leads to a file of the same project.
pub(super) fn links_within(sources: &Sources, directory: &Path, link: &Path) -> bool {
    let root = project_root(sources, directory);
    match (sources.canonicalize(&root), sources.canonicalize(link)) {
        (Ok(root), Ok(target)) => target.starts_with(root),
        _ => false,
    }
}

/// Whether `path`, links resolved, lies in one of the trees.
pub(super) fn allows(sources: &Sources, trees: &[PathBuf], path: &Path) -> bool {
    let path = sources.absolute(path);
    if !trees.iter().any(|tree| path.starts_with(tree)) {
        return false;
    }
    let Ok(target) = sources.canonicalize(&path) else { return false };
    trees.iter().any(|tree| sources.canonicalize(tree).is_ok_and(|tree| target.starts_with(tree)))
}
