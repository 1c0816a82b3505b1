//! What leaves an answer about a statement open, so that a person can tell what would close it.

use std::sync::Arc;

use keylint_model::{Reason, Unknown, Verdict};
use keylint_policy::{Account, Document, Effect, Element, Fact, Statement, Whom};

use super::StatementView;

/// What is not known where an id is compared with the account that the policy belongs to.
const ACCOUNT: &str = "the account";

/// What an answer that is not known depends on: a hole of the element that leaves it open, else the
/// account that owns what the policy is attached to, else the first hole of the statement or of those
/// beside it, which may deny what it allows.
pub(super) fn cause(view: &StatementView<'_>, fact: &Fact<'_>) -> Arc<Unknown> {
    let statement = view.statement;
    let of_element = || resolvable(fact.element?.text.holes());
    let of_account = |element: Option<&Element>| {
        let asks = statement.principals().any(|(whom, principal)| {
            element.is_none_or(|element| std::ptr::eq(element, principal)) && is_of_some_account(whom)
        });
        asks.then(|| Arc::new(Unknown::new(Reason::Environment(ACCOUNT.into()))))
    };
    let others = || {
        let beside = view.beside.map(|beside| beside.held.together.documents()).unwrap_or_default().iter();
        let mut beside =
            beside.map(|document| &**document).filter(|other| !std::ptr::eq(*other, view.document));
        let of_one = |document: &Document| {
            document.rest.clone().or_else(|| document.statements.iter().find_map(first_unknown))
        };
        view.document.statements.iter().find_map(first_unknown).or_else(|| beside.find_map(of_one))
    };
    let conditional = || conditional_denial(view);
    // What is left has no hole: a text that is too long to be compared.
    let limit = || Arc::new(Unknown::new(Reason::Limit));
    of_element()
        .or_else(|| fact.element.and_then(|element| of_account(Some(element))))
        .or_else(|| first_unknown(statement))
        .or_else(|| of_account(None))
        .or_else(|| view.document.rest.clone())
        .or_else(others)
        .or_else(conditional)
        .unwrap_or_else(limit)
}

/// A denial under a condition, which may leave a part of what it is about.
fn conditional_denial(view: &StatementView<'_>) -> Option<Arc<Unknown>> {
    let beside = view.beside.map(|beside| beside.held.together.documents()).unwrap_or_default();
    let statements = beside.iter().copied().chain([view.document]).flat_map(|document| &document.statements);
    let mut denials = statements.filter(|one| one.is_deny() != Verdict::No);
    let denial = denials.find(|denial| !denial.conditions.entries.is_empty())?;
    Some(Arc::new(Unknown {
        at: denial.conditions.span.or(denial.span),
        ..Unknown::new(Reason::Operand("Deny".into()))
    }))
}

/// Whether it takes the owner's account to tell whose principal it is.
fn is_of_some_account(whom: Whom<'_>) -> bool {
    matches!(whom, Whom::Opaque) || matches!(whom.account(), Some(Account::Literal(_)))
}

/// The first reason that somebody can do something about, else the first one: the account's
/// partition is nowhere to be set, the parameter beside it is.
fn resolvable<'u>(unknowns: impl Iterator<Item = &'u Arc<Unknown>>) -> Option<Arc<Unknown>> {
    let mut unknowns = unknowns.peekable();
    let first = unknowns.peek().copied();
    unknowns.find(|unknown| unknown.at.is_some()).or(first).cloned()
}

/// The first thing in a statement that is not known.
pub(super) fn first_unknown(statement: &Statement) -> Option<Arc<Unknown>> {
    let elements =
        [&statement.actions, &statement.not_actions, &statement.resources, &statement.not_resources];
    let of_elements = elements.into_iter().flatten().find_map(|elements| {
        elements
            .rest
            .clone()
            .or_else(|| elements.items.iter().find_map(|element| element.text.holes().next().cloned()))
    });
    let of_principals = || {
        let principals = statement.principals.iter().chain(&statement.not_principals);
        principals
            .flat_map(|principals| {
                principals
                    .rest
                    .iter()
                    .chain(principals.items.iter().flat_map(|(_, element)| element.text.holes()))
                    .cloned()
            })
            .next()
    };
    let of_conditions = || {
        statement.conditions.rest.clone().or_else(|| {
            let values = statement.conditions.entries.iter().flat_map(|entry| &entry.values.items);
            values.flat_map(|element| element.text.holes()).next().cloned()
        })
    };
    let of_effect = match &statement.effect {
        Effect::Unknown(unknown) => Some(Arc::clone(unknown)),
        _ => None,
    };
    statement.rest.clone().or(of_effect).or_else(of_principals).or(of_elements).or_else(of_conditions)
}
