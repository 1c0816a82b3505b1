//! Roles, users and groups with the policies that they have, of whatever resource.
//!
//! What a document gives shows in it alone, but an identity has the sum: inline policies, policies that are
//! attached to it, policies that AWS manages, those of the groups of a user, less what a permissions boundary
//! leaves out. An attachment to, or of, something that is not known adds nothing.
//!
//! A kind takes part by the names of its attributes: one with `managed` is an identity; one with `role`, `user`
//! or `group` gives the identities that these name its own policy, the policy that `policy` names, or,
//! with `user` and `group`, membership.
//!
//! An identity whose policies hang on too many conditions has what it has in any case, and, in each world that
//! one of these policies is told in, what it certainly has there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use keylint_model::{Address, Data as ModelData, Guard, NeedsSplit, Part as TextPart, Value, World};
use keylint_policy::service::{ManagedPolicy, managed_policies, managed_policy};
use keylint_policy::{Boundary, Document, PolicyKind, Together};
use keylint_source::Span;
use keylint_syntax::Text;
use rayon::prelude::*;

use crate::check::MAX_WORLDS;
use crate::eval::{Data, Truth};
use crate::kind::AttributeType;
use crate::policies::{Content, Policy};
use crate::view::{Entities, Entity, Env, Reference, Used, View, attribute_datum, attribute_values};

/// The attribute that makes a kind one of identities: the managed policies that are listed in it.
const MANAGED: &str = "managed";

/// The attributes that name identities, with the kind of these.
const HOLDERS: [(&str, &str); 3] = [("role", "iam.role"), ("user", "iam.user"), ("group", "iam.group")];

/// The kind of managed policies.
const MANAGED_POLICY: &str = "iam.policy";

/// How many resources one thread looks through at least.
const AT_ONCE: usize = 16;

/// How many worlds of its policies an identity that has too many is looked at in.
const MAX_PARTS: usize = 128;

/// An identity that has several documents.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    /// The role, user or group.
    pub(crate) entity: &'a Entity<'a>,
    /// What it has in each world; `None` in those in which it has less than two documents.
    pub(crate) versions: Vec<(World, Option<Held<'a>>)>,
    /// Whether several of these worlds hold at once.
    pub(crate) is_in_parts: bool,
    /// What stands for the policies of AWS that it has.
    managed: Policy<'a>,
}

/// What an identity has in one world.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    /// The documents of the parts, in their order.
    pub(crate) together: Together<'a>,
}

/// One of the documents that an identity has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// The policy; `None` for one that AWS manages.
    policy: Option<&'a Policy<'a>>,
    pub(crate) content: &'a Content,
    document: &'a Document,
    /// Where the policy is given to the identity.
    pub(crate) at: Option<Span>,
}

impl<'a> Identity<'a> {
    /// The policy of a part.
    pub(crate) fn policy_of(&'a self, part: &Part<'a>) -> &'a Policy<'a> {
        part.policy.unwrap_or(&self.managed)
    }

    /// What it has in a world; `None` where that is less than two documents.
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when it depends on a condition that is open here.
    pub(crate) fn held_in(&self, world: &World) -> Result<Option<&Held<'a>>, NeedsSplit> {
        let mut last = None;
        for (known, held) in &self.versions {
            match world.satisfies(&known.guard()) {
                // Each of these worlds has at least what the first one has.
                Ok(true) if self.is_in_parts => last = held.as_ref().or(last),
                Ok(true) => return Ok(held.as_ref()),
                Err(_) if self.is_in_parts => {}
                other => {
                    other?;
                }
            }
        }
        Ok(last)
    }

    /// The policies that it has in some world, each once.
    pub(crate) fn policies(&'a self) -> Vec<&'a Policy<'a>> {
        let mut policies: Vec<&Policy<'_>> = Vec::new();
        let parts = self.versions.iter().filter_map(|(_, held)| held.as_ref()).flat_map(|held| &held.parts);
        for policy in parts.map(|part| self.policy_of(part)) {
            if !policies.iter().any(|known| std::ptr::eq(*known, policy)) {
                policies.push(policy);
            }
        }
        policies
    }
}

/// The identity that alone has a policy: it is written in it, or in a resource that names it. A managed policy can
/// be attached to any.
pub(crate) fn only_holder<'a>(
    policy: &Policy<'a>,
    env: &Env<'a, '_>,
) -> Result<Option<&'a Entity<'a>>, NeedsSplit> {
    let Some((entity, kind)) = policy.entity.and_then(|entity| Some((entity, entity.kind?))) else {
        return Ok(None);
    };
    if &*kind.name == MANAGED_POLICY {
        return Ok(None);
    }
    if kind.attributes.contains_key(MANAGED) {
        return Ok(Some(entity));
    }
    let (mut count, mut holders) = (0, Vec::new());
    for (name, _) in HOLDERS {
        count += given(entity, name, env)?.len();
        holders.extend(named(entity, name, env)?);
    }
    Ok(holders.pop().filter(|_| count == 1))
}

/// What is needed to tell what an identity has.
struct Scope<'a> {
    entities: &'a Entities<'a>,
    policies: &'a [Policy<'a>],
    /// The policies by the resource that they are written in.
    by_address: HashMap<&'a Address, Vec<&'a Policy<'a>>>,
    /// The resources that name an identity in some world, by its address.
    links: HashMap<&'a Address, Vec<&'a Entity<'a>>>,
}

/// The identities of a stack that have several documents in some world.
pub(crate) fn collect<'a>(entities: &'a Entities<'a>, policies: &'a [Policy<'a>]) -> Vec<Identity<'a>> {
    let has_managed =
        |entity: &&'a Entity<'a>| entity.kind.is_some_and(|kind| kind.attributes.contains_key(MANAGED));
    let identities: Vec<&Entity<'_>> = entities.as_slice().iter().filter(has_managed).collect();
    if identities.is_empty() {
        return Vec::new();
    }
    let mut scope = Scope { entities, policies, by_address: HashMap::new(), links: HashMap::new() };
    for policy in policies.iter().filter(|policy| policy.kind() == PolicyKind::Identity) {
        scope.by_address.entry(&policy.resource.address).or_default().push(policy);
    }
    scope.links = scope.links();
    let of_entity = |entity: &&'a Entity<'a>| {
        let entity = *entity;
        let start = entity.world.clone();
        let all = World::explore(&start, MAX_WORLDS, |world| scope.held(entity, world));
        let is_in_parts = all.is_none();
        let versions = all.unwrap_or_else(|| scope.in_parts(entity));
        let has_several = versions.iter().any(|(_, held)| held.is_some());
        let managed = Policy::of_aws(entity, MANAGED);
        has_several.then_some(Identity { entity, versions, is_in_parts, managed })
    };
    identities.par_iter().with_min_len(AT_ONCE).filter_map(of_entity).collect()
}

impl<'a> Scope<'a> {
    fn env<'w>(&self, world: &'w World) -> Env<'a, 'w> {
        Env { entities: self.entities, policies: self.policies, identities: &[], world }
    }

    /// The resources that name identities, by the addresses of these.
    fn links(&self) -> HashMap<&'a Address, Vec<&'a Entity<'a>>> {
        let mut links: HashMap<&'a Address, Vec<&'a Entity<'a>>> = HashMap::new();
        for entity in self.entities.as_slice() {
            let Some(kind) = entity.kind else { continue };
            if !HOLDERS.iter().any(|(name, _)| kind.attributes.contains_key(*name)) {
                continue;
            }
            let start = entity.world.clone();
            let named = World::explore(&start, MAX_WORLDS, |world| {
                let env = self.env(world);
                let all = HOLDERS.iter().map(|(name, _)| named(entity, name, &env));
                Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
            });
            let mut seen = HashSet::new();
            for holder in named.into_iter().flatten().flat_map(|(_, holders)| holders) {
                if seen.insert(&holder.resource.address) {
                    links.entry(&holder.resource.address).or_default().push(entity);
                }
            }
        }
        links
    }

    /// What an identity has in any case, and in the worlds that decide more about its policies.
    fn in_parts(&self, entity: &'a Entity<'a>) -> Vec<(World, Option<Held<'a>>)> {
        let start = entity.world.closed();
        let links = self.links.get(&entity.resource.address).into_iter().flatten();
        let addresses = links.map(|link| &link.resource.address).chain([&entity.resource.address]);
        let policies = addresses.filter_map(|address| self.by_address.get(address)).flatten();
        let guards = policies.flat_map(|policy| &policy.versions).map(|(world, _)| world.guard());
        let mut seen = BTreeSet::from([start.guard()]);
        let worlds = guards.filter_map(|guard| {
            let both = start.guard().and(&guard).filter(|both| seen.insert(both.clone()))?;
            Some(World::of(&both).closed()).filter(World::is_possible)
        });
        let held = |world: World| {
            let held = self.held(entity, &world).ok().flatten();
            (world, held)
        };
        let first = held(start.clone());
        let parts = worlds.take(MAX_PARTS).map(held).filter(|(_, held)| held.is_some());
        std::iter::once(first).chain(parts).collect()
    }

    /// What an identity has in a world, where that is more than one document.
    fn held(&self, entity: &'a Entity<'a>, world: &World) -> Result<Option<Held<'a>>, NeedsSplit> {
        let env = self.env(world);
        let mut parts = Vec::new();
        self.add(entity, &env, &mut parts)?;
        for group in self.groups(entity, &env)? {
            self.add(group, &env, &mut parts)?;
        }
        if parts.len() < 2 {
            return Ok(None);
        }
        let documents = parts.iter().map(|part| part.document).collect();
        let together = Together::new(documents, self.boundary(entity, &env)?);
        Ok(Some(Held { parts, together }))
    }

    /// Adds the documents that an identity has of its own.
    fn add(
        &self,
        entity: &'a Entity<'a>,
        env: &Env<'a, '_>,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), NeedsSplit> {
        self.add_written(entity, None, env, parts)?;
        for used in given(entity, MANAGED, env)? {
            self.attach(used, env, parts)?;
        }
        for link in self.links.get(&entity.resource.address).into_iter().flatten() {
            if !is_there(&link.resource.guard, env.world)? || std::ptr::eq(*link, entity) {
                continue;
            }
            let Some(kind) = link.kind else { continue };
            // Of a membership it is the group that has the policies.
            let is_membership = HOLDERS.iter().filter(|(name, _)| kind.attributes.contains_key(*name));
            if !kind.attributes.contains_key("policy") && is_membership.count() > 1 {
                continue;
            }
            let mut names = false;
            for (name, _) in HOLDERS {
                names |= named(link, name, env)?.iter().any(|holder| std::ptr::eq(*holder, entity));
            }
            if !names {
                continue;
            }
            self.add_written(link, None, env, parts)?;
            let policy = kind.attributes.get("policy");
            if policy.is_some_and(|policy| matches!(policy.ty, AttributeType::Reference(_))) {
                for used in given(link, "policy", env)? {
                    self.attach(used, env, parts)?;
                }
            }
        }
        Ok(())
    }

    /// Adds what is written in a resource.
    fn add_written(
        &self,
        entity: &'a Entity<'a>,
        at: Option<Span>,
        env: &Env<'a, '_>,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), NeedsSplit> {
        for policy in self.by_address.get(&entity.resource.address).into_iter().flatten().copied() {
            if let Some((content, document)) = content_in(policy, env.world)?
                && !parts.iter().any(|known| std::ptr::eq(known.document, document))
            {
                parts.push(Part { policy: Some(policy), content, document, at: at.or(policy.used) });
            }
        }
        Ok(())
    }

    /// Adds a managed policy that a value names.
    fn attach(&self, used: Used<'a>, env: &Env<'a, '_>, parts: &mut Vec<Part<'a>>) -> Result<(), NeedsSplit> {
        let reference = Reference { kind: MANAGED_POLICY, used: Some(used), at: used.at };
        if let Some(target) = reference.entity(env)? {
            return match is_there(&target.resource.guard, env.world)? {
                true => self.add_written(target, used.at, env, parts),
                false => Ok(()),
            };
        }
        if let Some((content, document)) = of_aws(used.value).and_then(parsed)
            && !parts.iter().any(|known| std::ptr::eq(known.document, document))
        {
            parts.push(Part { policy: None, content, document, at: used.at });
        }
        Ok(())
    }

    /// The groups of a user.
    fn groups(&self, entity: &'a Entity<'a>, env: &Env<'a, '_>) -> Result<Vec<&'a Entity<'a>>, NeedsSplit> {
        let is_user = entity.kind.is_some_and(|kind| HOLDERS.contains(&("user", &kind.name)));
        if !is_user {
            return Ok(Vec::new());
        }
        let mut groups = named(entity, "group", env)?;
        for link in self.links.get(&entity.resource.address).into_iter().flatten() {
            let has_policy = link.kind.is_some_and(|kind| kind.attributes.contains_key("policy"));
            if has_policy || !is_there(&link.resource.guard, env.world)? {
                continue;
            }
            if named(link, "user", env)?.iter().any(|user| std::ptr::eq(*user, entity)) {
                groups.extend(named(link, "group", env)?);
            }
        }
        Ok(groups)
    }

    fn boundary(&self, entity: &'a Entity<'a>, env: &Env<'a, '_>) -> Result<Boundary<'a>, NeedsSplit> {
        let Some(attribute) = entity.kind.and_then(|kind| kind.attributes.get("boundary")) else {
            return Ok(Boundary::None);
        };
        let Data::View(View::Reference(reference)) = attribute_datum(entity, attribute, env)?.data else {
            return Ok(Boundary::Unknown);
        };
        if let Truth::Yes = reference.is_null() {
            return Ok(Boundary::None);
        }
        if let Some(target) = reference.entity(env)? {
            let of_target = self.policies.iter().filter(|policy| {
                matches!(policy.kind(), PolicyKind::Boundary | PolicyKind::Identity)
                    && policy.resource.address == target.resource.address
            });
            for policy in of_target {
                if let Some((_, document)) = content_in(policy, env.world)? {
                    return Ok(Boundary::Document(document));
                }
            }
        }
        let managed = reference.used.and_then(|used| of_aws(used.value)).and_then(parsed);
        Ok(managed.map_or(Boundary::Unknown, |(_, document)| Boundary::Document(document)))
    }
}

/// What a policy is in a world, where that is a document.
fn content_in<'a>(
    policy: &'a Policy<'a>,
    world: &World,
) -> Result<Option<(&'a Content, &'a Document)>, NeedsSplit> {
    for (known, content) in &policy.versions {
        if is_there(&known.guard(), world)? {
            return Ok(content.document().map(|document| (content, document)));
        }
    }
    Ok(None)
}

/// Whether something exists in a world; in one that leaves conditions open, whether it certainly does.
fn is_there(guard: &Guard, world: &World) -> Result<bool, NeedsSplit> {
    world.satisfies(guard).or_else(|open| if world.is_closed_whole() { Ok(false) } else { Err(open) })
}

/// The identities of the stack that an attribute of a resource names.
fn named<'a>(
    entity: &'a Entity<'a>,
    name: &str,
    env: &Env<'a, '_>,
) -> Result<Vec<&'a Entity<'a>>, NeedsSplit> {
    let Some((_, kind)) = HOLDERS.iter().find(|(known, _)| *known == name) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for used in given(entity, name, env)? {
        found.extend(Reference { kind, used: Some(used), at: used.at }.entity(env)?);
    }
    Ok(found)
}

/// The values of an attribute; of a list each of its elements.
fn given<'a>(entity: &'a Entity<'a>, name: &str, env: &Env<'a, '_>) -> Result<Vec<Used<'a>>, NeedsSplit> {
    let Some(attribute) = entity.kind.and_then(|kind| kind.attributes.get(name)) else {
        return Ok(Vec::new());
    };
    let values = attribute_values(entity, &[attribute], env)?;
    let mut given = Vec::new();
    for used in values.found.into_iter().chain(values.unknown) {
        let value = match &used.value.data {
            ModelData::Json(inner) => inner.resolve(env.world)?,
            _ => used.value,
        };
        let ModelData::List(list) = &value.data else {
            given.push(Used { value, at: used.at });
            continue;
        };
        for element in &list.elements {
            let value = element.resolve(env.world)?;
            given.push(Used { value, at: value.origin.span.or(used.at) });
        }
    }
    Ok(given)
}

/// The policy of AWS that an ARN names, of whatever partition.
fn of_aws(value: &Value) -> Option<ManagedPolicy> {
    match &value.data {
        ModelData::String(text) => managed_policy(text).filter(|_| text.starts_with("arn:")),
        ModelData::Partial(parts) => match parts.last()? {
            TextPart::Known(end) => managed_policy(end.split_once(":iam::aws:policy/")?.1),
            TextPart::Hole(..) => None,
        },
        _ => None,
    }
}

/// The document of a policy of AWS, read once.
fn parsed(policy: ManagedPolicy) -> Option<(&'static Content, &'static Document)> {
    static READ: LazyLock<BTreeMap<&'static str, OnceLock<Content>>> =
        LazyLock::new(|| managed_policies().map(|policy| (policy.name(), OnceLock::new())).collect());
    let content = READ.get(policy.name())?.get_or_init(|| {
        let text = Value::synthetic(ModelData::String(Text::synthetic(policy.document())));
        let parsed = Document::parse(&text, &World::open()).ok();
        parsed.and_then(Content::of).unwrap_or_else(|| Content::Invalid(Vec::new()))
    });
    Some((content, content.document()?))
}
