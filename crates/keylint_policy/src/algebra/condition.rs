//! One entry of a condition as a test of the values that a request has for a key.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
//! multiple context keys or values".

use keylint_model::Part;

use crate::document::{ConditionEntry, Version};
use crate::element::PartlyKnown;
use crate::evaluate::{Address, Decimal, Network, Reading, bytes, instant, truth};
use crate::glob::Symbol;
use crate::glob::search::accepts;
use crate::matching::{arn_symbols, has_variable, like_symbols, literal_symbols, units};
use crate::operator::{Base, Family, Operator, SetPrefix};
use crate::service::{ConditionKey, KeyType, condition_key};

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
    /// Whether every request that is signed has it.
    pub(crate) is_present_if_signed: bool,
    /// What its values are, where AWS publishes one type of them.
    pub(crate) value_type: Option<KeyType>,
}

impl KeyFacts {
    /// Whether a value is one that a request can have for the key.
    pub(crate) fn admits(self, value: &str) -> bool {
        match self.value_type {
            Some(KeyType::Numeric) => {
                matches!(Decimal::read(value), Reading::Value(number) if !number.is_negative())
            }
            Some(KeyType::Date) => instant(value).value().is_some(),
            Some(KeyType::Bool) => truth(value).value().is_some(),
            Some(KeyType::IpAddress) => Address::read(value).value().is_some(),
            _ => true,
        }
    }

    fn of(key: &str) -> KeyFacts {
        let known = condition_key(key);
        KeyFacts {
            is_multi_valued: known.map(ConditionKey::is_multi_valued),
            is_always_present: known.is_some_and(ConditionKey::is_always_present),
            is_present_if_signed: known.is_some_and(ConditionKey::is_present_if_signed),
            value_type: known.filter(|key| key.other_type().is_none()).and_then(ConditionKey::key_type),
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
    /// Texts in lower case. Of those of ASCII also as patterns.
    Folded(Vec<String>, Vec<Vec<Symbol<'d>>>),
    Numbers(Order, Vec<Decimal<'d>>),
    /// Milliseconds since 1970.
    Times(Order, Vec<i64>),
    Bools(Vec<bool>),
    Networks(Vec<Network>),
    Bytes(Vec<Vec<u8>>),
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
            let is_open = |known| !takes_variables(operator.base) && is_doubtful(operator.base, known);
            text.as_known().is_none_or(is_open)
                || takes_variables(operator.base) && has_variable(text, version)
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
        if let Some(answer) = self.operator.constant_null() {
            return answer;
        }
        match (value, &self.values, self.operator.set) {
            (_, Values::Null(absent), _) => {
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
        own.is_same(others)
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
    matches!(base.family(), Family::String | Family::Arn)
}

/// Whether an operator may read a text in more than one way, or not at all, as far as AWS documents it. What
/// it certainly cannot read it compares with nothing.
fn is_doubtful(base: Base, text: &str) -> bool {
    // What policy variables do to these operators no page says.
    if text.contains("${") {
        return true;
    }
    match base.family() {
        Family::Numeric => matches!(Decimal::read(text), Reading::Unsure),
        Family::Date => matches!(instant(text), Reading::Unsure),
        Family::Bool | Family::Null => matches!(truth(text), Reading::Unsure),
        Family::Ip => matches!(Network::read(text), Reading::Unsure),
        Family::Binary => matches!(bytes(text), Reading::Unsure),
        Family::String | Family::Arn => false,
    }
}

impl<'d> Values<'d> {
    fn of(base: Base, texts: &[&'d PartlyKnown], version: Version) -> Values<'d> {
        let known = || texts.iter().filter_map(|text| text.as_known());
        let numbers =
            |order| Values::Numbers(order, known().filter_map(|text| Decimal::read(text).value()).collect());
        let times = |order| Values::Times(order, known().filter_map(|text| instant(text).value()).collect());
        let truths = || known().filter_map(|text| truth(text).value()).collect();
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
                let texts: Vec<String> = known().map(str::to_lowercase).collect();
                let patterns = texts.iter().filter(|text| text.is_ascii()).map(|text| folded(text));
                let patterns = patterns.collect();
                Values::Folded(texts, patterns)
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
            Base::Bool => Values::Bools(truths()),
            Base::Null => Values::Null(truths()),
            Base::BinaryEquals => Values::Bytes(known().filter_map(|text| bytes(text).value()).collect()),
            Base::IpAddress | Base::NotIpAddress => {
                Values::Networks(known().filter_map(|text| Network::read(text).value()).collect())
            }
        }
    }

    /// The patterns of the strings that are like one of them, where patterns say it all.
    pub(crate) fn patterns(&self) -> Option<&[Vec<Symbol<'d>>]> {
        match self {
            Values::Strings(patterns) | Values::Arns(patterns) => Some(patterns),
            Values::Folded(texts, patterns) => (texts.len() == patterns.len()).then_some(patterns),
            _ => None,
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
            Values::Folded(texts, _) => texts.contains(&value.to_lowercase()),
            Values::Numbers(order, numbers) => {
                let value = Decimal::read(value).value()?;
                numbers.iter().any(|number| order.holds(value.cmp(number)))
            }
            Values::Times(order, times) => {
                let value = instant(value).value()?;
                times.iter().any(|time| order.holds(value.cmp(time)))
            }
            Values::Bools(bools) => bools.contains(&is_true(value)),
            Values::Networks(networks) => {
                let address = Address::read(value).value()?;
                networks.iter().any(|network| network.contains(address))
            }
            Values::Bytes(texts) => bytes(value).value().is_some_and(|value| texts.contains(&value)),
            Values::Null(_) => return None,
        })
    }
}

impl Order {
    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Only `true`, whatever its case, is true.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

/// The symbols of a text of small letters, in whatever case.
fn folded(text: &str) -> Vec<Symbol<'static>> {
    let symbol = |character: char| match character {
        letter if letter.is_ascii_alphabetic() => Symbol::Folded(letter),
        other => Symbol::Char(other),
    };
    text.chars().map(symbol).collect()
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
