//! What conditions say of one value that only deployment decides.
//!
//! `var.env == "prod"` and `var.env == "dev"` are two conditions, but both cannot hold. What a
//! condition compares is known where the comparison is made; the condition itself is made by whoever
//! asks for it, later and in another place. So what a comparison says is kept under what identifies
//! its result.

use std::num::NonZeroU32;
use std::sync::Arc;

use keylint_model::condition::comparison::{Constant, Scalar, Side};
use keylint_model::condition::{Comparison, Condition};
use keylint_model::{Data, List, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::hcl::BinaryOperator;

use super::symbolic::ELEMENT;
use super::{Evaluator, Scope};
use crate::limits;
use crate::values::{self, derived};

impl Evaluator<'_> {
    /// Whether two values are equal, which only deployment decides. The constant comes last, wherever
    /// it is written.
    pub(super) fn equality(&self, left: &Value, right: &Value, span: Span, scope: &Scope<'_>) -> Value {
        let (subject, constant) = if scalar(left).is_some() { (right, left) } else { (left, right) };
        let result = derived("==", &[subject.clone(), constant.clone()], span);
        if let Some((of, ty)) = self.compared(subject, &result, scope)
            && let Some(is) = scalar(constant)
        {
            self.note_comparison(&result, Comparison::equality(of, [Constant { is, of_type: ty }]));
        }
        result
    }

    /// Notes of the result of a comparison of numbers, which only deployment decides, what it says.
    pub(super) fn note_order(
        &self,
        result: &Value,
        operator: BinaryOperator,
        [left, right]: [&Value; 2],
        scope: &Scope<'_>,
    ) {
        let (subject, constant, is_turned) = match values::to_number(left) {
            Some(number) => (right, number, true),
            None => match values::to_number(right) {
                Some(number) => (left, number, false),
                None => return,
            },
        };
        let (is_less, is_with) = match operator {
            BinaryOperator::Less => (true, false),
            BinaryOperator::LessOrEqual => (true, true),
            BinaryOperator::Greater => (false, false),
            BinaryOperator::GreaterOrEqual => (false, true),
            _ => return,
        };
        if let Some((of, _)) = self.compared(subject, result, scope) {
            let side = Side { number: constant, is_below: is_less != is_turned, is_with };
            self.note_comparison(result, Comparison::side(of, side));
        }
    }

    /// Notes of what `contains` says of a list of constants, which only deployment decides, that it
    /// compares with each of them.
    pub(crate) fn note_contains(&self, result: &Value, list: &List, wanted: &Value, scope: &Scope<'_>) {
        if list.rest.is_some() || list.gaps || list.elements.len() > limits::COMPARED {
            return;
        }
        let Some((of, ty)) = self.compared(wanted, result, scope) else { return };
        let constants = list.elements.iter().map(scalar).collect::<Option<Vec<_>>>();
        if let Some(constants) = constants {
            let constants = constants.into_iter().map(|is| Constant { is, of_type: ty.clone() });
            self.note_comparison(result, Comparison::equality(of, constants));
        }
    }

    /// The condition that a value decides with what it says: that of the comparison that the value is,
    /// or that the value is true.
    pub(super) fn comparing(&self, mut condition: Condition, value: &Value, scope: &Scope<'_>) -> Condition {
        let Some(identity) = value.as_unknown().and_then(|unknown| unknown.identity.as_ref()) else {
            return condition;
        };
        let noted = self.comparisons.borrow().get(identity).cloned();
        let truth = || {
            let (of, ty) = self.compared(value, value, scope)?;
            Some(Arc::new(Comparison::truth(of, ty)))
        };
        condition.compares = noted.or_else(truth);
        condition
    }

    /// The number of a value that is compared, with its type where that is known. `None` where nothing
    /// tells it, or the result of comparing it, from others.
    fn compared(
        &self,
        subject: &Value,
        result: &Value,
        scope: &Scope<'_>,
    ) -> Option<(NonZeroU32, ValueType)> {
        result.as_unknown()?.identity.as_ref()?;
        let ty = match (&subject.data, values::declared(subject)) {
            (Data::Partial(_), _) => ValueType::String,
            (Data::Unknown(_), None) => ValueType::Any,
            (Data::Unknown(_), Some(ty @ (ValueType::String | ValueType::Number | ValueType::Bool))) => {
                ty.clone()
            }
            _ => return None,
        };
        let mut identity = values::identity(subject)?;
        // Each turn of an outer loop may find another element that the inner one keeps.
        if identity.contains(ELEMENT) {
            identity.push_str(&scope.discriminator()?);
        }
        Some((self.number_of(identity)?, ty))
    }

    fn note_comparison(&self, result: &Value, comparison: Comparison) {
        if let Some(identity) = result.as_unknown().and_then(|unknown| unknown.identity.clone()) {
            self.comparisons.borrow_mut().entry(identity).or_insert_with(|| Arc::new(comparison));
        }
    }
}

/// A constant that a value is compared with.
fn scalar(value: &Value) -> Option<Scalar> {
    match &value.data {
        Data::Null => Some(Scalar::Null),
        Data::Bool(known) => Some(Scalar::Bool(*known)),
        Data::Number(number) => Some(Scalar::Number(number.clone())),
        Data::String(text) => Some(Scalar::String(Arc::clone(text.shared()))),
        _ => None,
    }
}
