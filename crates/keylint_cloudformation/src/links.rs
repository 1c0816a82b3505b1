//! Links on disk, which anybody can put into a repository.

use std::path::Path;

use keylint_source::Sources;

/// Whether a path, links followed, is where it seems to be: below what it has in common with the
/// directory of the file that names it. A link that leads out of there is not followed, as in the walk
/// over a tree.
pub(crate) fn stays(sources: &Sources, directory: &Path, path: &Path) -> bool {
    let common = directory.ancestors().find(|ancestor| path.starts_with(ancestor));
    let Some(common) = common.map(|common| sources.canonicalize(common)) else { return false };
    matches!((sources.canonicalize(path), common), (Ok(path), Ok(common)) if path.starts_with(&common))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::sync::Arc;

    use keylint_source::Disk;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "links exist on the real disk only")]
    fn a_link_that_leads_out_is_not_followed() {
        let base = std::env::temp_dir().join(format!("keylint-beside-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&base);
        let tree = base.join("tree");
        std::fs::create_dir_all(tree.join("app")).unwrap();
        std::fs::create_dir_all(tree.join("common")).unwrap();
        for file in ["outside.json", "tree/app/a.json", "tree/common/b.json"] {
            std::fs::write(base.join(file), "{}").unwrap();
        }
        symlink(base.join("outside.json"), tree.join("app/leaves.json")).unwrap();
        symlink("a.json", tree.join("app/inside.json")).unwrap();
        symlink(&base, tree.join("app/up")).unwrap();
        let sources = Sources::new(Arc::new(Disk), &tree);
        let directory = tree.join("app");
        let names = ["app/a.json", "app/inside.json", "common/b.json"];
        let follows = names.map(|name| stays(&sources, &directory, &tree.join(name)));
        let names = ["app/leaves.json", "app/up/outside.json", "app/missing.json"];
        let leaves = names.map(|name| stays(&sources, &directory, &tree.join(name)));
        std::fs::remove_dir_all(&base).unwrap();
        assert_eq!((follows, leaves), ([true; 3], [false; 3]));
    }
}
