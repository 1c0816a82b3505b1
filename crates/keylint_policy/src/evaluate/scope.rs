//! What statements are compared with: one request, its complete context, and the work that is left.

use std::cell::Cell;

use keylint_model::Verdict;

use super::context::Context;
use super::request::Request;
use crate::document::Version;
use crate::element::PartlyKnown;
use crate::matching::Template;

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
        Template::fill(text, version, wildcards, |key| self.context.substitute(key))
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
