//! Who can still administer a key when things are deleted.

use std::collections::HashSet;

use keylint_model::Verdict;

use super::Fact;
use super::principal::Whom;
use crate::document::{Document, Statement};

/// What changes a key policy: who may do it can let anybody in again.
const CHANGES_POLICY: &str = "kms:PutKeyPolicy";

/// Conditions that an account can always meet, so that they make nobody lose the key.
const HARMLESS_KEYS: [&str; 7] = [
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "kms:CallerAccount",
    "aws:SecureTransport",
    "aws:MultiFactorAuthPresent",
    "kms:BypassPolicyLockoutSafetyCheck",
];

impl Document {
    /// Whether a key with this policy can become unmanageable: nobody may change the policy, or only
    /// one role or user may, and is gone once it is deleted (a principal is stored by its unique id:
    /// a role of the same name is another one). The account as a whole, everybody, and two identities
    /// are safe.
    /// Source: KMS Developer Guide, "Default key policy", "Reducing the risk of the KMS key becoming
    /// unmanageable".
    pub fn can_lock_out(&self) -> Fact<'_> {
        let mut identities: HashSet<String> = HashSet::new();
        let mut only = Fact { verdict: Verdict::Yes, element: None, fallback: self.span };
        let mut open = self.rest.is_some();
        for statement in &self.statements {
            let grants = statement.grants(CHANGES_POLICY).verdict;
            if grants == Verdict::No {
                continue;
            }
            let dependable = grants == Verdict::Yes && statement.applies_always();
            let rest = statement.principals.as_ref().is_some_and(|principals| principals.rest.is_some());
            open |= rest || statement.rest.is_some() || statement.not_principals.is_some();
            for (whom, element) in statement.principals() {
                match whom {
                    Whom::Everybody | Whom::Account(_) if dependable => {
                        return Fact { verdict: Verdict::No, element: Some(element), fallback: element.span };
                    }
                    Whom::Everybody | Whom::Account(_) | Whom::Unknown(_) => open = true,
                    Whom::Identity(_) | Whom::Opaque if dependable => {
                        identities.insert(element.text.to_string());
                        only = Fact { element: Some(element), ..only };
                    }
                    Whom::Identity(_) | Whom::Opaque => open = true,
                    Whom::Service | Whom::Federated => {}
                }
            }
        }
        match identities.len() {
            0 | 1 if open => Fact { verdict: Verdict::Unknown, ..only },
            0 | 1 => only,
            // What is not known adds administrators at most.
            _ => Fact { verdict: Verdict::No, ..only },
        }
    }
}

impl Statement {
    /// Whether the conditions of the statement keep nobody out for good.
    fn applies_always(&self) -> bool {
        let harmless = |key: &str| HARMLESS_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key));
        self.conditions.rest.is_none() && self.conditions.entries.iter().all(|entry| harmless(&entry.key))
    }
}
