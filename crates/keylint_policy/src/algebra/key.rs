//! The values of one key that pass some tests and fail others.
//!
//! A value that tests tell apart from all others is at a border of one of them: numbers, times and
//! networks have finitely many borders, so trying these is exact. Strings and ARNs are patterns, for
//! which [`glob::search`](crate::glob::search) is exact. Only where both meet on one key the answer
//! can be open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::condition::{KeyFacts, KeyValue, Test, Values};
use super::literal::show_time;
use super::search::Mode;
use crate::evaluate::Decimal;
use crate::glob::Symbol;
use crate::glob::search::{Found, any_arn, find};
use crate::operator::{Base, SetPrefix};
use crate::service::KeyType;

/// A test, and whether it is to be passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<'r, 'd> {
    pub(crate) test: &'r Test<'d>,
    pub(crate) holds: bool,
}

/// The answer for a key.
#[derive(Clone, Debug)]
pub(crate) enum Solution {
    /// A value that does it.
    Value(KeyValue),
    /// There certainly is none.
    None,
    /// There may be one.
    Maybe,
}

impl Literal<'_, '_> {
    /// Whether a value does it.
    pub(crate) fn is_met(&self, value: &KeyValue, mode: Mode) -> bool {
        self.test.holds(value, mode.bound(self.holds)) == self.holds
    }
}

/// What is asked of a single value of the key.
#[derive(Clone, Copy)]
struct Demand<'r, 'd> {
    test: &'r Test<'d>,
    /// Whether the value is to pass.
    takes: bool,
}

impl Demand<'_, '_> {
    /// What the operator cannot read is no value that AWS gives such a key.
    fn is_met(&self, value: &str, mode: Mode) -> bool {
        self.test.values.like(value).is_some() && self.test.takes(value, mode.bound(self.takes)) == self.takes
    }

    /// Whether values that are not known decide it.
    fn is_free(&self, mode: Mode) -> bool {
        self.test.is_vague && mode == Mode::Possible && self.takes != self.test.operator.is_negated()
    }
}

/// A value of `key` with which every literal is met. Being absent is preferred, unless the key is
/// always there.
pub(crate) fn solve(key: &str, facts: KeyFacts, literals: &[Literal<'_, '_>], mode: Mode) -> Solution {
    let met = |value: &KeyValue| literals.iter().all(|literal| literal.is_met(value, mode));
    let absent = (!facts.is_always_present && met(&KeyValue::Absent)).then_some(KeyValue::Absent);
    // A request that is signed has it, which is as good and says more.
    match absent.map(Solution::Value) {
        Some(absent) if facts.is_present_if_signed => match present(key, facts, literals, mode) {
            Solution::Value(value) => Solution::Value(value),
            _ => absent,
        },
        Some(absent) => absent,
        None => present(key, facts, literals, mode),
    }
}

/// The same with a value.
fn present(key: &str, facts: KeyFacts, literals: &[Literal<'_, '_>], mode: Mode) -> Solution {
    let met = |value: &KeyValue| literals.iter().all(|literal| literal.is_met(value, mode));
    let is_set = literals.iter().any(|literal| literal.test.operator.set.is_some());
    let mut every = Vec::new();
    let mut some = Vec::new();
    let mut needs_one = false;
    for Literal { test, holds } in literals.iter().copied() {
        if test.operator.base == Base::Null {
            if !(Literal { test, holds }).is_met(&KeyValue::One(String::new()), mode) {
                return Solution::None;
            }
            continue;
        }
        let demand = Demand { test, takes: holds };
        match (test.operator.set, holds) {
            (Some(SetPrefix::ForAllValues), true) | (Some(SetPrefix::ForAnyValue), false) => {
                every.push(demand);
            }
            (Some(SetPrefix::ForAllValues), false) | (Some(SetPrefix::ForAnyValue), true) => {
                some.push(demand);
            }
            // A key with several values passes no operator for one.
            (None, true) if facts.is_multi_valued == Some(true) => return Solution::None,
            (None, false) if facts.is_multi_valued == Some(true) => {}
            (None, true) => {
                needs_one = true;
                every.push(demand);
            }
            (None, false) => every.push(demand),
        }
    }
    let together: Vec<_> = every.iter().chain(&some).copied().collect();
    let is_plain = every.iter().any(|demand| demand.test.operator.set.is_none());
    match element((key, facts), &together, mode) {
        Element::None => {}
        Element::Some(value) => {
            let is_many = facts.is_multi_valued.unwrap_or(is_set && !is_plain);
            let value = if is_many { KeyValue::Many(vec![value]) } else { KeyValue::One(value) };
            return if met(&value) { Solution::Value(value) } else { Solution::Maybe };
        }
        Element::Maybe => return Solution::Maybe,
    }
    if !is_set || needs_one || facts.is_multi_valued == Some(false) {
        return Solution::None;
    }
    // Several values fail every operator for one.
    every.retain(|demand| demand.test.operator.set.is_some());
    several((key, facts), &every, &some, &met, mode)
}

/// Values that each pass what all must, and one for each thing that some must pass.
fn several(
    key: (&str, KeyFacts),
    every: &[Demand<'_, '_>],
    some: &[Demand<'_, '_>],
    met: &dyn Fn(&KeyValue) -> bool,
    mode: Mode,
) -> Solution {
    let mut values = Vec::new();
    let alone = [None];
    let wants = some.iter().copied().map(Some).collect::<Vec<_>>();
    for demand in if wants.is_empty() { alone.as_slice() } else { &wants } {
        let demands: Vec<_> = every.iter().copied().chain(*demand).collect();
        match element(key, &demands, mode) {
            Element::Some(value) => values.push(value),
            Element::None => return Solution::None,
            Element::Maybe => return Solution::Maybe,
        }
    }
    values.dedup();
    let value = KeyValue::Many(values);
    if met(&value) { Solution::Value(value) } else { Solution::Maybe }
}

enum Element {
    Some(String),
    None,
    Maybe,
}

/// One value that meets all demands.
fn element((key, facts): (&str, KeyFacts), demands: &[Demand<'_, '_>], mode: Mode) -> Element {
    // What is decided by values that are not known must be a value all the same.
    let (free, demands): (Vec<_>, Vec<_>) = demands.iter().copied().partition(|demand| demand.is_free(mode));
    let met = |value: &str| {
        facts.admits(value)
            && demands.iter().all(|demand| demand.is_met(value, mode))
            && free.iter().all(|demand| demand.test.values.like(value).is_some())
    };
    if free.iter().any(|demand| !matches!(demand.test.values, Values::Strings(_)))
        && let Some(value) = candidates(key, facts, &free).into_iter().find(|value| met(value))
    {
        return Element::Some(value);
    }
    if let Some(value) = candidates(key, facts, &demands).into_iter().find(|value| met(value)) {
        return Element::Some(value);
    }
    // Two words have so few spellings that all have been tried.
    if facts.value_type == Some(KeyType::Bool) {
        return Element::None;
    }
    let is_pattern = |demand: &Demand<'_, '_>| demand.test.values.patterns().is_some();
    if !demands.iter().any(is_pattern) {
        let folds = demands.iter().any(|demand| matches!(demand.test.values, Values::Folded(..)));
        return if folds { Element::Maybe } else { Element::None };
    }
    let wanted: Vec<_> = demands.iter().filter(|demand| is_pattern(demand)).collect();
    if wanted.len() < demands.len() {
        // What the patterns rule out alone is out; else the others may.
        return match by_patterns(&wanted, mode) {
            Element::None => Element::None,
            _ => Element::Maybe,
        };
    }
    match by_patterns(&wanted, mode) {
        Element::Some(value) if !met(&value) => Element::Maybe,
        found => found,
    }
}

/// A string by the patterns alone.
fn by_patterns(demands: &[&Demand<'_, '_>], mode: Mode) -> Element {
    let arn = any_arn();
    let mut unions: Vec<Vec<&[Symbol<'_>]>> = Vec::new();
    let mut unwanted: Vec<&[Symbol<'_>]> = Vec::new();
    for demand in demands {
        let Some(patterns) = demand.test.values.patterns() else { continue };
        let slices = patterns.iter().map(Vec::as_slice);
        let negated = demand.test.operator.is_negated();
        if matches!(demand.test.values, Values::Arns(_)) {
            unions.push(vec![&arn]);
        }
        if demand.takes != negated {
            unions.push(slices.collect());
        } else if demand.test.is_vague && mode == Mode::Certain {
            return Element::None;
        } else {
            unwanted.extend(slices);
        }
    }
    match find_in(&unions, &unwanted) {
        Found::Some(letters) => match spelled(&letters) {
            Some(text) => Element::Some(text),
            None => Element::Maybe,
        },
        Found::None => Element::None,
        Found::Maybe => Element::Maybe,
    }
}

/// How many strings of one pattern are tried as values of a type.
const TYPED: usize = 1024;

/// How many choices of one pattern from each union are tried.
const CHOICES: usize = 4096;

/// A string that a pattern of each union matches, and no unwanted pattern.
pub(crate) fn find_in<'p>(unions: &[Vec<&[Symbol<'p>]>], unwanted: &[&[Symbol<'p>]]) -> Found<'p> {
    let mut total = 1usize;
    for union in unions {
        total = total.saturating_mul(union.len());
    }
    let mut answer = Found::None;
    for choice in 0..total {
        if choice == CHOICES {
            return Found::Maybe;
        }
        let mut rest = choice;
        let mut chosen = Vec::new();
        for union in unions {
            chosen.extend(union.get(rest % union.len()).copied());
            rest /= union.len();
        }
        match find(&chosen, unwanted) {
            Found::Some(letters) => return Found::Some(letters),
            Found::Maybe => answer = Found::Maybe,
            Found::None => {}
        }
    }
    answer
}

/// The text of letters that are all characters.
pub(crate) fn spelled(letters: &[Symbol<'_>]) -> Option<String> {
    letters.iter().map(|letter| if let Symbol::Char(c) = letter { Some(*c) } else { None }).collect()
}

/// Values worth trying: those at the borders of the tests, and what a request usually has.
fn candidates(key: &str, facts: KeyFacts, demands: &[Demand<'_, '_>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut numbers: Vec<Decimal<'_>> = Vec::new();
    let mut times: Vec<i64> = Vec::new();
    for demand in demands {
        match &demand.test.values {
            Values::Strings(patterns) => {
                all.extend(patterns.iter().filter_map(|pattern| spelled(pattern)));
                all.extend(patterns.iter().flat_map(|pattern| typed(pattern, facts.value_type)));
            }
            Values::Arns(patterns) => {
                all.extend(patterns.iter().filter_map(|pattern| spelled(pattern)));
                all.push("arn:aws:iam::111122223333:role/example".to_owned());
            }
            Values::Folded(texts, _) => all.extend(texts.iter().cloned()),
            Values::Bytes(texts) => {
                all.extend(texts.iter().map(|bytes| STANDARD.encode(bytes)));
                all.extend(["ZXhhbXBsZQ==".to_owned(), "eA==".to_owned()]);
            }
            Values::Numbers(_, values) => numbers.extend(values),
            Values::Times(_, values) => {
                times.extend(values);
                all.push("2026-01-01T00:00:00Z".to_owned());
            }
            Values::Bools(_) => all.extend(["true".to_owned(), "false".to_owned()]),
            Values::Networks(networks) => {
                all.extend(networks.iter().flat_map(|network| network.borders()));
                all.push("198.51.100.1".to_owned());
            }
            Values::Null(_) => {}
        }
    }
    all.extend(usual(key));
    if facts.value_type == Some(KeyType::Bool) {
        all.extend(["true", "false"].into_iter().flat_map(spellings));
    }
    // With one place more there is a number between any two.
    let places = numbers.iter().map(|number| number.places()).max().unwrap_or(0);
    for places in [places, places + 1] {
        all.extend(numbers.iter().flat_map(|number| number.around(places)));
    }
    if !times.is_empty() {
        times.sort_unstable();
        let between = times.windows(2).filter_map(|pair| Some((pair.first()? + pair.last()?) / 2));
        let around = times.iter().flat_map(|time| [*time, time + 1000, time - 1000, time + 1, time - 1]);
        all.extend(around.chain(between).map(show_time));
    }
    all
}

/// Strings of a pattern that may be values of a type: with what such values have in them in place of its wildcards.
fn typed(pattern: &[Symbol<'_>], value_type: Option<KeyType>) -> Vec<String> {
    let usual = "2026-01-01T00:00:00Z";
    let words: Vec<&str> = match value_type {
        Some(KeyType::Numeric) => ["", "0", "5", "10", "0.5"].into(),
        // What is left of a date behind its beginning.
        Some(KeyType::Date) => (0..=usual.len()).rev().filter_map(|start| usual.get(start..)).collect(),
        Some(KeyType::IpAddress) => {
            ["", "1", "0.1", "0.0.1", ".1", ".0.1", ".0.0.1", "10.0.0.1", ":1", "::1", "2001:db8::1"].into()
        }
        _ => return Vec::new(),
    };
    let mut all = vec![String::new()];
    for symbol in pattern {
        let ends: &[&str] = match symbol {
            Symbol::Char(character) => {
                all.iter_mut().for_each(|text| text.push(*character));
                continue;
            }
            Symbol::One | Symbol::OneInField => &["0", "1", "5", "-", ".", ":", "T", "Z"],
            Symbol::Run | Symbol::RunInField => &words,
            _ => return Vec::new(),
        };
        if all.len() * ends.len() > TYPED {
            return Vec::new();
        }
        all = all.iter().flat_map(|text| ends.iter().map(move |end| format!("{text}{end}"))).collect();
    }
    all
}

/// A word in every case of its letters.
fn spellings(word: &str) -> Vec<String> {
    word.chars().fold(vec![String::new()], |all, letter| {
        let cases = [letter, letter.to_ascii_uppercase()];
        all.iter().flat_map(|text| cases.map(|letter| format!("{text}{letter}"))).collect()
    })
}

/// What a request has for a key when nothing in particular is asked of it: a value from the ranges
/// that are reserved for documentation.
fn usual(key: &str) -> Vec<String> {
    let lower = key.to_ascii_lowercase();
    let special: &[&str] = match lower.as_str() {
        "aws:sourceip" | "aws:vpcsourceip" => &["198.51.100.1", "2001:db8::1", "192.0.2.1"],
        "aws:securetransport" => &["true", "false"],
        "aws:currenttime" => &["2026-01-01T00:00:00Z"],
        "aws:principalorgid" | "aws:sourceorgid" | "aws:resourceorgid" | "aws:vpceorgid" => {
            &["o-exampleorgid"]
        }
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
            &["o-exampleorgid/r-ab12/ou-example/"]
        }
        "aws:principalaccount"
        | "kms:calleraccount"
        | "aws:sourceaccount"
        | "aws:resourceaccount"
        | "aws:vpceaccount" => &["999999999999"],
        "aws:principalarn" => &["arn:aws:iam::999999999999:role/example"],
        "aws:sourcevpc" => &["vpc-00example"],
        "aws:sourcevpce" => &["vpce-00example"],
        "aws:sourcearn" => &["arn:aws:sns:us-east-1:999999999999:example"],
        "aws:requestedregion" => &["us-east-1", "eu-west-1"],
        "aws:principaltype" => &["AssumedRole", "User", "Account", "FederatedUser"],
        "aws:useragent" => &["aws-cli/2"],
        "aws:principalisawsservice" | "aws:viaawsservice" => &["false", "true"],
        _ => &[],
    };
    special.iter().copied().chain(["example", "x", "0", "true", "false"]).map(str::to_owned).collect()
}
