//! Terraform projects of several directories: what is reported where, and what silences it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

const MODULE: &str = r#"variable "kms_key_id" {
  type    = string
  default = null
}

resource "aws_secretsmanager_secret" "this" {
  kms_key_id = var.kms_key_id
}
"#;

/// A root that calls the module twice without a key; `{}` is a comment on the first call.
fn root(comment: &str) -> String {
    format!(
        "{comment}
module \"one\" {{
  source = \"./secret\"
}}

module \"two\" {{
  source = \"./secret\"
}}
"
    )
}

fn run(files: &[(&str, &str)], paths: &[&str], rules: &str) -> Report {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let rules: Vec<String> = rules.split(',').map(str::to_owned).collect();
    let selection = select(Registry::builtin(), &rules, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: paths.iter().map(Into::into).collect(), sources }, &settings)
}

/// `path:line rule [instances]` of each finding.
fn shown(report: &Report) -> Vec<String> {
    let show = |finding: &keylint_rules::Finding| {
        let file = report.file(finding.span).unwrap();
        let line = file.position(finding.span.start).line;
        let resource = finding.resource.iter().map(ToString::to_string);
        let instances: Vec<_> = match finding.instances.is_empty() {
            true => resource.collect(),
            false => finding.instances.iter().map(ToString::to_string).collect(),
        };
        format!("{}:{line} {} {}", file.path, finding.rule, instances.join(" "))
    };
    report.findings.iter().map(show).collect()
}

const BOTH: &str = "secret/main.tf:7 SM001 module.one.aws_secretsmanager_secret.this module.two.aws_secretsmanager_secret.this";

#[test]
fn a_module_called_twice_is_one_finding_with_both_instances() {
    let report = run(&[("main.tf", &root("")), ("secret/main.tf", MODULE)], &["."], "SM001");
    assert_eq!(shown(&report), [BOTH]);
    assert_eq!(report.coverage.resources, 2);
}

#[test]
fn a_module_called_from_several_roots_is_one_finding_that_names_them() {
    let call = root("").replace("./secret", "../secret");
    let files = [("a/main.tf", &*call), ("b/main.tf", &call), ("secret/main.tf", MODULE)];
    let report = run(&files, &["."], "SM001");
    let this = |root: &str, call: &str| format!("{root}:module.{call}.aws_secretsmanager_secret.this");
    let instances = [this("a", "one"), this("b", "one"), this("a", "two"), this("b", "two")];
    assert_eq!(shown(&report), [format!("secret/main.tf:7 SM001 {}", instances.join(" "))]);
}

#[test]
fn a_comment_on_a_call_silences_what_that_call_brings_about_and_no_more() {
    let text = root("# keylint: ignore[SM001] a test account");
    let report = run(&[("main.tf", &text), ("secret/main.tf", MODULE)], &["."], "SM001");
    assert_eq!(shown(&report), ["secret/main.tf:7 SM001 module.two.aws_secretsmanager_secret.this"]);
    assert_eq!(report.coverage.suppressed, 1);
}

#[test]
fn a_comment_on_the_resource_silences_it_for_every_caller() {
    let module = MODULE.replace("resource", "# keylint: ignore[SM001] why\nresource");
    let report = run(&[("main.tf", &root("")), ("secret/main.tf", &module)], &["."], "SM001");
    assert_eq!(shown(&report), [""; 0]);
}

#[test]
fn a_comment_on_a_block_within_a_statement_list_silences_that_statement() {
    let policy = r#"resource "aws_iam_role_policy" "this" {
  role = "x"
  policy = jsonencode({
    Statement = [
      # keylint: ignore[IAM004] audited
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }, # keylint: ignore[IAM004]
    ]
  })
}
"#;
    let report = run(&[("main.tf", policy)], &["."], "IAM004");
    assert_eq!(shown(&report), ["main.tf:7 IAM004 aws_iam_role_policy.this"]);
    assert_eq!(report.coverage.suppressed, 2);
}

#[test]
fn a_comment_where_a_policy_file_is_named_silences_what_is_in_the_file() {
    let text = "resource \"aws_iam_policy\" \"one\" {
  # keylint: ignore[IAM001] break glass
  policy = file(\"${path.module}/admin.txt\")
}

resource \"aws_iam_policy\" \"two\" {
  # keylint: ignore[IAM001] a comment of an attribute speaks of that attribute
  name   = \"two\"
  policy = file(\"${path.module}/admin.txt\")
}
";
    let admin = "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}";
    let report = run(&[("main.tf", text), ("admin.txt", admin)], &["."], "IAM001");
    assert_eq!(shown(&report), ["admin.txt:1 IAM001 aws_iam_policy.two"]);
    assert_eq!(report.coverage.suppressed, 1);
}

#[test]
fn a_given_file_is_checked_with_the_values_of_its_callers() {
    let with_key = "module \"one\" {\n  source = \"./secret\"\n  kms_key_id = \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n}\n";
    let files = [(".git/HEAD", ""), ("main.tf", with_key), ("secret/main.tf", MODULE)];
    assert_eq!(shown(&run(&files, &["secret/main.tf"], "SM001")), [""; 0]);
    let files = [(".git/HEAD", ""), ("main.tf", &root("")), ("secret/main.tf", MODULE)];
    assert_eq!(shown(&run(&files, &["secret/main.tf"], "SM001")), [BOTH]);
}

#[test]
fn a_module_that_is_not_on_disk_is_told_once_for_each_call_that_is_made() {
    let text = "module \"none\" {
  source = \"./gone\"
  count  = 0
}

module \"many\" {
  source = \"terraform-aws-modules/kms/aws\"
  count  = 3
}

module \"one\" {
  source = \"./gone\"
}
";
    let report = run(&[("main.tf", text)], &["."], "SM001");
    let missing: Vec<_> = report.missing_modules.iter().map(|module| module.address.as_str()).collect();
    assert_eq!(missing, ["module.many", "module.one"]);
    assert_eq!(report.coverage.missing_modules, 2);
}

#[test]
fn what_is_excluded_is_evaluated_and_not_reported() {
    let with = |patterns: &[&str], gitignore: &str| {
        let mut files = Memory::new();
        files.insert("/w/.git/HEAD", "");
        files.insert("/w/.gitignore", gitignore);
        files.insert("/w/main.tf", root(""));
        files.insert("/w/other.tf", "resource \"aws_secretsmanager_secret\" \"other\" {}\n");
        files.insert("/w/secret/main.tf", MODULE);
        let selection = select(Registry::builtin(), &["SM001".to_owned()], &[]).unwrap();
        let exclude = patterns.iter().map(ToString::to_string).collect();
        let sources = Arc::new(Sources::new(Arc::new(files), "/w"));
        let paths = vec![".".into()];
        shown(&lint(&Project { paths, sources }, &Settings { selection, exclude, ..Settings::default() }))
    };
    let other = "other.tf:1 SM001 aws_secretsmanager_secret.other";
    assert_eq!(with(&[], ""), [other, BOTH]);
    assert_eq!(with(&["other.tf"], ""), [BOTH]);
    assert_eq!(with(&["secret"], ""), [other]);
    assert_eq!(with(&["secret", "other.tf"], ""), [""; 0]);
    assert_eq!(with(&[], "other.tf\n"), [BOTH]);
    // What a file that is not ignored calls is its doing.
    assert_eq!(with(&[], "secret/\n"), [other, BOTH]);
}

#[test]
fn a_secret_that_is_put_together_is_masked_in_all_its_parts_and_nothing_between() {
    let main = "locals {
  last = \"-abcdef\"
}
resource \"aws_s3_bucket\" \"between\" {
  bucket = \"shown\"
}
resource \"aws_db_instance\" \"this\" {
  password = \"${local.middle}qwerty${local.last}\"
}
";
    let other =
        "# shown\nlocals {\n  middle = \"uiopas\"\n}\nresource \"aws_secretsmanager_secret\" \"x\" {}\n";
    let report = run(&[("main.tf", main), ("other.tf", other)], &["."], "LEAK003,SM001");
    let masked = |path: &str| {
        let mut files = report.files.values().filter(|file| &*file.path == path);
        files.next().map(|file| file.text.to_string())
    };
    let main = main.replace("-abcdef", "*******").replace("qwerty", "******");
    assert_eq!(masked("main.tf"), Some(main));
    assert_eq!(masked("other.tf"), Some(other.replace("uiopas", "******")));
}

#[test]
fn a_file_with_something_that_is_not_looked_at_is_not_wholly_read() {
    let key = "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n}\n";
    for left_out in [
        "resorce \"aws_kms_key\" \"a\" {}\n",
        "resource \"aws_kms_key\" {}\n",
        "x = 1\n",
        key,
        "locals {\n  a = { b = 1, b = 2 }\n}\n",
    ] {
        let report = run(&[("main.tf", &format!("{key}{left_out}"))], &["."], "KL003");
        assert_eq!(report.coverage.unparsed, ["main.tf".into()], "{left_out}");
    }
    assert!(run(&[("main.tf", key)], &["."], "KL003").coverage.unparsed.is_empty());
}

#[test]
fn a_file_that_opentofu_passes_over_is_said_not_to_be_read() {
    let public = "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"kms:*\", Resource = \"*\" }] })\n}\n";
    let report = run(&[("main.tf", public), ("main.tofu", "locals {}\n")], &["."], "KMS002");
    assert!(report.findings.is_empty());
    assert_eq!(
        report.hints,
        ["main.tf is not read: OpenTofu takes `main.tofu` instead of it, Terraform does not"]
    );
    assert_eq!(report.coverage.unparsed, ["main.tf".into()]);
}

#[test]
fn a_document_that_another_takes_over_is_no_policy_of_its_own() {
    let text = "data \"aws_iam_policy_document\" \"base\" {
  statement {
    actions   = [\"*\"]
    resources = [\"*\"]
  }
}
data \"aws_iam_policy_document\" \"all\" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
}
resource \"aws_iam_policy\" \"this\" {
  policy = data.aws_iam_policy_document.all.json
}
";
    let report = run(&[("main.tf", text)], &["."], "IAM001");
    assert_eq!(shown(&report), ["main.tf:3 IAM001 aws_iam_policy.this"]);
    assert_eq!(report.coverage.policies, 1);
}

#[test]
fn a_directory_is_a_project_of_its_own() {
    let files = [(".git/HEAD", ""), ("main.tf", &*root("")), ("secret/main.tf", MODULE)];
    let report = run(&files, &["secret"], "SM001");
    assert_eq!(shown(&report), ["secret/main.tf:7 SM001 aws_secretsmanager_secret.this"]);
}

#[test]
fn a_given_caller_sees_what_its_call_causes_and_nothing_of_other_files() {
    let other = "resource \"aws_secretsmanager_secret\" \"other\" {}\n";
    let files = [(".git/HEAD", ""), ("main.tf", &*root("")), ("other.tf", other), ("secret/main.tf", MODULE)];
    assert_eq!(shown(&run(&files, &["main.tf"], "SM001")), [BOTH]);
    let report = run(&files, &["other.tf"], "SM001");
    assert_eq!(shown(&report), ["other.tf:1 SM001 aws_secretsmanager_secret.other"]);
    assert_eq!((report.coverage.files, report.coverage.resources), (1, 1));
}

#[test]
fn a_module_that_calls_itself_is_a_finding_and_ends() {
    let text = "module \"me\" {\n  source = \"./\"\n}\nresource \"aws_secretsmanager_secret\" \"x\" {}\n";
    let report = run(&[("main.tf", text)], &["."], "SM001,KL003,KL004");
    let lines = shown(&report);
    assert!(lines.iter().any(|line| line.contains("KL00")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("SM001")), "{lines:?}");
}

#[test]
fn names_and_order_of_files_and_modules_do_not_change_what_is_found() {
    let one = run(&[("a.tf", &root("")), ("secret/main.tf", MODULE)], &["."], "SM001");
    let two = run(&[("z.tf", &root("")), ("secret/a.tf", MODULE)], &["."], "SM001");
    let fingerprints = |report: &Report| -> Vec<_> {
        report.findings.iter().map(|finding| finding.fingerprint.clone()).collect()
    };
    assert_eq!(fingerprints(&one), fingerprints(&two));
    assert_eq!(one.findings.len(), 1);
}

#[test]
fn a_finding_silences_what_it_says_better_and_nothing_beside_it() {
    let text = "resource \"aws_iam_policy\" \"one\" {
  policy = jsonencode({ Statement = [
    { Effect = \"Allow\", Resource = \"*\", Action = [
      \"kms:*\",
      \"iam:PassRole\",
      \"s3:*\",
      \"iam:*\",
    ] },
    { Effect = \"Allow\", Resource = \"*\", Action = \"secretsmanager:*\" },
    { Effect = \"Allow\", Resource = \"*\", Action = \"secretsmanager:GetSecretValue\" },
  ] })
}
";
    let report = run(&[("main.tf", text)], &["."], "IAM,KMS010");
    let rules = ["4 KMS010", "5 IAM032", "6 IAM002", "7 IAM002", "9 IAM003", "10 IAM004"];
    let expected: Vec<_> = rules.iter().map(|rule| format!("main.tf:{rule} aws_iam_policy.one")).collect();
    assert_eq!(shown(&report), expected);
    let apart = text.replace("      \"iam:*\",\n", "");
    let report = run(&[("main.tf", &apart)], &["."], "IAM,KMS010");
    assert!(shown(&report).contains(&"main.tf:5 IAM008 aws_iam_policy.one".to_owned()));
}

#[test]
fn a_document_with_alternatives_is_judged_where_it_is_used_alone() {
    let text = "variable \"more\" {}
variable \"open\" { type = bool }

data \"aws_iam_policy_document\" \"trust\" {
  source_policy_documents = concat([var.more], var.open ? [var.more] : [])
}

resource \"aws_iam_role\" \"one\" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
";
    let report = run(&[("main.tf", text)], &["."], "IAM,KMS,PUB004");
    assert_eq!(report.coverage.policies, 1);
    let whose: Vec<_> = report.undecided.iter().map(|open| open.undecided.resource.as_str()).collect();
    assert!(!whose.is_empty() && whose.iter().all(|address| *address == "aws_iam_role.one"), "{whose:?}");
}

/// What `terraform init` records of a call `key` of the registry's module `acme/secret/aws`.
fn manifest(entries: &[(&str, &str, &str)]) -> String {
    let entry = |(key, source, directory): &(&str, &str, &str)| {
        format!(r#"{{"Key":"{key}","Source":"{source}","Version":"1.2.0","Dir":"{directory}"}}"#)
    };
    let entries: Vec<_> = entries.iter().map(entry).collect();
    format!(r#"{{"Modules":[{{"Key":"","Source":"","Dir":"."}},{}]}}"#, entries.join(","))
}

const FETCHING: &str = "module \"vault\" {
  source  = \"acme/vault/aws\"
  version = \"1.2.0\"
}
";
const VAULT: &str = "module \"secret\" {
  source = \"git::https://example.com/secret.git\"
}

output \"arn\" {
  value = missing.reference
}
";
const FETCHED: [(&str, &str, &str); 2] = [
    ("vault", "registry.terraform.io/acme/vault/aws", ".terraform/modules/vault"),
    ("vault.secret", "git::https://example.com/secret.git", ".terraform/modules/vault.secret"),
];

#[test]
fn what_init_has_fetched_is_checked_and_reported_at_the_users_own_call() {
    let silent = format!("# keylint: ignore[SM001] says its author\n{MODULE}");
    let manifest = manifest(&FETCHED);
    let report = run(
        &[
            ("main.tf", FETCHING),
            (".gitignore", ".terraform\n"),
            (".terraform/modules/modules.json", &manifest),
            (".terraform/modules/vault/main.tf", VAULT),
            (".terraform/modules/vault.secret/main.tf", &silent),
        ],
        &["."],
        "SM001,KL",
    );
    assert_eq!(shown(&report), ["main.tf:1 SM001 module.vault.module.secret.aws_secretsmanager_secret.this"]);
    let related: Vec<_> = report.findings.iter().flat_map(|finding| &finding.related).collect();
    let place = report.file(related.first().unwrap().span).unwrap();
    assert_eq!(&*place.path, ".terraform/modules/vault.secret/main.tf");
    assert!(report.missing_modules.is_empty());
    assert!(report.coverage.unparsed.is_empty());
}

#[test]
fn a_fetched_module_stays_missing_when_the_call_asks_for_another() {
    for (source, version) in [("acme/other/aws", "1.2.0"), ("acme/vault/aws", "2.0.0")] {
        let call = format!("module \"vault\" {{\n  source  = \"{source}\"\n  version = \"{version}\"\n}}\n");
        let manifest = manifest(&FETCHED);
        let files = [
            ("main.tf", call.as_str()),
            (".terraform/modules/modules.json", &manifest),
            (".terraform/modules/vault/main.tf", MODULE),
        ];
        let report = run(&files, &["."], "SM001");
        assert_eq!(shown(&report), [""; 0]);
        assert_eq!(report.missing_modules.len(), 1, "{source} {version}");
    }
}

#[test]
fn two_roots_have_each_their_own_copy() {
    let manifest = manifest(&FETCHED[..1]);
    let encrypted = MODULE.replace("var.kms_key_id\n", "\"arn:aws:kms:eu-west-1:111122223333:key/k\"\n");
    let report = run(
        &[
            ("a/main.tf", FETCHING),
            ("a/.terraform/modules/modules.json", &manifest),
            ("a/.terraform/modules/vault/main.tf", MODULE),
            ("b/main.tf", FETCHING),
            ("b/.terraform/modules/modules.json", &manifest),
            ("b/.terraform/modules/vault/main.tf", &encrypted),
        ],
        &["."],
        "SM001",
    );
    assert_eq!(shown(&report), ["a/main.tf:1 SM001 module.vault.aws_secretsmanager_secret.this"]);
}

#[test]
fn what_a_call_gives_to_a_fetched_module_is_the_place() {
    let call = FETCHING.replace("}\n", "  kms_key_id = null\n}\n");
    let manifest = manifest(&FETCHED[..1]);
    let files = [
        ("main.tf", call.as_str()),
        (".terraform/modules/modules.json", &manifest),
        (".terraform/modules/vault/main.tf", MODULE),
    ];
    let report = run(&files, &["."], "SM001");
    assert_eq!(shown(&report), ["main.tf:4 SM001 module.vault.aws_secretsmanager_secret.this"]);
}

#[test]
fn a_policy_of_a_fetched_module_is_mended_at_the_call_wherever_it_is_written() {
    const ADMIN: &str = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}";
    let policies = format!(
        "resource \"aws_iam_policy\" \"file\" {{\n  policy = file(\"${{path.module}}/a.json\")\n}}\nresource \"aws_iam_policy\" \"template\" {{\n  policy = templatefile(\"${{path.module}}/a.tpl\", {{}})\n}}\nresource \"aws_iam_policy\" \"text\" {{\n  policy = <<-EOT\n    {ADMIN}\n  EOT\n}}\n"
    );
    let manifest = manifest(&FETCHED[..1]);
    let files = [
        ("main.tf", FETCHING),
        (".terraform/modules/modules.json", &manifest),
        (".terraform/modules/vault/main.tf", &policies),
        (".terraform/modules/vault/a.json", ADMIN),
        (".terraform/modules/vault/a.tpl", ADMIN),
    ];
    let mut shown = shown(&run(&files, &["."], "IAM001"));
    shown.sort();
    let each = ["file", "template", "text"];
    assert_eq!(shown, each.map(|name| format!("main.tf:1 IAM001 module.vault.aws_iam_policy.{name}")));
}

#[test]
fn a_manifest_that_leads_out_of_the_project_is_refused() {
    for directory in ["../../elsewhere", "/elsewhere", ".terraform/../../../elsewhere"] {
        let manifest = manifest(&[("vault", "registry.terraform.io/acme/vault/aws", directory)]);
        let mut memory = Memory::new();
        for (path, text) in [
            ("/w/p/main.tf", FETCHING),
            ("/w/p/keylint.toml", ""),
            ("/w/p/.terraform/modules/modules.json", &manifest),
            ("/w/elsewhere/main.tf", MODULE),
            ("/elsewhere/main.tf", MODULE),
        ] {
            memory.insert(path, text);
        }
        let rules = ["SM001".to_owned(), "KL003".to_owned()];
        let selection = select(Registry::builtin(), &rules, &[]).unwrap();
        let settings = Settings { selection, ..Settings::default() };
        let sources = Arc::new(Sources::new(Arc::new(memory), "/w/p"));
        let report = lint(&Project { paths: vec![".".into()], sources }, &settings);
        assert_eq!(shown(&report), [".terraform/modules/modules.json:1 KL003 "], "{directory}");
        assert_eq!(report.missing_modules.len(), 1);
    }
}
