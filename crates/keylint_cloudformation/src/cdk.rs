//! Output of the CDK: which account and region a template is for.
//!
//! `manifest.json` beside the templates of a cloud assembly names, for each stack, its template and
//! its environment (`aws://123456789012/eu-west-1`).
//! <https://github.com/aws/aws-cdk-cli/tree/main/packages/@aws-cdk/cloud-assembly-schema>

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_source::Sources;
use keylint_syntax::{Text, json};

/// The name of the file that describes an assembly.
const MANIFEST: &str = "manifest.json";

/// Where a stack is deployed to, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The account's id.
    pub account: Option<Arc<str>>,
    /// The region.
    pub region: Option<Arc<str>>,
}

impl Environment {
    /// The value of a pseudo parameter.
    pub(crate) fn value(&self, name: &str) -> Option<&Arc<str>> {
        match name {
            "AWS::AccountId" => self.account.as_ref(),
            "AWS::Region" => self.region.as_ref(),
            _ => None,
        }
    }

    /// The environment in `aws://ACCOUNT/REGION`; an unknown part is `unknown-account` or
    /// `unknown-region`.
    fn parse(text: &str) -> Environment {
        let Some((account, region)) = text.strip_prefix("aws://").and_then(|rest| rest.split_once('/'))
        else {
            return Environment::default();
        };
        let known = |part: &str| (!part.is_empty() && !part.starts_with("unknown-")).then(|| Arc::from(part));
        Environment { account: known(account), region: known(region) }
    }
}

/// The environments of those templates that belong to an assembly.
pub(crate) fn environments<'p>(
    sources: &Sources,
    templates: impl Iterator<Item = &'p PathBuf>,
) -> BTreeMap<PathBuf, Environment> {
    let is_synthesized = |path: &&PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(".template.json"))
    };
    let directories: BTreeSet<&Path> =
        templates.filter(is_synthesized).filter_map(|path| path.parent()).collect();
    let mut environments = BTreeMap::new();
    for directory in directories {
        let Ok(file) = sources.load(&directory.join(MANIFEST)) else { continue };
        let (Some(manifest), _) = json::parse(&Text::of_file(&file)) else { continue };
        for artifact in manifest.get("artifacts").map(|artifacts| artifacts.members()).unwrap_or_default() {
            let artifact = &artifact.value;
            if artifact.get("type").and_then(|kind| kind.as_str()) != Some("aws:cloudformation:stack") {
                continue;
            }
            let template = artifact.get("properties").and_then(|properties| properties.get("templateFile"));
            let environment = artifact.get("environment").and_then(|environment| environment.as_str());
            if let (Some(template), Some(environment)) =
                (template.and_then(|file| file.as_str()), environment)
            {
                environments.insert(directory.join(template), Environment::parse(environment));
            }
        }
    }
    environments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_environment_that_are_not_known_stay_open() {
        let shown = |text: &str| {
            let Environment { account, region } = Environment::parse(text);
            (account.as_deref().map(str::to_owned), region.as_deref().map(str::to_owned))
        };
        assert_eq!(
            shown("aws://123456789012/eu-west-1"),
            (Some("123456789012".into()), Some("eu-west-1".into()))
        );
        assert_eq!(shown("aws://unknown-account/eu-west-1"), (None, Some("eu-west-1".into())));
        assert_eq!(shown("aws://unknown-account/unknown-region"), (None, None));
        assert_eq!(shown("local"), (None, None));
    }
}
