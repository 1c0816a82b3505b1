//! Actions and the resource types that they work on.

use std::fmt;

use super::arn::ArnForm;
use super::block::{ActionData, Link, TypeData};
use super::catalogue::Service;
use super::key::{ConditionKey, condition_key};

/// What an action does to a resource.
///
/// Source: Service Authorization Reference, "Access level summaries",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Shows that a resource exists, not what is in it.
    List,
    /// Shows what is in a resource and changes nothing.
    Read,
    /// Makes, changes or removes a resource.
    Write,
    /// Changes tags alone; AWS counts it as a kind of writing.
    Tagging,
    /// Grants or changes permissions; AWS counts it as a kind of writing.
    PermissionsManagement,
}

impl AccessLevel {
    /// The level of a letter of the data.
    pub(super) fn of(letter: &str) -> Option<AccessLevel> {
        Some(match letter {
            "l" => AccessLevel::List,
            "r" => AccessLevel::Read,
            "w" => AccessLevel::Write,
            "t" => AccessLevel::Tagging,
            "p" => AccessLevel::PermissionsManagement,
            _ => return None,
        })
    }

    /// The name as AWS writes it: `Permissions management`.
    pub fn name(self) -> &'static str {
        match self {
            AccessLevel::List => "List",
            AccessLevel::Read => "Read",
            AccessLevel::Write => "Write",
            AccessLevel::Tagging => "Tagging",
            AccessLevel::PermissionsManagement => "Permissions management",
        }
    }
}

/// An action of a service.
#[derive(Clone, Copy)]
pub struct Action {
    service: Service,
    data: &'static ActionData,
}

impl Action {
    pub(super) fn new(service: Service, data: &'static ActionData) -> Action {
        Action { service, data }
    }

    /// The service that it belongs to.
    pub fn service(self) -> Service {
        self.service
    }

    /// The name without prefix, as AWS writes it: `Decrypt`.
    pub fn name(self) -> &'static str {
        self.data.name
    }

    /// What it does to a resource.
    pub fn access_level(self) -> AccessLevel {
        self.data.access_level
    }

    /// The resource types that it works on. None means that a statement has to name `*` as its
    /// resource: `kms:ListKeys`.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ActionResource> {
        let links = self.service.block().list(self.data.list);
        links.iter().map(move |link| ActionResource { service: self.service, link: *link })
    }

    /// The condition keys that the action itself sets, whatever the resource.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> {
        self.service.block().set(self.data.set)
    }

    /// Every condition key that the data knows for the action: its own, those that it has for one of
    /// its resource types, and those of the types. Some come twice, and not every action of a type sets
    /// all the keys of the type, which AWS publishes for all actions together. Global keys are not among them
    /// unless the service's page names them.
    pub fn all_condition_keys(self) -> impl Iterator<Item = ConditionKey> {
        let of_types = self.resource_types().flat_map(|resource| {
            resource
                .resource_type()
                .into_iter()
                .flat_map(ResourceType::condition_keys)
                .chain(resource.condition_keys())
        });
        self.condition_keys().chain(of_types)
    }

    /// Whether a request for the action can have a condition key of this name: a key of
    /// [`Action::all_condition_keys`], or a global key that AWS does not keep from the action. Keys of
    /// tags depend on the action, and are only those of the data.
    pub fn may_have_key(self, name: &str) -> bool {
        self.all_condition_keys().any(|key| key.is_named(name))
            || condition_key(name).is_some_and(|key| key.is_global() && key.reaches(self))
    }

    /// The actions that a caller needs in addition, with prefix: `iam:PassRole`.
    pub fn dependent_actions(self) -> impl Iterator<Item = &'static str> {
        self.data.dependents.split_ascii_whitespace()
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Action) -> bool {
        self.service == other.service && self.data.name == other.data.name
    }
}

impl Eq for Action {}

impl std::hash::Hash for Action {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.service.hash(state);
        self.data.name.hash(state);
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({self})")
    }
}

/// As a policy names it: `kms:Decrypt`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service.prefix(), self.data.name)
    }
}

/// A resource type that an action works on.
#[derive(Clone, Copy, Debug)]
pub struct ActionResource {
    service: Service,
    link: Link,
}

impl ActionResource {
    /// The type.
    pub fn resource_type(self) -> Option<ResourceType> {
        let data = self.service.block().types.get(usize::from(self.link.resource_type))?;
        Some(ResourceType::new(self.service, data))
    }

    /// Whether every request for the action names a resource of this type.
    pub fn is_required(self) -> bool {
        self.link.is_required
    }

    /// The condition keys that a request has when it names a resource of this type.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> {
        self.service.block().set(self.link.set)
    }
}

/// A kind of resource that a service's policies can name.
#[derive(Clone, Copy)]
pub struct ResourceType {
    service: Service,
    data: &'static TypeData,
}

impl ResourceType {
    pub(super) fn new(service: Service, data: &'static TypeData) -> ResourceType {
        ResourceType { service, data }
    }

    /// The service whose page lists it; its ARN may name another service.
    pub fn service(self) -> Service {
        self.service
    }

    /// The name in the Service Authorization Reference, such as `key`.
    pub fn name(self) -> &'static str {
        self.data.name
    }

    /// How its ARNs are put together.
    pub fn arn(self) -> ArnForm {
        ArnForm::new(self.data.arn)
    }

    /// The condition keys that the type adds to the actions that work on it.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> {
        self.service.block().set(self.data.set)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({}/{})", self.service, self.data.name)
    }
}
