//! Generated files and recorded counts of keylint, each with a check that fails when it is stale.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool for developers")]

mod undecided;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  undecided --check|--write --keylint BINARY CORPUS
      counts the undecided values of each corpus folder by reason and compares with, or records
      them in, testdata/undecided.tsv";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) if command == "undecided" => undecided::run(rest),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
