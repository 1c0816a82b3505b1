//! How long it takes to read a policy of 6 KB, the longest that IAM takes, and to run all checks over it.
//! Both together must take under 500 µs.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::{Bencher, black_box};
use keylint_model::{Data, Value, World};
use keylint_policy::validate::{Check, Checks, Usage, validate};
use keylint_policy::{Document, PolicyKind};
use keylint_syntax::Text;

fn main() {
    divan::Divan::from_args().main();
}

/// Statements of several services until the document has 6 KB; the last one is wrong.
fn policy() -> Value {
    let statement = |number: usize| {
        format!(
            r#"{{"Sid": "Read{number}", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt", "s3:GetObject"],
            "Resource": ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-{number}-??????", "arn:aws:s3:::home-{number}/${{aws:username}}/*"],
            "Condition": {{"StringEquals": {{"aws:ResourceTag/team": "app-{number}"}}, "IpAddress": {{"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}}}}}"#
        )
    };
    let mut statements = vec![r#"{"Effect": "allow", "Action": "s3:*", "Resource": "*"}"#.to_owned()];
    while statements.iter().map(String::len).sum::<usize>() < 6_144 {
        statements.push(statement(statements.len()));
    }
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
    Value::synthetic(Data::String(Text::synthetic(text)))
}

fn check(value: &Value) -> usize {
    let document = Document::parse(value, &World::open()).unwrap().into_document().unwrap();
    let usage = Usage { kind: PolicyKind::Identity, is_guessed: false, holder: None, is_part: false };
    let issues = validate(&document, usage, Checks::all());
    assert!(issues.iter().any(|issue| issue.check == Check::InvalidEffect));
    issues.len()
}

#[divan::bench]
fn read_and_check(bencher: Bencher<'_, '_>) {
    let value = policy();
    // The data of AWS is unpacked once.
    check(&value);
    bencher.bench(|| check(black_box(&value)));
}

/// What reading alone takes: the floor.
#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let value = policy();
    bencher.bench(|| Document::parse(black_box(&value), &World::open()).unwrap());
}
