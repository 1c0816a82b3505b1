//! Days, for suppressions that end.
//!
//! The engine has no clock: the program passes today's date on, so that the same input gives the
//! same report and a test can choose the day.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, in whatever time zone the caller lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date in the form 2027-01-31")]
pub struct InvalidDate;

impl Date {
    /// The day on which a moment lies in UTC, given in seconds since 1970-01-01.
    pub fn from_unix_seconds(seconds: u64) -> Date {
        // Source: "chrono-compatible low-level date algorithms", civil_from_days,
        // https://howardhinnant.github.io/date_algorithms.html: eras of 400 years from 0000-03-01.
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        Date {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let mut next = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length).ok_or(InvalidDate)?;
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                part.parse::<u16>().map_err(|_| InvalidDate)
            } else {
                Err(InvalidDate)
            }
        };
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + u16::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=length).contains(&day) {
            return Err(InvalidDate);
        }
        let small = |number: u16| u8::try_from(number).unwrap_or(1);
        Ok(Date { year, month: small(month), day: small(day) })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        for real in ["2027-01-31", "2028-02-29", "2000-02-29"] {
            assert_eq!(real.parse::<Date>().unwrap().to_string(), real);
        }
        for wrong in ["", "2027-02-29", "1900-02-29", "2027-13-01", "2027-1-31", "2027-01-31x", "2027-01-+1"]
        {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
        assert!("2027-01-31".parse::<Date>().unwrap() < "2027-02-01".parse::<Date>().unwrap());
    }

    #[test]
    fn unix_time_falls_on_the_right_day() {
        let days = [(0, "1970-01-01"), (951_782_400, "2000-02-29"), (1_795_345_199, "2026-11-22")];
        for (seconds, day) in days {
            assert_eq!(Date::from_unix_seconds(seconds).to_string(), day);
        }
    }
}
