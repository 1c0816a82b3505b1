//! How long keylint takes, against the floor of reading and parsing alone in the same run.
//!
//! Each benchmark asserts how much it found, so that an empty analysis cannot win. The corpus is
//! looked for beside the repository; without it only the small file is measured, and that is said.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use divan::Bencher;
use keylint_engine::{Project, Settings, lint};
use keylint_source::discovery::Request;
use keylint_source::{Disk, Memory, SourceFile, Sources, discover};
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

/// Evaluation of what is parsed already, without the rules: no more than twice [`parse_alone`].
#[divan::bench]
fn evaluate_alone(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus() else { return };
    let sources = sources(&corpus);
    let found = discover(&sources, &Request::default()).candidates;
    let is_terraform = |path: &Path| path.extension().is_some_and(|extension| extension == "tf");
    let directories: BTreeSet<PathBuf> = found
        .iter()
        .filter(|candidate| is_terraform(&candidate.path))
        .filter_map(|candidate| candidate.path.parent().map(Path::to_path_buf))
        .collect();
    let project = keylint_terraform::Project::load(&sources, &Vec::from_iter(&directories));
    bencher.bench_local(|| {
        let roots = project.roots();
        let resources: usize =
            roots.par_iter().map(|root| project.evaluate(&sources, *root).resources.len()).sum();
        assert!(resources > 800, "{resources} resources");
    });
}

/// A tree of modules three levels deep with this many instances of one resource: ten times as many
/// take ten times as long.
#[divan::bench(args = [1_000, 10_000])]
fn module_tree(bencher: Bencher<'_, '_>, instances: usize) {
    let call = |source: &str, count: usize| {
        format!("module \"m\" {{\n  source = \"{source}\"\n  count  = {count}\n}}\n")
    };
    let mut memory = Memory::new();
    memory.insert("/w/main.tf", call("./outer", instances / 100));
    memory.insert("/w/outer/main.tf", call("../inner", 10));
    memory.insert(
        "/w/inner/main.tf",
        "resource \"aws_secretsmanager_secret\" \"this\" {\n  count = 10\n  name  = \"s${count.index}\"\n}\n",
    );
    let memory = Arc::new(memory);
    bencher.bench_local(|| {
        let sources = Arc::new(Sources::new(Arc::clone(&memory) as Arc<_>, "/w"));
        let report = lint(&Project { paths: vec![".".into()], sources }, &Settings::default());
        assert_eq!(report.coverage.resources, instances);
        assert!(report.findings.iter().any(|finding| finding.instances.len() == instances));
    });
}

/// Every template of the two corpora. The aim is 300 ms on two cores.
#[divan::bench]
fn all_templates(bencher: Bencher<'_, '_>) {
    let Some(corpus) = corpus().and_then(|path| path.parent().map(Path::to_owned)) else { return };
    let paths = ["aws-cloudformation-templates", "cfngoat"].map(PathBuf::from);
    bencher.bench_local(|| {
        let project = Project { paths: paths.to_vec(), sources: Arc::new(sources(&corpus)) };
        let report = lint(&project, &Settings::default());
        assert!(report.coverage.files > 290, "{:?}", report.coverage);
        assert!(report.coverage.resources > 2_000, "{:?}", report.coverage);
        assert!(report.findings.len() > 400, "{} findings", report.findings.len());
    });
}

/// One template of a megabyte. The aim is 100 ms.
#[divan::bench]
fn one_large_template(bencher: Bencher<'_, '_>) {
    let template = large_template();
    assert!((1_000_000..1_200_000).contains(&template.len()), "{} bytes", template.len());
    bencher.bench_local(|| {
        let mut files = Memory::new();
        files.insert("/template.yaml", &template);
        let sources = Sources::new(Arc::new(files), "/");
        let project = Project { paths: vec!["/template.yaml".into()], sources: Arc::new(sources) };
        let report = lint(&project, &Settings::default());
        assert!(report.coverage.resources >= 200, "{:?}", report.coverage);
        assert!(report.findings.len() >= 200, "{} findings", report.findings.len());
    });
}

/// A template of 200 roles, each under a condition, whose many statements depend on more of them.
fn large_template() -> String {
    let mut text = "Parameters:\n".to_owned();
    for number in 0..20 {
        text.push_str(&format!("  P{number}: {{Type: String}}\n"));
    }
    text.push_str("Conditions:\n");
    for number in 0..20 {
        let next = (number + 1) % 20;
        text.push_str(&format!("  Is{number}: !Equals [!Ref P{number}, prod]\n"));
        text.push_str(&format!("  Both{number}: !And [Condition: Is{number}, !Not [Condition: Is{next}]]\n"));
    }
    text.push_str("Resources:\n");
    for number in 0..200 {
        let condition = number % 20;
        text.push_str(&format!(
            "  Role{number}:\n    Type: AWS::IAM::Role\n    Condition: Both{condition}\n    Properties:\n      \
             AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          \
             - {{Effect: Allow, Action: sts:AssumeRole, Principal: {{Service: lambda.amazonaws.com}}}}\n      \
             Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Version: '2012-10-17'\n            \
             Statement:\n"
        ));
        for statement in 0..19 {
            let other = (number + statement) % 20;
            text.push_str(&format!(
                "              - Effect: Allow\n                Action: !If [Is{other}, 'kms:Decrypt', \
                 ['secretsmanager:GetSecretValue', 'ssm:GetParameter']]\n                Resource:\n                  \
                 - !Sub 'arn:${{AWS::Partition}}:kms:${{AWS::Region}}:${{AWS::AccountId}}:key/${{P{other}}}'\n"
            ));
        }
        text.push_str("              - {Effect: Allow, Action: 'kms:*', Resource: '*'}\n");
    }
    text
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
