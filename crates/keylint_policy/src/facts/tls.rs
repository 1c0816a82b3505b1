//! Whether a resource policy keeps out requests that anybody on the way can read.

use keylint_model::Verdict;

use super::Fact;
use super::cover::{covers_service, covers_what, covers_where};
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::PartlyKnown;
use crate::operator::Base;
use crate::service::resource_policies;

/// Whether a service, named as in actions, answers plain HTTP.
pub fn serves_http(service: &str) -> bool {
    resource_policies(service).is_some_and(|policies| policies.serves_http)
}

impl Document {
    /// Whether the document names actions of a service that answers plain HTTP.
    pub fn serves_http(&self) -> Verdict {
        let of_service = |statement: &Statement| {
            let names = |text: &PartlyKnown| {
                text.to_string().split_once(':').is_some_and(|(service, _)| serves_http(service))
            };
            statement.actions.iter().chain(&statement.not_actions).flatten().any(|e| names(&e.text))
        };
        self.statements.iter().any(of_service).into()
    }

    /// Whether requests without TLS are kept out: a statement denies everything that is allowed to
    /// everybody, where `aws:SecureTransport` is false, or each statement that allows asks for it. Where the
    /// service is known that the policy is for, only its actions count.
    pub fn requires_tls(&self, service: Option<&str>) -> Fact<'_> {
        let allowing = || self.statements.iter().filter(|statement| statement.is_allow() != Verdict::No);
        let each = Verdict::all(allowing().map(|statement| {
            let asks = statement.conditions.entries.iter().any(|entry| compares_transport(entry, "true"));
            Verdict::from(asks).or(statement.is_deny()).or(statement.more_conditions())
        }));
        let some = if self.rest.is_some() { Verdict::Unknown } else { allowing().next().is_some().into() };
        let denied = Verdict::any(self.statements.iter().map(|statement| {
            let only = match statement.conditions.entries.as_slice() {
                [only] => compares_transport(only, "false"),
                _ => false,
            };
            let all = service.map_or(Verdict::No, |service| covers_service(statement, service));
            let covers = Verdict::all(allowing().map(|allowed| {
                all.or(covers_what(statement, allowed)).and(covers_where(statement, allowed))
            }));
            let everybody = match statement.not_principals {
                Some(_) => Verdict::No,
                None => statement.names_everybody().verdict,
            };
            statement.is_deny().and(only.into()).and(everybody).and(covers).and(!statement.more_conditions())
        }));
        let verdict = each.and(some).or(denied).or(self.more_statements());
        Fact { verdict, element: None, fallback: self.span }
    }
}

fn compares_transport(entry: &ConditionEntry, value: &str) -> bool {
    let compares = entry.operator.is_some_and(|operator| {
        matches!(operator.base, Base::Bool | Base::StringEquals | Base::StringEqualsIgnoreCase)
    });
    let same = |text: &PartlyKnown| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case(value));
    compares
        && entry.is_about("aws:SecureTransport")
        && entry.values.rest.is_none()
        && entry.texts().all(same)
        && !entry.values.items.is_empty()
}
