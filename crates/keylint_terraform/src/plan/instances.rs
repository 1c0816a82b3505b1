//! The instances of a plan, found by what a reference says of them.

use std::collections::{HashMap, HashSet};

use super::address::Place;

/// All resources of a plan by address.
#[derive(Default)]
pub(super) struct Instances<'n> {
    addresses: HashSet<&'n str>,
    /// The addresses by what they are without keys.
    by_name: HashMap<String, Vec<&'n str>>,
}

/// How many instances are looked through for one reference.
const MAX_LOOKED_AT: usize = 1_000;

impl<'n> Instances<'n> {
    pub(super) fn add(&mut self, address: &'n str) {
        if self.addresses.insert(address) {
            self.by_name.entry(Place::of(address).bare()).or_default().push(address);
        }
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
