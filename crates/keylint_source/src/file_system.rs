//! What keylint needs of a file system, so that tests and the editor can supply their own.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What a directory entry is. Symbolic links are reported as links, not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, to whatever.
    Link,
    /// Sockets, devices and the like: never opened, reading a device may never end.
    Other,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: std::ffi::OsString,
    /// What it is.
    pub kind: EntryKind,
}

/// Read access to files. Implementations must not follow a path out of what they represent and
/// must be quick to answer for paths that do not exist.
pub trait FileSystem: Send + Sync {
    /// The bytes of a file, at most `limit`; a longer one is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
    /// The entries of a directory, sorted by name.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
    /// What a path is, links followed.
    fn kind(&self, path: &Path) -> io::Result<EntryKind>;
    /// How many bytes a file has, links followed.
    fn size(&self, path: &Path) -> io::Result<u64>;
    /// The absolute path with links resolved.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
}

/// The real disk.
#[derive(Debug, Default)]
pub struct Disk;

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the disk")]
impl FileSystem for Disk {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        use std::io::Read;
        let not_regular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        // Looked at before it is opened: opening a pipe that nobody writes to never ends.
        if !std::fs::metadata(path)?.is_file() {
            return Err(not_regular());
        }
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(not_regular());
        }
        if metadata.len() > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            entries.push(Entry { name: entry.file_name(), kind: entry_kind(entry.file_type()?) });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        Ok(entry_kind(std::fs::metadata(path)?.file_type()))
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        Ok(std::fs::metadata(path)?.len())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }
}

fn entry_kind(kind: std::fs::FileType) -> EntryKind {
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Directory
    } else if kind.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    }
}

/// Files in memory, for tests, rule examples and standard input. Directories exist when a file
/// lies under them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl Memory {
    /// An empty file system.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &mut Self {
        self.files.insert(normalize(path.as_ref()), content.as_ref().into());
        self
    }
}

impl FileSystem for Memory {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let content = self.files.get(&normalize(path)).ok_or(io::ErrorKind::NotFound)?;
        if content.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(content.to_vec())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let directory = normalize(path);
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        for file in self.files.keys() {
            let Ok(rest) = file.strip_prefix(&directory) else { continue };
            let mut parts = rest.components();
            let Some(first) = parts.next() else { continue };
            if seen.insert(first.as_os_str().to_owned()) {
                let kind = if parts.next().is_some() { EntryKind::Directory } else { EntryKind::File };
                entries.push(Entry { name: first.as_os_str().to_owned(), kind });
            }
        }
        if entries.is_empty() && !directory.as_os_str().is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        let path = normalize(path);
        if self.files.contains_key(&path) {
            return Ok(EntryKind::File);
        }
        if path.as_os_str().is_empty() || self.files.keys().any(|file| file.starts_with(&path)) {
            return Ok(EntryKind::Directory);
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        let content = self.files.get(&normalize(path)).ok_or(io::ErrorKind::NotFound)?;
        Ok(content.len() as u64)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.kind(path).map(|_| normalize(path))
    }
}

/// Files in memory in front of another file system: unsaved buffers of an editor, or standard
/// input under the name given for it.
pub struct Overlay {
    /// Asked first.
    pub front: Memory,
    /// Asked for everything that `front` does not hold.
    pub back: Arc<dyn FileSystem>,
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.front.read(path, limit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.back.read(path, limit),
            answer => answer,
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let (front, back) = (self.front.list(path), self.back.list(path));
        match (front, back) {
            (Ok(front), Ok(mut entries)) => {
                entries.retain(|entry| front.iter().all(|other| other.name != entry.name));
                entries.extend(front);
                entries.sort_by(|a, b| a.name.cmp(&b.name));
                Ok(entries)
            }
            (Ok(front), Err(_)) => Ok(front),
            (Err(_), back) => back,
        }
    }

    fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        self.front.kind(path).or_else(|_| self.back.kind(path))
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        self.front.size(path).or_else(|_| self.back.size(path))
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.back.canonicalize(path).or_else(|_| self.front.canonicalize(path))
    }
}

/// Resolves `.` and `..` by text alone; a `..` above the start is kept.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    if is_normal(path) {
        return path.to_owned();
    }
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match parts.components().next_back() {
                Some(Component::Normal(_)) => {
                    parts.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => parts.push(".."),
            },
            other => parts.push(other),
        }
    }
    parts
}

/// Whether the path is certainly what [`normalize`] makes of it. A walk asks for each of its files,
/// and taking a path apart costs as much as opening it.
fn is_normal(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let ends_plainly = bytes.last().is_some_and(|last| *last != b'/');
    let odd = |pair: &[u8]| matches!(pair, b"/." | b"//");
    cfg!(unix) && bytes.first() == Some(&b'/') && ends_plainly && !bytes.windows(2).any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal_without_dots_and_empty_parts() {
        for (path, normal) in [
            ("/a/b.tf", "/a/b.tf"),
            ("/a/./b", "/a/b"),
            ("/a//b", "/a/b"),
            ("/a/b/", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/.git/b..c", "/a/.git/b..c"),
            ("/", "/"),
            ("/..", "/"),
            ("a/b/..", "a"),
            ("../a", "../a"),
        ] {
            assert_eq!(normalize(Path::new(path)).as_os_str(), normal, "{path}");
        }
    }

    #[test]
    fn memory_lists_the_directories_that_its_files_imply() {
        let mut files = Memory::new();
        files.insert("a/main.tf", "x").insert("a/modules/b/main.tf", "y");
        let names: Vec<_> =
            files.list(Path::new("./a")).unwrap().into_iter().map(|entry| entry.kind).collect();
        assert_eq!(names, [EntryKind::File, EntryKind::Directory]);
        assert_eq!(files.kind(Path::new("a/modules/../modules/b")).unwrap(), EntryKind::Directory);
        assert!(files.list(Path::new("c")).is_err());
        assert_eq!(files.read(Path::new("a/main.tf"), 0).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
