//! Whom a statement names, and whose account that is.

use keylint_model::{Part, Reason, Unknown, Verdict};

use super::Fact;
use super::guard::may_be;
use crate::document::{ConditionEntry, Document, PrincipalKind, Statement};
use crate::element::{Element, PartlyKnown};
use crate::evaluate::is_account;
use crate::kind::PolicyKind;

/// An account as far as it is known.
#[derive(Clone, Copy, Debug)]
pub enum Account<'e> {
    /// The account that is deployed to: `AWS::AccountId`, `data.aws_caller_identity…account_id`, or
    /// the account of a resource of the same stack.
    Own,
    /// Twelve digits.
    Literal(&'e str),
    /// Only deployment knows.
    Unknown(&'e Unknown),
}

/// What a principal stands for.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'e> {
    /// Everybody.
    Everybody,
    /// An account as a whole: its id or its root, which delegates to the account's own policies.
    /// Source: IAM User Guide, "AWS JSON policy elements: Principal", "AWS account principals".
    Account(Account<'e>),
    /// A role, user or session.
    Identity(Account<'e>),
    /// A service of AWS.
    Service,
    /// An identity provider.
    Federated,
    /// Named by an id that does not show its account: `AROA…`, a canonical user.
    Opaque,
    /// Only deployment knows.
    Unknown(&'e Unknown),
}

/// What is known of the account that owns what a policy is attached to.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// Its id.
    pub id: Option<String>,
    /// Whether the document names its own account by a reference somewhere, so that an id written
    /// out is another account.
    pub by_reference: bool,
}

impl<'e> Whom<'e> {
    /// What an element of `Principal` stands for.
    pub fn of(kind: PrincipalKind, element: &'e Element) -> Whom<'e> {
        match kind {
            PrincipalKind::Service => Whom::Service,
            PrincipalKind::Federated => Whom::Federated,
            PrincipalKind::CanonicalUser => of_canonical_user(&element.text),
            PrincipalKind::Bare | PrincipalKind::Aws | PrincipalKind::Other => of_aws(&element.text),
        }
    }

    /// The account that it belongs to.
    pub fn account(self) -> Option<Account<'e>> {
        match self {
            Whom::Account(account) | Whom::Identity(account) => Some(account),
            _ => None,
        }
    }
}

/// What an id as S3 has it stands for: it does not show its account, but what it is read from may.
/// An origin access identity is made by the service.
fn of_canonical_user(text: &PartlyKnown) -> Whom<'_> {
    const OF_SERVICES: [&str; 2] =
        ["aws_cloudfront_origin_access_identity", "aws_cloudfront_log_delivery_canonical_user_id"];
    let [Part::Hole(unknown, _)] = text.parts() else { return Whom::Opaque };
    let source = match (&unknown.reference, &unknown.reason) {
        (Some(reference), _) => reference.address.as_str(),
        (None, Reason::DataSource(name) | Reason::Computed(name)) => name,
        _ => return Whom::Opaque,
    };
    let is_of = |name: &str| source.split('.').any(|part| part == name);
    // A resource of a template is an origin access identity where it has an attribute of this name.
    let is_identity =
        || unknown.reference.as_ref().is_some_and(|read| &*read.attribute == "S3CanonicalUserId");
    if OF_SERVICES.into_iter().any(is_of) || is_identity() {
        Whom::Service
    } else if is_of("aws_canonical_user_id") {
        Whom::Identity(Account::Own)
    } else {
        Whom::Opaque
    }
}

/// What a text stands for where AWS's own principals do.
pub(super) fn of_aws(text: &PartlyKnown) -> Whom<'_> {
    match text.parts() {
        [Part::Known(known)] => of_known(known.as_str()),
        [Part::Hole(unknown, _)] => of_hole(unknown),
        parts => of_parts(parts),
    }
}

fn of_known(text: &str) -> Whom<'_> {
    if text == "*" {
        return Whom::Everybody;
    }
    if is_account(text) {
        return Whom::Account(Account::Literal(text));
    }
    let mut fields = text.splitn(6, ':');
    let (prefix, account, resource) = (fields.next(), fields.nth(3), fields.next());
    match (prefix, account, resource) {
        (Some("arn"), Some("*"), _) => Whom::Everybody,
        (Some("arn"), Some(account), Some("root")) if is_account(account) => {
            Whom::Account(Account::Literal(account))
        }
        (Some("arn"), Some(account), Some(_)) if is_account(account) => {
            Whom::Identity(Account::Literal(account))
        }
        // `arn:aws:iam::cloudfront:user/…`: an origin access identity, made by the service.
        (Some("arn"), Some("cloudfront"), Some(_)) => Whom::Service,
        _ => Whom::Opaque,
    }
}

fn of_hole(unknown: &Unknown) -> Whom<'_> {
    if is_own_account(unknown) {
        return Whom::Account(Account::Own);
    }
    if is_own_identity(unknown) { Whom::Identity(Account::Own) } else { Whom::Unknown(unknown) }
}

/// Whether an unknown is a role or user of the account that is deployed to: one of the stack, or one
/// that a data source reads. The logical id of a resource of a template shows no type, but what names a role or
/// user there is put together, with its account in it: nothing is known of any other resource.
fn is_own_identity(unknown: &Unknown) -> bool {
    let is_identity = |part: &str| match part {
        // What a part of it stands for is not said.
        "aws_iam_policy_document" => false,
        _ => part.starts_with("aws_iam_") || part == "aws_caller_identity",
    };
    let of_iam = |name: &str| name.split('.').any(is_identity);
    let reference = unknown.reference.as_ref().map(|reference| reference.address.as_str());
    match (reference, &unknown.reason) {
        (Some(address), _) => of_iam(address),
        (None, Reason::DataSource(name) | Reason::Computed(name)) => of_iam(name),
        _ => false,
    }
}

/// `arn:aws:iam::` hole `:root`, also with a hole for the partition.
fn of_parts(parts: &[Part]) -> Whom<'_> {
    let mut field = 0;
    let mut account = None;
    let mut resource = String::new();
    let mut first_hole = None;
    for part in parts {
        match part {
            Part::Known(text) => {
                for (position, piece) in text.as_str().split(':').enumerate() {
                    field += usize::from(position > 0);
                    match field {
                        4 if is_account(piece) => account = Some(Account::Literal(piece)),
                        5 => resource.push_str(piece),
                        _ => {}
                    }
                }
            }
            Part::Hole(unknown, _) => {
                first_hole = first_hole.or(Some(&**unknown));
                match field {
                    4 if is_own_account(unknown) => account = Some(Account::Own),
                    4 => account = Some(Account::Unknown(unknown)),
                    5 => resource.push('\u{FFFC}'),
                    _ => {}
                }
            }
        }
    }
    match (account, resource.as_str(), first_hole) {
        (Some(account), "root", _) => Whom::Account(account),
        (Some(account), _, _) => Whom::Identity(account),
        (None, _, Some(hole)) => Whom::Unknown(hole),
        (None, _, None) => Whom::Opaque,
    }
}

/// Whether an unknown is the id of the account that is deployed to.
pub(crate) fn is_own_account(unknown: &Unknown) -> bool {
    let of_account = |name: &str| name.ends_with(".account_id") || name.ends_with(".id");
    let names =
        |name: &str| name == "AWS::AccountId" || name.contains("aws_caller_identity.") && of_account(name);
    let subject = match &unknown.reason {
        Reason::Environment(name) | Reason::DataSource(name) => Some(&**name),
        _ => None,
    };
    subject.is_some_and(names) || unknown.identity.as_deref().is_some_and(names)
}

impl Owner {
    /// The owner whose account id is known.
    pub fn known(id: impl Into<String>) -> Self {
        Owner { id: Some(id.into()), by_reference: false }
    }

    /// Whether an account is another one.
    pub(super) fn is_other(&self, account: Account<'_>) -> Verdict {
        match (account, &self.id) {
            (Account::Own, _) => Verdict::No,
            (Account::Literal(id), Some(own)) => (id != own).into(),
            (Account::Literal(_), None) if self.by_reference => Verdict::Yes,
            (Account::Literal(_) | Account::Unknown(_), _) => Verdict::Unknown,
        }
    }
}

/// How many statements are asked for the owner; no document that AWS takes has more.
const STATEMENTS_READ: usize = 200;

impl Document {
    /// What the document itself says of the account that owns what it is attached to: the account
    /// of the ARNs in `Resource`, which in a resource policy are the resource's own; in a key policy
    /// the one account that may administer the key, since a key that its own account cannot
    /// administer is lost; and whether its account is named by reference.
    pub fn owner(&self, kind: PolicyKind) -> Owner {
        let mut owner = Owner::default();
        let (mut ids, mut of_resources): (Vec<&str>, Vec<&str>) = Default::default();
        for statement in self.statements.iter().take(STATEMENTS_READ) {
            for (whom, _) in statement.principals() {
                owner.by_reference |= matches!(whom.account(), Some(Account::Own));
                if let (PolicyKind::Key, Whom::Account(Account::Literal(id))) = (kind, whom)
                    && statement.grants("kms:PutKeyPolicy").is_yes()
                {
                    ids.push(id);
                }
            }
            if !kind.opens_resource() {
                continue;
            }
            for element in statement.resources.iter().flatten() {
                match of_aws(&element.text).account() {
                    Some(Account::Literal(id)) => of_resources.push(id),
                    Some(Account::Own) => owner.by_reference = true,
                    _ => {}
                }
            }
        }
        // A statement of a key policy may be about another key, which does nothing.
        if ids.is_empty() {
            ids = of_resources;
        }
        ids.sort_unstable();
        ids.dedup();
        if let [only] = ids.as_slice() {
            owner.id = Some((*only).to_owned());
        }
        owner
    }
}

impl Statement {
    /// Whom the statement names, and by which element.
    pub fn principals(&self) -> impl Iterator<Item = (Whom<'_>, &Element)> {
        let items = self.principals.iter().flat_map(|principals| &principals.items);
        items.map(|(kind, element)| (Whom::of(*kind, element), element))
    }

    /// Whether there may be principals besides those that are known.
    pub(super) fn open_principals(&self) -> Verdict {
        may_be(match &self.principals {
            Some(principals) => principals.rest.is_some(),
            None => self.not_principals.is_none() && self.rest.is_some(),
        })
    }

    /// Whether the statement allows something to another account than the owner's: to one that is
    /// named, or to everybody. Conditions are weighed only where they name the accounts, or can never hold:
    /// see [`Statement::has_fixed_condition`] for others.
    ///
    /// An id that is written out is another account when the owner's id is known and differs, when
    /// the document names its own account by reference, or when another id stands beside it: one of
    /// the two is. Otherwise it may be the owner's.
    pub fn allows_other_account(&self, owner: &Owner) -> Fact<'_> {
        let everybody = self.names_everybody();
        // Whether everybody comes from another account is asked below.
        let mut answer = match &self.principals {
            Some(principals) if self.not_principals.is_none() && everybody.is_yes() => {
                let rest = if principals.rest.is_some() { Verdict::Unknown } else { Verdict::No };
                everybody.and(rest)
            }
            _ => everybody,
        };
        let mut literal: Option<&str> = None;
        for (whom, element) in self.principals() {
            let verdict = match whom {
                Whom::Everybody => self.lets_in_other_account(owner),
                Whom::Account(account) | Whom::Identity(account) => {
                    let second = match (account, literal) {
                        (Account::Literal(id), Some(first)) => id != first,
                        (Account::Literal(id), None) => {
                            literal = Some(id);
                            false
                        }
                        _ => false,
                    };
                    owner.is_other(account).or(second.into())
                }
                Whom::Service | Whom::Federated => Verdict::No,
                Whom::Opaque | Whom::Unknown(_) => Verdict::Unknown,
            };
            answer = answer.or(Fact { verdict, element: Some(element), fallback: everybody.fallback });
        }
        let answer = answer.and(self.is_allow());
        if answer.verdict != Verdict::No && self.never_applies() { answer.and(Verdict::No) } else { answer }
    }

    /// Whether a statement for everybody lets another account in: not where a condition fixes accounts that
    /// are the owner's, which are named by it as they are by a principal.
    fn lets_in_other_account(&self, owner: &Owner) -> Verdict {
        const NAMING: [&str; 3] = ["aws:PrincipalArn", "aws:PrincipalAccount", "kms:CallerAccount"];
        let about = |entry: &&ConditionEntry| NAMING.iter().any(|key| entry.is_about(key));
        let entries = self.conditions.entries.iter().filter(about).filter(|entry| entry.is_positive());
        Verdict::all(entries.map(|entry| {
            let of_values = entry.texts().map(|text| match of_aws(text) {
                Whom::Account(account) | Whom::Identity(account) => owner.is_other(account),
                Whom::Unknown(_) => Verdict::Unknown,
                _ => Verdict::Yes,
            });
            Verdict::any(of_values.chain(entry.values.rest.iter().map(|_| Verdict::Unknown)))
        }))
    }

    /// Whether the statement hands the decision to the owner's own account: it allows something to
    /// the account as a whole, so that policies of the account decide who.
    pub fn delegates_to_account(&self, owner: &Owner) -> Fact<'_> {
        let mut answer = Fact::bare(Verdict::No);
        for (whom, element) in self.principals() {
            let verdict = match whom {
                Whom::Account(account) => !owner.is_other(account),
                Whom::Unknown(_) => Verdict::Unknown,
                _ => Verdict::No,
            };
            answer = answer.or(Fact { verdict, element: Some(element), fallback: element.span });
        }
        answer.and(self.is_allow())
    }

    /// Whether every principal of the statement is the owner's account as a whole.
    pub fn names_only_own_account(&self, owner: &Owner) -> Verdict {
        let Some(principals) = &self.principals else { return Verdict::No };
        let rest = if principals.rest.is_some() { Verdict::Unknown } else { Verdict::Yes };
        let each = self.principals().map(|(whom, _)| match whom {
            Whom::Account(account) => !owner.is_other(account),
            Whom::Unknown(_) => Verdict::Unknown,
            _ => Verdict::No,
        });
        Verdict::all(each).and(rest).and((!principals.items.is_empty() || principals.rest.is_some()).into())
    }
}
