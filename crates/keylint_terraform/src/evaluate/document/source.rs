//! Documents that are merged: JSON as the provider reads it and writes it again.
//!
//! It takes names of elements in any case, a principal that is a string for `*`, and of the values
//! of a condition strings, booleans and lists: a number is lost, and the condition with it. Names
//! that are no elements it drops; they stay here, so that whoever wrote `Condtion` hears of it.

use std::sync::Arc;

use keylint_model::{Data, Entry, Guard, List, Map, Origin, Value};
use keylint_source::Span;

use super::one_or_list;
use crate::values;

const ELEMENTS: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// The document that a value says, its list of statements in reach: a map, an unknown value, or
/// something else that is no document. A choice of those where the document or its list is one.
pub(super) fn statements(document: &Value, span: Span) -> Value {
    let name = "policy document";
    values::distribute(name, std::slice::from_ref(document), span, |documents| {
        let Some(document) = documents.first() else { return values::rejected(span) };
        let Some(decoded) = decode(document) else {
            return match values::first_unknown(document) {
                Some(_) => values::derived(name, documents, document.origin.span.unwrap_or(span)),
                None => document.clone(),
            };
        };
        values::distribute(name, std::slice::from_ref(&decoded), span, |decoded| {
            let Some(decoded) = decoded.first() else { return values::rejected(span) };
            let Data::Map(map) = &decoded.data else { return decoded.clone() };
            let map = renamed(map);
            let absent = Value::synthetic(Data::Null);
            let list = map.value("Statement").cloned().unwrap_or(absent);
            values::distribute(name, &[list], span, |list| {
                let Some(list) = list.first() else { return values::rejected(span) };
                let mut map = map.clone();
                if let Some(entry) = map.entries.get_mut("Statement") {
                    entry.value = statement_list(list, &decoded.origin);
                }
                Value::new(Data::Map(Arc::new(map)), decoded.origin.clone())
            })
        })
    })
}

/// The documents, of which each that conditions decide is one of all its statements, where there are too
/// many to look at each combination of them: no document has to do with the conditions of the others.
pub(super) fn gathered(documents: Vec<Value>, span: Span) -> Vec<Value> {
    if !values::are_too_many(&documents) {
        return documents;
    }
    let gather = |document: Value| one_of_all(&document, span).unwrap_or(document);
    documents.into_iter().map(gather).collect()
}

/// A choice between documents, or one and none, as a document of which conditions leave out statements;
/// `None` where more than statements differs, or is not known.
fn one_of_all(document: &Value, span: Span) -> Option<Value> {
    let Data::Choice(alternatives) = &document.data else { return None };
    let mut version: Option<&Entry> = None;
    let mut cases: Vec<(&Guard, &[Value])> = Vec::with_capacity(alternatives.len());
    for one in alternatives.iter() {
        let map = match &one.value.data {
            Data::Null => {
                cases.push((&one.guard, &[]));
                continue;
            }
            Data::Map(map) if map.rest.is_none() => map,
            _ => return None,
        };
        let own = map.get("Version")?;
        let is_other = |known: &Entry| known.value.as_str() != own.value.as_str();
        if own.value.as_str().is_none() || version.is_some_and(is_other) || map.get("Id").is_some() {
            return None;
        }
        version = version.or(Some(own));
        match map.value("Statement").map(|statements| &statements.data) {
            None => cases.push((&one.guard, &[])),
            Some(Data::List(list)) if list.rest.is_none() && !list.gaps => {
                cases.push((&one.guard, &list.elements));
            }
            Some(_) => return None,
        }
    }
    let longest = cases.iter().map(|(_, statements)| statements.len()).max().unwrap_or_default();
    let absent = Value::synthetic(Data::Null);
    let statement = |position: usize| {
        let of = |(guard, statements): &(&Guard, &[Value])| {
            ((*guard).clone(), statements.get(position).unwrap_or(&absent).clone())
        };
        values::choice(cases.iter().map(of).collect(), span)
    };
    let list = List { elements: (0..longest).map(statement).collect(), gaps: true, ..List::default() };
    let statements = Value::new(Data::List(Arc::new(list)), document.origin.clone());
    let entries = [("Version", version?.clone()), ("Statement", values::entry(statements))];
    let entries = entries.into_iter().map(|(name, entry)| (Arc::from(name), entry)).collect();
    Some(Value::new(
        Data::Map(Arc::new(Map { entries, rest: None, ..Map::default() })),
        document.origin.clone(),
    ))
}

/// What a string of JSON says; `None` when it says nothing, or nothing yet.
fn decode(document: &Value) -> Option<Value> {
    values::decode(document)
        .filter(|decoded| matches!(decoded.data, Data::Map(_) | Data::Choice(_) | Data::Unknown(_)))
}

fn statement_list(value: &Value, outer: &Origin) -> Value {
    match &value.data {
        Data::List(list) => {
            let elements = list.elements.iter().map(|one| statement(&values::inherit(outer, one))).collect();
            let list = List { elements, rest: list.rest.clone(), gaps: list.gaps, ..List::default() };
            Value::new(Data::List(Arc::new(list)), value.origin.clone())
        }
        Data::Map(_) => statement(&values::inherit(outer, value)),
        _ => value.clone(),
    }
}

fn statement(value: &Value) -> Value {
    each(value, &|value| {
        let Data::Map(map) = &value.data else { return value.clone() };
        let mut map = renamed(map);
        for name in ["Principal", "NotPrincipal"] {
            if let Some(entry) = map.entries.get_mut(name) {
                entry.value = each(&entry.value, &principal);
            }
        }
        if let Some(entry) = map.entries.get_mut("Condition") {
            entry.value = each(&entry.value, &condition);
            if entry.value.as_map().is_some_and(|map| map.entries.is_empty() && map.rest.is_none()) {
                map.entries.shift_remove("Condition");
            }
        }
        map.entries.retain(|_, entry| !entry.value.is_null());
        Value::new(Data::Map(Arc::new(map)), value.origin.clone())
    })
}

/// Any string stands for everyone; lists are sorted, the last first.
fn principal(value: &Value) -> Value {
    match &value.data {
        Data::Map(_) => with_entries(value, |value| {
            let mut value = value.clone();
            if let Data::List(list) = &mut value.data
                && list.rest.is_none()
                && list.elements.iter().all(|element| element.as_str().is_some())
            {
                let list = Arc::make_mut(list);
                list.elements.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
            }
            Some(value)
        }),
        Data::String(text) if text.as_str() != "*" => {
            let everyone = match text.span() {
                Some(span) => keylint_syntax::Text::at("*", span),
                None => keylint_syntax::Text::synthetic("*"),
            };
            Value::new(Data::String(everyone), value.origin.clone())
        }
        _ => value.clone(),
    }
}

fn condition(value: &Value) -> Value {
    let operator = |value: &Value| {
        with_entries(value, |value| match &value.data {
            Data::Number(_) | Data::Null | Data::Map(_) => None,
            Data::Bool(_) => Some(values::beside_strings(value.clone())),
            Data::List(list) => {
                let list = (**list).clone();
                Some(one_or_list(list.elements, list.rest, value.origin.clone()))
            }
            _ => Some(value.clone()),
        })
    };
    with_entries(value, |value| {
        let value = each(value, &operator);
        // What is left without keys is not written.
        let empty = value.as_map().is_some_and(|map| map.entries.is_empty() && map.rest.is_none());
        (!empty).then_some(value)
    })
}

/// The map with other values; those of which nothing is left are gone.
fn with_entries(value: &Value, change: impl Fn(&Value) -> Option<Value>) -> Value {
    let Data::Map(map) = &value.data else { return value.clone() };
    let entries = map
        .entries
        .iter()
        .filter_map(|(key, entry)| {
            let value = change(&entry.value)?;
            Some((Arc::clone(key), Entry { value, ..entry.clone() }))
        })
        .collect();
    Value::new(
        Data::Map(Arc::new(Map {
            entries,
            rest: map.rest.clone(),
            kind: map.kind,
            named_at: map.named_at.clone(),
        })),
        value.origin.clone(),
    )
}

/// Every alternative of a value, changed.
fn each(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    let Data::Choice(alternatives) = &value.data else { return change(value) };
    let mut alternatives = alternatives.to_vec();
    for one in &mut alternatives {
        one.value = each(&one.value, change);
    }
    Value::new(Data::Choice(alternatives.into()), value.origin.clone())
}

/// The names of elements as AWS writes them.
fn renamed(map: &Map) -> Map {
    let name = |key: &Arc<str>| {
        let known = ELEMENTS.iter().find(|name| name.eq_ignore_ascii_case(key));
        known.map_or_else(|| Arc::clone(key), |name| Arc::from(*name))
    };
    let entries = map.entries.iter().map(|(key, entry)| (name(key), entry.clone())).collect();
    Map { entries, rest: map.rest.clone(), kind: map.kind, named_at: map.named_at.clone() }
}
