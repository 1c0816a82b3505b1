//! Conditions that look like a restriction and are none.

use keylint_model::Verdict;

use super::Remark;
use super::narrow::is_variable_of;
use super::telling::{About, about};
use crate::document::{ConditionEntry, Document, Effect, Statement, Version};
use crate::element::PartlyKnown;
use crate::kind::PolicyKind;
use crate::matching::is_wild;
use crate::operator::{Base, SetPrefix};

/// Values that everything of their kind matches.
const EVERYTHING: [&str; 7] = ["o-*", "vpc-*", "vpce-*", "0.0.0.0/0", "::/0", "AROA*", "AIDA*"];

impl Statement {
    /// Why a condition of a statement that allows does not restrict it, although it compares who is calling,
    /// from where, on whose behalf, or what is asked for.
    /// Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multi-valued
    /// context keys".
    pub fn loose_condition(&self, kind: PolicyKind) -> Remark<'_> {
        if !matches!(self.effect, Effect::Allow) || self.conditions.rest.is_some() || self.rest.is_some() {
            return Remark::none();
        }
        let entries = self.conditions.entries.iter();
        Remark::first(entries.filter_map(|entry| {
            let about = about(&entry.key)?;
            let reason = self.looseness(entry, about, kind)?;
            let helped = self
                .conditions
                .entries
                .iter()
                .any(|other| !std::ptr::eq(other, entry) && self.helps(other, entry, about));
            let text = format!("{} {reason}", entry.told_key());
            (!helped).then(|| match entry.values.items.first() {
                Some(first) => Remark::of(Verdict::Yes, first, text),
                None => Remark::at(Verdict::Yes, entry.key_span, text),
            })
        }))
    }

    /// Why an entry by itself does not restrict.
    fn looseness(&self, entry: &ConditionEntry, about: About, kind: PolicyKind) -> Option<&'static str> {
        let operator = entry.operator?;
        if operator.base == Base::Null || entry.values.items.is_empty() || entry.values.rest.is_some() {
            return None;
        }
        // Nearly every request has these.
        let is_usual = about == About::Resource && !entry.key.contains('/');
        if operator.set == Some(SetPrefix::ForAllValues) && !is_usual {
            return Some("is compared with ForAllValues, which holds for a request without it");
        }
        if entry.texts().any(|text| text.as_known().is_some_and(|known| is_variable_of(known, &entry.key))) {
            return Some("is compared with itself");
        }
        if operator.if_exists && !is_usual {
            return Some("is compared with IfExists, which holds for a request without it");
        }
        if operator.is_negated() {
            // To leave out some resources, or some of the callers that are named, is what it is for.
            let of_callers = kind != PolicyKind::Identity && self.names_everybody().verdict == Verdict::Yes;
            let is_open = match about {
                About::Caller => of_callers,
                About::Address | About::Vpc => true,
                About::Source | About::Resource => false,
            };
            return is_open.then_some("is compared with a negated operator, which holds for everything else");
        }
        let is_tag = entry.key.contains('/');
        let takes_all = |text: &PartlyKnown| is_everything(text, self.version);
        (!is_tag && entry.texts().any(takes_all))
            .then_some("is compared with a wildcard that everything matches")
    }

    /// Whether another entry restricts what this one does not.
    fn helps(&self, other: &ConditionEntry, entry: &ConditionEntry, subject: About) -> bool {
        let Some(operator) = other.operator else { return false };
        let needs_key = operator.base == Base::Null
            && other.asks_null("false") == Verdict::Yes
            && other.is_about(&entry.key);
        let Some(others) = about(&other.key) else { return needs_key };
        let positive = !operator.holds_without_key()
            && !other.texts().any(|text| {
                is_everything(text, self.version)
                    || text.as_known().is_some_and(|known| is_variable_of(known, &other.key))
            });
        // Who comes from a VPC has no public address, and the other way round, so that the two together
        // leave nobody out.
        let complements =
            matches!((subject, others), (About::Address, About::Vpc) | (About::Vpc, About::Address))
                && !other.texts().any(|text| is_everything(text, self.version));
        needs_key || complements || positive && is_same_subject(others, subject)
    }
}

/// Whether a restriction of one kind makes up for the lack of another: who is calling is also restricted by
/// where from.
fn is_same_subject(restricted: About, subject: About) -> bool {
    match subject {
        About::Resource => restricted == About::Resource,
        _ => restricted != About::Resource,
    }
}

pub(super) fn is_everything(text: &PartlyKnown, version: Version) -> bool {
    is_wild(text, version) || text.as_known().is_some_and(|known| EVERYTHING.contains(&known))
}

impl Document {
    /// Why a request escapes a statement that denies: it leaves out the key that the condition compares, or the
    /// condition spares everybody. Not where another statement denies what lacks the key.
    /// Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "AWS global condition context
    /// keys" (under "Availability").
    pub fn hole_in<'s>(&'s self, statement: &'s Statement, kind: PolicyKind) -> Remark<'s> {
        if !matches!(statement.effect, Effect::Deny) || statement.conditions.rest.is_some() {
            return Remark::none();
        }
        let entries = statement.conditions.entries.iter();
        Remark::first(entries.filter_map(|entry| {
            let reason = hole(entry, statement.version, kind)?;
            let text = format!("{} {reason}", entry.told_key());
            let others = self.weighed().filter(|other| other.index != statement.index);
            let closed = others.map(|other| closes(other, statement, entry));
            let open = !Verdict::any(closed.chain([self.more_denials()]));
            Some(match entry.values.items.first() {
                Some(first) => Remark::of(open, first, text),
                None => Remark::at(open, entry.key_span, text),
            })
        }))
    }
}

/// Whether another statement denies what a statement is about to requests that lack the key of an entry.
fn closes(other: &Statement, statement: &Statement, entry: &ConditionEntry) -> Verdict {
    let holds = other.conditions.entries.iter().map(|candidate| {
        let Some(operator) = candidate.operator else { return Verdict::Unknown };
        match () {
            () if candidate.is_about(&entry.key) && operator.base == Base::Null => {
                candidate.asks_null("true")
            }
            () if candidate.is_about(&entry.key) => operator.holds_without_key().into(),
            // What both ask for does not tell them apart.
            () if statement.conditions.entries.iter().any(|own| own.is_same(candidate)) => Verdict::Yes,
            () => Verdict::Unknown,
        }
    });
    other.is_deny().and(Verdict::all(holds)).and(!other.more_conditions()).and(other.covers(statement))
}

/// Why an entry of a denial lets requests through that it is meant for.
fn hole(entry: &ConditionEntry, version: Version, kind: PolicyKind) -> Option<&'static str> {
    let operator = entry.operator?;
    let says = |value: &str| {
        !entry.values.items.is_empty()
            && entry
                .texts()
                .all(|text| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case(value)))
    };
    let is_equal = matches!(operator.base, Base::Bool | Base::StringEquals | Base::StringEqualsIgnoreCase);
    if is_equal && !operator.holds_without_key() && says("false") {
        if entry.is_about("aws:MultiFactorAuthPresent") {
            return Some(
                "is not there for access keys, which are used without MFA: IfExists denies them too",
            );
        }
        let anonymous = matches!(kind, PolicyKind::Resource | PolicyKind::Secret | PolicyKind::Rcp);
        if anonymous && entry.is_about("aws:PrincipalIsAWSService") {
            return Some("is not there for anonymous requests: IfExists denies them too");
        }
    }
    let is_more = matches!(operator.base, Base::NumericGreaterThan | Base::NumericGreaterThanEquals);
    if is_more && !operator.holds_without_key() && entry.is_about("aws:MultiFactorAuthAge") {
        return Some("is not there for who did not use MFA: IfExists denies them too");
    }
    if !operator.is_negated() {
        return None;
    }
    let about = about(&entry.key);
    let lists = ["aws:calledvia", "aws:resourceorgpaths"];
    let is_list = lists.contains(&entry.key.to_ascii_lowercase().as_str())
        || about.is_some_and(|about| about != About::Resource);
    if operator.set == Some(SetPrefix::ForAnyValue) && !operator.if_exists && is_list {
        return Some(
            "is compared with ForAnyValue, which does not hold for a request without it: use ForAllValues",
        );
    }
    let spares_all = entry.texts().any(|text| {
        about.is_some()
            && !entry.key.contains('/')
            && is_everything(text, version)
            && operator.has_wildcards()
            || EVERYTHING.iter().any(|known| text.as_known() == Some(known))
                && operator.base == Base::NotIpAddress
            || text.as_known().is_some_and(|known| is_variable_of(known, &entry.key))
    });
    spares_all.then_some("has a value that spares everybody")
}
