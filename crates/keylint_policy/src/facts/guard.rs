//! Statements that deny what another statement of the same document would allow too widely.
//!
//! "Deny unless the organisation is mine" limits every Allow beside it, as a condition in the Allow would:
//! a denial wins. It counts here only where it certainly catches everybody who is meant: its principals,
//! actions and resources take in those of the Allow, and each of its conditions holds for whoever does not
//! bring what it asks for.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Single-valued vs. multivalued context keys".

use keylint_model::Verdict;

use super::cover::{covers_what, covers_where, covers_whom};
use super::{Fact, ORGANISATION_KEYS, limit_of};
use crate::algebra::is_same_text;
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::{Element, PartlyKnown};
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
        let guards = self.weighed().map(|denial| {
            // What is not known of the conditions may ask for it.
            let mut asks = denial.more_conditions();
            let mut holds = !denial.more_conditions();
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
        });
        Verdict::any(guards.chain([self.more_statements(), self.more_denials()]))
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

impl Document {
    /// Whether the document may have more statements than are known.
    pub(super) fn more_statements(&self) -> Verdict {
        may_be(self.rest.is_some())
    }
}

impl Statement {
    /// Whether the statement may have more conditions than are known.
    pub(super) fn more_conditions(&self) -> Verdict {
        may_be(self.conditions.rest.is_some() || self.rest.is_some())
    }

    /// Whether a statement is about everything that another one is about, as far as its conditions are not
    /// asked.
    pub(crate) fn covers(&self, other: &Statement) -> Verdict {
        covers_whom(self, other, None).and(covers_what(self, other)).and(covers_where(self, other))
    }
}

/// That there may be something, where a part is not known.
pub(super) fn may_be(is_open: bool) -> Verdict {
    if is_open { Verdict::Unknown } else { Verdict::No }
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
