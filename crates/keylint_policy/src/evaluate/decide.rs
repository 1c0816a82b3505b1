//! From what the policies say one by one to the decision.

use std::fmt;

use keylint_model::Verdict;

use super::caller::Caller;
use super::explain::{self, Because};
use super::grant::{self, Grant, Grants};
use super::layer::{Layer, Slot};
use super::naming::Naming;
use super::request::Request;
use super::scope::Scope;
use super::statement::Setting;
use crate::document::Parsed;
use crate::kind::PolicyKind;
use crate::service::{self, Service};

/// The policies that count for a request. An empty list means that there are none of that sort.
#[derive(Clone, Debug, Default)]
pub struct Policies<'p> {
    /// Managed and inline policies of the user, its groups, or the role.
    pub identity: Vec<&'p Parsed>,
    /// The permissions boundary of the user or role. AWS has one at most; of several each must allow.
    pub boundaries: Vec<&'p Parsed>,
    /// Policies passed when the session was made.
    pub session: Vec<&'p Parsed>,
    /// The policy of the resource: key policy, trust policy, bucket policy and so on.
    pub resource: Option<&'p Parsed>,
    /// Service control policies of the caller's account, level by level from the root.
    pub scps: Vec<Vec<&'p Parsed>>,
    /// Resource control policies of the account that owns the resource, level by level. The policy
    /// `RCPFullAWSAccess`, which is attached to every level, need not be given.
    pub rcps: Vec<Vec<&'p Parsed>>,
    /// The policy of the VPC endpoint that the request comes through.
    pub endpoint: Vec<&'p Parsed>,
    /// Grants on the key.
    pub grants: Vec<Grant>,
}

/// What AWS answers, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The request is allowed.
    Allowed,
    /// Something that would have to allow the request does not. Whether something denies it as well
    /// may be open.
    ImplicitlyDenied,
    /// A statement denies the request.
    ExplicitlyDenied,
    /// Not known.
    Undecided,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Decision; 4] =
        [Decision::Allowed, Decision::ImplicitlyDenied, Decision::ExplicitlyDenied, Decision::Undecided];

    /// The name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Allowed => "allowed",
            Decision::ImplicitlyDenied => "implicitly-denied",
            Decision::ExplicitlyDenied => "explicitly-denied",
            Decision::Undecided => "undecided",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A decision with its reasons.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// What it follows from, the most telling first. Never empty.
    pub because: Vec<Because>,
}

/// Decides a request.
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Evaluation {
    let scope = Scope::new(request);
    let layers = Layers::of(policies, &scope);
    let denied = layers.denied();
    let permitted = layers.permitted();
    let decision = match (denied, permitted) {
        (Verdict::Yes, _) => Decision::ExplicitlyDenied,
        (_, Verdict::No) => Decision::ImplicitlyDenied,
        (Verdict::No, Verdict::Yes) => Decision::Allowed,
        _ => Decision::Undecided,
    };
    let because = explain::reasons(decision, &layers);
    Evaluation { decision, because }
}

/// How the policy of a resource counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Within an account its allow is enough, or that of the identity.
    Either,
    /// It must allow the caller, or the account so that policies of identities decide.
    MustAllow,
}

/// What all policies say about one request.
pub(super) struct Layers<'p, 's> {
    pub(super) request: &'s Request,
    pub(super) rule: Rule,
    /// The policy of the resource must allow and is not given.
    pub(super) lacks_policy: bool,
    pub(super) identity: Layer<'p>,
    /// One for each boundary.
    pub(super) boundaries: Vec<Layer<'p>>,
    /// `None` when no session policy was passed.
    pub(super) session: Option<Layer<'p>>,
    pub(super) resource: Layer<'p>,
    /// One for each level.
    pub(super) scps: Vec<Layer<'p>>,
    pub(super) rcps: Vec<Layer<'p>>,
    /// `None` when the request comes through no endpoint.
    pub(super) endpoint: Option<Layer<'p>>,
    pub(super) grants: Grants<'p>,
    /// Whether the caller is a service-linked role, which control policies do not restrict.
    pub(super) is_service_linked: Verdict,
}

impl<'p, 's> Layers<'p, 's> {
    fn of(policies: &Policies<'p>, scope: &Scope<'s>) -> Self {
        let request = scope.request;
        let has_boundary = !policies.boundaries.is_empty();
        let setting = |kind| Setting { kind, has_boundary };
        let one = |slot: Slot, policy: &&'p Parsed, kind| Layer::of([(slot, *policy)], setting(kind), scope);
        let (rule, kind) = rule_of(request, policies.resource.is_some());
        let has_identity = matches!(
            request.caller,
            Caller::User(_) | Caller::Role(_) | Caller::Session(_) | Caller::FederatedUser(_)
        );
        let enumerated = |list: &[&'p Parsed], slot: fn(usize) -> Slot| {
            list.iter().enumerate().map(|(place, policy)| (slot(place), *policy)).collect::<Vec<_>>()
        };
        let mut layers = Layers {
            request,
            rule,
            lacks_policy: rule == Rule::MustAllow && policies.resource.is_none(),
            identity: Layer::silent(),
            boundaries: Vec::new(),
            session: None,
            resource: Layer::silent(),
            scps: Vec::new(),
            rcps: Vec::new(),
            endpoint: None,
            grants: grant::allowed(if kind == PolicyKind::Key { &policies.grants } else { &[] }, scope),
            is_service_linked: is_service_linked(scope),
        };
        if has_identity {
            let identity = enumerated(&policies.identity, Slot::Identity);
            layers.identity = Layer::of(identity, setting(PolicyKind::Identity), scope);
            let boundaries = policies.boundaries.iter().enumerate();
            layers.boundaries =
                boundaries.map(|(place, it)| one(Slot::Boundary(place), it, PolicyKind::Boundary)).collect();
            let session = enumerated(&policies.session, Slot::Session);
            layers.session =
                (!session.is_empty()).then(|| Layer::of(session, setting(PolicyKind::Session), scope));
        }
        if let Some(policy) = policies.resource {
            layers.resource = Layer::of([(Slot::Resource, policy)], setting(kind), scope);
        }
        if request.caller.account().is_some() {
            layers.scps = levels(&policies.scps, Slot::Scp, setting(PolicyKind::Scp), scope);
        }
        if rcps_apply(request) {
            layers.rcps = levels(&policies.rcps, Slot::Rcp, setting(PolicyKind::Rcp), scope);
        }
        let endpoint = enumerated(&policies.endpoint, Slot::Endpoint);
        layers.endpoint =
            (!endpoint.is_empty()).then(|| Layer::of(endpoint, setting(PolicyKind::Endpoint), scope));
        layers
    }

    /// Whether something denies.
    fn denied(&self) -> Verdict {
        let own = [&self.identity, &self.resource].into_iter().chain(&self.boundaries);
        let own = own.chain(&self.session).chain(&self.endpoint).map(|layer| layer.denies);
        let control = self.scps.iter().chain(&self.rcps).map(|layer| layer.denies);
        Verdict::any(own).or(Verdict::any(control).and(!self.is_service_linked))
    }

    /// Whether everything allows that has to.
    fn permitted(&self) -> Verdict {
        let scps = Verdict::all(self.scps.iter().map(|layer| layer.allows.any())).or(self.is_service_linked);
        self.granted().and(scps).and(self.endpoint_allows())
    }

    /// Whether the endpoint lets the request through.
    pub(super) fn endpoint_allows(&self) -> Verdict {
        let Some(layer) = &self.endpoint else { return Verdict::Yes };
        let Naming { direct, role, account } = layer.allows;
        // At a gateway endpoint the id of an account stands for its root user only, and for the two
        // services that have gateways the request does not show which sort it comes through.
        // Source: AWS PrivateLink, "Control access to VPC endpoints using endpoint policies".
        let has_gateway = ["s3", "dynamodb"].iter().any(|it| self.request.service().eq_ignore_ascii_case(it));
        direct.or(role).or(if has_gateway { account.and(Verdict::Unknown) } else { account })
    }

    /// Whether identity, resource and grants give the permission.
    fn granted(&self) -> Verdict {
        if let Caller::Unrecognised(_) = self.request.caller {
            return Verdict::Unknown;
        }
        let Some(account) = self.request.caller.account() else {
            // Nobody but the resource can speak for a service, a provider or an anonymous caller.
            let missing = if self.lacks_policy { Verdict::Unknown } else { Verdict::No };
            return self.resource_direct().or(self.grants.by_owner.allows.direct).or(missing);
        };
        match self.request.owner() {
            Some(owner) if owner == account => self.granted_within(),
            Some(_) => self.granted_across(),
            None => {
                let (within, across) = (self.granted_within(), self.granted_across());
                if within == across { within } else { Verdict::Unknown }
            }
        }
    }

    /// As whom the policy of the resource allows the caller, for itself or as everybody.
    fn resource_direct(&self) -> Verdict {
        match (&self.request.caller, self.rule) {
            // In a key policy an asterisk stands for "all AWS identities in all accounts".
            (Caller::Anonymous, Rule::MustAllow) => Verdict::No,
            _ => self.resource.allows.direct,
        }
    }

    /// The limits of the identity: boundary and session policies allow as well.
    pub(super) fn limits(&self) -> Verdict {
        self.boundaries_allow().and(self.session_allows())
    }

    pub(super) fn boundaries_allow(&self) -> Verdict {
        Verdict::all(self.boundaries.iter().map(|layer| layer.allows.any()))
    }

    pub(super) fn session_allows(&self) -> Verdict {
        self.session.as_ref().map_or(Verdict::Yes, |layer| layer.allows.any())
    }

    /// Whether the policies of the identity allow, within its limits.
    pub(super) fn identity_allows(&self) -> Verdict {
        match self.request.caller {
            // "…the AWS account root user, which has full access."
            Caller::Root(_) => Verdict::Yes,
            // A federated user has the permissions that both the user and the session policies give;
            // without session policies it has none. Source: STS API Reference, "GetFederationToken".
            Caller::FederatedUser(_) if self.session.is_none() => Verdict::No,
            _ => self.identity.allows.any().and(self.limits()),
        }
    }

    /// Within one account.
    fn granted_within(&self) -> Verdict {
        if self.is_role_for_root() {
            return Verdict::No;
        }
        let Naming { direct, role, account } = self.resource.allows;
        let by_resource = direct.or(role.and(self.limits()));
        let grants = self.grants.by_owner.allows.or(self.grants.by_caller.allows);
        let by_grant = grants.direct.or(grants.role.or(grants.account).and(self.limits()));
        let by_identity = match self.rule {
            Rule::Either => self.identity_allows(),
            Rule::MustAllow => {
                let account = if self.lacks_policy { Verdict::Unknown } else { account };
                account.and(self.identity_allows())
            }
        };
        let missing = if self.lacks_policy { Verdict::Unknown } else { Verdict::No };
        by_resource.or(by_grant).or(by_identity).or(missing)
    }

    /// Across accounts both sides must allow.
    fn granted_across(&self) -> Verdict {
        if self.is_role_for_root() || self.is_for_own_keys() {
            return Verdict::No;
        }
        let resource = self.resource.allows.any();
        let resource = if self.lacks_policy { Verdict::Unknown } else { resource };
        let owner_side = resource.or(self.grants.by_owner.allows.any());
        let both = owner_side.and(self.identity_allows());
        // A grant that the caller's account made speaks for the caller's side as well.
        let Naming { direct, role, account } = self.grants.by_caller.allows;
        both.or(direct).or(role.or(account).and(self.session_allows()))
    }

    /// Whether another account asks for what only the account of the key can do.
    pub(super) fn is_for_own_keys(&self) -> bool {
        let is_other = |account: &str| self.request.owner().is_some_and(|owner| owner != account);
        self.request.caller.account().is_some_and(is_other) && is_for_own_keys(self.request)
    }

    /// "You can't use AWS account root user credentials to call AssumeRole." (STS API Reference)
    pub(super) fn is_role_for_root(&self) -> bool {
        matches!(self.request.caller, Caller::Root(_))
            && self.request.action.eq_ignore_ascii_case("sts:AssumeRole")
    }
}

/// Whether an action on a key is one that no policy can allow to another account than the key's.
/// Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key".
fn is_for_own_keys(request: &Request) -> bool {
    let is_key = request.resource.split(':').nth(2) == Some("kms");
    let mut across = service::key_actions_across_accounts();
    is_key
        && request.service().eq_ignore_ascii_case("kms")
        && service::action(&request.action).is_some()
        && !across.any(|action| action.eq_ignore_ascii_case(&request.action))
}

/// Control policies, one layer for each level.
fn levels<'p>(
    levels: &[Vec<&'p Parsed>],
    slot: fn(usize, usize) -> Slot,
    setting: Setting,
    scope: &Scope<'_>,
) -> Vec<Layer<'p>> {
    let level = |(level, list): (usize, &Vec<&'p Parsed>)| {
        let list = list.iter().enumerate().map(|(place, policy)| (slot(level, place), *policy));
        Layer::of(list, setting, scope)
    };
    levels.iter().enumerate().map(level).collect()
}

/// Whether resource control policies apply to the action: its service has to be on AWS's list, and the
/// action has to have a resource. What AWS's data does not know counts as covered.
/// Source: Organizations User Guide, "Resource control policies (RCPs)".
fn rcps_apply(request: &Request) -> bool {
    // "RCPs do not impact the kms:RetireGrant permission."
    if request.action.eq_ignore_ascii_case("kms:RetireGrant") {
        return false;
    }
    let is_covered = service::service(request.service()).is_none_or(Service::supports_rcp);
    is_covered && service::action(&request.action).is_none_or(|action| action.resource_types().len() > 0)
}

/// How the policy of the resource counts, and of which kind it is.
///
/// Sources: KMS Developer Guide, "Key policies in AWS KMS"; IAM User Guide, "How AWS enforcement
/// code logic evaluates requests": roles and keys are the exceptions.
fn rule_of(request: &Request, has_policy: bool) -> (Rule, PolicyKind) {
    let mut fields = request.resource.splitn(6, ':').skip(2);
    let (service, name) = (fields.next().unwrap_or(""), fields.nth(2).unwrap_or(""));
    let is_service = |wanted: &str| request.service().eq_ignore_ascii_case(wanted);
    if is_service("kms") && (service == "kms" && name.starts_with("key/") || has_policy) {
        return (Rule::MustAllow, PolicyKind::Key);
    }
    if is_service("sts") && (service == "iam" && name.starts_with("role/") || has_policy) {
        return (Rule::MustAllow, PolicyKind::Trust);
    }
    if is_service("secretsmanager") {
        (Rule::Either, PolicyKind::Secret)
    } else {
        (Rule::Either, PolicyKind::Resource)
    }
}

/// Whether the caller is a role that a service made for itself. Its ARN shows it by the path; that
/// of a session only by the name, which other roles can have as well.
/// Source: IAM User Guide, "Create a service-linked role".
fn is_service_linked(scope: &Scope<'_>) -> Verdict {
    let in_path = |arn: &str| arn.contains(":role/aws-service-role/");
    match &scope.request.caller {
        Caller::Role(identity) => in_path(&identity.arn).into(),
        Caller::Session(_) => match scope.context.known("aws:PrincipalArn") {
            Some(arn) => in_path(arn).into(),
            None if scope
                .request
                .caller
                .role_name()
                .is_some_and(|it| it.starts_with("AWSServiceRoleFor")) =>
            {
                Verdict::Unknown
            }
            None => Verdict::No,
        },
        _ => Verdict::No,
    }
}
