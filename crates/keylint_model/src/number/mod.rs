//! Numbers, to the letter.
//!
//! Terraform computes with binary floating point of 512 bits where a number is written, of 64 bits
//! where it counts (`length`), of 53 where it comes from a float (`pow`), and shows all of it in
//! `tostring`. CloudFormation passes numbers on as written. What fits into 64 bits and is written,
//! nearly everything, is an integer; the rest is shared and cheap to clone.
//!
//! Source: <https://pkg.go.dev/github.com/zclconf/go-cty/cty#NumberVal> and
//! <https://pkg.go.dev/math/big#Float>.

mod binary;
mod decimal;

use std::cmp::Ordering;
use std::sync::Arc;

use binary::Binary;
pub use decimal::NotWhole;

/// Bits of a number that is written.
const PRECISION: u64 = 512;

/// A number.
#[derive(Clone, Debug)]
pub enum Number {
    /// A whole number as it is written, other than negative zero.
    Integer(i64),
    /// Any other number.
    Exact(Exact),
}

/// A number that is no small whole one, or that counts fewer or more bits than a written one.
#[derive(Clone, Debug)]
pub struct Exact(Arc<Binary>);

impl From<Binary> for Number {
    fn from(binary: Binary) -> Number {
        match binary.as_i64() {
            Some(0) if binary.negative => Number::Exact(Exact(Arc::new(binary))),
            Some(integer) if binary.precision == PRECISION => Number::Integer(integer),
            _ => Number::Exact(Exact(Arc::new(binary))),
        }
    }
}

impl Number {
    /// The number that is written as `text` in HCL, JSON or YAML: digits, a point, a power of ten.
    pub fn parse(text: &str) -> Option<Number> {
        let literal = text.parse().ok().filter(|integer| *integer != 0);
        literal.map(Number::Integer).or_else(|| decimal::read(text, false, PRECISION).map(Number::from))
    }

    /// The number that Terraform converts a string to: also an infinity, and a power of two.
    pub fn convert(text: &str) -> Option<Number> {
        match text {
            "Inf" | "inf" | "+Inf" | "+inf" => Some(Binary::infinite(false, PRECISION).into()),
            "-Inf" | "-inf" => Some(Binary::infinite(true, PRECISION).into()),
            _ => Number::parse(text).or_else(|| decimal::read(text, true, PRECISION).map(Number::from)),
        }
    }

    /// The whole number that `text` says in a base from 2 to 62.
    ///
    /// # Errors
    ///
    /// [`NotWhole`] when it says none, or has too many digits.
    pub fn parse_whole(text: &str, base: u32) -> Result<Number, NotWhole> {
        decimal::read_whole(text, base).map(Number::from)
    }

    /// A whole number that something counts: made of such numbers alone, results have 64 bits.
    pub fn counted(integer: i64) -> Number {
        Binary::whole(integer, 64).into()
    }

    /// A number from a float, infinities included; `None` from what is no number.
    pub fn from_f64(float: f64) -> Option<Number> {
        Binary::from_f64(float, f64::MANTISSA_DIGITS.into()).map(Number::from)
    }

    /// As the nearest float.
    pub fn as_f64(&self) -> f64 {
        match self {
            Number::Integer(integer) => *integer as f64,
            Number::Exact(exact) => exact.0.as_f64(),
        }
    }

    /// As a whole number, where it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Integer(integer) => Some(*integer),
            Number::Exact(exact) => exact.0.as_i64(),
        }
    }

    /// Whether the number is whole, of whatever size.
    pub fn is_whole(&self) -> bool {
        match self {
            Number::Integer(_) => true,
            Number::Exact(exact) => exact.0.is_whole(),
        }
    }

    /// Whether the number is infinite, as after a division by zero.
    pub fn is_infinite(&self) -> bool {
        matches!(self, Number::Exact(exact) if matches!(exact.0.size, binary::Size::Infinite))
    }

    /// Whether the number is less than zero.
    pub fn is_negative(&self) -> bool {
        *self < Number::Integer(0)
    }

    /// The decimal text of the number, never with an exponent. `None` when it has too many digits
    /// to be written out.
    pub fn text(&self) -> Option<String> {
        match self {
            Number::Integer(integer) => Some(integer.to_string()),
            Number::Exact(exact) => decimal::write(&exact.0),
        }
    }

    fn binary(&self) -> Binary {
        match self {
            Number::Integer(integer) => Binary::whole(*integer, PRECISION),
            Number::Exact(exact) => (*exact.0).clone(),
        }
    }

    /// With the other sign; zero has one too.
    #[must_use]
    pub fn negated(&self) -> Number {
        match self {
            Number::Integer(integer) if *integer != 0 && *integer != i64::MIN => Number::Integer(-integer),
            _ => self.binary().negated().into(),
        }
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(&self) -> Number {
        match self {
            Number::Integer(0..) => self.clone(),
            _ => Binary { negative: false, ..self.binary() }.into(),
        }
    }

    /// The sum; `None` of infinities that cancel out.
    pub fn add(&self, other: &Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Number::Integer(sum));
        }
        let (a, b) = (self.binary(), other.binary());
        a.add(&b, a.precision.max(b.precision)).map(Number::from)
    }

    /// The difference; `None` of infinities that cancel out.
    pub fn subtract(&self, other: &Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (self, other)
            && let Some(difference) = a.checked_sub(*b)
        {
            return Some(Number::Integer(difference));
        }
        let (a, b) = (self.binary(), other.binary().negated());
        a.add(&b, a.precision.max(b.precision)).map(Number::from)
    }

    /// The product, with as many bits as it needs, up to 512; `None` of zero and infinity.
    pub fn multiply(&self, other: &Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (self, other)
            && *a != 0
            && *b != 0
            && let Some(product) = a.checked_mul(*b)
        {
            return Some(Number::Integer(product));
        }
        let (a, b) = (self.binary(), other.binary());
        let product = a.multiply(&b, PRECISION)?;
        let needed = match &product.size {
            binary::Size::Finite(mantissa, _) => mantissa.bits(),
            binary::Size::Infinite => 0,
        };
        Some(product.with_precision(needed.max(a.precision).max(b.precision)).into())
    }

    /// The quotient, infinite when divided by zero; `None` of two zeros or two infinities.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (self, other)
            && *a != 0
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Some(Number::Integer(quotient));
        }
        let (a, b) = (self.binary(), other.binary());
        a.divide(&b, a.precision.max(b.precision)).map(Number::from)
    }

    /// What is left over by a division rounded towards zero, with the sign of the first number;
    /// the number itself when the other is zero. `None` where an infinity has no such thing.
    pub fn remainder(&self, other: &Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (self, other)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Some(Number::Integer(rest));
        }
        let (a, b) = (self.binary(), other.binary());
        if b.is_zero() {
            return Some(self.clone());
        }
        let quotient = a.divide(&b, a.precision.max(b.precision))?.truncated()?;
        let product = b.multiply(&quotient.with_precision(a.precision), a.precision)?;
        a.add(&product.negated(), a.precision).map(Number::from)
    }

    /// The whole number at or below it; an infinity stays one.
    #[must_use]
    pub fn floor(&self) -> Number {
        self.to_whole(|below, number| number.negative && below.compare(number).is_ne())
    }

    /// The whole number at or above it; an infinity stays one.
    #[must_use]
    pub fn ceil(&self) -> Number {
        self.to_whole(|below, number| !number.negative && below.compare(number).is_ne())
    }

    /// Rounded towards zero, and one further where `further` says so.
    fn to_whole(&self, further: impl Fn(&Binary, &Binary) -> bool) -> Number {
        let Number::Exact(exact) = self else { return self.clone() };
        let number = &*exact.0;
        let Some(whole) = number.truncated() else { return self.clone() };
        let step = match further(&whole, number) {
            true => Binary::whole(if number.negative { -1 } else { 1 }, 1),
            false => Binary::zero(false, 1),
        };
        whole.add(&step, number.precision).map_or_else(|| self.clone(), Number::from)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By value: precision and the sign of zero do not count.
impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a.cmp(b),
            _ => self.binary().compare(&other.binary()),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.text() {
            Some(text) => formatter.write_str(&text),
            None => write!(formatter, "{:e}", self.as_f64()),
        }
    }
}

#[cfg(test)]
mod tests;
