//! Lists and maps that are matched with each other.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#collection-functions>.

use std::collections::BTreeMap;
use std::sync::Arc;

use keylint_model::{Data, ListKind, MapKind, Value};

use super::collections::{elements, list, sorted};
use super::types::{map_of, mixed};
use super::{Call, Function, known};
use crate::unify::unify;
use crate::values::{self, equal, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[known("matchkeys", 3, 3, match_keys), known("transpose", 1, 1, transpose)];

/// The values whose key, at the same position, is among those that are searched for.
fn match_keys(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole @ Value { data: Data::List(given), .. }, keys, wanted] = values else {
        return rejected(call.span);
    };
    let (Some(keys), Some(wanted)) = (keys.as_list(), wanted.as_list()) else { return rejected(call.span) };
    if keys.elements.len() != given.elements.len() {
        return call.invalid("there are not as many keys as values");
    }
    let work = keys.elements.len().saturating_mul(wanted.elements.len());
    if !call.evaluator.spend(work, call.span) {
        return values::limit(call.span);
    }
    let both = keys.elements.iter().chain(&wanted.elements).cloned().collect();
    let (Some(given), Some(mut both)) = (unify(elements(whole, given)), unify(both)) else {
        return mixed(call);
    };
    let wanted = both.split_off(keys.elements.len());
    let found = |key: &Value| wanted.iter().any(|one| equal(key, one) == Some(true));
    let matching = given.into_iter().zip(&both).filter(|(_, key)| found(key)).map(|(value, _)| value);
    list(call, matching.collect(), None, ListKind::List)
}

/// A map of lists of strings turned around: for each string the keys of the lists that it is in.
fn transpose(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(map) = values.first().and_then(Value::as_map) else { return rejected(call.span) };
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, entry) in sorted(map) {
        let Some(inner) = entry.value.as_list() else { return rejected(call.span) };
        if !call.evaluator.spend(inner.elements.len(), call.span) {
            return values::limit(call.span);
        }
        for element in &inner.elements {
            let Some(text) = values::to_string(element) else { return rejected(call.span) };
            turned.entry(text).or_default().push(made_string(Arc::clone(key), call.span));
        }
    }
    let entries =
        turned.into_iter().map(|(text, keys)| (text, values::entry(values::list_of(keys, call.span))));
    map_of(entries.collect(), MapKind::Map, call)
}
