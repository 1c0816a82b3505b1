//! A plan laid over the stack of the sources that it was made of.
//!
//! The sources say where everything is written, what refers to what and which suppressions there
//! are; the plan says what they do not know: values of variables, the answers of data sources, how
//! many instances there are. Instances are matched by address, and values down to the leaves, those
//! of policy documents included.

mod rewrite;
mod value;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keylint_model::{Address, CallSite, Entry, FrontEnd, Guard, Map, Mode, Resource, Stack};
use keylint_source::Span;

use self::rewrite::Renamed;
pub(crate) use self::value::given;
use self::value::{Fuser, relocated};
use super::Planned;
use super::address::Place;

/// What became of a plan and its sources.
#[derive(Debug)]
pub struct Fused {
    /// The stack of the sources with what the plan knows. Resources that the plan alone has are at
    /// the call of the module that is not on disk, or else in the plan's own file.
    pub stack: Stack,
    /// How many instances of the plan the sources have too, those that it destroys included.
    pub matched: usize,
    /// Instances that the sources have and the plan destroys, or forgets: they are left out.
    pub leaving: Vec<Address>,
    /// Managed instances that the plan alone has, though their module is on disk.
    pub unmatched: Vec<Address>,
    /// Managed instances that the sources certainly have and the plan does not.
    pub unplanned: Vec<Address>,
    /// Attributes of which both know the value, each another one; the plan's is taken.
    pub differing: Vec<String>,
}

/// Lays a plan over the stack of its sources.
pub fn fuse(source: &Stack, planned: &Planned) -> Fused {
    let sources = Sources::new(source);
    let (matches, used) = sources.matches(&planned.stack);
    let renamed = Renamed::new(&matches, &planned.stack);
    let mut fuser = Fuser::default();
    let mut unmatched = Vec::new();
    let mut covered = HashSet::new();
    let mut resources = Vec::with_capacity(matches.len());
    for (own, found) in planned.stack.resources.iter().zip(&matches) {
        match (found, missing_call(source, own)) {
            (Some(found), _) => resources.push(fused(found, own, &renamed, &mut fuser)),
            (None, Some(call)) => {
                covered.insert(call.address.clone());
                resources.push(at_call(own, call));
            }
            (None, None) => {
                if own.mode == Mode::Managed {
                    unmatched.push(own.address.clone());
                }
                resources.push(own.clone());
            }
        }
    }
    let mut rest = Rest::default();
    let unused = source.resources.iter().enumerate().filter(|(position, _)| !used.contains(position));
    unused.for_each(|(_, resource)| rest.add(resource, planned));
    resources.append(&mut rest.resources);
    let mut problems = source.problems.clone();
    problems.extend(planned.stack.problems.iter().cloned());
    let missing = source.missing_modules.iter().filter(|call| !covered.contains(&call.address));
    // What the plan leaves out of a module that is not on disk nobody has.
    let open = planned.stack.open.clone().filter(|_| !covered.is_empty());
    let stack = Stack::new(FrontEnd::Terraform, Arc::clone(&source.name), resources, problems)
        .with_suppressions(source.suppressions.clone())
        .with_open(open)
        .with_missing_modules(missing.cloned().collect());
    Fused {
        stack,
        matched: matches.iter().flatten().count() + rest.leaving.len(),
        leaving: rest.leaving,
        unmatched,
        unplanned: rest.unplanned,
        differing: fuser.differing,
    }
}

/// What the sources have and the plan does not.
#[derive(Default)]
struct Rest {
    resources: Vec<Resource>,
    unplanned: Vec<Address>,
    leaving: Vec<Address>,
}

impl Rest {
    fn add(&mut self, resource: &Resource, planned: &Planned) {
        if planned.leaving.contains(&resource.address) {
            return self.leaving.push(resource.address.clone());
        }
        // What may not exist does not: the plan would have it. A plan that destroys everything reads
        // nothing.
        let is_certain = !resource.symbolic && resource.guard == Guard::always();
        let is_managed = resource.mode == Mode::Managed;
        let is_read = is_managed || !planned.stack.resources.is_empty() || planned.leaving.is_empty();
        if (is_certain && is_read) || !planned.complete {
            if is_certain && is_managed {
                self.unplanned.push(resource.address.clone());
            }
            self.resources.push(resource.clone());
        }
    }
}

/// The resources of the sources, found by the address of an instance.
struct Sources<'s> {
    stack: &'s Stack,
    by_name: HashMap<String, Vec<usize>>,
}

/// How many instances of one block are looked through for one of the plan.
const MAX_LOOKED_AT: usize = 64;

impl<'s> Sources<'s> {
    fn new(stack: &'s Stack) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, resource) in stack.resources.iter().enumerate() {
            by_name.entry(Place::of(resource.address.as_str()).bare()).or_default().push(position);
        }
        Sources { stack, by_name }
    }

    /// For each resource of a plan the one of the sources, and all that are some resource's.
    fn matches(&self, plan: &Stack) -> (Vec<Option<&'s Resource>>, HashSet<usize>) {
        let mut used = HashSet::new();
        let positions: HashMap<&str, usize> =
            self.stack.resources.iter().enumerate().map(|(at, one)| (one.address.as_str(), at)).collect();
        let matches = plan.resources.iter().map(|resource| {
            let address = resource.address.as_str();
            let position = positions.get(address).copied().or_else(|| self.similar(address))?;
            used.insert(position);
            self.stack.resources.get(position)
        });
        let matches = matches.collect();
        (matches, used)
    }

    /// The instance that stands for the one with this address: the symbolic one, or, where other
    /// inputs make other keys, any of the same block.
    fn similar(&self, address: &str) -> Option<usize> {
        let wanted = Place::of(address);
        let of_block = self.by_name.get(&wanted.bare())?;
        let stands_for = |position: &&usize| {
            let resource = self.stack.resources.get(**position);
            resource.is_some_and(|one| wanted.is_instance_of(&Place::of(one.address.as_str())))
        };
        of_block.iter().take(MAX_LOOKED_AT).find(stands_for).or_else(|| of_block.last()).copied()
    }
}

/// One instance with the places of the sources and the values of both.
fn fused(source: &Resource, planned: &Resource, renamed: &Renamed<'_>, fuser: &mut Fuser) -> Resource {
    fuser.address = planned.address.as_str().into();
    let place = Place::of(planned.address.as_str());
    let mut attributes = Map::default();
    for (name, entry) in &source.attributes.entries {
        let value = match planned.value(name) {
            Some(value) => fuser.attribute(name, &entry.value, value),
            None => entry.value.clone(),
        };
        let value = renamed.value(&value, &place);
        attributes.entries.insert(Arc::clone(name), Entry { value, ..entry.clone() });
    }
    // What nobody configures is the provider's, but what a data source answers is all that it is
    // there for.
    for (name, entry) in &planned.attributes.entries {
        let is_known = !entry.value.is_null() && entry.value.as_unknown().is_none();
        if planned.mode == Mode::Data && is_known && !attributes.entries.contains_key(name) {
            let value = relocated(&entry.value, &keylint_model::Origin::at(source.header), source.header);
            let entry = Entry { key_span: None, span: Some(source.header), value };
            attributes.entries.insert(Arc::clone(name), entry);
        }
    }
    Resource {
        address: planned.address.clone(),
        attributes,
        guard: Guard::always(),
        symbolic: false,
        calls: calls(&source.calls, &place),
        ..source.clone()
    }
}

/// The calls of the sources with the keys that the plan has.
fn calls(calls: &[CallSite], place: &Place<'_>) -> Arc<[CallSite]> {
    let mut address = String::new();
    let mut addresses: Vec<Address> = Vec::new();
    for module in &place.modules {
        let dot = if address.is_empty() { "" } else { "." };
        address.push_str(&format!("{dot}module.{module}"));
        addresses.push(Address::new(address.as_str()));
    }
    let renamed = calls.iter().zip(addresses.into_iter().rev());
    let renamed: Vec<_> = renamed.map(|(call, address)| CallSite { address, ..call.clone() }).collect();
    if renamed.len() == calls.len() { renamed.into() } else { calls.into() }
}

/// The call of a module that is not on disk, in which a resource of the plan is.
fn missing_call<'s>(source: &'s Stack, resource: &Resource) -> Option<&'s CallSite> {
    if source.missing_modules.is_empty() {
        return None;
    }
    let place = Place::of(resource.address.as_str());
    source.missing_modules.iter().find(|call| {
        // An address of modules alone: what follows them is empty.
        let of_call = Place::of(call.address.as_str());
        let mut pairs = of_call.modules.iter().zip(&place.modules);
        of_call.modules.len() <= place.modules.len()
            && pairs.all(|(a, b)| super::address::without_key(a) == super::address::without_key(b))
    })
}

/// A resource of a module that is not on disk: everything of it is at the call.
fn at_call(resource: &Resource, call: &CallSite) -> Resource {
    let place = |span: Span| keylint_model::Origin::at(span);
    let entries = resource.attributes.entries.iter().map(|(name, entry)| {
        let value = relocated(&entry.value, &place(call.span), call.span);
        (Arc::clone(name), Entry { key_span: None, span: Some(call.span), value })
    });
    Resource {
        attributes: Map { entries: entries.collect(), rest: None, ..Map::default() },
        span: call.block,
        header: call.span,
        calls: Arc::new([call.clone()]),
        ..resource.clone()
    }
}
