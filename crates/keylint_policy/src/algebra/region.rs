//! A statement as a set of requests: a product of sets of actions, resources, principals and values
//! of condition keys.

use keylint_model::Verdict;

use super::condition::{Bound, Test};
use crate::document::{Document, Effect, Statement};
use crate::element::{Elements, PartlyKnown};
use crate::glob::Symbol;
use crate::glob::search::accepts;
use crate::kind::PolicyKind;
use crate::matching::{action_symbols, resource_symbols};

/// What a statement says of actions or of resources.
#[derive(Clone, Debug)]
pub(crate) struct Selection<'d> {
    /// The patterns; a string is like them when one matches it.
    pub(crate) patterns: Vec<Pattern<'d>>,
    /// Whether the strings are meant that no pattern matches.
    pub(crate) is_exclusion: bool,
    /// Whether there are, or may be, other patterns.
    pub(crate) is_open: bool,
}

/// One pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern<'d> {
    /// With what is not known as letters.
    pub(crate) symbols: Vec<Symbol<'d>>,
    /// The widest that it can turn out to be, where that is another one.
    wide: Option<Vec<Symbol<'d>>>,
}

/// The requests that a statement is about.
#[derive(Clone, Debug)]
pub(crate) struct Region<'d> {
    pub(crate) statement: &'d Statement,
    /// Whether it does to a request what the list that it is in says, and not only perhaps.
    pub(crate) is_certain: bool,
    pub(crate) actions: Selection<'d>,
    pub(crate) resources: Selection<'d>,
    /// The entries of its condition.
    pub(crate) tests: Vec<Test<'d>>,
    /// Whether its condition may have other entries.
    pub(crate) is_open: bool,
    /// Whether a statement without a principal is about nobody.
    pub(crate) needs_principal: bool,
}

/// A policy as regions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Regions<'d> {
    pub(crate) allow: Vec<Region<'d>>,
    pub(crate) deny: Vec<Region<'d>>,
}

impl<'d> Pattern<'d> {
    fn of(symbols: Vec<Symbol<'d>>) -> Self {
        let is_open = |symbol: &Symbol<'d>| matches!(symbol, Symbol::Hole(_) | Symbol::Variable(_));
        let wide = symbols.iter().any(is_open).then(|| {
            symbols.iter().map(|symbol| if is_open(symbol) { Symbol::Run } else { *symbol }).collect()
        });
        Pattern { symbols, wide }
    }

    /// The widest that it can turn out to be.
    pub(crate) fn wide(&self) -> &[Symbol<'d>] {
        self.wide.as_ref().unwrap_or(&self.symbols)
    }
}

impl<'d> Selection<'d> {
    /// Whether a string is among what is meant.
    pub(crate) fn has(&self, letters: &[Symbol<'_>], bound: Bound) -> bool {
        let is_most = (bound == Bound::Most) != self.is_exclusion;
        let like =
            |pattern: &Pattern<'d>| accepts(if is_most { pattern.wide() } else { &pattern.symbols }, letters);
        (self.is_open && is_most || self.patterns.iter().any(like)) != self.is_exclusion
    }

    /// Those strings that one of some patterns matches.
    pub(crate) fn like(patterns: impl Iterator<Item = Vec<Symbol<'d>>>) -> Self {
        Selection { patterns: patterns.map(Pattern::of).collect(), is_exclusion: false, is_open: false }
    }

    fn of(
        included: Option<&'d Elements>,
        excluded: Option<&'d Elements>,
        absent: Absent,
        symbols: impl Fn(&'d PartlyKnown) -> Vec<Symbol<'d>>,
    ) -> Self {
        let Some(elements) = included.or(excluded) else {
            return Selection {
                patterns: Vec::new(),
                is_exclusion: absent == Absent::Everything,
                is_open: absent == Absent::Unknown,
            };
        };
        Selection {
            patterns: elements.iter().map(|element| Pattern::of(symbols(&element.text))).collect(),
            is_exclusion: included.is_none(),
            is_open: elements.rest.is_some(),
        }
    }
}

/// What it means that an element is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Nothing,
    Everything,
    Unknown,
}

impl<'d> Region<'d> {
    /// The region of a statement; `None` when AWS takes it for nothing.
    pub(crate) fn of(statement: &'d Statement, kind: PolicyKind) -> Region<'d> {
        let version = statement.version;
        let missing = |otherwise| if statement.rest.is_some() { Absent::Unknown } else { otherwise };
        // A trust policy is about its role, a resource policy without the element about its resource.
        // A statement of a key policy without it has no effect.
        // Source: AWS KMS API Reference, "PutKeyPolicy".
        let without_resource = if kind == PolicyKind::Key { Absent::Nothing } else { Absent::Everything };
        let mut is_open = statement.conditions.rest.is_some() || statement.rest.is_some();
        let mut tests = Vec::new();
        for entry in &statement.conditions.entries {
            match Test::of(entry, version) {
                Some(test) => tests.push(test),
                None => is_open = true,
            }
        }
        Region {
            statement,
            is_certain: matches!(statement.effect, Effect::Allow | Effect::Deny),
            actions: Selection::of(
                statement.actions.as_ref(),
                statement.not_actions.as_ref(),
                missing(Absent::Nothing),
                action_symbols,
            ),
            resources: Selection::of(
                statement.resources.as_ref(),
                statement.not_resources.as_ref(),
                missing(without_resource),
                |text| resource_symbols(text, version),
            ),
            tests,
            is_open,
            needs_principal: kind.names_principals(),
        }
    }
}

impl<'d> Regions<'d> {
    /// The regions of a document.
    pub(crate) fn of(document: &'d Document, kind: PolicyKind) -> Self {
        let mut regions = Regions::default();
        for statement in &document.statements {
            let region = Region::of(statement, kind);
            if statement.is_allow() != Verdict::No {
                regions.allow.push(region.clone());
            }
            if statement.is_deny() != Verdict::No {
                regions.deny.push(region);
            }
        }
        regions
    }

    /// All regions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Region<'d>> + Clone {
        self.allow.iter().chain(&self.deny)
    }
}
