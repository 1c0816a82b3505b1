//! The count of unknown values in the examples of the corpus by reason, over every attribute of
//! every resource, asked about by a rule or not.
//!
//! What a provider, a remote module or a missing input decides is no fault of the evaluator. What
//! is left beside these is counted by the name of the function or operation, so that each name in
//! the record can be justified: Terraform itself would not know it when it plans.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use keylint_model::{Data, Part, Reason, Unknown, Value};
use keylint_source::{Disk, Sources};
use keylint_terraform::Project;

use crate::undecided::{Counts, Record};

const RECORD: Record = Record {
    path: "testdata/unknown.tsv",
    header: "# Unknown values in the examples of each module of the corpus by reason: `cargo xtask unknown --write`\n\
             # records them, CI lets them only fall.\n",
    command: "unknown",
    what: "unknown",
};

/// Runs `unknown` with its arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (mode, corpus) = match arguments {
        [mode, corpus] => (mode.as_str(), Path::new(corpus)),
        _ => bail!("usage: cargo xtask unknown --check|--write|--list CORPUS"),
    };
    let corpus = std::path::absolute(corpus).context("the working directory is not known")?;
    let found = find(&corpus)?;
    match mode {
        "--write" => RECORD.write(&count(&found)),
        "--check" => RECORD.check(&count(&found)),
        "--list" => {
            list(&found);
            Ok(())
        }
        other => bail!("`{other}` is neither --check, --write nor --list"),
    }
}

/// One unknown value of an example.
struct Found {
    module: String,
    example: String,
    attribute: String,
    reason: Reason,
    /// The reasons of what it was made of.
    causes: Vec<Reason>,
    place: String,
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that looks through the corpus")]
fn directories(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn find(corpus: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut examples = 0;
    for module in directories(corpus) {
        for example in directories(&module.join("examples")) {
            examples += 1;
            evaluate(&module, &example, &mut found)
                .with_context(|| format!("cannot evaluate {}", example.display()))?;
        }
    }
    ensure!(examples > 0, "no module in {} has examples", corpus.display());
    Ok(found)
}

fn evaluate(module: &Path, example: &Path, found: &mut Vec<Found>) -> Result<()> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sources = Sources::new(Arc::new(Disk), module);
    let project = Project::load(&sources, &[example]);
    let root = project.find(&sources.absolute(example)).context("the directory is not read")?;
    for resource in &project.evaluate(&sources, root).resources {
        for (attribute, entry) in &resource.attributes.entries {
            walk(&entry.value, &mut |unknown| {
                let span = unknown.at.or(entry.span);
                let place = span.map(|span| {
                    let file = sources.get(span.file);
                    format!("{}:{}", file.display(), file.position(span.start).line)
                });
                found.push(Found {
                    module: name(module),
                    example: name(example),
                    attribute: format!("{}.{attribute}", resource.address),
                    reason: unknown.reason.clone(),
                    causes: unknown.causes.iter().map(|cause| cause.reason.clone()).collect(),
                    place: place.unwrap_or_default(),
                });
            });
        }
    }
    Ok(())
}

/// Calls `each` with every unknown in a value. Values are no deeper than the evaluator's limit.
fn walk(value: &Value, each: &mut dyn FnMut(&Unknown)) {
    match &value.data {
        Data::Unknown(unknown) => each(unknown),
        Data::Partial(parts) => {
            for part in parts.iter() {
                if let Part::Hole(unknown, _) = part {
                    each(unknown);
                }
            }
        }
        Data::List(list) => {
            list.elements.iter().for_each(|element| walk(element, each));
            list.rest.iter().for_each(|rest| each(rest));
        }
        Data::Map(map) => {
            map.entries.values().for_each(|entry| walk(&entry.value, each));
            map.rest.iter().for_each(|rest| each(rest));
        }
        Data::Json(inner) => walk(inner, each),
        Data::Choice(alternatives) => alternatives.iter().for_each(|one| walk(&one.value, each)),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

/// Whether something outside the configuration is the reason.
fn is_outside(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Computed(_)
            | Reason::DataSource(_)
            | Reason::RemoteModule(_)
            | Reason::Input(_)
            | Reason::Environment(_)
            | Reason::Import(_)
    )
}

/// The reason as it is recorded: what the value was made of, where that alone is the reason.
fn label(one: &Found) -> String {
    let mut causes: Vec<_> = one.causes.iter().map(name).collect();
    causes.sort();
    causes.dedup();
    match (&one.reason, causes.as_slice()) {
        (Reason::Operand(_), [_, ..]) if one.causes.iter().all(is_outside) => causes.join(", "),
        (Reason::Operand(operation), [_, ..]) => format!("operand {operation} of {}", causes.join(", ")),
        (reason, _) => name(reason),
    }
}

fn name(reason: &Reason) -> String {
    match reason {
        Reason::Function(name) | Reason::Operand(name) | Reason::Environment(name) => {
            format!("{} {name}", reason.category())
        }
        _ => reason.category().to_owned(),
    }
}

fn count(found: &[Found]) -> Counts {
    let mut counts = BTreeMap::new();
    for one in found {
        *counts.entry((one.module.clone(), label(one))).or_default() += 1;
    }
    counts
}

/// Prints what is not due to a provider, a remote module or a missing input, with its place.
fn list(found: &[Found]) {
    let mut lines = BTreeMap::new();
    for one in found {
        let own = match one.causes.as_slice() {
            [] => !is_outside(&one.reason),
            causes => !causes.iter().all(is_outside),
        };
        if own {
            let mut line = String::new();
            let _ = write!(line, "{} {}: {} ({})", one.module, one.place, label(one), one.attribute);
            *lines.entry((line, one.example.clone())).or_insert(0) += 1;
        }
    }
    for ((line, example), count) in lines {
        println!("{count} × {line} in {example}");
    }
}
