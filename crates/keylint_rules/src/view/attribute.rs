//! The attributes of a kind as data.

use std::sync::Arc;

use keylint_model::{Data as ModelData, FrontEnd, Map, NeedsSplit, World};
use keylint_source::Span;

use super::read::{self, Reading, Readings};
use super::{Entity, Env, Place, Reference, Secret, Used, View, duration};
use crate::eval::{Data, Datum, invalid, why};
use crate::kind::{Attribute, AttributeType, Attributes, Path};

/// An element of a list attribute, or an object attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) entity: &'a Entity<'a>,
    pub(crate) attributes: &'a Attributes,
    pub(crate) used: Used<'a>,
}

impl<'a> Item<'a> {
    pub(crate) fn field(&self, name: &str, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        match self.attributes.get(name) {
            Some(attribute) => of_item(self, attribute, env),
            None => Ok(Datum::null()),
        }
    }

    /// The value of an attribute, undecoded; `None` when absent or unknown.
    pub(crate) fn raw(&self, name: &str, env: &Env<'a, '_>) -> Result<Option<Used<'a>>, NeedsSplit> {
        let ModelData::Map(map) = &self.used.value.data else { return Ok(None) };
        let paths = self.attributes.get(name).map(|attribute| attribute.paths(self.entity.front_end));
        for path in paths.unwrap_or_default() {
            if let Reading::Found(used) = read::first(map, &path.segments, env.world)? {
                return Ok(Some(used));
            }
        }
        Ok(None)
    }

    pub(super) fn place(&self) -> Place<'a> {
        Place::new(self.used.at.or(self.used.value.origin.span), Some(&self.used.value.origin))
    }
}

/// Where an attribute is looked for: in the resource, or in one of its items.
#[derive(Clone, Copy)]
struct Source<'a> {
    entity: &'a Entity<'a>,
    map: Option<&'a Map>,
    /// Where findings about what is not there point.
    fallback: Option<Span>,
    is_resource: bool,
}

/// The value of an attribute of a resource.
pub(crate) fn of_resource<'a>(
    entity: &'a Entity<'a>,
    attribute: &'a Attribute,
    env: &Env<'a, '_>,
) -> Result<Datum<'a>, NeedsSplit> {
    // A policy is looked up among those collected, which know its versions.
    if matches!(attribute.ty, AttributeType::Policy(_)) {
        return super::policy::of_attribute(entity, &attribute.name, env);
    }
    let source = Source {
        entity,
        map: Some(&entity.resource.attributes),
        fallback: Some(entity.resource.header),
        is_resource: true,
    };
    source.datum(attribute, env)
}

fn of_item<'a>(
    item: &Item<'a>,
    attribute: &'a Attribute,
    env: &Env<'a, '_>,
) -> Result<Datum<'a>, NeedsSplit> {
    let map = match &item.used.value.data {
        ModelData::Map(map) => Some(&**map),
        _ => None,
    };
    let fallback = item.place().used.or(Some(item.entity.resource.header));
    Source { entity: item.entity, map, fallback, is_resource: false }.datum(attribute, env)
}

/// All values of an attribute of a resource, for who needs them undecoded.
pub(crate) fn values<'a>(
    entity: &'a Entity<'a>,
    path: &[&'a Attribute],
    env: &Env<'a, '_>,
) -> Result<Readings<'a>, NeedsSplit> {
    from(vec![Source::resource(entity)], path, Readings::default(), env)
}

/// The elements of the first list that leads to an attribute, as they are written; `None` where the
/// attribute is in no list, or conditions decide what the list is.
pub(crate) fn elements<'a>(
    entity: &'a Entity<'a>,
    path: &[&'a Attribute],
    env: &Env<'a, '_>,
) -> Option<Readings<'a>> {
    let (list, [_, ..]) = path.split_first()? else { return None };
    let lists = Source::resource(entity).readings(list, env).ok().filter(|lists| lists.rest.is_none())?;
    let mut elements = Readings::default();
    for used in lists.found {
        let ModelData::List(list) = &used.value.data else { return None };
        elements
            .found
            .extend(list.elements.iter().map(|value| Used { value, at: value.origin.span.or(used.at) }));
        list.rest.iter().for_each(|rest| elements.open(rest, used.at));
    }
    Some(elements)
}

/// As [`values`], of one of the [`elements`].
pub(crate) fn values_in<'a>(
    entity: &'a Entity<'a>,
    path: &[&'a Attribute],
    element: &Used<'a>,
    env: &Env<'a, '_>,
) -> Result<Readings<'a>, NeedsSplit> {
    let value = element.value.resolve(env.world)?;
    let mut open = Readings::default();
    let sources = match &value.data {
        ModelData::Map(map) => vec![Source { entity, map: Some(map), fallback: None, is_resource: false }],
        ModelData::Unknown(unknown) => {
            open.open(unknown, element.at);
            Vec::new()
        }
        _ => Vec::new(),
    };
    from(sources, path.get(1..).unwrap_or_default(), open, env)
}

/// The values at a path from some sources on, beside what is known to be open.
fn from<'a>(
    mut sources: Vec<Source<'a>>,
    path: &[&'a Attribute],
    mut values: Readings<'a>,
    env: &Env<'a, '_>,
) -> Result<Readings<'a>, NeedsSplit> {
    let Some((last, lists)) = path.split_last() else { return Ok(values) };
    for list in lists {
        let mut inner = Vec::new();
        for source in sources {
            let elements = read::elements(source.readings(list, env)?, env.world)?;
            elements.rest.iter().for_each(|rest| values.open(rest, elements.rest_at));
            inner.extend(elements.found.iter().filter_map(|used| match &used.value.data {
                ModelData::Map(map) => {
                    Some(Source { entity: source.entity, map: Some(map), fallback: None, is_resource: false })
                }
                _ => None,
            }));
        }
        sources = inner;
    }
    for source in sources {
        let all = match last.ty {
            // Another name of the same thing takes the place of the first; another credential does not.
            AttributeType::Secret => source.readings_at_all(last, env)?,
            _ => vec![source.readings(last, env)?],
        };
        for readings in all {
            values.found.extend(readings.found);
            values.unknown.extend(readings.unknown);
            readings.rest.iter().for_each(|rest| values.open(rest, readings.rest_at));
        }
    }
    Ok(values)
}

/// A tag: in Terraform a map, in CloudFormation a list of keys and values.
pub(super) fn tag<'a>(entity: &'a Entity<'a>, name: &str, world: &World) -> Result<Datum<'a>, NeedsSplit> {
    let path: &[Arc<str>] = match entity.front_end {
        FrontEnd::Terraform => &["tags".into(), name.into()],
        _ => &["Tags".into()],
    };
    let map = &entity.resource.attributes;
    if entity.front_end == FrontEnd::Terraform {
        return Ok(match read::first(map, path, world)? {
            Reading::Found(used) => Datum::of_string(used.value, used.at),
            Reading::Absent(_) => Datum::null(),
            Reading::Unknown(unknown, used) => {
                Datum::bare(Data::Unknown(why(&unknown, used.and_then(|used| used.at))))
            }
        });
    }
    let mut readings = Readings::default();
    read::all(map, path, world, &mut readings)?;
    let elements = read::elements(readings, world)?;
    for used in &elements.found {
        let ModelData::Map(map) = &used.value.data else { continue };
        let value = match map.value("Key") {
            Some(key) if key.resolve(world)?.as_str() == Some(name) => map.get("Value"),
            Some(_) => None,
            None => map.get(name),
        };
        if let Some(entry) = value {
            return Ok(Datum::of_string(entry.value.resolve(world)?, entry.span));
        }
    }
    Ok(elements.rest.map_or_else(Datum::null, |unknown| Datum::unknown(&unknown)))
}

impl<'a> Source<'a> {
    fn resource(entity: &'a Entity<'a>) -> Self {
        Source { entity, map: Some(&entity.resource.attributes), fallback: None, is_resource: true }
    }

    fn datum(&self, attribute: &'a Attribute, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        match attribute.ty {
            AttributeType::List | AttributeType::Strings => self.list(attribute, env),
            _ => self.single(attribute, env),
        }
    }

    fn first(&self, path: &Path, env: &Env<'a, '_>) -> Result<Reading<'a>, NeedsSplit> {
        let Some(name) = &path.companion else {
            return match self.map {
                Some(map) => read::first(map, &path.segments, env.world),
                None => Ok(Reading::Unknown(invalid(), None)),
            };
        };
        let declared = self.entity.kind.and_then(|kind| kind.companions.get(name));
        let (Some(companion), true) = (declared, self.is_resource) else { return Ok(Reading::Absent(None)) };
        let companions = self.entity.companions(companion, env)?;
        let mut answer = Reading::Absent(None);
        for entity in companions.certain {
            match read::first(&entity.resource.attributes, &path.segments, env.world)? {
                found @ Reading::Found(_) => return Ok(found),
                Reading::Absent(None) => {}
                other => answer = other,
            }
        }
        Ok(match (answer, companions.rest.as_deref()) {
            (Reading::Absent(_), Some([why, ..])) => Reading::Unknown(Arc::clone(&why.unknown), None),
            (answer, _) => answer,
        })
    }

    fn readings(&self, attribute: &Attribute, env: &Env<'a, '_>) -> Result<Readings<'a>, NeedsSplit> {
        for path in attribute.paths(self.entity.front_end) {
            let readings = self.readings_at(path, env)?;
            if !readings.found.is_empty() || readings.rest.is_some() {
                return Ok(readings);
            }
        }
        Ok(Readings::default())
    }

    /// What stands at each of the paths.
    fn readings_at_all(
        &self,
        attribute: &Attribute,
        env: &Env<'a, '_>,
    ) -> Result<Vec<Readings<'a>>, NeedsSplit> {
        attribute.paths(self.entity.front_end).iter().map(|path| self.readings_at(path, env)).collect()
    }

    fn readings_at(&self, path: &Path, env: &Env<'a, '_>) -> Result<Readings<'a>, NeedsSplit> {
        let mut readings = Readings::default();
        let Some(name) = &path.companion else {
            match self.map {
                Some(map) => read::all(map, &path.segments, env.world, &mut readings)?,
                None => readings.rest = Some(invalid()),
            }
            return Ok(readings);
        };
        let Some(companion) = self.entity.kind.and_then(|kind| kind.companions.get(name)) else {
            return Ok(readings);
        };
        let companions = self.entity.companions(companion, env)?;
        for entity in companions.certain {
            read::all(&entity.resource.attributes, &path.segments, env.world, &mut readings)?;
        }
        let maybe = companions.rest.as_deref().and_then(|whys| whys.first());
        readings.rest = readings.rest.or_else(|| maybe.map(|why| Arc::clone(&why.unknown)));
        Ok(readings)
    }

    fn list(&self, attribute: &'a Attribute, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let readings = self.readings(attribute, env)?;
        let place = readings.found.first().map_or(Place::new(self.fallback, None), Used::place);
        let is_given = !readings.found.is_empty() || readings.rest.is_some();
        if !is_given
            && attribute.ty == AttributeType::Strings
            && let Some(default) = attribute.default(self.entity.front_end)
        {
            let used = Used { value: default, at: self.fallback };
            let elements = read::elements(Readings { found: vec![used], ..Readings::default() }, env.world)?;
            let items = elements.found.iter().map(|used| Datum::of_string(used.value, used.at));
            return Ok(Datum::list(items.collect(), None).at(place));
        }
        let elements = read::elements(readings, env.world)?;
        let items = elements.found.into_iter().map(|used| match attribute.ty {
            AttributeType::List => {
                View::Item(Item { entity: self.entity, attributes: &attribute.item, used }).datum()
            }
            _ => Datum::of_string(used.value, used.at),
        });
        let rest = elements.rest.map(|unknown| why(&unknown, place.used));
        Ok(Datum::list(items.collect(), rest).at(place))
    }

    fn single(&self, attribute: &'a Attribute, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let mut reading = Reading::Absent(None);
        for path in attribute.paths(self.entity.front_end) {
            match self.first(path, env)? {
                found @ (Reading::Found(_) | Reading::Unknown(..)) => {
                    reading = found;
                    break;
                }
                absent @ Reading::Absent(Some(_)) => reading = absent,
                Reading::Absent(None) => {}
            }
        }
        let null_place = |used: Option<Used<'a>>| match used {
            Some(used) => Place::new(used.at.or(self.fallback), Some(&used.value.origin)),
            None => Place::new(self.fallback, None),
        };
        let datum = match reading {
            Reading::Found(used) => self.known(attribute, used),
            Reading::Unknown(unknown, used) => self.unknown(attribute, &unknown, used),
            Reading::Absent(used) => {
                let place = null_place(used);
                match attribute.default(self.entity.front_end) {
                    Some(default) => self.known(attribute, Used { value: default, at: place.used }).at(place),
                    None => self.absent(attribute, place),
                }
            }
        };
        Ok(datum)
    }

    fn secret(&self, attribute: &'a Attribute, used: Option<Used<'a>>) -> Secret<'a> {
        Secret::new(&attribute.label, used, self.entity.front_end)
    }

    fn absent(&self, attribute: &'a Attribute, place: Place<'a>) -> Datum<'a> {
        let data = match &attribute.ty {
            AttributeType::Reference(kind) => {
                Data::View(View::Reference(Reference { kind, used: None, at: place.used }))
            }
            AttributeType::Secret => Data::View(View::Secret(self.secret(attribute, None))),
            _ => Data::Null,
        };
        Datum { data, place }
    }

    fn unknown(
        &self,
        attribute: &'a Attribute,
        unknown: &Arc<keylint_model::Unknown>,
        used: Option<Used<'a>>,
    ) -> Datum<'a> {
        let place = match used {
            Some(used) => used.place(),
            None => Place::new(self.fallback, None),
        };
        let data = match (&attribute.ty, used) {
            (AttributeType::Reference(kind), Some(_)) => {
                Data::View(View::Reference(Reference { kind, used, at: place.used }))
            }
            (AttributeType::Secret, Some(_)) => Data::View(View::Secret(self.secret(attribute, used))),
            _ => Data::Unknown(why(unknown, place.used)),
        };
        Datum { data, place }
    }

    fn known(&self, attribute: &'a Attribute, used: Used<'a>) -> Datum<'a> {
        let place = used.place();
        let wrong = || Data::Unknown(why(&invalid(), place.used));
        let value = used.value;
        let data = match &attribute.ty {
            AttributeType::Bool => value.as_bool().map_or_else(wrong, Data::Bool),
            AttributeType::Number => value.as_number().map_or_else(wrong, Data::Number),
            AttributeType::String => return Datum { place, ..Datum::of_string(value, place.used) },
            AttributeType::Map => match &value.data {
                ModelData::Map(map) => Data::Map(map),
                _ => wrong(),
            },
            AttributeType::Duration => match value.as_number() {
                Some(number) => Data::Number(number),
                None => {
                    match value.as_str().and_then(duration::days).and_then(keylint_model::Number::from_f64) {
                        Some(days) => Data::Number(days),
                        None => wrong(),
                    }
                }
            },
            AttributeType::Reference(kind) => {
                Data::View(View::Reference(Reference { kind, used: Some(used), at: place.used }))
            }
            AttributeType::Secret => Data::View(View::Secret(self.secret(attribute, Some(used)))),
            AttributeType::Object => {
                Data::View(View::Item(Item { entity: self.entity, attributes: &attribute.item, used }))
            }
            // Whatever it is, it is given.
            AttributeType::Any => Data::Bool(true),
            AttributeType::Policy(_) | AttributeType::List | AttributeType::Strings => Data::Null,
        };
        Datum { data, place }
    }
}
