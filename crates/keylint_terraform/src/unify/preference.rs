//! Which of several types the others become where none of them is made for all: Terraform tries one after
//! the other, and takes the first that all others convert to.

use super::converts;
use super::rows::{is_of_one, is_open};
use crate::types::Type;

/// The one of the types that all others convert to: a string rather than a number, a list rather
/// than a set, a set rather than a tuple, a map rather than an object, and of these first what says of which
/// type its elements are.
pub(super) fn preferred(types: &[&Type]) -> Option<Type> {
    let rank = |ty: &Type| match ty {
        Type::String | Type::List(_) | Type::Map(_) => 0,
        Type::Set(_) => 1,
        _ => 2,
    };
    let mut order: Vec<&Type> = types.to_vec();
    order.sort_by_key(|ty| (rank(ty), is_open(ty)));
    let becomes = |ty: &Type, wanted: &Type| converts(ty, wanted) && (!is_open(wanted) || is_of_one(ty));
    order.into_iter().find(|wanted| types.iter().all(|ty| becomes(ty, wanted))).cloned()
}
