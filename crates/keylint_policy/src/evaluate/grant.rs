//! Grants on a KMS key: permissions that an owner of the key gave to a principal, outside of any policy.

use std::collections::BTreeMap;

use keylint_model::Verdict;

use super::context::ContextValue;
use super::layer::{Hit, Layer, Slot};
use super::naming::{self, Naming};
use super::scope::Scope;
use crate::document::{PrincipalKind, Principals};
use crate::element::{Element, Scalar};

/// A grant, as `kms:CreateGrant` takes it.
///
/// Source: KMS Developer Guide, "Grants in AWS KMS", and KMS API Reference, "CreateGrant".
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// The grantee principal: the ARN of a role, user, session or federated user, or a service.
    pub grantee: String,
    /// The operations: `Decrypt`, `GenerateDataKey`.
    pub operations: Vec<String>,
    /// The account that made the grant, where that is not the key's; only then can a grant alone
    /// allow a caller of another account.
    pub issuer: Option<String>,
    /// `EncryptionContextEquals`: the pairs that the encryption context has to consist of.
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// `EncryptionContextSubset`: pairs that the encryption context has to have.
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// `SourceArn`: the ARN on whose behalf a service may use the grant.
    pub source_arn: Option<String>,
}

/// What grants allow, apart by who made them.
pub(super) struct Grants<'p> {
    /// Those of the owner of the key.
    pub(super) by_owner: Layer<'p>,
    /// Those of the caller's account.
    pub(super) by_caller: Layer<'p>,
}

/// What grants allow a request.
pub(super) fn allowed<'p>(grants: &[Grant], scope: &Scope<'_>) -> Grants<'p> {
    let mut found = Grants { by_owner: Layer::silent(), by_caller: Layer::silent() };
    let caller_account = scope.request.caller.account();
    let owner = scope.request.owner();
    for (place, grant) in grants.iter().enumerate() {
        let naming = grantee(grant, scope).and(covers(grant, scope));
        let verdict = naming.any();
        if verdict == Verdict::No {
            continue;
        }
        let foreign = grant.issuer.as_deref().filter(|issuer| Some(*issuer) != owner);
        let layer = match foreign {
            Some(issuer) if Some(issuer) == caller_account => &mut found.by_caller,
            _ => &mut found.by_owner,
        };
        layer.allows = layer.allows.or(naming);
        layer.hits.push(Hit {
            slot: Slot::Grant(place),
            statement: None,
            denies: false,
            verdict,
            naming,
            obstacle: None,
        });
    }
    found
}

/// As what a grant names the caller.
fn grantee(grant: &Grant, scope: &Scope<'_>) -> Naming {
    let kind = if grant.grantee.contains(':') { PrincipalKind::Aws } else { PrincipalKind::Service };
    let element = Element {
        text: grant.grantee.as_str().into(),
        span: None,
        origin: keylint_model::Origin::default(),
        scalar: Scalar::String,
    };
    let principals = Principals { items: vec![(kind, element)], ..Principals::default() };
    let naming = naming::named(&principals, scope);
    // A grant to a user stays within the user's boundary, unlike a policy that names the user.
    match scope.request.caller {
        super::Caller::User(_) => {
            Naming { direct: Verdict::No, role: naming.role.or(naming.direct), ..naming }
        }
        _ => naming,
    }
}

/// Whether a grant is about the operation and its constraints hold.
fn covers(grant: &Grant, scope: &Scope<'_>) -> Verdict {
    let request = scope.request;
    let operation = request.action.split_once(':').map_or("", |(_, name)| name);
    if !grant.operations.iter().any(|granted| granted.eq_ignore_ascii_case(operation)) {
        return Verdict::No;
    }
    let mut verdict = Verdict::Yes;
    if let Some(arn) = grant.source_arn.as_ref().filter(|_| !operation.eq_ignore_ascii_case("RetireGrant")) {
        let same = match scope.value_of("aws:SourceArn") {
            None => Verdict::No,
            Some(ContextValue::One(value)) => {
                value.as_known().map_or(Verdict::Unknown, |it| (it == arn).into())
            }
            Some(_) => Verdict::Unknown,
        };
        verdict = verdict.and(same);
    }
    verdict.and((!has_encryption_context(operation, scope)).or(has_context(grant, scope)))
}

/// Whether the encryption context of a request is one that a grant asks for.
fn has_context(grant: &Grant, scope: &Scope<'_>) -> Verdict {
    let mut verdict = Verdict::Yes;
    for pairs in [&grant.encryption_context_equals, &grant.encryption_context_subset].into_iter().flatten() {
        verdict = verdict.and(Verdict::all(pairs.iter().map(|(key, value)| has_pair(key, value, scope))));
    }
    if let Some(pairs) = &grant.encryption_context_equals {
        let prefix = "kms:encryptioncontext:";
        let own = |key: &str| {
            pairs.keys().any(|pair| key.strip_prefix(prefix) == Some(&*pair.to_ascii_lowercase()))
        };
        let more = scope.context.iter().any(|(key, _)| key.starts_with(prefix) && !own(key));
        verdict = verdict.and((!more).into());
    }
    verdict
}

/// The operations that take an encryption context, with a symmetric key: constraints on it are not applied
/// to any other. Source: KMS API Reference, "GrantConstraints".
const WITH_CONTEXT: [&str; 8] = [
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];

fn has_encryption_context(operation: &str, scope: &Scope<'_>) -> Verdict {
    let is_symmetric = match scope.context.get("kms:EncryptionAlgorithm") {
        // Requests that name no algorithm are for the usual one.
        None => Verdict::Yes,
        Some(ContextValue::One(name)) => {
            name.as_known().map_or(Verdict::Unknown, |name| (name == "SYMMETRIC_DEFAULT").into())
        }
        Some(_) => Verdict::Unknown,
    };
    is_symmetric.and(WITH_CONTEXT.iter().any(|name| name.eq_ignore_ascii_case(operation)).into())
}

fn has_pair(key: &str, value: &str, scope: &Scope<'_>) -> Verdict {
    match scope.context.get(&format!("kms:EncryptionContext:{key}")) {
        None => Verdict::No,
        Some(ContextValue::One(found)) => {
            found.as_known().map_or(Verdict::Unknown, |found| (found == value).into())
        }
        Some(_) => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Caller, Context, Request};

    /// Source: KMS API Reference, "GrantConstraints".
    #[test]
    fn constraints_are_about_some_operations() {
        let role = "arn:aws:iam::111122223333:role/app";
        let grant = Grant {
            grantee: role.to_owned(),
            operations: ["Decrypt", "DescribeKey", "Sign", "RetireGrant"].map(str::to_owned).to_vec(),
            encryption_context_equals: Some([("a".to_owned(), "b".to_owned())].into()),
            source_arn: Some("arn:aws:s3:::bucket".to_owned()),
            ..Grant::default()
        };
        let covered = |action: &str, keys: &[(&str, &str)]| {
            let mut context = Context::new();
            for (key, value) in keys {
                let value = if *value == "?" { ContextValue::Unknown } else { (*value).into() };
                context.insert(key, value);
            }
            let request = Request {
                action: action.to_owned(),
                resource: "arn:aws:kms:eu-west-1:111122223333:key/k".to_owned(),
                resource_account: None,
                caller: Caller::parse(role),
                context,
            };
            covers(&grant, &Scope::new(&request))
        };
        let source = ("aws:SourceArn", "arn:aws:s3:::bucket");
        let pair = ("kms:EncryptionContext:a", "b");
        assert_eq!(covered("kms:Decrypt", &[source, pair]), Verdict::Yes);
        assert_eq!(covered("kms:Decrypt", &[source]), Verdict::No);
        assert_eq!(
            covered("kms:Decrypt", &[source, ("kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256")]),
            Verdict::Yes
        );
        // Of an algorithm that is not known it is not known whether it takes a context.
        let algorithm = ("kms:EncryptionAlgorithm", "?");
        assert_eq!(covered("kms:Decrypt", &[source, algorithm]), Verdict::Unknown);
        assert_eq!(covered("kms:Decrypt", &[source, pair, algorithm]), Verdict::Yes);
        assert_eq!(covered("kms:DescribeKey", &[source]), Verdict::Yes);
        assert_eq!(covered("kms:DescribeKey", &[]), Verdict::No);
        assert_eq!(covered("kms:Sign", &[source]), Verdict::Yes);
        assert_eq!(covered("kms:RetireGrant", &[]), Verdict::Yes);
        assert_eq!(covered("kms:Encrypt", &[source, pair]), Verdict::No);
    }
}
