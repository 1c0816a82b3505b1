//! A request that shows what a policy allows.

use keylint_model::Verdict;

use super::condition::KeyValue;
use super::known::spelt;
use super::principal::{Case, STRANGER, type_of, user_of};
use super::search::Point;
use super::shown;
use crate::document::Document;
use crate::evaluate::is_account;
use crate::evaluate::{Caller, Context, ContextValue, Request, allows_and_denies};
use crate::kind::PolicyKind;

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
                let (service, name) = match (one("aws:username"), one("aws:PrincipalType").as_deref()) {
                    (Some(name), _) => ("iam", format!("user/{name}")),
                    (None, Some("User")) => ("iam", "user/example".to_owned()),
                    (None, Some("Account")) => ("iam", "root".to_owned()),
                    (None, Some("FederatedUser")) => ("sts", "federated-user/example".to_owned()),
                    (None, _) => ("iam", "role/example".to_owned()),
                };
                format!("arn:aws:{service}::{}:{name}", named.as_deref().unwrap_or(account))
            })
        };
        let principal = match case {
            Case::Holder => by_context("111122223333"),
            Case::HolderOf(_, id) => by_context(id),
            Case::HolderElsewhere(_) | Case::Outsider(_) => by_context(STRANGER),
            Case::Identity(arn) => (*arn).to_owned(),
            Case::Member(id) => by_context(id),
            Case::Anonymous => "anonymous".to_owned(),
            Case::Service(name) => format!("service:{name}"),
            Case::Federated(name) => (*name).to_owned(),
            Case::Named(_, element) => element.text.to_string(),
        };
        Witness { principal, action: spelt(&shown(&point.action)), resource: shown(&point.resource), context }
    }

    /// Whether the keys that describe the principal say of it what its ARN says; of its name where that only stands
    /// for a variable, `has_name`, nothing is asked.
    pub(super) fn is_coherent(&self, has_name: bool) -> bool {
        let one = |wanted: &str| {
            let found = self.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
            match &found.1 {
                KeyValue::One(text) => Some(text.as_str()),
                _ => None,
            }
        };
        let fields: Vec<&str> = self.principal.splitn(6, ':').collect();
        let ["arn", _, _, _, account, name] = fields[..] else { return true };
        if name.contains("${") || account.contains("${") {
            return true;
        }
        let account =
            !is_account(account) || one("aws:PrincipalAccount").is_none_or(|known| known == account);
        let kind = type_of(&self.principal);
        let kind = one("aws:PrincipalType").is_none_or(|known| kind.is_none_or(|kind| kind == known));
        let user = one("aws:username").is_none_or(|known| user_of(&self.principal) == Some(known));
        account && kind && (user || has_name)
    }

    /// Whether all of it is concrete.
    fn is_concrete(&self) -> bool {
        ![&self.principal, &self.action, &self.resource].iter().any(|text| text.contains("${"))
    }

    /// The request, for the evaluator; `None` where only deployment knows a part of it.
    pub fn request(&self) -> Option<Request> {
        let mut context = Context::new();
        for (key, value) in &self.context {
            match value {
                KeyValue::Absent => {}
                KeyValue::One(value) => context.insert(key, value.as_str().into()),
                KeyValue::Many(values) => {
                    let values = values.iter().map(|value| value.as_str().into()).collect();
                    context.insert(key, ContextValue::Many(values));
                }
            }
        }
        self.is_concrete().then(|| Request {
            action: self.action.clone(),
            resource: self.resource.clone(),
            resource_account: None,
            caller: Caller::parse(&self.principal),
            context,
        })
    }

    /// Whether the evaluator finds, too, that one policy allows the request and another does not.
    /// Yes where it is not concrete: then there is nothing to evaluate.
    pub(super) fn is_confirmed(
        &self,
        allowing: &Document,
        other: Option<&Document>,
        kind: PolicyKind,
    ) -> bool {
        let Some(request) = self.request() else { return true };
        let (allows, denies) = allows_and_denies(allowing, kind, &request);
        let other_allows = other.map(|other| {
            let (allows, denies) = allows_and_denies(other, kind, &request);
            allows.and(!denies)
        });
        allows.and(!denies) == Verdict::Yes && other_allows.is_none_or(|verdict| verdict == Verdict::No)
    }
}
