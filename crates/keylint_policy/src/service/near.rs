//! What somebody probably meant by a name that does not exist.

use keylint_model::nearest;

use super::catalogue::{Service, service, services};
use super::key::global_keys;

/// The prefix that is most like one that does not exist.
pub fn nearest_service(prefix: &str) -> Option<Service> {
    service(nearest(prefix, services().map(Service::prefix))?)
}

/// The name of the service's action that is most like one that does not exist.
pub fn nearest_action(service: Service, name: &str) -> Option<&'static str> {
    nearest(name, service.actions().map(|action| action.name()))
}

/// The condition key that is most like one that does not exist: a global key, one of the service that
/// its prefix names, or one of the service whose prefix is most like it. What stands after the last
/// slash of a tag's key is kept: `aws:ResouceTag/Team` gives `aws:ResourceTag/Team`.
pub fn nearest_key(name: &str) -> Option<String> {
    let (prefix, _) = name.split_once(':')?;
    let of_service = service(prefix).or_else(|| nearest_service(prefix));
    let keys = global_keys().chain(of_service.into_iter().flat_map(Service::condition_keys));
    let (start, tag) = match name.split_once('/') {
        Some((start, tag)) => (format!("{start}/"), tag),
        None => (name.to_owned(), ""),
    };
    // A key with a variable part is like a name with one, and no other.
    let candidates: Vec<&'static str> =
        keys.filter(|key| key.is_template() != tag.is_empty()).map(|key| key.head()).collect();
    let found = nearest(&start, candidates.iter().copied())?;
    Some(format!("{found}{tag}"))
}
