//! Statements that deny what another statement of the same document would allow too widely.
//!
//! "Deny unless the organisation is mine" limits every Allow beside it, as a condition in the Allow would:
//! a denial wins. It counts here only where it certainly catches everybody who is meant: its principals,
//! actions and resources take in those of the Allow, and each of its conditions holds for whoever does not
//! bring what it asks for.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Single-valued vs. multivalued context keys".

use keylint_model::Verdict;

use super::{Fact, ORGANISATION_KEYS, limit_of};
use crate::algebra::is_same_text;
use crate::document::{ConditionEntry, Document, PrincipalKind, Principals, Statement};
use crate::element::{Element, Elements, PartlyKnown};
use crate::matching::{covers_actions, covers_resources, overlaps_actions, overlaps_resources};
use crate::operator::Base;

/// What a condition of a denial means for whoever does not bring what the denial asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Catch {
    /// It asks for that, and holds for those without it.
    Asks(Verdict),
    /// It holds for them without asking for anything.
    Holds,
    /// It may not hold for them, so that the denial may spare them.
    Spares,
}

impl Document {
    /// Whether statements that deny ask of a principal of a statement what the statement itself does
    /// not ask; of all its principals where none is given.
    pub(super) fn guards_against(
        &self,
        statement: &Statement,
        principal: Option<&Element>,
        catch: impl Fn(&Statement, &ConditionEntry) -> Catch,
    ) -> Verdict {
        let denies = self.statements.iter().filter(|other| other.is_deny() != Verdict::No);
        Verdict::any(denies.map(|denial| {
            let mut asks = Verdict::No;
            let mut holds = if denial.conditions.rest.is_some() || denial.rest.is_some() {
                Verdict::Unknown
            } else {
                Verdict::Yes
            };
            for entry in &denial.conditions.entries {
                match catch(denial, entry) {
                    Catch::Asks(verdict) => {
                        asks = asks.or(verdict);
                        holds = holds.and(verdict);
                    }
                    Catch::Holds => {}
                    Catch::Spares => return Verdict::No,
                }
            }
            let covered = covers_whom(denial, statement, principal)
                .and(covers_what(denial, statement))
                .and(covers_where(denial, statement));
            holds.and(asks).and(covered).and(denial.is_deny())
        }))
    }

    /// Whether a statement is limited to fixed callers, accounts, organisations or networks, by its own
    /// conditions or by a denial beside it.
    pub fn is_limited<'s>(&'s self, statement: &'s Statement) -> Fact<'s> {
        self.or_denied(statement, statement.is_limited(), |key| limit_of(key).is_some())
    }

    /// Whether a statement is tied to a fixed organisation or account, by its own conditions or by a denial
    /// beside it.
    pub fn narrows_organisation<'s>(&'s self, statement: &'s Statement) -> Fact<'s> {
        self.or_denied(statement, statement.has_fixed_condition(&ORGANISATION_KEYS), |key| {
            ORGANISATION_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
        })
    }

    fn or_denied<'s>(
        &'s self,
        statement: &'s Statement,
        own: Fact<'s>,
        counts: impl Fn(&str) -> bool,
    ) -> Fact<'s> {
        if own.is_yes() {
            return own;
        }
        let guarded = self.guards_against(statement, None, |denial, entry| {
            let of_other = Catch::of_other(entry);
            let Some(limit) =
                limit_of(&entry.key).filter(|_| of_other == Catch::Spares && counts(&entry.key))
            else {
                return of_other;
            };
            if !entry.operator.is_some_and(|operator| limit.is_compared_by(operator.base)) {
                return Catch::Spares;
            }
            entry.asks(|text| text.as_hole().is_some() || limit.is_fixed(text, denial.version))
        });
        own.or(Fact::bare(guarded))
    }
}

impl Catch {
    /// A condition on something else: whoever calls in their own name is no service of AWS.
    pub(super) fn of_other(entry: &ConditionEntry) -> Catch {
        if entry.is_about("aws:PrincipalIsAWSService") && entry.says("false") {
            Catch::Holds
        } else {
            Catch::Spares
        }
    }
}

impl ConditionEntry {
    /// Whether the entry compares a boolean with one value.
    pub(super) fn says(&self, value: &str) -> bool {
        self.operator.is_some_and(|operator| operator.base == Base::Bool) && self.all_say(value)
    }

    /// Whether each of its values is this word, whatever the case.
    pub(super) fn all_say(&self, word: &str) -> bool {
        let is_word =
            |text: &PartlyKnown| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case(word));
        self.values.rest.is_none() && !self.values.is_empty() && self.texts().all(is_word)
    }

    /// Whether one of the values of a `Null` is this one: `true` asks that the key is absent.
    pub(super) fn asks_null(&self, value: &str) -> Verdict {
        let rest = if self.values.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        let each = self.texts().map(|text| match text.as_known() {
            Some(known) => known.eq_ignore_ascii_case(value).into(),
            None => Verdict::Unknown,
        });
        Verdict::any(each.chain([rest]))
    }

    /// Whether two entries are certainly the same, hole for hole.
    pub(crate) fn is_same(&self, other: &ConditionEntry) -> bool {
        let same = |(one, other): (&PartlyKnown, &PartlyKnown)| is_same_text(one, other);
        self.operator.is_some()
            && self.operator == other.operator
            && self.is_about(&other.key)
            && self.values.rest.is_none()
            && other.values.rest.is_none()
            && self.values.items.len() == other.values.items.len()
            && self.texts().zip(other.texts()).all(same)
    }

    /// What a condition of a denial means that spares whoever has one of its values, all of which are to
    /// pass a test: a negated operator that also holds without the key.
    pub(super) fn asks(&self, test: impl Fn(&PartlyKnown) -> bool) -> Catch {
        let is_negated = self.operator.is_some_and(|it| it.is_negated() && it.holds_without_key());
        if !is_negated || self.values.is_empty() {
            return Catch::Spares;
        }
        let rest = if self.values.rest.is_some() { Verdict::Unknown } else { Verdict::Yes };
        Catch::Asks(Verdict::from(self.texts().all(test)).and(rest))
    }
}

impl Statement {
    /// Whether a statement is about everything that another one is about, as far as its conditions are not
    /// asked.
    pub(crate) fn covers(&self, other: &Statement) -> Verdict {
        covers_whom(self, other, None).and(covers_what(self, other)).and(covers_where(self, other))
    }
}

/// Whether a denial is about the principal, or all principals, of a statement.
pub(super) fn covers_whom(denial: &Statement, statement: &Statement, principal: Option<&Element>) -> Verdict {
    let Some(denied) = &denial.principals else {
        // What `NotPrincipal` spares is somebody. A policy of an identity names nobody.
        let is_of_identity = denial.not_principals.is_none()
            && statement.principals.is_none()
            && statement.not_principals.is_none();
        return is_of_identity.into();
    };
    let everybody = denied.include_everybody().verdict;
    if everybody == Verdict::Yes {
        return Verdict::Yes;
    }
    let all = statement.principals.iter().flat_map(|principals| &principals.items);
    let meant = all.filter(|(_, element)| principal.is_none_or(|principal| std::ptr::eq(principal, element)));
    let mut count = 0;
    let each = meant.map(|(kind, element)| {
        count += 1;
        names(denied, *kind, element)
    });
    let named = Verdict::all(each);
    if count == 0 { everybody } else { everybody.or(named) }
}

/// Whether principals name one as it is written elsewhere.
fn names(principals: &Principals, kind: PrincipalKind, wanted: &Element) -> Verdict {
    let same = |element: &Element| match (element.as_known(), wanted.as_known()) {
        (Some(one), Some(other)) => (one == other).into(),
        _ if is_same_text(&element.text, &wanted.text) => Verdict::Yes,
        _ => Verdict::Unknown,
    };
    let rest = if principals.rest.is_some() { Verdict::Unknown } else { Verdict::No };
    Verdict::any(principals.of(kind).map(same).chain([rest]))
}

/// Whether a denial is about every action that a statement is about.
pub(super) fn covers_what(denial: &Statement, statement: &Statement) -> Verdict {
    let covers = |pattern: &Element, element: &Element| match element.as_known() {
        Some(text) => covers_actions(&pattern.text, text),
        None if is_same_text(&pattern.text, &element.text) => Verdict::Yes,
        None => Verdict::from(pattern.as_known() == Some("*")).or(Verdict::Unknown),
    };
    let denied = Selected::of(denial.actions.as_ref(), denial.not_actions.as_ref());
    let meant = Selected::of(statement.actions.as_ref(), statement.not_actions.as_ref());
    let overlap = |one: &Element, other: &Element| overlaps_actions(&one.text, &other.text);
    denied.takes_in(&meant, covers, overlap)
}

/// Whether a denial is about every resource that a statement is about.
pub(super) fn covers_where(denial: &Statement, statement: &Statement) -> Verdict {
    let denied = Selected::of(denial.resources.as_ref(), denial.not_resources.as_ref());
    let meant = Selected::of(statement.resources.as_ref(), statement.not_resources.as_ref());
    // Trust policies have no resources.
    if matches!((&denied, &meant), (Selected::Nothing, Selected::Nothing)) {
        return Verdict::Yes;
    }
    let covers = |pattern: &Element, element: &Element| {
        if is_same_text(&pattern.text, &element.text) {
            return Verdict::Yes;
        }
        covers_resources(&pattern.text, &element.text, denial.version)
    };
    let overlap = |one: &Element, other: &Element| overlaps_resources(&one.text, &other.text, denial.version);
    denied.takes_in(&meant, covers, overlap)
}

/// What a statement says of actions or of resources.
enum Selected<'s> {
    /// These.
    Only(&'s Elements),
    /// All but these.
    AllBut(&'s Elements),
    /// The statement has no such element.
    Nothing,
}

impl<'s> Selected<'s> {
    fn of(included: Option<&'s Elements>, excluded: Option<&'s Elements>) -> Self {
        match (included, excluded) {
            (Some(included), _) => Selected::Only(included),
            (None, Some(excluded)) => Selected::AllBut(excluded),
            (None, None) => Selected::Nothing,
        }
    }

    /// Whether all of `other` is in it: `covers` tells whether one pattern takes in another one, `overlap`
    /// whether they have something in common.
    fn takes_in(
        &self,
        other: &Selected<'_>,
        covers: impl Fn(&Element, &Element) -> Verdict,
        overlap: impl Fn(&Element, &Element) -> Verdict,
    ) -> Verdict {
        let open = |list: &Elements| if list.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        let each_in = |wanted: &Elements, patterns: &Elements| {
            let each = wanted.iter().map(|element| {
                let own = patterns.iter().map(|pattern| covers(pattern, element));
                Verdict::any(own.chain([open(patterns)]))
            });
            Verdict::all(each).and(!open(wanted))
        };
        match (self, other) {
            (Selected::Only(patterns), _)
                if patterns.iter().any(|pattern| pattern.as_known() == Some("*")) =>
            {
                Verdict::Yes
            }
            (Selected::Only(patterns), Selected::Only(elements)) => each_in(elements, patterns),
            (Selected::AllBut(spared), Selected::AllBut(left_out)) => each_in(spared, left_out),
            (Selected::AllBut(spared), Selected::Only(elements)) => {
                let any = elements
                    .iter()
                    .map(|element| Verdict::any(spared.iter().map(|other| overlap(other, element))));
                !Verdict::any(any.chain([open(spared), open(elements)]))
            }
            _ => Verdict::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use keylint_model::Verdict;

    use crate::document::Document;
    use crate::kind::PolicyKind;
    use crate::testing::statements;

    const ALLOW: &str = r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"}"#;

    fn with(allow: &str, denial: &str) -> Document {
        statements(&format!("{allow}, {denial}"))
    }

    fn denial(principal: &str, action: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "Deny", "Principal": {principal}, "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#
        )
    }

    #[test]
    fn a_denial_of_other_sources_closes_what_a_service_is_allowed() {
        let open = |principal: &str, action: &str, condition: &str| {
            let document = with(ALLOW, &denial(principal, action, condition));
            document.open_service(&document.statements[0]).fact.verdict
        };
        let other = r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#;
        assert_eq!(open(r#""*""#, "*", other), Verdict::No);
        assert_eq!(open(r#"{"Service": "sns.amazonaws.com"}"#, "SQS:Send*", other), Verdict::No);
        let perimeter = r#"{"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-a1b2c3d4e5"},
            "Null": {"aws:SourceAccount": "false"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}"#;
        assert_eq!(open(r#"{"AWS": "*"}"#, "sqs:*", perimeter), Verdict::No);
        // What is denied to another service, for other actions, or not to all sources, closes nothing.
        assert_eq!(open(r#"{"Service": "s3.amazonaws.com"}"#, "*", other), Verdict::Yes);
        assert_eq!(open(r#""*""#, "sqs:ReceiveMessage", other), Verdict::Yes);
        for condition in [
            r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#"{"StringNotLike": {"aws:SourceAccount": "*"}}"#,
            r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
            r#"{"Null": {"aws:SourceAccount": "true"}}"#,
            r#"{"Bool": {"aws:SecureTransport": "false"}}"#,
            r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}"#,
        ] {
            assert_eq!(open(r#""*""#, "*", condition), Verdict::Yes, "{condition}");
        }
        assert_eq!(
            open(r#""*""#, "*", r#"{"StringNotEquals": {"aws:SourceAccount": "«var.account»"}}"#),
            Verdict::No
        );
        assert_eq!(open(r#""*""#, "«var.action»", other), Verdict::Unknown);
    }

    #[test]
    fn a_denial_without_proof_closes_what_an_account_is_trusted_with() {
        let trusted = |action: &str, condition: &str| {
            let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sts:AssumeRole"}"#;
            let denial = denial(r#""*""#, action, condition).replace(r#""Resource": "*", "#, "");
            let document = with(allow, &denial);
            document.trusts_account(&document.statements[0], &document.owner(PolicyKind::Trust)).verdict
        };
        for condition in [
            r#"{"StringNotEquals": {"sts:ExternalId": "a1b2"}}"#,
            r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            r#"{"Null": {"aws:MultiFactorAuthAge": "true"}}"#,
            r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
        ] {
            assert_eq!(trusted("sts:AssumeRole", condition), Verdict::No, "{condition}");
        }
        for condition in [
            r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
            r#"{"StringNotEquals": {"aws:PrincipalAccount": "999988887777"}}"#,
            r#"{"ForAnyValue:StringNotEquals": {"sts:ExternalId": "a1b2"}}"#,
        ] {
            assert_eq!(trusted("sts:*", condition), Verdict::Yes, "{condition}");
        }
        assert_eq!(
            trusted("sts:TagSession", r#"{"StringNotEquals": {"sts:ExternalId": "a1b2"}}"#),
            Verdict::Yes
        );
    }

    #[test]
    fn a_denial_outside_the_organisation_limits_another_account() {
        let limited = |condition: &str| {
            let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "kms:Decrypt", "Resource": "*"}"#;
            let document = with(allow, &denial(r#"{"AWS": "*"}"#, "kms:*", condition));
            let statement = &document.statements[0];
            (document.is_limited(statement).verdict, document.narrows_organisation(statement).verdict)
        };
        let organisation = r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        assert_eq!(limited(organisation), (Verdict::Yes, Verdict::Yes));
        let network = r#"{"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-0a1b2c3d"}}"#;
        assert_eq!(limited(network), (Verdict::Yes, Verdict::No));
        let age =
            r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalTag/team": "a"}}"#;
        assert_eq!(limited(age), (Verdict::No, Verdict::No));
    }
}
