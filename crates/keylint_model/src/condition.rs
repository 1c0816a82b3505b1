//! Conditions that only deployment decides, and worlds in which they are decided.
//!
//! `Fn::If` and conditionals on unknown values leave [`crate::Data::Choice`] values. A reader never
//! weighs alternatives itself: it reads in a [`World`] that assigns an outcome to each condition.
//! When it meets a condition that the world leaves open it stops with [`NeedsSplit`], and whoever
//! drives it tries each outcome in turn. Two values under one condition are thus always read
//! consistently, and a contradiction never shows.
//!
//! A condition may be an expression over others (`Fn::Or` of two named conditions). It then
//! carries its cases, and a world knows from them which outcomes are still possible.

pub mod comparison;
mod guard;
mod parts;
mod world;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keylint_source::Span;

pub use comparison::Comparison;
pub use guard::Guard;
pub use parts::Seen;
pub use world::{NeedsSplit, World};

use crate::{Origin, Unknown, Value, consistency};

/// Something that deployment decides, with the outcomes it can have. Conditions are equal when
/// their subject is. Cheap to clone, as every guard and world holds some: changing one that is shared
/// copies it.
#[derive(Clone, Debug)]
pub struct Condition(Arc<Described>);

/// What there is to say of a [`Condition`].
#[derive(Clone, Debug)]
pub struct Described {
    /// What identifies it, scope included: a CloudFormation condition name, the text of a
    /// Terraform condition with the address of its module, a parameter name. Changed by
    /// [`Condition::with_subject`] alone.
    pub subject: Arc<str>,
    /// How a person would say it: `IsProd`, `var.create_key`, `Environment`.
    pub label: Arc<str>,
    /// The outcomes; for a plain condition [`Condition::TRUE`] and [`Condition::FALSE`].
    pub outcomes: Arc<[Arc<str>]>,
    /// Where the condition is written.
    pub span: Option<Span>,
    /// What it follows from, where it is an expression over other conditions: guards that exclude
    /// each other and cover everything, each with the outcome that it brings. The conditions in
    /// these guards may have cases themselves. Empty for what deployment decides directly.
    pub cases: Arc<[(Guard, Arc<str>)]>,
    /// What deployment decides in it, as the unknown value that is read where a closed world
    /// leaves it open: see [`Condition::with_cause`].
    pub cause: Option<Arc<Value>>,
    /// What it says of one value, where it does: conditions that compare one value may exclude each other.
    pub compares: Option<Arc<Comparison>>,
    /// Whether nobody has named it: a reader is told what it follows from instead.
    pub is_nameless: bool,
    /// Whether a secret decides it, so that nothing of what is written there is shown.
    pub is_secret: bool,
    /// The outcome that it has unless deployment says otherwise: that of a parameter's default.
    pub default: Option<Arc<str>>,
    /// Whether a reader takes the default outcome where nothing else decides the condition, instead of
    /// looking at each outcome: that a flag could be set otherwise is no fault of what is written.
    pub stands: bool,
    /// What holds for all conditions of its template, or for those that compare the same value.
    pub limits: Option<Arc<Limits>>,
    /// The conditions that its cases ask for, each once; empty for what deployment decides directly.
    roots: Arc<[Condition]>,
    /// The guards of its cases by the outcome that they bring.
    brought: Arc<[(Arc<str>, Vec<Guard>)]>,
    /// Whether its cases bring several outcomes.
    is_open: bool,
    /// Tells most subjects apart: they are long and start alike.
    digest: u64,
}

/// What holds for conditions whatever their outcomes are.
#[derive(Debug)]
pub struct Limits {
    /// The outcomes that can go together, where not all can: one of these guards holds. The conditions
    /// in them have no limits themselves.
    pub permitted: Vec<Guard>,
    /// How many guards are tried to tell whether outcomes can go together; past it they may.
    pub steps: usize,
    is_exceeded: AtomicBool,
}

impl Limits {
    /// Limits that nothing has exceeded so far.
    pub fn new(permitted: Vec<Guard>, steps: usize) -> Self {
        Limits { permitted, steps, is_exceeded: AtomicBool::new(false) }
    }

    /// Whether there were outcomes of which it could not be told in time whether they can go together.
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }

    pub(crate) fn exceed(&self) {
        self.is_exceeded.store(true, Ordering::Relaxed);
    }
}

impl Condition {
    /// The outcome of a plain condition that holds.
    pub const TRUE: &'static str = "true";
    /// The outcome of a plain condition that does not hold.
    pub const FALSE: &'static str = "false";

    /// A plain condition: true or false.
    pub fn plain(subject: impl Into<Arc<str>>, label: impl Into<Arc<str>>, span: Option<Span>) -> Self {
        let outcomes = [Arc::from(Self::TRUE), Arc::from(Self::FALSE)];
        let subject = subject.into();
        Condition(Arc::new(Described {
            digest: digest(&subject),
            subject,
            label: label.into(),
            outcomes: Arc::new(outcomes),
            span,
            cases: Arc::new([]),
            cause: None,
            compares: None,
            is_nameless: false,
            is_secret: false,
            default: None,
            stands: false,
            limits: None,
            roots: Arc::new([]),
            brought: Arc::new([]),
            is_open: false,
        }))
    }

    /// What deployment decides directly in it, each thing once.
    pub(crate) fn roots(&self) -> &[Condition] {
        if self.cases.is_empty() { std::slice::from_ref(self) } else { &self.roots }
    }

    /// What holds for it and for what it follows from.
    pub(crate) fn all_limits(&self) -> impl Iterator<Item = &Arc<Limits>> {
        self.with_roots().filter_map(|condition| condition.limits.as_ref())
    }

    /// Whether not all of its outcomes go together with those of others.
    pub(crate) fn is_bound(&self) -> bool {
        self.all_limits().any(|limits| !limits.permitted.is_empty())
    }

    /// Itself, and what it follows from.
    fn with_roots(&self) -> impl Iterator<Item = &Condition> {
        std::iter::once(self).chain(self.roots.iter())
    }

    /// The guards of its cases that bring an outcome about.
    pub fn bringing(&self, outcome: &str) -> &[Guard] {
        let found = self.brought.iter().find(|(known, _)| **known == *outcome);
        found.map(|(_, guards)| guards.as_slice()).unwrap_or_default()
    }

    /// Whether by itself it can have several outcomes.
    pub(crate) fn is_open(&self) -> bool {
        if self.cases.is_empty() { self.outcomes.len() > 1 } else { self.is_open }
    }

    /// The same, decided by a secret: it is called so, and what it compares is not shown.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.label = "a sensitive condition".into();
        self.is_secret = true;
        self
    }

    /// The same with another subject.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<Arc<str>>) -> Self {
        self.subject = subject.into();
        self.digest = digest(&self.subject);
        self
    }

    /// The same with other outcomes.
    #[must_use]
    pub fn with_outcomes(mut self, outcomes: impl Into<Arc<[Arc<str>]>>) -> Self {
        self.outcomes = outcomes.into();
        self
    }

    /// The same as an expression over other conditions that brings its outcomes: see [`Described::cases`].
    #[must_use]
    pub fn with_cases(mut self, cases: impl Into<Arc<[(Guard, Arc<str>)]>>) -> Self {
        self.cases = cases.into();
        let asked = self.cases.iter().flat_map(|(guard, _)| guard.literals());
        // An expression has those of its own at hand, and its name is one that others may ask for.
        let mut roots: Vec<&Condition> = asked.flat_map(|(asked, _)| asked.with_roots()).collect();
        roots.sort();
        roots.dedup();
        self.roots = roots.into_iter().cloned().collect();
        let mut brought: Vec<(Arc<str>, Vec<Guard>)> = Vec::with_capacity(self.outcomes.len());
        for (guard, outcome) in self.cases.iter() {
            match brought.iter_mut().find(|(known, _)| known == outcome) {
                Some((_, guards)) => guards.push(guard.clone()),
                None => brought.push((Arc::clone(outcome), vec![guard.clone()])),
            }
        }
        self.brought = brought.into();
        self.is_open = consistency::has_outcomes(&self);
        self
    }

    /// The same with what holds for all conditions of its template.
    #[must_use]
    pub fn with_limits(mut self, limits: Option<Arc<Limits>>) -> Self {
        self.limits = limits;
        self
    }

    /// The same with the unknown that it asks about: whoever finds out what that is has decided the
    /// condition. Without one it is undecided for a limit, that of the combinations looked at.
    #[must_use]
    pub fn with_cause(mut self, unknown: &Unknown) -> Self {
        // What is read under the condition is not the unknown itself: no identity, no reference.
        let cause = Unknown { at: unknown.at, ..Unknown::new(unknown.root().reason.clone()) };
        self.cause = Some(Arc::new(Value::unknown(cause, Origin::default())));
        self
    }

    /// Whether both are one, as most are: subjects are long and start alike.
    fn is_same(&self, other: &Condition) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || Arc::ptr_eq(&self.subject, &other.subject)
    }

    /// Whether both compare the same value.
    pub(crate) fn compares_with(&self, other: &Condition) -> bool {
        // Most conditions compare nothing: the other one is not looked at.
        let Some(own) = &self.compares else { return false };
        other.compares.as_ref().is_some_and(|other| own.of == other.of)
    }

    /// The cause of the condition, or of the first that it follows from.
    fn first_cause(&self) -> Option<&Value> {
        let followed = || self.cases.iter().flat_map(|(guard, _)| guard.literals());
        self.cause.as_deref().or_else(|| followed().find_map(|(condition, _)| condition.cause.as_deref()))
    }

    /// How a person would say that the condition has this outcome.
    pub fn describe(&self, outcome: &str) -> String {
        match outcome {
            Self::TRUE => format!("{} is true", self.label),
            Self::FALSE => format!("{} is false", self.label),
            other => format!("{} is {other}", self.label),
        }
    }
}

impl Deref for Condition {
    type Target = Described;

    fn deref(&self) -> &Described {
        &self.0
    }
}

impl DerefMut for Condition {
    fn deref_mut(&mut self) -> &mut Described {
        Arc::make_mut(&mut self.0)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.digest == other.digest && self.subject == other.subject
    }
}

impl Eq for Condition {}

impl PartialOrd for Condition {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Condition {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match self.is_same(other) {
            true => std::cmp::Ordering::Equal,
            false => self.subject.cmp(&other.subject),
        }
    }
}

fn digest(subject: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str) -> Guard {
        Guard::when(Condition::plain(name, name, None), Condition::TRUE)
    }

    #[test]
    fn contradicting_guards_have_no_conjunction() {
        let a = holds("a");
        let not_a = Guard::when(Condition::plain("a", "a", None), Condition::FALSE);
        assert!(a.and(&not_a).is_none());
        assert_eq!(a.and(&holds("b")).unwrap().describe(), "a is true and b is true");
        let inner = Guard::when(Condition::plain("Child/a", "a", None), Condition::TRUE);
        assert_eq!(a.and(&inner).unwrap().describe(), "a is true");
    }

    #[test]
    fn worlds_are_split_only_where_the_reader_looks() {
        let (a, b) = (holds("a"), holds("b"));
        let read = |world: &World| Ok(if world.satisfies(&a)? { world.satisfies(&b)? } else { false });
        let answers = World::explore(&World::open(), 8, read).unwrap();
        let shown: Vec<_> =
            answers.iter().map(|(world, answer)| (world.guard().describe(), *answer)).collect();
        assert_eq!(
            shown,
            [
                ("a is true and b is true".to_owned(), true),
                ("a is true and b is false".to_owned(), false),
                ("a is false".to_owned(), false)
            ]
        );
        assert!(World::explore(&World::open(), 2, read).is_none());
    }

    #[test]
    fn past_the_limit_conditions_with_many_outcomes_are_left_open_first() {
        let condition = |name: &str, outcomes: usize| {
            let outcomes: Vec<_> = (0..outcomes).map(|outcome| Arc::from(outcome.to_string())).collect();
            Condition::plain(name, name, None).with_outcomes(outcomes)
        };
        let value = |condition: &Condition| {
            let alternatives = condition.outcomes.iter().map(|outcome| crate::Alternative {
                guard: Guard::when(condition.clone(), Arc::clone(outcome)),
                value: Value::synthetic(crate::Data::Null),
            });
            Value::synthetic(crate::Data::Choice(alternatives.collect()))
        };
        let (many, few) = (value(&condition("many", 9)), value(&condition("few", 2)));
        let survey = |limit| {
            let read = |world: &World| {
                let known = [&many, &few].map(|value| value.resolve(world).map(|seen| seen.is_null()));
                let [many, few] = known;
                Ok((many?, few?))
            };
            let answers = World::survey(&World::open(), limit, read).unwrap();
            let shown = |(world, answer): &(World, (bool, bool))| (world.guard().describe(), *answer);
            answers.iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(survey(18).len(), 18);
        let open_few = [("few is 0".to_owned(), (false, true)), ("few is 1".to_owned(), (false, true))];
        assert_eq!(survey(17), open_few);
        assert_eq!(survey(1), [(String::new(), (false, false))]);
    }

    /// `Production` and `Staging` ask the same parameter; `Either` is their disjunction.
    fn expressions() -> [Condition; 3] {
        let environment = Condition::plain("Environment", "Environment", None)
            .with_outcomes(["prod", "stage", "another value"].map(Arc::from));
        let cases = |holds: [bool; 3]| -> Vec<(Guard, Arc<str>)> {
            let outcomes = environment.outcomes.iter().zip(holds);
            let case = |(outcome, holds): (&Arc<str>, bool)| {
                let brings = if holds { Condition::TRUE } else { Condition::FALSE };
                (Guard::when(environment.clone(), Arc::clone(outcome)), Arc::from(brings))
            };
            outcomes.map(case).collect()
        };
        let named = |name: &str, holds| Condition::plain(name, name, None).with_cases(cases(holds));
        [
            named("Production", [true, false, false]),
            named("Staging", [false, true, false]),
            named("Either", [true, true, false]),
        ]
    }

    #[test]
    fn combinations_that_the_cases_rule_out_are_not_read() {
        let guards = expressions().map(|condition| Guard::when(condition, Condition::TRUE));
        let read = |world: &World| {
            let [production, staging, either] = &guards;
            Ok([world.satisfies(production)?, world.satisfies(staging)?, world.satisfies(either)?])
        };
        let answers = World::explore(&World::open(), 8, read).unwrap();
        let shown: Vec<_> = answers.iter().map(|(_, answer)| *answer).collect();
        assert_eq!(shown, [[true, false, true], [false, true, true], [false, false, false]]);
    }

    #[test]
    fn a_decided_condition_decides_what_follows_from_it() {
        let [production, staging, either] = expressions();
        let world = World::of(&Guard::when(staging, Condition::TRUE));
        let holds = |condition: &Condition| world.satisfies(&Guard::when(condition.clone(), Condition::TRUE));
        assert!(!holds(&production).unwrap());
        assert!(holds(&either).unwrap());
    }
}
