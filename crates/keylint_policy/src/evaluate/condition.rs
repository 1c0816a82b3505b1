//! Whether the conditions of a statement hold for a request.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple
//! context keys or values", "Single-valued vs. multivalued context keys".

mod compare;

use keylint_model::Verdict;

use super::context::ContextValue;
use super::scope::Scope;
use crate::document::{ConditionEntry, Version};
use crate::element::PartlyKnown;
use crate::operator::{Base, Operator, SetPrefix};

/// Why a condition does not hold, or why that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// The request does not have the key.
    NoKey,
    /// The request's value is not among those that are asked for.
    Differs,
    /// The key has several values and the operator compares one.
    Several,
    /// AWS has no such operator.
    NoOperator,
    /// Part of the condition, the request or the way in which AWS compares them is not known.
    Unsure,
}

/// Whether one entry of `Condition` holds; why not, where it does not for certain.
pub(crate) fn holds(entry: &ConditionEntry, version: Version, scope: &Scope<'_>) -> (Verdict, Option<Unmet>) {
    // AWS takes any name when nothing stands under it; such entries do not come here.
    let Some(operator) = entry.operator.filter(|operator| operator.base != Base::Null || !operator.if_exists)
    else {
        return (Verdict::Unknown, Some(Unmet::NoOperator));
    };
    let value = scope.value_of(&entry.key);
    if operator.base == Base::Null {
        let verdict = is_null(entry, operator, value);
        let unmet = if verdict == Verdict::No { Unmet::Differs } else { Unmet::Unsure };
        return (verdict, (verdict != Verdict::Yes).then_some(unmet));
    }
    let (verdict, unmet) = match (operator.set, value) {
        (_, Some(ContextValue::Unknown)) => (Verdict::Unknown, Unmet::Unsure),
        (_, None) => (operator.holds_without_key().into(), Unmet::NoKey),
        (None, Some(ContextValue::One(value))) => {
            (satisfies(entry, operator, version, value, scope), Unmet::Differs)
        }
        (None, Some(ContextValue::Many(_))) => (Verdict::No, Unmet::Several),
        (Some(set), Some(ContextValue::One(value))) => {
            (over(set, entry, operator, version, std::slice::from_ref(value), scope), Unmet::Differs)
        }
        (Some(set), Some(ContextValue::Many(values))) => {
            (over(set, entry, operator, version, values, scope), Unmet::Differs)
        }
    };
    match verdict {
        Verdict::Yes => (verdict, None),
        Verdict::No => (verdict, Some(unmet)),
        Verdict::Unknown => (verdict, Some(Unmet::Unsure)),
    }
}

/// `Null`: whether the key is absent, as the values ask.
fn is_null(entry: &ConditionEntry, operator: Operator, value: Option<&ContextValue>) -> Verdict {
    if let Some(answer) = operator.constant_null() {
        return answer.into();
    }
    let absent = match value {
        None => Verdict::Yes,
        Some(ContextValue::Unknown) => Verdict::Unknown,
        Some(ContextValue::One(_) | ContextValue::Many(_)) => Verdict::No,
    };
    let asked = entry.texts().map(|text| match text.as_known() {
        Some(text) if text.eq_ignore_ascii_case("true") => absent,
        Some(text) if text.eq_ignore_ascii_case("false") => !absent,
        _ => Verdict::Unknown,
    });
    Verdict::any(asked).or(rest_of(entry))
}

/// A comparison over the values of a key that may have several.
fn over(
    set: SetPrefix,
    entry: &ConditionEntry,
    operator: Operator,
    version: Version,
    values: &[PartlyKnown],
    scope: &Scope<'_>,
) -> Verdict {
    let each = values.iter().map(|value| satisfies(entry, operator, version, value, scope));
    match set {
        SetPrefix::ForAnyValue => Verdict::any(each),
        SetPrefix::ForAllValues => {
            let all = Verdict::all(each);
            // The page counts an empty string as no value, for which the comparison is true; requests
            // recorded from AWS compare it like any other.
            let is_empty = values.iter().all(|value| value.as_known() == Some(""));
            if is_empty { all.or(Verdict::Unknown) } else { all }
        }
    }
}

/// Whether one value of the request satisfies the comparison: equals one of those that are asked for,
/// under a negated operator none of them.
fn satisfies(
    entry: &ConditionEntry,
    operator: Operator,
    version: Version,
    value: &PartlyKnown,
    scope: &Scope<'_>,
) -> Verdict {
    match compare::is_comparable(operator.base, value) {
        // Text that is no ARN or address satisfies neither an operator nor its negation.
        Verdict::No => return Verdict::No,
        Verdict::Unknown => return Verdict::Unknown,
        Verdict::Yes => {}
    }
    let length: usize = value.as_known().map_or(1, str::len);
    let each = entry.texts().map(|asked| match scope.can_afford(asked, length) {
        true => compare::matches(operator.base, asked, version, value, scope),
        false => Verdict::Unknown,
    });
    let found = Verdict::any(each).or(rest_of(entry));
    if operator.is_negated() { !found } else { found }
}

/// What values that only deployment knows may add.
fn rest_of(entry: &ConditionEntry) -> Verdict {
    if entry.values.rest.is_some() { Verdict::Unknown } else { Verdict::No }
}
