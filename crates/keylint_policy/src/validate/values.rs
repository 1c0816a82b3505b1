//! Checks of the values of conditions: what an operator cannot read.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". IAM reads the dates of a
//! policy when it is stored and refuses it otherwise; what it takes is recorded in `testdata/policies`.

use base64::Engine as _;

use super::condition::{Family, family};
use super::{Check, Fate, Issue, Walk, known};
use crate::document::ConditionEntry;
use crate::operator::{Base, Operator};

pub(super) fn check<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    for value in &entry.values {
        let Some(text) = known(value).filter(|text| !text.contains("${")) else { continue };
        let issue = |check| Issue::of(check, value).element(&*entry.operator_name).other(&*entry.key);
        match family(operator.base) {
            Family::Date => match date(text) {
                Some(Date::Epoch) if !entry.is_about("aws:EpochTime") => {
                    walk.report(issue(Check::InvalidDateValue));
                }
                Some(_) => {}
                None => {
                    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
                    walk.report(issue(Check::TypeMismatchDate).fate(fate));
                }
            },
            Family::Numeric if !is_number(text) => walk.report(issue(Check::TypeMismatchNumber)),
            Family::Bool | Family::Null if !is_bool(text) => walk.report(issue(Check::TypeMismatchBoolean)),
            Family::Binary if operator.base == Base::BinaryEquals && !is_base64(text) => {
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
    if family(operator.base) != Family::String {
        return;
    }
    for value in &entry.values {
        let Some(text) = known(value).filter(|text| !text.contains(['*', '?', '$'])) else { continue };
        let is_id = text.strip_prefix(prefix).is_some_and(|id| {
            [8, 17].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !is_id {
            walk.report(Issue::of(check, value).element(&*entry.key).other(prefix));
        }
    }
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_base64(text: &str) -> bool {
    let lenient = base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(text).is_ok()
}

/// How a point in time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    /// By its parts: `2026-11-25T10:00:00Z`.
    Iso,
    /// In seconds since 1970.
    Epoch,
}

/// Reads a date as IAM does when it stores a policy: the parts must be within their ranges, but any of
/// them after the year can be left out.
fn date(text: &str) -> Option<Date> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains('t') && !lower.contains('-') {
        let seconds: i64 = lower.parse().ok()?;
        return (seconds >= 0).then_some(Date::Epoch);
    }
    let (day, time) = lower.split_once('t').unwrap_or((&lower, ""));
    (is_day(day) && is_time(time)).then_some(Date::Iso)
}

/// A year that may be negative, with a month and a day perhaps.
fn is_day(day: &str) -> bool {
    let (sign, rest) = match day.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, day),
    };
    let mut parts = rest.split('-');
    let year = parts.next().and_then(|year| year.parse::<i64>().ok()).map(|year| sign * year);
    let is_year = year.is_some_and(|year| (-292_275_054..=292_278_993).contains(&year));
    let is_month = parts.next().is_none_or(|month| in_range(month, 1..=12));
    let is_day = parts.next().is_none_or(|day| in_range(day, 1..=31));
    is_year && is_month && is_day && parts.next().is_none()
}

/// Hours, with minutes, seconds and a zone perhaps.
fn is_time(time: &str) -> bool {
    let mut parts = time.splitn(3, ':');
    let is_hour = parts.next().is_none_or(|hour| hour.is_empty() || in_range(hour, 0..=23));
    let is_minute = parts.next().is_none_or(|minute| in_range(minute, 0..=59));
    let Some(last) = parts.next() else { return is_hour && is_minute };
    let (seconds, is_zone) = match (last.split_once('z'), last.split_once('+'), last.split_once('-')) {
        (Some((seconds, rest)), _, _) => (seconds, rest.is_empty()),
        (None, Some((seconds, zone)), _) | (None, None, Some((seconds, zone))) => (seconds, is_zone(zone)),
        (None, None, None) => (last, true),
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    is_hour && is_minute && is_zone && in_range(seconds, 0..=59) && in_range(fraction, 0..=999_999_999)
}

/// Two digits of hours, and two of minutes perhaps.
fn is_zone(zone: &str) -> bool {
    let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
    hours.len() == 2 && in_range(hours, 0..=23) && minutes.len() == 2 && in_range(minutes, 0..=59)
}

fn in_range(text: &str, range: std::ops::RangeInclusive<u32>) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number: u32| range.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    #[test]
    fn dates_are_read_as_iam_reads_them() {
        let iso = [
            "2019-07-01T13:20:15Z",
            "2016-12-13T21:20:37.593194+00:00",
            "2016-12-13t2:00:00.593194+23",
            "2026-11-25",
            "-292275054",
            "01T",
            "2026-11-25T10:00:00-05:00",
        ];
        for text in iso {
            assert_eq!(date(text), Some(Date::Iso), "{text}");
        }
        assert_eq!(date("1764064800"), Some(Date::Epoch));
        let wrong = [
            "sdfdsf",
            "234-13",
            "2016-12-13t2:00:00.593194+1",
            "2016-12-13t2:00:00.1999999999+10:59",
            "9223372036854775808",
            "",
            "2026-11-25T25:00:00Z",
        ];
        for text in wrong {
            assert_eq!(date(text), None, "{text}");
        }
    }

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
    fn numbers_and_bytes_have_their_forms() {
        for text in ["0", "-3", "1.5", "3600"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "x", "1h", "inf", "NaN"] {
            assert!(!is_number(text), "{text}");
        }
        assert!(is_base64("QmluYXJ5VmFsdWVJbkJhc2U2NA==") && is_base64("QQ") && !is_base64("not base64!"));
    }
}
