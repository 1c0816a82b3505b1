//! Writes to standard output and to files.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::exit::{self, Exit};

/// Writes a text to standard output.
pub(crate) fn to_stdout(text: &str) -> Exit {
    match finish(io::stdout().lock().write_all(text.as_bytes())) {
        Ok(()) => Exit::Clean,
        Err(error) => exit::failed(&format!("standard output: {error}")),
    }
}

/// Runs a writer on standard output, buffered.
///
/// # Errors
///
/// Those of the writer, except that nobody reads any more: `keylint check | head` ends quietly.
pub(crate) fn stdout_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    if written.is_err() {
        // The rest of the buffer must not be tried again when it is dropped.
        let _ = out.into_parts();
    }
    finish(written)
}

/// Writes a file from a writer, once the writer has ended well: a report that could not be made
/// leaves what was there before.
///
/// # Errors
///
/// Those of the writer and of the file system.
#[expect(clippy::disallowed_methods, reason = "the report goes where the user asked for it")]
pub(crate) fn file_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut content = Vec::new();
    write(&mut content)?;
    std::fs::write(path, content)
}

fn finish(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
