//! The one type of several values, and sets.
//!
//! A list, set or map has elements of one type. Where an expression makes one of elements of
//! several types Terraform converts them to the type that all of them convert to, and rejects them
//! when there is none: numbers beside strings become strings, also inside of lists and objects.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/types#conversion-of-complex-types>.

use std::cmp::Ordering;
use std::sync::Arc;

use keylint_model::{Data, List, Map, Value};

use crate::types::{Attribute, Type};
use crate::values;

/// The values as elements of one collection; `None` when Terraform rejects them.
pub(crate) fn unify(values: Vec<Value>) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    convert(values, &common(&types)?)
}

/// The values as elements of a collection of strings; `None` when Terraform rejects them.
pub(crate) fn strings(values: Vec<Value>) -> Option<Vec<Value>> {
    convert(values, &Type::String)
}

fn convert(values: Vec<Value>, ty: &Type) -> Option<Vec<Value>> {
    if matches!(ty, Type::Any | Type::Bool | Type::Number) {
        return Some(values);
    }
    // Only a constraint that is written somewhere has defaults.
    let default = |_: &_| Value::synthetic(Data::Null);
    values.iter().map(|value| ty.convert(value, &default).ok()).collect()
}

/// The type of a value; any type where it is not known or a part of the value is not there.
fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) | Data::Partial(_) | Data::Json(_) => Type::String,
        Data::List(list) if list.rest.is_some() => Type::Any,
        Data::List(list) if list.set => Type::Set(Box::new(list.elements.first().map_or(Type::Any, type_of))),
        Data::List(list) => Type::Tuple(list.elements.iter().map(type_of).collect()),
        Data::Map(map) if map.rest.is_none() => Type::Object(attributes(map)),
        _ => Type::Any,
    }
}

fn attributes(map: &Map) -> Vec<Attribute> {
    let mut attributes: Vec<_> = map
        .entries
        .iter()
        .map(|(name, entry)| Attribute::required(Arc::clone(name), type_of(&entry.value)))
        .collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

/// The type that all convert to. Any type where that is not certain: then nothing is converted.
fn common(types: &[Type]) -> Option<Type> {
    let known: Vec<&Type> = types.iter().filter(|ty| !matches!(ty, Type::Any)).collect();
    let all = |is: fn(&Type) -> bool| known.iter().all(|ty| is(ty));
    if known.is_empty() {
        return Some(Type::Any);
    }
    if all(|ty| matches!(ty, Type::Bool)) {
        return Some(Type::Bool);
    }
    if all(|ty| matches!(ty, Type::Number)) {
        return Some(Type::Number);
    }
    if all(|ty| matches!(ty, Type::Bool | Type::Number | Type::String)) {
        return known.iter().any(|ty| matches!(ty, Type::String)).then_some(Type::String);
    }
    if all(|ty| matches!(ty, Type::Tuple(_))) {
        return Some(common_tuple(&known));
    }
    if all(|ty| matches!(ty, Type::Object(_))) {
        return Some(common_object(&known));
    }
    // A set beside a list, and whatever else there is, converts in ways that are not modelled.
    let is_list = |ty: &Type| matches!(ty, Type::Tuple(_) | Type::Set(_) | Type::List(_));
    let lists = known.iter().filter(|ty| is_list(ty)).count();
    (lists == known.len()).then_some(Type::Any)
}

/// Of tuples of one length the type of each position, of others a list.
fn common_tuple(types: &[&Type]) -> Type {
    let rows: Vec<&Vec<Type>> =
        types.iter().filter_map(|ty| if let Type::Tuple(row) = ty { Some(row) } else { None }).collect();
    let length = rows.first().map_or(0, |row| row.len());
    if rows.iter().all(|row| row.len() == length) {
        let columns = (0..length).map(|position| {
            let column: Vec<Type> = rows.iter().filter_map(|row| row.get(position)).cloned().collect();
            common(&column)
        });
        return columns.collect::<Option<_>>().map_or(Type::Any, Type::Tuple);
    }
    let elements: Vec<Type> = rows.into_iter().flatten().cloned().collect();
    common(&elements).map_or(Type::Any, |ty| Type::List(Box::new(ty)))
}

/// Of objects with the same attributes the type of each, of others a map.
fn common_object(types: &[&Type]) -> Type {
    let rows: Vec<&Vec<Attribute>> =
        types.iter().filter_map(|ty| if let Type::Object(row) = ty { Some(row) } else { None }).collect();
    let names = |row: &[Attribute]| row.iter().map(|it| Arc::clone(&it.name)).collect::<Vec<_>>();
    let first = rows.first().map(|row| names(row)).unwrap_or_default();
    if rows.iter().all(|row| names(row) == first) {
        let columns = first.into_iter().enumerate().map(|(position, name)| {
            let column = rows.iter().filter_map(|row| row.get(position));
            let column: Vec<Type> = column.map(|it| it.constraint.clone()).collect();
            common(&column).map(|ty| Attribute::required(name, ty))
        });
        return columns.collect::<Option<_>>().map_or(Type::Any, Type::Object);
    }
    let elements: Vec<Type> = rows.into_iter().flatten().map(|it| it.constraint.clone()).collect();
    common(&elements).map_or(Type::Any, |ty| Type::Map(Box::new(ty)))
}

/// The elements as a set: without duplicates where that is certain, and in the order in which
/// Terraform iterates over them where all are known.
pub(crate) fn into_set(list: List) -> List {
    let mut elements: Vec<Value> = Vec::with_capacity(list.elements.len());
    let mut seen = std::collections::HashSet::new();
    let known = list.elements.iter().all(values::is_wholly_known);
    for element in list.elements {
        let duplicate = match element.as_str() {
            Some(text) => !seen.insert(Arc::<str>::from(text)),
            // Sets of other things are small; a quadratic search over them is bounded.
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
    }
    List { elements, rest: list.rest, set: true }
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

/// Appends what Terraform sorts a collection by.
fn push(value: &Value, text: &mut String) {
    match &value.data {
        Data::Bool(known) => text.push(if *known { 'T' } else { 'F' }),
        Data::Number(number) => text.push_str(&number.to_string()),
        Data::String(known) => text.push_str(&format!("{:?}", known.as_str())),
        Data::Json(_) => {
            let known = values::to_string(value).unwrap_or_default();
            text.push_str(&format!("{known:?}"));
        }
        Data::List(list) => {
            text.push('<');
            for element in &list.elements {
                push(element, text);
                text.push(';');
            }
            text.push('>');
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            text.push('<');
            for (_, entry) in entries {
                push(&entry.value, text);
                text.push(';');
            }
            text.push('>');
        }
        _ => text.push('~'),
    }
}
