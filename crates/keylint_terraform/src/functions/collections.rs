//! Lists and maps, with the part of them that is not known.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#collection-functions>.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, ListKind, Map, MapKind, Number, Origin, Unknown, Value};
use keylint_syntax::Text;

use super::types::{map_of, mixed};
use super::{ANY, Call, Function, gaps, joined, mixing, partial};
use crate::limits;
use crate::types::Type;
use crate::unify::{element_type, same, strings, type_of, unify};
use crate::values::{self, derived, equal, inherit, made, made_bool, made_number, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    mixing("alltrue", 1, 1, |call, values| quantify(call, values, false)),
    mixing("anytrue", 1, 1, |call, values| quantify(call, values, true)),
    partial("chunklist", 2, 2, chunk),
    mixing("compact", 1, 1, joined::compact),
    partial("concat", 1, ANY, joined::concat),
    mixing("contains", 2, 2, contains),
    mixing("distinct", 1, 1, distinct),
    partial("flatten", 1, 1, joined::flatten),
    mixing("index", 2, 2, index),
    partial("keys", 1, 1, keys),
    partial("length", 1, 1, length),
    partial("merge", 0, ANY, merge),
    partial("reverse", 1, 1, reverse),
    partial("slice", 3, 3, slice),
    mixing("sort", 1, 1, sort),
    partial("values", 1, 1, map_values),
    partial("zipmap", 2, 2, zip_map),
];

/// In a longer list a string with a hole is not compared with all others.
const COMPARED: usize = 256;

/// A sequence that a function makes, within the limit.
pub(super) fn list(
    call: &Call<'_, '_>,
    elements: Vec<Value>,
    rest: Option<Arc<Unknown>>,
    kind: ListKind,
) -> Value {
    if elements.len() > limits::ELEMENTS || !call.evaluator.spend(elements.len(), call.span) {
        return call.evaluator.over_limit(call.span, "the list has too many elements");
    }
    made(Data::List(Arc::new(List { elements, rest, kind, ..List::default() })), call.span)
}

/// The list as one of which conditions leave out elements, where they do.
pub(super) fn with_gaps(mut value: Value, gaps: bool) -> Value {
    if let (true, Data::List(list)) = (gaps, &mut value.data) {
        Arc::make_mut(list).gaps = true;
    }
    value
}

/// What goes over the entries of a map makes: of an object a tuple.
fn kind_of(map: &Map) -> ListKind {
    match map.kind {
        MapKind::Object => ListKind::Tuple,
        MapKind::Map => ListKind::List,
        MapKind::Open => ListKind::Open,
    }
}

/// The elements of a list as they are seen through it.
pub(super) fn elements(whole: &Value, list: &List) -> Vec<Value> {
    list.elements.iter().map(|element| inherit(&whole.origin, element)).collect()
}

/// What the collections have elements of that do not have all of them here.
pub(super) fn of_others(values: &[Value]) -> Vec<Type> {
    let is_whole =
        |value: &&Value| value.as_unknown().is_none() && !values::is_empty(value) && !values::is_open(value);
    values.iter().filter(|value| !is_whole(value)).map(element_type).collect()
}

/// What stands for elements of which nothing is known.
pub(super) fn rest_of(call: &Call<'_, '_>, value: &Value) -> Option<Arc<Unknown>> {
    match value.as_unknown() {
        Some(unknown) => Some(Arc::clone(unknown)),
        None => derived(call.name, std::slice::from_ref(value), call.span).as_unknown().cloned(),
    }
}

/// Later entries win. An unknown map may replace every entry before it, so that these are unknown
/// from there on although their keys are certain; one of several maps only those that one of them has.
fn merge(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut entries: IndexMap<Arc<str>, Entry> = IndexMap::new();
    let mut rest: Option<Arc<Unknown>> = None;
    for value in values {
        let unknown = match &value.data {
            Data::Null => None,
            Data::Map(map) => map.rest.clone(),
            Data::Unknown(unknown) => Some(Arc::clone(unknown)),
            Data::Choice(_) => rest_of(call, value),
            _ => return rejected(call.span),
        };
        if let Some(unknown) = unknown {
            if !call.evaluator.spend(entries.len(), call.span) {
                return values::limit(call.span);
            }
            let over = Value::unknown((*unknown).clone(), value.origin.clone());
            for (_, entry) in entries.iter_mut().filter(|(key, _)| may_have(value, key)) {
                let origin = entry.value.origin.clone();
                let replaced = derived(call.name, &[entry.value.clone(), over.clone()], call.span);
                entry.value = Value::new(replaced.data, Origin { marks: replaced.origin.marks, ..origin });
            }
            rest = rest.or(Some(unknown));
        }
        if let Data::Map(map) = &value.data {
            for (key, entry) in &map.entries {
                let value = inherit(&value.origin, &entry.value);
                entries.insert(Arc::clone(key), Entry { value, ..entry.clone() });
            }
        }
        if entries.len() > limits::ELEMENTS {
            return call.evaluator.over_limit(call.span, "the map has too many entries");
        }
    }
    if !call.evaluator.spend(entries.len(), call.span) {
        return values::limit(call.span);
    }
    made(Data::Map(Arc::new(Map { entries, rest, kind: merged_kind(values), ..Map::default() })), call.span)
}

/// Whether a map that is not known, or not in all of it, may have a key that is not written in it.
fn may_have(value: &Value, key: &str) -> bool {
    match &value.data {
        Data::Null => false,
        Data::Map(map) => map.rest.is_some() || map.value(key).is_some(),
        Data::Choice(alternatives) => alternatives.iter().any(|one| may_have(&one.value, key)),
        _ => true,
    }
}

/// Maps of one type make a map, anything else an object.
fn merged_kind(values: &[Value]) -> MapKind {
    let maps = || values.iter().filter_map(Value::as_map);
    if maps().any(|map| map.kind == MapKind::Object) || values.iter().any(Value::is_null) || values.is_empty()
    {
        return MapKind::Object;
    }
    if maps().count() < values.len() || maps().any(|map| map.kind == MapKind::Open) {
        return MapKind::Open;
    }
    let mut types = values.iter().filter(|it| it.ty.is_some() || !values::is_empty(it)).map(type_of);
    match types.next() {
        Some(first) if !types.all(|other| same(&first, &other)) => MapKind::Object,
        _ => MapKind::Map,
    }
}

pub(super) fn distinct(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole @ Value { data: Data::List(given), .. }] = values else { return call.unless_known(values) };
    let Some(unified) = unify(elements(whole, given)) else { return mixed(call) };
    if given.gaps {
        return gaps::distinct(call, whole, given, &unified);
    }
    let mut kept: Vec<Value> = Vec::with_capacity(given.elements.len());
    let mut rest = given.rest.clone();
    let mut seen = std::collections::HashSet::new();
    for (position, element) in unified.into_iter().enumerate() {
        // It may be one of the others.
        let mut others = given.elements.iter().enumerate().filter(|(other, _)| *other != position);
        let is_open = match &element.data {
            Data::Unknown(_) => given.elements.len() > 1,
            Data::Partial(_) => {
                given.elements.len() > COMPARED || others.any(|(_, other)| equal(other, &element).is_none())
            }
            _ => false,
        };
        if is_open {
            rest = rest.or_else(|| rest_of(call, &element));
            continue;
        }
        let duplicate = match element.as_str() {
            Some(text) => !seen.insert(text.to_owned()),
            None if !call.evaluator.spend(kept.len() / 8, call.span) => return values::limit(call.span),
            None => kept.iter().any(|other| equal(other, &element) == Some(true)),
        };
        if !duplicate {
            kept.push(element);
        }
    }
    list(call, kept, rest, ListKind::List)
}

fn contains(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [Value { data: Data::List(given), .. }, wanted] = values else { return call.unless_known(values) };
    if wanted.is_null() {
        return call.unless_known(values);
    }
    let mut certain = given.rest.is_none();
    for element in &given.elements {
        match equal(element, wanted) {
            Some(true) => return made_bool(true, call.span),
            Some(false) => {}
            None => certain = false,
        }
    }
    if certain {
        return made_bool(false, call.span);
    }
    let result = derived(call.name, values, call.span);
    call.evaluator.note_contains(&result, given, (wanted, call.place(1)), call.scope);
    result
}

fn quantify(call: &Call<'_, '_>, values: &[Value], decisive: bool) -> Value {
    let [whole @ Value { data: Data::List(given), .. }] = values else { return call.unless_known(values) };
    let mut certain = given.rest.is_none();
    for element in &given.elements {
        match values::to_bool(element) {
            Some(known) if known == decisive => return made_bool(decisive, call.span),
            Some(_) => {}
            None if element.is_null() && !decisive => return made_bool(false, call.span),
            None if element.is_null() => {}
            None if values::is_wholly_known(element) => return rejected(call.span),
            None => certain = false,
        }
    }
    if certain {
        return made_bool(!decisive, call.span);
    }
    let is_whole = given.rest.is_none() && !given.gaps && given.elements.iter().all(|one| !one.is_null());
    let told = || call.evaluator.any_of(&elements(whole, given), decisive, call.span);
    is_whole.then(told).flatten().unwrap_or_else(|| derived(call.name, values, call.span))
}

fn index(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [Value { data: Data::List(given), .. }, wanted] = values else { return call.unless_known(values) };
    if given.is_set() || wanted.is_null() {
        return rejected(call.span);
    }
    if given.rest.is_some() {
        return derived(call.name, values, call.span);
    }
    for (position, element) in given.elements.iter().enumerate() {
        match equal(element, wanted) {
            Some(true) => return count(call, position),
            Some(false) => {}
            None => return derived(call.name, values, call.span),
        }
    }
    call.invalid("the list has no such element")
}

fn count(call: &Call<'_, '_>, number: usize) -> Value {
    made_number(Number::counted(i64::try_from(number).unwrap_or(i64::MAX)), call.span)
}

fn length(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match &value.data {
        // Elements of a set that are not known may be equal to others.
        Data::List(list) if list.is_set() && !values::is_wholly_known(value) && list.elements.len() > 1 => {
            call.unless_known(values)
        }
        Data::List(list) if list.rest.is_none() => count(call, list.elements.len()),
        Data::Map(map) if map.rest.is_none() => count(call, map.entries.len()),
        Data::String(text) => super::strings::length(call, text),
        Data::Json(_) => match super::strings::text(value) {
            Some(text) => super::strings::length(call, &text),
            None => derived(call.name, values, call.span),
        },
        _ => call.unless_known(values),
    }
}

/// The entries of a map in the order of their keys.
pub(super) fn sorted(map: &Map) -> Vec<(&Arc<str>, &Entry)> {
    let mut entries: Vec<_> = map.entries.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    entries
}

fn keys(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(Value { data: Data::Map(map), .. }) = values.first() else { return call.unless_known(values) };
    let keys = sorted(map).into_iter().map(|(key, entry)| {
        Value::string(match entry.key_span {
            Some(span) => Text::at(Arc::clone(key), span),
            None => Text::synthetic(Arc::clone(key)),
        })
    });
    list(call, keys.collect(), map.rest.clone(), kind_of(map))
}

fn map_values(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values {
        [whole @ Value { data: Data::Map(map), .. }] => {
            let inner = sorted(map).into_iter().map(|(_, entry)| inherit(&whole.origin, &entry.value));
            list(call, inner.collect(), map.rest.clone(), kind_of(map))
        }
        _ => call.unless_known(values),
    }
}

fn zip_map(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [Value { data: Data::List(keys), .. }, whole @ Value { data: Data::List(given), .. }] = values else {
        return call.unless_known(values);
    };
    if keys.rest.is_some() || given.rest.is_some() || given.is_set() {
        return call.unless_known(values);
    }
    if keys.elements.len() != given.elements.len() {
        return rejected(call.span);
    }
    let mut entries = IndexMap::with_capacity(keys.elements.len());
    for (key, value) in keys.elements.iter().zip(&given.elements) {
        let Some(name) = values::to_string(key) else { return call.unless_known(values) };
        let value = inherit(&whole.origin, value);
        entries.insert(name, Entry { key_span: key.origin.span, span: value.origin.span, value });
    }
    // Which keys there are would tell those that are secret.
    let kind = match given.kind {
        ListKind::Tuple => MapKind::Object,
        ListKind::List | ListKind::Set => MapKind::Map,
        ListKind::Open => MapKind::Open,
    };
    values::marked(map_of(entries, kind, call), keys.elements.iter().map(values::marks).collect())
}

fn reverse(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values {
        [whole @ Value { data: Data::List(given), .. }] => {
            let mut reversed = elements(whole, given);
            reversed.reverse();
            let kind = if given.is_set() { ListKind::List } else { given.kind };
            list(call, reversed, given.rest.clone(), kind)
        }
        _ => call.unless_known(values),
    }
}

fn sort(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values {
        [whole @ Value { data: Data::List(given), .. }] if given.rest.is_none() => {
            let Some(mut sorted) = strings(elements(whole, given)) else { return call.unless_known(values) };
            if sorted.iter().any(|one| values::is_wholly_known(one) && values::to_string(one).is_none()) {
                return call.unless_known(values);
            }
            // In which order they will be is not known, but how many there are.
            if sorted.iter().any(|element| !values::is_wholly_known(element)) {
                let element = derived(call.name, values, call.span);
                return list(call, vec![element; sorted.len()], None, ListKind::List);
            }
            sorted.sort_by_cached_key(values::to_string);
            list(call, sorted, None, ListKind::List)
        }
        _ => call.unless_known(values),
    }
}

fn slice(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, from, to] = values else { return rejected(call.span) };
    let position = |value: &Value| {
        values::to_number(value)
            .and_then(|number| number.as_i64())
            .and_then(|number| usize::try_from(number).ok())
    };
    let (start, end) = (position(from), position(to));
    let length = whole.as_list().filter(|list| list.rest.is_none()).map(|list| list.elements.len());
    let beyond = |position: Option<usize>| position > length && length.is_some();
    let is_wrong =
        |value: &Value, position: Option<usize>| values::is_wholly_known(value) && position.is_none();
    if is_wrong(from, start)
        || is_wrong(to, end)
        || beyond(start)
        || beyond(end)
        || end.is_some() && start > end
    {
        return call.invalid("the positions are none of the list");
    }
    let Data::List(given) = &whole.data else { return call.unless_known(values) };
    match (start, end) {
        (Some(from), Some(to)) if given.rest.is_none() && !given.is_set() => {
            match elements(whole, given).get(from..to) {
                Some(part) => list(call, part.to_vec(), None, given.kind),
                None => rejected(call.span),
            }
        }
        _ => call.unless_known(values),
    }
}

fn chunk(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole @ Value { data: Data::List(given), .. }, size] = values else {
        return call.unless_known(values);
    };
    if given.rest.is_some() || !values::is_wholly_known(size) {
        return derived(call.name, values, call.span);
    }
    let size = values::to_number(size)
        .and_then(|number| number.as_i64())
        .and_then(|size| usize::try_from(size).ok());
    match size {
        // A size of zero does not divide the list.
        Some(size) => {
            let Some(chunks) = unify(elements(whole, given)) else { return mixed(call) };
            let size = if size == 0 { chunks.len().max(1) } else { size };
            let chunks = chunks.chunks(size).map(|chunk| values::list_of(chunk.to_vec(), call.span));
            list(call, chunks.collect(), None, ListKind::List)
        }
        None => rejected(call.span),
    }
}
