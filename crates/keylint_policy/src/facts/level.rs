//! What the access levels of actions say of a statement.

use keylint_model::Verdict;

use super::Remark;
use crate::document::{Document, Effect, Statement};
use crate::element::Element;
use crate::service::{AccessLevel, Action, expand};

/// How many actions that a pattern matches are looked at.
const ACTIONS_READ: usize = 30_000;

impl Document {
    /// An action of a level that an element of `Action` allows on everything, although it could be limited to
    /// some resources, where no condition narrows the statement and no other one denies it.
    /// Source: Service Authorization Reference.
    pub fn unlimited_action<'s>(
        &'s self,
        statement: &'s Statement,
        element: &'s Element,
        level: AccessLevel,
    ) -> Remark<'s> {
        if !matches!(statement.effect, Effect::Allow) {
            return Remark::none();
        }
        let Some(known) = element.as_known() else { return Remark::none() };
        let open = statement.covers_all_resources().verdict.and(!statement.is_narrowed().verdict);
        if open == Verdict::No {
            return Remark::none();
        }
        let matched = expand(known).take(ACTIONS_READ).filter(|action| action.access_level() == level);
        let mut limitable = matched.filter(|action| action.resource_types().len() > 0);
        let kept = limitable.find(|action| self.takes_away(&name(*action), None) != Verdict::Yes);
        match kept {
            Some(action) => {
                let denied = self.takes_away(&name(action), None);
                Remark::of(open.and(!denied), element, name(action))
            }
            None => Remark::none(),
        }
    }
}

fn name(action: Action) -> String {
    format!("{}:{}", action.service().prefix(), action.name())
}
