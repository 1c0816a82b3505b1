//! What is a timestamp among the plain scalars of YAML, and what Terraform makes of it.
//!
//! Terraform tries four forms, those of Go's `time.Parse`, and writes what it finds in the form of RFC
//! 3339 without the parts of a second. Anything else stays the string that it is.
//!
//! Source: the resolver of the YAML that Terraform uses, <https://github.com/zclconf/go-cty-yaml>.

use crate::functions::dates::calendar_date;

/// The text that a timestamp becomes; `None` of what is none.
pub(super) fn timestamp(written: &str) -> Option<String> {
    let mut rest = written;
    let year = taken(&mut rest, 4, 4)?;
    let (month, day) = (after(&mut rest, "-")?, after(&mut rest, "-")?);
    if !calendar_date(year, month, day) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let Some(divider) = rest.chars().next() else { return Some(format!("{date}T00:00:00Z")) };
    rest = match divider {
        'T' | 't' => rest.get(1..)?,
        ' ' => rest.trim_start_matches(' '),
        _ => return None,
    };
    let (hour, minute) = (taken(&mut rest, 1, 2)?, after(&mut rest, ":")?);
    let second = after(&mut rest, ":")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let left = fraction.trim_start_matches(|one: char| one.is_ascii_digit());
        rest = if left.len() < fraction.len() { left } else { rest };
    }
    let zone = match (divider, rest) {
        (' ', "") | ('T' | 't', "Z") => "Z".to_owned(),
        ('T' | 't', _) => zone(rest)?,
        _ => return None,
    };
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// A number of so many digits at the start, which it takes away.
fn taken(rest: &mut &str, least: usize, most: usize) -> Option<i64> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, left) = rest.split_at_checked(digits).filter(|_| digits >= least)?;
    *rest = left;
    number.parse().ok()
}

/// A number of one or two digits after a divider.
fn after(rest: &mut &str, divider: &str) -> Option<i64> {
    *rest = rest.strip_prefix(divider)?;
    taken(rest, 1, 2)
}

/// An offset from UTC: none is written as `Z`.
fn zone(written: &str) -> Option<String> {
    let mut rest = written.strip_prefix(['+', '-'])?;
    let hours = taken(&mut rest, 2, 2)?;
    rest = rest.strip_prefix(':')?;
    let minutes = taken(&mut rest, 2, 2)?;
    // Some write 24 hours or 60 minutes, and Go takes them.
    if !rest.is_empty() || hours > 24 || minutes > 60 {
        return None;
    }
    let all = hours * 60 + minutes;
    let sign = written.get(..1)?;
    Some(if all == 0 { "Z".to_owned() } else { format!("{sign}{:02}:{:02}", all / 60, all % 60) })
}
