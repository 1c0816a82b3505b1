//! One request, and what follows from it.

use std::sync::Arc;

use keylint_model::{Part, Reason, Unknown};
use keylint_syntax::Text;

use super::caller::{Caller, is_account};
use super::context::{Context, ContextValue};
use crate::element::PartlyKnown;

/// A request to AWS: one action on one resource by one caller.
#[derive(Clone, Debug)]
pub struct Request {
    /// The action, `service:Name`, without wildcards. Case does not count.
    pub action: String,
    /// The ARN of the resource, in which wildcards mean themselves, or `*` where the action has none.
    pub resource: String,
    /// The account that owns the resource, where the ARN does not say it.
    pub resource_account: Option<String>,
    /// Who makes the request.
    pub caller: Caller,
    /// The condition keys of the request. They are taken to be all that it has, but for those that
    /// [`Request::complete_context`] adds.
    pub context: Context,
}

impl Request {
    /// The prefix of the action: `kms`.
    pub fn service(&self) -> &str {
        self.action.split(':').next().unwrap_or("")
    }

    /// The account that owns the resource: the one given, else that of the ARN, else for `*` the
    /// caller's. `None` when nothing says it.
    pub fn owner(&self) -> Option<&str> {
        let of_arn = || self.resource.split(':').nth(4).filter(|account| is_account(account));
        let given = self.resource_account.as_deref();
        given.or_else(of_arn).or_else(|| if self.resource == "*" { self.caller.account() } else { None })
    }

    /// The context with the keys that follow from the rest of the request with certainty and are
    /// not given: `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
    /// `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`, `aws:username`; `aws:userid` of root
    /// users, federated users and anonymous callers; `aws:ResourceAccount`; and `kms:CallerAccount`
    /// for actions of KMS. Of a session only the name of its role is known, so the path in its
    /// `aws:PrincipalArn` stays open.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys", and "IAM policy elements:
    /// Variables and tags", table "Principal key values".
    pub fn complete_context(&self) -> Context {
        let mut context = self.context.clone();
        let mut add = |key: &str, value: &str| context.insert_derived(key, value);
        match &self.caller {
            Caller::Root(identity) => {
                add("aws:PrincipalType", "Account");
                add("aws:userid", &identity.account);
            }
            Caller::User(identity) => {
                add("aws:PrincipalType", "User");
                add("aws:username", identity.last_name());
            }
            Caller::Role(_) | Caller::Session(_) => add("aws:PrincipalType", "AssumedRole"),
            Caller::FederatedUser(identity) => {
                add("aws:PrincipalType", "FederatedUser");
                add("aws:userid", &format!("{}:{}", identity.account, identity.name));
            }
            Caller::Service(name) => {
                add("aws:PrincipalIsAWSService", "true");
                add("aws:PrincipalServiceName", name);
                // All names of the service in the Region, of which this is one.
                context.insert_derived("aws:PrincipalServiceNamesList", ContextValue::Unknown);
            }
            Caller::Anonymous => {
                add("aws:PrincipalType", "Anonymous");
                add("aws:PrincipalAccount", "anonymous");
                add("aws:userid", "anonymous");
            }
            Caller::Provider(_) | Caller::Unrecognised(_) => {}
        }
        if let Some(identity) = self.caller.identity() {
            context.insert_derived("aws:PrincipalAccount", &*identity.account);
            context.insert_derived("aws:PrincipalIsAWSService", "false");
            context.insert_derived("aws:PrincipalArn", ContextValue::One(self.principal_arn(&identity.arn)));
            if self.service().eq_ignore_ascii_case("kms") {
                context.insert_derived("kms:CallerAccount", &*identity.account);
            }
        }
        if let Some(owner) = self.owner() {
            context.insert_derived("aws:ResourceAccount", owner);
        }
        context
    }

    /// `aws:PrincipalArn`: for a session the ARN of the role.
    fn principal_arn(&self, arn: &str) -> PartlyKnown {
        let (Caller::Session(identity), Some(role)) = (&self.caller, self.caller.role_name()) else {
            return arn.into();
        };
        let before = format!("arn:{}:iam::{}:role/", identity.partition, identity.account);
        let unknown = Unknown::new(Reason::Input("the path of the role".into()));
        PartlyKnown::from_parts(&[
            Part::Known(Text::synthetic(before)),
            Part::Hole(Arc::new(unknown), None),
            Part::Known(Text::synthetic(role)),
        ])
    }
}
