//! One instance of a module, with everything that was evaluated in it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{CallSite, Guard, Map, Value};
use keylint_source::Span;

use super::Evaluator;
use super::expansion::{Expansion, Instance};
use super::memo::Memo;
use super::shared::SharedValues;
use crate::limits;
use crate::project::{DirectoryId, ModuleCall, ModuleDirectory};

/// Names one module instance of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ModuleId(usize);

/// How a module instance is called.
#[derive(Clone, Debug)]
pub(crate) struct CalledBy<'p> {
    pub(crate) parent: ModuleId,
    pub(crate) call: &'p ModuleCall,
    /// The instance of the call: its `each` and `count.index`.
    pub(crate) instance: Instance,
}

/// All instances of a resource as one value, by its position and the place where they are read: each
/// instance of a block that reads those of another shares it.
pub(super) type Collections = HashMap<(usize, Span), Rc<RefCell<Memo<Value>>>>;

/// The attributes of resource instances, by the positions of resource and instance.
type Attributes = HashMap<(usize, usize), Rc<RefCell<Memo<Arc<Map>>>>>;

/// One instance of a module.
#[derive(Debug)]
pub(crate) struct ModuleInstance<'p> {
    pub(crate) id: ModuleId,
    pub(crate) directory: &'p ModuleDirectory,
    pub(crate) directory_id: DirectoryId,
    /// What stands before the names of its resources: nothing, or `module.fleet["a"].`.
    pub(crate) prefix: Arc<str>,
    pub(crate) called_by: Option<CalledBy<'p>>,
    /// When it exists.
    pub(crate) guard: Guard,
    /// Whether it stands for a number of instances.
    pub(crate) symbolic: bool,
    /// Whether a file of it does not parse: what seems wrong in it may be a consequence of that.
    pub(crate) broken: bool,
    /// The calls that lead to it, innermost first.
    pub(crate) calls: Arc<[CallSite]>,
    pub(super) variables: Vec<RefCell<Memo<Value>>>,
    pub(super) locals: Vec<RefCell<Memo<Value>>>,
    pub(super) outputs: Vec<RefCell<Memo<Value>>>,
    pub(super) expansions: Vec<RefCell<Memo<Rc<Expansion>>>>,
    pub(super) attributes: RefCell<Attributes>,
    pub(super) collections: RefCell<Collections>,
    pub(super) shared: RefCell<SharedValues>,
    pub(super) children: Vec<RefCell<Memo<Rc<Children>>>>,
}

/// The instances of one module call.
#[derive(Debug)]
pub(crate) struct Children {
    pub(crate) expansion: Expansion,
    /// One module for each instance; `None` where the module is not on disk or lies beyond a limit.
    pub(crate) modules: Vec<Option<ModuleId>>,
    /// Why there are no modules.
    pub(crate) missing: Option<keylint_model::Unknown>,
}

/// What is new in a module instance, apart from what was evaluated in it.
pub(super) struct NewModule<'p> {
    pub(super) directory_id: DirectoryId,
    pub(super) prefix: Arc<str>,
    pub(super) called_by: Option<CalledBy<'p>>,
    pub(super) guard: Guard,
    pub(super) symbolic: bool,
    pub(super) calls: Arc<[CallSite]>,
}

fn cells<T>(count: usize) -> Vec<RefCell<Memo<T>>> {
    (0..count).map(|_| RefCell::new(Memo::Empty)).collect()
}

impl<'p> Evaluator<'p> {
    /// The instance of the root module.
    pub(super) fn root_module(&self, directory_id: DirectoryId) -> Option<Rc<ModuleInstance<'p>>> {
        let id = self.add_module(NewModule {
            directory_id,
            prefix: "".into(),
            called_by: None,
            guard: Guard::always(),
            symbolic: false,
            calls: Arc::new([]),
        })?;
        self.module(id)
    }

    /// Adds a module instance; `None` past the limit.
    pub(super) fn add_module(&self, new: NewModule<'p>) -> Option<ModuleId> {
        let directory = self.project.directory(new.directory_id)?;
        let declarations = &directory.declarations;
        let mut modules = self.modules.borrow_mut();
        if modules.len() >= limits::MODULES {
            return None;
        }
        let id = ModuleId(modules.len());
        modules.push(Rc::new(ModuleInstance {
            id,
            directory,
            directory_id: new.directory_id,
            prefix: new.prefix,
            called_by: new.called_by,
            guard: new.guard,
            symbolic: new.symbolic,
            broken: !directory.is_whole(),
            calls: new.calls,
            variables: cells(declarations.variables.len()),
            locals: cells(declarations.locals.len()),
            outputs: cells(declarations.outputs.len()),
            expansions: cells(declarations.resources.len()),
            attributes: RefCell::new(HashMap::new()),
            collections: RefCell::new(HashMap::new()),
            shared: RefCell::new(HashMap::new()),
            children: cells(declarations.calls.len()),
        }));
        Some(id)
    }

    /// A module instance of this evaluation.
    pub(crate) fn module(&self, id: ModuleId) -> Option<Rc<ModuleInstance<'p>>> {
        self.modules.borrow().get(id.0).cloned()
    }

    /// The module of a scope.
    pub(crate) fn module_of(&self, scope: &super::Scope<'_>) -> Option<Rc<ModuleInstance<'p>>> {
        self.module(scope.module?)
    }
}
