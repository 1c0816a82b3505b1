//! The store of files that a run has read.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use crate::file_system::{Entry, EntryKind, FileSystem, normalize};
use crate::lines::{LineIndex, Position};
use crate::span::{FileId, Span};

/// The largest file that is read, in bytes. CloudFormation takes 1 MB, Terraform has no limit;
/// plans of large projects reach some tens of megabytes.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// One file that was read.
#[derive(Debug)]
pub struct SourceFile {
    id: FileId,
    path: PathBuf,
    display: Arc<str>,
    text: Arc<str>,
    /// Where the first byte is that is not UTF-8, if one is.
    invalid: Option<usize>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// The id under which the store has it.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// The path to open it by, `.` and `..` resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path to show: relative to the working directory, with `/` on every platform.
    pub fn display(&self) -> &Arc<str> {
        &self.display
    }

    /// The whole text as it is on disk, byte order mark included: spans index into this.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// How many bytes a byte order mark takes at the start of the text (0 or 3). Parsers get the
    /// text after it and add this to their offsets.
    pub fn mark_len(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    /// The index of its lines, made at the first use.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The position of a byte offset of this file.
    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(&self.text, offset)
    }

    /// The bytes of a span of this file; empty when the span does not lie on characters.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The span of the whole text.
    pub fn span(&self) -> Span {
        Span::new(self.id, 0, self.text.len())
    }
}

/// Why a file could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The operating system refused, or the file is not there.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge,
    /// Not UTF-8. The file is in the store with the invalid parts replaced, so that a diagnostic
    /// can point at the first of them.
    #[error("the file is not UTF-8")]
    NotUtf8 {
        /// The empty span where the first invalid byte is.
        at: Span,
    },
}

/// All files that a run has read, by id and by path. Shared by all threads of the run; a file is
/// read once, whoever asks first.
pub struct Sources {
    file_system: Arc<dyn FileSystem>,
    working_directory: PathBuf,
    store: RwLock<Store>,
}

#[derive(Default)]
struct Store {
    files: Vec<Arc<SourceFile>>,
    by_path: HashMap<PathBuf, FileId>,
}

impl Sources {
    /// An empty store over a file system. Relative paths are taken from, and shown relative to,
    /// `working_directory`.
    pub fn new(file_system: Arc<dyn FileSystem>, working_directory: impl Into<PathBuf>) -> Self {
        Sources {
            file_system,
            working_directory: normalize(&working_directory.into()),
            store: RwLock::new(Store::default()),
        }
    }

    /// The file with this id.
    ///
    /// Ids come only from this store; for one of another store the answer is some other file or
    /// an empty one, never a panic.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        let store = self.store.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        store.files.get(id.0 as usize).cloned().unwrap_or_else(|| {
            Arc::new(SourceFile {
                id,
                path: PathBuf::new(),
                display: "".into(),
                text: "".into(),
                invalid: None,
                lines: OnceLock::new(),
            })
        })
    }

    /// Reads a file, or returns the one that was read under this path before.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub fn load(&self, path: &Path) -> Result<Arc<SourceFile>, LoadError> {
        let path = self.absolute(path);
        if let Some(file) = self.find(&path) {
            return valid(file);
        }
        let bytes = self.file_system.read(&path, MAX_FILE_BYTES).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => LoadError::TooLarge,
            _ => LoadError::Io(error),
        })?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.add(path, text.into(), None)),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                valid(self.add(path, text.into(), Some(error.utf8_error().valid_up_to())))
            }
        }
    }

    /// Takes in a text under a path without reading anything: standard input, generated text.
    pub fn insert(&self, path: &Path, text: impl Into<Arc<str>>) -> Arc<SourceFile> {
        self.add(self.absolute(path), text.into(), None)
    }

    /// Every file of the store, in the order of their ids.
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.store.read().unwrap_or_else(std::sync::PoisonError::into_inner).files.clone()
    }

    /// The bytes of a file that is no text of the run and does not enter the store.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers; past `limit` bytes that the file is too large.
    pub fn read_aside(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.file_system.read(&self.absolute(path), limit)
    }

    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers.
    pub fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.file_system.list(&self.absolute(path))
    }

    /// What a path is, links followed.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers; a loop of links is an error.
    pub fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        self.file_system.kind(&self.absolute(path))
    }

    /// How many bytes a file has, links followed.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers.
    pub fn size(&self, path: &Path) -> io::Result<u64> {
        self.file_system.size(&self.absolute(path))
    }

    /// The absolute path with links resolved.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers.
    pub fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.file_system.canonicalize(&self.absolute(path))
    }

    /// The path from the root, `.` and `..` resolved by text.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        normalize(&self.working_directory.join(path))
    }

    /// The path as output shows it: relative to the working directory, with `/` everywhere.
    pub fn display(&self, path: &Path) -> String {
        let path = self.absolute(path);
        let mut base = self.working_directory.as_path();
        let mut shown = String::new();
        loop {
            if let Ok(rest) = path.strip_prefix(base) {
                if cfg!(unix)
                    && let Some(rest) = rest.to_str()
                {
                    shown.push_str(rest);
                    return if shown.is_empty() { ".".to_owned() } else { shown };
                }
                let rest: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
                shown.push_str(&rest.join("/"));
                return if shown.is_empty() { ".".to_owned() } else { shown };
            }
            match base.parent() {
                Some(parent) if !parent.as_os_str().is_empty() && parent.parent().is_some() => {
                    base = parent;
                    shown.push_str("../");
                }
                // Only the root is shared: an absolute path reads better than a ladder to it.
                _ => return path.to_string_lossy().replace('\\', "/"),
            }
        }
    }

    /// The directory that relative paths start from.
    pub fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    fn find(&self, path: &Path) -> Option<Arc<SourceFile>> {
        let store = self.store.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = store.by_path.get(path)?;
        store.files.get(id.0 as usize).cloned()
    }

    fn add(&self, path: PathBuf, text: Arc<str>, invalid: Option<usize>) -> Arc<SourceFile> {
        let display = self.display(&path).into();
        let mut store = self.store.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Another thread may have read the same file meanwhile.
        if let Some(file) = store.by_path.get(&path).and_then(|id| store.files.get(id.0 as usize))
            && file.text == text
            && file.invalid == invalid
        {
            return Arc::clone(file);
        }
        let id = FileId(u32::try_from(store.files.len()).unwrap_or(u32::MAX));
        let file =
            Arc::new(SourceFile { id, path: path.clone(), display, text, invalid, lines: OnceLock::new() });
        store.files.push(Arc::clone(&file));
        store.by_path.insert(path, id);
        file
    }
}

/// A file of the store, or where it is not UTF-8: whoever asks for it first or again is told the same.
fn valid(file: Arc<SourceFile>) -> Result<Arc<SourceFile>, LoadError> {
    match file.invalid {
        Some(at) => Err(LoadError::NotUtf8 { at: Span::new(file.id, at, at) }),
        None => Ok(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::Memory;

    fn sources() -> Sources {
        let mut files = Memory::new();
        files.insert("/work/a/main.tf", "x").insert("/work/b.json", [0x7b, 0xff]).insert("/etc/c", "c");
        Sources::new(Arc::new(files), "/work/a")
    }

    #[test]
    fn a_file_is_read_once_however_it_is_spelled() {
        let sources = sources();
        let first = sources.load(Path::new("main.tf")).unwrap();
        let second = sources.load(Path::new("../a/./main.tf")).unwrap();
        assert_eq!(first.id(), second.id());
        assert_eq!(&**first.display(), "main.tf");
    }

    #[test]
    fn paths_outside_the_working_directory_are_shown_by_the_shorter_way() {
        let sources = sources();
        assert_eq!(sources.display(Path::new("../b.json")), "../b.json");
        assert_eq!(sources.display(Path::new("/etc/c")), "/etc/c");
        assert_eq!(sources.display(Path::new(".")), ".");
    }

    #[test]
    fn invalid_utf8_is_an_error_that_points_at_the_byte() {
        let sources = sources();
        // Whoever asks again is told the same.
        for _ in 0..2 {
            let error = sources.load(Path::new("/work/b.json")).unwrap_err();
            assert!(matches!(error, LoadError::NotUtf8 { at } if at.start == 1));
        }
    }
}
