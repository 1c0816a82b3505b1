//! Numbers.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#numeric-functions>.

use keylint_model::{Data, Number, Value};

use super::{ANY, Call, Function, known};
use crate::limits;
use crate::values::{self, made_number, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("abs", 1, 1, |call, values| round(call, values, f64::abs)),
    known("ceil", 1, 1, |call, values| round(call, values, f64::ceil)),
    known("floor", 1, 1, |call, values| round(call, values, f64::floor)),
    known("max", 1, ANY, |call, values| extreme(call, values, |a, b| a > b)),
    known("min", 1, ANY, |call, values| extreme(call, values, |a, b| a < b)),
    known("parseint", 2, 2, parse_int),
    known("pow", 2, 2, |call, values| match values {
        [base, exponent] => match (values::to_number(base), values::to_number(exponent)) {
            (Some(base), Some(exponent)) => finite(call, base.as_f64().powf(exponent.as_f64())),
            _ => rejected(call.span),
        },
        _ => rejected(call.span),
    }),
    known("range", 1, 3, range),
    known("signum", 1, 1, |call, values| {
        round(call, values, |number| if number == 0.0 { 0.0 } else { number.signum() })
    }),
    known("sum", 1, 1, sum),
];

fn finite(call: &Call<'_, '_>, number: f64) -> Value {
    if number.is_finite() { made_number(Number::from_float(number), call.span) } else { call.unmodelled(&[]) }
}

fn round(call: &Call<'_, '_>, values: &[Value], change: fn(f64) -> f64) -> Value {
    match values.first().and_then(values::to_number) {
        Some(number) => finite(call, change(number.as_f64())),
        None => rejected(call.span),
    }
}

fn extreme(call: &Call<'_, '_>, values: &[Value], better: fn(f64, f64) -> bool) -> Value {
    let mut best: Option<Number> = None;
    for value in values {
        let Some(number) = values::to_number(value) else { return rejected(call.span) };
        if best.is_none_or(|best| better(number.as_f64(), best.as_f64())) {
            best = Some(number);
        }
    }
    best.map_or_else(|| rejected(call.span), |number| made_number(number, call.span))
}

fn sum(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(Data::List(list)) = values.first().map(|value| &value.data) else { return rejected(call.span) };
    if list.elements.is_empty() {
        return rejected(call.span);
    }
    let mut total = 0.0;
    for element in &list.elements {
        match values::to_number(element) {
            Some(number) => total += number.as_f64(),
            None => return rejected(call.span),
        }
    }
    finite(call, total)
}

fn parse_int(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [text, base] = values else { return rejected(call.span) };
    let base = values::to_number(base).and_then(Number::as_i64).and_then(|base| u32::try_from(base).ok());
    match (values::to_string(text), base.filter(|base| (2..=36).contains(base))) {
        (Some(text), Some(base)) => match i64::from_str_radix(&text, base) {
            Ok(integer) => made_number(Number::Integer(integer), call.span),
            // Terraform's integers have any size, and a sign in front.
            Err(_) if text.chars().all(|digit| digit == '-' || digit == '+' || digit.is_digit(base)) => {
                call.unmodelled(values)
            }
            Err(_) => rejected(call.span),
        },
        // Base 62 is Terraform's own.
        _ => call.unmodelled(values),
    }
}

/// Source: <https://developer.hashicorp.com/terraform/language/functions/range>.
fn range(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(numbers) = values.iter().map(values::to_number).collect::<Option<Vec<_>>>() else {
        return rejected(call.span);
    };
    let numbers: Vec<f64> = numbers.into_iter().map(Number::as_f64).collect();
    let (start, end, step) = match numbers.as_slice() {
        [end] => (0.0, *end, if *end < 0.0 { -1.0 } else { 1.0 }),
        [start, end] => (*start, *end, if end < start { -1.0 } else { 1.0 }),
        [start, end, step] => (*start, *end, *step),
        _ => return rejected(call.span),
    };
    if step == 0.0 || (step > 0.0 && end < start) || (step < 0.0 && end > start) {
        return rejected(call.span);
    }
    let mut elements = Vec::new();
    let mut number = start;
    while (step > 0.0 && number < end) || (step < 0.0 && number > end) {
        if elements.len() >= limits::ELEMENTS {
            return call.evaluator.over_limit(call.span, "the range has too many elements");
        }
        elements.push(made_number(Number::from_float(number), call.span));
        number += step;
    }
    if !call.evaluator.spend(elements.len(), call.span) {
        return values::limit(call.span);
    }
    values::made_list(elements, call.span)
}
