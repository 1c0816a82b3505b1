//! Modules of others that `terraform init` has put on disk.
//!
//! Init writes `.terraform/modules/modules.json` beside the root module: for each call, by the names
//! of the calls that lead to it (`network.subnets`), the source that it was fetched for and the
//! directory that it lies in. What is there is read; nothing is ever fetched.
//!
//! Source: `internal/modsdir` of hashicorp/terraform, and
//! <https://developer.hashicorp.com/terraform/language/modules/sources>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::{LoadError, Sources, Span};
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::{SyntaxErrorKind, Text, json};

use super::{ModuleCall, tree};
use crate::limits;

/// Where init keeps what it fetches.
const DATA_DIRECTORY: &str = ".terraform";

/// What a `modules.json` says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    modules: BTreeMap<Arc<str>, Installed>,
}

/// A module that was fetched for a call.
#[derive(Debug)]
struct Installed {
    source: Arc<str>,
    version: Option<Arc<str>>,
    directory: PathBuf,
}

/// Whether a path leads into what init has fetched: code of others.
pub(crate) fn is_installed(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == DATA_DIRECTORY)
}

impl Manifest {
    /// Reads the manifest of a root module; `None` where there is none.
    pub(super) fn load(sources: &Sources, root: &Path, problems: &mut Vec<Problem>) -> Option<Manifest> {
        let path = root.join(DATA_DIRECTORY).join("modules").join("modules.json");
        let trees = [tree::project_root(sources, root)];
        let file = match sources.load(&path) {
            Ok(file) if tree::allows(sources, &trees, &path) => file,
            Err(LoadError::NotUtf8 { at }) => {
                problems.push(Problem::new("KL001", at, "the file is not UTF-8"));
                return None;
            }
            Ok(_) | Err(_) => return None,
        };
        let (node, errors) = json::parse(&Text::of_file(&file));
        let broken = errors.into_iter().filter(|error| error.kind != SyntaxErrorKind::DuplicateKey);
        problems.extend(broken.map(Problem::from));
        let mut manifest = Manifest::default();
        let Some(NodeKind::List(modules)) =
            node.as_ref().and_then(|node| node.get("Modules")).map(|it| &it.kind)
        else {
            return Some(manifest);
        };
        if modules.len() > limits::MODULES {
            let message = format!("the file lists more than {} modules", limits::MODULES);
            problems.push(Problem::new("KL004", Span::new(file.id(), 0, 0), message));
        }
        for module in modules.iter().take(limits::MODULES) {
            manifest.add(sources, root, &trees, module, problems);
        }
        Some(manifest)
    }

    fn add(
        &mut self,
        sources: &Sources,
        root: &Path,
        trees: &[PathBuf],
        module: &Node,
        problems: &mut Vec<Problem>,
    ) {
        let text = |name: &str| module.get(name).and_then(Node::as_str).filter(|text| !text.is_empty());
        let (Some(key), Some(source), Some(directory)) = (text("Key"), text("Source"), text("Dir")) else {
            return;
        };
        // A local directory is found by its path, and is not fetched.
        if source.starts_with("./") || source.starts_with("../") {
            return;
        }
        let path = super::resolve(root, &directory.replace('\\', "/"));
        // One that is not there any more was deleted with the rest of what init fetched.
        if sources.kind(&path).is_err() {
            return;
        }
        if !tree::allows(sources, trees, &path) {
            let span = module.get("Dir").map_or(module.span, |node| node.span);
            let message = format!("the directory of the module `{key}` lies outside the project");
            problems.push(Problem::new("KL003", span, message).with_help("run `terraform init` again"));
            return;
        }
        let version = text("Version").map(Arc::from);
        self.modules.insert(key.into(), Installed { source: source.into(), version, directory: path });
    }

    /// The directories that it names.
    pub(super) fn directories(&self) -> impl Iterator<Item = &Path> {
        self.modules.values().map(|module| module.directory.as_path())
    }

    /// The directory that was fetched for a call, by the names of the calls that lead to it. `None`
    /// where what was fetched is not what the call asks for now: Terraform wants another init then.
    pub(super) fn directory(&self, key: &str, call: &ModuleCall) -> Option<&Path> {
        let module = self.modules.get(key)?;
        let (source, _) = call.source.as_ref()?;
        let is_same = comparable(source) == comparable(&module.source);
        let is_version = match (call.exact_version(), &module.version) {
            (Some(wanted), Some(fetched)) => *wanted == **fetched,
            _ => true,
        };
        (is_same && is_version).then_some(module.directory.as_path())
    }
}

/// A source without what init adds to it or leaves out: the registry's host, the protocol, the user
/// and the ending of a repository.
fn comparable(source: &str) -> String {
    let (source, query) = source.split_once('?').unwrap_or((source, ""));
    let mut rest = source.strip_prefix("git::").unwrap_or(source);
    for scheme in ["https://", "http://", "ssh://"] {
        rest = rest.strip_prefix(scheme).unwrap_or(rest);
    }
    let is_repository =
        rest.len() < source.len() || rest.starts_with("git@") || rest.starts_with("github.com/");
    rest = rest.strip_prefix("git@").unwrap_or(rest);
    // The short form of a repository reached by SSH: `git@host:owner/name`.
    let rest: Cow<'_, str> = match rest.split_once(':') {
        Some((host, path)) if is_repository && !host.contains('/') => format!("{host}/{path}").into(),
        _ => rest.into(),
    };
    let (repository, inner) = rest.split_once("//").unwrap_or((&rest, ""));
    let repository = repository.strip_prefix("registry.terraform.io/").unwrap_or(repository);
    let repository = repository.strip_prefix("registry.opentofu.org/").unwrap_or(repository);
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let inner = inner.trim_end_matches('/');
    format!("{repository}//{inner}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_compare_as_what_init_writes_for_them() {
        // Left: as written in a call; right: as `terraform init` 1.11 records it.
        let same = [
            ("terraform-aws-modules/kms/aws", "registry.terraform.io/terraform-aws-modules/kms/aws"),
            (
                "terraform-aws-modules/iam/aws//modules/iam-policy",
                "registry.terraform.io/terraform-aws-modules/iam/aws//modules/iam-policy",
            ),
            ("github.com/acme/vault", "git::https://github.com/acme/vault.git"),
            ("git@github.com:acme/vault.git", "git::ssh://git@github.com/acme/vault.git"),
            ("git::https://example.com/vault.git?ref=v1", "git::https://example.com/vault.git?ref=v1"),
        ];
        for (written, recorded) in same {
            assert_eq!(comparable(written), comparable(recorded), "{written}");
        }
        let different = [
            ("terraform-aws-modules/kms/aws", "registry.terraform.io/terraform-aws-modules/s3-bucket/aws"),
            ("example.com/acme/vault/aws", "registry.terraform.io/acme/vault/aws"),
            ("terraform-aws-modules/iam/aws//modules/a", "terraform-aws-modules/iam/aws//modules/b"),
            ("git::https://example.com/vault.git?ref=v2", "git::https://example.com/vault.git?ref=v1"),
        ];
        for (written, recorded) in different {
            assert_ne!(comparable(written), comparable(recorded), "{written}");
        }
    }
}
