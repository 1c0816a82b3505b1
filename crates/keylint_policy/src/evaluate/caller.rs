//! Who makes a request.

use std::fmt;

/// The caller of a request, by how the request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The root user of an account: `arn:aws:iam::111122223333:root`.
    Root(Identity),
    /// An IAM user: `arn:aws:iam::111122223333:user/path/name`.
    User(Identity),
    /// A session of a role, of which only the role is known: `arn:aws:iam::111122223333:role/path/name`.
    Role(Identity),
    /// A session of a role: `arn:aws:sts::111122223333:assumed-role/role/session`.
    Session(Identity),
    /// The session of a federated user: `arn:aws:sts::111122223333:federated-user/name`.
    FederatedUser(Identity),
    /// Somebody whom an identity provider vouches for and who has no credentials of AWS yet: the
    /// ARN of the provider, or the name of one that AWS knows, such as `accounts.google.com`.
    Provider(String),
    /// A service of AWS that acts for itself, by its principal: `sns.amazonaws.com`.
    Service(String),
    /// Nobody in particular: the request is not signed.
    Anonymous,
    /// A kind of principal that this evaluation does not know. Nothing is decided about it.
    Unrecognised(String),
}

/// An identity of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The ARN that names it.
    pub arn: String,
    /// The partition of the ARN: `aws`, `aws-cn`.
    pub partition: String,
    /// The twelve digits of its account.
    pub account: String,
    /// What stands behind the kind: `path/name`, `role/session`; empty for a root user.
    pub name: String,
}

impl Caller {
    /// The caller that a text names: an ARN, `service:NAME`, `federated:NAME` for an identity
    /// provider without ARN, or `anonymous`. `*` names nobody and is not recognised.
    ///
    /// Source: IAM User Guide, "AWS JSON policy elements: Principal", and "IAM identifiers".
    pub fn parse(text: &str) -> Caller {
        if text == "anonymous" {
            return Caller::Anonymous;
        }
        if let Some(name) = text.strip_prefix("service:") {
            return match is_host(name) {
                true => Caller::Service(name.to_owned()),
                false => Caller::Unrecognised(text.to_owned()),
            };
        }
        if let Some(name) = text.strip_prefix("federated:") {
            return match is_host(name) {
                true => Caller::Provider(name.to_owned()),
                false => Caller::Unrecognised(text.to_owned()),
            };
        }
        of_arn(text).unwrap_or_else(|| Caller::Unrecognised(text.to_owned()))
    }

    /// The identity, where the caller has an account.
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Caller::Root(identity)
            | Caller::User(identity)
            | Caller::Role(identity)
            | Caller::Session(identity)
            | Caller::FederatedUser(identity) => Some(identity),
            Caller::Provider(_) | Caller::Service(_) | Caller::Anonymous | Caller::Unrecognised(_) => None,
        }
    }

    /// The account of the caller, where it has one.
    pub fn account(&self) -> Option<&str> {
        self.identity().map(|identity| identity.account.as_str())
    }

    /// The name of the role, when the caller is a session of one.
    pub fn role_name(&self) -> Option<&str> {
        match self {
            Caller::Role(identity) => Some(identity.last_name()),
            Caller::Session(identity) => identity.name.split('/').next(),
            _ => None,
        }
    }
}

impl Identity {
    /// The name without path.
    pub fn last_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or("")
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Provider(name) => write!(formatter, "an identity of {name}"),
            Caller::Service(name) => write!(formatter, "the service {name}"),
            Caller::Anonymous => formatter.write_str("an anonymous caller"),
            Caller::Unrecognised(text) => formatter.write_str(text),
            other => formatter.write_str(other.identity().map_or("", |identity| &identity.arn)),
        }
    }
}

fn of_arn(text: &str) -> Option<Caller> {
    let mut fields = text.splitn(6, ':');
    let (arn, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
    let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
    if arn != "arn" || partition.is_empty() || !region.is_empty() || !is_account(account) {
        return None;
    }
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let identity = Identity {
        arn: text.to_owned(),
        partition: partition.to_owned(),
        account: account.to_owned(),
        name: name.to_owned(),
    };
    let is_named = !name.is_empty() && !name.contains(['*', '?']) && !name.ends_with('/');
    Some(match (service, kind) {
        ("iam", "root") if resource == "root" => Caller::Root(identity),
        ("iam", "user") if is_named => Caller::User(identity),
        ("iam", "role") if is_named => Caller::Role(identity),
        ("sts", "assumed-role") if is_named && name.split('/').count() == 2 => Caller::Session(identity),
        ("sts", "federated-user") if is_named => Caller::FederatedUser(identity),
        ("iam", "oidc-provider" | "saml-provider") if is_named => Caller::Provider(text.to_owned()),
        _ => return None,
    })
}

/// Whether a text is twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    text.contains('.') && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_caller() {
        let kind = |text: &str| match Caller::parse(text) {
            Caller::Root(_) => "root",
            Caller::User(_) => "user",
            Caller::Role(_) => "role",
            Caller::Session(_) => "session",
            Caller::FederatedUser(_) => "federated user",
            Caller::Provider(_) => "provider",
            Caller::Service(_) => "service",
            Caller::Anonymous => "anonymous",
            Caller::Unrecognised(_) => "unrecognised",
        };
        let cases = [
            ("arn:aws:iam::111122223333:root", "root"),
            ("arn:aws-cn:iam::111122223333:user/division/zhang", "user"),
            ("arn:aws:iam::111122223333:role/service-role/app", "role"),
            ("arn:aws:sts::111122223333:assumed-role/app/session", "session"),
            ("arn:aws:sts::111122223333:federated-user/bob", "federated user"),
            ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", "provider"),
            ("federated:accounts.google.com", "provider"),
            ("service:sns.amazonaws.com", "service"),
            ("anonymous", "anonymous"),
            ("*", "unrecognised"),
            ("", "unrecognised"),
            ("service:", "unrecognised"),
            ("111122223333", "unrecognised"),
            ("arn:aws:iam::111122223333:group/admins", "unrecognised"),
            ("arn:aws:iam::111122223333:role/*", "unrecognised"),
            ("arn:aws:sts::111122223333:assumed-role/app", "unrecognised"),
            ("arn:aws:iam::1111:user/bob", "unrecognised"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn a_session_knows_its_role() {
        let role = |text: &str| Caller::parse(text).role_name().map(str::to_owned);
        assert_eq!(role("arn:aws:sts::111122223333:assumed-role/app/s").as_deref(), Some("app"));
        assert_eq!(role("arn:aws:iam::111122223333:role/a/b/app").as_deref(), Some("app"));
        assert_eq!(role("arn:aws:iam::111122223333:user/app"), None);
    }
}
