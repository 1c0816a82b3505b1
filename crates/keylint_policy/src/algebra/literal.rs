//! Times as condition values spell them.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

/// A time as a condition value spells it.
pub(crate) fn show_time(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(86_400_000);
    let rest = milliseconds.rem_euclid(86_400_000);
    let (year, month, day) = civil_from_days(days);
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}{fraction}Z")
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Reading, instant};

    #[test]
    fn times_read_as_they_are_shown() {
        for text in [
            "2026-11-25T08:00:00Z",
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59.500Z",
            "1969-12-31T23:59:59Z",
        ] {
            let Reading::Value(time) = instant(text) else { panic!("{text}") };
            assert_eq!(show_time(time), text);
        }
    }
}
