//! Module calls: their instances, arguments and outputs.

use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Address, CallKind, CallSite, Data, Guard, Map, Marks, Problem, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::Name;

use super::expansion::{Found, Shape};
use super::instance::{CalledBy, Children, NewModule};
use super::memo::Subject;
use super::traversal::Step;
use super::{Evaluator, ModuleId, ModuleInstance, Scope};
use crate::limits;
use crate::project::{ModuleCall, ModuleDirectory};
use crate::values::{self, made, rejected};

/// What a call says to Terraform, not to the module.
const CALL_ARGUMENTS: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];

impl<'p> Evaluator<'p> {
    /// The instances of a module call.
    pub(super) fn children(&self, module: &Rc<ModuleInstance<'p>>, position: usize) -> Option<Rc<Children>> {
        let (_, call) = module.directory.declarations.calls.get_index(position)?;
        let cell = module.children.get(position)?;
        match self.memo(cell, Subject::new("module.", &call.name.text, call.block.header), || {
            Rc::new(self.make_children(module, call))
        }) {
            Ok(children) => Some(children),
            Err(stop) => {
                self.stopped(&stop, call.block.header);
                None
            }
        }
    }

    fn make_children(&self, module: &Rc<ModuleInstance<'p>>, call: &'p ModuleCall) -> Children {
        let scope = Scope::module(module.id);
        let address = format!("{}module.{}", module.prefix, call.name.text);
        let expansion = self.expand(&call.block, &scope, &address);
        let target = self.target(module, call);
        if let Err(unknown) = &target
            && matches!(unknown.reason, Reason::RemoteModule(_))
            && !expansion.instances.is_empty()
        {
            let (span, block) = (call.block.header, call.block.span);
            let site =
                CallSite { address: Address::new(address.clone()), span, block, kind: CallKind::Module };
            self.missing.borrow_mut().insert(address.clone(), site);
        }
        if let Some(directory) = target.as_ref().ok().and_then(|id| self.project.directory(*id)) {
            self.check_arguments(call, directory);
        }
        let mut modules = Vec::with_capacity(expansion.instances.len());
        let mut missing = None;
        for instance in &expansion.instances {
            let id = match &target {
                Ok(directory_id) => {
                    let instance_address: Arc<str> = format!("{address}{}", instance.suffix).into();
                    let site = CallSite {
                        address: Address::new(Arc::clone(&instance_address)),
                        span: call.block.header,
                        block: call.block.span,
                        kind: CallKind::Module,
                    };
                    let calls: Vec<_> = std::iter::once(site).chain(module.calls.iter().cloned()).collect();
                    self.add_module(NewModule {
                        directory_id: *directory_id,
                        prefix: format!("{instance_address}.").into(),
                        called_by: Some(CalledBy { parent: module.id, call, instance: instance.clone() }),
                        guard: module.guard.and(&instance.guard).unwrap_or_else(|| instance.guard.clone()),
                        symbolic: module.symbolic || instance.symbolic,
                        calls: calls.into(),
                    })
                }
                Err(_) => None,
            };
            if id.is_none() && target.is_ok() {
                self.over_limit(call.block.header, "there are too many instances of modules");
            }
            modules.push(id);
        }
        if let Err(unknown) = target {
            missing = Some(*unknown);
        } else if modules.iter().any(Option::is_none) {
            missing = Some(Unknown::new(Reason::Limit));
        }
        Children { expansion, modules, missing }
    }

    /// The directory that a call names, or why there is none.
    fn target(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        call: &'p ModuleCall,
    ) -> Result<crate::project::DirectoryId, Box<Unknown>> {
        let full: Arc<str> = format!("module.{}", call.name.text).into();
        let key = || self.call_key(module, call);
        let source = self.source(module, call);
        let path = &module.directory.path;
        let Some(target) = self.project.called(self.root, path, source.as_deref(), key) else {
            let identity = format!("{}{full}", module.prefix);
            let unknown = Unknown::new(Reason::RemoteModule(full)).with_identity(identity);
            return Err(Box::new(unknown.with_place(call.block.header)));
        };
        let mut ancestor = Some(Rc::clone(module));
        let mut depth = 0;
        while let Some(outer) = ancestor {
            if outer.directory_id == target {
                let span = call.source.as_ref().map_or(call.block.header, |(_, span)| *span);
                self.report(
                    Problem::new("KL004", span, format!("the module calls itself through `{full}`"))
                        .with_help("no number of instances ends the recursion: Terraform rejects it"),
                );
                return Err(Box::new(Unknown::new(Reason::Limit).with_place(call.block.header)));
            }
            depth += 1;
            if depth > limits::MODULE_DEPTH {
                self.over_limit(call.block.header, "modules call each other too deeply");
                return Err(Box::new(Unknown::new(Reason::Limit).with_place(call.block.header)));
            }
            ancestor = outer.called_by.as_ref().and_then(|called_by| self.module(called_by.parent));
        }
        Ok(target)
    }

    /// The source of a call in this instance of its module, where it is known.
    fn source(&self, module: &Rc<ModuleInstance<'p>>, call: &'p ModuleCall) -> Option<Arc<str>> {
        let Some(attribute) = call.block.body.attribute("source").filter(|_| call.computed) else {
            return call.source.as_ref().map(|(source, _)| Arc::clone(source));
        };
        values::to_string(&self.eval(&attribute.value, &Scope::module(module.id)))
    }

    /// The names of the calls that lead from the root module to a call, as init writes them.
    fn call_key(&self, module: &Rc<ModuleInstance<'p>>, call: &ModuleCall) -> String {
        let mut names = vec![Arc::clone(&call.name.text)];
        let mut inner = Some(Rc::clone(module));
        while let Some(called_by) = inner.as_ref().and_then(|module| module.called_by.as_ref()) {
            names.push(Arc::clone(&called_by.call.name.text));
            inner = self.module(called_by.parent);
        }
        names.reverse();
        names.join(".")
    }

    /// Reports arguments that the module does not take, and those that it needs and does not get:
    /// Terraform rejects both, and a misspelt argument is a default that nobody meant.
    fn check_arguments(&self, call: &ModuleCall, target: &ModuleDirectory) {
        // A file that did not parse may have declared it.
        if !target.is_whole() {
            return;
        }
        let name = &call.name.text;
        let variables = &target.declarations.variables;
        for argument in call.block.body.attributes().map(|attribute| &attribute.name) {
            if !CALL_ARGUMENTS.contains(&&*argument.text) && !variables.contains_key(&argument.text) {
                let message = format!("the module `{name}` has no variable `{}`", argument.text);
                self.report(Problem::new("KL003", argument.span, message));
            }
        }
        let given = |needed: &str| call.block.body.attribute(needed).is_some();
        let mut missing = variables.values().filter(|it| it.default().is_none() && !given(&it.name.text));
        if let Some(first) = missing.next() {
            let message = format!("the call of the module `{name}` does not set `{}`", first.name.text);
            let problem = Problem::new("KL003", call.block.header, message)
                .with_related(first.block.header, "the variable has no default");
            let place = "this variable has no default either";
            self.report(missing.fold(problem, |all, it| all.with_related(it.block.header, place)));
        }
    }

    /// `module.name…`.
    pub(super) fn eval_module_name(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        name: &Name,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let Some((position, _, call)) = module.directory.declarations.calls.get_full(&*name.text) else {
            let missing = super::traversal::undeclared(module, &format!("module.{}", name.text), span);
            return self.apply(missing, steps, scope);
        };
        let Some(children) = self.children(module, position) else {
            return values::unknown(Unknown::new(Reason::Cycle), span);
        };
        let all = Unknown::new(Reason::Instances(format!("module.{}", call.name.text).into()))
            .with_identity(format!("{}module.{}[*]", module.prefix, call.name.text))
            .with_place(call.block.header);
        let missing = |step: &Step<'_>| {
            super::resources::no_instance(
                &format!("module.{}", call.name.text),
                children.expansion.shape,
                step,
            )
        };
        match (children.expansion.shape, steps.split_first()) {
            (Shape::Single, _) => self.eval_output(&children, 0, steps, scope, span),
            (_, Some((step, rest))) => {
                let key = self.key_of(step, scope);
                let read = |child| {
                    let value = self.eval_output(&children, child, rest, scope, span);
                    match children.expansion.instances.get(child) {
                        Some(instance) => self.picked(value, instance, &key, span),
                        None => value,
                    }
                };
                match children.expansion.find(&key) {
                    Found::One(child) => read(child),
                    Found::Nothing => missing(step),
                    Found::Cases(cases) => {
                        let arms = cases.into_iter().map(|(guard, child)| {
                            let value = match child {
                                Some(child) => read(child),
                                None => missing(step),
                            };
                            (guard, value)
                        });
                        values::choice(arms.collect(), span)
                    }
                    Found::Unknown => self.apply(
                        values::derived("module", &[values::unknown(all, span), key], span),
                        rest,
                        scope,
                    ),
                }
            }
            (_, None) => {
                children.expansion.collection(span, &all, |child| self.outputs(&children, child, span))
            }
        }
    }

    /// What is read from one module instance.
    fn eval_output(
        &self,
        children: &Children,
        child: usize,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let name = match steps.split_first() {
            Some((Step::Attribute(name), rest)) => Some((*name, rest)),
            _ => None,
        };
        match (children.modules.get(child).copied().flatten().and_then(|id| self.module(id)), name) {
            (Some(module), Some((name, rest))) => {
                self.apply(self.output(&module, &name.text, span.cover(name.span)), rest, scope)
            }
            _ => self.apply(self.outputs(children, child, span), steps, scope),
        }
    }

    /// All outputs of one module instance as an object.
    fn outputs(&self, children: &Children, child: usize, span: Span) -> Value {
        let Some(module) = children.modules.get(child).copied().flatten().and_then(|id| self.module(id))
        else {
            let mut unknown = children.missing.clone().unwrap_or_else(|| Unknown::new(Reason::Limit));
            if let Some(instance) = children.expansion.instances.get(child) {
                unknown.identity =
                    unknown.identity.map(|identity| format!("{identity}{}", instance.suffix).into());
            }
            return values::unknown(unknown, span);
        };
        self.all_outputs(&module, span)
    }

    /// All outputs of a module instance as an object.
    pub(super) fn all_outputs(&self, module: &Rc<ModuleInstance<'p>>, span: Span) -> Value {
        let mut entries = IndexMap::new();
        for name in module.directory.declarations.outputs.keys() {
            entries.insert(Arc::clone(name), values::entry(self.output(module, name, span)));
        }
        made(Data::Map(Arc::new(Map { entries, rest: None, ..Map::default() })), span)
    }

    /// The module instance whose addresses begin with a prefix.
    pub(super) fn module_at(&self, prefix: &str) -> Option<Rc<ModuleInstance<'p>>> {
        let modules = self.modules.borrow();
        modules.iter().find(|module| *module.prefix == *prefix).cloned()
    }

    /// One output of a module instance.
    pub(super) fn output(&self, module: &Rc<ModuleInstance<'p>>, name: &str, span: Span) -> Value {
        let Some((position, _, output)) = module.directory.declarations.outputs.get_full(name) else {
            self.report_missing_output(module, name, span);
            return rejected(span);
        };
        let Some(cell) = module.outputs.get(position) else { return rejected(span) };
        let value =
            self.memo(cell, Subject::new("output.", &output.name.text, output.block.header), || match output
                .block
                .body
                .attribute("value")
            {
                Some(attribute) => {
                    let value = self.eval(&attribute.value, &Scope::module(module.id));
                    self.settled(&value, module);
                    self.returned(module, output, &value, attribute.value.span);
                    let (sensitive, ephemeral) = (output.sensitive, output.ephemeral);
                    let marks = Marks { sensitive, ephemeral, by_output: sensitive };
                    values::marked(self.bounded(value, attribute.value.span), marks)
                }
                None => rejected(output.block.header),
            });
        match value {
            Ok(value) => {
                let step = keylint_model::Step::Output;
                let origin = value.origin.through(step, Arc::clone(&output.name.text), output.block.header);
                Value { origin, ..value }
            }
            Err(stop) => self.stopped(&stop, span),
        }
    }

    fn report_missing_output(&self, module: &Rc<ModuleInstance<'p>>, name: &str, span: Span) {
        // A file that did not parse may have declared it.
        if module.broken {
            return;
        }
        let call =
            module.called_by.as_ref().map(|called_by| called_by.call.name.text.as_ref()).unwrap_or_default();
        self.report(Problem::new("KL003", span, format!("the module `{call}` has no output `{name}`")));
    }

    /// The module instances that a call makes, in order, without those that never exist.
    pub(super) fn called_modules(
        &self,
        caller: &ModuleInstance<'p>,
        children: &Children,
    ) -> Vec<Rc<ModuleInstance<'p>>> {
        let instances = children.modules.iter().zip(&children.expansion.instances);
        instances
            .filter(|(_, instance)| caller.guard.and(&instance.guard).is_some())
            .filter_map(|(id, _): (&Option<ModuleId>, _)| self.module((*id)?))
            .collect()
    }

    /// The guard under which an instance of a module's block exists.
    pub(super) fn guard_in(module: &ModuleInstance<'_>, guard: &Guard) -> Guard {
        module.guard.and(guard).unwrap_or_else(|| guard.clone())
    }
}
