//! `keylint policy simulate`: requests against the policies that are given with them.

use std::path::PathBuf;

use clap::Args;
use keylint_syntax::{Text, json};

use super::input;
use crate::exit::{Exit, failed};

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// A JSON file with one case or a list of them; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
}

/// Decides every case.
pub(crate) fn run(arguments: &SimulateArguments) -> Exit {
    let file = match input::read(&arguments.path) {
        Ok(file) => file,
        Err(message) => return failed(&message),
    };
    let (_, errors) = json::parse(&Text::of_file(&file));
    match errors.first() {
        Some(error) => failed(&format!("{}: {}", input::place(&file, error.span.start), error.message)),
        None => failed("requests are not decided yet"),
    }
}
