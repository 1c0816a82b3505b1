//! Known ways to gain permissions that no policy gives: sets of actions that add up to more than
//! they say. `data/escalation.tsv` names its source and date.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::service::rows;

const TABLE: &str = include_str!("../data/escalation.tsv");

/// A set of actions by which somebody gains permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Its name: the path on <https://pathfinding.cloud/paths>, where there is a page of it.
    pub path: &'static str,
    /// The action on the resource whose permissions are gained: `iam:PassRole`.
    pub action: &'static str,
    /// The service of that resource: `iam`.
    pub service: &'static str,
    /// That resource as the last field of an ARN has it: `role/*`.
    pub resource: &'static str,
    /// The other actions that it takes, on whatever resource.
    pub others: Vec<&'static str>,
    /// What is done, for a sentence: `running a function with any role`.
    pub means: &'static str,
    /// The list or the page of AWS that has it.
    pub source: &'static str,
}

/// All known sets. None contains another one with the same deciding action.
pub fn escalations() -> &'static [Escalation] {
    static READ: LazyLock<Vec<Escalation>> =
        LazyLock::new(|| rows(TABLE).filter_map(|row| read(&row)).collect());
    &READ
}

/// The services of the resources whose permissions are gained: a few, among many sets.
pub(crate) fn services() -> &'static BTreeSet<&'static str> {
    static READ: LazyLock<BTreeSet<&str>> =
        LazyLock::new(|| escalations().iter().map(|escalation| escalation.service).collect());
    &READ
}

fn read(row: &[&'static str]) -> Option<Escalation> {
    let [path, actions, means, source] = *row else { return None };
    let mut actions = actions.split(' ');
    let (action, resource) = actions.next()?.split_once('@')?;
    let (service, resource) = resource.split_once(':')?;
    Some(Escalation { path, action, service, resource, others: actions.collect(), means, source })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = rows(TABLE).count();
        assert_eq!(escalations().len(), lines);
        assert!(lines > 40);
        let paths: HashSet<&str> = escalations().iter().map(|escalation| escalation.path).collect();
        assert_eq!(paths.len(), lines, "a path is listed twice");
        for set in escalations() {
            let is_named = ["cloudsplaining", "pathfinding.cloud"].contains(&set.source);
            assert!(is_named || set.source.starts_with("https://docs.aws.amazon.com/"), "{}", set.path);
            for name in set.others.iter().chain([&set.action]) {
                assert!(crate::service::action(name).is_some(), "AWS has no action {name}");
            }
        }
    }

    #[test]
    fn no_set_contains_another() {
        let actions = |escalation: &Escalation| -> HashSet<&str> {
            escalation.others.iter().copied().chain([escalation.action]).collect()
        };
        for one in escalations() {
            let others = escalations().iter().filter(|other| other.path != one.path);
            for other in others.filter(|other| other.action == one.action) {
                assert!(!actions(one).is_subset(&actions(other)), "{} is in {}", one.path, other.path);
            }
        }
    }
}
