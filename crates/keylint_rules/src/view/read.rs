//! Walks the paths of a kind through the values of a resource.
//!
//! Terraform blocks are lists of maps and CloudFormation has lists of maps too; a path walks
//! through them as if they were not there, because a kind should not have to say which provider
//! version made a block repeatable.

use std::sync::Arc;

use keylint_model::{Data, Entry, Map, NeedsSplit, Unknown, World};
use keylint_source::Span;

use super::Used;

/// What stands at a path.
#[derive(Clone, Debug)]
pub(crate) enum Reading<'a> {
    /// A value that is not null.
    Found(Used<'a>),
    /// Nothing, or null: then with the place where null is given.
    Absent(Option<Used<'a>>),
    /// Only deployment knows.
    Unknown(Arc<Unknown>, Option<Used<'a>>),
}

/// All values at a path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readings<'a> {
    /// Those that are there, null left out.
    pub(crate) found: Vec<Used<'a>>,
    /// Those that are given and that only deployment knows.
    pub(crate) unknown: Vec<Used<'a>>,
    /// Set when there may be more.
    pub(crate) rest: Option<Arc<Unknown>>,
    /// Where what may be more is given.
    pub(crate) rest_at: Option<Span>,
}

impl Readings<'_> {
    /// There may be more, by what is given at a place. The first reason stays.
    pub(crate) fn open(&mut self, unknown: &Arc<Unknown>, at: Option<Span>) {
        if self.rest.is_none() {
            self.rest = Some(Arc::clone(unknown));
            self.rest_at = at;
        }
    }
}

/// The first value at a path.
pub(crate) fn first<'a>(map: &'a Map, path: &[Arc<str>], world: &World) -> Result<Reading<'a>, NeedsSplit> {
    let Some((name, path)) = path.split_first() else { return Ok(Reading::Absent(None)) };
    match map.get(name) {
        Some(entry) => entry_first(entry, path, world),
        None => Ok(map
            .rest
            .as_ref()
            .map_or(Reading::Absent(None), |rest| Reading::Unknown(Arc::clone(rest), None))),
    }
}

fn entry_first<'a>(entry: &'a Entry, path: &[Arc<str>], world: &World) -> Result<Reading<'a>, NeedsSplit> {
    value_first(Used { value: &entry.value, at: entry.span }, path, world)
}

fn value_first<'a>(used: Used<'a>, path: &[Arc<str>], world: &World) -> Result<Reading<'a>, NeedsSplit> {
    let value = used.value.resolve(world)?;
    let used = Used { value, at: used.at };
    match &value.data {
        Data::Null => Ok(Reading::Absent(Some(used))),
        Data::Unknown(unknown) => Ok(Reading::Unknown(Arc::clone(unknown), Some(used))),
        _ if path.is_empty() => Ok(Reading::Found(used)),
        Data::Map(map) => first(map, path, world),
        Data::Json(inner) => value_first(Used { value: inner, at: used.at }, path, world),
        Data::List(list) => {
            let mut answer = Reading::Absent(None);
            for element in &list.elements {
                match value_first(Used { value: element, at: element.origin.span }, path, world)? {
                    found @ Reading::Found(_) => return Ok(found),
                    Reading::Absent(None) => {}
                    other if !matches!(answer, Reading::Unknown(..)) => answer = other,
                    _ => {}
                }
            }
            Ok(match (&list.rest, answer) {
                (Some(rest), Reading::Absent(_)) => Reading::Unknown(Arc::clone(rest), Some(used)),
                (_, answer) => answer,
            })
        }
        _ => Ok(Reading::Absent(None)),
    }
}

/// All values at a path: those of every element of every list on the way.
pub(crate) fn all<'a>(
    map: &'a Map,
    path: &[Arc<str>],
    world: &World,
    readings: &mut Readings<'a>,
) -> Result<(), NeedsSplit> {
    let Some((name, path)) = path.split_first() else { return Ok(()) };
    match map.get(name) {
        Some(entry) => value_all(Used { value: &entry.value, at: entry.span }, path, world, readings),
        None => {
            map.rest.iter().for_each(|rest| readings.open(rest, None));
            Ok(())
        }
    }
}

fn value_all<'a>(
    used: Used<'a>,
    path: &[Arc<str>],
    world: &World,
    readings: &mut Readings<'a>,
) -> Result<(), NeedsSplit> {
    let value = used.value.resolve(world)?;
    match &value.data {
        Data::Null => {}
        Data::Unknown(unknown) => {
            readings.open(unknown, used.at);
            if path.is_empty() {
                readings.unknown.push(Used { value, at: used.at });
            }
        }
        _ if path.is_empty() => readings.found.push(Used { value, at: used.at }),
        Data::Map(map) => all(map, path, world, readings)?,
        Data::Json(inner) => value_all(Used { value: inner, at: used.at }, path, world, readings)?,
        Data::List(list) => {
            for element in &list.elements {
                value_all(Used { value: element, at: element.origin.span }, path, world, readings)?;
            }
            list.rest.iter().for_each(|rest| readings.open(rest, used.at));
        }
        _ => {}
    }
    Ok(())
}

/// The elements of the lists among values; anything else is an element itself.
pub(crate) fn elements<'a>(readings: Readings<'a>, world: &World) -> Result<Readings<'a>, NeedsSplit> {
    let mut elements = Readings { rest: readings.rest, rest_at: readings.rest_at, ..Readings::default() };
    for used in readings.found {
        let value = match &used.value.data {
            Data::Json(inner) => inner.resolve(world)?,
            _ => used.value,
        };
        let Data::List(list) = &value.data else {
            elements.found.push(Used { value, at: used.at });
            continue;
        };
        for element in &list.elements {
            let value = element.resolve(world)?;
            match &value.data {
                Data::Null => {}
                Data::Unknown(unknown) => elements.open(unknown, value.origin.span.or(used.at)),
                _ => elements.found.push(Used { value, at: value.origin.span.or(used.at) }),
            }
        }
        list.rest.iter().for_each(|rest| elements.open(rest, used.at));
    }
    Ok(elements)
}
