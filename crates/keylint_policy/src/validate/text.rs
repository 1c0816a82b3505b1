//! Checks of names and characters: Sids, and what IAM does not take in a document at all.

use std::collections::HashMap;

use keylint_model::Part;

use super::{Check, Fate, Issue, Said, Walk};
use crate::document::Statement;
use crate::element::Element;
use crate::kind::PolicyKind;

/// Checks the Sids of a document with each other.
pub(super) fn sids(walk: &mut Walk<'_>) {
    let document = walk.document;
    // IAM keeps these, and wants every Sid once.
    let is_required = matches!(
        walk.kind(),
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Trust
    );
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for statement in &document.statements {
        let Some(sid) = &statement.sid else { continue };
        let Some(text) = sid.as_known().filter(|text| !text.is_empty()) else { continue };
        if seen.insert(text, statement.index).is_some() {
            let check = if is_required { Check::UniqueSidsRequired } else { Check::UniqueSidsRecommended };
            let mut issue = Issue::of(check, sid).element("Sid");
            issue.statement = Some(statement);
            walk.report(issue);
        }
    }
}

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    sid(walk, statement);
    // The pattern that CreatePolicy and PutKeyPolicy state for a document: tab, line feed, carriage
    // return, and what Latin-1 can print. Source: IAM API Reference, KMS API Reference.
    let is_limited = walk.is_identity() || matches!(walk.kind(), PolicyKind::Trust | PolicyKind::Key);
    if is_limited {
        characters(walk, statement);
    }
}

/// IAM takes letters and digits. Source: IAM User Guide, "IAM JSON policy elements: Sid".
fn sid<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let is_plain = walk.is_identity() || matches!(walk.kind(), PolicyKind::Trust | PolicyKind::Scp);
    let Some(sid) = statement.sid.as_ref().filter(|_| is_plain) else { return };
    let has_other = |text: &str| text.bytes().any(|byte| !byte.is_ascii_alphanumeric());
    let is_wrong = sid.text.parts().iter().any(|part| match part {
        Part::Known(text) => has_other(text),
        Part::Hole(unknown, _) => has_other(unknown.shape.certain_part()),
    });
    // What a template has for its own variables is replaced before IAM sees it.
    let is_template = |part: &Part| matches!(part, Part::Known(text) if text.contains("${"));
    if is_wrong && !sid.text.parts().iter().any(is_template) {
        // Documents with an underscore are on record as taken, against what the page says.
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_taken = walk.is_identity() && sid.as_known().is_some_and(is_word);
        let fate = if is_taken { Fate::Accepted } else { Fate::Unknown };
        walk.report(Issue::of(Check::UnsupportedSid, sid).element("Sid").fate(fate));
    }
}

fn characters<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let lists = [
        ("Action", &statement.actions),
        ("NotAction", &statement.not_actions),
        ("Resource", &statement.resources),
        ("NotResource", &statement.not_resources),
    ];
    for (name, elements) in lists {
        elements.iter().flatten().for_each(|element| characters_of(walk, &name.into(), element));
    }
    let principals = statement.principals.iter().chain(&statement.not_principals);
    for (_, element) in principals.flat_map(|principals| &principals.items) {
        characters_of(walk, &"Principal".into(), element);
    }
    if let Some(sid) = &statement.sid {
        characters_of(walk, &"Sid".into(), sid);
    }
    for entry in &statement.conditions.entries {
        if let Some(strange) = entry.key.chars().find(|character| !is_taken(*character)) {
            let issue = super::condition::at_key(Check::Characters, entry);
            walk.report(issue.element("Condition").other(Said::made(shown(strange))).fate(Fate::Rejected));
        }
        entry.values.iter().for_each(|element| characters_of(walk, &Said::key(entry), element));
    }
}

fn characters_of<'d>(walk: &mut Walk<'d>, name: &Said<'d>, element: &'d Element) {
    for part in element.text.parts() {
        let Part::Known(text) = part else { continue };
        let Some((at, strange)) = text.char_indices().find(|(_, character)| !is_taken(*character)) else {
            continue;
        };
        let mut issue =
            Issue::of(Check::Characters, element).element(name.clone()).other(Said::made(shown(strange)));
        issue.span = text.span_of(at..at + strange.len_utf8()).or(issue.span);
        walk.report(issue.fate(Fate::Rejected));
        return;
    }
}

fn is_taken(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}')
}

/// How a message names a character that may be invisible.
fn shown(character: char) -> String {
    let name = match character {
        '\u{2018}' | '\u{2019}' | '\u{201C}' | '\u{201D}' => "typographic quote ",
        '\u{2013}' | '\u{2014}' | '\u{2212}' => "dash ",
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => "invisible character ",
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => "direction mark ",
        _ => "character ",
    };
    format!("{name}U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::{found, of_statement};

    #[test]
    fn sids_are_unique_words_where_iam_keeps_the_policy() {
        let statement = r#"{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
        let twice = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}, {statement}]}}"#);
        let of_twice = |kind| {
            let found = found(&twice, kind).into_iter();
            found.filter(|found| !found.starts_with("redundant-statement")).collect::<Vec<_>>()
        };
        assert_eq!(of_twice(PolicyKind::Identity), ["unique-sids-required A"]);
        assert_eq!(of_twice(PolicyKind::Scp), ["unique-sids-recommended A"]);
        let spaced = statement.replace("\"A\"", "\"A b\"");
        assert_eq!(of_statement(&spaced, PolicyKind::Identity), ["unsupported-sid A b"]);
        // What only deployment knows can certainly have what no Sid has.
        let named = |sid: &str| of_statement(&statement.replace("\"A\"", sid), PolicyKind::Identity);
        assert_eq!(named("\"A«AWS::Region»\""), ["unsupported-sid A${AWS::Region}"]);
        assert_eq!(named("\"«aws_vpc.v.id»\"").len(), 1);
        for sid in ["A«AWS::AccountId»", "A«AWS::StackName»", "A«var.x»", "A«AWS::Partition»", "A${x}b c"]
        {
            assert!(named(&format!("\"{sid}\"")).is_empty(), "{sid}");
        }
        let key = spaced.replace("\"Action\"", "\"Principal\": {\"AWS\": \"111122223333\"}, \"Action\"");
        assert!(of_statement(&key, PolicyKind::Resource).is_empty());
    }

    #[test]
    fn characters_beyond_latin_are_found_where_they_stand() {
        let statement = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/a’b"}"#;
        let document = crate::testing::statements(statement);
        let issues = crate::validate::testing::issues(&document, PolicyKind::Identity);
        let [issue] = issues.as_slice() else { panic!("{issues:?}") };
        assert_eq!((issue.check.name(), &*issue.other), ("characters", "typographic quote U+2019"));
        assert_eq!(issue.span.unwrap().len(), '’'.len_utf8());
        let latin = statement.replace('’', "é");
        assert!(of_statement(&latin, PolicyKind::Identity).is_empty());
    }
}
