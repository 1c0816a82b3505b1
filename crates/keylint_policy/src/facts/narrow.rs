//! Conditions that narrow what a statement is about, as against who uses it, from where or when.

use keylint_model::Verdict;

use super::Fact;
use super::org::covers_every_of;
use crate::document::{ConditionEntry, Document, Statement, Version};
use crate::element::PartlyKnown;
use crate::matching::is_wild;
use crate::operator::{Base, Operator};
use crate::service::{ConditionKey, KeySet, condition_key};

impl Statement {
    /// Whether a condition on one of some keys narrows the statement: it needs a value of the key
    /// that not everything has. A policy variable narrows too, unlike in
    /// [`Statement::has_fixed_condition`]: `aws:ResourceTag/team` that equals the caller's tag leaves
    /// the resources of one team.
    pub fn has_narrowing_condition(&self, keys: &[&str]) -> Fact<'_> {
        let about = |entry: &&ConditionEntry| keys.iter().any(|key| entry.is_about(key));
        let entries = self.conditions.entries.iter().filter(about);
        self.condition_fact(entries.map(|entry| (entry, entry.narrows(self.version))))
    }

    /// Whether a condition narrows the statement to some resources or to some kinds of request.
    pub fn is_narrowed(&self) -> Fact<'_> {
        self.narrows_beside(None)
    }

    /// The same by conditions on other keys than one.
    pub(super) fn is_narrowed_beside(&self, key: &str) -> Fact<'_> {
        self.narrows_beside(Some(key))
    }

    fn narrows_beside(&self, key: Option<&str>) -> Fact<'_> {
        let is_other = |entry: &ConditionEntry| key.is_none_or(|key| !entry.is_about(key));
        let entries = self.conditions.entries.iter();
        let entries = entries.filter(|entry| !entry.says_who() && is_other(entry));
        self.condition_fact(entries.map(|entry| {
            // Only calls that a person makes is nearly all that they can make.
            let is_direct = entry.is_about("aws:ViaAWSService") && !entry.says("true");
            let narrows = if is_direct { Verdict::No } else { entry.narrows(self.version) };
            (entry, narrows.or(entry.asks_for_resource_tag()))
        }))
    }
}

impl ConditionEntry {
    /// Whether the key says who is calling, from where, when or how, as all global keys do that do not say which
    /// resource or kind of request is meant.
    pub(super) fn says_who(&self) -> bool {
        let key = self.key.to_ascii_lowercase();
        let is_global = key.starts_with("aws:") || key.starts_with("saml:") || key == "sts:externalid";
        is_global && !KeySet::Request.has(&key)
    }

    /// Whether the entry needs a value of the key that not everything has: a comparison that not every
    /// value passes, and that a request without the key does not pass either. Without a value it is never
    /// true.
    pub(super) fn narrows(&self, version: Version) -> Verdict {
        let is_left_out = self.operator.is_some_and(Operator::holds_without_key)
            && !condition_key(&self.key).is_some_and(ConditionKey::is_always_present);
        if is_left_out { Verdict::No } else { self.compares_narrowly(version) }
    }

    /// The same for a key that every request in question has.
    pub(super) fn compares_narrowly(&self, version: Version) -> Verdict {
        let Some(operator) = self.operator else { return Verdict::No };
        if operator.is_negated() || operator.base == Base::Null {
            return Verdict::No;
        }
        let narrow = |text: &PartlyKnown| {
            let is_self = text.as_known().is_some_and(|known| is_variable_of(known, &self.key));
            if is_self || is_wild(text, version) { Verdict::No } else { Verdict::Yes }
        };
        self.each_passes(narrow)
    }
}

impl ConditionEntry {
    /// Whether the entry asks that resources have a tag, whatever its value.
    fn asks_for_resource_tag(&self) -> Verdict {
        let key = self.key.to_ascii_lowercase();
        // S3 has a name of its own for the tags of objects.
        let is_tag = key.contains(":resourcetag/") || key.starts_with("s3:existingobjecttag/");
        let is_null = self.operator.is_some_and(|operator| operator.base == Base::Null);
        let asks = self.texts().map(|text| match text.as_known() {
            Some(known) => known.eq_ignore_ascii_case("false").into(),
            None => Verdict::Unknown,
        });
        Verdict::all(asks).and((is_tag && is_null && !self.values.items.is_empty()).into())
    }
}

/// Whether a text is the policy variable of a key: `${aws:PrincipalAccount}`, also with a default.
pub(super) fn is_variable_of(text: &str, key: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.split(',').next().unwrap_or(inner).trim().eq_ignore_ascii_case(key))
}

impl Document {
    /// Whether the document denies an action on whatever `resource` describes (service and last field of
    /// an ARN; `None` for an action without resources), so that what another statement allows does not
    /// count. A denial under conditions of who, where or when denies it to some only.
    pub(super) fn takes_away(&self, action: &str, resource: Option<(&str, &str)>) -> Verdict {
        let denies = self.weighed().map(|statement| {
            let about = statement.is_about_denied(action);
            if about == Verdict::No {
                return Verdict::No;
            }
            let everywhere = match resource {
                // What is denied in one account and Region alone may be all that is allowed.
                Some((service, name)) => covers_every_of(statement, action)
                    .or(statement.covers_every(service, name).verdict.and(Verdict::Unknown)),
                None => statement.covers_all_resources().verdict,
            };
            statement.is_deny().and(about).and(everywhere).and(statement.catches_all())
        });
        Verdict::any(denies.chain([self.more_denials()]))
    }
}
