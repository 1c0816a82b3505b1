//! What a plan says of sources is what the sources say, where both know it.
//!
//! Every example of every rule is evaluated and written as the plan that Terraform would make of
//! it: all that is known as values, the rest as `after_unknown`, with what a provider adds of its
//! own. Read again, it has to give the same findings on the same addresses.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and reads its examples"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint};
use keylint_model::{Data, Guard, Mode, Part, Resource, Stack, Unknown, Value};
use keylint_source::{Memory, Sources};
use serde_json::{Map, Value as Json, json};

/// The examples in HCL of all rules, each with the rule.
fn examples() -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|one| one.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let mut pages: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
        pages.sort();
        for page in pages.iter().filter(|page| page.extension().is_some_and(|it| it == "md")) {
            let text = std::fs::read_to_string(page).unwrap();
            let name = page.file_name().unwrap().to_string_lossy().into_owned();
            let fences = text.split("\n```hcl\n").skip(1);
            examples.extend(
                fences.filter_map(|rest| Some((name.clone(), rest.split_once("\n```")?.0.to_owned()))),
            );
        }
    }
    examples
}

fn run(files: &[(&str, &str)], path: &str, plan: Option<&str>) -> Report {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let settings = Settings { plan: plan.map(PathBuf::from), ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![path.into()], sources }, &settings)
}

/// Rule, address and statement of each finding of AWS's side.
fn found(report: &Report) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for finding in report.findings.iter().filter(|finding| !finding.rule.as_str().starts_with("KL")) {
        let addresses = finding.resource.iter().chain(&finding.instances);
        let statement = finding.statement.as_ref().map(|one| one.index);
        all.extend(addresses.map(|address| format!("{} {address} {statement:?}", finding.rule)));
    }
    all
}

fn stack(text: &str) -> Stack {
    let mut memory = Memory::new();
    memory.insert("/w/main.tf", text);
    let sources = Sources::new(Arc::new(memory), "/w");
    let project = keylint_terraform::Project::load(&sources, &["/w"]);
    project.evaluate(&sources, *project.roots().first().unwrap())
}

/// A value as a plan has it, `None` where something of it is not known. `marks` becomes what
/// `after_unknown` has for it.
fn planned(value: &Value, marks: &mut Json) -> Option<Json> {
    *marks = Json::Bool(false);
    Some(match &value.data {
        Data::Null => Json::Null,
        Data::Bool(known) => json!(known),
        Data::Number(number) => number.as_i64().map_or_else(|| json!(number.as_f64()), |whole| json!(whole)),
        Data::String(text) => json!(text.as_str()),
        Data::Json(inner) => {
            let mut none = Json::Null;
            let text = planned(inner, &mut none).filter(|_| is_known(inner));
            return text.map(|text| json!(text.to_string())).or_else(|| unknown(marks));
        }
        Data::List(list) if list.rest.is_none() => {
            let mut all = Vec::new();
            let elements = list.elements.iter().map(|element| {
                let mut mark = Json::Null;
                let element = planned(element, &mut mark).unwrap_or_default();
                all.push(mark);
                element
            });
            let elements = elements.collect::<Vec<_>>();
            *marks = Json::Array(all);
            Json::Array(elements)
        }
        Data::Map(map) if map.rest.is_none() => {
            let (mut known, mut all) = (Map::new(), Map::new());
            for (name, entry) in &map.entries {
                let mut mark = Json::Null;
                known.extend(planned(&entry.value, &mut mark).map(|value| (name.to_string(), value)));
                if mark != Json::Bool(false) {
                    all.insert(name.to_string(), mark);
                }
            }
            *marks = Json::Object(all);
            Json::Object(known)
        }
        _ => return unknown(marks),
    })
}

fn unknown(marks: &mut Json) -> Option<Json> {
    *marks = Json::Bool(true);
    None
}

fn is_known(value: &Value) -> bool {
    match &value.data {
        Data::List(list) => list.rest.is_none() && list.elements.iter().all(is_known),
        Data::Map(map) => map.rest.is_none() && map.entries.values().all(|entry| is_known(&entry.value)),
        Data::Json(inner) => is_known(inner),
        Data::Unknown(_) | Data::Partial(_) | Data::Choice(_) => false,
        _ => true,
    }
}

/// An argument as `configuration` has it.
fn expression(value: &Value) -> Json {
    let mut references = Vec::new();
    let mut add = |unknown: &Unknown| match &unknown.reference {
        Some(reference) => references.extend([
            json!(format!("{}.{}", reference.address, reference.attribute)),
            json!(reference.address.as_str()),
        ]),
        None => references.push(json!("local.unknown")),
    };
    match &value.data {
        Data::List(list) if list.elements.iter().any(|one| one.as_map().is_some()) => {
            return list.elements.iter().map(expression).collect();
        }
        Data::Map(map) => {
            return map
                .entries
                .iter()
                .map(|(name, entry)| (name.to_string(), expression(&entry.value)))
                .collect();
        }
        Data::Unknown(unknown) => add(unknown),
        Data::Partial(parts) => parts.iter().for_each(|part| {
            if let Part::Hole(unknown, _) = part {
                add(unknown);
            }
        }),
        _ if is_known(value) => {
            // A document of a data source is known and mentions it all the same.
            let document = value.origin.document();
            let mut none = Json::Null;
            return match document {
                Some(address) => json!({"references": [format!("{address}.json"), address.as_str()]}),
                None => json!({"constant_value": planned(value, &mut none)}),
            };
        }
        _ => references.push(json!("local.unknown")),
    }
    json!({"references": references})
}

/// The plan of a stack, with what a provider adds.
fn plan(stack: &Stack) -> Json {
    let (mut managed, mut read, mut changes, mut configured) = (vec![], vec![], vec![], vec![]);
    for resource in &stack.resources {
        let (mut values, mut marks, mut expressions) = (Map::new(), Map::new(), Map::new());
        let arguments = resource.attributes.entries.iter();
        for (name, entry) in arguments {
            let mut mark = Json::Null;
            values.extend(planned(&entry.value, &mut mark).map(|value| (name.to_string(), value)));
            if mark != Json::Bool(false) {
                marks.insert(name.to_string(), mark);
            }
            let is_answer = resource.mode == Mode::Data && matches!(&**name, "json" | "minified_json");
            if !entry.value.is_null() && !is_answer {
                expressions.insert(name.to_string(), expression(&entry.value));
            }
        }
        add_computed(resource, &mut values, &mut marks);
        let base = json!({"address": resource.address.as_str(), "type": &*resource.type_name,
            "mode": if resource.mode == Mode::Data { "data" } else { "managed" }});
        let with = |name: &str, value: Json| {
            let mut object = base.clone();
            object.as_object_mut().unwrap().insert(name.to_owned(), value);
            object
        };
        configured.push(with("expressions", Json::Object(expressions)));
        changes.push(with("change", json!({"actions": ["create"], "after_unknown": marks})));
        let list = if resource.mode == Mode::Data { &mut read } else { &mut managed };
        list.push(with("values", Json::Object(values)));
    }
    json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": managed}},
        "prior_state": {"values": {"root_module": {"resources": read}}}, "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}}})
}

/// What a provider gives back for what is not set: nothing, or what the service made of it.
fn add_computed(resource: &Resource, values: &mut Map<String, Json>, marks: &mut Map<String, Json>) {
    let computed = [
        ("arn", Json::Null),
        ("description", json!("")),
        ("kms_key_id", json!("arn:aws:kms:eu-west-1:111122223333:key/made-by-the-service")),
        ("policy", json!("")),
        ("tags", Json::Null),
        ("tags_all", json!({})),
        ("logging", json!([])),
        ("permissions_boundary", json!("")),
    ];
    for (name, value) in computed.into_iter().filter(|_| resource.mode == Mode::Managed) {
        if resource.value(name).is_none_or(Value::is_null) {
            values.insert(name.to_owned(), value);
        }
    }
    marks.entry("id").or_insert(Json::Bool(true));
}

/// Whether a plan would have it under the same address.
fn is_certain(resource: &Resource) -> bool {
    !resource.symbolic && resource.guard == Guard::always()
}

/// Whether a plan can have all that the sources know: no part of a string or of a document is
/// known there without the rest.
fn is_told_by_a_plan(stack: &Stack) -> bool {
    fn whole(value: &Value) -> bool {
        match &value.data {
            // Of a variable or a file the plan knows more.
            Data::Unknown(unknown) => unknown.reference.is_some(),
            Data::List(list) => list.rest.is_none() && list.elements.iter().all(whole),
            Data::Map(map) => map.rest.is_none() && map.entries.values().all(|entry| whole(&entry.value)),
            _ => is_known(value),
        }
    }
    let is_plain =
        |resource: &Resource| !resource.symbolic && resource.guard == keylint_model::Guard::always();
    stack
        .resources
        .iter()
        .all(|one| is_plain(one) && one.attributes.entries.values().all(|it| whole(&it.value)))
}

#[test]
fn examples_say_the_same_as_source_as_plan_and_as_both() {
    let (mut told, mut fused, mut findings) = (0, 0, 0);
    let mut differing = Vec::new();
    for (rule, text) in examples() {
        // A plan has no comments: what is silenced in the sources is not silenced in it.
        let text = text.replace("keylint: ignore", "");
        let stack = stack(&text);
        if !stack.resources.iter().all(is_certain) || stack.resources.is_empty() {
            continue;
        }
        let plan = plan(&stack).to_string();
        let source = run(&[("main.tf", &text)], ".", None);
        let expected = found(&source);
        findings += expected.len();
        let mut compare = |how: &str, report: &Report| {
            let found = found(report);
            if found != expected || report.coverage.undecided > source.coverage.undecided {
                let undecided = (source.coverage.undecided, report.coverage.undecided);
                differing
                    .push(format!("{rule}, {how}: {expected:?} {found:?} {undecided:?}\n{text}\n{plan}\n"));
            }
        };
        let both = run(&[("main.tf", &text), ("plan.json", &plan)], "main.tf", Some("plan.json"));
        assert_eq!(both.errors, [], "{rule}:\n{text}\n{plan}");
        compare("both", &both);
        fused += 1;
        if is_told_by_a_plan(&stack) {
            compare("alone", &run(&[("plan.json", &plan)], ".", None));
            told += 1;
        }
    }
    assert!(differing.is_empty(), "{} of {fused} and {told}:\n{}", differing.len(), differing.join("\n"));
    eprintln!("{told} alone, {fused} with their sources, {findings} findings");
    assert!(told >= 40 && fused >= 60 && findings >= 40, "{told} {fused} {findings}");
}

/// A plan of resources that have nothing but their names, made with `variables` and with what data
/// sources answered.
fn made_with(variables: &Json, answers: &Json, resources: &[&str]) -> String {
    let resource = |address: &&str| {
        let (type_name, name) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": type_name, "name": name, "values": {}})
    };
    let planned: Vec<Json> = resources.iter().map(resource).collect();
    json!({
        "format_version": "1.2",
        "variables": variables,
        "planned_values": {"root_module": {"resources": planned}},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": answers}}},
        "configuration": {"root_module": {"variables": {"secret": {"sensitive": true}, "env": {}, "on": {}}}},
    })
    .to_string()
}

const CONDITIONS: &str = r#"
variable "env" {}
variable "on" {
  type    = bool
  default = true
}
variable "secret" {}
data "aws_ssm_parameter" "p" {
  name = "x"
}
resource "aws_kms_key" "variable" {
  enable_key_rotation = var.env != "x"
}
resource "aws_kms_key" "default" {
  enable_key_rotation = !var.on
}
resource "aws_kms_key" "answer" {
  enable_key_rotation = data.aws_ssm_parameter.p.insecure_value != "x"
}
resource "aws_kms_key" "secret" {
  enable_key_rotation = var.secret != "x"
}
"#;

#[test]
fn conditions_have_the_outcome_that_they_had_when_the_plan_was_made() {
    let keys = ["aws_kms_key.variable", "aws_kms_key.default", "aws_kms_key.answer", "aws_kms_key.secret"];
    let reported = |variables: &Json, answer: &str| -> Vec<String> {
        let answers = json!([{
            "address": "data.aws_ssm_parameter.p", "mode": "data", "type": "aws_ssm_parameter", "name": "p",
            "values": {"name": "x", "insecure_value": answer},
        }]);
        let plan = made_with(variables, &answers, &keys);
        let report = run(&[("main.tf", CONDITIONS), ("plan.json", &plan)], "main.tf", Some("/w/plan.json"));
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        let own = report.findings.iter().filter(|finding| finding.rule.as_str() == "KMS001");
        own.map(|finding| finding.message.clone()).collect()
    };
    let value = |value: &Json| json!({"value": value});
    let never = "the key material is never rotated";
    let when_secret = format!("{never} when var.secret == \"x\" is true");
    // Nothing of a sensitive variable is told: its condition stays open.
    let with = |env: &str, on: bool| json!({"env": value(&json!(env)), "on": value(&json!(on)), "secret": value(&json!("y"))});
    assert_eq!(reported(&with("y", false), "y"), std::slice::from_ref(&when_secret));
    let mut all = vec![never.to_owned(); 3];
    all.push(when_secret);
    assert_eq!(reported(&with("x", true), "x"), all);
}

#[test]
fn a_value_that_only_the_plan_has_is_reported_at_the_place_of_the_sources() {
    let text = r#"
variable "env" {}
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Nope${var.env}", Resource = "arn:aws:s3:::x/*" }] })
}
"#;
    let plan = made_with(&json!({"env": {"value": "Such"}}), &json!([]), &["aws_iam_policy.p"]);
    let report = run(&[("main.tf", text), ("plan.json", &plan)], "main.tf", Some("/w/plan.json"));
    let own = report.findings.iter().find(|finding| finding.rule.as_str() == "POL005").unwrap();
    assert_eq!(own.message, "the action `s3:NopeSuch` does not exist");
    // The statement, and not the plan, which is read after the sources.
    assert!(report.findings.iter().all(|finding| finding.span.file == own.span.file));
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
}
