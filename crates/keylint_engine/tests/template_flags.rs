//! Policies of templates of which more flags decide a part than are looked at together.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::Registry;
use keylint_source::{Memory, Sources};

fn run_with(rules: &[&str], text: &str) -> Report {
    let mut memory = Memory::new();
    memory.insert("/w/t.yaml", text);
    let names: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let selection = select(Registry::builtin(), &names, &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

/// What every rule says, and leaves open.
fn run(text: &str) -> (Vec<String>, Vec<String>) {
    said(&run_with(&[], text))
}

fn said(report: &Report) -> (Vec<String>, Vec<String>) {
    let found = report.findings.iter();
    let found = found.map(|finding| format!("{} {}", finding.rule, finding.message)).collect();
    let open = report.undecided.iter().map(|open| &open.undecided);
    (found, open.map(|open| format!("{} {}", open.rule, open.reason)).collect())
}

/// A template with flags, and what is written for each put together.
fn template(count: usize, each: impl Fn(usize) -> String, whole: impl Fn(&str) -> String) -> String {
    let parameters: String = (0..count)
        .map(|n| format!("  P{n}: {{Type: String, AllowedValues: ['true', 'false'], Default: 'false'}}\n"))
        .collect();
    let conditions: String = (0..count).map(|n| format!("  C{n}: !Equals [!Ref P{n}, 'true']\n")).collect();
    let parts: Vec<String> = (0..count).map(each).collect();
    format!("Parameters:\n{parameters}Conditions:\n{conditions}Resources:\n{}", whole(&parts.join("\n")))
}

fn statement(name: &str, action: &str, resource: &str) -> String {
    format!("{{Sid: {name}, Effect: Allow, Action: '{action}', Resource: '{resource}'}}")
}

/// What a flag adds.
fn under(flag: usize, what: &str) -> String {
    format!("        - !If [C{flag}, {what}, !Ref AWS::NoValue]")
}

fn inline(policies: &str) -> String {
    let trust = "{Version: '2012-10-17', Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, \
                 Action: 'sts:AssumeRole'}}";
    format!(
        "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {trust}\n      \
         Policies:\n{policies}\n"
    )
}

fn document(statements: &str) -> String {
    format!(
        "  Policy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: \
         '2012-10-17'\n        Statement:\n{statements}\n"
    )
}

fn named(n: usize) -> String {
    statement(&format!("S{n}"), "s3:GetObject", &format!("arn:aws:s3:::b{n}/*"))
}

#[test]
fn nothing_is_open_of_statements_that_are_all_looked_at() {
    let base = format!("        - {}", named(99));
    for count in [3, 5, 12] {
        let right = template(count, |n| under(n, &named(n)), |all| document(&format!("{base}\n{all}")));
        assert_eq!(run(&right), (vec![], vec![]), "{count}");
        let each = |n: usize| match n {
            2 => under(n, &statement("All", "*", "*")),
            _ => under(n, &named(n)),
        };
        let (found, open) = run(&template(count, each, |all| document(&format!("{base}\n{all}"))));
        assert_eq!(found, ["IAM001 the policy allows every action on every resource when C2 is true"]);
        assert_eq!(open, [""; 0], "{count}");
    }
}

#[test]
fn inline_policies_under_many_flags_are_looked_at_one_by_one() {
    let policy = |n: usize, statement: &str| {
        under(
            n,
            &format!(
                "{{PolicyName: p{n}, PolicyDocument: {{Version: '2012-10-17', Statement: [{statement}]}}}}"
            ),
        )
    };
    for count in [3, 5, 18] {
        let right = template(count, |n| policy(n, &named(n)), inline);
        assert_eq!(run(&right), (vec![], vec![]), "{count}");
        let each = |n: usize| match n {
            2 => policy(n, &statement("All", "*", "*")),
            _ => policy(n, &named(n)),
        };
        let (found, open) = run(&template(count, each, inline));
        assert_eq!(found, ["IAM001 the policy allows every action on every resource when C2 is true"]);
        assert_eq!(open, [""; 0], "{count}");
    }
}

#[test]
fn what_is_asked_of_a_policy_as_a_whole_stays_open() {
    let open = |text: &str| run_with_reason(text);
    let reason = "`P4` and other values have too many combinations";
    // All of the statements may be left out.
    let none = template(5, |n| under(n, &named(n)), document);
    assert_eq!(open(&none), [reason]);
    // Two flags together make one name twice.
    let base = format!("        - {}", named(99));
    let each = |n: usize| under(n, &statement("Same", "s3:GetObject", &format!("arn:aws:s3:::b{n}/*")));
    assert_eq!(open(&template(5, each, |all| document(&format!("{base}\n{all}")))), [reason]);
    // All together may be too long.
    let long = |n: usize| {
        under(
            n,
            &statement(&format!("S{n}"), "s3:GetObject", &format!("arn:aws:s3:::{}{n}/*", "b".repeat(600))),
        )
    };
    assert_eq!(open(&template(5, long, |all| document(&format!("{base}\n{all}")))), [reason]);
}

/// Why something is left open, each reason once.
fn run_with_reason(text: &str) -> Vec<String> {
    let report = run_with(&[], text);
    let mut reasons: Vec<String> =
        report.undecided.iter().map(|open| open.undecided.reason.to_string()).collect();
    reasons.dedup();
    reasons
}

#[test]
fn a_principal_that_a_resource_of_an_unknown_kind_gives_may_be_anybody() {
    let text = "
Resources:
  Lookup: {Type: Custom::Lookup, Properties: {ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:f'}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: '2012-10-17'
        Statement: [{Sid: K, Effect: Allow, Principal: {AWS: !GetAtt Lookup.Arn}, Action: 'kms:*', Resource: '*'}]
";
    let (found, open) = said(&run_with(&["KMS003", "KMS006"], text));
    assert_eq!(found, [""; 0]);
    assert_eq!(open.len(), 2, "{open:?}");
}
