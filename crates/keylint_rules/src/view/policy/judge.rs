//! Judgements of a statement that come with words: each a string, or null where there is nothing to say.

use keylint_model::Verdict;
use keylint_policy::service::AccessLevel;
use keylint_policy::{Element, Remark};

use super::{StatementView, missing};
use crate::eval::{Data, Datum, Why};
use crate::view::made;

impl<'a> StatementView<'a> {
    /// A field that says what is wrong with the statement.
    pub(super) fn judged(&self, name: &str) -> Datum<'a> {
        let (statement, document) = (self.statement, self.document);
        let owner = || document.owner(self.policy.policy.kind());
        match name {
            "escalates" => self.remark(document.escalation_by(statement)),
            "rewrites_policy" => self.remark(document.rewrites_policy(statement)),
            "names_whole" => self.fact(statement.whole_action()),
            "only_delegates" => {
                self.fact(keylint_policy::Fact::bare(statement.names_only_own_account(&owner())))
            }
            "not_resources" => self.elements(statement.not_resources.as_ref()),
            "trusts_account" => self.fact(document.trusts_account(statement, &owner())),
            "open_service" => self.remark(document.open_service(statement)),
            "open_service_with_source" => self.remark(document.open_service_with_source(statement)),
            "constant_condition" => self.remark(statement.constant_condition()),
            "loose_condition" => self.remark(statement.loose_condition(self.policy.policy.kind())),
            "hole" => self.remark(document.hole_in(statement, self.policy.policy.kind())),
            "writable_tag" => self.remark(document.writable_tag(statement)),
            "wrong_via_service" => self.remark(statement.wrong_via_service()),
            "blocks_services" => self.remark(document.blocks_services(statement, self.policy.policy.kind())),
            "unsuffixed_secret" => self.remark(statement.unsuffixed_secret()),
            "blocks_default_read" => self.remark(statement.blocks_default_read()),
            "ineffective_in_key" => self.remark(statement.ineffective_in_key(&owner())),
            "makes_any_grant" => self.fact(statement.makes_any_grant()),
            _ => missing(name),
        }
    }

    /// What an element of `Action` allows too widely.
    pub(super) fn judged_action(&self, element: &'a Element, name: &str) -> Datum<'a> {
        let unlimited = |level| self.document.unlimited_action(self.statement, element, level);
        self.remark(match name {
            "manages_permissions" => unlimited(AccessLevel::PermissionsManagement),
            "writes_anything" => unlimited(AccessLevel::Write),
            _ => self.document.exposure_by(self.statement, element),
        })
    }

    /// What is to be said, at its place; null where nothing is.
    pub(super) fn remark(&self, remark: Remark<'a>) -> Datum<'a> {
        let Remark { fact, text } = remark;
        let verdict = fact.verdict;
        let answer = self.fact(fact);
        match verdict {
            Verdict::Yes => made(text.into_owned()).at(answer.place),
            Verdict::No => Datum::null().at(answer.place),
            // That a value is certainly given does not say that there is something to be said of it.
            Verdict::Unknown => match answer.data {
                Data::Unknown(whys) => {
                    let of_answer = |why: &Why| Why { is_of_answer: true, ..why.clone() };
                    Datum { data: Data::Unknown(whys.iter().map(of_answer).collect()), ..answer }
                }
                _ => answer,
            },
        }
    }
}
