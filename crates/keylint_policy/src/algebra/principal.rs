//! Whom a request can come from, cut into cases that no statement tells apart.
//!
//! A principal cannot be named by a part of its name, so the principals that two policies tell apart
//! are finitely many: each that is named, another identity of each account that is named, somebody
//! else. With the case it is known what the keys that describe the principal can hold.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context
//! keys", "Properties of the principal".

use keylint_model::Verdict;

use super::condition::{Test, Values, is_same_text};
use crate::document::{PrincipalKind, Principals, Statement};
use crate::element::{Element, PartlyKnown};
use crate::evaluate::is_account;
use crate::facts::{Account, Whom};
use crate::glob::Symbol;
use crate::glob::search::any_arn;
use crate::matching::units;
use crate::operator::Base;
use crate::service::partition;

/// One case.
#[derive(Clone, Debug)]
pub(crate) enum Case<'d> {
    /// Whoever the policy is attached to.
    Holder,
    /// The same in an account of a partition.
    HolderOf(String, String),
    /// The same in none of these accounts.
    HolderElsewhere(Vec<String>),
    /// A user, role or session that a statement names by its ARN.
    Identity(&'d str),
    /// Another identity of an account.
    Member(String),
    /// Somebody of whom only is known that no statement names them, nor do they belong to one of
    /// these accounts.
    Outsider(Vec<String>),
    /// A caller without credentials.
    Anonymous,
    /// A service.
    Service(&'d str),
    /// An identity provider.
    Federated(&'d str),
    /// Named in a way that shows nothing else, or that only deployment knows.
    Named(PrincipalKind, &'d Element),
}

/// An account id that is nobody's: for whoever is not named.
pub(crate) const STRANGER: &str = "999999999999";

impl<'d> Case<'d> {
    /// The case that an element of a principal names; `None` for everybody.
    fn of(kind: PrincipalKind, element: &'d Element) -> Option<Case<'d>> {
        let named = Case::Named(kind, element);
        let Some(text) = element.as_known() else { return Some(named) };
        Some(match Whom::of(kind, element) {
            Whom::Everybody => return None,
            Whom::Account(Account::Literal(id)) => Case::Member(id.to_owned()),
            Whom::Identity(_) => Case::Identity(text),
            Whom::Service if kind == PrincipalKind::Service => Case::Service(text),
            Whom::Federated => Case::Federated(text),
            _ => named,
        })
    }

    /// Whether an element names the principal of the case.
    pub(crate) fn is_named_by(&self, kind: PrincipalKind, element: &Element) -> Verdict {
        let whom = Whom::of(kind, element);
        let account = |id: &str| match whom {
            Whom::Account(Account::Literal(named)) => (named == id).into(),
            Whom::Account(_) | Whom::Unknown(_) => Verdict::Unknown,
            _ => Verdict::No,
        };
        if matches!(whom, Whom::Everybody) {
            // A wildcard in the account of an ARN is rejected by AWS; its author means everybody.
            return if element.as_known() == Some("*") { Verdict::Yes } else { Verdict::Unknown };
        }
        match self {
            Case::Holder | Case::HolderOf(..) | Case::HolderElsewhere(_) => Verdict::Yes,
            Case::Identity(arn) => {
                let by_name = match element.as_known() {
                    Some(known) => (known == *arn || is_session_of(arn, known)).into(),
                    None if matches!(whom, Whom::Service | Whom::Federated) => Verdict::No,
                    None => Verdict::Unknown,
                };
                by_name.or(account_of(arn).map_or(Verdict::No, account))
            }
            Case::Member(id) if element.as_known().is_some() => account(id),
            Case::Member(_) if matches!(whom, Whom::Service | Whom::Federated | Whom::Opaque) => Verdict::No,
            Case::Member(_) => Verdict::Unknown,
            Case::Outsider(_) if element.as_known().is_none() && matches!(whom, Whom::Unknown(_)) => {
                Verdict::Unknown
            }
            Case::Outsider(_) => Verdict::No,
            Case::Anonymous => Verdict::No,
            Case::Service(name) => match element.as_known() {
                Some(known) => (kind == PrincipalKind::Service && known == *name).into(),
                None if kind == PrincipalKind::Service => Verdict::Unknown,
                None => Verdict::No,
            },
            Case::Federated(name) => match element.as_known() {
                Some(known) => (kind == PrincipalKind::Federated && known == *name).into(),
                None if kind == PrincipalKind::Federated => Verdict::Unknown,
                None => Verdict::No,
            },
            Case::Named(own_kind, own) => {
                if *own_kind == kind && is_same_text(&own.text, &element.text) {
                    Verdict::Yes
                } else if own.as_known().is_some() && element.as_known().is_some() {
                    Verdict::No
                } else {
                    Verdict::Unknown
                }
            }
        }
    }

    /// Whether the element `Principal` or `NotPrincipal` of a statement is met.
    pub(crate) fn is_meant_by(&self, statement: &Statement, needs_principal: bool) -> Verdict {
        let named = |principals: &Principals| {
            let rest = principals.rest.iter().map(|_| Verdict::Unknown);
            let items = principals.items.iter().map(|(kind, element)| self.is_named_by(*kind, element));
            Verdict::any(items.chain(rest))
        };
        match (&statement.principals, &statement.not_principals) {
            _ if self.is_holder() => Verdict::Yes,
            (Some(principals), _) => named(principals),
            (None, Some(excluded)) => !named(excluded),
            (None, None) if statement.rest.is_some() => Verdict::Unknown,
            (None, None) => (!needs_principal).into(),
        }
    }

    fn is_holder(&self) -> bool {
        matches!(self, Case::Holder | Case::HolderOf(..) | Case::HolderElsewhere(_))
    }

    /// What is known of the keys that describe the principal: tests, and whether a request of this
    /// case passes them, of the keys for which `is_tested` holds.
    pub(crate) fn knowledge(&self, is_tested: &dyn Fn(&str) -> bool) -> Vec<(Test<'d>, bool)> {
        let mut tests = Vec::new();
        let mut add = |key: &'static str, base: Base, values: Values<'d>| {
            if is_tested(key) {
                tests.push((Test::made(key, base, values), true));
            }
        };
        let exactly =
            |text: &str| Values::Strings(vec![text.chars().flat_map(units).map(Symbol::Char).collect()]);
        let (account, is_service) = match self {
            Case::Identity(arn) => {
                add("aws:PrincipalArn", Base::StringEquals, exactly(&role_of_session(arn)));
                if let Some(kind) = type_of(arn) {
                    add("aws:PrincipalType", Base::StringEquals, exactly(kind));
                }
                match user_of(arn) {
                    Some(name) => add("aws:username", Base::StringEquals, exactly(name)),
                    None => add("aws:username", Base::Null, Values::Null(vec![true])),
                }
                (account_of(arn).map(str::to_owned), false)
            }
            Case::Member(id) => {
                add("aws:PrincipalArn", Base::ArnLike, Values::Arns(vec![of_account(id)]));
                (Some(id.clone()), false)
            }
            Case::Anonymous => {
                for key in ["aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid"] {
                    add(key, Base::Null, Values::Null(vec![true]));
                }
                add("aws:PrincipalAccount", Base::StringEquals, exactly("anonymous"));
                (None, false)
            }
            Case::Service(name) => {
                add("aws:PrincipalServiceName", Base::StringEquals, exactly(name));
                add("aws:PrincipalArn", Base::Null, Values::Null(vec![true]));
                (None, true)
            }
            Case::Outsider(ids) => return outside(ids, is_tested),
            Case::Holder | Case::HolderOf(..) | Case::HolderElsewhere(_) => {
                // Only requests without credentials lack these.
                for key in ["aws:PrincipalArn", "aws:PrincipalType", "aws:userid"] {
                    add(key, Base::Null, Values::Null(vec![false]));
                }
                match self {
                    Case::HolderOf(partition, id) => {
                        add("aws:PrincipalAccount", Base::StringEquals, exactly(id));
                        add("kms:CallerAccount", Base::StringEquals, exactly(id));
                        add("aws:PrincipalArn", Base::ArnLike, Values::Arns(callers_of(partition, id)));
                    }
                    Case::HolderElsewhere(ids) => tests.extend(outside(ids, is_tested)),
                    _ => {}
                }
                return tests;
            }
            Case::Federated(_) | Case::Named(..) => return tests,
        };
        if !is_service && !matches!(self, Case::Anonymous) {
            add("aws:PrincipalType", Base::Null, Values::Null(vec![false]));
            add("aws:userid", Base::Null, Values::Null(vec![false]));
        }
        add("aws:PrincipalIsAWSService", Base::Bool, Values::Bools(vec![is_service]));
        if !is_service {
            add("aws:PrincipalServiceName", Base::Null, Values::Null(vec![true]));
            add("aws:PrincipalServiceNamesList", Base::Null, Values::Null(vec![true]));
        }
        if let Some(account) = account {
            add("aws:PrincipalAccount", Base::StringEquals, exactly(&account));
            add("kms:CallerAccount", Base::StringEquals, exactly(&account));
        }
        tests
    }
}

/// That a caller is of none of some accounts.
fn outside(ids: &[String], is_tested: &dyn Fn(&str) -> bool) -> Vec<(Test<'static>, bool)> {
    let texts = || Values::Strings(ids.iter().map(|id| id.chars().map(Symbol::Char).collect()).collect());
    let arns = Values::Arns(ids.iter().map(|id| any_of_account(id)).collect());
    let all = [
        ("aws:PrincipalAccount", Base::StringEquals, texts()),
        ("kms:CallerAccount", Base::StringEquals, texts()),
        ("aws:PrincipalArn", Base::ArnLike, arns),
    ];
    let tested = all.into_iter().filter(|(key, ..)| is_tested(key));
    tested.map(|(key, base, values)| (Test::made(key, base, values), false)).collect()
}

/// What `aws:PrincipalArn` can hold for the callers of an account.
fn callers_of(partition: &str, id: &str) -> Vec<Vec<Symbol<'static>>> {
    let starts =
        [format!("arn:{partition}:iam::{id}:"), format!("arn:{partition}:sts::{id}:federated-user/")];
    starts.map(|start| start.chars().map(Symbol::Char).chain([Symbol::Run]).collect()).into()
}

/// The value of `aws:PrincipalType` for whoever has an ARN.
/// Source: IAM User Guide, "AWS global condition context keys", `aws:PrincipalType`.
pub(super) fn type_of(arn: &str) -> Option<&'static str> {
    let name = arn.splitn(6, ':').nth(5)?;
    let types = [
        ("user/", "User"),
        ("role/", "AssumedRole"),
        ("assumed-role/", "AssumedRole"),
        ("federated-user/", "FederatedUser"),
    ];
    let of_prefix = types.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| kind);
    of_prefix.or((name == "root").then_some("Account"))
}

/// The value of `aws:username`, which only users have.
pub(super) fn user_of(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.strip_prefix("user/")?.rsplit('/').next()
}

/// How many accounts are told apart of those that have a policy attached.
const MAX_HOLDERS: usize = 20;

/// Those whom a policy is attached to, cut by their account where conditions on more than one key depend on it.
pub(crate) fn holders<'d>(statements: &(impl Iterator<Item = &'d Statement> + Clone)) -> Vec<Case<'d>> {
    const KEYS: [&str; 2] = ["aws:PrincipalAccount", "aws:PrincipalArn"];
    let entries = || statements.clone().flat_map(|statement| &statement.conditions.entries);
    if !KEYS.iter().all(|key| entries().any(|entry| entry.is_about(key))) {
        return vec![Case::Holder];
    }
    let about = entries().filter(|entry| KEYS.iter().any(|key| entry.is_about(key)));
    let texts: Vec<&str> = about.flat_map(|entry| entry.texts()).filter_map(PartlyKnown::as_known).collect();
    let mut accounts: Vec<&str> =
        texts.iter().flat_map(|text| text.split(':')).filter(|it| is_account(it)).collect();
    let known = texts.iter().filter_map(|text| text.strip_prefix("arn:")?.split(':').next());
    let mut partitions: Vec<&str> = known.filter(|it| partition(it).is_some()).collect();
    for list in [&mut accounts, &mut partitions] {
        list.sort_unstable();
        list.dedup();
    }
    if partitions.is_empty() {
        partitions.push("aws");
    }
    if accounts.is_empty() || accounts.len() > MAX_HOLDERS {
        return vec![Case::Holder];
    }
    let ids = accounts.iter().map(|id| (*id).to_owned()).collect();
    let holders = accounts.iter().flat_map(|id| {
        partitions.iter().map(|partition| Case::HolderOf((*partition).to_owned(), (*id).to_owned()))
    });
    holders.chain([Case::HolderElsewhere(ids)]).collect()
}

/// The ARNs of the roles of an account.
fn of_account(id: &str) -> Vec<Symbol<'static>> {
    let mut symbols: Vec<_> = format!("arn:aws:iam::{id}:role/").chars().map(Symbol::Char).collect();
    symbols.push(Symbol::Run);
    symbols
}

/// All ARNs of an account.
fn any_of_account(id: &str) -> Vec<Symbol<'static>> {
    let mut symbols = any_arn();
    // The run of the account field stands before the last colon.
    let at = symbols.len().saturating_sub(3);
    symbols.splice(at..=at, id.chars().map(Symbol::Char));
    symbols
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

/// Whether an ARN is a session of a role. A role's path is not in the ARN of its session.
fn is_session_of(session: &str, role: &str) -> bool {
    let name = |arn: &str, prefix: &str| Some(arn.splitn(6, ':').nth(5)?.strip_prefix(prefix)?.to_owned());
    let (Some(session_name), Some(role_name)) = (name(session, "assumed-role/"), name(role, "role/")) else {
        return false;
    };
    account_of(session) == account_of(role) && session_name.split('/').next() == role_name.rsplit('/').next()
}

/// The value of `aws:PrincipalArn` for an identity: of a session the ARN of its role.
fn role_of_session(arn: &str) -> String {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields.as_slice() {
        [arn, partition, "sts", region, account, rest] => match rest.strip_prefix("assumed-role/") {
            Some(session) => {
                let role = session.split('/').next().unwrap_or("");
                format!("{arn}:{partition}:iam:{region}:{account}:role/{role}")
            }
            None => fields.join(":"),
        },
        _ => arn.to_owned(),
    }
}

/// The cases that statements tell apart: somebody of no account that they name first, since what is
/// open to anybody shows best by them.
pub(crate) fn cases<'d>(statements: impl Iterator<Item = &'d Statement>) -> Vec<Case<'d>> {
    let mut accounts: Vec<String> = Vec::new();
    let mut named: Vec<Case<'d>> = Vec::new();
    for statement in statements {
        for principals in statement.principals.iter().chain(&statement.not_principals) {
            for (kind, element) in &principals.items {
                let case = Case::of(*kind, element);
                let account = match &case {
                    Some(Case::Member(id)) => Some(id.clone()),
                    Some(Case::Identity(arn)) => account_of(arn).map(str::to_owned),
                    _ => None,
                };
                accounts.extend(account);
                named.extend(case.filter(|case| !matches!(case, Case::Member(_))));
            }
        }
        for entry in &statement.conditions.entries {
            for text in entry.texts().filter_map(PartlyKnown::as_known) {
                let ids = text.split(':').filter(|field| is_account(field));
                accounts.extend(ids.map(str::to_owned));
            }
        }
    }
    accounts.sort_unstable();
    accounts.dedup();
    accounts.retain(|account| account != STRANGER);
    let ids = accounts.clone();
    let mut cases = vec![Case::Member(STRANGER.to_owned())];
    cases.extend(accounts.into_iter().map(Case::Member));
    for case in named {
        if !cases.iter().any(|other| other.is_same(&case)) {
            cases.push(case);
        }
    }
    cases.extend([Case::Anonymous, Case::Outsider(ids)]);
    cases
}

impl Case<'_> {
    fn is_same(&self, other: &Case<'_>) -> bool {
        match (self, other) {
            (Case::Identity(a), Case::Identity(b)) | (Case::Service(a), Case::Service(b)) => a == b,
            (Case::Federated(a), Case::Federated(b)) => a == b,
            (Case::Named(a, b), Case::Named(c, d)) => a == c && is_same_text(&b.text, &d.text),
            _ => false,
        }
    }
}
