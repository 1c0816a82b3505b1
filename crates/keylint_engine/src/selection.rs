//! Which rules are to run.

use keylint_rules::{Registry, Selection, Selector, UnknownSelector};

/// Say that a file, or a part of it, was not looked at. They report whatever is selected, unless
/// they are ignored by name: a run that selects one rule must not look clean because of a file
/// that it could not read.
const ALWAYS: [&str; 2] = ["KL001", "KL004"];

/// A failure of keylint itself. It reports whatever is selected and ignored.
pub(crate) const INTERNAL_ERROR: &str = "KL020";

/// The rules that `select` names (those that are on by default where it is empty) without those
/// that `ignore` names. A selector is a code, a name, the beginning of a code, or `ALL`; the more
/// specific one wins.
///
/// # Errors
///
/// The first selector that names nothing, with what may have been meant.
pub fn select(
    registry: &Registry,
    select: &[String],
    ignore: &[String],
) -> Result<Selection, UnknownSelector> {
    let parse = |texts: &[String]| -> Result<Vec<Selector>, UnknownSelector> {
        texts.iter().map(|text| registry.selector(text)).collect()
    };
    let (mut selected, ignored) = (parse(select)?, parse(ignore)?);
    if !selected.is_empty() {
        selected.extend(ALWAYS.iter().filter_map(|id| registry.selector(id).ok()));
    }
    Ok(registry.select(&selected, &ignored))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(wanted: &[&str], unwanted: &[&str]) -> Vec<String> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let selection = select(Registry::builtin(), &own(wanted), &own(unwanted)).unwrap();
        selection.rules().iter().map(|id| id.to_string()).collect()
    }

    #[test]
    fn what_keylint_could_not_read_is_reported_whatever_is_selected() {
        assert_eq!(selected(&["secret-default-key"], &[]), ["KL001", "KL004", "SM001"]);
        assert_eq!(selected(&["SM001"], &["KL001"]), ["KL004", "SM001"]);
    }

    #[test]
    fn every_rule_that_is_on_by_default_runs_without_selectors() {
        let rules = Registry::builtin().rules();
        let expected: Vec<_> =
            rules.iter().filter(|rule| rule.enabled).map(|rule| rule.id.to_string()).collect();
        assert_eq!(selected(&[], &[]), expected);
    }
}
