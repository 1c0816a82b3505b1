//! What condition keys say of a request, and what limits who can make it: a table whose sources and date
//! its file names.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::service::rows;

const TABLE: &str = include_str!("../../data/telling-keys.tsv");

/// What a condition key says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Who is calling.
    Caller,
    /// From which address.
    Address,
    /// From which VPC or endpoint.
    Vpc,
    /// On whose behalf a service calls.
    Source,
    /// What is asked for.
    Resource,
}

/// What makes the values of a limiting key fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// No wildcard, no variable.
    Plain,
    /// An ARN whose account is fixed; what follows may be wide.
    ArnAccount,
    /// `o-…/…`: the organisation is fixed; what follows may be wide.
    OrganisationPath,
    /// `AROA…:session`: the unique id is fixed.
    UserId,
    /// Ranges of addresses that are not too wide.
    Address,
    /// True.
    True,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    about: Option<About>,
    limit: Option<Limit>,
}

/// The keys by their names in lower case; of those that stand for all that start so only the start.
static KEYS: LazyLock<HashMap<String, Key>> =
    LazyLock::new(|| rows(TABLE).filter_map(|row| read(&row)).collect());

fn read(row: &[&'static str]) -> Option<(String, Key)> {
    let [name, says, limit, _] = *row else { return None };
    let about = match says {
        "caller" => Some(About::Caller),
        "address" => Some(About::Address),
        "vpc" => Some(About::Vpc),
        "source" => Some(About::Source),
        "resource" => Some(About::Resource),
        "-" => None,
        _ => return None,
    };
    let limit = match limit {
        "plain" => Some(Limit::Plain),
        "account" => Some(Limit::ArnAccount),
        "organisation" => Some(Limit::OrganisationPath),
        "user-id" => Some(Limit::UserId),
        "address" => Some(Limit::Address),
        "true" => Some(Limit::True),
        "-" => None,
        _ => return None,
    };
    Some((name.to_ascii_lowercase(), Key { about, limit }))
}

/// What a key says of a request; `None` for one that says nothing of these.
pub(super) fn about(key: &str) -> Option<About> {
    let key = key.to_ascii_lowercase();
    if key.contains(":resourcetag/") {
        return Some(About::Resource);
    }
    let start = key.split_inclusive('/').next().unwrap_or_default();
    KEYS.get(start).and_then(|found| found.about)
}

/// What the values of a key must be to limit who can call; `None` for a key that limits nobody.
pub(crate) fn limit_of(key: &str) -> Option<Limit> {
    KEYS.get(&key.to_ascii_lowercase()).and_then(|found| found.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::condition_key;

    #[test]
    fn every_line_is_of_a_key() {
        assert_eq!(KEYS.len(), rows(TABLE).count());
        for row in rows(TABLE) {
            let key = row[0].to_owned() + if row[0].ends_with('/') { "team" } else { "" };
            // SNS alone has the first, and providers of tokens the others.
            let is_elsewhere = key == "aws:SourceOwner" || key.contains(".com:");
            assert!(is_elsewhere || condition_key(&key).is_some(), "{key}");
            assert!(row[3].starts_with("https://docs.aws.amazon.com/"), "{key}");
        }
    }

    #[test]
    fn keys_are_found_in_any_case_and_by_their_start() {
        assert_eq!(about("AWS:principaltag/Team"), Some(About::Caller));
        assert_eq!(about("secretsmanager:ResourceTag/a/b"), Some(About::Resource));
        assert_eq!(about("aws:PrincipalTag"), None);
        assert_eq!(about("aws:PrincipalArn/x"), None);
        assert_eq!(limit_of("AWS:sourcevpc"), Some(Limit::Plain));
        assert_eq!((about("aws:Referer"), limit_of("aws:Referer")), (None, None));
    }
}
