//! Projects of the CDK: their output is what is checked, and it has to be there.
//!
//! `cdk synth` writes a cloud assembly: a directory with a `manifest.json`, templates, and the assets
//! that the stacks need, of which those that are directories hold code and its dependencies.
//! <https://docs.aws.amazon.com/cdk/v2/guide/assets.html>

use std::path::Path;

use keylint_source::{Candidate, EntryKind, Sources};

/// The file that says how an app is run.
const APP: &str = "cdk.json";

/// Where `cdk synth` writes to unless told otherwise.
const OUTPUT: &str = "cdk.out";

const MANIFEST: &str = "manifest.json";

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
    missing.collect()
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
}
