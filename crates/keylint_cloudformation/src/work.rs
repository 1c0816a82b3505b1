//! What the conditions of a template, with those nested in it, may cost.
//!
//! No template is worth more than a moment: what is not worked out by then is unknown, which is said
//! once. All that is counted is counted the same whatever the number of threads: work is shared out
//! before it is done, to the templates in their order and to the parts of a large one evenly.

/// How many combinations of cases are looked at.
const STEPS: usize = 100_000;

/// How many values functions make of the alternatives of others.
const COMBINATIONS: usize = 50_000;

/// How many guards are tried in all where the template asks whether conditions go together.
const TRIES: usize = 500_000;

/// How many of these there are at least, and at most, for each question; real ones take a handful.
const TRIES_EACH: (usize, usize) = (16, 4_096);

/// What is left to spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// Combinations of the cases of conditions.
    pub(crate) steps: usize,
    /// Values made of alternatives.
    pub(crate) combinations: usize,
    /// Whether it was said that there is not enough.
    pub(crate) is_reported: bool,
}

impl Default for Work {
    fn default() -> Self {
        Work { steps: STEPS, combinations: COMBINATIONS, is_reported: false }
    }
}

impl Work {
    /// One of so many equal shares.
    pub(crate) fn share(self, shares: usize) -> Self {
        let shares = shares.max(1);
        Work { steps: self.steps / shares, combinations: self.combinations / shares, ..self }
    }

    /// What is left after a share was spent down to `left`.
    pub(crate) fn without(self, share: Work, left: Work) -> Self {
        let steps = share.steps.saturating_sub(left.steps);
        let combinations = share.combinations.saturating_sub(left.combinations);
        Work {
            steps: self.steps.saturating_sub(steps),
            combinations: self.combinations.saturating_sub(combinations),
            is_reported: self.is_reported,
        }
    }
}

/// How many guards each of so many questions may try.
pub(crate) fn tries(questions: usize) -> usize {
    let (least, most) = TRIES_EACH;
    (TRIES / questions.max(1)).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_no_more_than_the_whole() {
        let whole = Work::default();
        for shares in [0, 1, 3, 32] {
            let share = whole.share(shares);
            assert!(share.steps * shares <= whole.steps && share.combinations * shares <= whole.combinations);
            let left = Work { steps: share.steps - 10, combinations: 0, ..share };
            let whole_left = whole.without(share, left);
            assert_eq!(whole_left.steps, whole.steps - 10);
            assert_eq!(whole_left.combinations, whole.combinations - share.combinations);
        }
    }

    #[test]
    fn the_more_questions_the_fewer_tries_for_each() {
        assert_eq!([0, 1, 1_000, 1_000_000].map(tries), [4_096, 4_096, 500, 16]);
    }
}
