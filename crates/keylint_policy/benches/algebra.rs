//! How long questions about whole policies take. Each benchmark asserts what it found.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use keylint_model::Verdict;
use keylint_policy::algebra::{Known, newly_allowed};
use keylint_policy::service::managed_policies;
use keylint_policy::{Document, PolicyKind, read};
use keylint_source::{Memory, Sources};

fn main() {
    divan::main();
}

fn document(text: &str) -> Document {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    read(&sources.insert(Path::new("policy.json"), text)).into_document().unwrap()
}

/// A policy of twenty statements, three of which deny: several actions and resources each, every
/// other one with conditions. Statements from `wide` on are wider than before.
fn policy(kind: PolicyKind, wide: usize) -> Document {
    let mut text = String::from(r#"{"Version": "2012-10-17", "Statement": ["#);
    for number in 0..20 {
        let separator = if number == 0 { "" } else { "," };
        let effect = if number % 7 == 6 { "Deny" } else { "Allow" };
        let service = ["s3", "kms", "secretsmanager", "sqs", "ec2"][number % 5];
        let principal = match kind {
            PolicyKind::Resource => {
                r#""Principal": {"AWS": ["arn:aws:iam::111122223333:role/app", "444455556666"]}, "#
            }
            _ => "",
        };
        let verb = if number >= wide { "*" } else { "Get*" };
        let condition = match number % 4 {
            0 => r#", "Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}"#,
            2 => {
                r#", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:SecureTransport": "true"}}"#
            }
            _ => "",
        };
        write!(
            text,
            r#"{separator}{{"Sid": "S{number}", "Effect": "{effect}", {principal}"Action": ["{service}:{verb}", "{service}:List*", "{service}:Describe*"],
            "Resource": ["arn:aws:{service}:*:111122223333:a{number}/*", "arn:aws:{service}:eu-west-1:*:b*/{number}"]{condition}}}"#
        )
        .unwrap();
    }
    text.push_str("]}");
    document(&text)
}

const KINDS: [PolicyKind; 2] = [PolicyKind::Identity, PolicyKind::Resource];

#[divan::bench(args = KINDS)]
fn diff_of_equal_policies(bencher: Bencher<'_, '_>, kind: PolicyKind) {
    let (new, old) = (policy(kind, 20), policy(kind, 20));
    bencher.bench_local(|| {
        let difference = newly_allowed(&new, &old, kind, &Known);
        assert_eq!(difference.verdict(), Verdict::No);
    });
}

#[divan::bench(args = KINDS)]
fn diff_of_a_wider_policy(bencher: Bencher<'_, '_>, kind: PolicyKind) {
    let (new, old) = (policy(kind, 5), policy(kind, 20));
    bencher.bench_local(|| {
        let difference = newly_allowed(&new, &old, kind, &Known);
        // Thirteen statements from the sixth on allow, and each is wider.
        assert_eq!(difference.changes.len(), 13);
        assert!(difference.changes.iter().all(|change| change.verdict == Verdict::Yes));
    });
}

/// Real policies, many of them large: none allows what itself does not.
#[divan::bench(sample_count = 1)]
fn diff_of_every_managed_policy_with_itself(bencher: Bencher<'_, '_>) {
    let documents: Vec<Document> = managed_policies().map(|policy| document(policy.document())).collect();
    assert!(documents.len() > 1_500, "{} policies", documents.len());
    bencher.bench_local(|| {
        let (mut wider, mut open) = (0, 0);
        for document in &documents {
            match newly_allowed(document, document, PolicyKind::Identity, &Known).verdict() {
                Verdict::No => {}
                Verdict::Yes => wider += 1,
                Verdict::Unknown => open += 1,
            }
        }
        assert!(wider == 0 && open <= 10, "{wider} wider, {open} open of {}", documents.len());
    });
}
