//! The types of conditions.

use std::fmt;
use std::sync::Arc;

/// The type of an expression. Anything may be null: an attribute that is not given is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// The literal `null`; equals or differs from a value of any type.
    Null,
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A string. What must stay secret is never of this type.
    String,
    /// A list.
    List(Arc<Type>),
    /// A map from strings to strings: tags.
    Map,
    /// Something of which only null can be asked.
    Any,
    /// A view with fields and methods.
    View(ViewType),
}

/// Which view it is, which decides the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewType {
    /// One of the views that [`crate::schema`] describes in full.
    Fixed(&'static str),
    /// A resource of a kind: the attributes of the kind, and what every resource has.
    Resource(Arc<str>),
    /// An element of a list attribute, or an object attribute: the attributes under `item`.
    Item(Arc<str>, Arc<[Arc<str>]>),
    /// A value that points at a resource of a kind.
    Reference(Arc<str>),
}

impl Type {
    /// A list of a type.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// Whether a value of one type can equal one of the other.
    pub fn is_comparable(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Null, _) | (_, Type::Null) => true,
            (Type::List(left), Type::List(right)) => left.is_comparable(right),
            (Type::View(ViewType::Reference(_)), Type::View(ViewType::Reference(_))) => true,
            (Type::Any, _) | (_, Type::Any) => false,
            _ => self == other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Null => formatter.write_str("null"),
            Type::Bool => formatter.write_str("bool"),
            Type::Number => formatter.write_str("number"),
            Type::String => formatter.write_str("string"),
            Type::List(element) => write!(formatter, "list({element})"),
            Type::Map => formatter.write_str("map"),
            Type::Any => formatter.write_str("any"),
            Type::View(ViewType::Fixed(name)) => formatter.write_str(name),
            Type::View(ViewType::Resource(kind)) => write!(formatter, "{kind}"),
            Type::View(ViewType::Item(kind, path)) => write!(formatter, "{kind}.{}", path.join(".")),
            Type::View(ViewType::Reference(kind)) => write!(formatter, "ref({kind})"),
        }
    }
}
