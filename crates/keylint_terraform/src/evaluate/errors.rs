//! What Terraform rejects, reported where nothing catches it.
//!
//! An invalid value carries what is wrong and where. Each expression that is evaluated reports the
//! one it makes, so that a mistake is found even where its value is dropped (`length([1 / 0])`);
//! whoever uses the value reports the same place again, which counts once. Not reported is what
//! Terraform does not evaluate or forgives: arguments of `try` and `can`, and whatever holds in one
//! case of a condition only.

use std::rc::Rc;

use keylint_model::{Data, Problem, Reason, Unknown, Value};
use keylint_syntax::hcl::{Block, Body, Expr};

use super::conditional::not_a_condition;
use super::{Evaluator, ModuleInstance, Scope};
use crate::project::{has_own_provider, is_no_boolean, is_own_provider, open_part};
use crate::types::Type;
use crate::unify::fits;
use crate::values;

impl<'p> Evaluator<'p> {
    /// Notes the value of an expression, where Terraform rejects it.
    pub(super) fn note(&self, value: &Value, scope: &Scope<'_>) {
        if let Data::Unknown(unknown) = &value.data
            && unknown.reason == Reason::Invalid
        {
            self.failures.set(self.failures.get().wrapping_add(1));
            let broken = || self.module_of(scope).is_some_and(|module| module.broken);
            if self.tolerant.get() == 0 && !broken() {
                self.report_invalid(unknown);
            }
        }
    }

    fn report_invalid(&self, unknown: &Unknown) {
        if let (Some(message), Some(span)) = (&unknown.message, unknown.at)
            && self.reported.borrow_mut().insert(("KL003", span))
        {
            self.rejected.borrow_mut().push(Problem::new("KL003", span, &**message));
        }
    }

    /// Reports everything invalid in a value that Terraform uses as it is. What only some
    /// alternatives of a choice have is no error in all cases.
    pub(super) fn settled(&self, value: &Value, module: &ModuleInstance<'_>) {
        self.settled_parts(value, module, true);
    }

    /// [`Self::settled`] of a value that is `written` down, or only computed with.
    pub(super) fn settled_parts(&self, value: &Value, module: &ModuleInstance<'_>, written: bool) {
        if module.broken {
            return;
        }
        match &value.data {
            Data::Unknown(unknown) if unknown.reason == Reason::Invalid => self.report_invalid(unknown),
            Data::List(list) => {
                list.elements.iter().for_each(|element| self.settled_parts(element, module, written));
            }
            Data::Map(map) => {
                map.entries.values().for_each(|entry| self.settled_parts(&entry.value, module, written));
            }
            Data::Json(inner) => self.settled_parts(inner, module, written),
            // Terraform computes with infinities, but cannot write one down.
            Data::Number(number) if written && number.is_infinite() => {
                if let Some(span) = value.origin.span
                    && let Data::Unknown(unknown) = values::invalid(span, "the value is infinite").data
                {
                    self.report_invalid(&unknown);
                }
            }
            Data::Partial(_) => {
                if let Some(unknown) = values::first_invalid(value) {
                    self.report_invalid(unknown);
                }
            }
            _ => {}
        }
    }

    /// Evaluates what Terraform evaluates although no resource asks for it: the outputs of a module
    /// and the arguments that it is called with.
    pub(super) fn settle(&self, module: &Rc<ModuleInstance<'p>>) {
        for (name, output) in &module.directory.declarations.outputs {
            self.output(module, name, output.block.header);
            self.require(&output.block.body, &Scope::module(module.id));
        }
        for (name, variable) in &module.directory.declarations.variables {
            self.variable(module, name, variable.block.header);
        }
        for (name, local) in &module.directory.declarations.locals {
            self.local(module, name, local.name.span);
        }
        self.settle_blocks(module);
        self.settle_lifecycles(module);
        self.settle_provisioners(module);
    }

    /// Reports a `prevent_destroy` that Terraform does not take: unlike OpenTofu it reads it before
    /// anything else.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle>.
    fn settle_lifecycles(&self, module: &Rc<ModuleInstance<'p>>) {
        let blocks = module.directory.declarations.resources.iter().flat_map(|it| it.block.body.blocks());
        let lifecycles = blocks.filter(|inner| &*inner.name.text == "lifecycle");
        for attribute in lifecycles.filter_map(|inner| inner.body.attribute("prevent_destroy")) {
            let value = &attribute.value;
            if is_no_boolean(value) || !self.is_opentofu() && open_part(value).is_some() {
                let message = "`prevent_destroy` is true or false, without references and calls";
                self.note(&values::invalid(value.span, message), &Scope::module(module.id));
            }
        }
    }

    /// Reports the preconditions of a body that fail whatever deployment decides.
    pub(super) fn require(&self, body: &Body, scope: &Scope<'_>) {
        let conditions = body.blocks().filter(|block| &*block.name.text == "precondition");
        for condition in conditions.filter_map(|block| block.body.attribute("condition")) {
            let decision = self.eval(&condition.value, scope);
            let span = condition.value.span;
            match values::to_bool(&decision) {
                Some(true) => {}
                Some(false) => self.note(&values::invalid(span, "the precondition fails"), scope),
                None if values::is_deferred(&decision) => {}
                None => self.note(&not_a_condition(&decision, "precondition", span), scope),
            }
        }
    }

    /// Evaluates the blocks that make no values: conditions of checks, arguments of providers.
    fn settle_blocks(&self, module: &Rc<ModuleInstance<'p>>) {
        let scope = Scope::module(module.id);
        for block in &module.directory.declarations.others {
            match &*block.name.text {
                "check" => self.settle_check(block, &scope),
                "import" => self.settle_import(block, module),
                "terraform" if module.called_by.is_none() && !self.is_opentofu() => {
                    self.settle_backends(block, module);
                }
                "provider" if is_own_provider(block) && has_own_provider(&module.directory.declarations) => {}
                "provider" => {
                    let label = block.labels.first().map_or("", |label| &*label.text);
                    let expansion = self.expand(block, &scope, &format!("provider.{label}"));
                    for instance in &expansion.instances {
                        let scope = instance.scope(Scope::module(module.id));
                        let arguments = self.eval_body(&block.body, &scope, super::blocks::Level::Nested);
                        arguments.entries.values().for_each(|entry| self.settled(&entry.value, module));
                    }
                }
                _ => {}
            }
        }
    }

    /// Reports conditions that are none, and messages that are no text.
    fn settle_check(&self, block: &Block, scope: &Scope<'_>) {
        for assert in block.body.blocks().filter(|inner| &*inner.name.text == "assert") {
            if let Some(condition) = assert.body.attribute("condition") {
                let decision = self.eval(&condition.value, scope);
                if values::to_bool(&decision).is_none() && !values::is_deferred(&decision) {
                    self.note(&not_a_condition(&decision, "assert", condition.value.span), scope);
                }
            }
            if let Some(message) = assert.body.attribute("error_message")
                && !fits(&self.eval(&message.value, scope), &Type::String)
            {
                let wrong = values::invalid(message.value.span, "an error message is a string");
                self.note(&wrong, scope);
            }
        }
    }

    /// Reports what the place of the state refers to: Terraform reads it before anything else, unlike
    /// OpenTofu, and passes over it in modules that others call.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/backend>.
    fn settle_backends(&self, block: &Block, module: &Rc<ModuleInstance<'p>>) {
        for backend in block.body.blocks().filter(|inner| &*inner.name.text == "backend") {
            for attribute in backend.body.attributes() {
                if let Some(span) = open_part(&attribute.value) {
                    let message =
                        "the settings of a backend are literal: they refer to nothing and call nothing";
                    self.note(&values::invalid(span, message), &Scope::module(module.id));
                }
            }
        }
    }

    /// Evaluates what may fail without being an error: an arm that is taken in one case only.
    pub(super) fn aside<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let failures = self.failures.get();
        self.tolerant.set(self.tolerant.get() + 1);
        let result = evaluate();
        self.tolerant.set(self.tolerant.get() - 1);
        self.failures.set(failures);
        result
    }

    /// Evaluates what Terraform evaluates whoever asks for it, so that an error in it is one also
    /// where the asking is forgiven.
    pub(super) fn apart<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let failures = self.failures.get();
        let (tolerant, forgiving) = (self.tolerant.replace(0), self.forgiving.replace(false));
        let result = evaluate();
        self.forgiving.set(forgiving);
        self.tolerant.set(tolerant);
        self.failures.set(failures);
        result
    }

    /// An argument of `try` or `can`: invalid when anything in it is, even where its value does
    /// not show it.
    pub(super) fn eval_forgiven(&self, argument: &Expr, scope: &Scope<'_>) -> Value {
        self.aside(|| {
            let before = self.failures.get();
            let forgiving = self.forgiving.replace(true);
            let value = self.eval(argument, scope);
            self.forgiving.set(forgiving);
            if self.failures.get() == before || values::has_invalid(&value) {
                value
            } else {
                values::rejected(argument.span)
            }
        })
    }

    /// [`values::distribute`] for an operation that evaluates expressions: what fails for one
    /// alternative is not an error in all cases.
    pub(super) fn distribute(
        &self,
        name: &str,
        operand: &Value,
        span: keylint_source::Span,
        apply: impl Fn(&Value) -> Value,
    ) -> Value {
        let apply = |values: &[Value]| values.first().map_or_else(|| values::rejected(span), &apply);
        let operands = values::spread(std::slice::from_ref(operand), span);
        match operands.first().map(|operand| &operand.data) {
            Some(Data::Choice(_)) => self.aside(|| values::distribute(name, &operands, span, apply)),
            _ => apply(&operands),
        }
    }
}
