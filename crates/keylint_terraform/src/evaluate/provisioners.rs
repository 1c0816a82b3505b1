//! The types of what provisioners and connections are given.
//!
//! Terraform looks at them when it validates a module, once for a resource whatever its instances are:
//! what a plan alone knows is open then, and an error in it none yet.

use std::rc::Rc;

use keylint_model::{Data, Reason, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Attribute, Block, Expr, ExprKind};

use super::{Evaluator, ModuleInstance, Scope};
use crate::project::provisioners::{blocks, exclusive, reads_instance, reads_resources, taken};
use crate::unify::fits;
use crate::values;

impl<'p> Evaluator<'p> {
    /// Reports arguments of provisioners and connections that are not of their types, and those that
    /// exclude each other.
    pub(super) fn settle_provisioners(&self, module: &Rc<ModuleInstance<'p>>) {
        let scope = Scope::module(module.id);
        let resources = module.directory.declarations.resources.iter();
        for resource in resources.filter(|it| &*it.block.name.text == "resource") {
            let base = blocks(&resource.block, "connection").next();
            let mut is_read = vec![false; base.map_or(0, |base| base.body.attributes().count())];
            for provisioner in blocks(&resource.block, "provisioner") {
                let Some(kind) = provisioner.labels.first() else { continue };
                self.typed_arguments(provisioner, &kind.text, &scope);
                self.only_one(provisioner, &kind.text, &scope);
                let own = blocks(provisioner, "connection").next();
                if let Some(own) = own {
                    self.typed_arguments(own, "connection", &scope);
                }
                // An argument of its own stands for that of the resource.
                let inherited = base.into_iter().flat_map(|base| base.body.attributes());
                for (attribute, is_read) in inherited.zip(&mut is_read) {
                    let is_own = own.is_some_and(|own| own.body.attribute(&attribute.name.text).is_some());
                    if !is_own && !std::mem::replace(is_read, true) {
                        self.typed_argument(attribute, "connection", &scope);
                    }
                }
            }
        }
    }

    fn typed_arguments(&self, block: &Block, of: &str, scope: &Scope<'_>) {
        block.body.attributes().for_each(|attribute| self.typed_argument(attribute, of, scope));
    }

    fn typed_argument(&self, attribute: &Attribute, of: &str, scope: &Scope<'_>) {
        let name = &*attribute.name.text;
        let Some(argument) = taken(of).find(|argument| argument.name == name) else { return };
        let Some(value) = self.validated(attribute, scope) else { return };
        if !fits(&value, &argument.ty) {
            let message = format!("`{name}` does not take this: it is of type {}", argument.ty.named());
            self.note(&values::invalid(attribute.value.span, message), scope);
        }
    }

    /// The value of an argument, as far as it is known when a module is validated.
    fn validated(&self, attribute: &Attribute, scope: &Scope<'_>) -> Option<Value> {
        let value = &attribute.value;
        match value {
            _ if reads_instance(value) => None,
            _ if reads_resources(value) => Some(self.aside(|| self.eval(value, scope))),
            _ => Some(self.eval(value, scope)),
        }
    }

    /// Reports the second of arguments that exclude each other, and where all that are there are null.
    fn only_one(&self, block: &Block, kind: &str, scope: &Scope<'_>) {
        let given = exclusive(kind).iter().filter_map(|name| block.body.attribute(name));
        let given: Vec<(&Attribute, Option<Value>)> =
            given.map(|attribute| (attribute, self.validated(attribute, scope))).collect();
        let wrong = |span: Span, message: String| self.note(&values::invalid(span, message), scope);
        let mut set = given
            .iter()
            .filter(|(attribute, value)| is_set(&attribute.value, value.as_ref()))
            .map(|(attribute, _)| attribute);
        if let (Some(first), Some(second)) = (set.next(), set.next()) {
            let (first, second, span) = (&first.name.text, &second.name.text, second.name.span);
            wrong(span, format!("`{first}` and `{second}` exclude each other"));
        }
        if !given.is_empty() && given.iter().all(|(_, value)| value.as_ref().is_some_and(is_null)) {
            let names = exclusive(kind).join("` or `");
            wrong(block.header, format!("a `{kind}` provisioner needs `{names}`"));
        }
    }
}

/// Whether a module is validated with another value than null, where that is certain. What a variable, an
/// instance or a resource is, or what hangs on it, is not known then, and what is not known is not null.
fn is_set(expression: &Expr, value: Option<&Value>) -> bool {
    let is_read = match &expression.kind {
        ExprKind::Attribute(inner, _) => match &inner.kind {
            ExprKind::Variable(root) => matches!(&*root.text, "var" | "each" | "count" | "self"),
            _ => false,
        },
        ExprKind::Template(_) => true,
        _ => false,
    };
    is_read
        || value.is_some_and(|value| match &value.data {
            Data::Null => false,
            Data::Unknown(unknown) => {
                value.never_null
                    || matches!(
                        unknown.reason,
                        Reason::Input(_) | Reason::Computed(_) | Reason::DataSource(_)
                    )
            }
            _ => true,
        })
}

/// Whether a value is null in all cases.
fn is_null(value: &Value) -> bool {
    match &value.data {
        Data::Choice(alternatives) => alternatives.iter().all(|one| is_null(&one.value)),
        data => matches!(data, Data::Null),
    }
}
