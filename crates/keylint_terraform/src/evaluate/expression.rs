//! Expressions to values, one form at a time.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Data, Entry, List, ListKind, Map, Marks, Number, Origin, Reason, Unknown, Value, ValueType,
};
use keylint_source::Span;
use keylint_syntax::hcl::{Call, Expr, ExprKind, ObjectItem, SplatOperator};

use super::{Evaluator, Scope};
use crate::functions;
use crate::limits;
use crate::types::Type;
use crate::unify::{element_type, known_as, type_of, typed};
use crate::values::{self, SplatBase, invalid, made, rejected};

impl Evaluator<'_> {
    /// The value of an expression. Never fails: what Terraform rejects is an unknown value with
    /// the reason `Invalid`.
    pub(crate) fn eval(&self, expression: &Expr, scope: &Scope<'_>) -> Value {
        let span = expression.span;
        match &expression.kind {
            ExprKind::Null => values::null(Origin::at(span)),
            ExprKind::Bool(known) => made(Data::Bool(*known), span),
            ExprKind::Number(text) => match Number::parse(text) {
                Some(number) => made(Data::Number(number), span),
                None => rejected(span),
            },
            ExprKind::String(text) => {
                let mut value = Value::string(values::normalised(text.clone()));
                value.origin.span = value.origin.span.or(Some(span));
                value
            }
            ExprKind::Invalid => rejected(span),
            _ => self.eval_compound(expression, scope),
        }
    }

    fn eval_compound(&self, expression: &Expr, scope: &Scope<'_>) -> Value {
        let span = expression.span;
        if !self.spend(1, span) {
            return values::limit(span);
        }
        if !self.descend() {
            return self.over_limit(span, "the value is nested too deeply");
        }
        let value = match &expression.kind {
            ExprKind::Parenthesis(inner) => self.eval(inner, scope),
            ExprKind::Template(template) => self.eval_template(template, scope, span),
            ExprKind::List(elements) => self.eval_list(elements, scope, span),
            ExprKind::Object(items) => self.eval_object(items, scope, span),
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => {
                self.eval_traversal(expression, scope)
            }
            ExprKind::AttributeSplat(base, operators) | ExprKind::FullSplat(base, operators) => {
                let base = self.eval(base, scope);
                self.eval_splat(&base, operators, scope, span)
            }
            ExprKind::Call(call) => self.eval_call(call, scope, span),
            ExprKind::Conditional(condition, then, otherwise) => {
                self.eval_conditional(condition, then, otherwise, scope, span)
            }
            ExprKind::Unary(operator, operand) => self.eval_unary(*operator, operand, scope, span),
            ExprKind::Binary(operator, left, right) => self.eval_binary(*operator, left, right, scope, span),
            ExprKind::For(form) => self.eval_for(form, scope, span),
            _ => rejected(span),
        };
        self.ascend();
        self.note(&value, scope);
        value
    }

    fn eval_list(&self, elements: &[Expr], scope: &Scope<'_>, span: Span) -> Value {
        values::made_list(elements.iter().map(|element| self.eval(element, scope)).collect(), span)
    }

    fn eval_object(&self, items: &[ObjectItem], scope: &Scope<'_>, span: Span) -> Value {
        let mut entries: IndexMap<Arc<str>, Entry> = IndexMap::with_capacity(items.len());
        let mut rest = None;
        let mut marks = Marks::NONE;
        for item in items {
            if matches!(item.key.kind, ExprKind::Attribute(..) | ExprKind::Index(..)) {
                return invalid(item.key.span, "a reference that is a key of an object needs parentheses");
            }
            let key = self.eval(&item.key, scope);
            // Which keys there are would tell one that is secret.
            marks |= key.origin.marks;
            let value = self.eval(&item.value, scope);
            match values::to_string(&key) {
                Some(name) => {
                    let entry = Entry { key_span: Some(item.key.span), span: Some(item.value.span), value };
                    entries.insert(name, entry);
                }
                None if values::is_invalid(&key) => return key,
                None if !values::is_deferred(&key) || values::is_never(&key, &Type::String) => {
                    return invalid(
                        item.key.span,
                        format!("{} is no key of an object", values::describe(&key)),
                    );
                }
                None => {
                    // The key may be one of those that are written before, whose value it replaces.
                    for (name, entry) in &mut entries {
                        let written = Value::string(keylint_syntax::Text::synthetic(Arc::clone(name)));
                        if values::equal(&key, &written) != Some(false) {
                            let either = [entry.value.clone(), key.clone(), value.clone()];
                            let replaced = values::derived("{}", &either, item.key.span);
                            entry.value = Value::new(replaced.data, entry.value.origin.clone());
                            entry.value.origin.marks |= replaced.origin.marks;
                        }
                    }
                    rest = values::first_unknown(&values::derived("{}", &[key], item.key.span)).cloned();
                }
            }
        }
        values::marked(made(Data::Map(Arc::new(Map { entries, rest, ..Map::default() })), span), marks)
    }

    /// A splat over a value: the operators on each element.
    pub(super) fn eval_splat(
        &self,
        base: &Value,
        operators: &[SplatOperator],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        self.distribute("[*]", base, span, |base| match values::splat_base(base) {
            SplatBase::Elements(elements, rest, kind) => {
                if !self.spend(elements.len(), span) {
                    return values::limit(span);
                }
                let elements: Vec<_> =
                    elements.iter().map(|one| self.apply_operators(one.clone(), operators, scope)).collect();
                let wrong = elements.iter().find(|element| values::is_invalid(element)).cloned();
                let by_type = || self.wrong_by_type(base, operators, scope, span);
                if let Some(wrong) = wrong.or_else(|| by_type().filter(|_| elements.is_empty())) {
                    // Also where one is wrong they are a tuple of so many.
                    let row = || ValueType::Tuple(vec![ValueType::Any; elements.len()].into());
                    let is_tuple = kind == ListKind::Tuple && rest.is_none();
                    return wrong.of(is_tuple.then(|| Arc::new(row())));
                }
                let rest = rest.and_then(|rest| {
                    let element = self.element_of(&rest, &base.origin);
                    let applied = self.apply_operators(element, operators, scope);
                    values::first_unknown(&applied).cloned()
                });
                let mut list =
                    made(Data::List(Arc::new(List { elements, rest, kind, ..List::default() })), span);
                list.origin.marks = base.origin.marks;
                typed(list, &splat_type(base, operators))
            }
            SplatBase::Null => invalid(span, "a splat does not go over a list that is null"),
            SplatBase::Unknown(unknown) => self.open_splat(base, &unknown, operators, scope, span),
            SplatBase::Invalid(wrong) => values::unknown((*wrong).clone(), span),
        })
    }

    /// A splat over what is not known: the operators on any of its elements, of which the type may
    /// be declared.
    fn open_splat(
        &self,
        base: &Value,
        unknown: &Unknown,
        operators: &[SplatOperator],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let is_sequence = matches!(values::declared(base), Some(ValueType::List(_) | ValueType::Set(_)));
        let of = if is_sequence { values::each(base) } else { base.ty.clone() };
        let start = Value::unknown(values::extend(unknown, "[*]"), base.origin.clone()).of(of);
        let mut result = self.apply_operators(start.clone(), operators, scope);
        if values::is_invalid(&result) {
            if !self.fails_by_value(&start, operators, scope) {
                return result;
            }
            result = values::derived("[*]", std::slice::from_ref(base), result.origin.span.unwrap_or(span));
        }
        // How many there are is open of what is no sequence: none of a null.
        let ty = if is_sequence { Type::List(Box::new(type_of(&result))) } else { Type::Uncertain };
        // A list of references is no reference.
        if let Data::Unknown(unknown) = &result.data {
            let plain = Unknown { reference: None, ..(**unknown).clone() };
            result.data = Data::Unknown(Arc::new(plain));
        }
        known_as(result, &ty)
    }

    /// What Terraform rejects in a splat over a collection without elements, by their type.
    fn wrong_by_type(
        &self,
        base: &Value,
        operators: &[SplatOperator],
        scope: &Scope<'_>,
        span: Span,
    ) -> Option<Value> {
        if !values::is_empty(base) {
            return None;
        }
        let ty = element_type(base).said().filter(|ty| *ty != ValueType::Any)?;
        let element = Unknown::new(Reason::Operand("[*]".into()));
        let element = values::unknown(element, span).of(Some(Arc::new(ty)));
        let result = self.apply_operators(element.clone(), operators, scope);
        (values::is_invalid(&result) && !self.fails_by_value(&element, operators, scope)).then_some(result)
    }

    /// Whether Terraform rejects the operators only once there is an element: an object that has no
    /// such key.
    fn fails_by_value(&self, start: &Value, operators: &[SplatOperator], scope: &Scope<'_>) -> bool {
        let mut value = start.clone();
        for operator in operators {
            let next = self.apply_operators(value.clone(), std::slice::from_ref(operator), scope);
            if values::is_invalid(&next) {
                // `.0` is an index of old.
                let is_index = match operator {
                    SplatOperator::Attribute(name) => name.text.bytes().all(|it| it.is_ascii_digit()),
                    SplatOperator::Index(_) => true,
                    SplatOperator::Splat(_) => false,
                };
                return is_index && matches!(values::declared(&value), Some(ValueType::Object(_)));
            }
            value = next;
        }
        false
    }

    fn apply_operators(&self, value: Value, operators: &[SplatOperator], scope: &Scope<'_>) -> Value {
        let mut value = value;
        let mut left = operators;
        while let Some((operator, rest)) = left.split_first() {
            left = rest;
            value = match operator {
                SplatOperator::Attribute(name) => values::attribute(&value, &name.text, name.span),
                SplatOperator::Index(key) => self.index(&value, &self.eval(key, scope), key.span, scope),
                SplatOperator::Splat(span) => return self.eval_inner_splat(&value, rest, scope, *span),
            };
        }
        value
    }

    /// A splat within a splat, as deep as there are stars.
    fn eval_inner_splat(
        &self,
        value: &Value,
        operators: &[SplatOperator],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        if !self.descend() {
            return self.over_limit(span, "the value is nested too deeply");
        }
        let value = self.eval_splat(value, operators, scope, span);
        self.ascend();
        value
    }

    fn eval_call(&self, call: &Call, scope: &Scope<'_>, span: Span) -> Value {
        if let Some(first) = call.arguments.first()
            && functions::needs_reference(&call.name)
            && !self.is_opentofu()
            && !matches!(first.kind, ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..))
        {
            return invalid(first.span, "the template is a reference to a string that is written elsewhere");
        }
        let mut arguments: Vec<Value> = call
            .arguments
            .iter()
            .map(|argument| match functions::forgives(&call.name) {
                true => self.eval_forgiven(argument, scope),
                false => self.eval(argument, scope),
            })
            .collect();
        if !call.expand {
            return functions::call(self, &call.name, scope, span, &call.arguments, &arguments);
        }
        let places = &call.arguments;
        let Some(last) = arguments.pop() else { return rejected(span) };
        self.distribute(&call.name.text, &last, span, |last| {
            let mut arguments = arguments.clone();
            match &last.data {
                Data::List(list) => {
                    if list.elements.len() > limits::ELEMENTS {
                        return self.over_limit(span, "the call has too many arguments");
                    }
                    arguments.extend(list.elements.iter().map(|one| values::inherit(&last.origin, one)));
                    match &list.rest {
                        None => functions::call(self, &call.name, scope, span, places, &arguments),
                        Some(rest) => {
                            arguments.push(Value::unknown((**rest).clone(), last.origin.clone()));
                            functions::call_open(self, &call.name, scope, span, places, &arguments)
                        }
                    }
                }
                Data::Unknown(_) if values::is_invalid(last) => last.clone(),
                Data::Unknown(_) => match values::declared(last) {
                    None | Some(ValueType::List(_) | ValueType::Set(_) | ValueType::Tuple(_)) => {
                        // What it is itself says nothing of the arguments that it stands for.
                        arguments.push(last.clone().of(None));
                        functions::call_open(self, &call.name, scope, span, places, &arguments)
                    }
                    Some(_) => invalid(span, format!("{} is expanded as arguments", values::describe(last))),
                },
                _ => invalid(span, format!("{} is expanded as arguments", values::describe(last))),
            }
        })
    }
}

/// The type of a splat over a list, where that has no elements to say it.
fn splat_type(base: &Value, operators: &[SplatOperator]) -> Type {
    let mut ty = element_type(base);
    for operator in operators {
        ty = match (ty, operator) {
            (Type::Any, _) => Type::Any,
            (Type::Map(inner), SplatOperator::Attribute(_) | SplatOperator::Index(_))
            | (Type::List(inner), SplatOperator::Index(_)) => *inner,
            (Type::Object(row), SplatOperator::Attribute(name)) => {
                row.into_iter().find(|it| it.name == name.text).map_or(Type::Uncertain, |it| it.constraint)
            }
            _ => Type::Uncertain,
        };
    }
    Type::List(Box::new(ty))
}
