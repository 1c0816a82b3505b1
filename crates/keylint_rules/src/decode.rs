//! Decodes what is JSON or YAML inside a string, where a kind looks into it.
//!
//! A list of containers, a configuration of EMR, the value of a secret: they are objects for the
//! service and text for Terraform, written as a heredoc as often as with `jsonencode`; a document of
//! Systems Manager may be YAML too. Decoded once before the rules run, they all look the same to
//! them, and every element keeps its place.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Alternative, Data, Entry, Resource, Stack, Value};
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
    let attributes = kind.attributes.values();
    let paths = attributes.flat_map(|attribute| {
        let is_object = move |path: &&Path| {
            path.companion.is_none() && (path.segments.len() > 1 || is_json(&attribute.ty))
        };
        attribute.terraform.iter().chain(&attribute.cloudformation).filter(is_object)
    });
    for path in paths {
        let Some(name) = path.segments.first() else { continue };
        let current = changed.as_ref().unwrap_or(resource);
        let Some(entry) = current.entry(name) else { continue };
        // Text that only may be an object is one when it is JSON; almost any text is YAML.
        let is_object = path.segments.len() > 1;
        let Some(value) = decoded_value(&entry.value, is_object) else { continue };
        let entry = Entry { value, ..entry.clone() };
        let changed = changed.get_or_insert_with(|| resource.clone());
        changed.attributes.entries.insert(Arc::clone(name), entry);
    }
    changed
}

/// Whether a value of this type may be an object although a kind says nothing of its parts.
fn is_json(ty: &AttributeType) -> bool {
    matches!(ty, AttributeType::Secret | AttributeType::List | AttributeType::Object)
}

fn decoded_value(value: &Value, is_object: bool) -> Option<Value> {
    if let Data::Choice(alternatives) = &value.data {
        let decoded: Vec<_> = alternatives.iter().map(|one| decoded_value(&one.value, is_object)).collect();
        if decoded.iter().all(Option::is_none) {
            return None;
        }
        let alternatives = alternatives.iter().zip(decoded).map(|(one, decoded)| Alternative {
            guard: one.guard.clone(),
            value: decoded.unwrap_or_else(|| one.value.clone()),
        });
        return Some(Value::new(Data::Choice(alternatives.collect()), value.origin.clone()));
    }
    let decoded = decoded_json(value).or_else(|| is_object.then(|| decoded_yaml(value)).flatten())?;
    Some(Value::new(Data::Json(Arc::new(decoded)), value.origin.clone()))
}
