use super::*;

/// The same statement in every spelling: in each, the action and the principal point at the
/// bytes that say them.
#[test]
fn a_policy_points_at_its_tokens_in_every_spelling() {
    let template = r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "${verb}"]}]}"#;
    let fixture = load(
        &[
            (
                "main.tf",
                r#"
locals {
  statement = { Effect = "Allow", Principal = { AWS = "*" }, Action = ["kms:Decrypt", "kms:*"] }
}
data "aws_iam_policy_document" "it" {
  statement {
    actions = ["kms:Decrypt", "kms:*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
resource "aws_kms_key" "source" {
  policy = data.aws_iam_policy_document.it.json
}
resource "aws_kms_key" "encoded" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = ["kms:Decrypt", "kms:*"] }] })
}
resource "aws_kms_key" "from_local" {
  policy = jsonencode({ Statement = [local.statement] })
}
resource "aws_kms_key" "heredoc" {
  policy = <<-EOT
    {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "kms:*"]}]}
  EOT
}
resource "aws_kms_key" "quoted" {
  policy = "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": [\"kms:Decrypt\", \"kms:*\"]}]}"
}
resource "aws_kms_key" "from_file" {
  policy = file("${path.module}/policy.json")
}
resource "aws_kms_key" "from_template" {
  policy = templatefile("${path.module}/policy.tftpl", { verb = "kms:*" })
}
data "template_file" "it" {
  template = file("${path.module}/policy.tftpl")
  vars = {
    verb = "kms:*"
  }
}
resource "aws_kms_key" "from_data" {
  policy = data.template_file.it.rendered
}
data "template_file" "many" {
  count    = 2
  template = "${file("${path.module}/policy.tftpl")}"
  vars     = { verb = "kms:*" }
}
resource "aws_kms_key" "from_old" {
  policy = element(data.template_file.many.*.rendered, 1)
}
data "local_file" "it" {
  filename = "${path.module}/policy.json"
}
resource "aws_kms_key" "from_local_file" {
  policy = data.local_file.it.content
}
resource "aws_kms_key" "recoded" {
  policy = jsonencode(jsondecode(file("policy.json")))
}
"#,
            ),
            (
                "policy.json",
                r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "kms:*"]}]}"#,
            ),
            ("policy.tftpl", template),
        ],
        &["."],
    );
    let places = [
        ("source", "main.tf:7", "main.tf:7"),
        ("encoded", "main.tf:18", "main.tf:18"),
        ("from_local", "main.tf:3", "main.tf:3"),
        ("heredoc", "main.tf:25", "main.tf:25"),
        ("quoted", "main.tf:29", "main.tf:29"),
        ("from_file", "policy.json:1", "policy.json:1"),
        ("from_template", "policy.tftpl:1", "main.tf:35"),
        ("from_data", "policy.tftpl:1", "main.tf:40"),
        ("from_old", "policy.tftpl:1", "main.tf:49"),
        ("from_local_file", "policy.json:1", "policy.json:1"),
        ("recoded", "policy.json:1", "policy.json:1"),
    ];
    for (name, first, second) in places {
        let policy = fixture.value(&format!("aws_kms_key.{name}"), &["policy"]);
        let policy = crate::values::decode(&policy).unwrap_or_else(|| panic!("{name}: {}", show(&policy)));
        let statement =
            policy.as_map().unwrap().value("Statement").unwrap().as_list().unwrap().elements[0].clone();
        let actions =
            statement.as_map().unwrap().value("Action").unwrap().as_list().unwrap().elements.clone();
        let shown: Vec<_> = actions
            .iter()
            .map(|action| {
                let text = match &action.data {
                    Data::String(text) => text.clone(),
                    _ => panic!("{name}: {}", show(action)),
                };
                let at = text.span_of(0..text.len()).unwrap();
                format!("{} {} {}", text.as_str(), fixture.slice(at), fixture.place(at))
            })
            .collect();
        assert_eq!(
            shown,
            [format!("kms:Decrypt kms:Decrypt {first}"), format!("kms:* kms:* {second}")],
            "{name}"
        );
    }
}

#[test]
fn a_consumer_knows_which_document_built_its_policy() {
    let fixture = root(
        r#"
data "aws_iam_policy_document" "base" {
  statement {
    actions = ["s3:List*"]
  }
}
resource "aws_iam_policy" "it" {
  policy = data.aws_iam_policy_document.base.json
}
"#,
    );
    let policy = fixture.value("aws_iam_policy.it", &["policy"]);
    assert_eq!(policy.origin.document().unwrap().as_str(), "data.aws_iam_policy_document.base");
}

/// What a policy in a template holds, with the places of its holes open.
#[track_caller]
fn decoded(template: &str, expected: &str) {
    let source = format!(
        "variable \"x\" {{}}\nvariable \"on\" {{\n type = bool\n}}\nresource \"aws_iam_policy\" \"it\" {{\n policy = {template}\n}}\n"
    );
    let fixture = root(&source);
    let policy = fixture.value("aws_iam_policy.it", &["policy"]);
    let decoded = crate::values::decode(&policy).unwrap_or_else(|| panic!("{}", show(&policy)));
    assert_eq!(show(&decoded), expected);
    assert_eq!(fixture.problems(), [""; 0]);
}

#[test]
fn holes_in_a_template_leave_open_what_they_may_say_and_no_more() {
    let heredoc = |json: &str| format!("<<EOT\n{json}\nEOT");
    decoded(&heredoc(r#"{"a": "arn:${var.x}:b", "b": ${var.x}}"#), "{a: `arn:${var.x}:b`, b: ?var.x}");
    decoded(&heredoc(r#"{"a": ${jsonencode(["b", "c"])}, "d": 1}"#), r#"{a: ["b", "c"], d: 1}"#);
    decoded(&heredoc(r#"{"a": ${jsonencode(["b", "${var.x}c"])}}"#), r#"{a: ["b", `${var.x}c`]}"#);
    decoded(&heredoc(r#"{"a": ${jsonencode(concat(["b"], var.x))}}"#), r#"{a: ["b" ..var.x]}"#);
    decoded(
        &heredoc(r#"{"a": ${jsonencode(merge({ b = 1 }, var.x))}}"#),
        "{a: {b: ?merge(1,var.x) ..var.x}}",
    );
    decoded(
        &heredoc(r#"{"a": ${jsonencode({ b = var.on ? "c" : "d", e = 1 })}}"#),
        "{a: {b: ?operand, e: 1}}",
    );
    decoded(&heredoc(r#"{"a": ["b", ${join(", ", var.x)}]}"#), r#"{a: ["b" ..join(", ",var.x)]}"#);
    decoded(&heredoc(r#"{"a": "b" ${var.x}}"#), r#"{a: "b" ..var.x}"#);
    decoded("format(\"{%q: [%s]}\", \"a\", var.x)", "{a: [ ..var.x]}");
}

#[test]
fn data_sources_of_templates_and_files_are_what_the_sources_say() {
    let fixture = load(
        &[
            (
                "main.tf",
                r#"
variable "x" {}
variable "secret" {
  sensitive = true
  default   = "s3cr3t"
}
data "template_file" "it" {
  template = "$${a} $${upper(b)} %%{ if c == \"true\" }yes%%{ endif }"
  vars     = { a = 1, b = var.x, c = true }
}
data "template_file" "number" {
  template = "$${1 + 1}"
}
data "template_file" "later" {
  template = var.x
}
data "template_file" "choice" {
  template = var.x == "a" ? "one" : "two"
}
data "template_file" "secret" {
  template = "$${s}"
  vars     = { s = var.secret }
}
data "template_file" "wrong" {
  template = "$${missing}"
}
data "template_cloudinit_config" "it" {}
data "local_file" "it" {
  filename = "a.txt"
}
data "local_sensitive_file" "it" {
  filename = "a.txt"
}
data "local_file" "absent" {
  filename = "b.txt"
}
data "local_file" "after" {
  filename   = "a.txt"
  depends_on = [test_it.other]
}
resource "test_it" "other" {}
data "local_file" "written" {
  filename = "${path.module}/c.txt"
}
resource "local_file" "c" {
  filename = "${path.module}/c.txt"
  content  = var.x
}
resource "test_it" "it" {
  it      = data.template_file.it.rendered
  number  = data.template_file.number.rendered
  later   = data.template_file.later.rendered
  choice  = data.template_file.choice.rendered
  secret  = data.template_file.secret.rendered
  cloud   = data.template_cloudinit_config.it.rendered
  file    = data.local_file.it.content
  base64  = data.local_file.it.content_base64
  digest  = data.local_file.it.content_md5
  hidden  = data.local_sensitive_file.it.content
  hash    = data.local_sensitive_file.it.content_md5
  absent  = data.local_file.absent.content
  after   = data.local_file.after.content
  written = data.local_file.written.content
}
"#,
            ),
            ("a.txt", "hello"),
            ("c.txt", "old"),
        ],
        &["."],
    );
    let expected = [
        ("it", "`1 ${upper(var.x)} yes`"),
        ("number", "\"2\""),
        ("later", "?operand"),
        ("choice", "<var.x == \"a\" is true: \"one\" | var.x == \"a\" is false: \"two\">"),
        ("secret", "\"s3cr3t\""),
        ("cloud", "?data.template_cloudinit_config.it.rendered"),
        ("file", "\"hello\""),
        ("base64", "\"aGVsbG8=\""),
        ("digest", "\"5d41402abc4b2a76b9719d911017c592\""),
        ("hidden", "\"hello\""),
        ("hash", "?data.local_sensitive_file.it.content_md5"),
        ("absent", "?data.local_file.absent.content"),
        ("after", "?data.local_file.after.content"),
        ("written", "?computed"),
    ];
    let shown: Vec<_> =
        expected.iter().map(|(name, _)| (*name, show(&fixture.value("test_it.it", &[name])))).collect();
    assert_eq!(shown, expected.map(|(name, shown)| (name, shown.to_owned())));
    for name in ["secret", "hidden"] {
        assert!(fixture.value("test_it.it", &[name]).origin.marks.sensitive, "{name}");
    }
    let cloud = fixture.value("test_it.it", &["cloud"]);
    let reason = cloud.as_unknown().unwrap().reason.to_string();
    assert_eq!(reason, "`data.template_cloudinit_config.it.rendered` is read by its provider");
    assert_eq!(fixture.problems(), ["KL003 `missing` is not declared here"]);
}
