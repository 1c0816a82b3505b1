//! What kind of policy a document is: decides which elements it may have and which rules apply.

use std::fmt;
use std::str::FromStr;

/// The kind of a policy. It follows from what the document is attached to; for a bare file from its
/// shape or from the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// Attached to a user, group or role: what the identity may do.
    Identity,
    /// A permissions boundary: the most that an identity may do.
    Boundary,
    /// Passed when a role is assumed.
    Session,
    /// The trust policy of a role: who may assume it.
    Trust,
    /// The policy of a KMS key.
    Key,
    /// The resource policy of a Secrets Manager secret.
    Secret,
    /// The resource policy of anything else: bucket, queue, topic, ….
    Resource,
    /// A service control policy of an organisation.
    Scp,
    /// A resource control policy of an organisation.
    Rcp,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl PolicyKind {
    /// All kinds.
    pub const ALL: [PolicyKind; 10] = [
        PolicyKind::Identity,
        PolicyKind::Boundary,
        PolicyKind::Session,
        PolicyKind::Trust,
        PolicyKind::Key,
        PolicyKind::Secret,
        PolicyKind::Resource,
        PolicyKind::Scp,
        PolicyKind::Rcp,
        PolicyKind::Endpoint,
    ];

    /// The name that rules and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Identity => "identity",
            PolicyKind::Boundary => "boundary",
            PolicyKind::Session => "session",
            PolicyKind::Trust => "trust",
            PolicyKind::Key => "key",
            PolicyKind::Secret => "secret",
            PolicyKind::Resource => "resource",
            PolicyKind::Scp => "scp",
            PolicyKind::Rcp => "rcp",
            PolicyKind::Endpoint => "endpoint",
        }
    }

    /// How a sentence calls a policy of this kind: `key policy`.
    pub fn noun(self) -> &'static str {
        match self {
            PolicyKind::Identity => "identity policy",
            PolicyKind::Boundary => "permissions boundary",
            PolicyKind::Session => "session policy",
            PolicyKind::Trust => "trust policy",
            PolicyKind::Key => "key policy",
            PolicyKind::Secret => "secret policy",
            PolicyKind::Resource => "resource policy",
            PolicyKind::Scp => "service control policy",
            PolicyKind::Rcp => "resource control policy",
            PolicyKind::Endpoint => "endpoint policy",
        }
    }

    /// Whether a policy of this kind opens a resource to whom it names. In an endpoint policy and a
    /// resource control policy `"Principal": "*"` is usual and opens nothing; a trust policy opens
    /// its role.
    pub fn opens_resource(self) -> bool {
        matches!(self, PolicyKind::Trust | PolicyKind::Key | PolicyKind::Secret | PolicyKind::Resource)
    }

    /// Whether statements of this kind say whom they are about.
    pub fn names_principals(self) -> bool {
        self.opens_resource() || matches!(self, PolicyKind::Rcp | PolicyKind::Endpoint)
    }

    /// Whether a policy of this kind grants to the identity that it is attached to.
    pub fn grants_to_identity(self) -> bool {
        matches!(self, PolicyKind::Identity)
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is none of a policy kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind {
    /// The name.
    pub name: String,
    /// The kind that may be meant.
    pub suggestion: Option<PolicyKind>,
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "there is no policy kind `{}`", self.name)?;
        if let Some(kind) = self.suggestion {
            write!(formatter, "; did you mean `{kind}`?")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for PolicyKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        PolicyKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let suggestion = suggest(name);
            UnknownKind { name: name.to_owned(), suggestion }
        })
    }
}

/// Names that people use for a kind, and the nearest spelling.
fn suggest(name: &str) -> Option<PolicyKind> {
    let lower = name.to_ascii_lowercase();
    let other_name = match lower.as_str() {
        "kms" => Some(PolicyKind::Key),
        "iam" | "managed" | "inline" | "user" | "role" | "group" => Some(PolicyKind::Identity),
        "assume-role" | "assume_role" | "assumerole" => Some(PolicyKind::Trust),
        "secretsmanager" => Some(PolicyKind::Secret),
        "bucket" | "queue" | "topic" | "s3" | "sqs" | "sns" => Some(PolicyKind::Resource),
        "service-control" | "service_control_policy" => Some(PolicyKind::Scp),
        "resource-control" | "resource_control_policy" => Some(PolicyKind::Rcp),
        "vpce" | "vpc-endpoint" => Some(PolicyKind::Endpoint),
        _ => None,
    };
    other_name.or_else(|| {
        let distances = PolicyKind::ALL.into_iter().map(|kind| (distance(&lower, kind.name()), kind));
        distances.filter(|(distance, _)| *distance <= 2).min().map(|(_, kind)| kind)
    })
}

/// How many characters must be inserted, removed or replaced to turn one name into the other.
fn distance(left: &str, right: &str) -> usize {
    // No name is long; what is far longer is far away.
    if left.len() > 32 {
        return left.len();
    }
    let mut previous: Vec<usize> = (0..=right.chars().count()).collect();
    for (row, character) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut nearest = row + 1;
        for (pair, other) in previous.windows(2).zip(right.chars()) {
            let &[diagonal, above] = pair else { continue };
            nearest = (diagonal + usize::from(character != other)).min(above + 1).min(nearest + 1);
            current.push(nearest);
        }
        previous = current;
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_as_its_name() {
        for kind in PolicyKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }

    #[test]
    fn a_wrong_name_brings_the_right_one_to_mind() {
        let cases = [
            ("indentity", Some(PolicyKind::Identity)),
            ("kms", Some(PolicyKind::Key)),
            ("SCP", Some(PolicyKind::Scp)),
            ("bucket", Some(PolicyKind::Resource)),
            ("resourc", Some(PolicyKind::Resource)),
            ("something else", None),
        ];
        for (name, suggestion) in cases {
            assert_eq!(name.parse::<PolicyKind>().unwrap_err().suggestion, suggestion, "{name}");
        }
    }
}
