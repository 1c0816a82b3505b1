//! Plans in which something has the wrong type, is there twice or is not there: nothing panics, and
//! what is read stays bounded by what is written.

use keylint_syntax::Text;
use keylint_syntax::data::{Node, NodeKind};

use super::*;
use crate::plan::{self, Fused, Planned};

const MAIN: &str = include_str!("../../../../testdata/plan/main.tf");
const MODULE: &str = include_str!("../../../../testdata/plan/modules/reader/main.tf");
const PLAN: &str = include_str!("../../../../testdata/plan/plan.json");

fn parse(sources: &Sources, text: &str) -> Option<(Arc<keylint_source::SourceFile>, Node)> {
    let file = sources.insert(Path::new("/work/plan.json"), text);
    let (node, _) = keylint_syntax::json::parse(&Text::of_file(&file));
    Some((file, node?))
}

fn sources() -> Fixture {
    load(&[("main.tf", MAIN), ("modules/reader/main.tf", MODULE)], &["."])
}

fn read(fixture: &Fixture, text: &str) -> Option<(Planned, Fused)> {
    let (file, node) = parse(&fixture.sources, text)?;
    let planned = plan::read(&file, &node);
    let fused = plan::fuse(fixture.stack(), &planned);
    assert!(fused.stack.resources.len() >= planned.stack.resources.len());
    for span in &planned.secrets {
        assert!(text.get(span.range()).is_some());
    }
    Some((planned, fused))
}

fn spans(node: &Node, into: &mut Vec<Span>) {
    into.push(node.span);
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().for_each(|node| spans(node, into)),
        NodeKind::Map(members) => members.iter().for_each(|member| spans(&member.value, into)),
        _ => {}
    }
}

#[test]
fn any_value_of_a_plan_may_have_any_type() {
    let fixture = sources();
    let (_, node) = parse(&fixture.sources, PLAN).unwrap();
    let mut places = Vec::new();
    spans(&node, &mut places);
    let others = [
        "null",
        "true",
        "1e999",
        "\"\"",
        "\"a[\\\"b\"",
        "[]",
        "{}",
        "[[{}, null]]",
        "{\"constant_value\": [true]}",
    ];
    let mut runs = 0;
    for span in places {
        for other in others {
            let mut text = PLAN.to_owned();
            text.replace_range(span.range(), other);
            runs += usize::from(read(&fixture, &text).is_some());
        }
    }
    assert!(runs > 2_000, "{runs}");
}

#[test]
fn of_two_resources_with_one_address_there_is_one() {
    let fixture = sources();
    let (planned, _) = read(&fixture, PLAN).unwrap();
    let doubled = PLAN.replacen("\"resources\":[", "\"resources\":[{\"address\":\"aws_secretsmanager_secret.orders\",\"mode\":\"managed\",\"type\":\"aws_secretsmanager_secret\",\"values\":{}},", 1);
    assert_ne!(doubled, PLAN);
    let (twice, _) = read(&fixture, &doubled).unwrap();
    assert_eq!(planned.stack.resources.len(), twice.stack.resources.len());
}

#[test]
fn a_format_that_is_not_known_is_said_and_read_as_far_as_it_goes() {
    let fixture = sources();
    let next = PLAN.replacen("\"format_version\":\"1.2\"", "\"format_version\":\"2.0\"", 1);
    let (planned, _) = read(&fixture, &next).unwrap();
    let [problem] = &planned.stack.problems[..] else { panic!("{:?}", planned.stack.problems) };
    assert_eq!((problem.rule, fixture.slice(problem.span).as_str()), ("KL001", "\"2.0\""));
    assert_eq!(planned.stack.resources.len(), 5);
    for version in ["0.1", "0.2", "1.0", "1.99"] {
        let known = PLAN.replacen("1.2", version, 1);
        assert!(read(&fixture, &known).unwrap().0.stack.problems.is_empty(), "{version}");
    }
}

#[test]
fn what_is_nested_too_deeply_or_too_much_is_said() {
    let fixture = sources();
    let resource = r#"{"address": "aws_kms_key.a", "mode": "managed", "type": "aws_kms_key", "values": {}}"#;
    let mut module = format!("{{\"resources\": [{resource}]}}");
    for _ in 0..40 {
        module = format!("{{\"child_modules\": [{module}]}}");
    }
    let text = format!("{{\"format_version\": \"1.0\", \"planned_values\": {{\"root_module\": {module}}}}}");
    let (planned, _) = read(&fixture, &text).unwrap();
    assert_eq!(planned.stack.problems.iter().map(|one| one.rule).collect::<Vec<_>>(), ["KL004"]);

    // Marks of a million elements that are not there cost nothing.
    let marks = "true,".repeat(200_000);
    let text = format!(
        r#"{{"format_version": "1.0", "planned_values": {{"root_module": {{"resources": [{resource}]}}}},
            "resource_changes": [{{"address": "aws_kms_key.a", "change": {{"after_unknown": {{"policy": [{marks}true]}}}}}}]}}"#
    );
    let (planned, _) = read(&fixture, &text).unwrap();
    assert_eq!(planned.stack.resources[0].attributes.entries.len(), 0);
}

#[test]
fn lists_of_any_length_are_matched_in_bounded_time() {
    let principals =
        |count: usize| (0..count).map(|at| format!("\"arn:aws:iam::{at:012}:root\"")).collect::<Vec<_>>();
    let own = principals(3_000).join(", ");
    let main = format!("variable \"x\" {{}}\nresource \"aws_x\" \"a\" {{\n  list = [{own}, var.x]\n}}\n");
    let fixture = root(&main);
    let mut all = principals(3_000);
    all.reverse();
    let text = format!(
        r#"{{"format_version": "1.0", "planned_values": {{"root_module": {{"resources": [
            {{"address": "aws_x.a", "mode": "managed", "type": "aws_x", "values": {{"list": [{}, "y"]}}}}]}}}}}}"#,
        all.join(",")
    );
    let (_, fused) = read(&fixture, &text).unwrap();
    let list = fused.stack.resources[0].value("list").unwrap().as_list().unwrap();
    assert_eq!(list.elements.len(), 3_001);
    assert_eq!(list.elements[0].as_str(), Some("arn:aws:iam::000000002999:root"));
}

#[test]
fn references_name_the_instances_of_the_plan() {
    let main = "variable \"keys\" {}\nresource \"aws_kms_key\" \"k\" {\n  for_each = var.keys\n}\nresource \"aws_x\" \"x\" {\n  for_each = var.keys\n  key      = aws_kms_key.k[each.key].arn\n}\nresource \"aws_x\" \"open\" {\n  key = values(aws_kms_key.k)[0].arn\n}\n";
    let fixture = root(main);
    let resource = |kind: &str, name: &str, key: &str| {
        format!(r#"{{"address": "{kind}.{name}{key}", "mode": "managed", "type": "{kind}", "values": {{}}}}"#)
    };
    let all = ["[\\\"a\\\"]", "[\\\"b\\\"]"]
        .map(|key| [resource("aws_kms_key", "k", key), resource("aws_x", "x", key)]);
    let all = [all.concat().join(","), resource("aws_x", "open", "")].join(",");
    let text = format!(
        r#"{{"format_version": "1.0", "planned_values": {{"root_module": {{"resources": [{all}]}}}}}}"#
    );
    let (_, fused) = read(&fixture, &text).unwrap();
    let references = |address: &str| -> Vec<String> {
        let resource = fused.stack.resource(&Address::new(address)).unwrap();
        resource.value("key").unwrap().references().iter().map(|one| one.address.to_string()).collect()
    };
    assert_eq!(references("aws_x.x[\"b\"]"), ["aws_kms_key.k[\"b\"]"]);
    // One of both, and nothing says which.
    assert_eq!(references("aws_x.open"), [""; 0]);
}
