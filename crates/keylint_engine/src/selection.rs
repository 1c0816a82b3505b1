//! Which rules are to run: from the names, codes and prefixes that a person gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use keylint_rules::RuleId;

use crate::catalogue;

/// What a selector can name.
#[derive(Clone, Debug)]
pub struct RuleName {
    /// The code.
    pub id: RuleId,
    /// The name in words with hyphens.
    pub name: Arc<str>,
    /// Whether it runs when nothing is selected.
    pub default: bool,
}

/// A selector that names no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{selector}`{}", suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
pub struct UnknownRule {
    /// The selector as it was given.
    pub selector: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

/// Says that a file, or a part of it, was not looked at. They report whatever is selected, unless
/// they are ignored by name: a run that selects one rule must not look clean because of a file
/// that it could not read.
const ALWAYS: [&str; 2] = ["KL001", "KL004"];

/// A failure of keylint itself. Nothing turns it off.
pub(crate) const INTERNAL_ERROR: &str = "KL020";

/// The rules of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    active: BTreeSet<RuleId>,
}

impl Selection {
    /// The rules that `select` names (those that are on by default where it is empty) without
    /// those that `ignore` names. A selector is a code, a name, the beginning of a code, or `ALL`;
    /// case does not matter.
    ///
    /// # Errors
    ///
    /// [`UnknownRule`] for the first selector that names nothing.
    pub fn new(rules: &[RuleName], select: &[String], ignore: &[String]) -> Result<Selection, UnknownRule> {
        let mut active = BTreeSet::new();
        if select.is_empty() {
            active.extend(rules.iter().filter(|rule| rule.default).map(|rule| rule.id));
        } else {
            active.extend(rules.iter().filter(|rule| ALWAYS.contains(&rule.id.as_str())).map(|rule| rule.id));
        }
        for selector in select {
            active.extend(matching(rules, selector)?);
        }
        for selector in ignore {
            for id in matching(rules, selector)? {
                active.remove(&id);
            }
        }
        active.extend(rules.iter().filter(|rule| rule.id.as_str() == INTERNAL_ERROR).map(|rule| rule.id));
        Ok(Selection { active })
    }

    /// The rules that are on by default.
    pub fn defaults() -> Selection {
        // Without selectors there is none that could be unknown.
        Selection::new(&catalogue::rule_names(), &[], &[]).unwrap_or_default()
    }

    /// Whether a rule reports in this run.
    pub fn contains(&self, id: RuleId) -> bool {
        self.active.contains(&id)
    }

    /// The rules in order.
    pub fn iter(&self) -> impl Iterator<Item = RuleId> {
        self.active.iter().copied()
    }
}

/// The rules that a selector names.
fn matching(rules: &[RuleName], selector: &str) -> Result<Vec<RuleId>, UnknownRule> {
    let wanted = selector.trim();
    if wanted.eq_ignore_ascii_case("ALL") {
        return Ok(rules.iter().map(|rule| rule.id).collect());
    }
    if let Some(id) = find(rules, wanted) {
        return Ok(vec![id]);
    }
    let prefix = wanted.to_ascii_uppercase();
    let by_prefix: Vec<_> =
        rules.iter().map(|rule| rule.id).filter(|id| is_prefix(&prefix, id.as_str())).collect();
    if by_prefix.is_empty() {
        return Err(UnknownRule { selector: wanted.to_owned(), suggestion: suggest(rules, wanted) });
    }
    Ok(by_prefix)
}

/// Whether a text is the beginning of a code: of its letters as a whole, or with some digits. `S`
/// is none, it would mean SM and SSM and whatever comes to be.
fn is_prefix(prefix: &str, id: &str) -> bool {
    let letters = id.find(|character: char| character.is_ascii_digit()).unwrap_or(id.len());
    prefix.len() >= letters && id.starts_with(prefix)
}

/// The rule with this code or name, whatever the case.
pub(crate) fn find(rules: &[RuleName], wanted: &str) -> Option<RuleId> {
    let is_meant = |rule: &&RuleName| {
        rule.id.as_str().eq_ignore_ascii_case(wanted) || rule.name.eq_ignore_ascii_case(wanted)
    };
    rules.iter().find(is_meant).map(|rule| rule.id)
}

/// The code or name that is nearest to what was written, if any is near.
pub(crate) fn suggest(rules: &[RuleName], wanted: &str) -> Option<String> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().take(64).collect();
    let names = rules.iter().flat_map(|rule| [rule.id.as_str(), &rule.name]);
    let near = names.filter_map(|name| {
        let distance = distance(&wanted, &name.to_lowercase().chars().collect::<Vec<_>>());
        (distance <= wanted.len().div_ceil(3).min(4)).then_some((distance, name))
    });
    near.min().map(|(_, name)| name.to_owned())
}

/// The number of characters to insert, delete or replace to make one text of the other.
fn distance(one: &[char], two: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (index, character) in one.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(two) {
            let replaced = diagonal + usize::from(character != other);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<RuleName> {
        let rule =
            |id: &str, name: &str, default| RuleName { id: id.parse().unwrap(), name: name.into(), default };
        vec![
            rule("KL001", "syntax-error", true),
            rule("KL020", "internal-error", true),
            rule("SM001", "secret-default-key", true),
            rule("SM002", "secret-without-rotation", false),
            rule("SSM001", "plain-parameter", true),
        ]
    }

    fn selected(select: &[&str], ignore: &[&str]) -> Vec<String> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(&rules(), &own(select), &own(ignore)).unwrap();
        selection.iter().map(|id| id.to_string()).collect()
    }

    #[test]
    fn without_selectors_the_default_rules_run() {
        assert_eq!(selected(&[], &[]), ["KL001", "KL020", "SM001", "SSM001"]);
    }

    #[test]
    fn a_rule_named_in_any_way_is_turned_on_and_what_keylint_could_not_read_still_reports() {
        for selector in ["SM002", "sm002", "Secret-Without-Rotation"] {
            assert_eq!(selected(&[selector], &[]), ["KL001", "KL020", "SM002"], "{selector}");
        }
    }

    #[test]
    fn prefixes_take_whole_letters() {
        assert_eq!(selected(&["SM"], &[]), ["KL001", "KL020", "SM001", "SM002"]);
        assert_eq!(selected(&["all"], &["SM0", "KL001"]), ["KL020", "SSM001"]);
        assert!(Selection::new(&rules(), &["S".to_owned()], &[]).is_err());
    }

    #[test]
    fn an_internal_error_cannot_be_ignored() {
        assert_eq!(selected(&[], &["ALL"]), ["KL020"]);
    }

    #[test]
    fn an_unknown_selector_is_an_error_with_the_nearest_name() {
        let error = Selection::new(&rules(), &["SM01".to_owned()], &[]).unwrap_err();
        assert_eq!(error.to_string(), "no rule is called `SM01`; did you mean `SM001`?");
        let error = Selection::new(&rules(), &[], &["secret-defualt-key".to_owned()]).unwrap_err();
        assert_eq!(error.suggestion.as_deref(), Some("secret-default-key"));
        assert_eq!(Selection::new(&rules(), &["quux".to_owned()], &[]).unwrap_err().suggestion, None);
    }

    #[test]
    fn distances_count_edits() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
    }
}
