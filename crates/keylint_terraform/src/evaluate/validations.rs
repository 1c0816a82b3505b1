//! What the validations of variables leave of their values.
//!
//! A deployment whose values fail a validation does not take place. So where a condition compares a
//! variable, what its validations demand holds too: with `contains(["dev", "prod"], var.env)` an
//! environment that is not `prod` is `dev`, and none is anything else.

use std::sync::Arc;

use keylint_model::condition::Limits;
use keylint_model::{Data, Guard};
use keylint_syntax::hcl::{Expr, ExprKind};

use super::{Evaluator, ModuleId, Scope};
use crate::limits;
use crate::values;

/// Variables of module instances, by name.
pub(super) type Variables = Vec<(ModuleId, Arc<str>)>;

impl Evaluator<'_> {
    /// What validations leave of a value that is one of the variables, or a part of it, and that the other
    /// variables are as well.
    pub(super) fn validations(&self, variables: Variables) -> Option<Arc<Limits>> {
        if variables.is_empty() {
            return None;
        }
        if let Some(known) = self.validated.borrow().get(&variables) {
            return known.clone();
        }
        // The comparisons in a validation are not restricted by it.
        self.validated.borrow_mut().insert(variables.clone(), None);
        let mut permitted = vec![Guard::always()];
        for (module, name) in &variables {
            // Where the module is not called nothing is demanded.
            let module = self.module(*module).filter(|it| it.guard.is_always() && !it.symbolic);
            let Some(module) = module else { continue };
            let Some(variable) = module.directory.declarations.variables.get(name) else { continue };
            for condition in variable.validations().filter(|it| reads_variables_only(it)) {
                let demanded = self.demanded(condition, module.id);
                let both =
                    |guard: &Guard| demanded.iter().filter_map(|one| guard.and(one)).collect::<Vec<_>>();
                let all: Vec<Guard> = permitted.iter().flat_map(both).collect();
                if (1..=limits::PERMITTED).contains(&all.len()) {
                    permitted = all;
                }
            }
        }
        if permitted.iter().any(Guard::is_always) {
            return None;
        }
        let found = Some(Arc::new(Limits::new(permitted, limits::COMBINATIONS)));
        self.validated.borrow_mut().insert(variables, found.clone());
        found
    }

    /// The cases in which a validation may hold.
    fn demanded(&self, condition: &Expr, module: ModuleId) -> Vec<Guard> {
        let decision = self.aside(|| self.eval_condition(condition, &Scope::module(module)));
        let Data::Choice(alternatives) = &decision.data else { return vec![Guard::always()] };
        let may_hold = alternatives.iter().filter(|one| values::to_bool(&one.value) != Some(false));
        may_hold.map(|one| without_limits(&one.guard)).collect()
    }
}

/// The same guard of conditions that nothing restricts.
fn without_limits(guard: &Guard) -> Guard {
    let plain = guard
        .literals()
        .iter()
        .map(|(condition, outcome)| (condition.clone().with_limits(None), Arc::clone(outcome)));
    Guard::all(plain)
}

/// Whether an expression reads nothing but variables: what else there is may be in the making.
fn reads_variables_only(expression: &Expr) -> bool {
    reads_only(expression, &mut Vec::new())
}

fn reads_only<'e>(expression: &'e Expr, named: &mut Vec<&'e str>) -> bool {
    let before = named.len();
    match &expression.kind {
        ExprKind::Variable(name) => return &*name.text == "var" || named.contains(&&*name.text),
        ExprKind::For(form) => {
            named.extend(form.key_name.iter().chain([&form.value_name]).map(|name| &*name.text));
        }
        _ => {}
    }
    let mut all = true;
    expression.each_child(&mut |inner| all = all && reads_only(inner, named));
    named.truncate(before);
    all
}
