//! What is particular to KMS keys: statements without effect, grants, services.

use keylint_model::{Address, Part, Shape, Unknown, Verdict};

use super::guard::may_be;
use super::principal::{Owner, of_aws};
use super::resource::is_elsewhere;
use super::{Fact, Remark};
use crate::document::{ConditionEntry, Statement};
use crate::element::{Element, PartlyKnown};
use crate::matching::{named_service, overlaps_actions};
use crate::operator::Base;
use crate::service::{KeySet, key_actions_across_accounts};

/// A key that says which grants may be made and that every request for a grant has, so that an operator that
/// holds without it compares it too.
/// Sources: KMS Developer Guide, "AWS KMS condition keys"; KMS API Reference, "CreateGrant".
const REQUIRED_GRANT_KEY: &str = "kms:GrantOperations";

impl Statement {
    /// Why a statement of a key policy, or a part of it, has no effect, although KMS accepts it.
    /// Sources: KMS Developer Guide, "Key policies" ("Resource", "Action"), "Allowing users in other accounts
    /// to use a KMS key". `is_other_key` says whether a resource of the stack is certainly a key that the
    /// policy is not of.
    pub fn ineffective_in_key(&self, owner: &Owner, is_other_key: &dyn Fn(&Address) -> bool) -> Remark<'_> {
        if self.rest.is_none() && self.resources.is_none() && self.not_resources.is_none() {
            return Remark::at(Verdict::Yes, self.span, "the statement has no Resource");
        }
        if self.rest.is_none() && self.actions.is_none() && self.not_actions.is_none() {
            return Remark::at(Verdict::Yes, self.span, "the statement has no Action");
        }
        let remark = self.names_no_own_key(owner, is_other_key);
        Remark::first([remark, self.dead_action(owner)])
    }

    /// Whether it names resources of which none is the key that its policy is of.
    fn names_no_own_key(&self, owner: &Owner, is_other_key: &dyn Fn(&Address) -> bool) -> Remark<'_> {
        let Some(resources) = &self.resources else { return Remark::none() };
        let misses = |element: &Element| match names_other_key(element, owner, is_other_key) {
            true => Verdict::Yes,
            false => names_no_key(element),
        };
        let rest = resources.rest.iter().map(|_| Verdict::Unknown);
        let verdict = Verdict::all(resources.iter().map(misses).chain(rest));
        match resources.items.first() {
            Some(first) => {
                let named = format!("the statement is about {}, not about this key", first.text);
                Remark::of(verdict, first, named)
            }
            None => Remark::none(),
        }
    }

    /// An action that does nothing for a principal of another account.
    fn dead_action<'s>(&'s self, owner: &Owner) -> Remark<'s> {
        let others = Verdict::all(self.principals().map(|(whom, _)| match whom.account() {
            Some(account) => owner.is_other(account),
            None => Verdict::No,
        }));
        let any = self.principals().next().is_some()
            && self.principals.as_ref().is_some_and(|all| all.rest.is_none());
        if !any || others != Verdict::Yes || self.is_allow() != Verdict::Yes {
            return Remark::none();
        }
        let works = |element: &Element| {
            let actions = key_actions_across_accounts();
            Verdict::any(actions.map(|action| overlaps_actions(&element.text, &PartlyKnown::from(action))))
        };
        Remark::first(self.actions.iter().flatten().map(|element| {
            Remark::of(!works(element), element, format!("{} does nothing for another account", element.text))
        }))
    }

    /// Whether the statement allows making whatever grants on a key: `kms:CreateGrant` with no condition on
    /// the grantee, the operations, or that a service asks for it. Wildcards over all of KMS are not meant:
    /// rules of their own are about them; nor what AWS's own services are allowed.
    /// Source: KMS Developer Guide, "Grants in AWS KMS", "Controlling access to grants".
    pub fn makes_any_grant(&self) -> Fact<'_> {
        let granted = self.grants("kms:CreateGrant");
        if granted.verdict == Verdict::No || self.service_wildcard("kms").is_yes() {
            return Fact::bare(Verdict::No);
        }
        let only_services = self.principals.as_ref().is_some_and(|principals| {
            principals.rest.is_none()
                && self.principals().all(|(whom, _)| matches!(whom, super::Whom::Service))
        });
        if only_services {
            return Fact::bare(Verdict::No);
        }
        let entries = self.conditions.entries.iter();
        let limited = self.condition_fact(entries.map(|entry| (entry, self.limits_grants(entry))));
        granted.and(!limited.verdict).and(!self.limits_service().verdict)
    }

    /// Whether a statement of a key policy is about the key that the policy is of.
    pub(super) fn is_about_key(&self) -> Verdict {
        if self.resources.is_none() && self.not_resources.is_none() {
            return may_be(self.rest.is_some());
        }
        let Some(resources) = &self.resources else { return Verdict::Unknown };
        let each = resources.iter().map(|element| match element.as_known() {
            Some("*") => Verdict::Yes,
            // The ARN of a key does not show whether it is this one.
            _ if names_no_key(element) == Verdict::Yes => Verdict::No,
            _ => Verdict::Unknown,
        });
        Verdict::any(each.chain([may_be(resources.rest.is_some())]))
    }

    fn limits_grants(&self, entry: &ConditionEntry) -> Verdict {
        if entry.is_about("kms:GrantIsForAWSResource") {
            let is_bool = entry
                .operator
                .is_some_and(|operator| operator.base == Base::Bool && !operator.holds_without_key());
            let says_true = |text: &PartlyKnown| match text.as_known() {
                Some(known) => known.eq_ignore_ascii_case("true").into(),
                None => Verdict::Unknown,
            };
            return Verdict::all(entry.texts().map(says_true)).and(is_bool.into());
        }
        match () {
            () if entry.is_about(REQUIRED_GRANT_KEY) => entry.compares_narrowly(self.version),
            // Where a request has it: a grantee may be a service instead.
            () if KeySet::Grant.has(&entry.key) => entry.narrows(self.version),
            () => Verdict::No,
        }
    }
}

/// Whether a resource in a key policy is certainly something else than the key.
fn names_no_key(element: &Element) -> Verdict {
    match element.text.parts() {
        [Part::Known(known)] => {
            let fields: Vec<&str> = known.as_str().splitn(6, ':').collect();
            match fields.as_slice() {
                ["arn", _, service, _, _, resource] => {
                    let may_be_kms = *service == "kms" || service.contains(['*', '?']);
                    let may_be_key = !resource.starts_with("alias/");
                    (!may_be_kms || !may_be_key).into()
                }
                _ => (*known.as_str() != *"*" && known.as_str().starts_with("alias/")).into(),
            }
        }
        [Part::Hole(unknown, _)] if is_elsewhere(unknown, "aws_kms_") || is_alias(unknown) => Verdict::Yes,
        parts => match named_service(&element.text) {
            Some("kms") | None if parts.iter().any(names_a_key) => Verdict::No,
            Some("kms") | None => Verdict::Unknown,
            Some(_) => Verdict::Yes,
        },
    }
}

/// Whether a part of an ARN says that it is that of a key.
fn names_a_key(part: &Part) -> bool {
    match part {
        Part::Known(text) => text.as_str().contains(":key/"),
        Part::Hole(unknown, _) => {
            let reference = unknown.reference.as_ref();
            reference.is_some_and(|reference| reference.address.as_str().contains("aws_kms_key"))
                || matches!(unknown.shape, Shape::Arn(form) if form.contains(":key/"))
        }
    }
}

/// Whether a resource is certainly a key that the policy is not of: a key of the stack by its ARN or id, or
/// any of another account.
/// Source: KMS Developer Guide, "Creating a key policy" ("Resource").
fn names_other_key(element: &Element, owner: &Owner, is_other_key: &dyn Fn(&Address) -> bool) -> bool {
    let is_other = |unknown: &Unknown, attributes: &[&str]| {
        unknown.reference.as_ref().is_some_and(|reference| {
            attributes.contains(&&*reference.attribute) && is_other_key(&reference.address)
        })
    };
    match element.text.parts() {
        [Part::Hole(unknown, _)] => is_other(unknown, &["arn", "Arn"]),
        [.., Part::Known(before), Part::Hole(unknown, _)]
            if before.as_str().ends_with(":key/") && named_service(&element.text) == Some("kms") =>
        {
            is_other(unknown, &["id", "key_id", "KeyId", "Ref"])
        }
        _ => {
            let account = of_aws(&element.text).account().filter(|_| owner.id.is_some());
            account.is_some_and(|account| owner.is_other(account) == Verdict::Yes)
        }
    }
}

fn is_alias(unknown: &Unknown) -> bool {
    let reference = unknown.reference.as_ref();
    reference.is_some_and(|reference| reference.address.as_str().contains("aws_kms_alias"))
}
