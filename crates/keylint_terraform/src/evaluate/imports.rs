//! `import` blocks.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/import>.

use std::rc::Rc;

use keylint_model::Data;
use keylint_syntax::hcl::{Block, Expr};

use super::expansion::Found;
use super::{Evaluator, ModuleInstance, Scope};
use crate::project::{import_target, wrong_import_instance, wrong_import_key};
use crate::types::Type;
use crate::values;

impl<'p> Evaluator<'p> {
    /// Reports what is wrong with the values of an `import` block. Unlike that of a resource, its
    /// `for_each` takes collections of any kind, and null for none.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/import>.
    pub(super) fn settle_import(&self, block: &Block, module: &Rc<ModuleInstance<'p>>) {
        let scope = Scope::module(module.id);
        if module.called_by.is_some() {
            let message = "an `import` block stands in the root module only";
            return self.note(&values::invalid(block.header, message), &scope);
        }
        let declarations = &module.directory.declarations;
        let of_address = match self.is_opentofu() {
            true => None,
            false => wrong_import_key(block),
        };
        if let Some(wrong) = of_address.or_else(|| wrong_import_instance(block, declarations)) {
            self.note(&values::invalid(wrong.span, wrong.message), &scope);
        }
        let Some(id) = block.body.attribute("id") else { return };
        let to = import_target(block, declarations);
        let settle = |scope: &Scope<'_>| {
            self.settle_import_id(&id.value, scope);
            if let Some((position, key)) = to {
                self.settle_import_key(module, position, key, scope);
            }
        };
        let Some(over) = block.body.attribute("for_each") else { return settle(&scope) };
        let span = over.value.span;
        let collection = self.eval(&over.value, &scope);
        let spread = values::spread(std::slice::from_ref(&collection), span);
        match values::iterate(spread.first().unwrap_or(&collection)) {
            _ if collection.origin.marks.ephemeral => {
                self.note(&values::invalid(span, "`for_each` is ephemeral"), &scope);
            }
            values::Items::Known(pairs, _) => {
                for values::Pair { key, value } in pairs {
                    settle(&Scope::module(module.id).with_each(key, value));
                }
            }
            values::Items::Invalid if !values::is_deferred(&collection) && !collection.is_null() => {
                self.note(&values::not_a_collection(&collection, span), &scope);
            }
            _ => {}
        }
    }

    fn settle_import_id(&self, id: &Expr, scope: &Scope<'_>) {
        let value = self.eval(id, scope);
        let wrong = match &value.data {
            Data::Null => "the id of what is imported is null",
            Data::String(text) if text.is_empty() => "the id of what is imported is empty",
            Data::List(_) | Data::Map(_) => "the id of what is imported is a string",
            _ if values::is_never(&value, &Type::String) => "the id of what is imported is a string",
            _ => return,
        };
        self.note(&values::invalid(id.span, wrong), scope);
    }

    /// Reports the key of an instance that the resource does not have.
    fn settle_import_key(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
        key: &Expr,
        scope: &Scope<'_>,
    ) {
        let value = self.eval(key, scope);
        let wrong = match &value.data {
            Data::String(_) | Data::Number(_) => match self.expansion(module, position) {
                Some(expansion) if matches!(expansion.find(&value), Found::Nothing) => {
                    "the resource has no such instance"
                }
                _ => return,
            },
            Data::Null | Data::Bool(_) | Data::List(_) | Data::Map(_) => {
                "the key of an instance is a string or a whole number"
            }
            _ => return,
        };
        self.note(&values::invalid(key.span, wrong), scope);
    }
}
