//! A policy document, read.

use std::borrow::Cow;
use std::sync::Arc;

use keylint_model::{Origin, Problem, Unknown, Verdict};
use keylint_source::Span;

use crate::element::{Element, Elements, PartlyKnown, SECRET, Scalar};
use crate::facts::Answers;
use crate::kind::PolicyKind;
use crate::operator::Operator;
use crate::service::condition_key;

/// The elements that a statement can have. Source: IAM User Guide, "Grammar of the IAM JSON policy language".
pub(crate) const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// What a value that stands where a policy is expected turned out to be.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// A policy, as far as it could be read; [`Document::problems`] says what could not.
    Document(Box<Document>),
    /// Nothing: null or the empty string. The consumer is then without a policy of its own.
    Absent,
    /// Only deployment knows it, or it is a template that cannot be read before its holes are filled.
    Unknown(Arc<Unknown>),
    /// Known, but no policy: no JSON object. A problem says so, unless the value is written nowhere.
    Invalid(Vec<Problem>),
}

impl Parsed {
    /// The document, where there is one.
    pub fn document(&self) -> Option<&Document> {
        match self {
            Parsed::Document(document) => Some(document),
            _ => None,
        }
    }

    /// The document, where there is one.
    pub fn into_document(self) -> Option<Document> {
        match self {
            Parsed::Document(document) => Some(*document),
            _ => None,
        }
    }
}

/// A policy document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The version of the language.
    pub version: Version,
    /// The `Version` element as it is written.
    pub version_element: Option<Element>,
    /// The `Id`.
    pub id: Option<Element>,
    /// The statements that are known, in order.
    pub statements: Vec<Statement>,
    /// Set when there are, or may be, more statements that only deployment decides.
    pub rest: Option<Arc<Unknown>>,
    /// Whether `rest` stands for statements alone that conditions decide which the world leaves open: all
    /// that they can be is written.
    pub is_rest_written: bool,
    /// The statements that deny in some of the cases that the world leaves open: their effect is unknown.
    pub(crate) possible_denials: Vec<Statement>,
    /// Set when the document has, or may have, more elements that only deployment decides.
    pub open: Option<Arc<Unknown>>,
    /// The opening brace, where the document is written as JSON text.
    pub start: Option<Span>,
    /// Where the value of `Statement` is written, or its name.
    pub statement_span: Option<Span>,
    /// What the value of `Statement` came through.
    pub statement_origin: Origin,
    /// How long the document is.
    pub size: Size,
    /// Where the document is written.
    pub span: Option<Span>,
    /// What the document came through; whether it is secret.
    pub origin: Origin,
    /// What is wrong with the JSON: to be reported under the rules that they name.
    pub problems: Vec<Problem>,
    /// What is wrong with the policy.
    pub malformed: Vec<Malformed>,
    /// The names that are made of a secret: the keys of conditions and whatever else is no name of
    /// AWS. No message may have one.
    pub(crate) secret_names: Vec<Arc<str>>,
    pub(crate) answers: Answers,
}

impl Document {
    /// Notes that there may be more statements than are known; `is_written` says whether all that they can
    /// be is.
    pub(crate) fn leave_open(&mut self, rest: &Arc<Unknown>, is_written: bool) {
        self.is_rest_written = is_written && (self.is_rest_written || self.rest.is_none());
        self.rest = Some(Arc::clone(rest));
    }

    /// Whether it is read in a world that decides of some statements whether they deny, which another
    /// reading of it leaves open.
    pub fn decides_denials(&self, whole: &Document) -> bool {
        self.possible_denials.len() < whole.possible_denials.len()
    }

    /// The document of a control policy that only denies, with the statement that stands beside it: AWS
    /// attaches a policy that allows everything to all of an organisation, for resource control policies
    /// without a way to take it off. `None` for other documents.
    /// Source: Organizations User Guide, "SCP evaluation", "RCP evaluation".
    pub fn beside_full_access(&self, kind: PolicyKind) -> Option<Document> {
        let name = match kind {
            PolicyKind::Scp => "FullAWSAccess",
            PolicyKind::Rcp => "RCPFullAWSAccess",
            _ => return None,
        };
        let only_denies = self.statements.iter().all(|statement| statement.is_allow() == Verdict::No);
        if !only_denies || self.rest.is_some() {
            return None;
        }
        let element = |text: &str| Element {
            text: PartlyKnown::from(text),
            span: None,
            origin: Origin::default(),
            scalar: Scalar::String,
        };
        let all = || Some(Elements { items: vec![element("*")], ..Elements::default() });
        let everybody =
            Principals { items: vec![(PrincipalKind::Bare, element("*"))], ..Principals::default() };
        let mut document = self.clone();
        document.answers = Answers::default();
        document.statements.push(Statement {
            index: self.statements.len(),
            copy: 0,
            sid: Some(element(name)),
            effect: Effect::Allow,
            effect_span: None,
            principals: (kind == PolicyKind::Rcp).then_some(everybody),
            not_principals: None,
            actions: all(),
            not_actions: None,
            resources: all(),
            not_resources: None,
            conditions: Conditions::default(),
            rest: None,
            version: Version::V2012,
            reading: Reading::Fixed,
            span: None,
            origin: Origin::default(),
        });
        Some(document)
    }
}

/// How long a document is, in characters. What deployment adds comes on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Without the white space between the parts of the JSON. IAM does not count it.
    /// Source: IAM User Guide, "IAM and AWS STS quotas".
    pub bare: usize,
    /// With the white space, where the text is written; otherwise as `bare`.
    pub written: usize,
}

/// The version of the language that a document is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, also where no version is given: without policy variables.
    /// Source: IAM User Guide, "IAM JSON policy elements: Version".
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
    /// Only deployment knows it, or it is none that AWS has.
    Other,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
    /// Only deployment knows.
    Unknown(Arc<Unknown>),
    /// There is none, or none that AWS has: the statement is rejected as it is. Case counts.
    /// Source: IAM User Guide, "IAM JSON policy elements: Effect".
    Invalid,
}

/// How much of a statement hangs on conditions that deployment decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: it is the same in all worlds.
    #[default]
    Fixed,
    /// A part, and the world that it was read in decides all of that.
    Decided,
    /// A part, of which the world decides some; the rest is unknown.
    PartlyDecided,
    /// A part that is unknown, because the world leaves open which alternative holds.
    Open,
}

impl Reading {
    /// How much of two things together hangs on conditions.
    #[must_use]
    pub fn and(self, other: Reading) -> Reading {
        match (self, other) {
            (Reading::Fixed, other) => other,
            (known, Reading::Fixed) => known,
            (known, other) if known == other => known,
            _ => Reading::PartlyDecided,
        }
    }

    /// Whether the world decides anything of it.
    pub fn is_decided(self) -> bool {
        matches!(self, Reading::Decided | Reading::PartlyDecided)
    }
}

/// One statement of a document.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its place among the statements of the document, from 0.
    pub index: usize,
    /// Its place among the statements of the document that are made of the same text, as those of a loop
    /// are, from 0.
    pub copy: usize,
    /// Its name.
    pub sid: Option<Element>,
    /// What it does.
    pub effect: Effect,
    /// Where the effect is written.
    pub effect_span: Option<Span>,
    /// `Principal`.
    pub principals: Option<Principals>,
    /// `NotPrincipal`.
    pub not_principals: Option<Principals>,
    /// `Action`.
    pub actions: Option<Elements>,
    /// `NotAction`.
    pub not_actions: Option<Elements>,
    /// `Resource`.
    pub resources: Option<Elements>,
    /// `NotResource`.
    pub not_resources: Option<Elements>,
    /// `Condition`.
    pub conditions: Conditions,
    /// Set when the statement has, or may have, more elements that only deployment decides.
    pub rest: Option<Arc<Unknown>>,
    /// The version of the document: decides whether `${…}` is a variable.
    pub version: Version,
    /// How much of it hangs on conditions.
    pub reading: Reading,
    /// Where the statement is written, braces included.
    pub span: Option<Span>,
    /// What it came through.
    pub origin: Origin,
}

/// Whom a statement names.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// The principals, in the order in which they are written.
    pub items: Vec<(PrincipalKind, Element)>,
    /// Set when there are, or may be, more that only deployment decides.
    pub rest: Option<Arc<Unknown>>,
    /// Where the name of the element is written: `"Principal"`.
    pub key_span: Option<Span>,
    /// Where the value of the element is written.
    pub span: Option<Span>,
    /// The keys of the element; none where it is a string.
    pub groups: Vec<PrincipalGroup>,
}

/// A key of `Principal` with what stands under it.
#[derive(Clone, Debug)]
pub struct PrincipalGroup {
    /// The key as it is written.
    pub name: Arc<str>,
    /// What it means.
    pub kind: PrincipalKind,
    /// Where the key is written.
    pub key_span: Option<Span>,
    /// Where the value is written.
    pub span: Option<Span>,
    /// What the value came through.
    pub origin: Origin,
    /// Whether there is certainly nothing under it.
    pub is_empty: bool,
}

/// Under which key of the element a principal is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// The element is a string, which can only be `"*"`.
    Bare,
    /// `AWS`: accounts, roles, users, sessions, or `*`.
    Aws,
    /// `Service`: a service of AWS.
    Service,
    /// `Federated`: an identity provider.
    Federated,
    /// `CanonicalUser`: an account as S3 names it.
    CanonicalUser,
    /// A key that AWS does not have.
    Other,
}

/// The condition of a statement. Its entries are connected by "and".
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// One entry for each key under each operator.
    pub entries: Vec<ConditionEntry>,
    /// Set when there are, or may be, more entries that only deployment decides.
    pub rest: Option<Arc<Unknown>>,
    /// Where the name of the element is written: `"Condition"`.
    pub key_span: Option<Span>,
    /// Where the value of the element is written.
    pub span: Option<Span>,
    /// The operators, in the order in which they are written.
    pub operators: Vec<ConditionOperator>,
    /// Whether the statement has the element at all.
    pub is_given: bool,
}

/// An operator of a condition with what stands under it.
#[derive(Clone, Debug)]
pub struct ConditionOperator {
    /// The operator as it is written.
    pub name: Arc<str>,
    /// Where it is written.
    pub key_span: Option<Span>,
    /// Where its value is written.
    pub span: Option<Span>,
    /// Whether there is certainly no key under it.
    pub is_empty: bool,
}

/// One condition key with its values under an operator. The values are connected by "or", under a
/// negated operator by "nor".
#[derive(Clone, Debug)]
pub struct ConditionEntry {
    /// The operator; `None` when AWS has none of this name.
    pub operator: Option<Operator>,
    /// The operator as it is written.
    pub operator_name: Arc<str>,
    /// Where the operator is written.
    pub operator_span: Option<Span>,
    /// The key as it is written; which key it means does not depend on case.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Option<Span>,
    /// What the mapping of the key came through; whether its keys are secret.
    pub origin: Origin,
    /// The values.
    pub values: Elements,
}

/// What is wrong with a policy as a policy.
#[derive(Clone, Debug)]
pub struct Malformed {
    /// What it is.
    pub amiss: Amiss,
    /// The element it is about: `Action`, `Condition`.
    pub element: Arc<str>,
    /// The name or value as it is written, where that is what is wrong.
    pub written: Option<Arc<str>>,
    /// The statement it is in.
    pub statement: Option<usize>,
    /// The smallest range that shows it.
    pub span: Option<Span>,
    /// The JSON type that stands there, where that is what is wrong.
    pub found: Option<&'static str>,
}

/// What can be wrong with a policy as a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amiss {
    /// The element must be there.
    Missing,
    /// AWS has no such element.
    UnknownElement,
    /// The name of the element is right but for its case.
    ElementCase,
    /// AWS has no such condition operator.
    UnknownOperator,
    /// AWS has no such key of a principal.
    UnknownPrincipalKey,
    /// The key of a principal is right but for its case.
    PrincipalKeyCase,
    /// The element has a value that AWS does not have.
    UnknownValue,
    /// The value of the element is right but for its case.
    ValueCase,
    /// The element is of the wrong JSON type.
    WrongType,
    /// The element and its `Not` form are both there.
    BothForms,
    /// The element needs at least one part and has none.
    Empty,
}

/// Whether a condition key is a name that AWS gives it, without a part that a policy fills in.
pub(crate) fn is_name_of_aws(key: &str) -> bool {
    condition_key(key).is_some_and(|known| !known.is_template() && known.name().eq_ignore_ascii_case(key))
}

impl Document {
    /// The statements.
    pub fn iter(&self) -> std::slice::Iter<'_, Statement> {
        self.statements.iter()
    }
}

impl Statement {
    /// The name by which a report calls the statement: its Sid, unless that is secret.
    pub fn sid(&self) -> Option<&str> {
        let told = self.sid.as_ref().filter(|sid| !sid.origin.marks.sensitive);
        told.and_then(Element::as_known).filter(|sid| !sid.is_empty())
    }

    /// The key of the condition that has its key or one of its values at a place.
    pub fn condition_at(&self, place: Span) -> Option<Span> {
        let is_at = |value: &Element| value.span == Some(place);
        let mut entries = self.conditions.entries.iter();
        entries.find(|entry| entry.key_span == Some(place) || entry.values.iter().any(is_at))?.key_span
    }

    /// Where the condition first names the key that it names at a place.
    pub fn first_with_key(&self, place: Span) -> Option<Span> {
        let entries = &self.conditions.entries;
        let here = entries.iter().find(|entry| entry.key_span == Some(place))?;
        entries.iter().find(|entry| entry.is_about(&here.key))?.key_span
    }

    /// Whether it allows.
    pub fn is_allow(&self) -> keylint_model::Verdict {
        match self.effect {
            Effect::Allow => keylint_model::Verdict::Yes,
            Effect::Unknown(_) => keylint_model::Verdict::Unknown,
            Effect::Deny | Effect::Invalid => keylint_model::Verdict::No,
        }
    }

    /// Whether it denies.
    pub fn is_deny(&self) -> keylint_model::Verdict {
        match self.effect {
            Effect::Deny => keylint_model::Verdict::Yes,
            Effect::Unknown(_) => keylint_model::Verdict::Unknown,
            Effect::Allow | Effect::Invalid => keylint_model::Verdict::No,
        }
    }
}

impl Principals {
    /// The principals of one kind.
    pub fn of(&self, kind: PrincipalKind) -> impl Iterator<Item = &Element> {
        self.items.iter().filter(move |(item, _)| *item == kind).map(|(_, element)| element)
    }
}

impl ConditionEntry {
    /// Whether the entry is about this key, whatever the case.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// What a message may say of the key: of one that is made with a secret only what AWS gives names to.
    pub fn told_key(&self) -> Cow<'_, str> {
        if !self.origin.marks.sensitive {
            return Cow::Borrowed(&self.key);
        }
        match condition_key(&self.key) {
            Some(known) if is_name_of_aws(&self.key) => Cow::Borrowed(known.name()),
            Some(known) => known.with(SECRET).map_or(Cow::Borrowed(SECRET), Cow::Owned),
            None => Cow::Borrowed(SECRET),
        }
    }

    /// The values that the entry compares with.
    pub fn texts(&self) -> impl Iterator<Item = &PartlyKnown> {
        self.values.items.iter().map(|element| &element.text)
    }
}
