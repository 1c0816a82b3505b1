//! Both evaluators' decisions side by side.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use super::coverage::Coverage;
use super::features::{Compared, explanations};

/// How many unexplained differences are shown.
const SHOWN: usize = 10;

/// Compares, and fails when a difference has no explanation, or when something was met too rarely.
pub(super) fn run(root: &Path, cases: &Path, results: &Path) -> anyhow::Result<()> {
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
    let (cases, results) = (read(cases)?, read(results)?);
    let docs = read(&root.join("docs/policy-differences.md"))?;
    let (lines, peers): (Vec<&str>, Vec<&str>) = (cases.lines().collect(), results.lines().collect());
    if lines.len() != peers.len() {
        bail!("{} cases and {} results", lines.len(), peers.len());
    }
    let mut coverage = Coverage::new();
    let mut tally = Tally::default();
    for (line, peer) in lines.iter().zip(&peers) {
        let case: Value = serde_json::from_str(line)?;
        let (input, context) = (case.get("input"), case.get("context").and_then(Value::as_object));
        let (Some(input), Some(context)) = (input, context) else { bail!("a line is no case") };
        tally.add(input, context, peer, &mut coverage)?;
    }
    tally.report(&coverage, &docs)
}

#[derive(Default)]
struct Tally {
    cases: usize,
    /// Cases that no explanation speaks of: here both must agree.
    plain: usize,
    agree: usize,
    by_class: BTreeMap<&'static str, BTreeMap<String, usize>>,
    unexplained: Vec<String>,
}

impl Tally {
    fn add(
        &mut self,
        input: &Value,
        context: &Map<String, Value>,
        peer: &str,
        coverage: &mut Coverage,
    ) -> anyhow::Result<()> {
        let own = super::read(input)?.evaluate();
        coverage.count(input, own.decision.name());
        let compared = Compared { input, context, own: &own };
        let explanations = explanations(&compared);
        self.cases += 1;
        self.plain += usize::from(explanations.is_empty());
        if own.decision.name() == peer {
            self.agree += 1;
            return Ok(());
        }
        let pair = format!("{} here, {peer} there", own.decision);
        // An explanation of the opposite explains nothing.
        let mut fitting = explanations.iter().filter(|(_, direction)| direction.fits(&compared, peer));
        match fitting.next().filter(|_| !peer.starts_with("error")) {
            Some((class, _)) => *self.by_class.entry(*class).or_default().entry(pair).or_default() += 1,
            None => self
                .unexplained
                .push(format!("{pair}: {}", serde_json::json!({"input": input, "context": context}))),
        }
        Ok(())
    }

    fn report(&self, coverage: &Coverage, docs: &str) -> anyhow::Result<()> {
        let (table, rare) = coverage.table();
        println!("{table}");
        println!(
            "{} cases, {} of them without anything that is known to differ; {} decided alike",
            self.cases, self.plain, self.agree
        );
        let mut undocumented = Vec::new();
        for (class, pairs) in &self.by_class {
            println!("  {class}: {}", pairs.values().sum::<usize>());
            for (pair, count) in pairs {
                println!("    {count:>6}  {pair}");
            }
            if !docs.contains(&format!("### {class}\n")) {
                undocumented.push(*class);
            }
        }
        for difference in self.unexplained.iter().take(SHOWN) {
            println!("unexplained: {difference}");
        }
        if !self.unexplained.is_empty() || !rare.is_empty() || !undocumented.is_empty() {
            bail!(
                "{} unexplained differences; met too rarely: {rare:?}; not in docs/policy-differences.md: {undocumented:?}",
                self.unexplained.len()
            );
        }
        println!("every difference is explained in docs/policy-differences.md");
        Ok(())
    }
}
