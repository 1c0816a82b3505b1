//! Whether each argument of a call is what its function takes.
//!
//! Terraform converts every argument to the type of its parameter before it looks at what the
//! function makes of them, so that one which does not convert is an error also beside others that
//! are not known. What a parameter of any type takes is in no signature and stands here.

use std::sync::Arc;

use keylint_model::{Data, Value, ValueType};

use super::Call;
use super::signatures::{Signature, given, signatures};
use crate::types::Type;
use crate::unify::{common, element_type, fits, type_of};
use crate::values;

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

    fn takes(self, ty: &Type) -> bool {
        use Type::{Any, Bool, List, Map, Number, Object, Set, String, Tuple, Uncertain};
        match self {
            _ if matches!(ty, Any | Uncertain) => true,
            Kind::Sequence => matches!(ty, List(_) | Tuple(_)),
            Kind::Collection => matches!(ty, List(_) | Tuple(_) | Set(_)),
            Kind::Mapping => matches!(ty, Map(_) | Object(_)),
            Kind::Measured => !matches!(ty, Number | Bool),
            Kind::String => matches!(ty, String),
            Kind::Numeric => matches!(ty, Number | String),
            Kind::Boolean => matches!(ty, Bool | String),
            Kind::Textual => matches!(ty, Bool | Number | String),
        }
    }
}

/// Why Terraform rejects a call by one of its arguments alone.
pub(super) fn wrong(call: &Call<'_, '_>, arguments: &[Value]) -> Option<Value> {
    let signature = signatures().get(call.name);
    // Beside what it never knows Terraform looks at the types of the parameters, and not even for
    // nulls behind it.
    let open = arguments.iter().position(values::is_never_known);
    let wrong = |(position, argument): (usize, &Value)| {
        let message = wrong_type(call, signature, position, argument).or_else(|| {
            wrong_null(signature, position, argument).filter(|_| open.is_none_or(|open| position < open))
        });
        let message = message.map(|message| call.invalid(message));
        message.or_else(|| {
            let message = wrong_kind(call, position, argument).filter(|_| open.is_none())?;
            Some(call.invalid(message).of(late_type(call.name, arguments)))
        })
    };
    let found = arguments.iter().enumerate().find_map(wrong);
    found.or_else(|| {
        if open.is_some() {
            return None;
        }
        let any = Type::List(Box::new(Type::Any));
        let has_one_type = match call.name {
            "setintersection" | "setsubtract" | "setunion" => {
                common(&arguments.iter().map(element_type).collect::<Vec<_>>()).is_some()
            }
            "matchkeys" => common(&arguments.iter().skip(1).map(element_type).collect::<Vec<_>>()).is_some(),
            "setproduct" => arguments.iter().all(|argument| fits(argument, &any)),
            _ => true,
        };
        (!has_one_type).then(|| call.invalid("the elements have no type in common"))
    })
}

/// The type of a call that the function itself rejects, where Terraform gives it one: it does not call
/// those that give one type always before all arguments are known.
fn late_type(name: &str, arguments: &[Value]) -> Option<Arc<ValueType>> {
    let is_open = |argument: &&Value| argument.as_unknown().is_some();
    let mut open = arguments.iter().filter(is_open).peekable();
    let is_late = matches!(name, "contains" | "index" | "sum") && open.peek().is_some();
    let is_typed = is_late && open.all(|argument| values::declared(argument).is_some());
    is_typed.then(|| Arc::new(given(name, arguments).declared()))
}

/// Why an argument does not convert to the type of its parameter.
fn wrong_type(
    call: &Call<'_, '_>,
    signature: Option<&Signature>,
    position: usize,
    argument: &Value,
) -> Option<String> {
    let parameter = signature.and_then(|it| it.parameter(position));
    let wanted = signature.and_then(|it| match call.name {
        // What they convert is what they give.
        "tolist" | "tomap" | "toset" => Some(&it.result),
        _ => parameter.map(|it| &it.ty),
    });
    let wanted = wanted.filter(|wanted| !fits(argument, wanted))?;
    let (number, given) = (position + 1, values::describe(argument));
    Some(match is_of_kind(argument, wanted) {
        true => format!("argument {number} does not convert to {}", wanted.named()),
        false => format!("does not take {given} as argument {number}"),
    })
}

/// Why an argument may not be null.
fn wrong_null(signature: Option<&Signature>, position: usize, argument: &Value) -> Option<String> {
    let parameter = signature.and_then(|it| it.parameter(position));
    let is_wrong = argument.is_null() && !parameter.is_none_or(|it| it.nullable);
    is_wrong.then(|| format!("does not take null as argument {}", position + 1))
}

/// Why the function itself does not take an argument, whose parameter is of any type.
fn wrong_kind(call: &Call<'_, '_>, position: usize, argument: &Value) -> Option<String> {
    let kind = Kind::of(call.name, position).filter(|_| !argument.is_null())?;
    let given = values::describe(argument);
    (!kind.takes(&shape(argument))).then(|| format!("does not take {given} as argument {}", position + 1))
}

/// The type of a value without that of its parts.
fn shape(value: &Value) -> Type {
    match &value.data {
        Data::List(list) if list.is_set() => Type::Set(Box::new(Type::Uncertain)),
        Data::List(_) => Type::Tuple(Vec::new()),
        Data::Map(_) => Type::Object(Vec::new()),
        _ => type_of(value),
    }
}

/// Whether a value and a type are both scalar, both sequences or both mappings: what is wrong with
/// it lies in it.
fn is_of_kind(value: &Value, ty: &Type) -> bool {
    match &value.data {
        Data::List(_) => matches!(ty, Type::List(_) | Type::Set(_)),
        Data::Map(_) => matches!(ty, Type::Map(_)),
        Data::String(_) | Data::Json(_) => true,
        _ => false,
    }
}
