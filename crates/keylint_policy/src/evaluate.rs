//! Decides requests: one action on one resource by one caller, against all policies that count.
//!
//! [`evaluate`] follows the pages "How AWS enforcement code logic evaluates requests to allow or
//! deny access" and "Cross-account policy evaluation logic" of the IAM User Guide, for keys those of
//! the KMS Developer Guide. The answer has a fourth value beside the three of AWS: undecided, where
//! a policy has parts that only deployment knows, where AWS would not accept it, or where something
//! is missing that decides, such as the policy of a key. Nothing is guessed.
//!
//! The context that is given is taken for the whole context of the request, completed by what
//! follows from the rest of it ([`Request::complete_context`]).
//!
//! Not looked at: access control lists and Block Public Access of S3, permissions that services give
//! to accounts or the public by themselves, and whether an account is the management account of its
//! organisation, for which service and resource control policies have no effect: who gives
//! such policies says that they apply.

mod caller;
mod case;
mod condition;
mod context;
mod decide;
mod explain;
mod grant;
mod layer;
mod naming;
mod request;
mod scope;
mod statement;
mod value;

use keylint_model::Verdict;

pub use caller::{Caller, Identity};
pub use case::{Case, InputError, read_cases};
pub use context::{Context, ContextValue};
pub use decide::{Decision, Evaluation, Policies, evaluate};
pub use explain::Because;
pub use grant::Grant;
pub use layer::Slot;
pub use request::Request;

pub(crate) use caller::is_account;
pub(crate) use value::{Address, Decimal, Form, Network, Reading, bytes, instant, stored_date, truth};

use crate::document::{Document, Statement};
use crate::kind::PolicyKind;

/// Whether one statement of a document applies to a request, whatever its effect: action, resource
/// and conditions fit, and in a policy that names principals the caller is named in any way.
///
/// What AWS would not accept is unknown unless it rules itself out. A permissions boundary, which
/// matters to `NotPrincipal`, is taken not to be there.
pub fn applies(document: &Document, statement: &Statement, kind: PolicyKind, request: &Request) -> Verdict {
    let scope = scope::Scope::new(request);
    statement::apply(document, statement, statement::Setting { kind, has_boundary: false }, &scope).verdict
}

/// Whether a document, taken for itself, allows and denies a request: some statement with that
/// effect applies.
pub fn allows_and_denies(document: &Document, kind: PolicyKind, request: &Request) -> (Verdict, Verdict) {
    let scope = scope::Scope::new(request);
    let setting = statement::Setting { kind, has_boundary: false };
    let mut layer = layer::Layer::silent();
    layer.add_document(Slot::Resource, document, setting, &scope);
    (layer.allows.any(), layer.denies)
}

#[cfg(test)]
mod tests;
