//! The element that stands for those of a collection that only deployment decides.
//!
//! What a loop makes of it is checked like any other element, as `x[*]` is for a resource. That
//! there is such an element is a condition of its own: where it does not hold the loop makes what
//! nobody knows, so that nothing is said to be missing and nothing is said to be there.

use std::sync::Arc;

use keylint_model::{Condition, Data, Guard, Number, Origin, Reason, Unknown, Value, ValueType};
use keylint_syntax::hcl::{BinaryOperator, Expr};

use super::comparisons::{Place, Subject};
use super::{Evaluator, Scope};
use crate::types::Type;
use crate::unify::known_as;
use crate::values::{self, Pair};

/// What stands in the identity of an element that stands for others, and in what is read from it.
pub(super) const ELEMENT: char = '@';

/// What a loop goes over, as far as only deployment decides it.
pub(super) struct Open<'c> {
    pub(super) collection: &'c Value,
    /// Why there may be more elements.
    pub(super) rest: Arc<Unknown>,
    /// How many are known.
    pub(super) known: usize,
}

impl Open<'_> {
    /// Key and value of the element that stands for the others in the loop over `expression`. Two
    /// loops over one collection are not at the same element.
    pub(super) fn pair(&self, expression: &Expr) -> Pair {
        let whole = matches!(self.collection.data, Data::Unknown(_));
        let mut element = if whole { values::extend_index(&self.rest, "*") } else { (*self.rest).clone() };
        element.is_element = false;
        let named = |what: &str| {
            let identity = element.identity.as_ref()?;
            Some(Arc::from(format!("{identity}{ELEMENT}{}{what}", expression.span.start)))
        };
        let (key, value) = (named(".key"), named(""));
        let key = Unknown { identity: key, reference: None, ..element.clone() };
        element.identity = value;
        let seen = |unknown| Value::unknown(unknown, self.collection.origin.clone());
        let value = seen(element).of(values::each(self.collection));
        let key = match values::declared(self.collection) {
            Some(ValueType::Set(_)) => seen(key).of(value.ty.clone()),
            Some(ValueType::List(_)) => known_as(seen(key), &Type::Number),
            Some(ValueType::Map(_)) => known_as(seen(key), &Type::String),
            _ => seen(key),
        };
        Pair { key, value }
    }
}

impl Evaluator<'_> {
    /// [`Open::pair`], with what is known of an instance of a module that it stands for.
    pub(super) fn open_pair(&self, open: &Open<'_>, expression: &Expr) -> Pair {
        let pair = open.pair(expression);
        match self.instance_of(&open.rest, &open.collection.origin) {
            Some(value) => Pair { value, ..pair },
            None => pair,
        }
    }

    /// What each of the further elements of a collection is.
    pub(super) fn element_of(&self, rest: &Unknown, origin: &Origin) -> Value {
        let element = || Value::unknown(Unknown { is_element: false, ..rest.clone() }, origin.clone());
        self.instance_of(rest, origin).unwrap_or_else(element)
    }

    /// The outputs of the instance of a module that stands for those that only deployment decides,
    /// where the rest of a collection is these.
    fn instance_of(&self, rest: &Unknown, origin: &Origin) -> Option<Value> {
        let (Reason::Instances(_), Some(identity)) = (&rest.reason, &rest.identity) else { return None };
        let module = self.module_at(&format!("{identity}."))?;
        let outputs = self.all_outputs(&module, rest.at.or(origin.span)?);
        Some(Value { origin: Origin { marks: origin.marks, ..outputs.origin.clone() }, ..outputs })
    }

    /// When there is an element besides the known ones, and when there is none; `None` where
    /// deployment has no say in it.
    pub(super) fn presence(
        &self,
        open: &Open<'_>,
        expression: &Expr,
        scope: &Scope<'_>,
    ) -> Option<(Guard, Guard)> {
        let span = expression.span;
        if values::is_settled(&open.rest.reason)
            || !self.spend_on(std::slice::from_ref(open.collection), span)
        {
            return None;
        }
        let known = Number::Integer(i64::try_from(open.known).unwrap_or(i64::MAX));
        let length = values::derived("length", std::slice::from_ref(open.collection), span);
        let number = values::made_number(known.clone(), span);
        let more = values::derived(">", &[length.clone(), number.clone()], span);
        let length = Subject { value: &length, place: Place::Length(span) };
        let sides = [length, Subject::new(&number, span)];
        self.note_order(&more, BinaryOperator::Greater, sides, scope);
        let label = format!("length({}) > {known}", self.source_text(span));
        let condition = self.comparing(self.condition(&more, span, scope, Some(&label)), &more, span, scope);
        Some((Guard::when(condition.clone(), Condition::TRUE), Guard::when(condition, Condition::FALSE)))
    }
}

/// Whether anything in a value is known that a finding could point at.
pub(super) fn says_something(value: &Value) -> bool {
    match &value.data {
        Data::Null | Data::Unknown(_) => false,
        Data::Bool(_) | Data::Number(_) | Data::String(_) | Data::Partial(_) => true,
        Data::List(list) => list.elements.iter().any(says_something),
        Data::Map(map) => map.entries.values().any(|entry| says_something(&entry.value)),
        Data::Json(inner) => says_something(inner),
        Data::Choice(alternatives) => alternatives.iter().any(|one| says_something(&one.value)),
    }
}
