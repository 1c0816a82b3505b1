//! The `Rules` section: what the service demands of the parameters before it makes the stack.
//!
//! A stack exists only with parameters that every rule lets through, so combinations that a rule
//! forbids are none that a finding may speak of. What the rules leave is a list of guards; the cases
//! of each named condition are cut down to them, and conditions that only a forbidden combination
//! brings together exclude each other. A list of values that a parameter must be one of counts as
//! its `AllowedValues`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use indexmap::IndexMap;
use keylint_model::{Guard, Value};
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::conditions::{Cases, MAX_CASES};
use crate::evaluate::{Evaluator, scalar};
use crate::parameter::{Parameter, literal};

/// The assertions of a rule.
fn assertions(rule: &Member) -> impl Iterator<Item = &Node> {
    let list = match rule.value.get("Assertions").map(|node| &node.kind) {
        Some(NodeKind::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|assertion| assertion.get("Assert"))
}

/// The list and the value of `Fn::Contains`, which rules alone have.
pub(crate) fn contains(view: View<'_>) -> Option<(&[Node], &Node)> {
    let arguments = match (view.tag, view.members()) {
        (Some(tag), _) if &*tag.name == "!Contains" => View { tag: None, ..view },
        (None, [member]) if member.key.as_str() == "Fn::Contains" => View::from(&member.value),
        _ => return None,
    };
    match arguments.elements()? {
        [list, value] => Some((View::from(list).elements()?, value)),
        _ => None,
    }
}

/// Whether all of an expression is told apart: rules have functions over all parameters of a type,
/// whose values nobody knows.
fn is_modelled(node: &Node) -> bool {
    let view = View::from(node);
    if let Some((list, value)) = contains(view) {
        return list.iter().chain([value]).all(is_modelled);
    }
    let call = Call::of_condition(view);
    let is_known = !matches!(
        call.map(|call| call.function),
        Some(
            Function::Item(_)
                | Function::Opaque(_)
                | Function::Unknown(_)
                | Function::Foreign(_)
                | Function::Condition
        )
    );
    is_known
        && match &node.kind {
            NodeKind::List(elements) => elements.iter().all(is_modelled),
            NodeKind::Map(members) => members.iter().all(|member| is_modelled(&member.value)),
            _ => true,
        }
}

/// Narrows parameters down to the values that rules without a condition list for them.
pub(crate) fn narrow(parameters: &mut IndexMap<&str, Parameter<'_>>, rules: &[Member]) {
    let always = rules.iter().filter(|rule| rule.value.get("RuleCondition").is_none());
    for assertion in always.flat_map(assertions) {
        let Some((list, value)) = contains(View::from(assertion)) else { continue };
        let Some(Call { function: Function::Ref, argument, .. }) = Call::of(View::from(value)) else {
            continue;
        };
        let Some(parameter) = argument.as_str().and_then(|name| parameters.get_mut(name)) else { continue };
        let values: Vec<Value> = list.iter().map(literal).collect();
        let texts: Option<Vec<_>> = values.iter().map(scalar).collect();
        let Some(texts) = texts.filter(|texts| !texts.is_empty()) else { continue };
        if parameter.allowed.is_empty() {
            parameter.allowed = values;
        } else {
            let is_listed = |value: &Value| scalar(value).is_none_or(|text| texts.contains(&text));
            parameter.allowed.retain(is_listed);
        }
    }
}

impl<'t> Evaluator<'t> {
    /// The combinations of parameters that the rules let through, which exclude each other; nothing
    /// where no rule says anything that can be told.
    pub(crate) fn permitted(&mut self) -> Vec<Guard> {
        let rules = self.template.rules;
        let (problems, limit) = (self.problems.len(), self.limit_reported);
        let is_reported = self.work.is_reported;
        let mut permitted = vec![Guard::always()];
        self.in_rules = true;
        for rule in rules {
            let Some(more) = self.weighing(|evaluator| evaluator.permitted_by(rule)) else { continue };
            let both = permitted.iter().flat_map(|one| more.iter().filter_map(|other| one.and(other)));
            let both: Vec<Guard> = both.take(MAX_CASES + 1).collect();
            if (1..=MAX_CASES).contains(&both.len()) {
                permitted = both;
            }
        }
        self.in_rules = false;
        // What is wrong with a rule, or too much, leaves the parameters as free as they were.
        self.problems.truncate(problems);
        self.limit_reported = limit;
        self.work.is_reported = is_reported;
        permitted.retain(|guard| !guard.is_always());
        permitted
    }

    fn permitted_by(&mut self, rule: &'t Member) -> Option<Vec<Guard>> {
        let condition = match rule.value.get("RuleCondition") {
            Some(node) if is_modelled(node) => self.cases(View::from(node)).ok()?,
            Some(_) => return None,
            None => vec![(Guard::always(), true)],
        };
        let mut cases: Cases = condition;
        let mut free: Vec<Guard> = Vec::new();
        cases.retain(|(guard, applies)| {
            if !applies {
                free.push(guard.clone());
            }
            *applies
        });
        let mut held: Vec<Guard> = cases.into_iter().map(|(guard, _)| guard).collect();
        for assertion in assertions(rule).filter(|assertion| is_modelled(assertion)) {
            let asserted = self.cases(View::from(assertion)).ok()?;
            let holding = || asserted.iter().filter(|(_, holds)| *holds);
            held = held.iter().flat_map(|one| holding().filter_map(|(more, _)| one.and(more))).collect();
            if held.len() + free.len() > MAX_CASES {
                return None;
            }
        }
        free.extend(held);
        Some(free)
    }

    /// The combinations that the rules and the places of AWS leave; empty: all, or too many to tell.
    pub(crate) fn combinations(&self) -> Vec<Guard> {
        match (self.permitted.as_slice(), self.places.as_slice()) {
            ([], one) | (one, []) => one.to_vec(),
            (rules, places) => {
                let both = rules.iter().flat_map(|rule| places.iter().filter_map(|place| rule.and(place)));
                let both: Vec<Guard> = both.take(MAX_CASES + 1).collect();
                if (1..=MAX_CASES).contains(&both.len()) { both } else { rules.to_vec() }
            }
        }
    }

    /// The cases of a condition that the rules and the places of AWS leave.
    pub(crate) fn constrained(&self, mut cases: Cases) -> Cases {
        let exists = |guard: &Guard| self.places.iter().any(|place| guard.and(place).is_some());
        if !self.places.is_empty() && cases.iter().any(|(guard, _)| exists(guard)) {
            cases.retain(|(guard, _)| exists(guard));
        }
        if self.permitted.is_empty() {
            return cases;
        }
        let left = cases.iter().flat_map(|(guard, holds)| {
            self.permitted.iter().filter_map(|permitted| Some((guard.and(permitted)?, *holds)))
        });
        let left: Cases = left.take(MAX_CASES + 1).collect();
        if (1..=MAX_CASES).contains(&left.len()) { left } else { cases }
    }
}
