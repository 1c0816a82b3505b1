//! The one type of several values.
//!
//! A list, set or map has elements of one type, and both results of a conditional have one. Where an
//! expression makes one of several types Terraform converts them to the type that all of them
//! convert to, and rejects them when there is none: numbers beside strings become strings, also
//! inside of lists and objects.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/types#conversion-of-complex-types>.

mod preference;
mod rows;

use std::sync::Arc;

use keylint_model::{Data, ListKind, Map, MapKind, Value, ValueType};

use crate::types::{Attribute, Type};
use crate::values;

use preference::preferred;
pub(crate) use rows::{Row, may_be_joined, may_be_same, unify_row};
use rows::{all_fit, has_null};

/// The values as elements of one collection; `None` when Terraform rejects them.
pub(crate) fn unify(values: Vec<Value>) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    of_type(values, &common(&types)?)
}

/// [`unify`] beside collections that have no elements, but a type of them.
pub(crate) fn unify_beside(values: Vec<Value>, others: &[Type]) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(type_of).chain(others.iter().cloned()).collect();
    of_type(values, &common(&types)?)
}

/// The values as elements of a collection of strings; `None` when Terraform rejects them.
pub(crate) fn strings(values: Vec<Value>) -> Option<Vec<Value>> {
    of_type(values, &Type::String)
}

/// The value as one of a type; `None` when Terraform rejects it.
pub(crate) fn converted(value: &Value, ty: &Type) -> Option<Value> {
    // Only a constraint that is written somewhere has defaults.
    let default = |_: &_| Value::synthetic(Data::Null);
    match ty {
        Type::Any | Type::Uncertain => Some(value.clone()),
        _ => ty.convert(value, &default).ok(),
    }
}

/// The values as elements of a collection of a type; `None` when Terraform rejects them.
pub(crate) fn of_type(values: Vec<Value>, ty: &Type) -> Option<Vec<Value>> {
    if matches!(ty, Type::Any | Type::Uncertain) {
        return Some(values);
    }
    if matches!(ty, Type::Bool | Type::Number) {
        let null = |value: Value| if value.is_null() { typed(value, ty) } else { value };
        return Some(values.into_iter().map(null).collect());
    }
    values.iter().map(|value| converted(value, ty)).collect()
}

/// The value, as one of a type where it does not say its own.
pub(crate) fn typed(value: Value, ty: &Type) -> Value {
    if value.is_null() || values::is_empty(&value) {
        value.of(ty.said().map(Arc::new))
    } else if values::is_open(&value) {
        of_declared(value, ty)
    } else {
        value
    }
}

/// An unknown value as one of a type, as far as that is certain; any other value as it is.
pub(crate) fn known_as(value: Value, ty: &Type) -> Value {
    match &value.data {
        Data::Unknown(unknown) if !values::is_settled(&unknown.reason) => of_declared(value, ty),
        _ => value,
    }
}

fn of_declared(value: Value, ty: &Type) -> Value {
    let ty = ty.declared();
    value.of(Some(ty).filter(|ty| *ty != ValueType::Any).map(Arc::new))
}

/// What the type of an unknown value says: what it leaves open is not certain.
fn of_unknown(ty: &ValueType) -> Type {
    let inner = |ty: &ValueType| Box::new(of_unknown(ty));
    match ty {
        ValueType::Any => Type::Uncertain,
        ValueType::List(of) => Type::List(inner(of)),
        ValueType::Set(of) => Type::Set(inner(of)),
        ValueType::Map(of) => Type::Map(inner(of)),
        ValueType::Tuple(row) => Type::Tuple(row.iter().map(of_unknown).collect()),
        ValueType::Object(row) => Type::Object(
            row.iter().map(|(name, ty)| Attribute::required(Arc::clone(name), of_unknown(ty))).collect(),
        ),
        ValueType::String | ValueType::Number | ValueType::Bool => ty.into(),
    }
}

/// The type of a value; any type of a null that is of none, which converts to all.
pub(crate) fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) | Data::Partial(_) | Data::Json(_) => Type::String,
        Data::List(list) => match list.kind {
            ListKind::Set => Type::Set(Box::new(element_type(value))),
            ListKind::List => Type::List(Box::new(element_type(value))),
            ListKind::Tuple if list.rest.is_none() && !list.gaps => {
                Type::Tuple(list.elements.iter().map(type_of).collect())
            }
            ListKind::Tuple | ListKind::Open => value.ty.as_deref().map_or(Type::Uncertain, of_unknown),
        },
        Data::Map(map) => match map.kind {
            MapKind::Map => Type::Map(Box::new(element_type(value))),
            MapKind::Object if map.rest.is_none() => Type::Object(attributes(map)),
            MapKind::Object | MapKind::Open => value.ty.as_deref().map_or(Type::Uncertain, of_unknown),
        },
        Data::Choice(alternatives) => {
            // A configuration that is deployed is not the one that fails.
            let fails = |value: &Value| values::is_invalid(value) && value.ty.is_none();
            let mut types = alternatives.iter().map(|one| &one.value).filter(|one| !fails(one)).map(type_of);
            types.next().map_or(Type::Uncertain, |first| types.fold(first, |all, one| shared(&all, &one)))
        }
        Data::Unknown(_) => value.ty.as_deref().map_or(Type::Uncertain, of_unknown),
        Data::Null => value.ty.as_deref().map_or(Type::Any, Type::from),
    }
}

/// The type of the elements of a collection, or of its null; of a tuple or an object the type that
/// all of them convert to.
pub(crate) fn element_type(value: &Value) -> Type {
    match (&value.data, value.ty.as_deref()) {
        (Data::List(list), None) if !list.elements.is_empty() => of_elements(list.elements.iter()),
        (Data::Map(map), None) if !map.entries.is_empty() => {
            of_elements(map.entries.values().map(|entry| &entry.value))
        }
        (data, Some(ValueType::List(inner) | ValueType::Set(inner) | ValueType::Map(inner))) => match data {
            Data::Null => Type::from(&**inner),
            _ if values::is_empty(value) => Type::from(&**inner),
            _ => of_unknown(inner),
        },
        (Data::Unknown(_) | Data::Choice(_), _) => Type::Uncertain,
        _ if values::is_open(value) => Type::Uncertain,
        _ => Type::Any,
    }
}

/// The type of the elements of a collection, which all have it, as far as they are known.
fn of_elements<'v>(elements: impl Iterator<Item = &'v Value>) -> Type {
    let mut types: Vec<Type> = Vec::new();
    for element in elements {
        let ty = type_of(element);
        if types.iter().all(|known| !same(known, &ty)) {
            types.push(ty);
        }
        // Elements that are not alike say nothing together.
        if types.len() > 8 {
            return Type::Uncertain;
        }
    }
    common(&types).unwrap_or(Type::Uncertain)
}

/// What two types have in common: what differs is not certain.
fn shared(left: &Type, right: &Type) -> Type {
    match (left, right) {
        _ if same(left, right) => left.clone(),
        (Type::List(a), Type::List(b)) => Type::List(Box::new(shared(a, b))),
        (Type::Set(a), Type::Set(b)) => Type::Set(Box::new(shared(a, b))),
        (Type::Map(a), Type::Map(b)) => Type::Map(Box::new(shared(a, b))),
        _ => Type::Uncertain,
    }
}

/// The type that a value has as one of two that are made alike, where that of the other is not
/// certain. `None` where it depends on that.
pub(crate) fn beside_uncertain(ty: &Type) -> Option<Type> {
    Some(match ty {
        Type::String => Type::String,
        Type::List(_) => Type::List(Box::new(Type::Uncertain)),
        Type::Map(_) => Type::Map(Box::new(Type::Uncertain)),
        _ => return None,
    })
}

/// Whether two types of values are certainly one.
pub(crate) fn same(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Any, Type::Any)
        | (Type::Uncertain, Type::Uncertain)
        | (Type::String, Type::String)
        | (Type::Number, Type::Number)
        | (Type::Bool, Type::Bool) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            same(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Type::Object(a), Type::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.name == b.name && same(&a.constraint, &b.constraint))
        }
        _ => false,
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

/// What a null of no type says of the type that it has in common with others.
#[derive(Clone, Copy)]
enum Nulls {
    /// Nothing: it is of the type that the others have in common.
    Follow,
    /// That it is not certain: it is of any type beside collections, and beside what has no type in
    /// common, and so are the others.
    Open,
}

impl Nulls {
    /// The type that is left where others decide nothing.
    fn left_open(self, types: &[Type]) -> Option<Type> {
        let has = |is: fn(&Type) -> bool| types.iter().any(is);
        match self {
            Nulls::Follow => None,
            Nulls::Open if has(|ty| matches!(ty, Type::Uncertain)) => Some(Type::Uncertain),
            Nulls::Open => has(|ty| matches!(ty, Type::Any)).then_some(Type::Any),
        }
    }
}

/// The type that all elements of a collection convert to; any type where nothing is known of them.
/// `None` where there is none.
pub(crate) fn common(types: &[Type]) -> Option<Type> {
    unified(types, Nulls::Follow)
}

/// The type that both results of a conditional convert to, each for itself where that is one of any
/// elements. `None` where there is none.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/conditionals#result-types>.
pub(crate) fn of_results(one: &Type, other: &Type) -> Option<Type> {
    match (one, other) {
        (Type::Any, ty) | (ty, Type::Any) => Some(ty.clone()),
        _ => unified(&[one.clone(), other.clone()], Nulls::Open),
    }
}

fn unified(types: &[Type], nulls: Nulls) -> Option<Type> {
    let is_certain = |ty: &&Type| !matches!(ty, Type::Any | Type::Uncertain);
    let known: Vec<&Type> = types.iter().filter(is_certain).collect();
    let is_simple = |ty: &&Type| matches!(ty, Type::String | Type::Number | Type::Bool);
    let count = |is: fn(&Type) -> bool| known.iter().filter(|ty| is(ty)).count();
    let lists = count(|ty| matches!(ty, Type::List(_)));
    let sets = count(|ty| matches!(ty, Type::Set(_)));
    let maps = count(|ty| matches!(ty, Type::Map(_)));
    let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
    let objects = count(|ty| matches!(ty, Type::Object(_)));
    let left_open = nulls.left_open(types);
    if is_mixed(&known) {
        return left_open.filter(|_| objects == 0 || tuples == 0);
    }
    // What is not known may make another collection of those that are; of scalars it makes strings
    // at most.
    if types.iter().any(|ty| matches!(ty, Type::Uncertain))
        && (known.is_empty() || !known.iter().all(is_simple))
    {
        return Some(Type::Uncertain);
    }
    let all = known.len();
    let collection = |wrap: fn(Box<Type>) -> Type| Some(wrap(Box::new(unified(&parts(&known), nulls)?)));
    let found = match all {
        0 => return Some(Type::Any),
        _ if left_open.is_some() => {
            if [lists, sets, maps, tuples, objects].contains(&all) {
                return left_open;
            }
            None
        }
        _ if maps == all => return collection(Type::Map),
        _ if lists == all => return collection(Type::List),
        _ if sets == all => return collection(Type::Set),
        _ if objects == all => return common_object(&known, nulls),
        _ if tuples == all => return common_tuple(&known, nulls),
        _ if maps > 0 && maps + objects == all => beside_collections(&known, nulls),
        _ if lists > 0 && lists + tuples == all => beside_collections(&known, nulls),
        _ => None,
    };
    found.or_else(|| preferred(&known)).or(left_open)
}

/// Of maps and objects, or of lists and tuples, the collection that the collections and the one of the
/// others have in common.
fn beside_collections(types: &[&Type], nulls: Nulls) -> Option<Type> {
    let is_row = |ty: &&Type| matches!(ty, Type::Object(_) | Type::Tuple(_));
    let (rows, mut collections): (Vec<&Type>, Vec<&Type>) = types.iter().copied().partition(is_row);
    let row = as_collection(&rows, nulls)?;
    collections.push(&row);
    let inner = Box::new(unified(&parts(&collections), nulls)?);
    Some(if matches!(row, Type::Map(_)) { Type::Map(inner) } else { Type::List(inner) })
}

/// The map that objects convert to, or the list that tuples do. Lists of any have elements of one type.
fn as_collection(types: &[&Type], nulls: Nulls) -> Option<Type> {
    let inner = Some(parts(types)).filter(|parts| !parts.is_empty());
    let inner = unified(&inner?, nulls)?;
    let converts = |ty: &&Type| {
        let row = parts(&[*ty]);
        match unified(&row, nulls) {
            Some(Type::Any) if matches!(ty, Type::Tuple(_)) => {
                row.iter().all(|inner| matches!(inner, Type::Any))
            }
            // A null inside of objects leaves open what these are in common.
            Some(_) if matches!(ty, Type::Tuple(_)) => common(&row).is_some() || row.iter().any(has_null),
            found => found.is_some(),
        }
    };
    if matches!(inner, Type::Any | Type::Uncertain) && !types.iter().all(converts) {
        return None;
    }
    let is_map = types.iter().any(|ty| matches!(ty, Type::Object(_)));
    Some(if is_map { Type::Map(Box::new(inner)) } else { Type::List(Box::new(inner)) })
}

/// Whether there are two of scalars, sequences and mappings among the types: none of these converts to
/// another.
fn is_mixed(types: &[&Type]) -> bool {
    let family = |ty: &Type| match ty {
        Type::String | Type::Number | Type::Bool => 0,
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => 1,
        _ => 2,
    };
    let mut families = types.iter().map(|ty| family(ty));
    families.next().is_some_and(|first| families.any(|other| other != first))
}

/// The types inside of types, of all of them.
fn parts(types: &[&Type]) -> Vec<Type> {
    let mut parts = Vec::new();
    for ty in types {
        match ty {
            Type::List(inner) | Type::Set(inner) | Type::Map(inner) => parts.push((**inner).clone()),
            Type::Tuple(row) => parts.extend(row.iter().cloned()),
            Type::Object(row) => parts.extend(row.iter().map(|it| it.constraint.clone())),
            _ => {}
        }
    }
    parts
}

/// The type that a value of a type has as one of another: what that leaves open stays.
pub(crate) fn admitted(from: &Type, to: &Type) -> Type {
    let inner = |from: &Type, to: &Type| Box::new(admitted(from, to));
    let all = |row: Vec<Type>, to: &Type| inner(&common(&row).unwrap_or(Type::Uncertain), to);
    match (from, to) {
        (_, Type::Any) => from.clone(),
        (Type::List(from) | Type::Set(from), Type::List(to)) => Type::List(inner(from, to)),
        (Type::List(from) | Type::Set(from), Type::Set(to)) => Type::Set(inner(from, to)),
        (Type::Map(from), Type::Map(to)) => Type::Map(inner(from, to)),
        (Type::Tuple(row), Type::List(to)) => Type::List(all(row.clone(), to)),
        (Type::Tuple(row), Type::Set(to)) => Type::Set(all(row.clone(), to)),
        (Type::Object(row), Type::Map(to)) => {
            Type::Map(all(row.iter().map(|it| it.constraint.clone()).collect(), to))
        }
        _ => to.clone(),
    }
}

/// Whether some values of a type convert to another.
pub(crate) fn converts(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Any | Type::Uncertain, _) | (_, Type::Any | Type::Uncertain) => true,
        (Type::String | Type::Number | Type::Bool, Type::String) => true,
        (Type::String | Type::Number, Type::Number) => true,
        (Type::String | Type::Bool, Type::Bool) => true,
        (Type::List(inner) | Type::Set(inner), Type::List(wanted) | Type::Set(wanted)) => {
            converts(inner, wanted)
        }
        (Type::Tuple(row), Type::List(wanted) | Type::Set(wanted)) => {
            row.iter().all(|inner| converts(inner, wanted)) && may_be_of_one(row, wanted)
        }
        (Type::Tuple(row), Type::Tuple(wanted)) => {
            row.len() == wanted.len() && row.iter().zip(wanted).all(|(inner, wanted)| converts(inner, wanted))
        }
        (Type::Map(inner), Type::Map(wanted)) => converts(inner, wanted),
        (Type::Object(row), Type::Map(wanted)) => {
            let inner: Vec<Type> = row.iter().map(|it| it.constraint.clone()).collect();
            inner.iter().all(|inner| converts(inner, wanted)) && may_be_of_one(&inner, wanted)
        }
        (Type::Map(inner), Type::Object(wanted)) => {
            wanted.iter().all(|it| it.optional || converts(inner, &it.constraint))
        }
        (Type::Object(row), Type::Object(wanted)) => {
            wanted.iter().all(|wanted| match row.iter().find(|it| it.name == wanted.name) {
                Some(it) => converts(&it.constraint, &wanted.constraint),
                None => wanted.optional,
            })
        }
        _ => false,
    }
}

/// Whether a value is, or converts to, one of a type, as far as that is certain.
pub(crate) fn fits(value: &Value, ty: &Type) -> bool {
    match (&value.data, ty) {
        (_, Type::Any | Type::Uncertain) => true,
        (Data::Unknown(unknown), _) => values::is_settled(&unknown.reason) || converts(&type_of(value), ty),
        (Data::Null, _) => converts(&type_of(value), ty),
        (Data::Choice(alternatives), _) => alternatives.iter().any(|one| fits(&one.value, ty)),
        (Data::String(_), Type::Number) => values::to_number(value).is_some(),
        (Data::String(_), Type::Bool) => values::to_bool(value).is_some(),
        (Data::Json(inner), Type::Number) => {
            inner.as_unknown().is_some() || values::to_number(value).is_some()
        }
        (Data::Json(inner), Type::Bool) => inner.as_unknown().is_some() || values::to_bool(value).is_some(),
        // Of what is not there the type alone says something.
        (Data::List(_) | Data::Map(_), _) if says_type(value) && !converts(&type_of(value), ty) => false,
        (Data::List(list), Type::List(inner) | Type::Set(inner)) => {
            all_fit(list.elements.iter(), inner, Row::of(&value.data))
        }
        (Data::Map(map), Type::Map(inner)) => {
            all_fit(map.entries.values().map(|it| &it.value), inner, Row::of(&value.data))
        }
        (Data::List(_) | Data::Map(_), Type::String | Type::Number | Type::Bool)
        | (Data::List(_), Type::Map(_))
        | (Data::Map(_), Type::List(_) | Type::Set(_)) => false,
        _ => converts(&type_of(value), ty),
    }
}

/// Whether the type of a collection says more than its elements: where not all of these are there.
pub(crate) fn says_type(value: &Value) -> bool {
    values::is_empty(value) || values::is_open(value)
}

/// Whether parts of these types may be the elements of a collection of a type that says nothing of
/// them.
fn may_be_of_one(parts: &[Type], wanted: &Type) -> bool {
    match wanted {
        Type::Any => common(parts).is_some(),
        Type::Uncertain => {
            let is_certain = |ty: &&Type| !matches!(ty, Type::Any | Type::Uncertain);
            !is_mixed(&parts.iter().filter(is_certain).collect::<Vec<_>>())
        }
        _ => true,
    }
}

/// Of tuples of one length the type of each position, of others a list.
fn common_tuple(types: &[&Type], nulls: Nulls) -> Option<Type> {
    let rows: Vec<&Vec<Type>> =
        types.iter().filter_map(|ty| if let Type::Tuple(row) = ty { Some(row) } else { None }).collect();
    let length = rows.first().map_or(0, |row| row.len());
    if rows.iter().all(|row| row.len() == length) {
        let columns = (0..length).map(|position| {
            let column: Vec<Type> = rows.iter().filter_map(|row| row.get(position)).cloned().collect();
            unified(&column, nulls)
        });
        return columns.collect::<Option<_>>().map(Type::Tuple);
    }
    as_collection(types, nulls)
}

/// Of objects with the same attributes the type of each, of others a map.
fn common_object(types: &[&Type], nulls: Nulls) -> Option<Type> {
    let rows: Vec<&Vec<Attribute>> =
        types.iter().filter_map(|ty| if let Type::Object(row) = ty { Some(row) } else { None }).collect();
    let names = |row: &[Attribute]| row.iter().map(|it| Arc::clone(&it.name)).collect::<Vec<_>>();
    let first = rows.first().map(|row| names(row)).unwrap_or_default();
    if rows.iter().all(|row| names(row) == first) {
        let columns = first.into_iter().enumerate().map(|(position, name)| {
            let column = rows.iter().filter_map(|row| row.get(position));
            let column: Vec<Type> = column.map(|it| it.constraint.clone()).collect();
            unified(&column, nulls).map(|ty| Attribute::required(name, ty))
        });
        return columns.collect::<Option<_>>().map(Type::Object);
    }
    as_collection(types, nulls)
}
