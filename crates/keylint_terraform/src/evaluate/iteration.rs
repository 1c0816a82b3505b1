//! `for` expressions.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Marks, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, For};

use super::conditional::not_a_condition;
use super::symbolic::{self, Open};
use super::{Evaluator, Scope};
use crate::limits;
use crate::values::{self, Items, Pair, invalid, made};

/// What a `for` expression has made so far.
#[derive(Clone, Default)]
struct Made {
    elements: Vec<Value>,
    entries: IndexMap<Arc<str>, Entry>,
    groups: IndexMap<Arc<str>, (Option<Span>, Vec<Value>)>,
    /// What decides whether there are more, and what these are made of.
    open: Vec<Value>,
    /// What is said of what decides which elements there are.
    marks: Marks,
}

impl Evaluator<'_> {
    pub(super) fn eval_for(&self, form: &For, scope: &Scope<'_>, span: Span) -> Value {
        let collection = self.eval(&form.collection, scope);
        self.distribute("for", &collection, span, |collection| {
            let mut made = Made::default();
            let (pairs, rest) = match values::iterate(collection) {
                Items::Invalid => return values::not_a_collection(collection, form.collection.span),
                Items::Unknown => (Vec::new(), collection.as_unknown().cloned()),
                Items::Known(pairs, rest) => (pairs, rest),
            };
            if pairs.len() > limits::ELEMENTS || !self.spend(pairs.len(), span) {
                return self.over_limit(span, "the loop has too many turns");
            }
            let known = pairs.len();
            for pair in pairs {
                if let Err(wrong) = self.turn(form, &scope_of(form, scope, pair), &mut made) {
                    return *wrong;
                }
            }
            let value = match rest {
                None => made.finish(form, span),
                Some(rest) => self.open_turn(form, scope, made, &Open { collection, rest, known }, span),
            };
            values::marked(value, collection.origin.marks)
        })
    }

    /// The last turn, for the elements that only deployment decides.
    fn open_turn(&self, form: &For, scope: &Scope<'_>, mut made: Made, open: &Open<'_>, span: Span) -> Value {
        let pair = open.pair(&form.collection);
        let whole = pair.value.clone();
        let mut turn = Made::default();
        let done = self.aside(|| self.turn(form, &scope_of(form, scope, pair), &mut turn));
        let element = match (done, turn.elements.pop()) {
            (Ok(()), Some(element)) if !values::is_invalid(&element) => element,
            _ => {
                made.open.push(whole);
                made.open.append(&mut turn.open);
                return made.finish(form, span);
            }
        };
        if values::first_unknown(&element).is_none() {
            made.open.push(whole);
        }
        made.open.push(element.clone());
        // A constant says nothing of the elements that it is made for.
        let constant = matches!(element.data, Data::Bool(_) | Data::Number(_) | Data::String(_));
        if constant || !symbolic::says_something(&element) {
            return made.finish(form, span);
        }
        let Some((there, none)) = self.presence(open, &form.collection, scope) else {
            return made.finish(form, span);
        };
        let more = Made { elements: [made.elements.clone(), vec![element]].concat(), ..made.clone() };
        values::choice(vec![(there, more.finish(form, span)), (none, made.finish(form, span))], span)
    }

    /// One turn of the loop; the error when Terraform rejects it.
    fn turn(&self, form: &For, scope: &Scope<'_>, made: &mut Made) -> Result<(), Box<Value>> {
        if let Some(condition) = &form.condition {
            let decision = self.eval(condition, scope);
            made.marks |= decision.origin.marks;
            match values::to_bool(&decision) {
                Some(true) => {}
                Some(false) => return Ok(()),
                None if values::is_invalid(&decision) || !values::is_deferred(&decision) => {
                    return Err(Box::new(not_a_condition(&decision, "for", condition.span)));
                }
                None => {
                    // Whether this element is there only deployment decides.
                    made.open.push(decision);
                    made.open.push(self.aside(|| self.eval(&form.value, scope)));
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
        made.marks |= name.origin.marks;
        let Some(text) = values::to_string(&name) else {
            if !values::is_deferred(&name) {
                let message = format!("{} is no key of an object", values::describe(&name));
                return Err(Box::new(invalid(key.span, message)));
            }
            made.open.extend([name, value]);
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
        let Made { elements, mut entries, groups, open, marks } = self;
        let rest = match open.as_slice() {
            [] => None,
            // What each further element is: a reference stays one.
            [Value { data: Data::Unknown(only), .. }] if form.key.is_none() => Some(Arc::clone(only)),
            open => values::first_unknown(&values::derived("for", open, span)).cloned(),
        };
        if form.key.is_none() {
            let list = made(Data::List(Arc::new(List { elements, rest, ..List::default() })), span);
            return values::marked(list, marks);
        }
        for (name, (key_span, group)) in groups {
            // With more elements to come, which of them belong to a group is not certain.
            let list = List { elements: group, rest: rest.clone(), ..List::default() };
            let value = made(Data::List(Arc::new(list)), form.value.span);
            entries.insert(name, Entry { key_span, span: Some(form.value.span), value });
        }
        let map = made(Data::Map(Arc::new(Map { entries, rest, ..Map::default() })), span);
        values::marked(map, marks)
    }
}

/// The scope of a turn.
fn scope_of<'o>(form: &For, scope: &'o Scope<'o>, pair: Pair) -> Scope<'o> {
    let mut names = vec![(Arc::clone(&form.value_name.text), pair.value)];
    names.extend(form.key_name.as_ref().map(|name| (Arc::clone(&name.text), pair.key)));
    scope.with(names)
}
