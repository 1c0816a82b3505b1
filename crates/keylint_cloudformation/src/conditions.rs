//! The `Conditions` section: boolean expressions over parameters.
//!
//! A condition is worked out to cases: guards over what deployment decides directly, each with the
//! truth that it brings. Cases of `Fn::And`, `Fn::Or` and `Fn::Not` follow from those of the
//! operands, so two conditions over the same parameter always agree. A condition that all cases
//! answer alike is known; any other keeps its name, because that is what a finding should say, and
//! its cases, from which [`keylint_model::World`] tells what cannot hold together.

use std::sync::Arc;

use keylint_model::{Condition, Data, Guard, Part, Reason, Unknown, Value, World};
use keylint_source::Span;
use keylint_syntax::data::Node;

use crate::call::{Call, Function, Token, View};
use crate::evaluate::{Evaluator, canonical, combine, scalar};
use crate::rules::contains;
use crate::template::Template;

/// How many cases a condition has at most; past it the condition is unknown.
pub(crate) const MAX_CASES: usize = 256;

/// What is known of a named condition.
#[derive(Clone, Debug)]
pub(crate) enum Truth {
    /// It holds, or not, whatever deployment brings.
    Known(bool),
    /// Deployment decides.
    Open(Condition),
    /// It cannot be worked out.
    Unknown(Reason),
}

/// How far a named condition is worked out.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Pending,
    Done(Truth),
}

/// Guards that exclude each other and cover everything, each with the truth that it brings.
pub(crate) type Cases = Vec<(Guard, bool)>;

impl<'t> Evaluator<'t> {
    /// Whether a named condition holds. `token` is where it is asked for.
    pub(crate) fn truth(&mut self, name: &str, token: Option<Token>) -> Truth {
        let Some((name, member)) =
            self.template.conditions.get_key_value(name).map(|(name, member)| (*name, *member))
        else {
            return self.undeclared(name, token);
        };
        match self.conditions.get(name) {
            Some(State::Done(truth)) => return truth.clone(),
            Some(State::Pending) => {
                let span = token.map_or(member.key_span, |token| token.span);
                self.invalid(span, format!("the condition `{name}` depends on itself"));
                return Truth::Unknown(Reason::Cycle);
            }
            None => {}
        }
        self.conditions.insert(name, State::Pending);
        // A condition is the same wherever it is asked for.
        let cases = match self.is_refused_condition(&member.value) {
            true => Err(Reason::Invalid),
            false => self.within(World::open(), |evaluator| {
                evaluator.weighing(|evaluator| evaluator.cases(View::from(&member.value)))
            }),
        };
        let cases = cases.map(|cases| self.constrained(cases));
        let truth = match cases {
            Ok(cases) if cases.iter().all(|(_, holds)| *holds) => Truth::Known(true),
            Ok(cases) if !cases.iter().any(|(_, holds)| *holds) => Truth::Known(false),
            Ok(cases) => {
                let outcome = |holds| Arc::from(if holds { Condition::TRUE } else { Condition::FALSE });
                let cases: Vec<_> = cases.into_iter().map(|(guard, holds)| (guard, outcome(holds))).collect();
                let plain = Condition::plain(subject(self.template, name), name, Some(member.key_span));
                Truth::Open(plain.with_cases(cases).with_limits(self.limits.clone()))
            }
            Err(reason) => Truth::Unknown(reason),
        };
        self.conditions.insert(name, State::Done(truth.clone()));
        truth
    }

    fn undeclared(&mut self, name: &str, token: Option<Token>) -> Truth {
        if self.template.open_ended {
            let label = label(name, token);
            return Truth::Open(Condition::plain(subject(self.template, name), label, None));
        }
        if let Some(token) = token {
            self.invalid(token.span, format!("{} is not a condition of this template", token.quote(name)));
        }
        Truth::Unknown(Reason::Invalid)
    }

    /// The guard of something that exists under a condition; `None` when it never does.
    pub(crate) fn guard(&mut self, name: &str, token: Token) -> Option<Guard> {
        match self.truth(name, Some(token)) {
            Truth::Known(true) => Some(Guard::always()),
            Truth::Known(false) => None,
            Truth::Open(condition) => Some(Guard::when(condition, Condition::TRUE)),
            Truth::Unknown(reason) => {
                Some(Guard::when(self.opaque_condition(name, token, reason), Condition::TRUE))
            }
        }
    }

    /// A condition of which nothing is known but that it may hold.
    pub(crate) fn opaque_condition(&self, name: &str, token: Token, reason: Reason) -> Condition {
        let label = label(name, Some(token));
        let condition = Condition::plain(subject(self.template, name), label, Some(token.span));
        condition.with_cause(&Unknown::new(reason).with_place(token.span))
    }

    pub(crate) fn cases(&mut self, view: View<'t>) -> Result<Cases, Reason> {
        self.nested(view.whole(), |evaluator| evaluator.cases_of(view)).unwrap_or(Err(Reason::Limit))
    }

    fn cases_of(&mut self, view: View<'t>) -> Result<Cases, Reason> {
        if let Some((list, value)) = contains(view).filter(|_| self.in_rules) {
            return self.among(view, list, value);
        }
        let Some(call) = Call::of_condition(view) else {
            return match self.value(view).as_bool() {
                Some(known) => Ok(known_cases(known)),
                None => {
                    self.invalid(view.whole(), "a condition is a function of other conditions or values");
                    Err(Reason::Invalid)
                }
            };
        };
        match (call.function, call.argument.elements()) {
            (Function::Condition, _) => match call.argument.as_str() {
                Some(name) => self.named(name, Token::written(call.argument.span)),
                None => self.wrong(&call, "takes the name of a condition"),
            },
            (Function::Equals, Some([one, other])) => self.equals(&call, one, other),
            (Function::Equals, _) => self.wrong(&call, "takes two values"),
            (Function::Not, Some([operand])) => {
                let cases = self.cases(View::from(operand))?;
                Ok(cases.into_iter().map(|(guard, holds)| (guard, !holds)).collect())
            }
            (Function::Not, _) => self.wrong(&call, "takes a list with one condition"),
            // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>
            (Function::And, Some(operands)) if (2..=10).contains(&operands.len()) => {
                self.fold(&call, operands, false)
            }
            (Function::Or, Some(operands)) if (2..=10).contains(&operands.len()) => {
                self.fold(&call, operands, true)
            }
            (Function::And | Function::Or, _) => self.wrong(&call, "takes a list of two to ten conditions"),
            _ => self.atom_of(view, &call),
        }
    }

    /// A condition that is some other function: known when its value is a boolean.
    fn atom_of(&mut self, view: View<'t>, call: &Call<'t>) -> Result<Cases, Reason> {
        let value = self.value(view);
        Ok(match value.as_bool() {
            Some(known) => known_cases(known),
            None => self.atom(&canonical(&value), call, &[&value]),
        })
    }

    fn wrong(&mut self, call: &Call<'t>, expected: &str) -> Result<Cases, Reason> {
        self.malformed(call, expected);
        Err(Reason::Invalid)
    }

    fn named(&mut self, name: &str, token: Token) -> Result<Cases, Reason> {
        match self.truth(name, Some(token)) {
            Truth::Known(known) => Ok(known_cases(known)),
            Truth::Open(condition) => Ok(cases_of_condition(&condition)),
            Truth::Unknown(reason) => Err(reason),
        }
    }

    /// `Fn::Or` (`absorbing` is true) and `Fn::And` (false): cases that already have the
    /// absorbing truth are not looked into any further.
    fn fold(&mut self, call: &Call<'t>, operands: &'t [Node], absorbing: bool) -> Result<Cases, Reason> {
        let mut cases = known_cases(!absorbing);
        for operand in operands {
            let more = self.cases(View::from(operand))?;
            cases = self.joined(cases, &more, absorbing, call.span)?;
        }
        Ok(cases)
    }

    /// The cases with those of one more operand.
    fn joined(&mut self, cases: Cases, more: &Cases, absorbing: bool, span: Span) -> Result<Cases, Reason> {
        let mut next = Vec::new();
        for (guard, holds) in cases {
            if holds == absorbing {
                next.push((guard, holds));
                continue;
            }
            for (other, other_holds) in more {
                self.step(span)?;
                next.extend(guard.and(other).map(|guard| (guard, *other_holds)));
            }
        }
        self.check_cases(next.len(), span)?;
        Ok(next)
    }

    /// Whether a value is one of some others.
    fn among(&mut self, view: View<'t>, list: &'t [Node], value: &'t Node) -> Result<Cases, Reason> {
        let span = view.whole();
        let call = Call { function: Function::Equals, argument: view, token: span, span };
        let mut cases = known_cases(false);
        for one in list {
            let more = self.equals(&call, one, value)?;
            cases = self.joined(cases, &more, true, span)?;
        }
        Ok(cases)
    }

    fn equals(&mut self, call: &Call<'t>, one: &'t Node, other: &'t Node) -> Result<Cases, Reason> {
        let operands = [self.value(one), self.value(other)];
        let mut pairs = Vec::new();
        let combined = combine(&operands, |leaves| {
            pairs.push(leaves.iter().map(|leaf| (*leaf).clone()).collect::<Vec<_>>());
            Value::synthetic(Data::Null)
        });
        let mut cases = Vec::new();
        for ((guard, _), pair) in combined.ok_or(Reason::Limit)?.into_iter().zip(&pairs) {
            let [one, other] = pair.as_slice() else {
                return Err(Reason::Invalid);
            };
            let compared = self.compare(call, one, other);
            for primitive in self.primitive(&guard, call.span)? {
                for (more, holds) in &compared {
                    self.step(call.span)?;
                    cases.extend(primitive.and(more).map(|guard| (guard, *holds)));
                }
            }
            self.check_cases(cases.len(), call.span)?;
        }
        Ok(cases)
    }

    /// Whether two values without alternatives are equal, as strings.
    fn compare(&mut self, call: &Call<'t>, one: &Value, other: &Value) -> Cases {
        let (left, right) = (scalar(one), scalar(other));
        match (left, right, one.as_unknown(), other.as_unknown()) {
            (Some(one), Some(other), ..) => return known_cases(one == other),
            (Some(literal), None, _, Some(unknown)) | (None, Some(literal), Some(unknown), _) => {
                if literal.is_empty() && is_never_empty(unknown) {
                    return known_cases(false);
                }
                if let Some(cases) = self.subjects.compare(unknown, &literal) {
                    return cases;
                }
            }
            _ => {}
        }
        if certainly_differ(one, other) || certainly_differ(other, one) {
            return known_cases(false);
        }
        let (left, right) = (canonical(one), canonical(other));
        if left.is_some() && left == right {
            return known_cases(true);
        }
        let identity = left.zip(right).map(|(left, right)| {
            let (first, second) = if left <= right { (left, right) } else { (right, left) };
            format!("{first} == {second}")
        });
        self.atom(&identity, call, &[one, other])
    }

    /// A plain condition for what cannot be taken apart. Without an identity it is like nothing
    /// else in the template.
    fn atom(&self, identity: &Option<String>, call: &Call<'t>, operands: &[&Value]) -> Cases {
        let (function, span) = (call.name(), call.span);
        let subject = match identity {
            Some(identity) => format!("{function}({identity})"),
            None => format!("{}{function} at {:?} {}", self.template.scope(), span.file, span.start),
        };
        let condition = Condition::plain(subject, format!("this `{function}`"), Some(span));
        let condition = match operands.iter().find_map(|operand| unknown_part(operand)) {
            Some(unknown) => condition.with_cause(unknown),
            None => condition.with_cause(&Unknown::new(Reason::Operand(function.into())).with_place(span)),
        };
        vec![
            (Guard::when(condition.clone(), Condition::TRUE), true),
            (Guard::when(condition, Condition::FALSE), false),
        ]
    }

    /// A guard over named conditions as guards over what they follow from.
    fn primitive(&mut self, guard: &Guard, span: Span) -> Result<Vec<Guard>, Reason> {
        let mut guards = vec![Guard::always()];
        for (condition, outcome) in guard.literals() {
            let wanted: Vec<Guard> = if condition.cases.is_empty() {
                vec![Guard::when(condition.clone(), Arc::clone(outcome))]
            } else {
                let cases = condition.cases.iter().filter(|(_, brings)| brings == outcome);
                cases.map(|(guard, _)| guard.clone()).collect()
            };
            let mut next = Vec::new();
            for guard in &guards {
                for more in &wanted {
                    self.step(span)?;
                    next.extend(guard.and(more));
                }
            }
            self.check_cases(next.len(), span)?;
            guards = next;
        }
        Ok(guards)
    }

    fn step(&mut self, span: Span) -> Result<(), Reason> {
        match self.work.steps.checked_sub(1) {
            Some(left) => {
                self.work.steps = left;
                Ok(())
            }
            None => {
                self.overworked(span);
                Err(Reason::Limit)
            }
        }
    }

    /// Reports that the work for the conditions of all templates is done before they are, once.
    pub(crate) fn overworked(&mut self, span: Span) {
        if self.work.is_reported {
            // Said already, maybe of a template around this one; the parts of this one depend on each
            // other all the same.
            self.limit_reported = true;
        } else {
            self.work.is_reported = true;
            self.limit(span, "the conditions of the template have too many combinations");
        }
    }

    /// Counts values that a function made of alternatives.
    pub(crate) fn combined(&mut self, count: usize, span: Span) {
        if count > 1 {
            self.work.combinations = self.work.combinations.saturating_sub(count);
            if self.work.combinations == 0 {
                self.overworked(span);
            }
        }
    }

    fn check_cases(&mut self, count: usize, span: Span) -> Result<(), Reason> {
        if count <= MAX_CASES {
            return Ok(());
        }
        self.limit(span, format!("the condition has more than {MAX_CASES} combinations"));
        Err(Reason::Limit)
    }
}

/// How a condition that no template declares is called in messages.
fn label(name: &str, token: Option<Token>) -> &str {
    if token.is_none_or(Token::is_written) { name } else { "its `Condition`" }
}

/// Conditions share a name space with parameters in their subjects; the service lets a
/// condition and a parameter have the same name.
/// How a named condition is told from others: those of a nested stack are its own.
fn subject(template: &Template<'_>, name: &str) -> String {
    format!("{}Conditions.{name}", template.scope())
}

/// Whether an unknown value is the name or ARN of a resource, which every resource has.
fn is_never_empty(unknown: &Unknown) -> bool {
    unknown.reference.as_ref().is_some_and(|reference| matches!(&*reference.attribute, "Ref" | "Arn"))
}

fn known_cases(known: bool) -> Cases {
    vec![(Guard::always(), known)]
}

fn cases_of_condition(condition: &Condition) -> Cases {
    if condition.cases.is_empty() {
        let outcomes = [(Condition::TRUE, true), (Condition::FALSE, false)];
        return outcomes.map(|(outcome, holds)| (Guard::when(condition.clone(), outcome), holds)).into();
    }
    condition.cases.iter().map(|(guard, outcome)| (guard.clone(), &**outcome == Condition::TRUE)).collect()
}

/// What is not known of a string.
fn unknown_part(value: &Value) -> Option<&Unknown> {
    match &value.data {
        Data::Unknown(unknown) => Some(unknown),
        Data::Partial(parts) => parts.iter().find_map(|part| match part {
            Part::Hole(unknown, _) => Some(&**unknown),
            Part::Known(_) => None,
        }),
        _ => None,
    }
}

/// Whether the known start or end of a string with holes rules a known string out.
fn certainly_differ(known: &Value, holed: &Value) -> bool {
    let (Some(text), Some(parts)) = (scalar(known), holed.parts()) else {
        return false;
    };
    let start = matches!(parts.first(), Some(Part::Known(start)) if !text.starts_with(start.as_str()));
    let end = matches!(parts.last(), Some(Part::Known(end)) if !text.ends_with(end.as_str()));
    parts.len() > 1 && (start || end)
}
