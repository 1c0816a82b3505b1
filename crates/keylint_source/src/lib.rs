//! Files, bytes, spans and discovery: the only part of keylint that reads the disk.
//!
//! Everything else receives [`Sources`], a store of files that were read, and asks it for more by
//! path. Concentrating input here is what makes the other promises cheap to keep: limits on size
//! are applied once, a scan cannot leave its tree, and the same engine runs on memory for tests
//! and on unsaved buffers for the editor.

pub mod discovery;
mod file_system;
mod lines;
mod sources;
mod span;

pub use discovery::{Candidate, Discovery, discover};
pub use file_system::{Disk, Entry, EntryKind, FileSystem, Memory, Overlay};
pub use lines::{LineIndex, Position};
pub use sources::{LoadError, MAX_FILE_BYTES, SourceFile, Sources};
pub use span::{FileId, Span};
