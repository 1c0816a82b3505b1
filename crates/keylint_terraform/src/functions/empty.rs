//! The types of nulls and empty collections that functions make.
//!
//! A collection with elements says its type itself. Of one without any Terraform knows it all the
//! same: it is in the function's signature, or comes from the arguments.

use keylint_model::{Data, ListKind, MapKind, Value};

use crate::types::Type;
use crate::unify::{common, element_type, type_of, typed};
use crate::values;

/// The result of a function with its type, where it does not say its own and the function does.
pub(super) fn typed_result(name: &str, arguments: &[Value], result: Value) -> Value {
    let wrap: fn(Box<Type>) -> Type = match &result.data {
        _ if result.ty.is_some() => return result,
        Data::Null => match (name, arguments) {
            ("one", [list]) => return typed(result, &element_of_one(list)),
            _ => return result,
        },
        Data::List(list) if list.kind == ListKind::List => Type::List,
        Data::List(list) if list.kind == ListKind::Set => Type::Set,
        Data::Map(map) if map.kind == MapKind::Map => Type::Map,
        _ => return result,
    };
    if !values::is_empty(&result) {
        return result;
    }
    match elements(name, arguments) {
        Some(ty) => typed(result, &wrap(Box::new(ty))),
        None => result,
    }
}

/// Of a list or set without elements null of their type, of a tuple null of none.
fn element_of_one(list: &Value) -> Type {
    match &list.data {
        Data::List(inner) if inner.kind == ListKind::Open => Type::Uncertain,
        _ => element_type(list),
    }
}

/// What the collection has elements of that a function makes.
pub(super) fn elements(name: &str, arguments: &[Value]) -> Option<Type> {
    let first = arguments.first();
    Some(match name {
        "cidrsubnets" | "compact" | "fileset" | "formatlist" | "keys" | "sort" | "split" => Type::String,
        "range" => Type::Number,
        "transpose" => Type::List(Box::new(Type::String)),
        "chunklist" => Type::List(Box::new(certain(first?)?)),
        "distinct" | "matchkeys" | "reverse" | "slice" | "tolist" | "tomap" | "toset" | "values" => {
            certain(first?)?
        }
        "zipmap" => certain(arguments.get(1)?)?,
        "concat" | "merge" | "setintersection" | "setsubtract" | "setunion" => {
            common(&arguments.iter().map(certain).collect::<Option<Vec<_>>>()?)?
        }
        "setproduct" => Type::Tuple(arguments.iter().map(certain).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// The type of the elements of a collection, where it is known.
fn certain(value: &Value) -> Option<Type> {
    let says_all = match &value.data {
        Data::List(list) => list.kind == ListKind::Tuple,
        Data::Map(map) => map.kind == MapKind::Object,
        _ => false,
    };
    if values::is_empty(value) && value.ty.is_none() && !says_all {
        return None;
    }
    match type_of(value) {
        Type::Uncertain => None,
        _ => Some(element_type(value)),
    }
}
