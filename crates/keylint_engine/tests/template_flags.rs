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

/// What a role has in any case, and what it has in the world that decides one of its policies, counts beside
/// each of them, however many there are.
#[test]
fn inline_policies_under_many_flags_are_read_beside_each_other() {
    let policy = |name: &str, statement: &str| {
        format!("{{PolicyName: {name}, PolicyDocument: {{Version: '2012-10-17', Statement: [{statement}]}}}}")
    };
    let of = |name: &str, action: &str| policy(name, &statement(name, action, "*"));
    let denied = |name: &str| of(name, "secretsmanager:*").replace("Allow", "Deny");
    let found = |always: &[String], last: &[String], count: usize| {
        let each = |n: usize| match n {
            _ if n + 1 < count => under(n, &policy(&format!("p{n}"), &named(n))),
            _ => last.iter().map(|last| under(n, last)).collect::<Vec<_>>().join("\n"),
        };
        let base: String = always.iter().map(|policy| format!("        - {policy}\n")).collect();
        let text = template(count, each, |all| inline(&format!("{base}{all}")));
        let found = said(&run_with(&["IAM004", "IAM008", "IAM009"], &text)).0;
        // What `lambda:*` gains alone is no matter here.
        found.into_iter().filter(|said| !said.contains("whoever has this policy can")).collect::<Vec<_>>()
    };
    let [pass, run] = [of("Pass", "iam:PassRole"), of("Run", "lambda:*")];
    let gains = "IAM009 whoever has this policy and those attached beside it can gain permissions by running a \
                 function with any role";
    let reads = "IAM004 the policy allows reading every secret";
    let read = of("Read", "secretsmanager:GetSecretValue");
    for count in [3, 6, 40] {
        let last = count - 1;
        let both = [pass.clone(), run.clone()];
        assert_eq!(found(&both, &[], count), [gains], "{count}");
        let when = format!("{gains} when C{last} is true");
        assert_eq!(found(&both[..1], &both[1..], count).last(), Some(&when), "{count}");
        assert_eq!(found(&[], &both, count), [when], "{count}");
        let [deny, read] = [[denied("Deny")], [read.clone()]];
        assert_eq!(found(&[], &read, count), [format!("{reads} when C{last} is true")], "{count}");
        assert_eq!(found(&deny, &read, count), [""; 0], "{count}");
        assert_eq!(found(&[], &[deny, read].concat(), count), [""; 0], "{count}");
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
