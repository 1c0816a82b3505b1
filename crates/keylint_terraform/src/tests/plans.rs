use keylint_syntax::Text;

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
        "{fixed: 1, list: [\"x\", ?computed], key: ?computed}"
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
