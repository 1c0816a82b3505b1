//! Decodes what is JSON or YAML inside a string, where a kind looks into it.
//!
//! A list of containers, a configuration of EMR, the value of a secret: they are objects for the
//! service and text for Terraform, written as a heredoc as often as with `jsonencode`; a document of
//! Systems Manager may be YAML too. Decoded once before the rules run, they all look the same to
//! them, and every element keeps its place.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Alternative, Data, Entry, List, Map, Resource, Stack, Value};
use keylint_policy::{decoded_json, decoded_yaml};

use crate::kind::{AttributeType, Kind, Kinds, Path};

/// The resources of a stack that have JSON or YAML where their kind looks for an object, decoded, by position.
pub(crate) fn resources(stack: &Stack, kinds: &Kinds) -> HashMap<usize, Resource> {
    let positions = stack.resources.iter().enumerate();
    positions
        .filter_map(|(position, resource)| {
            let kind = kinds.of(resource, stack.front_end)?;
            Some((position, decoded(resource, kind)?))
        })
        .collect()
}

fn decoded(resource: &Resource, kind: &Kind) -> Option<Resource> {
    let mut changed: Option<Resource> = None;
    let paths = kind.attributes.values().flat_map(|attribute| {
        let is_json = is_json(&attribute.ty);
        let paths = attribute.terraform.iter().chain(&attribute.cloudformation);
        let is_object = move |path: &&Path| path.companion.is_none() && (path.segments.len() > 1 || is_json);
        paths.filter(is_object).map(move |path| (path, is_json))
    });
    for (path, is_json) in paths {
        let Some((name, inner)) = path.segments.split_first() else { continue };
        let current = changed.as_ref().unwrap_or(resource);
        let Some(entry) = current.entry(name) else { continue };
        let Some(value) = decoded_at(&entry.value, inner, is_json) else { continue };
        let entry = Entry { value, ..entry.clone() };
        let changed = changed.get_or_insert_with(|| resource.clone());
        changed.attributes.entries.insert(Arc::clone(name), entry);
    }
    changed
}

/// A value with what stands at a path in it decoded, or the text in which the path goes on; `None` where
/// nothing is to be decoded.
fn decoded_at(value: &Value, path: &[Arc<str>], is_json: bool) -> Option<Value> {
    let Some((name, inner)) = path.split_first() else {
        return is_json.then(|| decoded_value(value, false)).flatten();
    };
    let data = match &value.data {
        Data::Map(map) => {
            let entry = map.get(name)?;
            let entry = Entry { value: decoded_at(&entry.value, inner, is_json)?, ..entry.clone() };
            let mut map = Map::clone(map);
            map.entries.insert(Arc::clone(name), entry);
            Data::Map(Arc::new(map))
        }
        Data::List(list) => {
            let elements = list.elements.iter().map(|element| decoded_at(element, path, is_json));
            let elements = replaced(&list.elements, elements.collect())?;
            Data::List(Arc::new(List { elements, ..List::clone(list) }))
        }
        Data::Choice(alternatives) => in_each(alternatives, |one| decoded_at(one, path, is_json))?,
        // Text that only may be an object is one when it is JSON; almost any text is YAML.
        _ => return decoded_value(value, true),
    };
    Some(Value::new(data, value.origin.clone()))
}

/// The values with those in the place of others that are there; `None` where none is.
fn replaced(values: &[Value], by: Vec<Option<Value>>) -> Option<Vec<Value>> {
    if by.iter().all(Option::is_none) {
        return None;
    }
    Some(values.iter().zip(by).map(|(value, by)| by.unwrap_or_else(|| value.clone())).collect())
}

/// Whether a value of this type may be an object although a kind says nothing of its parts.
fn is_json(ty: &AttributeType) -> bool {
    matches!(ty, AttributeType::Secret | AttributeType::List | AttributeType::Object)
}

fn decoded_value(value: &Value, is_object: bool) -> Option<Value> {
    if let Data::Choice(alternatives) = &value.data {
        let data = in_each(alternatives, |one| decoded_value(one, is_object))?;
        return Some(Value::new(data, value.origin.clone()));
    }
    let decoded = decoded_json(value).or_else(|| is_object.then(|| decoded_yaml(value)).flatten())?;
    Some(Value::new(Data::Json(Arc::new(decoded)), value.origin.clone()))
}

/// Alternatives with those decoded that can be; `None` where none can.
fn in_each(alternatives: &[Alternative], decode: impl Fn(&Value) -> Option<Value>) -> Option<Data> {
    let decoded: Vec<_> = alternatives.iter().map(|one| decode(&one.value)).collect();
    if decoded.iter().all(Option::is_none) {
        return None;
    }
    let alternatives = alternatives.iter().zip(decoded).map(|(one, decoded)| Alternative {
        guard: one.guard.clone(),
        value: decoded.unwrap_or_else(|| one.value.clone()),
    });
    Some(Data::Choice(alternatives.collect()))
}
