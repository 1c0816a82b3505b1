//! `keylint policy diff`: what one policy allows that another does not.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use keylint_model::Verdict;
use keylint_policy::PolicyKind;
use keylint_policy::algebra::{Change, Difference, KeyValue, Known, Why, Witness, newly_allowed};
use keylint_report::{printable, printable_path};
use serde_json::{Map, Value, json};

use super::document::Policy;
use super::explain::{WIDTH, wrapped};
use crate::arguments::ListFormat;
use crate::exit::{Exit, failed};
use crate::output;

#[derive(Debug, Args)]
#[command(long_about = "Show what the policy NEW allows that the policy OLD does not.

Each statement of NEW that allows something new is shown with a request that NEW allows and OLD does \
not. Both are compared as the language has it: conditions, wildcards and denials count, order and \
spelling do not. Nothing outside of the two documents is looked at, but for the policy that allows \
everything beside control policies of an organisation that only deny.

The exit code is 0 when nothing is newly allowed, 1 when something is, or when that cannot be \
decided, and 2 when a file is no policy.")]
pub(crate) struct DiffArguments {
    /// The policy as it was; - for standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The policy as it is to be; - for standard input
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// The kind of both policies; without it, what their shape suggests
    #[arg(long, value_name = "KIND")]
    policy_kind: Option<String>,

    /// How to print the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: ListFormat,
}

/// Compares.
pub(crate) fn run(arguments: &DiffArguments) -> Exit {
    if arguments.old == arguments.new && arguments.old.as_os_str() == "-" {
        return failed("only one of the policies can come from standard input");
    }
    let (mut old, mut new) = match (Policy::read(&arguments.old), Policy::read(&arguments.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            let lines = [old.err(), new.err()].into_iter().flatten().flatten();
            return lines.map(|line| failed(&line)).max().unwrap_or(Exit::Failed);
        }
    };
    let kind = match common_kind(&old, &new, arguments.policy_kind.as_deref()) {
        Ok(kind) => kind,
        Err(message) => return failed(&message),
    };
    for policy in [&mut old, &mut new] {
        if let Some(document) = policy.document.beside_full_access(kind) {
            policy.document = document;
        }
    }
    let difference = newly_allowed(&new.document, &old.document, kind, &Known);
    let text = match arguments.output_format {
        ListFormat::Text => text(&old, &new, kind, &difference),
        ListFormat::Json => format!("{:#}\n", json_of(&old, &new, kind, &difference)),
    };
    let written = output::to_stdout(&text);
    match difference.verdict() {
        Verdict::No => written,
        Verdict::Yes | Verdict::Unknown => written.max(Exit::Findings),
    }
}

/// The kind of both.
fn common_kind(old: &Policy, new: &Policy, asked: Option<&str>) -> Result<PolicyKind, String> {
    let (first, second) = (old.kind(asked)?, new.kind(asked)?);
    if first.names_principals() == second.names_principals() {
        return Ok(second);
    }
    let (old, new) = (old.file.display(), new.file.display());
    Err(format!(
        "{old} looks like a policy of the kind {first} and {new} like one of the kind {second}: say which with --policy-kind"
    ))
}

fn text(old: &Policy, new: &Policy, kind: PolicyKind, difference: &Difference) -> String {
    let mut out = String::new();
    for change in &difference.changes {
        // Writing into a string does not fail.
        let _ = write_change(&mut out, old, new, kind, change);
    }
    let (old_name, new_name) = (old.file.display(), new.file.display());
    let allowing = new.document.iter().filter(|statement| statement.is_allow() != Verdict::No).count();
    let certain = difference.changes.iter().filter(|change| change.verdict == Verdict::Yes).count();
    let open = difference.changes.len() - certain;
    let last = match (certain, open) {
        _ if is_beside(new, new.document.statements.len().saturating_sub(1)) => match (certain, open) {
            (0, 0) => format!("{new_name} lets nothing through that {old_name} denies."),
            (0, _) => format!("{new_name} may let through what {old_name} denies: that cannot be decided."),
            _ => format!("{new_name} lets through what {old_name} denies."),
        },
        (0, 0) => format!("{new_name} allows nothing that {old_name} does not."),
        (0, _) => format!(
            "Of the statements of {new_name} that allow, {open} of {allowing} may allow what {old_name} does not: that cannot be decided."
        ),
        (_, 0) => format!(
            "Of the statements of {new_name} that allow, {certain} of {allowing} allow what {old_name} does not."
        ),
        _ => format!(
            "Of the statements of {new_name} that allow, {certain} of {allowing} allow what {old_name} does not, and {open} may."
        ),
    };
    out.push_str(&wrapped(&last, "", WIDTH));
    out
}

fn write_change(
    out: &mut String,
    old: &Policy,
    new: &Policy,
    kind: PolicyKind,
    change: &Change,
) -> std::fmt::Result {
    let Some(statement) = new.document.statements.get(change.statement) else { return Ok(()) };
    let verb = match change.verdict {
        Verdict::Yes => "newly allows",
        Verdict::No | Verdict::Unknown => "may newly allow (this cannot be decided)",
    };
    let is_beside = is_beside(new, change.statement);
    let named = match statement.sid() {
        Some(sid) if is_beside => format!("beside {sid} it"),
        _ => new.name_of(change.statement),
    };
    writeln!(out, "{}", printable_path(&format!("{}: {named} {verb}", new.place(statement))))?;
    let mut row = |name: &str, value: &str| writeln!(out, "  {name:<11}  {}", printable(value));
    let elements = action_texts(new, change);
    if is_beside {
        // All actions are its actions.
    } else if !elements.is_empty() {
        row("actions", &elements.join(", "))?;
    } else if let Some(not_actions) = &statement.not_actions {
        let texts: Vec<String> = not_actions.iter().map(|element| element.text.to_string()).collect();
        row("actions", &format!("all but {}", texts.join(", ")))?;
    }
    if let Some(witness) = &change.witness {
        row("for example", &witness.action)?;
        row("on", &witness.resource)?;
        if kind.names_principals() {
            row("by", &witness.principal)?;
        }
        for (place, (key, value)) in witness.context.iter().enumerate() {
            row(if place == 0 { "with" } else { "" }, &format!("{key} = {}", shown(value)))?;
        }
    }
    let why = match change.why {
        Why::NotAllowed => "no statement allows it".to_owned(),
        Why::Denied(index) => format!("{} denies it", old.name_of(index)),
    };
    row("before", &format!("{why} ({})", old.file.display()))?;
    writeln!(out)
}

/// Whether a statement is not of the policy but of the one that stands beside it.
fn is_beside(policy: &Policy, index: usize) -> bool {
    let statement = policy.document.statements.get(index);
    statement.is_some_and(|statement| statement.span.is_none() && statement.is_allow() == Verdict::Yes)
}

fn action_texts(new: &Policy, change: &Change) -> Vec<String> {
    let statement = new.document.statements.get(change.statement);
    let elements = statement.and_then(|statement| statement.actions.as_ref());
    let text = |place: &usize| Some(elements?.items.get(*place)?.text.to_string());
    change.actions.iter().filter_map(text).collect()
}

fn shown(value: &KeyValue) -> String {
    match value {
        KeyValue::Absent => "(absent)".to_owned(),
        KeyValue::One(value) => value.clone(),
        KeyValue::Many(values) => format!("[{}]", values.join(", ")),
    }
}

fn json_of(old: &Policy, new: &Policy, kind: PolicyKind, difference: &Difference) -> Value {
    let changes = difference.changes.iter().map(|change| {
        json!({
            "statement": new.json_of(change.statement),
            "verdict": if change.verdict == Verdict::Yes { "allows" } else { "may-allow" },
            "actions": action_texts(new, change),
            "request": change.witness.as_ref().map(request),
            "before": match change.why {
                Why::NotAllowed => json!({"reason": "not-allowed", "statement": null}),
                Why::Denied(index) => json!({"reason": "denied", "statement": old.json_of(index)}),
            },
        })
    });
    json!({
        "version": 1,
        "old": old.file.display().to_string(),
        "new": new.file.display().to_string(),
        "kind": kind.name(),
        "newlyAllows": match difference.verdict() {
            Verdict::Yes => "yes",
            Verdict::No => "no",
            Verdict::Unknown => "undecided",
        },
        "changes": changes.collect::<Vec<_>>(),
    })
}

/// A request as `keylint policy simulate` takes it. A resource whose ARN names no account is taken to
/// be one of the caller's.
pub(crate) fn request(witness: &Witness) -> Value {
    let context = witness.context.iter().filter_map(|(key, value)| {
        let value = match value {
            KeyValue::Absent => return None,
            KeyValue::One(value) => json!(value),
            KeyValue::Many(values) => json!(values),
        };
        Some((key.clone(), value))
    });
    let account = |arn: &str| {
        let id = arn.split(':').nth(4)?;
        (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
    };
    json!({
        "principal": witness.principal,
        "action": witness.action,
        "resource": witness.resource,
        "resourceAccount": account(&witness.resource).or_else(|| account(&witness.principal)),
        "context": context.collect::<Map<_, _>>(),
    })
}
