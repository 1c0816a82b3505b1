//! A request that shows what a policy allows.

use super::condition::KeyValue;
use super::principal::{Case, STRANGER};
use super::search::Point;
use super::shown;

/// A request. It is concrete, but for `${…}` where only deployment knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Who asks: an ARN, `service:NAME`, `anonymous`, or the name that a policy gives.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The condition keys that matter, with their values. A key that is not listed is absent.
    pub context: Vec<(String, KeyValue)>,
}

impl Witness {
    pub(crate) fn of(case: &Case<'_>, point: &Point<'_>) -> Witness {
        let mut context: Vec<(String, KeyValue)> = point
            .keys
            .iter()
            .filter(|(_, value)| *value != KeyValue::Absent)
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        context.sort_by_key(|(key, _)| key.to_ascii_lowercase());
        let one = |wanted: &str| {
            context.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).and_then(
                |(_, value)| match value {
                    KeyValue::One(text) => Some(text.clone()),
                    _ => None,
                },
            )
        };
        let by_context = |account: &str| {
            one("aws:PrincipalArn").unwrap_or_else(|| {
                let named = one("aws:PrincipalAccount").or_else(|| one("kms:CallerAccount"));
                format!("arn:aws:iam::{}:role/example", named.as_deref().unwrap_or(account))
            })
        };
        let principal = match case {
            Case::Holder => by_context("111122223333"),
            Case::Outsider(_) => by_context(STRANGER),
            Case::Identity(arn) => (*arn).to_owned(),
            Case::Member(id) => by_context(id),
            Case::Anonymous => "anonymous".to_owned(),
            Case::Service(name) => format!("service:{name}"),
            Case::Federated(name) => (*name).to_owned(),
            Case::Named(_, element) => element.text.to_string(),
        };
        Witness { principal, action: shown(&point.action), resource: shown(&point.resource), context }
    }
}
