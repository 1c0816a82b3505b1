use keylint_syntax::Text;

use crate::plan::Planned;

use super::*;

/// What `terraform show -json` of Terraform 1.11 says of a small configuration.
const PLAN: &str = include_str!("data/plan.json");

fn stack() -> Stack {
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), PLAN);
    let (node, errors) = keylint_syntax::json::parse(&Text::at(PLAN, file.span()));
    assert!(errors.is_empty());
    let node = node.unwrap();
    assert_eq!(crate::plan::form(&node), Some(crate::plan::Form::Plan));
    crate::plan::read(&file, &node).stack
}

fn value(stack: &Stack, address: &str, name: &str) -> Value {
    stack.resource(&Address::new(address)).unwrap().value(name).unwrap().clone()
}

#[test]
fn a_plan_has_every_instance_with_its_known_values() {
    let stack = stack();
    let addresses: Vec<_> = stack.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(addresses.len(), 10, "{addresses:?}");
    assert_eq!(show(&value(&stack, "terraform_data.many[\"a\"]", "input")), "\"a\"");
    assert_eq!(
        show(&value(&stack, "terraform_data.user", "input")),
        "{fixed: 1, list: [\"x\", ?terraform_data.key.], key: ?terraform_data.key.}"
    );
    assert!(value(&stack, "terraform_data.user", "triggers_replace").origin.marks.sensitive);
}

#[test]
fn an_unknown_argument_refers_to_the_resource_that_it_mentions() {
    let stack = stack();
    for (address, expected) in [
        ("terraform_data.direct", "terraform_data.many[\"b\"].id"),
        ("terraform_data.out", "module.m[0].terraform_data.inner.id"),
        ("module.m[1].terraform_data.inner", "terraform_data.key.id"),
        ("module.m[1].terraform_data.other", "module.m[1].terraform_data.inner.id"),
    ] {
        assert_eq!(show(&value(&stack, address, "input")), format!("?{expected}"), "{address}");
    }
    let computed = stack.resource(&Address::new("terraform_data.key")).unwrap().value("id");
    assert!(computed.is_none(), "what nobody configures is left to the provider");
}

#[test]
fn what_data_sources_answered_fills_what_is_known_only_after_the_plan_is_applied() {
    let main = r#"
data "aws_caller_identity" "current" {}
data "aws_availability_zones" "all" {}
data "aws_ssm_parameter" "secret" {
  name = "x"
}
data "aws_region" "later" {}
resource "aws_kms_key" "it" {}
resource "aws_iam_policy" "it" {
  policy = jsonencode({ Statement = [{
    Principal = { AWS = data.aws_caller_identity.current.account_id }
    Resource  = ["arn:aws:s3:::${data.aws_caller_identity.current.account_id}/*", aws_kms_key.it.arn]
    Sid       = data.aws_availability_zones.all.names[1]
    Action    = data.aws_ssm_parameter.secret.value
    Effect    = data.aws_region.later.id
  }] })
}
"#;
    let fixture = load(&[("main.tf", main)], &["."]);
    let data = |kind: &str, name: &str, values: &str, sensitive: &str| {
        format!(
            r#"{{"address": "data.{kind}.{name}", "mode": "data", "type": "{kind}", "name": "{name}", "values": {values}, "sensitive_values": {sensitive}}}"#
        )
    };
    let prior = [
        data("aws_caller_identity", "current", r#"{"account_id": "111122223333"}"#, "{}"),
        data("aws_availability_zones", "all", r#"{"names": ["a", "b"]}"#, r#"{"names": [false, false]}"#),
        data("aws_ssm_parameter", "secret", r#"{"name": "x", "value": "s3cr3t"}"#, r#"{"value": true}"#),
    ];
    let plan = format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.11.4",
  "planned_values": {{"root_module": {{"resources": [
    {{"address": "aws_kms_key.it", "mode": "managed", "type": "aws_kms_key", "name": "it", "values": {{}}}},
    {{"address": "aws_iam_policy.it", "mode": "managed", "type": "aws_iam_policy", "name": "it", "values": {{}}}}]}}}},
  "resource_changes": [
    {{"address": "aws_iam_policy.it", "mode": "managed", "type": "aws_iam_policy", "name": "it",
     "change": {{"actions": ["create"], "before": null, "after": {{}}, "after_unknown": {{"policy": true}}}}}}],
  "configuration": {{"root_module": {{"resources": [
    {{"address": "aws_iam_policy.it", "mode": "managed", "type": "aws_iam_policy", "name": "it",
     "expressions": {{"policy": {{"references": ["aws_kms_key.it.arn", "aws_kms_key.it"]}}}}}}]}}}},
  "prior_state": {{"values": {{"root_module": {{"resources": [{}]}}}}}}}}"#,
        prior.join(", ")
    );
    let file = fixture.sources.insert(Path::new("/work/plan.json"), plan.as_str());
    let (node, errors) = keylint_syntax::json::parse(&Text::of_file(&file));
    assert_eq!(errors, []);
    let planned = crate::plan::read(&file, &node.unwrap());
    let fused = crate::plan::fuse(fixture.stack(), &planned).stack;
    let policy = crate::values::decode(&value(&fused, "aws_iam_policy.it", "policy")).unwrap();
    assert_eq!(
        show(&policy),
        "{Statement: [{Principal: {AWS: \"111122223333\"}, Resource: [\"arn:aws:s3:::111122223333/*\", \
         ?aws_kms_key.it.arn], Sid: \"b\", Action: ?data.aws_ssm_parameter.secret.value, \
         Effect: ?data.aws_region.later.id}]}"
    );
    let principal = crate::values::attribute(&policy, "Statement", file.span());
    let principal = principal.as_list().unwrap().elements[0].clone();
    let principal = crate::values::attribute(&principal, "Principal", file.span());
    let account = principal.as_map().unwrap().value("AWS").unwrap();
    assert_eq!(fixture.slice(account.origin.span.unwrap()), "data.aws_caller_identity.current.account_id");
}

/// A plan of these resources: address, values, what is unknown, and what the arguments mention.
fn plan(resources: &[(&str, &str, &str)], expressions: &str, rest: &str) -> Planned {
    let of = |address: &str| address.split(['.', '[']).next().unwrap_or_default().to_owned();
    let planned = resources.iter().map(|(address, values, _)| {
        format!(
            r#"{{"address": {address:?}, "mode": "managed", "type": "{}", "values": {values}}}"#,
            of(address)
        )
    });
    let changes = resources.iter().map(|(address, values, unknown)| {
        format!(
            r#"{{"address": {address:?}, "change": {{"actions": ["create"], "after": {values}, "after_unknown": {unknown}}}}}"#
        )
    });
    let text = format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [{}]}}}},
            "resource_changes": [{}], "configuration": {{"root_module": {{"resources": [{expressions}]}}}}{rest}}}"#,
        planned.collect::<Vec<_>>().join(","),
        changes.collect::<Vec<_>>().join(",")
    );
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), text.as_str());
    let (node, errors) = keylint_syntax::json::parse(&Text::at(text.as_str(), file.span()));
    assert!(errors.is_empty(), "{text}");
    crate::plan::read(&file, &node.unwrap())
}

/// What the argument of each instance of `test_user.it` refers to, where `test_key.k` has instances
/// with these keys.
fn counterparts(keys: [&str; 2], references: &str, over: &str) -> Vec<String> {
    let addresses = keys.map(|key| format!("test_key.k[{key}]"));
    let users = ["\"a\"", "\"b\""].map(|key| format!("test_user.it[{key}]"));
    let resources = addresses.iter().map(|key| (key.as_str(), "{}", r#"{"id": true}"#));
    let resources = resources.chain(users.iter().map(|user| (user.as_str(), "{}", r#"{"key": true}"#)));
    let expressions = format!(
        r#"{{"address": "test_key.k", "expressions": {{}}}},
           {{"address": "test_user.it", "expressions": {{"key": {{"references": {references}}}}}, "for_each_expression": {over}}}"#
    );
    let planned = plan(&resources.collect::<Vec<_>>(), &expressions, "");
    users.map(|user| show(&value(&planned.stack, &user, "key"))).to_vec()
}

#[test]
fn an_instance_refers_to_the_one_that_has_its_key() {
    let (same, over) = (["\"a\"", "\"b\""], r#"{"references": ["test_key.k"]}"#);
    let chained = r#"["each.value.id", "each.value"]"#;
    assert_eq!(counterparts(same, chained, over), ["?test_key.k[\"a\"].id", "?test_key.k[\"b\"].id"]);
    for references in [r#"["test_key.k", "each.key"]"#, r#"["test_key.k", "count.index"]"#] {
        let found = counterparts(same, references, r#"{"references": ["var.names"]}"#);
        assert_eq!(found, ["?test_key.k[\"a\"].", "?test_key.k[\"b\"]."], "{references}");
    }
    // Which one is meant is not said of others.
    for (keys, references, over) in [
        (["\"a\"", "\"c\""], chained, over),
        (same, r#"["each.value", "each.value"]"#, r#"{"references": ["var.keys"]}"#),
        (same, r#"["test_key.k", "var.name"]"#, over),
        (same, r#"["test_key.k", "test_key.other", "each.key"]"#, over),
        (same, r#"["module.m", "each.key"]"#, over),
    ] {
        let found = counterparts(keys, references, over);
        assert_eq!(found, ["?computed", "?computed"], "{references}");
    }
}

#[test]
fn what_a_plan_defers_is_there_as_far_as_it_is_known() {
    let rest = r#", "complete": false, "deferred_changes": [
        {"reason": "instance_count_unknown", "resource_change": {"address": "test_key.k[*]", "mode": "managed",
            "type": "test_key", "change": {"actions": ["create"], "after": {"on": false, "pw": "s"},
            "after_unknown": {"id": true, "name": true}, "after_sensitive": {"pw": true}}}},
        {"reason": "provider_config_unknown", "resource_change": {"address": "test_key.gone", "mode": "managed",
            "type": "test_key", "change": {"actions": ["delete"], "after": null}}},
        {"reason": "absent_prereq"}]"#;
    let configured = r#"{"address": "test_key.k", "expressions": {"on": {"constant_value": false},
        "pw": {"references": ["var.pw"]}, "name": {"references": ["var.names"]}}}"#;
    let planned = plan(&[], configured, rest);
    let resources = &planned.stack.resources;
    assert_eq!(resources.len(), 1);
    assert!(resources[0].symbolic && !planned.complete);
    assert_eq!(show(&value(&planned.stack, "test_key.k[*]", "on")), "false");
    assert_eq!(show(&value(&planned.stack, "test_key.k[*]", "name")), "?computed");
    assert!(value(&planned.stack, "test_key.k[*]", "pw").origin.marks.sensitive);
    assert_eq!(planned.gap.map(|it| it.rule), Some("KL004"));
}

#[test]
fn a_plan_says_itself_whether_it_has_everything() {
    let gap = |rest: &str| plan(&[], "", rest).gap.map(|it| it.message);
    assert_eq!(gap(""), None);
    assert_eq!(gap(r#", "complete": true, "errored": false"#), None);
    let open = |rest: &str| plan(&[], "", rest).stack.open.map(|it| it.reason.category());
    assert_eq!(open(""), None);
    assert_eq!(open(r#", "errored": true"#), Some("operand"));
    assert_eq!(open(r#", "deferred_changes": [{"reason": "absent_prereq"}]"#), Some("operand"));
    assert!(gap(r#", "complete": false, "errored": false"#).unwrap().contains("is not complete"));
    assert!(gap(r#", "errored": true, "complete": false"#).unwrap().contains("planning failed"));
}

#[test]
fn documents_that_are_merged_in_a_circle_or_too_deeply_are_not_built() {
    let plan = |count: usize, last: &str| {
        let address = |number: usize| format!("data.aws_iam_policy_document.d{number}");
        let (mut planned, mut changes, mut configured) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count {
            let address = address(number);
            planned.push(format!(
                r#"{{"address": "{address}", "mode": "data", "type": "aws_iam_policy_document",
                    "values": {{"statement": [{{"actions": ["a:B{number}"], "resources": ["*"]}}], "source_policy_documents": [null]}}}}"#
            ));
            changes.push(format!(
                r#"{{"address": "{address}", "change": {{"after_unknown": {{"json": true, "source_policy_documents": [true]}}}}}}"#
            ));
            let next = if number + 1 < count { self::next(number) } else { last.to_owned() };
            configured.push(format!(
                r#"{{"address": "{address}", "expressions": {{"source_policy_documents": {{"references": [{next:?}]}},
                    "statement": [{{"actions": {{"constant_value": ["a:B{number}"]}}, "resources": {{"constant_value": ["*"]}}}}]}}}}"#
            ));
        }
        let text = format!(
            r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [{}]}}}}, "resource_changes": [{}],
                "configuration": {{"root_module": {{"resources": [{}]}}}}}}"#,
            planned.join(","),
            changes.join(","),
            configured.join(",")
        );
        let sources = Sources::new(Arc::new(Memory::new()), "/work");
        let file = sources.insert(Path::new("plan.json"), text.as_str());
        let (node, errors) = keylint_syntax::json::parse(&Text::at(text.as_str(), file.span()));
        assert!(errors.is_empty(), "{text}");
        crate::plan::read(&file, &node.unwrap()).stack
    };
    let statements = |stack: &Stack, number: usize| {
        let json = value(stack, &format!("data.aws_iam_policy_document.d{number}"), "json");
        let decoded = crate::values::decode(&json).unwrap();
        let list = decoded.as_map().unwrap().value("Statement").unwrap().as_list().unwrap().clone();
        (list.elements.len(), list.rest.is_some())
    };
    let circle = plan(3, &next(usize::MAX));
    for number in 0..3 {
        let (known, may_be_more) = statements(&circle, number);
        assert!((1..=3).contains(&known) && may_be_more, "{number}: {known}");
    }
    assert!(circle.problems.is_empty());
    let deep = plan(100, "data.aws_iam_policy_document.gone.json");
    // Itself, and as many as are merged within each other.
    assert_eq!(statements(&deep, 0), (33, true));
    assert_eq!(statements(&deep, 99), (1, true));
    assert_eq!(deep.problems.iter().map(|it| it.rule).collect::<Vec<_>>(), ["KL004"]);
}

/// The policy of the document behind that with a number.
fn next(number: usize) -> String {
    format!("data.aws_iam_policy_document.d{}.json", number.wrapping_add(1))
}

/// A plan of two policies, of which the document is built only while it is applied, with what the argument
/// mentions, and how the document says which instance it is.
fn with_document(references: &str, keys: [&str; 2]) -> Planned {
    let address = |kind: &str, key: &str| format!("{kind}.it{key}");
    let statement =
        |action: &str| format!(r#"{{"actions": [{action:?}], "resources": [null], "effect": null}}"#);
    let mut planned = Vec::new();
    let mut changes = Vec::new();
    for (key, action) in keys.iter().zip(["a:B", "c:D"]) {
        let (policy, document) =
            (address("aws_iam_policy", key), address("data.aws_iam_policy_document", key));
        planned.push(format!(
            r#"{{"address": {policy:?}, "mode": "managed", "type": "aws_iam_policy", "values": {{}}}}"#
        ));
        planned.push(format!(
            r#"{{"address": {document:?}, "mode": "data", "type": "aws_iam_policy_document",
                "values": {{"statement": [{}]}}}}"#,
            statement(action)
        ));
        changes.push(format!(
            r#"{{"address": {policy:?}, "change": {{"actions": ["create"], "after_unknown": {{"policy": true}}}}}}"#
        ));
        changes.push(format!(
            r#"{{"address": {document:?}, "change": {{"actions": ["read"],
                "after_unknown": {{"json": true, "statement": [{{"resources": [true]}}]}}}}}}"#
        ));
    }
    let text = format!(
        r#"{{"format_version": "0.1", "planned_values": {{"root_module": {{"resources": [{}]}}}}, "resource_changes": [{}],
            "configuration": {{"root_module": {{"resources": [
                {{"address": "aws_iam_policy.it", "expressions": {{"policy": {{"references": {references}}}}}}},
                {{"address": "data.aws_iam_policy_document.it", "expressions": {{"statement": [
                    {{"actions": {{"references": ["each.key"]}}, "resources": {{"references": ["aws_s3_bucket.gone"]}}}}]}}}}]}}}}}}"#,
        planned.join(","),
        changes.join(",")
    );
    let sources = Sources::new(Arc::new(Memory::new()), "/work");
    let file = sources.insert(Path::new("plan.json"), text.as_str());
    let (node, errors) = keylint_syntax::json::parse(&Text::at(text.as_str(), file.span()));
    assert!(errors.is_empty(), "{text}");
    crate::plan::read(&file, &node.unwrap())
}

#[test]
fn a_document_that_is_put_off_is_built_of_what_the_plan_has() {
    let built = |references: &str, keys: [&str; 2]| {
        let planned = with_document(references, keys);
        keys.map(|key| {
            let policy = value(&planned.stack, &format!("aws_iam_policy.it{key}"), "policy");
            let found = crate::values::decode(&policy).filter(|it| it.as_unknown().is_none());
            found.map(|it| show(&it)).unwrap_or_default()
        })
    };
    let said = |action: &str| {
        format!(
            "{{Version: \"2012-10-17\", Statement: [{{Effect: \"Allow\", Action: \"{action}\", Resource: ?computed}}]}}"
        )
    };
    let each = ["[\"a\"]", "[\"b\"]"];
    // Older versions of Terraform do not say which attribute is mentioned, and none does behind an index.
    for references in [
        r#"["data.aws_iam_policy_document.it", "each.key"]"#,
        r#"["data.aws_iam_policy_document.it", "count.index"]"#,
    ] {
        assert_eq!(built(references, each), [said("a:B"), said("c:D")], "{references}");
    }
    let first =
        r#"["data.aws_iam_policy_document.it[\"a\"].json", "data.aws_iam_policy_document.it[\"a\"]"]"#;
    assert_eq!(built(first, each), [said("a:B"), said("a:B")]);
    // Which of several, or what else, is not said.
    for references in [
        r#"["data.aws_iam_policy_document.it"]"#,
        r#"["data.aws_iam_policy_document.it[\"a\"].json", "data.aws_iam_policy_document.it[\"b\"].json"]"#,
        r#"["data.aws_iam_policy_document.it[\"a\"].json", "local.other"]"#,
        r#"["data.aws_iam_policy_document.it[\"a\"].json", "var.other"]"#,
        r#"["data.aws_iam_policy_document.it[\"a\"].id"]"#,
    ] {
        assert_eq!(built(references, each), ["", ""], "{references}");
    }
}
