//! The instances of a plan, found by what a reference says of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::address::Place;

/// All resources of a plan by address.
#[derive(Default)]
pub(super) struct Instances<'n> {
    addresses: HashSet<&'n str>,
    /// The addresses by what they are without keys.
    by_name: HashMap<String, Vec<&'n str>>,
    /// The keys of the instances of each block, by its address in its module instance.
    keys: HashMap<&'n str, BTreeSet<&'n str>>,
}

/// An address without the key of the instance.
fn block(address: &str) -> &str {
    address.strip_suffix(Place::of(address).key).unwrap_or(address)
}

/// How many instances are looked through for one reference.
const MAX_LOOKED_AT: usize = 1_000;

impl<'n> Instances<'n> {
    pub(super) fn add(&mut self, address: &'n str) {
        if self.addresses.insert(address) {
            let place = Place::of(address);
            self.by_name.entry(place.bare()).or_default().push(address);
            self.keys.entry(block(address)).or_default().insert(place.key);
        }
    }

    /// The instance at `wanted` as the counterpart of `of`, which has its key: only where the two blocks
    /// have instances with the same keys. That each refers to the one with its own key a plan does
    /// not say, but then all of them are referred to.
    pub(super) fn counterpart(&self, of: &str, wanted: &str) -> Option<&'n str> {
        let (ours, theirs) = (self.keys.get(block(of))?, self.keys.get(block(wanted))?);
        let same = ours.len() <= MAX_LOOKED_AT && ours == theirs;
        same.then(|| self.addresses.get(wanted).copied()).flatten()
    }

    /// The one instance that a reference means: keys may be left out where there is but one.
    pub(super) fn find(&self, reference: &str) -> Option<&'n str> {
        if let Some(exact) = self.addresses.get(reference) {
            return Some(*exact);
        }
        let wanted = Place::of(reference);
        let candidates = self.by_name.get(&wanted.bare()).filter(|all| all.len() <= MAX_LOOKED_AT)?;
        let mut found = candidates.iter().filter(|address| Place::of(address).is_instance_of(&wanted));
        let only = found.next()?;
        found.next().is_none().then_some(*only)
    }
}
