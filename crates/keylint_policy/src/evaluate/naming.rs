//! Whether a statement names the caller, and as what.
//!
//! As what decides who else must allow: a grant to the account is for the account to pass on, one to
//! a role stays within the role's limits, one to the very caller needs nothing else (page "How AWS
//! enforcement code logic evaluates requests to allow or deny access").

use keylint_model::{Part, Verdict};

use super::caller::{Caller, Identity};
use super::scope::Scope;
use crate::document::{PrincipalKind, Principals};
use crate::element::{Element, PartlyKnown};
use crate::matching::matches_literal;

/// As what a statement names the caller; each for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming {
    /// As the user, session, service or provider that it is, or as everybody.
    pub(crate) direct: Verdict,
    /// As a session of its role, or of the user who federated.
    pub(crate) role: Verdict,
    /// As one of its account.
    pub(crate) account: Verdict,
}

impl Naming {
    /// Not at all.
    pub(crate) const NOT: Naming = Naming { direct: Verdict::No, role: Verdict::No, account: Verdict::No };

    pub(crate) fn direct(direct: Verdict) -> Naming {
        Naming { direct, ..Naming::NOT }
    }

    /// Whether the caller is named in any way.
    pub(crate) fn any(self) -> Verdict {
        self.direct.or(self.role).or(self.account)
    }

    pub(crate) fn or(self, other: Naming) -> Naming {
        Naming {
            direct: self.direct.or(other.direct),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }

    pub(crate) fn and(self, verdict: Verdict) -> Naming {
        Naming {
            direct: self.direct.and(verdict),
            role: self.role.and(verdict),
            account: self.account.and(verdict),
        }
    }
}

/// As what `Principal` names the caller.
pub(crate) fn named(principals: &Principals, scope: &Scope<'_>) -> Naming {
    let items = principals.items.iter();
    let mut naming = items.map(|(kind, element)| one(*kind, element, scope)).fold(Naming::NOT, Naming::or);
    if principals.rest.is_some() {
        naming = naming.or(Naming::direct(Verdict::Unknown));
    }
    naming
}

/// Whether `NotPrincipal` leaves the caller out, so that the statement does not apply to it.
///
/// To be left out, an identity must be named itself and so must its account: otherwise the statement
/// "might deny access to the entire account", and whether it does depends on the service. An
/// identity with a permissions boundary is never left out. An account that stands beside one of its
/// identities is there for that one: everybody else of it is denied (page "AWS JSON policy elements:
/// NotPrincipal").
pub(crate) fn left_out(principals: &Principals, scope: &Scope<'_>, has_boundary: bool) -> Verdict {
    let caller = &scope.request.caller;
    let naming = named(principals, scope);
    if caller.identity().is_none() {
        return naming.any();
    }
    if has_boundary && matches!(caller, Caller::User(_) | Caller::Role(_) | Caller::Session(_)) {
        return Verdict::No;
    }
    let everybody = principals.items.iter().any(|(kind, element)| is_everybody(*kind, element));
    if everybody || matches!(caller, Caller::Root(_)) {
        return naming.any();
    }
    let itself = match caller {
        // AWS may look at the account, then the role, then the session.
        Caller::Session(_) if naming.direct != Verdict::No && naming.role != Verdict::Yes => Verdict::Unknown,
        _ => naming.direct.or(naming.role),
    };
    match (itself, naming.account) {
        (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
        (Verdict::No, Verdict::No) => Verdict::No,
        (Verdict::No, _) if names_identity_of(principals, caller) => Verdict::No,
        _ => Verdict::Unknown,
    }
}

/// Whether an identity of the caller's account is named.
fn names_identity_of(principals: &Principals, caller: &Caller) -> bool {
    let Some(Identity { partition, account, .. }) = caller.identity() else { return false };
    let starts = [
        format!("arn:{partition}:iam::{account}:user/"),
        format!("arn:{partition}:iam::{account}:role/"),
        format!("arn:{partition}:sts::{account}:"),
    ];
    let is_identity = |text: &str| starts.iter().any(|start| text.starts_with(start));
    principals.items.iter().any(|(_, element)| element.as_known().is_some_and(is_identity))
}

fn is_everybody(kind: PrincipalKind, element: &Element) -> bool {
    matches!(kind, PrincipalKind::Aws | PrincipalKind::Bare) && element.as_known() == Some("*")
}

fn one(kind: PrincipalKind, element: &Element, scope: &Scope<'_>) -> Naming {
    if is_everybody(kind, element) {
        return Naming::direct(Verdict::Yes);
    }
    let caller = &scope.request.caller;
    match (kind, caller) {
        (_, Caller::Unrecognised(_)) => Naming::direct(Verdict::Unknown),
        (PrincipalKind::Aws | PrincipalKind::Bare, _) => match caller.identity() {
            Some(identity) => as_identity(&element.text, caller, identity, scope),
            // A hole may turn out to be everybody.
            None => Naming::direct(hole_is_unknown(&element.text)),
        },
        (PrincipalKind::Service, Caller::Service(name))
        | (PrincipalKind::Federated, Caller::Provider(name)) => {
            Naming::direct(matches_literal(&element.text, &name.as_str().into()))
        }
        // An account under an id that does not show which: it may be the caller's.
        (PrincipalKind::CanonicalUser, _) if caller.identity().is_some() => {
            Naming { account: Verdict::Unknown, ..Naming::NOT }
        }
        (PrincipalKind::Other, _) => Naming::direct(Verdict::Unknown),
        _ => Naming::NOT,
    }
}

fn hole_is_unknown(text: &PartlyKnown) -> Verdict {
    if text.as_hole().is_some() { Verdict::Unknown } else { Verdict::No }
}

/// As what an element of `AWS` names an identity.
fn as_identity(text: &PartlyKnown, caller: &Caller, identity: &Identity, scope: &Scope<'_>) -> Naming {
    let is = |arn: &str| matches_literal(text, &arn.into());
    if text.as_known().is_some_and(|text| text.starts_with("AROA") || text.starts_with("AIDA")) {
        return by_unique_id(text, caller, scope);
    }
    let Identity { partition, account, .. } = identity;
    let of_account = is(account).or(is(&format!("arn:{partition}:iam::{account}:root")));
    let mut naming = Naming { account: of_account, ..Naming::NOT };
    match caller {
        // The account stands for its root user, too.
        Caller::Root(_) => naming = Naming::direct(of_account),
        Caller::User(_) => naming.direct = is(&identity.arn),
        Caller::Role(_) => {
            naming.role = is(&identity.arn);
            // One of the role's sessions may be the one that makes the request.
            let session = format!("arn:{partition}:sts::{account}:assumed-role/{}/", identity.last_name());
            naming.direct = may_begin_with(text, &session);
        }
        Caller::Session(_) => {
            naming.direct = is(&identity.arn);
            naming.role = names_role(text, identity, caller.role_name().unwrap_or(""), scope);
        }
        Caller::FederatedUser(_) => {
            naming.direct = is(&identity.arn);
            // Which user of the account federated is not to be seen from the session.
            let user = format!("arn:{partition}:iam::{account}:user/");
            naming.role = may_begin_with(text, &user);
        }
        _ => {}
    }
    // A text of which nothing is known may name anybody.
    if text.as_hole().is_some() { naming.or(Naming::direct(Verdict::Unknown)) } else { naming }
}

/// Unknown when a text begins, or may begin, with a prefix.
fn may_begin_with(text: &PartlyKnown, prefix: &str) -> Verdict {
    let begins = match text.parts() {
        [Part::Known(only)] => only.starts_with(prefix),
        [Part::Known(first), ..] => first.starts_with(prefix) || prefix.starts_with(first.as_str()),
        _ => true,
    };
    if begins { Verdict::Unknown } else { Verdict::No }
}

/// Whether an element is the ARN of a session's role. The ARN of a session does not show the path
/// of its role, and no two roles of an account have one name; so the name decides, unless
/// the request says which role it is.
fn names_role(text: &PartlyKnown, identity: &Identity, role: &str, scope: &Scope<'_>) -> Verdict {
    let prefix = format!("arn:{}:iam::{}:role/", identity.partition, identity.account);
    if let Some(arn) = scope.context.known("aws:PrincipalArn").filter(|arn| arn.starts_with(&prefix)) {
        return matches_literal(text, &arn.into());
    }
    match text.as_known() {
        Some(text) => {
            let name = text.strip_prefix(&prefix).and_then(|path| path.rsplit('/').next());
            (name == Some(role)).into()
        }
        None => {
            let plain = matches_literal(text, &format!("{prefix}{role}").as_str().into());
            if plain == Verdict::No { Verdict::No } else { Verdict::Unknown }
        }
    }
}

/// The unique id that IAM stores for the ARN of a user or role; it shows when that is deleted.
/// Source: IAM User Guide, "IAM identifiers", "Unique identifiers".
fn by_unique_id(text: &PartlyKnown, caller: &Caller, scope: &Scope<'_>) -> Naming {
    let id = text.as_known().unwrap_or("");
    let is_of_kind = match caller {
        Caller::User(_) => id.starts_with("AIDA"),
        Caller::Role(_) | Caller::Session(_) => id.starts_with("AROA"),
        _ => false,
    };
    if !is_of_kind {
        return Naming::NOT;
    }
    let Some(user_id) = scope.context.known("aws:userid") else {
        return Naming { role: Verdict::Unknown, ..Naming::NOT };
    };
    let same = Verdict::from(user_id == id);
    match caller {
        Caller::User(_) => Naming::direct(same),
        _ => {
            let own_role = user_id.split(':').next() == Some(id);
            Naming { direct: same, role: own_role.into(), ..Naming::NOT }
        }
    }
}
