//! keylint's language server: diagnostics on open, on save and when a file changes on disk, by the
//! same engine as the command line.
//!
//! The server speaks the Language Server Protocol 3.17 on standard input and output. It knows the
//! protocol and nothing else: linting is one call of a [`Linter`], which is handed the open files
//! and the editor's unsaved buffers.

mod diagnostics;
mod session;
mod uri;

use std::path::{Path, PathBuf};

use keylint_engine::{Report, RunError};
use keylint_report::RuleDoc;
use keylint_source::Memory;
use lsp_server::Connection;

/// Lints on behalf of an editor.
pub trait Linter {
    /// Lints the projects of `files` and reports on these files. `buffers` holds the text of files
    /// as the editor has it, under absolute paths; it goes before the disk.
    fn lint(&self, files: &[PathBuf], buffers: &Memory) -> Report;

    /// What is wrong with a `keylint.toml`.
    fn configuration_errors(&self, file: &Path, buffers: &Memory) -> Vec<RunError>;

    /// All rules, for the addresses of their pages.
    fn rules(&self) -> &[RuleDoc];
}

/// What ends a server before the editor asks for it.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The connection broke, or the editor did not keep to the protocol.
    #[error("the connection to the editor failed: {0}")]
    Protocol(#[from] lsp_server::ProtocolError),
    /// Standard input or output failed.
    #[error("the connection to the editor failed: {0}")]
    Io(#[from] std::io::Error),
    /// The editor is gone.
    #[error("the editor closed the connection")]
    Closed,
    /// A message could not be written as JSON.
    #[error("a message could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Serves an editor on standard input and output until it asks for the end.
///
/// # Errors
///
/// See [`ServerError`].
pub fn run(linter: &dyn Linter) -> Result<(), ServerError> {
    let (connection, threads) = Connection::stdio();
    serve(&connection, linter)?;
    // The writing thread ends when the connection is gone.
    drop(connection);
    threads.join()?;
    Ok(())
}

/// Serves an editor on a connection until it asks for the end.
///
/// # Errors
///
/// See [`ServerError`].
pub fn serve(connection: &Connection, linter: &dyn Linter) -> Result<(), ServerError> {
    session::Session::new(connection, linter).run()
}
