//! What the plan says of resources that a value refers to: the sources say `x[*]` where it has
//! `x["a"]`, and do not know what data sources answered while it was made. Of the latter the plan
//! tells in `prior_state`; it matters where the argument as a whole is known only after it is
//! applied.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{
    Address, Alternative, Data, Entry, List, Map, Marks, Mode, Origin, Part, Reason, Resource, Stack,
    Unknown, Value, Via,
};

use super::value::{given, written};
use crate::plan::address::Place;
use crate::values;

/// The instances that stand in the plan for one of the sources that it does not have, and what the
/// plan has of data sources.
pub(super) struct Renamed<'p> {
    instances: HashMap<Arc<str>, Vec<&'p str>>,
    answers: HashMap<&'p str, &'p Resource>,
}

impl<'p> Renamed<'p> {
    pub(super) fn new(matches: &[Option<&Resource>], plan: &'p Stack) -> Self {
        let mut instances: HashMap<Arc<str>, Vec<&'p str>> = HashMap::new();
        for (own, found) in plan.resources.iter().zip(matches) {
            if let Some(found) = found.filter(|found| found.address != own.address) {
                instances.entry(found.address.as_str().into()).or_default().push(own.address.as_str());
            }
        }
        let data = plan.resources.iter().filter(|resource| resource.mode == Mode::Data);
        let answers = data.map(|resource| (resource.address.as_str(), resource)).collect();
        Renamed { instances, answers }
    }

    /// A value of the resource at `place` with the names and the answers of the plan.
    pub(super) fn value(&self, value: &Value, place: &Place<'_>) -> Value {
        match self.instances.is_empty() && self.answers.is_empty() {
            true => value.clone(),
            false => self.renamed(value, place),
        }
    }

    /// What a data source answered for the attribute that an unknown value is.
    fn answer(&self, unknown: &Arc<Unknown>, place: &Place<'_>) -> Option<&'p Value> {
        if !matches!(unknown.reason, Reason::DataSource(_)) || !unknown.causes.is_empty() {
            return None;
        }
        let unknown = self.single(unknown, place);
        let reference = unknown.reference.as_ref()?;
        let resource = *self.answers.get(reference.address.as_str())?;
        let mut path = reference.attribute.split(['.', '[']);
        let first = resource.value(path.next()?)?;
        let answer = path.try_fold(first, |value, step| match &value.data {
            Data::List(list) => list.elements.get(step.trim_end_matches(']').parse::<usize>().ok()?),
            Data::Map(map) => map.value(step),
            _ => None,
        })?;
        let is_open = values::is_wholly_known(answer) && values::marks(answer) == Marks::NONE;
        is_open.then_some(answer).filter(|answer| !answer.is_null())
    }

    /// A hole of a string, filled where a data source says with what.
    fn part(&self, part: &Part, place: &Place<'_>) -> Part {
        let Part::Hole(unknown, span) = part else { return part.clone() };
        match self.answer(unknown, place).and_then(values::to_string) {
            Some(text) => Part::Known(written(&text, *span)),
            None => Part::Hole(self.unknown(unknown, place), *span),
        }
    }

    fn renamed(&self, value: &Value, place: &Place<'_>) -> Value {
        let data = match &value.data {
            Data::Unknown(unknown) => match self.answer(unknown, place) {
                Some(answer) => return given(value, answer),
                None => Data::Unknown(self.unknown(unknown, place)),
            },
            Data::Partial(parts) => {
                let parts = parts.iter().map(|part| self.part(part, place)).collect();
                Value::from_parts(parts, value.origin.clone()).data
            }
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
                    named_at: map.named_at.clone(),
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
