//! How long keylint takes, against the floor of reading and parsing alone in the same run.
//!
//! Each benchmark asserts how much it found, so that an empty analysis cannot win. The corpus is
//! looked for beside the repository; without it only the small file is measured, and that is said.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use divan::Bencher;
use keylint_engine::{Project, Settings, lint};
use keylint_source::discovery::Request;
use keylint_source::{Disk, SourceFile, Sources, discover};
use keylint_syntax::classify::{FileClass, Notation, class_by_name, classify};
use keylint_syntax::hcl;
use rayon::prelude::*;

const CORPUS: &str = "shared/corpus/terraform-aws-components";

fn main() {
    if corpus().is_none() {
        let _ = writeln!(std::io::stderr(), "!! {CORPUS} is not there: ONLY ONE SMALL FILE IS MEASURED !!");
    }
    divan::main();
}

fn corpus() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|ancestor| ancestor.join(CORPUS)).find(|path| path.is_dir())
}

fn sources(directory: &Path) -> Sources {
    Sources::new(Arc::new(Disk), directory)
}

/// Finds and reads all that may be ours.
fn read(sources: &Sources) -> Vec<Arc<SourceFile>> {
    let found = discover(sources, &Request::default()).candidates;
    found.par_iter().filter_map(|candidate| sources.load(&candidate.path).ok()).collect()
}

/// Parses a file; the number of its items or documents.
fn parse(file: &Arc<SourceFile>) -> usize {
    match class_by_name(file.path()) {
        Some(FileClass::Terraform(Notation::Native) | FileClass::TerraformVariables(Notation::Native)) => {
            hcl::parse(file).body.items.len()
        }
        _ => classify(file, false).parsed.map_or(0, |parsed| parsed.documents.len()),
    }
}

#[divan::bench]
fn walk_and_read(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus() else { return };
    bencher.bench_local(|| {
        let files = read(&sources(&corpus));
        assert!(files.len() > 1_800, "{} files", files.len());
        assert!(files.iter().map(|file| file.text().len()).sum::<usize>() > 4_000_000);
    });
}

#[divan::bench]
fn parse_alone(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus() else { return };
    let files = read(&sources(&corpus));
    bencher.bench_local(|| {
        let items: usize = files.par_iter().map(parse).sum();
        assert!(items > 10_000, "{items} items");
    });
}

#[divan::bench]
fn read_and_parse(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus() else { return };
    bencher.bench_local(|| {
        let items: usize = read(&sources(&corpus)).par_iter().map(parse).sum();
        assert!(items > 10_000, "{items} items");
    });
}

#[divan::bench]
fn whole_check(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus() else { return };
    bencher.bench_local(|| {
        let project = Project { paths: vec![".".into()], sources: Arc::new(sources(&corpus)) };
        let report = lint(&project, &Settings::default());
        assert!(report.coverage.files > 1_800, "{:?}", report.coverage);
        assert!(report.coverage.resources > 800, "{:?}", report.coverage);
        assert!(report.findings.len() > 50, "{} findings", report.findings.len());
    });
}

/// From the start of the process to its end.
#[divan::bench]
fn one_small_file(bencher: Bencher<'_, '_>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/demo/template.yaml");
    bencher.bench_local(|| {
        let output =
            command().arg("check").arg("--output-format").arg("concise").arg(&file).output().unwrap();
        let lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
        assert!(lines >= 5, "{}", String::from_utf8_lossy(&output.stdout));
    });
}

#[divan::bench]
fn start_and_exit(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let output = command().arg("version").output().unwrap();
        assert!(output.stdout.starts_with(b"keylint "));
    });
}

#[expect(clippy::disallowed_methods, reason = "a benchmark of the program runs it")]
fn command() -> std::process::Command {
    std::process::Command::new(env!("CARGO_BIN_EXE_keylint"))
}
