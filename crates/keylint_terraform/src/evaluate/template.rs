//! String templates, with holes where a part is not known.

use std::sync::Arc;

use keylint_model::{Data, Guard, Marks, Origin, Step, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, Name, Template, TemplatePart};

use super::conditional::not_a_condition;
use super::{Evaluator, Scope};
use crate::limits;
use crate::types::Type;
use crate::values::{self, Items, invalid};

impl Evaluator<'_> {
    /// The value of a template. One interpolation alone gives its value unchanged.
    pub(crate) fn eval_template(&self, template: &Template, scope: &Scope<'_>, span: Span) -> Value {
        match template.wraps() {
            Some(inner) => self.eval(inner, scope),
            None => self.eval_parts(&template.parts, scope, span),
        }
    }

    fn eval_parts(&self, parts: &[TemplatePart], scope: &Scope<'_>, span: Span) -> Value {
        let mut pieces = Pieces::default();
        if !self.collect_parts(parts, scope, span, &mut pieces) {
            return values::limit(span);
        }
        self.joined(pieces, span)
    }

    fn joined(&self, pieces: Pieces, span: Span) -> Value {
        let Pieces { values, spans, marks } = pieces;
        let value = values::distribute("template", &values, span, |values| self.join(values, &spans, span));
        values::marked(value, marks)
    }

    /// Appends the pieces of a template; false when a limit was reached.
    fn collect_parts(
        &self,
        parts: &[TemplatePart],
        scope: &Scope<'_>,
        span: Span,
        pieces: &mut Pieces,
    ) -> bool {
        for part in parts {
            match part {
                TemplatePart::Literal(text) => {
                    pieces.push(Value::string(text.clone()), text.span().unwrap_or(span));
                }
                TemplatePart::Interpolation(expression) => {
                    pieces.push(self.eval(expression, scope), expression.span);
                }
                TemplatePart::If { condition, then, otherwise } => {
                    if !self.collect_if(condition, then, otherwise, scope, pieces) {
                        return false;
                    }
                }
                TemplatePart::For { key_name, value_name, collection, body } => {
                    let names = (key_name.as_ref(), value_name);
                    if !self.collect_for(names, collection, body, scope, pieces) {
                        return false;
                    }
                }
            }
            if pieces.values.len() > limits::ELEMENTS {
                self.over_limit(span, "the template has too many parts");
                return false;
            }
        }
        true
    }

    fn collect_if(
        &self,
        condition: &Expr,
        then: &[TemplatePart],
        otherwise: &[TemplatePart],
        scope: &Scope<'_>,
        pieces: &mut Pieces,
    ) -> bool {
        if !self.descend() {
            self.over_limit(condition.span, "the template is nested too deeply");
            return false;
        }
        let span = condition.span;
        let decision = self.eval_condition(condition, scope);
        pieces.marks |= decision.origin.marks;
        let kept = match (&decision.data, values::to_bool(&decision)) {
            (_, Some(known)) => self.collect_parts(if known { then } else { otherwise }, scope, span, pieces),
            (Data::Choice(alternatives), None) => {
                let arms = alternatives.iter().map(|one| {
                    let value = match values::to_bool(&one.value) {
                        Some(true) => self.eval_parts(then, scope, span),
                        Some(false) => self.eval_parts(otherwise, scope, span),
                        None => not_a_condition(&one.value, "%{if}", span),
                    };
                    (one.guard.clone(), value)
                });
                let arms: Vec<(Guard, Value)> = self.aside(|| arms.collect());
                pieces.push(values::choice(arms, span), span);
                true
            }
            _ => {
                let open = not_a_condition(&decision, "%{if}", span);
                self.note(&open, scope);
                pieces.push(open, span);
                true
            }
        };
        self.ascend();
        kept
    }

    fn collect_for(
        &self,
        names: (Option<&Name>, &Name),
        collection: &Expr,
        body: &[TemplatePart],
        scope: &Scope<'_>,
        pieces: &mut Pieces,
    ) -> bool {
        let span = collection.span;
        let over = self.eval(collection, scope);
        pieces.marks |= over.origin.marks;
        if !self.descend() {
            self.over_limit(span, "the template is nested too deeply");
            return false;
        }
        let kept = match &over.data {
            _ if is_no_collection(&over) => {
                let wrong = values::not_a_collection(&over, span);
                self.note(&wrong, scope);
                pieces.push(wrong, span);
                true
            }
            Data::Choice(_) => {
                let text = self.distribute("%{for}", &over, span, |over| {
                    let mut turns = Pieces::default();
                    match self.collect_turns(names, over, body, scope, (span, &mut turns)) {
                        true => self.joined(turns, span),
                        false => values::limit(span),
                    }
                });
                pieces.push(text, span);
                true
            }
            _ => self.collect_turns(names, &over, body, scope, (span, pieces)),
        };
        self.ascend();
        kept
    }

    /// The turns of a loop over what is known of a collection, then a hole for what is not.
    fn collect_turns(
        &self,
        (key_name, value_name): (Option<&Name>, &Name),
        over: &Value,
        body: &[TemplatePart],
        scope: &Scope<'_>,
        (span, pieces): (Span, &mut Pieces),
    ) -> bool {
        let (pairs, is_open) = match values::iterate(over) {
            Items::Known(pairs, rest) => (pairs, rest.is_some()),
            Items::Invalid => {
                pieces.push(values::not_a_collection(over, span), span);
                return true;
            }
            _ => (Vec::new(), true),
        };
        let kept = pairs.into_iter().all(|pair| {
            if !self.spend(1, span) {
                return false;
            }
            let mut names = vec![(Arc::clone(&value_name.text), pair.value)];
            names.extend(key_name.map(|name| (Arc::clone(&name.text), pair.key)));
            self.collect_parts(body, &scope.with(names), span, pieces)
        });
        if is_open {
            pieces.push(values::derived("%{for}", std::slice::from_ref(over), span), span);
        }
        kept
    }

    fn join(&self, values: &[Value], spans: &[Span], span: Span) -> Value {
        let mut parts = Vec::with_capacity(values.len());
        for (value, place) in values.iter().zip(spans) {
            let parts_of = || values::text_parts(value, Some(*place));
            let Some(more) = parts_of().filter(|_| !values::is_never(value, &Type::String)) else {
                // JSON with parts that no text can say is not known; null and collections are
                // what Terraform rejects.
                return match &value.data {
                    Data::Json(_) => values::derived("template", values, span),
                    // Also what is wrong in it is a string.
                    _ => values::carried(std::slice::from_ref(value), span)
                        .unwrap_or_else(|| {
                            invalid(*place, format!("{} in a string", values::describe(value)))
                        })
                        .of(Some(ValueType::String.into())),
                };
            };
            parts.extend(more);
            if parts.len() > limits::ELEMENTS {
                break;
            }
        }
        let marks = values.iter().map(|value| value.origin.marks).collect();
        let origin = Origin { span: Some(span), via: None, marks };
        // Whoever reads the text has to know that a part of it is written in no file.
        let mut steps = values.iter().flat_map(|value| value.origin.steps());
        let handed_in =
            steps.find(|via| matches!(via.step, Step::CommandLine | Step::Environment | Step::Given));
        let origin = match handed_in {
            Some(via) => origin.through(via.step, Arc::clone(&via.name), via.span),
            None => origin,
        };
        self.assemble(parts, origin, span)
    }
}

/// Whether a value is nothing that a loop goes over, whatever deployment decides.
fn is_no_collection(value: &Value) -> bool {
    match &value.data {
        Data::Choice(alternatives) => alternatives.iter().all(|one| is_no_collection(&one.value)),
        _ => matches!(values::iterate(value), Items::Invalid),
    }
}

#[derive(Default)]
struct Pieces {
    values: Vec<Value>,
    spans: Vec<Span>,
    /// Whether a secret decides which pieces there are.
    marks: Marks,
}

impl Pieces {
    fn push(&mut self, value: Value, span: Span) {
        self.values.push(value);
        self.spans.push(span);
    }
}
