//! What the access levels of actions say of a statement.

use std::borrow::Cow;

use keylint_model::{Part, Verdict};

use super::Remark;
use crate::document::{Document, Statement};
use crate::element::Element;
use crate::matching::matches_action;
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
        let covered = statement.covers_all_resources().verdict;
        let open = statement.is_allow().and(covered).and(!statement.is_narrowed().verdict);
        if open == Verdict::No {
            return Remark::none();
        }
        let pattern = widest(element);
        let matched = expand(&pattern).take(ACTIONS_READ).filter(|action| action.access_level() == level);
        let limitable = matched.filter(|action| action.resource_types().len() > 0).map(name);
        let allowed = limitable.map(|action| (matches_action(&element.text, &action), action));
        let mut kept = allowed.filter(|(matches, action)| {
            *matches != Verdict::No && self.takes_away(action, None) != Verdict::Yes
        });
        match kept.next() {
            Some((matches, action)) => {
                let denied = self.takes_away(&action, None);
                Remark::of(open.and(matches).and(!denied), element, action)
            }
            None => Remark::none(),
        }
    }
}

/// A pattern of all that an element can be: a hole may be anything.
fn widest(element: &Element) -> Cow<'_, str> {
    match element.as_known() {
        Some(known) => Cow::Borrowed(known),
        None if element.text.as_hole().is_some() => Cow::Borrowed("*"),
        None => {
            let parts = element.text.parts().iter().map(|part| match part {
                Part::Known(text) => text.as_str(),
                Part::Hole(..) => "*",
            });
            let pattern: String = parts.collect();
            // The colon may be in a hole.
            Cow::Owned(if pattern.contains(':') { pattern } else { "*".to_owned() })
        }
    }
}

fn name(action: Action) -> String {
    format!("{}:{}", action.service().prefix(), action.name())
}
