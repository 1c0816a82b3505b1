//! What several documents of one identity make together.

use keylint_model::Verdict::{self, No, Unknown, Yes};

use super::*;
use crate::document::{Document, Statement};
use crate::facts::{Boundary, Completed, Together};

const PASS: &str = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#;
const RUN: &str =
    r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:*:function:app"}"#;

/// What is said at each statement, by document and statement.
fn said(
    documents: &[Document],
    boundary: Option<&Document>,
    ask: impl for<'d> Fn(&Together<'d>, usize, &'d Statement) -> Completed<'d>,
) -> Vec<(usize, Verdict, String, Vec<usize>)> {
    let boundary = boundary.map_or(Boundary::None, Boundary::Document);
    let together = Together::new(documents.iter().collect(), boundary);
    let all = documents.iter().enumerate();
    let all = all.flat_map(|(home, document)| document.statements.iter().map(move |one| (home, one)));
    all.map(|(home, statement)| {
        let Completed { remark, by } = ask(&together, home, statement);
        let by = by.iter().map(|piece| piece.document).collect();
        (home, remark.fact.verdict, remark.text.into_owned(), by)
    })
    .filter(|(_, verdict, ..)| *verdict != No)
    .collect()
}

fn escalations_of(texts: &[&str], boundary: Option<&str>) -> Vec<(usize, Verdict, String, Vec<usize>)> {
    let documents: Vec<Document> = texts.iter().map(|text| statements(text)).collect();
    let boundary = boundary.map(statements);
    said(&documents, boundary.as_ref(), |together, home, statement| together.escalation_by(home, statement))
}

#[test]
fn a_set_of_actions_is_found_over_documents_once() {
    let means = "running a function with any role".to_owned();
    assert_eq!(escalations_of(&[RUN, PASS], None), [(1, Yes, means.clone(), vec![0, 0])]);
    // The first statement that passes roles says it.
    assert_eq!(escalations_of(&[PASS, RUN, PASS], None), [(0, Yes, means, vec![1, 1])]);
    // What one document has alone is said of that.
    assert!(escalations_of(&[&format!("{PASS}, {RUN}"), PASS], None).is_empty());
    assert!(escalations_of(&[PASS], None).is_empty());
}

#[test]
fn denials_and_the_boundary_count_wherever_they_are() {
    let deny = |what: &str| format!(r#"{{"Effect": "Deny", {what}, "Resource": "*"}}"#);
    for what in [r#""Action": "iam:PassRole""#, r#""Action": "lambda:*""#, r#""NotAction": "s3:*""#] {
        assert!(escalations_of(&[PASS, RUN, &deny(what)], None).is_empty(), "{what}");
    }
    assert_eq!(escalations_of(&[PASS, RUN, &deny(r#""Action": "kms:*""#)], None).len(), 1);
    let within = |boundary: &str| {
        escalations_of(&[PASS, RUN], Some(boundary)).first().map(|(_, verdict, ..)| *verdict)
    };
    assert_eq!(within(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#), Some(Yes));
    assert_eq!(within(r#"{"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"}"#), None);
    // Only some roles can be passed.
    let some = r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app/*"}"#;
    assert_eq!(within(some), None);
    assert_eq!(within(r#"{"Effect": "Allow", "Action": "«var.actions»", "Resource": "*"}"#), Some(Unknown));
}

#[test]
fn what_is_open_leaves_the_sum_open() {
    let open = r#"{"Effect": "Allow", "Action": "«var.actions»", "Resource": "*"}"#;
    let found = escalations_of(&[PASS, open], None);
    assert!(matches!(found.as_slice(), [(0, Unknown, ..)]), "{found:?}");
    // The document that is open says so itself.
    let alone = format!("{PASS}, {open}");
    assert!(
        escalations_of(&[&alone, r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#], None)
            .is_empty()
    );
}

#[test]
fn a_tag_of_another_document_can_be_written() {
    let own = r#"{"Effect": "Allow", "Action": "ec2:StopInstances", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}"#;
    let tags = r#"{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}}"#;
    let written = |texts: &[&str], boundary: Option<&str>| {
        let documents: Vec<Document> = texts.iter().map(|text| statements(text)).collect();
        let boundary = boundary.map(statements);
        said(&documents, boundary.as_ref(), |together, home, statement| {
            together.writable_tag(home, statement)
        })
    };
    assert_eq!(written(&[own, tags], None), [(1, Yes, "team".to_owned(), vec![0])]);
    assert!(written(&[own, tags, deny], None).is_empty());
    assert!(written(&[&format!("{own}, {tags}"), tags], None).is_empty());
    let stop = r#"{"Effect": "Allow", "Action": "ec2:Stop*", "Resource": "*"}"#;
    assert!(written(&[own, tags], Some(stop)).is_empty());
    assert!(
        written(
            &[own, tags],
            Some(&format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*"}}, {deny}"#))
        )
        .is_empty()
    );
}

#[test]
fn the_policy_of_what_another_document_allows_in_part_can_be_rewritten() {
    let read = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}"#;
    let write = r#"{"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::reports"}"#;
    let rewritten = |texts: &[&str], boundary: Option<&str>| {
        let documents: Vec<Document> = texts.iter().map(|text| statements(text)).collect();
        let boundary = boundary.map(statements);
        said(&documents, boundary.as_ref(), |together, home, statement| {
            together.rewrites_policy(home, statement)
        })
    };
    assert_eq!(rewritten(&[read, write], None), [(1, Yes, "s3:PutBucketPolicy".to_owned(), vec![0])]);
    assert!(rewritten(&[&format!("{read}, {write}"), write], None).is_empty());
    let all = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    assert!(rewritten(&[all, write], None).is_empty());
    assert!(rewritten(&[read, write], Some(read)).is_empty());
    let deny = r#"{"Effect": "Deny", "Action": "s3:PutBucket*", "Resource": "*"}"#;
    assert!(rewritten(&[read, write, deny], None).is_empty());
}

/// No identity of AWS has as many statements, so that nothing is said of one that has.
#[test]
fn of_very_many_statements_nothing_is_said() {
    let many = vec![r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}"#; 5_000].join(", ");
    assert!(matches!(escalations_of(&[PASS, &many], None).as_slice(), [(0, Unknown, ..)]));
}
