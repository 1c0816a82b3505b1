//! `Fn::FindInMap`: values out of the template's mappings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use keylint_model::{Data, Guard, Origin, Part, Problem, Reason, Shape, Step, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node};

use crate::call::{Call, Token, View};
use crate::evaluate::choose::MAX_ALTERNATIVES;
use crate::evaluate::{Evaluator, choice, combine, narrow};
use crate::nested::locked;
use crate::parameter::literal;

/// How many keys of a mapping are compared with what a parameter can be; that has fewer values, and
/// only keys of several entries repeat.
const MAX_NAMES: usize = 1_024;

/// What was looked up so far.
#[derive(Default)]
pub(super) struct Lookups<'t> {
    /// By the name of the mapping and the second key: see [`Evaluator::same_everywhere`].
    same: HashMap<(Arc<str>, String), Option<Same<'t>>>,
    /// The values by the address of their member, which lives as long as the template. Everything
    /// that is evaluated of it has the same ones.
    values: Arc<Mutex<HashMap<usize, Value>>>,
}

impl Lookups<'_> {
    /// What somebody else starts from.
    pub(super) fn shared(&self) -> Self {
        Lookups { same: HashMap::new(), values: Arc::clone(&self.values) }
    }
}

/// What several texts have in common.
struct Common<'l> {
    start: &'l str,
    end: &'l str,
    /// What is between these.
    shape: Shape,
    /// Whether the start is all there is.
    is_whole: bool,
}

impl<'l> Common<'l> {
    /// `None` when there is nothing, or when a wildcard is in the rest.
    fn of(texts: &[&'l str]) -> Option<Self> {
        let (first, others) = texts.split_first()?;
        let same = |one: &(char, char)| one.0 == one.1;
        let length = |one: (char, char)| one.0.len_utf8();
        let starts =
            others.iter().map(|other| first.chars().zip(other.chars()).take_while(same).map(length).sum());
        let start: &str = first.get(..starts.min()?)?;
        let rest = |text: &&'l str| text.strip_prefix(start);
        let first = rest(first)?;
        let ends = others.iter().filter_map(rest).map(|other| {
            first.chars().rev().zip(other.chars().rev()).take_while(same).map(length).sum::<usize>()
        });
        let end = first.get(first.len() - ends.min()?..)?;
        let middles = || texts.iter().filter_map(rest).filter_map(|rest| rest.strip_suffix(end));
        // What is between them would be no wildcard.
        if middles().any(|middle| middle.contains(['*', '?'])) {
            return None;
        }
        let shape = if middles().any(|middle| middle.is_empty() || middle.contains(':')) {
            Shape::Any
        } else if middles().any(|middle| middle.contains('/')) {
            Shape::Name
        } else {
            Shape::Word
        };
        let is_whole = texts.iter().all(|text| *text == start);
        (!start.is_empty() || !end.is_empty()).then_some(Common { start, end, shape, is_whole })
    }
}

/// The entries of a mapping that have one and the same value.
#[derive(Clone)]
struct Same<'t> {
    first: &'t Member,
    /// Where the others are, as far as a report shows them.
    twins: Arc<[Span]>,
}

/// How many places with the same value a report shows beside the first.
const MAX_TWINS: usize = 16;

/// A use of `Fn::FindInMap` whose mapping is known.
struct Lookup<'t> {
    call: Call<'t>,
    name: Arc<str>,
    /// The name as it came about.
    named: Value,
    /// Where that is written.
    token: Token,
    mapping: &'t Node,
    /// What is returned for a key that is not there; without it the service refuses the template.
    default: Option<Value>,
    /// Where the keys are written.
    keys: [Span; 2],
    /// Whether both keys are written out.
    is_literal: bool,
}

impl<'t> Evaluator<'t> {
    pub(super) fn find_in_map(&mut self, call: Call<'t>) -> Value {
        let (Some([mapping, top, second]) | Some([mapping, top, second, _])) = call.argument.elements()
        else {
            return self.malformed(&call, "takes a mapping and two keys");
        };
        let parts = call.argument.elements().unwrap_or_default();
        self.check_keys(parts);
        let default =
            parts.get(3).and_then(|last| last.get("DefaultValue")).map(|default| self.value(default));
        let name = self.name(mapping);
        // What is mapped is written in the template, so each key counts.
        let operands = [top, second].map(|key| self.weighing(|evaluator| evaluator.value(key)));
        let Some(known) = name.as_str() else {
            return self.derived(&call, &[&name, &operands[0], &operands[1]]);
        };
        let Some(found) = self.template.mappings.get(known).copied() else {
            if !self.template.open_ended && default.is_none() {
                let token = Token::of(mapping);
                self.invalid(token.span, format!("{} is not a mapping of this template", token.quote(known)));
            }
            let unknown = Unknown::new(Reason::Invalid);
            return default.unwrap_or_else(|| Value::unknown(unknown, Origin::at(call.span)));
        };
        let keys = [View::from(top).whole(), View::from(second).whole()];
        let is_literal = [top, second].iter().all(|key| View::from(*key).as_str().is_some());
        let lookup = Lookup {
            call,
            name: known.into(),
            named: name.clone(),
            token: Token::of(mapping),
            mapping: found,
            default,
            keys,
            is_literal,
        };
        let alternatives = combine(&operands, |leaves| match leaves {
            [top, second] => self.look_up(&lookup, top, second),
            _ => self.not_found(&lookup, leaves),
        });
        match alternatives.as_deref() {
            // Whatever the key is, the value is the same.
            Some([(_, first), others @ ..]) if others.iter().all(|(_, other)| same_scalar(first, other)) => {
                let spans = others.iter().filter_map(|(_, other)| other.origin.span);
                with_twins(first.clone(), &lookup.name, spans.filter(|span| first.origin.span != Some(*span)))
            }
            Some([_, ..]) => self.chosen(&call, alternatives, &operands),
            _ => self.not_found(&lookup, &operands.iter().collect::<Vec<_>>()),
        }
    }

    fn look_up(&mut self, lookup: &Lookup<'t>, top: &Value, second: &Value) -> Value {
        let known = |value: &Value| scalar(value).map(|key| vec![(Guard::always(), Some(key.into()))]);
        let names = |node: &'t Node| node.members().iter().map(|member| member.key.as_str());
        if let (None, Some(second)) = (scalar(top), scalar(second))
            && let Some(same) = self.same_everywhere(lookup, second)
        {
            let value = self.found(lookup, same.first);
            return with_twins(value, &lookup.name, same.twins.iter().copied());
        }
        let tops = known(top).or_else(|| self.keys(top, names(lookup.mapping)));
        let members = || lookup.mapping.members().iter().filter(|member| matches(top, member));
        let seconds =
            known(second).or_else(|| self.keys(second, members().flat_map(|member| names(&member.value))));
        let (Some(tops), Some(seconds)) = (tops, seconds) else {
            return self.not_found(lookup, &[top, second]);
        };
        let mut alternatives = Vec::new();
        for (guard, top_key) in &tops {
            for (more, second_key) in &seconds {
                let Some(guard) = guard.and(more) else { continue };
                if alternatives.len() == MAX_ALTERNATIVES {
                    return self.not_found(lookup, &[top, second]);
                }
                let value = match (top_key, second_key) {
                    (Some(top), Some(second)) => self.entry(lookup, top, second),
                    // The service refuses a key that is not there, so this is never deployed.
                    _ => match &lookup.default {
                        Some(default) => default.clone(),
                        None => self.not_found(lookup, &[top, second]),
                    },
                };
                alternatives.push((guard, value));
            }
        }
        narrow(choice(alternatives, Origin::at(lookup.call.span)), &self.world)
    }

    /// A lookup whose keys are not known, or are too many: what all entries have in common is left,
    /// `states.${…}.amazonaws.com` of a mapping of all Regions.
    fn not_found(&self, lookup: &Lookup<'t>, keys: &[&Value]) -> Value {
        let operands: Vec<&Value> = std::iter::once(&lookup.named).chain(keys.iter().copied()).collect();
        let mut value = self.derived(&lookup.call, &operands);
        let Data::Unknown(unknown) = &mut value.data else { return value };
        let hole = Arc::make_mut(unknown);
        hole.reason = Self::reason_of(lookup);
        let [top, second] = keys else { return value };
        let Some(common) = self.common_text(lookup, top, second) else { return value };
        if common.is_whole {
            return Value { data: Data::String(Text::at(common.start, lookup.call.span)), ..value };
        }
        hole.shape = common.shape;
        let hole = Part::Hole(Arc::clone(unknown), Some(lookup.call.span));
        let text = |known: &str| (!known.is_empty()).then(|| Part::Known(Text::at(known, lookup.call.span)));
        let parts = [text(common.start), Some(hole), text(common.end)].into_iter().flatten().collect();
        Value { data: Data::Partial(parts), ..value }
    }

    /// What the entries that keys can lead to have in common, where all of these are texts. The service
    /// refuses a key that is not there.
    fn common_text<'l>(&self, lookup: &'l Lookup<'t>, top: &Value, second: &Value) -> Option<Common<'l>> {
        if self.template.open_ended {
            return None;
        }
        let is_second = |member: &&Member| scalar(second).is_none_or(|key| member.key.as_str() == key);
        let members = lookup.mapping.members().iter().filter(|member| matches(top, member));
        let entries = members.flat_map(|member| member.value.members().iter().filter(is_second));
        let mut texts = Vec::new();
        for entry in entries {
            if texts.len() == MAX_NAMES {
                return None;
            }
            texts.push(entry.value.as_str()?);
        }
        if let Some(default) = &lookup.default {
            texts.push(default.as_str()?);
        }
        // What a switch or a number is made of says nothing.
        let is_plain = |text: &&str| text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok();
        if texts.iter().any(is_plain) {
            return None;
        }
        Common::of(&texts)
    }

    /// What is said of a lookup that is not known: it names the mapping.
    fn reason_of(lookup: &Lookup<'t>) -> Reason {
        Reason::Operand(match lookup.token.is_written() {
            true => format!("{} [{}, …]", lookup.call.name(), lookup.name).into(),
            false => lookup.call.name().into(),
        })
    }

    /// The keys that an unknown value can be, each with when it is; `None` in the place of a key
    /// stands for all others. Only where conditions can be about the value, for all of `names`.
    fn keys<'k>(
        &self,
        value: &Value,
        names: impl Iterator<Item = &'k str>,
    ) -> Option<Vec<(Guard, Option<Arc<str>>)>> {
        let unknown = value.as_unknown()?;
        let subject = self.subjects.of(unknown)?;
        if !subject.is_closed() {
            for (position, name) in names.enumerate() {
                let is_told = subject.outcome_of(name).is_some() || self.subjects.refuses(unknown, name);
                if position == MAX_NAMES || !is_told {
                    return None;
                }
            }
        }
        let outcomes = subject.outcomes();
        Some(outcomes.map(|(literal, outcome)| (subject.when(outcome), literal.cloned())).collect())
    }

    /// The value of two known keys. A key that is not there is a problem only where the template
    /// itself writes it: a parameter may be given another value.
    fn entry(&mut self, lookup: &Lookup<'t>, top: &str, second: &str) -> Value {
        let top_member = find(lookup.mapping, top);
        if let Some(member) = top_member.and_then(|member| find(&member.value, second)) {
            return self.found(lookup, member);
        }
        if lookup.is_literal && lookup.default.is_none() && !self.template.open_ended {
            let [top_span, second_span] = lookup.keys;
            let span = if top_member.is_some() { second_span } else { top_span };
            let message = match lookup.token.is_written() {
                true => format!("the mapping `{}` has no such key", lookup.name),
                false => "the mapping has no such key".to_owned(),
            };
            let place = lookup.mapping.span.start_point();
            self.report_invalid(Problem::new("KL003", span, message).with_related(place, "the mapping"));
        }
        match (&lookup.default, lookup.is_literal) {
            (Some(default), _) => default.clone(),
            (None, true) => Value::unknown(Unknown::new(Reason::Invalid), Origin::at(lookup.call.span)),
            (None, false) => {
                let unknown = Unknown::new(Self::reason_of(lookup));
                Value::unknown(unknown, Origin::at(lookup.call.span))
            }
        }
    }
}

impl<'t> Evaluator<'t> {
    /// What a second key stands for whatever the first one is, where that is one and the same: the AMI
    /// maps of old have an entry of its own for each Region, but flags rarely do.
    fn same_everywhere(&mut self, lookup: &Lookup<'t>, second: String) -> Option<Same<'t>> {
        if lookup.default.is_some() {
            return None;
        }
        let key = (Arc::clone(&lookup.name), second);
        if let Some(known) = self.lookups.same.get(&key) {
            return known.clone();
        }
        let found = same_in_all(lookup.mapping, &key.1);
        self.lookups.same.insert(key, found.clone());
        found
    }

    /// A value of the mapping. Each is made once: a large one that is looked up everywhere is shared.
    fn found(&mut self, lookup: &Lookup<'t>, member: &'t Member) -> Value {
        let key = std::ptr::from_ref(member).addr();
        let mut values = locked(&self.lookups.values);
        let value = values.entry(key).or_insert_with(|| literal(&member.value)).clone();
        drop(values);
        let origin = value.origin.through(Step::Mapping, Arc::clone(&lookup.name), member.key_span);
        Value { origin, ..value }
    }
}

fn same_in_all<'t>(mapping: &'t Node, second: &str) -> Option<Same<'t>> {
    let mut found = mapping.members().iter().map(|member| find(&member.value, second));
    let first = found.next().flatten()?;
    let value = literal(&first.value);
    let mut twins = Vec::new();
    for other in found {
        let other = other.filter(|other| same_scalar(&value, &literal(&other.value)))?;
        if twins.len() < MAX_TWINS {
            twins.push(other.value.span);
        }
    }
    Some(Same { first, twins: twins.into() })
}

/// A value that other entries of the mapping have too: who mends it mends it there as well.
fn with_twins(value: Value, mapping: &Arc<str>, twins: impl Iterator<Item = Span>) -> Value {
    let mut twins: Vec<Span> = twins.take(MAX_TWINS).collect();
    twins.dedup();
    let twins = twins.into_iter().rev();
    let Some(own) = value.origin.via.clone().filter(|via| via.step == Step::Mapping) else { return value };
    let before = Origin { via: own.rest.clone(), ..value.origin };
    let origin = twins.fold(before, |origin, twin| origin.through(Step::Twin, Arc::clone(mapping), twin));
    Value { origin: origin.through(own.step, Arc::clone(&own.name), own.span), ..value }
}

/// Whether a value can be the key of a member.
fn matches(value: &Value, member: &Member) -> bool {
    scalar(value).is_none_or(|key| *key == *member.key)
}

fn find<'t>(node: &'t Node, key: &str) -> Option<&'t Member> {
    node.members().iter().rev().find(|member| member.key.as_str() == key)
}

/// The text of a known scalar.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value.parts()?.as_ref() {
        [Part::Known(text)] => Some(text.as_str().to_owned()),
        _ => None,
    }
}

fn same_scalar(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::List(one), Data::List(other)) => {
            one.elements.len() == other.elements.len()
                && one.elements.iter().zip(&other.elements).all(|(one, other)| same_scalar(one, other))
        }
        _ => scalar(one).is_some_and(|text| scalar(other) == Some(text)),
    }
}
