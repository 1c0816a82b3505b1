//! Policy documents of which it is known whether IAM takes them for an identity, and what it says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use keylint_engine::{PolicyChoice, Project, Settings, lint};
use keylint_policy::PolicyKind;
use keylint_rules::Severity;
use keylint_source::{Memory, Sources};
use serde_json::Value;

/// The rules that name what IAM names in a message. "Syntax errors" and "legacy parsing" are its words for
/// everything that its parsers do not read.
fn causes(message: &str) -> &'static [&'static str] {
    let table: [(&str, &[&str]); 14] = [
        (
            "Syntax errors",
            &["POL027", "POL003", "POL014", "POL015", "POL018", "POL026", "POL031", "POL035", "POL041"],
        ),
        ("must be version 2012-10-17", &["POL026", "POL108", "POL158"]),
        ("must be prefaced by a vendor", &["POL005"]),
        ("can contain only one colon", &["POL005"]),
        ("Vendor", &["POL024"]),
        ("must be in ARN format", &["POL007"]),
        // What should be the partition is the service where `arn:` is missing.
        ("Partition", &["POL017", "POL007"]),
        ("must contain resources", &["POL034", "POL130"]),
        ("must contain actions", &["POL028", "POL124"]),
        ("IAM resource path", &["POL009"]),
        ("legacy parsing", &["POL015", "POL029", "POL116"]),
        ("Resource vendor must be fully qualified", &["POL029"]),
        ("region information", &["POL002"]),
        ("(SID) in a single policy must be unique", &["POL039"]),
    ];
    table.into_iter().find(|(part, _)| message.contains(part)).map_or(&[], |(_, rules)| rules)
}

#[test]
fn documents_that_iam_refuses_are_errors_and_those_that_it_takes_are_not() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policies/identity-policy-documents.jsonl");
    #[expect(clippy::disallowed_methods, reason = "a test reads what it compares with")]
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let name = |case: &Value| format!("{}.json", case["id"].as_str().unwrap());
    let mut files = Memory::new();
    for case in &cases {
        files.insert(format!("/p/{}", name(case)), case["document"].as_str().unwrap().as_bytes());
    }
    let sources = Arc::new(Sources::new(Arc::new(files), "/p"));
    let settings =
        Settings { policies: Some(PolicyChoice::Kind(PolicyKind::Identity)), ..Settings::default() };
    let paths = cases.iter().map(|case| name(case).into()).collect();
    let report = lint(&Project { paths, sources }, &settings);
    let mut errors: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.severity >= Severity::High) {
        let path = report.file(finding.span).unwrap().path.to_string();
        errors.entry(path).or_default().push(finding.rule.as_str());
    }
    let mut wrong = Vec::new();
    let (mut refused, mut taken) = (0, 0);
    for case in &cases {
        // Domain rules may find a policy that IAM takes too generous.
        let found = errors.get(&name(case)).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<&str> =
            found.iter().copied().filter(|rule| rule.starts_with("POL") || rule.starts_with("KL")).collect();
        match case["error"].as_str() {
            Some(message) => {
                refused += 1;
                if !causes(message).iter().any(|rule| found.contains(rule)) {
                    wrong.push(format!("{} is refused ({message}), reported: {found:?}", name(case)));
                }
            }
            None => {
                taken += 1;
                if !found.is_empty() {
                    wrong.push(format!("{} is taken, reported: {found:?}", name(case)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((refused, taken), (78, 54));
}
