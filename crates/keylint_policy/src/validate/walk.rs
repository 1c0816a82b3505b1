//! The state of a walk over a document, which all checks share.

use super::listed::Actions;
use super::names::Generals;
use super::{
    Check, Checks, Fate, Issue, Usage, arn, caller, condition, document, federation, keys, names, perimeter,
    principal, reach, redundancy, roles, statement, tags, text, variable,
};
use crate::document::{Document, Statement};
use crate::element::{Element, SECRET};
use crate::kind::PolicyKind;
use keylint_source::Span;

/// How many issues are kept of one document: nobody reads more, and a hostile document could have a
/// great many. What is beyond it is not looked for, and said to be undecided.
pub const MAX_ISSUES: usize = 2_000;

/// A walk over a document.
pub(crate) struct Walk<'d> {
    pub(crate) document: &'d Document,
    pub(crate) usage: Usage<'d>,
    wanted: Checks,
    statement: Option<&'d Statement>,
    issues: Vec<Issue<'d>>,
    pub(super) generals: Generals,
}

impl<'d> Walk<'d> {
    pub(crate) fn new(document: &'d Document, usage: Usage<'d>, wanted: Checks) -> Self {
        Walk { document, usage, wanted, statement: None, issues: Vec::new(), generals: Generals::default() }
    }

    /// The kind of the policy.
    pub(crate) fn kind(&self) -> PolicyKind {
        self.usage.kind
    }

    /// Whether the policy is one that IAM keeps for an identity.
    pub(crate) fn is_identity(&self) -> bool {
        matches!(self.kind(), PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session)
    }

    /// Where the document is written as JSON of its own, braces included: a file that is nothing else.
    pub(crate) fn file(&self) -> Option<Span> {
        let is_file = self.usage.holder.is_none() && !self.usage.is_part;
        self.document.span.filter(|_| is_file && self.document.origin.via.is_none())
    }

    /// Whether the policy is of a kind, and that is no guess.
    pub(crate) fn is_certainly(&self, kind: PolicyKind) -> bool {
        self.kind() == kind && !self.usage.is_guessed
    }

    /// Whether anybody asks for a check that costs something.
    pub(crate) fn wants(&self, check: Check) -> bool {
        self.wanted.contains(check)
    }

    /// Goes through a statement.
    pub(crate) fn enter(&mut self, statement: &'d Statement) {
        self.statement = Some(statement);
        let notes = self.document.malformed.iter().filter(|note| note.statement == Some(statement.index));
        notes.for_each(|note| document::malformed(self, note));
        statement::check(self, statement);
        text::check(self, statement);
        principal::check(self, statement);
        for (name, elements) in [("Action", &statement.actions), ("NotAction", &statement.not_actions)] {
            elements.iter().for_each(|actions| names::check(self, name, actions));
        }
        for (name, elements) in
            [("Resource", &statement.resources), ("NotResource", &statement.not_resources)]
        {
            for resource in elements.iter().flatten() {
                arn::resource(self, name, resource);
                names::service_of_arn(self, statement, name, resource);
            }
        }
        variable::check(self, statement);
        condition::check(self, statement);
        caller::check(self, statement);
        federation::check(self, statement);
        self.actions(statement);
        redundancy::check(self, statement);
        roles::check(self, statement);
        self.statement = None;
    }

    /// What depends on the actions that a statement lists: which condition keys their requests have, which
    /// resources they work on.
    fn actions(&mut self, statement: &'d Statement) {
        let entries = &statement.conditions.entries;
        let all = |resource: &Element| resource.as_known() == Some("*");
        let is_for_all = statement.resources.iter().flatten().all(all);
        if entries.is_empty()
            && is_for_all
            && !self.wants(Check::ResourceStar)
            && self.kind() != PolicyKind::Rcp
        {
            return;
        }
        let actions = Actions::of(statement);
        for entry in entries {
            keys::carried(self, &actions, entry);
            tags::check(self, statement, &actions, entry);
            caller::irrelevant(self, &actions, entry);
        }
        perimeter::check(self, statement, &actions);
        reach::check(self, statement, &actions);
    }

    /// What AWS does with a document that has a name which it does not know: IAM stores the policies of
    /// identities with it, AWS Organizations service control policies.
    pub(crate) fn fate_of_names(&self) -> Fate {
        let is_stored = self.is_identity() || self.kind() == PolicyKind::Scp;
        if is_stored { Fate::Accepted } else { Fate::Unknown }
    }

    /// Reports an issue, of the statement that the walk is in.
    pub(crate) fn report(&mut self, mut issue: Issue<'d>) {
        if !self.wanted.contains(issue.check) || self.issues.len() >= MAX_ISSUES {
            return;
        }
        issue.statement = issue.statement.or(self.statement);
        if issue.origin.is_some_and(|origin| origin.marks.sensitive) {
            issue.value = SECRET.into();
            issue.suggestion = None;
            issue.repeats.clear();
        }
        if !self.document.secret_names.is_empty() {
            self.hide_names(&mut issue);
        }
        self.issues.push(issue);
    }

    /// Leaves names that are made of a secret out of what an issue says.
    fn hide_names(&self, issue: &mut Issue<'d>) {
        // A part of the name is as secret as all of it: the prefix of a condition key.
        let is_secret = |said: &str| {
            let mut names = self.document.secret_names.iter();
            !said.is_empty() && names.any(|name| said.contains(&**name) || name.contains(said))
        };
        for said in [&mut issue.element, &mut issue.value, &mut issue.other] {
            if is_secret(said) {
                *said = SECRET.into();
                issue.suggestion = None;
            }
        }
    }

    pub(crate) fn into_issues(self) -> Vec<Issue<'d>> {
        self.issues
    }
}
