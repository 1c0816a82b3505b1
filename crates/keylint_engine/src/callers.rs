//! Finds the Terraform directories and templates that call given ones, so that a module is judged with the
//! values that it is called with although only a file of it was given.
//!
//! Callers are looked for up to the nearest `keylint.toml` or the root of the repository. A file
//! is not parsed for this: the text of its `source = "./…"` lines is enough, and one too many
//! costs a little time and changes no verdict, because what is reported is filtered by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use keylint_source::{Candidate, Sources, discover};
use keylint_syntax::classify::{FileClass, class_by_name};

use crate::inputs::request;
use crate::parallel;
use crate::settings::Settings;

/// The entries of a directory that say that it is the top of a project.
const TOPS: [&str; 2] = ["keylint.toml", ".git"];

/// The directories that call those given, directly or through others.
pub(crate) fn of(sources: &Sources, settings: &Settings, given: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let tops: BTreeSet<PathBuf> = given.iter().filter_map(|directory| top(sources, directory)).collect();
    let tops: Vec<PathBuf> = tops.into_iter().collect();
    let files: Vec<Candidate> = discover(sources, &request(settings, &tops))
        .candidates
        .into_iter()
        .filter(|file| matches!(class_by_name(&file.path), Some(FileClass::Terraform(_))))
        .collect();
    let calls = parallel::install(settings.threads, files.len(), || {
        parallel::map(&files, |file| local_sources(sources, &file.path))
    });
    let mut callers: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for (file, called) in files.iter().zip(calls) {
        for directory in called {
            callers.entry(directory).or_default().extend(file.path.parent().map(Path::to_owned));
        }
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<&PathBuf> = given.iter().collect();
    while let Some(directory) = open.pop() {
        for caller in callers.get(directory).into_iter().flatten() {
            if found.insert(caller.clone()) {
                open.push(caller);
            }
        }
    }
    found
}

/// Template files that may nest those given, directly or through others: files of the same projects
/// with the name of one in them, beside what a nested stack is written with. One too many changes no
/// verdict here either.
pub(crate) fn of_templates(
    sources: &Sources,
    settings: &Settings,
    given: &BTreeSet<PathBuf>,
) -> BTreeSet<PathBuf> {
    let tops: BTreeSet<PathBuf> = given.iter().filter_map(|file| top(sources, file.parent()?)).collect();
    let tops: Vec<PathBuf> = tops.into_iter().collect();
    if tops.is_empty() {
        return BTreeSet::new();
    }
    let files = discover(sources, &request(settings, &tops)).candidates;
    let nests = parallel::install(settings.threads, files.len(), || {
        parallel::map(&files, |file| {
            let is_template = class_by_name(&file.path).is_none();
            let file = is_template.then(|| sources.load(&file.path).ok()).flatten()?;
            NESTS.iter().any(|word| file.text().contains(word)).then_some(file)
        })
    });
    let nests: Vec<_> = nests.into_iter().flatten().collect();
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = given.iter().cloned().collect();
    while let Some(called) = open.pop() {
        let Some(name) = called.file_name().and_then(|name| name.to_str()) else { continue };
        for file in nests.iter().filter(|file| file.text().contains(name)) {
            if !given.contains(file.path()) && found.insert(file.path().to_owned()) {
                open.push(file.path().to_owned());
            }
        }
    }
    found
}

/// Whether a file may be a template or a part of one.
pub(crate) fn may_be_nested(sources: &Sources, path: &Path) -> bool {
    let is_ours = |text: &str| text.contains("AWS::") || text.contains("Statement");
    sources.load(path).is_ok_and(|file| is_ours(file.text()))
}

/// What stands in a template that nests or includes another file.
const NESTS: [&str; 4] = ["TemplateURL", "AWS::Serverless::Application", "aws:asset:path", "AWS::Include"];

/// The nearest directory upwards that is the top of a project.
pub(crate) fn top(sources: &Sources, directory: &Path) -> Option<PathBuf> {
    let is_top = |directory: &&Path| TOPS.iter().any(|name| sources.kind(&directory.join(name)).is_ok());
    directory.ancestors().find(is_top).map(Path::to_owned)
}

/// The directories that the module calls of a file name by a local path.
fn local_sources(sources: &Sources, path: &Path) -> Vec<PathBuf> {
    let (Ok(file), Some(directory)) = (sources.load(path), path.parent()) else {
        return Vec::new();
    };
    let found = file.text().lines().filter_map(local_source);
    found.map(|source| sources.absolute(&directory.join(source))).collect()
}

/// The local path in a line such as `source = "../secret"` or `"source": "../secret",`.
fn local_source(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("source")?;
    let rest = rest.trim_start_matches(['"', ' ', '\t']).strip_prefix(['=', ':'])?;
    let (source, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    // Source: https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
    (source.starts_with("./") || source.starts_with("../")).then_some(source)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keylint_source::Memory;

    use super::*;

    #[test]
    fn local_sources_are_read_in_both_notations() {
        for (line, source) in [
            ("  source = \"./secret\"", Some("./secret")),
            ("module \"x\" { source=\"../a\" }", Some("../a")),
            ("    \"source\": \"../../b\",", Some("../../b")),
            ("  source = \"hashicorp/consul/aws\"", None),
            ("  source_arn = \"./x\"", None),
            ("  source = var.x", None),
        ] {
            assert_eq!(local_source(line), source, "{line}");
        }
    }

    #[test]
    fn templates_that_nest_a_given_one_are_found_through_others() {
        let mut files = Memory::new();
        let nests = |to: &str| format!("Resources: {{A: {{Properties: {{TemplateURL: {to}}}}}}}");
        files
            .insert("/r/.git/HEAD", "")
            .insert("/r/root.yaml", nests("stacks/middle.yaml"))
            .insert("/r/stacks/middle.yaml", nests("leaf.yaml"))
            .insert("/r/stacks/leaf.yaml", "Resources: {}")
            .insert("/r/notes.yaml", "about: leaf.yaml")
            .insert("/outside.yaml", nests("r/stacks/leaf.yaml"));
        let sources = Sources::new(Arc::new(files), "/r");
        let given = BTreeSet::from([PathBuf::from("/r/stacks/leaf.yaml")]);
        let found = of_templates(&sources, &Settings::default(), &given);
        let shown: Vec<_> = found.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(shown, ["/r/root.yaml", "/r/stacks/middle.yaml"]);
    }

    #[test]
    fn callers_are_found_through_others_and_not_above_the_top() {
        let mut files = Memory::new();
        let call = |to: &str| format!("module \"m\" {{\n  source = \"{to}\"\n}}\n");
        files
            .insert("/r/.git/HEAD", "")
            .insert("/r/main.tf", call("./a"))
            .insert("/r/a/main.tf", call("./b"))
            .insert("/r/a/b/main.tf", "")
            .insert("/r/other/main.tf", call("../nothing"))
            .insert("/outside/main.tf", call("../r/a/b"));
        let sources = Sources::new(Arc::new(files), "/r");
        let settings = Settings::default();
        let found = of(&sources, &settings, &BTreeSet::from([PathBuf::from("/r/a/b")]));
        let shown: Vec<_> = found.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(shown, ["/r", "/r/a"]);
    }
}
