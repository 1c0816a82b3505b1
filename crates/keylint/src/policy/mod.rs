//! `keylint policy`: questions about policies, each answered from the documents alone.

mod diff;
mod document;
mod explain;
mod input;
mod simulate;

use clap::Subcommand;

use crate::exit::Exit;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    // A comment for documentation would replace the long help of the arguments.
    #[command(about = "Show what a policy allows that another does not")]
    Diff(diff::DiffArguments),
    #[command(about = "Say what a policy allows")]
    Explain(explain::ExplainArguments),
    #[command(about = "Decide requests by the policies that are given with them")]
    Simulate(simulate::SimulateArguments),
}

/// Answers the question.
pub(crate) fn run(command: &PolicyCommand) -> Exit {
    match command {
        PolicyCommand::Diff(arguments) => diff::run(arguments),
        PolicyCommand::Explain(arguments) => explain::run(arguments),
        PolicyCommand::Simulate(arguments) => simulate::run(arguments),
    }
}
