//! All kinds, each read when something first asks for it.
//!
//! A run meets a handful of kinds of hundreds; what each type of a front end is called comes from
//! an index that the build makes, so that no file has to be read to know which to read.

use std::sync::{Arc, OnceLock};

use keylint_model::{FrontEnd, Mode, Resource};

use super::{Kind, check, parse_kind};
use crate::reader::LoadError;

/// A kind file with what the build has read of it.
#[derive(Clone, Debug)]
pub struct EmbeddedKind {
    /// The name of the file.
    pub path: &'static str,
    /// The name of the kind.
    pub name: &'static str,
    /// The types of all front ends that it names.
    pub types: &'static [&'static str],
    /// The whole file.
    pub text: &'static str,
}

/// A table of kinds.
#[derive(Debug)]
pub struct Kinds {
    files: Vec<File>,
    /// Type and index of the file, sorted.
    types: Vec<(Arc<str>, usize)>,
}

#[derive(Debug)]
struct File {
    path: Arc<str>,
    name: Arc<str>,
    text: Arc<str>,
    kind: OnceLock<Result<Kind, Vec<LoadError>>>,
}

impl Kinds {
    /// The kinds that are compiled in.
    pub(crate) fn embedded(kinds: &[EmbeddedKind]) -> Self {
        let files = kinds.iter().map(|kind| File {
            path: kind.path.into(),
            name: kind.name.into(),
            text: kind.text.into(),
            kind: OnceLock::new(),
        });
        let types = kinds
            .iter()
            .enumerate()
            .flat_map(|(index, kind)| kind.types.iter().map(move |name| (Arc::from(*name), index)));
        Self::new(files.collect(), types.collect())
    }

    /// Kinds from the text of their files, all read at once.
    ///
    /// # Errors
    ///
    /// The name of each file that is wrong, with everything that is wrong with it.
    pub fn from_texts<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, Vec<(String, Vec<LoadError>)>> {
        let (mut files, mut types, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for (path, text) in texts {
            match parse_kind(text) {
                Ok(kind) => {
                    let names = kind.terraform.iter().chain(&kind.cloudformation);
                    types.extend(names.map(|name| (Arc::clone(name), files.len())));
                    files.push(File {
                        path: path.into(),
                        name: Arc::clone(&kind.name),
                        text: text.into(),
                        kind: OnceLock::from(Ok(kind)),
                    });
                }
                Err(wrong) => errors.push((path.to_owned(), wrong)),
            }
        }
        if errors.is_empty() { Ok(Self::new(files, types)) } else { Err(errors) }
    }

    fn new(files: Vec<File>, mut types: Vec<(Arc<str>, usize)>) -> Self {
        types.sort();
        Kinds { files, types }
    }

    /// The kind of this name; `None` when there is none, or its file is wrong (which a test over
    /// all files rules out).
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.files.iter().find(|file| &*file.name == name).and_then(File::kind)
    }

    /// The kind that a resource is. Bare documents and resources of no kind have none.
    pub fn of(&self, resource: &Resource, front_end: FrontEnd) -> Option<&Kind> {
        let name: std::borrow::Cow<'_, str> = match (resource.mode, front_end) {
            (Mode::Data, FrontEnd::Terraform) => format!("data.{}", resource.type_name).into(),
            (Mode::Managed | Mode::Input, _) => (&*resource.type_name).into(),
            _ => return None,
        };
        let index = self.types.binary_search_by(|(known, _)| (**known).cmp(&name)).ok()?;
        let (_, file) = self.types.get(index)?;
        self.files.get(*file).and_then(File::kind)
    }

    /// The names of all kinds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| &*file.name)
    }

    /// Every kind, read, with the name of its file.
    pub fn all(&self) -> impl Iterator<Item = (&str, Result<&Kind, &[LoadError]>)> {
        self.files.iter().map(|file| (&*file.path, file.load().as_ref().map_err(Vec::as_slice)))
    }

    /// What is wrong with the kinds as they refer to each other: names of kinds that do not exist,
    /// conditions that do not compile, companions without the attribute that points back.
    pub fn errors(&self) -> Vec<String> {
        self.all()
            .filter_map(|(path, kind)| Some((path, kind.ok()?)))
            .flat_map(|(path, kind)| {
                let mut errors = Vec::new();
                check::references(self, kind, &mut errors);
                check::conditions(self, kind, &mut errors);
                errors.into_iter().map(move |error| format!("{path}: {error}"))
            })
            .collect()
    }

    /// All types that the index has, with the name of the kind.
    pub fn types(&self) -> impl Iterator<Item = (&str, &str)> {
        self.types.iter().filter_map(|(name, file)| Some((&**name, &*self.files.get(*file)?.name)))
    }
}

impl File {
    fn load(&self) -> &Result<Kind, Vec<LoadError>> {
        self.kind.get_or_init(|| parse_kind(&self.text))
    }

    fn kind(&self) -> Option<&Kind> {
        self.load().as_ref().ok()
    }
}
