//! How long looking up the data of AWS takes. An action must take under a microsecond.
//!
//! Each benchmark asserts what it found, so that an empty table cannot win. What is unpacked on first
//! use is measured once, before all others.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::{Bencher, black_box};
use keylint_policy::service;

fn main() {
    // The first use of all, which no benchmark can repeat.
    let before = std::time::Instant::now();
    let kms = service::action("kms:Decrypt").unwrap();
    let first = before.elapsed();
    let before = std::time::Instant::now();
    let all = service::expand("*").count();
    let everything = before.elapsed();
    let before = std::time::Instant::now();
    let policies: usize = service::managed_policies().map(|policy| policy.document().len()).sum();
    let documents = before.elapsed();
    assert!(all > 20_000 && policies > 3_000_000 && kms.name() == "Decrypt");
    divan::Divan::from_args().main();
    let _ = std::io::Write::write_fmt(
        &mut std::io::stdout(),
        format_args!(
            "first action: {first:?}; all services: {everything:?}; all managed policies: {documents:?}\n"
        ),
    );
}

#[divan::bench(args = ["kms:Decrypt", "KMS:decrypt", "ec2:RunInstances", "secretsmanager:GetSecretValue"])]
fn action(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench(|| assert!(service::action(black_box(name)).is_some()));
}

#[divan::bench]
fn action_that_does_not_exist(bencher: Bencher<'_, '_>) {
    bencher.bench(|| assert!(service::action(black_box("ec2:Frobnicate")).is_none()));
}

#[divan::bench(args = ["aws:SourceIp", "aws:ResourceTag/Team", "kms:EncryptionContext:App", "s3:prefix", "token.actions.githubusercontent.com:sub"])]
fn condition_key(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench(|| assert!(service::condition_key(black_box(name)).is_some()));
}

#[divan::bench]
fn keys_of_an_action(bencher: Bencher<'_, '_>) {
    let decrypt = service::action("kms:Decrypt").unwrap();
    bencher.bench(|| assert!(black_box(decrypt).may_have_key("kms:ViaService")));
}

#[divan::bench]
fn expand_one_service(bencher: Bencher<'_, '_>) {
    bencher.bench(|| assert!(service::expand(black_box("ec2:Describe*")).count() > 100));
}

#[divan::bench]
fn expand_everything(bencher: Bencher<'_, '_>) {
    bencher.bench(|| assert!(service::expand(black_box("*")).count() > 20_000));
}

#[divan::bench]
fn managed_policy(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        let policy = service::managed_policy(black_box("arn:aws:iam::aws:policy/AdministratorAccess"));
        assert_eq!(policy.unwrap().document().len(), 85);
    });
}

#[divan::bench]
fn nearest_action(bencher: Bencher<'_, '_>) {
    let ec2 = service::service("ec2").unwrap();
    bencher.bench(|| {
        assert_eq!(service::nearest_action(ec2, black_box("DescribeInstence")), Some("DescribeInstances"));
    });
}
