//! What statements are compared with: one request, its complete context, and the work that is left.

use std::cell::Cell;

use keylint_model::Verdict;

use super::caller::Caller;
use super::context::{Context, ContextValue};
use super::request::Request;
use crate::document::Version;
use crate::element::PartlyKnown;
use crate::matching::{Substitute, Template, is_wild};
use crate::service::condition_key;

/// How much one decision may compare, in steps of 64 characters of a pattern with one of a text;
/// about a second of work. What is left then is unknown.
const WORK_LIMIT: u64 = 1 << 27;

/// One request, ready to be compared with statements.
pub(crate) struct Scope<'r> {
    pub(crate) request: &'r Request,
    pub(crate) context: Context,
    /// The ARN of the resource, as it is compared.
    resource: PartlyKnown,
    work: Cell<u64>,
}

impl<'r> Scope<'r> {
    pub(crate) fn new(request: &'r Request) -> Self {
        Scope {
            request,
            context: request.complete_context(),
            resource: request.resource.as_str().into(),
            work: Cell::new(WORK_LIMIT),
        }
    }

    /// A text of a policy with its variables filled in.
    pub(crate) fn fill<'t>(
        &'t self,
        text: &'t PartlyKnown,
        version: Version,
        wildcards: bool,
    ) -> Template<'t> {
        Template::fill(text, version, wildcards, |key| match self.value_of(key) {
            None => Substitute::Absent,
            Some(ContextValue::One(value)) => Substitute::Text(value),
            Some(ContextValue::Many(_)) => Substitute::Several,
            Some(ContextValue::Unknown) => Substitute::Unknown,
        })
    }

    /// What the request has under a key; `None` when it does not have the key. A key that AWS puts into
    /// every such request is there, with a value that is not known where none is given.
    pub(crate) fn value_of(&self, key: &str) -> Option<&ContextValue> {
        let given = self.context.get(key);
        if given.is_some() {
            return given;
        }
        let is_signed = !matches!(self.request.caller, Caller::Anonymous | Caller::Provider(_));
        let is_there = condition_key(key)
            .is_some_and(|key| key.is_always_present() || is_signed && key.is_present_if_signed());
        is_there.then_some(&ContextValue::Unknown)
    }

    /// Whether a pattern of `Resource` or `NotResource` matches the resource.
    pub(crate) fn matches_resource(&self, pattern: &PartlyKnown, version: Version) -> Verdict {
        match pattern.as_known() {
            Some("*") => return Verdict::Yes,
            Some(_) => {}
            // What is not known at all may be a wildcard.
            None if crate::matching::may_be_wildcard(pattern) => return Verdict::Unknown,
            None => {}
        }
        // Whether every resource of a service takes in an action that has none is not documented.
        if self.request.resource == "*" && is_wild(pattern, version) {
            return Verdict::Unknown;
        }
        if !self.can_afford(pattern, self.request.resource.len()) {
            return Verdict::Unknown;
        }
        self.fill(pattern, version, true).matches_resource(&self.resource)
    }

    /// Takes the work of one comparison from what is left; `false` when that is not enough.
    pub(crate) fn can_afford(&self, pattern: &PartlyKnown, length: usize) -> bool {
        let pattern: usize = pattern
            .parts()
            .iter()
            .map(|part| match part {
                keylint_model::Part::Known(text) => text.len(),
                keylint_model::Part::Hole(..) => 1,
            })
            .sum();
        let cost = (pattern / 64 + 1).saturating_mul(length + 1);
        let left = self.work.get().checked_sub(u64::try_from(cost).unwrap_or(u64::MAX));
        self.work.set(left.unwrap_or(0));
        left.is_some()
    }
}
