//! The actions that a statement lists, looked up in what AWS publishes.

use std::borrow::Cow;

use super::{Said, known};
use crate::document::Statement;
use crate::element::Element;
use crate::service::{Action, action, expand};

/// An element of `Action` that names known actions.
pub(super) struct Listed<'d> {
    pub(super) element: &'d Element,
    /// What it stands for; at least one.
    pub(super) actions: Vec<Action>,
    pub(super) is_pattern: bool,
}

/// The elements of `Action`.
#[derive(Default)]
pub(super) struct Actions<'d> {
    pub(super) listed: Vec<Listed<'d>>,
    /// Whether these are all that the statement names, and none of them is for every service.
    pub(super) is_whole: bool,
}

impl<'d> Actions<'d> {
    /// The actions of a statement; none of `NotAction`.
    pub(super) fn of(statement: &'d Statement) -> Actions<'d> {
        let Some(elements) = &statement.actions else { return Actions::default() };
        let is_whole = elements.rest.is_none() && statement.rest.is_none();
        let mut actions = Actions { listed: Vec::new(), is_whole };
        for element in elements {
            match look_up(element) {
                Some(listed) => actions.listed.push(listed),
                None => actions.is_whole = false,
            }
        }
        actions
    }
}

fn look_up(element: &Element) -> Option<Listed<'_>> {
    let text = known(element)?;
    let (prefix, name) = text.split_once(':')?;
    if prefix.contains(['*', '?']) {
        return None;
    }
    let is_pattern = name.contains(['*', '?']);
    let actions: Vec<Action> =
        if is_pattern { expand(text).collect() } else { action(text).into_iter().collect() };
    (!actions.is_empty()).then_some(Listed { element, actions, is_pattern })
}

/// Names in a row for a message, the first few of them.
pub(super) fn in_a_row<'n>(names: impl Iterator<Item = Cow<'n, str>>) -> Said<'static> {
    const SHOWN: usize = 4;
    let names: Vec<Cow<'_, str>> = names.collect();
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    Said::made(match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    })
}
