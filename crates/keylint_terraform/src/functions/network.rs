//! Addresses and prefixes of IP networks.
//!
//! Addresses are whole numbers here. Terraform takes leading zeros in them, and works on an IPv4
//! address that is written as IPv6 (`::ffff:10.0.0.0/120`) as on its 16 bytes, but writes it as
//! IPv4.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/cidrsubnet>,
//! <https://opentofu.org/docs/language/functions/cidrcontains>.

use std::net::{Ipv4Addr, Ipv6Addr};

use keylint_model::{ListKind, Number, Value};

use super::collections::list;
use super::{ANY, Call, Function, known};
use crate::values::{self, made_bool, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("cidrcontains", 2, 2, contains),
    known("cidrhost", 2, 2, host),
    known("cidrnetmask", 1, 1, mask),
    known("cidrsubnet", 3, 3, subnet),
    known("cidrsubnets", 1, ANY, subnets),
];

/// An address of 32 or 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    number: u128,
    bits: u32,
}

/// The addresses whose first bits are those of `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    start: Address,
    prefix: u32,
}

impl Address {
    fn parse(text: &str) -> Option<Address> {
        if !text.contains(':') {
            return Some(Address { number: u128::from(dotted(text)?), bits: 32 });
        }
        // Rust takes no leading zeros beyond four digits and none in the IPv4 part.
        let groups: Option<Vec<String>> = text
            .split(':')
            .map(|group| match group {
                "" => Some(String::new()),
                _ if group.contains('.') => dotted(group).map(|number| Ipv4Addr::from(number).to_string()),
                _ => Some(match group.trim_start_matches('0') {
                    "" => "0".to_owned(),
                    digits => digits.to_owned(),
                }),
            })
            .collect();
        let address: Ipv6Addr = groups?.join(":").parse().ok()?;
        Some(Address { number: address.to_bits(), bits: 128 })
    }

    /// Whether it is an IPv4 address that is written as IPv6.
    fn is_mapped(self) -> bool {
        self.bits == 128 && self.number >> 32 == 0xffff
    }

    /// The same with another number, where that is one of so many bits.
    fn with(self, number: u128) -> Option<Address> {
        (number <= ones(self.bits)).then_some(Address { number, ..self })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match u32::try_from(self.number & u128::from(u32::MAX)) {
            Ok(number) if self.bits == 32 || self.is_mapped() => Ipv4Addr::from(number).fmt(formatter),
            _ => Ipv6Addr::from_bits(self.number).fmt(formatter),
        }
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = text.split_once('/')?;
        let address = Address::parse(address)?;
        let prefix = decimal(prefix).filter(|prefix| *prefix <= address.bits)?;
        Some(Network::of(address, prefix))
    }

    /// The network of so many bits that an address is in.
    fn of(address: Address, prefix: u32) -> Network {
        let number = address.number & !ones(address.bits.saturating_sub(prefix));
        Network { start: Address { number, ..address }, prefix }
    }

    fn host_bits(self) -> u32 {
        self.start.bits.saturating_sub(self.prefix)
    }

    fn last(self) -> u128 {
        self.start.number | ones(self.host_bits())
    }

    fn contains(self, number: u128) -> bool {
        (self.start.number..=self.last()).contains(&number)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shift = if self.start.is_mapped() { 96 } else { 0 };
        write!(formatter, "{}/{}", self.start, self.prefix.saturating_sub(shift))
    }
}

/// A number whose last `count` bits are set.
fn ones(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |power| power - 1)
}

fn decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn dotted(text: &str) -> Option<u32> {
    let parts = text.split('.').map(|part| decimal(part).and_then(|part| u8::try_from(part).ok()));
    let parts = parts.collect::<Option<Vec<u8>>>()?;
    Some(u32::from_be_bytes(parts.try_into().ok()?))
}

/// The network that an argument says, or the value of a call that has none.
fn network(call: &Call<'_, '_>, value: &Value) -> Result<Network, Box<Value>> {
    let text = values::to_string(value);
    text.and_then(|text| Network::parse(&text)).ok_or_else(|| {
        Box::new(call.invalid("the first argument is not an address, a slash and a number of bits"))
    })
}

/// The whole number that an argument says, or the value of a call that has none.
fn whole(call: &Call<'_, '_>, value: &Value, arguments: &[Value]) -> Result<i64, Box<Value>> {
    match values::to_number(value) {
        Some(number) => match number.as_i64() {
            Some(number) => Ok(number),
            None if is_fraction(&number) => Err(Box::new(call.invalid("takes whole numbers only"))),
            None => Err(Box::new(call.unmodelled(arguments))),
        },
        None => Err(Box::new(call.unless_known(arguments))),
    }
}

fn is_fraction(number: &Number) -> bool {
    !number.is_whole() && !number.is_infinite()
}

fn or_error(result: Result<Value, Box<Value>>) -> Value {
    result.unwrap_or_else(|value| *value)
}

/// The address of a number in a network, counted from its end where that is negative.
fn host(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [prefix, number] = values else { return rejected(call.span) };
    or_error((|| {
        let network = network(call, prefix)?;
        let given = whole(call, number, values)?;
        let last = ones(network.host_bits());
        let from_end = u128::from(given.unsigned_abs()).saturating_sub(1);
        let number =
            if given < 0 { last.checked_sub(from_end) } else { Some(u128::from(given.unsigned_abs())) };
        let Some(number) = number.filter(|number| *number <= last) else {
            return Ok(call.invalid("the network has no host of this number"));
        };
        let shift = if network.start.is_mapped() { 96 } else { 0 };
        Ok(match network.start.with(network.start.number | number << shift) {
            Some(address) => made_string(address.to_string(), call.span),
            None => call.unmodelled(values),
        })
    })())
}

fn mask(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(prefix) = values.first() else { return rejected(call.span) };
    or_error((|| {
        let network = network(call, prefix)?;
        let number = ones(network.start.bits) & !ones(network.host_bits());
        Ok(match network.start.with(number) {
            Some(address) if address.bits == 32 || network.start.is_mapped() => {
                made_string(address.to_string(), call.span)
            }
            _ => call.invalid("IPv6 has no netmask"),
        })
    })())
}

fn subnet(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [prefix, bits, number] = values else { return rejected(call.span) };
    or_error((|| {
        let network = network(call, prefix)?;
        let added = whole(call, bits, values)?;
        let number = whole(call, number, values)?;
        let prefix = i64::from(network.prefix).saturating_add(added);
        let Some(prefix) = u32::try_from(prefix).ok() else {
            // Of fewer bits than none nothing sensible is made.
            return Ok(if prefix < 0 {
                call.unmodelled(values)
            } else {
                call.invalid("too many bits are added")
            });
        };
        if prefix > network.start.bits {
            return Ok(call.invalid("the prefix cannot be extended by so many bits"));
        }
        // Terraform looks at the size of the number only, and only where bits are added.
        let limit = u64::try_from(added)
            .map_or(u128::from(u64::MAX), |added| ones(u32::try_from(added).unwrap_or(64).min(64)));
        if u128::from(number.unsigned_abs()) > limit {
            return Ok(call.invalid("so many more bits have no subnet of this number"));
        }
        Ok(match numbered(network, prefix, number) {
            Some(subnet) => made_string(subnet.to_string(), call.span),
            None => call.unmodelled(values),
        })
    })())
}

/// The subnet of a number. A negative one sets the bits of its two's complement, of which Terraform
/// then takes the amount.
fn numbered(network: Network, prefix: u32, number: i64) -> Option<Network> {
    let shift = network.start.bits.saturating_sub(prefix);
    let start = if number < 0 {
        let shifted = u128::from(number.unsigned_abs()).checked_mul(1u128.checked_shl(shift)?)?;
        // -((start | -shifted)), in numbers without a sign.
        (network.start.number | shifted.wrapping_neg()).wrapping_neg()
    } else {
        let number = u128::from(number.unsigned_abs());
        let shifted = if number == 0 { 0 } else { number.checked_mul(1u128.checked_shl(shift)?)? };
        network.start.number | shifted
    };
    Some(Network { start: network.start.with(start)?, prefix })
}

/// One subnet after the other, each at the first place that it can be at.
fn subnets(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some((prefix, bits)) = values.split_first() else { return rejected(call.span) };
    or_error((|| {
        let network = network(call, prefix)?;
        if network.start.is_mapped() {
            return Ok(call.unmodelled(values));
        }
        let mut next = Some(network.start.number);
        let mut made = Vec::with_capacity(bits.len());
        for added in bits {
            let added = whole(call, added, values)?;
            if !(1..=32).contains(&added) {
                return Ok(call.invalid("a prefix is extended by 1 to 32 bits"));
            }
            let prefix = network.prefix.saturating_add(u32::try_from(added).unwrap_or(u32::MAX));
            if prefix > network.start.bits {
                return Ok(call.invalid("the prefix cannot be extended by so many bits"));
            }
            let size = ones(network.start.bits.saturating_sub(prefix));
            // Terraform takes the address zero for one beyond the last.
            let start = next
                .and_then(|next| next.checked_add(size))
                .map(|next| next & !size)
                .filter(|start| *start != 0 && network.contains(*start));
            let Some(start) = start else {
                return Ok(call.invalid("there is not enough space left for all subnets"));
            };
            let subnet = Network { start: Address { number: start, ..network.start }, prefix };
            made.push(made_string(subnet.to_string(), call.span));
            next = subnet.last().checked_add(1);
        }
        Ok(list(call, made, None, ListKind::List))
    })())
}

fn contains(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [prefix, other] = values else { return rejected(call.span) };
    or_error((|| {
        let network = network(call, prefix)?;
        let other = values::to_string(other).and_then(|text| match text.contains('/') {
            true => Network::parse(&text),
            false => Address::parse(&text).map(|address| Network::of(address, address.bits)),
        });
        Ok(match other {
            Some(other) if network.start.is_mapped() || other.start.is_mapped() => call.unmodelled(values),
            Some(other) if other.start.bits == network.start.bits => {
                let inside = network.contains(other.start.number) && network.contains(other.last());
                made_bool(inside, call.span)
            }
            Some(_) => call.invalid("IPv4 and IPv6 do not contain each other"),
            None => call.invalid("the second argument is neither an address nor a prefix"),
        })
    })())
}

#[cfg(test)]
mod tests {
    use crate::tests::evaluate;

    #[test]
    fn prefixes_contain_addresses_and_prefixes() {
        for (expression, contained) in [
            (r#"cidrcontains("192.168.2.0/20", "192.168.2.1")"#, "true"),
            (r#"cidrcontains("192.168.2.0/20", "192.168.2.0/22")"#, "true"),
            (r#"cidrcontains("192.168.2.0/20", "192.126.2.1")"#, "false"),
            (r#"cidrcontains("192.168.2.0/20", "192.126.2.0/18")"#, "false"),
            (r#"cidrcontains("fe80::/48", "fe80::1")"#, "true"),
            (r#"cidrcontains("fe80::/48", "fe81::1")"#, "false"),
            (r#"cidrcontains("fe80::/48", "10.0.0.1")"#, "?invalid"),
            (r#"cidrcontains("::/0", "ffff::/8")"#, "true"),
        ] {
            assert_eq!(evaluate(expression), contained, "{expression}");
        }
    }

    #[test]
    fn the_first_network_has_no_subnets_as_in_terraform() {
        assert_eq!(evaluate(r#"cidrsubnets("0.0.0.0/8", 1)"#), "?invalid");
        assert_eq!(evaluate(r#"cidrsubnets("128.0.0.0/1", 1, 1)"#), r#"["128.0.0.0/2", "192.0.0.0/2"]"#);
        assert_eq!(evaluate(r#"cidrsubnet("fd00::/64", 8, -1)"#), r#""::100:0:0:0/72""#);
        assert_eq!(evaluate(r#"cidrsubnet("::ffff:10.0.0.0/120", 4, 3)"#), r#""10.0.0.48/28""#);
        assert_eq!(evaluate(r#"cidrhost("::/0", -1)"#), r#""ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff""#);
    }
}
