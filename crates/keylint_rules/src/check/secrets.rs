//! Where secrets are written, for whoever shows source text.
//!
//! Masking does not depend on the rules that are selected: a value in an attribute that takes
//! credentials, one that is declared sensitive, and one in the shape of a credential are masked
//! wherever they are, in all alternatives.

use std::collections::{HashMap, HashSet};

use keylint_model::{Data, Guard, Map, Part, Reason, Value, World};
use keylint_source::Span;
use keylint_syntax::Text;

use super::Scope;
use super::sinks;
use crate::credentials;
use crate::eval::Truth;
use crate::view::attribute_values;

/// How deep a value is looked into.
const MAX_DEPTH: usize = 64;

/// The spans of all secrets of a stack, sorted and without duplicates.
pub(super) fn spans(scope: Scope<'_>) -> Vec<Span> {
    let mut spans = HashSet::new();
    let mut paths_of = HashMap::new();
    for entity in scope.entities.iter() {
        walk_map(&entity.resource.attributes, &mut spans, 0);
        mask_conditions(&entity.resource.guard, &mut spans);
        let Some(kind) = entity.kind else { continue };
        let paths: &Vec<_> = paths_of.entry(&*kind.name).or_insert_with(|| {
            let named = kind.secrets.iter().chain(&kind.environment);
            let named = named.filter_map(|name| kind.attributes.get(name)).map(|attribute| vec![attribute]);
            sinks::paths(kind).into_iter().chain(named).collect()
        });
        for path in paths {
            // Alternatives are all masked: the worlds do not matter here.
            let start = entity.world.clone().weighing();
            let readings = World::explore(&start, 64, |world| {
                if let Truth::No = sinks::is_credential(scope, entity, path, world)? {
                    return Ok(Vec::new());
                }
                let values = attribute_values(entity, path, &scope.env(world))?;
                let given = values.found.iter().chain(&values.unknown);
                Ok(given.map(|used| (*used.value).clone()).collect::<Vec<_>>())
            });
            if readings.is_none() {
                // Too many worlds to tell which values get there: none of the resource is shown.
                let values = entity.resource.attributes.entries.values();
                values.for_each(|entry| mask_all(&entry.value, &mut spans, 0));
            }
            let is_environment =
                path.last().is_some_and(|attribute| kind.environment.contains(&attribute.name));
            for value in readings.into_iter().flatten().flat_map(|(_, values)| values) {
                match is_environment {
                    true => mask_named(&value, &mut spans),
                    false => mask_all(&value, &mut spans, 0),
                }
            }
        }
    }
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort_unstable();
    spans
}

/// Masks what is sensitive by declaration or by its shape.
fn walk(value: &Value, spans: &mut HashSet<Span>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    if value.origin.marks.sensitive {
        mask_all(value, spans, depth);
        return;
    }
    match &value.data {
        Data::String(text) => mask_token(text, spans),
        Data::Partial(parts) => {
            for part in parts.iter() {
                if let Part::Known(text) = part {
                    mask_token(text, spans);
                }
            }
        }
        Data::List(list) => list.elements.iter().for_each(|element| walk(element, spans, depth + 1)),
        Data::Map(map) => walk_map(map, spans, depth + 1),
        Data::Json(inner) => walk(inner, spans, depth + 1),
        Data::Choice(alternatives) => {
            for alternative in alternatives.iter() {
                mask_conditions(&alternative.guard, spans);
                walk(&alternative.value, spans, depth + 1);
            }
        }
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Unknown(_) => {}
    }
}

fn walk_map(map: &Map, spans: &mut HashSet<Span>, depth: usize) {
    map.entries.values().for_each(|entry| walk(&entry.value, spans, depth));
}

/// Masks what a secret is compared with.
fn mask_conditions(guard: &Guard, spans: &mut HashSet<Span>) {
    for (condition, _) in guard.literals() {
        let followed = condition.cases.iter().flat_map(|(guard, _)| guard.literals());
        let all = followed.map(|(condition, _)| condition).chain([condition]);
        spans.extend(all.filter(|condition| condition.is_secret).filter_map(|condition| condition.span));
    }
}

fn mask_token(text: &Text, spans: &mut HashSet<Span>) {
    if credentials::token(text).is_some() {
        spans.extend(text.spans());
    }
}

/// Masks the values of environment variables whose names say that they are credentials.
fn mask_named(value: &Value, spans: &mut HashSet<Span>) {
    match &value.data {
        Data::Map(map) => {
            let name = map.value("name").or_else(|| map.value("Name")).and_then(Value::as_str);
            for (key, entry) in &map.entries {
                let names = credentials::names_secret_variable(key)
                    || (key.eq_ignore_ascii_case("value")
                        && name.is_some_and(credentials::names_secret_variable));
                if names {
                    mask_all(&entry.value, spans, 0);
                }
            }
        }
        Data::List(list) => list.elements.iter().for_each(|element| mask_named(element, spans)),
        Data::Json(inner) => mask_named(inner, spans),
        Data::Choice(alternatives) => {
            alternatives.iter().for_each(|alternative| mask_named(&alternative.value, spans));
        }
        _ => {}
    }
}

/// Adds every place that a string is made from: they may lie in several files, and what stands
/// between two of them is no secret. `otherwise` is for one that was written nowhere.
fn add_text(text: &Text, otherwise: Option<Span>, spans: &mut HashSet<Span>) {
    let mut places = text.spans().peekable();
    match places.peek() {
        Some(_) => spans.extend(places),
        None => spans.extend(otherwise),
    }
}

/// Masks every literal in a value.
fn mask_all(value: &Value, spans: &mut HashSet<Span>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match &value.data {
        Data::String(text) if !text.is_empty() => {
            add_text(text, value.origin.span, spans);
        }
        Data::Number(_) | Data::Bool(_) => spans.extend(value.origin.span),
        Data::Partial(parts) => {
            for part in parts.iter() {
                match part {
                    Part::Known(text) => add_text(text, None, spans),
                    Part::Hole(unknown, span) if has_operands(&unknown.reason) => spans.extend(*span),
                    Part::Hole(..) => {}
                }
            }
        }
        Data::List(list) => list.elements.iter().for_each(|element| mask_all(element, spans, depth + 1)),
        Data::Map(map) => map.entries.values().for_each(|entry| mask_all(&entry.value, spans, depth + 1)),
        Data::Json(inner) => mask_all(inner, spans, depth + 1),
        Data::Choice(alternatives) => {
            for alternative in alternatives.iter() {
                mask_conditions(&alternative.guard, spans);
                mask_all(&alternative.value, spans, depth + 1);
            }
        }
        Data::Unknown(unknown) if has_operands(&unknown.reason) => spans.extend(value.origin.span),
        Data::Unknown(_) | Data::String(_) | Data::Null => {}
    }
}

/// Whether an operation has made what is not known, so that a part of it may be written among its
/// operands: `bcrypt("…")`.
fn has_operands(reason: &Reason) -> bool {
    matches!(reason, Reason::Function(_) | Reason::Operand(_) | Reason::Invalid)
}
