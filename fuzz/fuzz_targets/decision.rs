//! Requests of any content, and patterns of a policy against texts: a decision has reasons and does not
//! change, more that denies never opens anything, and `StringLike` and `Resource` match what a matcher
//! that tries everything matches.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use keylint_policy::evaluate::{Case, Decision, read_cases};
use keylint_source::{Memory, Sources};
use keylint_syntax::{Text, json};
use libfuzzer_sys::fuzz_target;

fn cases(text: &str) -> Vec<Case> {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let file = sources.insert(Path::new("case.json"), text);
    let (root, errors) = json::parse(&Text::of_file(&file));
    match root {
        Some(root) if errors.is_empty() => read_cases(&root).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whether a pattern matches, by trying everything.
fn matches(pattern: &[u16], text: &[u16]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((42, rest)) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        Some((63, rest)) => !text.is_empty() && matches(rest, &text[1..]),
        Some((unit, rest)) => text.first() == Some(unit) && matches(rest, &text[1..]),
    }
}

fn quoted(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character < ' ' => format!("\\u{:04x}", character as u32),
        character => character.to_string(),
    };
    text.chars().map(escape).collect()
}

fuzz_target!(|text: &str| {
    for case in cases(text) {
        let first = case.evaluate();
        assert!(!first.because.is_empty());
        assert_eq!(first.decision, case.evaluate().decision);
        // A denial of everything by the identity's account decides for whoever is of an account, unless
        // the caller may be exempt.
        let denial = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
        let parsed = cases(&format!(
            r#"{{"request": {{"action": "a:b", "resource": "*", "principal": "anonymous"}}, "identityPolicies": [{denial}]}}"#
        ));
        let mut policies = case.policies();
        let more = parsed[0].policies();
        policies.scps.push(more.identity.clone());
        let denied = keylint_policy::evaluate::evaluate(&case.request, &policies).decision;
        let had_more = first.decision == Decision::Allowed || denied != Decision::Allowed;
        assert!(had_more, "a denial opened {text}");
    }
    // A pattern and a text, short enough to try everything.
    let Some((pattern, subject)) = text.split_once('|') else { return };
    let is_plain = pattern.len() <= 12 && subject.len() <= 16 && !pattern.contains("${");
    if !is_plain || text.contains(['\u{F0000}', '\u{10FFFF}']) {
        return;
    }
    let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let expected = matches(&units(pattern), &units(subject));
    let case = format!(
        r#"{{"request": {{"action": "a:b", "resource": "arn:aws:a:::{subject}", "resourceAccount": "111122223333",
            "principal": "arn:aws:iam::111122223333:user/u", "context": {{"k": "{subject}"}}}},
            "identityPolicies": [{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*",
            "Resource": "arn:aws:a:::{pattern}", "Condition": {{"StringLike": {{"k": "{pattern}"}}}}}}}}]}}"#,
        subject = quoted(subject),
        pattern = quoted(pattern),
    );
    if let [case] = cases(&case).as_slice() {
        let wanted = if expected { Decision::Allowed } else { Decision::ImplicitlyDenied };
        assert_eq!(case.evaluate().decision, wanted, "{pattern:?} {subject:?}");
    }
});
