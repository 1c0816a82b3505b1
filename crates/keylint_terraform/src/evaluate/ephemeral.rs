//! `ephemeralasnull`: what of a value does not outlast a run.
//!
//! Values have no mark for it. Which parts of an expression are ephemeral follows from what is
//! declared so: Terraform lets such values through variables, locals and outputs only that say it.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/ephemeralasnull>.

use std::sync::Arc;

use keylint_model::{Data, List, Map, Reason, Unknown, Value};
use keylint_syntax::hcl::{Block, Expr, ExprKind, TemplatePart};

use super::{Evaluator, Scope};
use crate::values;

/// How many expressions are looked at before nothing is said.
const STEPS: u32 = 1000;

/// Whether something ephemeral is in an expression.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ephemeral {
    No,
    Unclear,
    Yes,
}

impl Evaluator<'_> {
    /// The value of an expression with null for what is ephemeral in it.
    pub(super) fn eval_ephemeral_as_null(&self, argument: &Expr, scope: &Scope<'_>) -> Value {
        let value = self.eval(argument, scope);
        if values::is_invalid(&value) { value } else { self.without_ephemeral(argument, value, scope) }
    }

    fn without_ephemeral(&self, expression: &Expr, value: Value, scope: &Scope<'_>) -> Value {
        let mut steps = STEPS;
        let unclear = || {
            let reason = Reason::Function("ephemeralasnull".into());
            values::unknown(Unknown::new(reason).with_place(expression.span), expression.span)
        };
        match self.ephemeral(expression, scope, &mut steps) {
            Ephemeral::No => return value,
            Ephemeral::Unclear => return unclear(),
            Ephemeral::Yes => {}
        }
        match (&expression.kind, &value.data) {
            (ExprKind::Parenthesis(inner), _) => self.without_ephemeral(inner, value, scope),
            (ExprKind::List(elements), Data::List(list)) if elements.len() == list.elements.len() => {
                let elements = elements.iter().zip(&list.elements);
                let elements = elements.map(|(one, value)| self.without_ephemeral(one, value.clone(), scope));
                let list = List { elements: elements.collect(), ..(**list).clone() };
                Value::new(Data::List(Arc::new(list)), value.origin)
            }
            (ExprKind::Object(items), Data::Map(map)) => {
                let mut map: Map = (**map).clone();
                for item in items {
                    let ExprKind::String(key) = &item.key.kind else { return unclear() };
                    if let Some(entry) = map.entries.get_mut(key.as_str()) {
                        entry.value = self.without_ephemeral(&item.value, entry.value.clone(), scope);
                    }
                }
                Value::new(Data::Map(Arc::new(map)), value.origin)
            }
            (ExprKind::Attribute(base, name), _) => {
                let local = match &base.kind {
                    ExprKind::Variable(root) if &*root.text == "local" => {
                        self.module_of(scope).and_then(|module| {
                            Some((module.id, module.directory.declarations.locals.get(&name.text)?))
                        })
                    }
                    _ => None,
                };
                match local {
                    Some((id, local)) => self.without_ephemeral(&local.value, value, &Scope::module(id)),
                    None if is_whole(expression) => values::made(Data::Null, expression.span),
                    None => unclear(),
                }
            }
            // A part of what is ephemeral as a whole, or what is made of it.
            (ExprKind::Template(_) | ExprKind::Unary(..) | ExprKind::Binary(..), _) => {
                values::made(Data::Null, expression.span)
            }
            (ExprKind::Index(..), _) if is_whole(expression) => values::made(Data::Null, expression.span),
            _ => unclear(),
        }
    }

    fn ephemeral(&self, expression: &Expr, scope: &Scope<'_>, steps: &mut u32) -> Ephemeral {
        let Some(left) = steps.checked_sub(1) else { return Ephemeral::Unclear };
        *steps = left;
        let mut most = |parts: &mut dyn Iterator<Item = &Expr>| {
            parts.map(|part| self.ephemeral(part, scope, steps)).max().unwrap_or(Ephemeral::No)
        };
        match &expression.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => Ephemeral::No,
            ExprKind::List(elements) => most(&mut elements.iter()),
            ExprKind::Object(items) => most(&mut items.iter().flat_map(|item| [&item.key, &item.value])),
            ExprKind::Template(template) => {
                let simple = |part: &TemplatePart| match part {
                    TemplatePart::Literal(_) | TemplatePart::Interpolation(_) => true,
                    TemplatePart::If { .. } | TemplatePart::For { .. } => false,
                };
                if !template.parts.iter().all(simple) {
                    return Ephemeral::Unclear;
                }
                most(&mut template.parts.iter().filter_map(|part| match part {
                    TemplatePart::Interpolation(inner) => Some(inner),
                    _ => None,
                }))
            }
            ExprKind::Call(call) if &*call.name.text == "ephemeralasnull" => Ephemeral::No,
            ExprKind::Call(call) => most(&mut call.arguments.iter()),
            ExprKind::Parenthesis(inner) | ExprKind::Unary(_, inner) => most(&mut std::iter::once(&**inner)),
            ExprKind::Binary(_, a, b) => most(&mut [&**a, &**b].into_iter()),
            ExprKind::Conditional(a, b, c) => most(&mut [&**a, &**b, &**c].into_iter()),
            ExprKind::Attribute(..) | ExprKind::Index(..) | ExprKind::Variable(_) => {
                self.ephemeral_reference(expression, scope, steps)
            }
            _ => Ephemeral::Unclear,
        }
    }

    fn ephemeral_reference(&self, expression: &Expr, scope: &Scope<'_>, steps: &mut u32) -> Ephemeral {
        let Some(names) = root_of(expression) else { return Ephemeral::Unclear };
        let (Some(first), second) = (names.first().copied(), names.get(1).copied().unwrap_or_default())
        else {
            return Ephemeral::Unclear;
        };
        // What a loop goes over is not followed.
        if scope.get(first).is_some() {
            return Ephemeral::Unclear;
        }
        let Some(module) = self.module_of(scope) else { return Ephemeral::Unclear };
        let declared = &module.directory.declarations;
        let is = |block: Option<&Block>| match block.and_then(|block| block.body.attribute("ephemeral")) {
            None => Ephemeral::No,
            Some(attribute) => match attribute.value.kind {
                ExprKind::Bool(true) => Ephemeral::Yes,
                ExprKind::Bool(false) => Ephemeral::No,
                _ => Ephemeral::Unclear,
            },
        };
        match first {
            "var" => is(declared.variables.get(second).map(|variable| &variable.block)),
            "local" => match declared.locals.get(second) {
                Some(local) => self.ephemeral(&local.value, &Scope::module(module.id), steps),
                None => Ephemeral::Unclear,
            },
            "ephemeral" => Ephemeral::Yes,
            "terraform" if second == "applying" => Ephemeral::Yes,
            "module" => {
                let called =
                    declared.calls.get_index_of(second).and_then(|call| self.children(&module, call));
                let target = called.and_then(|children| self.called_modules(&children).into_iter().next());
                match (target, names.get(2)) {
                    (Some(target), Some(output)) => {
                        is(target.directory.declarations.outputs.get(*output).map(|output| &output.block))
                    }
                    _ => Ephemeral::Unclear,
                }
            }
            _ => Ephemeral::No,
        }
    }
}

/// Whether a reference leads into something that is ephemeral as a whole.
fn is_whole(expression: &Expr) -> bool {
    root_of(expression)
        .is_some_and(|names| matches!(names.first().copied(), Some("var" | "module" | "ephemeral")))
}

/// The names of a reference from its first on, without indices.
fn root_of(expression: &Expr) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut inner = expression;
    loop {
        match &inner.kind {
            ExprKind::Attribute(base, name) => {
                names.push(&*name.text);
                inner = base;
            }
            ExprKind::Index(base, _) => inner = base,
            ExprKind::Variable(name) => {
                names.push(&*name.text);
                break;
            }
            _ => return None,
        }
    }
    names.reverse();
    Some(names)
}
