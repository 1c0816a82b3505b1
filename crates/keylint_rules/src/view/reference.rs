//! Values that point at other resources, and who manages a KMS key.

use std::sync::Arc;

use keylint_model::{Data as ModelData, Mode, NeedsSplit, Part, Step, Unknown, Value};
use keylint_source::Span;

use super::{Entities, Entity, Env, Used, View, attribute, missing};
use crate::eval::{Data, Datum, Text, Truth, is_given, why};

/// A value of type `ref(KIND)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a> {
    /// The kind that it points at.
    pub(crate) kind: &'a str,
    /// The value; `None` when absent or null.
    pub(crate) used: Option<Used<'a>>,
    /// Where it is used.
    pub(crate) at: Option<Span>,
}

/// Who manages a KMS key.
enum Manager {
    Aws,
    Customer,
    Unknown(Arc<Unknown>),
}

/// How many resources a reference is followed through: an alias of a key, a version of a secret.
const MAX_STEPS: usize = 8;

impl<'a> Reference<'a> {
    /// Whether it is absent, null or empty.
    pub(crate) fn is_null(&self) -> Truth {
        match self.used.map(|used| &used.value.data) {
            None | Some(ModelData::Null) => Truth::Yes,
            Some(ModelData::String(text)) => Truth::from(text.trim().is_empty()),
            Some(ModelData::Unknown(unknown)) if !is_given(unknown) => Truth::Unknown(why(unknown, self.at)),
            Some(_) => Truth::No,
        }
    }

    /// Whether both are certainly the same value.
    pub(crate) fn is_same(&self, other: &Reference<'_>) -> Truth {
        crate::eval::equal(&self.text(), &other.text())
    }

    /// The value as a string.
    fn text(&self) -> Datum<'a> {
        self.used.map_or_else(Datum::null, |used| Datum::of_string(used.value, self.at))
    }

    pub(super) fn field(&self, name: &str, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let place = super::at(self.at, self.used.map(|used| &used.value.origin));
        let datum = match name {
            "text" => self.text(),
            "is_literal" => Datum::bare(Data::Bool(
                self.used.is_some_and(|used| used.value.as_str().is_some_and(|text| !text.is_empty())),
            )),
            "managed_by" => match self.manager(env, 0)? {
                Manager::Aws => Datum::text("aws"),
                Manager::Customer => Datum::text("customer"),
                Manager::Unknown(unknown) => Datum::bare(Data::Unknown(why(&unknown, self.at))),
            },
            "kind_of" => match self.target(env)? {
                Target::Resource(entity) => {
                    entity.kind.map_or_else(Datum::null, |kind| Datum::text(&kind.name))
                }
                Target::None => Datum::null(),
                Target::Unknown(unknown) => Datum::bare(Data::Unknown(why(&unknown, self.at))),
            },
            "resource" => match self.resolve(env, 0)? {
                Target::Resource(entity) => return Ok(View::Resource(entity).datum()),
                Target::None => Datum::null(),
                Target::Unknown(unknown) => Datum::bare(Data::Unknown(why(&unknown, self.at))),
            },
            _ => missing(name),
        };
        Ok(Datum { place, ..datum })
    }

    /// The resource of the stack that it points at, where there is one.
    pub(crate) fn entity(&self, env: &Env<'a, '_>) -> Result<Option<&'a Entity<'a>>, NeedsSplit> {
        Ok(match self.resolve(env, 0)? {
            Target::Resource(entity) => Some(entity),
            Target::None | Target::Unknown(_) => None,
        })
    }

    /// Whether it points at a resource, directly or through one that stands for it.
    pub(crate) fn points_at(&self, entity: &Entity<'a>, env: &Env<'a, '_>) -> Result<Truth, NeedsSplit> {
        match self.resolve(env, 0)? {
            Target::Resource(target) => Ok(Truth::from(
                std::ptr::eq(target, entity) || target.resource.address == entity.resource.address,
            )),
            Target::None => match self.used.and_then(|used| used.value.as_str()) {
                Some(text) if !text.is_empty() => entity.is_named(text, env.world),
                _ => Ok(Truth::No),
            },
            Target::Unknown(unknown) => {
                if entity.shares(&unknown, env.world)? {
                    return Ok(Truth::Yes);
                }
                // What the reference ends with may rule the resource out.
                let end = self.used.and_then(|used| known_end(used.value));
                if let Some(end) = end
                    && let Truth::No = entity.is_named_by_end(end, env.world)?
                {
                    return Ok(Truth::No);
                }
                Ok(Truth::Unknown(why(&unknown, self.at)))
            }
        }
    }

    /// The resource of the right kind that it points at, through those that stand for another.
    fn resolve(&self, env: &Env<'a, '_>, steps: usize) -> Result<Target<'a>, NeedsSplit> {
        let target = self.target(env)?;
        let Target::Resource(entity) = target else { return Ok(target) };
        let Some(kind) = entity.kind.filter(|kind| &*kind.name != self.kind) else { return Ok(target) };
        let through = kind.stands_for.as_ref().and_then(|name| kind.attributes.get(name));
        let (Some(through), true) = (through, steps < MAX_STEPS) else { return Ok(target) };
        match attribute::of_resource(entity, through, env)?.data {
            Data::View(View::Reference(next)) => next.resolve(env, steps + 1),
            _ => Ok(target),
        }
    }

    /// The resource that it points at.
    fn target(&self, env: &Env<'a, '_>) -> Result<Target<'a>, NeedsSplit> {
        let Some(used) = self.used else { return Ok(Target::None) };
        if let Some(entity) = referenced(used.value, env.entities) {
            return Ok(Target::Resource(entity));
        }
        Ok(match &used.value.data {
            ModelData::Unknown(unknown) => match &unknown.reference {
                // Of the stack, but no resource that it has: a data source without a kind.
                Some(_) => Target::None,
                None => Target::Unknown(Arc::clone(unknown)),
            },
            ModelData::Partial(parts) => match (self.named_by_end(used.value, env)?, holes(parts).next()) {
                (Some(entity), _) => Target::Resource(entity),
                (None, Some(unknown)) => Target::Unknown(Arc::clone(unknown)),
                (None, None) => Target::None,
            },
            ModelData::String(text) => self.named(text, env)?,
            _ => Target::None,
        })
    }

    /// The resource of the kind that a literal names.
    fn named(&self, text: &str, env: &Env<'a, '_>) -> Result<Target<'a>, NeedsSplit> {
        for entity in env.entities.of_kind(self.kind) {
            if !text.is_empty()
                && env.world.satisfies(&entity.resource.guard)?
                && matches!(entity.is_named(text, env.world)?, Truth::Yes)
            {
                return Ok(Target::Resource(entity));
            }
        }
        Ok(Target::None)
    }

    /// The resource of the kind whose name a string with holes ends with: an ARN of the stack's own
    /// Region and account.
    fn named_by_end(&self, value: &Value, env: &Env<'a, '_>) -> Result<Option<&'a Entity<'a>>, NeedsSplit> {
        let Some(end) = known_end(value) else { return Ok(None) };
        for entity in env.entities.of_kind(self.kind) {
            if env.world.satisfies(&entity.resource.guard)?
                && matches!(entity.is_named_by_end(end, env.world)?, Truth::Yes)
            {
                return Ok(Some(entity));
            }
        }
        Ok(None)
    }

    /// Who manages the key: see the field `managed_by` in [`crate::schema`].
    fn manager(&self, env: &Env<'a, '_>, steps: usize) -> Result<Manager, NeedsSplit> {
        let Some(used) = self.used else { return Ok(Manager::Aws) };
        // What is written decides before what stands in its holes: a Region, an account.
        if let ModelData::Partial(parts) = &used.value.data
            && let Some(manager) = manager_by_parts(parts)
        {
            return Ok(manager);
        }
        if let Some(entity) = referenced(used.value, env.entities) {
            return manager_of(entity, env, steps);
        }
        Ok(match &used.value.data {
            ModelData::Null => Manager::Aws,
            ModelData::String(text) => manager_by_name(text),
            ModelData::Partial(parts) => {
                Manager::Unknown(holes(parts).next().map_or_else(crate::eval::invalid, Arc::clone))
            }
            ModelData::Unknown(unknown) => Manager::Unknown(Arc::clone(unknown)),
            _ => Manager::Unknown(crate::eval::invalid()),
        })
    }
}

/// What a reference points at.
enum Target<'a> {
    Resource(&'a Entity<'a>),
    /// Nothing in the stack.
    None,
    Unknown(Arc<Unknown>),
}

/// What a string with holes certainly ends with.
fn known_end(value: &Value) -> Option<&str> {
    let ModelData::Partial(parts) = &value.data else { return None };
    match parts.last() {
        Some(Part::Known(end)) if !end.is_empty() => Some(end),
        _ => None,
    }
}

fn holes(parts: &[Part]) -> impl Iterator<Item = &Arc<Unknown>> {
    parts.iter().filter_map(|part| match part {
        Part::Hole(unknown, _) => Some(unknown),
        Part::Known(_) => None,
    })
}

/// The resource of the stack whose attribute a value is: by the reference of an unknown, or, where
/// the attribute is known, by what it came through.
pub(super) fn referenced<'e, 'a>(value: &Value, entities: &'e Entities<'a>) -> Option<&'e Entity<'a>> {
    let by_hole = |unknown: &Arc<Unknown>| {
        let reference = unknown.reference.as_ref()?;
        entities.at(&reference.address)
    };
    let found = match &value.data {
        ModelData::Unknown(unknown) => by_hole(unknown),
        // The account or the Region within an ARN is read from a data source without a kind.
        ModelData::Partial(parts) => holes(parts)
            .filter_map(by_hole)
            .find(|entity| entity.kind.is_some() || entity.resource.mode == Mode::Managed),
        _ => None,
    };
    found.or_else(|| {
        let mut steps = value.origin.steps().filter(|step| step.step == Step::Attribute);
        steps.find_map(|step| {
            let (address, _) = step.name.rsplit_once('.').unwrap_or((&step.name, ""));
            let at = |text: &str| entities.at(&keylint_model::Address::new(text));
            at(&step.name).or_else(|| at(address))
        })
    })
}

/// Who manages the key that a resource of the stack is or names.
fn manager_of<'a>(entity: &'a Entity<'a>, env: &Env<'a, '_>, steps: usize) -> Result<Manager, NeedsSplit> {
    let resource = entity.resource;
    if resource.mode == Mode::Managed && entity.kind.is_some_and(|kind| kind.name.starts_with("kms.")) {
        return Ok(Manager::Customer);
    }
    // A data source is looked up by its argument: the name of an alias, the id of a key. Both take
    // aliases: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/kms_key
    let argument = match &*resource.type_name {
        "aws_kms_alias" => "name",
        "aws_kms_key" => "key_id",
        _ => return Ok(Manager::Unknown(unexplained(entity))),
    };
    match resource.entry(argument).filter(|_| steps < MAX_STEPS) {
        Some(entry) => {
            let value = entry.value.resolve(env.world)?;
            let used = Some(Used { value, at: entry.span });
            Reference { kind: "kms.key", used, at: entry.span }.manager(env, steps + 1)
        }
        None => Ok(Manager::Unknown(unexplained(entity))),
    }
}

fn unexplained(entity: &Entity<'_>) -> Arc<Unknown> {
    let name: Arc<str> = entity.resource.address.as_str().into();
    let unknown = Unknown::new(keylint_model::Reason::Computed(name));
    Arc::new(unknown.with_place(entity.resource.header))
}

/// An alias, id or ARN that is written out. The services take the alias with and without its
/// prefix, and all of an ARN.
fn manager_by_name(text: &str) -> Manager {
    let text = text.trim();
    let name = match text.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4).unwrap_or(""),
        None => text,
    };
    let is_aws = name.is_empty() || name.starts_with("alias/aws/") || name.starts_with("aws/");
    if is_aws { Manager::Aws } else { Manager::Customer }
}

/// The same with holes: what stands before the name of the key decides as soon as it is known.
fn manager_by_parts(parts: &[Part]) -> Option<Manager> {
    let text = Text::Parts(parts.into());
    let shown = text.shown();
    let after = shown.rsplit_once(":alias/").map(|(_, name)| name);
    let name = after.or_else(|| shown.strip_prefix("alias/"));
    match name {
        Some(name) if name.starts_with("aws/") => Some(Manager::Aws),
        // A hole behind `alias/` may bring `aws/…`; known text that cannot lead there is the
        // customer's.
        Some(name) => {
            let known = name.split('…').next().unwrap_or("");
            (!known.is_empty() && !"aws/".starts_with(known)).then_some(Manager::Customer)
        }
        None if shown.contains(":key/") => Some(Manager::Customer),
        None => None,
    }
}
