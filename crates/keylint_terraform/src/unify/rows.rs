//! Rows of values that become a collection whose type leaves open what its elements are.
//!
//! Terraform finds the one type itself, and is stricter there than with the results of a conditional: a
//! null of no type beside a collection leaves the type open, and an open type is none.

use keylint_model::{Data, ListKind, MapKind, Value};

use super::{Nulls, admitted, common, fits, of_type, parts, same, type_of, unified};
use crate::types::Type;

/// What becomes a collection of elements of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// A tuple, as a list or a set.
    Tuple,
    /// An object, as a map; beside a null of no type everything else keeps its own type there.
    Object,
    /// What has elements of one type already, or may have more than are known.
    Other,
}

impl Row {
    /// What a value is.
    pub(crate) fn of(value: &Data) -> Row {
        match value {
            Data::List(list) if list.kind == ListKind::Tuple && list.rest.is_none() && !list.gaps => {
                Row::Tuple
            }
            Data::Map(map) if map.kind == MapKind::Object && map.rest.is_none() => Row::Object,
            _ => Row::Other,
        }
    }
}

/// Whether values of these types may be elements of one collection whose type nobody names. A null of
/// no type beside a collection leaves open what they are in common, and Terraform rejects that.
fn agree(types: &[Type], row: Row) -> bool {
    if common(types).is_none() {
        return false;
    }
    if row == Row::Other {
        return true;
    }
    let has_null = types.iter().any(|ty| matches!(ty, Type::Any));
    match unified(types, Nulls::Open) {
        None => false,
        Some(Type::Any) if row == Row::Object => true,
        // Beside a null an empty collection among rows is what all of them become, each with elements of
        // its own, which are then to have a type in common.
        Some(found @ (Type::List(_) | Type::Set(_) | Type::Map(_))) if has_null => {
            let made: Vec<Type> = types.iter().map(|ty| admitted(ty, &found)).collect();
            unified(&made, Nulls::Open).is_some_and(|again| !made.iter().any(|ty| is_lost(ty, &again)))
        }
        Some(Type::Map(of)) if matches!(*of, Type::Any) && are_apart(types) => true,
        Some(Type::Map(of)) if matches!(*of, Type::Any) => {
            let row: Vec<&Type> = types.iter().collect();
            !parts(&row).iter().any(|ty| is_lost(ty, &of))
        }
        Some(found) => !types.iter().any(|ty| is_lost(ty, &found)),
    }
}

/// Whether the elements of a collection are of any type.
pub(super) fn is_open(ty: &Type) -> bool {
    matches!(ty, Type::List(of) | Type::Set(of) | Type::Map(of) if matches!(**of, Type::Any))
}

/// Whether a tuple may be a list by itself: nothing else says of which type its elements are.
pub(super) fn is_of_one(ty: &Type) -> bool {
    !matches!(ty, Type::Tuple(row) if !agree(row, Row::Tuple))
}

/// Whether collections of these elements may become one. Beside an open type what else has elements of its
/// own leaves the whole open, and then the elements are of several types.
pub(crate) fn may_be_joined(elements: &[Type]) -> bool {
    unified(elements, Nulls::Open).is_none_or(|found| {
        !matches!(found, Type::Any) || elements.iter().all(|ty| matches!(ty, Type::Any | Type::Uncertain))
    })
}

/// Whether these are objects that may become maps each by itself, of what its own attributes have in
/// common. One of nulls alone becomes a map of any type, and beside tuples or objects alone that is what
/// all of them would have to be.
fn are_apart(types: &[Type]) -> bool {
    if !types.iter().all(|ty| matches!(ty, Type::Object(_))) {
        return false;
    }
    let rows = types.iter().map(|ty| parts(&[ty]));
    let rows: Vec<Vec<Type>> = rows.filter(|row| !row.is_empty()).collect();
    let (nulls, others): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row.iter().all(|ty| matches!(ty, Type::Any)));
    let made: Vec<_> = others.iter().map(|row| unified(row, Nulls::Open)).collect();
    let all_are = |is: fn(&Type) -> bool| made.iter().all(|ty| ty.as_ref().is_some_and(is));
    nulls.is_empty()
        || !(all_are(|ty| matches!(ty, Type::Tuple(_))) || all_are(|ty| matches!(ty, Type::Object(_))))
}

/// Whether a type is that of an object with a null of no type.
pub(super) fn has_null(ty: &Type) -> bool {
    matches!(ty, Type::Object(row) if row.iter().any(|it| matches!(it.constraint, Type::Any)))
}

/// Whether a type says something where what it is made to leaves it open.
fn is_lost(ty: &Type, made: &Type) -> bool {
    let all = |row: &[Type], made: &Type| row.iter().any(|ty| is_lost(ty, made));
    match (ty, made) {
        (Type::Any | Type::Uncertain, _) | (_, Type::Uncertain) => false,
        (_, Type::Any) => true,
        (Type::List(of) | Type::Set(of), Type::List(made) | Type::Set(made))
        | (Type::Map(of), Type::Map(made)) => is_lost(of, made),
        (Type::Tuple(row), Type::List(made) | Type::Set(made)) => all(row, made),
        (Type::Tuple(row), Type::Tuple(made)) => row.iter().zip(made).any(|(ty, made)| is_lost(ty, made)),
        // Each such row becomes a map by itself, of what it has in common.
        (Type::Object(_), Type::Map(made)) if matches!(**made, Type::Any) => false,
        (Type::Object(row), Type::Map(made)) => row.iter().any(|it| is_lost(&it.constraint, made)),
        (Type::Object(row), Type::Object(made)) => {
            row.iter().zip(made).any(|(ty, made)| is_lost(&ty.constraint, &made.constraint))
        }
        _ => false,
    }
}

/// [`super::unify`] of what stands in a tuple or an object as elements of a list, a set or a map of one type
/// that nobody names.
pub(crate) fn unify_row(values: Vec<Value>, row: Row) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    if !agree(&types, row) {
        return None;
    }
    of_type(values, &common(&types)?)
}

/// Whether all are of a type; of any single one where that is what is asked.
pub(super) fn all_fit<'v>(mut elements: impl Iterator<Item = &'v Value>, ty: &Type, row: Row) -> bool {
    match ty {
        Type::Any => agree(&elements.map(type_of).collect::<Vec<_>>(), row),
        _ => elements.all(|element| fits(element, ty)),
    }
}

/// Whether two types of values are one, as far as they are certain.
pub(crate) fn may_be_same(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Any | Type::Uncertain, _) | (_, Type::Any | Type::Uncertain) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            may_be_same(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| may_be_same(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.name == b.name && may_be_same(&a.constraint, &b.constraint))
        }
        _ => same(left, right),
    }
}
