//! What the conditions of a statement restrict.

use std::sync::Arc;

use keylint_model::{Unknown, Verdict};

use super::Fact;
use crate::document::{ConditionEntry, Statement};
use crate::element::PartlyKnown;
use crate::matching::{has_variable, has_wildcard, may_be_wildcard};
use crate::operator::{Base, Operator};

/// The keys that tie access to an organisation or to accounts in it.
pub const ORGANISATION_KEYS: [&str; 4] =
    ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "kms:CallerAccount"];

impl Statement {
    /// Whether the statement applies only where one of some keys has one of a few fixed values: a
    /// positive operator that does not hold without the key, and only values without wildcards and
    /// policy variables. A wildcard behind a fixed beginning counts as fixed for `aws:PrincipalArn`
    /// and the like: see [`Statement::is_public`].
    pub fn has_fixed_condition(&self, keys: &[&str]) -> Fact<'_> {
        let about = |entry: &&ConditionEntry| keys.iter().any(|key| entry.is_about(key));
        let entries = self.conditions.entries.iter().filter(about);
        self.condition_fact(entries.map(|entry| (entry, entry.is_fixed(self))))
    }

    /// Whether a condition names one of some keys, whatever it compares.
    pub fn has_condition_on(&self, keys: &[&str]) -> Fact<'_> {
        let about = |entry: &&ConditionEntry| keys.iter().any(|key| entry.is_about(key));
        let entries = self.conditions.entries.iter().filter(about);
        self.condition_fact(entries.map(|entry| (entry, Verdict::Yes)))
    }

    /// Whether it has any condition.
    pub fn is_conditional(&self) -> Fact<'_> {
        self.condition_fact(self.conditions.entries.iter().map(|entry| (entry, Verdict::Yes)))
    }

    /// Whether a key may only be used through some services: a positive `kms:ViaService`. A wildcard
    /// for the Region is usual and counts as limited; one for the service does not.
    /// Source: KMS Developer Guide, "AWS KMS condition keys".
    pub fn limits_service(&self) -> Fact<'_> {
        let entries = self.conditions.entries.iter().filter(|entry| entry.is_about("kms:ViaService"));
        self.condition_fact(entries.map(|entry| {
            let limited = entry.restricts_with(|text| {
                let service = text.to_string();
                let service = service.split('.').next().unwrap_or("");
                (!service.contains(['*', '?'])).into()
            });
            (entry, limited)
        }))
    }

    pub(super) fn condition_fact<'s>(
        &'s self,
        entries: impl Iterator<Item = (&'s ConditionEntry, Verdict)>,
    ) -> Fact<'s> {
        let fallback = self.conditions.span;
        let mut answer = Fact { verdict: Verdict::No, element: None, fallback };
        for (entry, verdict) in entries {
            let fallback = entry.key_span.or(entry.operator_span).or(fallback);
            answer = answer.or(Fact { verdict, element: entry.values.items.first(), fallback });
        }
        // What else is in the condition, or beside it, may restrict as well.
        if self.conditions.rest.is_some() || self.rest.is_some() {
            answer = answer.or(Fact { verdict: Verdict::Unknown, element: None, fallback });
        }
        answer
    }
}

impl ConditionEntry {
    /// Whether the entry is true only for a request that has the key with one of its values: a
    /// positive comparison of strings, ARNs or booleans.
    pub fn is_positive(&self) -> bool {
        self.operator.is_some_and(|operator| {
            !operator.holds_without_key()
                && matches!(
                    operator.base,
                    Base::StringEquals
                        | Base::StringEqualsIgnoreCase
                        | Base::StringLike
                        | Base::ArnEquals
                        | Base::ArnLike
                        | Base::Bool
                        | Base::BinaryEquals
                        | Base::IpAddress
                )
        })
    }

    /// Whether the entry is positive and each of its values passes a test: the values are connected
    /// by "or", so that one wide value makes the others meaningless. Values that only deployment
    /// knows are concrete ones and pass, unless the operator takes patterns and they may be some;
    /// without any value the condition is never true, which restricts everybody.
    pub(super) fn restricts_with(&self, fixed: impl Fn(&PartlyKnown) -> Verdict) -> Verdict {
        if self.is_positive() { self.each_passes(fixed) } else { Verdict::No }
    }

    /// Whether each of the values passes a test. Values that only deployment knows do, unless the operator
    /// takes patterns and they may be some.
    pub(super) fn each_passes(&self, test: impl Fn(&PartlyKnown) -> Verdict) -> Verdict {
        let takes_patterns = self.operator.is_some_and(Operator::has_wildcards);
        let each = self.texts().map(|text| match text.as_hole() {
            Some(_) if takes_patterns && may_be_wildcard(text) => Verdict::Unknown,
            Some(_) => Verdict::Yes,
            None => test(text),
        });
        let may_be_wide =
            |rest: &Arc<Unknown>| takes_patterns && may_be_wildcard(&PartlyKnown::hole(rest.clone(), None));
        let rest = match &self.values.rest {
            Some(rest) if may_be_wide(rest) => Verdict::Unknown,
            _ => Verdict::Yes,
        };
        Verdict::all(each.chain([rest]))
    }

    fn is_fixed(&self, statement: &Statement) -> Verdict {
        match super::limit_of(&self.key) {
            Some(limit) => limit.holds(self, statement.version),
            None => self.restricts_with(|text| {
                (!has_wildcard(text, statement.version) && !has_variable(text, statement.version)).into()
            }),
        }
    }
}
