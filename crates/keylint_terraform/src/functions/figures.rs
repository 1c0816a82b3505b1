//! Numbers as `format` writes them: Go's verbs for whole numbers and for others.
//!
//! Source: <https://pkg.go.dev/math/big#Float.Text>, <https://pkg.go.dev/math/big#Int.Format>.

use std::cmp::Ordering;

use super::format::Verb;

/// Binary digits that Terraform keeps of a number.
const BITS: u32 = 512;

/// A decimal number: `0.d1d2d3…` times ten to a power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    negative: bool,
    /// Without zeros at either end; none is zero.
    digits: Vec<u8>,
    power: i64,
}

impl Figures {
    /// Reads a number as it is written, with a point or a power of ten or neither.
    pub(super) fn read(written: &str) -> Option<Figures> {
        let (negative, rest) = match written.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = Vec::with_capacity(whole.len() + fraction.len());
        for digit in whole.chars().chain(fraction.chars()) {
            digits.push(u8::try_from(digit.to_digit(10)?).ok()?);
        }
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let mut power = power + i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            power = 0;
        }
        Some(Figures { negative, digits, power })
    }

    /// The number with so many digits, half to even. `None` where it lies on a half as it is
    /// written and is too long to say to which side its binary falls.
    fn rounded(&self, count: i64) -> Option<Figures> {
        let Ok(count) = usize::try_from(count) else {
            return Some(Figures { negative: self.negative, digits: Vec::new(), power: 0 });
        };
        let Some(next) = self.digits.get(count).copied() else { return Some(self.clone()) };
        let mut kept = self.clone();
        kept.digits.truncate(count);
        let half = next == 5 && self.digits.len() == count + 1;
        let side = if half { self.binary_beside()? } else { Ordering::Equal };
        let odd = kept.digits.last().is_some_and(|digit| digit % 2 == 1);
        let up = match side {
            Ordering::Less => false,
            Ordering::Equal => odd,
            Ordering::Greater => true,
        };
        if next > 5 || next == 5 && (!half || up) {
            let mut carry = true;
            for digit in kept.digits.iter_mut().rev() {
                carry = *digit == 9;
                *digit = if carry { 0 } else { *digit + 1 };
                if !carry {
                    break;
                }
            }
            if carry {
                kept.digits.insert(0, 1);
                kept.power += 1;
            }
        }
        while kept.digits.last() == Some(&0) {
            kept.digits.pop();
        }
        if kept.digits.is_empty() {
            kept.power = 0;
        }
        Some(kept)
    }

    /// Where the number of [`BITS`] binary digits that Terraform computes with lies beside what is
    /// written: `2.675` is a little more than its binary, so that two places of it are `2.67`.
    fn binary_beside(&self) -> Option<Ordering> {
        let places = i64::try_from(self.digits.len()).ok()? - self.power;
        let Ok(places) = u32::try_from(places) else { return Some(Ordering::Equal) };
        // Both fit into 64 bits, so that products of remainders fit into 128.
        let unit = 10u128.checked_pow(places).filter(|unit| *unit <= u128::from(u64::MAX))?;
        let mut whole = 0u128;
        for digit in &self.digits {
            whole = whole * 10 + u128::from(*digit);
            if whole > u128::from(u64::MAX) {
                return None;
            }
        }
        // The power of two that moves the number to BITS digits before the point.
        let mut shift = BITS;
        if whole >= unit {
            shift -= (whole / unit).checked_ilog2()? + 1;
        } else {
            let mut moved = whole * 2;
            while moved < unit {
                moved *= 2;
                shift += 1;
            }
        }
        let mut remainder = whole % unit;
        for _ in 0..shift {
            remainder = remainder * 2 % unit;
        }
        // The binary is the one below where less than a half is left, else the one above.
        Some(match remainder {
            0 => Ordering::Equal,
            below if below < unit / 2 => Ordering::Less,
            _ => Ordering::Greater,
        })
    }

    fn digit(&self, position: i64) -> char {
        let digit = usize::try_from(position).ok().and_then(|position| self.digits.get(position));
        char::from(b'0' + digit.copied().unwrap_or(0))
    }

    /// With so many digits after the point, without the sign.
    fn plain(&self, places: i64) -> String {
        let mut written = String::new();
        match self.power {
            1.. => (0..self.power).for_each(|position| written.push(self.digit(position))),
            _ => written.push('0'),
        }
        if places > 0 {
            written.push('.');
            (0..places).for_each(|place| written.push(self.digit(self.power + place)));
        }
        written
    }

    /// As one digit, so many after the point, and a power of ten, without the sign.
    fn scientific(&self, places: i64, letter: char) -> String {
        let mut written = String::from(self.digit(0));
        if places > 0 {
            written.push('.');
            (1..=places).for_each(|position| written.push(self.digit(position)));
        }
        let power = if self.digits.is_empty() { 0 } else { self.power - 1 };
        let sign = if power < 0 { '-' } else { '+' };
        written.push_str(&format!("{letter}{sign}{:02}", power.abs()));
        written
    }

    /// As short as it can be, or with at most so many digits.
    fn general(&self, precision: Option<i64>, letter: char) -> Option<String> {
        let (figures, limit, places) = match precision {
            None => (self.clone(), 6, i64::try_from(self.digits.len()).ok()?),
            Some(given) => {
                let given = given.max(1);
                let figures = self.rounded(given)?;
                let count = i64::try_from(figures.digits.len()).ok()?;
                let limit = if given > count && count >= figures.power { count } else { given };
                (figures, limit, count)
            }
        };
        let power = if figures.digits.is_empty() { -1 } else { figures.power - 1 };
        Some(if !figures.digits.is_empty() && (power < -4 || power >= limit) {
            figures.scientific(places - 1, letter)
        } else {
            figures.plain((places - figures.power).max(0))
        })
    }
}

/// What `%v` makes of a number, without padding.
pub(super) fn shortest(figures: &Figures) -> Option<String> {
    let sign = if figures.negative { "-" } else { "" };
    Some(format!("{sign}{}", figures.general(None, 'e')?))
}

/// A number, as it is written, with at most ten digits. `None` where these are not certain.
pub(crate) fn of_ten_digits(written: &str) -> Option<String> {
    let figures = Figures::read(written)?;
    let sign = if figures.negative { "-" } else { "" };
    Some(format!("{sign}{}", figures.general(Some(10), 'e')?))
}

/// `%e`, `%f`, `%g` and the like. `None` where the digits are not certain.
pub(super) fn float(verb: &Verb, figures: &Figures) -> Option<String> {
    let precision = verb.precision.map(i64::try_from).transpose().ok()?;
    let places = precision.unwrap_or(6);
    let body = match verb.letter {
        'f' => figures.rounded(figures.power + places)?.plain(places),
        'e' => figures.rounded(places + 1)?.scientific(places, 'e'),
        'E' => figures.rounded(places + 1)?.scientific(places, 'E'),
        'g' => figures.general(precision, 'e')?,
        'G' => figures.general(precision, 'E')?,
        _ => return None,
    };
    let sign = sign(verb, figures.negative);
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + body.len());
    Some(match (verb.zero, verb.minus) {
        (true, _) => format!("{sign}{}{body}", "0".repeat(missing)),
        (false, true) => format!("{sign}{body}{}", " ".repeat(missing)),
        (false, false) => format!("{}{sign}{body}", " ".repeat(missing)),
    })
}

/// `%d`, `%x` and the like. `None` where the number is too large for another base.
pub(super) fn integer(verb: &Verb, figures: &Figures) -> Option<String> {
    let whole = figures.plain(0);
    let body = match verb.letter {
        'd' => whole,
        'b' => format!("{:b}", whole.parse::<u128>().ok()?),
        'o' => format!("{:o}", whole.parse::<u128>().ok()?),
        'x' => format!("{:x}", whole.parse::<u128>().ok()?),
        _ => format!("{:X}", whole.parse::<u128>().ok()?),
    };
    let prefix = match verb.letter {
        'b' if verb.sharp => "0b",
        'o' if verb.sharp => "0",
        'x' if verb.sharp => "0x",
        'X' if verb.sharp => "0X",
        _ => "",
    };
    if verb.precision == Some(0) && body == "0" {
        return Some(String::new());
    }
    let sign = sign(verb, figures.negative && !figures.digits.is_empty());
    let mut zeros = verb.precision.unwrap_or(0).saturating_sub(body.len());
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + zeros + body.len());
    let (mut left, mut right) = (0, 0);
    match (verb.minus, verb.zero && verb.precision.is_none()) {
        (true, _) => right = missing,
        (false, true) => zeros = missing,
        (false, false) => left = missing,
    }
    Some(format!("{}{sign}{prefix}{}{body}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right)))
}

/// Whether the number is whole.
pub(super) fn is_whole(figures: &Figures) -> bool {
    i64::try_from(figures.digits.len()).is_ok_and(|count| count <= figures.power) || figures.digits.is_empty()
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}
