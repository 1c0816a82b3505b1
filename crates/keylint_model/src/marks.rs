//! What is said of a whole is said of its parts.
//!
//! The front ends mark what they make of a marked value, as a whole: the list that `values` makes
//! of a sensitive map has the mark, and its elements need not. Whoever reads a stack takes values
//! apart and asks each part alone, so the marks are handed down once, before anybody does.

use std::sync::Arc;

use crate::origin::Marks;
use crate::value::{Data, Value};

/// What is said of the parts of a value of which `marks` are said. What does not outlast a run of
/// Terraform is as secret as what is declared so: Terraform shows neither.
fn handed_down(marks: Marks) -> Marks {
    Marks { sensitive: marks.sensitive | marks.ephemeral, ..marks }
}

/// Gives everything in a value the marks of what it stands in.
pub(crate) fn spread(value: &mut Value) {
    if !is_spread(value, Marks::NONE) {
        hand_down(value, Marks::NONE);
    }
}

/// Whether everything in a value has the marks of what it stands in already. Most values have none.
fn is_spread(value: &Value, outer: Marks) -> bool {
    let marks = handed_down(value.origin.marks | outer);
    marks == value.origin.marks
        && match &value.data {
            Data::List(list) => list.elements.iter().all(|element| is_spread(element, marks)),
            Data::Map(map) => map.entries.values().all(|entry| is_spread(&entry.value, marks)),
            Data::Json(inner) => is_spread(inner, marks),
            Data::Choice(alternatives) => alternatives.iter().all(|one| is_spread(&one.value, marks)),
            _ => true,
        }
}

fn hand_down(value: &mut Value, outer: Marks) {
    let marks = handed_down(value.origin.marks | outer);
    value.origin.marks = marks;
    match &mut value.data {
        Data::List(list) => {
            Arc::make_mut(list).elements.iter_mut().for_each(|element| hand_down(element, marks));
        }
        Data::Map(map) => {
            Arc::make_mut(map).entries.values_mut().for_each(|entry| hand_down(&mut entry.value, marks));
        }
        Data::Json(inner) => hand_down(Arc::make_mut(inner), marks),
        Data::Choice(alternatives) => {
            Arc::make_mut(alternatives).iter_mut().for_each(|one| hand_down(&mut one.value, marks));
        }
        _ => {}
    }
}
