//! `for` expressions.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, Guard, List, Map, Marks, Unknown, Value};
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
    /// Whether it has left open an element because there would be too many cases.
    crowded: bool,
    /// What decides whether there are more, and what these are made of.
    open: Vec<Value>,
    /// What is said of what decides which elements there are.
    marks: Marks,
    /// Why Terraform rejects it.
    wrong: Option<Value>,
}

/// The elements that are not left out in any case as a list.
fn with_gaps(mut elements: Vec<Value>, span: Span) -> Value {
    elements.retain(|element| !element.is_null());
    made(Data::List(Arc::new(List { elements, gaps: true, ..List::default() })), span)
}

/// What it has made where a guard holds.
type Case = (Guard, Made);

impl Evaluator<'_> {
    pub(super) fn eval_for(&self, form: &For, scope: &Scope<'_>, span: Span) -> Value {
        let collection = self.eval(&form.collection, scope);
        if form.key.is_none()
            && let Some(made) =
                self.each_present(&collection, span, &|pair| self.lone_turn(form, scope, pair, span))
        {
            return made;
        }
        self.distribute("for", &collection, span, |collection| {
            let (pairs, rest) = match values::iterate(collection) {
                Items::Invalid => return values::not_a_collection(collection, form.collection.span),
                Items::Unknown => (Vec::new(), collection.as_unknown().cloned()),
                Items::Known(pairs, rest) => (pairs, rest),
            };
            if pairs.len() > limits::ELEMENTS || !self.spend(pairs.len(), span) {
                return self.over_limit(span, "the loop has too many turns");
            }
            let known = pairs.len();
            // The element that stands for others is there or not: two alternatives of its own.
            let most = if rest.is_some() { limits::ALTERNATIVES / 2 } else { limits::ALTERNATIVES };
            let mut cases = vec![(Guard::always(), Made::default())];
            let again = form.condition.as_ref().filter(|_| form.key.is_none()).map(|_| pairs.clone());
            for pair in pairs {
                if let Err(wrong) = self.turn(form, &scope_of(form, scope, pair), &mut cases, most) {
                    return *wrong;
                }
            }
            if rest.is_none()
                && cases.iter().any(|(_, made)| made.crowded)
                && let Some(made) = again.and_then(|pairs| self.one_by_one(form, scope, pairs, span))
            {
                return values::marked(made, collection.origin.marks);
            }
            let open = rest.map(|rest| Open { collection, rest, known });
            let arms = cases.into_iter().map(|(guard, made)| {
                let value = match &open {
                    None => made.finish(form, span),
                    Some(open) => self.open_turn(form, scope, made, open, span),
                };
                (guard, value)
            });
            values::marked(values::choice(arms.collect(), span), collection.origin.marks)
        })
    }

    /// What is made of the elements of a list of which conditions leave out some, one by one and each
    /// under the conditions that it hangs on; `None` for any other collection, for a list of which
    /// there may be more elements, and where one of them makes nothing that can be told from none.
    pub(super) fn each_present(
        &self,
        collection: &Value,
        span: Span,
        one: &dyn Fn(Pair) -> Option<Value>,
    ) -> Option<Value> {
        let Data::List(list) = &collection.data else { return None };
        if !list.gaps || list.rest.is_some() || list.elements.len() > limits::ELEMENTS {
            return None;
        }
        let mut is_told = true;
        let mut made = |element: &Value| {
            let element = values::inherit(&collection.origin, element);
            values::each_present(&element, span, |value| {
                let key = match list.is_set() {
                    true => value.clone(),
                    // Where it is depends on all of the conditions.
                    false => values::derived("for", std::slice::from_ref(&element), span),
                };
                let made = one(Pair { key, value: value.clone() });
                is_told &= made.is_some();
                made.unwrap_or_else(|| value.clone())
            })
        };
        let elements = self.aside(|| list.elements.iter().map(&mut made).collect());
        is_told.then(|| with_gaps(elements, span))
    }

    /// The turns of a loop one by one, where the conditions of all of them make too many cases.
    fn one_by_one(&self, form: &For, scope: &Scope<'_>, pairs: Vec<Pair>, span: Span) -> Option<Value> {
        let turns = pairs.into_iter().map(|pair| self.lone_turn(form, scope, pair, span));
        let elements = self.aside(|| turns.collect::<Option<Vec<Value>>>())?;
        Some(with_gaps(elements, span))
    }

    /// What one turn of a loop makes by itself; null where its condition does not hold. `None` where
    /// what it makes may be null too, or where it is not known whether it makes anything.
    fn lone_turn(&self, form: &For, scope: &Scope<'_>, pair: Pair, span: Span) -> Option<Value> {
        let mut cases = vec![(Guard::always(), Made::default())];
        if let Err(wrong) = self.turn(form, &scope_of(form, scope, pair), &mut cases, limits::ALTERNATIVES) {
            return Some(*wrong);
        }
        let turns = cases.into_iter().map(|(guard, mut made)| {
            let value = match made.elements.pop() {
                Some(element) if values::may_be_left_out(&element) => return None,
                Some(element) => element,
                None if made.open.is_empty() => made.wrong.unwrap_or_else(|| Value::synthetic(Data::Null)),
                None => return None,
            };
            Some((guard, values::marked(value, made.marks)))
        });
        Some(values::choice(turns.collect::<Option<_>>()?, span))
    }

    /// The last turn, for the elements that only deployment decides.
    fn open_turn(&self, form: &For, scope: &Scope<'_>, mut made: Made, open: &Open<'_>, span: Span) -> Value {
        let pair = self.open_pair(open, &form.collection);
        let whole = pair.value.clone();
        let mut cases = vec![(Guard::always(), Made::default())];
        let done = self.aside(|| self.turn(form, &scope_of(form, scope, pair), &mut cases, 1));
        let mut turn = cases.pop().map(|(_, turn)| turn).unwrap_or_default();
        let element = match (done, turn.elements.pop()) {
            (Ok(()), Some(element)) if !values::is_invalid(&element) => element,
            // Whatever its key is, and whether or not it is there: a reference stays one.
            (Ok(()), None) if !form.group && made.open.is_empty() && turn.open.last().is_some_and(refers) => {
                made.open.extend(turn.open.pop());
                return made.finish(form, span);
            }
            (_, _) => {
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
        if is_constant(&element) || !symbolic::says_something(&element) {
            return made.finish(form, span);
        }
        let Some((there, none)) = self.presence(open, &form.collection, scope) else {
            return made.finish(form, span);
        };
        let more = Made { elements: [made.elements.clone(), vec![element]].concat(), ..made.clone() };
        values::choice(vec![(there, more.finish(form, span)), (none, made.finish(form, span))], span)
    }

    /// One turn of the loop, in each of the cases that what deployment decides makes of it, of which
    /// there are not to be more than `most`; the error when Terraform rejects it.
    fn turn(
        &self,
        form: &For,
        scope: &Scope<'_>,
        cases: &mut Vec<Case>,
        most: usize,
    ) -> Result<(), Box<Value>> {
        let Some(condition) = &form.condition else { return self.taken_turn(form, scope, cases) };
        let decision = self.eval(condition, scope);
        cases.iter_mut().for_each(|(_, made)| made.marks |= decision.origin.marks);
        match values::to_bool(&decision) {
            Some(true) => return self.taken_turn(form, scope, cases),
            Some(false) => return Ok(()),
            None if values::is_invalid(&decision) || !values::is_deferred(&decision) => {
                return Err(Box::new(not_a_condition(&decision, "for", condition.span)));
            }
            None => {}
        }
        let decided = self.decide(decision.clone(), condition.span, scope, None);
        match split(cases, &decided, most) {
            Some((mut taken, mut passed)) => {
                let result = self.aside(|| self.taken_turn(form, scope, &mut taken));
                if let Err(wrong) = result {
                    if passed.is_empty() {
                        return Err(wrong);
                    }
                    taken.iter_mut().for_each(|(_, made)| made.wrong = Some((*wrong).clone()));
                }
                cases.append(&mut taken);
                cases.append(&mut passed);
                Ok(())
            }
            None => {
                // Whether this element is there only deployment decides.
                let value = self.aside(|| self.eval(&form.value, scope));
                for (_, made) in cases {
                    made.leave_open(&[&decision, &value]);
                    made.crowded = true;
                }
                Ok(())
            }
        }
    }

    /// A turn that is taken in all of these cases.
    fn taken_turn(&self, form: &For, scope: &Scope<'_>, cases: &mut [Case]) -> Result<(), Box<Value>> {
        if cases.is_empty() {
            return Ok(());
        }
        if let Some(key) = &form.key {
            return self.keyed_turn(form, key, scope, cases);
        }
        let value = self.eval(&form.value, scope);
        cases.iter_mut().for_each(|(_, made)| made.elements.push(value.clone()));
        Ok(())
    }

    fn keyed_turn(
        &self,
        form: &For,
        key: &Expr,
        scope: &Scope<'_>,
        cases: &mut [Case],
    ) -> Result<(), Box<Value>> {
        let name = self.eval(key, scope);
        if values::is_invalid(&name) {
            return Err(Box::new(name));
        }
        let value = self.eval(&form.value, scope);
        let text = values::to_string(&name);
        if text.is_none() && !values::is_deferred(&name) {
            let message = format!("{} is no key of an object", values::describe(&name));
            return Err(Box::new(invalid(key.span, message)));
        }
        let mut repeated = 0;
        for (_, made) in cases.iter_mut() {
            made.marks |= name.origin.marks;
            let Some(text) = &text else {
                made.leave_open(&[&name, &value]);
                continue;
            };
            let (text, value) = (Arc::clone(text), value.clone());
            if form.group {
                let new = || (name.origin.span, Vec::new());
                made.groups.entry(text).or_insert_with(new).1.push(value);
                continue;
            }
            let entry = Entry { key_span: name.origin.span, span: Some(form.value.span), value };
            if made.entries.insert(text, entry).is_some() {
                made.wrong = Some(invalid(key.span, "two elements have the same key"));
                repeated += 1;
            }
        }
        // A key that comes twice is an error of Terraform's, in the cases in which it does.
        match &*cases {
            [(_, Made { wrong: Some(wrong), .. }), ..] if repeated == cases.len() => {
                Err(Box::new(wrong.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// The cases in which a condition holds and those in which it does not, taken out of `cases`; `None`
/// where these would be more than `most`, or where the condition is no boolean in one of them.
fn split(cases: &mut Vec<Case>, decided: &Value, most: usize) -> Option<(Vec<Case>, Vec<Case>)> {
    let Data::Choice(alternatives) = &decided.data else { return None };
    let mut outcomes: Vec<(usize, Guard, bool)> = Vec::new();
    for (position, (guard, _)) in cases.iter().enumerate() {
        for one in alternatives.iter() {
            if let Some(both) = guard.and(&one.guard) {
                outcomes.push((position, both, values::to_bool(&one.value)?));
            }
        }
    }
    if outcomes.len() > most {
        return None;
    }
    let mut made: Vec<Option<Made>> = cases.drain(..).map(|(_, made)| Some(made)).collect();
    let (mut taken, mut passed) = (Vec::new(), Vec::new());
    let mut outcomes = outcomes.into_iter().peekable();
    while let Some((position, guard, holds)) = outcomes.next() {
        let more = outcomes.peek().is_some_and(|(next, _, _)| *next == position);
        let Some(cell) = made.get_mut(position) else { continue };
        // Only what goes two ways is copied.
        let Some(made) = (if more { cell.clone() } else { cell.take() }) else { continue };
        if holds { taken.push((guard, made)) } else { passed.push((guard, made)) }
    }
    Some((taken, passed))
}

impl Made {
    /// Notes what decides whether there are more elements, and what they are made of. What is wrong
    /// with one that may not be there is no error.
    fn leave_open(&mut self, values: &[&Value]) {
        let possible = values.iter().filter(|value| !values::has_invalid(value));
        self.open.extend(possible.map(|value| (*value).clone()));
    }

    fn finish(self, form: &For, span: Span) -> Value {
        let Made { elements, mut entries, groups, open, marks, wrong, .. } = self;
        if let Some(wrong) = wrong {
            return wrong;
        }
        let rest = match open.as_slice() {
            [] => None,
            // What each further element is: a reference stays one.
            [Value { data: Data::Unknown(only), .. }] if !form.group => {
                Some(Arc::new(Unknown { is_element: true, ..(**only).clone() }))
            }
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

/// Whether a value is a constant, or one of several.
fn is_constant(value: &Value) -> bool {
    match &value.data {
        Data::Bool(_) | Data::Number(_) | Data::String(_) => true,
        Data::Choice(alternatives) => alternatives.iter().all(|one| is_constant(&one.value)),
        _ => false,
    }
}

/// Whether a value is an attribute of a resource.
fn refers(value: &Value) -> bool {
    value.as_unknown().is_some_and(|unknown| unknown.reference.is_some())
}

/// The scope of a turn.
fn scope_of<'o>(form: &For, scope: &'o Scope<'o>, pair: Pair) -> Scope<'o> {
    let mut names = vec![(Arc::clone(&form.value_name.text), pair.value)];
    names.extend(form.key_name.as_ref().map(|name| (Arc::clone(&name.text), pair.key)));
    scope.with(names)
}
