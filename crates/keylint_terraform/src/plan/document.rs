//! Policy documents that a plan builds only while it is applied, because a part of them is not known
//! before: the parts that are known are in the plan, as arguments of the data source.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Map, Mode, Problem, Value};

use super::address::Place;
use super::attributes::Reader;
use crate::evaluate::{Repeated, add_built};
use crate::limits;

/// How many documents are merged one within the other.
const DEPTH: u32 = 32;

/// The documents that were built.
pub(super) struct Documents<'n> {
    /// By address; nothing for one that is being built, or that there is none of.
    built: RefCell<HashMap<&'n str, Option<Value>>>,
    depth: Cell<u32>,
    fuel: Cell<u64>,
    /// Limits that were reached.
    problems: RefCell<Vec<Problem>>,
}

impl Default for Documents<'_> {
    fn default() -> Self {
        Documents {
            built: RefCell::default(),
            depth: Cell::new(0),
            fuel: Cell::new(limits::FUEL),
            problems: RefCell::default(),
        }
    }
}

impl Documents<'_> {
    /// The limits that were reached, each once.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn report(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if !problems.iter().any(|known| known.message == problem.message) {
            problems.push(problem);
        }
    }

    fn spend(&self, steps: usize) -> bool {
        let left = self.fuel.get().checked_sub(steps as u64);
        self.fuel.set(left.unwrap_or(0));
        left.is_some()
    }
}

impl<'n> Reader<'n> {
    /// The policy that the data source at an address builds.
    pub(super) fn document(&self, address: &'n str) -> Option<Value> {
        if let Some(built) = self.documents.built.borrow().get(address) {
            return built.clone();
        }
        let depth = self.documents.depth.get();
        if depth >= DEPTH {
            let span = self.instances.get(address)?.span;
            let message = "the policy documents of the plan are merged too deeply";
            self.documents.report(Problem::new("KL004", span, message));
            return None;
        }
        self.documents.built.borrow_mut().insert(address, None);
        self.documents.depth.set(depth + 1);
        let built = self.build(address);
        self.documents.depth.set(depth);
        self.documents.built.borrow_mut().insert(address, built.clone());
        built
    }

    fn build(&self, address: &'n str) -> Option<Value> {
        let is_document = Place::of(address).resource.starts_with("data.aws_iam_policy_document.");
        let instance = self.instances.get(address).filter(|_| is_document)?;
        if !self.instances.is_unknown(address, "json") {
            return None;
        }
        let mut arguments = self.attributes(address, Mode::Data, instance);
        self.add_document(&mut arguments, address)
    }

    /// Builds the policy of a document with these arguments, which get it as `json`.
    fn add_document(&self, arguments: &mut Map, address: &'n str) -> Option<Value> {
        let span = self.instances.get(address)?.span;
        let spend = |steps| {
            let is_enough = self.documents.spend(steps);
            if !is_enough {
                let message = "the policy documents of the plan take too many steps to build";
                self.documents.report(Problem::new("KL004", span, message));
            }
            is_enough
        };
        let name: Arc<str> = address.into();
        let problems = add_built(arguments, &name, Repeated::Any, (span, &spend));
        // Whatever the provider would reject the plan would not have.
        problems.into_iter().filter(|it| it.rule == "KL004").for_each(|it| self.documents.report(it));
        arguments.value("json").cloned()
    }
}
