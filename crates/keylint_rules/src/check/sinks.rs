//! The secrets of a resource as what rules look at: the values of its attributes of type `secret`, part by
//! part.

use keylint_model::{NeedsSplit, Reason, Value, World};

use super::Scope;
use super::subject::{Element, resource};
use crate::eval::{Data, Datum, Evaluator, Truth, Whys};
use crate::kind::{Attribute, AttributeType, Attributes};
use crate::view::{Entity, Secret, View, attribute_values};

/// The credentials at an attribute of type `secret`, which a path of lists leads to.
pub(super) fn elements<'a>(
    scope: Scope<'a>,
    entity: &'a Entity<'a>,
    path: &[&'a Attribute],
    world: &World,
) -> Result<Vec<Element<'a>>, NeedsSplit> {
    let name = path.last().map(|attribute| &*attribute.label).unwrap_or_default();
    let doubt = match is_credential(scope, entity, path, world)? {
        Truth::Yes => None,
        Truth::No => return Ok(Vec::new()),
        Truth::Unknown(whys) => Some(whys),
    };
    let mut secrets = Vec::new();
    let values = attribute_values(entity, path, &scope.env(world))?;
    // What a dynamic reference or a parameter stands for is not known, but who sees it is.
    let referred = values.unknown.into_iter().filter(|used| is_kept_elsewhere(used.value));
    for used in values.found.into_iter().chain(referred) {
        secrets.extend(Secret::leaves(name, used, entity.front_end, world)?);
    }
    let secrets = secrets.into_iter().enumerate();
    Ok(secrets.map(|(index, secret)| element(entity, secret, name, index, doubt.clone())).collect())
}

fn element<'a>(
    entity: &'a Entity<'a>,
    secret: Secret<'a>,
    name: &str,
    index: usize,
    doubt: Option<Whys>,
) -> Element<'a> {
    let place = secret.used.map(|used| used.place()).unwrap_or_default();
    let datum = Datum { data: Data::View(View::Secret(secret)), place };
    Element { doubt, ..Element::of(vec![resource(entity), datum], format!("{name}[{index}]")) }
}

fn is_kept_elsewhere(value: &Value) -> bool {
    let is_one = |reason: &Reason| matches!(reason, Reason::DynamicReference(_) | Reason::Input(_));
    value.as_unknown().is_some_and(|unknown| is_one(&unknown.reason))
}

/// Whether an attribute of type `secret` holds a credential: where its kind says when.
pub(super) fn is_credential<'a>(
    scope: Scope<'a>,
    entity: &'a Entity<'a>,
    path: &[&'a Attribute],
    world: &World,
) -> Result<Truth, NeedsSplit> {
    let when = path.last().and_then(|attribute| attribute.when.as_ref());
    let (Some(when), Some(kind)) = (when, entity.kind) else { return Ok(Truth::Yes) };
    let Some(condition) = when.of(kind, scope.entities.kinds) else { return Ok(Truth::No) };
    let variables = [View::Resource(entity).datum()];
    Evaluator::new(scope.env(world), &variables).truth(condition)
}

pub(super) fn has_secret(attributes: &Attributes) -> bool {
    let is_secret = |one: &Attribute| one.ty == AttributeType::Secret || has_secret(&one.item);
    attributes.values().any(is_secret)
}

/// The attributes of type `secret`, each with the lists that lead to it.
pub(super) fn paths(kind: &crate::kind::Kind) -> Vec<Vec<&Attribute>> {
    let secrets =
        kind.all_attributes().into_iter().filter(|(_, attribute)| attribute.ty == AttributeType::Secret);
    secrets
        .map(|(names, attribute)| {
            let mut attributes = &kind.attributes;
            let mut path = Vec::new();
            for name in &names {
                if let Some(list) = attributes.get(name) {
                    path.push(list);
                    attributes = &list.item;
                }
            }
            path.push(attribute);
            path
        })
        .collect()
}
