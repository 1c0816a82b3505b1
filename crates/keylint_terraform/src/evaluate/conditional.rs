//! Conditionals, and conditions that only deployment decides.

use std::sync::Arc;

use keylint_model::{Condition, Data, Guard, Origin, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, ExprKind};

use super::{Evaluator, Scope, labels};
use crate::types::Type;
use crate::unify::{beside_uncertain, converted, known_as, of_results, same, type_of};
use crate::values::{self, made_bool, rejected};

impl Evaluator<'_> {
    pub(super) fn eval_conditional(
        &self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let decision = self.eval_condition(condition, scope);
        let marks = decision.origin.marks;
        let value = match &decision.data {
            Data::Choice(alternatives) => {
                let (when_true, when_false) = self.aside(|| {
                    let (first, second) = (self.eval(then, scope), self.eval(otherwise, scope));
                    if !self.spend_on(&[first.clone(), second.clone()], span) {
                        return (values::limit(span), values::limit(span));
                    }
                    let certain = are_certain(&first, &second);
                    match result_type(&first, &second) {
                        Some(ty) => (result(first, &ty, certain, span), result(second, &ty, certain, span)),
                        None => (no_common_type(span), no_common_type(span)),
                    }
                });
                let arms = alternatives.iter().map(|alternative| {
                    let value = match values::to_bool(&alternative.value) {
                        Some(true) => when_true.clone(),
                        Some(false) => when_false.clone(),
                        None => not_a_condition(&alternative.value, "?:", condition.span),
                    };
                    (alternative.guard.clone(), value)
                });
                values::choice(arms.collect(), span)
            }
            _ => match values::to_bool(&decision) {
                Some(true) => self.taken(then, otherwise, scope, span),
                Some(false) => self.taken(otherwise, then, scope, span),
                // Terraform looks at the types of the results first.
                None if !self.have_common_type(then, otherwise, scope) => no_common_type(span),
                None => not_a_condition(&decision, "?:", condition.span),
            },
        };
        values::marked(value, marks)
    }

    fn have_common_type(&self, then: &Expr, otherwise: &Expr, scope: &Scope<'_>) -> bool {
        let (first, second) = self.aside(|| (self.eval(then, scope), self.eval(otherwise, scope)));
        result_type(&first, &second).is_some()
    }

    /// The arm that is taken, as the type that both have. Terraform evaluates the other arm too, but
    /// says nothing of what is wrong in it.
    fn taken(&self, taken: &Expr, other: &Expr, scope: &Scope<'_>, span: Span) -> Value {
        let value = self.eval(taken, scope);
        if matches!(other.kind, ExprKind::Null) || values::is_invalid(&value) {
            return value;
        }
        let other = self.aside(|| self.eval(other, scope));
        if !self.spend_on(&[value.clone(), other.clone()], span) {
            return values::limit(span);
        }
        let value = match result_type(&value, &other) {
            Some(ty) => {
                let certain = are_certain(&value, &other);
                let value = result(value, &ty, certain, span);
                if may_be_collection(&other) { values::opened(value) } else { value }
            }
            None => no_common_type(span),
        };
        values::marked(value, other.origin.marks)
    }

    /// The value of an expression that decides something: a known boolean, or the choice between
    /// true and false under a condition that names it.
    pub(super) fn eval_condition(&self, expression: &Expr, scope: &Scope<'_>) -> Value {
        let value = self.eval(expression, scope);
        self.decide(value, expression.span, scope, None)
    }

    /// Turns an unknown boolean into a choice between true and false; inside a choice too.
    pub(crate) fn decide(&self, value: Value, span: Span, scope: &Scope<'_>, label: Option<&str>) -> Value {
        match &value.data {
            Data::Choice(_) => values::distribute("condition", &[value], span, |values| {
                values
                    .first()
                    .map_or_else(|| rejected(span), |one| self.decide(one.clone(), span, scope, label))
            }),
            // Whoever asks says what is wrong with it.
            Data::Unknown(_) if values::is_never(&value, &Type::Bool) => value,
            // Nothing ever decides it: Terraform says nothing of the arms then.
            Data::Unknown(_) if values::stays_open(&value) => value,
            Data::Unknown(unknown) if !values::is_settled(&unknown.reason) => {
                let condition =
                    self.comparing(self.condition(&value, span, scope, label), &value, span, scope);
                either(&condition, &value, span)
            }
            _ => value,
        }
    }

    /// [`Evaluator::decide`] of a part of a value, which is written wherever that comes from.
    pub(super) fn decide_part(&self, part: &Value, span: Span) -> Value {
        let place = part.origin.span.unwrap_or(span);
        match &part.data {
            Data::Choice(_) => values::distribute("condition", std::slice::from_ref(part), span, |values| {
                values.first().map_or_else(|| rejected(span), |one| self.decide_part(one, span))
            }),
            Data::Unknown(unknown)
                if unknown.identity.is_some()
                    && !values::is_settled(&unknown.reason)
                    && !values::is_never(part, &Type::Bool) =>
            {
                // It may have been written in another scope.
                let condition = self.condition(part, place, &Scope::constant(), None);
                let condition = self.as_noted(condition, part);
                either(&condition, part, span)
            }
            _ => part.clone(),
        }
    }

    /// The condition that an unknown boolean, written at `span`, decides.
    pub(super) fn condition(
        &self,
        value: &Value,
        span: Span,
        scope: &Scope<'_>,
        label: Option<&str>,
    ) -> Condition {
        let text = self.source_text(span);
        let subject: Arc<str> = match value.as_unknown().and_then(|unknown| unknown.identity.clone()) {
            Some(identity) => identity,
            None => {
                let prefix =
                    self.module_of(scope).map(|module| Arc::clone(&module.prefix)).unwrap_or_default();
                match scope.discriminator() {
                    Some(instance) => format!("{prefix}{text}{instance}").into(),
                    // Nothing tells this evaluation from another of the same text: equal to none.
                    None => {
                        let serial = self.next_serial();
                        format!("{prefix}{text}#{serial}").into()
                    }
                }
            }
        };
        let label = labels::shortened(&labels::meant(label.unwrap_or(&text), scope, span, self.sources));
        let condition = Condition::plain(subject, label, Some(span));
        // What a secret is compared with may be the secret itself.
        let condition = if value.origin.marks.sensitive { condition.hidden() } else { condition };
        match value.as_unknown() {
            Some(unknown) => condition.with_cause(unknown),
            None => condition,
        }
    }

    /// The text of an expression with its white space collapsed.
    pub(super) fn source_text(&self, span: Span) -> String {
        let file = self.sources.get(span.file);
        let words: Vec<&str> = file.slice(span).split_whitespace().collect();
        words.join(" ")
    }
}

/// True and false where a condition, that an unknown boolean decides, holds and where it does not.
fn either(condition: &Condition, value: &Value, span: Span) -> Value {
    let outcomes = [(Condition::TRUE, true), (Condition::FALSE, false)];
    let arms =
        outcomes.map(|(outcome, known)| (Guard::when(condition.clone(), outcome), made_bool(known, span)));
    values::marked(values::choice(arms.into(), span), value.origin.marks)
}

/// What a condition makes that is neither true nor false.
pub(super) fn not_a_condition(value: &Value, name: &str, span: Span) -> Value {
    if values::is_deferred(value) && !values::is_never(value, &Type::Bool) {
        return values::derived(name, std::slice::from_ref(value), span);
    }
    values::invalid(span, format!("a condition is true or false, not {}", values::describe(value)))
}

/// The type of both results of a conditional: a number beside a string is a string. `None` where
/// they have none in common.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/conditionals#result-types>.
fn result_type(one: &Value, other: &Value) -> Option<Type> {
    of_results(&type_of(one), &type_of(other))
}

/// Whether the types of both results are known.
fn are_certain(one: &Value, other: &Value) -> bool {
    [one, other].iter().all(|it| !matches!(type_of(it), Type::Uncertain))
}

/// One result as the type of both, which is `certain` where each of them has one.
fn result(value: Value, ty: &Type, certain: bool, span: Span) -> Value {
    if value.as_unknown().is_some() && !certain {
        // A number beside what may be a string may be one too.
        let ty = beside_uncertain(&type_of(&value)).unwrap_or(Type::Uncertain);
        return known_as(value, &ty);
    }
    if values::is_invalid(&value) || same(ty, &type_of(&value)) {
        return value;
    }
    if value.is_null() {
        // Null of the type of the other result.
        let null = match ty {
            Type::Uncertain => value.of(None),
            _ => match converted(&value, ty) {
                Some(null) => null,
                None => {
                    return values::invalid(span, "the result does not convert to the type of the other one");
                }
            },
        };
        return Value { origin: Origin { span: Some(span), ..null.origin }, ..null };
    }
    converted(&value, ty)
        .unwrap_or_else(|| values::invalid(span, "the result does not convert to the type of the other one"))
}

fn no_common_type(span: Span) -> Value {
    values::invalid(span, "the two results of the condition have no type in common")
}

/// Whether a value is not known and may be a collection, to whose kind the other result converts.
fn may_be_collection(value: &Value) -> bool {
    let is_open = value.as_unknown().is_some_and(|unknown| !values::is_settled(&unknown.reason));
    is_open && values::declared(value).is_none()
}
