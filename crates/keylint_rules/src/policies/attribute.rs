//! The policies in the attributes of resources.
//!
//! An attribute may have several policies, as the list of inline policies of a role has. They are read together,
//! so that each is one policy in all worlds; where that makes too many worlds, each element of the list
//! is read by itself, in the worlds of its own conditions.

use std::sync::Arc;

use keylint_model::condition::Seen;
use keylint_model::{NeedsSplit, Reason, Unknown, Value, World};
use keylint_policy::{Document, Parsed, PolicyKind};
use keylint_source::Span;
use keylint_syntax::Text;

use super::further::{self, Reach, name_combinations};
use super::statement::document_of;
use super::{Content, Policy};
use crate::cel;
use crate::check::MAX_WORLDS;
use crate::eval::{Evaluator, Truth};
use crate::kind::{Attribute, AttributeType, Attributes, PolicyChoice};
use crate::page::Target;
use crate::types::Type;
use crate::view::{
    Entities, Entity, Env, Readings, View, attribute_elements, attribute_values, attribute_values_in,
};

/// Where policies are looked for: a resource of a stack, and how far each is looked at.
pub(super) type Place<'a> = (&'a Entities<'a>, &'a Entity<'a>, Reach);

/// The policies in attributes, also inside items; `path` leads to the attributes.
pub(super) fn of_attributes<'a>(
    place: Place<'a>,
    attributes: &'a Attributes,
    path: &mut Vec<&'a Attribute>,
    policies: &mut Vec<Policy<'a>>,
) {
    for attribute in attributes.values() {
        path.push(attribute);
        if let AttributeType::Policy(choices) = &attribute.ty {
            of_attribute(place, choices, path, policies);
        }
        of_attributes(place, &attribute.item, path, policies);
        path.pop();
    }
}

/// One reading of an attribute: its documents, each with where it is given.
type Documents = Vec<(Option<Span>, Parsed)>;

/// The readings of an attribute, or of an element of it, in their worlds, and how much of it that is.
type Surveyed = (Vec<(World, Documents)>, Seen);

/// Where a policy is: a resource, the kind that it has by its choices, and the attributes that lead to it.
struct Site<'s, 'a> {
    entities: &'a Entities<'a>,
    entity: &'a Entity<'a>,
    choices: &'s [PolicyChoice],
    path: &'s [&'a Attribute],
    reach: Reach,
}

fn of_attribute<'a>(
    (entities, entity, reach): Place<'a>,
    choices: &[PolicyChoice],
    path: &[&'a Attribute],
    policies: &mut Vec<Policy<'a>>,
) {
    let site = Site { entities, entity, choices, path, reach };
    let closed = entity.world.closed();
    let given = attribute_values(entity, path, &env(entities, &closed))
        .map(|values| values.found)
        .unwrap_or_default();
    let whole = site.survey(&given.iter().map(|used| used.value).collect::<Vec<_>>(), |world| {
        attribute_values(entity, path, &env(entities, world))
    });
    let elements = match whole.1 {
        Seen::Whole => None,
        _ => attribute_elements(entity, path, &env(entities, &closed)),
    };
    let Some(elements) = elements.filter(|elements| elements.found.len() > 1) else {
        policies.extend(site.policies(whole, 0));
        return;
    };
    let mut found = Vec::new();
    for element in &elements.found {
        let own = site.survey(&[element.value], |world| {
            attribute_values_in(entity, path, element, &env(entities, world))
        });
        found.extend(site.policies(own, found.len()));
    }
    if let Some(rest) = &elements.rest {
        let documents = vec![(elements.rest_at, Parsed::Unknown(Arc::clone(rest)))];
        found.extend(site.policies((vec![(entity.world.clone(), documents)], Seen::Whole), found.len()));
    }
    policies.extend(found);
}

/// What a reader of attributes needs that asks for no policy.
fn env<'a, 'w>(entities: &'a Entities<'a>, world: &'w World) -> Env<'a, 'w> {
    Env { entities, policies: &[], identities: &[], world }
}

impl<'a> Site<'_, 'a> {
    /// What some values are read as in all worlds; past the limit of worlds what can be told without
    /// splitting.
    fn survey(
        &self,
        written: &[&Value],
        values: impl Fn(&World) -> Result<Readings<'a>, NeedsSplit>,
    ) -> Surveyed {
        let start = self.entity.world.clone();
        let header = Some(self.entity.resource.header);
        let read = |world: &World| -> Result<Documents, NeedsSplit> {
            let values = values(world)?;
            let mut documents = Vec::new();
            for used in values.found {
                let parsed = match self.path.last().is_some_and(|attribute| attribute.is_statement) {
                    true => Document::parse(&document_of(used.value.clone()), world)?,
                    false => Document::parse(used.value, world)?,
                };
                documents.push((used.at, parsed));
            }
            let at = values.rest_at.or(header);
            documents.extend(values.rest.map(|unknown| (at, Parsed::Unknown(unknown))));
            Ok(documents)
        };
        further::survey(&start, written, self.reach, read).unwrap_or_else(|| {
            let limit = Parsed::Unknown(Arc::new(Unknown::new(Reason::Limit)));
            (vec![(start.clone(), vec![(header, limit)])], Seen::Parts)
        })
    }

    /// The policies that are read, behind so many others of the attribute.
    fn policies(&self, (readings, seen): Surveyed, before: usize) -> Vec<Policy<'a>> {
        let worlds: Vec<World> = readings.iter().map(|(world, _)| world.clone()).collect();
        let mut found: Vec<Policy<'a>> = Vec::new();
        for (world, documents) in readings {
            for (used, parsed) in documents {
                let Some(content) = Content::of(parsed) else { continue };
                let used = used.or(Some(self.entity.resource.header));
                // What is given at one place is one policy in all worlds, wherever it stands in the list.
                let is_it = |policy: &&mut Policy<'a>| {
                    let is_taken = || policy.versions.last().is_some_and(|(known, _)| *known == world);
                    policy.used == used && !is_taken()
                };
                match found.iter_mut().find(is_it) {
                    Some(policy) => policy.versions.push((world.clone(), content)),
                    None => found.push(self.policy(&world, (used, content), before + found.len(), seen)),
                }
            }
        }
        for policy in &mut found {
            let is_there = |world: &&World| policy.versions.iter().any(|(known, _)| known == *world);
            policy.absent = worlds.iter().filter(|world| !is_there(world)).cloned().collect();
            if seen == Seen::Cut {
                name_combinations(&mut policy.versions);
            }
        }
        found
    }

    /// A policy by the first of its versions.
    fn policy(
        &self,
        world: &World,
        (used, content): (Option<Span>, Content),
        ordinal: usize,
        seen: Seen,
    ) -> Policy<'a> {
        let Site { entities, entity, .. } = *self;
        Policy {
            resource: entity.resource,
            entity: Some(entity),
            attribute: self.path.iter().map(|attribute| Arc::clone(&attribute.name)).collect(),
            ordinal,
            kind: chosen(entities, entity, self.choices, world),
            any_kind: false,
            is_guessed: false,
            is_made: false,
            account: None,
            key: entities.key_of(entity).map(|key| (key, entities.keys())),
            used,
            versions: vec![(world.clone(), content)],
            absent: Vec::new(),
            seen,
        }
    }
}

/// The first kind whose condition certainly holds, or that has none.
fn chosen<'a>(
    entities: &'a Entities<'a>,
    entity: &'a Entity<'a>,
    choices: &[PolicyChoice],
    world: &World,
) -> PolicyKind {
    let holds = |when: &Text| {
        let target = Target::Kind(Arc::clone(&entity.kind?.name));
        let variables = crate::rule::variables(&target, entities.kinds)?;
        let node = cel::compile_as(&Type::Bool, when, &variables, entities.kinds).ok()?;
        let answers = World::explore(world, MAX_WORLDS, |world| {
            Evaluator::new(env(entities, world), &[View::Resource(entity).datum()]).truth(&node)
        })?;
        Some(answers.iter().all(|(_, truth)| matches!(truth, Truth::Yes)))
    };
    let choice = choices.iter().find(|choice| match &choice.when {
        Some(when) => holds(when) == Some(true),
        None => true,
    });
    choice.or(choices.last()).map_or(PolicyKind::Resource, |choice| choice.kind)
}
