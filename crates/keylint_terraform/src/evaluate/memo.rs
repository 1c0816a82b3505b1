//! Memoised evaluation that notices cycles and depth.

use std::cell::RefCell;
use std::sync::Arc;

use keylint_model::Problem;
use keylint_source::Span;

use super::Evaluator;

/// How many of the declarations of a cycle are shown beside the first.
const SHOWN: usize = 8;

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

/// What is being evaluated, and which cell awaits its value.
#[derive(Debug)]
pub(crate) struct Running {
    cell: usize,
    subject: Subject,
}

/// A declaration, as a message names it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What comes before its name: `local.`
    pub(crate) prefix: &'static str,
    pub(crate) name: Arc<str>,
    /// Where it is declared.
    pub(crate) span: Span,
}

impl Subject {
    pub(crate) fn new(prefix: &'static str, name: &Arc<str>, span: Span) -> Subject {
        Subject { prefix, name: Arc::clone(name), span }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}{}`", self.prefix, self.name)
    }
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
        subject: Subject,
        compute: impl FnOnce() -> T,
    ) -> Result<T, Stop> {
        let depth = self.depth.get();
        let address = std::ptr::from_ref(cell).addr();
        match &*cell.borrow() {
            Memo::Done(value, height) => {
                let reached = depth.saturating_add(*height);
                if reached > self.max_depth {
                    return Err(Stop::Depth);
                }
                self.high.set(self.high.get().max(reached));
                return Ok(value.clone());
            }
            Memo::Running => {
                self.report_cycle(address);
                return Err(Stop::Cycle);
            }
            Memo::Empty => {}
        }
        *cell.borrow_mut() = Memo::Running;
        self.running.borrow_mut().push(Running { cell: address, subject });
        let outer = self.high.replace(depth);
        let value = self.apart(compute);
        self.running.borrow_mut().pop();
        let reached = self.high.get();
        self.high.set(outer.max(reached));
        *cell.borrow_mut() = Memo::Done(value.clone(), reached.saturating_sub(depth).saturating_add(1));
        Ok(value)
    }

    /// Reports what leads from a cell back to itself: at the first of its declarations by name,
    /// whichever of them was asked for first.
    fn report_cycle(&self, cell: usize) {
        let running = self.running.borrow();
        let Some(start) = running.iter().position(|one| one.cell == cell) else { return };
        let members: Vec<&Subject> = running.iter().skip(start).map(|one| &one.subject).collect();
        let order = |one: &&Subject| (one.prefix, Arc::clone(&one.name));
        let first = members.iter().enumerate().min_by_key(|(_, one)| order(one)).map_or(0, |(at, _)| at);
        let Some(subject) = members.get(first) else { return };
        let others = members.iter().cycle().skip(first + 1).take(members.len().saturating_sub(1).min(SHOWN));
        let others = others.filter(|other| other.span != subject.span);
        let problem = Problem::new("KL003", subject.span, format!("{subject} depends on itself"));
        self.report(
            others
                .fold(problem, |problem, other| problem.with_related(other.span, format!("through {other}"))),
        );
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
