//! How the program ends: 0 nothing found, 1 findings, 2 anything else.

use std::io::Write;
use std::process::ExitCode;

use keylint_report::printable;

/// The three ways to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing at or above the severity asked for.
    Clean,
    /// Findings.
    Findings,
    /// Something kept keylint from doing what was asked.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => ExitCode::SUCCESS,
            Exit::Findings => ExitCode::from(1),
            Exit::Failed => ExitCode::from(2),
        }
    }
}

/// Says in one line why the program cannot go on.
pub(crate) fn failed(message: &str) -> Exit {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "keylint: {}", printable(message));
    Exit::Failed
}

/// Answers to arguments that do not parse, and to `--help` and `--version`, which arrive alike.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // `keylint --help | head` ends quietly, too.
        let _ = error.print();
        return Exit::Clean;
    }
    let text = error.render().to_string();
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::Failed;
    }
    // The first paragraph says what is wrong; one line is what logs and people can take in.
    let paragraph = text.split("\n\n").next().unwrap_or("").trim_start_matches("error: ");
    let line: Vec<_> = paragraph.split_whitespace().collect();
    failed(&format!("{} (see `keylint --help`)", line.join(" ")))
}
