//! Schedules as a number of days: the longest time between two runs.
//!
//! Source: Secrets Manager User Guide, "Schedule expressions": `rate(10 days)`, `rate(4 hours)`, and
//! `cron(minutes hours day-of-month month day-of-week year)`.

/// The longest time between two runs, in days; `None` for what is no schedule.
pub(super) fn days(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(rate) = inner(text, "rate(") {
        let (count, unit) = rate.trim().split_once(char::is_whitespace)?;
        let count: f64 = count.parse().ok()?;
        let days = match unit.trim().trim_end_matches('s') {
            "day" => 1.0,
            "hour" => 1.0 / 24.0,
            "minute" => 1.0 / 1440.0,
            "week" => 7.0,
            _ => return None,
        };
        return Some(count * days);
    }
    cron(inner(text, "cron(")?)
}

fn inner<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.strip_prefix(start)?.strip_suffix(')')
}

/// The longest gap between the days of a `cron` expression, over four years from 2025.
fn cron(fields: &str) -> Option<f64> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [_, _, day, month, weekday, year] = fields.as_slice() else { return None };
    if !matches!(*year, "*" | "?") {
        // Once, or for some years: no gap that can be told.
        return None;
    }
    let months = set(
        month,
        1,
        12,
        &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    )?;
    let (mut last, mut longest, mut today): (Option<i64>, i64, i64) = (None, 0, 0);
    for year in 2025..2029 {
        for month in 1..=12 {
            let length = days_of(year, month);
            for date in 1..=length {
                today += 1;
                // 1 January 2025 is a Wednesday; SUN is 1.
                let weekday_number = (today + 2) % 7 + 1;
                if months.contains(&month)
                    && is_day(day, date, length)?
                    && is_weekday(weekday, weekday_number, date, length)?
                {
                    longest = last.map_or(longest, |last| longest.max(today - last));
                    last = Some(today);
                }
            }
        }
    }
    (longest > 0).then_some(longest as f64)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_day(field: &str, date: i64, length: i64) -> Option<bool> {
    match field {
        "L" => Some(date == length),
        _ => match field.strip_suffix('W') {
            // The weekday nearest to a date: off by at most two days.
            Some(near) => near.parse::<i64>().ok().map(|near| near == date),
            None => set(field, 1, 31, &[]).map(|days| days.contains(&date)),
        },
    }
}

fn is_weekday(field: &str, weekday: i64, date: i64, length: i64) -> Option<bool> {
    const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    if let Some(last) = field.strip_suffix('L').filter(|rest| !rest.is_empty()) {
        let days = set(last, 1, 7, &NAMES)?;
        return Some(days.contains(&weekday) && date > length - 7);
    }
    match field.split_once('#') {
        Some((day, nth)) => {
            let (days, nth) = (set(day, 1, 7, &NAMES)?, nth.parse::<i64>().ok()?);
            Some(days.contains(&weekday) && (date - 1) / 7 + 1 == nth)
        }
        None => set(field, 1, 7, &NAMES).map(|days| days.contains(&weekday)),
    }
}

/// The numbers of a field: `*`, `?`, `1,15`, `MON-FRI`, `*/3`, `1/2`.
fn set(field: &str, low: i64, high: i64, names: &[&str]) -> Option<Vec<i64>> {
    let number = |text: &str| -> Option<i64> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match named {
            Some(index) => i64::try_from(index).ok().map(|index| index + low),
            None => text.parse().ok().filter(|number| (low..=high).contains(number)),
        }
    };
    let mut numbers = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range {
            "*" | "?" => (low, high),
            _ => match range.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None if step > 1 => (number(range)?, high),
                None => (number(range)?, number(range)?),
            },
        };
        numbers.extend((from..=to).step_by(step));
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn schedules_are_as_long_as_their_longest_gap() {
        let cases = [
            ("rate(10 days)", Some(10.0)),
            ("rate(1 day)", Some(1.0)),
            ("rate(12 hours)", Some(0.5)),
            ("cron(0 8 1 * ? *)", Some(31.0)),
            ("cron(0 8 1 1/3 ? *)", Some(92.0)),
            ("cron(0 8 ? * MON *)", Some(7.0)),
            ("cron(0 8 ? * 1#2 *)", Some(35.0)),
            ("cron(0 0/8 * * ? *)", Some(1.0)),
            ("cron(0 8 L 6,12 ? *)", Some(184.0)),
            ("cron(0 8 1 * ? 2030)", None),
            ("cron(0 8 1)", None),
            ("every day", None),
        ];
        for (text, expected) in cases {
            assert_eq!(days(text), expected, "{text}");
        }
    }
}
