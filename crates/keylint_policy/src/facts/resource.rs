//! Which resources a statement is about.

use keylint_model::{Part, Unknown, Verdict};

use super::{Fact, any};
use crate::document::Statement;
use crate::element::{Element, PartlyKnown};
use crate::matching::{covers_every, covers_everywhere, named_service};

impl Statement {
    /// Whether the statement is about all resources of all services: `*`, `arn:aws:*`. An exclusion
    /// by `NotResource` counts as all: what it leaves out is the exception.
    pub fn covers_all_resources(&self) -> Fact<'_> {
        // A service and a resource that no pattern names.
        self.resource_fact(|pattern| covers_every(pattern, "*", "*", self.version))
    }

    /// Whether it is about every resource of a service that `name` describes, be it only those of one
    /// account and Region: `covers_every("secretsmanager", "secret:*")` holds for `*` and for
    /// `arn:aws:secretsmanager:eu-west-1:111122223333:secret:*`.
    pub fn covers_every(&self, service: &str, name: &str) -> Fact<'_> {
        self.resource_fact(|pattern| covers_every(pattern, service, name, self.version))
    }

    /// Whether it is about every resource of a form (`arn:*:kms:*:*:key/*`), in each Region and account.
    pub(super) fn covers_everywhere(&self, form: &str) -> Verdict {
        if self.resources.is_none() && self.not_resources.is_some() {
            // What it leaves out may be all of one account or Region.
            let mut fields = form.splitn(6, ':').skip(2);
            let (service, name) = (fields.next().unwrap_or_default(), fields.last().unwrap_or_default());
            return self.covers_every(service, name).verdict;
        }
        self.resource_fact(|pattern| covers_everywhere(pattern, form, self.version)).verdict
    }

    /// The services of its resources, where each of them names its own in full: it covers nothing of
    /// any other.
    pub(super) fn named_services(&self) -> Option<Vec<&str>> {
        let resources = self.resources.as_ref().filter(|resources| resources.rest.is_none())?;
        resources.iter().map(|element| named_service(&element.text)).collect()
    }

    /// Whether each element of `Resource` is known to be of another service: by its ARN, or as an attribute
    /// of a resource of another service.
    pub fn names_only_others(&self, service: &str) -> bool {
        let Some(resources) = self.resources.as_ref().filter(|resources| resources.rest.is_none()) else {
            return false;
        };
        let prefix = format!("aws_{service}_");
        let is_other = |element: &Element| match (named_service(&element.text), element.text.parts()) {
            (Some(named), _) => named != service,
            (None, [Part::Hole(unknown, _), ..]) => is_elsewhere(unknown, &prefix),
            _ => false,
        };
        resources.iter().next().is_some() && resources.iter().all(is_other)
    }

    /// Whether it is about every secret of an account and Region.
    pub fn covers_every_secret(&self) -> Fact<'_> {
        self.covers_every("secretsmanager", "secret:*")
    }

    /// Whether it is about every key of an account and Region.
    pub fn covers_every_key(&self) -> Fact<'_> {
        self.covers_every("kms", "key/*")
    }

    /// Whether it is about every parameter of an account and Region.
    pub fn covers_every_parameter(&self) -> Fact<'_> {
        self.covers_every("ssm", "parameter/*")
    }

    /// Whether it is about every role of an account.
    pub fn covers_every_role(&self) -> Fact<'_> {
        self.covers_every("iam", "role/*")
    }

    /// The same test for `Resource` and, turned round, for `NotResource`: who excludes not all of
    /// them includes nearly all.
    fn resource_fact(&self, covers: impl Fn(&PartlyKnown) -> Verdict) -> Fact<'_> {
        if let Some(resources) = &self.resources {
            return any(resources, |element| covers(&element.text));
        }
        let Some(excluded) = &self.not_resources else { return self.without_resources() };
        let fact = any(excluded, |element| covers(&element.text));
        Fact { verdict: !fact.verdict, element: None, fallback: excluded.key_span.or(excluded.span) }
    }

    fn without_resources(&self) -> Fact<'_> {
        let verdict = if self.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        Fact { verdict, element: None, fallback: self.span }
    }
}

/// Whether an unknown is an attribute of a Terraform resource whose type does not start so.
pub(super) fn is_elsewhere(unknown: &Unknown, prefix: &str) -> bool {
    unknown.reference.as_ref().is_some_and(|reference| {
        let address = reference.address.as_str();
        address.contains("aws_") && !address.contains(prefix)
    })
}
