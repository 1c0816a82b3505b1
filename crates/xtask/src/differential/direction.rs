//! Which way a difference goes: a class that explains that keylint allows more must not hide a request for
//! which it allows less.

use keylint_policy::evaluate::{Decision, Evaluation};
use serde_json::Value;

use super::features::Compared;

/// Which way an explanation makes the decisions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// keylint does not decide.
    Open,
    /// keylint allows what the other one denies, or does not deny what the other one does.
    Wider,
    /// The reverse.
    Narrower,
    /// It can be so or so.
    Either,
}

/// For which of the two something in a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Here,
    There,
    Either,
    /// keylint does not decide.
    Open,
}

impl Side {
    /// The side, of the negation where one is asked for.
    pub(super) fn unless(self, negated: bool) -> Side {
        match self {
            Side::Here if negated => Side::There,
            Side::There if negated => Side::Here,
            other => other,
        }
    }

    /// What that means for the decision: a statement that counts here allows more, or denies more.
    pub(super) fn of(self, statement: &Value) -> Direction {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        match self {
            Side::Open => Direction::Open,
            Side::Either => Direction::Either,
            Side::Here if allows => Direction::Wider,
            Side::There if !allows => Direction::Wider,
            Side::Here | Side::There => Direction::Narrower,
        }
    }
}

impl Direction {
    /// Whether a difference of decisions goes this way.
    pub(super) fn fits(self, case: &Compared<'_>, peer: &str) -> bool {
        let rank = |name: &str| match name {
            "allowed" => Some(2),
            "implicitly-denied" => Some(1),
            "explicitly-denied" => Some(0),
            _ => None,
        };
        let is_open = case.own.decision == Decision::Undecided || may_be_denied(case.own);
        match (self, rank(case.own.decision.name()), rank(peer)) {
            (Direction::Open, _, _) => is_open,
            (Direction::Either, _, _) => true,
            (Direction::Wider, Some(own), Some(peer)) => own > peer,
            (Direction::Narrower, Some(own), Some(peer)) => own < peer,
            _ => false,
        }
    }
}

/// Whether what is allowed by nothing may be denied as well: it is denied, be it so or so.
pub(super) fn may_be_denied(own: &Evaluation) -> bool {
    own.because.iter().any(|it| it.why.contains("may deny"))
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    /// A class cannot hide a difference the other way round.
    #[test]
    fn an_explanation_fits_one_direction() {
        let (input, context) = (Value::Null, Map::new());
        let fits = |direction: Direction, own: Decision, peer: &str| {
            let own = Evaluation { decision: own, because: Vec::new() };
            direction.fits(&Compared { input: &input, context: &context, own: &own }, peer)
        };
        assert!(fits(Direction::Wider, Decision::Allowed, "implicitly-denied"));
        assert!(fits(Direction::Narrower, Decision::ExplicitlyDenied, "implicitly-denied"));
        assert!(fits(Direction::Open, Decision::Undecided, "allowed"));
        for (direction, own, peer) in [
            (Direction::Wider, Decision::ImplicitlyDenied, "allowed"),
            (Direction::Narrower, Decision::Allowed, "explicitly-denied"),
            (Direction::Open, Decision::Allowed, "implicitly-denied"),
            (Direction::Wider, Decision::Undecided, "implicitly-denied"),
            (Direction::Narrower, Decision::ImplicitlyDenied, "error: no"),
        ] {
            assert!(!fits(direction, own, peer), "{direction:?} {own} {peer}");
        }
    }

    #[test]
    fn what_holds_here_alone_allows_or_denies_more() {
        let statement = |effect: &str| serde_json::json!({ "Effect": effect });
        assert_eq!(Side::Here.of(&statement("Allow")), Direction::Wider);
        assert_eq!(Side::Here.of(&statement("Deny")), Direction::Narrower);
        assert_eq!(Side::Here.unless(true).of(&statement("Deny")), Direction::Wider);
        assert_eq!(Side::Open.unless(true).of(&statement("Deny")), Direction::Open);
    }
}
