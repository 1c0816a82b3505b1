//! Judgements of a document or statement; those with words are a string, or null where there is nothing to
//! say.

use keylint_model::{Address, Verdict};
use keylint_policy::service::AccessLevel;
use keylint_policy::{Document, Element, Lockout, Remark};

use super::{PolicyView, StatementView, missing};
use crate::eval::{Data, Datum, Why, why};
use crate::view::{Place, made};

impl<'a> PolicyView<'a> {
    /// A field that the document decides as a whole.
    pub(super) fn judged(&self, document: &'a Document, name: &str) -> Datum<'a> {
        match name {
            "is_public" => {
                let of_statements = document.statements.iter().map(|statement| {
                    StatementView { policy: *self, document, statement, beside: None }.public().verdict
                });
                let of_rest = document.rest.iter().map(|_| Verdict::Unknown);
                self.verdict(Verdict::any(of_statements.chain(of_rest)))
            }
            "serves_http" => self.verdict(document.serves_http()),
            "requires_tls" => {
                let kind = self.policy.entity.and_then(|entity| entity.kind);
                let service = kind.and_then(|kind| kind.name.split_once('.')).map(|(service, _)| service);
                let service = service.filter(|service| keylint_policy::serves_http(service));
                self.verdict(document.requires_tls(service).verdict)
            }
            "lockout" => match (document.can_lock_out().0, self.policy.part()) {
                // Whatever it is merged with may name the administrators.
                (Verdict::Yes, Some(part)) => Datum::bare(Data::Unknown(why(&part, self.policy.used))),
                (verdict, _) => self.verdict(verdict),
            },
            "lockout_cause" => match document.can_lock_out().1 {
                Some(cause) => Datum::text(in_words(cause)),
                None => Datum::null(),
            },
            _ => missing(name),
        }
    }
}

/// Why nobody can administer a key, to be read behind that.
fn in_words(cause: Lockout) -> &'static str {
    match cause {
        Lockout::NotAllowed => "because no statement lets a user, role or account change its policy",
        Lockout::Denied => "because its policy denies kms:PutKeyPolicy to all whom it allows it",
        Lockout::OutOfReach => "because nobody can meet the conditions under which its policy may be changed",
        Lockout::OneIdentity => "once the only principal is gone that may change its policy",
    }
}

impl<'a> StatementView<'a> {
    /// A field that says what is wrong with the statement.
    pub(super) fn judged(&self, name: &str) -> Datum<'a> {
        let (statement, document) = (self.statement, self.document);
        let owner = || self.policy.policy.owner(document);
        match name {
            "escalates" | "writable_tag" | "rewrites_policy" if self.beside.is_some() => {
                match self.completed(name) {
                    Some(completed) => self.remark(completed.remark),
                    None => Datum::null(),
                }
            }
            "escalates" => self.remark(document.escalation_by(statement)),
            "holder" => Datum::text(match self.beside {
                Some(_) => "this policy and those attached beside it",
                None => "this policy",
            }),
            "identity" => self.identity(),
            "rewrites_policy" => self.remark(document.rewrites_policy(statement)),
            "names_whole" => self.fact(statement.whole_action()),
            "only_delegates" => {
                self.fact(keylint_policy::Fact::bare(statement.names_only_own_account(&owner())))
            }
            "not_resources" => self.elements(statement.not_resources.as_ref()),
            "trusts_account" => self.fact(document.trusts_account(statement, &owner())),
            "names_no_token" => self.fact(keylint_policy::Fact::bare(statement.names_no_token())),
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
            "ineffective_in_key" => {
                let is_other = |address: &Address| self.policy.policy.is_other_key(address);
                self.remark(statement.ineffective_in_key(&owner(), &is_other))
            }
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
        let Remark { fact, text, edit } = remark;
        let verdict = fact.verdict;
        let answer = self.fact(fact);
        match verdict {
            Verdict::Yes => made(text.into_owned()).at(Place { edit, ..answer.place }),
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
