//! Functions of lists of which conditions leave out elements: see [`crate::values::gathered`].

use std::collections::HashSet;
use std::sync::Arc;

use keylint_model::{Alternative, Data, List, ListKind, Marks, Part, Unknown, Value};

use super::Call;
use super::collections::{elements, list, rest_of, with_gaps};
use super::joined::push_flat;
use crate::limits;
use crate::unify::strings;
use crate::values;

/// The elements of lists within a list as one, each under the conditions that it hangs on.
pub(super) fn flatten(call: &Call<'_, '_>, whole: &Value, outer: &List) -> Value {
    let mut flat = Flat::default();
    flat.add_all(call, whole, outer);
    values::marked(with_gaps(list(call, flat.elements, flat.rest, ListKind::Tuple), true), flat.marks)
}

/// Whether an alternative is an element of the list, or none, and no list itself.
fn is_element(one: &Alternative) -> bool {
    !matches!(one.value.data, Data::List(_) | Data::Unknown(_) | Data::Choice(_))
}

#[derive(Default)]
struct Flat {
    elements: Vec<Value>,
    rest: Option<Arc<Unknown>>,
    marks: Marks,
}

impl Flat {
    fn add_all(&mut self, call: &Call<'_, '_>, whole: &Value, list: &List) {
        self.rest = self.rest.take().or_else(|| list.rest.clone());
        for element in elements(whole, list) {
            if self.elements.len() > limits::ELEMENTS || !call.evaluator.spend(1, call.span) {
                return;
            }
            match &element.data {
                Data::Null if list.gaps => {}
                Data::List(inner) => self.add_all(call, &element, inner),
                Data::Choice(alternatives) if list.gaps && alternatives.iter().all(is_element) => {
                    self.elements.push(element);
                }
                Data::Choice(alternatives) => self.add_choice(call, &element, alternatives, list.gaps),
                _ => push_flat(call, &element, &mut self.elements, &mut self.rest, &mut self.marks),
            }
        }
    }

    /// Lists, each as it is, and elements, each a list of itself, between which conditions choose.
    fn add_choice(&mut self, call: &Call<'_, '_>, whole: &Value, alternatives: &[Alternative], gaps: bool) {
        let as_list = |one: &Alternative| {
            let value = match &one.value.data {
                Data::Null if gaps => values::made_list(Vec::new(), call.span),
                Data::List(list) => {
                    let list = List { kind: ListKind::Tuple, ..(**list).clone() };
                    Value::new(Data::List(Arc::new(list)), one.value.origin.clone())
                }
                Data::Unknown(_) => one.value.clone(),
                _ => values::made_list(vec![one.value.clone()], call.span),
            };
            Alternative { guard: one.guard.clone(), value }
        };
        let lists =
            Value::new(Data::Choice(alternatives.iter().map(as_list).collect()), whole.origin.clone());
        match values::gather(&lists, call.span) {
            Some(gathered @ Value { data: Data::List(_), .. }) => {
                self.marks |= gathered.origin.marks;
                if let Data::List(list) = &gathered.data {
                    self.add_all(call, &gathered, list);
                }
            }
            _ => self.rest = self.rest.take().or_else(|| rest_of(call, whole)),
        }
    }
}

/// The strings of a list that are neither null nor empty, each under the conditions that it hangs on.
pub(super) fn compact(call: &Call<'_, '_>, inner: Vec<Value>, mut rest: Option<Arc<Unknown>>) -> Value {
    let Some(inner) = strings(inner) else { return call.invalid("takes a list of strings") };
    let kept = inner.into_iter().map(|element| {
        let mut keep = |value: &Value| {
            let may_be_empty = match &value.data {
                Data::Null => return absent(value),
                Data::String(text) if text.is_empty() => return absent(value),
                Data::Unknown(_) => true,
                Data::Partial(parts) => !parts.iter().any(|part| matches!(part, Part::Known(_))),
                _ => false,
            };
            if !may_be_empty {
                return value.clone();
            }
            rest = rest.take().or_else(|| rest_of(call, value));
            absent(value)
        };
        let Data::Choice(alternatives) = &element.data else { return keep(&element) };
        let kept = alternatives.iter().map(|one| (one.guard.clone(), keep(&one.value)));
        let chosen = values::choice(kept.collect(), call.span);
        values::inherit(&element.origin, &chosen)
    });
    let kept: Vec<Value> = kept.filter(|element| !element.is_null()).collect();
    with_gaps(list(call, kept, rest, ListKind::List), true)
}

/// The elements without those that are certainly there before. Where two that conditions decide are
/// alike, it is one of the lists that it stands for that is asked.
pub(super) fn distinct(call: &Call<'_, '_>, whole: &Value, given: &List, unified: &[Value]) -> Value {
    let certain: HashSet<String> = unified.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect();
    let mut seen = HashSet::new();
    let mut decided = HashSet::new();
    let mut kept = Vec::with_capacity(unified.len());
    let mut is_plain = true;
    for element in unified {
        let Data::Choice(alternatives) = &element.data else {
            match element.as_str() {
                Some(text) if seen.insert(text.to_owned()) => kept.push(element.clone()),
                Some(_) => {}
                None => is_plain = is_plain && element.is_null(),
            }
            continue;
        };
        let mut keep = |value: &Value| match value.as_str() {
            Some(text) if certain.contains(text) => absent(value),
            Some(text) => {
                is_plain &= decided.insert(text.to_owned());
                value.clone()
            }
            None => {
                is_plain &= value.is_null();
                value.clone()
            }
        };
        let cases = alternatives.iter().map(|one| (one.guard.clone(), keep(&one.value)));
        kept.push(values::inherit(&element.origin, &values::choice(cases.collect(), call.span)));
    }
    if is_plain {
        return with_gaps(list(call, kept, given.rest.clone(), ListKind::List), true);
    }
    let spread = values::spread(std::slice::from_ref(whole), call.span);
    values::distribute(call.name, &spread, call.span, |lists| super::collections::distinct(call, lists))
}

/// What stands for a value that is left out.
fn absent(value: &Value) -> Value {
    Value::new(Data::Null, value.origin.clone())
}
