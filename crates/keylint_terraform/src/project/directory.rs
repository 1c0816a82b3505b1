//! One directory of configuration: its files, what they declare, and its files of values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::{EntryKind, LoadError, SourceFile, Sources, Span};
use keylint_syntax::hcl::{self, Body};
use keylint_syntax::{Comment, SyntaxError, SyntaxErrorKind, Text};
use rayon::prelude::*;

use super::declarations::Declarations;
use super::graph::Graph;
use super::installed::Manifest;
use super::json;

/// A file that was parsed, with what is not part of its values.
#[derive(Debug)]
pub struct ParsedFile {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
    /// What is wrong with it.
    pub errors: Vec<SyntaxError>,
}

impl ParsedFile {
    /// Whether all of it was parsed; a key that is there twice hides nothing.
    pub(crate) fn is_whole(&self) -> bool {
        self.errors.iter().all(|error| error.kind == SyntaxErrorKind::DuplicateKey)
    }
}

/// A file of Terraform that is not read, because OpenTofu has another of its name.
#[derive(Debug)]
pub struct Shadowed {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The name of the one that is read.
    pub by: String,
}

/// A directory of configuration, parsed.
#[derive(Debug)]
pub struct ModuleDirectory {
    /// Its path, `.` and `..` resolved.
    pub path: PathBuf,
    /// Its path as output shows it.
    pub display: Arc<str>,
    /// Its files, those of values included, by name.
    pub files: Vec<ParsedFile>,
    /// Its files that Terraform reads and OpenTofu does not, so that they are not looked at.
    pub shadowed: Vec<Shadowed>,
    /// What is wrong with its declarations, whoever calls it. Syntax errors are with the files.
    pub problems: Vec<Problem>,
    pub(crate) declarations: Declarations,
    /// Files of values that Terraform takes in by itself, weakest first.
    pub(crate) inputs: Vec<Body>,
    /// In which order what it declares is deployed, where all of it is known.
    pub(super) graph: Option<Graph>,
    /// What init has fetched for it, where it is a root module.
    pub(super) installed: Option<Manifest>,
}

impl ModuleDirectory {
    /// Reads and parses a directory; an unreadable or missing one is empty.
    pub(super) fn load(sources: &Sources, path: &Path) -> ModuleDirectory {
        let Listed { names, shadowed } = list(sources, path);
        let parsed: Vec<Loaded> =
            names.into_par_iter().filter_map(|(name, role)| load_file(sources, path, &name, role)).collect();
        let mut directory = ModuleDirectory {
            path: path.to_owned(),
            display: sources.display(path).into(),
            files: Vec::with_capacity(parsed.len()),
            shadowed,
            problems: Vec::new(),
            declarations: Declarations::default(),
            inputs: Vec::new(),
            graph: None,
            installed: None,
        };
        let mut overrides = Vec::new();
        for loaded in parsed {
            match loaded.role {
                Role::Values(_) => super::blocks::values(&loaded.body, &mut directory.problems),
                _ => super::blocks::unknown(&loaded.body, &mut directory.problems),
            }
            match loaded.role {
                Role::Configuration => directory.declarations.add(loaded.body, &mut directory.problems),
                Role::Override => overrides.push(loaded.body),
                Role::Values(_) => directory.inputs.push(loaded.body),
            }
            directory.problems.extend(marked_json(&loaded.file.source));
            directory.files.push(loaded.file);
        }
        for body in overrides {
            directory.declarations.add_override(body, &mut directory.problems);
        }
        super::fold::sources(&mut directory.declarations, &directory.inputs);
        // What did not parse may have declared anything.
        if directory.is_whole() {
            super::check::references(&directory.declarations, &mut directory.problems);
            super::blocks::check(&directory.declarations, &mut directory.problems);
            super::conditions::check(&directory.declarations, &mut directory.problems);
        }
        if super::installed::is_installed(path) {
            // Its authors are told elsewhere; what was not read is still said.
            directory.problems.retain(|problem| matches!(problem.rule, "KL001" | "KL004"));
        } else if !directory.is_empty() {
            directory.installed = Manifest::load(sources, path, &mut directory.problems);
            directory.graph = directory.is_whole().then(|| Graph::of(&directory.declarations));
        }
        directory
    }

    /// Whether all of its files parsed.
    pub(crate) fn is_whole(&self) -> bool {
        self.files.iter().all(ParsedFile::is_whole)
    }

    /// Whether it is certainly deployed as it stands: it says where its state is kept, or has values
    /// for its variables.
    pub(crate) fn is_deployed(&self) -> bool {
        !self.inputs.is_empty() || super::settings::keeps_state(&self.declarations)
    }

    /// Whether there is configuration in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// What a file of a directory is for, in the order in which they are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Configuration,
    Override,
    /// `terraform.tfvars`, then its JSON form, then the others by name.
    Values(u8),
}

struct Loaded {
    role: Role,
    file: ParsedFile,
    body: Body,
}

/// Whether Terraform or OpenTofu takes a file of this name in, as configuration or values.
pub fn is_terraform_file(name: &str) -> bool {
    role(name).is_some()
}

fn role(name: &str) -> Option<Role> {
    // Editors leave such names behind; Terraform passes them over too.
    if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) {
        return None;
    }
    match name {
        "terraform.tfvars" => return Some(Role::Values(0)),
        "terraform.tfvars.json" => return Some(Role::Values(1)),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => {
            return Some(Role::Values(2));
        }
        _ => {}
    }
    let (stem, _) = configuration_stem(name)?;
    Some(if stem == "override" || stem.ends_with("_override") { Role::Override } else { Role::Configuration })
}

/// The name without its extension, and whether that is OpenTofu's.
fn configuration_stem(name: &str) -> Option<(&str, bool)> {
    let tofu = [".tofu.json", ".tofu"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let terraform = || [".tf.json", ".tf"].iter().find_map(|suffix| name.strip_suffix(suffix));
    tofu.map(|stem| (stem, true)).or_else(|| terraform().map(|stem| (stem, false)))
}

#[derive(Default)]
struct Listed {
    /// The files that are read, in the order in which they are taken in.
    names: Vec<(String, Role)>,
    shadowed: Vec<Shadowed>,
}

fn list(sources: &Sources, path: &Path) -> Listed {
    let Ok(entries) = sources.list(path) else { return Listed::default() };
    let mut names: Vec<(String, Role)> = Vec::new();
    for entry in entries {
        let Ok(name) = entry.name.into_string() else { continue };
        let Some(role) = role(&name) else { continue };
        let is_file = match entry.kind {
            EntryKind::File => true,
            EntryKind::Link => {
                matches!(sources.kind(&path.join(&name)), Ok(EntryKind::File))
                    && super::tree::links_within(sources, path, &path.join(&name))
            }
            _ => false,
        };
        if is_file {
            names.push((name, role));
        }
    }
    names.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    // A file of OpenTofu stands for the one of Terraform with the same name.
    // Source: https://opentofu.org/docs/language/files/
    let of_tofu = |name: &str| match configuration_stem(name) {
        Some((stem, false)) => {
            Some(format!("{stem}.tofu{}", if name.ends_with(".json") { ".json" } else { "" }))
        }
        _ => None,
    };
    let is_shadowed = |name: &str| of_tofu(name).filter(|other| names.iter().any(|(name, _)| name == other));
    let shadowed = names.iter().filter_map(|(name, _)| {
        let by = is_shadowed(name)?;
        let file = match sources.load(&path.join(name)) {
            Ok(file) => file,
            Err(LoadError::NotUtf8 { at }) => sources.get(at.file),
            Err(_) => return None,
        };
        Some(Shadowed { file, by })
    });
    let shadowed = shadowed.collect();
    let read = names.iter().filter(|(name, _)| is_shadowed(name).is_none()).cloned().collect();
    Listed { names: read, shadowed }
}

fn load_file(sources: &Sources, directory: &Path, name: &str, role: Role) -> Option<Loaded> {
    let path = directory.join(name);
    let (source, error) = match sources.load(&path) {
        Ok(source) => (source, None),
        Err(LoadError::NotUtf8 { at }) => (sources.get(at.file), Some(not_utf8(at))),
        Err(error) => {
            // The file is there but cannot be read: an empty one stands for it, so that the
            // error has a place to point at.
            let source = sources.insert(&path, "");
            let at = Span::new(source.id(), 0, 0);
            let message = format!("the file cannot be read: {error}");
            (source, Some(SyntaxError::new(SyntaxErrorKind::Syntax, at, message)))
        }
    };
    let (file, body) = parse(source, matches!(role, Role::Values(_)), error);
    Some(Loaded { role, file, body })
}

/// Reads a file of values that was given by name.
pub(crate) fn load_values(sources: &Sources, path: &Path) -> Result<(ParsedFile, Body), LoadError> {
    match sources.load(path) {
        Ok(source) => Ok(only_values(parse(source, true, None))),
        Err(LoadError::NotUtf8 { at }) => Ok(parse(sources.get(at.file), true, Some(not_utf8(at)))),
        Err(error) => Err(error),
    }
}

/// A file of values with an error for each block in it.
fn only_values((mut file, body): (ParsedFile, Body)) -> (ParsedFile, Body) {
    let wrong = |at| SyntaxError::new(SyntaxErrorKind::Syntax, at, super::blocks::NO_BLOCKS.to_owned());
    file.errors.extend(body.blocks().map(|block| wrong(block.header)));
    (file, body)
}

/// A byte order mark before JSON, which Terraform does not take, unlike before its own language.
fn marked_json(source: &SourceFile) -> Option<Problem> {
    let is_json = source.path().extension().is_some_and(|extension| extension == "json");
    let mark = Span::new(source.id(), 0, source.mark_len());
    (is_json && source.mark_len() > 0)
        .then(|| Problem::new("KL003", mark, "a file of JSON has no byte order mark before it"))
}

fn not_utf8(at: Span) -> SyntaxError {
    SyntaxError::new(SyntaxErrorKind::Syntax, at, "the file is not UTF-8".to_owned())
}

/// Parses a file by its name; `values` are attributes at the top level.
fn parse(source: Arc<SourceFile>, values: bool, error: Option<SyntaxError>) -> (ParsedFile, Body) {
    let is_json = source.path().extension().is_some_and(|extension| extension == "json");
    let (body, comments, mut errors) = if is_json {
        let shift = source.mark_len();
        let text = source.text().get(shift..).unwrap_or_default();
        let text = Text::at(text, Span::new(source.id(), shift, source.text().len()));
        let (body, errors) = json::parse(&text, values);
        (body, Vec::new(), errors)
    } else {
        let file = hcl::parse(&source);
        (file.body, file.comments, file.errors)
    };
    if let Some(error) = error {
        errors.insert(0, error);
    }
    (ParsedFile { source, comments, errors }, body)
}
