//! Binary numbers from decimal text and as decimal text.

use num_bigint::BigUint;

use super::binary::{Binary, Size};

/// Digits of a number that count when it is read. Later ones only say that the number is a little
/// larger, which no rounding but that of a tie sees.
const DIGITS: usize = 4_000;

/// Powers of two between which numbers are written out in digits, about 10 to the power of ±10,000.
const WRITTEN: i64 = 1 << 15;

/// What is written in decimal text: digits, a point, a power of ten and one of two.
struct Written<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    tens: i64,
    twos: i64,
}

fn scan(text: &str, power_of_two: bool) -> Option<Written<'_>> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = rest.split_at_checked(digits)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?,
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (tens, twos) = match rest.as_bytes().first() {
        None => (0, 0),
        Some(b'e' | b'E') => (power(rest.get(1..)?)?, 0),
        Some(b'p' | b'P') if power_of_two => (0, power(rest.get(1..)?)?),
        Some(_) => return None,
    };
    Some(Written { negative, whole, fraction, tens, twos })
}

/// An exponent, or as much as none can be.
fn power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    Some(if text.starts_with('-') { -size } else { size })
}

/// The number that decimal text says; with `power_of_two` the exponent may also be one of two,
/// `1p3`. `None` when it says none.
pub(super) fn read(text: &str, power_of_two: bool, precision: u64) -> Option<Binary> {
    let written = scan(text, power_of_two)?;
    let mut digits: Vec<u8> =
        written.whole.bytes().chain(written.fraction.bytes()).skip_while(|digit| *digit == b'0').collect();
    let mut tens = written.tens.saturating_sub_unsigned(written.fraction.len() as u64);
    if digits.len() > DIGITS {
        let dropped = digits.split_off(DIGITS);
        tens = tens.saturating_add_unsigned(dropped.len() as u64);
        if dropped.iter().any(|digit| *digit != b'0') {
            digits.push(b'1');
            tens = tens.saturating_sub(1);
        }
    }
    let Some(mantissa) = BigUint::parse_bytes(&digits, 10) else {
        return Some(Binary::zero(written.negative, precision));
    };
    let exponent = tens.saturating_add(written.twos);
    // Ten is five times two: the twos are the exponent, the fives are left to compute.
    let exact = mantissa.bits().max(1);
    let number = Binary::rounded(written.negative, mantissa, exponent, false, exact);
    if tens == 0 {
        return Some(number.with_precision(precision));
    }
    let fives = power_of_five(tens.unsigned_abs(), precision + 64)?;
    if tens < 0 { number.divide(&fives, precision) } else { number.multiply(&fives, precision) }
}

/// Five to a power, rounded at each step once it no longer fits, as Go does.
fn power_of_five(exponent: u64, precision: u64) -> Option<Binary> {
    let mut left = exponent;
    let mut result = Binary::whole(1, precision);
    let mut square = Binary::whole(5, precision + 64);
    while left > 0 {
        if left & 1 == 1 {
            result = result.multiply(&square, precision)?;
        }
        left >>= 1;
        if left > 0 {
            square = square.multiply(&square, precision + 64)?;
        }
    }
    Some(result)
}

/// The digits of a decimal fraction, without zeros at either end, and how many stand before the
/// point.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

impl Digits {
    fn of(mantissa: &BigUint, exponent: i64) -> Digits {
        let (text, tens) = match u32::try_from(-exponent) {
            Ok(below) => ((mantissa * BigUint::from(5_u32).pow(below)).to_string(), exponent),
            Err(_) => ((mantissa << exponent.unsigned_abs()).to_string(), 0),
        };
        let point = tens.saturating_add_unsigned(text.len() as u64);
        let mut digits = text.into_bytes();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Digits { digits, point }
    }

    fn round_up(&mut self, length: usize) {
        self.digits.truncate(length);
        while let Some(last) = self.digits.pop() {
            if last < b'9' {
                self.digits.push(last + 1);
                return;
            }
        }
        self.digits.push(b'1');
        self.point += 1;
    }

    fn round(&mut self, length: usize) {
        let half = match self.digits.get(length..) {
            Some([b'5']) => self.digits.get(length.wrapping_sub(1)).is_some_and(|before| before % 2 == 1),
            Some([next, ..]) => *next >= b'5',
            _ => false,
        };
        if half { self.round_up(length) } else { self.digits.truncate(length) }
    }

    /// Leaves as few digits as say the number among those of its precision, which lie between
    /// `lower` and `upper`.
    fn shorten(&mut self, lower: &Digits, upper: &Digits, inclusive: bool) {
        for (position, digit) in self.digits.clone().into_iter().enumerate() {
            let at = |digits: &Digits| digits.digits.get(position).copied().unwrap_or(b'0');
            let (low, high) = (at(lower), at(upper));
            let down = low != digit || (inclusive && position + 1 == lower.digits.len());
            let up = digit != high && (inclusive || digit + 1 < high || position + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => return self.round(position + 1),
                (true, false) => return self.digits.truncate(position + 1),
                (false, true) => return self.round_up(position + 1),
                (false, false) => {}
            }
        }
    }

    fn write(&self, negative: bool) -> String {
        let mut text = String::new();
        if negative {
            text.push('-');
        }
        let digit = |position: i64| {
            let known = usize::try_from(position).ok().and_then(|position| self.digits.get(position));
            known.map_or('0', |digit| char::from(*digit))
        };
        if self.point <= 0 {
            text.push('0');
        }
        text.extend((0..self.point).map(digit));
        let end = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        if end > self.point {
            text.push('.');
            text.extend((self.point..end).map(digit));
        }
        text
    }
}

/// The shortest decimal text, without an exponent, that says the number among those of its
/// precision. `None` when it is too long to be written.
pub(super) fn write(number: &Binary) -> Option<String> {
    let sign = if number.negative { "-" } else { "" };
    let (mantissa, exponent) = match &number.size {
        Size::Infinite => return Some(if number.negative { "-Inf" } else { "+Inf" }.to_owned()),
        Size::Finite(mantissa, _) if *mantissa == BigUint::ZERO => return Some(format!("{sign}0")),
        Size::Finite(mantissa, exponent) => (mantissa, *exponent),
    };
    let top = exponent.saturating_add_unsigned(mantissa.bits());
    // A whole number in reach of its precision has no shorter text than its own: most are counts.
    if (0..64).contains(&exponent)
        && top <= 64
        && number.precision >= 64
        && let Ok(mantissa) = u64::try_from(mantissa)
    {
        return Some(format!("{sign}{}", mantissa << exponent));
    }
    if exponent.abs() > WRITTEN || top.abs() > WRITTEN {
        return None;
    }
    let mut digits = Digits::of(mantissa, exponent);
    // One bit more than the precision has: the neighbours are half a unit away.
    let shift = (number.precision + 1).saturating_sub(mantissa.bits());
    let (wide, exponent) = (mantissa << shift, exponent.saturating_sub_unsigned(shift));
    let lower = Digits::of(&(&wide - 1_u32), exponent);
    let upper = Digits::of(&(&wide + 1_u32), exponent);
    digits.shorten(&lower, &upper, !wide.bit(1));
    Some(digits.write(number.negative))
}

/// A whole number in digits of a base from 2 to 62, with a sign if any; above 36 the capital
/// letters are digits of their own. `None` when it is none, or too long.
pub(super) fn read_whole(text: &str, base: u32) -> Result<Binary, NotWhole> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = |digit: u8| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => digit - b'A' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        Some(value).filter(|value| u32::from(*value) < base)
    };
    let digits = digits.bytes().map(value).collect::<Option<Vec<u8>>>().ok_or(NotWhole::Malformed)?;
    if digits.is_empty() {
        return Err(NotWhole::Malformed);
    }
    if digits.len() > DIGITS {
        return Err(NotWhole::TooLong);
    }
    let whole = BigUint::from_radix_be(&digits, base).ok_or(NotWhole::Malformed)?;
    let bits = whole.bits().max(64);
    Ok(Binary::rounded(negative && whole != BigUint::ZERO, whole, 0, false, bits))
}

/// Why text is no whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWhole {
    /// It has something else than digits of the base.
    Malformed,
    /// It has more digits than are read.
    TooLong,
}
