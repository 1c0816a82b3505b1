//! Names of instances in values: the sources say `x[*]` where the plan has `x["a"]`.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{
    Address, Alternative, Data, Entry, List, Map, Origin, Part, Resource, Stack, Unknown, Value, Via,
};

use crate::plan::address::Place;

/// The instances that stand in the plan for one of the sources that it does not have.
pub(super) struct Renamed<'p> {
    instances: HashMap<Arc<str>, Vec<&'p str>>,
}

impl<'p> Renamed<'p> {
    pub(super) fn new(matches: &[Option<&Resource>], plan: &'p Stack) -> Self {
        let mut instances: HashMap<Arc<str>, Vec<&'p str>> = HashMap::new();
        for (own, found) in plan.resources.iter().zip(matches) {
            if let Some(found) = found.filter(|found| found.address != own.address) {
                instances.entry(found.address.as_str().into()).or_default().push(own.address.as_str());
            }
        }
        Renamed { instances }
    }

    /// A value of the resource at `place` with the names of the plan.
    pub(super) fn value(&self, value: &Value, place: &Place<'_>) -> Value {
        if self.instances.is_empty() { value.clone() } else { self.renamed(value, place) }
    }

    fn renamed(&self, value: &Value, place: &Place<'_>) -> Value {
        let data = match &value.data {
            Data::Unknown(unknown) => Data::Unknown(self.unknown(unknown, place)),
            Data::Partial(parts) => Data::Partial(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Hole(unknown, span) => Part::Hole(self.unknown(unknown, place), *span),
                        known => known.clone(),
                    })
                    .collect(),
            ),
            Data::List(list) => {
                let elements = list.elements.iter().map(|element| self.renamed(element, place)).collect();
                Data::List(Arc::new(List { elements, ..(**list).clone() }))
            }
            Data::Map(map) => {
                let entries = map.entries.iter().map(|(name, entry)| {
                    (Arc::clone(name), Entry { value: self.renamed(&entry.value, place), ..entry.clone() })
                });
                Data::Map(Arc::new(Map {
                    entries: entries.collect(),
                    rest: map.rest.clone(),
                    kind: map.kind,
                }))
            }
            Data::Json(inner) => Data::Json(Arc::new(self.renamed(inner, place))),
            Data::Choice(alternatives) => {
                let renamed = alternatives
                    .iter()
                    .map(|one| Alternative { value: self.renamed(&one.value, place), ..one.clone() });
                Data::Choice(renamed.collect())
            }
            known => known.clone(),
        };
        Value::new(data, Origin { via: self.via(value.origin.via.as_ref(), place), ..value.origin.clone() })
    }

    /// An unknown with what it was made of, none of which was made of others in its turn.
    fn unknown(&self, unknown: &Arc<Unknown>, place: &Place<'_>) -> Arc<Unknown> {
        if unknown.causes.is_empty() {
            return self.single(unknown, place);
        }
        let causes = unknown.causes.iter().map(|cause| self.single(cause, place)).collect();
        let single = self.single(unknown, place);
        Arc::new(Unknown { causes, ..(*single).clone() })
    }

    fn single(&self, unknown: &Arc<Unknown>, place: &Place<'_>) -> Arc<Unknown> {
        let Some(reference) = &unknown.reference else { return Arc::clone(unknown) };
        let Some(found) = self.instances.get(reference.address.as_str()) else { return Arc::clone(unknown) };
        let mut unknown = (**unknown).clone();
        match one_of(found, place) {
            Some(address) => {
                let reference =
                    keylint_model::Reference { address: Address::new(address), ..reference.clone() };
                Arc::new(unknown.with_reference(reference))
            }
            // One of them, and nothing says which.
            None => {
                unknown.reference = None;
                Arc::new(unknown)
            }
        }
    }

    /// Names of steps: an address, or one with an attribute behind it.
    fn via(&self, via: Option<&Arc<Via>>, place: &Place<'_>) -> Option<Arc<Via>> {
        let via = via?;
        let rest = self.via(via.rest.as_ref(), place);
        let renamed = |name: &str| Some(one_of(self.instances.get(name)?, place)?.to_owned());
        let name = renamed(&via.name).or_else(|| {
            let (address, attribute) = via.name.rsplit_once('.')?;
            Some(format!("{}.{attribute}", renamed(address)?))
        });
        let name = name.map_or_else(|| Arc::clone(&via.name), Arc::from);
        Some(Arc::new(Via { name, rest, ..(**via).clone() }))
    }
}

/// The instance that a value of the resource at `place` means: the one with the same keys, or the
/// only one.
fn one_of<'p>(instances: &[&'p str], place: &Place<'_>) -> Option<&'p str> {
    let has_its_keys = |address: &&&str| {
        let other = Place::of(address);
        let in_modules = other.modules.iter().zip(&place.modules).all(|(a, b)| a == b);
        in_modules && (other.key == place.key || other.key.is_empty())
    };
    match instances {
        [only] => Some(only),
        _ => {
            let mut found = instances.iter().filter(has_its_keys);
            let first = found.next()?;
            found.next().is_none().then_some(first)
        }
    }
}
