//! What conditions can be about: parameters that deployment gives, and pseudo parameters.
//!
//! A parameter with a default is one of them where a condition asks for it: what exists in production
//! alone is a part of the template, and `Default: dev` does not take it away. It is then any of its
//! allowed values. One that lists none is its default or what conditions compare it with; where they
//! compare it with the default alone, as in "is a key given?", it is the default or another value,
//! and that other value shows only where a condition demands it. Everywhere else the default is the
//! value: that a flag could be set otherwise is no fault of the template. So what refers to such a
//! parameter is a choice whose default outcome stands (`stands` of the condition): a reader sees the
//! default unless the world that it reads in demands another value. Keys of mappings are looked up for
//! each value: what is mapped is written in the template.
//!
//! A parameter without a default is one of its allowed values, and where its type is a list, a list of one
//! of them or one that nobody knows.
//!
//! `Equals(Env, "prod")` and `Equals(Env, "test")` cannot hold together. So everything that is
//! compared with literals becomes one [`Condition`] whose outcomes are these literals and "another
//! value", and every comparison is read off its outcome. The outcomes must be the same wherever the
//! condition appears, hence the two passes: a survey that collects the literals of all comparisons,
//! then the evaluation with the settled outcomes.

mod survey;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use keylint_model::condition::comparison::{Constant, Range, Scalar};
use keylint_model::condition::{Comparison, Limits};
use keylint_model::{Alternative, Condition, Data, Guard, Origin, Reason, Unknown, Value, ValueType};
use keylint_source::Span;

use crate::environment;
use crate::evaluate::choice;
use crate::evaluate::scalar;
use crate::parameter::Parameter;
use crate::template::Template;

/// The outcome for a value that no comparison names.
const ANOTHER: &str = "another value";

/// How many allowed values, or keys of a mapping, a parameter is split into. Past it nobody looks at
/// all of them, and the value is unknown.
const MAX_SPLIT: usize = 16;

/// How many literals something may be compared with; past it comparisons are independent.
const MAX_OUTCOMES: usize = 32;

/// Something that deployment decides, with the literals that it is compared with.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) condition: Condition,
    /// The literal of each outcome, in the order of the condition's outcomes.
    literals: Vec<Arc<str>>,
    /// Whether it can have no other value than the literals.
    closed: bool,
    /// Whether it is a parameter whose default is the first of the literals, which no list of allowed
    /// values has.
    is_defaulted: bool,
    /// Whether it is a parameter whose value is a list, and the literals are what its elements can be.
    is_list: bool,
}

/// The subjects of a template by identity.
#[derive(Clone)]
pub(crate) struct Subjects {
    settled: HashMap<Arc<str>, Subject>,
    /// Set during the survey: what was compared with what so far.
    found: Option<BTreeMap<Arc<str>, Found>>,
    /// The parameters whose values are masked, and the allowed values of the others.
    masked: IndexSet<Arc<str>>,
    allowed: HashMap<Arc<str>, IndexSet<Arc<str>>>,
    /// What things are compared with that they can never be.
    refused: HashMap<Arc<str>, HashSet<Arc<str>>>,
    /// The defaults that conditions ask for of parameters that may be given anything.
    defaults: IndexMap<Arc<str>, Arc<str>>,
    /// The parameters that conditions of nested stacks ask for, which may compare them with anything.
    passed_on: HashMap<Arc<str>, Unknown>,
    scope: Box<str>,
    /// How often the template asks for a condition.
    asks: usize,
}

#[derive(Clone)]
struct Found {
    /// What deployment decides, with the first place known of it.
    unknown: Unknown,
    literals: IndexSet<Arc<str>>,
    /// What it must be one of: the keys of a mapping in which it is looked up whatever happens. The
    /// service refuses a template that looks up what is not there.
    required: Option<IndexSet<Arc<str>>>,
}

impl Subject {
    /// The outcomes with their literal; `None` for the last, open one.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (Option<&Arc<str>>, Arc<str>)> {
        let outcomes = self.condition.outcomes.iter().enumerate();
        outcomes.map(|(index, outcome)| (self.literals.get(index), Arc::clone(outcome)))
    }

    /// Whether it can have no other value than the literals.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// When the subject has an outcome: always, where it can have no other.
    pub(crate) fn when(&self, outcome: Arc<str>) -> Guard {
        match self.condition.outcomes.len() {
            1 => Guard::always(),
            _ => Guard::when(self.condition.clone(), outcome),
        }
    }

    /// The outcome in which the subject is this literal.
    pub(crate) fn outcome_of(&self, literal: &str) -> Option<&Arc<str>> {
        let index = self.literals.iter().position(|known| &**known == literal)?;
        self.condition.outcomes.get(index)
    }

    /// `scope` tells the subjects of a nested stack from those around it, which may be compared with
    /// other literals; `unknown` is what deployment decides.
    fn new(
        scope: &str,
        name: &Arc<str>,
        unknown: &Unknown,
        literals: IndexSet<Arc<str>>,
        closed: bool,
        masked: bool,
    ) -> Self {
        let mut outcomes: Vec<Arc<str>> = literals.iter().map(|literal| shown(literal, masked)).collect();
        if masked {
            for (index, outcome) in outcomes.iter_mut().enumerate() {
                *outcome = format!("{outcome} ({})", index + 1).into();
            }
        }
        if !closed {
            outcomes.push(ANOTHER.into());
        }
        let subject: Arc<str> =
            if name.starts_with(scope) { Arc::clone(name) } else { format!("{scope}{name}").into() };
        let plain = Condition::plain(subject, Arc::clone(name), unknown.at);
        let condition = plain.with_outcomes(outcomes);
        let condition = if closed { past_limit(condition) } else { condition.with_cause(unknown) };
        let literals = literals.into_iter().collect();
        Subject { condition, literals, closed, is_defaulted: false, is_list: false }
    }

    /// The same with the first of the literals as the default.
    fn defaulting(mut self) -> Self {
        self.condition.default = self.condition.outcomes.first().cloned();
        Subject { condition: past_limit(self.condition), ..self }
    }
}

/// The same with the limit as the cause: all that it can be is known, so that it is undecided only where
/// not all of that is looked at.
fn past_limit(condition: Condition) -> Condition {
    let limit = Unknown::new(Reason::Combinations(Arc::clone(&condition.label)));
    let place = condition.span;
    condition.with_cause(&Unknown { at: place, ..limit })
}

/// How an outcome is called in messages. What a masked parameter is compared with stays hidden.
fn shown(literal: &Arc<str>, masked: bool) -> Arc<str> {
    match (&**literal, masked) {
        ("", _) => "empty".into(),
        (_, true) => "a certain value".into(),
        (_, false) => Arc::clone(literal),
    }
}

impl Subjects {
    /// Lets a parameter be its default or another value.
    pub(super) fn open_default(&mut self, identity: &Arc<str>, unknown: &Unknown) {
        let default = self.defaults.get(identity).cloned();
        let is_masked = self.masked.contains(identity);
        let literals = default.into_iter().collect();
        let subject = Subject::new(&self.scope, identity, unknown, literals, false, is_masked).defaulting();
        self.settled.insert(Arc::clone(identity), Subject { is_defaulted: true, ..subject });
    }

    pub(super) fn record(&mut self, name: &Arc<str>, unknown: &Unknown, literal: &str) {
        if let Some(found) = &mut self.found {
            let fresh = || Found { unknown: unknown.clone(), literals: IndexSet::new(), required: None };
            let found = found.entry(Arc::clone(name)).or_insert_with(fresh);
            found.unknown.at = found.unknown.at.or(unknown.at);
            // One more than is used, so that too many can be told from enough.
            if found.literals.len() <= MAX_OUTCOMES {
                found.literals.insert(literal.into());
            }
        }
    }

    /// Ends the survey: from here on the outcomes of every subject are fixed.
    pub(crate) fn settle(mut self, template: &Template<'_>) -> Self {
        let mut all = self.found.take().unwrap_or_default();
        // Too many are not all of them.
        all.retain(|_, found| found.literals.len() <= MAX_OUTCOMES);
        for (identity, found) in &mut all {
            self.refuse(template, identity, &mut found.literals);
        }
        for identity in self.defaults.keys().cloned().collect::<Vec<_>>() {
            // What nothing is compared with is the default.
            self.settled.remove(&identity);
            match (all.remove(&identity), self.passed_on.get(&identity).cloned()) {
                (Some(found), _) => self.settle_default(&identity, &found),
                (None, Some(unknown)) => self.open_default(&identity, &unknown),
                (None, None) => {}
            }
        }
        for (name, found) in all {
            let mut literals = found.literals;
            if self.settled.contains_key(&name) {
                continue;
            }
            if let Some(allowed) = self.allowed.get(&name) {
                literals.retain(|literal| allowed.contains(literal));
            }
            let is_masked = self.masked.contains(&name);
            let required = found.required.filter(|required| !is_masked && !required.is_empty());
            if let Some(required) = &required {
                literals.retain(|literal| required.contains(literal));
            }
            // Where nothing that is allowed is among the keys, each value is as good as another.
            let is_closed = required.is_some() && !literals.is_empty();
            let subject = Subject::new(&self.scope, &name, &found.unknown, literals, is_closed, is_masked);
            self.settled.insert(name, subject);
        }
        self
    }

    /// Takes away what something is compared with and can never be.
    fn refuse(&mut self, template: &Template<'_>, identity: &Arc<str>, literals: &mut IndexSet<Arc<str>>) {
        let name = identity.strip_prefix(&*self.scope);
        let mut refused = HashSet::new();
        let mut retain = |admits: &dyn Fn(&str) -> bool| {
            literals.retain(|literal| {
                let is_admitted = admits(literal);
                if !is_admitted {
                    refused.insert(Arc::clone(literal));
                }
                is_admitted
            });
        };
        match name.and_then(|name| template.parameters.get(name)) {
            Some(parameter) => retain(&parameter.admitting()),
            None => retain(&|literal| environment::admits(identity, literal)),
        }
        if !refused.is_empty() {
            self.refused.insert(Arc::clone(identity), refused);
        }
    }

    /// Whether an unknown value can never be a literal that it is compared with.
    pub(crate) fn refuses(&self, unknown: &Unknown, literal: &str) -> bool {
        let refused = unknown.identity.as_ref().and_then(|identity| self.refused.get(identity));
        refused.is_some_and(|refused| refused.contains(literal))
    }

    /// The outcomes that the pseudo parameters of one place can have together; empty: all.
    pub(crate) fn together(&self) -> Vec<Guard> {
        let names = [environment::REGION, environment::PARTITION, environment::SUFFIX];
        environment::together(names.map(|name| self.settled.get(name)))
    }

    /// The outcomes of a parameter with a default: what it is compared with, else another value.
    fn settle_default(&mut self, identity: &Arc<str>, found: &Found) {
        let is_possible = |literal: &Arc<str>| {
            self.allowed.get(identity).is_none_or(|allowed| allowed.contains(literal))
                && found.required.as_ref().is_none_or(|required| required.contains(literal))
        };
        let others = found.literals.iter().filter(|literal| is_possible(literal)).cloned();
        let literals: IndexSet<_> = self.defaults.get(identity).cloned().into_iter().chain(others).collect();
        match literals.len() {
            0 | 1 if found.required.is_some() => {}
            0 | 1 => self.open_default(identity, &found.unknown),
            count if count > MAX_SPLIT => self.open_default(identity, &found.unknown),
            _ => {
                let is_masked = self.masked.contains(identity);
                let is_closed = found.required.is_some() || !self.passed_on.contains_key(identity);
                let subject =
                    Subject::new(&self.scope, identity, &found.unknown, literals, is_closed, is_masked);
                let subject = Subject { is_defaulted: true, ..subject.defaulting() };
                self.settled.insert(Arc::clone(identity), subject);
            }
        }
    }

    /// Whether there are defaults that conditions ask for and that nothing is compared with.
    pub(crate) fn has_defaults(&self) -> bool {
        self.defaults.keys().any(|identity| !self.settled.contains_key(identity))
    }

    /// Opens the defaults of parameters that decided a condition all the same, by more than a
    /// comparison with a literal: `Join('', [A, B])` may be empty or not. Whether there are any.
    pub(crate) fn open_defaults<'p>(
        &mut self,
        parameters: impl IntoIterator<Item = &'p Parameter<'p>>,
    ) -> bool {
        let mut are_any = false;
        for parameter in parameters {
            let identity = &parameter.identity;
            if self.defaults.contains_key(identity) && !self.settled.contains_key(identity) {
                self.open_default(identity, &parameter.unknown());
                are_any = true;
            }
        }
        are_any
    }

    /// The subject that an unknown value is.
    pub(crate) fn of(&self, unknown: &Unknown) -> Option<&Subject> {
        self.settled.get(unknown.identity.as_ref()?)
    }

    /// When an unknown value is a literal: exclusive guards with the answer. `None` when no
    /// condition stands for it, or not yet.
    pub(crate) fn compare(&mut self, unknown: &Unknown, literal: &str) -> Option<Vec<(Guard, bool)>> {
        let identity = unknown.identity.as_ref()?;
        let is_known = self.settled.get(identity).is_some_and(|subject| !subject.is_defaulted);
        if !is_known {
            self.record(identity, unknown, literal);
        }
        let never = || Some(vec![(Guard::always(), false)]);
        if self.refuses(unknown, literal) {
            return never();
        }
        let subject = self.settled.get(identity)?;
        if subject.outcome_of(literal).is_none() {
            // Every comparison was surveyed, so a literal without outcome is not allowed; another
            // value than a default may be any of them.
            return never().filter(|_| !subject.is_defaulted);
        }
        let outcomes = subject.outcomes().map(|(known, outcome)| {
            let holds = known.is_some_and(|known| &**known == literal);
            (subject.when(outcome), holds)
        });
        Some(outcomes.collect())
    }

    /// How often the resources and outputs of the template ask for a condition.
    pub(crate) fn asks(&self) -> usize {
        self.asks
    }

    /// Lets the conditions say what they compare, so that those of stacks which compare one value agree:
    /// what a stack gives to a parameter of another one is compared in both. `number` gives each value its
    /// own.
    pub(crate) fn link(&mut self, mut number: impl FnMut(&Arc<str>) -> Option<NonZeroU32>) {
        for (identity, subject) in &mut self.settled {
            // What a list is compared with are its elements.
            let Some(of) = Some(identity).filter(|_| !subject.is_list).and_then(&mut number) else {
                continue;
            };
            let constant = |literal: &Arc<str>| Constant {
                is: Scalar::String(Arc::clone(literal)),
                of_type: ValueType::String,
            };
            let ranges = subject.outcomes().map(|(literal, outcome)| {
                let range = match literal {
                    Some(literal) => Range::OneOf([constant(literal)].into()),
                    None => Range::NoneOf(subject.literals.iter().map(constant).collect()),
                };
                (outcome, range)
            });
            let comparison = Comparison::new(of, ranges.collect::<Vec<_>>());
            subject.condition.compares = Some(Arc::new(comparison));
        }
    }

    /// Sets what holds for all conditions of the template.
    pub(crate) fn limit(&mut self, limits: &Arc<Limits>) {
        for subject in self.settled.values_mut() {
            subject.condition.limits = Some(Arc::clone(limits));
        }
    }

    /// A parameter as a choice among the values that it can have, where deployment chooses and they
    /// are few. `stands` says whether its default stands for it where nothing demands another value.
    pub(crate) fn choice(&self, parameter: &Parameter<'_>, reference: Span, stands: bool) -> Option<Value> {
        let subject = self.settled.get(&parameter.identity)?;
        if !subject.closed && !subject.is_defaulted && !subject.is_list {
            return None;
        }
        let mut subject = subject.clone();
        subject.condition.stands = stands && subject.condition.default.is_some();
        let default = parameter.default_text();
        let alternatives = subject.outcomes().map(|(literal, outcome)| {
            let value = match literal {
                Some(literal) if default.as_deref() == Some(literal) => parameter.value(reference),
                Some(literal) => parameter.other_value(literal, reference),
                None => parameter.unknown_value(reference),
            };
            (subject.when(outcome), value)
        });
        Some(choice(alternatives.collect(), Origin::at(reference)))
    }

    /// Whether alternatives are those of [`Subjects::choice`].
    pub(crate) fn is_choice_of(&self, parameter: &Parameter<'_>, alternatives: &[Alternative]) -> bool {
        self.choice(parameter, parameter.key_span, false).is_some_and(|choice| match &choice.data {
            Data::Choice(own) => {
                own.len() == alternatives.len()
                    && own.iter().zip(alternatives).all(|(own, other)| {
                        own.guard == other.guard && scalar(&own.value) == scalar(&other.value)
                    })
            }
            _ => false,
        })
    }
}
