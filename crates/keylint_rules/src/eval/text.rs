//! Methods of strings and maps, and strings in a row.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Map, NeedsSplit, Part, World};

use super::datum::{Data, Datum, Piece, Place, Text, Truth, why};

/// Answers a method of a string.
pub(super) fn method<'a>(
    text: &Text<'a>,
    place: Place<'a>,
    name: &str,
    arguments: &[Datum<'a>],
) -> Datum<'a> {
    if name == "names_secret" {
        return match text.as_known() {
            Some(known) => Truth::from(crate::credentials::names_secret(known)).datum(),
            // A name is read by its last word.
            None => match text.pieces().last() {
                Some(Piece::Known(end)) if crate::credentials::names_secret(end) => Truth::Yes.datum(),
                _ => Truth::Unknown(text.whys(place.used)).datum(),
            },
        };
    }
    if name == "lowerAscii" {
        return match text.as_known() {
            Some(known) => {
                let lower: Arc<str> = known.to_ascii_lowercase().into();
                Datum::bare(Data::Text(Text::Shared(lower))).at(place)
            }
            None => Datum::bare(Data::Unknown(text.whys(place.used))).at(place),
        };
    }
    let argument = match arguments {
        [Datum { data: Data::Text(argument), .. }] => argument.as_known(),
        [Datum { data: Data::Unknown(whys), .. }] => return Truth::Unknown(Rc::clone(whys)).datum(),
        _ => None,
    };
    let Some(argument) = argument else {
        return match arguments {
            [Datum { data: Data::Text(argument), place }] => {
                Truth::Unknown(argument.whys(place.used)).datum()
            }
            _ => Truth::No.datum(),
        };
    };
    let pieces = text.pieces();
    let answer = match name {
        "startsWith" => starts_with(&pieces, argument),
        "endsWith" => ends_with(&pieces, argument),
        _ => contains(&pieces, argument),
    };
    match answer {
        Some(known) => Truth::from(known).datum(),
        None => Truth::Unknown(text.whys(place.used)).datum(),
    }
}

fn starts_with(pieces: &[Piece<'_>], wanted: &str) -> Option<bool> {
    let Some(Piece::Known(start)) = pieces.first() else { return wanted.is_empty().then_some(true) };
    if start.starts_with(wanted) {
        return Some(true);
    }
    if pieces.len() == 1 || !wanted.starts_with(start) { Some(false) } else { None }
}

fn ends_with(pieces: &[Piece<'_>], wanted: &str) -> Option<bool> {
    let Some(Piece::Known(end)) = pieces.last() else { return wanted.is_empty().then_some(true) };
    if end.ends_with(wanted) {
        return Some(true);
    }
    if pieces.len() == 1 || !wanted.ends_with(end) { Some(false) } else { None }
}

fn contains(pieces: &[Piece<'_>], wanted: &str) -> Option<bool> {
    let found = pieces.iter().any(|piece| matches!(piece, Piece::Known(text) if text.contains(wanted)));
    match (found, pieces) {
        (true, _) => Some(true),
        (false, [Piece::Known(_)]) => Some(false),
        _ => None,
    }
}

/// Two strings in a row.
pub(super) fn concat<'a>(left: &Datum<'a>, right: &Datum<'a>) -> Datum<'a> {
    let mut parts: Vec<Part> = Vec::new();
    for datum in [left, right] {
        match &datum.data {
            Data::Text(Text::Parts(more)) => parts.extend(more.iter().cloned()),
            Data::Text(text) => {
                let known = text.as_known().unwrap_or("");
                parts.push(Part::Known(keylint_syntax::Text::synthetic(known)));
            }
            Data::Unknown(whys) => {
                parts.extend(whys.first().map(|why| Part::Hole(Arc::clone(&why.unknown), why.used)));
            }
            _ => {}
        }
    }
    let known: Option<String> = parts
        .iter()
        .map(|part| match part {
            Part::Known(text) => Some(text.as_str()),
            Part::Hole(..) => None,
        })
        .collect();
    Datum::bare(Data::Text(match known {
        Some(text) => Text::Shared(text.into()),
        None => Text::Parts(Cow::Owned(parts)),
    }))
}

/// Answers a method of a map.
pub(super) fn map_method<'a>(
    map: &'a Map,
    name: &str,
    arguments: &[Datum<'a>],
    world: &World,
) -> Result<Datum<'a>, NeedsSplit> {
    let rest = map.rest.as_ref().map(|unknown| why(unknown, None));
    if name == "keys" {
        let keys = map
            .entries
            .iter()
            .map(|(key, entry)| Datum::text(key).at(Place::new(entry.key_span, Some(&entry.value.origin))));
        return Ok(Datum::list(keys.collect(), rest));
    }
    let key = match arguments {
        [Datum { data: Data::Text(key), .. }] => key.as_known(),
        _ => None,
    };
    let value = match key.and_then(|key| map.get(key)) {
        Some(entry) => Datum::of_string(entry.value.resolve(world)?, entry.span),
        None => rest.map_or_else(Datum::null, |whys| Datum::bare(Data::Unknown(whys))),
    };
    Ok(if name == "has" { (!value.null_truth()).datum() } else { value })
}
