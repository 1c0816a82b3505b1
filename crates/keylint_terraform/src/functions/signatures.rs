//! What Terraform's functions take and give, by type alone.
//!
//! What a call gives has a type, whatever its arguments are: of what is not known that is all there
//! is to say. `signatures.tsv` is Terraform's own list; `cargo xtask record-terraform-types` writes
//! it. Whether the arguments of a call are what it says is looked at in `arguments`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use keylint_model::{Data, Value};

use super::empty;
use crate::types::{Attribute, Type};
use crate::unify::{common, known_as, same, type_of, typed as typed_parts};
use crate::values;

/// A line for each function after the heading: its name, what it gives, what it takes; `*` stands
/// before the type of any number of further arguments, `?` after that of one that may be null.
pub(super) const TABLE: &str = include_str!("signatures.tsv");

/// What one function takes and gives.
pub(super) struct Signature {
    pub(super) result: Type,
    parameters: Vec<Parameter>,
    further: Option<Parameter>,
}

/// One argument that a function takes.
pub(super) struct Parameter {
    pub(super) ty: Type,
    /// Whether it may be null.
    pub(super) nullable: bool,
}

impl Signature {
    /// What the argument at a position is to be.
    pub(super) fn parameter(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.further.as_ref())
    }
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
            Some(further) => signature.further = parameter(further),
            None => signature.parameters.push(parameter(field)?),
        }
    }
    Some((name, signature))
}

fn parameter(text: &str) -> Option<Parameter> {
    let nullable = text.ends_with('?');
    Some(Parameter { ty: type_named(text.trim_end_matches('?'))?, nullable })
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
    match result.as_unknown() {
        Some(unknown) if values::is_settled(&unknown.reason) => return result,
        None if values::is_open(&result) && result.ty.is_none() => {
            return typed_parts(result, &given(name, arguments));
        }
        None => return result,
        Some(_) => {}
    }
    match name {
        // They give an argument or a part of one, as it is.
        "ephemeralasnull" | "nonsensitive" | "sensitive" | "try" => result,
        "element" | "lookup" | "one" | "regex" | "regexall" if result.ty.is_some() => result,
        "element" | "lookup" | "one" => match arguments.first().map(type_of) {
            Some(Type::List(of) | Type::Set(of) | Type::Map(of)) => known_as(result, &of),
            _ => result,
        },
        _ => known_as(result, &given(name, arguments)),
    }
}

/// The type of what a function gives.
pub(super) fn given(name: &str, arguments: &[Value]) -> Type {
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
        ("chunklist", _) => Type::List(Box::new(
            empty::elements(name, arguments).unwrap_or_else(|| Type::List(Box::new(Type::Uncertain))),
        )),
        ("keys", Type::Object(row)) => Type::Tuple(vec![Type::String; row.len()]),
        ("values", Type::Object(row)) => {
            let mut row = row;
            row.sort_by(|a, b| a.name.cmp(&b.name));
            Type::Tuple(row.into_iter().map(|it| it.constraint).collect())
        }
        ("contains", _) => Type::Bool,
        ("index" | "parseint" | "sum", _) => Type::Number,
        // Of null without a type Terraform makes nothing, not even a type.
        ("format" | "formatlist", _) if arguments.iter().any(|it| matches!(type_of(it), Type::Any)) => {
            Type::Uncertain
        }
        ("format", _) => Type::String,
        ("setproduct", _) => match arguments.iter().map(type_of).collect::<Vec<_>>() {
            types if types.iter().any(|ty| matches!(ty, Type::Uncertain)) => Type::Uncertain,
            types if types.iter().any(|ty| matches!(ty, Type::Set(_))) => Type::Set(of()),
            _ => Type::List(of()),
        },
        ("formatlist", _) => Type::List(Box::new(Type::String)),
        ("merge", _) => merged(arguments),
        _ => match signatures().get(name).map(|it| it.result.clone()) {
            Some(Type::List(inner)) if matches!(*inner, Type::Any) => Type::List(of()),
            Some(Type::Set(inner)) if matches!(*inner, Type::Any) => Type::Set(of()),
            Some(Type::Map(inner)) if matches!(*inner, Type::Any) => Type::Map(of()),
            Some(result) => result,
            None => Type::Uncertain,
        },
    }
}

/// The type of what `merge` makes: of objects and of maps whose keys are known an object with the
/// attributes of all, unless all are of one type.
fn merged(arguments: &[Value]) -> Type {
    let types: Vec<Type> = arguments.iter().map(type_of).collect();
    if let Some((first, others)) = types.split_first()
        && others.iter().all(|other| same(first, other))
    {
        return first.clone();
    }
    let mut attributes: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    for (argument, ty) in arguments.iter().zip(types) {
        match (ty, &argument.data) {
            (_, Data::Null) => {}
            (Type::Object(row), _) => attributes.extend(row.into_iter().map(|it| (it.name, it.constraint))),
            (Type::Map(of), Data::Map(map)) if map.rest.is_none() => {
                attributes.extend(map.entries.keys().map(|key| (Arc::clone(key), (*of).clone())));
            }
            _ => return Type::Uncertain,
        }
    }
    Type::Object(attributes.into_iter().map(|(name, ty)| Attribute::required(name, ty)).collect())
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
