//! How the program ends: 0 nothing found, 1 findings, 2 anything else.

use std::io::Write;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use keylint_report::printable;

use crate::arguments::Arguments;

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
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::Failed;
    }
    // The first paragraph says what is wrong; one line is what logs and people can take in.
    let paragraph = text.split("\n\n").next().unwrap_or("").trim_start_matches("error: ");
    let line: Vec<_> = paragraph.split_whitespace().collect();
    let meant = meant(error).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    failed(&format!("{}{meant} (see `keylint --help`)", line.join(" ")))
}

/// What was probably meant by an argument, a value or a command that there is none of: what is spelt alike,
/// or the one argument that ends in the name (`--format`).
fn meant(error: &clap::Error) -> Option<String> {
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand];
    let first = |kind| match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(all) => all.first().cloned(),
        _ => None,
    };
    suggested.into_iter().find_map(first).or_else(|| {
        let ContextValue::String(written) = error.get(ContextKind::InvalidArg)? else { return None };
        let name = written.strip_prefix("--").filter(|_| error.kind() == ErrorKind::UnknownArgument)?;
        let command = Arguments::command();
        let arguments = command.get_subcommands().flat_map(Command::get_arguments);
        let named = arguments.filter_map(|argument| argument.get_long());
        let ends = |long: &&str| long.strip_suffix(name).is_some_and(|before| before.ends_with('-'));
        let mut longs: Vec<&str> = named.filter(ends).collect();
        longs.sort_unstable();
        longs.dedup();
        match longs.as_slice() {
            [only] => Some(format!("--{only}")),
            _ => None,
        }
    })
}
