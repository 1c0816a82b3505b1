//! One conversation with an editor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use keylint_engine::{CONFIGURATION_FILE, RunError};
use keylint_source::Memory;
use lsp_server::{Connection, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionProvider, Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, MessageType,
    PositionEncodingKind, PublishDiagnosticsParams, Save, ServerCapabilities, ShowMessageParams,
    TextDocumentContentChangeEvent, TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde_json::{Value, json};

use crate::{Linter, ServerError, diagnostics, uri};

/// JSON-RPC: the method does not exist.
const METHOD_NOT_FOUND: i32 = -32601;

/// What the verdict on an open file can depend on besides the open files, as glob patterns.
const WATCHED: [&str; 2] = ["**/keylint.toml", "**/*.{tf,tofu,tfvars,json,yaml,yml,template,policy}"];

pub(crate) struct Session<'s> {
    connection: &'s Connection,
    linter: &'s dyn Linter,
    open: BTreeMap<PathBuf, OpenFile>,
    /// Files that are not open and have diagnostics: configuration that cannot be read.
    marked: BTreeSet<PathBuf>,
    /// What was last published of each open file, by the editor's spelling of it.
    published: BTreeMap<String, Vec<Diagnostic>>,
    /// What was last said about errors that stand in no file, so that it is said once.
    said: Vec<RunError>,
}

struct OpenFile {
    /// As the editor spells it: diagnostics must come back under the same spelling.
    uri: Uri,
    version: i32,
    text: String,
}

impl<'s> Session<'s> {
    pub(crate) fn new(connection: &'s Connection, linter: &'s dyn Linter) -> Self {
        Session {
            connection,
            linter,
            open: BTreeMap::new(),
            marked: BTreeSet::new(),
            published: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    pub(crate) fn run(mut self) -> Result<(), ServerError> {
        let (id, client) = self.connection.initialize_start()?;
        let answer = json!({
            "capabilities": serde_json::to_value(capabilities())?,
            "serverInfo": {"name": "keylint", "version": env!("CARGO_PKG_VERSION")},
        });
        self.connection.initialize_finish(id, answer)?;
        self.watch(&client)?;
        for message in &self.connection.receiver {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.answer(request)?;
                }
                Message::Notification(notification) => self.notified(notification)?,
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    /// Asks the editor to tell of files that change on disk, where it can.
    fn watch(&self, client: &Value) -> Result<(), ServerError> {
        let offered = client.pointer("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration");
        if offered != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let watchers: Vec<Value> = WATCHED.iter().map(|glob| json!({"globPattern": glob})).collect();
        let method = "workspace/didChangeWatchedFiles";
        let registration =
            json!({"id": "watched-files", "method": method, "registerOptions": {"watchers": watchers}});
        self.send(Message::Request(Request {
            id: "watched-files".to_owned().into(),
            method: "client/registerCapability".to_owned(),
            params: json!({"registrations": [registration]}),
        }))
    }

    /// Answers the one question that is answered: what would mend a diagnostic.
    fn answer(&self, request: Request) -> Result<(), ServerError> {
        if request.method != "textDocument/codeAction" {
            return self.refuse(request);
        }
        let uri = request.params.pointer("/textDocument/uri").and_then(Value::as_str).unwrap_or_default();
        let range = request.params.get("range").cloned().map(serde_json::from_value);
        let actions = match (self.published.get(uri), range) {
            (Some(published), Some(Ok(range))) => diagnostics::actions(published, &range),
            _ => json!([]),
        };
        self.send(Message::Response(Response::new_ok(request.id, actions)))
    }

    fn refuse(&self, request: Request) -> Result<(), ServerError> {
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
                if let Some(path) = path
                    && let Some(file) = self.open.remove(&path)
                {
                    self.publish(file.uri, None, Vec::new())?;
                    // What is said of a configuration does not depend on whether it is looked at.
                    if is_configuration(&path) {
                        self.lint()?;
                    }
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Ok(params) = serde_json::from_value::<DidChangeWatchedFilesParams>(params)
                    && params.changes.iter().any(|change| self.is_elsewhere(&change.uri))
                {
                    self.lint()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a file is read from disk: of one that is open the editor tells when it is saved.
    fn is_elsewhere(&self, uri: &Uri) -> bool {
        uri::to_path(uri).is_some_and(|path| !self.open.contains_key(&path))
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let path = uri::to_path(&document.text_document_identifier.uri);
        let Some(file) = path.and_then(|path| self.open.get_mut(&path)) else { return };
        self.published.remove(&file.uri.0);
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
    fn lint(&mut self) -> Result<(), ServerError> {
        let mut buffers = Memory::new();
        for (path, file) in &self.open {
            buffers.insert(path, file.text.as_bytes());
        }
        let (configurations, paths): (Vec<_>, Vec<_>) =
            self.open.keys().cloned().partition(|path| is_configuration(path));
        let report = (!paths.is_empty()).then(|| self.linter.lint(&paths, &buffers));
        // An open configuration is read also where none of the open files goes by it.
        let read = configurations.iter().flat_map(|path| self.linter.configuration_errors(path, &buffers));
        let mut errors: Vec<RunError> = read.collect();
        for error in report.iter().flat_map(|report| &report.errors) {
            if !errors.contains(error) {
                errors.push(error.clone());
            }
        }
        let mut found: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        if let Some(report) = &report {
            // A file that was not looked at must not look clean.
            let failed = report.is_void().then(|| report.errors.first()).flatten();
            for path in &paths {
                let of_file = match failed {
                    Some(error) => vec![diagnostics::not_checked(error)],
                    None => diagnostics::of_file(report, self.linter.rules(), path),
                };
                found.insert(path.clone(), of_file);
            }
        }
        found.extend(configurations.into_iter().map(|path| (path, Vec::new())));
        found.extend(std::mem::take(&mut self.marked).into_iter().map(|path| (path, Vec::new())));
        for error in &errors {
            if let Some(place) = &error.place {
                found.entry(place.file.clone()).or_default().push(diagnostics::of_error(error, place));
            }
        }
        for (path, diagnostics) in found {
            match self.open.get(&path) {
                Some(file) => self.publish(file.uri.clone(), Some(file.version), diagnostics)?,
                None => {
                    let is_marked = !diagnostics.is_empty();
                    self.publish(uri::from_path(&path), None, diagnostics)?;
                    if is_marked {
                        self.marked.insert(path);
                    }
                }
            }
        }
        self.say(errors)
    }

    /// Shows the errors that were not shown before: a diagnostic may stand in a file that nobody
    /// looks at.
    fn say(&mut self, errors: Vec<RunError>) -> Result<(), ServerError> {
        for error in errors.iter().filter(|error| !self.said.contains(error)) {
            let params = ShowMessageParams::new(MessageType::Error, format!("keylint: {error}"));
            self.send(Message::Notification(Notification {
                method: "window/showMessage".to_owned(),
                params: serde_json::to_value(params)?,
            }))?;
        }
        self.said = errors;
        Ok(())
    }

    fn publish(
        &mut self,
        uri: Uri,
        version: Option<i32>,
        diagnostics: Vec<Diagnostic>,
    ) -> Result<(), ServerError> {
        self.published.insert(uri.0.clone(), diagnostics.clone());
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

fn is_configuration(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == CONFIGURATION_FILE)
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
        code_action_provider: Some(CodeActionProvider::Bool(true)),
        ..ServerCapabilities::default()
    }
}
