//! What expressions do with values, apart from the language: access, choices, equality,
//! conversion, JSON.
//!
//! Everything here is total. An operation that Terraform rejects gives an unknown value with
//! [`Reason::Invalid`], and an operation on what is not known gives an unknown value that says
//! which operand made it so.

mod access;
mod choice;
mod convert;
mod declared;
mod describe;
mod equality;
mod gaps;
mod json;
mod normal;
mod shapes;

use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use keylint_model::{
    Data, Entry, List, ListKind, Map, MapKind, Marks, Number, Origin, Part, Reason, Unknown, Value, ValueType,
};
use keylint_source::{FileId, Span};
use keylint_syntax::Text;

pub(crate) use access::{
    SplatBase, attribute, extend, extend_index, index, inherit, open_element, splat_base,
};
pub(crate) use choice::{assume, choice, distribute, distribute_or, settle, simplify_guards};
pub(crate) use convert::{
    Items, Pair, beside_strings, iterate, not_a_collection, text_parts, to_bool, to_number, to_string,
};
pub(crate) use declared::{
    declared, each, expanded, is_never, is_never_known, lacks, may_be_key, stays_open,
};
pub(crate) use describe::{describe, quoted};
pub(crate) use equality::equal;
pub(crate) use gaps::{
    are_too_many, each_present, gather, gathered, has_gaps, may_be_left_out, spread, spread_whole,
};
pub(crate) use json::{decode, from_document, json_parts};
pub(crate) use normal::normalised;
pub(crate) use shapes::excludes;

/// A value that an expression makes at `span`.
pub(crate) fn made(data: Data, span: Span) -> Value {
    Value::new(data, Origin::at(span))
}

/// A known string that an expression makes: every part of it stands for the whole expression.
pub(crate) fn made_string(text: impl Into<Arc<str>>, span: Span) -> Value {
    made(
        Data::String(Text::mapped(text, vec![keylint_syntax::Segment { start: 0, span, exact: false }])),
        span,
    )
}

/// A boolean that an expression makes.
pub(crate) fn made_bool(known: bool, span: Span) -> Value {
    made(Data::Bool(known), span)
}

/// A number that an expression makes.
pub(crate) fn made_number(number: Number, span: Span) -> Value {
    made(Data::Number(number), span)
}

/// A list that an expression makes.
pub(crate) fn made_list(elements: Vec<Value>, span: Span) -> Value {
    made(Data::List(Arc::new(List { elements, ..List::default() })), span)
}

/// A list of elements of one type that a function makes.
pub(crate) fn list_of(elements: Vec<Value>, span: Span) -> Value {
    made(Data::List(Arc::new(List { elements, kind: ListKind::List, ..List::default() })), span)
}

/// An object that an expression makes.
pub(crate) fn made_map(entries: IndexMap<Arc<str>, Entry>, span: Span) -> Value {
    made(Data::Map(Arc::new(Map { entries, rest: None, ..Map::default() })), span)
}

/// An entry whose key and value are written nowhere but in the value itself.
pub(crate) fn entry(value: Value) -> Entry {
    Entry { key_span: None, span: value.origin.span, value }
}

/// What Terraform rejects: `message` says what is wrong at `span`, without any value that could be
/// secret. Whoever evaluates the expression reports it where nothing catches it.
pub(crate) fn invalid(span: Span, message: impl Into<Arc<str>>) -> Value {
    let wrong = Unknown::new(Reason::Invalid).with_place(span);
    unknown(Unknown { message: Some(message.into()), ..wrong }, span)
}

/// What Terraform rejects and another problem reports: text that does not parse, a variable that
/// is not of its type.
pub(crate) fn rejected(span: Span) -> Value {
    unknown(Unknown::new(Reason::Invalid).with_place(span), span)
}

/// The first of the values that is invalid, as it is seen at `span`.
pub(crate) fn carried(values: &[Value], span: Span) -> Option<Value> {
    values.iter().find_map(first_invalid).map(|wrong| unknown((**wrong).clone(), span))
}

/// The first invalid value in a value. Bounded by the size limit of stored values.
pub(crate) fn first_invalid(value: &Value) -> Option<&Arc<Unknown>> {
    fn wrong(rest: &Option<Arc<Unknown>>) -> Option<&Arc<Unknown>> {
        rest.as_ref().filter(|unknown| unknown.reason == Reason::Invalid)
    }
    match &value.data {
        Data::Unknown(unknown) => (unknown.reason == Reason::Invalid).then_some(unknown),
        Data::List(list) => list.elements.iter().find_map(first_invalid).or_else(|| wrong(&list.rest)),
        Data::Map(map) => {
            let entries = map.entries.values().find_map(|entry| first_invalid(&entry.value));
            entries.or_else(|| wrong(&map.rest))
        }
        Data::Json(inner) => first_invalid(inner),
        Data::Partial(parts) => parts.iter().find_map(|part| match part {
            Part::Hole(unknown, _) if unknown.reason == Reason::Invalid => Some(unknown),
            _ => None,
        }),
        _ => None,
    }
}

/// What lies beyond a limit.
pub(crate) fn limit(span: Span) -> Value {
    unknown(Unknown::new(Reason::Limit), span)
}

/// An unknown value met at `span`.
pub(crate) fn unknown(unknown: Unknown, span: Span) -> Value {
    Value::unknown(unknown, Origin::at(span))
}

/// The value without the places that lie in no file; what is wrong with it is wrong at `place`.
pub(crate) fn unplaced(value: &Value, place: Span) -> Value {
    let kept = |span: Option<Span>| span.filter(|span| span.file != FileId::NOWHERE);
    let data = match &value.data {
        Data::List(list) => {
            let elements = list.elements.iter().map(|element| unplaced(element, place)).collect();
            Data::List(Arc::new(List { elements, ..(**list).clone() }))
        }
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(key, entry)| {
                let value = unplaced(&entry.value, place);
                (Arc::clone(key), Entry { key_span: kept(entry.key_span), span: kept(entry.span), value })
            });
            Data::Map(Arc::new(Map {
                entries: entries.collect(),
                rest: map.rest.clone(),
                kind: map.kind,
                named_at: map.named_at.clone(),
            }))
        }
        Data::Json(inner) => Data::Json(Arc::new(unplaced(inner, place))),
        Data::Unknown(unknown) => Data::Unknown(Arc::new((**unknown).clone().with_place(place))),
        other => other.clone(),
    };
    Value {
        data,
        origin: Origin { span: kept(value.origin.span), ..value.origin.clone() },
        ty: value.ty.clone(),
        never_null: value.never_null,
    }
}

/// A value of which only the provider, or what is not known, decides whether its lists are tuples
/// and its maps objects.
pub(crate) fn opened(mut value: Value) -> Value {
    open(&mut value);
    value
}

fn open(value: &mut Value) {
    match &mut value.data {
        Data::List(list) => {
            let list = Arc::make_mut(list);
            if !list.is_set() {
                list.kind = ListKind::Open;
            }
            list.elements.iter_mut().for_each(open);
        }
        Data::Map(map) => {
            let map = Arc::make_mut(map);
            map.kind = MapKind::Open;
            map.entries.values_mut().for_each(|entry| open(&mut entry.value));
        }
        Data::Choice(alternatives) => {
            let mut opened = alternatives.to_vec();
            opened.iter_mut().for_each(|one| open(&mut one.value));
            *alternatives = opened.into();
        }
        _ => {}
    }
}

/// Whether the value is a collection without elements, of which it does not say the type.
pub(crate) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::List(list) => list.elements.is_empty() && list.rest.is_none(),
        Data::Map(map) => map.entries.is_empty() && map.rest.is_none(),
        _ => false,
    }
}

/// Whether the value is a collection of which not all elements are known.
pub(crate) fn is_open(value: &Value) -> bool {
    match &value.data {
        Data::List(list) => list.rest.is_some() || list.gaps,
        Data::Map(map) => map.rest.is_some(),
        _ => false,
    }
}

/// Null as it is written: of no type.
pub(crate) fn null(origin: Origin) -> Value {
    static ANY: LazyLock<Arc<ValueType>> = LazyLock::new(|| Arc::new(ValueType::Any));
    Value::new(Data::Null, origin).of(Some(Arc::clone(&ANY)))
}

/// The value as one that Terraform rejects, where it is.
pub(crate) fn is_invalid(value: &Value) -> bool {
    matches!(&value.data, Data::Unknown(unknown) if unknown.reason == Reason::Invalid)
}

/// Whether the value, or anything in it, is what Terraform rejects. Bounded by the size limit of
/// stored values.
pub(crate) fn has_invalid(value: &Value) -> bool {
    first_invalid(value).is_some()
}

/// Whether only deployment decides what the value as a whole is.
pub(crate) fn is_deferred(value: &Value) -> bool {
    matches!(value.data, Data::Unknown(_) | Data::Partial(_) | Data::Choice(_) | Data::Json(_))
}

/// Whether the value and everything in it is known.
pub(crate) fn is_wholly_known(value: &Value) -> bool {
    match &value.data {
        Data::Unknown(_) | Data::Partial(_) | Data::Choice(_) => false,
        Data::List(list) => list.rest.is_none() && list.elements.iter().all(is_wholly_known),
        Data::Map(map) => {
            map.rest.is_none() && map.entries.values().all(|entry| is_wholly_known(&entry.value))
        }
        Data::Json(inner) => is_wholly_known(inner),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => true,
    }
}

/// What is said of the value, or of anything in it.
pub(crate) fn marks(value: &Value) -> Marks {
    let inner = match &value.data {
        Data::List(list) => list.elements.iter().map(marks).collect(),
        Data::Map(map) => map.entries.values().map(|entry| marks(&entry.value)).collect(),
        Data::Json(inner) => marks(inner),
        Data::Choice(alternatives) => alternatives.iter().map(|one| marks(&one.value)).collect(),
        _ => Marks::NONE,
    };
    value.origin.marks | inner
}

/// The same value, with more marks.
pub(crate) fn marked(mut value: Value, marks: Marks) -> Value {
    value.origin.marks |= marks;
    value
}

/// How many values there are in a value, as a tree, or `None` past `budget`.
pub(crate) fn count_nodes(value: &Value, budget: usize) -> Option<usize> {
    fn count(value: &Value, budget: &mut usize) -> Option<()> {
        *budget = budget.checked_sub(1)?;
        match &value.data {
            Data::List(list) => list.elements.iter().try_for_each(|element| count(element, budget)),
            Data::Map(map) => map.entries.values().try_for_each(|entry| count(&entry.value, budget)),
            Data::Json(inner) => count(inner, budget),
            Data::Choice(alternatives) => alternatives.iter().try_for_each(|one| count(&one.value, budget)),
            Data::Partial(parts) => {
                *budget = budget.checked_sub(parts.len())?;
                Some(())
            }
            _ => Some(()),
        }
    }
    let mut left = budget;
    count(value, &mut left)?;
    Some(budget - left)
}

/// The first unknown in a value: the one that a person would resolve first.
pub(crate) fn first_unknown(value: &Value) -> Option<&Arc<Unknown>> {
    match &value.data {
        Data::Unknown(unknown) => Some(unknown),
        Data::Partial(parts) => parts.iter().find_map(|part| match part {
            Part::Hole(unknown, _) => Some(unknown),
            Part::Known(_) => None,
        }),
        Data::List(list) => list.elements.iter().find_map(first_unknown).or(list.rest.as_ref()),
        Data::Map(map) => {
            map.entries.values().find_map(|entry| first_unknown(&entry.value)).or(map.rest.as_ref())
        }
        Data::Json(inner) => first_unknown(inner),
        Data::Choice(alternatives) => alternatives.iter().find_map(|one| first_unknown(&one.value)),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => None,
    }
}

/// What `name` makes of operands of which a part is not known.
///
/// Invalid operands stay invalid and limits stay limits. The result has an identity when every
/// operand has one, so that the same expression over the same inputs equals itself.
pub(crate) fn derived(name: &str, operands: &[Value], span: Span) -> Value {
    let marks = operands.iter().map(marks).collect();
    let first = operands.iter().find_map(first_invalid).or_else(|| operands.iter().find_map(first_unknown));
    let mut result = match first {
        Some(cause) if is_settled(&cause.reason) => {
            Unknown { message: cause.message.clone(), ..Unknown::new(cause.reason.clone()) }
        }
        _ => Unknown::new(Reason::Operand(name.into())),
    };
    result.at = first.and_then(|cause| cause.at);
    result.identity = call_identity(name, operands);
    let mut causes = Vec::new();
    operands.iter().for_each(|operand| collect_causes(operand, &mut causes));
    result.causes = causes.into();
    marked(unknown(result, span), marks)
}

/// Appends the unknown values of a value, each once, or what they were made of.
fn collect_causes(value: &Value, causes: &mut Vec<Arc<Unknown>>) {
    let mut add = |unknown: &Arc<Unknown>| {
        let leaves = if unknown.causes.is_empty() { std::slice::from_ref(unknown) } else { &unknown.causes };
        for leaf in leaves {
            if causes.len() < Unknown::CAUSES && !causes.iter().any(|known| same_cause(known, leaf)) {
                causes.push(Arc::clone(leaf));
            }
        }
    };
    match &value.data {
        Data::Unknown(unknown) => add(unknown),
        Data::Partial(parts) => {
            for part in parts.iter() {
                if let Part::Hole(unknown, _) = part {
                    add(unknown);
                }
            }
        }
        Data::List(list) => {
            list.rest.iter().for_each(add);
            list.elements.iter().for_each(|element| collect_causes(element, causes));
        }
        Data::Map(map) => {
            map.rest.iter().for_each(add);
            map.entries.values().for_each(|entry| collect_causes(&entry.value, causes));
        }
        Data::Json(inner) => collect_causes(inner, causes),
        Data::Choice(alternatives) => alternatives.iter().for_each(|one| collect_causes(&one.value, causes)),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

fn same_cause(one: &Arc<Unknown>, other: &Arc<Unknown>) -> bool {
    Arc::ptr_eq(one, other) || one.is_same(other)
}

/// Longest identity of what is made of other values, in bytes.
const IDENTITY: usize = 256;

fn call_identity(name: &str, operands: &[Value]) -> Option<Arc<str>> {
    let mut text = format!("{name}(");
    for (position, operand) in operands.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        push_identity(&mut text, operand)?;
        if text.len() > IDENTITY {
            return None;
        }
    }
    text.push(')');
    Some(text.into())
}

/// Appends what identifies a value; nothing of a sensitive known one.
fn push_identity(text: &mut String, value: &Value) -> Option<()> {
    match &value.data {
        Data::Unknown(unknown) => text.push_str(unknown.identity.as_ref()?),
        _ if value.origin.marks.sensitive => return None,
        Data::Null => text.push_str("null"),
        Data::Bool(known) => text.push_str(if *known { "true" } else { "false" }),
        Data::Number(number) => text.push_str(&number.to_string()),
        Data::String(known) if known.len() <= 64 => text.push_str(&format!("{:?}", known.as_str())),
        Data::Partial(parts) => {
            text.push('"');
            for part in parts.iter() {
                match part {
                    Part::Known(known) if known.len() <= 64 => text.push_str(known),
                    Part::Known(_) => return None,
                    Part::Hole(unknown, _) => {
                        text.push_str("${");
                        text.push_str(unknown.identity.as_ref()?);
                        text.push('}');
                    }
                }
            }
            text.push('"');
        }
        Data::List(list) if list.rest.is_none() && !list.gaps => push_elements(text, list)?,
        _ => return None,
    }
    Some(())
}

/// Appends what identifies a list that is known whole: what kind of list it is, and its elements.
fn push_elements(text: &mut String, list: &List) -> Option<()> {
    if !list.elements.is_empty() {
        text.push_str(match list.kind {
            ListKind::Tuple => "",
            ListKind::List => "list",
            ListKind::Set => "set",
            ListKind::Open => "any",
        });
    }
    text.push('[');
    for (position, element) in list.elements.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        push_identity(text, element)?;
        if text.len() > IDENTITY {
            return None;
        }
    }
    text.push(']');
    Some(())
}

/// What identifies a value within its module, where something does: see [`Unknown::identity`].
pub(crate) fn identity(value: &Value) -> Option<String> {
    let mut text = String::new();
    push_identity(&mut text, value)?;
    Some(text)
}

/// Whether a reason is no matter of deployment: nothing decides such a value later.
pub(crate) fn is_settled(reason: &Reason) -> bool {
    matches!(reason, Reason::Invalid | Reason::Limit | Reason::Cycle)
}
