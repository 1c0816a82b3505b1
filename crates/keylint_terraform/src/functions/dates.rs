//! Timestamps: reading, comparing, adding and formatting those that are known.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#date-and-time-functions>;
//! durations: <https://pkg.go.dev/time#ParseDuration>.

use std::cmp::Ordering;

use keylint_model::{Number, Value};

use super::strings::text;
use super::{Call, Function, known};
use crate::values::{made_number, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("formatdate", 2, 2, format_date),
    known("timeadd", 2, 2, |call, values| match pair(values) {
        Some((time, duration)) => add(call, &time, &duration),
        None => rejected(call.span),
    }),
    known("timecmp", 2, 2, |call, values| match pair(values) {
        Some((one, other)) => match (Time::read(&one), Time::read(&other)) {
            (Some(one), Some(other)) => {
                let order = match one.nanoseconds.cmp(&other.nanoseconds) {
                    Ordering::Less => -1,
                    Ordering::Equal => 0,
                    Ordering::Greater => 1,
                };
                made_number(Number::Integer(order), call.span)
            }
            _ => call.invalid(NO_TIME),
        },
        None => rejected(call.span),
    }),
];

const NO_TIME: &str = "the string is no timestamp of RFC 3339";

fn pair(values: &[Value]) -> Option<(String, String)> {
    match values {
        [one, other] => Some((text(one)?.as_str().to_owned(), text(other)?.as_str().to_owned())),
        _ => None,
    }
}

/// A moment and the offset that it is written with.
struct Time {
    /// Since the start of 1970.
    nanoseconds: i128,
    /// East of UTC, in minutes.
    offset: i64,
}

const SECOND: i128 = 1_000_000_000;

/// A moment as a calendar and a clock show it.
struct Shown {
    year: i64,
    month: i64,
    day: i64,
    /// From 0, a Sunday.
    weekday: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Time {
    /// Reads a timestamp of RFC 3339 as strictly as Go does.
    fn read(text: &str) -> Option<Time> {
        let mut rest = text;
        let mut number = |digits: usize, after: &str| {
            let (taken, left) = rest.split_at_checked(digits)?;
            if !taken.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            rest = left.strip_prefix(after)?;
            taken.parse::<i64>().ok()
        };
        let (year, month, day) = (number(4, "-")?, number(2, "-")?, number(2, "T")?);
        let (hour, minute, second) = (number(2, ":")?, number(2, ":")?, number(2, "")?);
        if !calendar_date(year, month, day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let mut fraction = 0;
        if let Some(digits) = rest.strip_prefix('.') {
            let end = digits.find(|one: char| !one.is_ascii_digit())?;
            let digits = digits.get(..end).filter(|digits| !digits.is_empty())?;
            fraction = format!("{digits:0<9}").get(..9)?.parse::<i128>().ok()?;
            rest = rest.get(1 + end..)?;
        }
        let offset = match rest {
            "Z" => 0,
            _ => {
                let (hours, minutes) = rest.get(1..)?.split_once(':')?;
                let part = |digits: &str, most: i64| {
                    let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
                    digits.parse::<i64>().ok().filter(|value| plain && *value <= most)
                };
                let minutes = part(hours, 23)? * 60 + part(minutes, 59)?;
                match rest.chars().next()? {
                    '+' => minutes,
                    '-' => -minutes,
                    _ => return None,
                }
            }
        };
        let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
        Some(Time { nanoseconds: i128::from(seconds) * SECOND + fraction, offset })
    }

    fn shown(&self) -> Shown {
        let seconds =
            i64::try_from(self.nanoseconds.div_euclid(SECOND)).unwrap_or_default() + self.offset * 60;
        let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        Shown {
            year,
            month,
            day,
            // The first of 1970 was a Thursday.
            weekday: (days + 4).rem_euclid(7),
            hour: clock / 3_600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }

    /// The offset with its sign, and `separator` between hours and minutes.
    fn zone(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Whether there is such a day.
pub(super) fn calendar_date(year: i64, month: i64, day: i64) -> bool {
    (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from the start of 1970 to a date of the Gregorian calendar, counted in years that
/// start in March, so that a leap day is the last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468
}

/// The date so many days after the start of 1970: the reverse of [`days_before`].
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, in_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * in_year + 2) / 153;
    let day = in_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn add(call: &Call<'_, '_>, time: &str, duration: &str) -> Value {
    let Some(mut time) = Time::read(time) else { return call.invalid(NO_TIME) };
    let Some(duration) = read_duration(duration) else {
        return call.invalid("the string is no duration, such as `1h30m`");
    };
    time.nanoseconds += duration;
    let Shown { year, month, day, hour, minute, second, .. } = time.shown();
    let sign = if year < 0 { "-" } else { "" };
    let zone = if time.offset == 0 { "Z".to_owned() } else { time.zone(":") };
    let year = year.abs();
    made_string(
        format!("{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"),
        call.span,
    )
}

/// A duration in nanoseconds: numbers with units one after the other, at most what 63 bits hold.
fn read_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|one: char| !one.is_ascii_digit() && one != '.')?;
        let (number, after) = rest.split_at_checked(end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 19 {
            return None;
        }
        let end = after.find(|one: char| one.is_ascii_digit() || one == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            _ => return None,
        };
        let digits = fraction.get(..fraction.len().min(18))?;
        let part = match digits {
            "" => 0,
            _ => digits.parse::<i128>().ok()? * unit / 10i128.pow(u32::try_from(digits.len()).ok()?),
        };
        let whole = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? };
        total += whole * unit + part;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return None;
        }
        rest = after;
    }
    Some(if negative { -total } else { total })
}

fn format_date(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some((format, time)) = pair(values) else { return rejected(call.span) };
    let Some(time) = Time::read(&time) else { return call.invalid(NO_TIME) };
    let shown = time.shown();
    let mut written = String::new();
    let mut rest = format.as_str();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            match literal(rest) {
                Some((text, length)) => {
                    written.push_str(&text);
                    rest = rest.get(length..).unwrap_or_default();
                }
                None => return call.invalid("the format has a quote that is not closed"),
            }
            continue;
        }
        let same = |one: char| one != first;
        let end = if first.is_ascii_alphabetic() {
            rest.find(same).unwrap_or(rest.len())
        } else {
            rest.find(|one: char| one == '\'' || one.is_ascii_alphabetic()).unwrap_or(rest.len())
        };
        let (token, left) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = left;
        if !first.is_ascii_alphabetic() {
            written.push_str(token);
            continue;
        }
        match verb(token, &shown, &time) {
            Some(text) => written.push_str(&text),
            None => return call.invalid("the format has a letter sequence that is no verb"),
        }
    }
    made_string(written, call.span)
}

/// Quoted text at the start of a format, and its length with the quotes; two quotes are one.
fn literal(text: &str) -> Option<(String, usize)> {
    if text.starts_with("''") {
        return Some(("'".to_owned(), 2));
    }
    let mut written = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        if character == '\'' && characters.next_if(|(_, next)| *next == '\'').is_none() {
            return Some((written, offset + 1));
        }
        written.push(character);
    }
    // Two quotes at the very end close the text with one of them.
    written.ends_with('\'').then_some((written, text.len()))
}

fn verb(token: &str, shown: &Shown, time: &Time) -> Option<String> {
    const MONTHS: &[&str] = &[
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: &[&str] = &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let name = |names: &[&'static str], position: i64| {
        usize::try_from(position).ok().and_then(|position| names.get(position).copied()).unwrap_or_default()
    };
    let month = name(MONTHS, shown.month - 1);
    let weekday = name(DAYS, shown.weekday);
    let short = |name: &str| name.get(..3).unwrap_or_default().to_owned();
    let half = match (shown.hour + 11) % 12 + 1 {
        hour if token.len() == 1 => hour.to_string(),
        hour => format!("{hour:02}"),
    };
    Some(match token {
        "YY" => format!("{:02}", shown.year % 100),
        "YYYY" => format!("{:04}", shown.year),
        "M" => shown.month.to_string(),
        "MM" => format!("{:02}", shown.month),
        "MMM" => short(month),
        "MMMM" => month.to_owned(),
        "D" => shown.day.to_string(),
        "DD" => format!("{:02}", shown.day),
        "EEE" => short(weekday),
        "EEEE" => weekday.to_owned(),
        "h" => shown.hour.to_string(),
        "hh" => format!("{:02}", shown.hour),
        "H" | "HH" => half,
        "AA" => if shown.hour < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if shown.hour < 12 { "am" } else { "pm" }.to_owned(),
        "m" => shown.minute.to_string(),
        "mm" => format!("{:02}", shown.minute),
        "s" => shown.second.to_string(),
        "ss" => format!("{:02}", shown.second),
        "Z" if time.offset == 0 => "Z".to_owned(),
        "ZZZ" if time.offset == 0 => "UTC".to_owned(),
        "Z" | "ZZZZZ" => time.zone(":"),
        "ZZZ" | "ZZZZ" => time.zone(""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_five_centuries_is_the_one_after_the_last() {
        let mut days = days_before(1800, 1, 1);
        for year in 1800..2300 {
            for month in 1..=12 {
                for day in 1..=days_of(year, month) {
                    assert_eq!(days_before(year, month, day), days);
                    assert_eq!(date_of(days), (year, month, day));
                    days += 1;
                }
            }
        }
        assert_eq!(days_before(1970, 1, 1), 0);
    }
}
