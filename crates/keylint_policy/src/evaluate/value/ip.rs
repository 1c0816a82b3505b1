//! IP addresses and ranges of them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::Reading;

/// An address of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// IPv4, also where it is written as an IPv6 address that stands for one.
    V4(Ipv4Addr),
    /// IPv6.
    V6(Ipv6Addr),
}

/// A range of addresses in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: Address,
    /// How many leading bits an address must share with it.
    prefix: u32,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::V4(address) => address.fmt(formatter),
            Address::V6(address) => address.fmt(formatter),
        }
    }
}

impl fmt::Display for Network {
    /// With the length of the prefix, unless it is a single address.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.is_v4() { 32 } else { 128 };
        if self.prefix == bits {
            self.address.fmt(formatter)
        } else {
            write!(formatter, "{}/{}", self.address, self.prefix)
        }
    }
}

impl Address {
    /// Reads an address of a request.
    pub(crate) fn read(text: &str) -> Reading<Self> {
        if let Some(address) = v4(text) {
            return Reading::Value(Address::V4(address));
        }
        match text.parse::<Ipv6Addr>() {
            Ok(address) => Reading::Value(match address.to_ipv4_mapped() {
                Some(mapped) => Address::V4(mapped),
                None => Address::V6(address),
            }),
            // IPv6 has spellings that are taken by some readers only.
            Err(_) if text.contains(':') && text.bytes().all(is_of_v6) => Reading::Unsure,
            Err(_) => Reading::Not,
        }
    }
}

impl Network {
    /// Reads an address with or without the length of a prefix; without one it is a single address.
    pub(crate) fn read(text: &str) -> Reading<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        // In a policy an address keeps the family that it is written in.
        let (address, bits) = match (v4(address), address.parse::<Ipv6Addr>()) {
            (Some(address), _) => (Address::V4(address), 32),
            (None, Ok(address)) => (Address::V6(address), 128),
            (None, Err(_)) if address.contains(':') && address.bytes().all(is_of_v6) => {
                return Reading::Unsure;
            }
            (None, Err(_)) => return Reading::Not,
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = match prefix.map(|text| text.parse::<u32>().ok().filter(|_| is_number(text))) {
            None => bits,
            Some(Some(prefix)) if prefix <= bits => prefix,
            Some(_) => return Reading::Not,
        };
        Reading::Value(Network { address, prefix })
    }

    /// How many leading bits an address must share with it.
    pub(crate) fn prefix(self) -> u32 {
        self.prefix
    }

    /// Whether it is a range of IPv4.
    pub(crate) fn is_v4(self) -> bool {
        matches!(self.address, Address::V4(_))
    }

    /// The range without the bits behind the prefix.
    pub(crate) fn without_host(self) -> Network {
        let address = match self.address {
            Address::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                Address::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            Address::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                Address::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Network { address, ..self }
    }

    /// Whether all its addresses are private, so that no request from the internet comes from it.
    /// Source: RFC 1918, RFC 4193.
    pub(crate) fn is_private(self) -> bool {
        let within = |address: Address, prefix: u32| {
            self.prefix >= prefix && Network { prefix, ..self }.without_host().address == address
        };
        let v4 = |a, b| Address::V4(Ipv4Addr::new(a, b, 0, 0));
        within(v4(10, 0), 8)
            || within(v4(172, 16), 12)
            || within(v4(192, 168), 16)
            || within(Address::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7)
    }

    /// Whether an address is in the range. Bits behind the prefix do not count in IPv4; an IPv6
    /// range with such bits is no range and has no addresses.
    pub(crate) fn contains(self, address: Address) -> bool {
        match (self.address, address) {
            (Address::V4(own), Address::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (Address::V6(own), Address::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                own.to_bits() == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl Network {
    /// The addresses at its borders, inside and outside: every set of networks that tells two
    /// addresses apart tells two of these apart.
    pub(crate) fn borders(self) -> impl Iterator<Item = String> {
        let (is_v6, top, address) = match self.address {
            Address::V4(address) => (false, u128::from(u32::MAX), u128::from(address.to_bits())),
            Address::V6(address) => (true, u128::MAX, address.to_bits()),
        };
        let host = top.checked_shr(self.prefix).unwrap_or(0);
        let (first, last) = (address & !host, address | host);
        let inner = [first.saturating_add(1).min(last), first, last];
        let outer = [first.checked_sub(1), last.checked_add(1).filter(|address| *address <= top)];
        inner.into_iter().chain(outer.into_iter().flatten()).map(move |address| {
            match u32::try_from(address) {
                Ok(short) if !is_v6 => Ipv4Addr::from(short).to_string(),
                _ => Ipv6Addr::from(address).to_string(),
            }
        })
    }
}

fn is_of_v6(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
}

/// Four numbers to 255, with or without leading zeros.
fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut fields = text.split('.');
    for octet in &mut octets {
        let field = fields.next()?;
        if field.is_empty() || field.len() > 8 || !field.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = u8::try_from(field.parse::<u32>().ok()?).ok()?;
    }
    fields.next().is_none().then(|| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        match (Network::read(network), Address::read(address)) {
            (Reading::Value(network), Reading::Value(address)) => network.contains(address),
            other => panic!("{network} {address}: {other:?}"),
        }
    }

    #[test]
    fn ranges_have_their_addresses() {
        let inside = [
            ("203.0.113.0/24", "203.0.113.1"),
            ("203.0.113.77/24", "203.0.113.1"),
            ("203.0.113.1", "203.0.113.1"),
            ("0.0.0.0/0", "198.51.100.1"),
            ("10.0.0.0/8", "010.1.2.3"),
            ("10.0.0.0/8", "::ffff:10.1.2.3"),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1"),
            ("2001:db8::1", "2001:db8:0:0::1"),
            ("2001:db8::4/127", "2001:db8::5"),
            ("::/0", "2001:db8::1"),
        ];
        for (network, address) in inside {
            assert!(contains(network, address), "{network} {address}");
        }
        let outside = [
            ("203.0.113.0/24", "203.0.114.1"),
            ("203.0.113.1", "203.0.113.2"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("::/0", "198.51.100.1"),
            ("::ffff:10.0.0.0/104", "10.1.2.3"),
            ("2001:db8::5/64", "2001:db8::1"),
            ("2001:db8::5/64", "2001:db8::5"),
        ];
        for (network, address) in outside {
            assert!(!contains(network, address), "{network} {address}");
        }
    }

    #[test]
    fn borders_lie_on_both_sides() {
        let borders = |text| match Network::read(text) {
            Reading::Value(network) => network.borders().collect::<Vec<_>>(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(
            borders("203.0.113.7/24"),
            ["203.0.113.1", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"]
        );
        assert_eq!(borders("0.0.0.0/0"), ["0.0.0.1", "0.0.0.0", "255.255.255.255"]);
        assert_eq!(
            borders("2001:db8::/127"),
            [
                "2001:db8::1",
                "2001:db8::",
                "2001:db8::1",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::2"
            ]
        );
    }

    #[test]
    fn ranges_are_cut_at_their_prefix() {
        let cases = [
            ("203.0.113.7/24", "203.0.113.0/24"),
            ("203.0.113.007/024", "203.0.113.0/24"),
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ];
        for (text, cut) in cases {
            let Reading::Value(network) = Network::read(text) else { panic!("{text}") };
            assert_eq!(network.without_host().to_string(), cut);
        }
    }

    #[test]
    fn private_ranges_are_private_as_a_whole() {
        let is_private = |text| match Network::read(text) {
            Reading::Value(network) => network.is_private(),
            other => panic!("{text}: {other:?}"),
        };
        for text in ["10.1.0.0/16", "010.0.0.1", "172.31.0.0/16", "192.168.0.0/16", "fd00::/8"] {
            assert!(is_private(text), "{text}");
        }
        for text in ["10.0.0.0/7", "172.32.0.0/12", "192.168.0.0/15", "203.0.113.1", "fe80::/10", "::/0"] {
            assert!(!is_private(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "home",
            "10.0.0",
            "10.0.0.256",
            "10.0.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/x",
            "10.0.0.0/+8",
            "10.0.0.0/",
        ] {
            assert_eq!(Network::read(text), Reading::Not, "{text}");
        }
        for text in ["2001:db8::1:", ":2001:db8::1"] {
            assert_eq!(Address::read(text), Reading::Unsure, "{text}");
        }
    }
}
