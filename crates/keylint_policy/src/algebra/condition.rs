//! One entry of a condition as a test of the values that a request has for a key.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
//! multiple context keys or values".

use keylint_model::Part;

use super::literal::Network;
use crate::document::{ConditionEntry, Version};
use crate::element::PartlyKnown;
use crate::evaluate::{Reading, instant};
use crate::glob::Symbol;
use crate::glob::search::accepts;
use crate::matching::{arn_symbols, has_variable, like_symbols, literal_symbols, units};
use crate::operator::{Base, Operator, SetPrefix};
use crate::service::{ConditionKey, condition_key};

/// What a request has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// Nothing: the key is absent.
    Absent,
    /// One value.
    One(String),
    /// Any number of values, of a key that can have several.
    Many(Vec<String>),
}

/// Which answer is wanted where only deployment knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// That of a case in which the test holds least often.
    Least,
    /// That of a case in which it holds most often.
    Most,
}

/// One entry of a condition.
#[derive(Clone, Debug)]
pub(crate) struct Test<'d> {
    /// The key as it is written.
    pub(crate) key: &'d str,
    pub(crate) operator: Operator,
    pub(crate) values: Values<'d>,
    /// Whether there may be other values, or some are not known.
    pub(crate) is_vague: bool,
    /// The entry that it was made of.
    pub(crate) entry: Option<&'d ConditionEntry>,
    /// What is known of the key.
    pub(crate) facts: KeyFacts,
}

/// What is known of a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyFacts {
    /// Whether it has several values, where AWS publishes that.
    pub(crate) is_multi_valued: Option<bool>,
    /// Whether every request has it.
    pub(crate) is_always_present: bool,
}

impl KeyFacts {
    fn of(key: &str) -> KeyFacts {
        let known = condition_key(key);
        KeyFacts {
            is_multi_valued: known.map(ConditionKey::is_multi_valued),
            is_always_present: known.is_some_and(ConditionKey::is_always_present),
        }
    }
}

/// How the values of an order relate to the value of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The values that a test compares with: the request's must be like one of them.
#[derive(Clone, Debug)]
pub(crate) enum Values<'d> {
    /// Patterns, with case.
    Strings(Vec<Vec<Symbol<'d>>>),
    /// Patterns of ARNs.
    Arns(Vec<Vec<Symbol<'d>>>),
    /// Texts in lower case.
    Folded(Vec<String>),
    Numbers(Order, Vec<f64>),
    /// Milliseconds since 1970.
    Times(Order, Vec<i64>),
    Bools(Vec<bool>),
    Networks(Vec<Network>),
    /// Base 64 without its padding.
    Bytes(Vec<String>),
    /// Whether the key is to be absent.
    Null(Vec<bool>),
}

impl<'d> Test<'d> {
    /// The test that an entry makes; `None` for an operator that AWS does not have.
    pub(crate) fn of(entry: &'d ConditionEntry, version: Version) -> Option<Test<'d>> {
        let all = |_: &PartlyKnown| true;
        Test::with(entry, version, all)
    }

    /// The same with those values alone that pass a filter. A value that does not pass is as if it
    /// were not there.
    pub(crate) fn with(
        entry: &'d ConditionEntry,
        version: Version,
        filter: impl Fn(&PartlyKnown) -> bool,
    ) -> Option<Test<'d>> {
        let operator = entry.operator?;
        let texts: Vec<&'d PartlyKnown> = entry.texts().filter(|text| filter(text)).collect();
        let open = |text: &&PartlyKnown| {
            text.as_known().is_none() || takes_variables(operator.base) && has_variable(text, version)
        };
        let is_vague = entry.values.rest.is_some() || texts.iter().any(open);
        let known: Vec<&'d PartlyKnown> = texts.into_iter().filter(|text| !open(text)).collect();
        let values = Values::of(operator.base, &known, version);
        let facts = KeyFacts::of(&entry.key);
        Some(Test { key: &entry.key, operator, values, is_vague, entry: Some(entry), facts })
    }

    /// A test that was written nowhere.
    pub(crate) fn made(key: &'d str, base: Base, values: Values<'d>) -> Test<'d> {
        let operator = Operator { set: None, base, if_exists: false };
        Test { key, operator, values, is_vague: false, entry: None, facts: KeyFacts::of(key) }
    }

    /// Whether a request with this value passes.
    pub(crate) fn holds(&self, value: &KeyValue, bound: Bound) -> bool {
        match (value, &self.values, self.operator.set) {
            (_, Values::Null(_), Some(SetPrefix::ForAllValues)) => true,
            (_, Values::Null(_), Some(SetPrefix::ForAnyValue)) => false,
            (_, Values::Null(absent), None) => {
                let is_absent = matches!(value, KeyValue::Absent);
                self.is_vague && bound == Bound::Most || absent.contains(&is_absent)
            }
            (KeyValue::Absent, ..) => self.operator.holds_without_key(),
            (KeyValue::One(value), ..) => self.takes(value, bound),
            (KeyValue::Many(values), _, Some(SetPrefix::ForAllValues)) => {
                values.iter().all(|value| self.takes(value, bound))
            }
            (KeyValue::Many(values), _, Some(SetPrefix::ForAnyValue)) => {
                values.iter().any(|value| self.takes(value, bound))
            }
            // A key with several values never passes an operator for one.
            (KeyValue::Many(_), _, None) => false,
        }
    }

    /// Whether one value passes.
    pub(crate) fn takes(&self, value: &str, bound: Bound) -> bool {
        let negated = self.operator.is_negated();
        let Some(like) = self.values.like(value) else { return false };
        let possibly = self.is_vague && (bound == Bound::Most) != negated;
        (like || possibly) != negated
    }

    /// Whether two tests are the same, hole for hole.
    pub(crate) fn is_same(&self, other: &Test<'_>) -> bool {
        let (Some(own), Some(others)) = (self.entry, other.entry) else { return false };
        if std::ptr::eq(own, others) {
            return true;
        }
        let same = |(a, b): (&PartlyKnown, &PartlyKnown)| is_same_text(a, b);
        own.operator == others.operator
            && own.is_about(&others.key)
            && own.values.rest.is_none()
            && others.values.rest.is_none()
            && own.values.items.len() == others.values.items.len()
            && own.texts().zip(others.texts()).all(same)
    }
}

/// Whether two texts are certainly the same, hole for hole.
pub(crate) fn is_same_text(left: &PartlyKnown, right: &PartlyKnown) -> bool {
    let same = |(a, b): (&Part, &Part)| match (a, b) {
        (Part::Known(a), Part::Known(b)) => a == b,
        (Part::Hole(a, _), Part::Hole(b, _)) => a.is_same(b),
        _ => false,
    };
    left.parts().len() == right.parts().len() && left.parts().iter().zip(right.parts()).all(same)
}

/// Whether policy variables are read in the values of an operator.
/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
fn takes_variables(base: Base) -> bool {
    matches!(Values::of(base, &[], Version::V2012), Values::Strings(_) | Values::Arns(_) | Values::Folded(_))
}

impl<'d> Values<'d> {
    fn of(base: Base, texts: &[&'d PartlyKnown], version: Version) -> Values<'d> {
        let known = || texts.iter().filter_map(|text| text.as_known());
        let numbers =
            |order| Values::Numbers(order, known().filter_map(|text| text.trim().parse().ok()).collect());
        let times = |order| Values::Times(order, known().filter_map(time_of).collect());
        match base {
            Base::StringEquals | Base::StringNotEquals => {
                // `${*}` is a star here too, all other characters mean themselves.
                let plain = |text: &&'d PartlyKnown| -> Vec<Symbol<'d>> {
                    if has_variable_text(text) {
                        unwild(like_symbols(text, version))
                    } else {
                        literal_symbols(text)
                    }
                };
                Values::Strings(texts.iter().map(plain).collect())
            }
            Base::StringLike | Base::StringNotLike => {
                Values::Strings(texts.iter().map(|text| like_symbols(text, version)).collect())
            }
            Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => {
                Values::Folded(known().map(str::to_lowercase).collect())
            }
            Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => {
                Values::Arns(texts.iter().map(|text| arn_symbols(text, version)).collect())
            }
            Base::NumericEquals | Base::NumericNotEquals => numbers(Order::Equal),
            Base::NumericLessThan => numbers(Order::Less),
            Base::NumericLessThanEquals => numbers(Order::LessOrEqual),
            Base::NumericGreaterThan => numbers(Order::Greater),
            Base::NumericGreaterThanEquals => numbers(Order::GreaterOrEqual),
            Base::DateEquals | Base::DateNotEquals => times(Order::Equal),
            Base::DateLessThan => times(Order::Less),
            Base::DateLessThanEquals => times(Order::LessOrEqual),
            Base::DateGreaterThan => times(Order::Greater),
            Base::DateGreaterThanEquals => times(Order::GreaterOrEqual),
            Base::Bool => Values::Bools(known().map(is_true).collect()),
            Base::Null => Values::Null(known().map(is_true).collect()),
            Base::BinaryEquals => Values::Bytes(known().map(unpadded).collect()),
            Base::IpAddress | Base::NotIpAddress => {
                Values::Networks(known().filter_map(Network::parse).collect())
            }
        }
    }

    /// Whether a value is like one of them; `None` for one that the operator cannot read, which
    /// passes neither the operator nor its negation.
    pub(crate) fn like(&self, value: &str) -> Option<bool> {
        let letters = || value.chars().flat_map(units).map(Symbol::Char).collect::<Vec<_>>();
        Some(match self {
            Values::Strings(patterns) => {
                let letters = letters();
                patterns.iter().any(|pattern| accepts(pattern, &letters))
            }
            Values::Arns(patterns) => {
                if !is_arn(value) {
                    return None;
                }
                let letters = letters();
                patterns.iter().any(|pattern| accepts(pattern, &letters))
            }
            Values::Folded(texts) => texts.contains(&value.to_lowercase()),
            Values::Numbers(order, numbers) => {
                let value: f64 = value.trim().parse().ok()?;
                numbers.iter().any(|number| order.holds(value.partial_cmp(number)))
            }
            Values::Times(order, times) => {
                let value = time_of(value)?;
                times.iter().any(|time| order.holds(Some(value.cmp(time))))
            }
            Values::Bools(bools) => bools.contains(&is_true(value)),
            Values::Networks(networks) => {
                Network::parse(value)?;
                networks.iter().any(|network| network.contains(value))
            }
            Values::Bytes(texts) => texts.contains(&unpadded(value)),
            Values::Null(_) => return None,
        })
    }
}

impl Order {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self {
            Order::Equal => ordering == Some(Equal),
            Order::Less => ordering == Some(Less),
            Order::LessOrEqual => matches!(ordering, Some(Less | Equal)),
            Order::Greater => ordering == Some(Greater),
            Order::GreaterOrEqual => matches!(ordering, Some(Greater | Equal)),
        }
    }
}

fn time_of(text: &str) -> Option<i64> {
    match instant(text) {
        Reading::Value(time) => Some(time),
        Reading::Not | Reading::Unsure => None,
    }
}

/// Only `true`, whatever its case, is true.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

fn unpadded(text: &str) -> String {
    text.trim_end_matches('=').to_owned()
}

fn has_variable_text(text: &PartlyKnown) -> bool {
    text.contains('$')
}

fn unwild(symbols: Vec<Symbol<'_>>) -> Vec<Symbol<'_>> {
    let plain = |symbol| match symbol {
        Symbol::Run => Symbol::Char('*'),
        Symbol::One => Symbol::Char('?'),
        other => other,
    };
    symbols.into_iter().map(plain).collect()
}
