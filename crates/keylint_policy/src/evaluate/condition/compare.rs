//! One value of a request against one value of a condition, by the type that the operator compares.

use std::cmp::Ordering;

use keylint_model::{Part, Verdict};

use crate::document::Version;
use crate::element::PartlyKnown;
use crate::evaluate::scope::Scope;
use crate::evaluate::value::{Address, Decimal, Network, Reading, bytes, instant, truth};
use crate::operator::Base;

/// Whether a value of a request can be compared at all. ARN and address operators answer no to what
/// is none, also when they are negated; the others take it for an unequal value.
pub(super) fn is_comparable(base: Base, value: &PartlyKnown) -> Verdict {
    match base {
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => is_arn(value),
        Base::IpAddress | Base::NotIpAddress => match value.as_known().map(Address::read) {
            Some(Reading::Value(_)) => Verdict::Yes,
            Some(Reading::Not) => Verdict::No,
            Some(Reading::Unsure) | None => Verdict::Unknown,
        },
        _ => Verdict::Yes,
    }
}

/// Whether a text has the six fields of an ARN.
fn is_arn(text: &PartlyKnown) -> Verdict {
    let known = text.parts().iter().map(|part| match part {
        Part::Known(text) => text.matches(':').count(),
        Part::Hole(..) => 0,
    });
    let begins = match text.parts().first() {
        Some(Part::Known(first)) => first.starts_with("arn:"),
        _ => false,
    };
    match (begins && known.sum::<usize>() >= 5, text.as_known()) {
        (true, _) => Verdict::Yes,
        (false, Some(_)) => Verdict::No,
        (false, None) => Verdict::Unknown,
    }
}

/// Whether a value of a request is what a value of a condition asks for, before negation.
pub(super) fn matches(
    base: Base,
    asked: &PartlyKnown,
    version: Version,
    value: &PartlyKnown,
    scope: &Scope<'_>,
) -> Verdict {
    match base {
        Base::StringEquals | Base::StringNotEquals => scope.fill(asked, version, false).matches(value),
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => {
            scope.fill(asked, version, false).equals_ignoring_case(value)
        }
        Base::StringLike | Base::StringNotLike => scope.fill(asked, version, true).matches(value),
        // A text that is no ARN is refused by IAM; elsewhere its effect is not documented.
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => {
            scope.fill(asked, version, true).matches_arn(value).unwrap_or(Verdict::Unknown)
        }
        _ => match (asked.as_known(), value.as_known()) {
            // What policy variables do here the pages contradict each other about (Boolean) or deny.
            (Some(asked), _) if asked.contains("${") => Verdict::Unknown,
            (Some(asked), Some(value)) => plain(base, asked, value),
            _ => Verdict::Unknown,
        },
    }
}

fn plain(base: Base, asked: &str, value: &str) -> Verdict {
    match base {
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => {
            ordered(Decimal::read(value), Decimal::read(asked), |order| is_asked(base, order))
        }
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => {
            ordered(instant(value), instant(asked), |order| is_asked(base, order))
        }
        Base::Bool => match truth(asked) {
            // A text of a request other than `true` counts as false.
            Reading::Value(asked) => (asked == value.eq_ignore_ascii_case("true")).into(),
            Reading::Not | Reading::Unsure => Verdict::Unknown,
        },
        Base::BinaryEquals => match (bytes(asked), bytes(value)) {
            (Reading::Value(asked), Reading::Value(value)) => (asked == value).into(),
            (Reading::Value(_), Reading::Not) => Verdict::No,
            _ => Verdict::Unknown,
        },
        Base::IpAddress | Base::NotIpAddress => match (Network::read(asked), Address::read(value)) {
            (Reading::Value(network), Reading::Value(address)) => network.contains(address).into(),
            _ => Verdict::Unknown,
        },
        _ => Verdict::Unknown,
    }
}

/// Compares two values that have an order. What is no value of the type equals nothing on the side of
/// the request; on the side of the policy IAM refuses it.
fn ordered<T: Ord>(value: Reading<T>, asked: Reading<T>, is_asked: impl Fn(Ordering) -> bool) -> Verdict {
    match (value, asked) {
        (Reading::Value(value), Reading::Value(asked)) => is_asked(value.cmp(&asked)).into(),
        (Reading::Not, Reading::Value(_)) => Verdict::No,
        _ => Verdict::Unknown,
    }
}

fn is_asked(base: Base, order: Ordering) -> bool {
    match base {
        Base::NumericLessThan | Base::DateLessThan => order.is_lt(),
        Base::NumericLessThanEquals | Base::DateLessThanEquals => order.is_le(),
        Base::NumericGreaterThan | Base::DateGreaterThan => order.is_gt(),
        Base::NumericGreaterThanEquals | Base::DateGreaterThanEquals => order.is_ge(),
        _ => order.is_eq(),
    }
}
