//! What Terraform's functions take and give, by type alone.
//!
//! An argument that is not known has a type where its variable declares one, and Terraform rejects a
//! call that no value of that type suits. What a call gives has a type too, whatever its arguments
//! are. `signatures.tsv` is Terraform's own list; `cargo xtask record-terraform-types` writes it.
//! What a parameter of any type takes is not in it and stands here.

use std::collections::HashMap;
use std::sync::OnceLock;

use keylint_model::{Value, ValueType};

use super::{Call, empty};
use crate::types::Type;
use crate::unify::{common, converts, known_as, type_of};
use crate::values;

/// A line for each function after the heading: its name, what it gives, what it takes; `*` stands
/// before the type of any number of further arguments.
pub(super) const TABLE: &str = include_str!("signatures.tsv");

/// What one function takes and gives.
pub(super) struct Signature {
    result: Type,
    parameters: Vec<Type>,
    further: Option<Type>,
}

/// The functions by name.
pub(super) fn signatures() -> &'static HashMap<&'static str, Signature> {
    static SIGNATURES: OnceLock<HashMap<&'static str, Signature>> = OnceLock::new();
    SIGNATURES.get_or_init(|| TABLE.lines().filter_map(read).collect())
}

fn read(line: &'static str) -> Option<(&'static str, Signature)> {
    let mut fields = line.split('\t');
    let (name, result) = (fields.next()?, type_named(fields.next()?)?);
    let mut signature = Signature { result, parameters: Vec::new(), further: None };
    for field in fields {
        match field.strip_prefix('*') {
            Some(further) => signature.further = type_named(further),
            None => signature.parameters.push(type_named(field)?),
        }
    }
    Some((name, signature))
}

/// The type that a text says, as Terraform writes it. What may be of any type says nothing; the
/// elements of a collection are of any single one.
fn type_named(text: &str) -> Option<Type> {
    let inner = |of: &str| {
        let of = type_named(of.strip_suffix(')')?)?;
        Some(Box::new(if matches!(of, Type::Uncertain) { Type::Any } else { of }))
    };
    Some(match text {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "dynamic" => Type::Uncertain,
        _ => match text.split_once('(')? {
            ("list", of) => Type::List(inner(of)?),
            ("set", of) => Type::Set(inner(of)?),
            ("map", of) => Type::Map(inner(of)?),
            _ => return None,
        },
    })
}

/// What a parameter of any type takes after all.
#[derive(Clone, Copy)]
enum Kind {
    /// Lists and tuples.
    Sequence,
    /// Lists, tuples and sets.
    Collection,
    /// Maps and objects.
    Mapping,
    /// What has a length: anything but numbers and booleans.
    Measured,
    String,
    /// What converts to a number, a boolean, a string.
    Numeric,
    Boolean,
    Textual,
}

impl Kind {
    /// What the argument at a position of a call is to be, where the function itself decides it.
    fn of(name: &str, position: usize) -> Option<Kind> {
        Some(match (name, position) {
            ("concat" | "coalescelist", _) | ("element" | "index" | "slice", 0) | ("zipmap", 1) => {
                Kind::Sequence
            }
            ("setproduct", _)
            | ("contains" | "flatten" | "one" | "reverse" | "sum" | "tolist" | "toset", 0) => {
                Kind::Collection
            }
            ("merge", _)
            | ("keys" | "lookup" | "tomap" | "values", 0)
            | ("templatefile" | "templatestring", 1) => Kind::Mapping,
            ("length", 0) => Kind::Measured,
            ("parseint", 0) => Kind::String,
            ("tonumber", 0) => Kind::Numeric,
            ("tobool", 0) => Kind::Boolean,
            ("tostring", 0) => Kind::Textual,
            _ => return None,
        })
    }

    fn takes(self, ty: &ValueType) -> bool {
        use ValueType::{Any, Bool, List, Map, Number, Object, Set, String, Tuple};
        match self {
            _ if *ty == Any => true,
            Kind::Sequence => matches!(ty, List(_) | Tuple(_)),
            Kind::Collection => matches!(ty, List(_) | Tuple(_) | Set(_)),
            Kind::Mapping => matches!(ty, Map(_) | Object(_)),
            Kind::Measured => !matches!(ty, Number | Bool),
            Kind::String => *ty == String,
            Kind::Numeric => matches!(ty, Number | String),
            Kind::Boolean => matches!(ty, Bool | String),
            Kind::Textual => matches!(ty, Bool | Number | String),
        }
    }
}

/// Why Terraform rejects a call by the types of its arguments, of which some are not known.
pub(super) fn mismatch(call: &Call<'_, '_>, arguments: &[Value]) -> Option<Value> {
    if arguments.iter().all(|argument| values::declared(argument).is_none()) {
        return None;
    }
    let signature = signatures().get(call.name);
    for (position, argument) in arguments.iter().enumerate() {
        let Some(ty) = values::declared(argument) else { continue };
        let parameter = signature.and_then(|it| match call.name {
            // What they convert is what they give.
            "tolist" | "tomap" | "toset" => Some(&it.result),
            _ => it.parameters.get(position).or(it.further.as_ref()),
        });
        let fits = parameter.is_none_or(|wanted| converts(&type_of(argument), wanted))
            && Kind::of(call.name, position).is_none_or(|kind| kind.takes(ty));
        if !fits {
            let given = values::describe(argument);
            return Some(call.invalid(format_args!("does not take {given} as argument {}", position + 1)));
        }
    }
    None
}

/// The arguments with the parts of those objects and tuples that are not known but declared, for a
/// function that takes no null for one.
pub(super) fn expanded(name: &str, arguments: &[Value]) -> Option<Vec<Value>> {
    let takes = matches!(
        name,
        "concat"
            | "contains"
            | "element"
            | "flatten"
            | "index"
            | "keys"
            | "length"
            | "lookup"
            | "one"
            | "reverse"
            | "setproduct"
            | "slice"
            | "values"
            | "zipmap"
    );
    if !takes || arguments.iter().all(|argument| values::declared(argument).is_none()) {
        return None;
    }
    let parts = |argument: &Value| values::expanded(argument).unwrap_or_else(|| argument.clone());
    Some(arguments.iter().map(parts).collect())
}

/// The result of a call as one of the type that the function gives, where it is not known.
pub(super) fn typed(name: &str, arguments: &[Value], result: Value) -> Value {
    if result.as_unknown().is_none_or(|unknown| values::is_settled(&unknown.reason)) {
        return result;
    }
    match name {
        // They give an argument or a part of one, as it is.
        "ephemeralasnull" | "nonsensitive" | "sensitive" | "try" => result,
        "element" | "lookup" | "one" if result.ty.is_some() => result,
        "element" | "lookup" | "one" => result.of(arguments.first().and_then(values::each)),
        _ => known_as(result, &given(name, arguments)),
    }
}

/// The type of what a function gives.
fn given(name: &str, arguments: &[Value]) -> Type {
    let of = || Box::new(empty::elements(name, arguments).unwrap_or(Type::Uncertain));
    let first = || arguments.first().map_or(Type::Uncertain, type_of);
    let are_lists = || arguments.iter().all(|it| matches!(type_of(it), Type::List(_)));
    match (name, first()) {
        ("keys" | "values", Type::Map(_)) => Type::List(of()),
        ("reverse", Type::List(_) | Type::Set(_)) | ("slice", Type::List(_)) => Type::List(of()),
        ("concat", _) if are_lists() => Type::List(of()),
        ("zipmap", _) if arguments.get(1).is_some_and(|it| matches!(type_of(it), Type::List(_))) => {
            Type::Map(of())
        }
        ("coalesce", _) => {
            let types: Vec<Type> = arguments.iter().map(type_of).collect();
            let certain = types.iter().all(|ty| !matches!(ty, Type::Uncertain));
            common(&types).filter(|_| certain).unwrap_or(Type::Uncertain)
        }
        ("chunklist", _) => Type::List(of()),
        ("contains", _) => Type::Bool,
        ("index" | "parseint" | "sum", _) => Type::Number,
        ("format", _) => Type::String,
        ("formatlist", _) if arguments.iter().any(is_sequence) => Type::List(Box::new(Type::String)),
        _ => match signatures().get(name).map(|it| it.result.clone()) {
            Some(Type::List(inner)) if matches!(*inner, Type::Any) => Type::List(of()),
            Some(Type::Set(inner)) if matches!(*inner, Type::Any) => Type::Set(of()),
            Some(Type::Map(inner)) if matches!(*inner, Type::Any) => Type::Map(of()),
            Some(result) => result,
            None => Type::Uncertain,
        },
    }
}

fn is_sequence(value: &Value) -> bool {
    matches!(type_of(value), Type::List(_) | Type::Set(_) | Type::Tuple(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(signatures().len(), lines);
        let unknown: Vec<_> =
            signatures().keys().filter(|name| !super::super::registry().contains_key(*name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
