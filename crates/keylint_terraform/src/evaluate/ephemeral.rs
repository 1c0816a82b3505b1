//! What may hold a value that does not outlast a run, as Terraform has it: a local, a variable or
//! an output of a module that says so, a provider, a provisioner, and an argument that is written
//! only. Everything else is kept in a plan or a state.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral>.

use std::rc::Rc;

use keylint_model::{Data, Map, Marks, Mode, Part, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Body, Item};

use super::{Evaluator, ModuleInstance, Scope};
use crate::project::{Output, ResourceBlock, Variable};
use crate::values;

impl<'p> Evaluator<'p> {
    /// Reports arguments of a resource or data source that cannot hold their values.
    pub(super) fn persisted(&self, module: &Rc<ModuleInstance<'p>>, block: &ResourceBlock, arguments: &Map) {
        if !block.is_ephemeral() {
            self.persisted_body(module, block, &[&block.block.body], arguments);
        }
    }

    fn persisted_body(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        block: &ResourceBlock,
        bodies: &[&Body],
        arguments: &Map,
    ) {
        for (name, entry) in &arguments.entries {
            if !is_ephemeral(&entry.value) {
                continue;
            }
            let inner = nested(bodies, name);
            if let (false, Data::List(list)) = (inner.is_empty(), &entry.value.data) {
                let blocks = list.elements.iter().filter_map(Value::as_map);
                blocks.for_each(|arguments| self.persisted_body(module, block, &inner, arguments));
            } else if inner.is_empty() && is_write_only(block, name) == Some(false) {
                let message = format!("an ephemeral value in `{name}`, which is kept in the state");
                self.forbidden(module, entry.span.or(entry.value.origin.span), &message);
            }
        }
    }

    /// Reports an argument of a module call that the variable does not take.
    pub(super) fn passed(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        variable: &Variable,
        value: &Value,
        at: Span,
    ) {
        if is_ephemeral(value) && !variable.ephemeral {
            let name = &variable.name.text;
            let message = format!("an ephemeral value for `{name}`, which is not declared as ephemeral");
            self.forbidden(module, Some(at), &message);
        }
    }

    /// Reports an output that says other than its value whether that is secret or outlasts a run.
    ///
    /// That an output of a root module has to say so itself holds where a directory is certainly one.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/values/outputs>.
    pub(super) fn returned(&self, module: &Rc<ModuleInstance<'p>>, output: &Output, value: &Value, at: Span) {
        if module.called_by.is_none() && module.directory.is_deployed() {
            if output.ephemeral {
                return self.forbidden(module, Some(at), "an output of a root module is not ephemeral");
            }
            if !output.sensitive && is_marked(value, |marks| marks.sensitive && !marks.by_output) {
                let message = "a sensitive value in an output of a root module that is not `sensitive`";
                return self.forbidden(module, Some(at), message);
            }
        }
        match (is_ephemeral(value), output.ephemeral) {
            (true, false) => {
                self.forbidden(module, Some(at), "an ephemeral value in an output that is not ephemeral");
            }
            (_, true) if is_certainly_kept(value) => {
                self.forbidden(module, Some(at), "an ephemeral output takes an ephemeral value only");
            }
            _ => {}
        }
    }

    fn forbidden(&self, module: &Rc<ModuleInstance<'p>>, at: Option<Span>, message: &str) {
        if let Some(span) = at {
            self.note(&values::invalid(span, message), &Scope::module(module.id));
        }
    }
}

/// Whether the value, or anything in it, does not outlast a run, in every case.
pub(super) fn is_ephemeral(value: &Value) -> bool {
    is_marked(value, |marks| marks.ephemeral)
}

/// Whether a mark is on the value, or on anything in it, in every case.
fn is_marked(value: &Value, mark: fn(Marks) -> bool) -> bool {
    mark(value.origin.marks)
        || match &value.data {
            Data::List(list) => list.elements.iter().any(|element| is_marked(element, mark)),
            Data::Map(map) => map.entries.values().any(|entry| is_marked(&entry.value, mark)),
            Data::Json(inner) => is_marked(inner, mark),
            Data::Choice(alternatives) => alternatives.iter().all(|one| is_marked(&one.value, mark)),
            _ => false,
        }
}

/// Whether a value as a whole outlasts a run: that which a module that is not here returns may not.
fn is_certainly_kept(value: &Value) -> bool {
    let is_kept = |unknown: &Unknown| {
        matches!(unknown.reason, Reason::Computed(_) | Reason::DataSource(_)) && unknown.reference.is_some()
    };
    !value.origin.marks.ephemeral
        && match &value.data {
            Data::Unknown(unknown) => is_kept(unknown),
            Data::Partial(parts) => parts.iter().all(|part| match part {
                Part::Known(_) => true,
                Part::Hole(unknown, _) => is_kept(unknown),
            }),
            Data::Choice(alternatives) => alternatives.iter().all(|one| is_certainly_kept(&one.value)),
            _ => true,
        }
}

/// Whether the provider takes an argument without keeping it; `None` where only its schema says.
///
/// No data source has such arguments, nor has what Terraform itself provides. Those of the AWS
/// provider have names of their own, that of the argument that is kept with `_wo` after it.
///
/// Source: <https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only>.
pub(super) fn is_write_only(block: &ResourceBlock, name: &str) -> Option<bool> {
    match (block.mode, &*block.type_name.text) {
        (Mode::Data, _) | (_, "terraform_data") => Some(false),
        (_, of_aws) if of_aws.starts_with("aws_") => Some(name.ends_with("_wo")),
        _ => None,
    }
}

/// The bodies of the nested blocks of a type, `dynamic` ones included.
fn nested<'b>(bodies: &[&'b Body], name: &str) -> Vec<&'b Body> {
    let blocks = bodies.iter().flat_map(|body| &body.items).filter_map(|item| match item {
        Item::Block(block) => Some(block),
        Item::Attribute(_) => None,
    });
    let bodies = blocks.filter_map(|block| match (&*block.name.text, block.labels.first()) {
        ("dynamic", Some(label)) if &*label.text == name => {
            block.body.blocks().find(|inner| &*inner.name.text == "content").map(|content| &content.body)
        }
        (own, _) => (own == name).then_some(&block.body),
    });
    bodies.collect()
}
