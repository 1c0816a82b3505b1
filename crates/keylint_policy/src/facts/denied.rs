//! What is left of what a statement allows once the statements that deny are taken off.
//!
//! A denial counts where it certainly catches whoever asks: one under conditions of who, where or when denies to
//! some only, and what is denied to all but a kind of request leaves the answer open.
//!
//! Source: IAM User Guide, "Policy evaluation logic".

use keylint_model::Verdict;

use super::Fact;
use super::cover::{covers_element, covers_what, covers_where, covers_whom};
use super::org::covers_every_of;
use crate::document::{ConditionEntry, Document, Statement, Version};
use crate::element::Element;
use crate::matching::covers_actions;
use crate::operator::Base;
use crate::service::KeySet;

impl Statement {
    /// Whether it allows one of some actions on every resource of a service whose ARN ends so, be it only those of
    /// one account and Region, and none of some documents denies that: its own, and those beside it that an
    /// identity has.
    pub fn allows_everywhere(
        &self,
        actions: &[&str],
        service: &str,
        name: &str,
        documents: &[&Document],
    ) -> Fact<'_> {
        let everywhere = self.covers_every(service, name).verdict;
        if everywhere == Verdict::No || self.is_allow() == Verdict::No {
            return Fact::bare(Verdict::No);
        }
        actions.iter().fold(Fact::bare(Verdict::No), |answer, action| {
            let granted = self.grants(action);
            if answer.is_yes() || granted.verdict == Verdict::No {
                return answer;
            }
            let denied = documents.iter().map(|document| document.denies(self, action));
            answer.or(granted.and(everywhere).and(!Verdict::any(denied)))
        })
    }

    /// Whether a denial is about an action; of one with `NotAction` whether that leaves it out.
    pub(super) fn is_about_denied(&self, action: &str) -> Verdict {
        match &self.not_actions {
            Some(spared) => !Verdict::any(spared.iter().map(|e| covers_actions(&e.text, action))),
            None => self.is_about_action(action).verdict,
        }
    }

    /// Whether its conditions let a denial catch every request that it is about. One of some requests or resources
    /// leaves the others; of one of all but some what is left is not weighed.
    pub(super) fn catches_all(&self) -> Verdict {
        match self.conditions.entries.as_slice() {
            [] => !self.more_conditions(),
            entries if entries.iter().all(|entry| entry.leaves_a_part(self.version)) => Verdict::Unknown,
            _ => Verdict::No,
        }
    }
}

impl ConditionEntry {
    /// Whether a denial under it leaves some kind of request or of resources alone, be it all of it. The resources
    /// of the own account, or organisation, are most of what there is.
    fn leaves_a_part(&self, version: Version) -> bool {
        let is_of_others = self.says_who() || KeySet::Owner.has(&self.key);
        let is_either = self.operator.is_some_and(|operator| operator.base == Base::Bool);
        !is_of_others && (is_either || self.compares_narrowly(version) != Verdict::Yes)
    }
}

impl Document {
    /// Whether some denial takes away all that a statement of an identity allows, or all that one element of its
    /// `Action` does.
    pub fn denies_all_of(&self, statement: &Statement, element: Option<&Element>) -> Verdict {
        let each = self.weighed().map(|denial| {
            let what = match element {
                Some(element) => covers_element(denial, element),
                None => covers_what(denial, statement),
            };
            if what == Verdict::No {
                return Verdict::No;
            }
            let whom = covers_whom(denial, statement, None);
            denial
                .is_deny()
                .and(what)
                .and(whom)
                .and(covers_where(denial, statement))
                .and(denial.catches_all())
        });
        Verdict::any(each.chain([self.more_denials()]))
    }

    /// Whether some denial takes away an action that a statement allows, on all resources that it allows it on.
    pub(crate) fn denies(&self, statement: &Statement, action: &str) -> Verdict {
        let each = self.weighed().map(|denial| {
            let about = denial.is_about_denied(action);
            if about == Verdict::No {
                return Verdict::No;
            }
            let whom = covers_whom(denial, statement, None);
            let everywhere = covers_every_of(denial, action).or(covers_where(denial, statement));
            denial.is_deny().and(about).and(whom).and(everywhere).and(denial.catches_all())
        });
        Verdict::any(each.chain([self.more_denials()]))
    }
}

#[cfg(test)]
mod tests {
    use keylint_model::Verdict::{No, Unknown, Yes};

    use super::*;
    use crate::testing::statements;

    const SECRETS: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*";

    fn left(allow: &str, denial: &str) -> Verdict {
        let document = statements(&format!("{allow}, {denial}"));
        let actions = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"];
        document.statements[0].allows_everywhere(&actions, "secretsmanager", "secret:*", &[&document]).verdict
    }

    fn statement(effect: &str, rest: &str) -> String {
        format!(r#"{{"Effect": "{effect}", {rest}}}"#)
    }

    #[test]
    fn a_denial_counts_where_it_is_about_all_that_is_allowed() {
        let allow = statement("Allow", r#""Action": "secretsmanager:GetSecretValue", "Resource": "*""#);
        let cases = [
            (r#""Action": "secretsmanager:*", "Resource": "*""#, No),
            (r#""Action": "secretsmanager:Get*", "Resource": "arn:aws:secretsmanager:*:*:secret:*""#, No),
            (r#""NotAction": "s3:*", "Resource": "*""#, No),
            (r#""NotAction": "secretsmanager:*", "Resource": "*""#, Yes),
            (r#""Action": "secretsmanager:*", "NotResource": "arn:aws:secretsmanager:*:*:secret:app-*""#, No),
            (
                r#""Action": "secretsmanager:*", "NotResource": "arn:aws:secretsmanager:eu-west-1:*:secret:*""#,
                Yes,
            ),
            (r#""Action": "secretsmanager:*", "NotResource": "arn:aws:s3:::*""#, No),
            (r#""Action": "secretsmanager:PutSecretValue", "Resource": "*""#, Yes),
            (r#""Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:secret:prod-*""#, Yes),
            (
                r#""Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:eu-west-1:*:secret:*""#,
                Yes,
            ),
            (r#""Action": "«var.action»", "Resource": "*""#, Unknown),
        ];
        for (denial, expected) in cases {
            assert_eq!(left(&allow, &statement("Deny", denial)), expected, "{denial}");
        }
        // Of two actions one may be left.
        let both = statement("Allow", r#""Action": "secretsmanager:*", "Resource": "*""#);
        let one = statement("Deny", r#""Action": "secretsmanager:GetSecretValue", "Resource": "*""#);
        assert_eq!(left(&both, &one), Yes);
        let of_region = allow.replace(r#""*""#, &format!("\"{SECRETS}\""));
        let denial = format!(r#""Action": "secretsmanager:*", "Resource": "{SECRETS}""#);
        assert_eq!(left(&of_region, &statement("Deny", &denial)), No);
    }

    #[test]
    fn a_denial_under_conditions_does_not_count() {
        let allow = statement("Allow", r#""Action": "secretsmanager:GetSecretValue", "Resource": "*""#);
        let cases = [
            (r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, Yes),
            (r#"{"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#, Yes),
            (r#"{"StringNotEquals": {"aws:ResourceTag/team": "a"}}"#, Unknown),
            // What is denied of some leaves the others, and of other accounts the own.
            (r#"{"StringEquals": {"aws:ResourceTag/team": "a"}}"#, Yes),
            (r#"{"StringEquals": {"secretsmanager:VersionId": "a"}}"#, Yes),
            (r#"{"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#, Yes),
            (r#"{"Bool": {"aws:ViaAWSService": "false"}}"#, Unknown),
        ];
        for (condition, expected) in cases {
            let rest = format!(r#""Action": "secretsmanager:*", "Resource": "*", "Condition": {condition}"#);
            assert_eq!(left(&allow, &statement("Deny", &rest)), expected, "{condition}");
        }
    }

    #[test]
    fn what_allows_nothing_allows_nothing_everywhere() {
        for rest in
            [r#""NotAction": "*", "Resource": "*""#, r#""Action": "secretsmanager:*", "NotResource": "*""#]
        {
            assert_eq!(left(&statement("Allow", rest), ""), No, "{rest}");
        }
    }

    #[test]
    fn a_denial_of_a_service_without_regions_counts() {
        let left = |denied: &str| {
            let document = statements(&format!(
                r#"{{"Effect": "Allow", "Action": "*", "Resource": "*"}},
                {{"Effect": "Deny", "Action": "iam:*", "Resource": "{denied}"}}"#
            ));
            let statement = &document.statements[0];
            statement.allows_everywhere(&["iam:PassRole"], "iam", "role/*", &[&document]).verdict
        };
        assert_eq!(left("arn:aws:iam::*:role/*"), No);
        assert_eq!(left("arn:aws:iam::*:*"), No);
        assert_eq!(left("arn:aws:iam::*:role/admin/*"), Yes);
        // Which account is the policy's own is not known.
        assert_eq!(left("arn:aws:iam::111122223333:role/*"), Unknown);
    }

    #[test]
    fn an_element_is_denied_by_itself() {
        let document = statements(
            r#"{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"},
            {"Effect": "Deny", "NotAction": "sqs:*", "Resource": "*"}"#,
        );
        let statement = &document.statements[0];
        let actions = &statement.actions.as_ref().unwrap().items;
        assert_eq!(document.denies_all_of(statement, Some(&actions[0])), Yes);
        assert_eq!(document.denies_all_of(statement, Some(&actions[1])), No);
        assert_eq!(document.denies_all_of(statement, None), No);
    }
}
