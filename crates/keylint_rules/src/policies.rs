//! The policies of a stack: every document that something is attached to, or that stands alone.
//!
//! They are collected once for all rules. A document is read in every world that it needs, so that
//! a rule sees whole documents without alternatives. One that several resources use is there once
//! for each: its kind follows from the use.

mod attribute;
mod further;
mod generated;
mod statement;

use std::collections::HashSet;
use std::sync::Arc;

use keylint_model::condition::Seen;
use keylint_model::{
    Address, Data, Mode, NeedsSplit, Origin, Problem, Reason, Resource, Unknown, Value, World,
};
use keylint_policy::{DOCUMENT_ATTRIBUTE, Document, Owner, Parsed, PolicyKind, Reading, Statement};
use keylint_source::Span;
use rayon::prelude::*;

use crate::view::{Entities, Entity};
use attribute::of_attributes;
use further::{Reach, name_combinations};
use statement::of_statement;

/// A policy with what it is attached to.
#[derive(Debug)]
pub(crate) struct Policy<'a> {
    /// The resource that it is written in, or the document itself.
    pub(crate) resource: &'a Resource,
    /// The resource with its kind; `None` for a bare document.
    pub(crate) entity: Option<&'a Entity<'a>>,
    /// The names of the attributes that lead to it.
    pub(crate) attribute: Vec<Arc<str>>,
    /// Its place among the documents of the attribute.
    pub(crate) ordinal: usize,
    kind: PolicyKind,
    /// Whether nothing shows its kind: what is not attached, and of which nothing is known.
    pub(crate) any_kind: bool,
    /// Whether its kind is only guessed from its shape.
    pub(crate) is_guessed: bool,
    /// Whether it is made of the attributes of a resource, not written as a policy.
    pub(crate) is_made: bool,
    /// The account that it is deployed to, where that is known.
    account: Option<&'a str>,
    /// The key that it is the policy of, with all keys of the stack, where both are known.
    key: Option<(&'a Address, &'a [&'a Address])>,
    /// Where the attribute is given.
    pub(crate) used: Option<Span>,
    /// What it is in each world in which there is one.
    pub(crate) versions: Vec<(World, Content)>,
    /// The worlds in which there is none.
    pub(crate) absent: Vec<World>,
    /// How much of what is written of it was read.
    seen: Seen,
}

/// What a policy is in one world.
#[derive(Debug)]
pub(crate) enum Content {
    /// A document.
    Document(Box<Document>),
    /// Only deployment knows.
    Unknown(Arc<Unknown>),
    /// Something, but no policy, with what is wrong with it.
    Invalid(Vec<Problem>),
}

impl Content {
    pub(crate) fn document(&self) -> Option<&Document> {
        match self {
            Content::Document(document) => Some(document),
            _ => None,
        }
    }

    /// What is wrong with its JSON.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self {
            Content::Document(document) => &document.problems,
            Content::Invalid(problems) => problems,
            Content::Unknown(_) => &[],
        }
    }

    pub(crate) fn of(parsed: Parsed) -> Option<Content> {
        match parsed {
            Parsed::Document(document) => Some(Content::Document(document)),
            Parsed::Unknown(unknown) => Some(Content::Unknown(unknown)),
            Parsed::Invalid(problems) => Some(Content::Invalid(problems)),
            Parsed::Absent => None,
        }
    }
}

impl<'a> Policy<'a> {
    /// What stands for the policies of AWS that an attribute gives to an identity.
    pub(crate) fn of_aws(entity: &'a Entity<'a>, attribute: &str) -> Policy<'a> {
        Policy {
            resource: entity.resource,
            entity: Some(entity),
            attribute: vec![attribute.into()],
            ordinal: 0,
            kind: PolicyKind::Identity,
            any_kind: false,
            is_guessed: false,
            is_made: false,
            account: None,
            key: None,
            used: None,
            versions: Vec::new(),
            absent: Vec::new(),
            seen: Seen::Whole,
        }
    }
}

impl Policy<'_> {
    pub(crate) fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Whether its first version leaves all conditions open, and each of the others decides those of a
    /// part of it, so that several hold at once: see [`World::survey_all`].
    pub(crate) fn is_in_parts(&self) -> bool {
        let mut worlds = self.versions.iter().map(|(world, _)| world).chain(&self.absent);
        worlds.next().is_some_and(World::is_closed_whole) && worlds.next().is_some()
    }

    /// Whether a version is one of those that are about a part alone.
    pub(crate) fn is_part_version(&self, version: usize) -> bool {
        version > 0 && self.is_in_parts()
    }

    /// Whether the statements are all looked at that one of its versions leaves open: conditions alone
    /// decide which of them there are, and other versions have them.
    pub(crate) fn is_rest_seen(&self) -> bool {
        let is_written = |(_, content): &(World, Content)| match content {
            Content::Document(document) => document.rest.is_none() || document.is_rest_written,
            Content::Unknown(_) => false,
            Content::Invalid(_) => true,
        };
        self.is_in_parts() && self.seen == Seen::Whole && self.versions.iter().all(is_written)
    }

    /// Whether nothing shows what it is attached to.
    pub(crate) fn is_bare(&self) -> bool {
        self.entity.is_none()
    }

    /// Why it may be only a part of a policy: a data source that nothing is known to use may be merged
    /// with others by what uses it. A file is a whole.
    pub(crate) fn part(&self) -> Option<Arc<Unknown>> {
        let is_part = self.is_bare() && self.resource.mode == Mode::Data;
        is_part.then(|| {
            let reason = Reason::Use(self.resource.address.as_str().into());
            Arc::new(Unknown { at: Some(self.resource.header), ..Unknown::new(reason) })
        })
    }

    /// How a fingerprint names it within its resource.
    pub(crate) fn path(&self) -> String {
        let names = self.attribute.join(".");
        if self.ordinal == 0 { names } else { format!("{names}[{}]", self.ordinal) }
    }

    /// The account that owns what one of its documents is attached to, as far as it is known: where the
    /// stack is deployed to, or else what the document says.
    pub(crate) fn owner(&self, document: &Document) -> Owner {
        let owner = document.owner(self.kind);
        match self.account {
            Some(id) => Owner { id: Some(id.to_owned()), ..owner },
            None => owner,
        }
    }

    /// Whether a resource is certainly a key that it is not the policy of. Instances of one resource are not
    /// told apart.
    pub(crate) fn is_other_key(&self, address: &Address) -> bool {
        let named = address.without_keys();
        self.key.is_some_and(|(own, all)| {
            own.without_keys() != named && all.iter().any(|key| key.without_keys() == named)
        })
    }

    /// The documents that it is in some world.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.versions.iter().filter_map(|(_, content)| content.document())
    }
}

/// How many resources one thread looks through at once: most have no policy.
pub(crate) const AT_ONCE: usize = 16;

/// Collects the policies of a stack. `bare` is the kind that bare documents are taken for.
pub(crate) fn collect<'a>(entities: &'a Entities<'a>, bare: Option<PolicyKind>) -> Vec<Policy<'a>> {
    let of_entity = |entity: &'a Entity<'a>, reach: Reach| {
        let mut policies = Vec::new();
        if let Some(kind) = entity.kind {
            let place = (entities, entity, reach);
            of_attributes(place, &kind.attributes, &mut Vec::new(), &mut policies);
            for (ordinal, spec) in kind.statements.iter().enumerate() {
                policies.extend(of_statement(entities, entity, spec, ordinal));
            }
        }
        if entity.resource.mode == Mode::Document {
            policies.extend(of_document(entity, DOCUMENT_ATTRIBUTE, bare, reach));
        }
        policies
    };
    let mut policies = read_each(entities.iter().collect(), of_entity);
    let consumed = consumed(&policies);
    let is_alone = |entity: &&Entity<'a>| {
        let is_data = entity.resource.mode == Mode::Data;
        is_data
            && &*entity.resource.type_name == "aws_iam_policy_document"
            && !consumed.contains(&entity.resource.address)
    };
    let alone = entities.iter().filter(is_alone).collect();
    policies.extend(read_each(alone, |entity, reach| {
        of_document(entity, "json", bare, reach).into_iter().collect()
    }));
    policies.iter_mut().for_each(|policy| policy.account = entities.account);
    bound_parts(&mut policies);
    policies
}

/// Reads the policies of each of some resources, and those that have too many worlds as far as they can be
/// looked at beside the others.
fn read_each<'a>(
    entities: Vec<&'a Entity<'a>>,
    read: impl Fn(&'a Entity<'a>, Reach) -> Vec<Policy<'a>> + Sync,
) -> Vec<Policy<'a>> {
    let at_once = entities.into_par_iter().with_min_len(AT_ONCE).with_max_len(AT_ONCE);
    let mut found: Vec<_> = at_once.map(|entity| (entity, read(entity, Reach::Usual))).collect();
    let worlds = found.iter().flat_map(|(_, policies)| policies).map(Policy::worlds).sum();
    let is_cut = |(_, policies): &&mut (&Entity<'_>, Vec<Policy<'_>>)| policies.iter().any(Policy::is_cut);
    let mut cut: Vec<_> = found.iter_mut().filter(is_cut).collect();
    let (shared_by, reach) = Reach::shared_by(cut.len(), worlds);
    cut.truncate(shared_by);
    cut.into_par_iter().with_max_len(1).for_each(|(entity, policies)| *policies = read(entity, reach));
    found.into_iter().flat_map(|(_, policies)| policies).collect()
}

/// How many statements of a stack are looked at in worlds that decide some of them alone. Each takes as
/// long as a statement by itself.
const MAX_PARTLY_DECIDED: usize = 256;

/// Leaves open what is decided in parts alone, where it is too much to look at.
fn bound_parts(policies: &mut [Policy<'_>]) {
    let mut left = MAX_PARTLY_DECIDED;
    for policy in policies.iter_mut().filter(|policy| policy.is_in_parts()) {
        let contents = policy.versions.iter_mut().skip(1).map(|(_, content)| content);
        let statements = contents.flat_map(|content| match content {
            Content::Document(document) => document.statements.as_mut_slice(),
            Content::Unknown(_) | Content::Invalid(_) => &mut [],
        });
        let partly = statements.filter(|statement| statement.reading == Reading::PartlyDecided);
        let partly: Vec<&mut Statement> = partly.collect();
        match left.checked_sub(partly.len()) {
            Some(rest) => left = rest,
            None => partly.into_iter().for_each(|statement| statement.reading = Reading::Open),
        }
    }
}

/// The data sources whose statements are in one of the policies, or may be in one that is not known.
fn consumed(policies: &[Policy<'_>]) -> HashSet<Address> {
    let mut consumed = HashSet::new();
    let mut add = |origin: &Origin| {
        let steps = origin.steps().filter(|via| via.step == keylint_model::Step::Document);
        consumed.extend(steps.map(|via| Address::new(Arc::clone(&via.name))));
    };
    for document in policies.iter().flat_map(Policy::documents) {
        add(&document.origin);
        for statement in &document.statements {
            add(&statement.origin);
        }
    }
    let is_open = |(_, content): &(World, Content)| matches!(content, Content::Unknown(_));
    for policy in policies.iter().filter(|policy| policy.versions.iter().any(is_open)) {
        let values = policy.resource.attributes.entries.values().map(|entry| &entry.value);
        values.for_each(|value| each_origin(value, &mut add));
    }
    consumed
}

/// Where each of the values comes from that a value may be.
fn each_origin(value: &Value, add: &mut impl FnMut(&Origin)) {
    add(&value.origin);
    match &value.data {
        Data::Choice(alternatives) => alternatives.iter().for_each(|one| each_origin(&one.value, add)),
        Data::Json(inner) => each_origin(inner, add),
        _ => {}
    }
}

/// A document that stands alone, or a data source that nothing uses.
fn of_document<'a>(
    entity: &'a Entity<'a>,
    attribute: &str,
    kind: Option<PolicyKind>,
    reach: Reach,
) -> Option<Policy<'a>> {
    let entry = entity.resource.entry(attribute)?;
    let start = entity.world.clone();
    let read = |world: &World| Document::parse(&entry.value, world);
    let (parsed, seen) = parsed(&start, Some(&entry.value), reach, read);
    let (versions, absent) = sorted(parsed, seen);
    let document = versions.iter().find_map(|(_, content)| content.document());
    let says_something = |document: &&Document| !document.statements.is_empty() || document.rest.is_none();
    let inferred = document.filter(says_something).map(Document::infer_kind);
    let is_guessed = kind.is_none();
    let kind = kind.or(inferred);
    let is_unknown = |(_, content): &(World, Content)| match content {
        Content::Document(_) | Content::Unknown(_) => true,
        Content::Invalid(_) => false,
    };
    Some(Policy {
        resource: entity.resource,
        entity: None,
        attribute: vec![attribute.into()],
        ordinal: 0,
        kind: kind.unwrap_or(PolicyKind::Identity),
        any_kind: kind.is_none() && versions.iter().any(is_unknown),
        is_guessed,
        is_made: false,
        account: None,
        key: None,
        used: entry.span.or(Some(entity.resource.header)),
        versions,
        absent,
        seen,
    })
}

/// What a document is in every world, and how much of it is looked at; past the limit of worlds
/// what can be told without splitting. `whole` is what all of is read, where the document is a value.
fn parsed(
    start: &World,
    whole: Option<&Value>,
    reach: Reach,
    read: impl Fn(&World) -> Result<Parsed, NeedsSplit>,
) -> (Vec<(World, Parsed)>, Seen) {
    let limit = || Parsed::Unknown(Arc::new(Unknown::new(Reason::Limit)));
    further::survey(start, whole.as_slice(), reach, read)
        .unwrap_or_else(|| (vec![(start.clone(), limit())], Seen::Parts))
}

/// The worlds in which there is a policy, with it, and those in which there is none.
fn sorted(parsed: Vec<(World, Parsed)>, seen: Seen) -> (Vec<(World, Content)>, Vec<World>) {
    let (mut versions, mut absent) = (Vec::new(), Vec::new());
    for (world, parsed) in parsed {
        match Content::of(parsed) {
            Some(content) => versions.push((world, content)),
            None => absent.push(world),
        }
    }
    if seen == Seen::Cut {
        name_combinations(&mut versions);
    }
    (versions, absent)
}
