//! Sets.

use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Value};

use super::collections::{elements, list, of_others};
use super::types::mixed;
use super::{ANY, Call, Function, known, mixing, partial};
use crate::limits;
use crate::sets::into_set;
use crate::unify::{element_type, may_be_joined, unify, unify_beside};
use crate::values::{self, equal, made, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("setintersection", 1, ANY, |call, values| {
        combine(call, values, |element, others| others.iter().all(|other| has(other, element)))
    }),
    partial("setproduct", 2, ANY, product),
    known("setsubtract", 2, 2, |call, values| {
        combine(call, values, |element, others| !others.iter().any(|other| has(other, element)))
    }),
    mixing("setunion", 1, ANY, union),
];

fn has(set: &[Value], element: &Value) -> bool {
    set.iter().any(|other| equal(other, element) == Some(true))
}

fn set(call: &Call<'_, '_>, elements: Vec<Value>) -> Value {
    let list = List { elements, ..List::default() };
    made(Data::List(Arc::new(into_set(list))), call.span)
}

fn combine(call: &Call<'_, '_>, values: &[Value], keep: fn(&Value, &[Vec<Value>]) -> bool) -> Value {
    let mut all = Vec::new();
    let mut sizes = Vec::with_capacity(values.len());
    for value in values {
        let Some(given) = value.as_list() else { return rejected(call.span) };
        all.extend(elements(value, given));
        sizes.push(given.elements.len());
    }
    if !are_of_one(values) {
        return mixed(call);
    }
    let Some((first, others)) = sizes.split_first() else { return rejected(call.span) };
    if !call.evaluator.spend(first.saturating_mul(others.iter().sum::<usize>().max(1)), call.span) {
        return values::limit(call.span);
    }
    let Some(all) = unify_beside(all, &of_others(values)) else { return mixed(call) };
    let mut all = all.into_iter();
    let mut sets: Vec<Vec<Value>> = sizes.iter().map(|size| all.by_ref().take(*size).collect()).collect();
    let others = sets.split_off(1);
    let kept = sets.into_iter().flatten().filter(|element| keep(element, &others));
    set(call, kept.collect())
}

/// Whether the sets may be one, by the types of what they have; one that is empty says nothing, and while
/// one is not known Terraform does not ask.
fn are_of_one(values: &[Value]) -> bool {
    let given = values.iter().filter(|value| !values::is_empty(value));
    values.iter().any(|value| !values::is_wholly_known(value))
        || may_be_joined(&given.map(element_type).collect::<Vec<_>>())
}

fn union(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut joined = List::default();
    for value in values {
        match &value.data {
            Data::List(list) => {
                joined.elements.extend(elements(value, list));
                joined.rest = joined.rest.or_else(|| list.rest.clone());
                joined.gaps |= list.gaps;
            }
            Data::Unknown(unknown) => joined.rest = joined.rest.or_else(|| Some(Arc::clone(unknown))),
            _ => return rejected(call.span),
        }
    }
    if !are_of_one(values) {
        return mixed(call);
    }
    if joined.elements.len() > limits::ELEMENTS {
        return call.evaluator.over_limit(call.span, "the set has too many elements");
    }
    match unify_beside(joined.elements, &of_others(values)) {
        Some(elements) => made(Data::List(Arc::new(into_set(List { elements, ..joined }))), call.span),
        None => mixed(call),
    }
}

fn product(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut width = 0;
    for value in values {
        let Data::List(given) = &value.data else { return call.unless_known(values) };
        if given.rest.is_some() {
            return call.unless_known(values);
        }
        let size = rows.len().saturating_mul(given.elements.len());
        if size > limits::ELEMENTS {
            return call.evaluator.over_limit(call.span, "the product has too many elements");
        }
        // Each row is copied as long as it is.
        width += 1;
        if !call.evaluator.spend(size.saturating_mul(width), call.span) {
            return values::limit(call.span);
        }
        let Some(column) = unify(elements(value, given)) else { return mixed(call) };
        rows = rows
            .into_iter()
            .flat_map(|row| {
                column.iter().map(move |element| row.iter().cloned().chain([element.clone()]).collect())
            })
            .collect();
    }
    let rows = rows.into_iter().map(|row| values::made_list(row, call.span)).collect();
    let sets = values.iter().filter_map(Value::as_list).any(List::is_set);
    if sets { set(call, rows) } else { list(call, rows, None, ListKind::List) }
}
