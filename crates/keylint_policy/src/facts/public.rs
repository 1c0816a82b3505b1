//! Whether a statement is open to everybody.
//!
//! "Public" is what AWS documents as such: a grant to any principal, unless a condition narrows it to
//! fixed values of a key that says who is calling, from which account or organisation, or from where.
//! Sources: S3 User Guide, "The meaning of public"; AWS Config, `kms-key-policy-no-public-access`
//! ("fixed values: values that don't contain a wildcard or a policy variable"); IAM User Guide,
//! "Access Analyzer filter keys" (the keys that external callers cannot influence).
//!
//! Keys that are missing from the table restrict nobody: `aws:SecureTransport`, `aws:Referer`,
//! `aws:PrincipalTag/…` (set by the caller's account), `aws:ResourceAccount` (a property of our side),
//! `aws:CalledVia` and `kms:ViaService` (anybody can call through the same service),
//! `kms:EncryptionContext:…` (chosen by the caller), `sts:ExternalId` (no identity).

use keylint_model::{Part, Verdict};

use super::Fact;
use crate::document::{ConditionEntry, Document, PrincipalKind, Principals, Statement, Version};
use crate::element::{Element, Elements, PartlyKnown};
use crate::matching::{covers_actions, covers_resources, has_variable, has_wildcard, may_be_wildcard};
use crate::operator::{Base, SetPrefix};

/// What makes the values of a limiting key fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// No wildcard, no variable.
    Plain,
    /// An ARN whose account is fixed; what follows may be wide.
    ArnAccount,
    /// `o-…/…`: the organisation is fixed; what follows may be wide.
    OrganisationPath,
    /// `AROA…:session`: the unique id is fixed.
    UserId,
    /// Ranges of addresses that are not too wide.
    Address,
    /// True.
    True,
}

/// The keys that limit who can call, in lower case.
const LIMITS: [(&str, Limit); 31] = [
    ("aws:principalorgid", Limit::Plain),
    ("aws:principalaccount", Limit::Plain),
    ("aws:principalarn", Limit::ArnAccount),
    ("aws:principalorgpaths", Limit::OrganisationPath),
    ("aws:userid", Limit::UserId),
    ("aws:sourcevpc", Limit::Plain),
    ("aws:sourcevpce", Limit::Plain),
    ("aws:sourcevpcarn", Limit::ArnAccount),
    ("aws:vpceaccount", Limit::Plain),
    ("aws:vpceorgid", Limit::Plain),
    ("aws:vpceorgpaths", Limit::OrganisationPath),
    ("aws:sourceip", Limit::Address),
    ("aws:sourcearn", Limit::ArnAccount),
    ("aws:sourceaccount", Limit::Plain),
    ("aws:sourceowner", Limit::Plain),
    ("aws:sourceorgid", Limit::Plain),
    ("aws:sourceorgpaths", Limit::OrganisationPath),
    ("aws:principalisawsservice", Limit::True),
    ("aws:principalservicename", Limit::Plain),
    ("aws:principalservicenameslist", Limit::Plain),
    ("kms:calleraccount", Limit::Plain),
    ("s3:dataaccesspointarn", Limit::ArnAccount),
    ("s3:dataaccesspointaccount", Limit::Plain),
    ("elasticfilesystem:accessedviamounttarget", Limit::True),
    ("cognito-identity.amazonaws.com:aud", Limit::Plain),
    ("accounts.google.com:aud", Limit::Plain),
    ("www.amazon.com:app_id", Limit::Plain),
    ("graph.facebook.com:app_id", Limit::Plain),
    ("saml:aud", Limit::Plain),
    ("saml:iss", Limit::Plain),
    ("token.actions.githubusercontent.com:sub", Limit::Plain),
];

/// How many statements are weighed against each one that is public. No document that AWS takes has
/// as many.
const STATEMENTS_WEIGHED: usize = 200;

/// How many pairs of patterns of two statements are compared.
const PAIRS_WEIGHED: usize = 10_000;

pub(super) fn limit_of(key: &str) -> Option<Limit> {
    LIMITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, limit)| *limit)
}

impl Statement {
    /// Whether the statement allows something to everybody: to any principal (or to all but a few),
    /// without a condition that limits who.
    ///
    /// Such a condition is a positive operator that does not hold for a request without the key (so
    /// none with `IfExists` or `ForAllValues:`), on a key of the table, with only fixed values. A
    /// value that only deployment knows is one fixed value.
    pub fn is_public(&self) -> Fact<'_> {
        let whom = self.names_everybody();
        whom.and(self.is_allow()).and(!self.is_limited().verdict)
    }

    /// Whether the statement names any principal, whatever its effect and condition.
    pub fn names_everybody(&self) -> Fact<'_> {
        if let Some(excluded) = &self.not_principals {
            let fallback = excluded.key_span.or(excluded.span);
            return Fact { verdict: Verdict::Yes, element: None, fallback };
        }
        match &self.principals {
            Some(principals) => principals.include_everybody(),
            None if self.rest.is_some() => Fact::bare(Verdict::Unknown),
            None => Fact::bare(Verdict::No),
        }
    }

    /// Whether a condition limits the statement to fixed callers, accounts, organisations or
    /// networks.
    pub fn is_limited(&self) -> Fact<'_> {
        let entries = self.conditions.entries.iter();
        self.condition_fact(entries.filter_map(|entry| {
            let limit = limit_of(&entry.key)?;
            Some((entry, limit.holds(entry, self.version)))
        }))
    }
}

impl Principals {
    /// Whether any principal is among them: `*`, alone or in a list. A wildcard for the account of
    /// an ARN is rejected by AWS ("you cannot use it to specify part of a name or ARN"), but its
    /// author means everybody.
    pub fn include_everybody(&self) -> Fact<'_> {
        let mut answer = Fact { verdict: Verdict::No, element: None, fallback: self.span };
        for (kind, element) in &self.items {
            let verdict = means_everybody(*kind, element);
            answer = answer.or(Fact { verdict, element: Some(element), fallback: self.span });
        }
        if self.rest.as_ref().is_some_and(|rest| may_be_wildcard(&PartlyKnown::hole(rest.clone(), None))) {
            answer = answer.or(Fact { verdict: Verdict::Unknown, element: None, fallback: self.span });
        }
        answer
    }

    /// Whether a service of AWS is among them.
    pub fn include_service(&self) -> bool {
        self.of(PrincipalKind::Service).next().is_some()
    }
}

fn means_everybody(kind: PrincipalKind, element: &Element) -> Verdict {
    // Nobody passes `*` for a service or an identity provider.
    let open = matches!(kind, PrincipalKind::Aws | PrincipalKind::Bare | PrincipalKind::Other);
    if open && may_be_wildcard(&element.text) {
        return Verdict::Unknown;
    }
    let Some(known) = element.as_known() else {
        // No hole is a wildcard, and beside text `*` can only be a part of a name.
        return account_field(&element.text).is_some_and(|account| account.contains('*')).into();
    };
    (known == "*" || known.starts_with("arn:") && known.split(':').nth(4) == Some("*")).into()
}

impl Limit {
    /// Whether an entry on such a key limits the statement to fixed values.
    pub(super) fn holds(self, entry: &ConditionEntry, version: Version) -> Verdict {
        let base = entry.operator.map(|operator| operator.base);
        match self {
            Limit::Address if base != Some(Base::IpAddress) => Verdict::No,
            Limit::True if base != Some(Base::Bool) => Verdict::No,
            _ => entry.restricts_with(|text| self.is_fixed(text, version).into()),
        }
    }

    /// Whether an entry holds for everybody but fixed callers: the same table for statements that
    /// deny.
    fn holds_outside(self, entry: &ConditionEntry, version: Version) -> bool {
        let Some(operator) = entry.operator else { return false };
        if self == Limit::True {
            let says_false = |text: &PartlyKnown| text.as_known() == Some("false");
            return operator.base == Base::Bool && entry.texts().all(says_false);
        }
        operator.is_negated()
            && operator.set != Some(SetPrefix::ForAnyValue)
            && (self != Limit::Address || operator.base == Base::NotIpAddress)
            && entry.values.rest.is_none()
            && entry.texts().all(|text| self.is_fixed(text, version))
    }

    fn is_fixed(self, text: &PartlyKnown, version: Version) -> bool {
        let plain = !has_wildcard(text, version)
            && (!has_variable(text, version) || self == Limit::Plain && describes_own_resource(text));
        match self {
            Limit::Plain => plain,
            Limit::True => text.as_known().is_some_and(|known| known.eq_ignore_ascii_case("true")),
            Limit::Address => text.as_known().is_none_or(is_narrow),
            Limit::ArnAccount => plain || account_field(text).is_some_and(|account| is_fixed_text(&account)),
            Limit::OrganisationPath => plain || is_fixed_text(&before(text, '/')),
            Limit::UserId => plain || is_fixed_text(&before(text, ':')),
        }
    }
}

/// Whether a text is a variable that the resource decides, not the caller. AWS counts no variable as
/// fixed, because it compares documents without their resource; the account and organisation that own
/// the resource are fixed all the same.
fn describes_own_resource(text: &PartlyKnown) -> bool {
    let own = ["${aws:ResourceAccount}", "${aws:ResourceOrgID}"];
    text.as_known().is_some_and(|known| own.iter().any(|own| own.eq_ignore_ascii_case(known)))
}

/// Whether a piece made by [`before`] or [`account_field`] stands for one value.
fn is_fixed_text(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${")
}

/// Stands for a hole in a piece of text; no wildcard.
const HOLE: char = '\u{FFFC}';

/// The text before the first separator, with a mark for a hole; all of it without one.
fn before(text: &PartlyKnown, separator: char) -> String {
    let marked = marked(text);
    marked.split(separator).next().unwrap_or("").to_owned()
}

/// The account of an ARN. `None` when the text has no such field; a text that starts with a hole is
/// taken for an ARN that the hole brings whole.
fn account_field(text: &PartlyKnown) -> Option<String> {
    let marked = marked(text);
    if marked.starts_with(HOLE) {
        return Some(HOLE.to_string());
    }
    marked.split(':').nth(4).map(str::to_owned)
}

fn marked(text: &PartlyKnown) -> String {
    let parts = text.parts().iter().map(|part| match part {
        Part::Known(text) => text.as_str().to_owned(),
        Part::Hole(..) => HOLE.to_string(),
    });
    parts.collect()
}

/// Whether a range of addresses is no wider than /8 (IPv4) or /32 (IPv6), or private. What is no
/// range matches nothing. Source: S3 User Guide, "The meaning of public".
fn is_narrow(range: &str) -> bool {
    let (address, length) = match range.split_once('/') {
        Some((address, length)) => (address, length.parse::<u8>().ok()),
        None => (range, Some(u8::MAX)),
    };
    match (address.trim().parse::<std::net::IpAddr>(), length) {
        (Ok(std::net::IpAddr::V4(_)), Some(length)) => length >= 8,
        (Ok(std::net::IpAddr::V6(address)), Some(length)) => {
            // fc00::/7 are the private addresses.
            length >= 32 || (length >= 7 && address.segments().first().is_some_and(|s| s & 0xfe00 == 0xfc00))
        }
        _ => true,
    }
}

impl Document {
    /// Whether a statement of this document is public once the statements that deny are taken into
    /// account: a denial to everybody but fixed callers (`StringNotEquals` on `aws:PrincipalOrgID`)
    /// over all that the statement allows makes it private. AWS reasons so for keys and secrets
    /// (Access Analyzer, `ValidateResourcePolicy`); S3 looks at the statements that allow alone.
    /// Only denials that can be seen count: statements that are not known close no known opening.
    pub fn is_public(&self, statement: &Statement) -> Fact<'_> {
        let Some(statement) = self.statements.get(statement.index) else {
            return Fact::bare(Verdict::Unknown);
        };
        let fact = statement.is_public();
        if fact.verdict == Verdict::No {
            return fact;
        }
        let others = self.statements.iter().take(STATEMENTS_WEIGHED);
        let cut = Verdict::any(others.map(|other| other.denies_outsiders_of(statement)));
        fact.and(!cut)
    }
}

impl Statement {
    /// Whether this statement denies all that the other one allows to everybody but fixed callers.
    fn denies_outsiders_of(&self, allowed: &Statement) -> Verdict {
        let holds = |entry: &ConditionEntry| {
            limit_of(&entry.key).is_some_and(|limit| limit.holds_outside(entry, self.version))
        };
        if self.is_deny() == Verdict::No || !self.conditions.entries.iter().all(holds) {
            return Verdict::No;
        }
        let outsiders = match &self.not_principals {
            Some(spared) => !spared.include_everybody().verdict,
            None => self.names_everybody().verdict,
        };
        let open = self.conditions.rest.is_some() || self.rest.is_some();
        let covered = outsiders.and(self.covers_actions_of(allowed)).and(self.covers_resources_of(allowed));
        covered.and(self.is_deny()).and(if open { Verdict::Unknown } else { Verdict::Yes })
    }

    fn covers_actions_of(&self, other: &Statement) -> Verdict {
        let everything = self.is_about_all_actions("*:*").verdict;
        // Excluding less denies more; only the plain case is decided.
        let (Some(own), Some(others)) = (&self.actions, &other.actions) else { return everything };
        covers_each(own, others, |own, other| match other.as_known() {
            Some(known) => covers_actions(own, known),
            None => same_text(own, other).or(Verdict::Unknown),
        })
        .or(everything)
    }

    fn covers_resources_of(&self, other: &Statement) -> Verdict {
        let everything = self.covers_all_resources().verdict;
        let (Some(own), Some(others)) = (&self.resources, &other.resources) else {
            return everything.or(other.resources.is_none().into());
        };
        covers_each(own, others, |own, other| {
            same_text(own, other).or(covers_resources(own, other, self.version))
        })
        .or(everything)
    }
}

/// Whether each of some patterns is covered by one of others.
fn covers_each(
    own: &Elements,
    others: &Elements,
    covers: impl Fn(&PartlyKnown, &PartlyKnown) -> Verdict,
) -> Verdict {
    if own.items.len().saturating_mul(others.items.len()) > PAIRS_WEIGHED || others.rest.is_some() {
        return Verdict::Unknown;
    }
    let covered =
        |other: &Element| Verdict::any(own.iter().map(|element| covers(&element.text, &other.text)));
    let all = Verdict::all(others.iter().map(covered));
    if own.rest.is_some() { all.or(Verdict::Unknown) } else { all }
}

/// Whether two texts are certainly the same, hole for hole.
fn same_text(left: &PartlyKnown, right: &PartlyKnown) -> Verdict {
    let same = |pair: (&Part, &Part)| match pair {
        (Part::Known(a), Part::Known(b)) => a == b,
        (Part::Hole(a, _), Part::Hole(b, _)) => a.is_same(b),
        _ => false,
    };
    let equal = left.parts().len() == right.parts().len() && left.parts().iter().zip(right.parts()).all(same);
    if equal { Verdict::Yes } else { Verdict::No }
}
