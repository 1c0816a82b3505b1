//! Binary floating point of any precision, rounded to the nearest, ties to even.
//!
//! Terraform computes with such numbers, so that its results have to be followed bit by bit: the
//! precision of a result, signed zeros and infinities are part of what `tostring` and `jsonencode`
//! show. Source: <https://pkg.go.dev/math/big#Float>.

use std::cmp::Ordering;

use num_bigint::BigUint;

/// Greatest power of two below which a finite number lies; what is larger is infinite, what is
/// smaller than its inverse is zero.
const GREATEST_EXPONENT: i64 = i32::MAX as i64;

/// A number with the precision that results made of it have.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) negative: bool,
    pub(super) size: Size,
    pub(super) precision: u64,
}

/// The absolute value of a number.
#[derive(Clone, Debug)]
pub(super) enum Size {
    /// A mantissa, odd or zero, times a power of two, which is 0 for zero.
    Finite(BigUint, i64),
    Infinite,
}

impl Binary {
    pub(super) fn zero(negative: bool, precision: u64) -> Binary {
        Binary { negative, size: Size::Finite(BigUint::ZERO, 0), precision }
    }

    pub(super) fn infinite(negative: bool, precision: u64) -> Binary {
        Binary { negative, size: Size::Infinite, precision }
    }

    pub(super) fn whole(integer: i64, precision: u64) -> Binary {
        Binary::rounded(integer < 0, BigUint::from(integer.unsigned_abs()), 0, false, precision)
    }

    /// `mantissa` times two to the power of `exponent`, rounded. With `more` the true value lies a
    /// little above it, and the mantissa has more bits than the precision.
    pub(super) fn rounded(
        negative: bool,
        mut mantissa: BigUint,
        mut exponent: i64,
        more: bool,
        precision: u64,
    ) -> Binary {
        let Some(zeros) = mantissa.trailing_zeros() else { return Binary::zero(negative, precision) };
        if mantissa.bits() > precision {
            let drop = mantissa.bits() - precision;
            let above = more || zeros < drop - 1;
            let up = mantissa.bit(drop - 1) && (above || mantissa.bit(drop));
            mantissa >>= drop;
            if up {
                mantissa += 1_u32;
            }
            exponent = exponent.saturating_add_unsigned(drop);
        }
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        mantissa >>= zeros;
        exponent = exponent.saturating_add_unsigned(zeros);
        match exponent.saturating_add_unsigned(mantissa.bits()) {
            top if top > GREATEST_EXPONENT => Binary::infinite(negative, precision),
            top if top < -GREATEST_EXPONENT - 1 => Binary::zero(negative, precision),
            _ => Binary { negative, size: Size::Finite(mantissa, exponent), precision },
        }
    }

    /// The same value with another precision.
    pub(super) fn with_precision(self, precision: u64) -> Binary {
        match self.size {
            Size::Finite(mantissa, exponent) => {
                Binary::rounded(self.negative, mantissa, exponent, false, precision)
            }
            Size::Infinite => Binary { precision, ..self },
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(&self.size, Size::Finite(mantissa, _) if *mantissa == BigUint::ZERO)
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.size, Size::Finite(_, exponent) if exponent >= 0)
    }

    pub(super) fn negated(mut self) -> Binary {
        self.negative = !self.negative;
        self
    }

    /// `None` for infinities that cancel out.
    pub(super) fn add(&self, other: &Binary, precision: u64) -> Option<Binary> {
        let (a, x, b, y) = match (&self.size, &other.size) {
            (Size::Infinite, Size::Infinite) if self.negative != other.negative => return None,
            (Size::Infinite, _) => return Some(Binary::infinite(self.negative, precision)),
            (_, Size::Infinite) => return Some(Binary::infinite(other.negative, precision)),
            (Size::Finite(a, x), Size::Finite(b, y)) => (a, *x, b, *y),
        };
        if self.is_zero() && other.is_zero() {
            return Some(Binary::zero(self.negative && other.negative, precision));
        }
        if self.is_zero() {
            return Some(other.clone().with_precision(precision));
        }
        if other.is_zero() {
            return Some(self.clone().with_precision(precision));
        }
        let ((a, x), (b, y)) = apart((a, x), (b, y), precision);
        let least = x.min(y);
        let a = a << (x - least).unsigned_abs();
        let b = b << (y - least).unsigned_abs();
        let (negative, mantissa) = match a.cmp(&b) {
            _ if self.negative == other.negative => (self.negative, a + b),
            Ordering::Greater => (self.negative, a - b),
            Ordering::Less => (other.negative, b - a),
            Ordering::Equal => (false, BigUint::ZERO),
        };
        Some(Binary::rounded(negative, mantissa, least, false, precision))
    }

    /// `None` for zero times infinity.
    pub(super) fn multiply(&self, other: &Binary, precision: u64) -> Option<Binary> {
        let negative = self.negative != other.negative;
        match (&self.size, &other.size) {
            (Size::Finite(a, x), Size::Finite(b, y)) => {
                Some(Binary::rounded(negative, a * b, x.saturating_add(*y), false, precision))
            }
            _ if self.is_zero() || other.is_zero() => None,
            _ => Some(Binary::infinite(negative, precision)),
        }
    }

    /// `None` for zero by zero and for infinity by infinity.
    pub(super) fn divide(&self, other: &Binary, precision: u64) -> Option<Binary> {
        let negative = self.negative != other.negative;
        let (a, x, b, y) = match (&self.size, &other.size) {
            (Size::Infinite, Size::Infinite) => return None,
            (Size::Infinite, _) => return Some(Binary::infinite(negative, precision)),
            (_, Size::Infinite) => return Some(Binary::zero(negative, precision)),
            (Size::Finite(a, x), Size::Finite(b, y)) => (a, *x, b, *y),
        };
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return None,
            (true, false) => return Some(Binary::zero(negative, precision)),
            (false, true) => return Some(Binary::infinite(negative, precision)),
            (false, false) => {}
        }
        let shift = (precision + 2 + b.bits()).saturating_sub(a.bits());
        let a = a << shift;
        let quotient = &a / b;
        let more = &quotient * b != a;
        let exponent = x.saturating_sub(y).saturating_sub_unsigned(shift);
        Some(Binary::rounded(negative, quotient, exponent, more, precision))
    }

    /// The whole number towards zero, with as many bits as it has; `None` for an infinity.
    pub(super) fn truncated(&self) -> Option<Binary> {
        let Size::Finite(mantissa, exponent) = &self.size else { return None };
        let whole = match u64::try_from(-exponent) {
            Ok(drop) => mantissa >> drop,
            Err(_) => return Some(self.clone()),
        };
        let bits = whole.bits().max(1);
        // A whole number has no negative zero.
        let negative = self.negative && whole != BigUint::ZERO;
        Some(Binary::rounded(negative, whole, 0, false, bits))
    }

    pub(super) fn compare(&self, other: &Binary) -> Ordering {
        let sign = |it: &Binary| match (it.is_zero(), it.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        match sign(self).cmp(&sign(other)) {
            Ordering::Equal if self.is_zero() => Ordering::Equal,
            Ordering::Equal if self.negative => self.compare_size(other).reverse(),
            Ordering::Equal => self.compare_size(other),
            decided => decided,
        }
    }

    fn compare_size(&self, other: &Binary) -> Ordering {
        let (a, x, b, y) = match (&self.size, &other.size) {
            (Size::Infinite, Size::Infinite) => return Ordering::Equal,
            (Size::Infinite, _) => return Ordering::Greater,
            (_, Size::Infinite) => return Ordering::Less,
            (Size::Finite(a, x), Size::Finite(b, y)) => (a, *x, b, *y),
        };
        let top = |mantissa: &BigUint, exponent: i64| exponent.saturating_add_unsigned(mantissa.bits());
        // Of one magnitude, the exponents are as far apart as the mantissas are long.
        top(a, x).cmp(&top(b, y)).then_with(|| {
            let least = x.min(y);
            (a << (x - least).unsigned_abs()).cmp(&(b << (y - least).unsigned_abs()))
        })
    }

    /// The whole number that it is, where it fits.
    pub(super) fn as_i64(&self) -> Option<i64> {
        let Size::Finite(mantissa, exponent) = &self.size else { return None };
        let exponent = u64::try_from(*exponent).ok().filter(|exponent| *exponent < 64)?;
        let size = i128::try_from(mantissa << exponent).ok()?;
        i64::try_from(if self.negative { -size } else { size }).ok()
    }

    pub(super) fn as_f64(&self) -> f64 {
        let rounded = self.clone().with_precision(f64::MANTISSA_DIGITS.into());
        let size = match rounded.size {
            Size::Infinite => f64::INFINITY,
            Size::Finite(mantissa, exponent) => {
                let mantissa = u64::try_from(mantissa).unwrap_or(u64::MAX) as f64;
                let exponent = i32::try_from(exponent.clamp(-2_200, 2_200)).unwrap_or(0);
                // In halves: the power of two alone may not fit where the product does.
                mantissa * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2)
            }
        };
        if self.negative { -size } else { size }
    }

    /// The number that a float is; `None` for none.
    pub(super) fn from_f64(float: f64, precision: u64) -> Option<Binary> {
        if float.is_nan() {
            return None;
        }
        if float.is_infinite() {
            return Some(Binary::infinite(float < 0.0, precision));
        }
        let bits = float.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) & 0x7ff {
            0 => (fraction, -1_074),
            biased => (fraction | 1 << 52, i64::try_from(biased).unwrap_or(0) - 1_075),
        };
        let negative = float.is_sign_negative();
        Some(Binary::rounded(negative, BigUint::from(mantissa), exponent, false, precision))
    }
}

/// Mantissas and exponents of the same sum, where one is so much smaller than the other that it
/// only says to which side the sum is rounded: it is brought nearer, so that no mantissa is as long
/// as exponents lie apart.
fn apart(a: (&BigUint, i64), b: (&BigUint, i64), precision: u64) -> ((BigUint, i64), (BigUint, i64)) {
    let near = |large: (&BigUint, i64), small: (&BigUint, i64)| {
        let top = |(mantissa, exponent): (&BigUint, i64)| exponent.saturating_add_unsigned(mantissa.bits());
        let floor = large.1.min(top(large).saturating_sub_unsigned(precision)).saturating_sub(3);
        (top(small) < floor).then(|| (BigUint::from(1_u32), floor))
    };
    match (near(b, a), near(a, b)) {
        (Some(small), _) => (small, (b.0.clone(), b.1)),
        (_, Some(small)) => ((a.0.clone(), a.1), small),
        _ => ((a.0.clone(), a.1), (b.0.clone(), b.1)),
    }
}
