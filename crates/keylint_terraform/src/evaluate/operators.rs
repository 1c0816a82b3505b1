//! Operators. The known operand decides where it can.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/operators>.

use keylint_model::{Alternative, Data, Guard, Number, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::hcl::{BinaryOperator, Expr, ExprKind, UnaryOperator};

use super::comparisons::Subject;
use super::{Evaluator, Scope};
use crate::types::Type;
use crate::unify::known_as;
use crate::values::{self, derived, invalid, made_bool, made_number, rejected};

impl Evaluator<'_> {
    pub(super) fn eval_unary(
        &self,
        operator: UnaryOperator,
        operand: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        match operator {
            UnaryOperator::Not => {
                let value = self.eval_condition(operand, scope);
                negate(&value, span)
            }
            UnaryOperator::Negate => {
                let value = self.eval(operand, scope);
                values::distribute("-", &[value], span, |values| match values.first() {
                    Some(value) => match values::to_number(value) {
                        Some(number) => like(made_number(number.negated(), span), &[value]),
                        None => unknown_or_invalid("-", values, span),
                    },
                    None => rejected(span),
                })
            }
        }
    }

    pub(super) fn eval_binary(
        &self,
        operator: BinaryOperator,
        left: &Expr,
        right: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        match operator {
            BinaryOperator::And => self.eval_logical(left, right, scope, span, false),
            BinaryOperator::Or => self.eval_logical(left, right, scope, span, true),
            BinaryOperator::Equal => {
                let value = self.eval_equal(left, right, scope, span);
                self.decide(value, span, scope, None)
            }
            BinaryOperator::NotEqual => {
                let value = self.eval_equal(left, right, scope, span);
                if matches!(value.data, Data::Bool(_)) {
                    return negate(&value, span);
                }
                let label = format!("{} == {}", self.source_text(left.span), self.source_text(right.span));
                negate(&self.decide(value, span, scope, Some(&label)), span)
            }
            _ => {
                let operands = [self.eval(left, scope), self.eval(right, scope)];
                let value = values::distribute(symbol(operator), &operands, span, |values| {
                    let result = compute(operator, values, span);
                    if let [one, other] = values {
                        let sides = [Subject::new(one, left.span), Subject::new(other, right.span)];
                        self.note_order(&result, operator, sides, scope);
                    }
                    result
                });
                if is_comparison(operator) { self.decide(value, span, scope, None) } else { value }
            }
        }
    }

    fn eval_equal(&self, left: &Expr, right: &Expr, scope: &Scope<'_>, span: Span) -> Value {
        let operands = [self.eval(left, scope), self.eval(right, scope)];
        if !self.spend_on(&operands, span) {
            return values::limit(span);
        }
        values::distribute("==", &operands, span, |values| match values {
            [a, b] if values::is_invalid(a) || values::is_invalid(b) => {
                derived("==", values, span).of(Some(ValueType::Bool.into()))
            }
            [a, b] => match values::equal(a, b) {
                Some(known) => like(made_bool(known, span), &[a, b]),
                None => self.equality([Subject::new(a, left.span), Subject::new(b, right.span)], span, scope),
            },
            _ => rejected(span),
        })
    }

    /// `&&` (decided by a false operand) and `||` (decided by a true one).
    fn eval_logical(
        &self,
        left: &Expr,
        right: &Expr,
        scope: &Scope<'_>,
        span: Span,
        decisive: bool,
    ) -> Value {
        let name = if decisive { "||" } else { "&&" };
        let first = self.eval(left, scope);
        if is_no_boolean(&first) {
            return unknown_or_invalid(name, &[first], left.span);
        }
        if values::to_bool(&first) == Some(decisive) && !matches!(right.kind, ExprKind::Null) {
            // Later versions take no error in the other operand for one, but it is a boolean all the
            // same. Its marks are those of the result.
            let second = self.aside(|| self.eval(right, scope));
            if is_no_boolean(&second) && !may_be_null(&second) {
                return unknown_or_invalid(name, &[second], right.span);
            }
            return like(made_bool(decisive, span), &[&first, &second]);
        }
        let second = self.eval(right, scope);
        if is_no_boolean(&second) {
            return unknown_or_invalid(name, &[second], right.span);
        }
        if values::to_bool(&second) == Some(decisive) && !values::is_invalid(&first) {
            return like(made_bool(decisive, span), &[&first, &second]);
        }
        let first = self.decide(first, left.span, scope, None);
        let second = self.decide(second, right.span, scope, None);
        logical(&first, &second, decisive, span)
    }

    /// Whether one of several booleans is `decisive`: the other where none of them is. What only deployment
    /// decides is said of each by itself. `None` where one of them is no boolean, or where there are too many cases.
    pub(crate) fn any_of(&self, elements: &[Value], decisive: bool, span: Span) -> Option<Value> {
        let mut result = made_bool(!decisive, span);
        for element in elements {
            let decided = self.decide_part(element, span);
            if alternatives(&decided).iter().any(|(_, one)| values::to_bool(one).is_none()) {
                return None;
            }
            result = logical(&result, &decided, decisive, span);
            // Too many cases.
            if result.as_unknown().is_some() {
                return None;
            }
        }
        Some(result)
    }
}

/// `&&` (decided by a false operand) and `||` (decided by a true one) of what is decided.
fn logical(first: &Value, second: &Value, decisive: bool, span: Span) -> Value {
    let name = if decisive { "||" } else { "&&" };
    let marks = first.origin.marks | second.origin.marks;
    let mut arms: Vec<(Guard, Value)> = Vec::new();
    for (guard, value) in alternatives(first) {
        match values::to_bool(value) {
            Some(known) if known == decisive => arms.push((guard, made_bool(decisive, span))),
            Some(_) => {
                for (other, value) in alternatives(second) {
                    let Some(both) = guard.and(&other) else { continue };
                    let result = match values::to_bool(value) {
                        Some(known) => made_bool(known, span),
                        None => unknown_or_invalid(name, std::slice::from_ref(value), span),
                    };
                    arms.push((both, result));
                }
            }
            None => arms.push((guard, unknown_or_invalid(name, std::slice::from_ref(value), span))),
        }
    }
    values::marked(values::choice(arms, span), marks)
}

/// Whether a value is known to be no boolean, so that no other operand decides anything.
fn is_no_boolean(value: &Value) -> bool {
    match &value.data {
        Data::Choice(alternatives) => alternatives.iter().all(|one| is_no_boolean(&one.value)),
        _ => {
            values::is_never(value, &Type::Bool)
                || !values::is_deferred(value) && values::to_bool(value).is_none()
        }
    }
}

/// Whether a value is null in a case.
fn may_be_null(value: &Value) -> bool {
    alternatives(value).iter().any(|(_, one)| one.is_null())
}

/// Whether a value is known to be no number, whatever the other operand is.
fn is_no_number(value: &Value) -> bool {
    values::is_never(value, &Type::Number)
        || matches!(value.data, Data::Null | Data::List(_) | Data::Map(_) | Data::Bool(_))
        || matches!(value.data, Data::String(_)) && values::to_number(value).is_none()
}

/// The alternatives of a value; the value itself, always, when it is no choice.
fn alternatives(value: &Value) -> Vec<(Guard, &Value)> {
    match &value.data {
        Data::Choice(alternatives) => {
            alternatives.iter().map(|Alternative { guard, value }| (guard.clone(), value)).collect()
        }
        _ => vec![(Guard::always(), value)],
    }
}

/// The result, with the marks of what it is made of.
fn like(result: Value, operands: &[&Value]) -> Value {
    values::marked(result, operands.iter().map(|operand| values::marks(operand)).collect())
}

fn negate(value: &Value, span: Span) -> Value {
    values::distribute("!", std::slice::from_ref(value), span, |values| match values.first() {
        Some(one) => match values::to_bool(one) {
            Some(known) => like(made_bool(!known, span), &[one]),
            None => unknown_or_invalid("!", values, span),
        },
        None => rejected(span),
    })
}

/// Unknown because of an operand, or invalid when all of them are known.
fn unknown_or_invalid(name: &str, operands: &[Value], span: Span) -> Value {
    let takes_booleans = matches!(name, "!" | "&&" | "||");
    let is_wrong = if takes_booleans { is_no_boolean } else { is_no_number };
    let gives_booleans = takes_booleans || matches!(name, "<" | "<=" | ">" | ">=");
    let ty = if gives_booleans { Type::Bool } else { Type::Number };
    if operands.iter().any(values::is_deferred) && !operands.iter().any(is_wrong) {
        Value { never_null: true, ..known_as(derived(name, operands, span), &ty) }
    } else {
        // Also what is wrong has the type of the operation.
        let wrong = values::carried(operands, span).unwrap_or_else(|| {
            let wrong = operands.iter().map(values::describe).collect::<Vec<_>>().join(" and ");
            let takes = if takes_booleans { "booleans" } else { "numbers" };
            invalid(span, format!("`{name}` takes {takes}, not {wrong}"))
        });
        wrong.of(Some(ty.declared().into()))
    }
}

fn compute(operator: BinaryOperator, operands: &[Value], span: Span) -> Value {
    let name = symbol(operator);
    let [left, right] = operands else { return rejected(span) };
    let (Some(a), Some(b)) = (values::to_number(left), values::to_number(right)) else {
        return unknown_or_invalid(name, operands, span);
    };
    let number = |result: Option<Number>| match result {
        Some(number) => made_number(number, span),
        None if operator == BinaryOperator::Divide && !a.is_infinite() => {
            invalid(span, "zero is divided by zero")
        }
        None => invalid(span, format!("`{name}` of an infinite number has no result here")),
    };
    let result = match operator {
        BinaryOperator::Add => number(a.add(&b)),
        BinaryOperator::Subtract => number(a.subtract(&b)),
        BinaryOperator::Multiply => number(a.multiply(&b)),
        BinaryOperator::Divide => number(a.divide(&b)),
        BinaryOperator::Remainder => number(a.remainder(&b)),
        BinaryOperator::Less => made_bool(a < b, span),
        BinaryOperator::LessOrEqual => made_bool(a <= b, span),
        BinaryOperator::Greater => made_bool(a > b, span),
        BinaryOperator::GreaterOrEqual => made_bool(a >= b, span),
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::And | BinaryOperator::Or => {
            rejected(span)
        }
    };
    like(result, &[left, right])
}

/// Whether the result is true or false.
fn is_comparison(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
    )
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Remainder => "%",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::And => "&&",
        BinaryOperator::Or => "||",
    }
}
