//! Where a block stands, and what files and directories are called, is no matter of Terraform's:
//! the same blocks shuffled among other files give the same findings.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint};
use keylint_source::{Memory, Sources, Span};

const DEMO: &[(&str, &str)] = &[
    ("main.tf", include_str!("../../../testdata/demo/main.tf")),
    ("modules/secret/main.tf", include_str!("../../../testdata/demo/modules/secret/main.tf")),
    ("modules/secret/variables.tf", include_str!("../../../testdata/demo/modules/secret/variables.tf")),
    ("policies/key.json", include_str!("../../../testdata/demo/policies/key.json")),
    ("policies/scp.json", include_str!("../../../testdata/demo/policies/scp.json")),
];

/// What needs more than one look: loops over what is not known, conditions, calls of calls, errors.
const TANGLED: &[(&str, &str)] = &[
    (
        "main.tf",
        r#"
variable "accounts" {}
variable "is_open" { type = bool }
variable "names" {}
locals {
  keys   = { for name, key in aws_kms_key.each : name => key.arn }
  policy = data.aws_iam_policy_document.base.json
  cycle  = local.other
}
locals {
  other = local.cycle
  count = var.is_open ? 2 : 1
}
data "aws_iam_policy_document" "base" {
  source_policy_documents = [data.aws_iam_policy_document.first.json]
  dynamic "statement" {
    for_each = var.accounts
    content {
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}
data "aws_iam_policy_document" "first" {
  statement {
    sid       = "Open"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [var.is_open ? "*" : "arn:aws:iam::111122223333:root"]
    }
  }
}
resource "aws_kms_key" "each" {
  for_each    = var.names
  policy      = local.policy
  description = local.cycle
}
resource "aws_kms_key" "counted" {
  count       = local.count
  description = local.other
  policy = jsonencode({ Statement = [for a in var.accounts : { Effect = "Allow", Action = "kms:*", Principal = "*", Resource = a }] })
}
module "stores" {
  source   = "./modules/store"
  for_each = toset(["a", "b"])
  name     = each.key
  key      = local.keys["a"]
}
module "plain" {
  source = "./modules/store"
  name   = "plain"
}
resource "aws_iam_role_policy" "wrong" {
  role   = module.plain.missing
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
"#,
    ),
    (
        "modules/store/main.tf",
        r#"
variable "name" {}
variable "key" { default = null }
module "inner" {
  source = "../inner"
  name   = "${var.name}-inner"
  key    = var.key
}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.key == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.key
    }
  }
}
"#,
    ),
    (
        "modules/inner/main.tf",
        r#"
variable "name" {}
variable "key" {}
resource "aws_secretsmanager_secret" "this" {
  name       = var.name
  kms_key_id = var.key
}
resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = "correct-horse-battery-9"
}
"#,
    ),
];

type Files = Vec<(String, String)>;

fn run(files: &Files) -> (Report, Arc<Sources>) {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    let report =
        lint(&Project { paths: vec![".".into()], sources: Arc::clone(&sources) }, &Settings::default());
    (report, sources)
}

/// What a report says, without where: each place as the text that stands there.
fn said(files: &Files) -> Vec<String> {
    let (report, sources) = run(files);
    let text = |span: Span| sources.get(span.file).slice(span).to_owned();
    let finding = |finding: &keylint_rules::Finding| {
        let mut related: Vec<_> =
            finding.related.iter().map(|one| format!("{}: {}", one.message, text(one.span))).collect();
        related.sort();
        format!(
            "{} {} {} [{}] {:?} {:?} {related:?}",
            finding.rule,
            finding.severity,
            finding.message,
            text(finding.span),
            finding.resource,
            finding.instances
        )
    };
    let mut said: Vec<String> = report.findings.iter().map(finding).collect();
    let undecided = report
        .undecided
        .iter()
        .map(|one| format!("{} {} {}", one.undecided.rule, one.undecided.resource, text(one.undecided.span)));
    said.extend(undecided);
    let coverage = &report.coverage;
    said.push(format!("{} resources, {} policies", coverage.resources, coverage.policies));
    said.sort();
    said
}

/// A small generator: the same variants in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(last + 1));
        }
    }
}

/// The blocks at the top of a file, each with the comments before it.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        let block = blocks.last_mut().unwrap();
        block.push_str(line);
        block.push('\n');
        let is_whole = line == "}" || (line.ends_with('}') && line.starts_with(char::is_alphabetic));
        if is_whole {
            blocks.push(String::new());
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

/// The same project with its blocks in other files, and its modules in other directories.
fn variant(project: &[(&str, &str)], dice: &mut Dice) -> Files {
    const NAMES: [&str; 6] = ["zz.tf", "main.tf", "a.tf", "outputs.tf", "M.tf", "0.tf"];
    let directory = |path: &str| path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let modules: BTreeSet<String> = project
        .iter()
        .filter(|(path, _)| path.starts_with("modules/"))
        .map(|(path, _)| directory(path).split('/').nth(1).unwrap().to_owned())
        .collect();
    let renamed: Vec<(String, String)> = modules
        .iter()
        .map(|name| (name.clone(), format!("{}{name}", ["", "q", "A-"][dice.roll(3)])))
        .collect();
    let rename = |text: &str| {
        renamed.iter().fold(text.to_owned(), |text, (old, new)| {
            text.replace(&format!("modules/{old}/"), &format!("modules/{new}/"))
                .replace(&format!("/modules/{old}\""), &format!("/modules/{new}\""))
                .replace(&format!("\"../{old}\""), &format!("\"../{new}\""))
        })
    };
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut shuffled: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in project {
        match path.ends_with(".tf") {
            true => shuffled.entry(directory(path)).or_default().extend(blocks(text)),
            false => drop(files.insert((*path).to_owned(), (*text).to_owned())),
        }
    }
    for (directory, mut blocks) in shuffled {
        dice.shuffle(&mut blocks);
        for block in blocks {
            let name = NAMES[dice.roll(NAMES.len())];
            let path = rename(format!("{directory}/{name}").trim_start_matches('/'));
            files.entry(path).or_default().push_str(&format!("{}\n", rename(&block)));
        }
    }
    files.into_iter().collect()
}

#[test]
fn neither_order_nor_names_of_files_change_what_is_found() {
    for project in [DEMO, TANGLED] {
        let written: Files =
            project.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let expected = said(&written);
        assert!(expected.len() > 5, "{expected:#?}");
        let mut dice = Dice(7);
        for _ in 0..40 {
            let files = variant(project, &mut dice);
            let mut found = said(&files);
            // The text of a call names the directory that it calls.
            found.iter_mut().for_each(|one| {
                for added in ["q", "A-"] {
                    for name in ["secret", "store", "inner"] {
                        *one = one.replace(&format!("/{added}{name}"), &format!("/{name}"));
                    }
                }
            });
            found.sort();
            assert_eq!(found, expected, "{files:#?}");
        }
    }
}
