//! A plan alone, and a plan beside the sources that it was made of.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Directory, Run};

/// The committed pair of sources and their plan.
fn pair() -> Directory {
    Directory::existing(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/plan")))
}

fn plan() -> Value {
    serde_json::from_str(&pair().read("plan.json")).unwrap()
}

/// The pair with another plan, in a directory of its own.
fn pair_with(plan: &Value) -> Directory {
    let (root, module) = (pair().read("main.tf"), pair().read("modules/reader/main.tf"));
    Directory::new(&[
        ("main.tf", &root),
        ("modules/reader/main.tf", &module),
        ("plan.json", &plan.to_string()),
    ])
}

fn check(directory: &Directory, arguments: &[&str]) -> Run {
    directory.run(&[&["check", "--output-format", "concise"], arguments].concat())
}

/// The findings as rule and address.
fn found(run: &Run) -> Vec<String> {
    let line = |line: &str| {
        let (_, finding) = line.split_once(": ")?;
        let rule = finding.split(' ').nth(1)?;
        let address = line.rsplit_once(" (")?.1.trim_end_matches(')');
        Some(format!("{rule} {address}"))
    };
    let mut found: Vec<_> = run.out.lines().filter_map(line).collect();
    found.sort();
    found
}

#[test]
fn a_plan_decides_what_its_sources_leave_open_at_the_places_of_the_sources() {
    let without = check(&pair(), &["main.tf"]);
    assert!(without.err.contains("; 3 undecided"), "{without:?}");
    let with = check(&pair(), &["--plan", "plan.json", "."]);
    assert!(with.err.contains("; 1 undecided"), "{with:?}");
    assert!(!with.out.contains("plan.json"), "{with:?}");
    for line in [
        "main.tf:17:16: high SM011 ",
        // The element of a statement of which the sources know all but that.
        "main.tf:35:21: critical SM007 any AWS account can read this secret",
        // Of the two instances that the sources do not know the one.
        "modules/reader/main.tf:12:41: critical IAM001 the policy allows every action on every resource \
         (module.reader[\"admin\"].aws_iam_role_policy.reader)",
    ] {
        assert!(with.out.contains(line), "{line}: {with:?}");
    }
    assert!(!with.err.contains("hint"), "{with:?}");
}

#[test]
fn a_plan_says_the_same_alone_and_with_its_sources() {
    let with = check(&pair(), &["--plan", "plan.json", "main.tf"]);
    let alone = check(&pair(), &["plan.json"]);
    assert_eq!(found(&with), found(&alone));
    assert!(alone.out.lines().all(|line| line.starts_with("plan.json:1:")), "{alone:?}");
}

/// The findings of a run with JSON as rule and address, one for each instance.
fn of_instances(run: &Run) -> Vec<String> {
    let all = run.findings();
    let of_one = |finding: &Value| {
        let rule = finding["rule"].as_str().unwrap().to_owned();
        let instances = finding["instances"].as_array().unwrap().clone();
        let addresses = if instances.is_empty() { vec![finding["resource"].clone()] } else { instances };
        let named = move |address: Value| format!("{rule} {}", address.as_str().unwrap());
        addresses.into_iter().map(named).collect::<Vec<_>>()
    };
    let mut found: Vec<String> = all.iter().flat_map(of_one).collect();
    found.sort();
    found
}

/// Projects of `testdata/plans` with the plan that Terraform makes of them and the state that it leaves, and
/// what is wrong with each.
const PAIRS: [(&str, &[&str]); 3] = [
    ("companions", &["plan.json"]),
    ("deferred-document", &["plan.json"]),
    ("fleet", &["plan.json", "state.json", "terraform.tfstate"]),
];

#[test]
fn what_is_wrong_is_wrong_by_the_sources_by_the_plan_or_state_and_by_both() {
    for (name, plans) in PAIRS {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/plans"));
        let pair = Directory::existing(&root.join(name));
        let expected = pair.read("expected.txt");
        let mut expected: Vec<&str> = expected.lines().collect();
        expected.sort_unstable();
        let alone = plans.iter().map(|plan| vec![*plan]);
        let beside = plans.iter().map(|plan| vec!["--plan", *plan, "main.tf"]);
        for arguments in alone.chain(beside).chain([vec!["main.tf"]]) {
            let options = ["check", "--isolated", "--output-format", "json"];
            let run = pair.run(&[&options, arguments.as_slice()].concat());
            assert_eq!(of_instances(&run), expected, "{name} {arguments:?}: {run:?}");
            let is_plan = arguments.iter().all(|one| !one.contains("state"));
            assert!(!is_plan || !run.err.contains("hint"), "{name} {arguments:?}: {run:?}");
        }
    }
}

#[test]
fn what_a_plan_destroys_is_not_checked() {
    let pair =
        Directory::existing(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/plans/fleet")));
    let left = |actions: Value, address: &str| {
        let mut plan: Value = serde_json::from_str(&pair.read("plan.json")).unwrap();
        for change in plan["resource_changes"].as_array_mut().unwrap() {
            if change["address"].as_str().unwrap().starts_with(address) {
                change["change"]["actions"] = actions.clone();
                change["change"]["after"] = Value::Null;
            }
        }
        let planned = &mut plan["planned_values"]["root_module"];
        let resources = planned["resources"].as_array_mut().unwrap();
        resources.retain(|it| !it["address"].as_str().unwrap().starts_with(address));
        if address.is_empty() {
            planned["child_modules"] = json!([]);
        }
        let (main, module) = (pair.read("main.tf"), pair.read("modules/store/main.tf"));
        let files = [
            ("main.tf", main.as_str()),
            ("modules/store/main.tf", &module),
            ("plan.json", &plan.to_string()),
        ];
        let directory = Directory::new(&files);
        let run = directory.run(&["check", "--output-format", "json", "--plan", "plan.json", "."]);
        assert!(run.err.contains("that it destroys or forgets: not checked"), "{run:?}");
        of_instances(&run)
    };
    let expected = pair.read("expected.txt");
    for action in ["delete", "forget"] {
        let mut rest: Vec<&str> = expected.lines().filter(|it| !it.contains("aws_kms_key_policy")).collect();
        rest.sort_unstable();
        assert_eq!(left(json!([action]), "aws_kms_key_policy."), rest, "{action}");
    }
    assert_eq!(left(json!(["delete"]), ""), [""; 0]);
}

#[test]
fn a_suppression_in_the_sources_silences_what_the_plan_shows() {
    let directory = pair_with(&plan());
    let main = directory.read("main.tf").replace(
        "Principal = var.principal",
        "Principal = var.principal # keylint: ignore[SM007] public on purpose",
    );
    directory.write("main.tf", &main);
    let run = check(&directory, &["--plan", "plan.json", ".", "--select", "SM007,KL"]);
    assert_eq!((run.out.as_str(), run.code), ("", Some(0)), "{run:?}");
}

#[test]
fn what_a_plan_has_more_is_at_the_call_of_its_module_or_in_the_plan() {
    let mut plan = plan();
    let root = &mut plan["planned_values"]["root_module"];
    let mut remote = root["child_modules"][0]["resources"][0].clone();
    remote["address"] = json!("module.far[\"x\"].module.inner.aws_iam_role_policy.reader");
    root["child_modules"].as_array_mut().unwrap().push(json!({"resources": [remote]}));
    let directory = pair_with(&plan);
    let main = directory.read("main.tf");
    let far = "\nmodule \"far\" {\n  source   = \"hashicorp/far/aws\"\n  for_each = var.readers\n}\n";
    directory.write("main.tf", format!("{main}{far}"));
    let run = check(&directory, &["--plan", "plan.json", ".", "--select", "IAM001"]);
    let line = main.lines().count() + 2;
    assert!(run.out.contains(&format!("main.tf:{line}:1: critical IAM001")), "{run:?}");
    assert!(!run.err.contains("not on disk") && !run.err.contains("hint"), "{run:?}");

    // Without the call nothing of the sources has to do with it.
    directory.write("main.tf", &main);
    let run = check(&directory, &["--plan", "plan.json", ".", "--select", "IAM001"]);
    assert!(run.out.contains("plan.json:1:"), "{run:?}");
    assert!(run.err.contains("hint: plan.json: 1 resource of it not in the sources"), "{run:?}");
}

#[test]
fn of_what_both_know_the_plan_is_taken_and_it_is_said() {
    let mut plan = plan();
    plan["planned_values"]["root_module"]["resources"][0]["values"]["name"] = json!("invoices");
    let run = check(&pair_with(&plan), &["--plan", "plan.json", "."]);
    assert!(
        run.err.contains(
            "hint: plan.json: 1 attribute with another value than in the sources: the plan's is taken \
             (`aws_secretsmanager_secret.orders.name`)"
        ),
        "{run:?}"
    );
}

#[test]
fn an_instance_that_the_plan_does_not_make_is_not_there() {
    let mut plan = plan();
    plan["planned_values"]["root_module"]["child_modules"] = json!([]);
    let readers = std::mem::replace(&mut plan["variables"]["readers"]["value"], json!([]));
    let run = check(&pair_with(&plan), &["--plan", "plan.json", ".", "--select", "IAM001"]);
    assert_eq!((run.out.as_str(), run.code), ("", Some(0)), "{run:?}");
    // A plan of a part says nothing of the rest, which is there with the values that it was made with.
    plan["variables"]["readers"]["value"] = readers;
    plan["complete"] = json!(false);
    let run = check(&pair_with(&plan), &["--plan", "plan.json", ".", "--select", "IAM001"]);
    assert!(run.out.contains("module.reader[\"admin\"]"), "{run:?}");
}

#[test]
fn a_plan_that_cannot_be_used_is_an_error_and_the_sources_are_checked_without() {
    let mut of_others = plan();
    of_others["planned_values"]["root_module"]["child_modules"] = json!([]);
    of_others["prior_state"] = json!({});
    for resource in of_others["planned_values"]["root_module"]["resources"].as_array_mut().unwrap() {
        resource["address"] = json!(format!("module.other.{}", resource["address"].as_str().unwrap()));
    }
    let directory = pair_with(&of_others);
    directory.write("policy.json", "{}");
    directory.write("saved", b"PK\x03\x04\x14\x00\xff\xfe");
    directory.write("other", b"\xff\xfe{\x00");
    for (path, message) in [
        ("plan.json", "keylint: plan.json: it is of other sources than those given"),
        ("policy.json", "keylint: policy.json: this is no plan of Terraform"),
        ("none.json", "keylint: none.json: "),
        (
            "saved",
            "keylint: saved: this is a plan as Terraform saves it: give what `terraform show -json` writes of it",
        ),
        ("other", "keylint: other: the file is not UTF-8"),
    ] {
        let run = check(&directory, &["--plan", path, "."]);
        assert!(run.err.contains(message), "{path}: {run:?}");
        assert!(run.out.contains("main.tf:15:1: medium SM004"), "{path}: {run:?}");
        assert_eq!(run.code, Some(2), "{path}: {run:?}");
    }
    let run = check(&directory, &["--plan", "plan.json", "policy.json"]);
    assert!(run.err.contains("there are no Terraform sources to lay it over"), "{run:?}");
}

#[test]
fn the_root_module_of_a_plan_is_the_one_that_has_its_resources() {
    let directory = pair_with(&plan());
    directory
        .write("other/main.tf", "resource \"aws_secretsmanager_secret\" \"orders\" {\n  name = \"x\"\n}\n");
    let run = check(&directory, &["--plan", "plan.json", "."]);
    assert!(run.out.contains("main.tf:35:21: critical SM007"), "{run:?}");

    // Two that have the same, neither of them where the plan is.
    let twice = Directory::new(&[]);
    for name in ["one", "two"] {
        twice.write(&format!("{name}/main.tf"), directory.read("main.tf"));
        twice.write(&format!("{name}/modules/reader/main.tf"), directory.read("modules/reader/main.tf"));
    }
    twice.write("plan.json", plan().to_string());
    let run = check(&twice, &["--plan", "plan.json", "."]);
    assert!(run.err.contains("it fits several root modules (one, two)"), "{run:?}");
    assert_eq!(run.code, Some(2));
    let run = check(&twice, &["--plan", "plan.json", "two"]);
    assert!(run.out.contains("two/main.tf:35:21: critical SM007"), "{run:?}");
    twice.write("two/plan.json", plan().to_string());
    let run = check(&twice, &["--plan", "two/plan.json", "."]);
    assert!(run.out.contains("two/main.tf:35:21: critical SM007"), "{run:?}");
}

#[test]
fn a_state_is_checked_when_it_is_named() {
    let values = json!({"name": "orders", "kms_key_id": "", "policy": "", "replica": []});
    let shown = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {
        "child_modules": [{"resources": [{"address": "module.m[\"a\"].aws_secretsmanager_secret.this[0]",
            "mode": "managed", "type": "aws_secretsmanager_secret", "name": "this", "values": values}]}]}}});
    let file = json!({"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x", "resources": [
        {"module": "module.m[\"a\"]", "mode": "managed", "type": "aws_secretsmanager_secret", "name": "this",
            "instances": [{"index_key": 0, "attributes": values}, {"index_key": 0, "deposed": "y", "attributes": values}]}]});
    let directory =
        Directory::new(&[("state.json", &shown.to_string()), ("terraform.tfstate", &file.to_string())]);
    for name in ["state.json", "terraform.tfstate"] {
        let run = check(&directory, &[name]);
        assert_eq!(
            found(&run),
            ["SM001", "SM004"]
                .map(|rule| format!("{rule} module.m[\"a\"].aws_secretsmanager_secret.this[0]")),
            "{name}: {run:?}"
        );
    }
    let run = check(&directory, &["."]);
    assert_eq!((run.out.as_str(), run.code), ("", Some(0)), "{run:?}");
    assert!(run.err.contains("hint: state.json: a state of Terraform is checked only when it is named"));
}

#[test]
fn a_password_of_a_plan_is_in_the_source_only_where_the_configuration_says_so() {
    let plan = |expression: Value, variables: Value| {
        let (address, kind) = ("aws_db_instance.this", "aws_db_instance");
        let values = json!({"password": "Zc4vX1pQ7mT0sW9k", "storage_encrypted": true});
        json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": [
            {"address": address, "mode": "managed", "type": kind, "name": "this", "values": values,
             "sensitive_values": {"password": true}}]}},
            "configuration": {"root_module": {"variables": variables, "resources": [
            {"address": address, "mode": "managed", "type": kind, "name": "this",
             "expressions": {"password": expression, "storage_encrypted": {"constant_value": true}}}]}}})
    };
    let run = |expression, variables| {
        let directory = Directory::new(&[("plan.json", &plan(expression, variables).to_string())]);
        let run = check(&directory, &["--select", "LEAK", "--show-unknown", "."]);
        assert!(!run.out.contains("Zc4v"), "{run:?}");
        (run.out.contains("critical LEAK003"), run.out.contains("undecided LEAK003"))
    };
    let variable = json!({"references": ["var.password"]});
    assert_eq!(run(json!({"constant_value": "Zc4vX1pQ7mT0sW9k"}), json!({})), (true, false));
    assert_eq!(run(variable.clone(), json!({"password": {"default": "Zc4vX1pQ7mT0sW9k"}})), (true, false));
    // Given from outside, or by a file that is not here.
    assert_eq!(run(variable, json!({"password": {"sensitive": true}})), (false, true));
    assert_eq!(run(json!({"references": ["local.password"]}), json!({})), (false, true));
}

#[test]
fn what_is_sensitive_within_blocks_is_never_shown() {
    let secret = |number: usize| format!("Pl4nt3dS3cret{number:02}xQ");
    let broker = json!({"broker_name": "b", "publicly_accessible": true, "user": [
        {"username": "admin", "password": secret(1), "groups": [secret(2)]},
        {"username": "other", "password": secret(3), "groups": []}]});
    let marks = json!({"user": [{"password": true, "groups": [true]}, {"password": true}]});
    let function = json!({"function_name": "f", "environment": [{"variables": {"DB_PASSWORD": secret(4)}}]});
    let whole = json!({"environment": [{"variables": true}]});
    let resource = |kind: &str, values: &Value, marks: &Value| {
        json!({"address": format!("{kind}.it"), "mode": "managed", "type": kind, "name": "it", "values": values,
            "sensitive_values": marks})
    };
    let resources =
        [resource("aws_mq_broker", &broker, &marks), resource("aws_lambda_function", &function, &whole)];
    let change = |kind: &str, before: &Value, after: &Value| {
        json!({"address": format!("{kind}.it"), "mode": "managed", "type": kind, "change": {"actions": ["update"],
            "before": before, "before_sensitive": true, "after": after, "after_sensitive": true}})
    };
    let (old, new) = (json!({"user": [{"password": secret(5)}]}), json!({"user": [{"password": secret(6)}]}));
    let constant = |value: Value| json!({"constant_value": value});
    let users = json!([{"username": constant(json!("admin")), "password": constant(json!(secret(1)))},
        {"username": constant(json!("other")), "password": {"references": ["var.password"]}}]);
    let plan = json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": resources},
            "outputs": {"o": {"sensitive": true, "value": secret(7)}}},
        "resource_drift": [change("aws_mq_broker", &old, &new)],
        "output_changes": {"o": {"actions": ["create"], "after": secret(8), "after_sensitive": true}},
        "variables": {"password": {"value": secret(3)}},
        "prior_state": {"values": {"root_module": {"resources": [resource("aws_mq_broker", &old, &json!({"user": [{"password": true}]}))]}}},
        "configuration": {"root_module": {"variables": {"password": {"sensitive": true, "default": secret(9)}},
            "resources": [{"address": "aws_mq_broker.it", "mode": "managed", "type": "aws_mq_broker", "name": "it",
                "expressions": {"publicly_accessible": constant(json!(true)), "user": users}}]}}});
    let state = json!({"format_version": "1.0", "terraform_version": "1.11.4",
        "values": {"root_module": {"child_modules": [{"resources": resources}]}}});
    let directory = Directory::new(&[("plan.json", &plan.to_string()), ("state.json", &state.to_string())]);
    for (name, rule) in [("plan.json", "LEAK003"), ("state.json", "ENC002")] {
        for format in ["full", "json", "sarif", "concise"] {
            let run = directory.run(&["check", "--output-format", format, "--show-unknown", name]);
            assert!(run.out.contains(rule), "{name} {format}: {run:?}");
            assert!(!run.out.contains("Pl4nt3d") && !run.err.contains("Pl4nt3d"), "{name} {format}: {run:?}");
        }
    }
}

#[test]
fn a_plan_that_leaves_out_a_part_does_not_say_what_is_missing() {
    let values = json!({"name": "orders", "kms_key_id": "", "policy": "", "replica": []});
    let secret = |address: &str| {
        json!({"address": address, "mode": "managed", "type": "aws_secretsmanager_secret", "name": "this",
            "values": values})
    };
    let run = |rest: Value| {
        let mut plan = json!({"format_version": "1.2", "terraform_version": "1.11.4",
            "planned_values": {"root_module": {"resources": [secret("aws_secretsmanager_secret.this")]}}});
        plan.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let directory = Directory::new(&[("plan.json", &plan.to_string())]);
        let run = check(&directory, &["--select", "SM001,SM004", "--show-unknown", "plan.json"]);
        let certain = |rule: &str| {
            run.out.lines().any(|it| it.contains(&format!(" {rule} ")) && !it.contains("undecided"))
        };
        let undecided = run.out.contains("undecided SM004");
        (certain("SM001"), certain("SM004"), undecided)
    };
    assert_eq!(run(json!({})), (true, true, false));
    assert_eq!(run(json!({"complete": true, "errored": false})), (true, true, false));
    // What the secret has is certain; that nothing rotates it is not.
    assert_eq!(run(json!({"complete": false})), (true, false, true));
    assert_eq!(run(json!({"errored": true})), (true, false, true));
    let deferred = json!([{"reason": "provider_config_unknown", "resource_change": {"address": "aws_kms_key.k",
        "mode": "managed", "type": "aws_kms_key", "name": "k",
        "change": {"actions": ["create"], "after": {"enable_key_rotation": true}}}}]);
    assert_eq!(run(json!({"deferred_changes": deferred})), (true, false, true));
}
