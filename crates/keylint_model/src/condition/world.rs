//! Worlds: what deployment may decide, read one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::parts::{self, Looks, Seen};
use super::{Condition, Guard};
use crate::{Value, Verdict, consistency};

/// An assignment of outcomes to conditions, in which values are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Shared: each answer of each rule keeps the world that it was given in.
    decided: Arc<Decided>,
    /// From how many outcomes on a condition is left open, whoever asks for it: see
    /// [`World::survey`].
    closed: Option<usize>,
    /// Whether each outcome is looked at also where the default one stands for all.
    weighs: bool,
}

/// What is decided in a world.
#[derive(Debug, Default)]
struct Decided {
    outcomes: Guard,
    /// The outcome that each of the other conditions must have, where there is only one: a reader asks
    /// for it again and again, and it can take a search.
    implied: Mutex<BTreeMap<Condition, Option<Arc<str>>>>,
    /// What stands for the conditions with a default that others which are decided follow from.
    standing: OnceLock<BTreeMap<Condition, Option<Arc<str>>>>,
}

impl Decided {
    fn new(outcomes: Guard) -> Self {
        Decided { outcomes, implied: Mutex::default(), standing: OnceLock::new() }
    }
}

impl PartialEq for Decided {
    fn eq(&self, other: &Self) -> bool {
        self.outcomes == other.outcomes
    }
}

impl Eq for Decided {}

/// A reader met a condition that its world leaves open: read again in a world for each outcome.
#[derive(Clone, Debug)]
pub struct NeedsSplit(pub Condition);

impl World {
    /// The world that leaves everything open.
    pub fn open() -> Self {
        Self::default()
    }

    /// The world in which a guard holds.
    pub fn of(guard: &Guard) -> Self {
        World { decided: Arc::new(Decided::new(guard.clone())), ..World::default() }
    }

    /// This world for readers that look at each outcome, also where the default one stands for all.
    #[must_use]
    pub fn weighing(self) -> World {
        World { weighs: true, ..self }
    }

    /// This world with one more condition decided.
    #[must_use]
    pub fn with(&self, condition: Condition, outcome: Arc<str>) -> World {
        let outcomes = self.decided.outcomes.with(condition, outcome);
        World { decided: Arc::new(Decided::new(outcomes)), ..*self }
    }

    /// The outcome of a condition, where it is decided.
    pub fn outcome(&self, condition: &Condition) -> Option<&Arc<str>> {
        self.decided.outcomes.outcome(condition)
    }

    /// Whether an alternative that a condition does not decide here is unknown, instead of a reason
    /// to split.
    pub(crate) fn is_closed(&self, condition: &Condition) -> bool {
        self.closed.is_some_and(|outcomes| condition.outcomes.len() >= outcomes)
    }

    /// Whether a guard holds in this world, where the default outcome of a condition stands for it
    /// unless something that is decided demands another: see [`super::Described::stands`].
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when it depends on a condition that is open here.
    pub fn satisfies(&self, guard: &Guard) -> Result<bool, NeedsSplit> {
        self.holds(guard, !self.weighs)
    }

    /// Whether a guard holds in this world by what is decided alone.
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when it depends on a condition that is open here.
    pub fn decides(&self, guard: &Guard) -> Result<bool, NeedsSplit> {
        self.holds(guard, false)
    }

    fn holds(&self, guard: &Guard, may_stand: bool) -> Result<bool, NeedsSplit> {
        let mut open = None;
        for (condition, outcome) in guard.literals() {
            match self.outcome(condition) {
                Some(decided) if decided == outcome => {}
                Some(_) => return Ok(false),
                None => {
                    let stands = || if may_stand { self.standing(condition) } else { None };
                    match self.implied(condition).or_else(stands) {
                        Some(implied) if implied == *outcome => {}
                        Some(_) => return Ok(false),
                        None => open = open.or(Some(condition)),
                    }
                }
            }
        }
        match open {
            Some(condition) => Err(NeedsSplit(condition.clone())),
            None => Ok(true),
        }
    }

    /// Whether the condition can have the outcome in this world, going by the cases of those
    /// that are expressions over others. Where that takes too many steps the answer is yes.
    pub fn allows(&self, condition: &Condition, outcome: &Arc<str>) -> bool {
        self.with_outcome(condition, outcome) != Verdict::No
    }

    /// Whether deployment can bring about a world that decides one more condition.
    fn with_outcome(&self, condition: &Condition, outcome: &Arc<str>) -> Verdict {
        consistency::possible(self.literals().chain([(condition, outcome)]))
    }

    /// Whether deployment can bring this world about, going by the same cases. Unknown where that takes
    /// too many steps: what holds in such a world alone may never hold.
    pub fn possibility(&self) -> Verdict {
        consistency::possible(self.literals())
    }

    /// Whether deployment may bring this world about.
    pub fn is_possible(&self) -> bool {
        self.possibility() != Verdict::No
    }

    /// The outcome that a condition must have here although nobody decided it.
    fn implied(&self, condition: &Condition) -> Option<Arc<str>> {
        let known = || self.decided.implied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(implied) = known().get(condition) {
            return implied.clone();
        }
        let implied = self.only_outcome(condition);
        known().insert(condition.clone(), implied.clone());
        implied
    }

    /// The outcome of a condition where it can have no other one here.
    fn only_outcome(&self, condition: &Condition) -> Option<Arc<str>> {
        // Most conditions have nothing to do with what is decided.
        if consistency::is_free(condition, self.decided()) {
            return None;
        }
        let mut possible = condition.outcomes.iter().filter(|outcome| self.allows(condition, outcome));
        let only = possible.next()?;
        possible.next().is_none().then(|| Arc::clone(only))
    }

    /// The outcome that stands for a condition that is open here.
    fn standing(&self, condition: &Condition) -> Option<Arc<str>> {
        let default = condition.default.as_ref().filter(|_| condition.stands)?;
        if self.decided.outcomes.is_always() {
            return Some(Arc::clone(default));
        }
        match self.decided.standing.get_or_init(|| self.all_standing()).get(condition) {
            Some(known) => known.clone(),
            // Of a default that may not go together with what is decided nobody can say that it stands.
            None => (self.with_outcome(condition, default) == Verdict::Yes).then(|| Arc::clone(default)),
        }
    }

    /// What stands for the conditions that the decided ones follow from: of defaults that cannot go
    /// together here, the first ones.
    fn all_standing(&self) -> BTreeMap<Condition, Option<Arc<str>>> {
        let roots: BTreeSet<&Condition> = self
            .decided()
            .flat_map(Condition::roots)
            .filter(|root| root.default.is_some() && self.outcome(root).is_none())
            .collect();
        let mut literals: Vec<_> = self.literals().collect();
        let mut standing = BTreeMap::new();
        for root in roots {
            let can =
                |outcome: &Arc<str>| consistency::possible(literals.iter().copied().chain([(root, outcome)]));
            let default = root.default.as_ref().filter(|outcome| can(outcome) == Verdict::Yes);
            let mut others = root.outcomes.iter().filter(|outcome| can(outcome) != Verdict::No);
            let outcome = default.or_else(|| others.next().filter(|_| others.next().is_none()));
            literals.extend(outcome.map(|outcome| (root, outcome)));
            standing.insert(root.clone(), outcome.cloned());
        }
        standing
    }

    /// The decided conditions as a guard.
    pub fn guard(&self) -> Guard {
        self.decided.outcomes.clone()
    }

    /// Runs a reader in every world that it asks for, starting from `start`, and collects what it
    /// answers with the guard of the world it answered in. `None` when more than `limit` worlds
    /// would be needed: the caller must then treat the answer as unknown.
    pub fn explore<T>(
        start: &World,
        limit: usize,
        mut read: impl FnMut(&World) -> Result<T, NeedsSplit>,
    ) -> Option<Vec<(World, T)>> {
        let mut open = vec![start.clone()];
        let mut answers = Vec::new();
        while let Some(world) = open.pop() {
            match read(&world) {
                Ok(answer) => answers.push((world, answer)),
                Err(NeedsSplit(condition)) => {
                    let outcomes = condition.outcomes.iter().rev();
                    // Reversed, so that the first outcome is read first.
                    let possible: Vec<_> =
                        outcomes.filter(|outcome| world.allows(&condition, outcome)).collect();
                    if answers.len() + open.len() + possible.len() > limit
                        || world.outcome(&condition).is_some()
                    {
                        return None;
                    }
                    open.extend(
                        possible.iter().map(|outcome| world.with(condition.clone(), Arc::clone(outcome))),
                    );
                }
            }
        }
        Some(answers)
    }

    /// As [`World::explore`], but past the limit the alternatives of conditions with many outcomes
    /// are unknown, and where that is not enough those of all conditions that `start` does not
    /// decide: what the reader can still tell holds whatever deployment decides. `None` when it needs
    /// a condition even so.
    pub fn survey<T>(
        start: &World,
        limit: usize,
        mut read: impl FnMut(&World) -> Result<T, NeedsSplit>,
    ) -> Option<Vec<(World, T)>> {
        let mut has_many = false;
        let answers = World::explore(start, limit, |world| {
            read(world).inspect_err(|NeedsSplit(condition)| has_many |= condition.outcomes.len() >= MANY)
        });
        if answers.is_some() {
            return answers;
        }
        let narrow = || World::explore(&start.closed_from(MANY), limit, &mut read);
        has_many.then(narrow).flatten().or_else(|| World::glance(start, read))
    }

    /// As [`World::survey`] for a reader that reads all of some values: where their conditions alone
    /// make more worlds than the limit, none of these is tried. Past the limit each part of the values
    /// is looked at in the worlds of its own conditions, and the whole first in the world that leaves
    /// all of them open: they are closed, those of each part cover all cases, and several can hold at
    /// once. With how much of the values the reader has seen.
    pub fn survey_all<'v, T>(
        start: &World,
        limit: usize,
        values: impl IntoIterator<Item = &'v Value>,
        mut read: impl FnMut(&World) -> Result<T, NeedsSplit>,
    ) -> Option<(Vec<(World, T)>, Seen)> {
        let values: Vec<&Value> = values.into_iter().collect();
        let met = consistency::met(values.iter().copied());
        if !consistency::exceed(start, limit, &met)
            && let Some(answers) = World::explore(start, limit, &mut read)
        {
            return Some((answers, Seen::Whole));
        }
        let few: Vec<_> = met.iter().copied().filter(|condition| condition.outcomes.len() < MANY).collect();
        if few.len() < met.len()
            && !consistency::exceed(start, limit, &few)
            && let Some(answers) = World::explore(&start.closed_from(MANY), limit, &mut read)
        {
            return Some((answers, Seen::Parts));
        }
        let Looks { worlds, seen } = parts::worlds(start, limit, values, &few);
        let answers = worlds.into_iter().map(|world| read(&world).ok().map(|answer| (world, answer)));
        match answers.collect::<Option<Vec<_>>>().filter(|answers| !answers.is_empty()) {
            Some(answers) => Some((answers, seen)),
            None => Some((World::glance(start, read)?, Seen::Cut)),
        }
    }

    /// What is left to [`World::survey_all`] where it looked at no part of the values, because there are
    /// too many: the first parts, as long as they have no more than `most` worlds together, with how much
    /// of the values that is. `None` when the reader needs a condition even so.
    pub fn survey_first<'v, T>(
        start: &World,
        limit: usize,
        most: usize,
        values: impl IntoIterator<Item = &'v Value>,
        mut read: impl FnMut(&World) -> Result<T, NeedsSplit>,
    ) -> Option<(Vec<(World, T)>, Seen)> {
        let Looks { worlds, seen } = parts::first(start, limit, most, values);
        let answers = worlds.into_iter().map(|world| read(&world).ok().map(|answer| (world, answer)));
        Some((answers.collect::<Option<Vec<_>>>()?, seen))
    }

    /// The answer in the first world with what is open there unknown.
    fn glance<T>(
        start: &World,
        mut read: impl FnMut(&World) -> Result<T, NeedsSplit>,
    ) -> Option<Vec<(World, T)>> {
        let closed = start.closed();
        let answer = read(&closed).ok()?;
        Some(vec![(closed, answer)])
    }

    /// This world with every alternative that is not decided in it unknown.
    #[must_use]
    pub fn closed(&self) -> World {
        self.closed_from(0)
    }

    pub(super) fn closed_from(&self, outcomes: usize) -> World {
        World { closed: Some(outcomes), ..self.clone() }
    }

    /// Whether every alternative that is not decided in it is unknown.
    pub fn is_closed_whole(&self) -> bool {
        self.closed == Some(0)
    }

    /// The decided conditions.
    pub(crate) fn decided(&self) -> impl Iterator<Item = &Condition> {
        self.literals().map(|(condition, _)| condition)
    }

    fn literals(&self) -> impl Iterator<Item = (&Condition, &Arc<str>)> + Clone {
        super::guard::pairs(self.decided.outcomes.literals())
    }
}

/// How many outcomes are many: such a condition uses up what others could be split by.
pub(super) const MANY: usize = 5;
