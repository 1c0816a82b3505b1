//! What a statement allows once the denials beside it are taken off: those of its document, and those of the other
//! documents of the identity that alone has it.

use keylint_model::{NeedsSplit, Verdict};
use keylint_policy::{Document, Element, Fact};

use super::{StatementView, known_strings};
use crate::eval::Datum;
use crate::identities;
use crate::view::Env;

impl<'a> StatementView<'a> {
    /// Whether it allows one of some actions on every resource of a service, and no denial takes that away.
    pub(crate) fn allows_everywhere(
        &self,
        arguments: &[Datum<'a>],
        env: &Env<'a, '_>,
    ) -> Result<Datum<'a>, NeedsSplit> {
        let [actions, rest @ ..] = arguments else { return Ok(super::missing("allows_everywhere")) };
        let actions = known_strings(actions);
        let rest: Vec<&str> = rest.iter().flat_map(known_strings).collect();
        let [service, name] = rest.as_slice() else { return Ok(super::missing("allows_everywhere")) };
        let left =
            |documents: &[&Document]| self.statement.allows_everywhere(&actions, service, name, documents);
        let alone = left(&[self.document]);
        let fact = if alone.verdict == Verdict::No { alone } else { left(&self.documents(env)?) };
        Ok(self.fact(fact))
    }

    /// Whether a denial takes away all that it allows, or all that one element of its `Action` does.
    pub(crate) fn is_denied(
        &self,
        element: Option<&'a Element>,
        env: &Env<'a, '_>,
    ) -> Result<Datum<'a>, NeedsSplit> {
        let denied = |document: &&Document| document.denies_all_of(self.statement, element);
        let alone = denied(&self.document);
        let verdict =
            if alone == Verdict::Yes { alone } else { Verdict::any(self.documents(env)?.iter().map(denied)) };
        Ok(self.fact(Fact { verdict, element, fallback: None }))
    }

    /// The document, and those beside it of the identity that it is written for. A policy that can be attached
    /// elsewhere stands for itself.
    fn documents(&self, env: &Env<'a, '_>) -> Result<Vec<&'a Document>, NeedsSplit> {
        let own = vec![self.document];
        let policy = self.policy.policy;
        if env.identities.is_empty() {
            return Ok(own);
        }
        let Some(holder) = identities::only_holder(policy, env)? else { return Ok(own) };
        let Some(holder) = env.identities.iter().find(|one| std::ptr::eq(one.entity, holder)) else {
            return Ok(own);
        };
        let held = holder.held_in(env.world)?.map(|held| held.together.documents()).unwrap_or_default();
        let beside = held.iter().copied().filter(|document| !std::ptr::eq(*document, self.document));
        Ok(own.into_iter().chain(beside).collect())
    }
}
