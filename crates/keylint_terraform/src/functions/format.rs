//! `format` and `formatlist`, on partly known arguments too.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/format>.

use keylint_model::{Data, Origin, Part, Value};
use keylint_syntax::Text;

use super::{ANY, Call, Function, partial};
use crate::values::{self, derived, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[partial("format", 1, ANY, format), partial("formatlist", 1, ANY, format_list)];

/// One verb of a format.
struct Verb {
    /// Which argument it takes, from 0.
    argument: usize,
    letter: char,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    plain: bool,
}

fn format(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some((format, arguments)) = values.split_first() else { return rejected(call.span) };
    let mut writer = Writer { call, arguments, next: 0, indexed: false, parts: Vec::new() };
    let Some(pieces) = values::text_parts(format, format.origin.span) else {
        return call.unless_known(values);
    };
    let mut holes = false;
    for piece in pieces {
        match piece {
            Part::Known(text) => {
                if let Err(value) = writer.text(&text) {
                    return *value;
                }
            }
            hole => {
                holes = true;
                writer.parts.push(hole);
            }
        }
    }
    let all_taken = writer.next == arguments.len();
    // A hole in the format that held a verb would leave too few arguments, which Terraform
    // rejects; so where the known verbs take them all, holes stand for themselves.
    if holes && (!all_taken || writer.indexed || arguments.is_empty()) {
        return derived(call.name, values, call.span);
    }
    // Arguments that no verb takes are an error of Terraform's.
    if !all_taken && !writer.indexed {
        return rejected(call.span);
    }
    call.evaluator.assemble(writer.parts, Origin::at(call.span), call.span)
}

/// A format while it is filled in.
struct Writer<'w, 'c, 'p> {
    call: &'w Call<'c, 'p>,
    arguments: &'w [Value],
    /// The argument that the next verb takes.
    next: usize,
    /// Whether a verb names its argument.
    indexed: bool,
    parts: Vec<Part>,
}

impl Writer<'_, '_, '_> {
    /// Appends known text of the format, its verbs filled in.
    fn text(&mut self, format: &Text) -> Result<(), Box<Value>> {
        let rejected = || Box::new(rejected(self.call.span));
        let mut from = 0;
        while let Some(offset) = format.get(from..).and_then(|rest| rest.find('%')) {
            let start = from + offset;
            self.parts.push(Part::Known(format.slice(from..start)));
            let rest = format.get(start + 1..).unwrap_or_default();
            if rest.starts_with('%') {
                self.parts.push(Part::Known(format.slice(start + 1..start + 2)));
                from = start + 2;
                continue;
            }
            let (verb, length) = verb(rest, &mut self.next).ok_or_else(rejected)?;
            self.indexed |= rest.get(..length).is_some_and(|verb| verb.contains('['));
            let argument = self.arguments.get(verb.argument).ok_or_else(rejected)?;
            self.parts.extend(write(self.call, &verb, argument)?);
            from = start + 1 + length;
        }
        self.parts.push(Part::Known(format.slice(from..format.len())));
        Ok(())
    }
}

/// The verb at the start of `text`, which follows a `%`, and its length.
fn verb(text: &str, next: &mut usize) -> Option<(Verb, usize)> {
    let mut rest = text;
    let mut flags = (false, true);
    while let Some(flag) = rest.chars().next().filter(|flag| "+-# 0".contains(*flag)) {
        flags.0 |= flag == '0';
        flags.1 &= flag == '0';
        rest = rest.get(1..)?;
    }
    let (width, after) = digits(rest);
    rest = after;
    let mut precision = None;
    if let Some(after) = rest.strip_prefix('.') {
        let (digits, after) = digits(after);
        precision = Some(digits.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (position, after) = digits(after);
        *next = position?.checked_sub(1)?;
        rest = after.strip_prefix(']')?;
    }
    let letter = rest.chars().next()?;
    let argument = *next;
    *next += 1;
    let length = text.len() - rest.len() + letter.len_utf8();
    let width = width.unwrap_or(0).min(1024);
    Some((Verb { argument, letter, zero: flags.0, width, precision, plain: flags.1 }, length))
}

fn digits(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (number.parse().ok(), rest)
}

fn write(call: &Call<'_, '_>, verb: &Verb, argument: &Value) -> Result<Vec<Part>, Box<Value>> {
    let simple = verb.width == 0 && verb.precision.is_none() && verb.plain;
    let unknown = || {
        let arguments = std::slice::from_ref(argument);
        // Terraform's answer to null depends on its type; numbers of any size are its integers.
        let open =
            argument.is_null() || values::to_number(argument).is_some_and(|it| it.as_f64().fract() == 0.0);
        Box::new(if open { call.unmodelled(arguments) } else { call.unless_known(arguments) })
    };
    match verb.letter {
        's' | 'v' | 't' | 'd' if simple => match &argument.data {
            Data::List(_) | Data::Map(_) | Data::Null if verb.letter == 'v' => {
                values::json_parts(argument).ok_or_else(unknown)
            }
            Data::Number(number) if verb.letter == 'd' && number.as_i64().is_none() => Err(unknown()),
            Data::String(_) if verb.letter == 't' && values::to_bool(argument).is_none() => Err(unknown()),
            _ => values::text_parts(argument, argument.origin.span).ok_or_else(unknown),
        },
        'd' if verb.plain && verb.precision.is_none() => {
            let number =
                values::to_number(argument).and_then(|number| number.as_i64()).ok_or_else(unknown)?;
            let width = verb.width;
            let text = if verb.zero { format!("{number:0width$}") } else { format!("{number:width$}") };
            Ok(vec![Part::Known(place(text, argument))])
        }
        'f' if verb.plain => {
            let number = values::to_number(argument).ok_or_else(unknown)?;
            let text =
                decimal(&number.to_string(), verb.precision.unwrap_or(6).min(64)).ok_or_else(unknown)?;
            let width = verb.width;
            let text = if verb.zero { format!("{text:0>width$}") } else { format!("{text:>width$}") };
            Ok(vec![Part::Known(place(text, argument))])
        }
        'x' | 'X' if simple => {
            let number =
                values::to_number(argument).and_then(|number| number.as_i64()).ok_or_else(unknown)?;
            let text = if verb.letter == 'x' { format!("{number:x}") } else { format!("{number:X}") };
            Ok(vec![Part::Known(place(text, argument))])
        }
        'q' if simple => {
            let text = values::text_parts(argument, argument.origin.span).ok_or_else(unknown)?;
            let quoted = Value::from_parts(text, argument.origin.clone());
            values::json_parts(&quoted).ok_or_else(unknown)
        }
        // A form that is not modelled.
        _ => Err(Box::new(call.unmodelled(std::slice::from_ref(argument)))),
    }
}

/// A decimal number with this many digits after the point, rounded half to even as it is written:
/// Terraform computes with decimals that a float cannot hold.
fn decimal(written: &str, precision: usize) -> Option<String> {
    let (sign, digits) = written.strip_prefix('-').map_or(("", written), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.chars().chain(fraction.chars()).any(|digit| !digit.is_ascii_digit()) {
        return None;
    }
    let mut kept: Vec<u8> =
        whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(precision)).collect();
    let rest = fraction.get(precision..).unwrap_or_default();
    let half = rest.starts_with('5') && rest.bytes().skip(1).all(|digit| digit == b'0');
    let odd = kept.last().is_some_and(|digit| digit % 2 == 1);
    if rest.as_bytes().first().is_some_and(|digit| *digit >= b'5') && (!half || odd) {
        let mut carry = true;
        for digit in kept.iter_mut().rev() {
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { *digit + 1 };
            if !carry {
                break;
            }
        }
        if carry {
            kept.insert(0, b'1');
        }
    }
    let text = String::from_utf8(kept).ok()?;
    let (whole, fraction) = text.split_at_checked(text.len() - precision)?;
    Some(if precision == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn place(text: String, argument: &Value) -> Text {
    match argument.origin.span {
        Some(span) => Text::at(text, span),
        None => Text::synthetic(text),
    }
}

/// `formatlist`: each list gives one element at a time, anything else is the same every time.
fn format_list(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut turns: Option<usize> = None;
    for value in values {
        match &value.data {
            Data::List(list) if list.rest.is_none() => {
                if turns.is_some_and(|known| known != list.elements.len()) {
                    return rejected(call.span);
                }
                turns = Some(list.elements.len());
            }
            Data::List(_) | Data::Unknown(_) => return call.unless_known(values),
            _ => {}
        }
    }
    let turns = turns.unwrap_or(1);
    if !call.evaluator.spend(turns, call.span) {
        return values::limit(call.span);
    }
    let elements = (0..turns).map(|turn| {
        let arguments: Vec<Value> = values
            .iter()
            .map(|value| match &value.data {
                Data::List(list) => list.elements.get(turn).cloned().unwrap_or_else(|| rejected(call.span)),
                _ => value.clone(),
            })
            .collect();
        let sensitive = arguments.iter().any(|argument| argument.origin.sensitive);
        let made = values::distribute(call.name, &arguments, call.span, |values| format(call, values));
        values::sensitive(made, sensitive)
    });
    values::made_list(elements.collect(), call.span)
}
