//! `aws_iam_policy_document` as the provider builds it.
//!
//! The expected documents are written by hand from the page of the data source, cited as "the page",
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>,
//! and from the provider's `internal/service/iam/policy_document_data_source.go` and
//! `policy_model.go`, cited as "the data source" and "the model".

use super::*;

/// The document that `data.aws_iam_policy_document.it` builds, and the problems of the project.
pub(super) fn built(source: &str) -> (String, Vec<String>) {
    let fixture = root(source);
    let value = fixture.value("data.aws_iam_policy_document.it", &["json"]);
    let minified = fixture.value("data.aws_iam_policy_document.it", &["minified_json"]);
    assert_eq!(show(&value), show(&minified));
    (show(&value), fixture.problems())
}

/// The statements of a document without problems.
#[track_caller]
fn statements(source: &str, expected: &str) {
    let (document, problems) = built(source);
    assert_eq!(document, format!("json {{Version: \"2012-10-17\", Statement: [{expected}]}}"));
    assert_eq!(problems, [""; 0]);
}

/// The one statement that a block makes.
#[track_caller]
fn statement(body: &str, expected: &str) {
    let source = format!(
        "variable \"in\" {{}}\ndata \"aws_iam_policy_document\" \"it\" {{\n statement {{\n{body}\n }}\n}}"
    );
    statements(&source, expected);
}

/// The page, "Example Multiple Condition Keys": actions sorted the last first, one value alone as a
/// string, keys of conditions sorted.
#[test]
fn several_values_are_sorted_and_one_stands_alone() {
    statement(
        r#"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:Decrypt"]
    resources = ["*"]
    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:EncryptionContext:service"
      values   = ["pi"]
    }
    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:EncryptionContext:aws:pi:service"
      values   = ["rds"]
    }"#,
        r#"{Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: "*", Condition: {ForAnyValue:StringEquals: {kms:EncryptionContext:aws:pi:service: "rds", kms:EncryptionContext:service: "pi"}}, Effect: "Allow"}"#,
    );
}

/// The page: `effect`, `version` and `policy_id`; without an effect it is `Allow`.
#[test]
fn what_is_given_replaces_the_defaults() {
    let (document, problems) = built(
        r#"
data "aws_iam_policy_document" "it" {
  version   = "2008-10-17"
  policy_id = "it"
  statement {
    sid           = ""
    effect        = "Deny"
    not_actions   = ["iam:*"]
    not_resources = ["arn:aws:s3:::b"]
    actions       = []
  }
}
"#,
    );
    assert_eq!(
        document,
        r#"json {Version: "2008-10-17", Id: "it", Statement: [{Effect: "Deny", NotAction: "iam:*", NotResource: "arn:aws:s3:::b"}]}"#
    );
    assert_eq!(problems, [""; 0]);
}

/// The data source leaves out a list of statements that is empty.
#[test]
fn a_document_without_statements_has_none() {
    let (document, _) = built("data \"aws_iam_policy_document\" \"it\" {}");
    assert_eq!(document, r#"json {Version: "2012-10-17"}"#);
}

/// The page, `principals`: type `*` with the identifier `*` is everyone, type `AWS` is not.
#[test]
fn everyone_is_written_as_the_page_says() {
    statement(
        "principals {\n type = \"*\"\n identifiers = [\"*\"]\n}",
        r#"{Principal: "*", Effect: "Allow"}"#,
    );
    statement(
        "principals {\n type = \"AWS\"\n identifiers = [\"*\"]\n}",
        r#"{Principal: {AWS: "*"}, Effect: "Allow"}"#,
    );
    // The model: only where it is the only block.
    statement(
        "principals {\n type = \"*\"\n identifiers = [\"*\"]\n}\nprincipals {\n type = \"Service\"\n identifiers = [\"a\"]\n}",
        r#"{Principal: {*: "*", Service: "a"}, Effect: "Allow"}"#,
    );
    statement(
        "not_principals {\n type = \"*\"\n identifiers = [\"*\"]\n}",
        r#"{NotPrincipal: "*", Effect: "Allow"}"#,
    );
}

/// The page, "Assume-Role Policy with Multiple Principals"; the model for two of one type.
#[test]
fn principals_are_grouped_by_type() {
    statement(
        r#"
    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = [var.in]
    }
    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com", "accounts.google.com"]
    }
    principals {
      type        = "Service"
      identifiers = ["a.amazonaws.com", "b.amazonaws.com"]
    }"#,
        r#"{Principal: {AWS: ?var.in, Federated: ["cognito-identity.amazonaws.com", "accounts.google.com"], Service: ["firehose.amazonaws.com", "b.amazonaws.com", "a.amazonaws.com"]}, Effect: "Allow"}"#,
    );
}

/// The model: the values of one test and variable are one list, in the order of the blocks.
#[test]
fn conditions_are_merged_by_test_and_variable() {
    statement(
        r#"
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = ["2", "1"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [false]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.in]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [false]
    }"#,
        r#"{Condition: {Bool: {aws:SecureTransport: "false"}, StringEquals: {aws:SourceAccount: ["2", "1", ?var.in]}}, Effect: "Allow"}"#,
    );
}

/// Blocks with one test are one operator of the document, but what is wrong with the test of a block is
/// mended there.
#[test]
fn each_condition_knows_the_test_of_its_own_block() {
    let block = |key: &str| {
        format!("condition {{\n test = \"StringLike\"\n variable = \"{key}\"\n values = [\"*\"]\n}}")
    };
    let (first, second) = (block("aws:a"), block("aws:b"));
    let source =
        format!("data \"aws_iam_policy_document\" \"it\" {{\n statement {{\n{first}\n{second}\n }}\n}}");
    let fixture = root(&source);
    let value = fixture.value("data.aws_iam_policy_document.it", &["json"]);
    let Data::Json(document) = &value.data else { panic!("{value:?}") };
    let statements =
        document.as_map().and_then(|map| map.value("Statement")).and_then(Value::as_list).unwrap();
    let conditions =
        statements.elements.first().and_then(Value::as_map).and_then(|map| map.value("Condition"));
    let operator = conditions.and_then(Value::as_map).and_then(|map| map.value("StringLike")).unwrap();
    for (key, block) in [("aws:a", &first), ("aws:b", &second)] {
        let span = operator.as_map().and_then(|map| map.name_of(key)).unwrap();
        assert_eq!(fixture.slice(span), "StringLike");
        let start = source.find(block.as_str()).unwrap();
        assert!(
            (start..start + block.len()).contains(&usize::try_from(span.start).unwrap()),
            "{key} {span:?}"
        );
    }
}

/// The page: `&{…}` stands for a policy variable; the data source replaces it everywhere but in
/// actions.
#[test]
fn policy_variables_are_written_with_an_ampersand() {
    statement(
        r#"
    actions   = ["s3:&{x}"]
    resources = ["arn:aws:s3:::b/&{aws:username}/${var.in}/&{aws:userid}"]
    principals {
      type        = "AWS"
      identifiers = ["&{a}"]
    }
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["", "home/&{aws:username}/"]
    }"#,
        r#"{Action: "s3:&{x}", Resource: `arn:aws:s3:::b/${aws:username}/${var.in}/${aws:userid}`, Principal: {AWS: "${a}"}, Condition: {StringLike: {s3:prefix: ["", "home/${aws:username}/"]}}, Effect: "Allow"}"#,
    );
    // The data source rejects it in the older version.
    let (_, problems) = built(
        "data \"aws_iam_policy_document\" \"it\" {\n version = \"2008-10-17\"\n statement {\n resources = [\"&{a}\"]\n }\n}",
    );
    assert_eq!(problems, ["KL003 `&{` is not supported in a document of version 2008-10-17"]);
}

#[test]
fn blocks_may_be_dynamic_at_every_level() {
    statements(
        r#"
locals {
  grants = { b = ["arn:b"], a = ["arn:a", "arn:z"] }
}
data "aws_iam_policy_document" "it" {
  dynamic "statement" {
    for_each = local.grants
    iterator = grant
    content {
      sid = grant.key
      dynamic "principals" {
        for_each = grant.value
        content {
          type        = "AWS"
          identifiers = [principals.value]
        }
      }
      dynamic "condition" {
        for_each = grant.key == "a" ? ["x"] : []
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalOrgID"
          values   = [condition.value]
        }
      }
    }
  }
}
"#,
        r#"{Sid: "a", Principal: {AWS: ["arn:a", "arn:z"]}, Condition: {StringEquals: {aws:PrincipalOrgID: "x"}}, Effect: "Allow"}, {Sid: "b", Principal: {AWS: "arn:b"}, Effect: "Allow"}"#,
    );
}

#[test]
fn a_statement_for_each_of_an_unknown_list_is_there_when_there_is_any() {
    statements(
        r#"
variable "in" {}
data "aws_iam_policy_document" "it" {
  statement {
    sid = "Own"
  }
  dynamic "statement" {
    for_each = var.in
    content {
      actions   = ["s3:*"]
      resources = [statement.value]
    }
  }
}
"#,
        "{Sid: \"Own\", Effect: \"Allow\"}, \
         <length(var.in) > 0 is true: {Action: \"s3:*\", Resource: ?var.in[*], Effect: \"Allow\"} | \
          length(var.in) > 0 is false: ?dynamic(var.in[*])> ..dynamic(var.in[*])",
    );
}

#[test]
fn statements_for_an_unknown_list_replace_others_only_where_they_have_a_sid() {
    let merged = |sid: &str| {
        let text = format!(
            "variable \"in\" {{}}\ndata \"aws_iam_policy_document\" \"it\" {{\n \
             source_policy_documents = [jsonencode({{ Statement = [{{ Sid = \"One\", Effect = \"Allow\" }}] }})]\n \
             dynamic \"statement\" {{\n for_each = var.in\n content {{\n {sid}\n actions = [\"a:B\"]\n }}\n }}\n}}"
        );
        let (json, problems) = built(&text);
        assert_eq!(problems, [""; 0]);
        json
    };
    assert!(merged("").contains("Statement: [{Sid: \"One\", Effect: \"Allow\"}, <"), "{}", merged(""));
    assert!(merged("sid = statement.value").contains("Statement: [?"), "{}", merged("sid = statement.value"));
}

/// What decides where a value stands may be one of several: nothing is lost then.
#[test]
fn a_principal_of_one_of_two_types_is_there_in_both() {
    statement(
        "principals {\n type = var.in == \"x\" ? \"AWS\" : \"Service\"\n identifiers = [\"a\"]\n}",
        r#"{Principal: <var.in == "x" is true: {AWS: "a"} | var.in == "x" is false: {Service: "a"}>, Effect: "Allow"}"#,
    );
    statement(
        "condition {\n test = var.in == \"x\" ? \"StringLike\" : \"StringEquals\"\n variable = \"k\"\n values = [\"a\"]\n}",
        r#"{Condition: <var.in == "x" is true: {StringLike: {k: "a"}} | var.in == "x" is false: {StringEquals: {k: "a"}}>, Effect: "Allow"}"#,
    );
}

/// Values of which a part is not known keep their order, and what is known of them.
#[test]
fn what_is_not_known_stays_open() {
    statement(
        r#"
    actions   = ["a:B", var.in, "c:D"]
    resources = var.in
    principals {
      type        = var.in
      identifiers = ["a"]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.in}:sub"
      values   = ["a"]
    }"#,
        r#"{Action: ["a:B", ?var.in, "c:D"], Resource: ?var.in, Principal: { ..var.in}, Condition: {StringEquals: { ..var.in}}, Effect: "Allow"}"#,
    );
}

/// Each instance is a document of its own.
#[test]
fn documents_are_repeated_like_any_resource() {
    let fixture = root(
        r#"
data "aws_iam_policy_document" "it" {
  for_each = { a = "s3:*", b = "kms:*" }
  statement {
    actions = [each.value]
  }
}
resource "aws_iam_policy" "it" {
  policy = data.aws_iam_policy_document.it["b"].json
}
"#,
    );
    assert_eq!(
        show(&fixture.value("aws_iam_policy.it", &["policy"])),
        r#"json {Version: "2012-10-17", Statement: [{Action: "kms:*", Effect: "Allow"}]}"#
    );
}

/// Every element points at its own bytes, also through merging, sorting and grouping.
#[test]
fn every_element_is_where_it_was_written() {
    let fixture = root(
        r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid = "One"
    actions = ["a:A", "b:B"]
    principals {
      type        = "AWS"
      identifiers = ["arn:1", "arn:2"]
    }
  }
}
data "aws_iam_policy_document" "it" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
}
"#,
    );
    let statement = fixture.value("data.aws_iam_policy_document.it", &["json", "Statement", "0"]);
    for (path, written) in [
        (vec!["Sid"], "One"),
        (vec!["Action", "0"], "b:B"),
        (vec!["Action", "1"], "a:A"),
        (vec!["Principal", "AWS", "0"], "arn:2"),
    ] {
        let mut value = statement.clone();
        for key in &path {
            value = match &value.data {
                Data::Map(map) => map.value(key).unwrap().clone(),
                Data::List(list) => list.elements[key.parse::<usize>().unwrap()].clone(),
                _ => panic!("{}", show(&value)),
            };
        }
        assert_eq!(fixture.written(&value), written, "{path:?}");
    }
}

/// The schema of the data source: values and arguments that it needs.
#[test]
fn what_the_schema_rejects_is_reported() {
    let problems = |body: &str| {
        built(&format!("variable \"in\" {{}}\ndata \"aws_iam_policy_document\" \"it\" {{\n{body}\n}}")).1
    };
    let statement = |body: &str| problems(&format!("statement {{\n{body}\n}}"));
    assert_eq!(statement("effect = \"allow\""), ["KL003 the effect of a statement is `Allow` or `Deny`"]);
    assert_eq!(statement("sid = \"a b\""), [""; 0]);
    assert_eq!(
        statement("condition {\n test = \"Bool\"\n values = []\n}"),
        ["KL003 `variable` is missing in `condition`"]
    );
    assert_eq!(
        statement("not_principals {\n type = \"AWS\"\n identifiers = null\n}"),
        ["KL003 `identifiers` is missing in `not_principals`"]
    );
    assert_eq!(
        problems("version = \"2012-10-18\""),
        ["KL003 the version of a policy is `2008-10-17` or `2012-10-17`"]
    );
    // Both may stand together, and what is not known may be right.
    let fine = "sid = \"a${var.in}\"\n effect = var.in\n actions = [\"a:B\"]\n not_actions = [\"a:C\"]\n principals {\n type = var.in\n identifiers = var.in\n}";
    assert_eq!(statement(fine), [""; 0]);
    assert_eq!(problems("version = var.in\n statement {\n effect = null\n sid = null\n}"), [""; 0]);
}
