//! What a condition says of one value, and which such conditions can hold together.
//!
//! `var.env == "prod"` and `var.env == "dev"` are two conditions, but no deployment has both. So a
//! condition that compares a value with constants keeps which value that is, and what the value can
//! be in each of its outcomes. Several comparisons of one value go together
//! where something that it can be is left. Where that cannot be told they do.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::Condition;
use crate::{Number, ValueType};

/// What a condition says of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The number of the value in its stack: comparisons with another one say nothing of it.
    pub of: NonZeroU32,
    /// What the value can be in each outcome of the condition.
    ranges: Arc<[(Arc<str>, Range)]>,
}

/// What a value can be. One that cannot be asked, as text whether it is greater than a number, is in
/// every range of such a kind: that is an error, and where it matters nothing is deployed.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// One of these, of the same type.
    OneOf(Arc<[Constant]>),
    /// None of these.
    NoneOf(Arc<[Constant]>),
    /// What is, or converts to, this boolean. The type is that of the value, where it is known.
    Truth(bool, ValueType),
    /// What is, or converts to, a number on one side of another one.
    Side(Side),
}

/// The numbers on one side of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The number.
    pub number: Number,
    /// Whether the numbers are below it.
    pub is_below: bool,
    /// Whether it is itself one of them.
    pub is_with: bool,
}

/// A constant that a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The constant: those of different types are never equal.
    pub is: Scalar,
    /// The type that the value has where it is compared, as it was converted there; any where it is not
    /// known. The same value may be compared elsewhere as another one.
    pub of_type: ValueType,
}

/// A value that has no parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
}

impl Comparison {
    /// What a value can be in each outcome of a condition.
    pub fn new(of: NonZeroU32, ranges: impl IntoIterator<Item = (Arc<str>, Range)>) -> Self {
        Comparison { of, ranges: ranges.into_iter().collect() }
    }

    /// What it can be where a plain condition holds, and where it does not.
    fn plain(of: NonZeroU32, holds: Range, fails: Range) -> Self {
        Self::new(of, [(Condition::TRUE.into(), holds), (Condition::FALSE.into(), fails)])
    }

    /// Whether the value equals one of some constants.
    pub fn equality(of: NonZeroU32, constants: impl IntoIterator<Item = Constant>) -> Self {
        let constants: Arc<[Constant]> = constants.into_iter().collect();
        Self::plain(of, Range::OneOf(Arc::clone(&constants)), Range::NoneOf(constants))
    }

    /// Whether the value, which has this type, is true.
    pub fn truth(of: NonZeroU32, ty: ValueType) -> Self {
        Self::plain(of, Range::Truth(true, ty.clone()), Range::Truth(false, ty))
    }

    /// Whether the value is a number on one side of another.
    pub fn side(of: NonZeroU32, side: Side) -> Self {
        let other = Side { number: side.number.clone(), is_below: !side.is_below, is_with: !side.is_with };
        Self::plain(of, Range::Side(side), Range::Side(other))
    }

    /// What the value can be where the condition has this outcome.
    pub(crate) fn range(&self, outcome: &str) -> Option<&Range> {
        self.ranges.iter().find(|(known, _)| **known == *outcome).map(|(_, range)| range)
    }
}

/// Whether a value may be in all of the ranges.
pub(crate) fn may_meet(ranges: &[&Range]) -> bool {
    let mut candidates = ranges.iter().filter_map(|range| range.all());
    match candidates.next() {
        // What it is, is one of the few that any of these ranges leaves.
        Some(first) => std::iter::once(first)
            .chain(candidates)
            .flat_map(|all| all.into_iter())
            .any(|one| ranges.iter().all(|range| range.may_have(&one))),
        None => may_sides_meet(ranges),
    }
}

/// Whether a number may be on all of the sides that there are among the ranges.
fn may_sides_meet(ranges: &[&Range]) -> bool {
    let sides = |is_below: bool| {
        ranges.iter().filter_map(move |range| match range {
            Range::Side(side) if side.is_below == is_below => Some(side),
            _ => None,
        })
    };
    let meet = |least: &Side, most: &Side| {
        least.number < most.number || least.number == most.number && least.is_with && most.is_with
    };
    sides(false).all(|least| sides(true).all(|most| meet(least, most)))
}

impl Range {
    /// All that is in it, where that is a few.
    fn all(&self) -> Option<Vec<Constant>> {
        match self {
            Range::OneOf(constants) => Some(constants.to_vec()),
            Range::Truth(is, ty) => {
                let texts = if *is { ["true", "1"] } else { ["false", "0"] };
                let texts = texts.into_iter().map(|text| Scalar::String(text.into()));
                let texts = texts.filter(|_| *ty != ValueType::Bool);
                let bools = std::iter::once(Scalar::Bool(*is)).filter(|_| *ty != ValueType::String);
                Some(bools.chain(texts).map(|is| Constant { is, of_type: ty.clone() }).collect())
            }
            Range::NoneOf(_) | Range::Side(_) => None,
        }
    }

    /// Whether a constant may be in it.
    fn may_have(&self, one: &Constant) -> bool {
        match self {
            Range::OneOf(constants) => constants.iter().any(|own| !own.is_other(one)),
            Range::NoneOf(constants) => !constants.iter().any(|own| own.is_that(one)),
            Range::Truth(is, _) => one.truth().is_none_or(|truth| truth == *is),
            Range::Side(side) => one.number().is_none_or(|number| side.has(&number)),
        }
    }
}

impl Side {
    fn has(&self, number: &Number) -> bool {
        let is_beyond = if self.is_below { *number < self.number } else { *number > self.number };
        is_beyond || self.is_with && *number == self.number
    }
}

impl Constant {
    /// Whether a value that is the one where that is compared is certainly not the other.
    fn is_other(&self, other: &Constant) -> bool {
        match self.converts(other).or_else(|| other.converts(self)) {
            Some(is_same) => !is_same,
            None => {
                self.is != other.is && (self.of_type == other.of_type || self.is_kept() || other.is_kept())
            }
        }
    }

    /// Whether a value that is the one where that is compared is certainly the other.
    fn is_that(&self, other: &Constant) -> bool {
        let is_same = self.is == other.is && (self.of_type == other.of_type || self.is_kept());
        is_same || self.converts(other) == Some(true)
    }

    /// Whether a value that is the other one as a text is this one as a number or a boolean; `None` where
    /// they are not compared as such.
    fn converts(&self, text: &Constant) -> Option<bool> {
        let Scalar::String(said) = &text.is else { return None };
        match (&self.is, &self.of_type, &text.of_type) {
            (Scalar::Number(number), ValueType::Number, ValueType::String) => {
                Some(Number::convert(said)? == *number)
            }
            (Scalar::Bool(known), ValueType::Bool, ValueType::String) => Some(truth(said)? == *known),
            _ => None,
        }
    }

    /// Whether nothing else converts to it, and it to nothing else.
    fn is_kept(&self) -> bool {
        match &self.is {
            Scalar::Null => true,
            Scalar::String(text) => Number::convert(text).is_none() && truth(text).is_none(),
            Scalar::Bool(_) | Scalar::Number(_) => false,
        }
    }

    fn truth(&self) -> Option<bool> {
        match &self.is {
            Scalar::Bool(known) => Some(*known),
            Scalar::String(text) => truth(text),
            Scalar::Null | Scalar::Number(_) => None,
        }
    }

    fn number(&self) -> Option<Number> {
        match &self.is {
            Scalar::Number(number) => Some(number.clone()),
            Scalar::String(text) => Number::convert(text),
            Scalar::Null | Scalar::Bool(_) => None,
        }
    }
}

/// The boolean that text converts to.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>.
fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Guard;

    const VALUE: NonZeroU32 = NonZeroU32::MIN;

    fn text(text: &str) -> Scalar {
        Scalar::String(text.into())
    }

    fn number(number: i64) -> Scalar {
        Scalar::Number(Number::Integer(number))
    }

    fn constant(is: Scalar) -> Constant {
        Constant { is, of_type: ValueType::Any }
    }

    fn one_of(constants: impl IntoIterator<Item = Scalar>) -> Comparison {
        Comparison::equality(VALUE, constants.into_iter().map(constant))
    }

    fn is(one: Scalar) -> Comparison {
        one_of([one])
    }

    fn below(number: i64, is_with: bool) -> Comparison {
        Comparison::side(VALUE, Side { number: Number::Integer(number), is_below: true, is_with })
    }

    /// What a value can be where a plain condition holds, or does not.
    fn of(comparison: &Comparison, holds: bool) -> &Range {
        comparison.range(if holds { Condition::TRUE } else { Condition::FALSE }).unwrap()
    }

    /// Whether the first holds, or does not, together with the second.
    fn go_together(first: (&Comparison, bool), second: (&Comparison, bool)) -> bool {
        let range = |(comparison, holds)| of(comparison, holds);
        may_meet(&[range(first), range(second)])
    }

    /// The outcomes of two comparisons that go together, as `TF` where the first alone holds.
    fn outcomes(first: &Comparison, second: &Comparison) -> String {
        let all = [(true, true), (true, false), (false, true), (false, false)];
        let possible = all.into_iter().filter(|(one, other)| go_together((first, *one), (second, *other)));
        let letter = |holds| if holds { 'T' } else { 'F' };
        let said: Vec<String> =
            possible.map(|(one, other)| [letter(one), letter(other)].iter().collect()).collect();
        said.join(" ")
    }

    #[test]
    fn a_value_is_one_constant_of_one_type() {
        assert_eq!(outcomes(&is(text("prod")), &is(text("dev"))), "TF FT FF");
        assert_eq!(outcomes(&is(text("prod")), &is(text("prod"))), "TT FF");
        assert_eq!(outcomes(&is(text("1")), &is(number(1))), "TF FT FF");
        assert_eq!(outcomes(&is(Scalar::Bool(true)), &is(text("true"))), "TF FT FF");
        assert_eq!(outcomes(&is(Scalar::Null), &is(text(""))), "TF FT FF");
        // Null is neither of both.
        assert_eq!(outcomes(&is(Scalar::Bool(true)), &is(Scalar::Bool(false))), "TF FT FF");
        let some = one_of([text("prod"), text("stg")]);
        assert_eq!(outcomes(&some, &is(text("stg"))), "TT TF FF");
        assert_eq!(outcomes(&some, &is(text("dev"))), "TF FT FF");
        assert_eq!(outcomes(&some, &one_of([text("stg"), text("dev")])), "TT TF FT FF");
    }

    #[test]
    fn all_of_several_comparisons_count() {
        let (some, prod, stg) = (one_of([text("prod"), text("stg")]), is(text("prod")), is(text("stg")));
        assert!(!may_meet(&[of(&some, true), of(&prod, false), of(&stg, false)]));
        assert!(may_meet(&[of(&some, false), of(&prod, false), of(&stg, false)]));
        let (zero, positive) = (is(number(0)), below(0, true));
        assert!(may_meet(&[of(&zero, false), of(&positive, true)]));
        assert!(!may_meet(&[of(&zero, true), of(&positive, false)]));
    }

    #[test]
    fn numbers_are_on_one_side_of_another() {
        assert_eq!(outcomes(&below(0, false), &is(number(0))), "TF FT FF");
        assert_eq!(outcomes(&below(0, true), &is(number(0))), "TT TF FF");
        assert_eq!(outcomes(&below(1, false), &below(3, false)), "TT FT FF");
        assert_eq!(outcomes(&below(3, true), &below(3, false)), "TT TF FF");
        // What converts to a number is compared as one, by its sides alone.
        assert_eq!(outcomes(&below(3, false), &is(text("5"))), "TF FT FF");
        assert_eq!(outcomes(&below(3, false), &is(text("a"))), "TT TF FT FF");
        assert_eq!(outcomes(&below(3, false), &is(Scalar::Null)), "TT TF FT FF");
    }

    #[test]
    fn what_is_true_is_not_false() {
        let truth = |ty| Comparison::truth(VALUE, ty);
        let of = |is, of_type| Comparison::equality(VALUE, [Constant { is, of_type }]);
        let outcome = |is| outcomes(&truth(ValueType::Bool), &of(Scalar::Bool(is), ValueType::Bool));
        assert_eq!(outcome(true), "TT FF");
        assert_eq!(outcome(false), "TF FT");
        // It may be text that converts to a boolean.
        assert_eq!(outcomes(&truth(ValueType::Any), &is(Scalar::Bool(true))), "TT TF FF");
        assert_eq!(outcomes(&truth(ValueType::Any), &is(text("0"))), "TF FT FF");
        assert_eq!(outcomes(&truth(ValueType::String), &of(text("true"), ValueType::String)), "TT TF FF");
        // Null is no condition: nothing is said of it.
        assert_eq!(outcomes(&truth(ValueType::Bool), &is(Scalar::Null)), "TT TF FT FF");
    }

    #[test]
    fn a_value_that_is_converted_is_compared_by_what_conversion_keeps() {
        let as_text = |is| Comparison::equality(VALUE, [Constant { is, of_type: ValueType::String }]);
        assert_eq!(outcomes(&as_text(text("prod")), &is(text("dev"))), "TF FT FF");
        assert_eq!(outcomes(&as_text(text("prod")), &is(text("prod"))), "TT FF");
        assert_eq!(outcomes(&as_text(text("1")), &is(number(1))), "TT TF FT FF");
        assert_eq!(outcomes(&as_text(text("true")), &is(text("true"))), "TT TF FT FF");
        assert_eq!(outcomes(&as_text(text("prod")), &is(number(1))), "TF FT FF");
    }

    #[test]
    fn guards_of_comparisons_that_exclude_each_other_have_no_conjunction() {
        let condition = |name: &str, comparison: &Comparison| {
            let mut condition = Condition::plain(name, name, None);
            condition.compares = Some(Arc::new(comparison.clone()));
            condition
        };
        let holds = |condition: &Condition| Guard::when(condition.clone(), Condition::TRUE);
        let fails = |condition: &Condition| Guard::when(condition.clone(), Condition::FALSE);
        let some = condition("some", &one_of([text("prod"), text("stg")]));
        let (prod, stg) = (condition("prod", &is(text("prod"))), condition("stg", &is(text("stg"))));
        assert!(holds(&prod).and(&holds(&stg)).is_none());
        assert!(holds(&prod).and(&fails(&stg)).is_some());
        assert!(fails(&prod).and(&fails(&stg)).and_then(|guard| guard.and(&holds(&some))).is_none());
        let other = Comparison { of: VALUE.saturating_add(1), ..is(text("stg")) };
        assert!(holds(&prod).and(&holds(&condition("other", &other))).is_some());
    }
}
