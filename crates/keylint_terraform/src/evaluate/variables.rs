//! Values of variables: from the module call, from files of values, from defaults.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>.

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Data, Marks, Problem, Reason, Step, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::hcl::Attribute;

use super::memo::Subject;
use super::shared::{Instances, Piece};
use super::{Evaluator, ModuleInstance, Scope};
use crate::inputs::{Argument, Given, Reading};
use crate::project::Variable;
use crate::values::{self, rejected};

impl<'p> Evaluator<'p> {
    /// `var.name`.
    pub(super) fn variable(&self, module: &Rc<ModuleInstance<'p>>, name: &str, span: Span) -> Value {
        let Some((position, _, variable)) = module.directory.declarations.variables.get_full(name) else {
            return super::traversal::undeclared(module, &format!("var.{name}"), span);
        };
        let Some(cell) = module.variables.get(position) else { return rejected(span) };
        match self.memo(cell, Subject::new("var.", &variable.name.text, variable.block.header), || {
            self.compute_variable(module, variable)
        }) {
            Ok(mut value) => {
                if value.as_unknown().is_some() && value.origin.span.is_none() {
                    value.origin.span = Some(span);
                }
                value
            }
            Err(stop) => self.stopped(&stop, span),
        }
    }

    fn compute_variable(&self, module: &Rc<ModuleInstance<'p>>, variable: &Variable) -> Value {
        let given = match &module.called_by {
            Some(_) => self.argument(module, variable),
            None => self.input(module, variable),
        };
        if !variable.nullable
            && variable.default().is_none()
            && let Some(null) = given.as_ref().filter(|value| value.is_null())
        {
            let span = null.origin.span.unwrap_or(variable.block.header);
            let message = format!("`{}` is null, which the variable does not take", variable.name.text);
            let place = "the variable is declared here";
            self.report(Problem::new("KL005", span, message).with_related(variable.block.header, place));
        }
        let given = given.filter(|value| variable.nullable || !value.is_null());
        let open = |value: &Value| self.open && module.called_by.is_none() && says_nothing(value);
        let default = || self.default(variable).filter(|value| !open(value));
        let value = given.or_else(default).unwrap_or_else(|| {
            let full: Arc<str> = format!("{}var.{}", module.prefix, variable.name.text).into();
            let unknown = Unknown::new(Reason::Input(format!("var.{}", variable.name.text).into()))
                .with_identity(full)
                .with_place(variable.block.header);
            Value::unknown(unknown, keylint_model::Origin::default())
        });
        let value = self.bounded(self.constrain(variable, &value), variable.block.header);
        let planned = module.called_by.is_none().then(|| self.planned(variable, &value)).flatten();
        let value = planned.unwrap_or(value);
        let (sensitive, ephemeral) = (variable.sensitive, variable.ephemeral);
        values::marked(value, Marks { sensitive, ephemeral, ..Marks::NONE })
    }

    /// The argument of the module call.
    fn argument(&self, module: &Rc<ModuleInstance<'p>>, variable: &Variable) -> Option<Value> {
        let called_by = module.called_by.as_ref()?;
        let attribute = called_by.call.block.body.attribute(&variable.name.text)?;
        let scope = called_by.instance.scope(Scope::module(called_by.parent));
        let parent = self.module(called_by.parent)?;
        let call = called_by.call;
        let instances = Instances {
            module: &parent,
            subject: ("module.", &call.name.text, call.block.header),
            is_builtin: true,
            is_single: called_by.instance.is_only(),
        };
        let piece = Piece::Argument(&attribute.value);
        let value = self.shared(instances, piece, &scope, |scope| self.eval(&attribute.value, scope));
        self.settled(&value, &parent);
        self.passed(&parent, variable, &value, attribute.value.span);
        let name = Arc::clone(&attribute.name.text);
        let origin = value.origin.through(Step::Argument, name, attribute.value.span);
        Some(Value { origin, ..value })
    }

    /// The value that a root module is given; the strongest source wins.
    fn input(&self, module: &Rc<ModuleInstance<'p>>, variable: &Variable) -> Option<Value> {
        let name = &*variable.name.text;
        let given = self.inputs.given.iter().rev().find_map(|given| match given {
            Given::Values(values) => values.body.attribute(name).map(|it| self.written(it)),
            Given::Argument(argument) if &*argument.name == name => {
                Some(self.stated(argument, variable, Step::CommandLine))
            }
            Given::Argument(_) => None,
        });
        let files = || {
            let mut bodies = module.directory.inputs.iter().rev();
            bodies.find_map(|body| body.attribute(name)).map(|it| self.written(it))
        };
        let environment = || {
            let argument = self.inputs.environment.iter().find(|argument| &*argument.name == name)?;
            Some(self.stated(argument, variable, Step::Environment))
        };
        given.or_else(files).or_else(environment)
    }

    /// The value that a plan was made with, where it is another one than that of the sources.
    fn planned(&self, variable: &Variable, own: &Value) -> Option<Value> {
        let planned = self.inputs.known.as_ref()?.variable(&variable.name.text)?;
        if variable.sensitive || planned.is_null() && !variable.nullable {
            return None;
        }
        let place = variable.block.header;
        let origin = planned.origin.through(Step::Given, Arc::clone(&variable.name.text), place);
        let value = Value { origin, ..planned.clone() };
        let evaluate = |expression: &_| self.eval(expression, &Scope::constant());
        // A plan of other sources may have what the variable does not take any more.
        let value = variable.constraint.convert(&value, &evaluate).ok()?;
        (values::equal(own, &value) != Some(true)).then(|| self.bounded(value, place))
    }

    /// A value that is written in a file of values.
    fn written(&self, attribute: &Attribute) -> Value {
        let value = self.eval(&attribute.value, &Scope::constant());
        let (name, place) = (Arc::clone(&attribute.name.text), attribute.name.span);
        Value { origin: value.origin.through(Step::VariableFile, name, place), ..value }
    }

    /// A value of the command line or the environment. It is written in no file: what is reported
    /// of it has its place where it is used, and the variable is where a reader finds its name.
    fn stated(&self, argument: &Argument, variable: &Variable, step: Step) -> Value {
        let place = variable.block.header;
        // A secret that is handed in at deployment is where it belongs, and none of its reader's
        // business.
        if variable.sensitive {
            let reason = Reason::Input(format!("var.{}", argument.name).into());
            return Value::unknown(Unknown::new(reason).with_place(place), keylint_model::Origin::default());
        }
        let value = match argument.reading(variable) {
            Reading::Literal(text) => Value::string(Text::synthetic(Arc::clone(text))),
            Reading::Expression(expression) => {
                values::unplaced(&self.eval(expression, &Scope::constant()), place)
            }
            Reading::Invalid => rejected(place),
        };
        Value { origin: value.origin.through(step, Arc::clone(&argument.name), place), ..value }
    }

    fn default(&self, variable: &Variable) -> Option<Value> {
        let default = variable.default()?;
        let value = self.eval(default, &Scope::constant());
        let origin =
            value.origin.through(Step::Default, Arc::clone(&variable.name.text), variable.block.header);
        Some(Value { origin, ..value })
    }

    /// The value as the variable's type.
    fn constrain(&self, variable: &Variable, value: &Value) -> Value {
        let evaluate = |expression: &_| self.eval(expression, &Scope::constant());
        if self.constraints.borrow_mut().insert(variable.block.header) {
            variable.constraint.check_defaults(&evaluate, &mut |span, mismatch| {
                let message = format!("the default is not of the attribute's type: {}", mismatch.0);
                self.report(Problem::new("KL003", span, message));
            });
        }
        match variable.constraint.convert(value, &evaluate) {
            Ok(converted) => converted,
            Err(mismatch) => {
                let name = &variable.name.text;
                let span = value.origin.span.unwrap_or(variable.block.header);
                let message = format!("the value of `{name}` is not of its type: {}", mismatch.0);
                let place = variable.block.body.attribute("type").map_or(variable.block.header, |it| it.span);
                // An override file that changes the type is what does not fit the default.
                let overrides = place.file != variable.block.header.file;
                let (at, related, why) = match is_default(value, variable) && overrides {
                    true => (place, span, "the default is written here"),
                    false => (span, place, "the type is declared here"),
                };
                self.report(Problem::new("KL005", at, message).with_related(related, why));
                rejected(span)
            }
        }
    }

    /// Checks the validations of a module's variables, where known values decide them.
    pub(super) fn validate(&self, module: &Rc<ModuleInstance<'p>>) {
        for variable in module.directory.declarations.variables.values() {
            for condition in variable.validations() {
                let scope = Scope::module(module.id);
                let decision = self.eval(condition, &scope);
                if values::to_bool(&decision) != Some(false) {
                    continue;
                }
                let name = &variable.name.text;
                let value = self.variable(module, name, condition.span);
                let span = value.origin.span.unwrap_or(variable.block.header);
                let message = format!("the value of `{name}` fails its validation");
                self.report(
                    Problem::new("KL005", span, message)
                        .with_related(condition.span, "the condition that fails"),
                );
            }
        }
    }
}

/// Whether a value is the default of the variable, as it stands in the block itself.
fn is_default(value: &Value, variable: &Variable) -> bool {
    let of_default = value.origin.steps().next().is_some_and(|via| via.step == Step::Default);
    of_default && value.origin.span.is_some_and(|span| span.file == variable.block.header.file)
}

/// Whether a default is a placeholder: null, empty, or with such a part.
fn says_nothing(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::String(text) => text.is_empty(),
        Data::List(list) => list.elements.is_empty() || list.elements.iter().any(says_nothing),
        Data::Map(map) => map.entries.is_empty() || map.entries.values().any(|it| says_nothing(&it.value)),
        _ => false,
    }
}
