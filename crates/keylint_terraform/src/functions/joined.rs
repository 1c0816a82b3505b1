//! Functions that make one list of several, or of what is left of one.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#collection-functions>.

use std::sync::Arc;

use keylint_model::{Data, ListKind, Marks, Part, Unknown, Value, ValueType};

use super::collections::{elements, list, of_others, rest_of, with_gaps};
use super::types::mixed;
use super::{Call, gaps};
use crate::limits;
use crate::types::Type;
use crate::unify::{common, of_type, strings, type_of};
use crate::values::{self, inherit, rejected};

pub(super) fn concat(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let mut joined = Vec::new();
    let mut rest = None;
    let mut gaps = false;
    // Where something may stand between the elements.
    let mut leading = None;
    let mut kinds = Vec::with_capacity(values.len());
    for value in values {
        match &value.data {
            Data::List(list) if !list.is_set() => {
                gaps |= list.gaps;
                if list.rest.is_some() {
                    leading = leading.or(Some(joined.len() + list.leading));
                }
                joined.extend(elements(value, list));
                rest = rest.or_else(|| list.rest.clone());
                kinds.push(list.kind);
            }
            Data::Unknown(unknown) => {
                rest = rest.or_else(|| Some(Arc::clone(unknown)));
                leading = leading.or(Some(joined.len()));
                kinds.push(ListKind::Open);
            }
            _ => return rejected(call.span),
        }
    }
    let certain = kinds.contains(&ListKind::Tuple);
    let kind = if certain { ListKind::Tuple } else { ListKind::Open };
    if !kinds.iter().all(|kind| *kind == ListKind::List) {
        // Of lists only the others say whether their elements stay what they are.
        let leading = leading.filter(|_| certain).unwrap_or_default();
        return with_leading(with_gaps(list(call, joined, rest, kind), gaps), leading);
    }
    // Lists make a list where their elements have a type in common, and a tuple where they have none.
    let types: Vec<Type> = joined.iter().map(type_of).chain(of_others(values)).collect();
    let common = common(&types);
    let is_certain = common.as_ref().is_some_and(|ty| !matches!(ty, Type::Any | Type::Uncertain));
    let leading = leading.filter(|_| is_certain).unwrap_or_default();
    let (joined, kind) = match common {
        Some(ty) => (of_type(joined, &ty), ListKind::List),
        None if types.iter().any(|ty| matches!(ty, Type::Any)) => (None, kind),
        None if rest.is_none() && !gaps => (Some(joined), ListKind::Tuple),
        None => (Some(joined), ListKind::Open),
    };
    match joined {
        Some(joined) => with_leading(with_gaps(list(call, joined, rest, kind), gaps), leading),
        None => mixed(call),
    }
}

/// The list with so many elements before all of which nothing is known.
fn with_leading(mut value: Value, leading: usize) -> Value {
    if let (true, Data::List(list)) = (leading > 0, &mut value.data) {
        Arc::make_mut(list).leading = leading;
    }
    value
}

pub(super) fn flatten(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values {
        [whole @ Value { data: Data::List(outer), .. }] => {
            let inner = elements(whole, outer);
            if outer.gaps || values::are_too_many(&inner) {
                return gaps::flatten(call, whole, outer);
            }
            values::distribute(call.name, &inner, call.span, |inner| {
                let mut flat = Vec::new();
                let mut rest = outer.rest.clone();
                let mut marks = Marks::NONE;
                for element in inner {
                    push_flat(call, element, &mut flat, &mut rest, &mut marks);
                    if flat.len() > limits::ELEMENTS {
                        break;
                    }
                }
                values::marked(list(call, flat, rest, ListKind::Tuple), marks)
            })
        }
        _ => call.unless_known(values),
    }
}

pub(super) fn push_flat(
    call: &Call<'_, '_>,
    value: &Value,
    flat: &mut Vec<Value>,
    rest: &mut Option<Arc<Unknown>>,
    marks: &mut Marks,
) {
    match &value.data {
        Data::List(list) => {
            *marks |= value.origin.marks;
            for element in &list.elements {
                if flat.len() > limits::ELEMENTS || !call.evaluator.spend(1, call.span) {
                    return;
                }
                push_flat(call, &inherit(&value.origin, element), flat, rest, marks);
            }
            *rest = rest.take().or_else(|| list.rest.clone());
        }
        Data::Unknown(_) if values::declared(value).is_some_and(|ty| !may_be_flattened(ty)) => {
            flat.push(value.clone());
        }
        // It may be a list or an element.
        Data::Unknown(_) | Data::Choice(_) => *rest = rest.take().or_else(|| rest_of(call, value)),
        _ => flat.push(value.clone()),
    }
}

/// Whether the elements of a value of a type stand for it in a list that is made flat.
fn may_be_flattened(ty: &ValueType) -> bool {
    matches!(ty, ValueType::Any | ValueType::List(_) | ValueType::Set(_) | ValueType::Tuple(_))
}

pub(super) fn compact(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole @ Value { data: Data::List(given), .. }] = values else { return call.unless_known(values) };
    let inner = elements(whole, given);
    if given.gaps || values::are_too_many(&inner) {
        return gaps::compact(call, inner, given.rest.clone());
    }
    values::distribute(call.name, &inner, call.span, |inner| {
        let Some(inner) = strings(inner.to_vec()) else { return call.invalid("takes a list of strings") };
        let mut kept = Vec::with_capacity(inner.len());
        let mut rest = given.rest.clone();
        for element in &inner {
            match &element.data {
                Data::Null => {}
                Data::String(text) if text.is_empty() => {}
                // It may be empty.
                Data::Unknown(_) => rest = rest.or_else(|| rest_of(call, element)),
                Data::Partial(parts) if !parts.iter().any(|part| matches!(part, Part::Known(_))) => {
                    rest = rest.or_else(|| rest_of(call, element));
                }
                _ => kept.push(element.clone()),
            }
        }
        list(call, kept, rest, ListKind::List)
    })
}
