//! Resources and data sources: their instances, their arguments, and what the provider computes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{
    Address, Data, Entry, Map, Marks, Mode, Reason, Reference, Step as Through, Unknown, Value,
};
use keylint_source::Span;
use keylint_syntax::hcl::{Block, ExprKind, Item};

use super::blocks::Level;
use super::builtin::{self, is_builtin};
use super::ephemeral::is_write_only;
use super::expansion::{Expansion, Found, Shape};
use super::memo::{Memo, Subject};
use super::shared::Instances;
use super::traversal::Step;
use super::{Evaluator, ModuleInstance, Scope};
use crate::functions::{complete, computed_attribute, computes};
use crate::plan::given;
use crate::project::{ResourceBlock, has_own_provider};
use crate::values::{self, rejected};

/// Arguments that the provider gives back in a form of its own, so that what was configured is not
/// what is read: policies are normalised.
const NORMALISED: [&str; 6] = ["id", "arn", "policy", "assume_role_policy", "inline_policy", "tags_all"];

/// The data source that is evaluated.
const DOCUMENT: &str = "aws_iam_policy_document";

impl<'p> Evaluator<'p> {
    /// The instances of a resource; `None` when they depend on themselves.
    pub(super) fn expansion(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
    ) -> Option<Rc<Expansion>> {
        let block = module.directory.declarations.resources.get(position)?;
        let cell = module.expansions.get(position)?;
        let expansion = self.memo(cell, Subject::new("", &block.address, block.block.header), || {
            let address = format!("{}{}", module.prefix, block.address);
            Rc::new(self.expand(&block.block, &Scope::module(module.id), &address))
        });
        match expansion {
            Ok(expansion) => Some(expansion),
            Err(stop) => {
                self.stopped(&stop, block.block.header);
                None
            }
        }
    }

    /// What is read from a resource: `steps` follow its name.
    pub(super) fn eval_resource(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let Some(block) = module.directory.declarations.resources.get(position) else {
            return rejected(span);
        };
        let value = self.read_resource(module, position, block, steps, scope, span);
        values::marked(value, Marks { ephemeral: block.is_ephemeral(), ..Marks::NONE })
    }

    fn read_resource(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
        block: &ResourceBlock,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let Some(expansion) = self.expansion(module, position) else {
            return values::unknown(Unknown::new(Reason::Cycle), span);
        };
        let read = |instance, steps: &[Step<'_>]| {
            let target = Target { module, block, position, expansion: &expansion, instance };
            self.read_instance(&target, steps, scope, span)
        };
        match (expansion.shape, steps.split_first()) {
            (Shape::Single, Some((step, _))) if is_instance_key(step) => unexpected_key(&block.address, step),
            (Shape::Single, _) => read(0, steps),
            (_, Some((step, rest))) => {
                let key = self.key_of(step, scope);
                let read = |position| {
                    let value = read(position, rest);
                    match expansion.instances.get(position) {
                        Some(instance) => self.picked(value, instance, &key, span),
                        None => value,
                    }
                };
                match expansion.find(&key) {
                    Found::One(position) => read(position),
                    Found::Nothing => no_instance(&block.address, expansion.shape, step),
                    Found::Cases(cases) => {
                        let arms = cases.into_iter().map(|(guard, instance)| {
                            (
                                guard,
                                instance
                                    .map_or_else(|| no_instance(&block.address, expansion.shape, step), read),
                            )
                        });
                        values::choice(arms.collect(), span)
                    }
                    Found::Unknown => {
                        let all = values::unknown(whole(module, block, "[*]"), span);
                        self.apply(values::derived("[]", &[all, key], span), rest, scope)
                    }
                }
            }
            (_, None) => {
                let cell = {
                    let mut cells = module.collections.borrow_mut();
                    Rc::clone(cells.entry((position, span)).or_default())
                };
                let collect = || {
                    if !self.spend(expansion.instances.len(), span) {
                        return values::limit(span);
                    }
                    expansion.collection(span, &whole(module, block, "[*]"), |instance| read(instance, &[]))
                };
                let subject = Subject::new("", &block.address, block.block.header);
                self.memo(&cell, subject, collect).unwrap_or_else(|stop| self.stopped(&stop, span))
            }
        }
    }

    fn read_instance(
        &self,
        target: &Target<'_, 'p>,
        steps: &[Step<'_>],
        scope: &Scope<'_>,
        span: Span,
    ) -> Value {
        let Some(instance) = target.expansion.instances.get(target.instance) else { return rejected(span) };
        let unknown = whole(target.module, target.block, &instance.suffix);
        let Some((Step::Attribute(name), rest)) = steps.split_first() else {
            return self.apply(self.object(target, unknown, span), steps, scope);
        };
        let value = match self.argument_of(target, &name.text) {
            _ if is_write_only(target.block, &name.text) == Some(true) => values::made(Data::Null, span),
            Some(mut value) => {
                if rest.first().is_some_and(|step| self.is_block_in_json(target, &value, step)) {
                    value = values::made_list(vec![value], span);
                }
                if is_block(&target.block.block, &name.text) {
                    value = computed_rest(&value, &values::extend(&unknown, &name.text));
                }
                let address: Arc<str> = format!("{}.{}", address(target, &instance.suffix), name.text).into();
                let place = target.block.block.header;
                let origin = value.origin.through(Through::Attribute, address, place);
                Value { origin, ..value }
            }
            None if is_builtin(target.block) => {
                builtin::attribute(name, self.argument_of(target, "input").as_ref(), &unknown, span)
            }
            None => match builtin::of_remote_state(target.block, name) {
                Some(wrong) if has_own_provider(&target.module.directory.declarations) => wrong,
                _ => {
                    let computed = values::unknown(values::extend(&unknown, &name.text), span);
                    self.answer(target, &instance.suffix, &name.text, &computed).unwrap_or(computed)
                }
            },
        };
        self.apply(value, rest, scope)
    }

    /// What a data source answered when the plan beside the sources was made.
    fn answer(&self, target: &Target<'_, 'p>, suffix: &str, name: &str, computed: &Value) -> Option<Value> {
        let known = self.inputs.known.as_ref().filter(|_| target.block.mode == Mode::Data)?;
        let value = known.answer(&address(target, suffix), name)?;
        Some(given(computed, value))
    }

    /// Whether `step` takes an object of the JSON syntax for the blocks that it may be.
    fn is_block_in_json(&self, target: &Target<'_, 'p>, value: &Value, step: &Step<'_>) -> bool {
        let index = match step {
            Step::Attribute(name) => name.text.parse::<u32>().is_ok(),
            Step::Index(key) => matches!(key.kind, ExprKind::Number(_)),
        };
        index && value.as_map().is_some() && {
            let file = self.sources.get(target.block.block.header.file);
            file.path().extension().is_some_and(|extension| extension == "json")
        }
    }

    /// The value that the configuration itself gives to an attribute.
    fn argument_of(&self, target: &Target<'_, 'p>, name: &str) -> Option<Value> {
        let is_document = &*target.block.type_name.text == DOCUMENT;
        let is_computed_here = computes(target.module, target.block, name);
        let computed = is_computed_here || is_document && matches!(name, "json" | "minified_json");
        let configured = sets(&target.block.block, name)
            && (target.block.mode == Mode::Data || !NORMALISED.contains(&name));
        if !computed && !configured {
            return None;
        }
        let attributes = self.attributes(target.module, target.position, target.instance)?;
        let Some(value) = attributes.value(name) else {
            let value = computed_attribute(self, target.module, target.block, &attributes, name)?;
            self.settled(&value, target.module);
            return Some(value);
        };
        let empty = value.as_list().is_some_and(|list| list.elements.is_empty() && list.rest.is_none());
        // What is null or an empty block is left to the provider.
        (!value.is_null() && !empty).then(|| value.clone())
    }

    /// An instance as a whole: what is configured, and a rest that the provider computes.
    fn object(&self, target: &Target<'_, 'p>, unknown: Unknown, span: Span) -> Value {
        let mut map = Map { rest: Some(Arc::new(unknown)), ..Map::default() };
        if let Some(attributes) = self.attributes(target.module, target.position, target.instance) {
            let managed = target.block.mode == Mode::Managed;
            for (name, entry) in &attributes.entries {
                let written = is_write_only(target.block, name) == Some(true);
                if !(entry.value.is_null() || written || managed && NORMALISED.contains(&&**name)) {
                    let value = match map.rest.as_ref().filter(|_| is_block(&target.block.block, name)) {
                        Some(unknown) => computed_rest(&entry.value, &values::extend(unknown, name)),
                        None => entry.value.clone(),
                    };
                    map.entries.insert(Arc::clone(name), Entry { value, ..entry.clone() });
                }
            }
        }
        values::made(Data::Map(Arc::new(map)), span)
    }

    /// The arguments of one instance of a resource.
    pub(super) fn attributes(
        &self,
        module: &Rc<ModuleInstance<'p>>,
        position: usize,
        instance: usize,
    ) -> Option<Arc<Map>> {
        let block = module.directory.declarations.resources.get(position)?;
        let expansion = self.expansion(module, position)?;
        let target = Target { module, block, position, expansion: &expansion, instance };
        let cell = {
            let mut cells = module.attributes.borrow_mut();
            let fresh = || Rc::new(RefCell::new(Memo::Empty));
            Rc::clone(cells.entry((position, instance)).or_insert_with(fresh))
        };
        match self.memo(&cell, Subject::new("", &block.address, block.block.header), || {
            Arc::new(self.make_attributes(&target))
        }) {
            Ok(attributes) => Some(attributes),
            Err(stop) => {
                self.stopped(&stop, block.block.header);
                None
            }
        }
    }

    fn make_attributes(&self, target: &Target<'_, 'p>) -> Map {
        let Some(instance) = target.expansion.instances.get(target.instance) else { return Map::default() };
        let scope = instance.scope(Scope::module(target.module.id));
        let (module, block) = (target.module, target.block);
        let instances = Instances {
            module,
            subject: ("", &block.address, block.block.header),
            is_builtin: is_builtin(block),
            is_single: target.expansion.instances.len() == 1,
        };
        let mut map = self.eval_body(&block.block.body, &scope, Level::Top(instances));
        let guard = Self::guard_in(target.module, &instance.guard);
        let is_document = &*block.type_name.text == DOCUMENT && block.mode == Mode::Data;
        for entry in map.entries.values_mut().filter(|entry| entry.value.has_choice()) {
            entry.value = values::settle(&values::assume(&entry.value, &guard));
            if !is_document && !instances.is_builtin {
                entry.value = values::spread_whole(&entry.value, block.block.header);
            }
        }
        complete(self, module, block, &mut map);
        map.entries.values().for_each(|entry| self.settled(&entry.value, target.module));
        self.persisted(module, block, &map);
        if guard.is_always() && !instance.symbolic {
            let lifecycle = target.block.block.body.blocks().filter(|block| &*block.name.text == "lifecycle");
            lifecycle.for_each(|block| self.require(&block.body, &scope));
        }
        if is_document {
            let address: Arc<str> = address(target, &instance.suffix).into();
            self.add_document(&mut map, &address, &target.block.block);
        }
        map
    }
}

/// What a step gives that names no instance.
pub(super) fn no_instance(address: &str, shape: Shape, step: &Step<'_>) -> Value {
    let name = values::quoted(address);
    let message = match step {
        Step::Attribute(_) if shape == Shape::Count => {
            format!("{name} has `count`: which of its instances is meant has to be said")
        }
        _ => format!("{name} has no such instance"),
    };
    values::invalid(step.span(), message)
}

/// Whether Terraform reads a step that follows the name of a resource as the key of an instance: only
/// a literal one. What it computes is an index into the object that the resource is.
fn is_instance_key(step: &Step<'_>) -> bool {
    match step {
        Step::Attribute(name) => name.text.bytes().all(|byte| byte.is_ascii_digit()),
        Step::Index(key) => matches!(key.kind, ExprKind::Number(_) | ExprKind::String(_)),
    }
}

/// What the key of an instance gives of a resource that has one instance only.
fn unexpected_key(address: &str, step: &Step<'_>) -> Value {
    let name = values::quoted(address);
    values::invalid(step.span(), format!("{name} has neither `count` nor `for_each`: it takes no key"))
}

/// One instance of a resource, wherever it is declared.
pub(super) struct Target<'t, 'p> {
    module: &'t Rc<ModuleInstance<'p>>,
    block: &'t ResourceBlock,
    position: usize,
    expansion: &'t Expansion,
    instance: usize,
}

fn address(target: &Target<'_, '_>, suffix: &str) -> String {
    format!("{}{}{suffix}", target.module.prefix, target.block.address)
}

/// The instance as what only deployment knows.
fn whole(module: &ModuleInstance<'_>, block: &ResourceBlock, suffix: &str) -> Unknown {
    let address: Arc<str> = format!("{}{}{suffix}", module.prefix, block.address).into();
    let reason = match block.mode {
        Mode::Managed => Reason::Computed(Arc::clone(&address)),
        _ if &*block.type_name.text == "terraform_remote_state" => Reason::Import(Arc::clone(&address)),
        _ => Reason::DataSource(Arc::clone(&address)),
    };
    Unknown {
        identity: Some(Arc::clone(&address)),
        reference: Some(Reference { address: Address::new(address), attribute: "".into() }),
        at: Some(block.block.header),
        ..Unknown::new(reason)
    }
}

/// Whether a block names an attribute or a nested block.
fn sets(block: &Block, name: &str) -> bool {
    is_block(block, name) || block.body.attribute(name).is_some()
}

/// Nested blocks as they are read: what they leave out the provider computes.
fn computed_rest(value: &Value, unknown: &Unknown) -> Value {
    let data = match &value.data {
        Data::List(list) => {
            let mut list = (**list).clone();
            // Where conditions leave out elements no number of these is an index.
            let mark = if list.gaps { "?" } else { "" };
            for (position, element) in list.elements.iter_mut().enumerate() {
                *element =
                    computed_rest(element, &values::extend_index(unknown, &format!("{position}{mark}")));
            }
            Data::List(Arc::new(list))
        }
        Data::Map(map) => {
            let mut map = (**map).clone();
            map.entries.retain(|_, entry| !entry.value.is_null());
            for (name, entry) in &mut map.entries {
                if matches!(&entry.value.data, Data::List(list) if list.elements.iter().all(|one| one.as_map().is_some()))
                {
                    entry.value = computed_rest(&entry.value, &values::extend(unknown, name));
                }
            }
            map.rest = map.rest.or_else(|| Some(Arc::new(unknown.clone())));
            Data::Map(Arc::new(map))
        }
        Data::Choice(alternatives) => {
            let mut alternatives = alternatives.to_vec();
            for one in &mut alternatives {
                one.value = computed_rest(&one.value, unknown);
            }
            Data::Choice(alternatives.into())
        }
        other => other.clone(),
    };
    Value::new(data, value.origin.clone())
}

/// Whether a block has nested blocks of this type.
fn is_block(block: &Block, name: &str) -> bool {
    block.body.items.iter().any(|item| match item {
        Item::Attribute(_) => false,
        Item::Block(inner) if &*inner.name.text == "dynamic" => {
            inner.labels.first().is_some_and(|label| &*label.text == name)
        }
        Item::Block(inner) => &*inner.name.text == name,
    })
}
