//! The answer of a rule: yes, no, or cannot tell.

/// A three-valued truth (Kleene). Unknown is not false: match all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It holds, whatever deployment brings.
    Yes,
    /// It does not hold, whatever deployment brings.
    No,
    /// Only deployment decides.
    Unknown,
}

impl Verdict {
    /// Yes when both are, no when one is not.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
            (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
            _ => Verdict::Unknown,
        }
    }

    /// Yes when one is, no when neither is.
    #[must_use]
    pub fn or(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
            (Verdict::No, Verdict::No) => Verdict::No,
            _ => Verdict::Unknown,
        }
    }

    /// Whether one of them holds; stops at the first yes.
    pub fn any(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        let mut answer = Verdict::No;
        for verdict in verdicts {
            answer = answer.or(verdict);
            if answer == Verdict::Yes {
                break;
            }
        }
        answer
    }

    /// Whether all of them hold; stops at the first no.
    pub fn all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        !Verdict::any(verdicts.into_iter().map(|verdict| !verdict))
    }
}

impl std::ops::Not for Verdict {
    type Output = Verdict;

    fn not(self) -> Verdict {
        match self {
            Verdict::Yes => Verdict::No,
            Verdict::No => Verdict::Yes,
            Verdict::Unknown => Verdict::Unknown,
        }
    }
}

impl From<bool> for Verdict {
    fn from(known: bool) -> Verdict {
        if known { Verdict::Yes } else { Verdict::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{No, Unknown, Yes};
    use super::*;

    #[test]
    fn the_known_part_decides_where_it_can() {
        assert_eq!(Unknown.and(No), No);
        assert_eq!(Unknown.or(Yes), Yes);
        assert_eq!(Unknown.and(Yes), Unknown);
        assert_eq!(Verdict::any([No, Unknown]), Unknown);
        assert_eq!(Verdict::all([Yes, Unknown, No]), No);
        assert_eq!(Verdict::all([]), Yes);
    }
}
