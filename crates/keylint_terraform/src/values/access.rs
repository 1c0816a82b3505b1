//! Attributes, indices and splats of known and unknown values.

use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Map, Origin, Reason, Reference, Shape, Unknown, Value, ValueType};
use keylint_source::Span;

use super::declared::{attribute_type, each, element_type, some_element_type};
use super::{
    derived, describe, distribute, invalid, is_invalid, marked, quoted, rejected, shapes, to_number,
    to_string,
};

/// The value of `value.name`, read at `span`.
pub(crate) fn attribute(value: &Value, name: &str, span: Span) -> Value {
    match &value.data {
        Data::List(list) if list.gaps => {
            let spread = super::spread(std::slice::from_ref(value), span);
            spread.first().map_or_else(|| rejected(span), |value| attribute(value, name, span))
        }
        Data::Choice(_) => distribute("attribute", std::slice::from_ref(value), span, |values| {
            values.first().map_or_else(|| rejected(span), |value| attribute(value, name, span))
        }),
        Data::Map(map) => member(value, map, name, span),
        Data::List(list) if list.is_set() => invalid(span, "the elements of a set have no index"),
        Data::List(list) => match name.parse::<usize>() {
            Ok(position) => element(value, list, position, span),
            Err(_) => invalid(span, format!("a list has no attribute {}", quoted(name))),
        },
        Data::Unknown(unknown) => match attribute_type(value, name) {
            Ok(ty) => read_unknown(value, extend(unknown, name), span).of(ty),
            Err(message) => invalid(span, message),
        },
        _ => invalid(span, format!("{} has no attribute {}", describe(value), quoted(name))),
    }
}

/// The value of `value[key]`, read at `span`.
pub(crate) fn index(value: &Value, key: &Value, span: Span) -> Value {
    if super::has_gaps(value) {
        let spread = super::spread(std::slice::from_ref(value), span);
        return spread.first().map_or_else(|| rejected(span), |value| index(value, key, span));
    }
    if matches!(value.data, Data::Choice(_)) || matches!(key.data, Data::Choice(_)) {
        return distribute("index", &[value.clone(), key.clone()], span, |values| match values {
            [value, key] => index(value, key, span),
            _ => rejected(span),
        });
    }
    if matches!(key.data, Data::Unknown(_) | Data::Partial(_)) {
        return match some_element_type(value, key) {
            Ok(ty) => derived("index", &[value.clone(), key.clone()], span).of(ty),
            Err(message) => invalid(span, message),
        };
    }
    let found = at(value, key, span);
    // A key that is secret is no part of what the element is called.
    if key.origin.marks.sensitive && !holds(value, key) && !is_invalid(&found) {
        return derived("index", &[value.clone(), key.clone()], span);
    }
    // Which one it is would tell the key.
    marked(found, key.origin.marks)
}

/// The element under a key that only deployment decides, where all elements are of instances that
/// it decides too: what it refers to is known although it is not known which one it is.
pub(crate) fn open_element(value: &Value, key: &Value, span: Span) -> Option<Value> {
    let element = match &value.data {
        Data::List(list) if list.elements.is_empty() => extend_index(list.rest.as_ref()?, "*"),
        Data::Map(map) if map.entries.is_empty() => {
            let rest = map.rest.as_ref().filter(|rest| rest.is_element)?;
            Unknown { is_element: false, ..(**rest).clone() }
        }
        _ => return None,
    };
    element.reference.as_ref()?;
    let one = derived("index", &[value.clone(), key.clone()], span);
    let identity = one.as_unknown().and_then(|unknown| unknown.identity.clone());
    let marks = one.origin.marks;
    Some(marked(read_unknown(value, Unknown { identity, ..element }, span), marks))
}

/// Whether the element of a known key is written in the value, not read through what is unknown.
fn holds(value: &Value, key: &Value) -> bool {
    match &value.data {
        Data::Map(map) => to_string(key).is_some_and(|name| map.value(&name).is_some()),
        Data::List(list) => list.rest.is_none(),
        _ => false,
    }
}

/// [`index`] of a known key.
fn at(value: &Value, key: &Value, span: Span) -> Value {
    match &value.data {
        Data::Map(map) => match to_string(key) {
            Some(name) if map.value(&name).is_none() && map.rest.is_none() => {
                invalid(span, "the map has no such key")
            }
            Some(name) => member(value, map, &name, span),
            None => invalid(span, format!("{} is no key of a map", describe(key))),
        },
        Data::List(list) if list.is_set() => invalid(span, "the elements of a set have no index"),
        Data::List(list) => match to_number(key).and_then(|number| number.as_i64()) {
            Some(position) => match usize::try_from(position) {
                Ok(position) => element(value, list, position, span),
                Err(_) => invalid(span, "a list has no element at a negative index"),
            },
            None => invalid(span, format!("{} is no index of a list", describe(key))),
        },
        Data::Unknown(unknown) => {
            let ty = match element_type(value, key) {
                Ok(ty) => ty,
                Err(message) => return invalid(span, message),
            };
            let extended = match to_string(key) {
                Some(name) if to_number(key).is_some() => extend_index(unknown, &name),
                Some(name) => extend(unknown, &name),
                None => return invalid(span, format!("{} is neither an index nor a key", describe(key))),
            };
            read_unknown(value, extended, span).of(ty)
        }
        _ => invalid(span, format!("{} has no elements", describe(value))),
    }
}

fn member(value: &Value, map: &Map, name: &str, span: Span) -> Value {
    match (map.value(name), &map.rest) {
        (Some(found), _) => inherit(&value.origin, found),
        (None, Some(rest)) => match attribute_type(value, name) {
            Ok(ty) if rest.is_element => read_unknown(value, element_at(rest, name), span).of(ty),
            Ok(ty) => read_unknown(value, extend(rest, name), span).of(ty),
            Err(message) => invalid(span, message),
        },
        (None, None) => invalid(span, format!("the object has no attribute {}", quoted(name))),
    }
}

fn element(value: &Value, list: &List, position: usize, span: Span) -> Value {
    match (list.elements.get(position), &list.rest) {
        (Some(found), None) => inherit(&value.origin, found),
        (Some(found), Some(_)) if position < list.leading => inherit(&value.origin, found),
        // The order is not certain: which element it is only deployment decides.
        (_, Some(rest)) if list.elements.is_empty() => {
            read_unknown(value, extend_index(rest, &position.to_string()), span).of(each(value))
        }
        (_, Some(_)) => derived("index", std::slice::from_ref(value), span).of(each(value)),
        (None, None) => invalid(span, elements_message(list.elements.len())),
    }
}

pub(super) fn elements_message(count: usize) -> String {
    match count {
        0 => "the list is empty".to_owned(),
        1 => "the list has one element only".to_owned(),
        _ => format!("the list has {count} elements only"),
    }
}

pub(super) fn read_unknown(from: &Value, unknown: Unknown, span: Span) -> Value {
    let origin = Origin { span: Some(span), ..from.origin.clone() };
    Value::unknown(unknown, origin)
}

/// A part of a value as it is seen through the whole: it came the same way and has its marks.
pub(crate) fn inherit(whole: &Origin, part: &Value) -> Value {
    let mut part = part.clone();
    part.origin.marks |= whole.marks;
    if let Some(via) = &whole.via {
        if part.origin.via.is_none() {
            part.origin.via = Some(Arc::clone(via));
        } else {
            let mut steps: Vec<_> = via.chain().collect();
            steps.reverse();
            for step in steps {
                part.origin = part.origin.through(step.step, Arc::clone(&step.name), step.span);
            }
        }
    }
    part
}

/// A part of an unknown value, before anything is said about which.
fn part_of(unknown: &Unknown) -> Unknown {
    let (causes, message) = (Arc::clone(&unknown.causes), unknown.message.clone());
    Unknown { at: unknown.at, causes, message, ..Unknown::new(unknown.reason.clone()) }
}

/// What is known of the attribute `name` of an unknown value.
pub(crate) fn extend(unknown: &Unknown, name: &str) -> Unknown {
    let mut extended = part_of(unknown);
    if let Some(reference) = &unknown.reference {
        let attribute: Arc<str> = match &*reference.attribute {
            "" => name.into(),
            outer => format!("{outer}.{name}").into(),
        };
        let full: Arc<str> = format!("{}.{attribute}", reference.address).into();
        extended.reason = match &unknown.reason {
            Reason::Computed(_) => Reason::Computed(Arc::clone(&full)),
            Reason::DataSource(_) => Reason::DataSource(Arc::clone(&full)),
            Reason::Import(_) => Reason::Import(Arc::clone(&full)),
            other => other.clone(),
        };
        let is_computed = matches!(unknown.reason, Reason::Computed(_));
        extended.shape = match shapes::of(&reference.address, &attribute) {
            // By the conventions of the provider the ARN is `arn`, and never in these.
            Shape::Any if is_computed && matches!(&*attribute, "name" | "bucket") => Shape::Name,
            shape => shape,
        };
        extended.reference = Some(Reference { address: reference.address.clone(), attribute });
    }
    extended.identity = unknown.identity.as_ref().map(|identity| format!("{identity}.{name}").into());
    extended
}

/// What is known of the element `position` of an unknown value. An element of all instances of a
/// resource is one of these instances.
pub(crate) fn extend_index(unknown: &Unknown, position: &str) -> Unknown {
    let mut extended = part_of(unknown);
    if let Some(reference) = &unknown.reference {
        let attribute = match &*reference.attribute {
            "" => "".into(),
            outer if reference.address.as_str().ends_with("[*]") => outer.into(),
            outer => format!("{outer}[{position}]").into(),
        };
        extended.reference = Some(Reference { address: reference.address.clone(), attribute });
    }
    extended.identity = unknown.identity.as_ref().map(|identity| format!("{identity}[{position}]").into());
    extended
}

/// One of the further elements of a collection, under a name, which takes the place of that of any.
fn element_at(rest: &Unknown, name: &str) -> Unknown {
    let named = |identity: &Arc<str>| {
        let any = identity.strip_suffix("[*]").unwrap_or(identity);
        format!("{any}[{name:?}]").into()
    };
    let identity = rest.identity.as_ref().map(named);
    Unknown { identity, is_element: false, ..rest.clone() }
}

/// What a splat goes over.
pub(crate) enum SplatBase {
    /// These elements, and perhaps more, as which sequence.
    Elements(Vec<Value>, Option<Arc<Unknown>>, ListKind),
    /// Only deployment decides.
    Unknown(Arc<Unknown>),
    /// A list that is null, which a splat does not go over.
    Null,
    /// Nothing that a splat can go over.
    Invalid(Arc<Unknown>),
}

/// The elements of `value[*]`: those of a list, none of a null that is no list, the value itself
/// otherwise.
pub(crate) fn splat_base(value: &Value) -> SplatBase {
    match &value.data {
        Data::List(list) => SplatBase::Elements(
            list.elements.iter().map(|element| inherit(&value.origin, element)).collect(),
            list.rest.clone(),
            if list.is_set() { ListKind::List } else { list.kind },
        ),
        Data::Null => match value.ty.as_deref() {
            Some(ValueType::List(_) | ValueType::Set(_) | ValueType::Tuple(_)) => SplatBase::Null,
            _ => SplatBase::Elements(Vec::new(), None, ListKind::Tuple),
        },
        Data::Unknown(unknown) if unknown.reason == Reason::Invalid => {
            SplatBase::Invalid(Arc::clone(unknown))
        }
        // One instance of a resource is a known object, all but its attributes.
        Data::Unknown(unknown) => match super::expanded(value) {
            Some(tuple) if matches!(tuple.data, Data::List(_)) => splat_base(&tuple),
            _ if value.never_null && is_single(value) => {
                SplatBase::Elements(vec![value.clone()], None, ListKind::Tuple)
            }
            _ => SplatBase::Unknown(Arc::clone(unknown)),
        },
        _ => SplatBase::Elements(vec![value.clone()], None, ListKind::Tuple),
    }
}

/// Whether the declared type of an unknown value is that of no list.
fn is_single(value: &Value) -> bool {
    let is_list = |ty: &ValueType| matches!(ty, ValueType::List(_) | ValueType::Set(_) | ValueType::Tuple(_));
    super::declared(value).is_some_and(|ty| !is_list(ty))
}
