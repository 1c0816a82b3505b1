//! Conditions on MFA that requests without MFA escape.
//!
//! The key `aws:MultiFactorAuthPresent` is absent for long-term credentials, and `false` or `true` for
//! temporary ones. Whatever operators stand together, what they decide is which of the three they hold for.
//! Source: IAM User Guide, "AWS global condition context keys", on `aws:MultiFactorAuthPresent`.

use keylint_model::Verdict;

use super::condition::at_operator;
use super::{Check, Suggestion, Walk};
use crate::document::{ConditionEntry, Effect, Statement};
use crate::operator::Base;
use crate::rewrite::is_alone;

const KEY: &str = "aws:MultiFactorAuthPresent";

/// How many statements are asked for what one of them leaves open; no document that AWS takes has more.
const STATEMENTS_READ: usize = 100;

/// The requests that a condition holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holds {
    /// Those without the key.
    absent: bool,
    /// Those with temporary credentials without MFA.
    without: bool,
    /// Those with MFA.
    with: bool,
}

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let Some(holds) = of(statement).filter(|holds| holds.absent || holds.without) else { return };
    let all = || statement.conditions.entries.iter().filter(|entry| entry.is_about(KEY));
    let is_null =
        |entry: &&ConditionEntry| entry.operator.is_some_and(|operator| operator.base == Base::Null);
    let other = match statement.effect {
        // Who asks for the absence of the key, and for nothing else, does not ask for MFA.
        Effect::Allow if all().all(|entry| is_null(&entry)) && holds.absent => return,
        Effect::Allow if holds.absent => "without aws:MultiFactorAuthPresent passes this Allow",
        Effect::Allow => "of temporary credentials without MFA passes this Allow",
        Effect::Deny if holds.with => return,
        Effect::Deny => match with_others(walk, statement, holds) {
            Holds { absent: false, .. } => "without aws:MultiFactorAuthPresent escapes this Deny",
            Holds { without: false, .. } => "of temporary credentials without MFA escapes this Deny",
            _ => return,
        },
        Effect::Unknown(_) | Effect::Invalid => return,
    };
    let Some(entry) = all().find(|entry| !is_null(entry)).or_else(|| all().next()) else { return };
    let is_fixed = matches!(statement.effect, Effect::Deny)
        && all().count() == 1
        && entry.operator.is_some_and(|operator| operator.base == Base::Bool && operator.set.is_none())
        && is_alone(statement, entry);
    let suggestion =
        is_fixed.then(|| Suggestion::token(&entry.operator_name, entry.operator_span, "BoolIfExists"));
    walk.report(at_operator(Check::BadMfaCondition, entry).other(other).suggest(suggestion));
}

/// What a statement that denies and others about the same deny together.
fn with_others(walk: &Walk<'_>, statement: &Statement, holds: Holds) -> Holds {
    let others = walk.document.statements.iter().take(STATEMENTS_READ);
    let others = others.filter(|other| other.index != statement.index && is_beside(other, statement));
    others.filter_map(of).fold(holds, |all, other| Holds {
        absent: all.absent || other.absent,
        without: all.without || other.without,
        with: all.with || other.with,
    })
}

/// Whether another statement denies all that a statement does, but for what both say of MFA.
fn is_beside(other: &Statement, statement: &Statement) -> bool {
    let is_asked = |entry: &ConditionEntry| {
        entry.is_about(KEY) || statement.conditions.entries.iter().any(|own| own.is_same(entry))
    };
    matches!(other.effect, Effect::Deny)
        && other.rest.is_none()
        && other.conditions.entries.iter().all(is_asked)
        && other.covers(statement) == Verdict::Yes
}

/// The requests that what a statement says of the key holds for; `None` if it says nothing, or that is not
/// certain.
fn of(statement: &Statement) -> Option<Holds> {
    if statement.conditions.rest.is_some() {
        return None;
    }
    let mut entries = statement.conditions.entries.iter().filter(|entry| entry.is_about(KEY)).peekable();
    entries.peek()?;
    entries.try_fold(Holds { absent: true, without: true, with: true }, |all, entry| {
        let one = of_entry(entry)?;
        Some(Holds {
            absent: all.absent && one.absent,
            without: all.without && one.without,
            with: all.with && one.with,
        })
    })
}

fn of_entry(entry: &ConditionEntry) -> Option<Holds> {
    let operator = entry.operator?;
    let [only] = entry.values.items.as_slice() else { return None };
    let text = only.as_known().filter(|_| entry.values.rest.is_none())?;
    let says = match () {
        () if text.eq_ignore_ascii_case("true") => true,
        () if text.eq_ignore_ascii_case("false") => false,
        () => return None,
    };
    match operator.base {
        Base::Null => Some(Holds { absent: says, without: !says, with: !says }),
        Base::Bool | Base::StringEquals | Base::StringEqualsIgnoreCase => {
            Some(Holds { absent: operator.holds_without_key(), without: !says, with: says })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::{found, of_statement};

    fn conditions(operators: &[(&str, &str)]) -> String {
        let one = |(operator, value): &(&str, &str)| {
            format!(r#""{operator}": {{"aws:MultiFactorAuthPresent": "{value}"}}"#)
        };
        operators.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Whether the check reports a statement.
    fn is_reported(effect: &str, operators: &[(&str, &str)]) -> bool {
        let statement = format!(
            r#"{{"Effect": "{effect}", "Action": "s3:*", "Resource": "*", "Condition": {{{}}}}}"#,
            conditions(operators)
        );
        let found = of_statement(&statement, PolicyKind::Identity);
        found.iter().any(|found| found.starts_with("bad-mfa-condition"))
    }

    #[test]
    fn operators_are_judged_by_what_they_let_through_together() {
        for (effect, operators, expected) in [
            ("Deny", &[("Bool", "false")][..], true),
            ("Deny", &[("Null", "true")], true),
            ("Deny", &[("BoolIfExists", "false")], false),
            ("Deny", &[("BoolIfExists", "false"), ("Null", "false")], true),
            ("Deny", &[("BoolIfExists", "false"), ("Null", "true")], true),
            ("Deny", &[("Bool", "false"), ("Null", "true")], false),
            ("Deny", &[("Bool", "true")], false),
            ("Deny", &[("StringEquals", "false")], true),
            ("Allow", &[("Bool", "true")], false),
            ("Allow", &[("Bool", "false")], true),
            ("Allow", &[("BoolIfExists", "true")], true),
            ("Allow", &[("BoolIfExists", "true"), ("Null", "false")], false),
            ("Allow", &[("BoolIfExists", "true"), ("Null", "true")], true),
            ("Allow", &[("Null", "false")], true),
            ("Allow", &[("Null", "true")], false),
            ("Allow", &[("Bool", "«var.mfa»")], false),
        ] {
            assert_eq!(is_reported(effect, operators), expected, "{effect} {operators:?}");
        }
    }

    #[test]
    fn a_denial_is_judged_with_those_beside_it() {
        let count = |second: &str| {
            let deny = |condition: &str| {
                format!(
                    r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{{condition}}}}}"#
                )
            };
            let first = deny(&conditions(&[("Bool", "false")]));
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{first}, {}]}}"#, deny(second));
            let found = found(&text, PolicyKind::Identity).into_iter();
            found.filter(|found| found.starts_with("bad-mfa-condition")).count()
        };
        let absent = conditions(&[("Null", "true")]);
        assert_eq!(count(&absent), 0);
        assert_eq!(count(&format!(r#"{absent}, "StringEquals": {{"aws:RequestedRegion": "eu-west-1"}}"#)), 1);
    }
}
