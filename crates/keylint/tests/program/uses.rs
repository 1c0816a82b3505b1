//! The three uses: as a pre-commit hook, as a GitHub Action, as a language server. Each is driven
//! by what drives it in earnest: pre-commit itself, the Action's script, an editor's messages.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Directory, Run};

const MODULE: &str = "variable \"key\" {\n  default = null\n}\n\nresource \"aws_secretsmanager_secret\" \"this\" {\n  name       = \"app\"\n  kms_key_id = var.key\n}\n";
const CALLER: &str = "module \"secret\" {\n  source = \"./secret\"\n}\n";
const OTHER: &str = "resource \"aws_kms_key\" \"other\" {\n  deletion_window_in_days = 7\n}\n";

fn repository_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[expect(clippy::disallowed_methods, reason = "a test drives other programs")]
fn program(name: &str, directory: &Directory) -> Command {
    let mut command = Command::new(name);
    command.current_dir(directory.path());
    let built = Path::new(env!("CARGO_BIN_EXE_keylint")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", built.display()));
    command
}

fn git(directory: &Directory, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
    let output = program("git", directory).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "pre-commit is no part of a Rust installation")]
fn pre_commit_reports_on_the_given_files_and_evaluates_their_modules() {
    let pre_commit = std::env::var("KEYLINT_PRE_COMMIT").unwrap_or_else(|_| "pre-commit".to_owned());
    if Command::new(&pre_commit).arg("--version").output().is_err() {
        assert!(std::env::var_os("KEYLINT_PRE_COMMIT").is_none(), "{pre_commit} does not run");
        eprintln!("!! pre-commit is not installed: THE HOOK WAS NOT TRIED !!");
        return;
    }
    let hooks = std::fs::read_to_string(repository_root().join(".pre-commit-hooks.yaml")).unwrap();
    let tool = Directory::new(&[(".pre-commit-hooks.yaml", &hooks)]);
    git(&tool, &["init", "--quiet"]);
    git(&tool, &["add", "."]);
    git(&tool, &["commit", "--quiet", "--message", "hooks"]);
    git(&tool, &["tag", "v1"]);

    let configuration = format!(
        "repos:\n  - repo: {}\n    rev: v1\n    hooks:\n      - id: keylint-system\n        args: [--output-format=concise, --select, 'SM001,KMS009']\n",
        tool.path().display()
    );
    let project = Directory::new(&[
        (".pre-commit-config.yaml", &configuration),
        ("main.tf", CALLER),
        ("secret/main.tf", MODULE),
        ("other/main.tf", OTHER),
        ("README.md", "no configuration\n"),
    ]);
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "."]);
    let home = Directory::new(&[]);
    let run = |files: &[&str]| {
        let mut command = program(&pre_commit, &project);
        command.env("PRE_COMMIT_HOME", home.path()).args([
            "run",
            "--color=never",
            "keylint-system",
            "--files",
        ]);
        Run::of(command.args(files).output().unwrap())
    };

    let called = run(&["secret/main.tf"]);
    assert_eq!(called.code, Some(1), "{}", called.out);
    assert!(called.out.contains("secret/main.tf:7:16: high SM001"), "{}", called.out);
    assert!(called.out.contains("module.secret.aws_secretsmanager_secret.this"), "{}", called.out);
    assert!(!called.out.contains("KMS009"), "{}", called.out);

    let other = run(&["other/main.tf"]);
    assert!(other.out.contains("other/main.tf:2:29: low KMS009"), "{}", other.out);
    assert!(!other.out.contains("SM001"), "{}", other.out);

    let none = run(&["README.md"]);
    assert_eq!(none.code, Some(0), "{}", none.out);
}

#[test]
fn the_action_annotates_writes_sarif_and_fails_at_its_severity() {
    let project = Directory::new(&[("infra/main.tf", OTHER), ("a.txt", "")]);
    let script = repository_root().join("action.sh");
    let run = |fail_on: &str| {
        let mut command = program("bash", &project);
        command.arg(&script).arg("check");
        command.env("GITHUB_OUTPUT", project.path().join("output"));
        command.env("KEYLINT_PATHS", "infra").env("KEYLINT_SELECT", "KMS009").env("KEYLINT_FAIL_ON", fail_on);
        command.env("KEYLINT_SARIF_FILE", "out.sarif").env("GITHUB_ACTION_PATH", repository_root());
        Run::of(command.output().unwrap())
    };

    let failing = run("low");
    assert_eq!(failing.code, Some(1), "{} {}", failing.out, failing.err);
    assert!(failing.out.contains("::warning file=infra/main.tf,line=2,col=29,"), "{}", failing.out);
    let sarif: Value = serde_json::from_str(&project.read("out.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "KMS009");
    assert!(project.read("output").contains("exit-code=1\nsarif-file=out.sarif\n"));

    let passing = run("high");
    assert_eq!(passing.code, Some(0), "{} {}", passing.out, passing.err);
    assert!(passing.out.contains("::warning "), "what does not fail the step is shown all the same");
}

/// An editor at the other end of the server's streams.
struct Editor {
    child: std::process::Child,
    output: BufReader<ChildStdout>,
}

impl Editor {
    fn start(directory: &Directory) -> Self {
        let mut command = directory.command(&["server"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Editor { child, output }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.child.stdin.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the server is gone");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None if line == "\r\n" => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

#[test]
fn the_server_follows_the_configuration_and_the_other_files_on_disk() {
    let caller = "variable \"key\" {}\nmodule \"secret\" {\n  source = \"./secret\"\n  key    = var.key\n}\n";
    let broken = "select = [\"SM001\"]\nfail-on = \"often\"\n";
    let project = Directory::new(&[
        (".git/HEAD", ""),
        ("keylint.toml", broken),
        ("main.tf", caller),
        ("terraform.tfvars", "key = null\n"),
        ("secret/main.tf", MODULE),
    ]);
    let uri = |name: &str| format!("file://{}/{name}", project.path().display());
    let mut editor = Editor::start(&project);
    let offers = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    editor.send(
        &json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": offers}}),
    );
    assert_eq!(editor.receive()["id"], 1);
    editor.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let registration = editor.receive();
    assert_eq!(registration["method"], "client/registerCapability");
    let registered = &registration["params"]["registrations"][0];
    assert_eq!(registered["method"], "workspace/didChangeWatchedFiles");
    assert_eq!(registered["registerOptions"]["watchers"][0]["globPattern"], "**/keylint.toml");
    editor.send(&json!({"jsonrpc": "2.0", "id": registration["id"], "result": null}));

    let document =
        json!({"uri": uri("secret/main.tf"), "languageId": "terraform", "version": 1, "text": MODULE});
    editor.send(
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}),
    );
    let published = editor.receive();
    assert_eq!(published["params"]["uri"], uri("keylint.toml"));
    let wrong = &published["params"]["diagnostics"][0];
    assert_eq!(wrong["range"]["start"], json!({"line": 1, "character": 10}));
    assert_eq!(wrong["severity"], 1);
    let published = editor.receive();
    assert_eq!(published["params"]["uri"], uri("secret/main.tf"));
    let message = published["params"]["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("not checked: keylint.toml:2:11: "), "{message}");
    let shown = editor.receive();
    assert_eq!((&shown["method"], &shown["params"]["type"]), (&json!("window/showMessage"), &json!(1)));

    let changed = |name: &str| {
        let changes = json!([{"uri": uri(name), "type": 2}]);
        json!({"jsonrpc": "2.0", "method": "workspace/didChangeWatchedFiles", "params": {"changes": changes}})
    };
    project.write("keylint.toml", "select = [\"SM001\"]\n");
    editor.send(&changed("keylint.toml"));
    let cleared = editor.receive();
    assert_eq!(
        (&cleared["params"]["uri"], &cleared["params"]["diagnostics"]),
        (&json!(uri("keylint.toml")), &json!([]))
    );
    let published = editor.receive();
    assert_eq!(published["params"]["diagnostics"][0]["code"], "SM001");

    project.write("terraform.tfvars", "key = \"alias/app\"\n");
    editor.send(&changed("terraform.tfvars"));
    assert_eq!(editor.receive()["params"]["diagnostics"], json!([]));

    // The open file is the editor's own: its text on disk says nothing.
    editor.send(&changed("secret/main.tf"));
    let configuration =
        json!({"uri": uri("keylint.toml"), "languageId": "toml", "version": 1, "text": "select = 1\n"});
    editor.send(
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": configuration}}),
    );
    let published = editor.receive();
    assert_eq!(published["params"]["uri"], uri("keylint.toml"));
    assert_eq!(published["params"]["version"], 1);
    assert_eq!(published["params"]["diagnostics"].as_array().unwrap().len(), 1);

    editor.child.kill().unwrap();
    editor.child.wait().unwrap();
}

#[test]
fn the_server_publishes_on_open_and_on_save_for_the_project_of_the_file() {
    // Callers are looked for up to the root of the repository.
    let repository = [(".git/HEAD", ""), ("main.tf", CALLER), ("secret/main.tf", MODULE)];
    let project = Directory::new(&repository);
    let uri = format!("file://{}/secret/main.tf", project.path().display());
    let mut editor = Editor::start(&project);
    editor.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}));
    assert_eq!(editor.receive()["result"]["serverInfo"]["name"], "keylint");
    editor.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));

    let document = json!({"uri": uri, "languageId": "terraform", "version": 1, "text": MODULE});
    editor.send(
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}),
    );
    let published = editor.receive();
    let diagnostics = published["params"]["diagnostics"].as_array().unwrap();
    let found = diagnostics.iter().find(|diagnostic| diagnostic["code"] == "SM001").unwrap();
    assert_eq!(found["range"]["start"], json!({"line": 6, "character": 15}));
    let related = found["relatedInformation"].as_array().unwrap();
    assert!(
        related.iter().any(|place| place["location"]["uri"].as_str().unwrap().ends_with("/main.tf")
            && place["message"] == "called here"),
        "{related:?}"
    );

    let mended = MODULE.replace("var.key", "\"alias/app\"");
    let change = json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": mended}]});
    editor.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change}));
    let saved = json!({"textDocument": {"uri": uri}});
    editor.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didSave", "params": saved}));
    let published = editor.receive();
    let diagnostics = published["params"]["diagnostics"].as_array().unwrap();
    assert!(diagnostics.iter().all(|diagnostic| diagnostic["code"] != "SM001"), "{diagnostics:?}");

    editor.send(&json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
    assert_eq!(editor.receive()["id"], 2);
    editor.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert!(editor.child.wait().unwrap().success());
}
