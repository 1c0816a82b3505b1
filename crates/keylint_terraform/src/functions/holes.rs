//! What functions of text make of strings with holes: what they do to the known parts where no
//! content of a hole makes a difference, and nothing certain elsewhere.

use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Origin, Part, Unknown, Value, ValueType};

use super::Call;
use crate::values;

/// The parts of a string of which some, but not all, are known; `None` of any other value.
pub(super) fn parts(value: &Value) -> Option<Vec<Part>> {
    match value.data {
        Data::Partial(_) | Data::Json(_) => values::text_parts(value, value.origin.span).filter(|parts| {
            let is_hole = |part: &Part| matches!(part, Part::Hole(..));
            parts.iter().any(is_hole) && !parts.iter().all(is_hole)
        }),
        _ => None,
    }
}

/// A hole for what the call makes of one.
fn derived(call: &Call<'_, '_>, part: &Part, arguments: &[Value]) -> Part {
    let Part::Hole(unknown, span) = part else { return part.clone() };
    let operands: Vec<Value> = std::iter::once(values::unknown((**unknown).clone(), call.span))
        .chain(arguments.iter().skip(1).cloned())
        .collect();
    match values::derived(call.name, &operands, call.span).data {
        Data::Unknown(derived) => Part::Hole(derived, *span),
        _ => part.clone(),
    }
}

fn assemble(call: &Call<'_, '_>, parts: Vec<Part>) -> Value {
    call.evaluator.assemble(parts, Origin::at(call.span), call.span)
}

/// Which ends of a string are trimmed.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) start: bool,
    pub(super) end: bool,
}

/// The string without the characters at its ends that `is_cut` says. `arguments` are those of the
/// call, the string first.
pub(super) fn trim(
    call: &Call<'_, '_>,
    mut parts: Vec<Part>,
    ends: Ends,
    is_cut: &dyn Fn(char) -> bool,
    arguments: &[Value],
) -> Option<Value> {
    while ends.start
        && let Some(Part::Known(text)) = parts.first()
    {
        let kept = text.trim_start_matches(is_cut).len();
        if kept > 0 {
            let text = text.slice(text.len() - kept..text.len());
            *parts.first_mut()? = Part::Known(text);
            break;
        }
        parts.remove(0);
    }
    while ends.end
        && let Some(Part::Known(text)) = parts.last()
    {
        let kept = text.trim_end_matches(is_cut).len();
        if kept > 0 {
            let text = text.slice(0..kept);
            *parts.last_mut()? = Part::Known(text);
            break;
        }
        parts.pop();
    }
    // A hole at an end is trimmed too, and all that follows it where nothing of it is left.
    let stays = |next: Option<&Part>, from_start: bool| match next {
        None => true,
        Some(Part::Known(text)) => {
            let first = if from_start { text.chars().next() } else { text.chars().next_back() };
            first.is_some_and(|character| !is_cut(character))
        }
        Some(Part::Hole(..)) => false,
    };
    let last = parts.len().checked_sub(1)?;
    let opens = |part: Option<&Part>| matches!(part, Some(Part::Hole(..)));
    let (at_start, at_end) = (ends.start && opens(parts.first()), ends.end && opens(parts.last()));
    if at_start && !stays(parts.get(1), true) || at_end && last > 0 && !stays(parts.get(last - 1), false) {
        return None;
    }
    for position in [at_start.then_some(0), at_end.then_some(last).filter(|last| *last > 0 || !at_start)] {
        if let Some(part) = position.and_then(|position| parts.get_mut(position)) {
            *part = derived(call, part, arguments);
        }
    }
    Some(assemble(call, parts))
}

/// The string without a prefix or a suffix; `None` where only a hole says whether it has it.
pub(super) fn without(
    call: &Call<'_, '_>,
    mut parts: Vec<Part>,
    affix: &str,
    at_start: bool,
) -> Option<Value> {
    let outer = if at_start { parts.first_mut() } else { parts.last_mut() }?;
    let Part::Known(text) = outer else { return None };
    let (has, may_have) = match at_start {
        true => (text.starts_with(affix), affix.starts_with(text.as_str())),
        false => (text.ends_with(affix), affix.ends_with(text.as_str())),
    };
    if has {
        let range = if at_start { affix.len()..text.len() } else { 0..text.len() - affix.len() };
        *outer = Part::Known(text.slice(range));
    } else if may_have {
        return None;
    }
    Some(assemble(call, parts))
}

/// Whether what is searched for may begin or end in a hole and go on in a known part beside it, so
/// that not even the known parts say where it is.
fn may_straddle(parts: &[Part], search: &str) -> bool {
    let splits = || search.char_indices().skip(1).filter_map(|(at, _)| search.split_at_checked(at));
    parts.iter().enumerate().any(|(position, part)| {
        let Part::Known(text) = part else { return false };
        let after_hole = position > 0;
        let before_hole = position + 1 < parts.len();
        after_hole && splits().any(|(_, end)| text.starts_with(end))
            || before_hole && splits().any(|(start, _)| text.ends_with(start))
            || after_hole && before_hole && text.len() < search.len() && search.contains(text.as_str())
    })
}

/// The string with something else for each occurrence of a text. The replacement may have holes.
pub(super) fn replace(
    call: &Call<'_, '_>,
    parts: &[Part],
    search: &str,
    replacement: &[Part],
    arguments: &[Value],
) -> Option<Value> {
    if search.is_empty() || may_straddle(parts, search) {
        return None;
    }
    let mut replaced = Vec::with_capacity(parts.len());
    for part in parts {
        let Part::Known(text) = part else {
            replaced.push(derived(call, part, arguments));
            continue;
        };
        let mut from = 0;
        for (offset, matched) in text.match_indices(search) {
            replaced.push(Part::Known(text.slice(from..offset)));
            replaced.extend(replacement.iter().cloned());
            from = offset + matched.len();
            if replaced.len() > crate::limits::ELEMENTS {
                break;
            }
        }
        replaced.push(Part::Known(text.slice(from..text.len())));
    }
    Some(assemble(call, replaced))
}

/// The pieces of a string between separators: those without a hole that may have a separator in it
/// are certainly there, the others may be several.
pub(super) fn split(call: &Call<'_, '_>, parts: &[Part], separator: &str, rest: &Arc<Unknown>) -> Value {
    let known = Pieces::of(parts, separator);
    let (count, leading) = (known.certain.len(), known.leading);
    if count > crate::limits::ELEMENTS || !call.evaluator.spend(count, call.span) {
        return call.evaluator.over_limit(call.span, "the list has too many elements");
    }
    let elements: Vec<Value> = known.certain.into_iter().map(|piece| whole(call, piece)).collect();
    if known.are_all {
        return values::list_of(elements, call.span);
    }
    let (rest, kind) = (Some(Arc::clone(rest)), ListKind::List);
    let list = List { elements, rest, leading, kind, ..List::default() };
    values::made(Data::List(Arc::new(list)), call.span)
}

/// A string of its parts; where it is one hole alone, what that stands for.
fn whole(call: &Call<'_, '_>, parts: Vec<Part>) -> Value {
    match parts.as_slice() {
        [Part::Hole(unknown, span)] => {
            let value = values::unknown((**unknown).clone(), span.unwrap_or(call.span));
            Value { never_null: true, ..value.of(Some(Arc::new(ValueType::String))) }
        }
        _ => assemble(call, parts),
    }
}

/// The pieces of a string between separators.
#[derive(Default)]
struct Pieces {
    /// Those that are one piece each, whatever the holes are.
    certain: Vec<Vec<Part>>,
    /// How many of them stand before all others.
    leading: usize,
    /// Whether there are no others.
    are_all: bool,
}

impl Pieces {
    fn of(parts: &[Part], separator: &str) -> Pieces {
        if separator.is_empty() || may_straddle(parts, separator) {
            return Pieces::default();
        }
        let mut pieces = Pieces { are_all: true, ..Pieces::default() };
        let (mut begun, mut open) = (Vec::new(), false);
        for part in parts {
            let Part::Known(text) = part else {
                let is_within =
                    matches!(part, Part::Hole(unknown, _) if values::excludes(unknown.shape, separator));
                open |= !is_within;
                begun.push(part.clone());
                continue;
            };
            let mut from = 0;
            for (offset, matched) in text.match_indices(separator) {
                begun.push(Part::Known(text.slice(from..offset)));
                pieces.end(std::mem::take(&mut begun), std::mem::take(&mut open));
                from = offset + matched.len();
            }
            begun.push(Part::Known(text.slice(from..text.len())));
        }
        pieces.end(begun, open);
        pieces
    }

    fn end(&mut self, mut piece: Vec<Part>, open: bool) {
        self.are_all &= !open;
        if !open {
            let has_hole = piece.iter().any(|part| matches!(part, Part::Hole(..)));
            piece.retain(|part| !has_hole || !matches!(part, Part::Known(text) if text.is_empty()));
            self.certain.push(piece);
            self.leading += usize::from(self.are_all);
        }
    }
}
