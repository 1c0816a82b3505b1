//! The resources of a stack with their kinds, and the edges between them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use keylint_model::{
    Address, Data as ModelData, FrontEnd, Mode, NeedsSplit, Reason, Resource, Stack, Unknown, Value, Verdict,
    World,
};

use super::attribute;
use super::{Env, View, missing};
use crate::eval::{Data, Datum, Truth, Whys, why};
use crate::kind::{Companion, Kind, Kinds};

/// A resource with its kind.
#[derive(Debug)]
pub(crate) struct Entity<'a> {
    pub(crate) resource: &'a Resource,
    /// `None` for a bare document and for what no kind describes.
    pub(crate) kind: Option<&'a Kind>,
    /// The world in which it is there: shared, so that what follows from its guard is looked for once.
    pub(crate) world: World,
    pub(crate) front_end: FrontEnd,
}

/// All resources of a stack.
#[derive(Debug)]
pub(crate) struct Entities<'a> {
    pub(crate) kinds: &'a Kinds,
    all: Vec<Entity<'a>>,
    by_address: HashMap<&'a Address, usize>,
    by_kind: HashMap<&'a str, Vec<usize>>,
    /// By kind and attribute: which resources refer to which, so that finding those that point at each of
    /// many resources does not look at all of them each time.
    referring: HashMap<(&'a str, &'a str), Referring<'a>>,
    /// Set when there may be more resources.
    open: Option<&'a Arc<Unknown>>,
    /// The account that all of them are deployed to, where that is known.
    pub(crate) account: Option<&'a str>,
    /// The KMS keys that the stack has.
    keys: Vec<&'a Address>,
}

/// The resources of a kind by what one of their attributes refers to.
#[derive(Debug, Default)]
struct Referring<'a> {
    /// Those whose attribute is plainly a reference to a resource, or one to each of several that
    /// conditions choose among.
    direct: HashMap<&'a Address, Vec<usize>>,
    /// Those that have to be asked.
    others: Vec<usize>,
}

/// The resources that point at one.
pub(crate) struct Companions<'a> {
    pub(crate) certain: Vec<&'a Entity<'a>>,
    /// Set when another may be one of them.
    pub(crate) rest: Option<Whys>,
}

/// The kind of what gives a KMS key its policy from outside.
const KEY_POLICY: &str = "kms.policy";

/// Whether it is a KMS key of the stack: something that has such a policy.
fn is_key(entity: &Entity<'_>) -> bool {
    let companions = entity.kind.into_iter().flat_map(|kind| kind.companions.values());
    entity.resource.mode == Mode::Managed
        && companions.flat_map(|companion| &companion.kinds).any(|kind| &**kind == KEY_POLICY)
}

impl<'a> Entities<'a> {
    /// Gives every resource of a stack its kind. Where a resource is decoded, by its position, that is
    /// taken.
    pub(crate) fn new(stack: &'a Stack, decoded: &'a HashMap<usize, Resource>, kinds: &'a Kinds) -> Self {
        let mut all = Vec::with_capacity(stack.resources.len());
        let mut by_address = HashMap::with_capacity(stack.resources.len());
        let mut by_kind: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, resource) in stack.resources.iter().enumerate() {
            let resource = decoded.get(&position).unwrap_or(resource);
            let kind = kinds.of(resource, stack.front_end);
            by_address.entry(&resource.address).or_insert(position);
            if let Some(kind) = kind {
                by_kind.entry(&kind.name).or_default().push(position);
            }
            let world = World::of(&resource.guard);
            all.push(Entity { resource, kind, world, front_end: stack.front_end });
        }
        let open = stack.open.as_ref();
        let account = stack.account.as_deref();
        let mut entities = Entities {
            kinds,
            all,
            by_address,
            by_kind,
            open,
            account,
            referring: HashMap::new(),
            keys: Vec::new(),
        };
        entities.referring = entities.references();
        entities.keys =
            entities.iter().filter(|entity| is_key(entity)).map(|it| &it.resource.address).collect();
        entities
    }

    /// The KMS keys that the stack has.
    pub(crate) fn keys(&self) -> &[&'a Address] {
        &self.keys
    }

    /// The key that an entity has the policy of: itself, or the one that it plainly refers to.
    pub(crate) fn key_of(&self, entity: &Entity<'a>) -> Option<&'a Address> {
        if is_key(entity) {
            return Some(&entity.resource.address);
        }
        let is_policy = entity.kind.is_some_and(|kind| &*kind.name == KEY_POLICY);
        match self.direct(entity, "key").filter(|_| is_policy)?.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Who refers to whom, for every companion that a kind of the stack declares, and for every key that
    /// encrypts what a kind stores.
    fn references(&self) -> HashMap<(&'a str, &'a str), Referring<'a>> {
        let of_companions = self
            .kinds()
            .flat_map(|kind| kind.companions.values())
            .flat_map(|companion| companion.kinds.iter().map(|kind| (&**kind, &*companion.by)));
        let of_keys = self.kinds().flat_map(|kind| kind.keys().map(|key| (&*kind.name, key)));
        let mut references: HashMap<(&'a str, &'a str), Referring<'a>> = HashMap::new();
        for (kind, by) in of_companions.chain(of_keys) {
            if references.contains_key(&(kind, by)) {
                continue;
            }
            let referring = references.entry((kind, by)).or_default();
            for position in self.by_kind.get(kind).into_iter().flatten() {
                match self.all.get(*position).and_then(|entity| self.direct(entity, by)) {
                    Some(addresses) => addresses
                        .into_iter()
                        .for_each(|address| referring.direct.entry(address).or_default().push(*position)),
                    None => referring.others.push(*position),
                }
            }
        }
        references
    }

    /// The resources that an attribute refers to, where that takes no evaluation to tell: none of them
    /// stands for another.
    fn direct(&self, entity: &Entity<'a>, by: &str) -> Option<Vec<&'a Address>> {
        let paths = entity.kind?.attributes.get(by)?.paths(entity.front_end);
        let [crate::kind::Path { companion: None, segments }] = paths else { return None };
        let [segment] = segments.as_slice() else { return None };
        let mut targets = Vec::new();
        let attributes = &entity.resource.attributes;
        let is_all = match attributes.value(segment) {
            Some(value) => self.add_targets(value, &mut targets),
            None => attributes.rest.is_none(),
        };
        is_all.then_some(targets)
    }

    /// Adds what a value refers to whatever conditions decide; whether that is all that it can be.
    fn add_targets(&self, value: &Value, targets: &mut Vec<&'a Address>) -> bool {
        match &value.data {
            ModelData::Choice(alternatives) => {
                alternatives.iter().all(|alternative| self.add_targets(&alternative.value, targets))
            }
            ModelData::Null => true,
            _ => match super::reference::referenced(value, self) {
                Some(target) if target.kind.is_none_or(|kind| kind.stands_for.is_none()) => {
                    let address = &target.resource.address;
                    if !targets.contains(&address) {
                        targets.push(address);
                    }
                    true
                }
                _ => false,
            },
        }
    }

    /// The resources of a kind whose attribute may refer to a resource, in the order of the stack.
    fn candidates(
        &self,
        kind: &str,
        by: &str,
        address: &Address,
    ) -> impl Iterator<Item = (usize, &Entity<'a>)> {
        let referring = self.referring.get(&(kind, by));
        let direct = referring.and_then(|referring| referring.direct.get(address)).into_iter().flatten();
        let others = match referring {
            Some(referring) => &referring.others,
            None => self.by_kind.get(kind).unwrap_or(const { &Vec::new() }),
        };
        let mut positions: Vec<usize> = direct.chain(others).copied().collect();
        positions.sort_unstable();
        positions.into_iter().filter_map(|position| Some((position, self.all.get(position)?)))
    }

    /// The resources that a KMS key is known to encrypt, in the order of the stack.
    pub(super) fn encrypted_by(
        &'a self,
        key: &Entity<'a>,
        env: &Env<'a, '_>,
    ) -> Result<Vec<&'a Entity<'a>>, NeedsSplit> {
        let mut users = BTreeMap::new();
        for kind in self.kinds().filter(|kind| !kind.name.starts_with("kms.")) {
            for by in kind.keys() {
                let Some(attribute) = kind.attributes.get(by) else { continue };
                for (position, entity) in self.candidates(&kind.name, by, &key.resource.address) {
                    if !users.contains_key(&position)
                        && let Data::View(View::Reference(reference)) =
                            attribute::of_resource(entity, attribute, env)?.data
                        && matches!(reference.points_at(key, env)?, Truth::Yes)
                    {
                        users.insert(position, entity);
                    }
                }
            }
        }
        Ok(users.into_values().collect())
    }

    pub(crate) fn as_slice(&self) -> &[Entity<'a>] {
        &self.all
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entity<'a>> {
        self.all.iter()
    }

    /// The resources of a kind.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Entity<'a>> {
        let positions = self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.all.get(*position))
    }

    /// The names of the kinds that the stack has.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'a Kind> {
        let first = |positions: &Vec<usize>| self.all.get(*positions.first()?)?.kind;
        let mut kinds: Vec<_> = self.by_kind.values().filter_map(first).collect();
        kinds.sort_by(|left, right| left.name.cmp(&right.name));
        kinds.into_iter()
    }

    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.by_kind.contains_key(kind)
    }

    /// The resource with this address.
    pub(crate) fn at(&self, address: &Address) -> Option<&Entity<'a>> {
        self.by_address.get(address).and_then(|position| self.all.get(*position))
    }
}

impl<'a> Entity<'a> {
    /// The answer of a field of the resource.
    pub(crate) fn field(&'a self, name: &str, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let Some(kind) = self.kind else {
            return Ok(self.common(name, env)?.unwrap_or_else(|| missing(name)));
        };
        if let Some(attribute) = kind.attributes.get(name) {
            return attribute::of_resource(self, attribute, env);
        }
        if let Some(companion) = kind.companions.get(name) {
            let companions = self.companions(companion, env)?;
            let views = companions.certain.into_iter().map(|entity| View::Resource(entity).datum());
            return Ok(Datum::list(views.collect(), companions.rest));
        }
        Ok(self.common(name, env)?.unwrap_or_else(|| missing(name)))
    }

    /// What every resource has.
    fn common(&'a self, name: &str, env: &Env<'a, '_>) -> Result<Option<Datum<'a>>, NeedsSplit> {
        Ok(Some(match name {
            "address" => Datum::text(self.resource.address.as_str()),
            "kind" => self.kind.map_or_else(Datum::null, |kind| Datum::text(&kind.name)),
            "noun" => self.kind.map_or_else(|| Datum::text("policy"), |kind| Datum::text(&kind.noun)),
            "is_symbolic" => Datum::bare(Data::Bool(self.resource.symbolic)),
            "name_tag" => attribute::tag(self, "Name", env.world)?,
            _ => return Ok(None),
        }))
    }

    /// The resources that point at this one by the attribute that a companion names.
    pub(crate) fn companions(
        &'a self,
        companion: &Companion,
        env: &Env<'a, '_>,
    ) -> Result<Companions<'a>, NeedsSplit> {
        let open = env.entities.open.map(|unknown| crate::eval::why(unknown, None));
        let mut companions = Companions { certain: Vec::new(), rest: open };
        let address = &self.resource.address;
        let candidates =
            companion.kinds.iter().flat_map(|kind| env.entities.candidates(kind, &companion.by, address));
        for (_, entity) in candidates {
            let Some(by) = entity.kind.and_then(|kind| kind.attributes.get(&companion.by)) else { continue };
            if !env.world.satisfies(&entity.resource.guard)? {
                continue;
            }
            let Data::View(View::Reference(reference)) = attribute::of_resource(entity, by, env)?.data else {
                continue;
            };
            match reference.points_at(self, env)? {
                Truth::Yes => companions.certain.push(entity),
                Truth::Unknown(whys) => companions.rest = companions.rest.or(Some(whys)),
                Truth::No => {}
            }
        }
        Ok(companions)
    }

    /// Whether a known text names this resource: it is the value of one of the attributes by which
    /// AWS names things, or of its id.
    pub(crate) fn is_named(&self, text: &str, world: &World) -> Result<Truth, NeedsSplit> {
        let known = |name: &str| match text == name || text.ends_with(&format!(":{name}")) {
            true => Verdict::Yes,
            false => Verdict::No,
        };
        self.has_name(world, known, |name| crate::eval::can_be(&name.pieces(), text))
    }

    /// The same of a text of which the end is known, and not how it starts.
    pub(crate) fn is_named_by_end(&self, end: &str, world: &World) -> Result<Truth, NeedsSplit> {
        let known = |name: &str| match end.strip_suffix(name) {
            _ if name.is_empty() => Verdict::No,
            Some(rest) if rest.ends_with(':') => Verdict::Yes,
            // What is not known may be the rest of the name, or all of an ARN before it.
            _ if format!(":{name}").ends_with(end) => Verdict::Unknown,
            _ => Verdict::No,
        };
        self.has_name(world, known, |_| true)
    }

    /// Whether one of the names of the resource is meant, as `known` says of a known one and
    /// `can_be` of one with holes.
    fn has_name(
        &self,
        world: &World,
        known: impl Fn(&str) -> Verdict,
        can_be: impl Fn(&crate::eval::Text<'_>) -> bool,
    ) -> Result<Truth, NeedsSplit> {
        let mut unknown: Option<Arc<Unknown>> = None;
        for (key, entry) in &self.resource.attributes.entries {
            if !is_name(key) {
                continue;
            }
            let value = entry.value.resolve(world)?;
            let open = match &value.data {
                ModelData::String(name) => match known(name) {
                    Verdict::Yes => return Ok(Truth::Yes),
                    Verdict::No => None,
                    Verdict::Unknown => Some(Arc::new(Unknown::new(Reason::Operand(Arc::clone(key))))),
                },
                ModelData::Unknown(reason) => Some(Arc::clone(reason)),
                ModelData::Partial(parts) => {
                    let pieces = crate::eval::Text::Parts(parts.as_ref().into());
                    let whys = can_be(&pieces).then(|| pieces.whys(None));
                    whys.and_then(|whys| whys.first().map(|why| Arc::clone(&why.unknown)))
                }
                _ => None,
            };
            unknown = unknown.or(open);
        }
        Ok(unknown.map_or(Truth::No, |unknown| Truth::Unknown(why(&unknown, None))))
    }

    /// Whether a value of the resource is the same unknown: both named by one variable.
    pub(crate) fn shares(&self, unknown: &Unknown, world: &World) -> Result<bool, NeedsSplit> {
        for entry in self.resource.attributes.entries.values() {
            if let ModelData::Unknown(own) = &entry.value.resolve(world)?.data
                && own.is_same(unknown)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether an attribute is one by which AWS names things, or their id.
fn is_name(attribute: &str) -> bool {
    matches!(attribute, "name" | "bucket" | "id" | "arn") || attribute.ends_with("Name")
}
