//! Names and what is read through them: `var.x`, `local.a.b[0]`, `module.m["k"].arn`,
//! `aws_kms_key.this[0].arn`.

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Address, Data, Marks, Reason, Reference, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, ExprKind, Name};

use super::memo::{Stop, Subject};
use super::{Evaluator, ModuleInstance, Scope};
use crate::project::Kind;
use crate::values::{self, invalid, rejected, unknown};

/// One step of a traversal.
#[derive(Clone, Copy)]
pub(super) enum Step<'e> {
    Attribute(&'e Name),
    Index(&'e Expr),
}

/// The boolean that a bare name means in another language: `True` in Python and YAML.
pub(crate) fn foreign_boolean(name: &str) -> Option<bool> {
    match name {
        "True" | "TRUE" => Some(true),
        "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What is wrong with a name that stands alone and that nothing around it introduces.
pub(crate) fn without_attribute(name: &str) -> String {
    format!("{} is a name without what is meant of it", values::quoted(name))
}

impl<'p> Evaluator<'p> {
    pub(super) fn eval_traversal(&self, expression: &Expr, scope: &Scope<'_>) -> Value {
        let mut steps = Vec::new();
        let mut root = expression;
        loop {
            match &root.kind {
                ExprKind::Attribute(inner, name) => {
                    steps.push(Step::Attribute(name));
                    root = inner;
                }
                ExprKind::Index(inner, key) => {
                    steps.push(Step::Index(key));
                    root = inner;
                }
                _ => break,
            }
        }
        steps.reverse();
        if let Some(second) = steps.windows(2).find_map(chained_index) {
            return invalid(second, "one index with a dot does not follow another: write `[0][1]`");
        }
        let ExprKind::Variable(name) = &root.kind else {
            return self.apply(self.eval(root, scope), &steps, scope);
        };
        if let Some(value) = scope.get(&name.text) {
            return self.apply(value.clone(), &steps, scope);
        }
        match self.module_of(scope) {
            Some(module) => self.eval_name(&module, name, &steps, scope, expression.span),
            None => invalid(expression.span, format!("{} is not declared here", values::quoted(&name.text))),
        }
    }

    /// Applies the steps of a traversal to a value.
    pub(super) fn apply(&self, value: Value, steps: &[Step<'_>], scope: &Scope<'_>) -> Value {
        steps.iter().fold(value, |value, step| match step {
            Step::Attribute(name) => values::attribute(&value, &name.text, name.span),
            Step::Index(key) => self.index(&value, &self.eval(key, scope), key.span, scope),
        })
    }

    fn eval_name(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        name: &Name,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let first = match steps.first() {
            Some(Step::Attribute(name)) => *name,
            // Terraform rejects it, and a problem says so, but what its author means is plain.
            None => match foreign_boolean(&name.text) {
                Some(meant) => return values::made_bool(meant, name.span),
                None => return invalid(span, without_attribute(&name.text)),
            },
            _ => return invalid(span, format!("{} is not indexed as a whole", values::quoted(&name.text))),
        };
        let rest = steps.get(1..).unwrap_or_default();
        let upto = name.span.cover(first.span);
        match &*name.text {
            "var" => self.apply(self.variable(module, &first.text, upto), rest, scope),
            "local" => self.apply(self.local(module, &first.text, upto), rest, scope),
            "module" => self.eval_module_name(module, first, rest, scope, upto),
            "path" => self.apply(self.path(module, &first.text, upto), rest, scope),
            "terraform" | "tofu" => match &self.inputs.workspace {
                Some(workspace) if &*first.text == "workspace" => {
                    self.apply(Value::string(workspace.clone()), rest, scope)
                }
                _ if !matches!(&*first.text, "workspace" | "applying") => invalid(
                    upto,
                    format!("there is no {}", values::quoted(&format!("terraform.{}", first.text))),
                ),
                _ => {
                    let full: Arc<str> = format!("terraform.{}", first.text).into();
                    let reason = Reason::Environment(Arc::clone(&full));
                    let value = unknown(Unknown::new(reason).with_identity(full).with_place(upto), upto);
                    let ephemeral = &*first.text == "applying";
                    values::marked(value, Marks { ephemeral, ..Marks::NONE })
                }
            },
            "each" => match (scope.each(), &*first.text) {
                (Some((key, _)), "key") => self.apply(key.clone(), rest, scope),
                (Some((_, value)), "value") => self.apply(value.clone(), rest, scope),
                _ => invalid(upto, format!("there is no `each.{}` here", first.text)),
            },
            "count" => match (scope.count(), &*first.text) {
                (Some(index), "index") => self.apply(index.clone(), rest, scope),
                _ => invalid(upto, format!("there is no `count.{}` here", first.text)),
            },
            "self" => invalid(upto, "`self` is there in provisioners, connections and postconditions only"),
            "data" => self.eval_resource_name(module, Kind::Data, first, rest, scope, span),
            "ephemeral" => self.eval_resource_name(module, Kind::Ephemeral, first, rest, scope, span),
            "resource" => self.eval_resource_name(module, Kind::Managed, first, rest, scope, span),
            _ => self.eval_resource_name(module, Kind::Managed, name, steps, scope, span),
        }
    }

    /// `type.name…`, where `steps` start at the name.
    fn eval_resource_name(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        kind: Kind,
        type_name: &Name,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let Some((Step::Attribute(name), rest)) = steps.split_first() else {
            return invalid(span, "the reference names no resource");
        };
        match module.directory.declarations.resource(kind, &type_name.text, &name.text) {
            Some(position) => self.eval_resource(module, position, rest, scope, span),
            // The check of references says so.
            None if !type_name.text.contains('_') => rejected(span),
            None => {
                let whole = undeclared_resource(module, kind, type_name, name);
                self.apply(unknown(whole, span), rest, scope)
            }
        }
    }

    /// `local.name`.
    pub(super) fn local(&self, module: &Rc<ModuleInstance<'p>>, name: &str, span: Span) -> Value {
        let Some((position, _, local)) = module.directory.declarations.locals.get_full(name) else {
            return undeclared(module, &format!("local.{name}"), span);
        };
        let Some(cell) = module.locals.get(position) else { return rejected(span) };
        let value = self.memo(cell, Subject::new("local.", &local.name.text, local.name.span), || {
            let value = self.eval(&local.value, &Scope::module(module.id));
            self.settled_parts(&value, module, false);
            self.bounded(value, local.value.span)
        });
        match value {
            Ok(value) => {
                let origin = value.origin.through(
                    keylint_model::Step::Local,
                    Arc::clone(&local.name.text),
                    local.name.span,
                );
                Value { origin, ..value }
            }
            Err(stop) => self.stopped(&stop, span),
        }
    }

    /// The value for a memoised one that is not there.
    pub(super) fn stopped(&self, stop: &Stop, span: Span) -> Value {
        match stop {
            Stop::Cycle => unknown(Unknown::new(Reason::Cycle), span),
            Stop::Depth => self.over_limit(span, "the value is nested too deeply"),
        }
    }

    /// `path.name`.
    fn path(&self, module: &Rc<ModuleInstance<'p>>, name: &str, span: Span) -> Value {
        match name {
            "module" => values::made_string(self.module_path(module), span),
            "root" => values::made_string(".", span),
            // Where Terraform is started: a directory of the machine that it runs on.
            "cwd" => {
                let reason = Reason::Environment("path.cwd".into());
                unknown(Unknown::new(reason).with_identity("path.cwd").with_place(span), span)
            }
            _ => invalid(span, format!("there is no `path.{name}`")),
        }
    }

    /// The path of a module as `path.module` gives it: relative to the root module.
    pub(crate) fn module_path(&self, module: &ModuleInstance<'_>) -> String {
        let root = self.root_path();
        let mut base = root.as_path();
        let mut path = String::new();
        loop {
            if let Ok(rest) = module.directory.path.strip_prefix(base) {
                let parts: Vec<_> =
                    rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
                path.push_str(&parts.join("/"));
                let path = path.trim_end_matches('/');
                return if path.is_empty() { ".".to_owned() } else { path.to_owned() };
            }
            match base.parent() {
                Some(parent) => {
                    base = parent;
                    path.push_str("../");
                }
                None => return module.directory.path.to_string_lossy().into_owned(),
            }
        }
    }

    /// The directory of the root module, which relative paths start from.
    pub(crate) fn root_path(&self) -> std::path::PathBuf {
        self.modules.borrow().first().map(|root| root.directory.path.clone()).unwrap_or_default()
    }

    /// `count` and `for_each` are read in the scope of the module.
    pub(super) fn key_of(&self, step: &Step<'_>, scope: &Scope<'_>) -> Value {
        match step {
            Step::Attribute(name) => {
                Value::new(Data::String(keylint_syntax::Text::at(Arc::clone(&name.text), name.span)), {
                    keylint_model::Origin::at(name.span)
                })
            }
            Step::Index(key) => self.eval(key, scope),
        }
    }
}

/// Where the second of two indices with dots is written, which Terraform reads as a number.
fn chained_index(steps: &[Step<'_>]) -> Option<Span> {
    let is_number = |name: &Name| name.text.bytes().all(|byte| byte.is_ascii_digit());
    match steps {
        [Step::Attribute(first), Step::Attribute(second)] if is_number(first) && is_number(second) => {
            Some(second.span)
        }
        _ => None,
    }
}

/// What is read through a name that nothing declares. A problem says so; the value is as unknown
/// as that of an input that is not there, and what its author does with it is still looked at.
pub(super) fn undeclared(module: &ModuleInstance<'_>, name: &str, span: Span) -> Value {
    let identity = format!("{}{name}", module.prefix);
    unknown(Unknown::new(Reason::Input(name.into())).with_identity(identity).with_place(span), span)
}

/// A resource that nothing declares: a reference to it still says of what type it is meant to be.
fn undeclared_resource(module: &ModuleInstance<'_>, kind: Kind, type_name: &Name, name: &Name) -> Unknown {
    let space = match kind {
        Kind::Managed => "",
        Kind::Data => "data.",
        Kind::Ephemeral => "ephemeral.",
    };
    let address: Arc<str> = format!("{}{space}{}.{}", module.prefix, type_name.text, name.text).into();
    let reason = match kind {
        Kind::Managed => Reason::Computed(Arc::clone(&address)),
        Kind::Data | Kind::Ephemeral => Reason::DataSource(Arc::clone(&address)),
    };
    let reference = Reference { address: Address::new(Arc::clone(&address)), attribute: "".into() };
    Unknown {
        identity: Some(address),
        reference: Some(reference),
        at: Some(name.span),
        ..Unknown::new(reason)
    }
}

impl Step<'_> {
    /// Where the step is written.
    pub(super) fn span(&self) -> Span {
        match self {
            Step::Attribute(name) => name.span,
            Step::Index(key) => key.span,
        }
    }
}
