//! `keylint policy explain`: what a policy says, for people and programs.

mod data;
mod table;
mod words;

use std::path::PathBuf;

use clap::Args;
use keylint_model::Verdict;
use keylint_policy::PolicyKind;
use keylint_policy::summary::Summary;
use keylint_report::printable_lines;

use super::document::Policy;
use crate::arguments::ListFormat;
use crate::exit::{Exit, failed};
use crate::output;
use table::Table;

/// The width of a line.
pub(super) const WIDTH: usize = 80;

pub(super) use words::wrapped;

/// Stands for what the line above says.
const DITTO: &str = "″";

#[derive(Debug, Args)]
#[command(long_about = "Say what a policy allows: in words, and as a table by service, access level, \
resource and condition; whether it is public; and by which known ways whoever has it gains more \
permissions.

Access levels are those of AWS: full where every action of a level is allowed, limited where some \
are. Nothing outside of the document is looked at, so other policies may allow more or deny some of it.

The exit code is 0, and 2 when the file is no policy.")]
pub(crate) struct ExplainArguments {
    /// The policy; - for standard input
    #[arg(value_name = "FILE")]
    path: PathBuf,

    /// The kind of the policy; without it, what its shape suggests
    #[arg(long, value_name = "KIND")]
    policy_kind: Option<String>,

    /// How to print the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: ListFormat,
}

/// Explains.
pub(crate) fn run(arguments: &ExplainArguments) -> Exit {
    let policy = match Policy::read(&arguments.path) {
        Ok(policy) => policy,
        Err(lines) => return lines.iter().map(|line| failed(line)).max().unwrap_or(Exit::Failed),
    };
    let kind = match policy.kind(arguments.policy_kind.as_deref()) {
        Ok(kind) => kind,
        Err(message) => return failed(&message),
    };
    let summary = Summary::of(&policy.document, kind);
    output::to_stdout(&match arguments.output_format {
        ListFormat::Text => printable_lines(&text(&policy, kind, &summary)).into_owned(),
        ListFormat::Json => format!("{:#}\n", data::json_of(&policy, kind, &summary)),
    })
}

fn text(policy: &Policy, kind: PolicyKind, summary: &Summary) -> String {
    let mut out = words::wrapped(&words::opening(policy, kind, summary), "", WIDTH);
    for (title, effect) in [("Allows", Verdict::Yes), ("Denies", Verdict::No)] {
        let table = table_of(policy, kind, summary, effect);
        if !table.is_empty() {
            out.push_str(&format!("\n{title}\n\n{}", table.text(WIDTH)));
        }
    }
    for paragraph in [words::public(policy, kind, summary), words::escalations(policy, summary)] {
        if !paragraph.is_empty() {
            out.push('\n');
            out.push_str(&paragraph);
        }
    }
    out
}

/// The statements that allow, or those that deny.
fn table_of(policy: &Policy, kind: PolicyKind, summary: &Summary, effect: Verdict) -> Table {
    let named = kind.names_principals();
    let first = if named { "Who" } else { "Service" };
    let mut table = Table::new([first, "Access", "Resource", "Condition"]);
    for entry in &summary.statements {
        let Some(statement) = policy.document.statements.get(entry.statement) else { continue };
        let is_denial = statement.is_deny() == Verdict::Yes;
        if is_denial != (effect == Verdict::No) {
            continue;
        }
        for (place, (service, access)) in words::scopes(entry, !is_denial).into_iter().enumerate() {
            let (first, access) = match named {
                true => (words::principals(statement), format!("{service}: {access}")),
                false => (service, access),
            };
            // The same statement goes on.
            let same = |text: String| if place > 0 && !text.is_empty() { DITTO.to_owned() } else { text };
            let first = if named { same(first) } else { first };
            let (resource, condition) = (words::resources(statement, kind), words::conditions(statement));
            table.row([first, access, same(resource), same(condition)]);
        }
    }
    table
}
