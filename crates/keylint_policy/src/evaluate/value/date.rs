//! Points in time: the forms of ISO 8601 that the W3C note on dates lists, and seconds since 1970.

use super::Reading;

/// Reads a point in time as milliseconds since 1970 in UTC, which is as fine as AWS compares.
///
/// Four digits are a year for the W3C and seconds for Unix, so they are neither for sure; a time of
/// day without a zone is none of the forms of the W3C (<https://www.w3.org/TR/NOTE-datetime>).
pub(crate) fn instant(text: &str) -> Reading<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // Twelve digits and more are as likely to be milliseconds.
        return match (digits.len(), text.parse::<i64>()) {
            (4 | 12.., _) | (_, Err(_)) => Reading::Unsure,
            (_, Ok(seconds)) => Reading::Value(seconds * 1000),
        };
    }
    match written(text) {
        Some(reading) => reading,
        None if stored_date(text).is_some() => Reading::Unsure,
        None => Reading::Not,
    }
}

/// A date, with or without time of day; `None` when it is none.
fn written(text: &str) -> Option<Reading<i64>> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = number(fields.next()?, 2)?;
    let day = fields.next().map(|day| number(day, 2));
    if fields.next().is_some() || !(1..=12).contains(&month) {
        return None;
    }
    let day = match day {
        Some(day) => day.filter(|day| (1..=days_of(year, month)).contains(day))?,
        None if time.is_none() => 1,
        None => return None,
    };
    let midnight = days_since_1970(year, month, day) * 86_400_000;
    let Some(time) = time else { return Some(Reading::Value(midnight)) };
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let clock = clock_of(clock)?;
    Some(match zone {
        "" => Reading::Unsure,
        "Z" => Reading::Value(midnight + clock),
        _ => Reading::Value(midnight + clock - offset_of(zone)?),
    })
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s` in milliseconds; finer digits do not count.
fn clock_of(text: &str) -> Option<i64> {
    let mut fields = text.split(':');
    let hours = number(fields.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = number(fields.next()?, 2).filter(|minutes| *minutes < 60)?;
    let (seconds, fraction) = match fields.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = match seconds.split_once('.') {
                Some((whole, fraction)) => (whole, Some(fraction)),
                None => (seconds, None),
            };
            let whole = number(whole, 2).filter(|seconds| *seconds < 60)?;
            (whole, fraction.map_or(Some(0), milliseconds)?)
        }
    };
    fields.next().is_none().then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction)
}

fn milliseconds(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let three: String = fraction.chars().chain("00".chars()).take(3).collect();
    three.parse().ok()
}

/// `+hh:mm` or `-hh:mm` in milliseconds.
fn offset_of(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let hours = number(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = number(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 60 + minutes) * 60_000)
}

fn number(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = if month <= 2 { month + 9 } else { month - 3 };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// How a point in time of a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By its parts: `2026-11-25T10:00:00Z`.
    Iso,
    /// In seconds since 1970.
    Epoch,
}

/// How a date is written that IAM takes when it stores a policy; `None` for one that it refuses, as recorded
/// in `testdata/policies`. The parts must be within their ranges, but any of them after the year can be left
/// out. What such a date means is certain for some of the forms only: see [`instant`].
pub(crate) fn stored_date(text: &str) -> Option<Form> {
    if matches!(written(text), Some(Reading::Value(_))) {
        return Some(Form::Iso);
    }
    let lower = text.to_ascii_lowercase();
    if !lower.contains('t') && !lower.contains('-') {
        let seconds: i64 = lower.parse().ok()?;
        return (seconds >= 0).then_some(Form::Epoch);
    }
    let (day, time) = lower.split_once('t').unwrap_or((&lower, ""));
    (is_day(day) && is_time(time)).then_some(Form::Iso)
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

    #[test]
    fn every_form_of_a_date() {
        let cases = [
            ("0", 0),
            ("-1", -1_000),
            ("1577836800", 1_577_836_800_000),
            ("1970-01", 0),
            ("1970-01-02", 86_400_000),
            ("2020-02-29", 1_582_934_400_000),
            ("2020-01-01T00:00Z", 1_577_836_800_000),
            ("2020-01-01T00:00:01Z", 1_577_836_801_000),
            ("2020-01-01T00:00:01.5Z", 1_577_836_801_500),
            ("2020-01-01T00:00:01.0009Z", 1_577_836_801_000),
            ("2020-01-01T01:30:00+01:30", 1_577_836_800_000),
            ("2019-12-31T23:00:00-01:00", 1_577_836_800_000),
            ("1969-12-31T23:59:59Z", -1_000),
            ("9999-12-31", 253_402_214_400_000),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(text), Reading::Value(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_and_what_may_be_one() {
        for text in [
            "",
            "soon",
            "2020-13",
            "2020-01-01T24:00Z",
            "2020-01-01T10Z",
            "2020-01T10:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01Z",
            "2020-01-01T00:00+1",
        ] {
            assert_eq!(instant(text), Reading::Not, "{text}");
        }
        for text in [
            "2020",
            "1577836800000",
            "2020-01-01T00:00:00",
            "2016-12-13t2:00:00.593194+23",
            "2020-02-30",
            "2020-1-1",
            "-292275054-01",
        ] {
            assert_eq!(instant(text), Reading::Unsure, "{text}");
        }
    }

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
            assert_eq!(stored_date(text), Some(Form::Iso), "{text}");
        }
        assert_eq!(stored_date("2026-11-25T10:00Z"), Some(Form::Iso));
        assert_eq!(stored_date("1764064800"), Some(Form::Epoch));
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
            assert_eq!(stored_date(text), None, "{text}");
        }
    }
}
