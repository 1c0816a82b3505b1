//! `for` expressions.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, For};

use super::conditional::not_a_condition;
use super::{Evaluator, Scope};
use crate::limits;
use crate::values::{self, Items, invalid, made};

/// What a `for` expression has made so far.
#[derive(Default)]
struct Made {
    elements: Vec<Value>,
    entries: IndexMap<Arc<str>, Entry>,
    groups: IndexMap<Arc<str>, (Option<Span>, Vec<Value>)>,
    /// Set when there may be more.
    rest: Option<Arc<Unknown>>,
}

impl Evaluator<'_> {
    pub(super) fn eval_for(&self, form: &For, scope: &Scope<'_>, span: Span) -> Value {
        let collection = self.eval(&form.collection, scope);
        self.distribute("for", &collection, span, |collection| {
            let mut made = Made::default();
            match values::iterate(collection) {
                Items::Invalid => return values::not_a_collection(collection, form.collection.span),
                Items::Unknown => {
                    made.rest = unknown_of("for", collection, form.collection.span);
                }
                Items::Known(pairs, rest) => {
                    if pairs.len() > limits::ELEMENTS || !self.spend(pairs.len(), span) {
                        return self.over_limit(span, "the loop has too many turns");
                    }
                    made.rest = rest;
                    for pair in pairs {
                        let mut names = vec![(Arc::clone(&form.value_name.text), pair.value)];
                        names.extend(form.key_name.as_ref().map(|name| (Arc::clone(&name.text), pair.key)));
                        if let Err(wrong) = self.turn(form, &scope.with(names), &mut made) {
                            return *wrong;
                        }
                    }
                }
            }
            values::sensitive(made.finish(form, span), collection.origin.sensitive)
        })
    }

    /// One turn of the loop; the error when Terraform rejects it.
    fn turn(&self, form: &For, scope: &Scope<'_>, made: &mut Made) -> Result<(), Box<Value>> {
        if let Some(condition) = &form.condition {
            let decision = self.eval(condition, scope);
            match values::to_bool(&decision) {
                Some(true) => {}
                Some(false) => return Ok(()),
                None if values::is_invalid(&decision) || !values::is_deferred(&decision) => {
                    return Err(Box::new(not_a_condition(&decision, "for", condition.span)));
                }
                None => {
                    // Whether this element is there only deployment decides.
                    made.rest = unknown_of("for", &decision, condition.span).or(made.rest.take());
                    return Ok(());
                }
            }
        }
        let Some(key) = &form.key else {
            made.elements.push(self.eval(&form.value, scope));
            return Ok(());
        };
        self.keyed_turn(form, key, scope, made)
    }

    fn keyed_turn(
        &self,
        form: &For,
        key: &Expr,
        scope: &Scope<'_>,
        made: &mut Made,
    ) -> Result<(), Box<Value>> {
        let name = self.eval(key, scope);
        if values::is_invalid(&name) {
            return Err(Box::new(name));
        }
        let value = self.eval(&form.value, scope);
        let Some(text) = values::to_string(&name) else {
            if !values::is_deferred(&name) {
                let message = format!("{} is no key of an object", values::describe(&name));
                return Err(Box::new(invalid(key.span, message)));
            }
            made.rest = unknown_of("for", &name, key.span).or(made.rest.take());
            return Ok(());
        };
        let key_span = name.origin.span;
        if form.group {
            made.groups.entry(text).or_insert_with(|| (key_span, Vec::new())).1.push(value);
            return Ok(());
        }
        let entry = Entry { key_span, span: Some(form.value.span), value };
        // A key that comes twice is an error of Terraform's.
        match made.entries.insert(text, entry) {
            None => Ok(()),
            Some(_) => Err(Box::new(invalid(key.span, "two elements have the same key"))),
        }
    }
}

impl Made {
    fn finish(self, form: &For, span: Span) -> Value {
        let Made { elements, mut entries, groups, rest } = self;
        if form.key.is_none() {
            return made(Data::List(Arc::new(List { elements, rest, set: false })), span);
        }
        for (name, (key_span, group)) in groups {
            // With more elements to come, which of them belong to a group is not certain.
            let list = List { elements: group, rest: rest.clone(), set: false };
            let value = made(Data::List(Arc::new(list)), form.value.span);
            entries.insert(name, Entry { key_span, span: Some(form.value.span), value });
        }
        made(Data::Map(Arc::new(Map { entries, rest })), span)
    }
}

fn unknown_of(name: &str, value: &Value, span: Span) -> Option<Arc<Unknown>> {
    values::first_unknown(&values::derived(name, std::slice::from_ref(value), span)).cloned()
}
