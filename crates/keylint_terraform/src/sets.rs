//! The elements of a set, in the order in which Terraform goes over them.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/types#sets>.

use std::cmp::Ordering;
use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Map, MapKind, Value};

use crate::functions::figures;
use crate::values;

/// The elements as a set: without duplicates where that is certain, and in the order in which
/// Terraform iterates over them where all are known.
pub(crate) fn into_set(mut list: List) -> List {
    let mut elements: Vec<Value> = Vec::with_capacity(list.elements.len());
    let mut seen = std::collections::HashSet::new();
    let known = !list.gaps && list.elements.iter().all(values::is_wholly_known);
    for element in std::mem::take(&mut list.elements) {
        let duplicate = match element.as_str() {
            Some(text) => !seen.insert(Arc::<str>::from(text)),
            // What is equal is side by side once they are in order.
            None if known => false,
            // How many there are is not known: a longer search would say no more.
            None if elements.len() <= 64 => {
                elements.iter().any(|other| values::equal(other, &element) == Some(true))
            }
            None => false,
        };
        if !duplicate {
            elements.push(element);
        }
    }
    if known {
        let mut ordered: Vec<_> =
            elements.into_iter().map(|element| (Order::of(&element), element)).collect();
        // No number of HCL is without an order.
        ordered.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
        elements = ordered.into_iter().map(|(_, element)| element).collect();
        elements.dedup_by(|next, kept| values::equal(kept, next) == Some(true));
    }
    List { elements, kind: ListKind::Set, leading: 0, ..list }
}

/// Where an element is in its set: null is last, and what is neither a number, a boolean nor a
/// string is in the order of a text that Terraform makes of it.
#[derive(PartialEq, PartialOrd)]
enum Order {
    Bool(bool),
    Number(f64),
    Text(String),
    Null,
}

impl Order {
    fn of(value: &Value) -> Order {
        match &value.data {
            Data::Null => Order::Null,
            Data::Bool(known) => Order::Bool(*known),
            Data::Number(number) => Order::Number(number.as_f64()),
            Data::String(text) => Order::Text(text.as_str().to_owned()),
            _ => {
                let mut text = String::new();
                push(value, &mut text);
                Order::Text(text)
            }
        }
    }
}

/// Appends what Terraform sorts a collection by: in a map the keys too, in an object the values alone.
fn push(value: &Value, text: &mut String) {
    match &value.data {
        Data::Bool(known) => text.push(if *known { 'T' } else { 'F' }),
        Data::Number(number) => {
            let written = number.to_string();
            text.push_str(&figures::of_ten_digits(&written).unwrap_or(written));
        }
        Data::String(known) => text.push_str(&format!("{:?}", known.as_str())),
        Data::Json(_) => {
            let known = values::to_string(value).unwrap_or_default();
            text.push_str(&format!("{known:?}"));
        }
        Data::List(list) => {
            let (start, end) = match list.kind {
                ListKind::List | ListKind::Set => ('[', ']'),
                ListKind::Tuple | ListKind::Open => ('<', '>'),
            };
            text.push(start);
            for element in &list.elements {
                push(element, text);
                text.push(';');
            }
            text.push(end);
        }
        Data::Map(map) => push_entries(map, text),
        _ => text.push('~'),
    }
}

fn push_entries(map: &Map, text: &mut String) {
    let mut entries: Vec<_> = map.entries.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    let has_keys = map.kind == MapKind::Map;
    text.push(if has_keys { '{' } else { '<' });
    for (key, entry) in entries {
        if has_keys {
            text.push_str(&format!("{key:?}:"));
        }
        push(&entry.value, text);
        text.push(';');
    }
    text.push(if has_keys { '}' } else { '>' });
}
