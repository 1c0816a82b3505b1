//! Memoised evaluation that notices cycles and depth.

use std::cell::RefCell;

use super::Evaluator;

/// A value that is evaluated once.
#[derive(Debug, Default)]
pub(crate) enum Memo<T> {
    /// Nobody has asked for it.
    #[default]
    Empty,
    /// It is being evaluated: whoever asks now closes a cycle.
    Running,
    /// The value, with how deep the evaluation below it went.
    Done(T, u32),
}

/// Why a memoised value is not there.
pub(crate) enum Stop {
    /// It asks for itself.
    Cycle,
    /// Too deep.
    Depth,
}

impl Evaluator<'_> {
    /// The memoised value, evaluated when it is not there yet.
    ///
    /// How deep an evaluation goes is kept with its value and counts again for whoever uses it.
    /// The depth limit thus does not depend on what was evaluated first, and no value nests deeper
    /// than it, although each step of a long chain finds the one before it already done.
    pub(crate) fn memo<T: Clone>(
        &self,
        cell: &RefCell<Memo<T>>,
        compute: impl FnOnce() -> T,
    ) -> Result<T, Stop> {
        let depth = self.depth.get();
        match &*cell.borrow() {
            Memo::Done(value, height) => {
                let reached = depth.saturating_add(*height);
                if reached > self.max_depth {
                    return Err(Stop::Depth);
                }
                self.high.set(self.high.get().max(reached));
                return Ok(value.clone());
            }
            Memo::Running => return Err(Stop::Cycle),
            Memo::Empty => {}
        }
        *cell.borrow_mut() = Memo::Running;
        let outer = self.high.replace(depth);
        let value = self.apart(compute);
        let reached = self.high.get();
        self.high.set(outer.max(reached));
        *cell.borrow_mut() = Memo::Done(value.clone(), reached.saturating_sub(depth).saturating_add(1));
        Ok(value)
    }

    /// Goes one step deeper, if the limit allows it.
    pub(super) fn descend(&self) -> bool {
        let depth = self.depth.get().saturating_add(1);
        if depth > self.max_depth {
            return false;
        }
        self.depth.set(depth);
        self.high.set(self.high.get().max(depth));
        true
    }

    /// Comes back from [`Self::descend`].
    pub(super) fn ascend(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}
