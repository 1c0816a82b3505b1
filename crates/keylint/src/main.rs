//! The program: arguments, exit codes and progress; wiring and nothing else.
//!
//! Standard output carries what was asked for and nothing else, so that it can be piped into
//! another program; everything said about the run goes to standard error.

mod arguments;
mod check;
mod config;
mod environment;
mod exit;
mod files;
mod output;
mod policy;
mod progress;
mod rule;
mod server;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, ConfigCommand};
use exit::Exit;

/// The size of the stack that everything runs on: parsers recurse as deep as their limits allow,
/// and the main thread of some systems has a megabyte.
const STACK_BYTES: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::usage(&error).into(),
    };
    keylint_engine::install_panic_hook();
    // `move` and a thread: the result is the exit code whether the work ends well or panics.
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || run(arguments));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(_)) => exit::failed("keylint failed; please report this with what it was run on").into(),
        Err(error) => exit::failed(&format!("no thread could be started: {error}")).into(),
    }
}

fn run(arguments: Arguments) -> Exit {
    match arguments.command {
        Command::Check(check) => check::run(&check),
        Command::Rule(rule) => rule::run(&rule),
        Command::Files(files) => files::run(&files),
        Command::Policy { command } => policy::run(&command),
        Command::Config { command: ConfigCommand::Show(show) } => config::show(&show),
        Command::Version => output::to_stdout(&format!(
            "keylint {}\ndata of AWS of {}\n",
            env!("CARGO_PKG_VERSION"),
            keylint_policy::service::date()
        )),
        Command::Completions { shell } => arguments::completions(shell),
        Command::Server => server::run(),
    }
}
