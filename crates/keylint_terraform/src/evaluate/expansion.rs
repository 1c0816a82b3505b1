//! `count` and `for_each`: the instances of a resource or a module call.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Condition, Data, Entry, Guard, List, Map, Marks, Number, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::Block;

use super::unsuitable::{wrong_count, wrong_for_each};
use super::{Evaluator, Scope};
use crate::instance_key::bracketed;
use crate::limits;
use crate::values::{self, Items, Pair, made, rejected};

/// How the instances of a block are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// There is one.
    Single,
    /// By number.
    Count,
    /// By key.
    ForEach,
}

/// One instance, or one that stands for those that only deployment decides.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// What follows the name in the address: nothing, `[0]`, `["a"]`, `[*]`.
    pub(crate) suffix: Arc<str>,
    /// The key as it is looked up; `None` for the only instance and for the symbolic one.
    key: Option<Arc<str>>,
    each: Option<(Value, Value)>,
    count: Option<Value>,
    /// When it exists.
    pub(crate) guard: Guard,
    /// Whether it stands for a number of instances.
    pub(crate) symbolic: bool,
}

/// A case of what makes the instances.
#[derive(Clone, Debug)]
struct Case {
    guard: Guard,
    /// The known instances that there are.
    positions: Vec<usize>,
    /// Whether there are those that the symbolic one stands for.
    has_rest: bool,
}

/// All instances of a block.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    pub(crate) shape: Shape,
    pub(crate) instances: Vec<Instance>,
    /// Which instances there are in which case.
    cases: Vec<Case>,
    /// Set when the last instance is symbolic: why.
    rest: Option<Arc<Unknown>>,
    /// Where each key is among the instances.
    positions: HashMap<Arc<str>, usize>,
}

/// What a key finds.
pub(crate) enum Found {
    /// This instance.
    One(usize),
    /// It depends.
    Cases(Vec<(Guard, Option<usize>)>),
    /// None.
    Nothing,
    /// Which one only deployment decides.
    Unknown,
}

impl Instance {
    /// Whether the block has neither `count` nor `for_each`.
    pub(crate) fn is_only(&self) -> bool {
        self.each.is_none() && self.count.is_none()
    }

    /// `each.key` or `count.index`.
    fn own_key(&self) -> Option<&Value> {
        self.each.as_ref().map(|(key, _)| key).or(self.count.as_ref())
    }

    /// Whether a key, whatever it turns out to be, is that of this instance.
    pub(super) fn is_named_by(&self, key: &Value) -> bool {
        let identity = values::identity(key);
        identity.is_some() && identity == self.own_key().and_then(values::identity)
    }

    /// A scope with what `each` and `count` are for this instance.
    pub(crate) fn scope<'s>(&self, scope: Scope<'s>) -> Scope<'s> {
        let scope = match &self.each {
            Some((key, value)) => scope.with_each(key.clone(), value.clone()),
            None => scope,
        };
        match &self.count {
            Some(index) => scope.with_count(index.clone()),
            None => scope,
        }
    }
}

impl Expansion {
    fn single() -> Self {
        let instance = Instance {
            suffix: "".into(),
            key: None,
            each: None,
            count: None,
            guard: Guard::always(),
            symbolic: false,
        };
        Expansion {
            shape: Shape::Single,
            instances: vec![instance],
            cases: vec![Case { guard: Guard::always(), positions: vec![0], has_rest: false }],
            rest: None,
            positions: HashMap::new(),
        }
    }

    /// The instance that a key names.
    pub(crate) fn find(&self, key: &Value) -> Found {
        let symbolic = self.rest.as_ref().and_then(|_| self.instances.len().checked_sub(1));
        // Its own key is read where the collection is, by whoever is made of it too.
        if let Some(position) = symbolic
            && self.instances.get(position).is_some_and(|instance| instance.is_named_by(key))
        {
            return Found::One(position);
        }
        let Some(name) = values::to_string(key) else {
            return match symbolic {
                Some(position) if self.instances.len() == 1 => self.found(None, Some(position)),
                _ => Found::Unknown,
            };
        };
        self.found(self.positions.get(&name).copied(), symbolic)
    }

    /// A known instance where that is there, and the symbolic one where it may be one of those.
    fn found(&self, known: Option<usize>, symbolic: Option<usize>) -> Found {
        let in_case = |case: &Case| {
            let known = known.filter(|position| case.positions.contains(position));
            known.or(symbolic.filter(|_| case.has_rest))
        };
        // One case holds every instance.
        if let [only] = self.cases.as_slice() {
            return in_case(only).map_or(Found::Nothing, Found::One);
        }
        let mut found = self.cases.iter().map(in_case);
        match found.next() {
            None | Some(None) if found.all(|one| one.is_none()) => Found::Nothing,
            Some(Some(first)) if self.cases.iter().all(|case| in_case(case) == Some(first)) => {
                Found::One(first)
            }
            _ => Found::Cases(self.cases.iter().map(|case| (case.guard.clone(), in_case(case))).collect()),
        }
    }

    /// All instances as one value: an object, a list or a map of objects.
    pub(crate) fn collection(&self, span: Span, rest: &Unknown, object: impl Fn(usize) -> Value) -> Value {
        let rest = self.rest.as_ref().map(|_| Arc::new(rest.clone()));
        // That a case has no more than the known ones is left open: cases of each collection by itself multiply.
        let cases = self.cases.iter().map(|Case { guard, positions, .. }| {
            let rest = rest.clone();
            let data = match self.shape {
                Shape::Single => return (guard.clone(), object(0)),
                Shape::Count => {
                    let elements = positions.iter().map(|position| object(*position)).collect();
                    Data::List(Arc::new(List { elements, rest, ..List::default() }))
                }
                Shape::ForEach => {
                    let mut entries = IndexMap::with_capacity(positions.len());
                    for position in positions {
                        let key = self.instances.get(*position).and_then(|instance| instance.key.clone());
                        if let Some(key) = key {
                            let entry = Entry { key_span: None, span: None, value: object(*position) };
                            entries.insert(key, entry);
                        }
                    }
                    let each =
                        |rest: &Arc<Unknown>| Arc::new(Unknown { is_element: true, ..(**rest).clone() });
                    let rest = rest.as_ref().map(each);
                    Data::Map(Arc::new(Map { entries, rest, ..Map::default() }))
                }
            };
            (guard.clone(), made(data, span))
        });
        values::choice(cases.collect(), span)
    }
}

impl Evaluator<'_> {
    /// The instances of a block.
    pub(super) fn expand(&self, block: &Block, scope: &Scope<'_>, address: &str) -> Expansion {
        if let Some(attribute) = block.body.attribute("count") {
            let value = self.eval(&attribute.value, scope);
            self.unsuitable(wrong_count(&value), attribute.value.span, scope);
            return self.expand_value(&value, Shape::Count, address, attribute.value.span);
        }
        if let Some(attribute) = block.body.attribute("for_each") {
            let value = self.eval(&attribute.value, scope);
            self.unsuitable(wrong_for_each(&value), attribute.value.span, scope);
            return self.expand_value(&value, Shape::ForEach, address, attribute.value.span);
        }
        Expansion::single()
    }

    fn unsuitable(&self, wrong: Option<&str>, span: Span, scope: &Scope<'_>) {
        if let Some(message) = wrong {
            self.note(&values::invalid(span, message), scope);
        }
    }

    fn expand_value(&self, value: &Value, shape: Shape, address: &str, span: Span) -> Expansion {
        let spread = values::spread(std::slice::from_ref(value), span);
        let value = spread.first().unwrap_or(value);
        let cases: Vec<(Guard, &Value)> = match &value.data {
            Data::Choice(alternatives) => {
                alternatives.iter().map(|one| (one.guard.clone(), &one.value)).collect()
            }
            _ => vec![(Guard::always(), value)],
        };
        let fails = |value: &Value| value.is_null() || values::is_invalid(value);
        let is_deployed = cases.iter().any(|(_, value)| !fails(value));
        let mut keyed = Keyed::default();
        for (guard, value) in cases {
            let pairs = match shape {
                // A configuration that is deployed is not the one that fails.
                _ if is_deployed && fails(value) => Some(Vec::new()),
                Shape::Count => self.count_pairs(value, span),
                _ => self.for_each_pairs(value, span),
            };
            keyed.marks |= match &value.data {
                // The elements are the keys.
                Data::List(_) => values::marks(value),
                _ => value.origin.marks,
            };
            keyed.add(guard, pairs, &unknown_instances(value, address, span));
        }
        keyed.finish(shape, address, span)
    }

    fn count_pairs(&self, value: &Value, span: Span) -> Option<Vec<Pair>> {
        let count = values::to_number(value)?.as_i64()?;
        let count = usize::try_from(count).ok()?;
        if count > limits::INSTANCES {
            self.over_limit(span, "there are too many instances");
            return None;
        }
        let number = |position| {
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            Value::new(Data::Number(Number::counted(position)), value.origin.clone())
        };
        Some((0..count).map(|position| Pair { key: number(position), value: number(position) }).collect())
    }

    /// The pairs of a collection; `None` when they are not known. A collection with a rest has an
    /// element without a key at the end.
    fn for_each_pairs(&self, value: &Value, span: Span) -> Option<Vec<Pair>> {
        let is_secret = |marks: Marks| marks.sensitive || marks.ephemeral;
        let Items::Known(mut pairs, rest) = values::iterate(value) else { return None };
        // Terraform rejects it, and the instances would be called by what nobody is to see.
        if is_secret(value.origin.marks) {
            return None;
        }
        if pairs.len() > limits::INSTANCES {
            self.over_limit(span, "there are too many instances");
            return None;
        }
        if let Data::List(_) = &value.data {
            // A set: its elements are the keys. A list is what Terraform rejects, but its elements
            // are what was meant.
            for pair in &mut pairs {
                pair.key = pair.value.clone();
            }
            if pairs.iter().any(|pair| is_secret(pair.key.origin.marks)) {
                return None;
            }
        }
        if let Some(rest) = rest {
            let key = Value::unknown((*rest).clone(), value.origin.clone());
            pairs.push(Pair { key, value: self.element_of(&rest, &value.origin) });
        }
        Some(pairs)
    }
}

/// Why the instances are not known.
fn unknown_instances(value: &Value, address: &str, span: Span) -> Unknown {
    match values::first_unknown(value) {
        Some(cause) if !values::is_settled(&cause.reason) => Unknown {
            identity: cause.identity.as_ref().map(|identity| format!("{identity}[*]").into()),
            at: cause.at.or(Some(span)),
            causes: causes(cause),
            ..Unknown::new(cause.reason.clone())
        },
        // What is rejected has no instances, but what it would have made is still looked at.
        _ => Unknown::new(Reason::Instances(address.into())).with_place(span),
    }
}

/// What an unknown was made of, or itself.
fn causes(unknown: &Arc<Unknown>) -> Arc<[Arc<Unknown>]> {
    match unknown.causes.is_empty() {
        true => Arc::new([Arc::clone(unknown)]),
        false => Arc::clone(&unknown.causes),
    }
}

/// Instances while they are collected over the cases.
#[derive(Default)]
struct Keyed {
    keys: IndexMap<Arc<str>, Vec<(Guard, Pair)>>,
    /// The known keys of each case, and whether there are more.
    guards: Vec<(Guard, Vec<Arc<str>>, bool)>,
    rest: Option<Arc<Unknown>>,
    /// The value of the instance that stands for the rest, where more is known of it.
    element: Option<Value>,
    /// What is said of what the instances are made of.
    marks: Marks,
}

impl Keyed {
    fn add(&mut self, guard: Guard, pairs: Option<Vec<Pair>>, why: &Unknown) {
        let mut names = Vec::new();
        let mut has_rest = false;
        match pairs {
            None => {
                has_rest = true;
                self.rest = Some(Arc::new(why.clone()));
                self.element = None;
            }
            Some(pairs) => {
                for pair in pairs {
                    match values::to_string(&pair.key) {
                        Some(name) => {
                            names.push(Arc::clone(&name));
                            self.keys.entry(name).or_default().push((guard.clone(), pair));
                        }
                        None => {
                            has_rest = true;
                            self.rest = Some(Arc::new(why.clone()));
                            // One that is made of other instances is what these are.
                            let refers = pair.value.references().len() == 1 || pair.value.as_map().is_some();
                            self.element = refers.then_some(pair.value);
                        }
                    }
                }
            }
        }
        self.guards.push((guard, names, has_rest));
    }

    fn finish(self, shape: Shape, address: &str, span: Span) -> Expansion {
        let Keyed { keys, guards, rest, element, marks } = self;
        let mut instances = Vec::with_capacity(keys.len() + 1);
        for (name, pairs) in &keys {
            let suffix: Arc<str> = match shape {
                Shape::Count => format!("[{name}]").into(),
                _ => bracketed(name).into(),
            };
            let cases = guards.iter().map(|(guard, names, _)| (guard, names.contains(name)));
            let guard = instance_guard(cases, &format!("{address}{suffix}"), span);
            let key = pairs.first().map_or_else(|| rejected(span), |(_, pair)| pair.key.clone());
            let value = match pairs.as_slice() {
                [(_, only)] => only.value.clone(),
                _ => values::choice(
                    pairs.iter().map(|(guard, pair)| (guard.clone(), pair.value.clone())).collect(),
                    span,
                ),
            };
            instances.push(instance(shape, suffix, Some(Arc::clone(name)), (key, value), guard));
        }
        if let Some(unknown) = &rest {
            let key = Unknown {
                identity: unknown.identity.as_ref().map(|identity| format!("{identity}.key").into()),
                ..(**unknown).clone()
            };
            let seen = |unknown| values::marked(values::unknown(unknown, span), marks);
            let value = element.map(|element| values::marked(element, marks));
            let pair = (seen(key), value.unwrap_or_else(|| seen((**unknown).clone())));
            let cases = guards.iter().map(|(guard, _, has_rest)| (guard, *has_rest));
            let guard = instance_guard(cases, &format!("{address}[*]"), span);
            let symbolic = instance(shape, "[*]".into(), None, pair, guard);
            instances.push(Instance { symbolic: true, ..symbolic });
        }
        let position = |name: &Arc<str>| keys.get_index_of(name);
        let cases = guards
            .iter()
            .map(|(guard, names, has_rest)| Case {
                guard: guard.clone(),
                positions: names.iter().filter_map(position).collect(),
                has_rest: *has_rest,
            })
            .collect();
        let positions =
            keys.keys().enumerate().map(|(position, name)| (Arc::clone(name), position)).collect();
        Expansion { shape, instances, cases, rest, positions }
    }
}

fn instance(
    shape: Shape,
    suffix: Arc<str>,
    key: Option<Arc<str>>,
    pair: (Value, Value),
    guard: Guard,
) -> Instance {
    let (each, count) = match shape {
        Shape::Count => (None, Some(pair.0)),
        _ => (Some(pair), None),
    };
    Instance { suffix, key, each, count, guard, symbolic: false }
}

/// When an instance exists that is there in some cases only.
fn instance_guard<'g>(cases: impl Iterator<Item = (&'g Guard, bool)>, address: &str, span: Span) -> Guard {
    let (holding, failing): (Vec<_>, Vec<_>) = cases.partition(|(_, exists)| *exists);
    if failing.is_empty() {
        return Guard::always();
    }
    let plain =
        |cases: Vec<(&Guard, bool)>| cases.into_iter().map(|(guard, _)| guard.clone()).collect::<Vec<_>>();
    let (holding, failing) = (plain(holding), plain(failing));
    if let Some(guard) = values::simplify_guards(&holding, &failing) {
        return guard;
    }
    // No conjunction says it: a condition of its own that follows from the others.
    let case = |outcome: &'static str| move |guard: Guard| (guard, Arc::<str>::from(outcome));
    let holding = holding.into_iter().map(case(Condition::TRUE));
    let failing = failing.into_iter().map(case(Condition::FALSE));
    let cases: Vec<_> = holding.chain(failing).collect();
    let mut condition =
        Condition::plain(format!("exists {address}"), format!("the existence of {address}"), Some(span));
    condition.is_nameless = true;
    Guard::when(condition.with_cases(cases), Condition::TRUE)
}
