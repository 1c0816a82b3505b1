//! What `aws_iam_policy_document` makes of source and override documents.
//!
//! The expected documents are written by hand, from the same pages as in [`super::policy_document`].

use super::policy_document::built;

/// What is merged into a data source with these arguments.
fn merged(arguments: &str) -> (String, Vec<String>) {
    built(&format!("{BASE}data \"aws_iam_policy_document\" \"it\" {{\n{arguments}\n}}\n"))
}

#[track_caller]
fn merges(arguments: &str, expected: &str) {
    let (document, problems) = merged(arguments);
    assert_eq!(document, format!("json {{Version: \"2012-10-17\", Statement: [{expected}]}}"));
    assert_eq!(problems, [""; 0]);
}

const BASE: &str = r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "One"
    actions = ["s3:Get*"]
  }
  statement {
    actions = ["s3:List*"]
  }
}
data "aws_iam_policy_document" "over" {
  statement {
    sid     = "One"
    actions = ["s3:*"]
  }
}
variable "more" {}
variable "odd" {
  type = bool
}
"#;

/// The page, "Both Source and Override Documents", and the notes on each argument.
#[test]
fn overriding_statements_replace_in_place_and_others_follow() {
    merges(
        "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
         override_policy_documents = [data.aws_iam_policy_document.over.json]\n\
         statement {\n actions = [\"kms:*\"]\n }",
        r#"{Sid: "One", Action: "s3:*", Effect: "Allow"}, {Action: "s3:List*", Effect: "Allow"}, {Action: "kms:*", Effect: "Allow"}"#,
    );
}

/// The page, "Example Using A Source Document": a block replaces the statement with its `Sid`.
#[test]
fn a_block_replaces_what_comes_from_a_source() {
    merges(
        "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
         statement {\n sid = \"One\"\n actions = [\"kms:*\"]\n }",
        r#"{Sid: "One", Action: "kms:*", Effect: "Allow"}, {Action: "s3:List*", Effect: "Allow"}"#,
    );
}

/// The page, "Example of Merging Override Documents": later ones replace what earlier ones added.
#[test]
fn overriding_documents_follow_each_other() {
    merges(
        r#"override_policy_documents = [
             jsonencode({ Statement = [{ Sid = "A", Action = "s3:*" }] }),
             jsonencode({ Statement = [{ Action = "ec2:*" }, { Sid = "B", Action = "iam:*" }] }),
             jsonencode({ Statement = [{ Sid = "A", Action = "logs:*" }] }),
           ]
           statement {
             sid     = "B"
             effect  = "Deny"
             actions = ["*"]
           }"#,
        r#"{Sid: "B", Action: "iam:*"}, {Sid: "A", Action: "logs:*"}, {Action: "ec2:*"}"#,
    );
}

/// The page, `override_json`: it replaces what `override_policy_documents` gave; `source_json` comes
/// first.
#[test]
fn the_singular_forms_stand_at_both_ends() {
    merges(
        r#"source_json               = jsonencode({ Statement = [{ Action = "first:*" }] })
           source_policy_documents   = [data.aws_iam_policy_document.base.json]
           override_policy_documents = [data.aws_iam_policy_document.over.json]
           override_json             = jsonencode({ Statement = [{ Sid = "One", Action = "last:*" }] })"#,
        r#"{Action: "first:*"}, {Sid: "One", Action: "last:*"}, {Action: "s3:List*", Effect: "Allow"}"#,
    );
    merges(
        "source_json = \"\"\n override_json = null\n statement {\n actions = [\"a:B\"]\n }",
        r#"{Action: "a:B", Effect: "Allow"}"#,
    );
}

/// The data source: a `Sid` may be in the sources once, and in the blocks once.
#[test]
fn a_sid_that_is_there_twice_is_reported() {
    let twice = ["KL003 another statement has this `Sid`"];
    let (document, problems) = merged(
        "source_policy_documents = [data.aws_iam_policy_document.base.json, data.aws_iam_policy_document.over.json]",
    );
    assert_eq!(problems, twice);
    // Both are still there to be looked at.
    assert!(document.contains("s3:Get*") && document.contains("s3:*"), "{document}");
    let (_, problems) = merged("statement {\n sid = \"A\"\n }\n statement {\n sid = \"A\"\n }");
    assert_eq!(problems, twice);
    let (_, problems) = merged(
        "override_policy_documents = [data.aws_iam_policy_document.base.json, data.aws_iam_policy_document.over.json]",
    );
    assert_eq!(problems, [""; 0]);
    // In one of two cases only, it may be the case that never is.
    let (_, problems) = merged(
        "source_policy_documents = [data.aws_iam_policy_document.base.json, var.odd ? data.aws_iam_policy_document.over.json : \"{}\"]",
    );
    assert_eq!(problems, [""; 0]);
}

/// The data source decodes each document as JSON with a list of statements.
#[test]
fn what_is_no_document_is_reported() {
    let no_json = ["KL003 the policy document to merge is not a JSON object"];
    assert_eq!(merged("source_policy_documents = [\"\"]").1, no_json);
    assert_eq!(merged("override_policy_documents = [\"no\"]").1, no_json);
    assert_eq!(merged("source_policy_documents = [jsonencode([])]").1, no_json);
    let (document, problems) =
        merged("source_policy_documents = [jsonencode({ Statement = { Action = \"a:B\" } })]");
    assert_eq!(problems, ["KL003 the provider takes a list of statements, not one statement"]);
    assert_eq!(document, r#"json {Version: "2012-10-17", Statement: [{Action: "a:B"}]}"#);
}

/// The model: the newer version and the last id win.
#[test]
fn version_and_id_come_from_any_document() {
    let (document, _) = merged(
        r#"version = "2008-10-17"
           source_policy_documents   = [jsonencode({ Version = "2012-10-17", Id = "a" })]
           override_policy_documents = [jsonencode({ Id = "b" }), jsonencode({ Id = "" })]"#,
    );
    assert_eq!(document, r#"json {Version: "2012-10-17", Id: "b"}"#);
}

/// The model: names in any case, any string for everyone, numbers in conditions lost.
#[test]
fn a_merged_document_is_read_as_the_provider_reads_it() {
    merges(
        r#"source_policy_documents = [<<-EOT
           {"statement": [{"sid": "A", "action": ["a:B"], "Principal": "arn:aws:iam::111122223333:root", "NotPrincipal": {"AWS": ["1", "2"]},
             "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 5}, "Bool": {"k": true, "l": ["x"]}}}]}
           EOT
           ]"#,
        r#"{Sid: "A", Action: ["a:B"], Principal: "*", NotPrincipal: {AWS: ["2", "1"]}, Condition: {Bool: {k: "true", l: "x"}}}"#,
    );
}

/// The list of statements may be one of several, the document itself too.
#[test]
fn a_document_with_alternatives_loses_none() {
    let (document, _) = merged(
        r#"source_policy_documents = [jsonencode({ Statement = var.odd ? [{ Action = "a:A" }] : [{ Action = "b:B" }] })]"#,
    );
    assert_eq!(
        document,
        r#"<var.odd is true: json {Version: "2012-10-17", Statement: [{Action: "a:A"}]} | var.odd is false: json {Version: "2012-10-17", Statement: [{Action: "b:B"}]}>"#
    );
}

#[test]
fn an_unknown_document_leaves_open_what_it_may_replace() {
    let more = "..policy document(var.more)";
    // Only what overrides replaces: a `Sid` may not be in the sources twice.
    merges(
        "source_policy_documents = [data.aws_iam_policy_document.base.json, var.more]",
        &format!(
            r#"{{Sid: "One", Action: "s3:Get*", Effect: "Allow"}}, {{Action: "s3:List*", Effect: "Allow"}} {more}"#
        ),
    );
    merges(
        "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
         override_policy_documents = [var.more]",
        &format!(r#"?operand, {{Action: "s3:List*", Effect: "Allow"}} {more}"#),
    );
    // Whatever the first made of it, the second replaces it.
    merges(
        "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
         override_policy_documents = [var.more, data.aws_iam_policy_document.over.json]",
        &format!(
            r#"{{Sid: "One", Action: "s3:*", Effect: "Allow"}}, {{Action: "s3:List*", Effect: "Allow"}} {more}"#
        ),
    );
    merges(
        "source_policy_documents = var.more\n statement {\n sid = \"A\"\n actions = [\"kms:*\"]\n }",
        &format!(r#"{{Sid: "A", Action: "kms:*", Effect: "Allow"}} {more}"#),
    );
}

/// A `Sid` with a hole replaces what it may be, and nothing else.
#[test]
fn a_sid_with_a_hole_replaces_what_it_may_equal() {
    let source = |sid: &str| {
        format!(
            "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
             statement {{\n sid = \"{sid}\"\n actions = [\"kms:*\"]\n }}"
        )
    };
    merges(
        &source("O${var.more}"),
        r#"?operand, {Action: "s3:List*", Effect: "Allow"}, {Sid: `O${var.more}`, Action: "kms:*", Effect: "Allow"}"#,
    );
    merges(
        &source("Two${var.more}"),
        r#"{Sid: "One", Action: "s3:Get*", Effect: "Allow"}, {Action: "s3:List*", Effect: "Allow"}, {Sid: `Two${var.more}`, Action: "kms:*", Effect: "Allow"}"#,
    );
}

/// The usual way to refer to a document that may not be there keeps all that is known of it.
#[test]
fn a_document_that_is_joined_alone_stays_itself() {
    let (document, problems) = built(
        r#"
variable "more" {}
data "aws_iam_policy_document" "maybe" {
  count = 1
  statement {
    actions   = concat(["s3:*"], var.more)
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "it" {
  source_policy_documents = [join("", data.aws_iam_policy_document.maybe[*].json)]
}
"#,
    );
    assert_eq!(
        document,
        r#"json {Version: "2012-10-17", Statement: [{Action: ["s3:*" ..var.more], Resource: "*", Effect: "Allow"}]}"#
    );
    assert_eq!(problems, [""; 0]);
}

/// No policy of AWS has room for so many statements.
#[test]
fn too_many_statements_are_cut_off_and_said() {
    let (document, problems) = built(
        r#"
data "aws_iam_policy_document" "it" {
  dynamic "statement" {
    for_each = concat(range(1000), range(1000, 1100))
    content {
      sid = "S${statement.value}"
    }
  }
}
"#,
    );
    assert_eq!(problems, ["KL004 the policy document has too many statements"]);
    assert!(document.contains("\"S999\"") && !document.contains("\"S1000\""));
    assert!(document.ends_with("..limit]}"));
}

/// A block for each element of an unknown list replaces the statement with its own `Sid` alone.
#[test]
fn a_repeated_block_with_a_constant_sid_replaces_that_one_only() {
    let dynamic = |sid: &str| {
        merged(&format!(
            "source_policy_documents = [data.aws_iam_policy_document.base.json]\n\
             dynamic \"statement\" {{\n for_each = var.more\n content {{\n sid = {sid}\n actions = [\"kms:*\"]\n }}\n }}"
        ))
    };
    let one = r#"{Sid: "One", Action: "s3:Get*", Effect: "Allow"}"#;
    let (document, problems) = dynamic("\"Other\"");
    assert!(document.contains(one), "{document}");
    assert_eq!(problems, [""; 0]);
    for sid in ["\"One\"", "statement.value"] {
        let (document, _) = dynamic(sid);
        assert!(!document.contains(one), "{document}");
    }
}

/// Of a data source's own statements no two have a `Sid`, so that none replaces another one.
#[test]
fn what_a_block_replaced_is_not_replaced_by_other_blocks() {
    let more =
        "dynamic \"statement\" {\n for_each = toset(var.more)\n content {\n actions = [\"kms:*\"]\n }\n }";
    let own = |sid: &str| format!("statement {{\n sid = {sid}\n actions = [\"kms:*\"]\n }}\n");
    let source = "source_policy_documents = [data.aws_iam_policy_document.base.json]\n";
    let (document, problems) = merged(&format!("{source}{}{more}", own("\"One\"")));
    assert!(
        document.contains(r#"[{Sid: "One", Action: "kms:*", Effect: "Allow"}, {Action: "s3:List*""#),
        "{document}"
    );
    assert_eq!(problems, [""; 0]);
    let (document, _) = merged(&format!("{source}{}{}", own("\"One\""), own("var.odd ? \"One\" : \"Two\"")));
    assert!(document.contains(r#"{Sid: "One", Action: "kms:*", Effect: "Allow"}"#), "{document}");
    let (_, problems) = merged(&format!("{source}{}{}", own("\"One\""), own("\"One\"")));
    assert_eq!(problems, ["KL003 another statement has this `Sid`"]);
}

/// Five flags: more combinations than documents are merged in.
fn flagged(of: impl Fn(usize) -> String, list: impl Fn(&str) -> String, rest: &str) -> (String, Vec<String>) {
    let flags: String = (0..5).map(|n| format!("variable \"f{n}\" {{\n type = bool\n}}\n")).collect();
    let documents: Vec<String> = (0..5).map(|n| format!("var.f{n} ? {} : null", of(n))).collect();
    let documents = list(&documents.join(", "));
    built(&format!(
        "{BASE}{flags}data \"aws_iam_policy_document\" \"it\" {{\n source_policy_documents = {documents}\n{rest}\n}}\n"
    ))
}

fn encoded(statement: &str) -> String {
    format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})")
}

#[test]
fn each_of_many_documents_is_there_under_its_own_condition() {
    let of = |n: usize| encoded(&format!("{{ Sid = \"S{n}\", Action = \"a:A{n}\" }}"));
    for list in [
        |all: &str| format!("[{all}]"),
        |all: &str| format!("compact([{all}])"),
        |all: &str| format!("concat([{all}], [])"),
    ] {
        let (document, problems) = flagged(of, list, "");
        let statements: Vec<String> = (0..5)
            .map(|n| {
                format!("<var.f{n} is true: {{Sid: \"S{n}\", Action: \"a:A{n}\"}} | var.f{n} is false: null>")
            })
            .collect();
        let expected = format!("json {{Version: \"2012-10-17\", Statement: [{}]}}", statements.join(", "));
        assert_eq!((document, problems), (expected, vec![]));
    }
}

#[test]
fn what_one_of_many_documents_may_replace_is_open() {
    let of = |n: usize| encoded(&format!("{{ Sid = \"S{n}\", Action = \"a:A{n}\" }}"));
    let own = "statement {\n sid = \"S1\"\n actions = [\"b:B\"]\n}";
    let (document, problems) = flagged(of, |all| format!("[{all}]"), own);
    assert!(document.contains("{Sid: \"S1\", Action: \"b:B\", Effect: \"Allow\"}"), "{document}");
    assert!(!document.contains("a:A1"), "{document}");
    assert!(document.contains("a:A0") && document.contains("a:A4"), "{document}");
    assert_eq!(problems, [""; 0]);
    // Two that are never there together may have one `Sid`.
    let of = |n: usize| encoded(&format!("{{ Sid = \"Same\", Action = \"a:A{n}\" }}"));
    let (document, problems) = flagged(of, |all| format!("[{all}]"), "");
    assert!((0..5).all(|n| document.contains(&format!("a:A{n}"))), "{document}");
    assert_eq!(problems, [""; 0]);
}
