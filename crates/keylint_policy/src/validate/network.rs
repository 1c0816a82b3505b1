//! Checks of the address ranges of conditions.
//!
//! `aws:SourceIp` is the public address that a request comes from; one that goes through a VPC endpoint
//! has `aws:VpcSourceIp` instead. Source: IAM User Guide, "AWS global condition context keys".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::condition::at_key;
use super::{Check, Fate, Issue, Suggestion, Walk, known};
use crate::document::ConditionEntry;
use crate::operator::{Base, Family, Operator};

pub(super) fn check<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator) {
    if operator.base.family() != Family::Ip {
        return;
    }
    let mut ranges = Vec::new();
    for value in &entry.values {
        let Some(text) = known(value).filter(|text| !text.contains("${")) else { continue };
        let Some(range) = Range::parse(text) else {
            let issue = Issue::of(Check::TypeMismatchIpRange, value).element(&*entry.operator_name);
            walk.report(issue.other(&*entry.key).fate(Fate::Rejected));
            continue;
        };
        let network = range.network();
        if network != range {
            let suggestion = Suggestion::value(value, network.to_string());
            let issue = Issue::of(Check::ImproveIpRange, value).element(&*entry.key);
            let is_same = matches!(range.address, IpAddr::V4(_));
            // Of IPv4 the bits after the mask count for nothing; an IPv6 range with them matches nothing.
            walk.report(
                issue.suggest(Some(Suggestion { is_safe: is_same && suggestion.is_safe, ..suggestion })),
            );
        }
        ranges.push((value, range));
    }
    if entry.is_about("aws:SourceIp") {
        private(walk, entry, operator, &ranges);
    }
}

fn private<'d>(
    walk: &mut Walk<'d>,
    entry: &'d ConditionEntry,
    operator: Operator,
    ranges: &[(&'d crate::element::Element, Range)],
) {
    let is_all_known = entry.values.rest.is_none() && ranges.len() == entry.values.items.len();
    let private: Vec<_> = ranges.iter().filter(|(_, range)| range.is_private()).collect();
    let is_not = operator.base == Base::NotIpAddress;
    if private.is_empty() {
        return;
    }
    if private.len() == ranges.len() && is_all_known {
        let check = if is_not { Check::PrivateNotIpAddress } else { Check::PrivateIpAddress };
        walk.report(at_key(check, entry));
        return;
    }
    let check = if is_not { Check::PrivateNotIpAddressSubset } else { Check::PrivateIpAddressSubset };
    for (value, _) in private {
        walk.report(Issue::of(check, value).element(&*entry.operator_name).other(&*entry.key));
    }
}

/// A range of addresses, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    address: IpAddr,
    /// How many bits are fixed.
    length: u32,
    /// Whether the length is written.
    has_length: bool,
}

impl Range {
    fn parse(text: &str) -> Option<Range> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let has_length = length.is_some();
        let length = match length {
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => length.parse().ok()?,
            Some(_) => return None,
            None => bits,
        };
        (length <= bits).then_some(Range { address, length, has_length })
    }

    /// The range without the bits after the mask.
    fn network(self) -> Range {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - self.length).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - self.length).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Range { address, ..self }
    }

    /// Whether no request from the internet comes from the range. Source: RFC 1918, RFC 4193.
    fn is_private(self) -> bool {
        let within = |network: &str, length: u32| {
            let network = Range::parse(network).map(|range| range.address);
            let own = Range { length, ..self }.network().address;
            self.length >= length && Some(own) == network
        };
        match self.address {
            IpAddr::V4(_) => within("10.0.0.0", 8) || within("172.16.0.0", 12) || within("192.168.0.0", 16),
            IpAddr::V6(_) => within("fc00::", 7),
        }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.address)?;
        if self.has_length { write!(formatter, "/{}", self.length) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(operator: &str, values: &str) -> Vec<String> {
        let statement = format!(
            r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{"{operator}": {{"aws:SourceIp": {values}}}}}}}"#
        );
        of_statement(&statement, PolicyKind::Identity)
    }

    #[test]
    fn ranges_are_read_and_cut() {
        let cases = [
            ("203.0.113.7/24", "203.0.113.0/24"),
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ];
        for (text, network) in cases {
            assert_eq!(Range::parse(text).unwrap().network().to_string(), network);
        }
        for text in ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/+8", "::/129", "example.com"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }

    #[test]
    fn private_ranges_have_no_effect() {
        let key = "aws:SourceIp";
        assert_eq!(
            of("IpAddress", r#"["10.0.0.0/8", "192.168.1.0/24"]"#),
            [format!("private-ip-address {key}")]
        );
        assert_eq!(of("NotIpAddress", r#""172.16.0.0/12""#), [format!("private-not-ip-address {key}")]);
        let mixed = r#"["10.0.0.0/8", "203.0.113.0/24"]"#;
        assert_eq!(of("IpAddress", mixed), ["private-ip-address-subset 10.0.0.0/8"]);
        assert_eq!(of("NotIpAddress", mixed), ["private-not-ip-address-subset 10.0.0.0/8"]);
        assert!(of("IpAddress", r#""172.32.0.0/12""#).is_empty());
        assert_eq!(of("IpAddress", r#"["203.0.113.7/24"]"#), ["improve-ip-range 203.0.113.7/24"]);
        assert_eq!(of("IpAddress", r#"["203.0.113"]"#), ["type-mismatch-ip-range 203.0.113"]);
    }
}
