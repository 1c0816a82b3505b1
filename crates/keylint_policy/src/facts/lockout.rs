//! Who can still administer a key when things are deleted.

use std::collections::HashSet;

use keylint_model::Verdict;

use super::cover::covers_whom;
use super::principal::{Account, Whom};
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::{Element, PartlyKnown};
use crate::operator::Base;
use crate::service::KeySet;

/// What changes a key policy: who may do it can let anybody in again.
const CHANGES_POLICY: &str = "kms:PutKeyPolicy";

/// Why nobody can change a key policy, now or once something is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lockout {
    /// No statement lets an account, role or user do so.
    NotAllowed,
    /// Whom one statement lets do so another one denies it.
    Denied,
    /// Those who are allowed to cannot meet the conditions.
    OutOfReach,
    /// Only one identity may do so.
    OneIdentity,
}

/// Who may change a key policy.
#[derive(Default)]
struct Administrators {
    identities: HashSet<String>,
    /// Whether there may be more.
    is_open: bool,
    is_one_denied: bool,
    is_one_out_of_reach: bool,
}

impl Administrators {
    fn cause(&self) -> Lockout {
        match self.identities.len() {
            0 if self.is_one_denied => Lockout::Denied,
            0 if self.is_one_out_of_reach => Lockout::OutOfReach,
            0 => Lockout::NotAllowed,
            _ => Lockout::OneIdentity,
        }
    }
}

impl Document {
    /// Whether a key with this policy can become unmanageable: nobody may change the policy, or only
    /// one role or user may, and is gone once it is deleted (a principal is stored by its unique id:
    /// a role of the same name is another one). The account as a whole, everybody, and two identities
    /// are safe. With the reason why, where that is so.
    /// Source: KMS Developer Guide, "Default key policy", "Reducing the risk of the KMS key becoming
    /// unmanageable".
    pub fn can_lock_out(&self) -> (Verdict, Option<Lockout>) {
        let mut found = Administrators { is_open: self.rest.is_some(), ..Administrators::default() };
        for statement in &self.statements {
            if self.collect_administrators(statement, &mut found) {
                return (Verdict::No, None);
            }
        }
        match found.identities.len() {
            0 | 1 if found.is_open => (Verdict::Unknown, None),
            0 | 1 => (Verdict::Yes, Some(found.cause())),
            // What is not known adds administrators at most.
            _ => (Verdict::No, None),
        }
    }

    /// Whom a statement lets change the policy. Answers whether there is always one of them.
    fn collect_administrators(&self, statement: &Statement, found: &mut Administrators) -> bool {
        let grants = statement.grants(CHANGES_POLICY).verdict;
        if grants == Verdict::No {
            return false;
        }
        let rest = statement.principals.as_ref().is_some_and(|principals| principals.rest.is_some());
        found.is_open |= rest || statement.rest.is_some() || statement.not_principals.is_some();
        for (whom, element) in statement.principals() {
            if matches!(whom, Whom::Service | Whom::Federated) {
                continue;
            }
            let denied = self.weighed().map(|denial| denies(denial, statement, whom, element));
            let denied = Verdict::any(denied.chain([self.more_denials()]));
            let reached = statement.can_be_met_by(whom);
            found.is_one_denied |= denied == Verdict::Yes;
            found.is_one_out_of_reach |= reached == Verdict::No;
            match (whom, grants.and(reached).and(!denied)) {
                (_, Verdict::No) => {}
                (Whom::Everybody | Whom::Account(_), Verdict::Yes) => return true,
                (Whom::Identity(_) | Whom::Opaque, Verdict::Yes) => {
                    found.identities.insert(element.text.to_string());
                }
                _ => found.is_open = true,
            }
        }
        false
    }
}

impl Statement {
    /// Whether a principal can always meet the conditions of the statement, so that they make nobody lose
    /// the key.
    fn can_be_met_by(&self, whom: Whom<'_>) -> Verdict {
        let known = Verdict::all(self.conditions.entries.iter().map(|entry| can_be_met(entry, whom)));
        known.and(!self.more_conditions())
    }
}

/// Whether a principal can always meet one entry of a condition.
fn can_be_met(entry: &ConditionEntry, whom: Whom<'_>) -> Verdict {
    let about = |keys: &[&str]| keys.iter().any(|key| entry.is_about(key));
    let Some(operator) = entry.operator else { return Verdict::Unknown };
    // KMS answers over TLS alone.
    if entry.is_about("aws:SecureTransport") {
        let says = |value| Verdict::from(entry.says(value));
        return if says("false") == Verdict::Yes { Verdict::No } else { says("true").or(Verdict::Unknown) };
    }
    // Whoever calls does so with MFA or the bypass, or without, as they like.
    if about(&["aws:MultiFactorAuthPresent", "kms:BypassPolicyLockoutSafetyCheck"]) {
        let is_one = entry.says("true") || entry.says("false");
        return Verdict::from(is_one || operator.base == Base::Null).or(Verdict::Unknown);
    }
    if KeySet::CallerAccount.has(&entry.key) && matches!(operator.base, Base::StringEquals | Base::StringLike)
    {
        return match whom.account() {
            Some(Account::Literal(id)) => {
                let rest = if entry.values.rest.is_some() { Verdict::Unknown } else { Verdict::No };
                let is_own = |text: &PartlyKnown| match text.as_known() {
                    Some(known) if known.contains(['*', '?', '$']) => Verdict::Unknown,
                    Some(known) => (known == id).into(),
                    // An account that is known by a reference is mostly the own one.
                    None => Verdict::Yes,
                };
                Verdict::any(entry.texts().map(is_own).chain([rest]))
            }
            _ => Verdict::Yes,
        };
    }
    // As far as a document can show.
    let is_own_organisation =
        KeySet::CallerOrganisation.has(&entry.key) && !operator.is_negated() && operator.base != Base::Null;
    if is_own_organisation { Verdict::Yes } else { Verdict::Unknown }
}

/// Whether a denial keeps a principal of a statement from changing the policy for good.
fn denies(denial: &Statement, statement: &Statement, whom: Whom<'_>, element: &Element) -> Verdict {
    let about = denial.is_deny().and(denial.is_about_action(CHANGES_POLICY).verdict);
    if about == Verdict::No {
        return about;
    }
    let spared = denial.conditions.entries.iter().map(|entry| is_avoidable(entry, whom));
    let rest = !denial.more_conditions();
    // What a condition spares the principal in some cases is not weighed further.
    let holds = match Verdict::any(spared) {
        Verdict::Yes => return Verdict::No,
        _ if denial.conditions.entries.is_empty() => rest,
        _ => Verdict::Unknown,
    };
    about.and(holds).and(covers_whom(denial, statement, Some(element))).and(denial.is_about_key())
}

/// Whether a principal can always keep from meeting an entry of a denial.
fn is_avoidable(entry: &ConditionEntry, whom: Whom<'_>) -> Verdict {
    let Some(operator) = entry.operator else { return Verdict::Unknown };
    let chosen = [
        ("aws:SecureTransport", "false"),
        ("aws:MultiFactorAuthPresent", "false"),
        ("kms:BypassPolicyLockoutSafetyCheck", "true"),
    ];
    if chosen.iter().any(|(key, value)| entry.is_about(key) && entry.says(value)) {
        return Verdict::Yes;
    }
    let is_of_account =
        [KeySet::CallerAccount, KeySet::CallerOrganisation].iter().any(|set| set.has(&entry.key));
    if !is_of_account || !operator.is_negated() {
        return Verdict::Unknown;
    }
    // Whoever is spared: the own account or organisation, unless it is certainly another account.
    let own = |text: &PartlyKnown| match (text.as_known(), whom.account()) {
        (Some(known), Some(Account::Literal(id))) if KeySet::CallerAccount.has(&entry.key) => {
            (known == id).into()
        }
        _ => Verdict::Yes,
    };
    match Verdict::any(entry.texts().map(own)) {
        Verdict::Yes => Verdict::Yes,
        _ => Verdict::Unknown,
    }
}
