//! `format` and `formatlist`, on partly known arguments too.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/format>.

use keylint_model::{Data, Origin, Part, Value, ValueType};
use keylint_syntax::Text;
use unicode_segmentation::UnicodeSegmentation;

use super::figures::{self, Figures};
use super::{ANY, Call, Function, partial};
use crate::limits;
use crate::values::{self, derived, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    partial("format", 1, ANY, |call, values| typed_arguments(call, values, format)),
    partial("formatlist", 1, ANY, |call, values| typed_arguments(call, values, format_list)),
];

/// What a function makes of arguments that are of a type: of null without one Terraform makes nothing.
fn typed_arguments(
    call: &Call<'_, '_>,
    values: &[Value],
    run: fn(&Call<'_, '_>, &[Value]) -> Value,
) -> Value {
    let is_typed = |value: &Value| !value.is_null() || has_type(value);
    if values.iter().all(is_typed) { run(call, values) } else { call.unmodelled(values) }
}

/// One verb of a format.
#[derive(Debug, Default)]
pub(super) struct Verb {
    /// Which argument it takes, from 0.
    argument: usize,
    pub(super) letter: char,
    pub(super) zero: bool,
    pub(super) sharp: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// The largest width and precision: Go takes no larger ones at their word either.
const WIDTH: usize = 10_000;

fn format(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some((format, arguments)) = values.split_first() else { return rejected(call.span) };
    let mut writer =
        Writer { call, arguments, next: 0, most: 0, indexed: false, parts: Vec::new(), bytes: 0 };
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
    let all_taken = writer.most == arguments.len();
    // A hole in the format that held a verb would leave too few arguments, which Terraform
    // rejects; so where the known verbs take them all, holes stand for themselves.
    if holes && (!all_taken || writer.indexed || arguments.is_empty()) {
        return derived(call.name, values, call.span);
    }
    if !all_taken {
        return call.invalid("there are more arguments than the format uses");
    }
    call.evaluator.assemble(writer.parts, Origin::at(call.span), call.span)
}

/// A format while it is filled in.
struct Writer<'w, 'c, 'p> {
    call: &'w Call<'c, 'p>,
    arguments: &'w [Value],
    /// The argument that the next verb takes.
    next: usize,
    /// How many arguments the verbs take, as the last of them counts.
    most: usize,
    /// Whether a verb names its argument.
    indexed: bool,
    parts: Vec<Part>,
    /// How long what the verbs have written is.
    bytes: usize,
}

impl Writer<'_, '_, '_> {
    /// Appends known text of the format, its verbs filled in.
    fn text(&mut self, format: &Text) -> Result<(), Box<Value>> {
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
            let (verb, length) = verb(rest, self.next)
                .ok_or_else(|| Box::new(self.call.invalid("a `%` in the format begins no verb")))?;
            self.next = verb.argument + 1;
            self.most = self.most.max(self.next);
            self.indexed |= rest.get(..length).is_some_and(|verb| verb.contains('['));
            let argument = self.arguments.get(verb.argument).ok_or_else(|| {
                Box::new(self.call.invalid("the format uses more arguments than there are"))
            })?;
            let written = write(self.call, &verb, argument)?;
            let known = |part: &Part| match part {
                Part::Known(text) => text.len(),
                Part::Hole(..) => 0,
            };
            let size: usize = written.iter().map(known).sum();
            self.bytes = self.bytes.saturating_add(size);
            if self.bytes > limits::STRING_BYTES {
                return Err(Box::new(
                    self.call.evaluator.over_limit(self.call.span, "the string is too long"),
                ));
            }
            if !self.call.evaluator.spend(1 + size / 64, self.call.span) {
                return Err(Box::new(values::limit(self.call.span)));
            }
            self.parts.extend(written);
            from = start + 1 + length;
        }
        self.parts.push(Part::Known(format.slice(from..format.len())));
        Ok(())
    }
}

/// The verb at the start of `text`, which follows a `%`, and its length.
fn verb(text: &str, next: usize) -> Option<(Verb, usize)> {
    let mut verb = Verb { argument: next, ..Verb::default() };
    let mut rest = text;
    while let Some(flag) = rest.chars().next() {
        match flag {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            _ => break,
        }
        rest = rest.get(1..)?;
    }
    (verb.width, rest) = digits(rest);
    if let Some(after) = rest.strip_prefix('.') {
        let (digits, after) = digits(after);
        verb.precision = Some(digits.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (position, after) = digits(after);
        verb.argument = position?.checked_sub(1)?;
        rest = after.strip_prefix(']')?;
    }
    verb.letter = rest.chars().next().filter(char::is_ascii_alphabetic)?;
    let length = text.len() - rest.len() + verb.letter.len_utf8();
    Some((verb, length))
}

/// The number at the start of a text, the largest where it is larger, and what follows it.
fn digits(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    ((end > 0).then(|| number.parse().unwrap_or(usize::MAX)), rest)
}

type Written = Result<Vec<Part>, Box<Value>>;

fn write(call: &Call<'_, '_>, verb: &Verb, argument: &Value) -> Written {
    let arguments = std::slice::from_ref(argument);
    // Null of no type makes the whole unknown, but not where it is an element of a list; and what
    // Go makes of large widths is no format.
    let answered = call.name == "formatlist" || has_type(argument);
    if argument.is_null() && answered && verb.letter != 'v' {
        return Err(Box::new(call.invalid("null cannot be formatted")));
    }
    if argument.is_null() && !answered || verb.width.max(verb.precision).is_some_and(|given| given > WIDTH) {
        return Err(Box::new(call.unmodelled(arguments)));
    }
    match verb.letter {
        'v' | 's' | 'q' => write_text(call, verb, argument),
        't' => match (&argument.data, values::to_bool(argument)) {
            (_, Some(known)) => Ok(vec![Part::Known(place(known.to_string(), argument))]),
            (Data::Unknown(_), None) => hole(call, argument),
            _ => Err(Box::new(needs(call, argument, "a boolean"))),
        },
        'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' => write_number(call, verb, argument),
        other => Err(Box::new(call.invalid(std::format_args!("there is no verb `%{other}`")))),
    }
}

/// Whether a null is one of a type.
fn has_type(null: &Value) -> bool {
    null.ty.as_deref().is_some_and(|ty| *ty != ValueType::Any)
}

/// Of a known argument that a verb does not take, or of one that is not known.
fn needs(call: &Call<'_, '_>, argument: &Value, what: &str) -> Value {
    if values::is_wholly_known(argument) {
        call.invalid(std::format_args!("a verb needs {what}, not {}", values::describe(argument)))
    } else {
        derived(call.name, std::slice::from_ref(argument), call.span)
    }
}

/// What is not known stands for itself where a verb writes it as it converts to a string.
fn hole(call: &Call<'_, '_>, argument: &Value) -> Written {
    values::text_parts(argument, argument.origin.span)
        .ok_or_else(|| Box::new(derived(call.name, std::slice::from_ref(argument), call.span)))
}

fn write_number(call: &Call<'_, '_>, verb: &Verb, argument: &Value) -> Written {
    let Some(number) = values::to_number(argument) else {
        let simple = verb.letter == 'd'
            && verb.width.is_none()
            && verb.precision.is_none()
            && !(verb.plus || verb.space);
        return match argument.data {
            Data::Unknown(_) | Data::Partial(_) if simple => hole(call, argument),
            _ => Err(Box::new(needs(call, argument, "a number"))),
        };
    };
    let unmodelled = || Box::new(call.unmodelled(std::slice::from_ref(argument)));
    let figures = Figures::read(&number.to_string()).ok_or_else(unmodelled)?;
    let text = match verb.letter {
        'b' | 'd' | 'o' | 'x' | 'X' if !figures::is_whole(&figures) => {
            return Err(Box::new(needs(call, argument, "a whole number")));
        }
        'b' | 'd' | 'o' | 'x' | 'X' => figures::integer(verb, &figures),
        _ => figures::float(verb, &figures),
    };
    Ok(vec![Part::Known(place(text.ok_or_else(unmodelled)?, argument))])
}

/// `%v`, `%s` and `%q`, whose widths count grapheme clusters.
fn write_text(call: &Call<'_, '_>, verb: &Verb, argument: &Value) -> Written {
    let json = match (verb.letter, &argument.data) {
        ('q', _) => true,
        ('v', Data::List(_) | Data::Map(_) | Data::Null) => true,
        ('v', Data::String(_) | Data::Partial(_) | Data::Json(_)) => verb.sharp,
        _ => false,
    };
    let precision = verb.precision.filter(|given| *given > 0 && verb.letter != 'v');
    let cannot = || Box::new(needs(call, argument, "a string"));
    let mut text = match &argument.data {
        Data::List(_) | Data::Map(_) | Data::Null if verb.letter == 'v' => argument.clone(),
        Data::Number(number) if verb.letter == 'v' && !verb.sharp => {
            let figures = Figures::read(&number.to_string());
            let text = figures.as_ref().and_then(figures::shortest);
            let text = text.ok_or_else(|| Box::new(call.unmodelled(std::slice::from_ref(argument))))?;
            Value::new(Data::String(place(text, argument)), argument.origin.clone())
        }
        // Whether it will be a string is not known, nor how long.
        Data::Unknown(_) if json || precision.is_some() || verb.width.is_some() => return Err(cannot()),
        _ => {
            let parts = values::text_parts(argument, argument.origin.span).ok_or_else(cannot)?;
            Value::from_parts(parts, argument.origin.clone())
        }
    };
    if let Some(precision) = precision {
        let Data::String(known) = &text.data else { return Err(cannot()) };
        let end = known.grapheme_indices(true).nth(precision).map_or(known.len(), |(offset, _)| offset);
        text = Value::new(Data::String(known.slice(0..end)), argument.origin.clone());
    }
    let parts =
        if json { values::json_parts(&text) } else { values::text_parts(&text, argument.origin.span) };
    let parts = parts.ok_or_else(cannot)?;
    let Some(width) = verb.width else { return Ok(parts) };
    let mut count = 0;
    for part in &parts {
        match part {
            Part::Known(known) => count += known.graphemes(true).count(),
            Part::Hole(..) => return Err(cannot()),
        }
    }
    let filler = if verb.zero { "0" } else { " " };
    let pad = Part::Known(Text::synthetic(filler.repeat(width.saturating_sub(count))));
    Ok(if verb.minus {
        parts.into_iter().chain([pad]).collect()
    } else {
        std::iter::once(pad).chain(parts).collect()
    })
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
                    return call.invalid("the lists have different lengths");
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
        let marks = arguments.iter().map(|argument| argument.origin.marks).collect();
        let made = values::distribute(call.name, &arguments, call.span, |values| format(call, values));
        values::marked(made, marks)
    });
    let elements: Vec<Value> = elements.collect();
    match elements.iter().find(|element| values::is_invalid(element)) {
        Some(wrong) => wrong.clone(),
        None => values::list_of(elements, call.span),
    }
}
