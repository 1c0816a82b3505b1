//! A request that lies in some regions and outside of others.
//!
//! A region is a product: its dimensions (action, resource, each condition key) are independent, so
//! a request that satisfies every dimension of the wanted regions is in them. Where it lies in an
//! unwanted region too, one dimension of that region must be left, and each is tried in turn, until
//! no unwanted region is left or none can be left. That is exact: a request that is sought leaves
//! each unwanted region in some dimension. It is also short, because regions that the request is not
//! in anyway are never looked at.

use std::collections::HashSet;

use keylint_model::Verdict;

use super::condition::{Bound, KeyFacts, KeyValue, Test};
use super::key::{Literal, Solution, find_in, solve};
use super::region::{Pattern, Region, Selection};
use crate::glob::Symbol;
use crate::glob::search::{Found, Letters, accepts};
use crate::matching::units;

/// What is sought where only deployment knows all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A request that is one whatever deployment brings.
    Certain,
    /// A request that may be one.
    Possible,
}

impl Mode {
    /// How a test that is to hold, or not to hold, is read.
    pub(crate) fn bound(self, holds: bool) -> Bound {
        if (self == Mode::Certain) == holds { Bound::Least } else { Bound::Most }
    }
}

/// How many dimensions are solved before a search is given up. A search over real policies takes
/// some tens.
const WORK_LIMIT: usize = 4_000;

/// How many actions that would do are looked at for one that goes with the resource.
const ACTIONS_TRIED: usize = 12;

/// How many forms of resources are tried.
const FORMS_TRIED: usize = 3;

/// A request by its dimensions.
#[derive(Clone, Debug)]
pub(crate) struct Point<'d> {
    pub(crate) action: Letters<'d>,
    pub(crate) resource: Letters<'d>,
    /// The value of each key that matters, by the key as it is written.
    pub(crate) keys: Vec<(&'d str, KeyValue)>,
}

/// The answer of a search.
#[derive(Clone, Debug)]
pub(crate) enum Outcome<'d> {
    /// This request.
    Point(Box<Point<'d>>),
    /// There certainly is none.
    None,
    /// There may be one.
    Maybe,
}

/// What is sought.
pub(crate) struct Search<'r, 'd> {
    pub(crate) mode: Mode,
    pub(crate) wanted: Vec<&'r Region<'d>>,
    pub(crate) unwanted: Vec<&'r Region<'d>>,
    /// What the action must be among, besides.
    pub(crate) actions: Option<&'r Selection<'d>>,
    /// What the resource must be among, besides.
    pub(crate) resources: Option<&'r Selection<'d>>,
    /// What else is known of keys.
    pub(crate) known: Vec<Literal<'r, 'd>>,
    /// Actions and resources that are tried before others, because they say more to a reader.
    pub(crate) preferred: &'r dyn Preferences,
}

/// Which requests say more to a reader than others.
pub trait Preferences {
    /// Actions worth trying instead of one, in lower case, given the resource.
    fn actions<'p>(&'p self, action: &'p str, resource: &'p str) -> Box<dyn Iterator<Item = String> + 'p>;
    /// Whether an action works on a resource.
    fn go_together(&self, action: &str, resource: &str) -> bool;
    /// Patterns of resources worth trying, given an action; `*` alone is that resource.
    fn resources(&self, action: &str) -> Vec<String>;
}

/// Prefers nothing.
#[derive(Clone, Copy, Debug)]
pub struct Any;

impl Preferences for Any {
    fn actions<'p>(&'p self, _: &'p str, _: &'p str) -> Box<dyn Iterator<Item = String> + 'p> {
        Box::new(std::iter::empty())
    }

    fn go_together(&self, _: &str, _: &str) -> bool {
        true
    }

    fn resources(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What is known of a string.
type Sides<'r, 'd> = Vec<(&'r Selection<'d>, bool)>;

#[derive(Clone)]
struct Cell<'r, 'd> {
    actions: Sides<'r, 'd>,
    resources: Sides<'r, 'd>,
    keys: Vec<Key<'r, 'd>>,
    point: Point<'d>,
    /// Which unwanted regions were left, and how.
    left: Vec<(usize, Exit)>,
}

#[derive(Clone)]
struct Key<'r, 'd> {
    name: &'d str,
    facts: KeyFacts,
    literals: Vec<Literal<'r, 'd>>,
}

/// The dimension in which a region is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Exit {
    Action,
    Resource,
    Test(usize),
}

/// What solving a dimension came to.
enum Step {
    Solved,
    Impossible,
    Open,
}

impl<'r, 'd> Search<'r, 'd> {
    /// Seeks.
    pub(crate) fn run(&self) -> Outcome<'d> {
        let point = Point { action: Letters::new(), resource: Letters::new(), keys: Vec::new() };
        let mut cell =
            Cell { actions: Vec::new(), resources: Vec::new(), keys: Vec::new(), point, left: Vec::new() };
        cell.actions.extend(self.actions.map(|actions| (actions, true)));
        cell.resources.extend(self.resources.map(|resources| (resources, true)));
        for region in &self.wanted {
            cell.actions.push((&region.actions, true));
            cell.resources.push((&region.resources, true));
            for test in &region.tests {
                cell.add(Literal { test, holds: true });
            }
        }
        for literal in &self.known {
            cell.add(*literal);
        }
        for test in self.unwanted.iter().flat_map(|region| &region.tests) {
            if test.facts.is_present_if_signed {
                cell.key(test);
            }
        }
        let mut is_open = false;
        let keys = (0..cell.keys.len()).map(Dimension::Key);
        for dimension in [Dimension::Action, Dimension::Resource].into_iter().chain(keys) {
            match self.solve(&mut cell, dimension) {
                Step::Solved => {}
                Step::Impossible => return Outcome::None,
                Step::Open => is_open = true,
            }
        }
        if is_open {
            return Outcome::Maybe;
        }
        let mut state = Progress { work: 0, seen: HashSet::new(), is_open: false };
        match self.descend(cell, &mut state) {
            Some(cell) => Outcome::Point(Box::new(self.improve(&cell))),
            None if state.is_open => Outcome::Maybe,
            None => Outcome::None,
        }
    }

    /// Leaves one unwanted region after the other.
    fn descend(&self, cell: Cell<'r, 'd>, state: &mut Progress) -> Option<Cell<'r, 'd>> {
        let Some(index) = self.unwanted.iter().position(|region| self.is_in(region, &cell.point)) else {
            return Some(cell);
        };
        let region = self.unwanted.get(index)?;
        let tests = (0..region.tests.len()).map(Exit::Test);
        for exit in [Exit::Action, Exit::Resource].into_iter().chain(tests) {
            if state.work > WORK_LIMIT {
                state.is_open = true;
                return None;
            }
            state.work += 1;
            let mut next = cell.clone();
            next.left.push((index, exit));
            next.left.sort_unstable();
            if !state.seen.insert(next.left.clone()) {
                continue;
            }
            let dimension = match exit {
                Exit::Action => {
                    next.actions.push((&region.actions, false));
                    Dimension::Action
                }
                Exit::Resource => {
                    next.resources.push((&region.resources, false));
                    Dimension::Resource
                }
                Exit::Test(test) => {
                    let Some(test) = region.tests.get(test) else { continue };
                    if self.is_demanded(test) {
                        continue;
                    }
                    next.add(Literal { test, holds: false })
                }
            };
            match self.solve(&mut next, dimension) {
                Step::Solved => {
                    if let Some(found) = self.descend(next, state) {
                        return Some(found);
                    }
                }
                Step::Impossible => {}
                Step::Open => state.is_open = true,
            }
        }
        None
    }

    /// Whether a request must pass this test to be in a wanted region.
    fn is_demanded(&self, test: &Test<'d>) -> bool {
        self.wanted.iter().flat_map(|region| &region.tests).any(|demanded| demanded.is_same(test))
    }

    fn is_in(&self, region: &Region<'d>, point: &Point<'d>) -> bool {
        let bound = self.mode.bound(false);
        region.actions.has(&point.action, bound)
            && region.resources.has(&point.resource, bound)
            && region
                .tests
                .iter()
                .all(|test| test.holds(point.value(test.key), bound) || self.is_demanded(test))
    }

    fn solve(&self, cell: &mut Cell<'r, 'd>, dimension: Dimension) -> Step {
        let text = |sides: &Sides<'r, 'd>, point: &mut Letters<'d>| match self.text(sides, None) {
            Found::Some(letters) => {
                *point = letters;
                Step::Solved
            }
            Found::None => Step::Impossible,
            Found::Maybe => Step::Open,
        };
        match dimension {
            Dimension::Action => text(&cell.actions, &mut cell.point.action),
            Dimension::Resource => text(&cell.resources, &mut cell.point.resource),
            Dimension::Key(index) => {
                let Some(key) = cell.keys.get(index) else { return Step::Solved };
                match solve(key.name, key.facts, &key.literals, self.mode) {
                    Solution::Value(value) => {
                        cell.point.set(key.name, value);
                        Step::Solved
                    }
                    Solution::None => Step::Impossible,
                    Solution::Maybe => Step::Open,
                }
            }
        }
    }

    /// A string on the right side of each selection, and of a form.
    fn text(&self, sides: &Sides<'r, 'd>, form: Option<&[Symbol<'d>]>) -> Found<'d> {
        let mut unions: Vec<Vec<&[Symbol<'d>]>> = Vec::new();
        let mut unwanted: Vec<&[Symbol<'d>]> = Vec::new();
        for (selection, inside) in sides {
            let narrow = |pattern: &'r Pattern<'d>| pattern.symbols.as_slice();
            if *inside != selection.is_exclusion {
                if !(selection.is_open && self.mode == Mode::Possible) {
                    unions.push(selection.patterns.iter().map(narrow).collect());
                }
            } else if self.mode == Mode::Possible {
                unwanted.extend(selection.patterns.iter().map(narrow));
            } else if selection.is_open {
                return Found::None;
            } else {
                unwanted.extend(selection.patterns.iter().map(Pattern::wide));
            }
        }
        unions.extend(form.map(|form| vec![form]));
        find_in(&unions, &unwanted)
    }

    /// The same request with an action that exists and a resource that goes with it, where that
    /// changes nothing.
    fn improve(&self, cell: &Cell<'r, 'd>) -> Point<'d> {
        let mut best = cell.point.clone();
        let letters = |text: &str| text.chars().flat_map(units).map(Symbol::Char).collect::<Letters<'d>>();
        let in_sides = |sides: &Sides<'r, 'd>, text: &[Symbol<'d>]| {
            sides.iter().all(|(selection, inside)| selection.has(text, self.mode.bound(*inside)) == *inside)
        };
        let fits = |point: &Point<'d>| !self.unwanted.iter().any(|region| self.is_in(region, point));
        let resource = super::shown(&best.resource);
        let mut second = None;
        let mut tried = 0;
        let current = super::shown(&best.action);
        for action in self.preferred.actions(&current, &resource) {
            let point = Point { action: letters(&action), ..best.clone() };
            if !in_sides(&cell.actions, &point.action) || !fits(&point) {
                continue;
            }
            tried += 1;
            if tried > ACTIONS_TRIED {
                break;
            }
            if self.preferred.go_together(&action, &resource) {
                second = Some(point);
                break;
            }
            second.get_or_insert(point);
        }
        best = second.unwrap_or(best);
        let pattern = |form: &String| if form == "*" { letters(form) } else { form_symbols(form) };
        let forms = self.preferred.resources(&super::shown(&best.action));
        let forms: Vec<Letters<'d>> = forms.iter().map(pattern).collect();
        if forms.iter().any(|form| accepts(form, &best.resource)) {
            return best;
        }
        for form in forms.iter().take(FORMS_TRIED) {
            let Found::Some(resource) = self.text(&cell.resources, Some(form)) else { continue };
            let point = Point { resource, ..best.clone() };
            if fits(&point) {
                best = point;
                break;
            }
        }
        best
    }
}

#[derive(Clone, Copy)]
enum Dimension {
    Action,
    Resource,
    Key(usize),
}

struct Progress {
    work: usize,
    seen: HashSet<Vec<(usize, Exit)>>,
    is_open: bool,
}

impl<'r, 'd> Cell<'r, 'd> {
    fn add(&mut self, literal: Literal<'r, 'd>) -> Dimension {
        let index = self.key(literal.test);
        if let Some(key) = self.keys.get_mut(index) {
            key.literals.push(literal);
        }
        Dimension::Key(index)
    }

    /// The place of a key among those that matter.
    fn key(&mut self, test: &Test<'d>) -> usize {
        let found = self.keys.iter().position(|key| key.name.eq_ignore_ascii_case(test.key));
        found.unwrap_or_else(|| {
            self.keys.push(Key { name: test.key, facts: test.facts, literals: Vec::new() });
            self.keys.len() - 1
        })
    }
}

impl<'d> Point<'d> {
    fn value(&self, key: &str) -> &KeyValue {
        let found = self.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map_or(&KeyValue::Absent, |(_, value)| value)
    }

    fn set(&mut self, key: &'d str, value: KeyValue) {
        match self.keys.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key, value)),
        }
    }
}

/// The pattern of a form of ARNs, in which `*` stands for what differs within a field.
fn form_symbols(form: &str) -> Letters<'static> {
    let mut field = 0;
    let symbol = |character| match character {
        '*' if field < 5 => Symbol::RunInField,
        '*' => Symbol::Run,
        other => {
            field += usize::from(other == ':');
            Symbol::Char(other)
        }
    };
    form.chars().map(symbol).collect()
}

/// Whether a region that is meant for a principal so far takes part in a search, as one that is
/// wanted or not.
pub(crate) fn takes_part(region: &Region<'_>, meant: Verdict, mode: Mode, wanted: bool) -> bool {
    let certain = meant == Verdict::Yes && region.is_certain && !region.is_open;
    let possible = meant != Verdict::No;
    if (mode == Mode::Certain) == wanted { certain } else { possible }
}
