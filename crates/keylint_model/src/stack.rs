//! What is deployed together: a Terraform root module, a template, a bare policy document.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keylint_source::{FileId, Span};

use crate::marks;
use crate::origin::Origin;
use crate::problem::Problem;
use crate::reference::Address;
use crate::resource::{CallSite, Resource};
use crate::unknown::Unknown;

/// Which front end a stack comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrontEnd {
    /// Terraform or OpenTofu configuration, a plan or a state.
    Terraform,
    /// A CloudFormation template.
    CloudFormation,
    /// A bare policy document.
    Policy,
}

/// A suppression that is declared in the data of a template: `Metadata: {keylint: {ignore:
/// [SM001]}}` on a CloudFormation resource, because JSON has no comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredSuppression {
    /// The rules as written, unchecked, each with its place.
    pub rules: Vec<(Arc<str>, Span)>,
    /// The day on which it ends as written, unchecked; empty where it is no string.
    pub until: Option<(Arc<str>, Span)>,
    /// Where the suppression is written.
    pub span: Span,
    /// What it covers: the resource with its body.
    pub covers: Span,
}

/// The resources that are deployed together, with what the front end had to say about them.
#[derive(Debug)]
pub struct Stack {
    /// Which front end made it.
    pub front_end: FrontEnd,
    /// What it is called in fingerprints: the root directory or the template's path, as shown.
    pub name: Arc<str>,
    /// The resources, in the order in which they are written.
    pub resources: Vec<Resource>,
    /// What the front end reports of its own.
    pub problems: Vec<Problem>,
    /// Suppressions that are declared in the data, for formats without comments.
    pub suppressions: Vec<DeclaredSuppression>,
    /// Calls of modules that are not on disk: nobody looked at what they create.
    pub missing_modules: Vec<CallSite>,
    /// Set when there may be more resources than are known: a macro can add any.
    pub open: Option<Arc<Unknown>>,
    /// The id of the account that it is deployed to, where that is known.
    pub account: Option<Arc<str>>,
    /// Files of others that the stack is made of, such as fetched modules: what is wrong there is
    /// mended at the call.
    pub foreign_files: Arc<HashSet<FileId>>,
    index: HashMap<Address, usize>,
}

impl Stack {
    /// A stack of resources. Where two have the same address the first is found by it. Each value in
    /// them gets the marks of what it stands in.
    pub fn new(
        front_end: FrontEnd,
        name: impl Into<Arc<str>>,
        mut resources: Vec<Resource>,
        problems: Vec<Problem>,
    ) -> Self {
        let entries = resources.iter_mut().flat_map(|resource| resource.attributes.entries.values_mut());
        entries.for_each(|entry| marks::spread(&mut entry.value));
        let mut index = HashMap::with_capacity(resources.len());
        for (position, resource) in resources.iter().enumerate() {
            index.entry(resource.address.clone()).or_insert(position);
        }
        Stack {
            front_end,
            name: name.into(),
            resources,
            problems,
            suppressions: Vec::new(),
            missing_modules: Vec::new(),
            foreign_files: Arc::default(),
            open: None,
            account: None,
            index,
        }
    }

    /// The same with suppressions declared in the data.
    #[must_use]
    pub fn with_suppressions(self, suppressions: Vec<DeclaredSuppression>) -> Self {
        Stack { suppressions, ..self }
    }

    /// The same with calls of modules that are not on disk.
    #[must_use]
    pub fn with_missing_modules(self, missing_modules: Vec<CallSite>) -> Self {
        Stack { missing_modules, ..self }
    }

    /// The same with more resources than are known.
    #[must_use]
    pub fn with_open(self, open: Option<Arc<Unknown>>) -> Self {
        Stack { open, ..self }
    }

    /// The same in an account, where that is known.
    #[must_use]
    pub fn with_account(self, account: Option<Arc<str>>) -> Self {
        Stack { account, ..self }
    }

    /// The same with files of others.
    #[must_use]
    pub fn with_foreign_files(self, foreign_files: Arc<HashSet<FileId>>) -> Self {
        Stack { foreign_files, ..self }
    }

    /// Where a user would mend what is wrong with a resource at a place: there, or, in a file of
    /// others, where the value comes from, or else at the innermost call that is the user's own.
    pub fn own_place(&self, place: Span, origin: Option<&Origin>, resource: &Resource) -> Span {
        let is_own = |span: &Span| !self.foreign_files.contains(&span.file);
        let sources = origin
            .into_iter()
            .flat_map(|origin| origin.span.into_iter().chain(origin.steps().map(|via| via.span)));
        let calls = resource.calls.iter().map(|call| call.span);
        std::iter::once(place).chain(sources).chain(calls).find(is_own).unwrap_or(place)
    }

    /// The resource with this address.
    pub fn resource(&self, address: &Address) -> Option<&Resource> {
        self.index.get(address).and_then(|position| self.resources.get(*position))
    }
}
