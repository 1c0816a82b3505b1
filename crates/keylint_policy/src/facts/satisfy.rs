//! Conditions that no request satisfies, and conditions that every request does.
//!
//! All entries about one key are put to [`crate::algebra`] together: whether some value of the key, or its
//! absence, satisfies them all. Keys do not depend on each other here, so a statement applies to nothing
//! as soon as one key has no value that does. What only deployment knows is taken to satisfy them.

use keylint_model::{Part, Verdict};

use super::Remark;
use crate::algebra::{Literal, Mode, Solution, Test, Values, solve};
use crate::document::{ConditionEntry, Statement};
use crate::element::PartlyKnown;
use crate::glob::Symbol;
use crate::operator::{Base, SetPrefix};
use crate::rewrite::{Rewrite, has_wildcard};
use crate::service::{KeySet, KeyType, condition_key};

/// How many entries of a condition are compared with each other; no policy that AWS takes has as many.
const ENTRIES_COMPARED: usize = 200;

impl Statement {
    /// Why the conditions of a statement decide nothing: no request satisfies one of them, so that it never
    /// applies; or, of a statement that denies, every request satisfies all of them.
    pub fn constant_condition(&self) -> Remark<'_> {
        let never = match self.unsatisfied() {
            Some(entry) => {
                let key = entry.told_key();
                let text =
                    format!("no request satisfies the condition on {key}: the statement never applies");
                point(entry, Verdict::Yes, text).with_edit(self.wildcards_taken(entry))
            }
            None => Remark::none(),
        };
        if never.fact.is_yes() || self.is_deny() != Verdict::Yes { never } else { self.always_applies() }
    }

    /// Whether certainly no request satisfies the conditions of the statement.
    pub(super) fn never_applies(&self) -> bool {
        self.unsatisfied().is_some()
    }

    /// The first entry about a key of which no value, nor its absence, satisfies all entries about it.
    fn unsatisfied(&self) -> Option<&ConditionEntry> {
        let entries = self.conditions.entries.iter().take(ENTRIES_COMPARED).enumerate();
        let mut firsts = entries.filter(|(place, entry)| {
            !self.conditions.entries.iter().take(*place).any(|other| other.is_about(&entry.key))
        });
        firsts.find(|(_, entry)| self.satisfied(entry, true) == Some(false)).map(|(_, entry)| entry)
    }

    fn always_applies(&self) -> Remark<'_> {
        let entries = &self.conditions.entries;
        let is_open = self.conditions.rest.is_some() || self.rest.is_some();
        let Some(first) = entries.first().filter(|_| !is_open && entries.len() <= ENTRIES_COMPARED) else {
            return Remark::none();
        };
        let all = entries.iter().all(|entry| self.satisfied(entry, false) == Some(false));
        let text = format!(
            "every request satisfies the condition on {}: the statement denies always",
            first.told_key()
        );
        point(first, all.into(), text).with_edit(self.wildcards_taken(first))
    }

    /// The edit of an operator that compares a wildcard letter by letter, where the value that is pointed at has
    /// one.
    fn wildcards_taken(&self, entry: &ConditionEntry) -> Option<Rewrite> {
        let is_pattern = |part: &Part| matches!(part, Part::Known(text) if has_wildcard(text.as_str()));
        let first = entry.values.items.first()?;
        Rewrite::like(self, entry).filter(|_| first.text.parts().iter().any(is_pattern))
    }

    /// Whether some request satisfies all entries about the key of an entry or, when `holds` is false, whether
    /// some request does not satisfy this one. `None` where that is not certain.
    fn satisfied(&self, entry: &ConditionEntry, holds: bool) -> Option<bool> {
        let same = self.conditions.entries.iter().filter(|other| match holds {
            true => other.is_about(&entry.key),
            false => std::ptr::eq(*other, entry),
        });
        let mut wild = without_wildcards(&entry.key);
        // Whatever a part of it is that is not known, a value of such a key does not equal it.
        let may_equal = |entry: &ConditionEntry, text: &PartlyKnown| {
            wild.is_none() || !compares_letters(entry) || !has_letter_wildcard(text)
        };
        let tests: Option<Vec<Test<'_>>> =
            same.map(|entry| Test::with(entry, self.version, |text| may_equal(entry, text))).collect();
        let tests = tests?;
        let facts = tests.first()?.facts;
        let is_multi_valued = facts.is_multi_valued == Some(true);
        // That such a key needs a set operator is said elsewhere.
        let lacks_set = |test: &Test<'_>| test.operator.set.is_none() && test.operator.base != Base::Null;
        if is_multi_valued && tests.iter().any(lacks_set) {
            return None;
        }
        if let Some(test) = &mut wild {
            test.operator.set = is_multi_valued.then_some(SetPrefix::ForAllValues);
        }
        let literals = tests.iter().map(|test| Literal { test, holds });
        let literals: Vec<_> =
            literals.chain(wild.iter().map(|test| Literal { test, holds: true })).collect();
        match solve(&entry.key, facts, &literals, Mode::Possible) {
            Solution::Value(_) => Some(true),
            Solution::None => Some(false),
            Solution::Maybe => None,
        }
    }
}

/// What is said of an entry, at its first value.
fn point(entry: &ConditionEntry, verdict: Verdict, text: String) -> Remark<'_> {
    match entry.values.items.first() {
        Some(first) => Remark::of(verdict, first, text),
        None => Remark::at(verdict, entry.values.span.or(entry.key_span), text),
    }
}

/// Whether the operator of an entry takes wildcards for characters.
fn compares_letters(entry: &ConditionEntry) -> bool {
    entry.operator.is_some_and(|operator| {
        matches!(
            operator.base,
            Base::StringEquals
                | Base::StringNotEquals
                | Base::StringEqualsIgnoreCase
                | Base::StringNotEqualsIgnoreCase
        )
    })
}

/// Whether a text that is not wholly known, and has no policy variable, has a wildcard.
fn has_letter_wildcard(text: &PartlyKnown) -> bool {
    let has = |wanted| text.contains(wanted);
    text.as_known().is_none() && (has('*') || has('?')) && !has('$')
}

/// That a value of a key holds neither `*` nor `?`, for the keys of which that is certain: ARNs, ids of
/// accounts, organisations and networks, names of services.
fn without_wildcards(key: &str) -> Option<Test<'_>> {
    let lower = key.to_ascii_lowercase();
    let known = condition_key(key);
    let is_arn = known.is_some_and(|known| known.key_type() == Some(KeyType::Arn));
    let is_global = lower.starts_with("aws:")
        && known.is_some_and(|known| known.key_type() == Some(KeyType::String))
        && !KeySet::Free.has(key);
    let is_name = KeySet::Literal.has(key);
    let patterns = ['*', '?'].map(|wild| vec![Symbol::Run, Symbol::Char(wild), Symbol::Run]);
    (is_arn || is_global || is_name)
        .then(|| Test::made(key, Base::StringNotLike, Values::Strings(patterns.into())))
}
