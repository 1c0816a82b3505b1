//! Output of the CDK: which account and region a template is for, which templates it nests, and which
//! code made it.
//!
//! `manifest.json` beside the templates of a cloud assembly names, for each stack, its template and
//! its environment (`aws://123456789012/eu-west-1`), and, there or in a file beside it, for each
//! construct its logical id and the stack trace of its creation. The manifest of its assets says
//! under which name each file is uploaded.
//! <https://github.com/aws/aws-cdk-cli/tree/main/packages/@aws-cdk/cloud-assembly-schema>

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_source::{Sources, Span};
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::{Text, json};

use crate::{environment, links};

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
    /// The value of a pseudo parameter. A Region tells its partition, where it is one that is known.
    pub(crate) fn value(&self, name: &str) -> Option<Arc<str>> {
        let region = self.region.as_deref();
        match name {
            "AWS::AccountId" => self.account.clone(),
            environment::REGION => self.region.clone(),
            environment::PARTITION => region.and_then(environment::partition_of).map(Arc::from),
            environment::SUFFIX => {
                let partition = region.and_then(environment::partition_of);
                partition.and_then(environment::suffix_of).map(Arc::from)
            }
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

/// What assemblies say of their templates.
#[derive(Debug, Default)]
pub(crate) struct Assemblies {
    environments: BTreeMap<PathBuf, Environment>,
    /// Where the code of the app makes each construct, by directory of the assembly and path.
    places: HashMap<(PathBuf, String), Span>,
    /// The path of each construct, by template and logical id; `None` where several have the id.
    constructs: HashMap<(PathBuf, String), Option<Arc<str>>>,
}

impl Assemblies {
    /// Reads the manifests beside templates. Code is looked at where `may_read` allows it.
    pub(crate) fn read<'p>(
        sources: &Sources,
        templates: impl Iterator<Item = &'p PathBuf>,
        may_read: &dyn Fn(&Path) -> bool,
    ) -> Self {
        let directories: BTreeSet<&Path> =
            templates.filter(|path| is_template(path)).filter_map(|path| path.parent()).collect();
        let mut assemblies = Assemblies::default();
        for directory in directories {
            let Some(manifest) = document(sources, directory, MANIFEST) else { continue };
            for artifact in manifest.get("artifacts").map(Node::members).unwrap_or_default() {
                let artifact = &artifact.value;
                if artifact.get("type").and_then(Node::as_str) == Some("aws:cloudformation:stack") {
                    assemblies.add(sources, directory, artifact, may_read);
                }
            }
        }
        assemblies
    }

    fn add(
        &mut self,
        sources: &Sources,
        directory: &Path,
        artifact: &Node,
        may_read: &dyn Fn(&Path) -> bool,
    ) {
        let template = property(artifact, "templateFile");
        let environment = artifact.get("environment").and_then(Node::as_str);
        if let (Some(template), Some(environment)) = (template, environment) {
            self.environments.insert(directory.join(template), Environment::parse(environment));
        }
        let beside = beside(sources, directory, artifact);
        let constructs =
            || [artifact.get("metadata"), beside.as_ref()].into_iter().flatten().flat_map(Node::members);
        if let Some(template) = template {
            self.name(directory, template, constructs());
        }
        for construct in constructs() {
            let may_read = |path: &Path| may_read(path) && links::stays(sources, directory, path);
            let mut places = frames(&construct.value).filter_map(|frame| place_of(sources, frame, &may_read));
            if let Some(place) = places.next() {
                let path = construct.key.trim_start_matches('/').to_owned();
                self.places.insert((directory.to_owned(), path), place);
            }
        }
    }

    /// Keeps the paths of a stack's constructs by their logical ids.
    fn name<'n>(
        &mut self,
        directory: &Path,
        template: &str,
        constructs: impl Iterator<Item = &'n Member> + Clone,
    ) {
        let files = Files::of(constructs.clone());
        for construct in constructs {
            let Some(id) = datum(&construct.value, "aws:cdk:logicalId") else { continue };
            let path = construct.key.as_str();
            let file = files.around(path).unwrap_or(template);
            let path: Arc<str> = path.trim_start_matches('/').into();
            let known = self.constructs.entry((directory.join(file), id.to_owned()));
            known.and_modify(|known| *known = None).or_insert(Some(path));
        }
    }

    /// The path of the construct that has a logical id in a template.
    pub(crate) fn construct(&self, template: &Path, id: &str) -> Option<Arc<str>> {
        self.constructs.get(&(template.to_owned(), id.to_owned()))?.clone()
    }

    /// Where a template is deployed to.
    pub(crate) fn environment(&self, template: &Path) -> Environment {
        self.environments.get(template).cloned().unwrap_or_default()
    }

    /// Where the code makes a construct of a template in a directory.
    pub(crate) fn place(&self, directory: &Path, construct: &str) -> Option<Span> {
        self.places.get(&(directory.to_owned(), construct.to_owned())).copied()
    }
}

/// The templates of constructs. A construct that has a template of its own is a stack or a nested one, and what is
/// in it has logical ids of its own.
struct Files<'n>(HashMap<&'n str, &'n str>);

impl<'n> Files<'n> {
    fn of(constructs: impl Iterator<Item = &'n Member>) -> Self {
        let file = |construct: &'n Member| {
            Some((construct.key.as_str(), datum(&construct.value, "aws:cdk:templateFile")?))
        };
        Files(constructs.filter_map(file).collect())
    }

    /// The template that a construct is in.
    fn around(&self, path: &str) -> Option<&'n str> {
        let mut around = path.match_indices('/').rev().filter_map(|(end, _)| path.get(..end));
        around.find_map(|stack| self.0.get(stack).copied())
    }

    /// The template of the nested stack whose resource a construct is.
    fn nested(&self, path: &str) -> Option<&'n str> {
        let (holder, _) = path.strip_suffix(".NestedStackResource")?.rsplit_once('/')?;
        let file = *self.0.get(holder.strip_suffix(".NestedStack")?)?;
        Some(file).filter(|file| file_name(file) == *file)
    }
}

/// The templates among the files that an assembly uploads.
#[derive(Debug, Default)]
pub(crate) struct Uploaded {
    /// By the name that each has once it is uploaded. Those that say the same have one name.
    names: HashMap<String, String>,
    /// By the template that nests it, and the logical id of the resource there.
    nested: HashMap<(String, String), String>,
}

impl Uploaded {
    /// What the assembly in a directory uploads.
    pub(crate) fn read(sources: &Sources, directory: &Path) -> Self {
        let Some(manifest) = document(sources, directory, MANIFEST) else { return Uploaded::default() };
        let artifacts = manifest.get("artifacts").map(Node::members).unwrap_or_default();
        let artifacts = || artifacts.iter().map(|member| &member.value);
        let mut found = Uploaded::default();
        for artifact in artifacts() {
            let beside = beside(sources, directory, artifact);
            let both = [artifact.get("metadata"), beside.as_ref()];
            found.add_nested(both.into_iter().flatten().flat_map(Node::members));
        }
        let assets = artifacts()
            .filter(|artifact| artifact.get("type").and_then(Node::as_str) == Some("cdk:asset-manifest"));
        for assets in assets.filter_map(|artifact| document(sources, directory, property(artifact, "file")?))
        {
            for asset in assets.get("files").map(Node::members).unwrap_or_default() {
                let path = asset.value.get("source").and_then(|source| source.get("path")?.as_str());
                let Some(path) = path.filter(|path| is_template(Path::new(path))) else { continue };
                let destinations = asset.value.get("destinations").map(Node::members).unwrap_or_default();
                let keys = destinations.iter().filter_map(|to| to.value.get("objectKey")?.as_str());
                found.names.extend(keys.map(|key| (file_name(key).to_owned(), path.to_owned())));
            }
        }
        found
    }

    /// Adds the nested stacks among the constructs of a stack.
    fn add_nested<'n>(&mut self, constructs: impl Iterator<Item = &'n Member> + Clone) {
        let files = Files::of(constructs.clone());
        for construct in constructs {
            let path = construct.key.as_str();
            if let (Some(file), Some(around)) = (files.nested(path), files.around(path))
                && let Some(id) = datum(&construct.value, "aws:cdk:logicalId")
            {
                self.nested.insert((around.to_owned(), id.to_owned()), file.to_owned());
            }
        }
    }

    /// The path of the template that a resource of another one nests.
    pub(crate) fn nested(&self, template: &Path, id: &str) -> Option<&str> {
        let template = template.file_name()?.to_str()?;
        self.nested.get(&(template.to_owned(), id.to_owned())).map(String::as_str)
    }

    /// The path of the template that has an address once it is uploaded.
    pub(crate) fn path(&self, address: &str) -> Option<&str> {
        self.names.get(file_name(address)).map(String::as_str)
    }
}

/// The metadata of a stack that are in a file of their own.
fn beside(sources: &Sources, directory: &Path, artifact: &Node) -> Option<Node> {
    document(sources, directory, artifact.get("additionalMetadataFile")?.as_str()?)
}

/// What follows the last `/` of an address.
fn file_name(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}

/// Whether a file is a template that the CDK writes.
pub(crate) fn is_template(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(".template.json"))
}

fn property<'n>(artifact: &'n Node, name: &str) -> Option<&'n str> {
    artifact.get("properties")?.get(name)?.as_str()
}

/// What the metadata of a construct say of it under one name.
fn datum<'n>(entries: &'n Node, name: &str) -> Option<&'n str> {
    let NodeKind::List(entries) = &entries.kind else { return None };
    let entry = entries.iter().find(|entry| entry.get("type").and_then(Node::as_str) == Some(name))?;
    entry.get("data")?.as_str()
}

/// The content of a file of an assembly. A manifest may come with a pull request: it names files beside
/// itself and no others.
fn document(sources: &Sources, directory: &Path, name: &str) -> Option<Node> {
    Path::new(name).file_name().filter(|file| *file == name)?;
    let path = directory.join(name);
    let file = links::stays(sources, directory, &path).then(|| sources.load(&path).ok()).flatten()?;
    json::parse(&Text::of_file(&file)).0
}

/// The frames of the stack traces in the metadata of a construct, innermost first.
fn frames(entries: &Node) -> impl Iterator<Item = &str> {
    let entries = match &entries.kind {
        NodeKind::List(entries) => entries.as_slice(),
        _ => &[],
    };
    let traces = entries.iter().filter_map(|entry| {
        let is_trace = entry.get("type").and_then(Node::as_str) == Some("aws:cdk:creationStack");
        match &entry.get(if is_trace { "data" } else { "trace" })?.kind {
            NodeKind::List(frames) => Some(frames.as_slice()),
            _ => None,
        }
    });
    traces.flatten().filter_map(Node::as_str)
}

/// The line that a frame names: `new Base (/app/lib/base.ts:20:5)`.
fn place_of(sources: &Sources, frame: &str, may_read: &dyn Fn(&Path) -> bool) -> Option<Span> {
    let inner = frame.rsplit_once('(').map_or(frame, |(_, inner)| inner).trim_end_matches(')');
    let (rest, _column) = inner.trim().rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    let path = Path::new(path.trim_start_matches("at ").trim_start_matches("file://"));
    let is_own = path.is_absolute() && !path.components().any(|part| part.as_os_str() == "node_modules");
    let file = (is_own && may_read(path)).then(|| sources.load(path).ok()).flatten()?;
    let range = file.lines().line_range(file.text(), line.parse().ok()?)?;
    let written = file.text().get(range.clone())?;
    let start = range.start + written.len() - written.trim_start().len();
    (start < range.end).then(|| Span::new(file.id(), start, range.end))
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

    #[test]
    fn a_region_tells_its_partition_and_the_suffix_of_host_names() {
        let of = |text: &str| {
            let environment = Environment::parse(text);
            ["AWS::Partition", "AWS::URLSuffix"]
                .map(|name| environment.value(name).as_deref().map(str::to_owned))
        };
        let known = |partition: &str, suffix: &str| [Some(partition.to_owned()), Some(suffix.to_owned())];
        assert_eq!(of("aws://123456789012/us-east-1"), known("aws", "amazonaws.com"));
        assert_eq!(of("aws://unknown-account/cn-north-1"), known("aws-cn", "amazonaws.com.cn"));
        // A Region that the table does not have may be of any partition.
        assert_eq!(of("aws://123456789012/us-moon-1"), [None, None]);
        assert_eq!(of("aws://123456789012/unknown-region"), [None, None]);
    }
}
