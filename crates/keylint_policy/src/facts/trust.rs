//! Who can assume a role: accounts as a whole, other accounts, whoever an identity provider vouches for.

use keylint_model::{Part, Verdict};

use super::guard::{Catch, may_be};
use super::principal::{Owner, Whom};
use super::{Fact, Remark};
use crate::document::{ConditionEntry, Document, PrincipalKind, Statement};
use crate::element::{Element, PartlyKnown};
use crate::issuer::{Claim, claims};
use crate::matching::{is_wild, may_be_wildcard};
use crate::operator::Base;
use crate::service::KeySet;

impl Document {
    /// Whether a statement of a trust policy lets an account as a whole, or an identity of another account,
    /// assume the role with nothing more: no external id, no MFA, no condition on the organisation or the
    /// caller, in the statement or in a denial beside it. Everybody is not meant: see
    /// [`Statement::is_public`].
    pub fn trusts_account<'s>(&'s self, statement: &'s Statement, owner: &Owner) -> Fact<'s> {
        let assumes =
            statement.grants_any(&["sts:AssumeRole"]).verdict.and(!statement.asks_for_proof().verdict);
        let mut answer = Fact::bare(Verdict::No);
        if assumes == Verdict::No {
            return answer;
        }
        for (whom, element) in statement.principals() {
            let trusted = match whom {
                Whom::Account(_) => Verdict::Yes,
                Whom::Identity(account) => owner.is_other(account),
                Whom::Unknown(_) => Verdict::Unknown,
                Whom::Everybody | Whom::Service | Whom::Federated | Whom::Opaque => Verdict::No,
            };
            let verdict = match trusted {
                Verdict::No => trusted,
                _ => trusted.and(!self.guards_against(statement, Some(element), catch_without_proof)),
            };
            answer = answer.or(Fact { verdict, element: Some(element), fallback: element.span });
        }
        let rest = statement.open_principals();
        if rest != Verdict::No {
            let guarded = self.guards_against(statement, None, catch_without_proof);
            let fallback = statement.principals.as_ref().and_then(|principals| principals.span);
            answer = answer.or(Fact { verdict: rest.and(!guarded), element: None, fallback });
        }
        answer.and(assumes)
    }

    /// Whether a statement of a trust policy lets anybody in whom an identity provider vouches for that many
    /// organisations share: it names the provider without a condition that fixes the claim by which they are
    /// told apart, and no denial beside it asks for that. Says who comes through the provider. `url` is
    /// that of a provider which a principal refers to, where it is known.
    /// Source: IAM User Guide, "Identity-provider controls for shared OIDC providers".
    pub fn trusts_shared_issuer<'s>(
        &'s self,
        statement: &'s Statement,
        url: &dyn Fn(&Element) -> Option<String>,
    ) -> Remark<'s> {
        let remark = statement.trusts_shared_issuer(url);
        let verdict = remark.fact.verdict;
        if verdict == Verdict::No {
            return remark;
        }
        let guarded = self.guards_against(statement, None, |_, entry| {
            let of_claim = |claim: &&Claim| {
                let named = claim_of(&entry.key, claim.issuer);
                named.is_some_and(|name| claim.name.eq_ignore_ascii_case(name))
            };
            let rows: Vec<&Claim> = claims().iter().filter(of_claim).collect();
            entry.asks(|text| rows.iter().any(|claim| text.as_hole().is_none() && claim.ties(text)))
        });
        Remark { fact: remark.fact.and(!guarded), ..remark }
    }
}

/// What a condition of a denial means for a caller who brings no proof.
fn catch_without_proof(denial: &Statement, entry: &ConditionEntry) -> Catch {
    let about = |set: KeySet| set.has(&entry.key);
    let Some(operator) = entry.operator else { return Catch::Spares };
    if about(KeySet::Mfa) {
        let says = |value: &str| entry.all_say(value);
        // Long-term keys come without the key, so that a denial must hold without it.
        let without = match operator.base {
            Base::Null => says("true"),
            Base::Bool => operator.if_exists && says("false"),
            Base::NumericGreaterThan | Base::NumericGreaterThanEquals => operator.if_exists,
            _ => false,
        };
        return if without && entry.values.rest.is_none() {
            Catch::Asks(Verdict::Yes)
        } else {
            Catch::Spares
        };
    }
    if about(KeySet::Proof) {
        return entry.asks(|text| !is_wild(text, denial.version));
    }
    match (Catch::of_other(entry), super::limit_of(&entry.key)) {
        (Catch::Spares, Some(limit))
            if !about(KeySet::CallerAccount) && limit.is_compared_by(operator.base) =>
        {
            entry.asks(|text| text.as_hole().is_some() || limit.is_fixed(text, denial.version))
        }
        (of_other, _) => of_other,
    }
}

impl Statement {
    /// Whether a condition asks of the caller what not everybody of an account has.
    fn asks_for_proof(&self) -> Fact<'_> {
        let entries = self.conditions.entries.iter();
        self.condition_fact(entries.map(|entry| (entry, self.is_proof(entry))))
    }

    fn is_proof(&self, entry: &ConditionEntry) -> Verdict {
        let about = |set: KeySet| set.has(&entry.key);
        let Some(operator) = entry.operator else { return Verdict::No };
        // What is true of a whole account leaves its identities as many as they are.
        if about(KeySet::CallerAccount) || operator.holds_without_key() {
            return Verdict::No;
        }
        if about(KeySet::Mfa) {
            // A number, or `true`.
            let is_false =
                |text: &PartlyKnown| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case("false"));
            return (operator.base != Base::Bool || !entry.texts().any(is_false)).into();
        }
        if about(KeySet::Proof) {
            return entry.narrows(self.version);
        }
        match super::limit_of(&entry.key) {
            Some(limit) => limit.holds(entry, self.version),
            None => Verdict::No,
        }
    }

    fn trusts_shared_issuer(&self, url: &dyn Fn(&Element) -> Option<String>) -> Remark<'_> {
        if self.is_allow() == Verdict::No {
            return Remark::none();
        }
        let principals =
            self.principals.iter().flat_map(|principals| principals.of(PrincipalKind::Federated));
        let place = self.principals.as_ref().and_then(|principals| principals.span);
        let rest = Remark::at(self.open_principals().and(self.names_no_claim()), place, "");
        let known = principals.map(|element| {
            let url = url(element).map(|url| PartlyKnown::from(url.as_str()));
            let issuer = match &url {
                Some(url) => issuers().find(|issuer| names_issuer(url, issuer)),
                None => self.issuer_of(element),
            };
            let Some(issuer) = issuer else {
                return if url.is_some() { Remark::none() } else { self.unknown_issuer(element) };
            };
            let of_issuer: Vec<&Claim> = claims().iter().filter(|claim| claim.issuer == issuer).collect();
            let tied = self.conditions.entries.iter().map(|entry| self.is_tied(entry, issuer, &of_issuer));
            let open = self.conditions.rest.is_some() || self.rest.is_some();
            let open = if open { Verdict::Unknown } else { Verdict::No };
            let verdict = !Verdict::any(tied.chain([open]));
            let who = of_issuer.first().map_or("", |claim| claim.who);
            Remark::of(verdict.and(self.is_allow()), self.loose_value(issuer).unwrap_or(element), who)
        });
        Remark::first(known.chain([rest]))
    }

    /// The shared provider that a principal names; where that is not known, the one that a condition
    /// names the claims of.
    fn issuer_of(&self, element: &Element) -> Option<&'static str> {
        let named = |issuer: &&str| names_issuer(&element.text, issuer);
        issuers().find(named).or_else(|| {
            let is_open = element.text.holes().next().is_some();
            let keys = || self.conditions.entries.iter();
            issuers().find(|issuer| is_open && keys().any(|entry| claim_of(&entry.key, issuer).is_some()))
        })
    }

    /// What is said of a provider that only deployment knows and of which no condition says anything.
    fn unknown_issuer<'s>(&'s self, element: &'s Element) -> Remark<'s> {
        let is_open = may_be(element.text.as_hole().is_some());
        Remark::of(is_open.and(self.names_no_claim()), element, "")
    }

    /// Whether no condition is on a claim by which a provider tells its organisations apart.
    fn names_no_claim(&self) -> Verdict {
        let is_claim = |entry: &ConditionEntry| {
            let claim = entry.key.rsplit_once(':').map(|(_, claim)| claim);
            claim.is_some_and(|claim| matches!(claim, "sub" | "aud"))
        };
        (!self.conditions.entries.iter().any(is_claim)).into()
    }

    /// Whether a condition on a claim of a shared provider compares wildcards with an operator that takes them as they
    /// are written, so that no token has the value.
    /// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
    pub fn names_no_token(&self) -> Verdict {
        let is_claim =
            |entry: &&ConditionEntry| issuers().any(|issuer| claim_of(&entry.key, issuer).is_some());
        let is_exact = |entry: &&ConditionEntry| {
            entry.operator.is_some_and(|operator| {
                !operator.is_negated() && !operator.has_wildcards() && operator.base != Base::Null
            })
        };
        let is_pattern = |text: &PartlyKnown| text.as_known().is_some_and(|known| known.contains(['*', '?']));
        let mut entries = self.conditions.entries.iter().filter(is_claim).filter(is_exact);
        let never = |entry: &ConditionEntry| {
            !entry.values.is_empty() && entry.values.rest.is_none() && entry.texts().all(is_pattern)
        };
        entries.any(never).into()
    }

    /// Whether an entry lets only one organisation's tokens through, or none.
    fn is_tied(&self, entry: &ConditionEntry, issuer: &str, of_issuer: &[&Claim]) -> Verdict {
        if !entry.is_positive() || entry.values.is_empty() {
            return Verdict::No;
        }
        // Each key has the name of the provider in front whose tokens have the claim: of another one none has it.
        // Source: IAM User Guide, "Available keys for AWS OIDC federation".
        let is_of = |issuer: &str| claim_of(&entry.key, issuer).is_some();
        if !is_of(issuer) && issuers().any(is_of) {
            return Verdict::Yes;
        }
        let is_named = |claim: &&&Claim| match claim.name.contains(':') {
            // A key of AWS that the provider fills.
            true => entry.is_about(claim.name),
            false => {
                let name = claim_of(&entry.key, issuer);
                name.is_some_and(|name| claim.name.eq_ignore_ascii_case(name))
            }
        };
        let rows: Vec<&&Claim> = of_issuer.iter().filter(is_named).collect();
        if rows.is_empty() {
            return Verdict::No;
        }
        let rest = if entry.values.rest.is_some() { Verdict::Unknown } else { Verdict::Yes };
        let each = entry.texts().map(|text| {
            if text.as_hole().is_some() {
                return if may_be_wildcard(text) { Verdict::Unknown } else { Verdict::Yes };
            }
            rows.iter().any(|claim| claim.ties(text)).into()
        });
        Verdict::all(each).and(rest)
    }

    /// The first value of a claim of the provider, at which a finding points.
    fn loose_value(&self, issuer: &str) -> Option<&Element> {
        let claims = self.conditions.entries.iter().filter(|entry| {
            claim_of(&entry.key, issuer).is_some_and(|claim| claim.eq_ignore_ascii_case("sub"))
        });
        claims.flat_map(|entry| &entry.values.items).next()
    }
}

impl Claim {
    /// Whether a value fixes the organisation. Wildcards count as such whatever the operator: under
    /// `StringEquals` they match nothing, which their author did not mean.
    fn ties(&self, text: &PartlyKnown) -> bool {
        let mut shown = String::new();
        for part in text.parts() {
            match part {
                Part::Known(known) => shown.push_str(known.as_str()),
                Part::Hole(..) => shown.push('\u{FFFC}'),
            }
        }
        // What stands at the start of a value may be its start.
        let rest = match shown.strip_prefix(self.start) {
            Some(rest) => rest,
            None if shown.starts_with('\u{FFFC}') => shown.as_str(),
            None => return false,
        };
        let fixed = match self.end {
            "" => rest,
            end => rest.split(end).next().unwrap_or(rest),
        };
        !fixed.is_empty() && !fixed.contains(['*', '?', '$'])
    }
}

/// The shared providers.
fn issuers() -> impl Iterator<Item = &'static str> {
    claims().iter().map(|claim| claim.issuer)
}

/// Whether a principal is a provider: its host, or the ARN that ends with it, also with a path behind.
fn names_issuer(text: &PartlyKnown, issuer: &str) -> bool {
    let Some(Part::Known(last)) = text.parts().last() else { return false };
    let provider = last.as_str().rsplit_once("oidc-provider/").map_or(last.as_str(), |(_, name)| name);
    let provider = provider.strip_prefix("https://").unwrap_or(provider);
    match provider.split_at_checked(issuer.len()) {
        Some((host, path)) => host.eq_ignore_ascii_case(issuer) && (path.is_empty() || path.starts_with('/')),
        None => false,
    }
}

/// The claim of a provider that a condition key is: `sub` of `gitlab.com:sub`.
fn claim_of<'k>(key: &'k str, issuer: &str) -> Option<&'k str> {
    let (host, claim) = key.rsplit_once(':')?;
    let (start, path) = host.split_at_checked(issuer.len())?;
    (start.eq_ignore_ascii_case(issuer) && (path.is_empty() || path.starts_with('/'))).then_some(claim)
}
