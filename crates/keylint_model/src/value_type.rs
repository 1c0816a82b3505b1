//! Types of values, for those that do not say it themselves.

use std::sync::Arc;

/// The type of a null, of an empty collection or of an unknown value: the data of any other value
/// says its own.
///
/// Terraform tells two empty lists of different types apart, rejects a splat over a list that is
/// null, and converts what stands beside them to the type that they have. An unknown value may have
/// the type that its variable declares; a part of it that is [`ValueType::Any`] is not known.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// No type of its own: it becomes whatever is needed, as `null` that stands alone.
    Any,
    /// A string.
    String,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// A list of one type.
    List(Arc<ValueType>),
    /// A set of one type.
    Set(Arc<ValueType>),
    /// A map to one type.
    Map(Arc<ValueType>),
    /// An object with these attributes, in the order of their names.
    Object(Arc<[(Arc<str>, ValueType)]>),
    /// A tuple.
    Tuple(Arc<[ValueType]>),
}
