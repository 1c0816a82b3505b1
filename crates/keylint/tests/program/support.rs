//! A directory to work in, and the program run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A template with one finding (KL002, medium), at 4:38.
pub(crate) const TEMPLATE: &str = r#"{"Resources": {
  "Topic": {
    "Type": "Custom::Topic",
    "Properties": {"TopicName": "a", "TopicName": "b"}
  }
}}
"#;

/// A template without findings.
pub(crate) const CLEAN: &str =
    r#"{"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}"#;

/// A directory to run in: a new one, which is removed in the end, or one that is there.
pub(crate) struct Directory {
    path: PathBuf,
    is_ours: bool,
}

impl Directory {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("keylint-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        // Links in the path of the temporary directory would show in what is reported.
        let directory = Directory { path: path.canonicalize().unwrap(), is_ours: true };
        files.iter().for_each(|(name, text)| directory.write(name, text));
        directory
    }

    pub(crate) fn existing(path: &Path) -> Self {
        Directory { path: path.to_owned(), is_ours: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    #[expect(clippy::disallowed_methods, reason = "a test sets up its files")]
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a test looks at what was written")]
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    /// Runs the program here.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program here with something on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "a test of the program runs it")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keylint"));
        command.args(arguments).current_dir(&self.path);
        for variable in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "COLUMNS", "KEYLINT_OUTPUT_FORMAT"] {
            command.env_remove(variable);
        }
        command
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The last line on standard error.
    pub(crate) fn last_word(&self) -> &str {
        self.err.lines().last().unwrap_or("")
    }

    /// The findings of a JSON report on standard output.
    pub(crate) fn findings(&self) -> Vec<serde_json::Value> {
        let report: serde_json::Value = serde_json::from_str(&self.out).unwrap();
        report["findings"].as_array().unwrap().clone()
    }

    /// The rules of a JSON report on standard output.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.findings().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

/// Checks with a JSON report.
pub(crate) const JSON: [&str; 3] = ["check", "--output-format", "json"];
