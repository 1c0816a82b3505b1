//! Kinds: what one AWS thing is called in each front end, and what it has.
//!
//! A rule is written once, against a kind; the kind says where each front end keeps each
//! attribute. Kinds are data (`rules/kinds/*.yaml`), so that adding an AWS resource touches one
//! file and no code.

mod check;
mod load;
mod table;

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use keylint_model::{FrontEnd, Value};
use keylint_policy::PolicyKind;
use keylint_syntax::Text;

use crate::cel;
use crate::cel::lowered::Node;
use crate::page::Target;
use crate::types::Type;

pub use load::parse_kind;
pub use table::{EmbeddedKind, Kinds};

/// One AWS thing.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name: `secretsmanager.secret`.
    pub name: Arc<str>,
    /// What a sentence calls it.
    pub noun: Arc<str>,
    /// The Terraform types that it is; a data source has `data.` in front.
    pub terraform: Vec<Arc<str>>,
    /// The CloudFormation types that it is.
    pub cloudformation: Vec<Arc<str>>,
    /// Its attributes by name.
    pub attributes: Attributes,
    /// Other resources that add to this one.
    pub companions: IndexMap<Arc<str>, Companion>,
    /// What it stores.
    pub encryption: Vec<Encryption>,
    /// Attributes whose values are masked although their type is not `secret`.
    pub secrets: Vec<Arc<str>>,
    /// Attributes that hold environment variables: a map, or a list with `name` and `value`.
    pub environment: Vec<Arc<str>>,
    /// The attribute whose resource a reference to this one means: an alias means its key.
    pub stands_for: Option<Arc<str>>,
    /// Policy statements that are written as attributes.
    pub statements: Vec<StatementSpec>,
}

impl Kind {
    /// The attributes that name the key of what it stores itself, and not in one of its parts.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let stores = self.encryption.iter().filter(|store| store.each.is_none());
        stores.filter_map(|store| store.key.as_deref()?.strip_prefix("self."))
    }
}

/// Attributes by name.
pub type Attributes = IndexMap<Arc<str>, Attribute>;

/// One attribute of a kind.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: AttributeType,
    /// Whether a policy stands here as its only statement.
    pub is_statement: bool,
    /// Where Terraform has it; the first path that is there counts. An attribute without paths is
    /// its default, or null: a condition can then speak of all kinds alike.
    pub terraform: Vec<Path>,
    /// Where CloudFormation has it.
    pub cloudformation: Vec<Path>,
    /// What it is called in messages: `auth token`.
    pub label: Arc<str>,
    /// What it is in Terraform when absent or null.
    pub terraform_default: Option<Value>,
    /// What it is in CloudFormation when absent or null.
    pub cloudformation_default: Option<Value>,
    /// The attributes of its elements, or of the object that it is.
    pub item: Attributes,
    /// For a credential that is one only sometimes: when.
    pub when: Option<When>,
}

/// A condition over `self`, which is compiled once, when it is first asked.
#[derive(Clone, Debug)]
pub struct When {
    /// As it is written.
    pub text: Text,
    compiled: OnceLock<Option<Node>>,
}

impl When {
    fn new(text: Text) -> When {
        When { text, compiled: OnceLock::new() }
    }

    /// The condition, about a resource of a kind; `None` when it does not compile.
    pub(crate) fn of(&self, kind: &Kind, kinds: &Kinds) -> Option<&Node> {
        let compile = || {
            let variables = crate::rule::variables(&Target::Kind(Arc::clone(&kind.name)), kinds)?;
            cel::compile_as(&Type::Bool, &self.text, &variables, kinds).ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list of strings.
    Strings,
    /// A map from strings to strings.
    Map,
    /// A length of time, in days: a number of days, `rate(…)` or `cron(…)`.
    Duration,
    /// Points at a resource of a kind.
    Reference(Arc<str>),
    /// A policy document. Its kind is the first whose condition holds.
    Policy(Arc<[PolicyChoice]>),
    /// Anything: all that can be asked is whether it is given.
    Any,
    /// A credential.
    Secret,
    /// Elements with attributes of their own.
    List,
    /// One object with attributes of its own.
    Object,
}

/// Where a front end keeps an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The companion that it starts in, where it does not start in the resource.
    pub companion: Option<Arc<str>>,
    /// The names to walk.
    pub segments: Vec<Arc<str>>,
}

/// A kind that a policy can be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChoice {
    /// The kind.
    pub kind: PolicyKind,
    /// When it is of this kind: a condition over `self`.
    pub when: Option<Text>,
}

/// A policy statement that is written as attributes of a resource: `aws_lambda_permission`. It is
/// about everything.
#[derive(Clone, Debug)]
pub struct StatementSpec {
    /// The kind of the policy that it is a statement of.
    pub policy: PolicyKind,
    /// The attribute with the effect; without one the statement allows.
    pub effect: Option<Arc<str>>,
    /// The attribute with the principals: accounts, ARNs or services.
    pub principal: Arc<str>,
    /// The attribute with the actions.
    pub actions: Arc<str>,
    /// Operator, condition key, attribute with the value; a condition without value is left out.
    pub conditions: Vec<(Arc<str>, Arc<str>, Arc<str>)>,
    /// The attribute with the whole of the conditions, as a statement has them; in place of the others.
    pub condition: Option<Arc<str>>,
}

/// Resources that add to a resource by pointing at it.
#[derive(Clone, Debug)]
pub struct Companion {
    /// Their kinds.
    pub kinds: Vec<Arc<str>>,
    /// Their attribute that points at it.
    pub by: Arc<str>,
}

/// One store at rest of a kind, or data on its way. The conditions speak of `self`, and of `item`
/// where it is one for every element of a list.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// What a sentence calls the store.
    pub noun: Arc<str>,
    /// The list attribute whose every element is such a store; `None` for one in the resource.
    pub each: Option<Arc<str>>,
    /// When it is encrypted.
    pub encrypted: Text,
    /// Whether the data is on its way rather than at rest.
    pub in_transit: bool,
    /// The reference that names the key; `None` where the kind takes none.
    pub key: Option<Text>,
    /// What encrypts it when no key is named.
    pub default_key: DefaultKey,
    /// Where findings point; otherwise where the key or the resource is.
    pub at: Option<Text>,
    /// When there is such a store at all.
    pub when: Option<Text>,
    /// Whether the general rules look at it; not where a rule of its own does.
    pub rules: bool,
}

/// The key that encrypts when no key is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultKey {
    /// A key that AWS owns and shows to nobody.
    AwsOwned,
    /// The service's key in the account: `alias/aws/…`.
    AwsManaged,
}

impl Kind {
    /// The attributes reached through the names of list or object attributes.
    pub fn item(&self, path: &[Arc<str>]) -> Option<&Attributes> {
        path.iter().try_fold(&self.attributes, |attributes, name| {
            attributes.get(name).map(|attribute| &attribute.item)
        })
    }

    /// All attributes with the ones inside items, each with the names that lead to it.
    pub fn all_attributes(&self) -> Vec<(Vec<Arc<str>>, &Attribute)> {
        fn collect<'k>(
            attributes: &'k Attributes,
            path: &[Arc<str>],
            found: &mut Vec<(Vec<Arc<str>>, &'k Attribute)>,
        ) {
            for attribute in attributes.values() {
                found.push((path.to_vec(), attribute));
                let inner: Vec<_> = path.iter().chain([&attribute.name]).cloned().collect();
                collect(&attribute.item, &inner, found);
            }
        }
        let mut found = Vec::new();
        collect(&self.attributes, &[], &mut found);
        found
    }
}

impl Attribute {
    /// Where a front end keeps it.
    pub fn paths(&self, front_end: FrontEnd) -> &[Path] {
        match front_end {
            FrontEnd::Terraform => &self.terraform,
            FrontEnd::CloudFormation => &self.cloudformation,
            FrontEnd::Policy => &[],
        }
    }

    /// What it is when absent or null.
    pub fn default(&self, front_end: FrontEnd) -> Option<&Value> {
        match front_end {
            FrontEnd::Terraform => self.terraform_default.as_ref(),
            FrontEnd::CloudFormation => self.cloudformation_default.as_ref(),
            FrontEnd::Policy => None,
        }
    }
}

impl DefaultKey {
    /// The name in kind files and conditions.
    pub fn name(self) -> &'static str {
        match self {
            DefaultKey::AwsOwned => "aws-owned",
            DefaultKey::AwsManaged => "aws-managed",
        }
    }
}
