//! When what a template declares exists: by its condition, and by what it reads.
//!
//! The service refuses a deployment in which something reads the output of a nested stack that does not
//! exist. So what reads such an output whatever holds exists only where the output does.

use keylint_model::{Guard, World};

use crate::evaluate::Evaluator;

/// What is known of the resource or output that is evaluated.
#[derive(Default)]
pub(crate) struct Existence {
    /// Whether it never exists: the service checks its references all the same, and no more.
    pub(crate) is_left_out: bool,
    /// Where it exists; `None` where what is evaluated is not in it.
    world: Option<World>,
    /// What has to hold for what it reads.
    required: Guard,
}

impl Existence {
    /// The guard of what exists where another one holds.
    fn within(&self, guard: Guard) -> Guard {
        let both = guard.and(&self.required).filter(|both| World::of(both).is_possible());
        both.unwrap_or(guard)
    }
}

impl Evaluator<'_> {
    /// Reads what exists where a guard holds, and answers with when it exists by what it reads, too. Where
    /// there is no guard it is read all the same.
    pub(crate) fn existing<T>(
        &mut self,
        guard: Option<Guard>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> (T, Option<Guard>) {
        let world = guard.as_ref().map(World::of);
        let own = Existence { is_left_out: guard.is_none(), world: world.clone(), ..Existence::default() };
        let (answer, own) = self.apart(own, |evaluator| evaluator.within(world.unwrap_or_default(), read));
        (answer, guard.map(|guard| own.within(guard)))
    }

    /// Runs something that is read for itself, wherever it is asked for.
    pub(crate) fn apart<T>(&mut self, own: Existence, run: impl FnOnce(&mut Self) -> T) -> (T, Existence) {
        let outer = std::mem::replace(&mut self.existence, own);
        let answer = run(self);
        (answer, std::mem::replace(&mut self.existence, outer))
    }

    /// Notes that what is read here is there only where a guard holds.
    pub(crate) fn require(&mut self, guard: &Guard) {
        let is_said = matches!(self.world.decides(guard), Ok(true));
        if !is_said
            && self.existence.world.as_ref() == Some(&self.world)
            && let Some(both) = self.existence.required.and(guard)
        {
            self.existence.required = both;
        }
    }
}
