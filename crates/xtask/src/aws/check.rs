//! Whether the data files are as they were written, and have the form that keylint reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{COPIES, DATA, LIST, LIST_HEADER, digest};

/// Fails at the first file that is not as it was written, or that nobody wrote.
pub(super) fn run(root: &Path) -> Result<()> {
    let data = &root.join(DATA);
    let list = fs::read_to_string(data.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let lines = list.strip_prefix(LIST_HEADER).with_context(|| format!("{LIST} has another header"))?;
    let mut known = BTreeSet::from([LIST.to_owned()]);
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, date, bytes, sha256, _] = fields[..] else {
            bail!("{LIST} has a line with other fields: {line}");
        };
        ensure!(is_date(date), "{LIST}: `{date}` is no date");
        let content = fs::read(data.join(name)).with_context(|| format!("cannot read {name}"))?;
        ensure!(
            bytes == content.len().to_string() && sha256 == digest(&content),
            "{name} is not as `cargo xtask update-aws-data` wrote it: run it again"
        );
        if name.ends_with(".tsv") {
            sorted(name, std::str::from_utf8(&content)?)?;
        }
        known.insert(name.to_owned());
    }
    for entry in fs::read_dir(data)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name) {
            ensure!(!name.ends_with(".bin"), "{name} is not in {LIST}");
            by_hand(&name, &fs::read_to_string(data.join(&name))?)?;
        }
    }
    for (name, directory) in COPIES {
        let copy = root.join(directory).join(name);
        ensure!(
            fs::read(data.join(name))? == fs::read(&copy)?,
            "{} is not as `cargo xtask update-aws-data` wrote it: run it again",
            copy.display()
        );
    }
    Ok(())
}

/// A table that is kept by hand says from which day it is. One that has a column for its source names
/// a page of AWS in each line.
fn by_hand(name: &str, text: &str) -> Result<()> {
    let remarks: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    let mut words = remarks.iter().flat_map(|line| line.split([' ', ',', '.', ':', ';']));
    ensure!(words.any(is_date), "{name} does not say from which day it is");
    let header = remarks.last().copied().unwrap_or_default();
    if !header.ends_with("\tsource") {
        return Ok(());
    }
    sorted(name, text)?;
    let columns = header.split('\t').count();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        ensure!(line.split('\t').count() == columns, "{name} has a line with other fields: {line}");
        let source = line.rsplit('\t').next().unwrap_or_default();
        // What AWS's reference does not list may stand on no page of its documentation at all.
        let home = if name.starts_with("unlisted-") { "https://" } else { "https://docs.aws.amazon.com/" };
        ensure!(source.starts_with(home), "{name}: no page of AWS: {line}");
    }
    Ok(())
}

/// keylint searches the tables where they lie.
fn sorted(name: &str, text: &str) -> Result<()> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    ensure!(!lines.is_empty(), "{name} is empty");
    for pair in lines.windows(2) {
        let [one, next] = pair else { continue };
        ensure!(one.to_ascii_lowercase() < next.to_ascii_lowercase(), "{name} is not sorted: {next}");
    }
    Ok(())
}

fn is_date(text: &str) -> bool {
    let form: Vec<usize> = text.split('-').map(str::len).collect();
    form == [4, 2, 2] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{by_hand, is_date, run};

    /// Where it fails: `cargo xtask update-aws-data` renews the files.
    #[test]
    fn data_of_aws_is_as_it_was_written() {
        run(&crate::root()).unwrap();
    }

    #[test]
    fn tables_without_date_source_or_order_are_refused() {
        let table = |lines: &str| format!("# Read on 2026-10-01.\n# key\tsource\n{lines}");
        let page = "https://docs.aws.amazon.com/x.html";
        by_hand("good", &table(&format!("a\t{page}\nb\t{page}\n"))).unwrap();
        for lines in
            [format!("b\t{page}\na\t{page}\n"), "a\t-\n".to_owned(), format!("a\tb\t{page}\n"), String::new()]
        {
            by_hand("bad", &table(&lines)).unwrap_err();
        }
        by_hand("undated", &format!("# key\tsource\na\t{page}\n")).unwrap_err();
        by_hand("other", "# Taken 2026-10-01, by hand.\n# key\nb\na\n").unwrap();
        assert!(is_date("2026-10-27") && !is_date("2026-1-27") && !is_date("today"));
    }
}
