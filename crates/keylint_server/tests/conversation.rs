//! A conversation with the server over a connection in memory, with a linter that reports every
//! `bad` in a file.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keylint_engine::{Coverage, ErrorPlace, Excerpt, Report, RunError};
use keylint_model::{Guard, Related};
use keylint_report::RuleDoc;
use keylint_rules::{Applicability, Confidence, Edit, Finding, Fingerprint, Fix, Severity};
use keylint_server::{Linter, serve};
use keylint_source::{LineIndex, Memory, Position, Sources, Span};
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};

struct FindsBad;

impl Linter for FindsBad {
    fn lint(&self, files: &[PathBuf], buffers: &Memory) -> Report {
        let sources = Sources::new(Arc::new(buffers.clone()), "/elsewhere");
        let mut report = Report {
            fails: false,
            findings: Vec::new(),
            undecided: Vec::new(),
            missing_modules: Vec::new(),
            coverage: Coverage::default(),
            errors: Vec::new(),
            hints: Vec::new(),
            files: HashMap::new(),
        };
        for path in files {
            let file = sources.load(path).unwrap();
            for (start, word) in file.text().match_indices("bad") {
                let span = Span::new(file.id(), start, start + word.len());
                report.findings.push(finding(span, file.span().start_point()));
            }
            let excerpt = Excerpt {
                path: Arc::clone(file.display()),
                absolute: file.path().to_owned(),
                text: Arc::clone(file.text()),
                lines: LineIndex::new(file.text()),
            };
            report.files.insert(file.id(), excerpt);
        }
        report
    }

    fn configuration_errors(&self, file: &Path, buffers: &Memory) -> Vec<RunError> {
        let sources = Sources::new(Arc::new(buffers.clone()), "/elsewhere");
        let position = Position { line: 1, column: 1, utf16: 1 };
        let place = ErrorPlace { file: file.to_owned(), start: position, end: position };
        let wrong = sources.load(file).unwrap().text().contains("bad");
        let error =
            RunError { path: "keylint.toml".to_owned(), message: "no key".to_owned(), place: Some(place) };
        wrong.then_some(error).into_iter().collect()
    }

    fn rules(&self) -> &[RuleDoc] {
        &[]
    }
}

fn finding(span: Span, related: Span) -> Finding {
    Finding {
        rule: "SM001".parse().unwrap(),
        name: "secret-default-key".into(),
        severity: Severity::High,
        confidence: Confidence::High,
        message: "this is bad".to_owned(),
        fact: "this is bad".into(),
        span,
        written: None,
        related: vec![Related { span: related, message: "called here".to_owned() }],
        resource: None,
        stack: None,
        instances: Vec::new(),
        construct: None,
        statement: None,
        statements: Vec::new(),
        about: Vec::new(),
        when: vec![Guard::always()],
        scopes: Vec::new(),
        environments: Vec::new(),
        fingerprint: Fingerprint("f".into()),
        help: None,
        fix: Some(Fix {
            applicability: Applicability::Unsafe,
            edits: vec![Edit { span, text: "good".to_owned() }],
            pending: None,
        }),
    }
}

struct Client(Connection);

impl Client {
    fn request(&self, id: i32, method: &str, params: Value) -> Value {
        self.0
            .sender
            .send(Message::Request(Request { id: id.into(), method: method.to_owned(), params }))
            .unwrap();
        serde_json::to_value(self.next()).unwrap()
    }

    fn notify(&self, method: &str, params: Value) {
        let method = method.to_owned();
        self.0.sender.send(Message::Notification(Notification { method, params })).unwrap();
    }

    fn next(&self) -> Message {
        self.0.receiver.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    fn published(&self) -> Value {
        match self.next() {
            Message::Notification(notification) => {
                assert_eq!(notification.method, "textDocument/publishDiagnostics");
                notification.params
            }
            other => panic!("expected diagnostics, got {other:?}"),
        }
    }
}

fn converse(talk: impl FnOnce(&Client)) {
    let (server, client) = Connection::memory();
    let serving = std::thread::spawn(move || serve(&server, &FindsBad));
    let client = Client(client);
    let answer = client.request(1, "initialize", json!({"capabilities": {}}));
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-16");
    client.notify("initialized", json!({}));
    talk(&client);
    assert!(client.request(9, "shutdown", Value::Null).get("error").is_none());
    client.notify("exit", Value::Null);
    serving.join().unwrap().unwrap();
}

fn open(uri: &str, text: &str) -> Value {
    json!({"textDocument": {"uri": uri, "languageId": "terraform", "version": 1, "text": text}})
}

#[test]
fn opening_a_file_publishes_its_findings_in_utf16_columns() {
    converse(|client| {
        client.notify("textDocument/didOpen", open("file:///work/a%20dir/main.tf", "x\n𝄞 bad\n"));
        let published = client.published();
        assert_eq!(published["uri"], "file:///work/a%20dir/main.tf");
        let diagnostic = &published["diagnostics"][0];
        assert_eq!(diagnostic["range"]["start"], json!({"line": 1, "character": 3}));
        assert_eq!(diagnostic["range"]["end"], json!({"line": 1, "character": 6}));
        assert_eq!(diagnostic["code"], "SM001");
        assert_eq!(diagnostic["source"], "keylint");
        assert_eq!(diagnostic["relatedInformation"][0]["message"], "called here");
    });
}

#[test]
fn unsaved_text_is_linted_on_save_and_a_closed_file_is_cleared() {
    converse(|client| {
        let uri = "file:///work/main.tf";
        client.notify("textDocument/didOpen", open(uri, "good"));
        assert_eq!(client.published()["diagnostics"], json!([]));
        let change =
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "bad bad"}]});
        client.notify("textDocument/didChange", change);
        client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
        let published = client.published();
        assert_eq!(published["version"], 2);
        assert_eq!(published["diagnostics"].as_array().unwrap().len(), 2);
        client.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        assert_eq!(client.published()["diagnostics"], json!([]));
    });
}

#[test]
fn an_open_configuration_is_read_although_no_other_file_is_open() {
    converse(|client| {
        let uri = "file:///work/keylint.toml";
        client.notify("textDocument/didOpen", open(uri, "bad"));
        assert_eq!(client.published()["diagnostics"][0]["message"], "no key");
        let Message::Notification(shown) = client.next() else { panic!("expected a message") };
        assert_eq!(shown.params["message"], "keylint: keylint.toml: no key");
        let saved = json!({"textDocument": {"uri": uri}});
        client.notify("textDocument/didSave", saved.clone());
        // What was shown once is not shown again.
        assert_eq!(client.published()["diagnostics"][0]["message"], "no key");
        let change =
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "good"}]});
        client.notify("textDocument/didChange", change);
        client.notify("textDocument/didSave", saved);
        assert_eq!(client.published()["diagnostics"], json!([]));
    });
}

#[test]
fn a_finding_with_a_fix_offers_the_edit_where_it_stands() {
    converse(|client| {
        let uri = "file:///work/main.tf";
        client.notify("textDocument/didOpen", open(uri, "bad\n𝄞 bad\n"));
        client.published();
        let at = |line: u32| {
            let point = json!({"line": line, "character": 3});
            json!({"textDocument": {"uri": uri}, "range": {"start": point, "end": point}, "context": {"diagnostics": []}})
        };
        let answer = client.request(3, "textDocument/codeAction", at(1));
        let [action] = answer["result"].as_array().unwrap().as_slice() else { panic!("{answer}") };
        assert_eq!(action["kind"], "quickfix");
        assert_eq!(action["title"], "write `good`");
        let edit = &action["edit"]["changes"][uri][0];
        assert_eq!(edit["newText"], "good");
        assert_eq!(edit["range"]["start"], json!({"line": 1, "character": 3}));
        // Of a text that has changed since nobody knows where the edit would go.
        let change =
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x\nbad"}]});
        client.notify("textDocument/didChange", change);
        assert_eq!(client.request(4, "textDocument/codeAction", at(1))["result"], json!([]));
    });
}

#[test]
fn unknown_requests_and_broken_notifications_do_not_end_the_conversation() {
    converse(|client| {
        let answer = client.request(2, "textDocument/hover", json!({}));
        assert_eq!(answer["error"]["code"], -32601);
        client.notify("textDocument/didOpen", json!({"nonsense": true}));
        client.notify("textDocument/didOpen", open("untitled:Untitled-1", "bad"));
        client.notify("textDocument/didOpen", open("file:///work/main.tf", "bad"));
        assert_eq!(client.published()["uri"], "file:///work/main.tf");
    });
}
