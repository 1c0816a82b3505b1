//! From a root module to its stack.
//!
//! Evaluation is lazy and memoised: a local, a variable, an output or a resource is evaluated when
//! something asks for it, once for each instance of its module. What asks for itself is a cycle.
//! Each root is evaluated on one thread in the order of its files, so that the result is the same
//! from run to run, and on a thread of its own, so that the depth limit alone bounds the stack.

mod blocks;
mod builtin;
mod comparisons;
mod conditional;
mod document;
mod elements;
mod ephemeral;
mod errors;
mod expansion;
mod expression;
mod imports;
mod instance;
mod iteration;
mod labels;
mod memo;
mod modules;
mod operators;
mod picked;
mod provisioners;
mod resources;
mod scope;
mod shared;
mod stack;
mod symbolic;
mod template;
mod traversal;
mod unsuitable;
mod validations;
mod variables;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::condition::Limits;
use keylint_model::{CallSite, Data, FrontEnd, Origin, Part, Problem, Reason, Stack, Unknown, Value};
use keylint_source::{FileId, SourceFile, Sources, Span};
use keylint_syntax::hcl::Template;

pub(crate) use document::{Repeated, add_built};
pub(crate) use elements::{Counts, Key};
pub(crate) use instance::{ModuleId, ModuleInstance};
pub(crate) use scope::Scope;
pub(crate) use traversal::{foreign_boolean, without_attribute};

use self::comparisons::Says;
use self::validations::Variables;
use crate::inputs::Inputs;
use crate::limits;
use crate::project::{DirectoryId, Project, is_installed};
use crate::values;

/// Evaluates a root module. See [`Project::evaluate_with`].
pub(crate) fn evaluate(project: &Project, sources: &Sources, root: DirectoryId, inputs: &Inputs) -> Stack {
    let run = |depth| {
        let (mut stack, rejected) = Evaluator::new(project, sources, root, inputs, depth).stack();
        if !rejected.is_empty() {
            // The defaults of a root module that say nothing are often there to be replaced by
            // inputs that are not here: an error is one that does not depend on them.
            let open = Evaluator { open: true, ..Evaluator::new(project, sources, root, inputs, depth) };
            let (_, certain) = open.stack();
            let certain: HashSet<Span> = certain.iter().map(|problem| problem.span).collect();
            stack.problems.extend(rejected.into_iter().filter(|problem| certain.contains(&problem.span)));
        }
        // The authors of a fetched module are told elsewhere; what was not looked at is still said.
        let foreign = Arc::clone(&stack.foreign_files);
        let is_own = |problem: &Problem| !foreign.contains(&problem.span.file);
        stack.problems.retain(|problem| problem.rule == "KL004" || is_own(problem));
        stack
    };
    let spawned = std::thread::scope(|threads| {
        let builder = std::thread::Builder::new().stack_size(limits::STACK_BYTES);
        let handle = builder.spawn_scoped(threads, || run(limits::DEPTH)).ok()?;
        match handle.join() {
            Ok(stack) => Some(stack),
            // The caller turns a bug into a diagnostic: hand it on unchanged.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    // Without a thread of its own, a depth that the caller's stack certainly has.
    spawned.unwrap_or_else(|| run(limits::DEPTH / 32))
}

/// The most that a lock file is read of.
const LOCK_BYTES: u64 = 1 << 20;

/// The evaluation of one root module.
pub(crate) struct Evaluator<'p> {
    pub(crate) project: &'p Project,
    pub(crate) sources: &'p Sources,
    root: DirectoryId,
    /// What the root module is given besides its own files.
    inputs: &'p Inputs,
    modules: RefCell<Vec<Rc<ModuleInstance<'p>>>>,
    problems: RefCell<Vec<Problem>>,
    reported: RefCell<HashSet<(&'static str, Span)>>,
    /// Calls of modules that are not on disk, by address.
    missing: RefCell<BTreeMap<String, CallSite>>,
    /// What is being evaluated, outermost first.
    running: RefCell<Vec<memo::Running>>,
    fuel: Cell<u64>,
    /// Whether it was said that there is no fuel left.
    exhausted: Cell<bool>,
    resources: Cell<usize>,
    /// The first block whose resources are beyond the limit, and how many resources are.
    beyond: Cell<Option<(Span, usize)>>,
    serial: Cell<u32>,
    /// The numbers of what is compared with constants, by identity.
    compared: RefCell<HashMap<String, NonZeroU32>>,
    /// What comparisons say, by what identifies their results: see [`comparisons`].
    comparisons: RefCell<HashMap<Arc<str>, Option<Says>>>,
    /// What validations leave of a value that is these variables, or a part of them: see [`validations`].
    validated: RefCell<HashMap<Variables, Option<Arc<Limits>>>>,
    depth: Cell<u32>,
    max_depth: u32,
    /// The greatest depth that was reached since it was last reset: see [`memo`].
    high: Cell<u32>,
    /// How many expressions around the one that is evaluated forgive an error.
    tolerant: Cell<u32>,
    /// Whether what fails in some cases is told from what does not: in an argument of `try` or `can`, and
    /// nowhere else, as a configuration that is deployed does not fail.
    forgiving: Cell<bool>,
    /// How many invalid values were met, forgiven ones included.
    failures: Cell<u32>,
    /// What Terraform rejects: see [`errors`].
    rejected: RefCell<Vec<Problem>>,
    opentofu: std::cell::OnceCell<bool>,
    /// The files that functions of fetched modules have read.
    foreign: RefCell<HashSet<FileId>>,
    /// The files of templates, parsed.
    pub(crate) templates: RefCell<HashMap<FileId, Rc<Template>>>,
    /// The variables whose type constraints were looked at, by where they are declared.
    constraints: RefCell<HashSet<Span>>,
    /// Whether inputs that are not given are unknown where their defaults say nothing.
    open: bool,
}

impl<'p> Evaluator<'p> {
    fn new(
        project: &'p Project,
        sources: &'p Sources,
        root: DirectoryId,
        inputs: &'p Inputs,
        max_depth: u32,
    ) -> Self {
        Evaluator {
            project,
            sources,
            root,
            inputs,
            modules: RefCell::new(Vec::new()),
            problems: RefCell::new(Vec::new()),
            reported: RefCell::new(HashSet::new()),
            missing: RefCell::new(BTreeMap::new()),
            running: RefCell::new(Vec::new()),
            fuel: Cell::new(limits::FUEL),
            exhausted: Cell::new(false),
            resources: Cell::new(0),
            beyond: Cell::new(None),
            serial: Cell::new(0),
            compared: RefCell::new(HashMap::new()),
            comparisons: RefCell::new(HashMap::new()),
            validated: RefCell::new(HashMap::new()),
            depth: Cell::new(0),
            max_depth,
            high: Cell::new(0),
            tolerant: Cell::new(0),
            forgiving: Cell::new(false),
            failures: Cell::new(0),
            rejected: RefCell::new(Vec::new()),
            opentofu: std::cell::OnceCell::new(),
            foreign: RefCell::new(HashSet::new()),
            templates: RefCell::new(HashMap::new()),
            constraints: RefCell::new(HashSet::new()),
            open: false,
        }
    }

    /// Whether the project says that it is for OpenTofu, where the two differ: by files that only
    /// OpenTofu reads, or by the registry that its lock file names.
    ///
    /// Source: <https://opentofu.org/docs/language/files/>.
    pub(crate) fn is_opentofu(&self) -> bool {
        *self.opentofu.get_or_init(|| {
            let Some(root) = self.project.directory(self.root) else { return false };
            let is_own = |path: &std::path::Path| {
                let name = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
                name.ends_with(".tofu") || name.ends_with(".tofu.json")
            };
            if root.files.iter().any(|file| is_own(file.source.path())) {
                return true;
            }
            let lock = self.sources.read_aside(&root.path.join(".terraform.lock.hcl"), LOCK_BYTES);
            lock.is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("registry.opentofu.org"))
        })
    }

    /// The stack, and apart from its problems what Terraform rejects.
    fn stack(self) -> (Stack, Vec<Problem>) {
        let root = self.root;
        let name =
            self.project.directory(root).map(|directory| directory.display.clone()).unwrap_or_default();
        let mut resources = Vec::new();
        if let Some(module) = self.root_module(root) {
            self.collect(&module, &mut resources);
            self.report_left_out();
        }
        let mut read = self.foreign.into_inner();
        let foreign = match read.is_empty() {
            true => Arc::clone(&self.project.foreign_files),
            false => {
                read.extend(self.project.foreign_files.iter());
                Arc::new(read)
            }
        };
        let stack = Stack::new(FrontEnd::Terraform, name, resources, self.problems.into_inner())
            .with_missing_modules(self.missing.into_inner().into_values().collect())
            .with_foreign_files(foreign);
        (stack, self.rejected.into_inner())
    }

    /// Reports a problem, once for each rule and place: another instance of the same module says
    /// nothing new.
    pub(crate) fn report(&self, problem: Problem) {
        if self.reported.borrow_mut().insert((problem.rule, problem.span)) {
            self.problems.borrow_mut().push(problem);
        }
    }

    /// Does something with a secret, about which no problem may quote it: of what is wrong only
    /// `message` is said, at `span`.
    pub(crate) fn without_quoting<T>(&self, span: Span, message: &str, run: impl FnOnce() -> T) -> T {
        let before = (self.problems.borrow().len(), self.rejected.borrow().len());
        let result = run();
        self.rejected.borrow_mut().truncate(before.1);
        let found = self.problems.borrow_mut().split_off(before.0);
        let (limits, quoting): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| it.rule == "KL004");
        self.problems.borrow_mut().extend(limits);
        if !quoting.is_empty() {
            self.report(Problem::new("KL003", span, message));
        }
        result
    }

    /// Notes a file that a function reads: what is wrong in one of a fetched module is mended by
    /// its users elsewhere.
    pub(crate) fn has_read(&self, file: &SourceFile) {
        if is_installed(file.path()) {
            self.foreign.borrow_mut().insert(file.id());
        }
    }

    /// The number of what has an identity.
    fn number_of(&self, identity: String) -> Option<NonZeroU32> {
        let mut numbers = self.compared.borrow_mut();
        let next = u32::try_from(numbers.len()).ok()?.checked_add(1).and_then(NonZeroU32::new)?;
        Some(*numbers.entry(identity).or_insert(next))
    }

    /// A number that no other call gets.
    fn next_serial(&self) -> u32 {
        let serial = self.serial.get();
        self.serial.set(serial.wrapping_add(1));
        serial
    }

    /// Takes fuel; false when there is none left, which is reported.
    pub(crate) fn spend(&self, steps: usize, span: Span) -> bool {
        let left = self.fuel.get();
        match left.checked_sub(steps as u64) {
            Some(left) => {
                self.fuel.set(left);
                true
            }
            None => {
                self.fuel.set(0);
                // Once is enough: whatever is evaluated from here on says it again.
                if !self.exhausted.replace(true) {
                    self.over_limit(span, "the configuration takes too many steps to evaluate");
                }
                false
            }
        }
    }

    /// Takes fuel for an operation that goes through all that there is in its operands; false when
    /// there is none left.
    pub(crate) fn spend_on(&self, operands: &[Value], span: Span) -> bool {
        use keylint_model::Data;
        let weight = |value: &Value| match &value.data {
            Data::List(_) | Data::Map(_) | Data::Json(_) | Data::Choice(_) | Data::Partial(_) => {
                values::count_nodes(value, limits::NODES).unwrap_or(limits::NODES) / 8
            }
            Data::String(text) => text.len() / 64,
            _ => 0,
        };
        operands.iter().all(|operand| self.spend(weight(operand), span))
    }

    /// Reports that a limit was reached, and gives the value that stands for what lies beyond.
    pub(crate) fn over_limit(&self, span: Span, message: &str) -> Value {
        self.report(
            Problem::new("KL004", span, message).with_help("what lies beyond the limit is not checked"),
        );
        values::limit(span)
    }

    /// A string of parts, if it is of a size that can be kept.
    pub(crate) fn assemble(&self, parts: Vec<Part>, origin: Origin, span: Span) -> Value {
        let mut bytes = 0usize;
        for part in &parts {
            match part {
                Part::Known(text) => bytes = bytes.saturating_add(text.len()),
                // What is invalid is one hole more: a problem says so, and the text around it, the
                // statements of a policy, is still worth reading.
                Part::Hole(unknown, _)
                    if values::is_settled(&unknown.reason) && unknown.reason != Reason::Invalid =>
                {
                    return values::unknown(Unknown::new(unknown.reason.clone()), span);
                }
                Part::Hole(..) => {}
            }
        }
        if bytes > limits::STRING_BYTES || parts.len() > limits::ELEMENTS {
            return self.over_limit(span, "the string is too long");
        }
        if !self.spend(bytes / 64 + parts.len(), span) {
            return values::limit(span);
        }
        let joined = Value::from_parts(parts, origin);
        let data = match joined.data {
            Data::String(text) => Data::String(values::normalised(text)),
            Data::Partial(parts)
                if parts.iter().any(|part| matches!(part, Part::Known(text) if !text.is_ascii())) =>
            {
                let normalised = parts.iter().map(|part| match part {
                    Part::Known(text) => Part::Known(values::normalised(text.clone())),
                    hole => hole.clone(),
                });
                Data::Partial(normalised.collect())
            }
            other => other,
        };
        Value { data, ..joined }
    }

    /// The value if it is of a size that can be kept.
    fn bounded(&self, value: Value, span: Span) -> Value {
        if !matches!(value.data, Data::List(_) | Data::Map(_) | Data::Json(_) | Data::Choice(_)) {
            return value;
        }
        match values::count_nodes(&value, limits::NODES) {
            Some(nodes) if self.spend(nodes / 8, span) => value,
            Some(_) => values::limit(span),
            None => self.over_limit(span, "the value has too many parts"),
        }
    }
}
