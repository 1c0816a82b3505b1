//! Networks and times as condition values spell them, with what lies at their borders.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses: `203.0.113.0/24`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    is_v6: bool,
    first: u128,
    last: u128,
}

impl Network {
    /// The range that a value names. Bits of the host are ignored for IPv4; with them an IPv6 range
    /// matches nothing.
    pub(crate) fn parse(text: &str) -> Option<Network> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (is_v6, width, address) = match address.trim().parse::<IpAddr>().ok()? {
            IpAddr::V4(address) => (false, 32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (true, 128, u128::from(address)),
        };
        let length = length.unwrap_or(width);
        let host = width.checked_sub(length)?;
        let mask = if host >= 128 { u128::MAX } else { (1u128 << host) - 1 };
        if is_v6 && address & mask != 0 {
            return None;
        }
        let first = address & !mask;
        Some(Network { is_v6, first, last: first | mask })
    }

    /// Whether an address is in it.
    pub(crate) fn contains(self, address: &str) -> bool {
        Network::parse(address).is_some_and(|other| {
            other.is_v6 == self.is_v6 && self.first <= other.first && other.last <= self.last
        })
    }

    /// The addresses at its borders, inside and outside: every set of networks that tells two
    /// addresses apart tells two of these apart.
    pub(crate) fn borders(self) -> impl Iterator<Item = String> {
        let top = if self.is_v6 { u128::MAX } else { u128::from(u32::MAX) };
        let inner = [self.first.saturating_add(1).min(self.last), self.first, self.last];
        let outer = [self.first.checked_sub(1), self.last.checked_add(1).filter(|a| *a <= top)];
        inner.into_iter().chain(outer.into_iter().flatten()).map(move |address| self.shown(address))
    }

    fn shown(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(short) if !self.is_v6 => Ipv4Addr::from(short).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }
}

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

    #[test]
    fn networks_contain_their_addresses() {
        let network = Network::parse("203.0.113.7/24").unwrap();
        assert!(network.contains("203.0.113.255") && !network.contains("203.0.114.0"));
        assert!(!network.contains("2001:db8::1"));
        assert_eq!(Network::parse("2001:db8::1/32"), None);
        let borders: Vec<_> = network.borders().collect();
        assert_eq!(borders, ["203.0.113.1", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"]);
    }
}
