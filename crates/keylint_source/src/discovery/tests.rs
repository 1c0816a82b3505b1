use super::*;
use crate::file_system::{Disk, Memory};

fn found(files: &[(&str, &str)], request: &Request) -> Vec<String> {
    let mut memory = Memory::new();
    for (path, content) in files {
        memory.insert(path, content);
    }
    let sources = Sources::new(Arc::new(memory), "/work");
    let found = discover(&sources, request);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    found.candidates.iter().map(|candidate| sources.display(&candidate.path)).collect()
}

fn paths(paths: &[&str]) -> Request {
    Request { paths: paths.iter().map(PathBuf::from).collect(), ..Request::default() }
}

#[test]
fn files_are_found_by_extension_in_order_and_once() {
    let files = [
        ("/work/z.tf", ""),
        ("/work/a/b.TF.JSON", ""),
        ("/work/a/t.yaml", ""),
        ("/work/a/t.yml", ""),
        ("/work/a.tofu", ""),
        ("/work/x.tfvars", ""),
        ("/work/s.template", ""),
        ("/work/p.policy", ""),
        ("/work/README.md", ""),
        ("/work/tf", ""),
        ("/elsewhere/a.tf", ""),
    ];
    let all = ["a/b.TF.JSON", "a/t.yaml", "a/t.yml", "a.tofu", "p.policy", "s.template", "x.tfvars", "z.tf"];
    assert_eq!(found(&files, &Request::default()), all);
    assert_eq!(found(&files, &paths(&["a", ".", "z.tf"])), all);
    assert_eq!(found(&files, &paths(&["/elsewhere"])), ["../elsewhere/a.tf".replace("..", "")]);
}

#[test]
fn hidden_and_foreign_directories_are_skipped_unless_given() {
    let files = [
        ("/work/.terraform/modules/m/main.tf", ""),
        ("/work/.git/x.json", ""),
        ("/work/node_modules/m/x.json", ""),
        ("/work/.hidden.tf", ""),
        ("/work/.aws/t.yaml", ""),
        ("/work/main.tf", ""),
    ];
    assert_eq!(found(&files, &Request::default()), ["main.tf"]);
    assert_eq!(found(&files, &paths(&[".aws", ".hidden.tf"])), [".aws/t.yaml", ".hidden.tf"]);
}

#[test]
fn gitignore_files_hold_for_their_directory_and_the_nearest_decides() {
    let files = [
        ("/work/.gitignore", "*.tfvars\nbuild/\n/only-here.tf\n"),
        ("/work/a.tfvars", ""),
        ("/work/build/x.tf", ""),
        ("/work/only-here.tf", ""),
        ("/work/sub/only-here.tf", ""),
        ("/work/sub/.gitignore", "!keep.tfvars\n"),
        ("/work/sub/keep.tfvars", ""),
        ("/work/sub/drop.tfvars", ""),
    ];
    assert_eq!(found(&files, &Request::default()), ["sub/keep.tfvars", "sub/only-here.tf"]);
    let request = Request { respect_gitignore: false, ..Request::default() };
    assert_eq!(found(&files, &request).len(), 6);
    assert_eq!(found(&files, &paths(&["a.tfvars", "build"])), ["a.tfvars", "build/x.tf"]);
}

#[test]
fn the_gitignore_files_of_the_repository_hold_in_a_directory_of_it() {
    let mut files = vec![
        ("/work/.gitignore", "*.tfvars\n"),
        ("/work/a/b/x.tfvars", ""),
        ("/work/a/b/x.tf", ""),
        ("/work/a/b/local.tf", ""),
    ];
    assert_eq!(found(&files, &paths(&["a/b"])).len(), 3);
    files.push(("/work/.git/HEAD", ""));
    files.push(("/work/.git/info/exclude", "local.*\n"));
    assert_eq!(found(&files, &paths(&["a/b"])), ["a/b/x.tf"]);
}

#[test]
fn excludes_are_relative_to_the_working_directory_and_spare_given_files() {
    let files = [("/work/a/x.tf", ""), ("/work/b/a/x.tf", ""), ("/work/b/y.json", "")];
    let with = |excludes: &[&str], given: &[&str], force_exclude| {
        let excludes = excludes.iter().map(|line| (*line).to_owned()).collect();
        found(&files, &Request { excludes, force_exclude, ..paths(given) })
    };
    assert_eq!(with(&["/a"], &["."], false), ["b/a/x.tf", "b/y.json"]);
    assert_eq!(with(&["a/", "!b/a/"], &["."], false), ["b/a/x.tf", "b/y.json"]);
    assert_eq!(with(&["*.json", "b/a/x.tf"], &["."], false), ["a/x.tf"]);
    assert_eq!(with(&["a"], &["a/x.tf", "b"], false), ["a/x.tf", "b/y.json"]);
    assert_eq!(with(&["a"], &["a/x.tf", "b/a/x.tf", "b/y.json"], true), ["b/y.json"]);
}

#[test]
fn given_files_that_git_ignores_are_left_out_when_exclusions_are_forced() {
    let files = [
        ("/work/.git/HEAD", ""),
        ("/work/.gitignore", "build/\n*.local.tf\n"),
        ("/work/build/x.tf", ""),
        ("/work/a/b.local.tf", ""),
        ("/work/a/c.tf", ""),
    ];
    let given = ["build/x.tf", "a/b.local.tf", "a/c.tf"];
    let with = |force_exclude, respect_gitignore| {
        found(&files, &Request { force_exclude, respect_gitignore, ..paths(&given) })
    };
    assert_eq!(with(true, true), ["a/c.tf"]);
    let all = ["a/b.local.tf", "a/c.tf", "build/x.tf"];
    assert_eq!(with(false, true), all);
    assert_eq!(with(true, false), all);
}

#[test]
fn what_cannot_be_done_is_a_problem() {
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let request = Request { excludes: vec!["a[".into()], ..paths(&["missing.tf"]) };
    let found = discover(&sources, &request);
    let problems: Vec<_> = found.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2);
    assert!(problems[0].contains("`a[`"), "{problems:?}");
    assert!(problems[1].contains("`missing.tf`"), "{problems:?}");
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "links exist on the real disk only")]
fn links_to_files_are_taken_inside_the_tree_and_noted_otherwise() {
    use std::os::unix::fs::symlink;
    let base = std::env::temp_dir().join(format!("keylint-links-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&base);
    let tree = base.join("tree");
    std::fs::create_dir_all(tree.join("sub")).unwrap();
    std::fs::write(tree.join("main.tf"), "").unwrap();
    std::fs::write(base.join("outside.tf"), "").unwrap();
    symlink("../main.tf", tree.join("sub/inside.tf")).unwrap();
    symlink(base.join("outside.tf"), tree.join("leaves.tf")).unwrap();
    symlink("..", tree.join("sub/up")).unwrap();
    symlink("sub", tree.join("other")).unwrap();
    symlink("itself.tf", tree.join("itself.tf")).unwrap();
    symlink("nowhere.tf", tree.join("dangling.tf")).unwrap();
    symlink(&base, tree.join("out")).unwrap();

    let sources = Sources::new(Arc::new(Disk), &tree);
    let found = discover(&sources, &Request::default());
    let shown = |path: &Path| sources.display(path);
    let files: Vec<_> = found.candidates.iter().map(|candidate| shown(&candidate.path)).collect();
    let notes: Vec<_> = found
        .notes
        .iter()
        .map(|note| {
            let kind = match note.kind {
                NoteKind::LeavesTree => "leaves",
                NoteKind::Loop => "loop",
                NoteKind::Unreadable(_) => "unreadable",
                NoteKind::Pattern(_) => "pattern",
            };
            format!("{}: {kind}", shown(&note.path))
        })
        .collect();
    std::fs::remove_dir_all(&base).unwrap();
    assert_eq!(files, ["main.tf", "sub/inside.tf"]);
    assert_eq!(
        notes,
        ["dangling.tf: unreadable", "itself.tf: loop", "leaves.tf: leaves", "out: loop", "sub/up: loop"]
    );
}
