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

use super::cover::{covers_what, covers_whom};
use super::guard::may_be;
use super::{Fact, Limit, limit_of};
use crate::document::{ConditionEntry, Document, PrincipalKind, Principals, Statement, Version};
use crate::element::{Element, PartlyKnown};
use crate::evaluate::{Network, Reading};
use crate::matching::{has_variable, has_wildcard, may_be_wildcard};
use crate::operator::Base;

impl Statement {
    /// Whether the statement allows something to everybody: to any principal (or to all but a few),
    /// without a condition that limits who.
    ///
    /// Such a condition is a positive operator that does not hold for a request without the key (so
    /// none with `IfExists` or `ForAllValues:`), on a key of the table, with only fixed values. A
    /// value that only deployment knows is one fixed value. A statement that no request satisfies
    /// opens nothing.
    pub fn is_public(&self) -> Fact<'_> {
        let whom = self.names_everybody();
        let fact = whom.and(self.is_allow()).and(!self.is_limited().verdict);
        if fact.verdict != Verdict::No && self.never_applies() { fact.and(Verdict::No) } else { fact }
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
    pub(crate) fn holds(self, entry: &ConditionEntry, version: Version) -> Verdict {
        if !entry.operator.is_some_and(|operator| self.is_compared_by(operator.base)) {
            return Verdict::No;
        }
        entry.restricts_with(|text| self.is_fixed(text, version).into())
    }

    /// Whether the operator compares such a key as the limit needs it.
    pub(crate) fn is_compared_by(self, base: Base) -> bool {
        match self {
            Limit::Address => matches!(base, Base::IpAddress | Base::NotIpAddress),
            Limit::True => base == Base::Bool,
            _ => base != Base::Null,
        }
    }

    /// Whether a value is a fixed one.
    pub(crate) fn is_fixed(self, text: &PartlyKnown, version: Version) -> bool {
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
    match Network::read(range.trim()) {
        Reading::Value(network) if network.is_v4() => network.prefix() >= 8,
        Reading::Value(network) => network.prefix() >= 32 || network.is_private(),
        Reading::Not | Reading::Unsure => true,
    }
}

impl Document {
    /// Whether a statement of this document is public once the statements that deny are taken into
    /// account: a denial to everybody but fixed callers (`StringNotEquals` on `aws:PrincipalOrgID`)
    /// over all that the statement allows makes it private. AWS reasons so for keys and secrets
    /// (Access Analyzer, `ValidateResourcePolicy`); S3 looks at the statements that allow alone
    /// ([`Statement::is_public`]). Only denials that can be seen count: statements that are not known
    /// close no known opening.
    pub fn is_public(&self, statement: &Statement) -> Fact<'_> {
        let Some(statement) = self.statements.get(statement.index) else {
            return Fact::bare(Verdict::Unknown);
        };
        let fact = statement.is_public();
        if fact.verdict == Verdict::No || self.denying().next().is_none() {
            return fact;
        }
        let outside = self.outside(statement).map_or(Verdict::Unknown, |outside| outside.verdict);
        let bears = |denial: &Statement| {
            covers_what(denial, statement) != Verdict::No
                && covers_whom(denial, statement, None) != Verdict::No
        };
        let left = may_be(self.possible_denials.iter().any(bears));
        fact.and(outside).and(!left)
    }

    /// Whether [`Document::is_public`] leaves a statement open only because the document has more statements
    /// than are weighed.
    pub fn is_public_cut(&self, statement: &Statement) -> bool {
        self.is_public(statement).verdict == Verdict::Unknown
            && self.denying().next().is_some()
            && self.outside(statement).is_some_and(|outside| outside.is_cut)
    }
}
