//! Policies that were spoilt at random, as a fuzzer would spoil them, through every question.

use keylint_model::Verdict::{No, Yes};

use super::super::*;
use super::brute::{Dice, allows, policy};
use crate::summary::Summary;
use crate::{Document, Parsed, PolicyKind};

/// What is put in, beside what is taken out or doubled.
const PIECES: [&str; 24] = [
    "*",
    "?",
    "${",
    "${aws:username}",
    "${aws:PrincipalTag/t, 'x'}",
    "\"\"",
    "[]",
    "{}",
    "null",
    "«var.x»",
    "\u{1F600}",
    "ForAllValues:",
    "IfExists",
    "Not",
    "arn:aws:s3:::",
    "arn:",
    ":",
    "aws:SourceIp",
    "0.0.0.0/0",
    "::/0",
    "-1",
    "1e999",
    "2026-01-01T00:00:00Z",
    "true",
];

fn spoilt(dice: &mut Dice, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.roll(3) {
        let place = dice.roll(characters.len().max(1)).min(characters.len());
        match dice.roll(3) {
            0 => characters.truncate(characters.len().max(1)),
            1 => {
                let end = (place + 1 + dice.roll(6)).min(characters.len());
                characters.drain(place..end);
            }
            _ => {
                let piece = dice.pick(&PIECES);
                characters.splice(place..place, piece.chars());
            }
        }
    }
    characters.into_iter().collect()
}

fn read(text: &str) -> Option<Document> {
    let whole = format!(r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#);
    match Document::parse(&crate::testing::value(&whole), &keylint_model::World::open()) {
        Ok(Parsed::Document(document)) => Some(*document),
        _ => None,
    }
}

#[test]
fn spoilt_policies_are_answered_without_contradiction() {
    let mut dice = Dice(1_977);
    let (mut read_ones, mut shown) = (0, 0);
    for round in 0..400 {
        let kind = if round % 2 == 0 { PolicyKind::Identity } else { PolicyKind::Resource };
        let (first, second) = (policy(&mut dice, kind), policy(&mut dice, kind));
        let texts = (spoilt(&mut dice, &first), spoilt(&mut dice, &second));
        if [&texts.0, &texts.1].iter().any(|text| text.matches('«').count() != text.matches('»').count()) {
            continue;
        }
        let (Some(new), Some(old)) = (read(&texts.0), read(&texts.1)) else { continue };
        read_ones += 1;
        for change in newly_allowed(&new, &old, kind, &Known).changes {
            let request = change.witness.as_ref().and_then(Witness::request);
            let Some(request) = request.filter(|_| change.verdict == Yes) else { continue };
            shown += 1;
            assert_eq!(allows(&new, kind, &request), Yes, "{texts:?} {request:?}");
            assert_eq!(allows(&old, kind, &request), No, "{texts:?} {request:?}");
        }
        assert_ne!(newly_allowed(&new, &new, kind, &Known).verdict(), Yes, "{texts:?}");
        Summary::of(&new, kind);
        for statement in &new.statements {
            new.is_public(statement);
        }
    }
    assert!(read_ones > 80 && shown > 30, "{read_ones} {shown}");
}
