//! Why a value is not known, and where it could be resolved.

use std::fmt;
use std::sync::Arc;

use keylint_source::Span;

use crate::reference::Reference;

/// What only deployment, or an input that is not there, decides.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Why.
    pub reason: Reason,
    /// Names the source of the value, scope included: `var.account` of a certain module,
    /// `data.aws_caller_identity.current.account_id`. Two unknowns with the same identity are the
    /// same value; one without an identity equals nothing.
    pub identity: Option<Arc<str>>,
    /// The resource attribute that it is, where it is one.
    pub reference: Option<Reference>,
    /// What its text certainly looks like, whatever it turns out to be.
    pub shape: Shape,
    /// Whether it stands for each further element of the collection whose rest it is, where it would
    /// stand for the collection itself otherwise.
    pub is_element: bool,
    /// Where a person would look to make it known: the variable's declaration, the data source,
    /// the module call.
    pub at: Option<Span>,
    /// What it was made of, where an operation made it of values that are not known: the first few
    /// of these, each once. None of them was made of others in its turn.
    pub causes: Arc<[Arc<Unknown>]>,
    /// What is wrong, of an invalid expression: present tense, lower case, no values of the source.
    pub message: Option<Arc<str>>,
}

/// What is certain of a text that only deployment knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Nothing: it may be empty, a list of fields, an ARN.
    #[default]
    Any,
    /// A name or id: not empty, without a colon, so that it is no ARN and no address.
    Name,
    /// A name or id without a slash either.
    Word,
    /// The id of a partition: `aws-cn`.
    Partition,
    /// The name of a Region: `eu-west-1`.
    Region,
    /// The twelve digits of an account.
    Account,
    /// An id without colon and slash that starts so: `vpc-`.
    Id(&'static str),
    /// An ARN of this form, in which `${…}` stands for what differs from resource to resource, and
    /// `${…:word}` for a text without colon and slash: `arn:${Partition}:s3:::${BucketName:word}`.
    Arn(&'static str),
    /// An address that starts with `https://`.
    Url,
}

impl Shape {
    /// Whether it is within one field of an ARN, and not empty.
    pub fn is_in_field(self) -> bool {
        !matches!(self, Shape::Any | Shape::Arn(_) | Shape::Url)
    }

    /// A text that it certainly contains, whatever it turns out to be. Every Region has hyphens; a
    /// partition may have none.
    /// Source: General Reference, "AWS regional endpoints".
    pub fn certain_part(self) -> &'static str {
        match self {
            Shape::Region => "-",
            Shape::Id(start) => start,
            Shape::Arn(_) => "arn:",
            Shape::Url => "https://",
            Shape::Any | Shape::Name | Shape::Word | Shape::Partition | Shape::Account => "",
        }
    }
}

/// Why a value is unknown. One of a fixed set, because the counts per reason are a measure that
/// may only fall.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A variable or parameter without a default and without a value.
    Input(Arc<str>),
    /// An attribute that the provider computes (`aws_kms_key.this.arn`).
    Computed(Arc<str>),
    /// A data source, which reads the account, or whatever else its provider reads.
    DataSource(Arc<str>),
    /// An output of a module that is not on disk.
    RemoteModule(Arc<str>),
    /// A function or intrinsic that keylint does not model, or that cannot be known (`uuid`).
    Function(Arc<str>),
    /// A pseudo parameter or the like: `AWS::AccountId`, `terraform.workspace`.
    Environment(Arc<str>),
    /// A value imported from another stack or state.
    Import(Arc<str>),
    /// A dynamic reference: `{{resolve:secretsmanager:…}}`.
    DynamicReference(Arc<str>),
    /// An unknown operand made the whole unknown; the name says in what.
    Operand(Arc<str>),
    /// The number or the keys of instances are not known.
    Instances(Arc<str>),
    /// What uses the value is not known, and decides whether it is all there is.
    Use(Arc<str>),
    /// The expression is invalid; a finding says so.
    Invalid,
    /// A limit was reached; a finding says so.
    Limit,
    /// Deployment chooses the value of this among a few, and all that is chosen with it makes more
    /// combinations than are looked at.
    Combinations(Arc<str>),
    /// The value depends on itself; a finding says so.
    Cycle,
}

impl Reason {
    /// The name of the reason without its subject, for counting: `input`, `computed`, ….
    pub fn category(&self) -> &'static str {
        match self {
            Reason::Input(_) => "input",
            Reason::Computed(_) => "computed",
            Reason::DataSource(_) => "data-source",
            Reason::RemoteModule(_) => "remote-module",
            Reason::Function(_) => "function",
            Reason::Environment(_) => "environment",
            Reason::Import(_) => "import",
            Reason::DynamicReference(_) => "dynamic-reference",
            Reason::Operand(_) => "operand",
            Reason::Instances(_) => "instances",
            Reason::Use(_) => "use",
            Reason::Invalid => "invalid",
            Reason::Limit | Reason::Combinations(_) => "limit",
            Reason::Cycle => "cycle",
        }
    }
}

impl Reason {
    /// What it is about: the variable without a value, the attribute that is computed.
    pub fn subject(&self) -> Option<&Arc<str>> {
        match self {
            Reason::Input(name)
            | Reason::Computed(name)
            | Reason::DataSource(name)
            | Reason::RemoteModule(name)
            | Reason::Function(name)
            | Reason::Environment(name)
            | Reason::Import(name)
            | Reason::DynamicReference(name)
            | Reason::Operand(name)
            | Reason::Instances(name)
            | Reason::Use(name)
            | Reason::Combinations(name) => Some(name),
            Reason::Invalid | Reason::Limit | Reason::Cycle => None,
        }
    }
}

/// Whether a data source is one of AWS, by its address.
fn reads_account(address: &str) -> bool {
    ["data.aws", "ephemeral.aws"].into_iter().any(|start| {
        address
            .match_indices(start)
            .any(|(at, _)| address.get(..at).is_some_and(|it| it.is_empty() || it.ends_with('.')))
    })
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Input(name) => write!(formatter, "`{name}` has no value"),
            Reason::Computed(name) => write!(formatter, "`{name}` is known after deployment"),
            Reason::DataSource(name) if reads_account(name) => {
                write!(formatter, "`{name}` is read from the account")
            }
            Reason::DataSource(name) => write!(formatter, "`{name}` is read by its provider"),
            Reason::RemoteModule(name) => write!(formatter, "the module `{name}` is not on disk"),
            Reason::Function(name) => {
                write!(formatter, "the result of `{name}` is not known before deployment")
            }
            Reason::Environment(name) => write!(formatter, "`{name}` depends on where it is deployed"),
            Reason::Import(name) => write!(formatter, "`{name}` is imported from another stack"),
            Reason::DynamicReference(name) => write!(formatter, "`{name}` is resolved at deployment"),
            Reason::Operand(name) => write!(formatter, "a part of `{name}` is not known"),
            Reason::Instances(name) => write!(formatter, "the instances of `{name}` are not known"),
            Reason::Use(name) => write!(formatter, "what uses `{name}` is not known"),
            Reason::Invalid => formatter.write_str("the expression is invalid"),
            Reason::Limit => formatter.write_str("a limit was reached"),
            Reason::Combinations(name) => {
                write!(formatter, "`{name}` and other values have too many combinations")
            }
            Reason::Cycle => formatter.write_str("the value depends on itself"),
        }
    }
}

impl Unknown {
    /// An unknown with a reason alone.
    pub fn new(reason: Reason) -> Self {
        Unknown {
            reason,
            identity: None,
            reference: None,
            shape: Shape::Any,
            is_element: false,
            at: None,
            causes: Arc::default(),
            message: None,
        }
    }

    /// The same with an identity: see [`Unknown::identity`].
    #[must_use]
    pub fn with_identity(self, identity: impl Into<Arc<str>>) -> Self {
        Unknown { identity: Some(identity.into()), ..self }
    }

    /// The same with the place that would resolve it.
    #[must_use]
    pub fn with_place(self, at: Span) -> Self {
        Unknown { at: Some(at), ..self }
    }

    /// The same with what its text looks like.
    #[must_use]
    pub fn with_shape(self, shape: Shape) -> Self {
        Unknown { shape, ..self }
    }

    /// The same as an attribute of a resource; the identity follows from it.
    #[must_use]
    pub fn with_reference(self, reference: Reference) -> Self {
        let identity = format!("{}.{}", reference.address, reference.attribute);
        Unknown { reference: Some(reference), identity: Some(identity.into()), ..self }
    }

    /// What an unknown may name of what it was made of.
    pub const CAUSES: usize = 8;

    /// The unknown that a person would resolve first: the first of its causes, or itself.
    pub fn root(&self) -> &Unknown {
        self.causes.first().map_or(self, |cause| cause)
    }

    /// The resource attributes that it is or was made of.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.reference.iter().chain(self.causes.iter().filter_map(|cause| cause.reference.as_ref()))
    }

    /// Whether both are certainly the same value.
    pub fn is_same(&self, other: &Unknown) -> bool {
        matches!((&self.identity, &other.identity), (Some(a), Some(b)) if a == b)
    }
}
