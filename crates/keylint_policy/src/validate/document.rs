//! Checks of the document as a whole, and of its grammar.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

use keylint_model::nearest;
use keylint_syntax::edit::Insertion;

use super::{Change, Check, Fate, Issue, Said, Suggestion, Walk};
use crate::document::{Amiss, Malformed, STATEMENT_ELEMENTS};
use crate::kind::PolicyKind;

/// The version of the language that is current.
const CURRENT: &str = "2012-10-17";
/// The elements of a document.
const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
/// The keys of a principal.
const PRINCIPAL_KEYS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

pub(super) fn check(walk: &mut Walk<'_>) {
    version(walk);
    let document = walk.document;
    let of_document = document.malformed.iter().filter(|note| note.statement.is_none());
    of_document.for_each(|note| malformed(walk, note));
}

/// IAM stores a managed policy only in the current version of the language.
fn version(walk: &mut Walk<'_>) {
    let document = walk.document;
    let is_managed = match walk.usage.holder {
        None => walk.kind() == PolicyKind::Identity && !walk.usage.is_part,
        Some(holder) => holder == "iam.policy",
    };
    let fate = if is_managed { Fate::Rejected } else { Fate::Unknown };
    match &document.version_element {
        None if document.open.is_none() && !walk.usage.is_part => {
            let suggestion = document.start.or(document.span).map(|map| Suggestion {
                text: CURRENT.to_owned(),
                change: Some(Change::Insert(Insertion { map, name: "Version", value: CURRENT })),
                is_safe: false,
            });
            let issue = Issue::at(Check::MissingVersion, document.span, Some(&document.origin));
            walk.report(issue.element("Version").suggest(suggestion).fate(fate));
        }
        Some(element) if element.as_known() == Some("2008-10-17") => {
            let suggestion = Suggestion::value(element, CURRENT);
            let issue = Issue::of(Check::OldVersion, element).element("Version");
            walk.report(issue.suggest(Some(suggestion)).fate(fate));
        }
        _ => {}
    }
}

/// What the reader has found to be against the grammar.
pub(super) fn malformed<'d>(walk: &mut Walk<'d>, note: &'d Malformed) {
    let element = &*note.element;
    let written = note.written.as_deref().unwrap_or_default();
    let at = |check: Check| {
        Issue::at(check, note.span, None).element(Said::name(element)).value(Said::name(written))
    };
    let is_principal = matches!(element, "Principal" | "NotPrincipal");
    let issue = match note.amiss {
        Amiss::Missing => match element {
            "Statement" if !walk.usage.is_part => at(Check::MissingStatement),
            "Effect" => at(Check::MissingEffect),
            _ => return,
        },
        Amiss::Empty if walk.usage.is_part => return,
        Amiss::Empty => at(Check::MissingStatement),
        Amiss::UnknownElement | Amiss::ElementCase => unknown_element(note, element, written),
        Amiss::UnknownOperator => {
            at(Check::InvalidConditionOperator).suggest(operator(written, note)).fate(Fate::Rejected)
        }
        Amiss::UnknownPrincipalKey | Amiss::PrincipalKeyCase => {
            at(Check::InvalidPrincipalKey).suggest(key(written, note, &PRINCIPAL_KEYS))
        }
        Amiss::UnknownValue | Amiss::ValueCase => {
            let (check, values): (_, &[&str]) = match element {
                "Version" => (Check::InvalidVersion, &["2012-10-17"]),
                _ => (Check::InvalidEffect, &["Allow", "Deny"]),
            };
            let meant = nearest(written, values.iter().copied());
            at(check).suggest(meant.map(|meant| Suggestion::token(written, note.span, meant)))
        }
        Amiss::WrongType if is_principal => {
            at(Check::InvalidPrincipalFormat).other(note.found.unwrap_or_default())
        }
        Amiss::WrongType => {
            let expected = match element {
                "Statement" => "an object",
                "Condition" => "an object with operators, keys and values",
                "Sid" | "Id" | "Effect" | "Version" => "a string",
                _ => "a string or a list of strings",
            };
            at(Check::DataTypeMismatch).value(note.found.unwrap_or_default()).other(expected)
        }
        Amiss::BothForms => {
            let other = element.strip_prefix("Not").unwrap_or_default();
            at(Check::UnsupportedElementCombination).other(Said::name(other))
        }
    };
    walk.report(issue);
}

/// An element that does not stand where it is, or nowhere.
fn unknown_element<'d>(note: &'d Malformed, element: &'d str, written: &'d str) -> Issue<'d> {
    let issue = Issue::at(Check::InvalidPolicyElement, note.span, None);
    let issue = issue.element(Said::name(element)).value(Said::name(written));
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(written));
    let (place, names, elsewhere) = match note.statement {
        None => ("a policy document", DOCUMENT.as_slice(), is(&STATEMENT_ELEMENTS)),
        Some(_) => ("a statement", STATEMENT_ELEMENTS.as_slice(), is(&DOCUMENT)),
    };
    match note.amiss {
        Amiss::ElementCase => issue.other(place).suggest(key(written, note, &[element])),
        // Who names a statement with `Id` means its `Sid`.
        _ if elsewhere && written != "Id" => match note.statement {
            None => issue.other("a policy document but of a statement"),
            Some(_) => issue.other("a statement but of a policy document"),
        },
        _ => issue.other(place).suggest(key(written, note, names)),
    }
}

/// The key that was meant, of these.
fn key(written: &str, note: &Malformed, names: &[&str]) -> Option<Suggestion> {
    nearest(written, names.iter().copied()).map(|meant| Suggestion::token(written, note.span, meant))
}

/// The operator that was meant: the comparison may be misspelt, or the parts around it.
fn operator(written: &str, note: &Malformed) -> Option<Suggestion> {
    let (prefix, rest) = match written.rsplit_once(':') {
        Some((prefix, rest)) => {
            (Some(nearest(prefix.trim_end_matches(':'), ["ForAllValues", "ForAnyValue"])?), rest)
        }
        None => (None, written),
    };
    let (name, suffix) = match rest.strip_suffix("IfExists") {
        Some(name) => (name, "IfExists"),
        None => (rest, ""),
    };
    let name = nearest(name, crate::operator::names())?;
    let prefix = prefix.map(|prefix| format!("{prefix}:")).unwrap_or_default();
    Some(Suggestion::token(written, note.span, format!("{prefix}{name}{suffix}")))
}

#[cfg(test)]
mod tests {
    use crate::testing::document;
    use crate::validate::testing::{found, issues};
    use crate::{PolicyKind, validate::Check};

    #[test]
    fn a_misspelt_operator_is_put_right_part_by_part() {
        let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"ForAnyValue::StringEqualsIfExists": {"aws:TagKeys": "a"}, "StringLik": {"aws:x": "a"}}}}"#;
        let document = document(text);
        let hints: Vec<_> = issues(&document, PolicyKind::Identity)
            .into_iter()
            .filter(|issue| issue.check == Check::InvalidConditionOperator)
            .map(|issue| issue.suggestion.unwrap().text)
            .collect();
        assert_eq!(hints, ["ForAnyValue:StringEqualsIfExists", "StringLike"]);
    }

    #[test]
    fn what_is_against_the_grammar_is_reported_once() {
        let statement = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*""#;
        let cases = [
            (format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}}}], "Extra": 1}}"#), "invalid-policy-element Extra"),
            (format!(r#"{{"Version": "2013-10-17", "Statement": [{statement}}}]}}"#), "invalid-version 2013-10-17"),
            (format!(r#"{{"Statement": [{statement}}}]}}"#), "missing-version "),
            (format!(r#"{{"Version": "2008-10-17", "Statement": [{statement}}}]}}"#), "old-version 2008-10-17"),
            (r#"{"Version": "2012-10-17"}"#.to_owned(), "missing-statement "),
            (r#"{"Version": "2012-10-17", "Statement": []}"#.to_owned(), "missing-statement "),
            (r#"{"Version": "2012-10-17", "Statement": null}"#.to_owned(), "missing-statement "),
            (r#"{"Version": "2012-10-17", "Statement": [null]}"#.to_owned(), "missing-statement "),
            (format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}, "NotAction": "s3:Get*"}}]}}"#), "unsupported-element-combination "),
            (format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}, "Condition": "x"}}]}}"#), "data-type-mismatch a string"),
            (r#"{"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"}]}"#.to_owned(), "invalid-effect allow"),
            (r#"{"Version": "2012-10-17", "Statement": [{"Action": "s3:GetObject", "Resource": "*"}]}"#.to_owned(), "missing-effect "),
        ];
        for (text, expected) in cases {
            assert_eq!(found(&text, PolicyKind::Identity), [expected], "{text}");
        }
    }
}
