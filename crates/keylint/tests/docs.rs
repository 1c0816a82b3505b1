//! Every command shown in the README and the documents is run, and prints what is shown.
//!
//! A block marked `console` holds commands after `$ ` and what they print, standard output before
//! standard error. `KEYLINT_BLESS=1` writes what they print now.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test runs the program and may fail"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Commands that this test cannot run: they run it, or need what a test must not touch. Each is
/// run by hand or by CI.
const RUN_ELSEWHERE: [&str; 6] = [
    "cargo test --workspace",
    ".ci/run",
    "cargo xtask bless",
    "cargo install --path crates/keylint",
    "cargo bench",
    "pre-commit run keylint",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn documents() -> Vec<PathBuf> {
    let mut documents = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    documents.sort();
    documents
}

/// The arguments for the program, when the command runs it.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let rest =
        command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("keylint "))?;
    Some(rest.split_whitespace().collect())
}

fn printed(command: &str) -> String {
    if RUN_ELSEWHERE.contains(&command) {
        return String::new();
    }
    let arguments = arguments(command).unwrap_or_else(|| panic!("`{command}` is shown, but nothing runs it"));
    let output = Command::new(env!("CARGO_BIN_EXE_keylint"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The document with what its commands print now, and how many commands it shows.
fn refreshed(text: &str) -> (String, usize) {
    let (mut fresh, mut commands) = (String::new(), 0);
    let mut in_block = false;
    for line in text.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ => {}
        }
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        // What stands in a block beside commands is what they printed once.
        if !in_block || line == "```console" || command.is_some() {
            fresh.push_str(line);
            fresh.push('\n');
        }
        if let Some(command) = command {
            commands += 1;
            let command = command.split(" #").next().unwrap_or(command).trim();
            fresh.push_str(&printed(command));
        }
    }
    (fresh, commands)
}

#[test]
fn commands_print_what_the_documents_show() {
    let mut commands = 0;
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let (fresh, shown) = refreshed(&text);
        commands += shown;
        if fresh != text && std::env::var_os("KEYLINT_BLESS").is_some() {
            std::fs::write(&path, fresh).unwrap();
            continue;
        }
        assert_eq!(text, fresh, "{} is stale: run this test with KEYLINT_BLESS=1", path.display());
    }
    assert!(commands >= 5, "the README shows how keylint is used");
}
