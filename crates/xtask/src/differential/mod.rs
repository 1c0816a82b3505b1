//! The decisions of `keylint policy simulate` compared with those of another evaluator, request by
//! request, over policies that are made up.
//!
//! The other one is `@cloud-copilot/iam-simulate`, which stays outside of this repository (its
//! licence is the AGPL): `peer.mjs` is given its directory. Every difference has to be explained by an
//! entry of `docs/policy-differences.md`; one that is not is a mistake of ours until it has been
//! looked into.

#![expect(clippy::disallowed_methods, reason = "a command line tool for developers")]

mod compare;
mod conditions;
mod coverage;
mod direction;
mod features;
mod generate;
mod peculiar;
mod policies;
mod random;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use keylint_policy::evaluate::{Case, ContextValue, read_cases};
use keylint_source::{Memory, Sources};
use keylint_syntax::{Text, json};
use serde_json::{Map, Value};

/// `generate COUNT SEED CASES` or `compare CASES RESULTS`.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["generate", count, seed, path] => write(count.parse()?, seed.parse()?, Path::new(path)),
        ["compare", cases, results] => compare::run(root, Path::new(cases), Path::new(results)),
        _ => bail!("expected `generate COUNT SEED CASES` or `compare CASES RESULTS`"),
    }
}

/// Writes cases, one a line: what keylint reads, and the context as keylint completes it, so that
/// the other evaluator has the same keys.
fn write(count: usize, seed: u64, path: &Path) -> anyhow::Result<()> {
    let mut random = random::Random::new(seed);
    let mut text = String::new();
    for _ in 0..count {
        let input = generate::case(&mut random);
        let context = completed(&read(&input)?);
        let line = serde_json::json!({"input": input, "context": context});
        writeln!(text, "{line}")?;
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

/// A case as the command reads it.
fn read(input: &Value) -> anyhow::Result<Case> {
    let sources = Sources::new(std::sync::Arc::new(Memory::new()), "/");
    let file = sources.insert(Path::new("case.json"), input.to_string());
    let (root, errors) = json::parse(&Text::of_file(&file));
    let cases = match (root, errors.first()) {
        (Some(root), None) => read_cases(&root),
        (_, Some(error)) => bail!("{input}: {}", error.message),
        (None, None) => bail!("an empty case"),
    };
    match cases {
        Ok(mut cases) => cases.pop().context("no case"),
        Err(errors) => bail!("{input}: {errors:?}"),
    }
}

/// The context that is known of a case.
fn completed(case: &Case) -> Map<String, Value> {
    let mut keys = Map::new();
    for (key, value) in case.request.complete_context().iter() {
        let text = |value: &keylint_policy::PartlyKnown| value.as_known().map(Value::from);
        let value = match value {
            ContextValue::One(value) => text(value),
            ContextValue::Many(values) => Some(values.iter().filter_map(text).collect()),
            ContextValue::Unknown => None,
        };
        keys.extend(value.map(|value| (key.to_owned(), value)));
    }
    keys
}
