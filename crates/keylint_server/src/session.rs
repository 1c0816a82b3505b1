//! One conversation with an editor.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keylint_source::Memory;
use lsp_server::{Connection, Message, Notification, Response};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, PositionEncodingKind, PublishDiagnosticsParams, Save, ServerCapabilities,
    TextDocumentContentChangeEvent, TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};

use crate::{Linter, ServerError, diagnostics, uri};

/// JSON-RPC: the method does not exist.
const METHOD_NOT_FOUND: i32 = -32601;

pub(crate) struct Session<'s> {
    connection: &'s Connection,
    linter: &'s dyn Linter,
    open: BTreeMap<PathBuf, OpenFile>,
}

struct OpenFile {
    /// As the editor spells it: diagnostics must come back under the same spelling.
    uri: Uri,
    version: i32,
    text: String,
}

impl<'s> Session<'s> {
    pub(crate) fn new(connection: &'s Connection, linter: &'s dyn Linter) -> Self {
        Session { connection, linter, open: BTreeMap::new() }
    }

    pub(crate) fn run(mut self) -> Result<(), ServerError> {
        let (id, _) = self.connection.initialize_start()?;
        let answer = serde_json::json!({
            "capabilities": serde_json::to_value(capabilities())?,
            "serverInfo": {"name": "keylint", "version": env!("CARGO_PKG_VERSION")},
        });
        self.connection.initialize_finish(id, answer)?;
        for message in &self.connection.receiver {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.refuse(request)?;
                }
                Message::Notification(notification) => self.notified(notification)?,
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    fn refuse(&self, request: lsp_server::Request) -> Result<(), ServerError> {
        let message = format!("keylint does not answer `{}`", request.method);
        self.send(Message::Response(Response::new_err(request.id, METHOD_NOT_FOUND, message)))
    }

    /// A notification whose parameters are not as the protocol says is passed over: there is
    /// nobody to answer.
    fn notified(&mut self, notification: Notification) -> Result<(), ServerError> {
        let params = notification.params;
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(DidOpenTextDocumentParams { text_document: document }) =
                    serde_json::from_value(params)
                    && let Some(path) = uri::to_path(&document.uri)
                {
                    let file = OpenFile { uri: document.uri, version: document.version, text: document.text };
                    self.open.insert(path, file);
                    self.lint()?;
                }
            }
            "textDocument/didChange" => {
                if let Ok(params) = serde_json::from_value::<DidChangeTextDocumentParams>(params) {
                    self.change(params);
                }
            }
            "textDocument/didSave" => {
                let saved = serde_json::from_value::<DidSaveTextDocumentParams>(params);
                let path = saved.ok().and_then(|saved| uri::to_path(&saved.text_document.uri));
                if path.is_some_and(|path| self.open.contains_key(&path)) {
                    self.lint()?;
                }
            }
            "textDocument/didClose" => {
                let closed = serde_json::from_value::<DidCloseTextDocumentParams>(params);
                let path = closed.ok().and_then(|closed| uri::to_path(&closed.text_document.uri));
                if let Some(file) = path.and_then(|path| self.open.remove(&path)) {
                    self.publish(file.uri, None, Vec::new())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let path = uri::to_path(&document.text_document_identifier.uri);
        let Some(file) = path.and_then(|path| self.open.get_mut(&path)) else { return };
        for change in params.content_changes {
            // Only whole documents are asked for.
            if let TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) = change {
                file.text = whole.text;
                file.version = document.version;
            }
        }
    }

    /// Lints all open files in one run and publishes what is found in each: a change of one file
    /// can change the findings in another.
    fn lint(&self) -> Result<(), ServerError> {
        let mut buffers = Memory::new();
        for (path, file) in &self.open {
            buffers.insert(path, file.text.as_bytes());
        }
        let paths: Vec<_> = self.open.keys().cloned().collect();
        let report = self.linter.lint(&paths, &buffers);
        for (path, file) in &self.open {
            let found = diagnostics::of_file(&report, self.linter.rules(), path);
            self.publish(file.uri.clone(), Some(file.version), found)?;
        }
        Ok(())
    }

    fn publish(
        &self,
        uri: Uri,
        version: Option<i32>,
        diagnostics: Vec<Diagnostic>,
    ) -> Result<(), ServerError> {
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        self.send(Message::Notification(Notification {
            method: "textDocument/publishDiagnostics".to_owned(),
            params: serde_json::to_value(params)?,
        }))
    }

    fn send(&self, message: Message) -> Result<(), ServerError> {
        self.connection.sender.send(message).map_err(|_| ServerError::Closed)
    }
}

fn capabilities() -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Full),
        will_save: None,
        will_save_wait_until: None,
        save: Some(Save::Bool(true)),
    };
    ServerCapabilities {
        position_encoding: Some(PositionEncodingKind::UTF16),
        text_document_sync: Some(TextDocumentSync::Options(sync)),
        ..ServerCapabilities::default()
    }
}
