//! Strings. Parts that are kept point where they were written.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#string-functions>.

use std::sync::Arc;

use keylint_model::{Data, Number, Origin, Part, Unknown, Value};
use keylint_syntax::{Segment, Text};
use unicode_segmentation::UnicodeSegmentation;

use super::holes::{self, Ends};
use super::{ANY, Call, Function, known, partial};
use crate::limits;
use crate::values::{self, made_bool, made_number, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    partial("chomp", 1, 1, |call, values| {
        let ends = Ends { start: false, end: true };
        trimmed(call, values, ends, |letter, _| matches!(letter, '\n' | '\r'))
    }),
    partial("endswith", 2, 2, |call, values| affix(call, values, false)),
    partial("indent", 2, 2, indent),
    partial("join", 2, ANY, join),
    partial("lower", 1, 1, |call, values| {
        letters(call, values, |text| text.chars().map(lowercase).collect())
    }),
    partial("replace", 3, 3, replace),
    partial("split", 2, 2, split),
    partial("startswith", 2, 2, |call, values| affix(call, values, true)),
    partial("strcontains", 2, 2, contains),
    known("strrev", 1, 1, |call, values| whole(call, values, |text| text.graphemes(true).rev().collect())),
    partial("substr", 3, 3, substr),
    known("title", 1, 1, |call, values| whole(call, values, title)),
    partial("trim", 2, 2, |call, values| {
        trimmed(call, values, Ends { start: true, end: true }, |letter, set| set.contains(letter))
    }),
    partial("trimprefix", 2, 2, |call, values| without(call, values, true)),
    partial("trimspace", 1, 1, |call, values| {
        trimmed(call, values, Ends { start: true, end: true }, |letter, _| letter.is_whitespace())
    }),
    partial("trimsuffix", 2, 2, |call, values| without(call, values, false)),
    partial("upper", 1, 1, |call, values| {
        letters(call, values, |text| text.chars().map(|one| single(one, one.to_uppercase())).collect())
    }),
];

/// The text of a known scalar.
pub(super) fn text(value: &Value) -> Option<Text> {
    match &value.data {
        Data::String(text) => Some(text.clone()),
        _ => {
            let known = values::to_string(value)?;
            Some(match value.origin.span {
                Some(span) => Text::at(known, span),
                None => Text::synthetic(known),
            })
        }
    }
}

/// A string that a function makes of texts with places.
pub(super) fn string(text: Text, call: &Call<'_, '_>) -> Value {
    Value::new(Data::String(values::normalised(text).within(call.span)), Origin::at(call.span))
}

/// Another text for the same place.
fn instead(of: &Text, new: String) -> Text {
    match of.span() {
        Some(span) if of.len() == new.len() => Text::at(new, span),
        Some(span) => Text::mapped(new, vec![Segment { start: 0, span, exact: false }]),
        None => Text::synthetic(new),
    }
}

/// The string without what `is_cut` says at its ends, of the characters of the second argument where
/// there is one.
fn trimmed(call: &Call<'_, '_>, values: &[Value], ends: Ends, is_cut: fn(char, &str) -> bool) -> Value {
    let Some((whole, set)) = values.split_first() else { return rejected(call.span) };
    let set = match set.first().map(text) {
        None => Text::synthetic(""),
        Some(Some(set)) => set,
        Some(None) => return call.unless_known(values),
    };
    let is_cut = |letter: char| is_cut(letter, &set);
    if let Some(parts) = holes::parts(whole) {
        let result = holes::trim(call, parts, ends, &is_cut, values);
        return result.unwrap_or_else(|| call.unless_known(values));
    }
    let Some(whole) = text(whole) else { return call.unless_known(values) };
    let start = if ends.start { whole.len() - whole.trim_start_matches(is_cut).len() } else { 0 };
    let end = if ends.end { whole.trim_end_matches(is_cut).len() } else { whole.len() };
    string(whole.slice(start..end.max(start)), call)
}

/// The string without a prefix or a suffix.
fn without(call: &Call<'_, '_>, values: &[Value], at_start: bool) -> Value {
    let [whole, affix] = values else { return rejected(call.span) };
    let Some(affix) = text(affix) else { return call.unless_known(values) };
    if let Some(parts) = holes::parts(whole) {
        return holes::without(call, parts, &affix, at_start).unwrap_or_else(|| call.unless_known(values));
    }
    let Some(whole) = text(whole) else { return call.unless_known(values) };
    match at_start {
        true if whole.starts_with(affix.as_str()) => string(whole.slice(affix.len()..whole.len()), call),
        false if whole.ends_with(affix.as_str()) => string(whole.slice(0..whole.len() - affix.len()), call),
        _ => string(whole, call),
    }
}

/// Changes each letter by itself: the known parts of a string and, by name, its holes.
pub(super) fn letters(call: &Call<'_, '_>, values: &[Value], change: fn(&str) -> String) -> Value {
    let Some(Value { data: Data::Partial(parts), .. }) = values.first() else {
        return if values.iter().all(values::is_wholly_known) {
            whole(call, values, change)
        } else {
            call.unless_known(values)
        };
    };
    let changed = parts.iter().map(|part| match part {
        Part::Known(text) => Part::Known(instead(text, change(text))),
        Part::Hole(unknown, span) => {
            let hole = values::unknown((**unknown).clone(), call.span);
            match values::derived(call.name, &[hole], call.span).data {
                Data::Unknown(derived) => Part::Hole(derived, *span),
                _ => part.clone(),
            }
        }
    });
    call.evaluator.assemble(changed.collect(), Origin::at(call.span), call.span)
}

fn whole(call: &Call<'_, '_>, values: &[Value], change: fn(&str) -> String) -> Value {
    match values.first().and_then(text) {
        Some(text) => string(instead(&text, change(&text)), call),
        None => rejected(call.span),
    }
}

/// Terraform maps letters one to one: `ß` has no capital.
fn single(of: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    match (mapped.len(), mapped.next()) {
        (1, Some(one)) => one,
        _ => of,
    }
}

fn lowercase(of: char) -> char {
    // The one letter whose small form has two characters, of which Go takes the first.
    if of == 'İ' { 'i' } else { single(of, of.to_lowercase()) }
}

/// The form of a letter at the start of a word: that of ligatures of two has one capital only.
fn titlecase(of: char) -> char {
    match of {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        _ => single(of, of.to_uppercase()),
    }
}

fn title(text: &str) -> String {
    let mut start = true;
    let mut changed = String::with_capacity(text.len());
    for character in text.chars() {
        changed.push(if start { titlecase(character) } else { character });
        start = match character.is_ascii() {
            true => !(character.is_ascii_alphanumeric() || character == '_'),
            false => character.is_whitespace(),
        };
    }
    changed
}

/// Certain as soon as a known part of the string has it.
fn contains(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, part] = values else { return rejected(call.span) };
    let (Some(parts), Some(part)) = (values::text_parts(whole, None), text(part)) else {
        return call.unless_known(values);
    };
    let has = |piece: &Part| matches!(piece, Part::Known(text) if text.contains(part.as_str()));
    if part.is_empty() || parts.iter().any(has) {
        return made_bool(true, call.span);
    }
    if parts.iter().any(|piece| matches!(piece, Part::Hole(..))) {
        return call.unless_known(values);
    }
    made_bool(false, call.span)
}

fn affix(call: &Call<'_, '_>, values: &[Value], at_start: bool) -> Value {
    let [whole, affix] = values else { return rejected(call.span) };
    let (Some(parts), Some(affix)) = (values::text_parts(whole, None), text(affix)) else {
        return call.unless_known(values);
    };
    let outer = if at_start { parts.first() } else { parts.last() };
    let Some(Part::Known(known)) = outer else { return call.unless_known(values) };
    let has = if at_start { known.starts_with(affix.as_str()) } else { known.ends_with(affix.as_str()) };
    let compared = if at_start {
        known.chars().zip(affix.chars()).all(|(a, b)| a == b)
    } else {
        known.chars().rev().zip(affix.chars().rev()).all(|(a, b)| a == b)
    };
    // Too short to tell, with a hole behind it.
    if !has && compared && parts.len() > 1 {
        return call.unless_known(values);
    }
    made_bool(has, call.span)
}

fn join(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some((separator, lists)) = values.split_first() else { return rejected(call.span) };
    if separator.is_null() {
        return call.invalid("the separator is null");
    }
    let mut elements = Vec::new();
    for list in lists {
        match &list.data {
            Data::List(list) if list.rest.is_none() => elements.extend(list.elements.iter().cloned()),
            _ => return call.unless_known(values),
        }
    }
    if elements.iter().any(values::is_invalid) {
        return rejected(call.span);
    }
    values::distribute(call.name, &elements, call.span, |elements| {
        // `join("", data.x[*].json)`: what no text can say of a document stays known.
        if let [only] = elements
            && let Data::Json(_) = &only.data
        {
            return only.clone();
        }
        let mut parts = Vec::new();
        for (position, element) in elements.iter().enumerate() {
            let before = if position == 0 { None } else { Some(separator) };
            for piece in before.into_iter().chain([element]) {
                let Some(more) = values::text_parts(piece, piece.origin.span) else {
                    return call.unless_known(elements);
                };
                parts.extend(more);
            }
            if parts.len() > 2 * limits::ELEMENTS {
                break;
            }
        }
        let marks = elements.iter().map(|element| element.origin.marks).collect();
        call.evaluator.assemble(parts, Origin { marks, ..Origin::at(call.span) }, call.span)
    })
}

fn replace(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, search, replacement] = values else { return rejected(call.span) };
    let Some(search) = text(search) else { return call.unless_known(values) };
    let is_pattern = search.len() > 1 && search.starts_with('/') && search.ends_with('/');
    if !is_pattern
        && values.iter().any(|value| holes::parts(value).is_some() || value.as_unknown().is_some())
        && whole.as_unknown().is_none()
        && let Some(parts) = values::text_parts(whole, whole.origin.span)
        && let Some(replacement) = values::text_parts(replacement, replacement.origin.span)
    {
        let result = holes::replace(call, &parts, &search, &replacement, values);
        return result.unwrap_or_else(|| call.unless_known(values));
    }
    if let (true, Some(parts), Some(replacement)) = (is_pattern, holes::parts(whole), text(replacement))
        && let Some(pattern) = search.get(1..search.len().saturating_sub(1))
    {
        let result = super::regex::replace_partly(call, &parts, pattern, &replacement, values);
        return result.unwrap_or_else(|| call.unless_known(values));
    }
    let (Some(whole), Some(replacement)) = (text(whole), text(replacement)) else {
        return call.unless_known(values);
    };
    if search.len() > 1
        && let Some(pattern) = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
    {
        return super::regex::replace_all(call, &whole, pattern, &replacement, values);
    }
    // Before each character, and at the end, where nothing is searched for.
    let count = whole.matches(search.as_str()).count();
    if whole.len().saturating_add(count.saturating_mul(replacement.len())) > limits::STRING_BYTES {
        return call.evaluator.over_limit(call.span, "the string is too long");
    }
    if search.is_empty() {
        let text = whole.replace("", &replacement);
        return string(instead(&whole, text), call);
    }
    let mut pieces = Vec::with_capacity(count * 2 + 1);
    let mut from = 0;
    for (offset, matched) in whole.match_indices(search.as_str()) {
        pieces.push(whole.slice(from..offset));
        pieces.push(replacement.clone());
        from = offset + matched.len();
    }
    pieces.push(whole.slice(from..whole.len()));
    string(Text::concat(&pieces), call)
}

fn split(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [separator, whole] = values else { return rejected(call.span) };
    let Some(separator) = text(separator) else { return call.unless_known(values) };
    let may_be_split = match &whole.data {
        Data::Partial(_) => true,
        Data::Unknown(unknown) => values::excludes(unknown.shape, &separator),
        _ => false,
    };
    if let (true, Some(parts)) = (may_be_split, whole.parts()) {
        let rest = values::derived(call.name, std::slice::from_ref(whole), call.span);
        return match rest.as_unknown() {
            Some(rest) => holes::split(call, &parts, &separator, rest),
            None => call.unless_known(values),
        };
    }
    let Some(whole) = text(whole) else { return call.unless_known(values) };
    let mut elements = Vec::new();
    if separator.is_empty() {
        for (offset, character) in whole.char_indices() {
            elements.push(string(whole.slice(offset..offset + character.len_utf8()), call));
        }
    } else {
        let mut from = 0;
        for (offset, matched) in whole.match_indices(separator.as_str()) {
            elements.push(string(whole.slice(from..offset), call));
            from = offset + matched.len();
        }
        elements.push(string(whole.slice(from..whole.len()), call));
    }
    if elements.len() > limits::ELEMENTS || !call.evaluator.spend(elements.len(), call.span) {
        return call.evaluator.over_limit(call.span, "the list has too many elements");
    }
    values::list_of(elements, call.span)
}

/// Offset and length count grapheme clusters.
fn substr(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, offset, length] = values else { return rejected(call.span) };
    if !values::is_wholly_known(offset) || !values::is_wholly_known(length) {
        return call.unless_known(values);
    }
    let integer = |value: &Value| values::to_number(value).and_then(|number| number.as_i64());
    let (Some(offset), Some(length)) = (integer(offset), integer(length)) else {
        return call.invalid("offset and length are whole numbers");
    };
    if let Some(Part::Known(start)) = open_parts(whole).and_then(|parts| parts.into_iter().next()) {
        // The last cluster may go on in what is not known.
        let sure = i64::try_from(start.graphemes(true).count()).unwrap_or(i64::MAX) - 1;
        if offset < 0 || length < 0 || offset.saturating_add(length) > sure {
            return call.unless_known(values);
        }
        return clusters(call, &start, offset, length);
    }
    match text(whole) {
        Some(whole) => clusters(call, &whole, offset, length),
        None => call.unless_known(values),
    }
}

fn clusters(call: &Call<'_, '_>, whole: &Text, offset: i64, length: i64) -> Value {
    let count = i64::try_from(whole.graphemes(true).count()).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset.saturating_add(count).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let byte = |position: i64| {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        whole.grapheme_indices(true).nth(position).map_or(whole.len(), |(offset, _)| offset)
    };
    string(whole.slice(byte(start)..byte(end)), call)
}

/// How many characters a known string has, as grapheme clusters.
pub(super) fn length(call: &Call<'_, '_>, text: &Text) -> Value {
    let count = i64::try_from(text.graphemes(true).count()).unwrap_or(i64::MAX);
    made_number(Number::counted(count), call.span)
}

/// The parts of a string of which some are not known.
fn open_parts(value: &Value) -> Option<Vec<Part>> {
    match value.data {
        Data::Partial(_) | Data::Json(_) => values::text_parts(value, value.origin.span)
            .filter(|parts| parts.iter().any(|part| matches!(part, Part::Hole(..)))),
        _ => None,
    }
}

/// Every line but the first further to the right.
fn indent(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let [spaces, whole] = arguments else { return rejected(call.span) };
    if !values::is_wholly_known(spaces) {
        return call.unless_known(arguments);
    }
    let Some(spaces) = values::to_number(spaces).and_then(|number| number.as_i64()) else {
        return call.invalid("the number of spaces is a whole number");
    };
    let Ok(spaces) = usize::try_from(spaces) else {
        return call.invalid("the number of spaces is not negative");
    };
    let Some(parts) = values::text_parts(whole, whole.origin.span) else {
        return call.unless_known(arguments);
    };
    // A hole may have lines of its own, which are indented too.
    let hole = |unknown: &Arc<Unknown>| {
        let operands = [arguments.first().cloned(), Some(values::unknown((**unknown).clone(), call.span))];
        values::derived(call.name, &operands.into_iter().flatten().collect::<Vec<_>>(), call.span)
    };
    let mut indented = Vec::new();
    let mut bytes = 0usize;
    for part in &parts {
        let text = match part {
            Part::Known(text) => text,
            Part::Hole(unknown, span) => {
                match hole(unknown).data {
                    Data::Unknown(derived) => indented.push(Part::Hole(derived, *span)),
                    _ => indented.push(part.clone()),
                }
                continue;
            }
        };
        bytes = bytes
            .saturating_add(text.len())
            .saturating_add(spaces.saturating_mul(text.matches('\n').count()));
        if bytes > limits::STRING_BYTES {
            return call.evaluator.over_limit(call.span, "the string is too long");
        }
        let mut from = 0;
        for (offset, _) in text.match_indices('\n') {
            indented.push(Part::Known(text.slice(from..offset + 1)));
            indented.push(Part::Known(Text::synthetic(" ".repeat(spaces))));
            from = offset + 1;
        }
        indented.push(Part::Known(text.slice(from..text.len())));
    }
    call.evaluator.assemble(indented, Origin::at(call.span), call.span)
}
