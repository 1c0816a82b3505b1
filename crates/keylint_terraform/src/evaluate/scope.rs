//! The names that an expression can use besides those of its module.

use std::sync::Arc;

use keylint_model::Value;

use super::ModuleId;
use crate::values;

/// Where an expression is evaluated. Scopes nest: a `for` inside a `dynamic` block inside an
/// instance of a resource.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'s> {
    pub(crate) module: Option<ModuleId>,
    outer: Option<&'s Scope<'s>>,
    names: Vec<(Arc<str>, Value)>,
    /// `each.key` and `each.value` of the instance.
    each: Option<(Value, Value)>,
    /// `count.index` of the instance.
    count: Option<Value>,
    /// How many template files render each other up to here.
    template: Option<u32>,
}

impl<'s> Scope<'s> {
    /// The scope of a module.
    pub(crate) fn module(module: ModuleId) -> Scope<'static> {
        Scope {
            module: Some(module),
            outer: None,
            names: Vec::new(),
            each: None,
            count: None,
            template: None,
        }
    }

    /// A scope without any names: constants only.
    pub(crate) fn constant() -> Scope<'static> {
        Scope { module: None, outer: None, names: Vec::new(), each: None, count: None, template: None }
    }

    /// The scope of a template file: the names given to it and no others.
    pub(crate) fn template(names: Vec<(Arc<str>, Value)>, depth: u32) -> Scope<'static> {
        Scope { module: None, outer: None, names, each: None, count: None, template: Some(depth) }
    }

    /// This scope with more names.
    pub(crate) fn with<'o>(&'o self, names: Vec<(Arc<str>, Value)>) -> Scope<'o> {
        Scope { module: self.module, outer: Some(self), names, each: None, count: None, template: None }
    }

    /// This scope with `each`.
    pub(crate) fn with_each(self, key: Value, value: Value) -> Scope<'s> {
        Scope { each: Some((key, value)), ..self }
    }

    /// This scope with `count.index`.
    pub(crate) fn with_count(self, index: Value) -> Scope<'s> {
        Scope { count: Some(index), ..self }
    }

    fn chain(&self) -> impl Iterator<Item = &Scope<'s>> {
        std::iter::successors(Some(self), |scope| scope.outer)
    }

    /// The value of a name that the expression itself introduces.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.chain().find_map(|scope| {
            scope.names.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value)
        })
    }

    /// `each.key` and `each.value`.
    pub(crate) fn each(&self) -> Option<&(Value, Value)> {
        self.chain().find_map(|scope| scope.each.as_ref())
    }

    /// `count.index`.
    pub(crate) fn count(&self) -> Option<&Value> {
        self.chain().find_map(|scope| scope.count.as_ref())
    }

    /// Whether there are any names besides those of the module.
    pub(crate) fn names_anything(&self) -> bool {
        self.chain().any(|scope| !scope.names.is_empty() || scope.each.is_some() || scope.count.is_some())
    }

    /// How many template files render each other up to here.
    pub(crate) fn template_depth(&self) -> u32 {
        self.chain().find_map(|scope| scope.template).unwrap_or(0)
    }

    /// What tells evaluations of one expression in one module apart: keys and loop variables.
    /// `None` when they cannot be told apart.
    pub(crate) fn discriminator(&self) -> Option<String> {
        let mut text = String::new();
        for scope in self.chain() {
            let instance = scope.each.iter().map(|(key, _)| key).chain(&scope.count);
            for value in scope.names.iter().map(|(_, value)| value).chain(instance) {
                text.push('|');
                text.push_str(&values::identity(value)?);
            }
        }
        Some(text)
    }
}
