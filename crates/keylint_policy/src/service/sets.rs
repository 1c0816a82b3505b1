//! Condition keys by what they say of a request, of which AWS publishes no list.

use std::sync::LazyLock;

use super::table::rows;

const TABLE: &str = include_str!("../../data/key-sets.tsv");

/// Keys that say the same kind of thing. Source: `data/key-sets.tsv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeySet {
    /// On whose behalf a service calls.
    Source,
    /// The same, as one service has it or one role asks for it.
    OwnSource,
    /// The account or organisation of a caller, which a service does not have.
    Caller,
    /// A caller by name.
    CallerName,
    /// The name of a service.
    ServiceName,
    /// A name or an account, so that no value has a wildcard.
    Literal,
    /// What a caller or the owner of a resource chooses freely.
    Free,
    /// Which resource is meant.
    Resource,
    /// The account of a caller.
    CallerAccount,
    /// The organisation of a caller.
    CallerOrganisation,
    /// That a caller has given a second factor.
    Mfa,
    /// What not every caller of an account has.
    Proof,
    /// Which resource or kind of request is meant, of the global keys.
    Request,
    /// Whose a resource is.
    Owner,
    /// For whom a grant is, and of what kind.
    Grant,
    /// What a caller may write into any request.
    Spoofable,
    /// The VPC or endpoint that a request comes through.
    Vpc,
    /// Whose that endpoint is.
    EndpointOwner,
}

impl KeySet {
    const ALL: [(KeySet, &'static str); 18] = [
        (KeySet::Source, "source"),
        (KeySet::OwnSource, "own-source"),
        (KeySet::Caller, "caller"),
        (KeySet::CallerName, "caller-name"),
        (KeySet::ServiceName, "service-name"),
        (KeySet::Literal, "literal"),
        (KeySet::Free, "free"),
        (KeySet::Resource, "resource"),
        (KeySet::CallerAccount, "caller-account"),
        (KeySet::CallerOrganisation, "caller-organisation"),
        (KeySet::Mfa, "mfa"),
        (KeySet::Proof, "proof"),
        (KeySet::Request, "request"),
        (KeySet::Owner, "owner"),
        (KeySet::Grant, "grant"),
        (KeySet::Spoofable, "spoofable"),
        (KeySet::Vpc, "vpc"),
        (KeySet::EndpointOwner, "endpoint-owner"),
    ];

    /// Whether a key is one of the set, in any case.
    pub(crate) fn has(self, key: &str) -> bool {
        static READ: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
            let keys = |set| rows(TABLE).filter_map(|row| read(&row)).filter(move |(of, _)| *of == set);
            KeySet::ALL.iter().map(|(set, _)| keys(*set).map(|(_, key)| key).collect()).collect()
        });
        let is_key = |known: &str| match known.ends_with('/') {
            true => key.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)),
            false => key.eq_ignore_ascii_case(known),
        };
        READ.get(self as usize).is_some_and(|keys| keys.iter().any(|known| is_key(known)))
    }
}

fn read(row: &[&'static str]) -> Option<(KeySet, &'static str)> {
    let [set, key, _] = *row else { return None };
    let (set, _) = KeySet::ALL.into_iter().find(|(_, name)| *name == set)?;
    Some((set, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{condition_key, is_unlisted_condition_key};

    #[test]
    fn every_line_is_of_a_set_and_a_key_that_there_is() {
        for row in rows(TABLE) {
            let Some((set, key)) = read(&row) else { panic!("{row:?}") };
            let example = if key.ends_with('/') { format!("{key}team") } else { key.to_owned() };
            // AWS has given it up, and still knows it.
            let is_former = key == "aws:SourceOwner";
            assert!(
                condition_key(&example).is_some() || is_unlisted_condition_key(&example) || is_former,
                "{key}"
            );
            assert!(set.has(&example.to_uppercase()) && !set.has("aws:Nothing"), "{key}");
            assert!(row.last().is_some_and(|page| page.starts_with("https://docs.aws.amazon.com/")), "{key}");
        }
        assert!(
            KeySet::ALL
                .iter()
                .all(|(set, _)| rows(TABLE).any(|row| read(&row).is_some_and(|(of, _)| of == *set)))
        );
    }
}
