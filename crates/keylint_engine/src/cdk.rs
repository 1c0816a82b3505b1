//! Projects of the CDK: their output is what is checked, and it has to be there.
//!
//! `cdk synth` writes a cloud assembly: a directory with a `manifest.json`, templates, and the assets
//! that the stacks need, of which those that are directories hold code and its dependencies.
//! <https://docs.aws.amazon.com/cdk/v2/guide/assets.html>

use std::collections::BTreeMap;
use std::path::Path;

use keylint_source::{Candidate, EntryKind, Sources};

/// The file that says how an app is run.
const APP: &str = "cdk.json";

/// Where `cdk synth` writes to unless told otherwise.
const OUTPUT: &str = "cdk.out";

const MANIFEST: &str = "manifest.json";

/// How the names of templates end, and those of templates that another one nests.
const TEMPLATE: &str = ".template.json";
const NESTED: &str = ".nested.template.json";

/// Whether a file is, or belongs to, an asset of a cloud assembly: what the code of a function brings
/// along is no template of the app, whatever it looks like. A template that a stack nests is read
/// because the stack names it.
pub(crate) fn is_in_asset(sources: &Sources, path: &Path) -> bool {
    path.ancestors().any(|asset| {
        let name = asset.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("asset."))
            && asset.parent().is_some_and(|assembly| is_file(sources, &assembly.join(MANIFEST)))
    })
}

/// Advice where an app is checked without its output.
pub(crate) fn hints(sources: &Sources, documents: &[Candidate]) -> Vec<String> {
    let apps = documents.iter().filter(|document| document.path.file_name().is_some_and(|name| name == APP));
    let missing = apps.filter_map(|app| {
        let output = app.path.parent()?.join(OUTPUT);
        let shown = sources.display(&app.path);
        if !is_file(sources, &output.join(MANIFEST)) {
            return Some(format!(
                "{shown}: run `cdk synth`, and check its output: keylint reads templates, not code"
            ));
        }
        let is_read = documents.iter().any(|document| document.path.starts_with(&output));
        let output = sources.display(&output);
        (!is_read)
            .then(|| format!("{shown}: the output of `cdk synth` is ignored: name it to check it: {output}"))
    });
    missing.chain(left_behind(sources, documents)).collect()
}

/// Advice where an assembly has templates that its manifest does not name: `cdk synth` leaves what an
/// earlier run wrote, and a stack of another name is deployed no more.
fn left_behind(sources: &Sources, documents: &[Candidate]) -> Vec<String> {
    let mut assemblies: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
    for document in documents {
        let (Some(directory), Some(name)) = (document.path.parent(), document.path.file_name()) else {
            continue;
        };
        // A nested one is named by the template that nests it.
        let name = name.to_str().filter(|name| name.ends_with(TEMPLATE) && !name.ends_with(NESTED));
        assemblies.entry(directory).or_default().extend(name);
    }
    let advice = |(directory, mut names): (&Path, Vec<&str>)| {
        let path = directory.join(MANIFEST);
        let manifest = (!names.is_empty() && is_file(sources, &path)).then(|| sources.load(&path).ok())??;
        let text = Some(manifest.text()).filter(|text| text.contains("\"artifacts\""))?;
        names.retain(|name| !text.contains(&format!("\"{name}\"")));
        names.sort_unstable();
        let (first, more) = names.split_first()?;
        let first = sources.display(&directory.join(first));
        let others = match more.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        Some(format!(
            "{first}{others}: named by no stack of {MANIFEST}, so maybe left by an earlier `cdk synth`"
        ))
    };
    assemblies.into_iter().filter_map(advice).collect()
}

fn is_file(sources: &Sources, path: &Path) -> bool {
    matches!(sources.kind(path), Ok(EntryKind::File))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keylint_source::Memory;

    use super::*;

    #[test]
    fn only_what_lies_in_assets_of_an_assembly_is_left_out() {
        let mut files = Memory::new();
        files
            .insert("/app/cdk.out/manifest.json", "{}")
            .insert("/app/cdk.out/asset.1a/node_modules/x/policy.json", "{}")
            .insert("/app/cdk.out/asset.2b.json", "{}")
            .insert("/app/cdk.out/A.template.json", "{}")
            .insert("/other/asset.2/template.json", "{}");
        let sources = Sources::new(Arc::new(files), "/");
        let is_in_asset = |path: &str| is_in_asset(&sources, Path::new(path));
        assert!(is_in_asset("/app/cdk.out/asset.1a/node_modules/x/policy.json"));
        assert!(is_in_asset("/app/cdk.out/asset.2b.json"));
        assert!(!is_in_asset("/app/cdk.out/A.template.json"));
        assert!(!is_in_asset("/other/asset.2/template.json"));
    }

    #[test]
    fn an_app_whose_output_is_not_looked_at_gets_advice() {
        let candidate = |path: &str| Candidate { path: path.into(), given: false };
        let mut files = Memory::new();
        files
            .insert("/new/cdk.json", "{}")
            .insert("/done/cdk.json", "{}")
            .insert("/done/cdk.out/manifest.json", "{}")
            .insert("/done/cdk.out/A.template.json", "{}");
        let sources = Sources::new(Arc::new(files), "/");
        let shown = hints(&sources, &[candidate("/new/cdk.json"), candidate("/done/cdk.json")]);
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with("new/cdk.json: run `cdk synth`"), "{shown:?}");
        assert!(shown[1].ends_with("name it to check it: done/cdk.out"), "{shown:?}");
        let all = [candidate("/done/cdk.json"), candidate("/done/cdk.out/A.template.json")];
        assert_eq!(hints(&sources, &all), [""; 0]);
    }

    #[test]
    fn templates_of_stacks_that_are_no_more_get_advice() {
        let candidate = |path: &str| Candidate { path: path.into(), given: false };
        let mut files = Memory::new();
        let manifest = r#"{"artifacts": {"A": {"properties": {"templateFile": "A.template.json"}}}}"#;
        files.insert("/a/cdk.out/manifest.json", manifest);
        let sources = Sources::new(Arc::new(files), "/");
        let all = ["A", "New", "Old", "A1.nested"]
            .map(|name| candidate(&format!("/a/cdk.out/{name}.template.json")));
        let other = candidate("/b/Old.template.json");
        let shown = hints(&sources, &[&all[..], &[other]].concat());
        assert_eq!(shown.len(), 1);
        assert!(
            shown[0].starts_with("a/cdk.out/New.template.json and 1 more: named by no stack"),
            "{shown:?}"
        );
        assert_eq!(hints(&sources, &all[..1]), [""; 0]);
    }
}
