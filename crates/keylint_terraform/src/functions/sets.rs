//! Sets.

use std::sync::Arc;

use keylint_model::{Data, List, Value};

use super::collections::{elements, list};
use super::{ANY, Call, Function, known, partial};
use crate::limits;
use crate::types::into_set;
use crate::values::{self, equal, made, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("setintersection", 1, ANY, |call, values| {
        combine(call, values, |element, others| others.iter().all(|other| has(other, element)))
    }),
    partial("setproduct", 1, ANY, product),
    known("setsubtract", 2, 2, |call, values| {
        combine(call, values, |element, others| !others.iter().any(|other| has(other, element)))
    }),
    partial("setunion", 1, ANY, union),
];

fn has(list: &Value, element: &Value) -> bool {
    list.as_list().is_some_and(|list| list.elements.iter().any(|other| equal(other, element) == Some(true)))
}

fn set(call: &Call<'_, '_>, elements: Vec<Value>) -> Value {
    let list = List { elements, ..List::default() };
    made(Data::List(Arc::new(into_set(list))), call.span)
}

fn combine(call: &Call<'_, '_>, values: &[Value], keep: fn(&Value, &[Value]) -> bool) -> Value {
    let Some((first, others)) = values.split_first() else { return rejected(call.span) };
    let Some(given) = first.as_list() else { return rejected(call.span) };
    let others_size: usize = others.iter().filter_map(Value::as_list).map(|list| list.elements.len()).sum();
    if !call.evaluator.spend(given.elements.len().saturating_mul(others_size.max(1)), call.span) {
        return values::limit(call.span);
    }
    let kept = elements(first, given).into_iter().filter(|element| keep(element, others));
    set(call, kept.collect())
}

fn union(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut joined = List::default();
    for value in values {
        match &value.data {
            Data::List(list) => {
                joined.elements.extend(elements(value, list));
                joined.rest = joined.rest.or_else(|| list.rest.clone());
            }
            Data::Unknown(unknown) => joined.rest = joined.rest.or_else(|| Some(Arc::clone(unknown))),
            _ => return rejected(call.span),
        }
    }
    if joined.elements.len() > limits::ELEMENTS {
        return call.evaluator.over_limit(call.span, "the set has too many elements");
    }
    made(Data::List(Arc::new(into_set(joined))), call.span)
}

fn product(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for value in values {
        let Data::List(given) = &value.data else { return call.unless_known(values) };
        if given.rest.is_some() {
            return call.unless_known(values);
        }
        let size = rows.len().saturating_mul(given.elements.len());
        if size > limits::ELEMENTS || !call.evaluator.spend(size, call.span) {
            return call.evaluator.over_limit(call.span, "the product has too many elements");
        }
        let column = elements(value, given);
        rows = rows
            .into_iter()
            .flat_map(|row| {
                column.iter().map(move |element| row.iter().cloned().chain([element.clone()]).collect())
            })
            .collect();
    }
    let rows = rows.into_iter().map(|row| values::made_list(row, call.span)).collect();
    list(call, rows, None)
}
