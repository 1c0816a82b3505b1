//! Numbers.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#numeric-functions>.

use keylint_model::{Data, NotWhole, Number, Value};

use super::{ANY, Call, Function, known};
use crate::values::{self, made_number, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("abs", 1, 1, |call, values| change(call, values, Number::abs)),
    known("ceil", 1, 1, |call, values| change(call, values, Number::ceil)),
    known("floor", 1, 1, |call, values| change(call, values, Number::floor)),
    known("log", 2, 2, |call, values| {
        floats(call, values, |number, base| natural_log(number) / natural_log(base))
    }),
    known("max", 1, ANY, |call, values| extreme(call, values, |a, b| a > b)),
    known("min", 1, ANY, |call, values| extreme(call, values, |a, b| a < b)),
    known("parseint", 2, 2, parse_int),
    known("pow", 2, 2, |call, values| floats(call, values, power)),
    known("range", 1, 3, range),
    known("signum", 1, 1, signum),
    known("sum", 1, 1, sum),
];

/// Elements that Terraform's `range` makes at most.
const RANGE: usize = 1024;

fn change(call: &Call<'_, '_>, values: &[Value], change: fn(&Number) -> Number) -> Value {
    match values.first().and_then(values::to_number) {
        Some(number) => made_number(change(&number), call.span),
        None => rejected(call.span),
    }
}

/// What Terraform itself computes with floats of 64 bits.
fn floats(call: &Call<'_, '_>, values: &[Value], compute: fn(f64, f64) -> f64) -> Value {
    let numbers = values.iter().map(values::to_number).collect::<Option<Vec<_>>>();
    let Some([a, b]) = numbers.as_deref() else { return rejected(call.span) };
    let (x, y) = (a.as_f64(), b.as_f64());
    if (x.is_infinite() && !a.is_infinite()) || (y.is_infinite() && !b.is_infinite()) {
        return call.invalid("the number is larger than a float can be");
    }
    match Number::from_f64(compute(x, y)) {
        Some(number) => made_number(number, call.span),
        None => call.invalid("the result is not a number"),
    }
}

/// The natural logarithm as Go computes it, which is not always the float nearest to it.
///
/// Source: FreeBSD's `e_log.c`, <https://pkg.go.dev/math#Log>.
fn natural_log(number: f64) -> f64 {
    const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const SERIES: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    if !number.is_finite() || number <= 0.0 {
        return number.ln();
    }
    let (mut fraction, mut exponent) = split(number);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let fraction = fraction - 1.0;
    let exponent = f64::from(exponent);
    let s = fraction / (2.0 + fraction);
    let s2 = s * s;
    let s4 = s2 * s2;
    let [l1, l2, l3, l4, l5, l6, l7] = SERIES;
    let odd = s2 * (l1 + s4 * (l3 + s4 * (l5 + s4 * l7)));
    let even = s4 * (l2 + s4 * (l4 + s4 * l6));
    let half_square = 0.5 * fraction * fraction;
    exponent * LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + exponent * LN2_LOW)) - fraction)
}

/// A positive finite number as a fraction from one half to one and a power of two.
fn split(number: f64) -> (f64, i32) {
    const HALF: u64 = 1_022 << 52;
    let (number, below) = if number.is_normal() { (number, 0) } else { (number * 2_f64.powi(52), 52) };
    let bits = number.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1_022 - below;
    (f64::from_bits((bits & ((1 << 52) - 1)) | HALF), exponent)
}

/// A power as Go computes it: whole exponents by squaring, with the power of two apart.
///
/// Source: <https://pkg.go.dev/math#Pow>.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.5 && base.is_finite() && base >= 0.0 {
        return base.sqrt();
    }
    if exponent == -0.5 && base.is_finite() && base > 0.0 {
        return 1.0 / base.sqrt();
    }
    let unusual = base == 0.0 || base == 1.0 || !base.is_finite() || !exponent.is_finite();
    if unusual
        || exponent == 0.0
        || exponent.abs() >= 2_f64.powi(63)
        || (base < 0.0 && exponent.fract() != 0.0)
    {
        return base.powf(exponent);
    }
    if exponent == 1.0 {
        return base;
    }
    let (mut whole, mut rest) = (exponent.abs().trunc(), exponent.abs().fract());
    let (mut result, mut twos) = (1.0, 0_i64);
    if rest != 0.0 {
        if rest > 0.5 {
            rest -= 1.0;
            whole += 1.0;
        }
        result = (rest * natural_log(base)).exp();
    }
    let (fraction, fraction_twos) = split(base.abs());
    let (mut square, mut square_twos) = (fraction.copysign(base), i64::from(fraction_twos));
    let mut left = whole as i64;
    while left > 0 {
        if square_twos.abs() >= 1 << 12 {
            twos += square_twos;
            break;
        }
        if left & 1 == 1 {
            result *= square;
            twos += square_twos;
        }
        square *= square;
        square_twos *= 2;
        if square < 0.5 {
            square += square;
            square_twos -= 1;
        }
        left >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        twos = -twos;
    }
    scale(result, twos)
}

/// The number times a power of two, rounded once.
fn scale(number: f64, twos: i64) -> f64 {
    let twos = i32::try_from(twos.clamp(-4_000, 4_000)).unwrap_or(0);
    if twos < -1_000 {
        // Only the last step leaves the range of normal numbers.
        number * 2_f64.powi(-1_000) * 2_f64.powi(twos + 1_000)
    } else {
        number * 2_f64.powi(twos / 2) * 2_f64.powi(twos - twos / 2)
    }
}

/// Terraform takes whole numbers of 64 bits only.
fn signum(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first().and_then(values::to_number) {
        Some(number) => match number.as_i64() {
            Some(integer) => made_number(Number::counted(integer.signum()), call.span),
            None => call.invalid("a whole number of at most 64 bits is required"),
        },
        None => rejected(call.span),
    }
}

fn extreme(call: &Call<'_, '_>, values: &[Value], better: fn(&Number, &Number) -> bool) -> Value {
    let mut best: Option<Number> = None;
    for value in values {
        let Some(number) = values::to_number(value) else { return rejected(call.span) };
        if best.as_ref().is_none_or(|best| better(&number, best)) {
            best = Some(number);
        }
    }
    best.map_or_else(|| rejected(call.span), |number| made_number(number, call.span))
}

fn sum(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(Data::List(list)) = values.first().map(|value| &value.data) else { return rejected(call.span) };
    let mut total: Option<Number> = None;
    for element in &list.elements {
        let Some(number) = values::to_number(element) else { return rejected(call.span) };
        total = match total {
            None => Some(number),
            Some(total) => match total.add(&number) {
                Some(sum) => Some(sum),
                None => return call.invalid("the result is not a number"),
            },
        };
    }
    total.map_or_else(|| call.invalid("an empty list has no sum"), |total| made_number(total, call.span))
}

fn parse_int(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [text, base] = values else { return rejected(call.span) };
    if !matches!(text.data, Data::String(_) | Data::Json(_)) {
        return call.invalid(format_args!("the first argument is a string, not {}", values::describe(text)));
    }
    let base =
        values::to_number(base).and_then(|base| base.as_i64()).and_then(|base| u32::try_from(base).ok());
    let Some(base) = base.filter(|base| (2..=62).contains(base)) else {
        return call.invalid("the base is a whole number from 2 to 62");
    };
    match values::to_string(text).map(|text| Number::parse_whole(&text, base)) {
        Some(Ok(number)) => made_number(number, call.span),
        Some(Err(NotWhole::TooLong)) => {
            call.evaluator.over_limit(call.span, "the number has too many digits")
        }
        Some(Err(NotWhole::Malformed)) | None => call.invalid("the text is not a whole number of that base"),
    }
}

/// Source: <https://developer.hashicorp.com/terraform/language/functions/range>.
fn range(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(numbers) = values.iter().map(values::to_number).collect::<Option<Vec<_>>>() else {
        return rejected(call.span);
    };
    let zero = Number::counted(0);
    let unit = |start: &Number, end: &Number| Number::counted(if end < start { -1 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero.clone(), end, unit(&zero, end)),
        [start, end] => (start.clone(), end, unit(start, end)),
        [start, end, step] => (start.clone(), end, step.clone()),
        _ => return rejected(call.span),
    };
    let down = step.is_negative();
    if (down && *end > start) || (!down && *end < start) {
        return call.invalid("the end lies on the other side of the start than the step goes");
    }
    let mut elements = Vec::new();
    let mut number = start;
    while (!down && number < *end) || (down && number > *end) {
        if elements.len() >= RANGE {
            return call.invalid("the range has more than 1024 elements");
        }
        elements.push(made_number(number.clone(), call.span));
        let Some(next) = number.add(&step) else { return call.invalid("the range has no end") };
        number = next;
    }
    if !call.evaluator.spend(elements.len(), call.span) {
        return values::limit(call.span);
    }
    values::list_of(elements, call.span)
}
