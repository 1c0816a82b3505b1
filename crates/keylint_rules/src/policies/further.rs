//! Policies that hang on so many conditions that no part of them is looked at by itself.
//!
//! A policy is read in each of its worlds, and many large policies in many worlds take long: past a
//! number of worlds of one policy only what holds in all cases is told of it. Of the first such policies
//! of a stack more is: what the others leave of a bound of worlds is shared among them, and their first
//! parts are looked at in their share, so that a stack of few policies has no gap and one of many does
//! not take long. Whatever is left out is undecided because of the combinations.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::condition::Seen;
use keylint_model::{NeedsSplit, Reason, Unknown, Value, World};
use keylint_policy::Statement;
use keylint_source::Span;

use super::{Content, MAX_PARTLY_DECIDED, Policy};
use crate::check::MAX_WORLDS;

/// How many worlds the policies of one stack may have for those that have too many to be looked at in
/// what is left of them.
const WORLDS_OF_STACK: usize = 512;

/// How many worlds a policy that has too many is looked at in at the least, or else in none.
const LEAST_WORLDS: usize = 64;

/// The least of the lengths that a policy may have.
/// Source: IAM User Guide, "IAM and AWS STS quotas".
const LEAST_QUOTA: usize = 2_048;

/// How far a policy is looked at.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    /// In all worlds, or in those of its parts, where these are not too many.
    Usual,
    /// Past that in so many worlds of its first parts.
    Further(usize),
}

impl Reach {
    /// How many policies that have too many worlds are looked at further, beside others that are looked at
    /// in so many worlds, and how far each of them is.
    pub(super) fn shared_by(policies: usize, worlds: usize) -> (usize, Reach) {
        let left = WORLDS_OF_STACK.saturating_sub(worlds);
        let share = left.checked_div(policies).unwrap_or(left).clamp(LEAST_WORLDS, MAX_PARTLY_DECIDED);
        (policies.min(left / share), Reach::Further(share))
    }
}

/// What a reader of all of some values makes of them, and how much of them it has seen.
pub(super) fn survey<T>(
    start: &World,
    values: &[&Value],
    reach: Reach,
    read: impl Fn(&World) -> Result<T, NeedsSplit>,
) -> Option<(Vec<(World, T)>, Seen)> {
    let (usual, seen) = World::survey_all(start, MAX_WORLDS, values.iter().copied(), &read)?;
    let is_cut = matches!(usual.as_slice(), [(world, _)] if world.is_closed_whole());
    match reach {
        Reach::Further(most) if is_cut => {
            let further = World::survey_first(start, MAX_WORLDS, most, values.iter().copied(), &read);
            Some(further.unwrap_or((usual, Seen::Cut)))
        }
        _ if is_cut => Some((usual, Seen::Cut)),
        _ => Some((usual, seen)),
    }
}

impl Policy<'_> {
    /// In how many worlds it is looked at.
    pub(super) fn worlds(&self) -> usize {
        self.versions.len() + self.absent.len()
    }

    /// Whether nothing that is asked of a policy as a whole can hang on which of its statements there are: some
    /// are there in any case, no two of them have one name, and all together they are not too long.
    pub(crate) fn is_whole_told(&self) -> bool {
        let Some((whole, parts)) = self.versions.split_first().filter(|_| self.is_rest_seen()) else {
            return false;
        };
        let Some(whole) = whole.1.document().filter(|whole| !whole.statements.is_empty()) else {
            return false;
        };
        let parts = || parts.iter().filter_map(|(_, content)| content.document());
        let added = parts().map(|part| part.size.written.saturating_sub(whole.size.written));
        if whole.size.written.saturating_add(added.sum()) > LEAST_QUOTA {
            return false;
        }
        let mut named: HashMap<&str, (Option<Span>, usize)> = HashMap::new();
        parts().chain([whole]).flat_map(|document| &document.statements).all(|statement| {
            let own = (statement.span, statement.copy);
            statement.sid().is_none_or(|sid| *named.entry(sid).or_insert(own) == own)
        })
    }

    /// Whether no part of it is looked at by itself.
    pub(super) fn is_cut(&self) -> bool {
        let mut worlds = self.versions.iter().map(|(world, _)| world).chain(&self.absent);
        worlds.next().is_some_and(World::is_closed_whole) && worlds.next().is_none()
    }
}

/// Names the combinations as what leaves open the rest of a policy that was not looked at in all of its
/// parts, as far as conditions do.
pub(super) fn name_combinations(versions: &mut [(World, Content)]) {
    for (_, content) in versions {
        match content {
            Content::Document(document) => {
                name(document.rest.as_mut());
                document.statements.iter_mut().for_each(name_in_statement);
            }
            Content::Unknown(unknown) => name(Some(unknown)),
            Content::Invalid(_) => {}
        }
    }
}

fn name_in_statement(statement: &mut Statement) {
    name(statement.rest.as_mut());
    name(statement.conditions.rest.as_mut());
    let principals = [&mut statement.principals, &mut statement.not_principals];
    principals.into_iter().flatten().for_each(|principals| name(principals.rest.as_mut()));
    let elements = [
        &mut statement.actions,
        &mut statement.not_actions,
        &mut statement.resources,
        &mut statement.not_resources,
    ];
    elements.into_iter().flatten().for_each(|elements| name(elements.rest.as_mut()));
}

fn name(rest: Option<&mut Arc<Unknown>>) {
    let Some(rest) = rest else { return };
    let root = rest.root();
    // What stands under a condition is not what decides that: it has no identity.
    if root.identity.is_none()
        && let Some(subject) = root.reason.subject()
    {
        let reason = Reason::Combinations(Arc::clone(subject));
        *rest = Arc::new(Unknown { at: root.at, ..Unknown::new(reason) });
    }
}
