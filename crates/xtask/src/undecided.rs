//! The count of undecided values of each corpus folder and reason, which may only fall.
//!
//! A linter that says "cannot tell" more often than before has lost something even when every
//! test passes, so the counts are recorded like a snapshot. A folder or reason that is not in the
//! record counts as zero.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

const RECORD: Record = Record {
    path: "testdata/undecided.tsv",
    header: "# Undecided values by corpus folder and reason: `cargo xtask undecided --write` records them, CI lets\n# them only fall.\n",
    command: "undecided",
    what: "undecided",
};

/// Counts by corpus folder and reason.
pub(crate) type Counts = BTreeMap<(String, String), usize>;

/// A file of counts that may only fall.
pub(crate) struct Record {
    /// Where it is in the repository.
    pub(crate) path: &'static str,
    /// What it says of itself.
    pub(crate) header: &'static str,
    /// The command that writes it.
    pub(crate) command: &'static str,
    /// What the values are that are counted.
    pub(crate) what: &'static str,
}

/// Runs `undecided` with its arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (mode, binary, corpus) = match arguments {
        [mode, flag, binary, corpus] if flag == "--keylint" => (mode.as_str(), binary, corpus),
        _ => bail!("usage: cargo xtask undecided --check|--write --keylint BINARY CORPUS"),
    };
    let counts = count(Path::new(binary), Path::new(corpus))?;
    match mode {
        "--write" => RECORD.write(&counts),
        "--check" => RECORD.check(&counts),
        other => bail!("`{other}` is neither --check nor --write"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a developer's tool that runs the built program")]
fn count(binary: &Path, corpus: &Path) -> Result<Counts> {
    let mut folders: Vec<_> = std::fs::read_dir(corpus)
        .with_context(|| format!("cannot list {}", corpus.display()))?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let mut counts = Counts::new();
    for folder in folders {
        let run = Command::new(binary)
            .args(["check", "--isolated", "--exit-zero", "--show-unknown", "--output-format", "json"])
            .arg(folder.path())
            .output()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let name = folder.file_name().to_string_lossy().into_owned();
        ensure!(
            run.status.success(),
            "keylint failed on {name}: {}",
            String::from_utf8_lossy(&run.stderr).trim()
        );
        let report: serde_json::Value =
            serde_json::from_slice(&run.stdout).context("the report is not JSON")?;
        let places = report.get("undecided").and_then(|places| places.as_array());
        for place in places.context("the report lists nothing undecided")? {
            let reason = place.get("reason").and_then(|reason| reason.as_str()).unwrap_or("none");
            *counts.entry((name.clone(), reason.to_owned())).or_default() += 1;
        }
    }
    Ok(counts)
}

impl Record {
    /// Writes the counts down.
    #[expect(clippy::disallowed_methods, reason = "a developer's tool that writes into the repository")]
    pub(crate) fn write(&self, counts: &Counts) -> Result<()> {
        let lines = counts.iter().map(|((folder, reason), count)| format!("{folder}\t{reason}\t{count}\n"));
        let text: String = std::iter::once(self.header.to_owned()).chain(lines).collect();
        std::fs::write(self.path, text).with_context(|| format!("cannot write {}", self.path))
    }

    /// Fails where a count is greater than the one that is written down.
    pub(crate) fn check(&self, counts: &Counts) -> Result<()> {
        let recorded = self.read()?;
        let worse: Vec<_> = counts
            .iter()
            .filter_map(|(key, count)| {
                let before = recorded.get(key).copied().unwrap_or(0);
                (*count > before).then(|| format!("  {} {}: {before} -> {count}", key.0, key.1))
            })
            .collect();
        ensure!(
            worse.is_empty(),
            "more values are {} than before; if that is right, run `cargo xtask {} --write` and say why in the \
             commit:\n{}",
            self.what,
            self.command,
            worse.join("\n")
        );
        let (now, before): (usize, usize) = (counts.values().sum(), recorded.values().sum());
        println!("{} values: {now}, recorded {before}", self.what);
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "a developer's tool that reads the repository")]
    fn read(&self) -> Result<Counts> {
        let path = self.path;
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        let mut recorded = Counts::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(folder), Some(reason), Some(count)) = (fields.next(), fields.next(), fields.next())
            else {
                bail!("{path} has a line that is not folder, reason and count: `{line}`");
            };
            recorded.insert((folder.to_owned(), reason.to_owned()), count.parse()?);
        }
        Ok(recorded)
    }
}
