//! Which actions a statement allows or denies.

use std::sync::Arc;

use keylint_model::{Part, Shape, Unknown, Verdict};

use super::{Fact, any};
use crate::document::Statement;
use crate::element::{Element, PartlyKnown};
use crate::matching::{covers_actions, matches_action, overlaps_actions};

impl Element {
    /// Whether an action is every action of every service: `*`, or `*:*`.
    pub fn is_everything(&self) -> Verdict {
        covers_actions(&self.text, "*:*")
    }

    /// Whether there is a wildcard in it, which a part that is not known may have. What AWS or a data
    /// source gives, and is known to be an ARN, a name or an id, has none.
    pub fn is_pattern(&self) -> Verdict {
        let may_be = |unknown: &Arc<Unknown>| unknown.shape == Shape::Any;
        match self.text.contains('*') || self.text.contains('?') {
            true => Verdict::Yes,
            false if self.text.holes().any(may_be) => Verdict::Unknown,
            false => Verdict::No,
        }
    }

    /// Whether an action is every action of one service that it names: `kms:*`, and `${name}:*` too,
    /// since only one colon can be in an action.
    pub fn is_whole_service(&self) -> Verdict {
        let [before @ .., Part::Known(end)] = self.text.parts() else {
            let is_open = self.text.holes().next().is_some() && !names_action(self.text.parts());
            return if is_open { Verdict::Unknown } else { Verdict::No };
        };
        let is_pattern = |text: &str| text.contains(['*', '?']);
        let named = |part: &Part| !matches!(part, Part::Known(text) if is_pattern(text));
        match end.split_once(':') {
            Some((service, name)) => {
                let whole = !name.is_empty() && name.chars().all(|character| character == '*');
                let is_named = !is_pattern(service) && (!service.is_empty() || !before.is_empty());
                Verdict::from(whole && is_named && before.iter().all(named))
            }
            // The colon may be in a hole, when nothing but wildcards follows it.
            None if before.is_empty() || end.chars().any(|character| character != '*') => Verdict::No,
            None if names_action(before) => Verdict::No,
            None => Verdict::Unknown,
        }
    }
}

/// Whether something of the name of an action is known, so that not all of its service are meant.
fn names_action(parts: &[Part]) -> bool {
    let known = parts.iter().filter_map(|part| match part {
        Part::Known(text) => Some(text.as_str()),
        Part::Hole(..) => None,
    });
    let mut behind = known.flat_map(str::chars).skip_while(|character| *character != ':').skip(1);
    behind.any(|character| character != '*')
}

impl Statement {
    /// Whether the statement is about an action, whatever its effect: `Action` matches it, or
    /// `NotAction` does not. The action has no wildcards.
    pub fn is_about_action(&self, action: &str) -> Fact<'_> {
        self.action_fact(|pattern| matches_action(pattern, action), |pattern| matches_action(pattern, action))
    }

    /// Whether it is about every action that a pattern matches: `kms:*`, `secretsmanager:Get*`.
    pub fn is_about_all_actions(&self, actions: &str) -> Fact<'_> {
        let all = PartlyKnown::from(actions);
        self.action_fact(
            |pattern| covers_actions(pattern, actions),
            |pattern| overlaps_actions(pattern, &all),
        )
    }

    /// Whether the statement allows an action, to somebody and on something.
    pub fn grants(&self, action: &str) -> Fact<'_> {
        self.is_about_action(action).and(self.is_allow())
    }

    /// Whether it allows one of some actions.
    pub fn grants_any(&self, actions: &[&str]) -> Fact<'_> {
        let none = Fact::bare(Verdict::No);
        actions.iter().fold(none, |answer, action| answer.or(self.grants(action)))
    }

    /// Whether it allows all of some actions.
    pub fn grants_all(&self, actions: &[&str]) -> Fact<'_> {
        let mut answer = Fact::bare(Verdict::Yes);
        for action in actions {
            let fact = self.grants(action);
            if fact.verdict.and(answer.verdict) != answer.verdict || answer.element.is_none() {
                answer = Fact { verdict: fact.verdict.and(answer.verdict), ..fact };
            }
        }
        answer
    }

    /// Whether it allows every action of every service: `*`, or `*:*`.
    pub fn allows_all_actions(&self) -> Fact<'_> {
        self.is_about_all_actions("*:*").and(self.is_allow())
    }

    /// Whether it allows every action of a service: `kms:*`, and `*` too.
    pub fn service_wildcard(&self, service: &str) -> Fact<'_> {
        self.is_about_all_actions(&format!("{service}:*")).and(self.is_allow())
    }

    /// The services that the statement is about as a whole by their name: `kms` for `kms:*`. A
    /// pattern over all services names none.
    pub fn whole_services(&self) -> impl Iterator<Item = (&str, &Element)> {
        self.actions.iter().flat_map(|actions| &actions.items).filter_map(|element| {
            let (service, _) = element.as_known()?.split_once(':')?;
            (element.is_whole_service() == Verdict::Yes).then_some((service, element))
        })
    }

    fn action_fact(
        &self,
        included: impl Fn(&PartlyKnown) -> Verdict,
        excluded: impl Fn(&PartlyKnown) -> Verdict,
    ) -> Fact<'_> {
        if let Some(actions) = &self.actions {
            return any(actions, |element| included(&element.text));
        }
        if let Some(not_actions) = &self.not_actions {
            let fact = any(not_actions, |element| excluded(&element.text));
            let fallback = not_actions.key_span.or(not_actions.span);
            return Fact { verdict: !fact.verdict, element: None, fallback };
        }
        let verdict = if self.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        Fact { verdict, element: None, fallback: self.span }
    }
}
