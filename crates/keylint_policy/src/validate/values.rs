//! Checks of the values of conditions: what an operator cannot read.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". IAM reads the dates of a
//! policy when it is stored and refuses it otherwise; what it takes is recorded in `testdata/policies`.

use keylint_model::{Part, Verdict};

use super::{Check, Fate, Issue, Said, Walk, is_placeholder, known};
use crate::document::ConditionEntry;
use crate::element::Element;
use crate::evaluate::{Decimal, Form, Reading, bytes, stored_date, truth};
use crate::glob::{self, Symbol};
use crate::matching::literal_symbols;
use crate::operator::{Family, Operator};

pub(super) fn check<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    for value in &entry.values {
        let Some(text) = known(value).filter(|text| !text.contains("${")) else { continue };
        let issue = |check| {
            let issue = Issue::of(check, value).about(entry.key_span);
            issue.element(Said::operator(entry)).other(Said::key(entry))
        };
        match operator.base.family() {
            Family::Date => match stored_date(text) {
                Some(Form::Epoch) if !entry.is_about("aws:EpochTime") => {
                    walk.report(issue(Check::InvalidDateValue));
                }
                Some(_) => {}
                None => {
                    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
                    walk.report(issue(Check::TypeMismatchDate).fate(fate));
                }
            },
            Family::Numeric if Decimal::read(text) == Reading::Not => {
                walk.report(issue(Check::TypeMismatchNumber));
            }
            Family::Bool | Family::Null if truth(text).value().is_none() => {
                walk.report(issue(Check::TypeMismatchBoolean));
            }
            Family::Binary if bytes(text) == Reading::Not => {
                walk.report(issue(Check::TypeMismatchString));
            }
            _ => {}
        }
    }
    identifiers(walk, entry, operator);
}

/// VPCs and their endpoints are named by ids.
fn identifiers<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    let (check, prefix) = match () {
        () if entry.is_about("aws:SourceVpc") => (Check::InvalidVpcFormat, "vpc-"),
        () if entry.is_about("aws:SourceVpce") => (Check::InvalidVpceFormat, "vpce-"),
        () => return,
    };
    if operator.base.family() != Family::String {
        return;
    }
    for value in &entry.values {
        if is_other(value, prefix) {
            walk.report(Issue::of(check, value).element(Said::key(entry)).other(prefix));
            continue;
        }
        let Some(text) = known(value).filter(|text| !text.contains(['*', '?', '$'])) else { continue };
        let is_id = text.strip_prefix(prefix).is_some_and(|id| {
            [8, 17].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !is_id {
            walk.report(Issue::of(check, value).element(Said::key(entry)).other(prefix));
        }
    }
}

/// Whether a value of which only deployment knows a part is no id that starts so, whatever that part is.
fn is_other(value: &Element, prefix: &str) -> bool {
    let is_plain = |part: &Part| match part {
        Part::Known(text) => !text.contains(['*', '?', '$']) && !is_placeholder(text),
        Part::Hole(..) => true,
    };
    let ids: Vec<Symbol<'_>> = prefix.chars().map(Symbol::Char).chain([Symbol::Run]).collect();
    value.as_known().is_none()
        && value.text.parts().iter().all(is_plain)
        && glob::overlaps(&ids, &literal_symbols(&value.text)) == Verdict::No
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    #[test]
    fn values_that_an_operator_cannot_read_are_reported() {
        let cases = [
            (r#""DateLessThan": {"aws:CurrentTime": "soon"}"#, "type-mismatch-date soon"),
            (r#""DateLessThan": {"aws:CurrentTime": "1764064800"}"#, "invalid-date-value 1764064800"),
            (r#""NumericLessThan": {"s3:max-keys": "ten"}"#, "type-mismatch-number ten"),
            (r#""Bool": {"aws:SecureTransport": "yes"}"#, "type-mismatch-boolean yes"),
            (r#""Null": {"s3:prefix": "maybe"}"#, "type-mismatch-boolean maybe"),
            (r#""StringEquals": {"aws:SourceVpc": "vpc-1"}"#, "invalid-vpc-format vpc-1"),
            (
                r#""StringEquals": {"aws:SourceVpce": "vpc-11223344556677889"}"#,
                "invalid-vpce-format vpc-11223344556677889",
            ),
        ];
        for (condition, expected) in cases {
            let statement = format!(
                r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{{condition}}}}}"#
            );
            assert_eq!(of_statement(&statement, PolicyKind::Identity), [expected], "{condition}");
        }
    }

    #[test]
    fn ids_of_other_things_are_none_whatever_they_are() {
        for (key, value, expected) in [
            ("aws:SourceVpce", "«aws_vpc.main.id»", true),
            ("aws:SourceVpce", "«aws_s3_bucket.b.arn»", true),
            ("aws:SourceVpce", "vpc-«var.id»", true),
            ("aws:SourceVpc", "«aws_vpc.main.id»", false),
            ("aws:SourceVpce", "«var.endpoint»", false),
            ("aws:SourceVpce", "«var.kind»-1234", false),
            ("aws:SourceVpce", "vpc«var.rest»", false),
        ] {
            let statement = format!(
                r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{"StringEquals": {{"{key}": "{value}"}}}}}}"#
            );
            let found = of_statement(&statement, PolicyKind::Identity);
            assert_eq!(!found.is_empty(), expected, "{key} {value}: {found:?}");
        }
    }
}
